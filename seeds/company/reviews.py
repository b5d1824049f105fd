"""The tables review_cycles and reviews as known on the last day, and the truth behind the ratings.

Here: how far each review has come, and what is known of it by then. Not here: the ratings (ratings.py), when stages
are done (review_stages.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Cycle, Flags, Floats, date_series, day_number, timestamp_series
from seeds.company.ledger import Indices
from seeds.company.parameters import Area, Parameters
from seeds.company.review_stages import DAY, TIMES, StageTimes, late_reviews, planned_times, times_until
from seeds.company.workforce import Workforce

PROBATION_STAGES_BEFORE_DUE = {"manager_review_due": 12, "delivery_due": 5}
EXTENSION_SHARE, EXTENSION_DAYS = 0.02, 21
PROMOTED_FROM, RECOMMENDED_SHARE = 4.0, 0.3
HAS_BEGUN_SHARE = 0.6
STAGES = ["not_started", "self_assessment", "manager_review", "calibration", "delivery", "sign_off", "completed",
          "cancelled"]  # fmt: skip
NOT_STARTED, SELF, MANAGER, CALIBRATION, DELIVERY, SIGN_OFF, COMPLETED, CANCELLED = range(8)
DUE_COLUMNS = ["self_assessment_due", "manager_review_due", "calibration_due", "delivery_due", "sign_off_due"]


def cycle_table(cycles: list[Cycle]) -> pl.DataFrame:
    """Table `review_cycles`."""
    frame = pl.DataFrame({name: [getattr(cycle, name) for cycle in cycles] for name in Cycle.__annotations__})
    days = ["period_start", "period_end", *DUE_COLUMNS]
    return frame.with_columns(date_series(name, frame[name].to_numpy()) for name in days)


def _spell_end(rows: pl.DataFrame, person: str, workforce: Workforce) -> pl.Series:
    """Last day of the spell that each review's `person` was in when its period ended (NEVER: not left)."""
    spells = workforce.workplace.spells.frame().select("person", "start", "end").sort("start")
    asked = rows.select(pl.col(person).alias("person"), "period_end").with_row_index("row").sort("period_end")
    found = asked.join_asof(
        spells, left_on="period_end", right_on="start", by="person", check_sortedness=False
    )  # fmt: skip
    return found.sort("row")["end"]


def _with_due_days(workforce: Workforce, random: np.random.Generator) -> pl.DataFrame:
    """The ledger of reviews with the due days of each one's stages, and the last days of person and rater.

    A review at the end of probation goes by its own due date, a few others have been given more time.
    """
    names = ["review_cycle_id", "period_end", *DUE_COLUMNS]
    cycles = pl.DataFrame({name: [getattr(cycle, name) for cycle in workforce.cycles] for name in names})
    rows = workforce.reviews.frame().join(
        cycles.with_row_index("cycle").with_columns(pl.col("cycle").cast(pl.Int64)),
        on="cycle", how="left", maintain_order="left",
    )  # fmt: skip
    own_due = pl.col("due") < NEVER
    rows = rows.with_columns(
        *(pl.when(own_due).then(pl.col("due") - days).otherwise(name).alias(name)
          for name, days in PROBATION_STAGES_BEFORE_DUE.items()),
        sign_off_due=pl.when(own_due).then("due").otherwise("sign_off_due"),
    )  # fmt: skip
    given_time = pl.Series(random.random(len(rows)) < EXTENSION_SHARE)
    extended = pl.when(~own_due & given_time).then(pl.col("sign_off_due") + EXTENSION_DAYS).otherwise("due")
    return rows.with_columns(
        due=extended,
        person_end=_spell_end(rows, "person", workforce),
        rater_end=_spell_end(rows, "rater", workforce),
    )


def _stage(times: StageTimes, is_calibrated: Flags, has_begun: Flags, has_left: Flags) -> Indices:
    """Index into STAGES of each review; one whose person left before its end is cancelled."""
    stage = np.select(
        [
            times.done("employee_signed_at") & times.done("manager_signed_at"),
            times.done("delivered_at"),
            np.where(is_calibrated, times.done("calibrated_at"), times.done("manager_submitted_at")),
            times.done("manager_submitted_at"),
            times.done("self_submitted_at"),
            has_begun,
        ],
        [COMPLETED, SIGN_OFF, DELIVERY, CALIBRATION, MANAGER, SELF],
        NOT_STARTED,
    )
    return np.where((stage != COMPLETED) & has_left, CANCELLED, stage)


def review_table(workforce: Workforce, ids: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Table `reviews` at the end of the last day: stages after it are still open, ratings not yet given.

    The final rating is known once calibrated; without calibration it is the manager's, once delivered.
    """
    random = parameters.random(Area.REVIEWS)
    rows = _with_due_days(workforce, random)
    count = len(rows)
    planned = planned_times(rows, late_reviews(rows, parameters, random), random)
    now = (day_number(parameters.until) + 1) * DAY - 1
    gone_at = (rows["person_end"].to_numpy() + 1) * DAY - 1
    stops = (random.random(count) < parameters.review_unfinished_share) & ~rows["has_plan"].to_numpy()
    stops_before = np.where(stops, random.integers(0, len(TIMES), count), len(TIMES))
    times = times_until(planned, np.minimum(now, gone_at), stops_before)
    is_calibrated = rows["calibration_due"].to_numpy() < NEVER
    stage = _stage(times, is_calibrated, random.random(count) < HAS_BEGUN_SHARE, gone_at <= now)

    manager_rating = rows["manager_rating"].to_numpy()
    final = np.where(is_calibrated, rows["final_rating"].to_numpy(), manager_rating)
    is_final = np.where(is_calibrated, times.done("calibrated_at"), times.done("delivered_at"))
    recommended = (manager_rating >= PROMOTED_FROM) & (random.random(count) < RECOMMENDED_SHARE)

    def once(when: Flags, values: Floats | Flags) -> pl.Series:
        return pl.Series(values).set(pl.Series(~when), None)

    rater_ids = ids.rename({"person": "rater", "employee_id": "manager_id"})
    table = rows.select("review_cycle_id", "person", "rater").with_columns(
        stage=pl.Series(STAGES).gather(stage),
        due_date=date_series("due_date", rows["due"].to_numpy()),
        **{name: timestamp_series(name, times.seconds[name]) for name in TIMES},
        self_rating=once(times.done("self_submitted_at"), rows["self_rating"].to_numpy()),
        manager_rating=once(times.done("manager_submitted_at"), manager_rating),
        final_rating=once(is_final, final),
        promotion_recommended=once(times.done("manager_submitted_at"), recommended),
    )
    table = table.join(ids, on="person", how="left").join(rater_ids, on="rater", how="left")
    return table.select(
        pl.format("{}-{}", "review_cycle_id", "employee_id").alias("review_id"), "review_cycle_id", "employee_id",
        "manager_id", "stage", "due_date", *TIMES, "self_rating", "manager_rating", "final_rating",
        "promotion_recommended",
    ).sort("review_id")  # fmt: skip


def performance_truth(workforce: Workforce, ids: pl.DataFrame) -> pl.DataFrame:
    """performance(employee_id, review_cycle_id, value): on the rating scale, of everybody with a regular review."""
    regular = [cycle.review_cycle_id for cycle in workforce.cycles if cycle.cadence != "probation"]
    rows = workforce.reviews.frame().filter(pl.col("cycle") < len(regular)).join(ids, on="person", how="left")
    cycle = pl.Series("review_cycle_id", regular, dtype=pl.String).gather(rows["cycle"])
    truth = rows.with_columns(cycle).select("employee_id", "review_cycle_id", value="performance")
    return truth.sort("review_cycle_id", "employee_id")


def severity_truth(workforce: Workforce, ids: pl.DataFrame) -> pl.DataFrame:
    """rater_severity(employee_id, severity): what a rater adds to each rating, on average over those they gave.

    In points of the rating scale; negative is strict.
    """
    rows = workforce.reviews.frame().join(ids.rename({"person": "rater"}), on="rater", how="left")
    # Sorted first: the sum of floating-point numbers depends on their order.
    rows = rows.sort("employee_id", "cycle", "person")
    return rows.group_by("employee_id", maintain_order=True).agg(severity=pl.col("severity").mean())
