"""The table `leave_periods`: absences over weeks or months.

Here: who is away when. Not here: why; leave has nothing to do with how people do or whether they leave the company.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, date_series
from seeds.company.draws import Draws
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History

# Leave that was running when the history begins started within the year before.
MONTHS_BEFORE = 12
MONTH = 30.4
BREATHER = 31
# Kinds of leave, nowhere recorded: some weeks, a few months, most of a year. Share, days from and to.
LENGTHS = ((0.45, 21, 56), (0.35, 60, 150), (0.20, 170, 365))


def _lengths(draws: Draws, person: Indices, month: int) -> Days:
    kind = draws.sub("kind").choice([share for share, _, _ in LENGTHS], person, month)
    shortest, longest = (np.array([each[place] for each in LENGTHS])[kind] for place in (1, 2))
    return draws.sub("length").integers(shortest, longest + 1, person, month)


def leave_periods(history: History) -> pl.DataFrame:
    """One row per leave begun by the last day; its end is empty while it lasts.

    Month by month, because who is away begins no second leave. People who leave the company meanwhile do so as everybody else,
    and the leave ends with them.
    """
    parameters = history.parameters
    draws = parameters.draws("leave")
    back_on = np.full(len(history.people), -NEVER)
    before = [round(history.start - MONTH * back) for back in range(MONTHS_BEFORE, 0, -1)]
    firsts = [*before, *(first for first, _ in history.months)]
    who, starts, ends = [], [], []
    for number, first in enumerate(firsts):
        if first > history.until:
            break
        staff = history.staff_on(first).filter(~pl.col("temporary"))
        person = staff["person"].to_numpy()
        month = number - MONTHS_BEFORE
        begins = draws.sub("begins").chance(parameters.leave_rate / 12, person, month) & (back_on[person] <= first)
        person = person[begins]
        day = first + draws.sub("day").integers(0, 28, person, month)
        last = day + _lengths(draws, person, month) - 1
        back_on[person] = last + BREATHER
        who.append(person)
        starts.append(day)
        ends.append(last)
    person, start, end = (np.concatenate(each).astype(np.int64) for each in (who, starts, ends))
    last_day = history.last_day(person, start)
    end = np.minimum(end, last_day)
    rows = pl.DataFrame(
        {
            "employee_id": history.employee_id(person),
            "starts_on": date_series("starts_on", start),
            "ends_on": date_series("ends_on", np.where(end <= history.until, end, NEVER)),
        }
    )
    return rows.filter(pl.Series((start <= history.until) & (last_day >= start))).sort("employee_id", "starts_on")
