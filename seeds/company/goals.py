"""The tables goals, goal_participants and goal_updates as known on the last day.

Here: identifiers, and the tables' columns. Not here: who gets which goals (goal_cascade.py), how they go
(goal_progress.py) and what they are called (goal_titles.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company import goal_titles as wording
from seeds.company.days import NEVER, Flags, Floats, date_series
from seeds.company.goal_cascade import plan_goals
from seeds.company.goal_progress import CONFIDENCE, NOT_STARTED, STATUSES, Course, confidence, play, update_days
from seeds.company.ledger import Indices, Ledger
from seeds.company.organisation import department_ids
from seeds.company.parameters import Area, Parameters
from seeds.company.workforce import Workforce

SHARED_DEPARTMENT_GOALS = 0.08
CO_OWNS = 0.6
PARTICIPANT_TYPES = {"goal": pl.Int64, "participant_type": pl.String, "participant_id": pl.String, "role": pl.String}
CANCEL_REASONS = ["Priorities changed", "Merged with another goal", "Budget withdrawn", "No longer needed",
                  "Owner changed role"]  # fmt: skip


def _run(goals: Ledger, workforce: Workforce, parameters: Parameters,
         random: np.random.Generator) -> tuple[Course, Flags]:  # fmt: skip
    """What became of the goals, given how their owners did and whether they were looking around."""
    owner = goals["owner"]
    owned = owner >= 0
    count = len(owner)
    performance, intent = np.zeros(count), np.zeros(count, dtype=np.bool_)
    month_starts = np.array([first for first, _ in workforce.months])
    month = np.clip(np.searchsorted(month_starts, goals["start"] + 45, side="right") - 1, 0, len(month_starts) - 1)
    for number, looking in enumerate(workforce.intent):
        rows = np.flatnonzero(owned & (month == number) & (owner < len(looking)))
        intent[rows] = looking[owner[rows]]
    ends = np.array([workforce.cycles[number].period_end for number, _ in workforce.performance])
    cycle = np.minimum(np.searchsorted(ends, goals["target"]), len(ends) - 1)
    for number, (_, value) in enumerate(workforce.performance):
        rows = np.flatnonzero(owned & (cycle == number) & (owner < len(value)))
        performance[rows] = value[owner[rows]] - parameters.performance_mean
    spells = workforce.workplace.spells.frame().select("person", "start", "end").sort("start")
    frame = pl.DataFrame({"person": owner, "day": goals["start"]}).with_row_index("row").sort("day")
    end = frame.join_asof(spells, left_on="day", right_on="start", by="person", check_sortedness=False).sort("row")
    owner_end = end["end"].fill_null(NEVER).to_numpy()
    own_goal = goals["level"] >= wording.TEAM_LEVEL
    stays_until = np.where(own_goal, owner_end, NEVER)
    start, target = goals["start"], goals["target"]
    course = play(start, target, performance, intent, stays_until, parameters=parameters, random=random)
    return course, intent


def _goal_ids(row: pl.Expr) -> pl.Expr:
    return pl.format("G{}", (row + 1).cast(pl.String).str.zfill(8))


def _employee_ids(person: Indices, ids: pl.DataFrame) -> pl.Series:
    """employee_id of each person, null for -1."""
    return ids["employee_id"].gather(np.maximum(person, 0)).set(pl.Series(person < 0), None)


def _cycle_ids(target: Indices, workforce: Workforce) -> pl.Series:
    """The regular cycle in whose last half year a goal is due, null where there is none yet."""
    ends = [cycle.period_end for cycle in workforce.cycles if cycle.cadence != "probation"]
    names = pl.Series([cycle.review_cycle_id for cycle in workforce.cycles][: len(ends)], dtype=pl.String)
    number = np.searchsorted(np.array(ends), target)
    return names.gather(np.minimum(number, len(ends) - 1)).set(pl.Series(number == len(ends)), None)


def _participants(goals: Ledger, departments: int, ids: pl.DataFrame,
                  random: np.random.Generator) -> pl.DataFrame:  # fmt: skip
    """Table `goal_participants`: goals shared by two people, and department goals shared by two departments."""
    shared = np.flatnonzero(goals["mate"] >= 0)
    second = np.where(random.random(len(shared)) < CO_OWNS, "co_owner", "contributor")
    members = pl.concat([_employee_ids(goals["owner"][shared], ids), _employee_ids(goals["mate"][shared], ids)])
    by_people = pl.DataFrame(
        {"goal": np.concatenate((shared, shared)), "participant_type": np.full(2 * len(shared), "employee"),
         "participant_id": members, "role": np.concatenate((np.full(len(shared), "owner"), second))},
        schema_overrides=PARTICIPANT_TYPES,
    )  # fmt: skip
    is_shared = (goals["level"] == wording.DEPARTMENT_LEVEL) & (random.random(len(goals)) < SHARED_DEPARTMENT_GOALS)
    rows = np.flatnonzero(is_shared & (departments > 2))
    other = (goals["department"][rows] + random.integers(1, max(departments, 2), len(rows))) % departments
    by_departments = pl.DataFrame(
        {"goal": rows, "participant_type": np.full(len(rows), "department"),
         "participant_id": department_ids(pl.Series(other)),
         "role": np.where(random.random(len(rows)) < CO_OWNS, "co_owner", "contributor")},
        schema_overrides=PARTICIPANT_TYPES,
    )  # fmt: skip
    return pl.concat([by_people, by_departments]).select(
        _goal_ids(pl.col("goal")).alias("goal_id"), "participant_type", "participant_id", "role"
    )


def _updates(goals: Ledger, course: Course, intent: Flags, ids: pl.DataFrame,
             parameters: Parameters) -> tuple[pl.DataFrame, Floats]:  # fmt: skip
    """Table `goal_updates`, and the progress of each goal: of its last update, else of its last day."""
    random = parameters.random(Area.GOAL_UPDATES)
    goal, day = update_days(course, goals["start"], intent, parameters, random)
    start = goals["start"]
    progress = course.progress(goal, start[goal], day)
    now = course.progress(np.arange(len(goals)), start, course.last_active)
    now[course.status == NOT_STARTED] = 0.0
    now[goal] = progress
    table = pl.DataFrame(
        {"row": np.arange(len(goal)), "goal": goal, "progress_pct": progress,
         "feeling": confidence(progress, start[goal], course.baseline[goal], day)}
    )  # fmt: skip
    return table.select(
        goal_update_id=pl.format("U{}", (pl.col("row") + 1).cast(pl.String).str.zfill(9)),
        goal_id=_goal_ids(pl.col("goal")),
        author_employee_id=_employee_ids(goals["owner"][goal], ids),
        updated_on=date_series("updated_on", day),
        progress_pct="progress_pct",
        confidence=pl.Series(CONFIDENCE).gather(table["feeling"]),
    ), now


def goal_tables(workforce: Workforce, assigned: pl.DataFrame, ids: pl.DataFrame,
                parameters: Parameters) -> dict[str, pl.DataFrame]:  # fmt: skip
    """Tables `goals`, `goal_participants` and `goal_updates`."""
    random = parameters.random(Area.GOALS)
    goals = plan_goals(workforce, assigned, parameters, random)
    course, intent = _run(goals, workforce, parameters, random)
    updates, progress = _updates(goals, course, intent, ids, parameters)
    count, parent = len(goals), goals["parent"]
    reason = pl.Series(CANCEL_REASONS).gather(random.integers(0, len(CANCEL_REASONS), count))
    has_parent = parent >= 0
    table = pl.DataFrame({"row": np.arange(count), "parent": parent, "has_parent": has_parent}).select(
        goal_id=_goal_ids(pl.col("row")),
        title=wording.titles(goals["level"], goals["category"], random),
        goal_level=pl.Series(wording.LEVELS).gather(goals["level"]),
        goal_category=pl.Series(wording.CATEGORIES).gather(goals["category"]),
        owner_employee_id=_employee_ids(goals["owner"], ids),
        department_id=department_ids(pl.Series(goals["department"])).set(pl.Series(goals["department"] < 0), None),
        parent_goal_id=pl.when("has_parent").then(_goal_ids(pl.col("parent"))),
        review_cycle_id=_cycle_ids(course.target, workforce),
        start_date=date_series("start_date", goals["start"]),
        target_date=date_series("target_date", course.target),
        baseline_target_date=date_series("baseline_target_date", course.baseline),
        completed_date=date_series("completed_date", course.completed),
        cancelled_on=date_series("cancelled_on", course.cancelled),
        cancel_reason=reason.set(pl.Series(course.cancelled == NEVER), None),
        status=pl.Series(STATUSES).gather(course.status),
        progress_pct=pl.Series(progress),
        weight_pct=pl.Series(goals["weight"]),
        created_on=date_series("created_on", np.minimum(goals["created"], course.last_active)),
    )
    departments = len(workforce.structure.department_name)
    return {
        "goals": table,
        "goal_participants": _participants(goals, departments, ids, random),
        "goal_updates": updates,
    }
