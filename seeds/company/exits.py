"""Who leaves, when and how.

Here: the two-state intent (not looking, looking) with its drivers, resignations with notice, dismissals, layoffs,
retirements and ends of contract. Not here: who takes the seat afterwards, and ends of improvement plans.
"""

from __future__ import annotations

import numpy as np

from seeds.company.days import NEVER, Flags, Floats, as_date
from seeds.company.ledger import END_OF_CONTRACT, INVOLUNTARY, RETIREMENT, VOLUNTARY, Indices, Ledger
from seeds.company.parameters import Parameters
from seeds.company.structure import CONTRACT

YEAR = 365.25
# Per month: a person who looks around resigns at QUITS and settles at SETTLES. A resignation without intent is LOW
# times the average. START is what makes voluntary exits come out at voluntary_rate with the default drivers.
QUITS, SETTLES, LOW, START = 0.12, 0.10, 0.15, 0.142
MACRO_MEMORY = 0.9
BUSY_MONTHS = (1, 2, 3, 9)
RETIREMENT_AGE, RETIRES = 63.0, 0.03
LOW_RATING = 2.0
PLAN_EFFECT = 1.5
NOTICE_DAYS = (30, 90)


def macro_path(months: int, sd: float, random: np.random.Generator) -> Floats:
    """The labour market, one log multiplier per month: autoregressive, standard deviation `sd`."""
    shocks = random.standard_normal(months)
    path = np.empty(months)
    state = shocks[0]
    for month in range(months):
        state = state if month == 0 else MACRO_MEMORY * state + np.sqrt(1 - MACRO_MEMORY**2) * shocks[month]
        path[month] = sd * state
    return path


def _log_drivers(people: Ledger, who: Indices, day: int, macro: float, parameters: Parameters) -> Floats:
    """Log multiplier of the rate at which each of `who` starts to look around, zero for an average person."""
    tenure = (day - people["started"][who]) / YEAR
    second_year = np.exp(-((np.log(tenure + 0.2) - np.log(1.7)) ** 2) / 0.7)
    star = np.nan_to_num(people["rating"][who]) >= 4
    new_boss = day - people["boss_changed_on"][who] < YEAR / 2
    busy = 1.0 if as_date(day).month in BUSY_MONTHS else -0.5
    on_plan = people["on_plan_until"][who] >= day
    result: Floats = (
        parameters.tenure_effect * (0.7 * second_year - 0.06 * np.minimum(tenure, 10))
        + parameters.pay_effect * people["pay_gap"][who] * (1 + 0.8 * star)
        + parameters.rating_change_effect * np.clip(people["rating_drop"][who], -1, 2)
        + parameters.manager_change_effect * new_boss
        + parameters.season_effect * busy
        + PLAN_EFFECT * on_plan
        + macro
    )
    return result


def begin(people: Ledger, start: int, parameters: Parameters, random: np.random.Generator) -> None:
    """The state on the first day: some look around, and some have given notice in the months before."""
    count = len(people)
    looking = random.random(count) < 0.5 * parameters.voluntary_rate
    notice_on = start - random.integers(1, 60, count)
    last_day = notice_on + random.integers(NOTICE_DAYS[0], NOTICE_DAYS[1] + 1, count)
    leaving = (random.random(count) < 2 / 12 * parameters.voluntary_rate) & (last_day >= start)
    leaving &= (people["seat"] > 0) & (people["employment_type"] < CONTRACT) & (people["started"] < notice_on)
    people["intent"][:] = looking | leaving
    who = np.flatnonzero(leaving)
    _leave(people, who, last_day[who], VOLUNTARY)
    people["notice_on"][who] = notice_on[who]


def decide(
    people: Ledger, month: tuple[int, int], macro: float, *, lays_off: bool,
    parameters: Parameters, random: np.random.Generator,
) -> None:  # fmt: skip
    """Set intent, last days, exit types and notices for one month, in `people`. The chief executive stays."""
    first, last = month
    days = last - first + 1
    who = np.flatnonzero((people["seat"] > 0) & (people["last_day"] == NEVER))
    temporary = people["employment_type"][who] >= CONTRACT
    ends = temporary & (people["contract_end"][who] <= last)
    _leave(people, who[ends], np.maximum(people["contract_end"][who[ends]], first), END_OF_CONTRACT)

    who = who[~temporary]
    count = len(who)
    day_in_month = first + random.integers(0, days, count)
    drivers = np.exp(_log_drivers(people, who, first, macro, parameters)) * people["frailty"][who]
    intent: Flags = people["intent"][who]
    starts = random.random(count) < 1 - np.exp(-START * parameters.voluntary_rate * drivers)
    settles = random.random(count) < SETTLES
    people["intent"][who] = np.where(intent, ~settles, starts)

    average = parameters.voluntary_rate / 12
    by_intent = np.where(people["intent"][who], QUITS, LOW * average)
    hazard = parameters.intent_effect * by_intent + (1 - parameters.intent_effect) * average
    resigns = random.random(count) < 1 - np.exp(-hazard)

    low = np.nan_to_num(people["rating"][who], nan=3.0) <= LOW_RATING
    dismissal = (parameters.involuntary_rate + low * parameters.low_rating_exit_rate) / 12
    dismissed = random.random(count) < 1 - np.exp(-dismissal)
    dismissed |= (random.random(count) < parameters.layoff_share) & lays_off

    age = (first - people["born"][who]) / YEAR
    retires = (random.random(count) < RETIRES) & (age >= RETIREMENT_AGE)
    notice_days = random.integers(NOTICE_DAYS[0], NOTICE_DAYS[1] + 1, count)

    _leave(people, who[dismissed], day_in_month[dismissed], INVOLUNTARY)
    retires &= ~dismissed
    _leave(people, who[retires], (day_in_month + notice_days)[retires], RETIREMENT)
    people["notice_on"][who[retires]] = day_in_month[retires]
    resigns &= ~dismissed & ~retires
    _leave(people, who[resigns], (day_in_month + notice_days)[resigns], VOLUNTARY)
    people["notice_on"][who[resigns]] = day_in_month[resigns]


def _leave(people: Ledger, who: Indices, last_day: Indices, exit_type: int) -> None:
    people["last_day"][who] = last_day
    people["exit_type"][who] = exit_type
