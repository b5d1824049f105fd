"""What people are paid: at hire, by raises, promotions, moves and adjustments, and the bonuses they get.

Here: the laws of pay, month by month, and the ledgers they leave behind. Not here: what jobs pay (compensation/market.py), what
becomes of a decision on its way (awards.py), the tables (compensation/tables.py), what follows from pay (exits.py).

Everybody is placed around a target in the band of their job; for women it lies `gender_pay_gap` away. Raises pull people
towards their own target, so that the gap neither closes nor opens with time. All draws are keyed by person and day.
"""

from __future__ import annotations

import datetime as dt
from copy import copy

import numpy as np
import numpy.typing as npt

from seeds.company.compensation.market import GRID, LOG_PLACE, PAY_FAMILIES, PLACE_GROWTH, Market, bonus_target, years_of
from seeds.company.days import Days, Flags, Floats, as_date, day_number
from seeds.company.history import raises
from seeds.company.history.awards import BONUS, EQUITY, MARKET, MERIT, PROMOTION, Awards, last_results
from seeds.company.history.demographics import FEMALE
from seeds.company.history.ledger import Indices, Ledger
from seeds.company.history.structure import CONTRACT, INTERN, Structure
from seeds.company.parameters import Parameters

CHANGE_REASONS = ["hire", "promotion", "merit", "market_adjustment", "equity_adjustment", "unknown"]
BY_HIRE, BY_PROMOTION, BY_MERIT, BY_MARKET, BY_EQUITY, BY_MOVE = range(6)
REASON_OF = np.array([BY_MERIT, BY_PROMOTION, BY_MARKET, BY_MERIT, BY_EQUITY])
# One standard deviation of pay between people in one job, for the pressure that pay puts on them.
SPREAD = 0.12
# New people cost half of what the market pays that day, half of what the band says; a little below either.
HIRE_OFFSET, HIRE_REACH, INTERN_FACTOR = -0.025, 2.0, 0.75
PROMOTION_RAISE, PROMOTION_SD, PROMOTION_CATCH_UP, PROMOTION_FLOOR = 0.04, 0.015, 0.40, -0.17
MERIT_MONTH, MARKET_MONTHS, EQUITY_MONTH = 3, (6, 12), 9
SETTLED_DAYS, BONUS_DAYS, BONUS_YEAR_SD, EQUITY_SHARE = 60, 24, 0.08, 0.6
PAY_ADJUSTMENT_AT = 0.75
# Before the history pay was looked at every other April, for a little less than two raises.
YEARS_BETWEEN = 1.85


class Pay:
    """Everybody's pay now (`standing`, by person), every change of it, and every decision on it.

    `changes` has a row per change: person, day, log_amount (log of yearly full-time base pay in the currency of `place`),
    reason, place, family and level. Arrays called by person have an entry per person ever hired.
    """

    def __init__(self, structure: Structure, parameters: Parameters) -> None:
        self.structure, self.parameters = structure, parameters
        self.market = Market(parameters)
        self.draws = parameters.draws("pay")
        self.decisions = Awards(self.draws.sub("decisions"))
        self.changes = Ledger(person=0, day=0, log_amount=0.0, reason=0, place=0, family=0, level=0)
        self.standing = Ledger(log_amount=np.nan, place=0, family=0)
        start, horizon = day_number(parameters.start), day_number(parameters.horizon)
        self._adjusts_on = start + round((horizon - start) * PAY_ADJUSTMENT_AT)

    def copy(self, name: str) -> Pay:
        """A copy that goes on by itself, with draws of its own; the past that only tables need is left out."""
        twin = copy(self)
        twin.draws = self.parameters.draws(f"{name}/pay")
        twin.decisions = self.decisions.copy(twin.draws.sub("decisions"))
        twin.changes = self.changes.only(np.zeros(len(self.changes), dtype=np.bool_))
        twin.standing = self.standing.copy()
        return twin

    @property
    def awards(self) -> Ledger:
        """Every decision on pay (see awards.py)."""
        return self.decisions.ledger

    def _log_now(self, who: Indices) -> Floats:
        return np.asarray(self.standing["log_amount"][who])

    def _target(self, people: Ledger, who: Indices, days: Days | int, level: Indices | None = None) -> Floats:
        """Log of the pay around which each of `who` is placed: the middle of the band, moved by the gap for women."""
        job_level = people["level"][who] if level is None else level
        middle = self.market.middle(self.standing["family"][who], job_level, self.standing["place"][who], days)
        result: Floats = middle + self._gap(people, who)
        return result

    def _gap(self, people: Ledger, who: Indices) -> Floats:
        return np.asarray(self.parameters.gender_pay_gap * (people["gender"][who] == FEMALE))

    def _set(self, people: Ledger, who: Indices, days: Days | int, log_amount: Floats, reason: npt.ArrayLike, level: Indices) -> Floats:
        """New pay for `who`, rounded; returns the yearly increase. People on a contract send invoices: nothing is kept of it."""
        place = self.standing["place"][who]
        before = np.nan_to_num(np.exp(self._log_now(who)))
        amount = np.maximum(np.round(np.exp(log_amount) / GRID[place]), 1) * GRID[place]
        self.standing["log_amount"][who] = np.log(amount)
        kept = people["employment_type"][who] != CONTRACT
        self.changes.append(
            int(kept.sum()), person=who[kept], day=np.broadcast_to(days, who.shape)[kept], log_amount=np.log(amount[kept]),
            reason=np.broadcast_to(reason, who.shape)[kept], place=place[kept], level=level[kept],
            family=self.standing["family"][who][kept],
        )  # fmt: skip
        result: Floats = np.round(amount - before, 4)
        return result

    def _sit(self, who: Indices, seat: Indices) -> None:
        if len(who) and who.max() >= len(self.standing):
            self.standing.append(int(who.max()) + 1 - len(self.standing))
        self.standing["place"][who] = self.structure.location[seat]
        self.standing["family"][who] = self.structure.division[seat] % len(PAY_FAMILIES)

    def hired(self, people: Ledger, who: Indices, days: Days, level: Indices, seat: Indices) -> None:
        """`who` start (or come back) on `days` in `seat` at `level`: what the band and the market say, and a draw."""
        self._sit(who, seat)
        family, place = self.standing["family"][who], self.standing["place"][who]
        middle = (self.market.middle(family, level, place, days) + self.market.median(family, level, place, days)) / 2
        drawn = np.clip(self.draws.sub("hire").normal(who, days), -HIRE_REACH, HIRE_REACH)
        pay = middle + HIRE_OFFSET + self.parameters.compa_sd * drawn + self._gap(people, who)
        pay = np.where(people["employment_type"][who] == INTERN, middle + np.log(INTERN_FACTOR), pay)
        self._set(people, who, days, pay, BY_HIRE, level)

    def opened(
        self, people: Ledger, who: Indices, days: Days, level: Indices, risen: Flags, risen_days: Days, seat: Indices, start: int
    ) -> None:
        """The pay of the people who were there before the history begins on day `start`, since their hire on `days`.

        Those who have `risen` did so on `risen_days`, to `level`. Until then pay was looked at every other April.
        """
        self.hired(people, who, days, level - risen, seat)
        first = as_date(start - 1)
        year = first.year - (first < dt.date(first.year, 4, 1))
        before = int(days.min()) if len(who) else start
        while day_number(dt.date(year - 2, 4, 1)) > before:
            year -= 2
        aprils = [day_number(dt.date(each, 4, 1)) for each in range(year, first.year + 1, 2)]
        since = -(10**6)
        for day in [*(each for each in aprils if each < start), start]:
            now = np.flatnonzero(risen & (risen_days > since) & (risen_days <= day))
            self.promoted(people, who[now], risen_days[now], level[now], recorded=False)
            since = day
            there = np.flatnonzero((days <= day - SETTLED_DAYS) & (people["employment_type"][who] < CONTRACT) & (day < start))
            job_level = (level - (risen & (risen_days > day)))[there]
            staff = who[there]
            position = self._log_now(staff) - self._target(people, staff, day, job_level)
            weight = raises.merit_weight(position, np.full(len(staff), np.nan), self.draws.sub("merit").normal(staff, day), self.parameters)
            share = np.minimum(weight * raises.budget(self.standing["place"][staff], self.parameters), raises.MOST_RAISE)
            self._set(people, staff, day, self._log_now(staff) + np.log1p(YEARS_BETWEEN * share), BY_MERIT, job_level)

    def promoted(self, people: Ledger, who: Indices, days: Days, level: Indices, *, recorded: bool = True) -> None:
        """`who` rise to `level` on `days`: a raise, and part of the way to the middle of the new band."""
        now = self._log_now(who)
        shortfall = self._target(people, who, days, level) - now
        drawn = np.maximum(PROMOTION_RAISE + PROMOTION_SD * self.draws.sub("promotion").normal(who, days), 0.01)
        pay = now + np.maximum(drawn + PROMOTION_CATCH_UP * np.maximum(shortfall, 0), shortfall + PROMOTION_FLOOR)
        more = self._set(people, who, days, pay, BY_PROMOTION, level)
        if recorded:
            self.decisions.scale(who, days, np.exp(self._log_now(who) - now))
            dates, index = np.unique(days, return_inverse=True)
            rests_on = np.array([last_results(day) for day in dates], dtype=np.int64)[index]
            period = np.where(np.isnan(people["rating"][who]), -1, rests_on)
            self.decisions.grant(PROMOTION, who, days, more, self.standing["place"][who], period)

    def moved(self, people: Ledger, who: Indices, days: Days, seat: Indices) -> None:
        """`who` take `seat` on `days`: same pay at the same place; elsewhere the same place in the band there, in its currency."""
        if not len(who):
            return
        before = self.standing["place"][who]
        self._sit(who, seat)
        other = before != self.standing["place"][who]
        who, days, before = who[other], days[other], before[other]
        place = self.standing["place"][who]
        origin = self.parameters.start.year
        growth = (PLACE_GROWTH[place] - PLACE_GROWTH[before]) * (np.floor(years_of(days)) - origin)
        pay = self._log_now(who) + LOG_PLACE[place] - LOG_PLACE[before] + growth
        self._set(people, who, days, pay, BY_MOVE, people["level"][who])
        self.decisions.drop(who, days)

    def month(self, people: Ledger, month: tuple[int, int], rating: Floats, seat: Indices, who: Indices) -> None:
        """What the company does about pay at the beginning of `month`, for `who`; `rating` and `seat` by person.

        Called before anybody leaves, comes or moves in the month: what takes effect today, then what is planned for later.
        """
        first, last = month
        rows = self.decisions.settle(people, first)
        for kind in (MERIT, MARKET, EQUITY):
            mine = rows[self.awards["kind"][rows] == kind]
            person = self.awards["person"][mine]
            pay = np.log(np.exp(self._log_now(person)) + self.awards["amount"][mine])
            self._set(people, person, first, pay, REASON_OF[kind], people["level"][person])
        staff = who[(people["employment_type"][who] < CONTRACT) & (seat[who] >= 0)]
        if first <= self._adjusts_on <= last and self.parameters.pay_adjustment:
            self._adjust_everybody(people, staff, first)
        staying = staff[people["notice_on"][staff] >= first]
        number = as_date(first).month
        if number == MERIT_MONTH:
            self._plan_bonuses(people, staff, first, rating)
            self._plan_raises(people, staying, first, last + 1, rating)
        if number in MARKET_MONTHS:
            self._plan_market(people, staying, first, last + 32 - as_date(last + 32).day + 1)
        if number == EQUITY_MONTH:
            self._plan_equity(people, staying, first, last + 1)

    def _adjust_everybody(self, people: Ledger, staff: Indices, first: int) -> None:
        pay = self._log_now(staff) + np.log1p(self.parameters.pay_adjustment)
        more = self._set(people, staff, first, pay, BY_MARKET, people["level"][staff])
        self.decisions.scale(staff, np.full(len(staff), first), np.full(len(staff), 1 + self.parameters.pay_adjustment))
        self.decisions.grant(MARKET, staff, first, more, self.standing["place"][staff], -1)

    def _plan(self, kind: int, staff: Indices, first: int, day: int, *, share: Floats, period: npt.ArrayLike = -1) -> None:
        """Propose raises of `share` of pay to those of `staff` for whom it is not nothing once rounded."""
        place = self.standing["place"][staff]
        amount = np.round(np.exp(self._log_now(staff)) * share / GRID[place]) * GRID[place]
        some = amount > 0
        self.decisions.plan(kind, staff[some], first, day, amount[some], place[some], np.broadcast_to(period, staff.shape)[some])

    def _plan_raises(self, people: Ledger, staff: Indices, first: int, day: int, rating: Floats) -> None:
        staff = staff[people["started"][staff] <= first - SETTLED_DAYS]
        position = self._log_now(staff) - self._target(people, staff, first)
        weight = raises.merit_weight(position, rating[staff], self.draws.sub("merit").normal(staff, first), self.parameters)
        place = self.standing["place"][staff]
        share = raises.merit_shares(weight, np.exp(self._log_now(staff)), place, self.parameters)
        period = np.where(np.isnan(rating[staff]), -1, last_results(first))
        self._plan(MERIT, staff, first, day, share=share, period=period)

    def _plan_bonuses(self, people: Ledger, staff: Indices, first: int, rating: Floats) -> None:
        """For the calendar year before, in proportion to the days worked in it."""
        year_end = day_number(dt.date(as_date(first).year - 1, 12, 31))
        worked = np.clip((year_end - people["started"][staff] + 1) / 365, 0, 1)
        target = bonus_target(self.standing["family"][staff], people["level"][staff]) / 100
        year = float(np.exp(BONUS_YEAR_SD * self.draws.sub("company year").normal(year_end)))
        share = raises.bonus_share(rating[staff], self.draws.sub("bonus").normal(staff, first), year, self.parameters)
        place = self.standing["place"][staff]
        amount = np.round(np.exp(self._log_now(staff)) * worked * target * share)
        period = np.where(np.isnan(rating[staff]), -1, last_results(first))
        some = (amount > 0) & (people["employment_type"][staff] != INTERN)
        self.decisions.plan(BONUS, staff[some], first, first + BONUS_DAYS, amount[some], place[some], period[some])

    def _plan_market(self, people: Ledger, staff: Indices, first: int, day: int) -> None:
        shortfall = self._median(people, staff, first) + self._gap(people, staff) - self._log_now(staff)
        chosen = self.draws.sub("market").chance(self.parameters.market_adjustment_share, staff, first)
        self._plan(MARKET, staff, first, day, share=raises.market_share(shortfall, chosen))

    def _plan_equity(self, people: Ledger, staff: Indices, first: int, day: int) -> None:
        position = self._log_now(staff) - self._target(people, staff, first)
        chosen = self.draws.sub("equity").chance(EQUITY_SHARE, staff, first)
        self._plan(EQUITY, staff, first, day, share=raises.equity_share(position, chosen))

    def _median(self, people: Ledger, who: Indices, day: int) -> Floats:
        return self.market.median(self.standing["family"][who], people["level"][who], self.standing["place"][who], day)

    def gap_to_market(self, people: Ledger, who: Indices, day: int) -> Floats:
        """How far each of `who` is paid below what the market pays in the middle for the job, in standard deviations."""
        return (self._median(people, who, day) - self._log_now(who)) / SPREAD
