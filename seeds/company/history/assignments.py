"""Who was where under whom, day by day: seats, levels and leaders of each person as intervals.

Here: filling in for leaders who are gone, and cutting each person's time at every change. Not here: the tables' own
columns and identifiers.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER
from seeds.company.history.ledger import Indices
from seeds.company.history.workforce import Workforce


def _clipped(frame: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Intervals [first_day, last_day] cut to [first, last]; those outside are gone."""
    cut = frame.with_columns(first_day=pl.max_horizontal("first_day", pl.lit(first)), last_day=pl.min_horizontal("last_day", pl.lit(last)))
    return cut.filter(pl.col("first_day") <= pl.col("last_day"))


def _overlaps(left: pl.DataFrame, right: pl.DataFrame, on: str) -> pl.DataFrame:
    """Pairs of rows equal in `on`, with the days that both have."""
    pairs = left.join(right, on=on, how="inner", suffix="_right")
    pairs = pairs.with_columns(
        first_day=pl.max_horizontal("first_day", "first_day_right"),
        last_day=pl.min_horizontal("last_day", "last_day_right"),
    )
    return pairs.filter(pl.col("first_day") <= pl.col("last_day")).drop("first_day_right", "last_day_right")


def _gaps(taken: pl.DataFrame, seats: Indices, first: int, last: int) -> pl.DataFrame:
    """Days of [first, last] on which nobody sits in `seats`."""
    ends = {"seat": seats, "first_day": np.full(len(seats), last + 1), "last_day": np.full(len(seats), last)}
    edge = pl.DataFrame(ends)
    both = pl.concat([taken.select("seat", "first_day", "last_day"), edge])
    before = pl.col("last_day").shift(1).over("seat")
    both = both.sort("seat", "first_day").select("seat", first_day=before.fill_null(first - 1) + 1, last_day=pl.col("first_day") - 1)
    return both.filter(pl.col("first_day") <= pl.col("last_day"))


def _acting_leaders(stints: pl.DataFrame, workforce: Workforce, parent: Indices, first: int, last: int) -> pl.DataFrame:
    """Who leads below each leading seat: its occupant, else who leads above. Columns seat, boss and the days."""
    structure = workforce.structure
    leading = _clipped(stints.rename({"person": "boss"}).select("seat", "boss", "first_day", "last_day"), first, last)
    layers: list[pl.DataFrame] = []
    for depth in range(int(structure.depth.max())):
        seats = np.flatnonzero(structure.leads & (structure.depth == depth))
        taken = leading.filter(pl.col("seat").is_in(pl.Series(seats).implode()))
        if layers:
            gaps = _gaps(taken, seats, first, last)
            gaps = gaps.with_columns(above=pl.Series(parent).gather(gaps["seat"]))
            filled = _overlaps(gaps, layers[-1].rename({"seat": "above"}), on="above")
            taken = pl.concat([taken, filled.select(taken.columns)])
        layers.append(taken)
    return pl.concat(layers)


def _led_stints(workforce: Workforce) -> pl.DataFrame:
    """Each person's time cut by seat, epoch and leader: person, seat, boss, department, days, start and reason."""
    structure = workforce.structure
    stints = workforce.workplace.stints.frame().with_columns(since=pl.col("first_day"))
    earliest = int(workforce.people["first_hired"].min())
    pieces = []
    for epoch, parent in enumerate(structure.parents):
        first = max(structure.epoch_starts[epoch], earliest)
        last = structure.epoch_starts[epoch + 1] - 1 if epoch + 1 < len(structure.parents) else NEVER
        acting = _acting_leaders(stints, workforce, parent, first, last).rename({"seat": "above"})
        here = _clipped(stints, first, last)
        here = here.with_columns(
            above=pl.Series(parent).gather(here["seat"].to_numpy() % len(parent)),
            department=pl.Series(structure.departments[epoch]).gather(here["seat"]),
        )
        top = here.filter(pl.col("above") < 0).with_columns(boss=pl.lit(None, dtype=pl.Int64))
        led = _overlaps(here.filter(pl.col("above") >= 0), acting, on="above")
        pieces += [top, led.select(top.columns)]
    return pl.concat(pieces).sort("person", "first_day")


def assignments(workforce: Workforce, until: int) -> pl.DataFrame:
    """One row per person and change known on day `until`.

    Columns: person, day (first of the interval), last_day, seat, department (index), boss (person, null for the chief
    executive), level, change_reason.
    """
    led = _led_stints(workforce).filter(pl.col("first_day") <= until)
    levels = workforce.workplace.levels.frame().unique(["person", "day"], keep="last", maintain_order=True)
    levels = levels.sort("day", maintain_order=True)
    starts = led.select("person", day="first_day")
    changes = levels.filter(pl.col("day") <= until).select("person", "day")
    days = pl.concat([starts, changes]).unique().sort("day", "person")
    at = days.join_asof(led.sort("first_day"), left_on="day", right_on="first_day", by="person", check_sortedness=False).filter(
        pl.col("day") <= pl.col("last_day")
    )
    at = at.join_asof(levels, on="day", by="person", check_sortedness=False).sort("person", "day")

    def changed(column: str) -> pl.Expr:
        return pl.col(column).ne_missing(pl.col(column).shift(1).over("person"))

    begins = pl.col("day") == pl.col("since")
    step = pl.col("level") - pl.col("level").shift(1).over("person")
    epoch_starts = workforce.structure.epoch_starts[1:]
    reason = (
        pl.when(begins & (pl.col("reason") == 0)).then(pl.lit("hire"))
        .when(begins & (pl.col("reason") == 1)).then(pl.lit("promotion"))
        .when(begins).then(pl.lit("transfer"))
        .when(step > 0).then(pl.lit("promotion"))
        .when(step < 0).then(pl.lit("demotion"))
        .when(pl.col("day").is_in(epoch_starts)).then(pl.lit("reorganisation"))
        .otherwise(pl.lit("manager_change"))
    )  # fmt: skip
    differs = begins | changed("department") | changed("boss") | changed("level")
    at = at.with_columns(change_reason=reason).filter(differs)
    following = pl.col("day").shift(-1).over("person") - 1
    stays_until = pl.col("stint_end")
    ends = workforce.workplace.stints.frame().select("person", since="first_day", stint_end="last_day")
    at = at.drop("last_day").join(ends, on=["person", "since"], how="left", maintain_order="left")
    return at.select(
        "person", "day", pl.min_horizontal(stays_until, following.fill_null(NEVER)).alias("last_day"),
        "seat", "department", "boss", "level", "change_reason",
    )  # fmt: skip


def on_day(assigned: pl.DataFrame, day: int) -> pl.DataFrame:
    """The rows of `assigned` that hold on `day`: one per person in a seat."""
    return assigned.filter((pl.col("day") <= day) & (pl.col("last_day") >= day))
