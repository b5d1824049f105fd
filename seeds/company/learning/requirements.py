"""What each position requires: how important a skill is to it, and how much of it.

Here: importance and level in the structure of O*NET: importance on 1-5, a skill counts from 3 on; level on 0-7, close to a
line in importance (correlation .97 there), brought to 1-5; both rise with seniority. Not here: what people master.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import Flags, Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.structure import CHIEF_LEVEL, FAMILIES, position_ids, position_table
from seeds.company.learning.skills import SKILL_CATEGORIES, SKILL_FAMILY, SKILL_IDS
from seeds.company.parameters import Parameters

IMPORTANCE = ["must", "should", "nice"]
MUST_FROM, SHOULD_FROM, NICE_FROM = 3.9, 3.4, 3.0
TRACKS = ["individual_contributor", "manager", "executive"]
# Importance by category of skill and track; technical and domain: in the skill's own family.
TYPICAL = {
    "technical": (4.2, 3.3, 2.6), "domain": (3.6, 3.8, 3.9), "communication": (2.9, 3.5, 3.8), "teamwork": (3.1, 3.3, 3.0),
    "leadership": (1.7, 3.7, 4.2), "other": (2.9, 2.8, 2.7),
}  # fmt: skip
ELSEWHERE = 1.4
IMPORTANCE_SD, IMPORTANCE_PER_GRADE = 0.45, 0.07
LEVEL_SLOPE, LEVEL_AT_ZERO, LEVEL_SD, LEVEL_PER_GRADE = 1.4, -1.25, 0.25, 0.26
MIDDLE_GRADE = (3, 8, 10)
HIGHEST_REQUIRED = 4.5


@dataclass(frozen=True)
class Requirements:
    """One row per position, in the order of the catalogue of positions, and one column per skill.

    `typical` is the level that people in a position have on average, of any skill; `required` is NaN where a skill does
    not count; `importance` indexes IMPORTANCE, -1 where it does not count.
    """

    positions: pl.DataFrame
    typical: Floats
    required: Floats
    importance: Indices

    @cached_property
    def skills_of(self) -> Indices:
        """The required skills of each position, one row each, filled up with -1."""
        counts = self.importance >= 0
        first = np.argsort(~counts, axis=1, kind="stable")[:, : int(counts.sum(axis=1).max())]
        result: Indices = np.where(np.take_along_axis(counts, first, axis=1), first, -1)
        return result

    @cached_property
    def _index(self) -> npt.NDArray[np.int64]:
        shape = (len(FAMILIES) + 1, CHIEF_LEVEL + 1, 2)
        division, level, leads = (each.ravel() for each in np.indices(shape))
        codes = position_ids(division, level, leads.astype(np.bool_))
        number = {position: index for index, position in enumerate(self.positions["position_id"])}
        return codes.replace_strict(number, default=-1, return_dtype=pl.Int64).to_numpy().reshape(shape)

    def position(self, division: Indices, level: Indices, leads: Flags) -> Indices:
        """Row of the position of people at `level` who lead (or not) in `division` (-1: the chief executive)."""
        found = self._index[division, level, leads.astype(np.int64)]
        if (found < 0).any():
            message = "people at levels that no position of the catalogue has"
            raise ValueError(message)
        return found

    def table(self) -> pl.DataFrame:
        """Table `position_skill_requirements`."""
        position, skill = np.nonzero(self.importance >= 0)
        return pl.DataFrame(
            {
                "position_id": self.positions["position_id"].gather(position),
                "skill_id": pl.Series(SKILL_IDS).gather(skill),
                "required_level": self.required[position, skill],
                "importance": pl.Series(IMPORTANCE).gather(self.importance[position, skill]),
            }
        )


def require(parameters: Parameters) -> Requirements:
    """What the positions of the catalogue require."""
    draws = parameters.draws("skill requirements")
    positions = position_table()
    family = positions["job_family"].replace_strict({name: number for number, name in enumerate(FAMILIES)}, default=-2).to_numpy()
    track = positions["role_track"].replace_strict({name: number for number, name in enumerate(TRACKS)}).to_numpy()
    grade = positions["job_level"].to_numpy() - np.array(MIDDLE_GRADE)[track]
    of_family, skill = np.array(SKILL_FAMILY), np.arange(len(SKILL_IDS))
    typical = np.array([TYPICAL[category] for category in SKILL_CATEGORIES])[:, track].T
    typical = np.where((of_family < 0) | (of_family == family[:, None]), typical, ELSEWHERE)
    keys = (family[:, None], track[:, None], skill)
    importance = typical + IMPORTANCE_SD * draws.sub("importance").normal(*keys) + IMPORTANCE_PER_GRADE * grade[:, None]
    level = LEVEL_AT_ZERO + LEVEL_SLOPE * importance + LEVEL_SD * draws.sub("level").normal(*keys) + LEVEL_PER_GRADE * grade[:, None]
    on_scale = np.clip(1 + 4 * level / 7, 1.0, HIGHEST_REQUIRED)
    rank = np.select([importance >= MUST_FROM, importance >= SHOULD_FROM, importance >= NICE_FROM], [0, 1, 2], -1)
    rank[np.arange(len(rank)), importance.argmax(axis=1)] = 0  # No job without a skill that it cannot be done without.
    required = np.where(rank >= 0, np.round(on_scale * 2) / 2, np.nan)
    return Requirements(positions, on_scale, required, rank)
