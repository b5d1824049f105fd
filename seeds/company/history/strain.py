"""The workload of teams: how strained each is, quarter by quarter.

Here: the process, half of it shared by the department. Not here: what it leads to (drivers.py), how surveys show it (people/).
"""

from __future__ import annotations

import numpy as np

from seeds.company.days import Days, Floats
from seeds.company.draws import Draws
from seeds.company.history.ledger import Indices
from seeds.company.history.structure import Structure

MEMORY, SHARED = 0.75, 0.4


class Strain:
    """Standard normal per leading seat and quarter, autoregressive over the quarters; grows as quarters begin."""

    def __init__(self, structure: Structure) -> None:
        self._department = structure.departments[0]
        self._seats = np.arange(structure.size)
        self._starts: list[int] = []
        self._values: list[Floats] = []

    @property
    def has_begun(self) -> bool:
        """Whether there has been a quarter yet."""
        return bool(self._starts)

    def begin_quarter(self, first: int, draws: Draws) -> None:
        """The quarter that begins on day `first`."""
        shock = np.sqrt(SHARED) * draws.sub("department").normal(self._department, first)
        shock = shock + np.sqrt(1 - SHARED) * draws.sub("team").normal(self._seats, first)
        before = self._values[-1] if self._values else None
        self._values.append(shock if before is None else MEMORY * before + np.sqrt(1 - MEMORY**2) * shock)
        self._starts.append(first)

    def now(self, seat: Indices) -> Floats:
        """Strain of the teams led from `seat` (below zero: none, 0)."""
        result: Floats = np.where(seat >= 0, self._values[-1][np.maximum(seat, 0)], 0.0)
        return result

    def on(self, seat: Indices, day: Days | int) -> Floats:
        """Strain of the teams led from `seat` on past days; before the history that of its first quarter."""
        quarter = np.maximum(np.searchsorted(np.array(self._starts), day, side="right") - 1, 0)
        result: Floats = np.where(seat >= 0, np.stack(self._values)[quarter, np.maximum(seat, 0)], 0.0)
        return result

    def copy(self) -> Strain:
        """A copy that goes on by itself."""
        twin = object.__new__(Strain)
        twin._department, twin._seats = self._department, self._seats
        twin._starts, twin._values = list(self._starts), list(self._values)
        return twin
