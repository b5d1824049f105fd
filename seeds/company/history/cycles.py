"""Review cycles in the simulation: managers form their ratings, people hear them, low ones lead to plans.

Here: who is rated by whom when, and what is learnt when. Not here: the formula of a rating (ratings.py), stages and tables of
reviews (reviews/), how plans go (plans.py).
"""

from __future__ import annotations

import numpy as np

from seeds.company.days import NEVER, Days
from seeds.company.history import plans
from seeds.company.history.ledger import Indices, Ledger
from seeds.company.history.moves import Workplace
from seeds.company.history.ratings import rate
from seeds.company.history.structure import CONTRACT
from seeds.company.history.workforce import Workforce, bosses, part_of_history
from seeds.company.parameters import Parameters

PROBATION_DAYS = 90
PROBATION_NOTICE_DAYS = 14


def _rate(workforce: Workforce, who: Indices, rater: Indices, seat: Indices, number: int,
          *, due: Days | int, appears: Days | int, shift: float, parameters: Parameters, random: np.random.Generator) -> None:  # fmt: skip
    """The managers `rater` form their ratings of `who` in `seat` for cycle `number`."""
    people, structure = workforce.people, workforce.structure
    first_time = np.unique(rater[np.isnan(people["severity"][rater])])
    correlation = parameters.severity_quality_correlation
    people["severity"][first_time] = parameters.severity_sd * (
        correlation * structure.quality[people["last_seat"][first_time]]
        + np.sqrt(1 - correlation**2) * people["severity_draw"][first_time]
    )  # fmt: skip
    severity = people["severity"][rater] + people["severity_drift"][rater]
    performance = workforce.workplace.performance.value()[who]
    quality = parameters.team_quality_sd * structure.quality[structure.parents[0][seat]]
    added = severity + quality + shift
    ratings = rate(performance, people["compression"][rater], added, rater, who, parameters=parameters, random=random)
    workforce.reviews.append(
        len(who), person=who, rater=rater, seat=seat, cycle=number, due=due, appears=appears, performance=performance, severity=severity,
        self_rating=ratings.self_rating, manager_rating=ratings.manager_rating, final_rating=ratings.final_rating,
    )  # fmt: skip


def seats_on(workplace: Workplace, day: int) -> Indices:
    """The seat of each person on a past `day`, -1 for those who were in none."""
    seat, stints = np.full(len(workplace.people), -1), workplace.stints
    rows = np.flatnonzero((stints["first_day"] <= day) & (stints["last_day"] >= day))
    seat[stints["person"][rows]] = stints["seat"][rows]
    return seat


def started_by(workplace: Workplace, day: int) -> Days:
    """The day on which each person's last spell up to `day` began, NEVER for those who had not come yet."""
    started, spells = np.full(len(workplace.people), NEVER), workplace.spells
    rows = np.flatnonzero(spells["start"] <= day)
    started[spells["person"][rows]] = spells["start"][rows]
    return started


def _close_cycle(workforce: Workforce, number: int, parameters: Parameters,
                 random: np.random.Generator) -> None:  # fmt: skip
    """The ratings of a regular cycle, of all who are there when it opens and will have been for 90 days at its end.

    Who has left by its end is rated here too, and stops on the way (see the stages of reviews): on the day the cycle opens
    nobody knows that they will leave.
    """
    people, cycle, structure = workforce.people, workforce.cycles[number], workforce.structure
    performance = workforce.workplace.performance
    performance.advance(parameters.trend_sd, random)
    people["severity_drift"][:] += parameters.severity_drift_sd * random.standard_normal(len(people))
    workforce.performance.append((number, performance.value()))
    seat = seats_on(workforce.workplace, cycle.opens)
    occupant = np.full(structure.size, -1)
    seated = np.flatnonzero(seat >= 0)
    occupant[seat[seated]] = seated
    boss = bosses(occupant, structure.parents_on(cycle.opens), structure.depth)
    who = seated[(seat[seated] > 0) & (people["employment_type"][seated] < CONTRACT)]
    who = who[(started_by(workforce.workplace, cycle.opens)[who] <= cycle.period_end - PROBATION_DAYS) & (boss[seat[who]] >= 0)]
    shift = parameters.scale_tightening * (cycle.period_end > part_of_history(parameters, 2 / 3))
    _rate(workforce, who, boss[seat[who]], seat[who], number, due=NEVER, appears=cycle.opens, shift=shift,
          parameters=parameters, random=random)  # fmt: skip


def _learn(workforce: Workforce, number: int) -> Ledger:
    """People hear their final ratings of cycle `number`; returns the ledger of reviews."""
    people, reviews = workforce.people, workforce.reviews
    rows = np.flatnonzero(reviews["cycle"] == number)
    who, rating = reviews["person"][rows], reviews["final_rating"][rows]
    people["rating_drop"][who] = np.nan_to_num(people["rating"][who] - rating)
    people["rating"][who] = rating
    return reviews


def end_probations(workforce: Workforce, month: tuple[int, int], parameters: Parameters,
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
    appears = np.maximum(month[0], due[who] - PROBATION_NOTICE_DAYS)
    _rate(workforce, who, people["boss"][who], people["seat"][who], number, due=due[who], appears=appears, shift=0.0,
          parameters=parameters, random=random)  # fmt: skip


def finish_cycles(workforce: Workforce, last: int, streams: dict[str, np.random.Generator]) -> None:
    """Ratings of the cycles that end by day `last`; results and plans of those that are signed by then."""
    cycles, parameters = workforce.regular_cycles, workforce.parameters
    while workforce.closed < len(cycles) and cycles[workforce.closed].period_end <= last:
        _close_cycle(workforce, workforce.closed, parameters, streams["ratings"])
        workforce.closed += 1
    while workforce.learnt < workforce.closed and cycles[workforce.learnt].sign_off_due <= last:
        reviews, day = _learn(workforce, workforce.learnt), cycles[workforce.learnt].sign_off_due
        plans.start(workforce.plans, workforce.workplace, reviews, workforce.learnt, day, parameters=parameters, random=streams["plans"])
        workforce.learnt += 1
