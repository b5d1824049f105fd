"""The unseen frailty of people: a gamma multiplier of mean one, and a few points that stand for its distribution.

Here: Gauss quadrature for a gamma distribution (Golub and Welsch 1969). Not here: what frailty multiplies.
"""

from __future__ import annotations

import numpy as np

from seeds.company.days import Floats

POINTS = 6


def frailty_points(variance: float, points: int = POINTS) -> tuple[Floats, Floats]:
    """Values and weights that integrate polynomials of degree up to 2 x `points` - 1 over the gamma distribution exactly.

    The distribution has mean 1 and `variance`; without variance all weight lies on 1.
    """
    if variance <= 0:
        return np.ones(1), np.ones(1)
    shape = 1 / variance
    order = np.arange(points)
    jacobi = np.diag(2 * order + shape)
    off = np.sqrt(order[1:] * (order[1:] + shape - 1))
    jacobi = jacobi + np.diag(off, 1) + np.diag(off, -1)
    values, vectors = np.linalg.eigh(jacobi)
    return values * variance, vectors[0] ** 2
