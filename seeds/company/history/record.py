"""What happened, as the areas read it: who was where, how they did, who was looking around, when they left.

Here: looking up persons on days. Not here: why anything happened (the other modules of this package), nor any table.

A person is a number (0, 1, …, in the order in which the simulation met them), a day is a day number (days.py), a month is an
index into `months`. All of it reaches beyond the last day that is known (`until`), to the end of its half year (`end`), and
no further: an area makes of it what happens up to `end`, then leaves out what lies after `until`. What happens on a
day may depend on what was so before, never on what comes after, or the company would look different from another day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Cycle, Days, Flags, Floats, day_number
from seeds.company.history.assignments import assignments, on_day
from seeds.company.history.ledger import Indices, Ledger
from seeds.company.history.structure import CONTRACT, Structure
from seeds.company.history.workforce import Workforce
from seeds.company.parameters import Parameters
from seeds.company.text.compose import Writing


@dataclass(frozen=True)
class History:
    """The finished simulation. Arrays by person have one entry per person ever hired."""

    parameters: Parameters
    workforce: Workforce

    @property
    def structure(self) -> Structure:
        """Seats, departments, levels and places."""
        return self.workforce.structure

    @property
    def people(self) -> Ledger:
        """One row per person, as at `end`. What changes in time (seat, boss, level, last day) is better asked by day."""
        return self.workforce.people

    @property
    def cycles(self) -> list[Cycle]:
        """Review cycles: the regular ones in order, then those of probation."""
        return self.workforce.cycles

    @property
    def months(self) -> list[tuple[int, int]]:
        """First and last day of each month of the history."""
        return self.workforce.months

    @cached_property
    def start(self) -> int:
        """The first day of the history."""
        return day_number(self.parameters.start)

    @cached_property
    def until(self) -> int:
        """The last day that is known."""
        return day_number(self.parameters.until)

    @cached_property
    def end(self) -> int:
        """The last day that is played."""
        return day_number(self.parameters.end)

    @cached_property
    def assigned(self) -> pl.DataFrame:
        """One row per person and change: person, day (first), last_day, seat, department, boss, level, change_reason."""
        return assignments(self.workforce, self.end)

    @cached_property
    def spells(self) -> pl.DataFrame:
        """One row per unbroken employment: person, start, end (last day, NEVER: still there), exit_type; ordered by start."""
        return self.workforce.workplace.spells.frame().sort("start", "person")

    @cached_property
    def employee_ids(self) -> pl.Series:
        """employee_id of each person, numbered in order of hire."""
        hired = self.people["first_hired"]
        number = np.empty(len(hired), dtype=np.int64)
        number[np.argsort(hired, kind="stable")] = np.arange(1, len(hired) + 1)
        return pl.select(employee_id=pl.format("E{}", pl.lit(pl.Series(number)).cast(pl.String).str.zfill(6))).to_series()

    @cached_property
    def writing(self) -> Writing:
        """Who writes the texts."""
        return Writing(self)

    def employee_id(self, person: Indices | pl.Series, name: str = "employee_id") -> pl.Series:
        """employee_id of each of `person`; null below zero."""
        who = np.asarray(person)
        return self.employee_ids.gather(np.maximum(who, 0)).set(pl.Series(who < 0), None).alias(name)

    def staff_on(self, day: int) -> pl.DataFrame:
        """Who is employed on `day`: person, seat, department, boss (-1: none), level, started, temporary; by person."""
        here = on_day(self.assigned, day).select("person", "seat", "department", pl.col("boss").fill_null(-1), "level")
        begun = self.spells.filter((pl.col("start") <= day) & (pl.col("end") >= day)).select("person", started="start")
        staff = here.join(begun, on="person", how="inner").sort("person")
        return staff.with_columns(temporary=pl.Series(self.people["employment_type"][staff["person"].to_numpy()] >= CONTRACT))

    def month_of(self, day: Days) -> Indices:
        """Index of the month of each day; below zero before the history, the last month beyond its end."""
        starts = np.array([first for first, _ in self.months])
        result: Indices = np.searchsorted(starts, day, side="right") - 1
        return result

    @cached_property
    def _intent(self) -> npt.NDArray[np.bool_]:
        table = np.zeros((len(self.months), len(self.people)), dtype=np.bool_)
        for number, looking in enumerate(self.workforce.intent):
            table[number, : len(looking)] = looking
        return table

    def looking(self, person: Indices, day: Days) -> Flags:
        """Whether each of `person` was looking around in the month of `day` (before the history: not)."""
        month = self.month_of(day)
        result: Flags = self._intent[np.maximum(month, 0), person] & (month >= 0)
        return result

    @cached_property
    def _performance(self) -> tuple[Days, Floats]:
        ends = np.array([self.cycles[number].period_end for number, _ in self.workforce.performance])
        table = np.full((len(ends), len(self.people)), np.nan)
        for number, (_, value) in enumerate(self.workforce.performance):
            table[number, : len(value)] = value
        return ends, table

    def performance(self, person: Indices, day: Days) -> Floats:
        """True performance of each of `person` in the half year of `day`, less the mean of all (points of the rating scale).

        Half years before the history take the first one's.
        """
        ends, table = self._performance
        half = np.minimum(np.searchsorted(ends, day), len(ends) - 1)
        value = table[half, person]
        result: Floats = np.nan_to_num(value - self.parameters.performance_mean)
        return result

    def strain(self, leading_seat: Indices, day: Days | int) -> Floats:
        """Workload of the teams led from each seat on each day, standard normal (no seat: 0)."""
        return self.workforce.strain.on(leading_seat, day)

    def last_day(self, person: Indices, day: Days) -> Days:
        """Last day of the spell that each of `person` was in on `day` (NEVER: not left; -NEVER: not employed then)."""
        asked = pl.DataFrame({"person": person, "day": day}).with_row_index("row").sort("day")
        found = asked.join_asof(self.spells, left_on="day", right_on="start", by="person", check_sortedness=False).sort("row")
        end = found["end"].fill_null(-NEVER).to_numpy()
        result: Days = np.where(end >= day, end, -NEVER)
        return result

    def assigned_on(self, person: Indices, day: Days) -> pl.DataFrame:
        """The assignment of each of `person` on its `day`, in their order: seat, department, boss, level; nulls where none."""
        asked = pl.DataFrame({"person": person, "on": day}).with_row_index("row").sort("on")
        rows = self.assigned.sort("day")
        found = asked.join_asof(rows, left_on="on", right_on="day", by="person", check_sortedness=False).sort("row")
        there = pl.col("last_day") >= pl.col("on")
        return found.select(pl.when(there).then(name).alias(name) for name in ("seat", "department", "boss", "level"))
