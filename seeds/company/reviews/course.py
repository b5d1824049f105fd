"""The course of the reviews of one cycle: what will happen to each, cut at the last day.

Here: putting together ledger, stages, raters and sessions, and how far each review has come. Not here: when a stage is
done (stages.py), tables (tables.py, assessments.py, calibration.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Cycle, Days, Flags, Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.parameters import Parameters
from seeds.company.reviews import calibration
from seeds.company.reviews.handover import Raters, before_leaving, raters
from seeds.company.reviews.stages import (
    CALIBRATION,
    DAY,
    DELIVERY,
    EMPLOYEE_SIGNS,
    HOUR,
    MANAGER,
    MANAGER_SIGNS,
    NO_TIME,
    SELF,
    TIMES,
    Submissions,
    conclusions,
    happened,
    office_hours,
    slips,
    submissions,
)
from seeds.company.reviews.templates import templates_of

PROBATION_STAGES_BEFORE_DUE = {"manager_review_due": 12, "delivery_due": 5}
EXTENSION_SHARE, EXTENSION_DAYS = 0.02, 21
HAS_BEGUN_SHARE = 0.6
STAGES = ["not_started", "self_assessment", "manager_review", "calibration", "delivery", "sign_off", "completed",
          "cancelled"]  # fmt: skip
NOT_STARTED, AT_SELF, AT_MANAGER, AT_CALIBRATION, AT_DELIVERY, AT_SIGN_OFF, COMPLETED, CANCELLED = range(8)
DUE_COLUMNS = ["self_assessment_due", "manager_review_due", "calibration_due", "delivery_due", "sign_off_due"]


def cycle_key(cycle: Cycle) -> int:
    """A number that stands for the cycle in draws, whichever others there are."""
    return 2 * cycle.period_end + (cycle.cadence == "probation")


def review_keys(person: Indices, key: int) -> Indices:
    """A number that stands for each person's review in the cycle of that `key`."""
    return person << 18 | key


def _spells(history: History, person: Indices, day: Days) -> tuple[Days, Days]:
    """Last day of the spell that each of `person` was in on `day` (-NEVER: in none), and when notice was given of it."""
    asked = pl.DataFrame({"person": person, "day": day}).with_row_index("row").sort("day")
    found = asked.join_asof(history.spells, left_on="day", right_on="start", by="person", check_sortedness=False).sort("row")
    end = found["end"].fill_null(-NEVER).to_numpy()
    return np.where(end >= day, end, -NEVER), found["notice_on"].fill_null(NEVER).to_numpy()


def _begun(history: History, number: int, cycle: Cycle) -> pl.DataFrame:
    """The ledger's reviews of the cycle, of people who were there when they appeared, with due days, seat and spell.

    A review at the end of probation goes by its own due date, a few others have been given more time.
    """
    rows = history.workforce.reviews.frame().filter((pl.col("cycle") == number) & (pl.col("appears") <= history.until))
    person, appears = rows["person"].to_numpy(), rows["appears"].to_numpy()
    key = cycle_key(cycle)
    end, notice_on = _spells(history, person, appears)
    given_time = history.parameters.draws("reviews.extended").chance(EXTENSION_SHARE, person, key)
    due = rows["due"].to_numpy()
    extended = np.where((due >= NEVER) & given_time, cycle.sign_off_due + EXTENSION_DAYS, due)
    job = history.assigned_on(person, appears)
    rows = rows.with_columns(
        *(pl.lit(getattr(cycle, name)).alias(name) for name in ["period_end", *DUE_COLUMNS]),
        pl.lit(key).alias("cycle_key"), pl.Series("review_key", review_keys(person, key)), pl.Series("extended", extended),
        pl.Series("person_end", end), pl.Series("notice_on", notice_on), department=job["department"].fill_null(0),
        job_level=job["level"].fill_null(1),
    )  # fmt: skip
    own_due = pl.col("due") < NEVER
    earlier = {**PROBATION_STAGES_BEFORE_DUE, "sign_off_due": 0}
    rows = rows.with_columns(
        pl.when(own_due).then(pl.col("due") - days).otherwise(name).cast(pl.Int64).alias(name) for name, days in earlier.items()
    )
    return rows.with_columns(due="extended").drop("extended").filter(pl.col("person_end") >= pl.col("appears")).sort("person")


def _stops(rows: pl.DataFrame, planned: Submissions, parameters: Parameters) -> tuple[Indices, Submissions, Indices]:
    """Before which stage each review stops for good (past the last: none), when it is handed in, and when it resumes.

    A review that leads to a plan does not stop: one that lay still at the end of its period resumes afterwards (seconds, 0
    for the others).
    """
    draws = parameters.draws("reviews.stops")
    keys = rows["person"].to_numpy(), rows["cycle_key"].to_numpy()
    stops = draws.chance(parameters.review_unfinished_share, *keys)
    before = np.where(stops, draws.sub("stage").integers(0, len(TIMES), *keys), len(TIMES))
    after_period = (rows["period_end"].to_numpy() + 1) * DAY
    goes_on = rows["has_plan"].to_numpy() & (before < len(TIMES))
    resumes = office_hours(after_period // DAY + draws.sub("resumes").integers(0, 4, *keys), draws.sub("hour"), *keys)
    lies_still = goes_on & (before <= MANAGER) & (planned.by_manager < after_period)
    own = np.where(goes_on & (before == SELF), NO_TIME, planned.own)
    submitted = Submissions(own, planned.by_manager, planned.first)
    return np.where(goes_on, len(TIMES), before), submitted, np.where(lies_still, resumes, 0)


def _last_seconds(rows: pl.DataFrame, history: History) -> Indices:
    """The second after which nothing more happens to each review: now, or the person has left, or dropped it on notice."""
    parameters, person = history.parameters, rows["person"].to_numpy()
    drops = parameters.draws("reviews.dropped").chance(parameters.review_dropped_on_notice_share, person, rows["cycle_key"].to_numpy())
    dropped_on = np.where(drops, rows["notice_on"].to_numpy(), NEVER)
    last = np.minimum(np.minimum(rows["person_end"].to_numpy(), dropped_on), history.until)
    result: Indices = (last + 1) * DAY - 1
    return result


def _stage(times: list[Indices], cycle: Cycle, begun: Flags, has_left: Flags) -> Indices:
    """Index into STAGES of each review; one whose person left before its end is cancelled on the day after."""
    done = [when < NO_TIME for when in times]
    before_delivery = done[CALIBRATION] if cycle.calibration_due < NEVER else done[MANAGER]
    at_first = AT_SELF if cycle.self_assessment_due < NEVER else AT_MANAGER
    reached = [
        (begun, at_first), (done[SELF], AT_MANAGER), (done[MANAGER], AT_CALIBRATION), (before_delivery, AT_DELIVERY),
        (done[DELIVERY], AT_SIGN_OFF), (done[EMPLOYEE_SIGNS] & done[MANAGER_SIGNS], COMPLETED),
    ]  # fmt: skip
    stage = np.full(len(begun), NOT_STARTED)
    for is_there, number in reached:
        stage[is_there] = number
    stage[(stage != COMPLETED) & has_left] = CANCELLED
    return stage


def _row_appears(rows: pl.DataFrame, times: list[Indices], begins: Indices, parameters: Parameters) -> Days:
    """The day from which each review's row is there: in some departments not before somebody touched it."""
    touched = np.minimum(np.minimum(times[SELF], times[MANAGER]), begins) // DAY
    draws = parameters.draws("reviews.rows")
    on_touch = draws.chance(parameters.review_row_on_touch_share, rows["department"].to_numpy())
    return np.where(on_touch, touched, rows["appears"].to_numpy())


def _planned(rows: pl.DataFrame, submitted: Submissions, resumes: Indices, slip: Floats, cycle: Cycle,
             history: History) -> tuple[Raters, list[Indices], pl.DataFrame]:  # fmt: skip
    """Who rates, the seconds of all stages, and the session in which each review is up."""
    rated = raters(rows, submitted.by_manager, resumes, slip, history)
    person, key = rows["person"].to_numpy(), cycle_key(cycle)
    own = np.where(submitted.own < rated.by_manager, submitted.own, NO_TIME)
    division = np.maximum(history.structure.division[rows["seat"].to_numpy()], 0)
    draws = history.parameters.draws("reviews.calibration")
    first = calibration.first_session(division, cycle, key, draws)
    session = calibration.sessions_of(rated.by_manager, first)
    calibrated = np.full(len(rows), NO_TIME)
    if cycle.calibration_due < NEVER:
        calibrated = calibration.discussed_at(session, first, rated.by_manager, draws.sub("hour"), person, key)
    ready = np.where(calibrated < NO_TIME, calibrated, rated.by_manager)
    times = [own, rated.by_manager, calibrated, *conclusions(rows, ready, slip, history.parameters)]
    sessions = {"division": division, "session": session, "session_day": first + calibration.FORTNIGHT * session}
    return rated, times, pl.DataFrame(sessions)


def course(history: History, number: int) -> pl.DataFrame:
    """The reviews of cycle `number` whose rows are there on the last day, by person, times in seconds (NO_TIME: not yet).

    Beside the ledger's columns: `cycle_key` and `review_key` for draws, the due days, `due` (own due date), `person_end`,
    `manager` and `manager_since` (whose it is on the last day), `row_appears`, TIMES, `stage`, `template`, `division`,
    `session`, `session_day`.
    """
    parameters, cycle = history.parameters, history.cycles[number]
    rows = _begun(history, number, cycle)
    slip = slips(rows, parameters)
    meant = submissions(rows, slip, parameters)
    rater_end, rater_notice = _spells(history, rows["rater"].to_numpy(), rows["appears"].to_numpy())
    by_manager = before_leaving(rows, meant.by_manager, rater_end, rater_notice, parameters)
    meant = replace(meant, by_manager=by_manager, own=np.where(meant.own < by_manager - 600, meant.own, NO_TIME))
    stops, submitted, resumes = _stops(rows, meant, parameters)
    rated, planned, sessions = _planned(rows, submitted, resumes, slip, cycle, history)
    last = _last_seconds(rows, history)
    times = happened(planned, last, stops)

    draws, keys = parameters.draws("reviews.begun"), (rows["person"].to_numpy(), rows["cycle_key"].to_numpy())
    opened = rows["appears"].to_numpy() * DAY + 9 * HOUR
    begins = opened + (draws.sub("when").uniform(*keys) * np.maximum(submitted.first - opened, 0)).astype(np.int64)
    begins = np.where(draws.chance(HAS_BEGUN_SHARE, *keys) & (begins <= last), begins, NO_TIME)

    has_left = rows["person_end"].to_numpy() < history.until
    stage = _stage(times, cycle, begins < NO_TIME, has_left)
    manager, since = rated.on(history.until)
    template = templates_of(
        history.structure.leads[rows["seat"].to_numpy()], rows["job_level"].to_numpy(), is_probation=cycle.cadence == "probation"
    )
    rows = rows.with_columns(
        *(pl.Series(name, when) for name, when in zip(TIMES, times, strict=True)), *sessions,
        manager=pl.Series(manager), manager_since=pl.Series(since), row_appears=pl.Series(_row_appears(rows, times, begins, parameters)),
        stage=pl.Series(stage), template=pl.Series(template),
    )  # fmt: skip
    return rows.filter(pl.col("row_appears") <= history.until)
