"""Performance improvement plans: who gets one after a low rating, how it ends.

Here: start, length, extension, outcome and what follows. Not here: ratings, exits that have other causes, and the tables
of plans (improvement/).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seeds.company.days import NEVER
from seeds.company.history.exits import LOW_RATING, leave
from seeds.company.history.ledger import INVOLUNTARY, PLAN, VOLUNTARY, Indices, Ledger
from seeds.company.history.moves import Workplace
from seeds.company.parameters import Parameters

ACTIONS = ["termination", "resignation", "new_plan", "demotion", "other"]
TERMINATION, RESIGNATION, NEW_PLAN, DEMOTION, OTHER = range(5)
ACTION_SHARE = [0.50, 0.14, 0.12, 0.12, 0.12]
LENGTHS, LENGTH_SHARE = [30, 60, 90], [0.25, 0.45, 0.30]
EXTENDED_SHARE, WITHDRAWN_SHARE = 0.12, 0.04
STARTS_WITHIN_DAYS = (4, 28)


@dataclass(frozen=True)
class Ended:
    """People whose plan made them leave in a month: who resigned and their last days, who was dismissed."""

    resigned: Indices
    last_day: Indices
    dismissed: Indices


def start(
    plans: Ledger, workplace: Workplace, reviews: Ledger, cycle: int, told_on: int,
    *, parameters: Parameters, random: np.random.Generator,
) -> None:  # fmt: skip
    """Plans for a share of the people rated low in `cycle`, whose results were due on day `told_on`."""
    people = workplace.people
    rows = np.flatnonzero((reviews["cycle"] == cycle) & (reviews["final_rating"] <= LOW_RATING))
    draw = random.random(len(rows))
    day = told_on + random.integers(*STARTS_WITHIN_DAYS, len(rows))
    who = reviews["person"][rows]
    rating = reviews["final_rating"][rows]
    chance = parameters.pip_share * np.where(rating < LOW_RATING, 1.6, 0.85)
    free = (people["seat"][who] > 0) & (people["last_day"][who] == NEVER) & (people["on_plan_until"][who] < day)
    chosen = free & (draw < chance)
    reviews["has_plan"][rows[chosen]] = True
    _add(plans, workplace, who[chosen], day[chosen], rating[chosen], parameters=parameters, random=random)


def _add(plans: Ledger, workplace: Workplace, who: Indices, day: Indices, rating: Indices,
         *, parameters: Parameters, random: np.random.Generator) -> None:  # fmt: skip
    people, count = workplace.people, len(who)
    planned = random.choice(LENGTHS, count, p=LENGTH_SHARE)
    extended = random.random(count) < EXTENDED_SHARE
    planned_end = day + planned - 1
    extended_until = np.where(extended, planned_end + 30, NEVER)
    closes = np.where(extended, extended_until, planned_end) + random.integers(0, 8, count)
    odds = parameters.pip_success_share / max(1 - parameters.pip_success_share, 1e-9)
    performance = workplace.performance.value()[who]
    logit = np.log(max(odds, 1e-9)) + 0.8 * (performance - (parameters.performance_mean - 0.6))
    successful = random.random(count) < 1 / (1 + np.exp(-logit))
    action = np.where(successful, -1, random.choice(len(ACTIONS), count, p=ACTION_SHARE))
    withdrawn = random.random(count) < WITHDRAWN_SHARE
    closes = np.where(withdrawn, day + (closes - day) // 2, closes)
    plans.append(
        count, person=who, rater=people["boss"][who], start=day, planned_days=planned, extended_until=extended_until,
        closes=closes, successful=successful, action=action, withdrawn=withdrawn, rating=rating,
    )  # fmt: skip
    people["on_plan_until"][who] = closes


def close(plans: Ledger, workplace: Workplace, month: tuple[int, int], parameters: Parameters,
          random: np.random.Generator) -> Ended:  # fmt: skip
    """What follows from plans that close in the month without success, for people who are still there."""
    people = workplace.people
    due = (plans["closes"] >= month[0]) & (plans["closes"] <= month[1]) & ~plans["withdrawn"]
    there = (people["seat"][plans["person"]] > 0) & (people["last_day"][plans["person"]] == NEVER)
    rows = np.flatnonzero(due & there & (plans["action"] >= 0))
    who, closes, action = plans["person"][rows], plans["closes"][rows], plans["action"][rows]
    soon, later = random.integers(0, 6, len(rows)), random.integers(14, 31, len(rows))

    dismissed, resigned = action == TERMINATION, action == RESIGNATION
    leave(people, workplace.spells, who[dismissed], closes[dismissed] + soon[dismissed], INVOLUNTARY)
    leave(people, workplace.spells, who[resigned], closes[resigned] + later[resigned], VOLUNTARY, closes[resigned])
    workplace.spells["cause"][people["spell"][who[dismissed | resigned]]] = PLAN
    demoted = action == DEMOTION
    workplace.demote(who[demoted], closes[demoted] + 1)
    again = (action == NEW_PLAN) & (people["last_day"][who] == NEVER)
    day = closes[again] + 1 + soon[again]
    _add(plans, workplace, who[again], day, plans["rating"][rows][again], parameters=parameters, random=random)
    return Ended(who[resigned], closes[resigned] + later[resigned], who[dismissed])
