"""Who works with whom in a month: drawing team mates, reports and others out of the staff of its first day.

Here: picking people. Not here: why somebody turns to them (praise.py, notes.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import Flags, Floats
from seeds.company.history.ledger import Indices


class Colleagues:
    """The staff of a day, team by team. A pick is -1 where there is nobody to pick."""

    def __init__(self, staff: pl.DataFrame) -> None:
        line = staff.sort("boss", "person")
        self._person, self._boss = line["person"].to_numpy(), line["boss"].to_numpy()
        self._by_department = staff.sort("department", "person")["person"].to_numpy()
        self._departments = staff.sort("department", "person")["department"].to_numpy()

    def _within(self, line: Indices, first: Indices, last: Indices, uniform: Floats) -> Indices:
        picked = first + np.floor(uniform * (last - first)).astype(np.int64)
        return np.where(last > first, line[np.minimum(picked, len(line) - 1)], -1)

    def led_by(self, boss: Indices, uniform: Floats) -> Indices:
        """Somebody who reports to each of `boss`."""
        first, last = np.searchsorted(self._boss, boss), np.searchsorted(self._boss, boss, side="right")
        return np.where(boss >= 0, self._within(self._person, first, last, uniform), -1)

    def in_department(self, department: Indices, uniform: Floats) -> Indices:
        """Somebody of each `department`."""
        first, last = np.searchsorted(self._departments, department), np.searchsorted(self._departments, department, side="right")
        return self._within(self._by_department, first, last, uniform)

    def anybody(self, uniform: Floats) -> Indices:
        """Somebody of the company."""
        none = np.zeros(len(uniform), dtype=np.int64)
        return self._within(self._person, none, none + len(self._person), uniform)


def preferred(one: Indices, other: Indices, liking: Floats, *, drawn: Flags) -> Indices:
    """Of two picks the better liked (`liking` by person) where `drawn` says so, else the first; the other where one is nobody."""
    better = np.where(liking[np.maximum(other, 0)] > liking[np.maximum(one, 0)], other, one)
    result: Indices = np.where(one < 0, other, np.where(drawn & (other >= 0), better, one))
    return result
