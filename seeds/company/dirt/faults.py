"""The ways in which a row can break its contract, column by column.

Here: what a broken row looks like and what must come of it. Not here: rules over several columns (rules.py), which rows are
broken (planting.py).

A broken row is as a rule a copy of a good one under a key of its own, so that nothing good is lost and nothing refers to it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from seeds.company.dirt.contract import Column, Table, tables

QUARANTINE, FINDING, NONE = "quarantine", "finding", "none"
Form = Literal["copy", "changed", "twins", "second", "again"]
KEY, OTHER = "dirt_key", "dirt_other"  # columns that a fault's expressions may use: the new key, and that of the twin
UNKNOWN, DELETED, WORD = "dirt-unknown", "dirt-deleted", "dirt"
OUTSIDE = (dt.date(1899, 12, 31), dt.date(2200, 1, 1))
TOO_LARGE = 1e16
# What no column of the type can be read from; such a column goes out as text.
UNREADABLE = {"int": "three", "decimal": "1,234.50", "date": "31/12/2024", "timestamp": "yesterday", "bool": "maybe"}
# Kinds of the rows that are right, but belong to a fault of others or to a repetition.
REPEATED, DELETION = "repeated", "deleted"
# A copy of a review would be a second one of the person in the cycle, a breach of its own; a good row is changed instead.
# Accepted copies of employees are people who have left, so that nobody is added to today's headcount.
CHANGED_IN_PLACE = ("reviews", "calibration_adjustments")
ACCEPTED_ONLY_IF = {"employees": pl.col("termination_date").is_not_null()}
# A new key of job_history is a day long before the hire, which is found as well.
FOUND_AS_WELL = {"job_history": ("history_within_employment",)}


@dataclass(frozen=True)
class Fault:
    """One way to break a row of a table.

    `changes` say what becomes of the row's columns; `eligible` says which rows can be broken so; `text` is what its column
    holds instead of a value. `form`: a copy under a new key, the row itself changed, two copies that refer to each other, a
    copy that is found together with its original, or the same row again. `found_as_well` are rules that a copy breaks too.
    """

    kind: str
    column: str | None
    effect: str
    rule: str | None = None
    detail: str = ""
    changes: tuple[pl.Expr, ...] = ()
    eligible: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    form: Form = "copy"
    text: str | None = None
    found_as_well: tuple[str, ...] = ()
    is_certain: bool = False


def text_column(table: Table) -> Column | None:
    """The column of a table that goes out as text, so that it can hold what is no value: a different type from table to table."""
    typed = [column for column in table.columns if column.data_type != "text"]
    kinds = sorted({column.data_type.split("(")[0] for column in typed})
    if not kinds:
        return None
    place = sorted(tables()).index(table.name)
    # Truth values are few: where there is one, it is taken.
    kind = "bool" if "bool" in kinds else kinds[place % len(kinds)]
    return [column for column in typed if column.data_type.startswith(kind)][-1]


def _accepted(table: Table, kind: str, column: Column, rule: str, value: str) -> Fault:
    """A fault that leaves the row in, with a finding."""
    form: Form = "changed" if table.name in CHANGED_IN_PLACE else "copy"
    eligible = pl.col(column.name).is_not_null() & ACCEPTED_ONLY_IF.get(table.name, pl.lit(value=True))
    as_well = FOUND_AS_WELL.get(table.name, ()) if value == UNKNOWN else ()
    return Fault(kind, column.name, FINDING, rule, f"refers to {value}", (pl.lit(value).alias(column.name),), eligible, form,
                 found_as_well=as_well)  # fmt: skip


def _of_column(table: Table, column: Column) -> list[Fault]:
    name, here = column.name, pl.col(column.name)
    found = []

    def held_back(kind: str, detail: str, change: pl.Expr, eligible: pl.Expr | None = None) -> None:
        found.append(
            Fault(kind, name, QUARANTINE, None, detail, (change.alias(name),), pl.lit(value=True) if eligible is None else eligible)
        )

    if column.required:
        held_back("missing", "empty", pl.lit(None), here.is_not_null())
    if column.allowed:
        held_back("not_allowed", f"'{WORD}'", pl.lit(WORD))
    if column.limits:
        low, high = column.limits
        held_back("out_of_range", f"{low - 1:g}", pl.lit(low - 1))
        held_back("out_of_range", f"{high + 1:g}", pl.lit(high + 1))
    if column.is_decimal:
        held_back("not_a_number", "NaN", pl.lit(float("nan")))
        held_back("too_large", f"{TOO_LARGE:g}", pl.lit(TOO_LARGE))
    if column.data_type in {"date", "timestamp"}:
        for day in OUTSIDE:
            held_back("day_out_of_range", day.isoformat(), pl.lit(day))
    if column.parent and column.parent.holds_back:
        held_back("parent_missing", f"refers to {UNKNOWN}", pl.lit(UNKNOWN))
        if table.name not in CHANGED_IN_PLACE:
            found.append(_accepted(table, "parent_deleted", column, f"{name}_exists", DELETED))
    elif column.parent:
        found.append(_accepted(table, "parent_unknown", column, f"{name}_is_known", UNKNOWN))
    return found


def column_faults(table: Table) -> list[Fault]:
    """All faults of single columns of a table, and the row that comes twice."""
    found = [fault for column in table.columns for fault in _of_column(table, column)]
    text = text_column(table)
    if text is not None:
        word = UNREADABLE[text.data_type.split("(")[0]]
        found.append(Fault("unreadable", text.name, QUARANTINE, None, f"'{word}'", text=word))
    found.append(Fault(REPEATED, None, NONE, None, "the same row again", form="again"))
    return found


def parents_deleted() -> frozenset[str]:
    """The tables in which a deleted row is planted, for others to refer to."""
    return frozenset(
        column.parent.table for table in tables().values() if table.name not in CHANGED_IN_PLACE
        for column in table.columns if column.parent and column.parent.holds_back
    )  # fmt: skip
