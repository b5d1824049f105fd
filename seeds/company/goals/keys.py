"""Keys of goals and the identifiers made of them.

A key is made of quarter, person (or department) and slot, so that no key depends on who else has goals. Here: keys and
identifiers. Not here: which goals there are.
"""

from __future__ import annotations

import polars as pl

from seeds.company.draws import Draws, Integers

SLOTS = 10
QUARTER_KEYS, DEPARTMENT_KEYS, COMPANY_KEYS = 100_000_000, 90_000_000, 99_999_990


def of_person(quarter: int, person: Integers, slot: Integers) -> Integers:
    """Keys of the goals of a person, `slot` below SLOTS."""
    result: Integers = quarter * QUARTER_KEYS + SLOTS * person + slot
    return result


def of_department(quarter: int, department: Integers, slot: Integers) -> Integers:
    """Keys of the goals of a department."""
    return of_person(quarter, department, DEPARTMENT_KEYS + slot)


def of_company(quarter: int, slot: Integers) -> Integers:
    """Keys of the company's goals."""
    result: Integers = quarter * QUARTER_KEYS + COMPANY_KEYS + slot
    return result


def turns(key: Integers, draws: Draws) -> Integers:
    """A number for each goal, one more for each slot: what takes turns by it differs between the goals of one owner and quarter."""
    slot = key % SLOTS
    result: Integers = draws.sub("turn").integers(0, 120, key - slot) + slot
    return result


def _digits(numbers: Integers, width: int) -> pl.Expr:
    return pl.lit(pl.Series(numbers, dtype=pl.Int64)).cast(pl.String).str.zfill(width)


def goal_ids(key: Integers) -> pl.Series:
    """goal_id of each key; null below zero."""
    return pl.select(pl.format("G{}", _digits(key, 10)).alias("goal_id")).to_series().set(pl.Series(key < 0), None)


def numbered(letter: str, key: Integers, number: Integers) -> pl.Series:
    """Identifier of the `number`th thing that belongs to the goal of `key`."""
    return pl.select(pl.format(f"{letter}{{}}-{{}}", _digits(key, 10), _digits(number, 2))).to_series()
