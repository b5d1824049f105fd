"""When the stages of a review were done, against the due dates of its cycle.

Here: punctuality, lateness of raters and of low ratings, reviews that stop on the way. Not here: ratings, identifiers
and what the table says of a review.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Flags, Floats
from seeds.company.ledger import Indices
from seeds.company.parameters import Parameters

DAY = 86_400
NO_TIME = NEVER * DAY
SKIPS_SELF_ASSESSMENT = 0.03
SELF_LATE_SHARE, SELF_LATE_DAYS = 0.22, 5.0
MANAGER_LATE_SHARE, MANAGER_LATE_DAYS = 0.12, 6.0
DAWDLING_SD = 0.8
# Averaging a logistic over raters of that spread pulls a share towards one half; this undoes it.
DAWDLING_CORRECTION = 1.13
PLAN_STARTS_AFTER_DAYS = 4
TIMES = ["self_submitted_at", "manager_submitted_at", "calibrated_at", "delivered_at", "employee_signed_at",
         "manager_signed_at"]  # fmt: skip


@dataclass(frozen=True)
class StageTimes:
    """Seconds since 1970-01-01 (UTC) of each stage by column name; NO_TIME: not done, or not in this cycle."""

    seconds: dict[str, Indices]

    def done(self, name: str) -> Flags:
        """Which reviews have done the stage."""
        result: Flags = self.seconds[name] < NO_TIME
        return result


def _office_hours(day: Floats | Indices, random: np.random.Generator) -> Indices:
    """A second between 8:00 and 18:00 UTC of each day; weekends move to Monday."""
    whole = np.floor(day).astype(np.int64)
    weekday = (whole + 3) % 7
    whole = whole + np.where(weekday >= 5, 7 - weekday, 0)
    result: Indices = whole * DAY + random.integers(8 * 3600, 18 * 3600, len(whole))
    return result


def late_reviews(rows: pl.DataFrame, parameters: Parameters, random: np.random.Generator) -> Flags:
    """Which reviews will be signed after their due date: more often where the rater dawdles or the rating is low."""
    rater = rows["rater"].to_numpy()
    dawdling = DAWDLING_SD * random.standard_normal(int(rater.max(initial=-1)) + 1)[rater]
    below = parameters.performance_mean - rows["manager_rating"].to_numpy()
    share = np.clip(parameters.review_late_share, 1e-9, 1 - 1e-9)
    logit = DAWDLING_CORRECTION * np.log(share / (1 - share)) + dawdling
    logit = logit + parameters.review_late_low_rating_effect * below
    late: Flags = (random.random(len(rows)) < 1 / (1 + np.exp(-logit))) & (parameters.review_late_share > 0)
    return late


def planned_times(rows: pl.DataFrame, late: Flags, random: np.random.Generator) -> StageTimes:
    """The stages were the review to run to its end: in order, and signed by the due date unless it is `late`.

    `rows` has the five due days, `rater_end` (the rater's last day) and `has_plan`: what leads to an improvement plan
    is delivered before the plan starts.
    """
    count = len(rows)
    due = {name: rows[name].to_numpy() for name in rows.columns if name.endswith("_due")}
    slip = np.where(late, 5 + random.exponential(14, count), 0.0)
    slip = np.where(rows["has_plan"].to_numpy(), np.minimum(slip, PLAN_STARTS_AFTER_DAYS - 1), slip)

    tardy = (random.random(count) < SELF_LATE_SHARE) * random.exponential(SELF_LATE_DAYS, count)
    own = _office_hours(due["self_assessment_due"] - random.gamma(1.5, 4, count) + tardy + 0.35 * slip, random)
    has_self = (due["self_assessment_due"] < NEVER) & (random.random(count) >= SKIPS_SELF_ASSESSMENT)
    held_up = (random.random(count) < MANAGER_LATE_SHARE) * MANAGER_LATE_DAYS
    by_manager = _office_hours(due["manager_review_due"] - random.gamma(1.5, 3, count) + held_up + 0.6 * slip, random)
    by_manager = np.maximum(by_manager, np.where(has_self, own, 0) + random.integers(600, 2 * DAY, count))
    by_manager = np.minimum(by_manager, (rows["rater_end"].to_numpy() + 1) * DAY - 6 * 3600)
    own = np.where(has_self, np.minimum(own, by_manager - 600), NO_TIME)

    is_calibrated = due["calibration_due"] < NEVER
    meeting = _office_hours(due["calibration_due"] - random.integers(0, 6, count) + 0.7 * slip, random)
    calibrated = np.where(is_calibrated, np.maximum(meeting, by_manager + 3600), NO_TIME)
    ready = np.where(is_calibrated, calibrated, by_manager)
    delivered = _office_hours(due["delivery_due"] - random.gamma(1.5, 3, count) + 0.9 * slip, random)
    delivered = np.maximum(delivered, ready + random.integers(3600, 2 * DAY, count))

    latest = due["sign_off_due"] * DAY + DAY - 1
    signatures = []
    for _ in range(2):
        in_time = delivered + np.minimum(random.exponential(4 * DAY, count), 0.98 * np.maximum(latest - delivered, 0))
        after_due = latest + DAY * np.minimum(slip, 60) * random.uniform(0.3, 1.0, count)
        signed = np.where(late, np.maximum(delivered + 600, after_due), in_time)
        signatures.append(signed.astype(np.int64))
    return StageTimes(dict(zip(TIMES, [own, by_manager, calibrated, delivered, *signatures], strict=True)))


def times_until(planned: StageTimes, horizon: Indices, stops_before: Indices) -> StageTimes:
    """What of the planned stages happened by `horizon` (seconds).

    A review stops for good before the stage numbered `stops_before` in TIMES. No stage is done while one before it is
    missing; the self assessment alone may be skipped.
    """
    seconds: dict[str, Indices] = {}
    missing = np.zeros(len(horizon), dtype=np.bool_)
    for number, (name, when) in enumerate(planned.seconds.items()):
        happens = (when <= horizon) & (number < stops_before) & ~missing
        seconds[name] = np.where(happens, when, NO_TIME)
        if 1 <= number <= 3:
            missing |= ~happens & planned.done(name)
    return StageTimes(seconds)
