"""Where the rows of a company go, chunk by chunk, so that no more than a part of it is ever held.

Here: what an area hands over (rows of tables, truth, labels of texts, evidence of intent), and keeping it in memory.
Not here: files (writing.py), what the rows say.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Rows(Protocol):
    """Takes the rows of tables and of truth, a chunk at a time; all chunks of a name have one schema."""

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of a contract table."""

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of what the pipeline must never read."""


class Kept:
    """Rows kept in memory, for small companies."""

    def __init__(self) -> None:
        self._tables: defaultdict[str, list[pl.DataFrame]] = defaultdict(list)
        self._truth: defaultdict[str, list[pl.DataFrame]] = defaultdict(list)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of a contract table."""
        self._tables[name].append(frame)

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of what the pipeline must never read."""
        self._truth[name].append(frame)

    def tables(self) -> dict[str, pl.DataFrame]:
        """All rows by table, in the order in which they came."""
        return {name: pl.concat(frames, rechunk=True) for name, frames in self._tables.items()}

    def truths(self) -> dict[str, pl.DataFrame]:
        """All truth by name."""
        return {name: pl.concat(frames, rechunk=True) for name, frames in self._truth.items()}


class Evidence:
    """What a person's visible doings say about whether they are looking around, month by month.

    Per person and month log P(doings | looking) - log P(doings | not looking); each area adds its own, exactly as it draws.
    Doings of different areas are independent given intent, so that logs add up.
    """

    def __init__(self, people: int, months: int) -> None:
        self._log_ratio = np.zeros((months, people), dtype=np.float32)

    def add(self, month: Indices, person: Indices, log_ratio: Floats) -> None:
        """One entry per doing (or per month of it): month index (outside the history it is ignored), person, log ratio."""
        months, people = self._log_ratio.shape
        inside = (month >= 0) & (month < months) & (person >= 0)
        flat = month[inside] * people + person[inside]
        summed = np.bincount(flat, np.broadcast_to(log_ratio, month.shape)[inside], minlength=0)
        self._log_ratio.ravel()[: len(summed)] += summed.astype(np.float32)

    def log_ratio(self) -> npt.NDArray[np.float32]:
        """Shape (months, people)."""
        return self._log_ratio


def words(labels: list[str], index: npt.NDArray[np.int64] | pl.Series) -> pl.Series:
    """The label of each index; null below zero."""
    numbers = np.asarray(index)
    return pl.Series(labels, dtype=pl.String).gather(np.maximum(numbers, 0)).set(pl.Series(numbers < 0), None)
