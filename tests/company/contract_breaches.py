"""Every way in which the tables of a company break their contracts, in words.

Belongs here: reading the contracts and counting breaches with SQL of its own. Does not belong here: the loader's own checks
(tests/pipeline), what the rows mean.
"""

from __future__ import annotations

import duckdb
import polars as pl

from orchestration.contracts import Column, Contract, Rule

PHYSICAL = {"text": pl.String, "int": pl.Int64, "date": pl.Date, "timestamp": pl.Datetime("us"), "bool": pl.Boolean}


def loaded(tables: dict[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """The tables in a database of their own."""
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(f"{name}_frame", frame)
        connection.execute(f"create table {name} as select * from {name}_frame")
    return connection


def number(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """The one number that a query gives; none is an error."""
    row = connection.execute(sql).fetchone()
    assert row is not None, sql
    assert row[0] is not None, sql
    return float(row[0])


def _column_breaches(contract: Contract, column: Column, frame: pl.DataFrame) -> dict[str, str]:
    """What a column must not hold: the breach in words, and SQL that counts the rows with it."""
    name, value = contract.table, f't."{column.name}"'
    rows = f"select count(*) from {name} t where {value} is not null and"
    wanted = PHYSICAL.get(column.data_type, pl.Float64)
    found = {}
    if frame[column.name].dtype != wanted:
        found[f"{column.name} is {frame[column.name].dtype}, not {wanted}"] = "select 1"
    if column.required:
        found[f"{column.name} missing"] = f"select count(*) from {name} t where {value} is null"
    if column.allowed:
        found[f"{column.name} not allowed"] = f"{rows} {value} not in {(*column.allowed, '')}"
    if column.low is not None:
        found[f"{column.name} out of range"] = f"{rows} not {value} between {column.low} and {column.high}"
    if column.parent:
        parents = f"(select {column.parent.column} from {column.parent.table})"
        found[f"{column.name} without parent"] = f"{rows} {value} not in {parents}"
    return found


def _rule_breaches(contract: Contract, rule: Rule) -> dict[str, str]:
    """What breaks a rule over several columns or rows, as above."""
    name = contract.table
    if rule.must:
        joined = f" join {rule.joined_to} using ({rule.joined_by})" if rule.joined_to else ""
        return {rule.name: f"select count(*) from {name}{joined} where not ({rule.must})"}
    if rule.unique_together:
        columns = ", ".join(rule.unique_together)
        return {rule.name: f"select count(*) - count(distinct ({columns})) from {name}"}
    return {rule.name: f"""
        with recursive climb as (
            select {contract.key[0]} as child, {rule.no_cycle_through} as above, 1 as steps from {name}
            union all
            select climb.child, up.{rule.no_cycle_through}, steps + 1
            from climb join {name} up on up.{contract.key[0]} = climb.above where steps < 40
        )
        select count(*) from climb where steps >= 40 and above is not null"""}  # fmt: skip


def breaches(contract: Contract, tables: dict[str, pl.DataFrame], connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every way in which a table breaks its contract, in words."""
    frame = tables[contract.table]
    key = ", ".join(contract.key)
    checks = {"key not unique": f"select count(*) - count(distinct ({key})) from {contract.table}"}
    for rule in contract.rules:
        checks |= _rule_breaches(contract, rule)
    for column in contract.own_columns:
        if column.name in frame.columns:
            checks |= _column_breaches(contract, column, frame)
    unknown = [f"{name} is not in the contract" for name in frame.columns if name not in contract.column_names]
    absent = [f"{column.name} is absent" for column in contract.own_columns
              if column.required and column.name not in frame.columns]  # fmt: skip
    return unknown + absent + [what for what, sql in checks.items() if number(connection, sql)]
