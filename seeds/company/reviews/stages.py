"""When the stages of a review would be done, against the due dates of its cycle.

Here: punctuality, lateness of raters and of low ratings, what a later plan may hurry. Not here: who rates when a rater has
left (handover.py), sessions of calibration (calibration.py), what has happened by the last day (course.py).

Whether a review leads to an improvement plan (`has_plan`) is decided weeks after its period ends: it may hurry what comes
after that day and nothing before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Flags, Floats
from seeds.company.draws import Draws, Keys
from seeds.company.history.ledger import Indices
from seeds.company.parameters import Parameters

DAY = 86_400
HOUR = 3_600
NO_TIME = NEVER * DAY
OPENS_AT, CLOSES_AT = 8 * HOUR, 18 * HOUR
SKIPS_SELF_ASSESSMENT = 0.03
SELF_LATE_SHARE, SELF_LATE_DAYS = 0.22, 5.0
MANAGER_LATE_SHARE, MANAGER_LATE_DAYS = 0.12, 6.0
# A manager waits that long for a self assessment, then goes on without it.
PATIENCE_DAYS = 5
DAWDLING_SD = 0.8
# Averaging a logistic over raters of that spread pulls a share towards one half; this undoes it.
DAWDLING_CORRECTION = 1.13
SLIP_DAYS, SLIP_MEAN = 5.0, 14.0
SELF_SLIP, MANAGER_SLIP, DELIVERY_SLIP = 0.35, 0.6, 0.9
# What leads to a plan is delivered before the plan starts, four days after the sign-off is due or later.
PLAN_SLIP_DAYS = 3.0
TIMES = ["self_submitted_at", "manager_submitted_at", "calibrated_at", "delivered_at", "employee_signed_at",
         "manager_signed_at"]  # fmt: skip
SELF, MANAGER, CALIBRATION, DELIVERY, EMPLOYEE_SIGNS, MANAGER_SIGNS = range(6)


def on_workday(day: Floats | Indices) -> Indices:
    """Days, those of a weekend moved to Monday."""
    whole = np.floor(day).astype(np.int64)
    weekday = (whole + 3) % 7
    return whole + np.where(weekday >= 5, 7 - weekday, 0)


def office_hours(day: Floats | Indices, draws: Draws, *keys: Keys) -> Indices:
    """A second between 8:00 and 18:00 UTC of each day; weekends move to Monday."""
    result: Indices = on_workday(day) * DAY + draws.integers(OPENS_AT, CLOSES_AT, *keys)
    return result


def _daytime(second: Indices) -> Indices:
    """The same day, moved between 7:00 and 21:00 UTC."""
    result: Indices = second - second % DAY + 7 * HOUR + second % DAY * 14 // 24
    return result


def early_days(scale: float, draws: Draws, *keys: Keys) -> Floats:
    """Days ahead of a due date: gamma of shape 1.5 (an exponential and half a squared normal)."""
    return draws.sub("ahead").exponential(scale, *keys) + scale * 0.5 * draws.sub("more").normal(*keys) ** 2


@dataclass(frozen=True)
class Submissions:
    """Seconds since 1970-01-01 (UTC) by review; NO_TIME: never. `first` is when the first of both was meant to be."""

    own: Indices
    by_manager: Indices
    first: Indices


def slips(rows: pl.DataFrame, parameters: Parameters) -> Floats:
    """Days by which each review slips, 0 if it will be in time: more slip where the rater dawdles or the rating is low."""
    draws = parameters.draws("reviews.late")
    person, cycle = rows["person"].to_numpy(), rows["cycle_key"].to_numpy()
    dawdling = DAWDLING_SD * draws.sub("rater").normal(rows["rater"].to_numpy())
    below = parameters.performance_mean - rows["manager_rating"].to_numpy()
    share = np.clip(parameters.review_late_share, 1e-9, 1 - 1e-9)
    logit = DAWDLING_CORRECTION * np.log(share / (1 - share)) + dawdling
    logit = logit + parameters.review_late_low_rating_effect * below
    late = draws.chance(1 / (1 + np.exp(-logit)), person, cycle) & (parameters.review_late_share > 0)
    return np.where(late, SLIP_DAYS + draws.sub("days").exponential(SLIP_MEAN, person, cycle), 0.0)


def submissions(rows: pl.DataFrame, slip: Floats, parameters: Parameters) -> Submissions:
    """When the self assessment and the manager's review would be handed in, if nobody left.

    `rows` has person, cycle_key, appears, period_end, has_plan and the due days.
    """
    draws = parameters.draws("reviews.stages")
    keys = rows["person"].to_numpy(), rows["cycle_key"].to_numpy()
    appears, self_due, manager_due = (rows[name].to_numpy() for name in ("appears", "self_assessment_due", "manager_review_due"))
    earliest = appears + draws.sub("settling").uniform(*keys) * 3.5 + 0.5

    mine = draws.sub("self")
    tardy = mine.sub("tardy").chance(SELF_LATE_SHARE, *keys) * mine.sub("days").exponential(SELF_LATE_DAYS, *keys)
    wished = self_due - early_days(4.0, mine, *keys) + tardy + SELF_SLIP * slip
    has_self = (self_due < NEVER) & ~mine.sub("skips").chance(SKIPS_SELF_ASSESSMENT, *keys)
    own = np.where(has_self, office_hours(np.maximum(wished, earliest), mine.sub("hour"), *keys), NO_TIME)

    def by_manager(days: Floats) -> Indices:
        theirs = draws.sub("manager")
        held_up = theirs.sub("held up").chance(MANAGER_LATE_SHARE, *keys) * MANAGER_LATE_DAYS
        wish = np.maximum(manager_due - early_days(3.0, theirs, *keys) + held_up + MANAGER_SLIP * days, earliest)
        ready = office_hours(wish, theirs.sub("hour"), *keys)
        after_own = own // DAY + theirs.sub("reads").integers(1, 3, *keys)
        waits = office_hours(np.minimum(after_own, wish + PATIENCE_DAYS), theirs.sub("hour"), *keys)
        return np.where(has_self, np.maximum(ready, waits), ready)

    free = by_manager(slip)
    after_period = (rows["period_end"].to_numpy() + 1) * DAY
    hurried = np.maximum(np.minimum(free, by_manager(np.minimum(slip, PLAN_SLIP_DAYS))), after_period + OPENS_AT)
    theirs = np.where(rows["has_plan"].to_numpy() & (free >= after_period), hurried, free)
    return Submissions(np.where(own < theirs - 600, own, NO_TIME), theirs, np.minimum(own, free))


def conclusions(rows: pl.DataFrame, ready: Indices, slip: Floats, parameters: Parameters) -> list[Indices]:
    """When the review would be delivered and signed by both, once it is `ready`; signed by its due date unless it slips."""
    draws = parameters.draws("reviews.conclusions")
    keys = rows["person"].to_numpy(), rows["cycle_key"].to_numpy()
    slip = np.where(rows["has_plan"].to_numpy(), np.minimum(slip, PLAN_SLIP_DAYS), slip)
    wished = rows["delivery_due"].to_numpy() - early_days(3.0, draws, *keys) + DELIVERY_SLIP * slip
    soonest = ready + draws.sub("soon").integers(HOUR, 2 * DAY, *keys)
    delivered = np.maximum(_daytime(np.maximum(office_hours(wished, draws.sub("hour"), *keys), soonest)), ready + 600)

    latest = rows["sign_off_due"].to_numpy() * DAY + DAY - 1
    signatures = []
    for name in ("person", "manager"):
        signs = draws.sub(name)
        thinks = np.minimum(signs.exponential(4 * DAY, *keys), 0.98 * np.maximum(latest - delivered, 0))
        after_due = latest + DAY * np.minimum(slip, 60) * (0.3 + 0.7 * signs.sub("share").uniform(*keys))
        signed = np.where(slip > 0, np.maximum(delivered + 600, after_due), delivered + thinks).astype(np.int64)
        signatures.append(np.minimum(np.maximum(_daytime(signed), delivered + 60), NO_TIME))
    return [np.minimum(delivered, NO_TIME), *signatures]


def happened(planned: list[Indices], by: Indices, stops: Flags | Indices) -> list[Indices]:
    """What of the planned stages happens by each review's second `by`.

    A review stops for good before the stage of number `stops`. No stage is done while one before it is missing; the self
    assessment alone may be skipped, calibration where it was never planned.
    """
    times = []
    missing = np.zeros(len(by), dtype=np.bool_)
    for number, when in enumerate(planned):
        happens = (when <= by) & (number < stops) & ~missing
        times.append(np.where(happens, when, NO_TIME))
        if number in {MANAGER, DELIVERY}:
            missing |= ~happens
        elif number == CALIBRATION:
            missing |= ~happens & (when < NO_TIME)
    return times
