"""The tables of reviews as known on the last day, and the truth behind the ratings.

Here: cycles, reviews and their columns, cycle by cycle. Not here: what happens to a review (course.py), the opinions of
others (assessments.py), sessions of calibration (calibration.py), the law of ratings (history/ratings.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.days import NEVER, Cycle, Flags, Floats, date_series, timestamp_series
from seeds.company.history.record import History
from seeds.company.reviews import assessments, calibration
from seeds.company.reviews.course import DUE_COLUMNS, STAGES, course, cycle_key
from seeds.company.reviews.stages import CALIBRATION, DAY, DELIVERY, MANAGER, NO_TIME, SELF, TIMES
from seeds.company.reviews.templates import TEMPLATES, item_table, template_table
from seeds.company.sink import Evidence, Rows, words

PROMOTED_FROM, RECOMMENDED_SHARE = 4.0, 0.3
SUMMARY_SHARE = 0.88


def cycle_table(cycles: list[Cycle]) -> pl.DataFrame:
    """Table `review_cycles`."""
    frame = pl.DataFrame({name: [getattr(cycle, name) for cycle in cycles] for name in Cycle.__annotations__})
    days = ["period_start", "period_end", *DUE_COLUMNS]
    return frame.with_columns(date_series(name, frame[name].to_numpy()) for name in days)


def _known_cycles(history: History) -> list[int]:
    """Numbers of the cycles that have begun by the last day: probation with its quarter, the others as they open."""
    return [
        number
        for number, cycle in enumerate(history.cycles)
        if (cycle.period_start if cycle.cadence == "probation" else cycle.opens) <= history.until
    ]


def _once(when: Flags, values: Floats | Flags | pl.Series) -> pl.Series:
    """`values`, null where their time has not come."""
    return pl.Series(values).set(pl.Series(~when), None)


def _with_ratings(reviews: pl.DataFrame, history: History, cycle: Cycle) -> pl.DataFrame:
    """The course of reviews with ratings emptied where not known yet, identifiers, and what the manager recommends.

    The final rating is known once calibrated; without calibration it is the manager's, once delivered. A few hand in a
    self assessment without a rating.
    """
    parameters = history.parameters
    key = reviews["review_key"].to_numpy()
    done = [reviews[name].to_numpy() < NO_TIME for name in TIMES]
    is_calibrated = cycle.calibration_due < NEVER
    manager_rating = reviews["manager_rating"].to_numpy()
    final = reviews["final_rating"].to_numpy() if is_calibrated else manager_rating
    gives_none = parameters.draws("reviews.self without rating").chance(parameters.review_rating_missing_share, key)
    recommended = (manager_rating >= PROMOTED_FROM) & parameters.draws("reviews.promotion").chance(RECOMMENDED_SHARE, key)
    ids = pl.select(pl.format("{}-{}", pl.lit(cycle.review_cycle_id), pl.lit(history.employee_id(reviews["person"])))).to_series()
    return reviews.with_columns(
        ids.alias("review_id"),
        _once(done[SELF] & ~gives_none, reviews["self_rating"]).alias("self_rating"),
        _once(done[MANAGER], manager_rating).alias("manager_rating"),
        _once(done[CALIBRATION] if is_calibrated else done[DELIVERY], final).alias("final_rating"),
        _once(done[MANAGER], recommended).alias("promotion_recommended"),
        manager_opinion=manager_rating - parameters.performance_mean,
        self_opinion=reviews["self_rating"].to_numpy() - parameters.performance_mean,
    )


def _summaries(reviews: pl.DataFrame, history: History, rows: Rows) -> pl.Series:
    """What the manager sums up, known with their rating; null where there is none."""
    key = reviews["review_key"].to_numpy()
    has = (reviews[TIMES[MANAGER]].to_numpy() < NO_TIME) & history.parameters.draws("reviews.summaries").chance(SUMMARY_SHARE, key)
    chosen = reviews.filter(pl.Series(has, dtype=pl.Boolean))
    written = history.writing.texts(
        "review_summary", key=key[has], author=chosen["manager"].to_numpy(), about=chosen["person"].to_numpy(),
        day=chosen[TIMES[MANAGER]].to_numpy() // DAY, feeling=chosen["manager_opinion"].to_numpy(),
    )  # fmt: skip
    rows.truth("text_labels", written.labels("reviews", "summary_comment", chosen["review_id"]))
    return assessments.spread(written.text, has)


def _review_table(reviews: pl.DataFrame, history: History, cycle: Cycle, rows: Rows) -> pl.DataFrame:
    """Table `reviews`."""
    return pl.DataFrame(
        {
            "review_id": reviews["review_id"],
            "review_cycle_id": pl.Series([cycle.review_cycle_id] * len(reviews), dtype=pl.String),
            "employee_id": history.employee_id(reviews["person"]),
            "manager_id": history.employee_id(reviews["manager"]),
            "review_template_id": words([name for name, _, _ in TEMPLATES], reviews["template"]),
            "stage": words(STAGES, reviews["stage"]),
            "due_date": date_series("due_date", reviews["due"].to_numpy()),
            **{name: timestamp_series(name, reviews[name].to_numpy()) for name in TIMES},
            "self_rating": reviews["self_rating"],
            "manager_rating": reviews["manager_rating"],
            "final_rating": reviews["final_rating"],
            "promotion_recommended": reviews["promotion_recommended"],
            "summary_comment": _summaries(reviews, history, rows),
        }
    )


def _performance(reviews: pl.DataFrame, history: History, cycle: Cycle) -> pl.DataFrame:
    """performance(employee_id, review_cycle_id, value): on the rating scale, of everybody with a regular review."""
    chosen = reviews if cycle.cadence != "probation" else reviews.head(0)
    return pl.DataFrame(
        {
            "employee_id": history.employee_id(chosen["person"]),
            "review_cycle_id": pl.Series([cycle.review_cycle_id] * len(chosen), dtype=pl.String),
            "value": chosen["performance"],
        }
    )


def _severity(pieces: list[pl.DataFrame], history: History) -> pl.DataFrame:
    """rater_severity(employee_id, severity): what a rater adds to each rating, on average over those they gave.

    In points of the rating scale; negative is strict.
    """
    # Sorted first: the sum of floating-point numbers depends on their order.
    given = pl.concat(pieces).sort("rater", "review_key")
    means = given.group_by("rater", maintain_order=True).agg(severity=pl.col("severity").mean())
    return means.select(history.employee_id(means["rater"]), "severity").sort("employee_id")


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """The tables of reviews, a cycle at a time; truth `performance`, `rater_severity` and labels of texts."""
    known = _known_cycles(history)
    rows.table("review_cycles", cycle_table([history.cycles[number] for number in known]))
    rows.table("review_templates", template_table())
    rows.table("review_template_items", item_table())
    severities = []
    for number in known:
        cycle = history.cycles[number]
        found = course(history, number)
        reviews = _with_ratings(found, history, cycle)
        rows.table("reviews", _review_table(reviews, history, cycle, rows))
        assessments.write(reviews, cycle, history, rows)
        calibration.write(found.with_columns(reviews["review_id"]), cycle, cycle_key(cycle), history, rows)
        rows.truth("performance", _performance(reviews, history, cycle))
        severities.append(reviews.select("rater", "review_key", "severity"))
    rows.truth("rater_severity", _severity(severities, history))
