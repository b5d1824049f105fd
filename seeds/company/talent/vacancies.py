"""Openings: seats that fall vacant or are new, when recruiting begins for them and who takes them; and some that come to nothing.

Here: the days of requisitions. A requisition opens when notice is given or a seat falls vacant, never because somebody will be
hired, so that openings look the same whatever day is asked for. Not here: candidates (candidates.py), tables.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, as_date, quarters_between
from seeds.company.history.ledger import HIRE
from seeds.company.history.record import History
from seeds.company.history.structure import FULL_TIME

INTERNAL, NEW, BACK, NOBODY = range(4)
OPENS_AFTER = (1, 6)
NEW_SEAT_LEAD = (45, 91)
FIRST_DAY_LEAD = (5, 46)
PAUSED_SHARE, PAUSED_AFTER, PAUSED_DAYS = 0.06, (10, 40), (15, 45)
GIVEN_UP_AFTER, HELD_SHARE = (40, 170), 0.6
# Seats that fall vacant in a quarter, per leader.
VACANT_PER_LEADER = 0.55
COMMON_LEVELS = [0.2, 0.4, 0.28, 0.12]


def _stays(history: History) -> pl.DataFrame:
    """One row per stay of somebody in a seat: person, seat, number (in the seat), first_day, reason, back, vacated, known_on.

    `vacated` is the last day in the seat and `known_on` the day since which that is known; `back`: had worked here before.
    """
    stints = history.workforce.workplace.stints.frame()
    spells = history.spells.with_columns(back=pl.int_range(pl.len()).over("person") > 0).sort("start")
    stays = stints.sort("first_day").join_asof(
        spells.select("person", "start", "end", "known_on", "back"),
        left_on="first_day", right_on="start", by="person", check_sortedness=False,
    )  # fmt: skip
    # Who moves inside the company leaves the seat the day before; who leaves it altogether has said so on `known_on`.
    moves = pl.col("last_day") < pl.col("end")
    return stays.sort("seat", "first_day").with_columns(
        vacated=pl.when(moves).then("last_day").otherwise("end"),
        known_on=pl.when(moves).then(pl.col("last_day") + 1).otherwise("known_on"),
        number=pl.int_range(pl.len()).over("seat"),
    )


def _first_openings(history: History, stays: pl.DataFrame) -> pl.DataFrame:
    """seat, number 0 and day of opening of the seats in which nobody sat when the history began."""
    draws, structure = history.parameters.draws("requisitions"), history.structure
    taken = stays.filter((pl.col("number") == 0) & (pl.col("first_day") < history.start))["seat"].to_numpy()
    seat = np.setdiff1d(np.arange(structure.size), taken)
    new = structure.opens_on[seat] >= history.start
    opened = np.where(
        new, structure.opens_on[seat] - draws.sub("lead").integers(*NEW_SEAT_LEAD, seat),
        history.start - draws.sub("before").integers(*FIRST_DAY_LEAD, seat),
    )  # fmt: skip
    return pl.DataFrame({"seat": seat, "number": np.zeros(len(seat), dtype=np.int64), "wanted": opened, "noticed": new})


def _vacated(history: History, stays: pl.DataFrame) -> pl.DataFrame:
    """seat, number and day of opening of the seats that somebody has left, or said that they will."""
    left = stays.filter((pl.col("vacated") < NEVER) & (pl.col("vacated") >= history.start)).with_columns(pl.col("number") + 1)
    seat, number = left["seat"].to_numpy(), left["number"].to_numpy()
    lag = history.parameters.draws("requisitions").sub("lag").integers(*OPENS_AFTER, seat, number)
    return left.select("seat", "number", wanted=pl.col("known_on") + pl.Series(lag), noticed=pl.col("known_on") < pl.col("vacated"))


def openings(history: History) -> pl.DataFrame:
    """One row per opening that belongs to a seat, played to the end.

    Columns: seat, number (of the people who sat there before), opened, filled (NEVER: not yet), filled_by (person, -1), how
    (INTERNAL, NEW, BACK, NOBODY), noticed (known well before), paused, resumed, given_up (days, NEVER), lead (the seat that it
    reports to, -1: none), department, division, level, leads, kind (of employment), requisition_id.
    """
    draws, structure = history.parameters.draws("requisitions"), history.structure
    stays = _stays(history)
    fills = stays.select("seat", "number", filled="first_day", filled_by="person", reason="reason", back="back")
    rows = pl.concat([_first_openings(history, stays), _vacated(history, stays)])
    rows = rows.join(fills, on=["seat", "number"], how="left", maintain_order="left").with_columns(
        pl.col("filled").fill_null(NEVER), pl.col("filled_by").fill_null(-1),
        how=pl.when(pl.col("filled").is_null()).then(NOBODY).when(pl.col("reason") != HIRE).then(INTERNAL)
        .when("back").then(BACK).otherwise(NEW),
    ).with_columns(opened=pl.min_horizontal("wanted", "filled"))  # fmt: skip
    seat, number, opened, filled = (rows[name].to_numpy() for name in ("seat", "number", "opened", "filled"))
    pauses = draws.sub("pauses").chance(PAUSED_SHARE, seat, number)
    paused = opened + draws.sub("paused").integers(*PAUSED_AFTER, seat, number)
    paused = np.where(pauses & (paused < filled), paused, NEVER)
    resumed = np.where(paused < NEVER, paused + draws.sub("resumed").integers(*PAUSED_DAYS, seat, number), NEVER)
    later = opened >= structure.epoch_starts[-1]
    return rows.select(
        "seat", "number", "opened", "filled", "filled_by", "how", "noticed",
        paused=pl.Series(paused), resumed=pl.Series(resumed), given_up=pl.lit(NEVER, dtype=pl.Int64),
        lead=pl.Series(np.where(later, structure.parents[-1][seat], structure.parents[0][seat])),
        department=pl.Series(np.where(later, structure.departments[-1][seat], structure.departments[0][seat])),
        division=pl.Series(structure.division[seat]), level=pl.Series(structure.level[seat]), leads=pl.Series(structure.leads[seat]),
        kind=pl.Series(structure.employment_type[seat]), requisition_id=_identifiers(rows),
    )  # fmt: skip


def _identifiers(rows: pl.DataFrame) -> pl.Series:
    code = pl.format("R{}-{}", pl.col("seat").cast(pl.String).str.zfill(6), pl.col("number").cast(pl.String).str.zfill(2))
    return rows.select(code.alias("requisition_id")).to_series()


def abandoned(history: History, like: pl.DataFrame) -> pl.DataFrame:
    """Openings that leaders ask for and that are given up; columns of `like`, the others.

    Their `seat` is that of the leader, less the number of seats (so that keys of draws are of their own), `number` a day.
    """
    draws, structure = history.parameters.draws("abandoned openings"), history.structure
    frames = [like.clear()]
    for first, last in quarters_between(history.parameters.start, history.parameters.until):
        staff = history.staff_on(first)["person", "seat"]
        seat = staff["seat"].to_numpy()
        asks = structure.leads[seat] & (seat > 0)
        asks &= draws.chance(min(1.0, history.parameters.abandoned_openings * VACANT_PER_LEADER), seat, first)
        opened = draws.sub("day").integers(first, last + 1, seat, first)
        asks &= opened <= history.last_day(staff["person"].to_numpy(), np.full(len(seat), first))
        seat, opened = seat[asks], opened[asks]
        given_up = opened + draws.sub("given up").integers(*GIVEN_UP_AFTER, seat, first)
        waits = draws.sub("held").integers(10, np.maximum(given_up - opened - 5, 11), seat, first)
        paused = np.where(draws.sub("holds").chance(HELD_SHARE, seat, first), opened + waits, NEVER)
        day = as_date(first)
        label = f"{day.year}Q{(day.month + 2) // 3}"
        number = pl.lit(pl.Series(seat)).cast(pl.String).str.zfill(6)
        frames.append(
            pl.DataFrame(
                {"seat": seat - structure.size, "opened": opened, "paused": paused, "given_up": given_up, "lead": seat,
                 "department": structure.departments[0][seat], "division": structure.division[seat],
                 "level": 1 + draws.sub("level").choice(COMMON_LEVELS, seat, first)}
            )
            .with_columns(
                number=pl.lit(first), filled=pl.lit(NEVER), filled_by=pl.lit(-1), how=pl.lit(NOBODY), noticed=pl.lit(value=True),
                resumed=pl.lit(NEVER), leads=pl.lit(value=False), kind=pl.lit(FULL_TIME),
                requisition_id=pl.format("R{}-{}", number, pl.lit(label)),
            )
            .cast(like.schema).select(like.columns)
        )  # fmt: skip
    return pl.concat(frames)
