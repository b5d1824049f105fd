"""How well people do, and how their managers rate them.

Here: the performance process (a lasting level and a local trend that fades), and the formula
rating = compression x performance + severity + quality of the team + rater x ratee + noise, on half points from 1 to 5,
then calibration. Not here: when reviews are written and signed, and what ratings lead to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds.company.days import Floats
from seeds.company.parameters import Parameters

# The trend is an AR(2) per half year with roots TREND and SLOPE: a slope that fades moves a state that returns.
TREND, SLOPE = 0.85, 0.60
_PHI1, _PHI2 = TREND + SLOPE, -TREND * SLOPE
_TREND_VARIANCE = (1 - _PHI2) / ((1 + _PHI2) * ((1 - _PHI2) ** 2 - _PHI1**2))
SELF_BIAS, SELF_NOISE = 0.25, 0.35


@dataclass
class Performance:
    """The process of every person known so far, on the rating scale. Grows as people are hired."""

    level: Floats
    trend: Floats
    trend_before: Floats

    def value(self) -> Floats:
        """Performance of each person now."""
        return self.level + self.trend

    def advance(self, trend_sd: float, random: np.random.Generator) -> None:
        """Half a year passes."""
        shock = random.standard_normal(len(self.level)) * trend_sd / np.sqrt(_TREND_VARIANCE)
        following = _PHI1 * self.trend + _PHI2 * self.trend_before + shock
        self.trend_before, self.trend = self.trend, following

    def add(self, quality: Floats, parameters: Parameters, random: np.random.Generator) -> None:
        """People of some lasting `quality` (standard normal) join, their trend drawn from its stationary distribution."""
        count = len(quality)
        trend = random.standard_normal(count)
        correlation = _PHI1 / (1 - _PHI2)
        before = correlation * trend + np.sqrt(1 - correlation**2) * random.standard_normal(count)
        level = parameters.performance_mean + parameters.performance_sd * quality
        self.level = np.concatenate((self.level, level))
        self.trend = np.concatenate((self.trend, parameters.trend_sd * trend))
        self.trend_before = np.concatenate((self.trend_before, parameters.trend_sd * before))


def half_points(values: Floats) -> Floats:
    """Values on the rating scale: the nearest half point within 1 and 5."""
    return np.clip(np.round(values * 2) / 2, 1.0, 5.0)


def _lasting_view(rater: npt.NDArray[np.int64], ratee: npt.NDArray[np.int64], seed: int) -> Floats:
    """A standard normal per pair that is the same in each cycle, without a table of pairs.

    Two hashes (splitmix64) of the pair feed a Box-Muller transform.
    """
    uniforms = []
    for stream in (1, 2):
        pair = rater.astype(np.uint64) << np.uint64(32) | ratee.astype(np.uint64)
        mixed = pair + np.uint64((seed * 2 + stream) * 0x9E3779B97F4A7C15 % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
        uniforms.append(((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53)
    result: Floats = np.sqrt(-2 * np.log(uniforms[0])) * np.cos(2 * np.pi * uniforms[1])
    return result


@dataclass(frozen=True)
class Ratings:
    """Ratings of one cycle, one entry per review."""

    self_rating: Floats
    manager_rating: Floats
    final_rating: Floats


def rate(
    performance: Floats, compression: Floats, added: Floats, rater: npt.NDArray[np.int64], ratee: npt.NDArray[np.int64],
    *, parameters: Parameters, random: np.random.Generator,
) -> Ratings:  # fmt: skip
    """Ratings of `ratee` by `rater`; all arrays have one entry per review, on the rating scale.

    `added` is what does not depend on the person: the rater's severity, the quality of the team, a shift of the scale.
    Calibration moves half points, down more often than up, mostly where the rating stands far from the others'.
    """
    count = len(performance)
    centre = parameters.performance_mean
    noise = parameters.rating_noise_sd * random.standard_normal(count)
    view = parameters.rater_ratee_sd * _lasting_view(rater, ratee, parameters.seed)
    opinion = centre + compression * (performance - centre) + added + view + noise
    manager_rating = half_points(opinion)
    self_rating = half_points(performance + SELF_BIAS + SELF_NOISE * random.standard_normal(count))

    surprise = np.clip((manager_rating - performance) / 0.5, -1.5, 1.5)
    draw = random.random(count)
    down = draw < parameters.calibration_down_share * np.exp(surprise) / 1.25
    up = draw > 1 - parameters.calibration_up_share * np.exp(-surprise) / 1.25
    final_rating = np.clip(manager_rating - 0.5 * down + 0.5 * (up & ~down), 1.0, 5.0)
    return Ratings(self_rating, manager_rating, final_rating)
