"""Random draws that depend on nothing but the seed, the name of what is drawn and whom it is about.

Here: counter-based draws (Salmon and others 2011, "Parallel random numbers: as easy as 1, 2, 3"): a draw is a hash of its
keys, so that neither the order of the draws, nor how many others there are, nor the last day that is asked for changes
it. Not here: what is drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.uint64]
Keys = npt.ArrayLike

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_UNIT = 1.0 / 2**53
_SECOND = 0x5851F42D4C957F2D
MOST_EVENTS = 200


def _mixed(values: Numbers) -> Numbers:
    """The finisher of splitmix64: every bit of the result depends on every bit of `values`."""
    values = (values ^ (values >> _SHIFTS[0])) * _FACTORS[0]
    values = (values ^ (values >> _SHIFTS[1])) * _FACTORS[1]
    return values ^ (values >> _SHIFTS[2])


@dataclass(frozen=True)
class Draws:
    """Draws of one name. Keys are whole numbers or arrays of them, broadcast against one another."""

    seed: int
    name: str

    def sub(self, name: str) -> Draws:
        """Draws of another name below this one, independent of it."""
        return Draws(self.seed, f"{self.name}/{name}")

    def generator(self, *numbers: int) -> np.random.Generator:
        """A generator for draws in bulk whose number the past alone decides (a month's, a cycle's)."""
        digest = hashlib.blake2b(f"{self.seed}/{self.name}".encode(), digest_size=8).digest()
        return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest, "little"), spawn_key=tuple(numbers)))

    def bits(self, *keys: Keys) -> Numbers:
        """64 random bits per combination of `keys`."""
        digest = hashlib.blake2b(f"{self.seed}/{self.name}".encode(), digest_size=8).digest()
        state: Numbers = np.uint64(int.from_bytes(digest, "little")) + np.zeros(1, dtype=np.uint64)
        with np.errstate(over="ignore"):
            for key in keys:
                number = np.asarray(key, dtype=np.int64).astype(np.uint64)
                state = _mixed((state ^ number) * _GOLDEN + _FACTORS[1])
        return state if any(np.ndim(key) for key in keys) else state.reshape(())

    def uniform(self, *keys: Keys) -> Floats:
        """Above 0 and below 1."""
        result: Floats = ((self.bits(*keys) >> np.uint64(11)).astype(np.float64) + 0.5) * _UNIT
        return result

    def normal(self, *keys: Keys) -> Floats:
        """Standard normal (Box and Muller 1958)."""
        result: Floats = np.sqrt(-2 * np.log(self.uniform(*keys))) * np.cos(2 * np.pi * self.uniform(*keys, _SECOND))
        return result

    def chance(self, probability: Floats | float, *keys: Keys) -> Flags:
        """True with `probability`."""
        result: Flags = self.uniform(*keys) < probability
        return result

    def integers(self, low: npt.ArrayLike, high: npt.ArrayLike, *keys: Keys) -> Integers:
        """Whole numbers from `low` up to but without `high`."""
        width = np.asarray(high) - np.asarray(low)
        result: Integers = np.asarray(low) + np.floor(self.uniform(*keys) * width).astype(np.int64)
        return result

    def choice(self, weights: npt.ArrayLike, *keys: Keys) -> Integers:
        """An index with probability in proportion to `weights` (one dimension)."""
        cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
        result: Integers = np.searchsorted(cumulated, self.uniform(*keys) * cumulated[-1], side="right").astype(np.int64)
        return np.minimum(result, len(cumulated) - 1)

    def exponential(self, mean: npt.ArrayLike, *keys: Keys) -> Floats:
        """Exponential with `mean`."""
        result: Floats = -np.asarray(mean) * np.log(self.uniform(*keys))
        return result

    def poisson(self, mean: npt.ArrayLike, *keys: Keys) -> Integers:
        """Poisson with `mean` (by inversion; for means up to about 50)."""
        uniform = self.uniform(*keys)
        rate = np.broadcast_to(np.asarray(mean, dtype=np.float64), uniform.shape)
        term = np.exp(-rate)
        total, count = term.copy(), np.zeros(uniform.shape, dtype=np.int64)
        for number in range(1, MOST_EVENTS):
            beyond = uniform > total
            if not beyond.any():
                break
            count += beyond
            term = term * rate / number
            total = total + term
        return count
