"""Potential, in truth and as it is judged once a year.

Here: potential goes with performance but is not the same, and judgements of it favour those who came lately. Not here: plans for
positions (succession.py).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from seeds.company.days import Days, Floats, date_series, day_number
from seeds.company.history.exits import YEAR
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History

ROUND = (10, 1)
ROUND_DAYS = 42
NEW_DAYS = 180
POTENTIAL = ["low", "medium", "high"]
MEDIUM_FROM, HIGH_FROM = -0.55, 0.95


def potential(history: History, person: Indices, day: Days) -> Floats:
    """True potential of each of `person` in the half year of `day`, in standard deviations."""
    parameters = history.parameters
    sd = np.hypot(parameters.performance_sd, parameters.trend_sd)
    performance = history.performance(person, day) / max(float(sd), 1e-9)
    share = parameters.potential_performance_effect
    own = parameters.draws("potential").normal(person)
    result: Floats = share * performance + np.sqrt(1 - share**2) * own
    return result


def assessments(history: History, year: int) -> pl.DataFrame:
    """Table `talent_assessments` of the round of `year`: each leader judges the own people on one day in autumn."""
    parameters, draws = history.parameters, history.parameters.draws("talent assessments")
    first = day_number(dt.date(year, *ROUND))
    staff = history.staff_on(first).filter(~pl.col("temporary") & (pl.col("boss") >= 0) & (pl.col("started") <= first - NEW_DAYS))
    person, boss, started = (staff[name].to_numpy() for name in ("person", "boss", "started"))
    day = first + draws.sub("day").integers(0, ROUND_DAYS, boss, first)
    seen = (day <= history.until) & (day <= history.last_day(person, np.full(len(person), first)))
    person, day, started = person[seen], day[seen], started[seen]
    noise = parameters.potential_noise_share
    judged = (
        np.sqrt(1 - noise) * potential(history, person, day)
        + parameters.potential_tenure_effect * (np.log1p((day - started) / YEAR) - np.log1p(4))
        + np.sqrt(noise) * draws.sub("noise").normal(person, first)
    )  # fmt: skip
    return pl.DataFrame(
        {
            "employee_id": history.employee_id(person),
            "assessed_on": date_series("assessed_on", day),
            "potential": pl.Series(POTENTIAL).gather(np.select([judged >= HIGH_FROM, judged >= MEDIUM_FROM], [2, 1], 0)),
        }
    )


def potential_truth(history: History) -> pl.DataFrame:
    """Truth `potential`: of the people employed on the last day, in standard deviations."""
    person = history.staff_on(history.until).filter(~pl.col("temporary"))["person"].to_numpy()
    value = potential(history, person, np.full(len(person), history.until))
    return pl.DataFrame({"employee_id": history.employee_id(person), "value": value})
