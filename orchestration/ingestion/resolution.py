"""When a kept record or file needs nobody's attention any more, and why.

Belongs here: quarantine.rows.resolved_at, quarantine.files.resolved_at. Does not belong here: keeping and releasing
(quarantine).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion import checks, merge, sql_names, stage
from orchestration.ingestion.stage import FILES, STAGE

NEWER_ACCEPTED = "a newer version was accepted"
GONE_FROM_FILE = "its file was read again without it"
GONE_FROM_SNAPSHOT = "a newer snapshot no longer has it"
DISMISSED = "dismissed: "


def of_superseded(connection: duckdb.DuckDBPyConnection, contract: Contract, now: datetime) -> bool:
    """Close the kept rows whose key has meanwhile got a version that stands at or behind them in the contract's order.

    Returns:
        Whether any was closed.

    """
    unresolved = "q.table_name = $table and q.resolved_at is null and q.row_key is not null"
    waiting = connection.execute(f"select count(*) from quarantine.rows q where {unresolved}", {"table": contract.table}).fetchone()
    if not waiting or not waiting[0]:
        return False
    earlier = merge.is_later(
        ("q.source_updated_at", "q.extracted_at", "q.source_file", "q.load_id", "coalesce(q.record_number, 0)"),
        ("c.source_updated_at", "c.seen_at", "c.seen_file", "c.seen_load", "c.seen_number"),
    )
    accepted = (
        f"select source_system, {checks.row_key(contract)} as row_key, source_updated_at, seen_at, seen_file, seen_load, seen_number "
        f"from ({merge.current(contract)}) union all "
        f"select s.source_system, {checks.row_key(contract, sql_names.of_alias('s'))}, s.source_updated_at, f.extracted_at, f.source_file, "
        f"f.load_id, {stage.NUMBER} from {STAGE} s join {FILES} f on s.file_no = f.file_no where s.ok"
    )
    closed = connection.execute(
        f"update quarantine.rows as q set resolved_at = $now, resolution = $words from ({accepted}) c "
        f"where {unresolved} and c.source_system = q.source_system and c.row_key = q.row_key and not {earlier}",
        {"table": contract.table, "now": now, "words": NEWER_ACCEPTED},
    ).fetchone()
    return bool(closed and closed[0])


def of_records_gone_from_their_file(connection: duckdb.DuckDBPyConnection, contract: Contract, now: datetime) -> bool:
    """Close records without a readable key whose file has been read again and holds them no more (mended or taken out).

    Returns:
        Whether any was closed.

    """
    closed = connection.execute(
        f"update quarantine.rows as q set resolved_at = $now, resolution = $words from {FILES} f where q.table_name = $table "
        "and q.resolved_at is null and q.row_key is null and q.source_file = f.source_file and q.load_id <> f.load_id "
        f"and q.source_system in (select source_system from {STAGE})",
        {"table": contract.table, "now": now, "words": GONE_FROM_FILE},
    ).fetchone()
    return bool(closed and closed[0])


def of_keys_gone_from_a_snapshot(connection: duckdb.DuckDBPyConnection, contract: Contract, now: datetime) -> None:
    """Close kept rows of the snapshot's parts that were seen before it and that it no longer has, good or bad."""
    key = checks.row_key(contract, sql_names.of_alias("s"))
    connection.execute(
        f"update quarantine.rows as q set resolved_at = $now, resolution = $words from {FILES} f where q.table_name = $table "
        f"and q.resolved_at is null and {merge.part_of('q.source_file')} = {merge.part_of('f.source_file')} "
        f"and q.extracted_at < f.extracted_at and q.source_system in (select source_system from {STAGE}) "
        f"and not coalesce(q.row_key in (select {key} from {STAGE} s where {key} is not null), false)",
        {"table": contract.table, "now": now, "words": GONE_FROM_SNAPSHOT},
    )


def of_file(connection: duckdb.DuckDBPyConnection, table: str, source_system: str, source_file: str, now: datetime) -> None:
    """Note that a file which could not be read has been replaced by another content."""
    connection.execute(
        "update quarantine.files set resolved_at = $now where table_name = $table and source_system = $system and source_file = $file "
        "and resolved_at is null",
        {"table": table, "system": source_system, "file": source_file, "now": now},
    )


def of_files_gone(connection: duckdb.DuckDBPyConnection, source_system: str, landed: Iterable[str], now: datetime) -> None:
    """Close unreadable files that have left the landing folder, and forget them: they are read anew if they come back."""
    waiting = connection.execute(
        "select table_name, source_file from quarantine.files where source_system = $system and resolved_at is null",
        {"system": source_system},
    ).fetchall()
    there = set(landed)
    for table, source_file in waiting:
        if there.isdisjoint(source_file.split(" + ")):
            of_file(connection, table, source_system, source_file, now)
            connection.execute(
                "delete from ops.files where source_system = $system and table_name = $table and path = $file",
                {"system": source_system, "table": table, "file": source_file},
            )


def dismiss(connection: duckdb.DuckDBPyConnection, table: str, reason: str, now: datetime) -> int:
    """Close what waits of a table because a person has decided so; the records stay, with the reason.

    Returns:
        How many records and files were closed.

    """
    rows = connection.execute(
        "update quarantine.rows set resolved_at = $now, resolution = $words where table_name = $table and resolved_at is null",
        {"now": now, "words": DISMISSED + reason, "table": table},
    ).fetchone()
    files = connection.execute(
        "update quarantine.files set resolved_at = $now where table_name = $table and resolved_at is null", {"now": now, "table": table}
    ).fetchone()
    return int(rows[0] if rows else 0) + int(files[0] if files else 0)
