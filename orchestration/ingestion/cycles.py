"""Cycles among the rows of a table that refer to each other: found, told, and cut at their youngest edge.

Belongs here: ops.cut_edges. Does not belong here: other rules (rules).
"""

from __future__ import annotations

import duckdb

from orchestration.contracts import Contract, Rule
from orchestration.ingestion import checks, findings, sql_names
from orchestration.ingestion.sql_names import quoted


def key(contract: Contract, alias: str = "s") -> str:
    """SQL of the key of a row of an alias, as one text."""
    return checks.row_key(contract, sql_names.of_alias(alias))


def cut(connection: duckdb.DuckDBPyConnection, contract: Contract, column: str, select: str, rule: Rule) -> None:
    """Replace the edges of a column that are cut. `cuts` rules come before the cycle rule of the same column."""
    if not rule.no_cycle_through:
        connection.execute(
            "delete from ops.cut_edges where table_name = $table and column_name = $column", {"table": contract.table, "column": column}
        )
    connection.execute(
        f"insert into ops.cut_edges select $table, $column, source_system, row_key from ({select})",
        {"table": contract.table, "column": column},
    )


def find(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule) -> None:
    """Find the cycles through the rule's column among temp.standing; tell each row on one and cut its youngest edge."""
    column = rule.no_cycle_through or ""
    has_own_rule = any(r.cuts == column for r in contract.rules)
    if not has_own_rule:
        connection.execute(
            "delete from ops.cut_edges where table_name = $table and column_name = $column", {"table": contract.table, "column": column}
        )
    self_cut = f"and s.{quoted(column)} <> s.{quoted(contract.key[0])}" if has_own_rule else ""
    connection.execute(
        f"create or replace temp table edge as select source_system, {key(contract)} as node, "
        f"cast(s.{quoted(column)} as varchar) as ancestor from standing s where s.{quoted(column)} is not null {self_cut}"
    )
    if _around(connection):
        _cut_youngest(connection, contract, rule, column)


def _around(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make temp.around(source_system, node, cycle) of the nodes of temp.edge that are on a cycle, named by its lowest node.

    The distance to an ancestor is doubled until only those are left that never end (as many as before), and until it is
    longer than any tail: then the ancestors are the nodes on cycles. Their lowest neighbour is found by doubling too.
    """
    connection.execute("create or replace temp table jump as from edge")
    distance, n_before, n_now = 1, -1, _count(connection, "jump")
    while n_now and (n_now != n_before or distance < n_now):
        connection.execute(
            "create or replace temp table jump as select a.source_system, a.node, b.ancestor from jump a "
            "join jump b on a.source_system = b.source_system and a.ancestor = b.node"
        )
        distance, n_before, n_now = distance * 2, n_now, _count(connection, "jump")
    if not n_now:
        return False
    connection.execute(
        "create or replace temp table ring as select *, ancestor as lowest from edge "
        "where (source_system, node) in (select (source_system, ancestor) from jump)"
    )
    distance = 1
    while distance < _count(connection, "ring"):
        connection.execute(
            "create or replace temp table ring as select a.source_system, a.node, b.ancestor, least(a.lowest, b.lowest) as lowest "
            "from ring a join ring b on a.source_system = b.source_system and a.ancestor = b.node"
        )
        distance *= 2
    connection.execute("create or replace temp table around as select source_system, node, lowest as cycle from ring")
    return True


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _cut_youngest(connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule, column: str) -> None:
    node, parent = quoted(contract.key[0]), quoted(column)
    # An edge is as old as the last time its row got this parent.
    connection.execute(
        f"create or replace temp table aged as with history as (select r.source_system, cast(r.{node} as varchar) as node, "
        f"r.{parent} as parent, r.recorded_at, r.source_file, r.record_number, "
        f"lag(r.{parent}) over (partition by r.source_system, r.{node} order by r.recorded_at) as parent_before, "
        f"row_number() over (partition by r.source_system, r.{node} order by r.recorded_at) as version "
        f"from raw.{quoted(contract.table)} r, ops.clock clock where r.recorded_at <= clock.known_at "
        "and r.recorded_at is distinct from r.superseded_at "
        f"and (r.source_system, cast(r.{node} as varchar)) in (select (source_system, node) from around)), "
        "since as (select * from history where version = 1 or parent is distinct from parent_before "
        "qualify row_number() over (partition by source_system, node order by recorded_at desc) = 1) "
        "select a.source_system, a.node, a.cycle, s.recorded_at, s.source_file, s.record_number "
        "from around a join since s using (source_system, node)"
    )
    youngest = (
        "select source_system, node as row_key, cycle from aged qualify row_number() over (partition by source_system, cycle "
        "order by recorded_at desc, source_file desc, record_number desc, node desc) = 1"
    )
    cut(connection, contract, column, youngest, rule)
    findings.add(
        connection,
        contract,
        rule.name,
        f"select a.node as row_key, 'it is part of a cycle through {column} of ' || count(*) over (partition by a.source_system, a.cycle) "
        "|| ' rows; ' || case when y.row_key <> a.node then 'the edge of ' || y.row_key || ' is cut' "
        f"else 'its own edge is the youngest and is cut' end as detail from aged a "
        f"join ({youngest}) y on y.source_system = a.source_system and y.cycle = a.cycle",
        findings.SERIOUS,
    )
