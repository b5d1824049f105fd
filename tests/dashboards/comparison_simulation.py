"""How often at least one of several equal groups is called away from the company, by simulation.

Belongs here: made companies whose groups are all alike, intervals as R8 makes them. Does not belong here: tests.
`python -m tests.dashboards.comparison_simulation` prints the shares by number of managers; at most 5% is right.
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl

from dashboards.comparison import told_apart
from tests.dashboards.landing_oracle_figures import interval

PEOPLE = 7  # of a manager, on average
METHODS = {"average_rating": "cluster_t", "goal_completion_rate": "cluster_wilson"}
MANAGERS = (3, 4, 6, 10, 30)


def figures(metric: str, managers: int, random: np.random.Generator, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Values of one group and whose they are: managers differ a little, their people more."""
    sizes = 1 + random.poisson(PEOPLE - 1, managers)
    of = np.repeat(np.arange(managers), sizes)
    if metric == "average_rating":
        values = 3.2 + random.normal(0, 0.2, managers)[of] + random.normal(0, 0.6, len(of))
        return np.clip(np.round(2 * values) / 2, 1, 5), of
    spread = 15.0  # an intraclass correlation of 1/16
    chances = random.beta(share * spread, (1 - share) * spread, managers)
    return (random.random(len(of)) < chances[of]).astype(float), of


def claims(metric: str, managers: int, groups: int, random: np.random.Generator, share: float = 0.7) -> bool:
    """Whether any group of one company is called away from it, though all are alike."""
    rows, whole = [], []
    for at in range(groups):
        values, of = figures(metric, managers, random, share)
        low, high = interval(metric, values, of)
        told = {"member_id": str(at), "value": float(values.mean()), "ci_low": float(low), "ci_high": float(high)}
        rows.append(told | {"n_clusters": managers, "ci_method": METHODS[metric]})
        whole.append(values)
    return told_apart(pl.DataFrame(rows), float(np.concatenate(whole).mean())).height > 0


def rate(metric: str, managers: int, groups: int, times: int, share: float = 0.7) -> float:
    """The share of companies with a false claim."""
    random = np.random.default_rng([managers, groups, times])
    return sum(claims(metric, managers, groups, random, share) for _ in range(times)) / times


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for metric, share in (("average_rating", 0.0), ("goal_completion_rate", 0.7), ("goal_completion_rate", 0.1)):
        for groups in (3, 8, 20):
            shares = ", ".join(f"{managers}: {rate(metric, managers, groups, times, share):.1%}" for managers in MANAGERS)
            sys.stdout.write(f"{metric} {share or ''}, {groups} groups, by managers a group: {shares}\n")
            sys.stdout.flush()
