"""Who rates when the rater has left before the review was handed in.

Here: raters who hand in before they go, reviews passed on to who leads the person then. Not here: how the rating comes about
(history/ratings.py): a successor hands in what the one who left had formed.

Nothing changes before a rater gives notice or, without notice, before the last day: that they will leave is not known then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.parameters import Parameters
from seeds.company.reviews.stages import DAY, NO_TIME, office_hours

HANDOVERS = 3
DELAY_DAYS, FAREWELL_DAYS = (1, 7), (0, 9)
# A successor of somebody punctual still leaves that much time for the end of the review.
LEAVES_DAYS = 5


def before_leaving(rows: pl.DataFrame, by_manager: Indices, rater_end: Days, notice_on: Days, parameters: Parameters) -> Indices:
    """`by_manager`, sooner where the rater gave notice and hands in what is left to do before the last day.

    `rater_end` and `notice_on` are of the rater's employment. Nothing is sooner than the days after notice and after the
    review appeared.
    """
    draws = parameters.draws("reviews.farewell")
    keys = rows["person"].to_numpy(), rows["cycle_key"].to_numpy()
    farewell = rater_end - draws.integers(*FAREWELL_DAYS, *keys)
    soonest = np.maximum(notice_on, rows["appears"].to_numpy()) + 1
    day = np.maximum(farewell, soonest)
    second = office_hours(day, draws.sub("hour"), *keys)
    hurries = (notice_on < NEVER) & (second // DAY <= rater_end)
    return np.where(hurries, np.minimum(by_manager, second), by_manager)


@dataclass(frozen=True)
class Raters:
    """Whose a review was from which day on, in order; `by_manager` is when the last of them hands it in (seconds)."""

    since: list[Days]
    rater: list[Indices]
    by_manager: Indices

    def on(self, day: int) -> tuple[Indices, Days]:
        """Whose each review is at the end of `day`, and since when."""
        current, begun = self.rater[0], self.since[0]
        for since, rater in zip(self.since[1:], self.rater[1:], strict=True):
            current, begun = np.where(since <= day, rater, current), np.where(since <= day, since, begun)
        return current, begun


def raters(rows: pl.DataFrame, by_manager: Indices, resumes: Indices, slip: Floats, history: History) -> Raters:
    """Pass each review on whose rater leaves before `by_manager`; with nobody to take it, it is never handed in.

    `resumes` is the second, after its period, before which a review is not handed in that lay still until a plan was to come
    of it (0: any other review). `rows` has person, rater, cycle_key, appears, period_end, sign_off_due and has_plan.
    """
    draws = history.parameters.draws("reviews.handover")
    person, cycle, appears = (rows[name].to_numpy() for name in ("person", "cycle_key", "appears"))
    # A plan that comes of the review must not show before its period ends.
    has_plan, after_period = rows["has_plan"].to_numpy(), rows["period_end"].to_numpy() + 1
    latest = np.where((slip > 0) & ~has_plan, NEVER, rows["sign_off_due"].to_numpy() - LEAVES_DAYS)
    since, who = [appears], [rows["rater"].to_numpy()]
    end = np.maximum(history.last_day(who[0], appears), appears - 1)
    earliest = np.zeros(len(rows), dtype=np.int64)
    by_manager = by_manager.copy()
    for number in range(HANDOVERS):
        if number == HANDOVERS - 1:
            lay_still = (resumes > 0) & (by_manager < resumes)
            by_manager, earliest = np.where(lay_still, resumes, by_manager), np.where(lay_still, after_period, earliest)
        left = np.flatnonzero((end < by_manager // DAY) & (by_manager < NO_TIME))
        day = np.maximum(end[left] + 1, earliest[left])
        boss = history.assigned_on(person[left], day)["boss"].fill_null(-1).to_numpy()
        keys = person[left], cycle[left], number
        wished = np.minimum(day + draws.integers(*DELAY_DAYS, *keys), np.maximum(day, latest[left]))
        later = np.maximum(by_manager[left], office_hours(wished, draws.sub("hour"), *keys))
        by_manager[left] = np.where(boss >= 0, later, NO_TIME)
        since.append(np.full(len(rows), NEVER))
        who.append(who[-1].copy())
        since[-1][left] = np.where(boss >= 0, day, NEVER)
        who[-1][left] = np.where(boss >= 0, boss, who[-1][left])
        end[left] = np.where(boss >= 0, history.last_day(np.maximum(boss, 0), day), NEVER)
    return Raters(since, who, np.where(end < by_manager // DAY, NO_TIME, by_manager))
