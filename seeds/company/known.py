"""What a source would have known at the end of a day.

Here: leaving out rows that were not there yet, and emptying what was not known yet. Not here: when things happen.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from seeds.company.days import NEVER


def known(frame: pl.DataFrame, until: int, appears: str, fields: Mapping[str, str] | None = None) -> pl.DataFrame:
    """The rows of `frame` that had appeared by day `until`, each field only if its day had come.

    `appears` and the values of `fields` name columns of day numbers (NEVER: not at all); `fields` maps a column to the
    column of the day on which its value became known. A day column given as its own day is emptied to NEVER.
    """
    seen = frame.filter(pl.col(appears) <= until)
    return seen.with_columns(
        pl.when(pl.col(day) <= until).then(column).otherwise(pl.lit(NEVER) if column == day else None).alias(column)
        for column, day in (fields or {}).items()
    )
