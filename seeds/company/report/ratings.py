"""Figures of ratings: their shares, how far raters agree, what calibration moves.

Here: computing, from reviews of regular cycles (not those of probation). Not here: what is believable (marginals.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.report.charts import Chart
from seeds.company.report.reading import Source

MANAGER, PEER, SELF = "manager", "peer", "self"
FEWEST_PAIRS = 60


def regular_reviews(source: Source) -> pl.LazyFrame:
    """Reviews of regular cycles, with the day on which the cycle's period ends."""
    cycles = source.tables["review_cycles"].filter(pl.col("cadence") != "probation").select("review_cycle_id", "period_end")
    return source.tables["reviews"].join(cycles, on="review_cycle_id")


def final_ratings(source: Source) -> pl.Series:
    """Final ratings of regular cycles."""
    return regular_reviews(source).drop_nulls("final_rating").select("final_rating").collect()["final_rating"]


def share_chart(source: Source) -> Chart:
    """Shares of final ratings."""
    table = final_ratings(source).value_counts().sort("final_rating").with_columns(share=pl.col("count") / pl.col("count").sum())
    return Chart(
        "Final ratings",
        table.select("final_rating", "share", "count"),
        "final_rating",
        ("share",),
        "rating",
        "share of ratings",
        is_share=True,
    )


def assessments(source: Source) -> pl.DataFrame:
    """Ratings by relation: review_id, relationship, rating."""
    columns = ("assessment_id", "review_id", "relationship", "rating")
    return source.tables["review_assessments"].select(columns).drop_nulls("rating").collect()


def relation_chart(source: Source) -> Chart:
    """Mean rating by who rates."""
    grouped = assessments(source).group_by("relationship").agg(mean=pl.col("rating").mean(), sd=pl.col("rating").std(), ratings=pl.len())
    return Chart("Ratings by who gives them", grouped.sort("mean", descending=True), "relationship", ("mean",), "who rates", "mean rating")


def calibration_chart(source: Source) -> Chart:
    """How far calibration moves ratings."""
    rows = source.tables["calibration_adjustments"].select(move=pl.col("rating_after") - pl.col("rating_before")).collect()
    table = rows["move"].value_counts().sort("move").rename({"count": "ratings"})
    return Chart("Moves in calibration", table, "move", ("ratings",), "points up or down (0: discussed and left)", "ratings")


def _correlation(pairs: pl.DataFrame, one: str, other: str) -> float | None:
    if len(pairs) < FEWEST_PAIRS:
        return None
    value = pairs.select(pl.corr(one, other)).item()
    return None if value is None else float(value)


def agreement_of_managers(source: Source) -> float | None:
    """Correlation of the ratings that one person got from two managers in cycles that follow each other, cycle means taken out.

    That is the reliability of one manager's rating, a little less for what changed in half a year.
    """
    rows = (
        regular_reviews(source)
        .select("employee_id", "manager_id", "period_end", "review_cycle_id", "manager_rating")
        .drop_nulls()
        .collect()
    )
    rows = rows.with_columns(rating=pl.col("manager_rating") - pl.col("manager_rating").mean().over("review_cycle_id")).sort(
        "employee_id", "period_end"
    )
    before = rows.with_columns(pl.col("rating", "manager_id").shift(1).over("employee_id").name.prefix("earlier_"))
    return _correlation(before.filter(pl.col("manager_id") != pl.col("earlier_manager_id")), "rating", "earlier_rating")


def agreement(source: Source, one: str, other: str) -> float | None:
    """Correlation of the ratings that one review got from two raters of these relations."""
    rows = assessments(source)
    pairs = rows.filter(relationship=one).join(rows.filter(relationship=other), on="review_id")
    return _correlation(pairs.filter(pl.col("assessment_id") != pl.col("assessment_id_right")), "rating", "rating_right")


def rater_share(source: Source) -> float | None:
    """Share of the variance of ratings by others (not the person) that lies within reviews: raters, not the rated.

    One-way analysis of variance with reviews as groups; groups of one rater tell nothing and are left out.
    """
    rows = assessments(source).filter(pl.col("relationship") != SELF)
    # The mean of each relation is no disagreement about the person.
    rows = rows.with_columns(rating=pl.col("rating") - pl.col("rating").mean().over("relationship"))
    groups = (
        rows.group_by("review_id")
        .agg(n=pl.len(), mean=pl.col("rating").mean(), within=pl.col("rating").var() * (pl.len() - 1))
        .filter(pl.col("n") > 1)
    )
    if len(groups) < FEWEST_PAIRS:
        return None
    total, many = float(groups["n"].sum()), len(groups)
    within = float(groups["within"].sum()) / (total - many)
    grand = float((groups["n"] * groups["mean"]).sum()) / total
    between = float((groups["n"] * (groups["mean"] - grand) ** 2).sum()) / (many - 1)
    size = (total - float((groups["n"] ** 2).sum()) / total) / (many - 1)
    rated = max((between - within) / size, 0.0)
    return within / (within + rated)


def leniency_of_self(source: Source) -> float | None:
    """How much higher people rate themselves than their managers do, in standard deviations of the managers' ratings."""
    rows = regular_reviews(source).select("self_rating", "manager_rating").drop_nulls().collect()
    if len(rows) < FEWEST_PAIRS:
        return None
    return float(rows.select((pl.col("self_rating") - pl.col("manager_rating")).mean() / pl.col("manager_rating").std()).item())
