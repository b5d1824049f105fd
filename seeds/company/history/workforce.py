"""All that the simulation remembers: who is where, the ledgers of what happened, and the state it goes on from.

Here: the state and copies of it. Not here: what happens in a month (simulation.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from seeds.company.days import Cycle, Flags, Floats, day_number
from seeds.company.draws import Draws
from seeds.company.history import exits
from seeds.company.history.ledger import Indices, Ledger, plan_ledger, review_ledger
from seeds.company.history.moves import Workplace
from seeds.company.history.plans import Ended
from seeds.company.history.strain import Strain
from seeds.company.history.structure import Structure
from seeds.company.parameters import Parameters


@dataclass
class Workforce:
    """What happened. Arrays of `intent` and `performance` are indexed by person, as far as known by then.

    `usual_drivers` is the average log multiplier of the first month, `ended_by_plan` the people whose plans made them leave,
    by month; `team_exits` counts leavers by leading seat and month.
    """

    structure: Structure
    parameters: Parameters
    workplace: Workplace
    cycles: list[Cycle]
    months: list[tuple[int, int]]
    strain: Strain
    reviews: Ledger = field(default_factory=review_ledger)
    plans: Ledger = field(default_factory=plan_ledger)
    intent: list[Flags] = field(default_factory=list)
    performance: list[tuple[int, Floats]] = field(default_factory=list)
    rates: list[exits.Rates] = field(default_factory=list)
    ended_by_plan: list[Ended] = field(default_factory=list)
    team_exits: list[Indices] = field(default_factory=list)
    macro: float = 0.0
    usual_drivers: float | None = None
    closed: int = 0
    learnt: int = 0
    name: str = ""

    @property
    def people(self) -> Ledger:
        """Everybody ever hired."""
        return self.workplace.people

    @property
    def regular_cycles(self) -> list[Cycle]:
        """The cycles that are not of probation."""
        return [cycle for cycle in self.cycles if cycle.cadence != "probation"]

    def draws(self, name: str) -> Draws:
        """Draws of the simulation; a future of its own has draws of its own."""
        return self.parameters.draws(f"{self.name}{name}")

    def stream(self, name: str, month: int) -> np.random.Generator:
        """The generator of a month."""
        return self.draws(name).generator(month + 1)

    def copy(self, name: str) -> Workforce:
        """A copy that goes on by itself, with draws of its own. The past that only tables need is left out."""
        unheard = (self.reviews["cycle"] >= self.learnt) & (self.reviews["cycle"] < self.closed)
        return replace(
            self, workplace=self.workplace.copy(name), strain=self.strain.copy(), plans=self.plans.copy(), name=f"{name}/",
            reviews=self.reviews.only(unheard), intent=list(self.intent), performance=list(self.performance),
            rates=[], ended_by_plan=[], team_exits=self.team_exits[-3:],
        )  # fmt: skip


def part_of_history(parameters: Parameters, share: float) -> int:
    """The day on which `share` of the time from the start to the horizon has gone."""
    start, horizon = day_number(parameters.start), day_number(parameters.horizon)
    return start + round((horizon - start) * share)


def bosses(occupant: Indices, parent: Indices, depth: Indices) -> Indices:
    """For each seat who leads it now: the occupant of the seat above, or of the next one above that is taken."""
    boss = np.full(len(parent), -1)
    for level in range(1, int(depth.max()) + 1):
        seats = np.flatnonzero(depth == level)
        above = parent[seats]
        boss[seats] = np.where(occupant[above] >= 0, occupant[above], boss[above])
    return boss
