"""The catalogue of courses: what they are called, who gives them, what they cost and which skills they teach.

Here: what the catalogue says of a course. Not here: what a course really does (levels.py), who takes it (enrolments.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.learning.skills import SKILL_IDS, SKILLS

YEARLY_COURSES = ("C001", "C002")
ONBOARDING_COURSE = "C003"
INTERNAL = "Company Academy"
PROVIDERS = [INTERNAL, "Northgate Training", "Learnfield Online", "Meridian Institute", "Open Lessons"]
# Price of an hour in CURRENCY.
_HOUR_PRICE = {INTERNAL: 0.0, "Northgate Training": 62.0, "Learnfield Online": 9.0, "Meridian Institute": 95.0, "Open Lessons": 0.0}
_CLASSROOM = {INTERNAL, "Northgate Training", "Meridian Institute"}
CURRENCY = "EUR"
_SECURITY, _WRITING, _PRESENTING, _LISTENING, _STAKEHOLDERS = "S040", "S026", "S027", "S028", "S029"
_TOGETHER, _SHARING, _CONFLICTS = "S030", "S031", "S032"
_COACHING, _DELEGATING, _DIRECTION, _DECIDING, _CHANGE, _DATA, _PLANNING = "S033", "S034", "S035", "S036", "S037", "S038", "S039"

# Title, provider (index), hours, target level, skills taught.
_MANDATORY = [
    ("Information Security Awareness", 0, 1.5, 3.0, (_SECURITY,)),
    ("Data Protection in Daily Work", 0, 1.5, 3.0, (_SECURITY,)),
    ("Code of Conduct", 0, 1.0, 2.5, (_SECURITY,)),
]
_GENERAL = [
    ("Writing That Gets Read", 2, 6, 3.5, (_WRITING,)), ("Reports and Proposals", 1, 14, 4.0, (_WRITING,)),
    ("Presenting With Confidence", 1, 14, 3.5, (_PRESENTING,)), ("Speaking to Large Audiences", 3, 16, 4.5, (_PRESENTING,)),
    ("Listening and Asking", 2, 4, 3.5, (_LISTENING,)), ("Difficult Conversations", 1, 8, 4.0, (_LISTENING, _CONFLICTS)),
    ("Working With Stakeholders", 3, 12, 4.0, (_STAKEHOLDERS,)), ("Influence Without Authority", 2, 6, 4.5, (_STAKEHOLDERS, _PRESENTING)),
    ("Team Collaboration Essentials", 0, 6, 3.5, (_TOGETHER,)), ("Remote Teams That Work", 2, 5, 4.0, (_TOGETHER, _PLANNING)),
    ("Documenting and Handing Over", 0, 4, 3.5, (_SHARING, _WRITING)), ("Learning From One Another", 4, 3, 4.0, (_SHARING,)),
    ("Conflict and Mediation", 1, 14, 4.0, (_CONFLICTS,)), ("Coaching for Leaders", 3, 20, 4.0, (_COACHING,)),
    ("First Time Manager", 1, 24, 3.5, (_DELEGATING, _COACHING)), ("Delegation in Practice", 2, 5, 4.0, (_DELEGATING,)),
    ("Strategy for Leaders", 3, 24, 4.5, (_DIRECTION, _DECIDING)), ("Goals and Key Results", 0, 4, 4.0, (_DIRECTION,)),
    ("Decisions Under Uncertainty", 3, 12, 4.5, (_DECIDING,)), ("Leading Through Change", 1, 16, 4.5, (_CHANGE,)),
    ("Change Basics", 4, 3, 3.5, (_CHANGE,)), ("Reading and Using Data", 2, 8, 3.5, (_DATA,)),
    ("Spreadsheets in Depth", 4, 6, 4.0, (_DATA,)), ("Managing Time and Priorities", 4, 3, 3.5, (_PLANNING,)),
    ("Personal Effectiveness", 1, 8, 4.0, (_PLANNING, _DECIDING)),
]  # fmt: skip
_SPECIAL = [("Foundations: {}", 2, 8, 3.5), ("Advanced: {}", 1, 21, 4.5), ("Workshop: {}", 0, 7, 4.0)]


def _special() -> list[tuple[str, int, float, float, tuple[str, ...]]]:
    """One course for each skill of a family, two for the first one of each."""
    found: list[tuple[str, int, float, float, tuple[str, ...]]] = []
    first_of: set[str] = set()
    for number, (skill_id, name, category) in enumerate(SKILLS[:25]):
        title, provider, hours, level = _SPECIAL[number % len(_SPECIAL)]
        found.append((title.format(name), provider, float(hours), level, (skill_id,)))
        if category == "technical" and len(first_of) < 7 and number % 2 == 0:
            first_of.add(skill_id)
            title, _, hours, level = _SPECIAL[(number + 1) % len(_SPECIAL)]
            found.append((title.format(name), 3, float(hours), level, (skill_id,)))
    return found


_CATALOGUE = [*_MANDATORY, *_GENERAL, *_special()]
# course_id, title, provider, hours, cost in CURRENCY, is mandatory.
COURSES: list[tuple[str, str, str, float, float, bool]] = [
    (f"C{number:03d}", title, PROVIDERS[provider], float(hours), round(_HOUR_PRICE[PROVIDERS[provider]] * hours / 5) * 5.0,
     number <= len(_MANDATORY))
    for number, (title, provider, hours, _, _) in enumerate(_CATALOGUE, start=1)
]  # fmt: skip
COURSE_IDS = [course[0] for course in COURSES]
TARGET_LEVEL = [level for _, _, _, level, _ in _CATALOGUE]
# Indices into SKILLS of the skills that each course teaches.
TEACHES: list[tuple[int, ...]] = [tuple(SKILL_IDS.index(skill) for skill in skills) for *_, skills in _CATALOGUE]
MANDATORY = [mandatory for *_, mandatory in COURSES]
IN_CLASSROOM = [provider in _CLASSROOM for _, _, provider, *_ in COURSES]


def courses_table() -> pl.DataFrame:
    """Table `training_courses`."""
    names = ["course_id", "title", "provider", "duration_hours", "cost", "is_mandatory"]
    table = pl.DataFrame(COURSES, schema=names, orient="row")
    return table.with_columns(currency=pl.lit(CURRENCY)).select(*names[:-1], "currency", "is_mandatory")


def course_skills_table() -> pl.DataFrame:
    """Table `training_course_skills`."""
    rows = [
        (course_id, SKILL_IDS[skill], level)
        for course_id, skills, level in zip(COURSE_IDS, TEACHES, TARGET_LEVEL, strict=True)
        for skill in skills
    ]
    return pl.DataFrame(rows, schema=["course_id", "skill_id", "target_level"], orient="row")
