"""How skills are measured: by the people themselves, managers, peers, review forms, tests, certificates and trainers.

Here: who is assessed by whom in a quarter, in which skills, with what bias and noise, and what was measured last. Not here:
true levels (levels.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import Days, Flags, Floats, as_date, date_series
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.levels import HIGHEST, LOWEST, Levels
from seeds.company.learning.requirements import Requirements
from seeds.company.learning.skills import SKILL_IDS
from seeds.company.sink import words


@dataclass(frozen=True)
class Source:
    """Who says how well people master skills.

    `share`: of all assessments but those after courses; `skills`: chance of each must-have skill once somebody is assessed at all;
    `half_points`: the steps of its scale, else tenths; `rater`: whose lasting leniency it has.
    """

    name: str
    share: float
    skills: float
    half_points: bool
    rater: str | None = None


SOURCES = [
    Source("self", 0.30, 0.60, half_points=True, rater="person"),
    Source("manager", 0.33, 0.70, half_points=True, rater="boss"),
    Source("peer", 0.12, 0.40, half_points=True),
    Source("review", 0.16, 0.40, half_points=True, rater="boss"),
    Source("test", 0.07, 0.15, half_points=False),
    Source("certification", 0.02, 0.12, half_points=False),
]
TRAINING = Source("training", 0.0, 1.0, half_points=True)
REVIEW_MONTHS = (1, 7)
# Skills a source turns to more often, by importance to the position (must, should, nice).
TURNS_TO = np.array([1.0, 0.75, 0.5])
REQUIRED_SKILLS = 8.0 * 0.75


def on_weekdays(day: Days, earliest: npt.ArrayLike) -> Days:
    """Saturdays and Sundays moved back to Friday, unless that is before `earliest`."""
    weekday = (day + 3) % 7
    return np.maximum(day - np.maximum(weekday - 4, 0), earliest)


class Assessor:
    """Measures, and remembers what was measured last."""

    def __init__(self, history: History, levels: Levels, requirements: Requirements) -> None:
        self._history, self._levels, self._requirements = history, levels, requirements
        self._draws = history.parameters.draws("skill assessments")
        self.last_level = np.full((len(history.people), len(SKILL_IDS)), np.nan, dtype=np.float32)

    def _measure(self, source: Source, person: Indices, skill: Indices, day: Days, rater: Indices) -> Floats:
        settings = self._history.parameters.model_dump(include={f"{source.name}_skill_bias", f"{source.name}_skill_noise"})
        bias, noise = settings[f"{source.name}_skill_bias"], settings[f"{source.name}_skill_noise"]
        draws = self._draws.sub(source.name)
        level = self._levels.on(person, skill, day) + bias + noise * draws.sub("noise").normal(person, skill, day)
        if source.rater is not None:
            level += self._history.parameters.skill_rater_sd * self._draws.sub("leniency").normal(rater, source.rater == "boss")
        steps = 2 if source.half_points else 10
        result: Floats = np.clip(np.round(level * steps) / steps, LOWEST, HIGHEST)
        return result

    def _asked(self, source: Source, staff: pl.DataFrame, position: Indices, quarter: tuple[int, int]) -> tuple[Indices, Indices]:
        """Rows of `staff`, and skills, that `source` turns to in `quarter`."""
        first, _ = quarter
        per_year = self._history.parameters.skill_assessments_per_year
        season = 1.0
        if source.name == "review":
            season = 2.0 if as_date(first).month in REVIEW_MONTHS else 0.0
        chance = season * per_year / 4 * source.share / (source.skills * REQUIRED_SKILLS)
        person = staff["person"].to_numpy()
        rows = np.flatnonzero(self._draws.sub(source.name).sub("people").chance(chance, person, first))
        skills = self._requirements.skills_of[position[rows]]
        rank = self._requirements.importance[position[rows][:, None], skills]
        turns = source.skills * TURNS_TO[rank] * (skills >= 0)
        drawn: Flags = self._draws.sub(source.name).sub("skills").chance(turns, person[rows][:, None], np.maximum(skills, 0), first)
        which, column = np.nonzero(drawn)
        return rows[which], skills[which, column]

    def quarter(self, staff: pl.DataFrame, position: Indices, quarter: tuple[int, int]) -> list[pl.DataFrame]:
        """What all sources but trainers say in `quarter` of those in `staff`; each person and source has one day for it."""
        first, last = quarter
        frames = []
        for source in SOURCES:
            rows, skill = self._asked(source, staff, position, quarter)
            person = staff["person"].to_numpy()[rows]
            day = on_weekdays(self._draws.sub(source.name).sub("day").integers(first, last + 1, person, first), first)
            there = day <= self._history.last_day(person, np.full(len(person), first))
            rows, person, skill, day = rows[there], person[there], skill[there], day[there]
            rater = person if source.rater == "person" else staff["boss"].to_numpy()[rows]
            level = self._measure(source, person, skill, day, rater)
            frames.append(self._frame(source, person, skill, day, level))
        return frames

    def after_courses(self, person: Indices, skill: Indices, day: Days) -> pl.DataFrame:
        """What trainers say of those who completed a course on `day`."""
        return self._frame(TRAINING, person, skill, day, self._measure(TRAINING, person, skill, day, person))

    @staticmethod
    def _frame(source: Source, person: Indices, skill: Indices, day: Days, level: Floats) -> pl.DataFrame:
        return pl.DataFrame({"person": person, "skill": skill, "day": day, "level": level}).with_columns(source=pl.lit(source.name))

    def hand_over(self, frames: list[pl.DataFrame]) -> pl.DataFrame:
        """Remember what `frames` say, and return it as rows of `employee_skills` as far as they are known."""
        rows = pl.concat(frames).unique(["person", "skill", "day", "source"], keep="first", maintain_order=True)
        rows = rows.sort("day", "person", "skill", "source")
        self.last_level[rows["person"].to_numpy(), rows["skill"].to_numpy()] = rows["level"].to_numpy()
        seen = rows.filter(pl.col("day") <= self._history.until)
        return pl.DataFrame(
            {
                "employee_id": self._history.employee_id(seen["person"]),
                "skill_id": words(SKILL_IDS, seen["skill"]),
                "assessed_on": date_series("assessed_on", seen["day"].to_numpy()),
                "source": seen["source"],
                "level": seen["level"],
            }
        )
