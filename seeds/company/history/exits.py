"""Who leaves, when and how.

Here: the two-state intent (not looking, looking), resignations with notice, dismissals, layoffs, retirements and ends of
contract. Not here: what makes people look around (drivers.py), who takes the seat afterwards, ends of improvement plans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds.company.days import NEVER, Floats
from seeds.company.history.ledger import END_OF_CONTRACT, INVOLUNTARY, LAYOFF, RETIREMENT, VOLUNTARY, Indices, Ledger
from seeds.company.history.structure import CONTRACT
from seeds.company.parameters import Parameters

YEAR = 365.25
# Per month: a person who looks around resigns at QUITS and settles at SETTLES. A resignation without intent is LOW
# times the average. START is what makes voluntary exits come out at voluntary_rate with the default drivers.
QUITS, SETTLES, LOW, START = 0.12, 0.10, 0.15, 0.124
LOOKING_AT_START = 0.5
MACRO_MEMORY = 0.9
RETIREMENT_AGE, RETIRES = 63.0, 0.03
LOW_RATING = 2.0
NOTICE_DAYS = (30, 90)


@dataclass(frozen=True)
class Rates:
    """What one month held for the people on permanent contracts who had not decided to leave: one entry per person of `who`.

    `onset` is the rate at which a person of average frailty begins to look around; `looking` says who does, in this month;
    `hazard` is the rate of resigning given that, `other` the probability of another end.
    """

    who: npt.NDArray[np.int32]
    onset: npt.NDArray[np.float32]
    looking: npt.NDArray[np.bool_]
    hazard: npt.NDArray[np.float32]
    other: npt.NDArray[np.float32]


def quit_rate(parameters: Parameters, *, looking: bool) -> float:
    """Monthly rate of resigning for people who look around, or do not."""
    average = parameters.voluntary_rate / 12
    by_intent = QUITS if looking else LOW * average
    return parameters.intent_effect * by_intent * (parameters.voluntary_rate > 0) + (1 - parameters.intent_effect) * average


def next_macro(macro: float, random: np.random.Generator) -> float:
    """The labour market of the next month, standard normal and autoregressive, shared by all."""
    return float(MACRO_MEMORY * macro + np.sqrt(1 - MACRO_MEMORY**2) * random.standard_normal())


def begin(people: Ledger, spells: Ledger, start: int, parameters: Parameters, random: np.random.Generator) -> None:
    """The state on the first day: some look around, and some have given notice in the months before."""
    count = len(people)
    looking = random.random(count) < LOOKING_AT_START * parameters.voluntary_rate
    notice_on = start - random.integers(1, 60, count)
    last_day = notice_on + random.integers(NOTICE_DAYS[0], NOTICE_DAYS[1] + 1, count)
    leaving = (random.random(count) < 2 / 12 * parameters.voluntary_rate) & (last_day >= start)
    leaving &= (people["seat"] > 0) & (people["employment_type"] < CONTRACT) & (people["started"] < notice_on)
    people["intent"][:] = looking | leaving
    who = np.flatnonzero(leaving)
    leave(people, spells, who, last_day[who], VOLUNTARY, notice_on[who])


def end_contracts(people: Ledger, spells: Ledger, month: tuple[int, int]) -> None:
    """Contracts that end in the month."""
    first, last = month
    ends = (people["seat"] > 0) & (people["last_day"] == NEVER) & (people["employment_type"] >= CONTRACT)
    who = np.flatnonzero(ends & (people["contract_end"] <= last))
    leave(people, spells, who, np.maximum(people["contract_end"][who], first), END_OF_CONTRACT)


def staying(people: Ledger) -> Indices:
    """Who is on a permanent contract and has not decided to leave. The chief executive stays out of it."""
    return np.flatnonzero((people["seat"] > 0) & (people["last_day"] == NEVER) & (people["employment_type"] < CONTRACT))


def decide(
    people: Ledger, spells: Ledger, month: tuple[int, int], who: Indices, onset: Floats,
    *, layoff: float, parameters: Parameters, random: np.random.Generator,
) -> Rates:  # fmt: skip
    """Set intent, last days, exit types and notices of `who` for one month.

    `onset` is the monthly rate at which each would begin to look around, were their frailty 1; `layoff` the share of people
    laid off in the month.
    """
    first, last = month
    count = len(who)
    day_in_month = first + random.integers(0, last - first + 1, count)
    starts = random.random(count) < 1 - np.exp(-onset * people["frailty"][who])
    settles = random.random(count) < SETTLES
    looking = np.where(people["intent"][who], ~settles, starts)
    people["intent"][who] = looking

    hazard = np.where(looking, quit_rate(parameters, looking=True), quit_rate(parameters, looking=False))
    resigns = random.random(count) < 1 - np.exp(-hazard)

    low = np.nan_to_num(people["rating"][who], nan=3.0) <= LOW_RATING
    dismissal = (parameters.involuntary_rate + low * parameters.low_rating_exit_rate) / 12
    dismissed = random.random(count) < 1 - np.exp(-dismissal)
    laid_off = random.random(count) < layoff
    dismissed |= laid_off

    old = (first - people["born"][who]) / YEAR >= RETIREMENT_AGE
    retires = (random.random(count) < RETIRES) & old
    notice_days = random.integers(NOTICE_DAYS[0], NOTICE_DAYS[1] + 1, count)

    leave(people, spells, who[dismissed], day_in_month[dismissed], INVOLUNTARY)
    spells["cause"][people["spell"][who[laid_off]]] = LAYOFF
    retires &= ~dismissed
    leave(people, spells, who[retires], (day_in_month + notice_days)[retires], RETIREMENT, day_in_month[retires])
    resigns &= ~dismissed & ~retires
    leave(people, spells, who[resigns], (day_in_month + notice_days)[resigns], VOLUNTARY, day_in_month[resigns])
    other = 1 - np.exp(-dismissal) * (1 - layoff) * (1 - RETIRES * old)
    return Rates(who.astype(np.int32), onset.astype(np.float32), looking, hazard.astype(np.float32), other.astype(np.float32))


def leave(people: Ledger, spells: Ledger, who: Indices, last_day: Indices, exit_type: int, notice_on: Indices | None = None) -> None:
    """It is decided that `who` leave on `last_day`; without notice the systems learn of it on the day itself."""
    people["last_day"][who] = last_day
    people["exit_type"][who] = exit_type
    spell = people["spell"][who]
    spells["end"][spell] = last_day
    spells["exit_type"][spell] = exit_type
    spells["rating"][spell] = people["rating"][who]
    spells["pay_gap"][spell] = people["pay_gap"][who]
    spells["known_on"][spell] = last_day if notice_on is None else notice_on
    if notice_on is not None:
        people["notice_on"][who] = notice_on
        spells["notice_on"][spell] = notice_on
