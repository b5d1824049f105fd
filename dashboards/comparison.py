"""What may be said of two figures: their difference, its approximate interval, and which period comes before which.

Belongs here: the comparison of published figures with their intervals. Does not belong here: words (sentences).

The interval of a difference takes the two figures as independent with standard errors read off their 95% intervals: z times
the root of the sum of squares. Both come partly from the same managers, whose habits then cancel out, so it is rather too wide
than too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import polars as pl

from dashboards.student import quantile

Z = NormalDist().inv_cdf(0.975)
Row = dict[str, Any]  # a row of metric_values by column

RARE = ("pip_success_rate",)
REGULAR = ("annual", "semi_annual", "quarterly")
FEWEST_MANAGERS = 3  # with fewer there is no interval (R8)


@dataclass(frozen=True)
class Change:
    """The difference of a figure from another one; low and high are None where either has no interval, for lack of `lacking`."""

    difference: float
    low: float | None
    high: float | None
    lacking: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def standard_error(low: float | None, high: float | None) -> float | None:
    """Read off a 95% interval."""
    return None if low is None or high is None else (high - low) / (2 * Z)


def lacking(row: Row) -> str:
    """Of what there are too few for an interval of a figure that has none."""
    return "managers" if row.get("ci_method") == "too_few_clusters" else "people"


def change(now: Row, then: Row) -> Change | None:
    """The difference of two rows of metric_values; None where one has no value to show."""
    a, b = now["value"], then["value"]
    if not (isinstance(a, float) and isinstance(b, float)):
        return None
    errors = [standard_error(row["ci_low"], row["ci_high"]) for row in (now, then)]
    if errors[0] is None or errors[1] is None:
        return Change(a - b, None, None, lacking(now if errors[0] is None else then))
    width = Z * (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    return Change(a - b, a - b - width, a - b + width)


def widening(n_groups: int, n_managers: int, method: str) -> float:
    """What the half of a group's 95% interval is multiplied with, so that those of all groups hold together (Bonferroni).

    Of many groups some would stand out by chance. Few managers estimate their own spread badly, and the more so the further
    out one looks: the factor is Student's with one degree of freedom less than managers, where the interval has the normal
    one (cluster_wilson) or Student's at 95% (cluster_t).
    """
    jointly = quantile(1 - 0.025 / n_groups, n_managers - 1)
    return jointly / (quantile(0.975, n_managers - 1) if method == "cluster_t" else Z)


def told_apart(members: pl.DataFrame, value: float | None) -> pl.DataFrame:
    """Members whose value lies clearly away from a given one, with `side` above or below; none where that one is not shown."""
    shown = members.filter(pl.col("value").is_not_null() & pl.col("ci_low").is_not_null() & (pl.col("n_clusters") >= FEWEST_MANAGERS))
    if value is None:
        shown = shown.clear()
    if shown.is_empty():
        return shown.with_columns(side=pl.lit(""))
    n = members["value"].count()
    factors = [widening(n, managers, method) for managers, method in shown.select("n_clusters", "ci_method").iter_rows()]
    widen = pl.Series(factors, dtype=pl.Float64)
    low = pl.col("value") - widen * (pl.col("value") - pl.col("ci_low"))
    high = pl.col("value") + widen * (pl.col("ci_high") - pl.col("value"))
    side = pl.when(low > value).then(pl.lit("above")).when(high < value).then(pl.lit("below")).otherwise(pl.lit(""))
    return shown.with_columns(side=side).filter(pl.col("side") != "").sort("value", descending=True)


def natural_type(metric: str, periods: str) -> str:
    """The period type by which a metric is read first, from its entry in the dictionary: cycles, else quarters.

    Improvement plans are few: by quarter most of their figures would be hidden or say nothing.
    """
    if periods.startswith("cycle"):
        return "cycle"
    return "year" if metric in RARE else "quarter"


def cadences(cycles: pl.DataFrame) -> dict[str, str]:
    """The cadence of each cycle."""
    return dict(cycles.select("review_cycle_key", "cadence").iter_rows())


def regular(history: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """Rows of quarters and years, and of cycles that come round: probation and ad hoc cycles stand for themselves only."""
    keys = cycles.filter(pl.col("cadence").is_in(REGULAR))["review_cycle_key"].to_list()
    return history.filter((pl.col("period_type") != "cycle") | pl.col("period_id").is_in(keys))


def comparable(history: pl.DataFrame) -> pl.DataFrame:
    """Rows of periods that are over and, where a figure is made of final ratings, have them (settling)."""
    over = history.filter(pl.col("is_complete"))
    return over.filter(pl.col("not_final") == "") if "not_final" in over.columns else over


def latest(history: pl.DataFrame, until: date | None = None) -> Row | None:
    """The row of the latest comparable period with something to show, ending on or before a day; hidden only where all are."""
    complete = comparable(history)
    if until is not None:
        complete = complete.filter(pl.col("period_end") <= until)
    shown = complete.filter(pl.col("value").is_not_null())
    rows = (complete if shown.is_empty() else shown).sort("period_end", "period_start", "period_id")
    return None if rows.is_empty() else rows.row(-1, named=True)


def before(row: Row, history: pl.DataFrame, cycles: pl.DataFrame) -> Row | None:
    """The row of the period before, of the same cadence: the same kind of cycle, the quarter or the year just before.

    None where this period or that one cannot be compared: it is not over, or its ratings are not final.
    """
    if not row["is_complete"] or row.get("not_final"):
        return None
    same = comparable(history).filter((pl.col("period_type") == row["period_type"]) & (pl.col("period_end") < row["period_end"]))
    if row["period_type"] == "cycle":
        cadence = cadences(cycles)
        alike = [key for key, kind in cadence.items() if kind == cadence.get(str(row["period_id"]))]
        same = same.filter(pl.col("period_id").is_in(alike))
    else:
        day_before = row["period_start"] - timedelta(days=1)
        same = same.filter(pl.col("period_end") == day_before)
    return None if same.is_empty() else same.sort("period_end", "period_id").row(-1, named=True)


def current(history: pl.DataFrame, kind: str, period: str | None, until: date | None, cycles: pl.DataFrame) -> Row | None:
    """The row of a chosen period, else the latest of that type (regular cycles first) that ended by a day."""
    rows = history.filter(pl.col("period_type") == kind)
    if period is not None:
        exact = rows.filter(pl.col("period_id") == period)
        return None if exact.is_empty() else exact.row(0, named=True)
    return latest(regular(rows, cycles), until)
