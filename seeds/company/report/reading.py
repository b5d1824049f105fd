"""A generated company to be described: its tables and its truth, read as late and as little as possible.

Here: from files or from memory to typed lazy frames. Not here: what is computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from seeds.company.company import Company
from seeds.company.dirt.contract import Column, Table, tables
from seeds.company.dirt.faults import REPEATED
from seeds.company.parameters import Parameters

Frames = Mapping[str, pl.LazyFrame]
TYPES: dict[str, pl.DataType] = {"int": pl.Int64(), "date": pl.Date(), "timestamp": pl.Datetime("us"), "bool": pl.Boolean()}


@dataclass(frozen=True)
class Source:
    """What is described. Tables that were not made are empty."""

    parameters: Parameters
    tables: Frames
    truth: Frames


def single(value: object) -> float | None:
    """A value that Polars computed from a column as a number; None where there was nothing to compute it from."""
    return float(value) if isinstance(value, int | float) else None


def _value(column: Column, kind: pl.DataType) -> pl.Expr:
    """A column of a file as what the contract says it is."""
    here, wanted = pl.col(column.name), TYPES.get(column.data_type, pl.Float64() if column.is_decimal else pl.String())
    if kind != pl.String:
        return here.cast(wanted, strict=False)
    if column.data_type == "bool":
        return pl.when(here.is_in(["true", "false"])).then(here == "true").alias(column.name)
    if column.data_type == "date":
        return here.str.to_date("%Y-%m-%d", strict=False)
    if column.data_type == "timestamp":
        return here.str.to_datetime(time_unit="us", strict=False)
    return here.cast(wanted, strict=False)


def _typed(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The columns of the contract in their types; what cannot be read is empty."""
    schema = frame.collect_schema()
    absent = [pl.lit(None, dtype=pl.String).alias(column.name) for column in table.columns if column.name not in schema]
    kinds = {column.name: schema.get(column.name, pl.String()) for column in table.columns}
    return frame.with_columns(absent).select(_value(column, kinds[column.name]) for column in table.columns)


def _without_dirt(frame: pl.LazyFrame, table: Table, dirt: pl.LazyFrame | None) -> pl.LazyFrame:
    """What is described is the company, not the dirt in its files."""
    if dirt is None:
        return frame
    planted = dirt.filter(pl.col("kind") != REPEATED, table_name=table.name).select("row_key").drop_nulls()
    key = pl.concat_str([pl.col(name).cast(pl.String) for name in table.key], separator="|")
    keyed = frame.with_columns(row_key=key).drop_nulls("row_key").join(planted, on="row_key", how="anti")
    return keyed.unique("row_key", keep="first", maintain_order=True).drop("row_key")


def _empty(table: Table) -> pl.LazyFrame:
    return _typed(pl.LazyFrame({column.name: pl.Series([], dtype=pl.String) for column in table.columns}), table)


def _source(parameters: Parameters, rows: Frames, truth: Frames) -> Source:
    read = {}
    for name, table in tables().items():
        read[name] = _without_dirt(_typed(rows[name], table), table, truth.get("dirt")) if name in rows else _empty(table)
    return Source(parameters, read, truth)


def read(company: Company | Path) -> Source:
    """A company in memory, or the folder that it was written to (landing/ and truth/).

    Raises FileNotFoundError where the folder holds no generated company.
    """
    if isinstance(company, Company):
        return _source(
            company.parameters, *({name: frame.lazy() for name, frame in each.items()} for each in (company.tables, company.truth))
        )
    parameters = Parameters.model_validate_json((company / "truth" / "parameters.json").read_text(encoding="utf-8"))
    rows = {path.stem: pl.scan_parquet(path) for path in (company / "landing").glob("*.parquet")}
    rows |= {path.stem: pl.scan_csv(path, infer_schema=False) for path in (company / "landing").glob("*.csv")}
    return _source(parameters, rows, {path.stem: pl.scan_parquet(path) for path in (company / "truth").glob("*.parquet")})
