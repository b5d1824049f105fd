"""What makes people look around for another job.

Here: the log multiplier of the rate at which they begin to. Not here: what follows from looking around (exits.py).
"""

from __future__ import annotations

import numpy as np

from seeds.company.days import Floats, as_date
from seeds.company.history.ledger import Indices, Ledger
from seeds.company.parameters import Parameters

YEAR = 365.25
BUSY_MONTHS = (1, 2, 3, 9)
PLAN_EFFECT = 1.2
STAR_FROM, STAR_PAY_FACTOR = 4.0, 0.8
# Departures rise around the first and the second anniversary and decline slowly afterwards.
PEAKS = ((1.0, 0.20, 0.75), (2.0, 0.25, 0.55))
DECLINE_PER_YEAR, DECLINE_ENDS = 0.07, 10.0
SETTLED_YEARS, STUCK_YEARS = 2.0, 4.0
MOST_TEAM_EXITS = 3
NEW_BOSS_DAYS = 183


def tenure_curve(years: Floats) -> Floats:
    """Log multiplier by years of tenure: peaks after one and two years, then a slow decline."""
    curve = -DECLINE_PER_YEAR * np.minimum(years, DECLINE_ENDS)
    for centre, width, height in PEAKS:
        curve = curve + height * np.exp(-(((years - centre) / width) ** 2) / 2)
    result: Floats = curve
    return result


def log_drivers(people: Ledger, who: Indices, day: int, team_exits: Floats, strain: Floats, parameters: Parameters) -> Floats:
    """Log multiplier for each of `who`, without season, labour market and frailty.

    `team_exits` counts those who left the team in the last three months, `strain` is the workload of the team (standard normal).
    """
    rating = people["rating"][who]
    severity = np.nan_to_num(people["severity"][people["boss"][who]] * (people["boss"][who] >= 0))
    star = np.nan_to_num(rating) >= STAR_FROM
    stuck = np.clip((day - people["level_since"][who]) / YEAR - SETTLED_YEARS, 0, STUCK_YEARS)
    result: Floats = (
        parameters.tenure_effect * tenure_curve((day - people["started"][who]) / YEAR)
        + parameters.pay_effect * people["pay_gap"][who] * (1 + STAR_PAY_FACTOR * star)
        + parameters.rating_effect * np.nan_to_num(parameters.performance_mean - rating)
        + parameters.rating_change_effect * np.clip(people["rating_drop"][who], -1, 2)
        + parameters.manager_severity_effect * -severity
        + parameters.manager_change_effect * (day - people["boss_changed_on"][who] < NEW_BOSS_DAYS)
        + parameters.workload_effect * strain
        + parameters.stagnation_effect * stuck
        + parameters.team_exits_effect * np.minimum(team_exits, MOST_TEAM_EXITS)
        + PLAN_EFFECT * (people["on_plan_until"][who] >= day)
    )
    return result


def season(day: int, parameters: Parameters) -> float:
    """Log multiplier of the month of `day`."""
    return parameters.season_effect * (1.0 if as_date(day).month in BUSY_MONTHS else -0.5)
