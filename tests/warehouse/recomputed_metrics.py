"""marts.metric_values and marts.rating_distribution computed a second time, from the events of recomputed_events.

Here: totals, values and intervals, straight from their formulas. Not here: what an event is, nor anything of the SQL.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from tests.warehouse.recomputed_events import (
    Event,
    Facts,
    goal_events,
    plan_events,
    rating_events,
    rating_periods,
    review_events,
    stage_events,
)

SLICE_KEY = ["metric", "breakdown", "period_type", "period_id", "dimension", "member_id"]


def metric_values(facts: Facts) -> pd.DataFrame:
    """marts.metric_values, computed anew; sorted by its key."""
    found: dict[tuple[str, ...], list[tuple[Event, set[str]]]] = defaultdict(list)
    period_dates: dict[tuple[str, str], tuple[pd.Timestamp, pd.Timestamp]] = {}
    for events in (rating_events, review_events, plan_events, goal_events, stage_events):
        for event in events(facts):
            for kind, name, start, end in event.periods:
                period_dates[kind, name] = (start, end)
                for (dimension, member), people in event.people_by_slice.items():
                    found[event.metric, event.breakdown, kind, name, dimension, member].append((event, people))
    rows = []
    for key, members in found.items():
        counted = [(event, people) for event, people in members if event.is_counted]
        x = np.array([event.numerator for event, _ in counted])
        start, end = period_dates[key[2], key[3]]
        low, high = interval(key[0], x, np.array([event.cluster for event, _ in counted]))
        rows.append(
            {
                **dict(zip(SLICE_KEY, key, strict=True)),
                "period_start": start,
                "period_end": end,
                "numerator": float(x.sum()),
                "denominator": float(len(x)),
                "value": float(x.mean()) if len(x) else np.nan,
                "ci_low": low,
                "ci_high": high,
                "n_clusters": len({event.cluster for event, _ in counted}),
                "is_complete": end <= facts.as_of,
                "n_people": len(set().union(*(people for _, people in counted))),
                "n_excluded": len(members) - len(counted),
            }
        )
    return pd.DataFrame(rows).sort_values(SLICE_KEY, ignore_index=True)


def interval(metric: str, x: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """The interval of R8, straight from its formula; NaN below three clusters."""
    n, labels = len(x), sorted(set(clusters))
    if len(labels) < 3:
        return np.nan, np.nan
    value, n_clusters = x.mean(), len(labels)
    variance = n_clusters / (n_clusters - 1) * sum((x[clusters == label] - value).sum() ** 2 for label in labels) / n**2
    if metric == "average_rating":
        reach = stats.t.ppf(0.975, n_clusters - 1) * np.sqrt(variance)
        return max(1.0, value - reach), min(5.0, value + reach)
    deff = 1.0 if value in (0, 1) else max(1.0, variance / (value * (1 - value) / n))
    low, high = proportion_confint(value * n / deff, n / deff, method="wilson")
    return float(low), float(high)


def rating_distribution(facts: Facts) -> pd.DataFrame:
    """The counts of marts.rating_distribution, computed anew; sorted by its key."""
    after: dict[tuple[str, ...], list[int]] = defaultdict(list)
    before: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for review, periods in rating_periods(facts):
        if pd.isna(review.final_rating):
            continue
        for kind, name, _, _ in periods:
            for dimension, member in facts.slices(review):
                after[kind, name, dimension, member].append(facts.level(float(review.final_rating)))
                if not pd.isna(review.manager_rating):
                    before[kind, name, dimension, member].append(facts.level(float(review.manager_rating)))
    rows = [
        {
            **dict(zip(SLICE_KEY[2:], key, strict=True)),
            "level": level,
            "n": levels.count(level),
            "share": levels.count(level) / len(levels),
            "n_before_calibration": before[key].count(level),
            "share_before_calibration": before[key].count(level) / len(before[key]) if before[key] else np.nan,
        }
        for key, levels in after.items()
        for level in range(1, 6)
    ]
    return pd.DataFrame(rows).sort_values([*SLICE_KEY[2:], "level"], ignore_index=True)
