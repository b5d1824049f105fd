"""The tables of skills and learning, and the truth about levels and courses.

Here: the order of events (courses are given by what was measured before the quarter, completed courses raise levels, levels are
measured), and the tables' columns. Not here: the laws of each (levels.py, assessments.py, enrolments.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, as_date, date_series, quarters_between
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.assessments import Assessor
from seeds.company.learning.courses import COURSE_IDS, TARGET_LEVEL, TEACHES, course_skills_table, courses_table
from seeds.company.learning.enrolments import KINDS, ONBOARDING, Enroller
from seeds.company.learning.levels import Levels, course_effects, effects_truth, taught
from seeds.company.learning.requirements import Requirements, require
from seeds.company.learning.skills import SKILL_IDS, skills_table
from seeds.company.sink import Evidence, Rows, words

TRAINER_ASSESSES = 0.8
TEST_SHARE = 0.5
SCORE, SCORE_PER_LEVEL, SCORE_SD, PASSED_FROM = 80.0, 9.0, 8.0, 50.0
PEOPLE_AT_A_TIME = 20_000


def _positions(history: History, requirements: Requirements, staff: pl.DataFrame) -> Indices:
    """Row of the position of each of `staff`."""
    structure, seat = history.structure, staff["seat"].to_numpy()
    return requirements.position(structure.division[seat], staff["level"].to_numpy(), structure.leads[seat])


def _scores(history: History, levels: Levels, rows: pl.DataFrame) -> pl.Series:
    """Test results of the completed ones among `rows`, in the courses that end with a test."""
    draws = history.parameters.draws("enrolments").sub("score")
    person, course, kind, completed = (rows[name].to_numpy() for name in ("person", "course", "kind", "completed"))
    tested = (completed <= history.until) & ((kind <= ONBOARDING) | draws.sub("tested").chance(TEST_SHARE, course))
    day = np.where(tested, completed, history.start)
    first_skill = np.array([skills[0] for skills in TEACHES])[course]
    ahead = levels.on(person, first_skill, day) - np.array(TARGET_LEVEL)[course]
    score = SCORE + SCORE_PER_LEVEL * ahead + SCORE_SD * draws.normal(person, rows["quarter"].to_numpy(), kind)
    return pl.Series(np.round(np.clip(score, PASSED_FROM, 100))).set(pl.Series(~tested), None)


def _enrolment_table(history: History, levels: Levels, rows: pl.DataFrame) -> pl.DataFrame:
    """`training_enrollments` of one quarter as known on the last day."""
    rows = rows.filter(pl.col("assigned") <= history.until).sort("assigned", "person", "kind")
    until = history.until
    status = rows.select(
        pl.when(pl.col("completed") <= until).then(pl.lit("completed"))
        .when(pl.col("missed") <= until).then(pl.lit("no_show"))
        .when(pl.col("cancelled") <= until).then(pl.lit("cancelled"))
        .when(pl.col("begins") <= until).then(pl.lit("in_progress"))
        .otherwise(pl.lit("scheduled")).alias("status"),
    ).to_series()  # fmt: skip
    quarter = rows["quarter"].to_numpy()
    day = as_date(int(quarter[0])) if len(quarter) else as_date(history.start)
    employee = history.employee_id(rows["person"])
    completed = rows["completed"].to_numpy()
    return pl.DataFrame(
        {
            "enrollment_id": pl.select(
                pl.format("T{}Q{}-{}-{}", pl.lit(day.year), pl.lit((day.month + 2) // 3), employee, words(KINDS, rows["kind"]))
            ).to_series(),
            "employee_id": employee,
            "course_id": words(COURSE_IDS, rows["course"]),
            "assigned_on": date_series("assigned_on", rows["assigned"].to_numpy()),
            "due_on": date_series("due_on", rows["due"].to_numpy()),
            "completed_on": date_series("completed_on", np.where(completed <= until, completed, NEVER)),
            "status": status,
            "score": _scores(history, levels, rows),
        }
    )


def _skills_learnt(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per completed enrolment of `rows` and skill its course teaches: person, course, skill, completed, kind."""
    course, skill = taught()
    teaches = pl.DataFrame({"course": course, "skill": skill})
    done = rows.filter(pl.col("completed") < NEVER).select("person", "course", "completed", "kind")
    return done.join(teaches, on="course", how="inner", maintain_order="left")


def _levels_truth(history: History, levels: Levels, requirements: Requirements, rows: Rows) -> None:
    """Truth `skill_levels`: of the people employed on the last day, in the skills their position requires."""
    staff = history.staff_on(history.until).filter(~pl.col("temporary"))
    for part in staff.iter_slices(PEOPLE_AT_A_TIME):
        skills = requirements.skills_of[_positions(history, requirements, part)]
        which, column = np.nonzero(skills >= 0)
        person, skill = part["person"].to_numpy()[which], skills[which, column]
        level = levels.on(person, skill, np.full(len(person), history.until))
        rows.truth(
            "skill_levels",
            pl.DataFrame({"employee_id": history.employee_id(person), "skill_id": words(SKILL_IDS, skill), "level": level}),
        )


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """The tables of skills, requirements, assessments, courses and enrolments."""
    requirements, effects = require(history.parameters), course_effects(history.parameters)
    levels = Levels(history, requirements)
    assessor, enroller = Assessor(history, levels, requirements), Enroller(history, levels, requirements)
    rows.table("skills", skills_table())
    rows.table("position_skill_requirements", requirements.table())
    rows.table("training_courses", courses_table())
    rows.table("training_course_skills", course_skills_table())
    rows.truth("course_effects", effects_truth(effects))

    trainer = history.parameters.draws("skill assessments").sub("trainer")
    pending: list[pl.DataFrame] = []
    for first, last in quarters_between(history.parameters.start, history.parameters.until):
        staff = history.staff_on(first).filter(~pl.col("temporary"))
        position = _positions(history, requirements, staff)
        enrolled = enroller.quarter(staff, position, assessor.last_level, (first, last))
        learnt = _skills_learnt(enrolled)
        person, skill, day = (learnt[name].to_numpy() for name in ("person", "skill", "completed"))
        levels.learn(person, skill, day, effects[learnt["course"].to_numpy(), skill])
        pending.append(learnt.filter(pl.col("kind") > ONBOARDING))
        waiting = pl.concat(pending)
        is_due = pl.col("completed") <= last
        done, pending = waiting.filter(is_due), [waiting.filter(~is_due)]
        person, skill, day = (done[name].to_numpy() for name in ("person", "skill", "completed"))
        asked = trainer.chance(TRAINER_ASSESSES, person, done["course"].to_numpy())
        frames = [*assessor.quarter(staff, position, (first, last)), assessor.after_courses(person[asked], skill[asked], day[asked])]
        rows.table("employee_skills", assessor.hand_over(frames))
        rows.table("training_enrollments", _enrolment_table(history, levels, enrolled))
    _levels_truth(history, levels, requirements, rows)
