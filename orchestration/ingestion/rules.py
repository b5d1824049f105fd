"""Rules whose breach is a finding: the row stays, ops.findings says what is wrong, ops.cut_edges what models leave out.

Belongs here: rules over rows that were accepted. Does not belong here: rules that quarantine a row (checks).

Each rule is one SELECT of (row_key, detail) over the rows that stand now; what it no longer finds is resolved.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from orchestration.contracts import Contract, Rule
from orchestration.ingestion import checks, cycles, findings, merge, sql_names
from orchestration.ingestion.cycles import key
from orchestration.ingestion.sql_names import literal, quoted

IN_QUARANTINE = "newest_version_in_quarantine"


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
    findings.begin(connection)
    checked: list[tuple[str, str]] = []
    for table in tables:
        contract = contracts[table]
        connection.execute(f"create or replace temp view standing as {standing(contract)}")
        for rule in (r for r in contract.rules if r.effect == "finding"):
            checked.append((rule.name, table))
            if rule.no_cycle_through:
                cycles.find(connection, contract, rule)
            elif rule.unique_together:
                _repeated(connection, contract, rule)
            else:
                _broken(connection, contracts, contract, rule)
        for column, parent in contract.parents:
            if parent.holds_back:
                checked.append((f"{column.name}_exists", table))
                _deleted_parent(connection, contract, column.name, contracts[parent.table])
            else:
                checked.append((f"{column.name}_is_known", table))
                _unknown_parent(connection, contract, column.name, parent.table, parent.column)
        checked += [(rule, table) for rule in _noted(connection, contract)]
        checked.append((IN_QUARANTINE, table))
        _newest_in_quarantine(connection, contract)
    connection.execute("create or replace temp table checked_rules (rule varchar, table_name varchar)")
    if checked:
        connection.executemany("insert into checked_rules values (?, ?)", checked)
    findings.write(connection, now)
    connection.execute("delete from ops.findings where rule = $rule", {"rule": findings.UNCHECKED})


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
    values = " || ', ' || ".join(f"'{c} ' || coalesce(cast({quoted(c)} as varchar), 'empty')" for c in rule.columns_named(tuple(names)))
    findings.add(
        connection,
        contract,
        rule.name,
        f"select row_key, {literal(f'{rule.must} does not hold (')} || {values} || ')' as detail from "
        f"(select s.*{extra}, {key(contract)} as row_key from {rows}) where not ({rule.must})",
    )
    if rule.cuts:
        broken = f"select source_system, {key(contract)} as row_key from standing s where not ({rule.must})"
        cycles.cut(connection, contract, rule.cuts, broken, rule)


def _repeated(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule) -> None:
    columns = ", ".join(quoted(c) for c in rule.unique_together)
    values = " || ', ' || ".join(f"cast({quoted(c)} as varchar)" for c in rule.unique_together)
    findings.add(
        connection,
        contract,
        rule.name,
        f"select {key(contract)} as row_key, n || ' rows have {', '.join(rule.unique_together)} = ' || {values} || "
        "'; the latest of them counts' as detail "
        f"from (select *, count(*) over (partition by source_system, {columns}) as n from standing) s where n > 1",
    )


def _unknown_parent(connection: duckdb.DuckDBPyConnection, contract: Contract, column: str, parent: str, parent_key: str) -> None:
    findings.add(
        connection,
        contract,
        f"{column}_is_known",
        f"select {key(contract)} as row_key, {literal(f'{column} refers to {parent} ')} || s.{quoted(column)} "
        f"|| ', which has never come' as detail from standing s where s.{quoted(column)} is not null "
        f"and not ((s.source_system, s.{quoted(column)}) in "
        f"(select (source_system, {quoted(parent_key)}) from raw.{quoted(parent)}))",
    )


def _deleted_parent(connection: duckdb.DuckDBPyConnection, contract: Contract, column: str, parent: Contract) -> None:
    key, row_key = quoted(parent.key[0]), checks.row_key(contract, sql_names.of_alias("s"))
    findings.add(
        connection,
        contract,
        f"{column}_exists",
        f"select {row_key} as row_key, {literal(f'{column} refers to {parent.table} ')} || s.{quoted(column)} || "
        f"', which has been deleted' as detail from standing s join raw.{quoted(parent.table)} p on p.source_system = s.source_system "
        f"and p.{key} = s.{quoted(column)} where p.superseded_at is null and p.is_deleted",
    )


def _noted(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """What a mapping says of a row in its source_note, {"findings": [{"rule": ..., "detail": ...}]}; the rules noted of any version."""

    def notes(rows: str) -> str:
        shape = '[{"rule":"VARCHAR","detail":"VARCHAR"}]'
        said = f"unnest(json_transform(json_extract(s.source_note, '$.findings'), '{shape}'))"
        return f"select s.*, {said} as note from {rows} s where contains(s.source_note, '\"findings\"')"

    connection.execute(
        f"insert into found select s.note.rule, $table, {key(contract)}, coalesce(s.note.detail, s.note.rule), $severity "
        f"from ({notes('standing')}) s where s.note.rule is not null",
        {"table": contract.table, "severity": findings.WARNING},
    )
    every = notes(f"raw.{quoted(contract.table)}")
    return [r[0] for r in connection.execute(f"select distinct note.rule from ({every}) where note.rule is not null").fetchall()]


def _newest_in_quarantine(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Unresolved rows are newer than what was accepted of their key, else they would have been resolved."""
    findings.add(
        connection,
        contract,
        IN_QUARANTINE,
        "select q.row_key, 'the newest version (' || max_by(q.source_file, q.extracted_at) || ') is in quarantine: ' "
        "|| max_by(q.reasons[1], q.extracted_at) || case when max(c.recorded_at) is null then '; no version was ever accepted' "
        "else '; the version recorded at ' || max(c.recorded_at) || ' counts' end as detail "
        f"from quarantine.rows q left join ({merge.current(contract)}) c on c.source_system = q.source_system "
        f"and {checks.row_key(contract, sql_names.of_alias('c'))} = q.row_key "
        f"where q.table_name = {literal(contract.table)} and q.resolved_at is null and q.row_key is not null "
        "group by q.source_system, q.row_key",
        findings.SERIOUS,
    )
