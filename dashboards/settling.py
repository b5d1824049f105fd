"""Whether the final ratings of a period are all there, or only those of the people whose reviews ended first.

Belongs here: the rule, and the column by which a history carries it. Does not belong here: which period comes before which
(comparison), sentences.

A cycle counts as complete on its last day, when its reviews have hardly begun. Until they end, figures made of final ratings
are about the first finishers, who are not like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from dashboards import formats as f
from dashboards.comparison import REGULAR

FINAL_RATINGS = frozenset({"average_rating", "top_performer_ratio", "rating_distribution"})
ENOUGH = 95  # percent of the reviews of a cycle
PATIENCE = timedelta(days=60)  # after sign-off was due nobody waits for the rest
RULE = (
    f"Ratings of a period are final when at least {ENOUGH}% of the reviews of each regular cycle in it are completed in the whole company, "
    f"or when sign-off was due more than {PATIENCE.days} days ago (where a cycle names no such day, when it ended). Until then those who "
    "finished first would stand for all: the figure is not compared, and the latest period with figures is an earlier one."
)
FACT = ("When it is final", RULE)
Period = tuple[str, str]  # period_type, period_id


def of_cycle(funnel: pl.DataFrame) -> dict[str, tuple[int | None, int | None]]:
    """Completed and all reviews of each cycle, cancelled ones left out; None where they are hidden."""
    completed = funnel.filter(pl.col("stage") == "completed")
    return {key: (done, n) for key, done, n in completed.select("period_id", "n_reached", "n_reviews").iter_rows()}


def unsettled(cycles: pl.DataFrame, funnel: pl.DataFrame, as_of: date) -> dict[Period, str]:
    """The periods whose ratings are not final yet, and how many are: 27 of 900 reviews are final so far.

    Args:
        cycles: all review cycles.
        funnel: the stages of their reviews in the whole company.
        as_of: the business day.
    """
    counted = of_cycle(funnel)
    inside: dict[Period, list[tuple[int | None, int | None]]] = {}
    waiting: set[Period] = set()
    for key, cadence, end, due in cycles.select("review_cycle_key", "cadence", "period_end", "sign_off_due").iter_rows():
        periods: list[Period] = [("cycle", key)]
        if cadence in REGULAR:
            periods += [("quarter", f"{end.year}-Q{(end.month + 2) // 3}"), ("year", str(end.year))]
        done, n = counted.get(key, (0, 0))
        is_settled = as_of > (due or end) + PATIENCE or (done is not None and n is not None and 100 * done >= ENOUGH * n)
        for period in periods:
            inside.setdefault(period, []).append((done, n))
        waiting |= set() if is_settled else set(periods)
    return {period: words(inside[period]) for period in waiting}


def words(parts: list[tuple[int | None, int | None]]) -> str:
    """How many of the reviews of these cycles are final."""
    done, of = ([part[at] for part in parts if part[at] is not None] for at in (0, 1))
    if len(done) < len(parts) or len(of) < len(parts):
        return "how many reviews are final so far is not shown: too few people"
    return f"{f.count(sum(n or 0 for n in done))} of {f.many(sum(n or 0 for n in of), 'review is', 'reviews are')} final so far"


def marked(history: pl.DataFrame, as_of: date, waiting: Mapping[Period, str] | None = None) -> pl.DataFrame:
    """A history with `as_of` and `not_final`: how many ratings are final so far, empty where all are or none are in the figure.

    A history without a column `metric` is one of the rating distribution.
    """
    made = []
    metrics = history["metric"].to_list() if "metric" in history.columns else ["rating_distribution"] * history.height
    for metric, *period, dimension in zip(metrics, *(history[c] for c in ("period_type", "period_id", "dimension")), strict=True):
        said = (waiting or {}).get((period[0], period[1]), "") if metric in FINAL_RATINGS else ""
        made.append(said + (" in the whole company" if said and dimension != "company" else ""))
    return history.with_columns(as_of=pl.lit(as_of, dtype=pl.Date), not_final=pl.Series(made, dtype=pl.String))


def first_finishers(history: pl.DataFrame, kind: str, until: date | None) -> str:
    """What is waited for where a type of period has nothing final by a day; empty where nothing is."""
    rows = history.filter((pl.col("period_type") == kind) & pl.col("is_complete") & (pl.col("not_final") != ""))
    rows = rows if until is None else rows.filter(pl.col("period_end") <= until)
    return "" if rows.is_empty() else str(rows.sort("period_end", "period_id")["not_final"][-1])
