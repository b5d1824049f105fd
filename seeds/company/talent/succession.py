"""Who is named for critical positions, how ready they are and what becomes of it.

Here: two rounds a year in which people one or two steps below are named, kept, renamed with other readiness or dropped; who
takes the position is placed, who leaves is withdrawn. Not here: potential (potential.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Flags, as_date, date_series, day_number
from seeds.company.history.exits import YEAR
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.requirements import Requirements
from seeds.company.sink import words
from seeds.company.talent.potential import potential

ROUNDS = ((5, 15), (11, 15))
READINESS = ["ready_now", "ready_1_2_years", "ready_3_plus_years"]
SENIOR_CRAFT, EXPERT_CRAFT = 3, 5
# Log odds of being named in the first round, by way: below the leader, two below, one or two levels below an expert job.
BELOW, TWO_BELOW, LEVEL_BELOW, TWO_LEVELS_BELOW = range(4)
NAMED = np.array([-0.5, -2.2, -2.0, -3.4])
LATER_ROUNDS = -1.8
DROPPED_SHARE = 0.07
# How far away each way is, in standard deviations of readiness.
AWAY = np.array([0.0, 1.1, 0.2, 1.0])
NOW_FROM, SOON_FROM = 0.75, -0.55
OPINION_SD, MOOD_SD = 0.6, 0.25


@dataclass(frozen=True)
class _Staff:
    """The permanent people on a day, one entry each, and what their places say."""

    frame: pl.DataFrame
    position: Indices
    leads: Flags


def rounds(history: History) -> list[int]:
    """The days of the rounds within the history up to the last day."""
    first, last = as_date(history.start), as_date(history.until)
    days = [day_number(dt.date(year, *each)) for year in range(first.year, last.year + 1) for each in ROUNDS]
    return [day for day in days if history.start <= day <= history.until]


def _staff(history: History, requirements: Requirements, day: int) -> _Staff:
    frame = history.staff_on(day).filter(~pl.col("temporary"))
    seat, level = frame["seat"].to_numpy(), frame["level"].to_numpy()
    structure = history.structure
    return _Staff(frame, requirements.position(structure.division[seat], level, structure.leads[seat]), structure.leads[seat])


def _eligible(history: History, requirements: Requirements, day: int) -> pl.DataFrame:
    """person, position (row of the catalogue) and way of all who could be named on `day`, for positions that somebody holds."""
    staff = _staff(history, requirements, day)
    critical = requirements.positions["is_critical_role"].to_numpy()
    track = requirements.positions["role_track"].to_numpy() != "individual_contributor"
    person, boss, level = (staff.frame[name].to_numpy() for name in ("person", "boss", "level"))
    row_of = np.full(len(history.people) + 1, -1)
    row_of[person] = np.arange(len(person))
    boss_row = row_of[boss]
    above = np.where(boss_row >= 0, row_of[boss[boss_row]], -1)

    def led(row: Indices) -> Indices:
        target = staff.position[row]
        return np.where((row >= 0) & critical[target] & track[target], target, -1)

    expert = history.structure.division[staff.frame["seat"].to_numpy()]
    goal = np.where(level >= EXPERT_CRAFT, EXPERT_CRAFT + 1, EXPERT_CRAFT)
    crafts = ~staff.leads & (level >= SENIOR_CRAFT) & (level <= EXPERT_CRAFT)
    job = np.full(len(person), -1)
    job[crafts] = requirements.position(expert[crafts], goal[crafts], np.zeros(int(crafts.sum()), dtype=np.bool_))
    job[~np.isin(job, staff.position)] = -1
    rises = staff.leads | (level >= EXPERT_CRAFT)
    ways = [
        (BELOW, np.where(rises, led(boss_row), -1)), (TWO_BELOW, np.where(staff.leads, led(above), -1)),
        (LEVEL_BELOW, np.where(goal - level == 1, job, -1)), (TWO_LEVELS_BELOW, np.where(goal - level == 2, job, -1)),
    ]  # fmt: skip
    since = _in_seat_since(history, person, day)
    frames = [pl.DataFrame({"person": person, "position": target, "since": since}).with_columns(way=pl.lit(way)) for way, target in ways]
    return pl.concat(frames).filter(pl.col("position") >= 0).unique(["person", "position"], keep="first", maintain_order=True)


def _in_seat_since(history: History, person: Indices, day: int) -> Days:
    """The day since which each of `person` has sat where they do on `day`."""
    stints = history.workforce.workplace.stints
    rows = np.flatnonzero((stints["first_day"] <= day) & (stints["last_day"] >= day))
    since = np.full(len(history.people), day)
    since[stints["person"][rows]] = stints["first_day"][rows]
    return since[person]


def _readiness(history: History, rows: pl.DataFrame, day: int) -> Indices:
    """Index into READINESS of each candidate."""
    draws = history.parameters.draws("succession").sub("readiness")
    person, position, way = (rows[name].to_numpy() for name in ("person", "position", "way"))
    years = (day - rows["since"].to_numpy()) / YEAR
    ready = (
        0.6 * potential(history, person, np.full(len(person), day))
        + history.parameters.readiness_experience_effect * (np.log1p(years) - 1)
        - AWAY[way]
        + OPINION_SD * draws.normal(person, position)
        + MOOD_SD * draws.sub("mood").normal(person, position, day)
    )
    return np.select([ready >= NOW_FROM, ready >= SOON_FROM], [0, 1], 2)


def _ends(history: History, requirements: Requirements, named: pl.DataFrame) -> pl.DataFrame:
    """`named` with left (last day) and placed (day of taking the position), NEVER where it has not come to it."""
    structure, assigned = history.structure, history.assigned
    seat = assigned["seat"].to_numpy()
    position = requirements.position(structure.division[seat], assigned["level"].to_numpy(), structure.leads[seat])
    jobs = assigned.select("person", placed="day", position=pl.Series(position)).sort("placed")
    planned = named["planned"].to_numpy()
    left = history.last_day(named["person"].to_numpy(), planned)
    found = named.with_columns(left=pl.Series(left)).sort("planned").join_asof(
        jobs, left_on="planned", right_on="placed", by=["person", "position"], strategy="forward", check_sortedness=False
    )  # fmt: skip
    placed = pl.col("placed").fill_null(NEVER)
    return found.with_columns(placed=pl.when(placed <= pl.col("left")).then(placed).otherwise(NEVER))


def _reviewed(history: History, standing: pl.DataFrame, eligible: pl.DataFrame, day: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plans `standing` after the round of `day`, those that it ends marked so, and who is named anew with other readiness."""
    now = eligible.select("person", "position", now="readiness")
    rows = standing.join(now, on=["person", "position"], how="left", maintain_order="left")
    stands = (pl.min_horizontal("left", "placed") > day) & (pl.col("dropped") == NEVER)
    drawn = history.parameters.draws("succession").sub("dropped").chance(
        DROPPED_SHARE, rows["person"].to_numpy(), rows["position"].to_numpy(), day
    )  # fmt: skip
    drops = pl.Series(drawn) | pl.col("now").is_null()
    changes = ~drops & (pl.col("now") != pl.col("readiness"))
    again = rows.filter(stands & changes).select("person", "position", readiness="now")
    ended = rows.with_columns(dropped=pl.when(stands & (drops | changes)).then(pl.lit(day, dtype=pl.Int64)).otherwise("dropped"))
    return ended.drop("now"), again


def _named(history: History, eligible: pl.DataFrame, day: int, *, first_round: bool) -> pl.DataFrame:
    """Who of `eligible` is named for the first time."""
    person, position, way = (eligible[name].to_numpy() for name in ("person", "position", "way"))
    odds = NAMED[way] + (0.0 if first_round else LATER_ROUNDS)
    odds = odds + history.parameters.succession_potential_effect * potential(history, person, np.full(len(person), day))
    named = history.parameters.draws("succession").sub("named").chance(1 / (1 + np.exp(-odds)), person, position, day)
    return eligible.filter(pl.Series(named)).select("person", "position", "readiness")


def _all_plans(history: History, requirements: Requirements) -> pl.DataFrame:
    """All plans ever made: person, position, planned, readiness, and the days left, placed, dropped (NEVER: not so)."""
    plans = pl.DataFrame(schema=dict.fromkeys(("person", "position", "planned", "readiness", "left", "placed", "dropped"), pl.Int64))
    for day in rounds(history):
        eligible = _eligible(history, requirements, day)
        eligible = eligible.with_columns(readiness=pl.Series(_readiness(history, eligible, day)))
        standing = plans.filter((pl.min_horizontal("left", "placed") > day) & (pl.col("dropped") == NEVER))
        fresh = eligible.join(standing, on=["person", "position"], how="anti", maintain_order="left")
        new = _named(history, fresh, day, first_round=plans.is_empty())
        plans, again = _reviewed(history, plans, eligible, day)
        new = pl.concat([again, new]).with_columns(planned=pl.lit(day, dtype=pl.Int64), dropped=pl.lit(NEVER, dtype=pl.Int64))
        plans = pl.concat([plans, _ends(history, requirements, new).select(plans.columns)])
    return plans


def plans(history: History, requirements: Requirements) -> pl.DataFrame:
    """Table `succession_plans` as known on the last day."""
    rows, until = _all_plans(history, requirements).sort("planned", "position", "person"), history.until
    status = (
        pl.when((pl.col("placed") <= until) & (pl.col("placed") <= pl.col("dropped"))).then(pl.lit("placed"))
        .when((pl.col("left") < until) | (pl.col("dropped") <= until)).then(pl.lit("withdrawn"))
        .otherwise(pl.lit("active"))
    )  # fmt: skip
    return pl.DataFrame(
        {
            "position_id": requirements.positions["position_id"].gather(rows["position"]),
            "candidate_employee_id": history.employee_id(rows["person"]),
            "planned_on": date_series("planned_on", rows["planned"].to_numpy()),
            "readiness": words(READINESS, rows["readiness"]),
            "status": rows.select(status.alias("status")).to_series(),
        }
    )
