"""Who sits where: the first people, leaving a seat, and filling it again from the team, the company or outside.

Here: hires, rehires, promotions into leading seats, transfers, promotions in the seat. Not here: why people leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from seeds.company.days import NEVER, Days, Flags
from seeds.company.history.demographics import gender_and_ethnicity
from seeds.company.history.exits import YEAR
from seeds.company.history.ledger import (
    HIRE,
    PROMOTION,
    TRANSFER,
    VOLUNTARY,
    Indices,
    Ledger,
    level_ledger,
    people_ledger,
    spell_ledger,
    stint_ledger,
)
from seeds.company.history.pay import Pay
from seeds.company.history.ratings import Performance
from seeds.company.history.structure import CONTRACT, INTERN, MAX_LEVEL_OF_CRAFT, PART_TIME, Structure
from seeds.company.parameters import Parameters

EMPTY = np.empty(0, dtype=np.int64)
DAYS_TO_FILL, DAYS_TO_FILL_SPREAD = 38.0, 0.45
REHIRE_AFTER_DAYS = 180
SETTLED_AFTER_DAYS = 365


@dataclass
class Workplace:
    """The seats and who takes them, as the months pass."""

    structure: Structure
    parameters: Parameters
    random: np.random.Generator
    people_random: np.random.Generator
    pay: Pay
    occupant: Indices = field(default_factory=lambda: EMPTY)
    fills_on: Days = field(default_factory=lambda: EMPTY)
    stays: Indices = field(default_factory=lambda: EMPTY)
    people: Ledger = field(default_factory=people_ledger)
    stints: Ledger = field(default_factory=stint_ledger)
    spells: Ledger = field(default_factory=spell_ledger)
    levels: Ledger = field(default_factory=level_ledger)
    performance: Performance = field(default_factory=lambda: Performance(*(np.empty(0) for _ in range(3))))

    def open(self, start: int) -> None:
        """Take all seats that exist on the first day, but a few, by people hired over the years before."""
        structure, random = self.structure, self.random
        self.occupant, self.stays = np.full(structure.size, -1), np.zeros(structure.size, dtype=np.int64)
        self.fills_on = np.maximum(structure.opens_on, start)
        vacant = (random.random(structure.size) < 0.02) & ~structure.leads
        self.fills_on[vacant] += random.integers(0, 60, int(vacant.sum()))
        seats = np.flatnonzero((structure.opens_on < start) & ~vacant)
        count = len(seats)
        years = np.where(structure.leads[seats], random.gamma(2.5, 2.6, count), random.exponential(3.6, count))
        temporary = structure.employment_type[seats] >= CONTRACT
        days = np.where(temporary, random.integers(1, 200, len(seats)), 1 + np.minimum(years * YEAR, 24 * YEAR))
        hired = start - days.astype(np.int64)
        hired[seats == 0] = start - int(25 * YEAR)
        who = self._new_people(seats, hired)
        self.people["contract_end"][who[temporary]] = start + random.integers(5, 300, int(temporary.sum()))
        # Some came in one level below and were promoted before the history proper begins. Nobody was there before, so
        # that a person's number is also that of the row of their first level.
        risen = (days > 2 * YEAR) & (random.random(len(who)) < 0.5) & (self.people["level"][who] > 1)
        risen &= ~structure.leads[seats]
        risen_days = hired + (days * random.uniform(0.3, 0.9, len(who))).astype(np.int64)
        self.levels["level"][who[risen]] -= 1
        self.people["level_since"][who[risen]] = risen_days[risen]
        self.levels.append(int(risen.sum()), person=who[risen], day=risen_days[risen],
                           level=self.people["level"][who[risen]])  # fmt: skip
        self.pay.opened(self.people, who, hired, self.people["level"][who], risen, risen_days, seats, start)

    def _hire(self, seats: Indices, days: Days) -> None:
        """New people take `seats`, each on its day, at what the job pays then."""
        who = self._new_people(seats, days)
        self.pay.hired(self.people, who, days, self.people["level"][who], seats)

    def _new_people(self, seats: Indices, days: Days) -> Indices:
        """New people take `seats`, each on its day; returns who they are."""
        structure, random, count = self.structure, self.people_random, len(seats)
        kind = structure.employment_type[seats]
        variance = self.parameters.frailty_variance
        length = np.where(kind == INTERN, random.integers(85, 190, count), random.integers(120, 420, count))
        age = np.where(kind == INTERN, 21, 22 + np.minimum(random.gamma(2.0, 5.0, count), 36))
        part_time = random.choice([50.0, 60.0, 80.0], count)
        who = self.people.append(
            count, first_hired=days, born=days - (age * YEAR).astype(np.int64), employment_type=kind,
            fte_pct=np.where(kind == PART_TIME, part_time, 100.0),
            contract_end=np.where(kind >= CONTRACT, days + length, NEVER),
            frailty=random.gamma(1 / variance, variance, count) if self.parameters.frailty_variance else 1.0,
            severity_draw=random.standard_normal(count),
            compression=self.parameters.compression_mean
            + self.parameters.compression_sd * random.standard_normal(count),
        )  # fmt: skip
        for name, codes in gender_and_ethnicity(who, structure.level[seats], self.parameters).items():
            self.people[name][who] = codes
        # Keyed by seat and turn: interviewers could see it before (talent/candidates.py).
        quality = self.parameters.draws("performance of those hired").normal(seats, self.stays[seats])
        self.performance.add(quality, self.parameters, random)
        self._begin(who, seats, days, structure.level[seats])
        return who

    def _begin(self, who: Indices, seats: Indices, days: Days, level: Indices) -> None:
        """A spell of employment begins."""
        self.people["started"][who] = days
        self.people["spell"][who] = self.spells.append(len(who), person=who, start=days)
        self._sit(who, seats, days, HIRE)
        self._set_level(who, days, level)

    def _sit(self, who: Indices, seats: Indices, days: Days, reason: int) -> None:
        self.people["stint"][who] = self.stints.append(len(who), person=who, seat=seats, first_day=days, reason=reason)
        self.people["seat"][who] = self.people["last_seat"][who] = seats
        self.people["moved_on"][who] = days
        self.occupant[seats] = who
        self.stays[seats] += 1

    def _set_level(self, who: Indices, days: Days, level: Indices) -> None:
        self.people["level"][who] = level
        self.people["level_since"][who] = days
        self.levels.append(len(who), person=who, day=days, level=level)

    def _vacate(self, who: Indices, last_day: Days) -> None:
        seats = self.people["seat"][who]
        self.stints["last_day"][self.people["stint"][who]] = last_day
        wait = DAYS_TO_FILL * np.exp(DAYS_TO_FILL_SPREAD * self.random.standard_normal(len(who)))
        self.fills_on[seats] = last_day + 1 + wait.astype(np.int64)
        self.occupant[seats] = -1

    def copy(self, name: str) -> Workplace:
        """A copy that goes on by itself."""
        copied = {name: getattr(self, name).copy() for name in ("occupant", "fills_on", "stays", "people", "stints", "spells", "levels")}
        performance = Performance(self.performance.level, self.performance.trend, self.performance.trend_before)
        return replace(self, **copied, performance=performance, pay=self.pay.copy(name))

    def release(self, last: int) -> Indices:
        """People whose last day has come leave their seats; returns who."""
        people = self.people
        who = np.flatnonzero((people["seat"] >= 0) & (people["last_day"] <= last))
        self._vacate(who, people["last_day"][who])
        people["seat"][who] = -1
        return who

    def fill(self, month: tuple[int, int], parent: Indices) -> None:
        """Fill the seats that fall due this month."""
        first, last = month
        seats = np.flatnonzero((self.occupant < 0) & (self.fills_on <= last))
        seats = seats[self.random.random(len(seats)).argsort()]
        leading = self.structure.leads[seats]
        internal = leading & (self.random.random(len(seats)) < self.parameters.internal_manager_share)
        filled = self._promote_into(seats[internal], first, parent)
        plain = ~leading & (self.structure.employment_type[seats] < CONTRACT)
        moving = plain & (self.random.random(len(seats)) < self.parameters.transfer_share)
        filled = np.concatenate((filled, self._transfer_into(seats[moving], first)))
        seats = seats[~np.isin(seats, filled)]
        plain = ~self.structure.leads[seats] & (self.structure.employment_type[seats] < CONTRACT)
        back = plain & (self.random.random(len(seats)) < self.parameters.rehire_share)
        filled = self._rehire_into(seats[back], first)
        seats = np.sort(seats[~np.isin(seats, filled)])
        self._hire(seats, np.maximum(self.fills_on[seats], first))

    def _movable(self, first: int) -> Flags:
        people = self.people
        settled = np.maximum(people["started"], people["moved_on"]) <= first - SETTLED_AFTER_DAYS
        staying = (people["seat"] > 0) & (people["last_day"] == NEVER)
        result: Flags = settled & staying & (people["employment_type"] < CONTRACT)
        return result

    def _promote_into(self, seats: Indices, first: int, parent: Indices) -> Indices:
        """The best rated of a team without leader takes the lead."""
        if not len(seats):
            return EMPTY
        wanted = np.zeros(self.structure.size, dtype=np.bool_)
        wanted[seats] = True
        who = np.flatnonzero(self._movable(first))
        above = parent[self.people["seat"][who]]
        who, above = who[wanted[above]], above[wanted[above]]
        score = np.nan_to_num(self.people["rating"][who], nan=2.5) + self.random.standard_normal(len(who)) * 0.5
        order = np.lexsort((-score, above))
        _, chosen = np.unique(above[order], return_index=True)
        target: Indices = above[order][chosen]
        who = who[order][chosen]
        self._move(who, target, first, PROMOTION)
        level = self.structure.level[target]
        self._set_level(who, self.people["moved_on"][who], level)
        self.pay.promoted(self.people, who, self.people["moved_on"][who], level)
        return target

    def _transfer_into(self, seats: Indices, first: int) -> Indices:
        """People from other single seats anywhere take `seats`."""
        if not len(seats):
            return EMPTY
        who = np.flatnonzero(self._movable(first) & ~self.structure.leads[self.people["seat"]])
        count = min(len(seats), len(who))
        chosen = self.random.choice(who, count, replace=False) if count else EMPTY
        self._move(chosen, seats[:count], first, TRANSFER)
        return seats[:count]

    def _rehire_into(self, seats: Indices, first: int) -> Indices:
        """People who resigned at least half a year ago come back, each once at most."""
        if not len(seats):
            return EMPTY
        people = self.people
        gone = (people["seat"] < 0) & (people["exit_type"] == VOLUNTARY) & ~people["rehired"]
        who = np.flatnonzero(gone & (people["last_day"] < first - REHIRE_AFTER_DAYS))
        count = min(len(seats), len(who))
        chosen = self.random.choice(who, count, replace=False) if count else EMPTY
        target = seats[:count]
        for name, value in (("last_day", NEVER), ("exit_type", -1), ("notice_on", NEVER), ("rating", np.nan),
                            ("rating_drop", 0.0), ("intent", False), ("rehired", True)):  # fmt: skip
            people[name][chosen] = value
        level = np.minimum(people["level"][chosen], MAX_LEVEL_OF_CRAFT)
        days = np.maximum(self.fills_on[target], first)
        self._begin(chosen, target, days, level)
        self.pay.hired(people, chosen, days, level, target)
        return target

    def _move(self, who: Indices, seats: Indices, first: int, reason: int) -> None:
        days = np.maximum(self.fills_on[seats], first)
        self._vacate(who, days - 1)
        self._sit(who, seats, days, reason)
        self.pay.moved(self.people, who, days, seats)

    def promote(self, day: int, random: np.random.Generator) -> None:
        """Promotions in the seat on `day`, for twice a year; more likely after good ratings."""
        people = self.people
        able = self._movable(day) & ~self.structure.leads[people["seat"]] & (people["level"] < MAX_LEVEL_OF_CRAFT)
        who = np.flatnonzero(able)
        rating = np.nan_to_num(people["rating"][who], nan=2.5)
        chance = self.parameters.promotion_rate * 0.5 * np.exp(np.clip(1.2 * (rating - 3), -2, 1.5)) * 1.1
        risen = who[random.random(len(who)) < chance]
        days = np.full(len(risen), day)
        self._set_level(risen, days, people["level"][risen] + 1)
        self.pay.promoted(people, risen, days, people["level"][risen])

    def demote(self, who: Indices, days: Days) -> None:
        """One level down for those who do not lead and are not at the lowest."""
        able = (self.people["level"][who] > 1) & (self.people["seat"][who] > 0)
        able &= ~self.structure.leads[self.people["seat"][who]]
        self._set_level(who[able], days[able], self.people["level"][who[able]] - 1)
