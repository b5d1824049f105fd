"""The history of the company, month by month: exits, moves, ratings and improvement plans act on one another here.

Here: the order of events within a month and the ledgers they leave behind. Not here: the laws of each event (exits.py,
moves.py, ratings.py, plans.py), nor the tables made of the ledgers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seeds.company import exits, plans
from seeds.company.days import (
    NEVER,
    Cycle,
    Days,
    Flags,
    Floats,
    as_date,
    day_number,
    months_between,
    probation_cycles,
    regular_cycles,
)
from seeds.company.ledger import Indices, Ledger, plan_ledger, review_ledger
from seeds.company.moves import Workplace
from seeds.company.parameters import Area, Parameters
from seeds.company.ratings import rate
from seeds.company.structure import CONTRACT, Structure

PROMOTION_MONTHS = (3, 9)
PROBATION_DAYS = 90


@dataclass
class Workforce:
    """What happened. Arrays of `intent` and `performance` are indexed by person, as far as known by then."""

    structure: Structure
    workplace: Workplace
    cycles: list[Cycle]
    months: list[tuple[int, int]]
    reviews: Ledger = field(default_factory=review_ledger)
    plans: Ledger = field(default_factory=plan_ledger)
    intent: list[Flags] = field(default_factory=list)
    performance: list[tuple[int, Floats]] = field(default_factory=list)

    @property
    def people(self) -> Ledger:
        """Everybody ever hired."""
        return self.workplace.people


def _bosses(occupant: Indices, parent: Indices, depth: Indices) -> Indices:
    """For each seat who leads it now: the occupant of the seat above, or of the next one above that is taken."""
    boss = np.full(len(parent), -1)
    for level in range(1, int(depth.max()) + 1):
        seats = np.flatnonzero(depth == level)
        above = parent[seats]
        boss[seats] = np.where(occupant[above] >= 0, occupant[above], boss[above])
    return boss


def _note_bosses(people: Ledger, boss_of_seat: Indices, day: int) -> None:
    """Remember each person's boss, and the day on which it changed."""
    seated = people["seat"] >= 0
    boss = np.where(seated, boss_of_seat[people["seat"]], people["boss"])
    changed = seated & (boss != people["boss"]) & (people["boss"] >= 0)
    people["boss_changed_on"][changed] = day
    people["boss"][:] = boss


def _rate(workforce: Workforce, who: Indices, number: int, due: Days | int, shift: float,
          *, parameters: Parameters, random: np.random.Generator) -> None:  # fmt: skip
    """Managers form their ratings of `who` for cycle `number`."""
    people, structure = workforce.people, workforce.structure
    who = who[people["boss"][who] >= 0]
    rater = people["boss"][who]
    first_time = np.unique(rater[np.isnan(people["severity"][rater])])
    correlation = parameters.severity_quality_correlation
    people["severity"][first_time] = parameters.severity_sd * (
        correlation * structure.quality[people["seat"][first_time]] + np.sqrt(1 - correlation**2) * people["severity_draw"][first_time]
    )
    severity = people["severity"][rater] + people["severity_drift"][rater]
    performance = workforce.workplace.performance.value()[who]
    team = structure.parents[0][people["seat"][who]]
    quality = parameters.team_quality_sd * structure.quality[team]
    added = severity + quality + shift
    ratings = rate(performance, people["compression"][rater], added, rater, who, parameters=parameters, random=random)
    workforce.reviews.append(
        len(who), person=who, rater=rater, cycle=number, due=due, performance=performance, severity=severity,
        self_rating=ratings.self_rating, manager_rating=ratings.manager_rating, final_rating=ratings.final_rating,
    )  # fmt: skip


def _close_cycle(workforce: Workforce, number: int, until: int, parameters: Parameters,
                 random: np.random.Generator) -> None:  # fmt: skip
    """The ratings of a regular cycle, of all who have been there for its last 90 days."""
    people, cycle = workforce.people, workforce.cycles[number]
    performance = workforce.workplace.performance
    performance.advance(parameters.trend_sd, random)
    people["severity_drift"][:] += parameters.severity_drift_sd * random.standard_normal(len(people))
    workforce.performance.append((number, performance.value()))
    seated = (people["seat"] > 0) & (people["employment_type"] < CONTRACT)
    long_enough = people["started"] <= cycle.period_end - PROBATION_DAYS
    first = workforce.months[0][0]
    shift = parameters.scale_tightening * (cycle.period_end > first + (until - first) * 2 // 3)
    _rate(workforce, np.flatnonzero(seated & long_enough), number, NEVER, shift, parameters=parameters, random=random)


def _learn(workforce: Workforce, number: int) -> Ledger:
    """People hear their final ratings of cycle `number`; returns the ledger of reviews."""
    people, reviews = workforce.people, workforce.reviews
    rows = np.flatnonzero(reviews["cycle"] == number)
    who, rating = reviews["person"][rows], reviews["final_rating"][rows]
    people["rating_drop"][who] = np.nan_to_num(people["rating"][who] - rating)
    people["rating"][who] = rating
    return reviews


def _end_probations(workforce: Workforce, month: tuple[int, int], parameters: Parameters,
                    random: np.random.Generator) -> None:  # fmt: skip
    """Reviews at the end of probation for those whose 90th day lies in the month."""
    people = workforce.people
    due = people["started"] + PROBATION_DAYS
    is_due = (people["seat"] > 0) & (people["employment_type"] < CONTRACT) & (due >= month[0]) & (due <= month[1])
    who = np.flatnonzero(is_due & (people["boss"] >= 0))
    if len(who) == 0:
        return
    number = next(
        index for index, cycle in enumerate(workforce.cycles)
        if cycle.cadence == "probation" and cycle.period_start <= month[0] <= cycle.period_end
    )  # fmt: skip
    _rate(workforce, who, number, due[who], 0.0, parameters=parameters, random=random)


def simulate(structure: Structure, parameters: Parameters) -> Workforce:
    """Play the months from `parameters.start` to `parameters.until`."""
    start, until = day_number(parameters.start), day_number(parameters.until)
    moves_random, exits_random = parameters.random(Area.MOVES), parameters.random(Area.EXITS)
    ratings_random, plans_random = parameters.random(Area.RATINGS), parameters.random(Area.PLANS)
    workplace = Workplace(structure, parameters, moves_random, parameters.random(Area.PEOPLE))
    regular = regular_cycles(parameters.start, parameters.until)
    cycles = regular + probation_cycles(parameters.start, parameters.until)
    workforce = Workforce(structure, workplace, cycles, months_between(parameters.start, parameters.until))
    workplace.open(start)
    people = workforce.people
    exits.begin(people, start, parameters, exits_random)
    macro = exits.macro_path(len(workforce.months), parameters.macro_sd, exits_random)
    closed = learnt = 0
    for number, month in enumerate(workforce.months):
        first, last = month
        parent = structure.parents[int(np.searchsorted(structure.epoch_starts, first, side="right")) - 1]
        _note_bosses(people, _bosses(workplace.occupant, parent, structure.depth), first)
        _end_probations(workforce, month, parameters, ratings_random)
        lays_off = number == len(workforce.months) * 2 // 3
        exits.decide(people, month, macro[number], lays_off=lays_off, parameters=parameters, random=exits_random)
        plans.close(workforce.plans, workplace, month, parameters, plans_random)
        workplace.release(last)
        workplace.fill(month, parent)
        if as_date(first).month in PROMOTION_MONTHS:
            workplace.promote(first, moves_random)
        _note_bosses(people, _bosses(workplace.occupant, parent, structure.depth), last)
        while closed < len(regular) and (regular[closed].period_end <= last or last == until):
            _close_cycle(workforce, closed, until, parameters, ratings_random)
            closed += 1
        while learnt < closed and regular[learnt].sign_off_due <= last:
            reviews, day = _learn(workforce, learnt), regular[learnt].sign_off_due
            plans.start(workforce.plans, workplace, reviews, learnt, day, parameters=parameters, random=plans_random)
            learnt += 1
        workforce.intent.append(people["intent"].copy())
    return workforce
