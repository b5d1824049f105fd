"""What people answer to a survey's questions.

Here: scores by topic, from the team's workload, the time since the last promotion, pay, manager, team and person. Not here:
who is asked, who answers, and the table (engagement.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import Days, Floats
from seeds.company.history.drivers import SETTLED_YEARS, STUCK_YEARS, YEAR
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History

DRIVERS = ["workload", "growth", "manager", "pay", "belonging", "recommend"]
WORKLOAD, GROWTH, MANAGER, PAY, BELONGING, RECOMMEND = range(6)
# Points of ten: the mean of each topic; what lifts them to where they are without any strain or standstill is in them.
MEANS = np.array([6.8, 7.4, 7.6, 6.2, 7.4, 8.1])
# A manager's own part, points of ten: what their people say of them, and through them of everything else.
MANAGER_SD, MANAGER_ELSEWHERE = 0.8, 0.25
RECOMMEND_NOISE = 1.2
TEN = 10
COMMITTED_SHARE = 0.5  # of a person's lasting part: common to all topics
LEAST_NOISE, LEAST_CHANCE = 1e-6, 1e-300  # so that answers without noise, or all but impossible, stay finite evidence

_normal = np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2, otypes=[np.float64])  # distribution function


@dataclass(frozen=True)
class Asked:
    """Who is asked, with where they were on `day`: arrays of one length, -1 for no seat or boss."""

    person: Indices
    day: Days
    seat: Indices
    boss: Indices


def _team(history: History, asked: Asked) -> Indices:
    """The seat from which each one's team is led, whoever sits there."""
    structure = history.structure
    epoch = np.searchsorted(np.array(structure.epoch_starts), asked.day, side="right") - 1
    above = np.stack(structure.parents)[epoch, np.maximum(asked.seat, 0)]
    return np.where(asked.seat >= 0, above, -1)


def _stuck(history: History, asked: Asked) -> Floats:
    """Years without promotion beyond the second, at most four, as far as known on the day."""
    levels = history.workforce.workplace.levels.frame().select("person", "day", since="day").sort("day")
    rows = pl.DataFrame({"person": asked.person, "day": asked.day}).with_row_index("row").sort("day")
    since = rows.join_asof(levels, on="day", by="person", check_sortedness=False).sort("row")["since"].to_numpy()
    years: Floats = np.clip((asked.day - since) / YEAR - SETTLED_YEARS, 0, STUCK_YEARS)
    return years


def _usual(history: History, asked: Asked, driver: Indices) -> Floats:
    """What each would answer without noise if they did not look around, points of ten."""
    parameters, person, day = history.parameters, asked.person, asked.day
    draws = parameters.draws("surveys")
    team = _team(history, asked)
    workload = parameters.survey_workload_effect * history.strain(team, day)
    growth = parameters.survey_growth_effect * _stuck(history, asked)
    manager = MANAGER_SD * draws.sub("manager").normal(asked.boss) * (asked.boss >= 0)
    common = np.sqrt(COMMITTED_SHARE) * draws.sub("committed").normal(person)
    own = common + np.sqrt(1 - COMMITTED_SHARE) * draws.sub("person").normal(person, driver)
    usual: Floats = (
        MEANS[driver]
        + np.select([driver == WORKLOAD, driver == GROWTH, driver == RECOMMEND], [workload, growth, (workload + growth) / 3], 0.0)
        + manager * np.where(driver == MANAGER, 1.0, MANAGER_ELSEWHERE)
        + parameters.survey_team_sd * draws.sub("team").normal(team)
        + parameters.survey_person_sd * own
    )
    return usual


def _noise_sd(history: History, driver: Indices) -> Floats:
    return history.parameters.survey_noise_sd * np.where(driver == RECOMMEND, RECOMMEND_NOISE, 1.0)


def _lowest(score_max: int) -> int:
    return 0 if score_max == TEN else 1


def scores(history: History, asked: Asked, driver: Indices, score_max: int, lift: float = 0.0) -> Floats:
    """One answer each, a whole number from 1 (from 0 on scales of ten) to `score_max`; high is good.

    `lift` is added to all, in points of ten. Somebody's answer to a topic on a day is one and the same, whatever else is asked.
    """
    looking = history.parameters.survey_score_intent_effect * history.looking(asked.person, asked.day)
    noise = history.parameters.draws("surveys").sub("noise").normal(asked.person, asked.day, driver)
    value = _usual(history, asked, driver) + lift + looking + _noise_sd(history, driver) * noise
    lowest = _lowest(score_max)
    result: Floats = np.clip(np.round(lowest + value / TEN * (score_max - lowest)), lowest, score_max)
    return result


def evidence_of(history: History, asked: Asked, driver: Indices, score: Floats, score_max: int, lift: float = 0.0) -> Floats:
    """Log of how much likelier each answer is of somebody who looks around; all but the noise counts as known."""
    effect = history.parameters.survey_score_intent_effect
    if not effect:
        return np.zeros(len(score))
    lowest, usual = _lowest(score_max), _usual(history, asked, driver) + lift
    sd = np.maximum(_noise_sd(history, driver), LEAST_NOISE)
    step = TEN / (score_max - lowest)
    below = np.where(score <= lowest, -np.inf, (score - 0.5 - lowest) * step)
    above = np.where(score >= score_max, np.inf, (score + 0.5 - lowest) * step)

    def chance(middle: Floats) -> Floats:
        likely: Floats = np.maximum(_normal((above - middle) / sd) - _normal((below - middle) / sd), LEAST_CHANCE)
        return likely

    ratio: Floats = np.log(chance(usual + effect) / chance(usual))
    return ratio
