"""Decisions on pay: proposed, approved or rejected, and applied on the day on which they take effect.

Here: the ledger of decisions, what becomes of those that are open when people leave, give notice or move. Not here: how large
they are (pay.py), the table of them (compensation/tables.py).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from seeds.company.compensation.market import GRID
from seeds.company.days import NEVER, Days, Floats, as_date, day_number
from seeds.company.draws import Draws
from seeds.company.history.ledger import Indices, Ledger

KINDS = ["merit", "promotion", "market_adjustment", "bonus", "equity"]
MERIT, PROMOTION, MARKET, BONUS, EQUITY = range(5)
REJECTED_SHARE = 0.025
# Days into the month of planning, by kind: adjustments to the market take until the month after.
PROPOSED_DAYS = (2, 13)
LAST_DECIDED_DAY, FIRST_DECIDED_DAY = np.array([24, 24, 54, 24, 24]), 15
# Results of a half year are known this long after its end.
RESULTS_DAYS = 52


def last_results(day: int) -> int:
    """The end of the last half year whose ratings everybody had heard on `day`."""
    told = as_date(day - RESULTS_DAYS + 1)
    return day_number(dt.date(told.year, 6, 30) if told.month > 6 else dt.date(told.year - 1, 12, 31))


def award_ledger() -> Ledger:
    """One row per decision. `amount` is full-time money in the currency of `place`; days as in the contract, NEVER is none.

    `period_end` is the end of the review period it rests on, -1 for none; `refused_on` the day it was rejected or fell through.
    """
    return Ledger(
        person=0, kind=0, day=0, amount=0.0, place=0, period_end=-1, proposed_on=0, decided_on=0, refused_on=NEVER,
    )  # fmt: skip


class Awards:
    """The ledger, and which of its rows still wait for their day."""

    def __init__(self, draws: Draws) -> None:
        self.ledger = award_ledger()
        self._waiting = np.empty(0, dtype=np.int64)
        self._draws = draws

    def copy(self, draws: Draws) -> Awards:
        """A copy of those that wait, that goes on by itself."""
        twin = Awards(draws)
        waits = np.zeros(len(self.ledger), dtype=np.bool_)
        waits[self._waiting] = True
        twin.ledger = self.ledger.only(waits)
        twin._waiting = np.arange(len(twin.ledger))
        return twin

    def plan(self, kind: int, who: Indices, month: int, day: int, amount: Floats, place: Indices, period_end: npt.ArrayLike) -> None:
        """Propose `amount` from `day` on for each of `who`, and decide on it, in the month that begins on day `month`."""
        draws = self._draws.sub(KINDS[kind])
        decided = month + draws.sub("decided").integers(FIRST_DECIDED_DAY, LAST_DECIDED_DAY[kind], who, month)
        rejected = draws.sub("rejected").chance(REJECTED_SHARE, who, month)
        rows = self.ledger.append(
            len(who), person=who, kind=kind, day=day, amount=amount, place=place, period_end=period_end, decided_on=decided,
            proposed_on=month + draws.sub("proposed").integers(*PROPOSED_DAYS, who, month),
            refused_on=np.where(rejected, decided, NEVER),
        )  # fmt: skip
        self._waiting = np.concatenate((self._waiting, rows[~rejected]))

    def grant(self, kind: int, who: Indices, day: npt.ArrayLike, amount: Floats, place: Indices, period_end: npt.ArrayLike) -> None:
        """Decide and apply at once, on `day`."""
        self.ledger.append(
            len(who), person=who, kind=kind, day=day, amount=amount, place=place, period_end=period_end, proposed_on=day, decided_on=day
        )

    def _waiting_for(self, who: Indices) -> tuple[Indices, Indices]:
        """Rows of raises that wait, and for each the place of its person in `who`."""
        mine = self._waiting[np.isin(self.ledger["person"][self._waiting], who) & (self.ledger["kind"][self._waiting] != BONUS)]
        order = np.argsort(who)
        return mine, order[np.searchsorted(who, self.ledger["person"][mine], sorter=order)]

    def scale(self, who: Indices, days: Days, factor: Floats) -> None:
        """`who` get new pay on `days`: raises not yet proposed grow by `factor`, those proposed fall through."""
        rows, index = self._waiting_for(who)
        proposed = self.ledger["proposed_on"][rows] < days[index]
        grown, grid = rows[~proposed], GRID[self.ledger["place"][rows[~proposed]]]
        self.ledger["amount"][grown] = np.round(self.ledger["amount"][grown] * factor[index[~proposed]] / grid) * grid
        self._fall(rows[proposed], days[index[proposed]])

    def drop(self, who: Indices, days: Days) -> None:
        """`who` move to another currency on `days`: raises not yet proposed never are, those proposed fall through."""
        rows, index = self._waiting_for(who)
        early = self.ledger["proposed_on"][rows] >= days[index]
        self.ledger["proposed_on"][rows[early]] = NEVER
        self._fall(rows, days[index])

    def _fall(self, rows: Indices, days: Days) -> None:
        self.ledger["refused_on"][rows] = days
        self._waiting = np.setdiff1d(self._waiting, rows)

    def settle(self, people: Ledger, first: int) -> Indices:
        """Close all that wait for a day up to `first`; returns the rows of raises that take effect, by kind then person.

        A bonus goes to who is still employed on its day, a raise to who has not given notice either.
        """
        ledger = self.ledger
        due = self._waiting[ledger["day"][self._waiting] <= first]
        self._waiting = np.setdiff1d(self._waiting, due)
        who, day = ledger["person"][due], ledger["day"][due]
        last_day = people["last_day"][who]
        is_raise = ledger["kind"][due] != BONUS
        gone = (last_day < day) | ((people["seat"][who] < 0) & is_raise)
        leaving = is_raise & (people["notice_on"][who] < day)
        fallen = gone | leaving
        known = np.where(gone, np.minimum(last_day + 1, day), day)
        ledger["refused_on"][due[fallen]] = np.maximum(known, ledger["proposed_on"][due])[fallen]
        applied: Indices = due[~fallen & is_raise]
        return applied
