"""`config.meta.publish` of a model: how its rows are published, and what of them is hidden.

Belongs here: the keys of that block, their types and defaults. Does not belong here: finding it, and refusing what does not fit
the model (exposures); hiding (suppression).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Intervals(_Strict):
    """Columns of an interval, null where fewer people than `at_least`; only in rows with these values."""

    columns: tuple[str, ...] = Field(min_length=1)
    at_least: int
    only: dict[str, tuple[str, ...]] = {}


class Extremes(_Strict):
    """A share that is not shown at 0% or 100% from fewer people than `at_least`; only in rows with these values."""

    share: str
    at_least: int
    only: dict[str, tuple[str, ...]] = {}


class Part(_Strict):
    """Numbers about some of a row's people only, null where these are too few, or so many that too few remain.

    `people` and `of` must be equal in all rows of a slice: then all of them decide alike.
    """

    people: str  # column: how many of them the numbers are about; itself one of the numbers
    of: str  # column: out of how many
    at_least: int
    rest_at_least: int = Field(5, ge=5)  # so many of `of` must be no part of it, or none
    numbers: tuple[str, ...] = Field(min_length=1)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Columns that are null where the part is not shown."""
        return tuple(dict.fromkeys((*self.numbers, self.people)))


class Publish(_Strict):
    """`config.meta.publish` of a model. Without `people` its rows are about nobody, and nothing is hidden."""

    without: dict[str, tuple[str, ...]] = {}
    left_out_columns: tuple[str, ...] = ()
    people: str | None = None
    at_least: int = Field(5, ge=5)
    numbers: tuple[str, ...] = ()
    not_about_people: tuple[str, ...] = ()
    intervals: Intervals | None = None
    extremes: Extremes | None = None
    parts: tuple[Part, ...] = ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Columns that are null in a row that is not reportable."""
        more = [self.people] if self.people else []
        more += [*self.intervals.columns] if self.intervals else []
        more += [self.extremes.share] if self.extremes else []
        more += [column for part in self.parts for column in (*part.hidden, part.of)]
        return tuple(dict.fromkeys((*self.numbers, *more)))
