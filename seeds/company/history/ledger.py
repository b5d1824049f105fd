"""Columns that grow while the months pass: people, their time in seats, levels, spells, reviews and plans.

Here: what is remembered about each of them. Not here: why anything happens.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER

Indices = npt.NDArray[np.int64]

VOLUNTARY, INVOLUNTARY, RETIREMENT, END_OF_CONTRACT = range(4)
ORDINARY, PLAN, LAYOFF = range(3)  # what an exit came of, beside its type
EXIT_TYPES = ["voluntary", "involuntary", "retirement", "end_of_contract"]
HIRE, PROMOTION, TRANSFER = range(3)


class Ledger:
    """Equally long NumPy columns, read and changed in place by name, lengthened by `append`."""

    def __init__(self, **defaults: float | bool) -> None:
        self._defaults = defaults
        self._columns = {name: np.empty(0, dtype=np.asarray(value).dtype) for name, value in defaults.items()}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def append(self, count: int, **values: npt.ArrayLike) -> Indices:
        """Add `count` rows (single values are repeated, absent ones take the default); returns their numbers."""
        unknown = set(values) - set(self._columns)
        if unknown:
            message = f"no such columns: {sorted(unknown)}"
            raise KeyError(message)
        first = len(self)
        if count:
            for name, column in self._columns.items():
                longer = np.empty(first + count, dtype=column.dtype)
                longer[:first] = column
                longer[first:] = values.get(name, self._defaults[name])
                self._columns[name] = longer
        return np.arange(first, first + count)

    def copy(self) -> Ledger:
        """A copy that goes on by itself."""
        twin = Ledger(**self._defaults)
        twin._columns = {name: column.copy() for name, column in self._columns.items()}
        return twin

    def only(self, rows: npt.NDArray[np.bool_]) -> Ledger:
        """A copy of some rows."""
        twin = Ledger(**self._defaults)
        twin._columns = {name: column[rows] for name, column in self._columns.items()}
        return twin

    def frame(self) -> pl.DataFrame:
        """All rows, in the order in which they were added."""
        return pl.DataFrame(self._columns)


def people_ledger() -> Ledger:
    """One row per person ever hired. Days are day numbers, NEVER is none; `seat` is -1 for those who are gone."""
    return Ledger(
        seat=-1, last_seat=-1, stint=-1, spell=-1, first_hired=0, started=0, last_day=NEVER, exit_type=-1, notice_on=NEVER,
        contract_end=NEVER, born=0, employment_type=0, fte_pct=100.0, level=1, frailty=1.0, pay_gap=0.0,
        intent=False, rating=np.nan, rating_drop=0.0, level_since=0, boss=-1, boss_changed_on=-NEVER, moved_on=-NEVER,
        on_plan_until=-NEVER, severity=np.nan, severity_draw=0.0, severity_drift=0.0, compression=1.0,
        rehired=False, gender=0, ethnicity=0,
    )  # fmt: skip


def stint_ledger() -> Ledger:
    """One row per unbroken time of a person in a seat, both days inclusive."""
    return Ledger(person=0, seat=0, first_day=0, last_day=NEVER, reason=HIRE)


def level_ledger() -> Ledger:
    """One row per day on which a person's job level was set."""
    return Ledger(person=0, day=0, level=0)


def spell_ledger() -> Ledger:
    """One row per unbroken time of employment, both days inclusive.

    `end` is the last day as soon as it is decided, known to the systems from `known_on`; `rating` is the last one heard,
    `pay_gap` pay against the market when it was decided, `cause` what the exit came of.
    """
    return Ledger(person=0, start=0, end=NEVER, exit_type=-1, notice_on=NEVER, known_on=NEVER, rating=np.nan, pay_gap=0.0, cause=ORDINARY)


def review_ledger() -> Ledger:
    """One row per person and cycle: who rates, and what will be rated once each stage is reached."""
    return Ledger(
        person=0, rater=0, seat=0, cycle=0, due=NEVER, appears=0, performance=0.0, severity=0.0, self_rating=0.0, manager_rating=0.0,
        final_rating=0.0, has_plan=False,
    )  # fmt: skip


def plan_ledger() -> Ledger:
    """One row per improvement plan, as it would end if the person stays."""
    return Ledger(
        person=0, rater=0, start=0, planned_days=0, extended_until=NEVER, closes=0, successful=False, action=-1,
        withdrawn=False, rating=0.0,
    )  # fmt: skip
