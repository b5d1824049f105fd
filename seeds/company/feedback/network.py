"""Who is near whom, and whom people think of: teams, circles of friends across the company, hubs.

Here: weighted choice of one person out of a group, how strongly each draws attention. Not here: what is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import Floats
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History

YEAR = 365.25
CIRCLE_SIZE = 25


@dataclass(frozen=True)
class Groups:
    """People sorted by group; `upto` are their cumulated weights with a leading 0, `place` is each person's row (-1: in none)."""

    group: Indices
    member: Indices
    upto: Floats
    place: Indices

    def choose(self, group: Indices, asker: Indices, uniform: Floats) -> Indices:
        """One member of each `group`, by weight, but never the `asker`; -1 where there is nobody else."""
        first = np.searchsorted(self.group, group, side="left")
        last = np.searchsorted(self.group, group, side="right")
        own = self.place[asker]
        among = (own >= first) & (own < last)
        own = np.where(among, own, 0)
        own_weight = np.where(among, self.upto[own + 1] - self.upto[own], 0.0)
        target = self.upto[first] + uniform * (self.upto[last] - self.upto[first] - own_weight)
        target = np.where(among & (target >= self.upto[own]), target + own_weight, target)
        # Rounding may end up on a neighbour, hence the limits.
        row = np.clip(np.searchsorted(self.upto, target, side="right") - 1, first, np.maximum(last - 1, first))
        found = self.member[np.minimum(row, len(self.member) - 1)]
        return np.where((last - first - among > 0) & (found != asker), found, -1)


def groups(group: Indices, member: Indices, weight: Floats, people: int) -> Groups:
    """`member` by `group` with their weights; `people`: number of persons there are."""
    order = np.lexsort((member, group))
    place = np.full(people, -1, dtype=np.int64)
    place[member[order]] = np.arange(len(order))
    return Groups(group[order], member[order], np.concatenate(([0.0], np.cumsum(weight[order]))), place)


def pull(history: History, staff: pl.DataFrame, day: int) -> Floats:
    """How readily others think of each of `staff`: hubs are people whom everybody knows, mostly those who have long been there."""
    parameters = history.parameters
    person = staff["person"].to_numpy()
    tenure = np.maximum(day - staff["started"].to_numpy(), 0) / YEAR
    known = parameters.praise_hub_sd * parameters.draws("feedback/hub").normal(person)
    result: Floats = np.exp(known + parameters.praise_tenure_effect * np.log1p(tenure))
    return result


def circle(history: History, person: Indices) -> Indices:
    """The circle of friends of each of `person`, lasting, across departments."""
    parameters = history.parameters
    return parameters.draws("feedback/circle").integers(0, max(parameters.employees // CIRCLE_SIZE, 1), person)


@dataclass(frozen=True)
class Network:
    """The staff on a day as a network: `teams` by boss, `circles` of friends."""

    teams: Groups
    circles: Groups


def network(history: History, staff: pl.DataFrame, day: int) -> Network:
    """The network of `staff` (a frame of `History.staff_on`) on `day`."""
    person, weight, people = staff["person"].to_numpy(), pull(history, staff, day), len(history.people)
    return Network(groups(staff["boss"].to_numpy(), person, weight, people), groups(circle(history, person), person, weight, people))


def workdays(first: int, last: int) -> Indices:
    """The days from Monday to Friday."""
    days = np.arange(first, last + 1)
    return days[weekday(days) < 5]


def weekday(day: Indices) -> Indices:
    """0 is Monday."""
    return (day + 3) % 7
