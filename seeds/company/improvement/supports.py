"""What people on an improvement plan are given: meetings, a mentor, training, coaching.

Here: the table pip_supports. Not here: which plans there are (seen.py), courses (learning/).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER
from seeds.company.draws import Draws, Integers
from seeds.company.history.record import History
from seeds.company.improvement.seen import Plans
from seeds.company.learning.courses import COURSES
from seeds.company.sink import Rows, words

TYPES = ["check_in_meeting", "mentor", "training", "coaching", "other"]
MEETING, MENTOR, TRAINING, COACHING, OTHER = range(5)
GIVEN = np.array([1.0, 0.45, 0.40, 0.40, 0.08])
TRIES = 4
SETTLED_AFTER_DAYS = 180


def _candidates(history: History, month: int) -> tuple[Integers, Integers]:
    """Who can be a mentor in a month, by division, and where each division begins among them."""
    first, structure = history.months[month][0], history.structure
    staff = history.staff_on(first).filter(~pl.col("temporary") & (pl.col("started") <= first - SETTLED_AFTER_DAYS))
    division = structure.division[staff["seat"].to_numpy()]
    order = np.argsort(division, kind="stable")
    divisions = int(structure.division.max()) + 1
    return staff["person"].to_numpy()[order], np.searchsorted(division[order], np.arange(divisions + 1))


def _mentors(plans: Plans, history: History, draws: Draws) -> Integers:
    """A colleague of each plan's person's division, there on the day the plan starts, not the manager; -1 where none is found."""
    seat = history.assigned_on(plans.person, plans.start)["seat"].fill_null(0).to_numpy()
    division = history.structure.division[seat]
    months = history.month_of(plans.start)
    mentor = np.full(len(seat), -1)
    for month in np.unique(months[months >= 0]):
        people, begins = _candidates(history, int(month))
        rows = np.flatnonzero((months == month) & (division >= 0))
        rows = rows[begins[division[rows] + 1] > begins[division[rows]]]
        for attempt in range(TRIES):
            rows = rows[mentor[rows] < 0]
            if len(rows) == 0:
                break
            chosen = people[draws.integers(begins[division[rows]], begins[division[rows] + 1], plans.key[rows], attempt)]
            fits = (chosen != plans.person[rows]) & (chosen != plans.manager[rows])
            fits &= history.last_day(chosen, plans.start[rows]) > -NEVER
            mentor[rows] = np.where(fits, chosen, -1)
    return mentor


def write_supports(plans: Plans, history: History, rows: Rows) -> None:
    """Hand over the table pip_supports."""
    draws = history.parameters.draws("improvement.supports")
    count, kinds = len(plans.person), len(TYPES)
    mentor = _mentors(plans, history, draws.sub("mentor"))
    plan, kind = np.repeat(np.arange(count), kinds), np.tile(np.arange(kinds), count)
    given = draws.sub("given").chance(GIVEN[kind], plans.key[plan], kind) & ((kind != MENTOR) | (mentor[plan] >= 0))
    plan, kind = plan[given], kind[given]
    open_to_all = [course[0] for course in COURSES if not course[-1]]
    course = draws.sub("course").integers(0, len(open_to_all), plans.key[plan])
    rows.table("pip_supports", pl.DataFrame(
        {
            "pip_support_id": plans.parts(plan, "S", kind),
            "pip_id": plans.ids(plan),
            "support_type": words(TYPES, kind),
            "mentor_employee_id": history.employee_id(np.where(kind == MENTOR, mentor[plan], -1)),
            "course_id": words(open_to_all, np.where(kind == TRAINING, course, -1)),
        }
    ))  # fmt: skip
