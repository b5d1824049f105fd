"""Who takes which course, and how it goes: yearly and first-day duties, courses for those who fall short, courses people choose.

Here: that courses are given because a level was measured low, that useless ones are chosen by people who improve anyway, and
the days on which an enrolment begins and ends. Not here: what a course does (levels.py), the table (tables.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Days, as_date
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.assessments import on_weekdays
from seeds.company.learning.courses import COURSE_IDS, IN_CLASSROOM, MANDATORY, ONBOARDING_COURSE, TEACHES, YEARLY_COURSES
from seeds.company.learning.levels import Levels, useless_courses
from seeds.company.learning.requirements import Requirements
from seeds.company.learning.skills import SKILLS

YEARLY, ONBOARDING, ASSIGNED, CHOSEN = range(4)
KINDS = ["Y", "O", "A", "S"]
YEARLY_FROM_DAY, YEARLY_DAYS, ONBOARDING_DAYS, FREE_DAYS = 14, 60, 30, 90
# A level that was never measured counts as little short: nobody sees the gap.
UNKNOWN_GAP = -0.8
LARGEST_GAP = 2.5
# Of the required skills about this many are known, with this mean of exp(effect x gap) at the default effect.
TYPICAL_WEIGHT = 6.0
CHOSEN_USEFUL, CHOSEN_USELESS = 0.6, 1.7
CANCELLED_SHARE, NO_SHOW_SHARE, POSTPONED_SHARE = 0.06, 0.05, 0.10
ONLINE_NEVER_DONE, MANDATORY_NEVER_DONE = 0.12, 0.015
MANDATORY_WAIT, ONLINE_WAIT, ONLINE_LASTS = 0.3, 18.0, 15.0
SESSION_AFTER = (20, 80)
POSTPONED_DAYS = (30, 90)


def _teaching() -> Indices:
    """The courses that nobody has to take and that teach each skill: one row per skill, filled up with -1."""
    found = [[course for course, skills in enumerate(TEACHES) if skill in skills and not MANDATORY[course]] for skill in range(len(SKILLS))]
    most = max(len(courses) for courses in found)
    return np.array([courses + [-1] * (most - len(courses)) for courses in found])


class Enroller:
    """Enrols people quarter by quarter, nobody twice in a course but in the mandatory ones."""

    def __init__(self, history: History, levels: Levels, requirements: Requirements) -> None:
        self._history, self._levels, self._requirements = history, levels, requirements
        self._draws = history.parameters.draws("enrolments")
        self._useless, self._teaching = useless_courses(history.parameters), _teaching()
        self._taken = np.zeros((len(history.people), len(COURSE_IDS)), dtype=np.bool_)

    def _course_of(self, person: Indices, skill: Indices, name: str, first: int) -> Indices:
        """One of the courses that teach each `skill`, -1 where it is drawn from none or was taken before."""
        options = self._teaching[skill]
        count = (options >= 0).sum(axis=1)
        course = options[np.arange(len(skill)), self._draws.sub(name).sub("course").integers(0, np.maximum(count, 1), person, first)]
        return np.where((course >= 0) & ~self._taken[person, course], course, -1)

    def _assigned(self, person: Indices, position: Indices, last_level: npt.NDArray[np.float32], first: int) -> tuple[Indices, Indices]:
        """People and courses they are given in the quarter, the likelier the lower a required skill was measured."""
        parameters, draws = self._history.parameters, self._draws.sub("assigned")
        skills = self._requirements.skills_of[position]
        required = self._requirements.required[position[:, None], skills]
        gap = np.nan_to_num(required - last_level[person[:, None], skills], nan=UNKNOWN_GAP)
        weight = np.exp(parameters.course_assignment_effect * np.clip(gap, -LARGEST_GAP, LARGEST_GAP)) * (skills >= 0)
        total = np.cumsum(weight, axis=1)
        given = draws.chance(1 - np.exp(-parameters.course_assigned_rate / TYPICAL_WEIGHT * total[:, -1]), person, first)
        rows = np.flatnonzero(given)
        point = draws.sub("skill").uniform(person[rows], first) * total[rows, -1]
        skill = skills[rows, (total[rows] < point[:, None]).sum(axis=1)]
        course = self._course_of(person[rows], skill, "assigned", first)
        return person[rows][course >= 0], course[course >= 0]

    def _chosen(self, person: Indices, position: Indices, first: int) -> tuple[Indices, Indices]:
        """People and courses they choose themselves; a useless one the likelier the faster they grow anyway."""
        parameters, draws = self._history.parameters, self._draws.sub("chosen")
        skills = self._requirements.skills_of[position]
        column = draws.sub("skill").integers(0, (skills >= 0).sum(axis=1), person, first)
        course = self._course_of(person, skills[np.arange(len(person)), column], "chosen", first)
        effect = parameters.course_improver_effect
        useless = CHOSEN_USELESS * np.exp(effect * self._levels.pace[person] - effect**2 / 2)
        rate = parameters.course_chosen_rate * np.where(self._useless[course], useless, CHOSEN_USEFUL)
        takes = (course >= 0) & draws.chance(1 - np.exp(-rate), person, first)
        return person[takes], course[takes]

    def _duties(self, quarter: tuple[int, int]) -> list[tuple[int, Indices, Indices, Days, Days]]:
        """Kind, people, course, day and due day of the mandatory courses of a quarter."""
        first, last = quarter
        spells = self._history.spells
        came = spells.filter((pl.col("start") >= max(first, self._history.start)) & (pl.col("start") <= last))
        person, day = came["person"].to_numpy(), came["start"].to_numpy()
        onboarding = np.full(len(person), COURSE_IDS.index(ONBOARDING_COURSE))
        duties = [(ONBOARDING, person, onboarding, day, day + ONBOARDING_DAYS)]
        date = as_date(first)
        if date.month == 1:
            day_of_all = first + YEARLY_FROM_DAY
            person = self._history.staff_on(day_of_all)["person"].to_numpy()
            course = np.full(len(person), COURSE_IDS.index(YEARLY_COURSES[date.year % len(YEARLY_COURSES)]))
            day = np.full(len(person), day_of_all)
            duties.append((YEARLY, person, course, day, day + YEARLY_DAYS))
        return duties

    def quarter(
        self, staff: pl.DataFrame, position: Indices, last_level: npt.NDArray[np.float32], quarter: tuple[int, int]
    ) -> pl.DataFrame:
        """The enrolments of a quarter with all their days, as far as they may ever come."""
        first, last = quarter
        person = staff["person"].to_numpy()
        given = self._assigned(person, position, last_level, first)
        self._taken[given] = True
        chosen = self._chosen(person, position, first)
        self._taken[chosen] = True
        parts = self._duties(quarter)
        for kind, (who, course) in ((ASSIGNED, given), (CHOSEN, chosen)):
            day = on_weekdays(self._draws.sub("day").integers(first, last + 1, who, first, kind), first)
            parts.append((kind, who, course, day, day + FREE_DAYS))
        frames = [
            pl.DataFrame({"person": who, "course": course, "assigned": day, "due": due}).with_columns(kind=pl.lit(kind))
            for kind, who, course, day, due in parts
        ]
        rows = pl.concat(frames).with_columns(quarter=pl.lit(first))
        there = rows["assigned"].to_numpy() <= self._history.last_day(rows["person"].to_numpy(), rows["assigned"].to_numpy())
        return self._course_of_events(rows.filter(pl.Series(there)))

    def _course_of_events(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`begins`, `completed`, `cancelled` and `missed`: days, NEVER where it does not come to it."""
        person, kind, first = (rows[name].to_numpy() for name in ("person", "kind", "quarter"))
        assigned, due = rows["assigned"].to_numpy(), rows["due"].to_numpy()
        keys, draws = (person, first, kind), self._draws.sub("events")
        mandatory = kind <= ONBOARDING
        classroom = np.array(IN_CLASSROOM)[rows["course"].to_numpy()] & ~mandatory

        session = assigned + draws.sub("session").integers(*SESSION_AFTER, *keys)
        postponed = draws.sub("postponed").chance(POSTPONED_SHARE, *keys)
        session = session + postponed * draws.sub("later").integers(*POSTPONED_DAYS, *keys)
        session = on_weekdays(session, assigned)
        fate = draws.sub("fate").uniform(*keys)
        called_off = classroom & (fate < CANCELLED_SHARE)
        missed = classroom & ~called_off & (fate < CANCELLED_SHARE + NO_SHOW_SHARE)

        wait = np.exp(0.8 * draws.sub("wait").normal(*keys)) * np.where(mandatory, MANDATORY_WAIT * (due - assigned), ONLINE_WAIT)
        lasts = np.where(mandatory, 0, ONLINE_LASTS * np.exp(0.8 * draws.sub("lasts").normal(*keys))).astype(np.int64)
        begins = np.where(classroom, session, assigned + wait.astype(np.int64))
        ends = np.where(classroom, session + draws.sub("days").integers(0, 3, *keys), on_weekdays(begins + lasts, begins))
        never = ~classroom & (fate < np.where(mandatory, MANDATORY_NEVER_DONE, ONLINE_NEVER_DONE))
        given_up = never & ~mandatory & draws.sub("given up").chance(0.5, *keys)
        given_up_on = np.where(given_up, due + draws.sub("when").integers(1, 60, *keys), NEVER)
        ended = np.where(called_off, session - 1, given_up_on)
        completed = np.where(called_off | missed | never, NEVER, ends)
        missed_on = np.where(missed, session, NEVER)

        # Who leaves first takes no course any more: what is open is called off with them.
        leaves = self._history.last_day(person, assigned)
        gone = leaves < np.minimum.reduce([completed, ended, missed_on])
        ended = np.where(gone, leaves, ended)
        return rows.with_columns(
            begins=pl.Series(np.where(begins <= leaves, begins, NEVER)), completed=pl.Series(np.where(gone, NEVER, completed)),
            missed=pl.Series(np.where(gone, NEVER, missed_on)), cancelled=pl.Series(ended),
        )  # fmt: skip
