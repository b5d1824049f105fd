"""Which skill a text is about.

Here: the choice of a skill by aspect and job family. Not here: the catalogue (learning/skills.py).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from seeds.company.days import Days
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import FAMILIES
from seeds.company.learning.skills import EVERYBODY, SKILL_CATEGORIES, SKILL_FAMILY, SKILL_IDS
from seeds.company.text.compose import ASPECTS

CATEGORY = {"communication": "communication", "teamwork": "teamwork", "leadership": "leadership", "recognition": "leadership",
            "technical": "technical", "customer": "domain", "delivery": "other", "quality": "technical"}  # fmt: skip


@lru_cache(maxsize=1)
def _candidates() -> list[list[int]]:
    """Skills by aspect and job family, families fastest; none for aspects that are no skill."""
    return [
        [
            number for number, (category, of) in enumerate(zip(SKILL_CATEGORIES, SKILL_FAMILY, strict=True))
            if category == CATEGORY.get(aspect) and of in {EVERYBODY, family}
        ]
        for aspect in ASPECTS for family in range(len(FAMILIES))
    ]  # fmt: skip


def skill_ids(history: History, aspect: Indices, about: Indices, day: Days, key: Indices) -> pl.Series:
    """A skill that fits `aspect` (-1: none) and the job of `about` on `day`; null where there is none."""
    lists = _candidates()
    size = np.array([len(skills) for skills in lists])
    flat, first = np.array([number for skills in lists for number in skills]), np.cumsum(size) - size
    seat = history.assigned_on(about, day)["seat"].fill_null(0).to_numpy()
    family = history.structure.division[seat]
    cell = np.maximum(aspect, 0) * len(FAMILIES) + np.maximum(family, 0)
    there = (aspect >= 0) & (family >= 0) & (size[cell] > 0)
    chosen = first[cell] + history.parameters.draws("feedback/skill").integers(0, np.maximum(size[cell], 1), key)
    skill = flat[np.where(there, chosen, 0)]
    return pl.Series("skill_id", SKILL_IDS, dtype=pl.String).gather(skill).set(pl.Series(~there), None)
