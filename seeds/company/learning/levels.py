"""How well people truly master skills, day by day, and what courses truly do to it.

Here: true level = what is usual in the job a person came in (requirements.py) + the person's ability, tied to performance and
tenure + growth of its own pace + effects of completed courses. Not here: how levels are measured (assessments.py), who
takes courses (enrolments.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import Days, Flags, Floats
from seeds.company.history.exits import YEAR
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.courses import COURSE_IDS, MANDATORY, TEACHES
from seeds.company.learning.requirements import Requirements
from seeds.company.learning.skills import SKILL_IDS
from seeds.company.parameters import Parameters
from seeds.company.sink import words

LOWEST, HIGHEST = 1.0, 5.0
AHEAD_OF_JOB = 0.2
# Growth slows down: after many years it has added what this many years would at the first year's pace.
GROWTH_YEARS = 4.0
EFFECT_SPREAD = (0.5, 1.5)
_DAYS = 10**6


def taught() -> tuple[Indices, Indices]:
    """Course and skill of each pair in the catalogue."""
    course = np.repeat(np.arange(len(TEACHES)), [len(skills) for skills in TEACHES])
    return course, np.concatenate([np.array(skills) for skills in TEACHES])


def course_effects(parameters: Parameters) -> Floats:
    """Levels that each course (row) adds to each skill (column): 0 where it teaches nothing, whatever the catalogue says."""
    draws = parameters.draws("course effects")
    effects = np.zeros((len(COURSE_IDS), len(SKILL_IDS)))
    course, skill = taught()
    size = EFFECT_SPREAD[0] + (EFFECT_SPREAD[1] - EFFECT_SPREAD[0]) * draws.sub("size").uniform(course, skill)
    effects[course, skill] = parameters.course_effect_mean * size * ~useless_courses(parameters)[course]
    return effects


def useless_courses(parameters: Parameters) -> Flags:
    """Which courses teach nothing: the mandatory ones, and a share of the others."""
    course = np.arange(len(COURSE_IDS))
    useless = parameters.draws("course effects").sub("useless").chance(parameters.useless_course_share, course)
    result: Flags = useless | np.array(MANDATORY)
    return result


def effects_truth(effects: Floats) -> pl.DataFrame:
    """Truth `course_effects`: one row per course and skill that the catalogue says it teaches."""
    course, skill = taught()
    return pl.DataFrame({"course_id": words(COURSE_IDS, course), "skill_id": words(SKILL_IDS, skill), "effect": effects[course, skill]})


class Levels:
    """True levels; courses are added to them as they are completed."""

    def __init__(self, history: History, requirements: Requirements) -> None:
        parameters, structure = history.parameters, history.structure
        self._draws = parameters.draws("skill levels")
        self._specific_sd = parameters.skill_specific_sd
        self._typical = requirements.typical
        first_hired = history.people["first_hired"]
        person = np.arange(len(first_hired))
        self._entry: Days = np.maximum(first_hired, history.start)
        job = history.assigned_on(person, self._entry)
        seat = job["seat"].to_numpy()
        self._position = requirements.position(structure.division[seat], job["level"].to_numpy(), structure.leads[seat])
        tenure = (self._entry - first_hired) / YEAR
        self._ability: Floats = (
            AHEAD_OF_JOB
            + parameters.skill_performance_effect * history.performance(person, self._entry)
            + parameters.skill_tenure_effect * (np.log1p(tenure) - 1)
            + parameters.skill_ability_sd * self._draws.sub("ability").normal(person)
        )  # fmt: skip
        self.pace: Floats = self._draws.sub("pace").normal(person)
        self._growth = parameters.skill_growth_mean + parameters.skill_growth_sd * self.pace
        self._gain_key = np.empty(0, dtype=np.int64)
        self._gain_total = np.zeros(1)

    def learn(self, person: Indices, skill: Indices, day: Days, gain: Floats) -> None:
        """`gain` is added to the level of each person in each skill from `day` on."""
        key = np.concatenate((self._gain_key, (person * len(SKILL_IDS) + skill) * _DAYS + day))
        order = np.argsort(key, kind="stable")
        gains = np.concatenate((np.diff(self._gain_total), gain))[order]
        self._gain_key, self._gain_total = key[order], np.concatenate(([0.0], np.cumsum(gains)))

    def _learnt(self, person: Indices, skill: Indices, day: Days) -> Floats:
        """What courses have added up to `day`."""
        first = (person * len(SKILL_IDS) + skill) * _DAYS
        until = np.searchsorted(self._gain_key, first + day, side="right")
        result: Floats = self._gain_total[until] - self._gain_total[np.searchsorted(self._gain_key, first)]
        return result

    def on(self, person: Indices, skill: Indices, day: Days) -> Floats:
        """True level of each person in each skill on each day, 1 to 5."""
        years = np.maximum(day - self._entry[person], 0) / YEAR
        grown = self._growth[person] * GROWTH_YEARS * (1 - np.exp(-years / GROWTH_YEARS))
        specific = self._specific_sd * self._draws.sub("specific").normal(person, skill)
        level = self._typical[self._position[person], skill] + self._ability[person] + specific + grown
        result: Floats = np.clip(level + self._learnt(person, skill, day), LOWEST, HIGHEST)
        return result
