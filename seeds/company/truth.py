"""The truth about people that the pipeline must never read: hazards, risks and trends.

Here: tables of it. Not here: how risks are worked out (history/risk.py), the truth of single areas (each area).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import date_series
from seeds.company.history.record import History
from seeds.company.history.risk import HORIZONS, Risks, observable
from seeds.company.sink import Evidence, Rows

DAYS_OF_YEAR = 365.25


def write_hazards(history: History, rows: Rows) -> None:
    """attrition_hazard(employee_id, month, hazard): chance of resigning in the month, given everything.

    Of people on permanent contracts who had not decided to leave when it began; `month` is its first day.
    """
    for (first, _), rates in zip(history.months, history.workforce.rates, strict=True):
        if first <= history.until:
            who = rates.who.astype(np.int64)
            day = date_series("month", np.full(len(who), first))
            hazard = -np.expm1(-rates.hazard.astype(np.float64))
            rows.truth("attrition_hazard", pl.DataFrame({"employee_id": history.employee_id(who), "month": day, "hazard": hazard}))


def write_risks(history: History, risks: Risks, evidence: Evidence, rows: Rows) -> None:
    """attrition_risk(employee_id, origin, horizon_days, risk_full, risk_observable).

    The chance of a voluntary exit in (origin, origin + horizon_days], of those on permanent contracts who had not decided to
    leave at the origin, a month's last day: given everything, and given all that the warehouse can see.
    """
    seen = observable(risks.origins, history.workforce.rates, evidence.log_ratio(), len(history.people), history.parameters)
    for origin, observed in zip(risks.origins, seen, strict=True):
        for number, horizon in enumerate(HORIZONS):
            frame = pl.DataFrame(
                {
                    "employee_id": history.employee_id(origin.who),
                    "origin": date_series("origin", np.full(len(origin.who), origin.day)),
                    "horizon_days": np.full(len(origin.who), horizon),
                    "risk_full": origin.full[number].astype(np.float64),
                    "risk_observable": observed[number].astype(np.float64),
                }
            )
            rows.truth("attrition_risk", frame)


def write_trends(history: History, rows: Rows) -> None:
    """trend(employee_id, slope_per_year): least-squares slope of true performance over the half years a person was there.

    On the rating scale; of people there at the end of at least two half years up to the last day.
    """
    ends = [history.cycles[number].period_end for number, _ in history.workforce.performance]
    ends = [end for end in ends if end <= history.until]
    everybody = np.arange(len(history.people))
    there = np.stack([history.last_day(everybody, np.full(len(everybody), end)) >= end for end in ends]) if ends else np.zeros((0, 0))
    if len(ends) < 2:
        rows.truth("trend", pl.DataFrame(schema={"employee_id": pl.String, "slope_per_year": pl.Float64}))
        return
    years = np.array(ends)[:, None] / DAYS_OF_YEAR
    value = np.stack([history.performance(everybody, np.full(len(everybody), end)) for end in ends])
    count = np.maximum(there.sum(axis=0), 1)
    centred = np.where(there, years - np.where(there, years, 0).sum(axis=0) / count, 0)
    spread = (centred**2).sum(axis=0)
    known = there.sum(axis=0) >= 2
    slope = (centred * value).sum(axis=0)[known] / spread[known]
    rows.truth("trend", pl.DataFrame({"employee_id": history.employee_id(everybody[known]), "slope_per_year": slope}))
