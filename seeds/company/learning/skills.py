"""The catalogue of skills: what positions ask for and people are assessed in.

Here: identifiers, names, categories and which job families a skill belongs to. Not here: what a position requires
(requirements.py), what anybody masters (levels.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.history.structure import FAMILIES

EVERYBODY = -1
_CATALOGUE = [
    ("Software design", "technical", 0), ("Testing and automation", "technical", 0), ("Cloud operations", "technical", 0),
    ("Negotiation", "technical", 1), ("Pipeline management", "technical", 1),
    ("Process improvement", "technical", 2), ("Supply planning", "technical", 2),
    ("Troubleshooting", "technical", 3), ("Ticket handling", "technical", 3),
    ("User research", "technical", 4), ("Roadmap planning", "technical", 4),
    ("Campaign planning", "technical", 5), ("Search and web analytics", "technical", 5),
    ("Financial modelling", "technical", 6), ("Reporting and closing", "technical", 6),
    ("Recruiting", "technical", 7), ("Labour law basics", "technical", 7),
    ("Product architecture", "domain", 0), ("Customer industries", "domain", 1), ("Logistics market", "domain", 2),
    ("Product knowledge", "domain", 3), ("Market and competitors", "domain", 4), ("Brand and media", "domain", 5),
    ("Accounting standards", "domain", 6), ("Pay and benefits", "domain", 7),
    ("Clear writing", "communication", EVERYBODY), ("Presenting", "communication", EVERYBODY),
    ("Active listening", "communication", EVERYBODY), ("Stakeholder management", "communication", EVERYBODY),
    ("Collaboration", "teamwork", EVERYBODY), ("Sharing knowledge", "teamwork", EVERYBODY), ("Resolving conflicts", "teamwork", EVERYBODY),
    ("Coaching", "leadership", EVERYBODY), ("Delegating", "leadership", EVERYBODY), ("Setting direction", "leadership", EVERYBODY),
    ("Making decisions", "leadership", EVERYBODY), ("Leading change", "leadership", EVERYBODY),
    ("Data literacy", "other", EVERYBODY), ("Planning own work", "other", EVERYBODY), ("Security and compliance", "other", EVERYBODY),
]  # fmt: skip

SKILLS: list[tuple[str, str, str]] = [
    (f"S{number:03d}", name, category) for number, (name, category, _) in enumerate(_CATALOGUE, start=1)
]  # fmt: skip
SKILL_IDS = [skill_id for skill_id, _, _ in SKILLS]
SKILL_CATEGORIES = [category for _, _, category in SKILLS]
# Index into FAMILIES of the job family a skill belongs to; EVERYBODY where it belongs to none in particular.
SKILL_FAMILY = [family for _, _, family in _CATALOGUE]
SKILLS_OF_FAMILY: dict[str, list[str]] = {
    name: [skill_id for skill_id, family in zip(SKILL_IDS, SKILL_FAMILY, strict=True) if family == number]
    for number, name in enumerate(FAMILIES)
}


def skills_table() -> pl.DataFrame:
    """Table `skills`."""
    return pl.DataFrame(SKILLS, schema=["skill_id", "name", "category"], orient="row")
