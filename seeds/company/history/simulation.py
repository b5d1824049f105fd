"""The history of the company, month by month: exits, moves, pay, ratings and improvement plans act on one another here.

Here: the order of events within a month. Not here: the laws of each event (exits.py, moves.py, pay.py, cycles.py, plans.py), the
state they change (workforce.py), the tables made of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seeds.company.days import Floats, as_date, day_number, months_between, probation_cycles, regular_cycles
from seeds.company.history import exits, plans
from seeds.company.history.cycles import end_probations, finish_cycles
from seeds.company.history.drivers import log_drivers, season
from seeds.company.history.ledger import Indices, Ledger
from seeds.company.history.moves import Workplace
from seeds.company.history.pay import Pay
from seeds.company.history.strain import Strain
from seeds.company.history.structure import Structure
from seeds.company.history.workforce import Workforce, bosses, part_of_history
from seeds.company.parameters import Parameters

PROMOTION_MONTHS = (3, 9)
QUARTER_MONTHS = (1, 4, 7, 10)
# Pay further away from the market than this (in standard deviations) moves nobody any more.
WIDEST_GAP = 2.5


def _note_bosses(people: Ledger, boss_of_seat: Indices, day: int) -> None:
    """Remember each person's boss, and the day on which it changed."""
    seated = people["seat"] >= 0
    boss = np.where(seated, boss_of_seat[people["seat"]], people["boss"])
    changed = seated & (boss != people["boss"]) & (people["boss"] >= 0)
    people["boss_changed_on"][changed] = day
    people["boss"][:] = boss


def _month(workforce: Workforce, number: int) -> None:
    """Play month `number`, with generators of its own: the months before a day are the same whatever day is asked for."""
    first, last = month = workforce.months[number]
    parameters, structure, workplace, people = workforce.parameters, workforce.structure, workforce.workplace, workforce.people
    streams = {name: workforce.stream(name, number) for name in ("moves", "people", "exits", "ratings", "plans", "macro")}
    workplace.random, workplace.people_random = streams["moves"], streams["people"]
    parent = structure.parents_on(first)
    if not workforce.strain.has_begun or as_date(first).month in QUARTER_MONTHS:
        workforce.strain.begin_quarter(first, workforce.draws("strain"))
    workforce.macro = exits.next_macro(workforce.macro, streams["macro"])
    _note_bosses(people, bosses(workplace.occupant, parent, structure.depth), first)
    end_probations(workforce, month, parameters, streams["ratings"])
    seated = np.flatnonzero(people["seat"] >= 0)
    workplace.pay.month(people, month, people["rating"], people["seat"], seated)
    people["pay_gap"][seated] = np.clip(workplace.pay.gap_to_market(people, seated, first), -WIDEST_GAP, WIDEST_GAP)
    exits.end_contracts(people, workplace.spells, month)
    who = exits.staying(people)
    layoff = parameters.layoff_share if first <= part_of_history(parameters, 2 / 3) <= last else 0.0
    onset = _onset(workforce, who, first, parent)
    rates = exits.decide(people, workplace.spells, month, who, onset, layoff=layoff, parameters=parameters, random=streams["exits"])
    workforce.rates.append(rates)
    workforce.ended_by_plan.append(plans.close(workforce.plans, workplace, month, parameters, streams["plans"]))
    gone = workplace.release(last)
    workforce.team_exits.append(np.bincount(np.maximum(parent[people["last_seat"][gone]], 0), minlength=structure.size))
    frozen_from = part_of_history(parameters, 1 / 2)
    if not frozen_from <= first < frozen_from + 30.4 * parameters.hiring_freeze_months:
        workplace.fill(month, parent)
    if as_date(first).month in PROMOTION_MONTHS:
        workplace.promote(first, streams["moves"])
    _note_bosses(people, bosses(workplace.occupant, parent, structure.depth), last)
    finish_cycles(workforce, last, streams)
    workforce.intent.append(people["intent"].copy())


def _onset(workforce: Workforce, who: Indices, day: int, parent: Indices) -> Floats:
    """Monthly rate at which each of `who` would begin to look around, were their frailty 1."""
    people, parameters = workforce.people, workforce.parameters
    above = parent[people["seat"][who]]
    team_exits = sum(workforce.team_exits[-3:], np.zeros(workforce.structure.size))[above]
    drivers = log_drivers(people, who, day, team_exits, workforce.strain.now(above), parameters)
    if workforce.usual_drivers is None:
        workforce.usual_drivers = float(np.log(np.exp(drivers).mean())) if len(who) else 0.0
    rate = exits.START * parameters.voluntary_rate
    shared = season(day, parameters) + parameters.macro_sd * workforce.macro - workforce.usual_drivers
    result: Floats = rate * np.exp(drivers + shared)
    return result


def simulate(structure: Structure, parameters: Parameters, after_month: Callable[[Workforce, int], None] | None = None) -> Workforce:
    """Play the months from `parameters.start` to `parameters.end`; `after_month` sees the state after each."""
    start, end = parameters.start, parameters.end
    workplace = Workplace(
        structure, parameters, parameters.draws("moves").generator(0), parameters.draws("people").generator(0), Pay(structure, parameters)
    )
    cycles = regular_cycles(start, end) + probation_cycles(start, end)
    workforce = Workforce(structure, parameters, workplace, cycles, months_between(start, end), Strain(structure))
    workplace.open(day_number(start))
    exits.begin(workforce.people, workplace.spells, day_number(start), parameters, parameters.draws("exits").generator(0))
    for number in range(len(workforce.months)):
        _month(workforce, number)
        if after_month is not None:
            after_month(workforce, number)
    return workforce


def play_on(workforce: Workforce, name: str, months: int) -> Workforce:
    """A copy of `workforce` played on for so many months with chances of its own; `name` tells one future from another."""
    future = workforce.copy(name)
    played = len(future.intent)
    first = as_date(future.months[played - 1][1] + 1)
    until = as_date(future.months[played - 1][1] + round(30.6 * (months + 1)))
    future.months = future.months[:played] + months_between(first, until)[:months]
    regular, probation = regular_cycles(future.parameters.start, until), probation_cycles(future.parameters.start, until)
    future.cycles = regular + probation
    for number in range(played, played + months):
        _month(future, number)
    return future
