"""Sessions in which leaders compare the ratings of a division, and what they changed.

Here: when they sit, who leads them, which ratings were discussed, with reasons. Not here: which ratings move, and where to
(history/ratings.py).

Each division sits once a cycle before the ratings are due to be compared; for reviews handed in later it sits again every
fortnight for as long as there are any.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Cycle, Days, date_series
from seeds.company.draws import Draws, Keys
from seeds.company.history.assignments import on_day
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import DIVISIONS
from seeds.company.people.tables import department_ids
from seeds.company.reviews.stages import CALIBRATION, CLOSES_AT, DAY, HOUR, NO_TIME, TIMES, on_workday
from seeds.company.sink import Rows

BEGINS_AT = 9 * HOUR
EARLY_DAYS, LATE_DAYS, LATE_SHARE = (0, 7), (1, 7), 0.15
FORTNIGHT = 14
PEOPLE_DIVISION = DIVISIONS.index("People")
DOWN, UP, UNCHANGED = range(3)
REASON_IF_UNCHANGED_SHARE = 0.5
ADJUSTMENTS = {"calibration_session_id": pl.String, "review_id": pl.String, "rating_before": pl.Float64,
               "rating_after": pl.Float64, "reason": pl.String}  # fmt: skip
SESSIONS = {"calibration_session_id": pl.String, "review_cycle_id": pl.String, "department_id": pl.String,
            "facilitator_employee_id": pl.String, "held_on": pl.Date}  # fmt: skip


def first_session(division: Indices, cycle: Cycle, cycle_key: int, draws: Draws) -> Days:
    """The day on which each division sits for the first time."""
    keys: tuple[Keys, ...] = (cycle_key, division)
    early = cycle.calibration_due - draws.sub("early").integers(*EARLY_DAYS, *keys)
    late = cycle.calibration_due + draws.sub("late").integers(*LATE_DAYS, *keys)
    return on_workday(np.where(draws.chance(LATE_SHARE, *keys), late, early))


def sessions_of(by_manager: Indices, first: Days) -> Indices:
    """The number of the session in which each review handed in at `by_manager` is up: 0 is the first."""
    days = (by_manager - BEGINS_AT) // DAY + 1 - first
    result: Indices = np.maximum(-(-days // FORTNIGHT), 0)
    return np.where(by_manager < NO_TIME, result, 0)


def discussed_at(session: Indices, first: Days, by_manager: Indices, draws: Draws, *keys: Keys) -> Indices:
    """The second at which each rating is settled in its session; NO_TIME if it is never handed in."""
    second = (first + FORTNIGHT * session) * DAY + draws.integers(BEGINS_AT, CLOSES_AT, *keys)
    return np.where(by_manager < NO_TIME, second, NO_TIME)


def _facilitators(days: Days, history: History, draws: Draws, *keys: Indices) -> Indices:
    """Who leads the session on each of `days`: a leader of the people division, without any the chief executive."""
    structure = history.structure
    apt = (structure.leads & (structure.division == PEOPLE_DIVISION)) | (structure.depth == 0)
    leaders = history.assigned.filter(pl.Series(apt[history.assigned["seat"].to_numpy()]))
    result = np.full(len(days), -1)
    for row in np.flatnonzero(days <= history.until):
        here = on_day(leaders, int(days[row])).sort("person")
        of_people = here.filter(pl.col("boss").is_not_null())["person"].to_numpy()
        choice = of_people if len(of_people) else here["person"].to_numpy()
        if len(choice):
            result[row] = choice[draws.sub("facilitator").integers(0, len(choice), *(int(key[row]) for key in keys))]
    return result


def _department(division: Indices, history: History) -> Indices:
    """Index of the department at the top of each division."""
    structure = history.structure
    top = np.flatnonzero(structure.department_parent == 0)
    result = np.zeros(len(DIVISIONS), dtype=np.int64)
    result[structure.division[structure.department_head_seat[top]]] = top
    return result[division]


def _session_ids(cycle: Cycle, division: Indices, session: Indices) -> pl.Series:
    """Identifiers by division, the later sessions numbered from 2."""
    frame = pl.DataFrame({"division": division + 1, "session": session + 1})
    return frame.select(pl.format("CAL-{}-{}-{}", pl.lit(cycle.review_cycle_id), "division", "session")).to_series()


def _sessions(reviews: pl.DataFrame, cycle: Cycle, cycle_key: int, history: History) -> pl.DataFrame:
    """Sessions up to the last day: the first ones from the day after the period, the later ones once they sat.

    Columns division, session, held_on (NEVER: planned), person (who leads).
    """
    draws = history.parameters.draws("reviews.calibration")
    divisions = np.unique(history.structure.division[history.structure.depth == 1])
    first = first_session(divisions, cycle, cycle_key, draws)
    planned = pl.DataFrame({"division": divisions, "session": np.zeros(len(divisions), dtype=np.int64), "held_on": first})
    sat = reviews.filter(pl.col(TIMES[CALIBRATION]) < NO_TIME).select("division", "session", held_on="session_day")
    known = planned.filter(pl.lit(cycle.period_end < history.until))
    rows = pl.concat([known, sat.filter(pl.col("session") > 0).unique()]).sort("session", "division")
    keys = (np.full(len(rows), cycle_key), rows["division"].to_numpy(), rows["session"].to_numpy())
    facilitator = _facilitators(rows["held_on"].to_numpy(), history, draws, *keys)
    held = pl.when(pl.col("held_on") <= history.until).then("held_on").otherwise(NEVER)
    return rows.with_columns(held_on=held, person=pl.Series(facilitator))


def _adjustments(reviews: pl.DataFrame, history: History) -> pl.DataFrame:
    """Reviews discussed: all whose rating moved, and a few confirmed, the more so the further from the mean."""
    parameters = history.parameters
    draws = parameters.draws("reviews.adjustments")
    before, after = reviews["manager_rating"].to_numpy(), reviews["final_rating"].to_numpy()
    share = parameters.calibration_confirmed_share * (0.4 + 1.2 * np.abs(before - parameters.performance_mean))
    confirmed = draws.chance(share, reviews["review_key"].to_numpy())
    situation = np.select([after < before, after > before], [DOWN, UP], UNCHANGED)
    settled = reviews[TIMES[CALIBRATION]].to_numpy() < NO_TIME
    discussed = settled & ((situation != UNCHANGED) | confirmed)
    return reviews.with_columns(situation=pl.Series(situation)).filter(pl.Series(discussed))


def _adjustment_rows(discussed: pl.DataFrame, sessions: pl.DataFrame, cycle: Cycle, history: History) -> pl.DataFrame:
    """Table `calibration_adjustments` for the reviews `discussed`."""
    leaders = sessions.select("division", "session", leader="person")
    led = discussed.join(leaders, on=["division", "session"], how="left", maintain_order="left")
    key, situation, about = (led[name].to_numpy() for name in ("review_key", "situation", "person"))
    parameters = history.parameters
    has_reason = (situation != UNCHANGED) | parameters.draws("reviews.reasons").chance(REASON_IF_UNCHANGED_SHARE, key)
    given = led.filter(pl.Series(has_reason))
    leader = given["leader"].fill_null(-1).to_numpy()
    written = history.writing.texts(
        "calibration_reason", key=key[has_reason], author=np.where(leader == about[has_reason], -1, leader), about=about[has_reason],
        day=given["session_day"].to_numpy(), feeling=given["manager_rating"].to_numpy() - parameters.performance_mean,
        situation=situation[has_reason],
    )  # fmt: skip
    reason = pl.DataFrame({"review_key": given["review_key"], "reason": written.text})
    return led.join(reason, on="review_key", how="left", maintain_order="left").select(
        calibration_session_id=_session_ids(cycle, led["division"].to_numpy(), led["session"].to_numpy()),
        review_id="review_id", rating_before="manager_rating", rating_after="final_rating", reason=pl.col("reason").cast(pl.String),
    )  # fmt: skip


def write(reviews: pl.DataFrame, cycle: Cycle, cycle_key: int, history: History, rows: Rows) -> None:
    """The sessions and adjustments of one cycle; none where ratings are not calibrated."""
    if cycle.calibration_due >= NEVER:
        rows.table("calibration_sessions", pl.DataFrame(schema=SESSIONS))
        rows.table("calibration_adjustments", pl.DataFrame(schema=ADJUSTMENTS))
        return
    sessions = _sessions(reviews, cycle, cycle_key, history)
    frame = sessions.select(
        calibration_session_id=_session_ids(cycle, sessions["division"].to_numpy(), sessions["session"].to_numpy()),
        review_cycle_id=pl.lit(cycle.review_cycle_id),
        department_id=department_ids(pl.Series(_department(sessions["division"].to_numpy(), history))),
        facilitator_employee_id=history.employee_id(sessions["person"]),
        held_on=date_series("held_on", sessions["held_on"].to_numpy()),
    )
    rows.table("calibration_sessions", frame)
    rows.table("calibration_adjustments", _adjustment_rows(_adjustments(reviews, history), sessions, cycle, history))
