"""The tables of goals as known on the last day: goals, key results, participants and updates, quarter by quarter.

Here: the order of things, and the columns of the table goals. Not here: who gets which goals (cascade.py), how they go
(progress.py), updates (updates.py), measures (key_results.py), who shares them (sharing.py), wording (titles.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, date_series
from seeds.company.draws import Floats, Integers
from seeds.company.goals import titles as wording
from seeds.company.goals.cascade import Quarter, quarters
from seeds.company.goals.key_results import write_key_results
from seeds.company.goals.keys import goal_ids, turns
from seeds.company.goals.progress import COMPLETED, NOT_STARTED, STATUSES, Course, play
from seeds.company.goals.sharing import write_participants
from seeds.company.goals.updates import Updates, updates, write_updates
from seeds.company.history.record import History
from seeds.company.people.tables import department_ids
from seeds.company.sink import Evidence, Rows, words

DESCRIBED = 0.35
CANCEL_REASONS = ["Priorities changed", "Merged with another goal", "Budget withdrawn", "No longer needed"]
SLIP_REASONS = ["Not feasible in the time left", "Out of reach this quarter", "Stopped after the deadline had passed"]
OWNER_GONE = "Owner left"
REASONS = [*CANCEL_REASONS, *SLIP_REASONS, OWNER_GONE]


def _cycle_ids(target: Days, history: History) -> pl.Series:
    """The regular cycle in whose half year a goal is due, null where it has not opened yet."""
    cycles = [cycle for cycle in history.cycles if cycle.cadence != "probation" and cycle.opens <= history.until]
    ends = np.array([cycle.period_end for cycle in cycles], dtype=np.int64)
    number = np.searchsorted(ends, target)
    return words([*(cycle.review_cycle_id for cycle in cycles), ""], np.where(number == len(ends), -1, number))


def _progress(course: Course, seen: Integers, status: Integers, told: Updates, until: int) -> Floats:
    """What the system says: of the last update, else of the last day; completed goals are at 100."""
    progress = np.zeros(len(course.start))
    progress[seen] = course.progress(seen, np.full(len(seen), until))
    progress[told.goal] = told.progress
    return np.select([status == COMPLETED, status == NOT_STARTED], [100.0, 0.0], progress[seen])


def _reasons(quarter: Quarter, course: Course, seen: Integers, history: History) -> pl.Series:
    """Why goals were cancelled: the owner had gone, they were past their date, or something else."""
    draws, key = history.parameters.draws("goals.reasons"), quarter.goals["key"][seen]
    cancelled = course.cancelled[seen]
    any_reason = draws.sub("plain").integers(0, len(CANCEL_REASONS), key)
    slipped = len(CANCEL_REASONS) + draws.sub("slipped").integers(0, len(SLIP_REASONS), key)
    gone = cancelled == quarter.goals["owner_end"][seen]
    index = np.select([cancelled > history.until, gone, cancelled > course.first_target[seen]], [-1, len(REASONS) - 1, slipped], any_reason)
    return words(REASONS, index)


def _descriptions(quarter: Quarter, course: Course, seen: Integers, history: History, rows: Rows) -> pl.Series:
    """Descriptions of a share of the goals, by their owners (company goals: by the chief executive)."""
    goals = quarter.goals
    key = goals["key"][seen]
    has = np.flatnonzero(history.parameters.draws("goals.described").chance(DESCRIBED, key))
    key, owner = key[has], goals["owner"][seen[has]]
    author, day = np.where(owner >= 0, owner, quarter.chief), course.appears[seen[has]]
    feeling = np.where(author >= 0, history.performance(np.maximum(author, 0), day), 0.0)
    written = history.writing.texts("goal_description", key=key, author=author, about=owner, day=day, feeling=feeling)
    rows.truth("text_labels", written.labels("goals", "description", goal_ids(key)))
    place = np.full(len(seen), -1)
    place[has] = np.arange(len(has))
    text = written.text if len(has) else pl.Series([""], dtype=pl.String)
    return text.gather(np.maximum(place, 0)).set(pl.Series(place < 0), None)


def _write_goals(quarter: Quarter, course: Course, seen: Integers, told: Updates, history: History, rows: Rows) -> None:
    goals, until = quarter.goals, history.until
    draws = history.parameters.draws("goals.titles")
    key, status, target = goals["key"][seen], course.status(until)[seen], course.target(seen, until)

    def dates(name: str, days: Days) -> pl.Series:
        return date_series(name, np.where(days[seen] <= until, days[seen], NEVER))

    rows.table("goals", pl.DataFrame(
        {
            "goal_id": goal_ids(key),
            "title": wording.titles(goals["level"][seen], goals["category"][seen], turns(key, draws), draws.uniform(key)),
            "description": _descriptions(quarter, course, seen, history, rows),
            "goal_level": words(wording.LEVELS, goals["level"][seen]),
            "goal_category": words(wording.CATEGORIES, goals["category"][seen]),
            "owner_employee_id": history.employee_id(goals["owner"][seen]),
            "department_id": department_ids(pl.Series(goals["department"][seen])),
            "parent_goal_id": goal_ids(goals["parent"][seen]),
            "review_cycle_id": _cycle_ids(target, history),
            "start_date": date_series("start_date", course.start[seen]),
            "target_date": date_series("target_date", target),
            "baseline_target_date": date_series("baseline_target_date", course.first_target[seen]),
            "completed_date": dates("completed_date", course.completed),
            "cancelled_on": dates("cancelled_on", course.cancelled),
            "cancel_reason": _reasons(quarter, course, seen, history),
            "status": words(STATUSES, status),
            "progress_pct": _progress(course, seen, status, told, until),
            "weight_pct": goals["weight"][seen],
            "created_on": date_series("created_on", course.appears[seen]),
        }
    ))  # fmt: skip


def write(history: History, rows: Rows, evidence: Evidence) -> None:
    """Hand over goals, goal_key_results, goal_participants and goal_updates, and what updates and ends say of intent."""
    for quarter in quarters(history):
        goals = quarter.goals
        course, chance = play(goals, history)
        seen = np.flatnonzero(course.appears <= history.until)
        author = np.where(goals["owner"] >= 0, goals["owner"], quarter.chief)
        author = np.where((goals["owner"] < 0) & (goals["level"] != wording.COMPANY_LEVEL), -1, author)
        told = updates(course, goals["key"], author, goals["owner_end"], chance, history, evidence)
        _write_goals(quarter, course, seen, told, history, rows)
        write_key_results(goals, course, seen, history, rows)
        write_participants(quarter, seen, history, rows)
        write_updates(told, course, goals["key"], author, history, rows)
