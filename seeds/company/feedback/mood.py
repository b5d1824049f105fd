"""The mood noted in 1:1 meetings.

Here: what it depends on, and what it shows of intent. Not here: when meetings are held (check_ins.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds.company.days import NEVER, Days, Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.sink import Evidence

NOTED = 0.75
USUAL, PERSON_SD, SPREAD = 3.45, 0.4, 0.5
LOWEST, HIGHEST = 1, 5


def _at_most(score: Indices, middle: Floats) -> Floats:
    """Probability of a mood up to `score`: a logistic around `middle`, rounded and cut to the scale."""
    inside = 1 / (1 + np.exp(-(score + 0.5 - middle) / SPREAD))
    return np.where(score < LOWEST, 0.0, np.where(score >= HIGHEST, 1.0, inside))


def probability(score: Indices, middle: Floats) -> Floats:
    """Of exactly this mood."""
    return _at_most(score, middle) - _at_most(score - 1, middle)


@dataclass(frozen=True)
class Mood:
    """Moods of a company: `ratings` are final ratings by regular cycle and person (NaN: none), delivered by `delivered`."""

    history: History
    ratings: npt.NDArray[np.float32]
    delivered: Days

    def _usual(self, person: Indices, team: Indices, day: Days) -> Floats:
        """Middle of the mood of people who do not look around."""
        history, parameters = self.history, self.history.parameters
        cycle = np.searchsorted(self.delivered, day, side="right") - 1
        rating = np.nan_to_num(self.ratings[np.maximum(cycle, 0), person] - 3.0) * (cycle >= 0)
        own = PERSON_SD * parameters.draws("check_ins/mood/person").normal(person)
        result: Floats = (
            USUAL + own + parameters.mood_performance_effect * history.performance(person, day)
            + parameters.mood_rating_effect * rating + parameters.mood_strain_effect * history.strain(team, day)
        )  # fmt: skip
        return result

    def noted(self, key: Indices, person: Indices, team: Indices, day: Days, held: Days, evidence: Evidence) -> Indices:
        """Mood of each meeting planned for `day`: 1 to 5, 0 where none is noted; those not `held` (NEVER) have none."""
        draws, effect = self.history.parameters.draws("check_ins/mood"), self.history.parameters.mood_intent_effect
        score = np.zeros(len(key), dtype=np.int64)
        rows = np.flatnonzero((held < NEVER) & draws.sub("noted").chance(NOTED, key))
        who, when = person[rows], day[rows]
        usual = self._usual(who, team[rows], when)
        uniform = draws.uniform(key[rows])
        felt = usual + effect * self.history.looking(who, when) + SPREAD * np.log(uniform / (1 - uniform))
        score[rows] = np.clip(np.ceil(felt - 0.5), LOWEST, HIGHEST)
        ratio = np.log(probability(score[rows], usual + effect) / probability(score[rows], usual))
        evidence.add(self.history.month_of(when), who, ratio)
        return score


def moods(history: History) -> Mood:
    """Moods, with the ratings that people have been told."""
    regular = [number for number, cycle in enumerate(history.cycles) if cycle.cadence != "probation"]
    ratings = np.full((max(len(regular), 1), len(history.people)), np.nan, dtype=np.float32)
    reviews = history.workforce.reviews
    for place, number in enumerate(regular):
        rows = reviews["cycle"] == number
        ratings[place, reviews["person"][rows]] = reviews["final_rating"][rows]
    return Mood(history, ratings, np.array([history.cycles[number].delivery_due for number in regular], dtype=np.int64))
