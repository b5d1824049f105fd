"""Rules whose breach is a finding: the row stays, ops.findings says what is wrong, ops.cut_edges what models leave out.

Belongs here: rules over rows that were accepted. Does not belong here: rules that quarantine a row (checks).

Each rule is one SELECT of (row_key, detail) over the rows that stand now; what it no longer finds is resolved.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from orchestration.contracts import Contract, Rule
from orchestration.ingestion import checks, merge
from orchestration.ingestion.checks import literal, quoted

WARNING, SERIOUS, NOTE = "warning", "serious", "note"
IN_QUARANTINE = "newest_version_in_quarantine"
UNCHECKED = "rules_not_checked"
NOT_UNDERSTOOD, LANDING = "file_not_understood", "landing"
FAR_ENOUGH = 40  # doublings: a chain of 2^40 parents
SHORT_TAIL = 5  # doublings after which whoever hangs off a cycle at up to 32 steps has come to it


def standing(contract: Contract) -> str:
    """SELECT of the rows of a table that count at ops.clock's known_at."""
    return (
        f"select r.* from raw.{quoted(contract.table)} r, ops.clock clock where r.recorded_at <= clock.known_at "
        "and (r.superseded_at is null or r.superseded_at > clock.known_at) and not coalesce(r.is_deleted, false)"
    )


def check(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], tables: Iterable[str], now: datetime) -> None:
    """Evaluate all finding rules of the named tables and write what they find.

    Args:
        connection: the warehouse; its ops.clock says as of which knowledge.
        contracts: all contracts.
        tables: the tables that changed, or whose parents did.
        now: the time of the run.

    """
    connection.execute(
        "create or replace temp table found (rule varchar, table_name varchar, row_key varchar, detail varchar, severity varchar)"
    )
    checked: list[tuple[str, str]] = []
    for table in tables:
        contract = contracts[table]
        connection.execute(f"create or replace temp view standing as {standing(contract)}")
        for rule in (r for r in contract.rules if r.effect == "finding"):
            checked.append((rule.name, table))
            if rule.no_cycle_through:
                _cycles(connection, contract, rule)
            elif rule.unique_together:
                _repeated(connection, contract, rule)
            else:
                _broken(connection, contracts, contract, rule)
        for column, parent in contract.parents:
            if not parent.holds_back:
                checked.append((f"{column.name}_is_known", table))
                _unknown_parent(connection, contract, column.name, parent.table, parent.column)
        checked += [(rule, table) for rule in _noted(connection, contract)]
        checked.append((IN_QUARANTINE, table))
        _newest_in_quarantine(connection, contract)
    connection.execute("create or replace temp table checked_rules (rule varchar, table_name varchar)")
    if checked:
        connection.executemany("insert into checked_rules values (?, ?)", checked)
    write(connection, now)
    connection.execute("delete from ops.findings where rule = $rule", {"rule": UNCHECKED})


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


def note_file(
    connection: duckdb.DuckDBPyConnection, table: str, source_file: str, notes: Iterable[tuple[str, str]], now: datetime
) -> None:
    """Write what is to be said of a file as a whole; what was said of it before and is not any more is resolved."""
    connection.execute(
        "create or replace temp table found (rule varchar, table_name varchar, row_key varchar, detail varchar, severity varchar)"
    )
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
    connection.execute(
        "create or replace temp table found (rule varchar, table_name varchar, row_key varchar, detail varchar, severity varchar)"
    )
    rows = [(NOT_UNDERSTOOD, LANDING, name, words, WARNING) for name, words in not_understood.items()]
    if rows:
        connection.executemany("insert into found values (?, ?, ?, ?, ?)", rows)
    connection.execute(f"create or replace temp table checked_rules as select '{NOT_UNDERSTOOD}' as rule, '{LANDING}' as table_name")
    write(connection, now)


def _key(contract: Contract, alias: str = "s") -> str:
    return checks.row_key(contract, checks.of_alias(alias))


def _add(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: str, select: str, severity: str = WARNING) -> None:
    connection.execute(
        f"insert into found select $rule, $table, row_key, detail, $severity from ({select}) where row_key is not null",
        {"rule": rule, "table": contract.table, "severity": severity},
    )


def _broken(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], contract: Contract, rule: Rule) -> None:
    names = list(contract.column_names)
    rows = "standing s"
    extra = ""
    if rule.joined_to and rule.joined_by:
        other = contracts[rule.joined_to]
        borrowed = [c for c in rule.columns_named(other.column_names) if c not in names]
        names += borrowed
        extra = ", " + ", ".join(f"o.{quoted(c)}" for c in borrowed)
        rows += (
            f" left join ({standing(other)}) o on o.source_system = s.source_system "
            f"and o.{quoted(other.key[0])} = s.{quoted(rule.joined_by)}"
        )
    values = " || ', ' || ".join(
        f"'{c} ' || coalesce(cast({quoted(c)} as varchar), 'empty')" for c in rule.columns_named(tuple(names))
    )
    _add(
        connection,
        contract,
        rule.name,
        f"select row_key, {literal(f'{rule.must} does not hold (')} || {values} || ')' as detail from "
        f"(select s.*{extra}, {_key(contract)} as row_key from {rows}) where not ({rule.must})",
    )
    if rule.cuts:
        _cut(connection, contract, rule.cuts, f"select source_system, {_key(contract)} as row_key from standing s where not ({rule.must})", rule)


def _repeated(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule) -> None:
    columns = ", ".join(quoted(c) for c in rule.unique_together)
    values = " || ', ' || ".join(f"cast({quoted(c)} as varchar)" for c in rule.unique_together)
    _add(
        connection,
        contract,
        rule.name,
        f"select {_key(contract)} as row_key, n || ' rows have {', '.join(rule.unique_together)} = ' || {values} || "
        f"'; the latest of them counts' as detail from (select *, count(*) over (partition by source_system, {columns}) as n from standing) s where n > 1",
    )


def _unknown_parent(connection: duckdb.DuckDBPyConnection, contract: Contract, column: str, parent: str, parent_key: str) -> None:
    _add(
        connection,
        contract,
        f"{column}_is_known",
        f"select {_key(contract)} as row_key, {literal(f'{column} refers to {parent} ')} || s.{quoted(column)} || ', which has never come' as detail "
        f"from standing s where s.{quoted(column)} is not null and not ((s.source_system, s.{quoted(column)}) in "
        f"(select (source_system, {quoted(parent_key)}) from raw.{quoted(parent)}))",
    )


def _noted(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """What a mapping says of a row in its source_note, {"findings": [{"rule": ..., "detail": ...}]}; the rules noted of any version."""

    def notes(rows: str) -> str:
        shape = '[{"rule":"VARCHAR","detail":"VARCHAR"}]'
        said = f"unnest(json_transform(json_extract(s.source_note, '$.findings'), '{shape}'))"
        return f"select s.*, {said} as note from {rows} s where contains(s.source_note, '\"findings\"')"

    connection.execute(
        f"insert into found select s.note.rule, $table, {_key(contract)}, coalesce(s.note.detail, s.note.rule), $severity "
        f"from ({notes('standing')}) s where s.note.rule is not null",
        {"table": contract.table, "severity": WARNING},
    )
    every = notes(f"raw.{quoted(contract.table)}")
    return [r[0] for r in connection.execute(f"select distinct note.rule from ({every}) where note.rule is not null").fetchall()]


def _newest_in_quarantine(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Unresolved rows are newer than what was accepted of their key, else they would have been resolved."""
    _add(
        connection,
        contract,
        IN_QUARANTINE,
        "select q.row_key, 'the newest version (' || max_by(q.source_file, q.extracted_at) || ') is in quarantine: ' || max_by(q.reasons[1], q.extracted_at) || "
        "case when max(c.recorded_at) is null then '; no version was ever accepted' else '; the version recorded at ' || max(c.recorded_at) || ' counts' end "
        f"as detail from quarantine.rows q left join ({merge.current(contract)}) c on c.source_system = q.source_system "
        f"and {checks.row_key(contract, checks.of_alias('c'))} = q.row_key "
        f"where q.table_name = {literal(contract.table)} and q.resolved_at is null and q.row_key is not null group by q.source_system, q.row_key",
        SERIOUS,
    )


def _cut(connection: duckdb.DuckDBPyConnection, contract: Contract, column: str, select: str, rule: Rule) -> None:
    """Replace the edges of a column that are cut. `cuts` rules come before the cycle rule of the same column."""
    if not rule.no_cycle_through:
        connection.execute(
            "delete from ops.cut_edges where table_name = $table and column_name = $column", {"table": contract.table, "column": column}
        )
    connection.execute(
        f"insert into ops.cut_edges select $table, $column, source_system, row_key from ({select})",
        {"table": contract.table, "column": column},
    )


def _cycles(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule) -> None:
    """Find the rows on a cycle by doubling the distance to an ancestor until only cycles are left; cut each cycle's youngest edge."""
    column = rule.no_cycle_through or ""
    has_own_rule = any(r.cuts == column for r in contract.rules)
    if not has_own_rule:
        connection.execute(
            "delete from ops.cut_edges where table_name = $table and column_name = $column", {"table": contract.table, "column": column}
        )
    self_cut = f"and s.{quoted(column)} <> s.{quoted(contract.key[0])}" if has_own_rule else ""
    connection.execute(
        f"create or replace temp table jump as select source_system, {_key(contract)} as node, cast(s.{quoted(column)} as varchar) as ancestor "
        f"from standing s where s.{quoted(column)} is not null {self_cut}"
    )
    connection.execute("create or replace temp table edge as from jump")
    n_before = -1
    n_now = 0
    for step in range(FAR_ENOUGH):
        row = connection.execute("select count(*) from jump").fetchone()
        n_now = int(row[0]) if row else 0
        if n_now == 0 or (n_now == n_before and step > SHORT_TAIL):
            break
        n_before = n_now
        connection.execute(
            "create or replace temp table jump as select a.source_system, a.node, b.ancestor from jump a "
            "join jump b on a.source_system = b.source_system and a.ancestor = b.node"
        )
    if n_now == 0:
        return
    # What is left leads into a cycle; a node is on one exactly when it is an ancestor of itself.
    connection.execute(
        "create or replace temp table around as with recursive candidates as (select distinct source_system, ancestor as node from jump), "
        "walk as (select c.source_system, c.node as start, e.ancestor as reached from candidates c join edge e using (source_system, node) union "
        "select w.source_system, w.start, e.ancestor from walk w join edge e on e.source_system = w.source_system and e.node = w.reached) "
        "select source_system, start as node, min(reached) as cycle from walk group by source_system, start having bool_or(start = reached)"
    )
    key, parent = quoted(contract.key[0]), quoted(column)
    # An edge is as old as the last time its row got this parent.
    connection.execute(
        f"create or replace temp table aged as with history as (select r.source_system, cast(r.{key} as varchar) as node, r.{parent} as parent, "
        "r.recorded_at, r.source_file, r.record_number, r.load_id, "
        f"lag(r.{parent}) over (partition by r.source_system, r.{key} order by r.recorded_at, r.load_id, r.record_number) as parent_before, "
        f"row_number() over (partition by r.source_system, r.{key} order by r.recorded_at, r.load_id, r.record_number) as version "
        f"from raw.{quoted(contract.table)} r, ops.clock clock where r.recorded_at <= clock.known_at "
        f"and (r.source_system, cast(r.{key} as varchar)) in (select (source_system, node) from around)), "
        "since as (select * from history where version = 1 or parent is distinct from parent_before "
        "qualify row_number() over (partition by source_system, node order by recorded_at desc, load_id desc, record_number desc) = 1) "
        "select a.source_system, a.node, a.cycle, s.recorded_at, s.source_file, s.record_number from around a join since s using (source_system, node)"
    )
    youngest = (
        "select source_system, node as row_key, cycle from aged qualify row_number() over (partition by source_system, cycle "
        "order by recorded_at desc, source_file desc, record_number desc, node desc) = 1"
    )
    _cut(connection, contract, column, youngest, rule)
    _add(
        connection,
        contract,
        rule.name,
        f"select a.node as row_key, 'it is part of a cycle through {column} of ' || count(*) over (partition by a.source_system, a.cycle) || ' rows; ' || "
        f"case when y.row_key is null then 'the edge of ' || min(y2.row_key) over (partition by a.source_system, a.cycle) || ' is cut' "
        f"else 'its own edge is the youngest and is cut' end as detail from aged a left join ({youngest}) y on y.source_system = a.source_system and y.row_key = a.node "
        f"left join ({youngest}) y2 on y2.source_system = a.source_system and y2.cycle = a.cycle",
        SERIOUS,
    )
