"""The cascade of goals: company, departments, teams and each person, quarter by quarter.

Here: who gets which goals when, what they are aligned to, who shares them. Not here: how a goal goes (progress.py), what
it is called (titles.py) and the tables.

Goals of a quarter are typed in during its first weeks, from the top down, for the people who are there on its first day; who
is hired up to two weeks later gets goals too, from the day of hire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Days, as_date, day_number, quarters_between
from seeds.company.draws import Draws, Flags, Integers
from seeds.company.goals import keys
from seeds.company.goals import titles as wording
from seeds.company.history.ledger import Ledger
from seeds.company.history.record import History
from seeds.company.history.structure import CONTRACT

COMPANY_GOALS, DEPARTMENT_GOALS, TEAM_GOALS, MOST_GOALS = 5, 3, 2, 6
CATEGORY_SHARE = [0.60, 0.22, 0.10, 0.08]
TO_TEAM, TO_DEPARTMENT = 0.85, 0.10
ALIGNED_SHARE = np.array([0.95, 0.55, 0.30, 0.95])
AT_QUARTER_END = 0.72
DUE_AT_THE_END = 0.4
SETTLING_DAYS = 14
# Days after the first on which goals of a level are typed in: each level after the one above it; one's own in time or late.
COMPANY_AGREED, DEPARTMENT_AGREED, TEAM_AGREED, OWN_AGREED, OWN_AGREED_LATE = (0, 2), (2, 5), (5, 8), (8, 21), (21, 50)
AGREED_IN_TIME = 0.75


@dataclass(frozen=True)
class Quarter:
    """The goals that begin in a quarter, before anything happens to them: Ledger columns, and who stood at the top.

    Columns: key, level, category, owner, department, parent (a key), start, target, created, owner_end (the owner's last day),
    mate (who shares it), weight; -1 and NEVER are none.
    """

    goals: Ledger
    chief: int
    sponsors: Integers


@dataclass
class _Above:
    """Keys of the company and department goals that count at the moment."""

    company: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    department: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def _goal_ledger() -> Ledger:
    return Ledger(key=0, level=0, category=0, owner=-1, department=-1, parent=-1, start=0, target=0, created=0, owner_end=NEVER, mate=-1,
                  weight=100.0)  # fmt: skip


def _population(history: History, first: int) -> pl.DataFrame:
    """Permanent staff with goals: person, seat, boss, department, since (the day from which), ends (last day), joins."""
    staff = (
        history.staff_on(first).select("person", "seat", "boss", "department", since=pl.lit(first, dtype=pl.Int64)).sort("boss", "person")
    )
    hired = history.spells.filter((pl.col("start") > first) & (pl.col("start") <= first + SETTLING_DAYS)).select("person", since="start")
    there = history.assigned_on(hired["person"].to_numpy(), hired["since"].to_numpy())
    joined = hired.hstack(there.with_columns(pl.col("boss").fill_null(-1))).filter(pl.col("seat").is_not_null())
    both = pl.concat([staff.with_columns(joins=False), joined.select(staff.columns).with_columns(joins=True)])
    both = both.filter(pl.Series(history.people["employment_type"][both["person"].to_numpy()] < CONTRACT))
    return both.with_columns(ends=pl.Series(history.last_day(both["person"].to_numpy(), both["since"].to_numpy())))


def _quarter_ends(first: int, last: int) -> list[int]:
    return [end for _, end in quarters_between(as_date(first), as_date(last))]


def _due(ends: list[int], key: Integers, draws: Draws) -> Days:
    """One of the quarter ends, often the last."""
    anywhere = np.array(ends)[draws.sub("quarter").integers(0, len(ends), key)]
    return np.where(draws.sub("due").chance(DUE_AT_THE_END, key), ends[-1], anywhere)


def _top(goals: Ledger, above: _Above, quarter: int, first: int, heads: Integers, head_ends: Days, draws: Draws) -> None:
    """Company goals of a new year and department goals of a new half; `heads` lead the departments (-1: nobody)."""
    day = as_date(first)
    if len(above.company) == 0 or day.month == 1:
        above.company = keys.of_company(quarter, np.arange(COMPANY_GOALS))
        ends = _quarter_ends(first, day_number(day.replace(month=12, day=31)))
        created = first + draws.sub("company agreed").integers(*COMPANY_AGREED, above.company)
        goals.append(COMPANY_GOALS, key=above.company, level=wording.COMPANY_LEVEL, start=first,
                     target=_due(ends, above.company, draws), created=created)  # fmt: skip
    if len(above.department) == 0 or day.month in (1, 7):
        department = np.repeat(np.arange(len(heads)), DEPARTMENT_GOALS)
        key = keys.of_department(quarter, department, np.tile(np.arange(DEPARTMENT_GOALS), len(heads)))
        ends = _quarter_ends(first, day_number(day.replace(month=6 if day.month < 7 else 12, day=30)))
        created = first + draws.sub("department agreed").integers(*DEPARTMENT_AGREED, key)
        leads = head_ends[department] >= created
        goals.append(
            len(key), key=key, level=wording.DEPARTMENT_LEVEL, owner=np.where(leads, heads[department], -1),
            owner_end=np.where(leads, head_ends[department], NEVER),
            department=department, parent=above.company[draws.sub("department parent").integers(0, COMPANY_GOALS, key)],
            start=first, target=_due(ends, key, draws), created=created,
        )  # fmt: skip
        above.department = key


def _teams(goals: Ledger, above: _Above, quarter: int, days: tuple[int, int], leaders: Integers, department: Integers, ends: Days,
           draws: Draws) -> Integers:  # fmt: skip
    """Team goals of everybody who leads; returns their keys, leader by leader, -1 where the leader left before agreeing them."""
    first, last = days
    row = np.repeat(np.arange(len(leaders)), TEAM_GOALS)
    key = keys.of_person(quarter, leaders[row], MOST_GOALS + np.tile(np.arange(TEAM_GOALS), len(leaders)))
    created = first + draws.sub("team agreed").integers(*TEAM_AGREED, key)
    chosen = department[row] * DEPARTMENT_GOALS + draws.sub("team parent").integers(0, DEPARTMENT_GOALS, key)
    goals.append(len(key), key=key, level=wording.TEAM_LEVEL, category=wording.TEAM, owner=leaders[row], department=department[row],
                 parent=above.department[chosen], start=first, target=last, created=created, owner_end=ends[row])  # fmt: skip
    return np.where(ends[row] >= created, key, -1)


def _mates(staff: pl.DataFrame) -> Integers:
    """Row of a team mate of each row (people of a team stand together), -1 for none; not for those who have yet to join."""
    boss, joins = staff["boss"].to_numpy(), staff["joins"].to_numpy()
    here = np.arange(len(boss))

    def mate(row: Integers) -> Flags:
        result: Flags = (boss[row] == boss) & (row != here) & ~joins[row] & ~joins
        return result

    following, before = np.roll(here, -1), np.roll(here, 1)
    return np.where(mate(following), following, np.where(mate(before), before, -1))


def _individual(goals: Ledger, above: _Above, quarter: int, days: tuple[int, int], staff: pl.DataFrame, leaders: Integers,
                teams: Integers, history: History, draws: Draws) -> None:  # fmt: skip
    """The goals of each person of `staff`."""
    first, last = days
    column: dict[str, npt.NDArray[Any]] = {name: staff[name].to_numpy() for name in ("person", "boss", "department", "since", "ends")}
    person = column["person"]
    number = np.minimum(draws.sub("number").poisson(history.parameters.goals_per_quarter, quarter, person), MOST_GOALS)
    row = np.repeat(np.arange(len(person)), number)
    slot = np.arange(len(row)) - (np.cumsum(number) - number)[row]
    key = keys.of_person(quarter, person[row], slot)
    begins = column["since"][row] + np.where(draws.sub("begins").chance(0.7, key), 0, draws.sub("begins later").integers(0, 25, key))
    elsewhere = last + draws.sub("elsewhere").integers(-30, 40, key)
    target = np.maximum(np.where(draws.sub("at the end").chance(AT_QUARTER_END, key), last, elsewhere), begins + 14)
    in_time, late = (draws.sub(name).integers(*days, key) for name, days in (("agreed", OWN_AGREED), ("agreed late", OWN_AGREED_LATE)))
    created = np.maximum(begins, first + np.where(draws.sub("in time").chance(AGREED_IN_TIME, key), in_time, late))
    category = draws.sub("category").choice(CATEGORY_SHARE, key)

    at = np.clip(np.searchsorted(leaders, column["boss"][row]), 0, max(len(leaders) - 1, 0))
    has_team = (leaders[at] == column["boss"][row]) if len(leaders) else np.zeros(len(row), dtype=np.bool_)
    to_team = teams[at * TEAM_GOALS + draws.sub("team").integers(0, TEAM_GOALS, key)] if len(teams) else np.full(len(row), -1)
    to_team = np.where(has_team, to_team, -1)
    to_department = above.department[column["department"][row] * DEPARTMENT_GOALS + draws.sub("dep").integers(0, DEPARTMENT_GOALS, key)]
    to = draws.sub("to").uniform(key)
    parent = np.where(to < TO_TEAM, to_team, np.where(to < TO_TEAM + TO_DEPARTMENT, to_department, -1))
    is_aligned = draws.sub("aligned").chance(ALIGNED_SHARE[category], key) & (column["boss"][row] >= 0)

    mate = _mates(staff)[row]
    shares = (mate >= 0) & (category == wording.BUSINESS) & draws.sub("shares").chance(history.parameters.shared_goal_share, key)
    shares &= column["ends"][np.maximum(mate, 0)] >= created
    goals.append(
        len(row), key=key, level=wording.INDIVIDUAL_LEVEL, category=category, owner=person[row], parent=np.where(is_aligned, parent, -1),
        start=begins, target=target, created=created, owner_end=column["ends"][row],
        mate=np.where(shares, person[np.maximum(mate, 0)], -1), weight=np.round(100 / number[row], 2),
    )  # fmt: skip


def quarters(history: History) -> Iterator[Quarter]:
    """Quarter by quarter, all that begin by the last day that is known."""
    draws, above = history.parameters.draws("goals.cascade"), _Above()
    seats = history.structure.department_head_seat
    for quarter, (first, last) in enumerate(quarters_between(history.parameters.start, history.parameters.until)):
        staff = _population(history, first)
        person, ends = staff["person"].to_numpy(), staff["ends"].to_numpy()
        here = staff.filter(~pl.col("joins"))
        goals = _goal_ledger()
        sitting = np.full(history.structure.size, -1)
        sitting[here["seat"].to_numpy()] = np.flatnonzero(~staff["joins"].to_numpy())
        heads = sitting[seats]
        head_ends = np.where(heads >= 0, ends[heads], -NEVER)
        _top(goals, above, quarter, first, np.where(heads >= 0, person[heads], -1), head_ends, draws)
        row_of = np.full(len(history.people), -1)
        row_of[here["person"].to_numpy()] = np.flatnonzero(~staff["joins"].to_numpy())
        leaders = here.filter(pl.col("boss") >= 0)["boss"].unique().sort().to_numpy()
        leaders = leaders[row_of[leaders] >= 0]
        rows = row_of[leaders]
        teams = _teams(goals, above, quarter, (first, last), leaders, staff["department"].to_numpy()[rows], ends[rows], draws)
        _individual(goals, above, quarter, (first, last), staff, leaders, teams, history, draws)
        below_chief = np.flatnonzero(history.structure.leads & (history.structure.depth == 1))
        sponsors = sitting[below_chief]
        yield Quarter(goals, int(person[sitting[0]]) if sitting[0] >= 0 else -1, person[sponsors[sponsors >= 0]])
