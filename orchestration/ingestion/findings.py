"""ops.findings: what is to be said of rows and files, since when, and until when.

Belongs here: writing and resolving findings. Does not belong here: finding them (rules, cycles, the readers).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from orchestration.contracts import Contract

WARNING, SERIOUS, NOTE = "warning", "serious", "note"
UNCHECKED = "rules_not_checked"
NOT_UNDERSTOOD, LANDING = "file_not_understood", "landing"


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty temp.found, what is found now."""
    connection.execute(
        "create or replace temp table found (rule varchar, table_name varchar, row_key varchar, detail varchar, severity varchar)"
    )


def add(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: str, select: str, severity: str = WARNING) -> None:
    """Add the rows of a SELECT of (row_key, detail) to temp.found."""
    connection.execute(
        f"insert into found select $rule, $table, row_key, detail, $severity from ({select}) where row_key is not null",
        {"rule": rule, "table": contract.table, "severity": severity},
    )


def write(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Bring ops.findings in line with temp.found for the rules in temp.checked_rules."""
    same = "f.rule = n.rule and f.table_name = n.table_name and f.row_key = n.row_key and f.resolved_at is null"
    connection.execute(
        "update ops.findings as f set resolved_at = $now from checked_rules c where f.rule = c.rule and f.table_name = c.table_name "
        f"and f.resolved_at is null and not exists (select 1 from found n where {same})",
        {"now": now},
    )
    connection.execute(
        f"update ops.findings as f set last_seen = $now, detail = n.detail, severity = n.severity from found n where {same}", {"now": now}
    )
    connection.execute(
        "insert into ops.findings select n.rule, n.table_name, n.row_key, min(n.detail), min(n.severity), $now, $now, null from found n "
        f"where not exists (select 1 from ops.findings f where {same}) group by n.rule, n.table_name, n.row_key",
        {"now": now},
    )


def leave_unchecked(connection: duckdb.DuckDBPyConnection, table: str, now: datetime) -> None:
    """Note, with the rows themselves, that a table's rules are to be checked; a run that is killed leaves the note."""
    words = "rows were accepted, and the run ended before its rules were checked; the next run checks them"
    connection.execute(
        "insert into ops.findings select $rule, $table, '', $words, $severity, $now, $now, null "
        "where not exists (select 1 from ops.findings where rule = $rule and table_name = $table)",
        {"rule": UNCHECKED, "table": table, "words": words, "severity": NOTE, "now": now},
    )


def unchecked(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Tables whose rows have changed since their rules were last checked."""
    return {r[0] for r in connection.execute("select table_name from ops.findings where rule = $rule", {"rule": UNCHECKED}).fetchall()}


def note_file(connection: duckdb.DuckDBPyConnection, table: str, source_file: str, notes: Iterable[tuple[str, str]], now: datetime) -> None:
    """Write what is to be said of a file as a whole; what was said of it before and is not any more is resolved."""
    begin(connection)
    rows = [(rule, table, source_file, detail, WARNING) for rule, detail in notes]
    if rows:
        connection.executemany("insert into found values (?, ?, ?, ?, ?)", rows)
    connection.execute(
        "update ops.findings as f set resolved_at = $now where f.table_name = $table and f.row_key = $file and f.resolved_at is null "
        "and not exists (select 1 from found n where n.rule = f.rule)",
        {"now": now, "table": table, "file": source_file},
    )
    connection.execute("create or replace temp table checked_rules (rule varchar, table_name varchar)")
    write(connection, now)


def note_landing(connection: duckdb.DuckDBPyConnection, not_understood: dict[str, str], now: datetime) -> None:
    """Write what is to be said of files that are for no table; of those that are gone nothing is to be said any more."""
    begin(connection)
    rows = [(NOT_UNDERSTOOD, LANDING, name, words, WARNING) for name, words in not_understood.items()]
    if rows:
        connection.executemany("insert into found values (?, ?, ?, ?, ?)", rows)
    connection.execute(f"create or replace temp table checked_rules as select '{NOT_UNDERSTOOD}' as rule, '{LANDING}' as table_name")
    write(connection, now)
