"""Quantiles of Student's t for whole degrees of freedom, which the product needs without scipy.

Belongs here: the distribution. Does not belong here: what is done with it (comparison).
"""

from __future__ import annotations

from functools import cache
from math import atan, cos, pi, sin, sqrt

MOST = 400  # more degrees of freedom count as 400: the quantile is then too wide by less than one percent


def within(t: float, df: int) -> float:
    """The probability of a value between -t and t: a finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(df))
    is_odd = df % 2
    term = cos(angle) if is_odd else 1.0
    total = term if df > 1 else 0.0
    for k in range(3 if is_odd else 2, df - 1, 2):
        term *= cos(angle) ** 2 * (k - 1) / k
        total += term
    return 2 / pi * (angle + sin(angle) * total) if is_odd else sin(angle) * total


@cache
def quantile(p: float, df: int) -> float:
    """The value that is not exceeded with probability p.

    Args:
        p: above one half, below one.
        df: degrees of freedom, at least 1.
    """
    df = min(df, MOST)
    low, high = 0.0, 1.0
    while (1 + within(high, df)) / 2 < p:
        low, high = high, 2 * high
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if (1 + within(middle, df)) / 2 < p else (low, middle)
    return high
