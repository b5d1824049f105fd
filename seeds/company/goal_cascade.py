"""The cascade of goals: company, departments, teams and each person, quarter by quarter.

Here: who gets which goals when, what they are aligned to, who shares them. Not here: how a goal goes
(goal_progress.py), what it is called (goal_titles.py) and the tables (goals.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company import goal_titles as wording
from seeds.company.assignments import on_day
from seeds.company.days import Days, as_date, day_number, quarters_between
from seeds.company.ledger import Indices, Ledger
from seeds.company.parameters import Parameters
from seeds.company.structure import CONTRACT
from seeds.company.workforce import Workforce

COMPANY_GOALS, DEPARTMENT_GOALS, TEAM_GOALS = 5, 3, 2
CATEGORY_SHARE = [0.60, 0.22, 0.10, 0.08]
TO_TEAM, TO_DEPARTMENT = 0.85, 0.10
ALIGNED_SHARE = np.array([0.95, 0.55, 0.30, 0.95])
AT_QUARTER_END = 0.72
DUE_AT_THE_END = 0.4
SETTLING_DAYS = 14


def _goal_ledger() -> Ledger:
    """One row per goal. owner, department and parent are -1 where there is none; mate shares the goal."""
    return Ledger(level=0, category=0, owner=-1, department=-1, parent=-1, start=0, target=0, created=0, mate=-1,
                  quarter=0, weight=100.0)  # fmt: skip


def _created(start: Days, random: np.random.Generator) -> Days:
    """Most goals are agreed in the weeks before they start, some after."""
    result: Days = start + np.where(
        random.random(len(start)) < 0.75, -random.integers(0, 21, len(start)), random.integers(1, 45, len(start))
    )
    return result


def _quarter_ends(first: int, last: int) -> list[int]:
    return [end for _, end in quarters_between(as_date(first), as_date(last))]


def _cascaded(goals: Ledger, quarter: int, first: int, seats: Indices, here: pl.DataFrame,
              *, year_base: int, half_base: int, random: np.random.Generator) -> tuple[int, int]:  # fmt: skip
    """Company goals of a new year and department goals of a new half (`seats` head the departments).

    Returns the first row of each that now counts; below zero there were none before.
    """
    day = as_date(first)
    if year_base < 0 or day.month == 1:
        start = np.full(COMPANY_GOALS, first)
        ends = _quarter_ends(first, day_number(day.replace(month=12, day=31)))
        target = np.where(random.random(COMPANY_GOALS) < DUE_AT_THE_END, ends[-1], random.choice(ends, COMPANY_GOALS))
        created = start - random.integers(0, 40, COMPANY_GOALS)
        rows = goals.append(COMPANY_GOALS, level=wording.COMPANY_LEVEL, start=start, target=target, created=created, quarter=quarter)
        year_base = int(rows[0])
    if half_base < 0 or day.month in (1, 7):
        ends = _quarter_ends(first, day_number(day.replace(month=6 if day.month < 7 else 12, day=30)))
        heads = dict(zip(here["seat"].to_list(), here["person"].to_list(), strict=True))
        head = np.array([heads.get(int(seat), -1) for seat in seats])
        count = len(seats) * DEPARTMENT_GOALS
        start = np.full(count, first)
        rows = goals.append(
            count, level=wording.DEPARTMENT_LEVEL, owner=np.repeat(head, DEPARTMENT_GOALS),
            department=np.repeat(np.arange(len(seats)), DEPARTMENT_GOALS),
            parent=year_base + random.integers(0, COMPANY_GOALS, count), start=start,
            target=np.where(random.random(count) < DUE_AT_THE_END, ends[-1], random.choice(ends, count)),
            created=_created(start, random), quarter=quarter,
        )  # fmt: skip
        half_base = int(rows[0])
    return year_base, half_base


def _add_quarter(goals: Ledger, quarter: int, days: tuple[int, int], here: pl.DataFrame, half_base: int,
                 *, parameters: Parameters, random: np.random.Generator) -> None:  # fmt: skip
    """Team goals of everybody who leads, and the goals of each person in `here`, for one quarter."""
    first, last = days
    here = here.filter(~pl.col("temporary")).sort("boss", "person", nulls_last=False)
    person = here["person"].to_numpy()
    boss = here["boss"].fill_null(-1).to_numpy()
    department = here["department"].to_numpy()
    leaders = np.unique(boss[boss >= 0])
    department_of = np.zeros(int(max(person.max(), boss.max())) + 1, dtype=np.int64)
    department_of[person] = department
    count = len(leaders) * TEAM_GOALS
    led = department_of[np.repeat(leaders, TEAM_GOALS)]
    start = np.full(count, first)
    team_rows = goals.append(
        count, level=wording.TEAM_LEVEL, category=wording.TEAM, owner=np.repeat(leaders, TEAM_GOALS), department=led,
        parent=half_base + led * DEPARTMENT_GOALS + random.integers(0, DEPARTMENT_GOALS, count), start=start,
        target=np.full(count, last), created=_created(start, random), quarter=quarter,
    )  # fmt: skip

    number = np.minimum(random.poisson(parameters.goals_per_quarter, len(person)), 6)
    row = np.repeat(np.arange(len(person)), number)
    count = len(row)
    begins = np.maximum(here["started"].to_numpy()[row], first) + np.where(random.random(count) < 0.7, 0, random.integers(0, 25, count))
    elsewhere = last + random.integers(-30, 40, count)
    target = np.maximum(np.where(random.random(count) < AT_QUARTER_END, last, elsewhere), begins + 14)
    category = random.choice(len(CATEGORY_SHARE), count, p=CATEGORY_SHARE)
    draw = random.random(count)
    aligned = random.random(count) < ALIGNED_SHARE[category]
    to_team = int(team_rows[0]) + np.searchsorted(leaders, boss[row]) * TEAM_GOALS
    to_team = to_team + random.integers(0, TEAM_GOALS, count)
    to_department = half_base + department[row] * DEPARTMENT_GOALS + random.integers(0, DEPARTMENT_GOALS, count)
    parent = np.where(draw < TO_TEAM, to_team, np.where(draw < TO_TEAM + TO_DEPARTMENT, to_department, -1))
    parent = np.where(aligned & (boss[row] >= 0), parent, -1)

    beside = np.roll(np.arange(len(person)), -1)
    beside = np.where(boss[beside] == boss, beside, np.roll(np.arange(len(person)), 1))
    has_mate = (boss[beside] == boss) & (beside != np.arange(len(person)))
    shares = has_mate[row] & (category == wording.BUSINESS) & (random.random(count) < parameters.shared_goal_share)
    goals.append(
        count, level=wording.INDIVIDUAL_LEVEL, category=category, owner=person[row], parent=parent, start=begins,
        target=target, created=_created(begins, random), mate=np.where(shares, person[beside][row], -1),
        quarter=quarter, weight=np.round(100 / number[row], 2),
    )  # fmt: skip


def plan_goals(workforce: Workforce, assigned: pl.DataFrame, parameters: Parameters,
               random: np.random.Generator) -> Ledger:  # fmt: skip
    """All goals of the history, before anything happens to them."""
    goals, until = _goal_ledger(), day_number(parameters.until)
    people = workforce.people
    stints = workforce.workplace.spells.frame().select("person", started="start")
    heads = workforce.structure.department_head_seat
    year_base = half_base = -1
    for quarter, (first, last) in enumerate(quarters_between(parameters.start, parameters.until)):
        day = min(max(first, day_number(parameters.start)) + SETTLING_DAYS, until)
        here = on_day(assigned, day).sort("day").join_asof(
            stints.sort("started"), left_on="day", right_on="started", by="person", check_sortedness=False
        )  # fmt: skip
        temporary = people["employment_type"][here["person"].to_numpy()] >= CONTRACT
        here = here.with_columns(temporary=pl.Series(temporary))
        year_base, half_base = _cascaded(goals, quarter, first, heads, here, year_base=year_base, half_base=half_base, random=random)
        _add_quarter(goals, quarter, (first, last), here, half_base, parameters=parameters, random=random)
    return goals
