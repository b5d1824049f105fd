"""The forms of reviews: one per role track, and one for the end of probation.

Here: their items and who fills in which. Not here: ratings of the items (assessments.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import Flags
from seeds.company.history.ledger import Indices
from seeds.company.learning.skills import SKILLS

TEMPLATES = [
    ("RT-IC", "Review of individual contributors", "individual_contributor"),
    ("RT-MGR", "Review of managers", "manager"),
    ("RT-EXE", "Review of executives", "executive"),
    ("RT-PRO", "End of probation", "any"),
]
INDIVIDUAL, MANAGER, EXECUTIVE, PROBATION = range(4)
FIRST_EXECUTIVE_LEVEL = 10
# Of each form: section, prompt, weight and the skill asked about. The rated items come first.
ITEMS = {
    "RT-IC": [
        ("goals", "How far were the goals of the period reached?", 40.0, None),
        ("competencies", "How well is the work planned, and how good is it?", 25.0, "Planning own work"),
        ("competencies", "How does the person work with others and share what they know?", 20.0, "Sharing knowledge"),
        ("values", "How does the person act on what we stand for?", 15.0, None),
        ("narrative", "What should the person keep doing?", 0.0, None),
        ("narrative", "What should the person do next?", 0.0, None),
    ],
    "RT-MGR": [
        ("goals", "How far were the goals of the team reached?", 35.0, None),
        ("competencies", "How well are people led, and helped to grow?", 30.0, "Coaching"),
        ("competencies", "How well is work planned, handed out and followed up?", 20.0, "Delegating"),
        ("values", "How does the person act on what we stand for?", 15.0, None),
        ("narrative", "What does the team value in how it is led?", 0.0, None),
        ("narrative", "What should change in how the team is led?", 0.0, None),
    ],
    "RT-EXE": [
        ("goals", "How far were the goals of the division reached?", 40.0, None),
        ("competencies", "How sound are direction and decisions?", 25.0, "Making decisions"),
        ("competencies", "How well are leaders chosen and developed?", 20.0, "Coaching"),
        ("values", "How does the person stand for the company, inside and outside?", 15.0, None),
        ("narrative", "What has the division to thank this person for?", 0.0, None),
        ("narrative", "What is the one thing to change next year?", 0.0, None),
    ],
    "RT-PRO": [
        ("goals", "Were the aims of the first months met?", 40.0, None),
        ("competencies", "How fast did the person learn the job?", 25.0, None),
        ("competencies", "How does the person work with the team?", 20.0, "Collaboration"),
        ("values", "How does the person act on what we stand for?", 15.0, None),
        ("narrative", "Should the employment go on, and what is needed for it?", 0.0, None),
    ],
}  # fmt: skip
RATED_ITEMS = 4


def templates_of(leads: Flags, level: Indices, *, is_probation: bool) -> Indices:
    """Index into TEMPLATES of people who lead (or not) at `level`."""
    by_track = np.where(leads, np.where(level >= FIRST_EXECUTIVE_LEVEL, EXECUTIVE, MANAGER), INDIVIDUAL)
    return np.full(len(leads), PROBATION) if is_probation else by_track


def template_table() -> pl.DataFrame:
    """Table `review_templates`."""
    return pl.DataFrame(TEMPLATES, schema=["review_template_id", "name", "role_track"], orient="row")


def item_ids(template: Indices, item: Indices) -> pl.Series:
    """Identifiers of the items numbered `item` (from 0) of each template index."""
    names = pl.Series([f"{name}-{number + 1}" for name, _, _ in TEMPLATES for number in range(RATED_ITEMS)])
    return names.gather(template * RATED_ITEMS + item)


def item_table() -> pl.DataFrame:
    """Table `review_template_items`."""
    skill_ids = {name: skill_id for skill_id, name, _ in SKILLS}
    rows = [
        (f"{template}-{number + 1}", template, section, prompt, skill_ids.get(skill or ""), weight)
        for template, items in ITEMS.items()
        for number, (section, prompt, weight, skill) in enumerate(items)
    ]
    schema = {"review_template_item_id": pl.String, "review_template_id": pl.String, "section": pl.String, "prompt": pl.String,
              "skill_id": pl.String, "weight_pct": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
