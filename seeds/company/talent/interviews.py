"""Interviews: who asks a candidate, on which day, and what they think.

Here: a rating is the impression a candidate makes on everybody, which says a little about performance, and the interviewer's own
view. Not here: the impression (candidates.py), the table.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Days, Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.talent.candidates import RATERS_SHARE

RATING_MEAN, RATING_SD = 3.05, 0.80
STRONG_FROM, HIRE_FROM, NO_HIRE_FROM = 4.5, 3.5, 2.5
RECOMMENDATIONS = ["strong_hire", "hire", "no_hire", "strong_no_hire"]
UNDECIDED = 0.04
SLOTS = 3
# Chance that an interview takes place in each slot, and days after the first one: the leader's, two by colleagues on a skill.
TAKES_PLACE = np.array([0.92, 0.85, 0.55])
DAYS_AFTER = np.array([0, 1, 4])
LOOKS_UP = 4
KEYS = ("seat", "number", "place", "slot")


def _leader(history: History, lead: Indices, day: Days) -> Indices:
    """Who sits in the seat `lead` on `day`, or in the next one above that is taken; -1 if nobody."""
    structure = history.structure
    stints = history.workforce.workplace.stints.frame().select("seat", "person", "first_day", last="last_day").sort("first_day")
    found = np.full(len(lead), -1)
    seat = lead.copy()
    for _ in range(LOOKS_UP):
        open_rows = np.flatnonzero((found < 0) & (seat >= 0))
        asked = pl.DataFrame({"row": open_rows, "seat": seat[open_rows], "day": day[open_rows]}).sort("day")
        here = asked.join_asof(stints, left_on="day", right_on="first_day", by="seat", check_sortedness=False)
        here = here.filter(pl.col("last") >= pl.col("day"))
        found[here["row"].to_numpy()] = here["person"].to_numpy()
        later = day >= structure.epoch_starts[-1]
        seat = np.where(seat >= 0, np.where(later, structure.parents[-1][seat], structure.parents[0][seat]), -1)
    return found


def _colleagues(history: History, department: Indices, day: Days, pick: Floats) -> Indices:
    """Somebody of each department who was there on each day, -1 if the one that comes to mind was not."""
    found = np.full(len(day), -1)
    month = np.clip(history.month_of(day), 0, len(history.months) - 1)
    for number in np.unique(month):
        staff = history.staff_on(history.months[number][0]).filter(~pl.col("temporary")).sort("department", "person")
        start = np.searchsorted(staff["department"].to_numpy(), np.arange(len(history.structure.department_name) + 1))
        rows = np.flatnonzero(month == number)
        first, size = start[department[rows]], np.diff(start)[department[rows]]
        rows, first, size = rows[size > 0], first[size > 0], size[size > 0]
        found[rows] = staff["person"].to_numpy()[first + np.floor(pick[rows] * size).astype(np.int64)]
    there = (found >= 0) & (history.last_day(np.maximum(found, 0), day) >= day)
    return np.where(there, found, -1)


def interviews(history: History, candidates: pl.DataFrame, must_skills: Indices) -> pl.DataFrame:
    """The interviews held by the last day with `candidates`: application_id, slot, interviewer, held, skill (-1: overall), rating, advice.

    `must_skills`: a few skills for each of `candidates` to be asked about, one row each (-1: none).
    """
    draws = history.parameters.draws("interviews")
    invited = np.flatnonzero(candidates["meets"].to_numpy() < NEVER)
    row = np.repeat(invited, SLOTS)
    slot = np.tile(np.arange(SLOTS), len(invited))
    each = candidates[row].with_columns(pl.Series("slot", slot))
    keys = [each[name].to_numpy() for name in KEYS]
    held = _next_weekday(each["meets"].to_numpy() + DAYS_AFTER[slot] * (1 + draws.sub("gap").integers(0, 2, *keys)))
    happens = draws.sub("happens").chance(TAKES_PLACE[slot], *keys)
    keep = happens & (held <= history.until) & (held < each["closes"].to_numpy()) & (held <= each["over"].to_numpy())
    row, slot, held, each = row[keep], slot[keep], held[keep], each.filter(pl.Series(keep))
    keys = [each[name].to_numpy() for name in KEYS]

    leader = _leader(history, each["lead"].to_numpy(), held)
    department = each["department"].to_numpy()
    colleague = _colleagues(history, department, held, draws.sub("colleague").uniform(*keys))
    another = _colleagues(history, department, held, draws.sub("another").uniform(*keys))
    interviewer = np.where(slot == 0, leader, np.where(colleague >= 0, colleague, another))
    view = np.sqrt(1 - RATERS_SHARE) * each["impression"].to_numpy() + np.sqrt(RATERS_SHARE) * draws.sub("view").normal(*keys)
    rating = np.clip(np.round(2 * (RATING_MEAN + RATING_SD * view)) / 2, 1.0, 5.0)
    advice = np.select([rating >= STRONG_FROM, rating >= HIRE_FROM, rating >= NO_HIRE_FROM], [0, 1, 2], 3)
    advice = np.where(draws.sub("undecided").chance(UNDECIDED, *keys), -1, advice)
    return pl.DataFrame(
        {
            "application_id": each["application_id"], "slot": slot, "interviewer": interviewer, "held": held,
            "skill": np.where(slot == 0, -1, must_skills[row, np.maximum(slot - 1, 0)]), "rating": rating, "advice": advice,
        }
    )  # fmt: skip


def _next_weekday(day: npt.NDArray[np.int64]) -> Days:
    """Saturdays and Sundays become the Monday after."""
    weekday = (day + 3) % 7
    return day + np.where(weekday >= 5, 7 - weekday, 0)
