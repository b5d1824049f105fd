"""Days as whole numbers (days since 1970-01-01), the months of the history, and the review cycles.

Here: arithmetic on days that all areas share, and which cycle is due when. Not here: anything random.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Days = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEVER = int((dt.date(2199, 12, 31) - dt.date(1970, 1, 1)).days)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - dt.date(1970, 1, 1)).days


def as_date(number: int) -> dt.date:
    """The date of a day number."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(number))


def date_series(name: str, days: npt.NDArray[Any]) -> pl.Series:
    """Day numbers as dates; NEVER becomes null."""
    series = pl.Series(name, np.asarray(days, dtype=np.int32)).cast(pl.Date)
    return series.set(pl.Series(np.asarray(days) >= NEVER), None)


def timestamp_series(name: str, seconds: npt.NDArray[Any]) -> pl.Series:
    """Seconds since 1970-01-01 as naive UTC timestamps; from NEVER on they become null."""
    series = pl.Series(name, np.asarray(seconds, dtype=np.int64) * 1_000_000).cast(pl.Datetime("us"))
    return series.set(pl.Series(np.asarray(seconds) >= NEVER * 86_400), None)


def months_between(start: dt.date, until: dt.date) -> list[tuple[int, int]]:
    """First and last day number of each calendar month from `start` to `until`, cut to those days."""
    months = []
    first = start
    while first <= until:
        following = (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        months.append((day_number(first), min(day_number(following) - 1, day_number(until))))
        first = following
    return months


def quarters_between(start: dt.date, until: dt.date) -> list[tuple[int, int]]:
    """First and last day number of each calendar quarter that meets `start`..`until`, uncut."""
    first = start.replace(month=3 * ((start.month - 1) // 3) + 1, day=1)
    quarters = []
    while first <= until:
        following = (first + dt.timedelta(days=95)).replace(day=1)
        quarters.append((day_number(first), day_number(following) - 1))
        first = following
    return quarters


@dataclass(frozen=True)
class Cycle:
    """A review cycle: its stages are due on these day numbers."""

    review_cycle_id: str
    name: str
    cadence: str
    period_start: int
    period_end: int
    self_assessment_due: int
    manager_review_due: int
    calibration_due: int
    delivery_due: int
    sign_off_due: int

    @property
    def opens(self) -> int:
        """The day from which its reviews exist: three weeks before the period ends."""
        return self.period_end - 20


def regular_cycles(start: dt.date, until: dt.date) -> list[Cycle]:
    """Mid-year reviews of January to June, annual reviews of the calendar year; all opened by `until`.

    Self assessments are due before the period ends, so that a cycle is under way on the last day of a half year.
    """
    cycles = []
    for year in range(start.year, until.year + 1):
        for cadence, end, name in (
            ("semi_annual", dt.date(year, 6, 30), f"Mid-year review {year}"),
            ("annual", dt.date(year, 12, 31), f"Annual review {year}"),
        ):
            last = day_number(end)
            cycle = Cycle(
                f"{year}-{'H1' if cadence == 'semi_annual' else 'FY'}", name, cadence,
                day_number(dt.date(year, 1, 1)), last, last - 5, last + 12, last + 24, last + 38, last + 52,
            )  # fmt: skip
            if end >= start and cycle.opens <= day_number(until):
                cycles.append(cycle)
    return cycles


def probation_cycles(start: dt.date, until: dt.date) -> list[Cycle]:
    """One cycle a quarter for the people whose probation ends in it."""
    cycles = []
    for first, last in quarters_between(start, until):
        day = as_date(first)
        label = f"{day.year}-Q{(day.month + 2) // 3}"
        dues = (NEVER, last, NEVER, last + 7, last + 14)
        cycles.append(Cycle(f"{label}-probation", f"Probation {label}", "probation", first, last, *dues))
    return cycles
