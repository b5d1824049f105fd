"""How likely each person is to leave of their own will: given everything, and given all that the warehouse can see.

Here: branched futures, and the exact filter of intent and frailty. Not here: the laws of leaving (exits.py), what evidence
an area gives (each area), the tables of truth (truth.py).

From an origin the simulation is played on many times. In each future the chance of an exit is added up along the path of a
person's drivers, given where the person starts (looking or not, how frail); the futures are then averaged. Sampled exits
alone would be far too noisy. The sum is linear in the distribution over starting points: `risk_full` takes the true one,
`risk_observable` what the filter makes of all doings up to the origin. Drivers count as seen; intent and frailty do not.
After an exit in a future the person's drivers stay as they were, so that the others' chances of it still count.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from seeds.company.days import Floats, day_number
from seeds.company.history import exits
from seeds.company.history.frailty import frailty_points
from seeds.company.history.ledger import Indices
from seeds.company.history.simulation import play_on
from seeds.company.history.workforce import Workforce
from seeds.company.parameters import Parameters

HORIZONS = (90, 180, 365)
# Notice is given at least a month before the last day, so that a year's exits are decided in eleven months and a bit.
MONTHS_AHEAD = 12
# Small arrays spend their time in Python, one thread at a time.
THREADS, WORTH_A_THREAD = 2, 5000
Singles = npt.NDArray[np.float32]


def exits_in_time(first: int, last: int, origin: int, horizon: int) -> float:
    """Share of the resignations decided on a random day of [first, last] whose last day is at most `horizon` after `origin`."""
    shortest, longest = exits.NOTICE_DAYS
    left = origin + horizon - np.arange(first, last + 1)
    return float(np.clip((left - shortest + 1) / (longest - shortest + 1), 0, 1).mean())


@dataclass(frozen=True)
class Origin:
    """Risks from the end of one month, of `who`: arrays with axes horizon, starting point (see `grid`), person.

    `grid` has the axes horizon, looking (no, yes), frailty point, person; `full` starts from what is true.
    """

    month: int
    day: int
    who: Indices
    grid: Singles
    full: Singles


@dataclass
class _Path:
    """The drivers of people in one future, month by month."""

    onset: list[Floats] = field(default_factory=list)
    other: list[Floats] = field(default_factory=list)


def _path(future: Workforce, who: Indices) -> _Path:
    """Onset rates and chances of other ends of `who`; who is gone keeps the last ones."""
    path, size = _Path(), len(future.people)
    onset, other = np.zeros(size), np.zeros(size)
    for rates in future.rates:
        onset[rates.who], other[rates.who] = rates.onset, rates.other
        path.onset.append(onset[who])
        path.other.append(other[who])
    return path


def _risks(future: Workforce, origin: int, who: Indices, frailty: Singles) -> Singles:
    """Chance of a voluntary exit within each of HORIZONS for each starting point: axes horizon, looking, row of `frailty`, person.

    `frailty` has one row per point and one column per person. Worked backwards from the last month.
    """
    path, parameters = _path(future, who), future.parameters
    months = future.months[-len(future.rates) :]
    stays = [np.float32(np.exp(-exits.quit_rate(parameters, looking=looking))) for looking in (False, True)]
    place = np.full(len(future.people), -1)
    place[who] = np.arange(len(who))
    value = np.zeros((len(HORIZONS), 2, *frailty.shape), dtype=np.float32)
    for number in reversed(range(len(months))):
        in_time = np.array([exits_in_time(*months[number], origin, horizon) for horizon in HORIZONS], dtype=np.float32)
        live = int(np.count_nonzero(in_time == 0))  # shorter horizons come first: those before `live` have not begun
        ended = future.ended_by_plan[number]
        for horizon in range(live, len(HORIZONS)):
            resigned = place[ended.resigned] >= 0
            soon = (ended.last_day[resigned] <= origin + HORIZONS[horizon]).astype(np.float32)
            value[horizon][:, :, place[ended.resigned][resigned]] = soon
            value[horizon][:, :, place[ended.dismissed][place[ended.dismissed] >= 0]] = 0
        share, after = in_time[live:, None, None], value[live:]
        remains = (1 - path.other[number]).astype(np.float32)
        not_looking = (1 - stays[0]) * share + stays[0] * remains * after[:, 0]
        looking = (1 - stays[1]) * share + stays[1] * remains * after[:, 1]
        gain = looking - not_looking
        starts = -np.expm1(-path.onset[number].astype(np.float32) * frailty)
        value[live:, 0] = not_looking + starts * gain
        value[live:, 1] = looking - np.float32(exits.SETTLES) * gain
    return value


@dataclass
class Risks:
    """Risks from the end of every so many months; give `after_month` to the simulation."""

    parameters: Parameters
    origins: list[Origin] = field(default_factory=list)

    def after_month(self, workforce: Workforce, number: int) -> None:
        """Branch the futures from the end of month `number`, if it is one to branch from."""
        if (number + 1) % self.parameters.risk_months or workforce.months[number][1] > day_number(self.parameters.until):
            return
        who = exits.staying(workforce.people)
        points, _ = frailty_points(self.parameters.frailty_variance)
        looking, true_frailty = workforce.people["intent"][who], workforce.people["frailty"][who]
        frailty = np.vstack([np.repeat(points[:, None], len(who), axis=1), true_frailty]).astype(np.float32)
        origin = workforce.months[number][1]

        def one(branch: int) -> tuple[Singles, Singles]:
            future = play_on(workforce, f"future/{number}/{branch}", MONTHS_AHEAD)
            risks = _risks(future, origin, who, frailty)
            return risks[:, :, :-1], np.where(looking, risks[:, 1, -1], risks[:, 0, -1])

        count = self.parameters.risk_futures
        grid = np.zeros((len(HORIZONS), 2, len(points), len(who)), dtype=np.float32)
        full = np.zeros((len(HORIZONS), len(who)), dtype=np.float32)
        threads = THREADS if len(who) > WORTH_A_THREAD else 1
        with ThreadPoolExecutor(threads) as pool:
            for first in range(0, count, threads):
                for one_grid, one_full in pool.map(one, range(first, min(first + threads, count))):
                    grid += one_grid / count
                    full += one_full / count
        self.origins.append(Origin(number, origin, who, grid, full))


class Filter:
    """What the visible doings of everybody say about intent and frailty, month by month (a hidden Markov model's forward pass)."""

    def __init__(self, people: int, parameters: Parameters) -> None:
        self._parameters = parameters
        self._points, self._weights = frailty_points(parameters.frailty_variance)
        self._belief = np.zeros((2, len(self._points), people), dtype=np.float32)
        self._seen = np.full(people, -2)

    def month(self, number: int, rates: exits.Rates, log_ratio: Singles) -> None:
        """One more month: `log_ratio` per person, log P(doings | looking) - log P(doings | not looking)."""
        who, parameters = rates.who, self._parameters
        self._meet(number, who)
        belief = self._belief[:, :, who]
        starts = 1 - np.exp(-rates.onset * self._points[:, None])
        turned, settled = belief[0] * starts, belief[1] * exits.SETTLES
        belief = np.stack([belief[0] - turned + settled, belief[1] + turned - settled])
        half = 0.5 * log_ratio[who]
        stays = [np.exp(-exits.quit_rate(parameters, looking=looking)) for looking in (False, True)]
        belief[0] *= np.exp(-half) * stays[0]
        belief[1] *= np.exp(half) * stays[1]
        self._belief[:, :, who] = belief / belief.sum(axis=(0, 1))
        self._seen[who] = number

    def _meet(self, number: int, who: npt.NDArray[np.int32]) -> None:
        """Those who were not there the month before begin without looking; those of the first day may look already."""
        new = who[self._seen[who] < number - 1] if number else who
        known = self._seen[new] >= 0
        marginal = np.where(known, self._belief[:, :, new].sum(axis=0), self._weights[:, None])
        looking = exits.LOOKING_AT_START * self._parameters.voluntary_rate if number == 0 else 0.0
        self._belief[0][:, new] = marginal * (1 - looking)
        self._belief[1][:, new] = marginal * looking

    def belief(self, who: Indices) -> Singles:
        """The distribution over looking (no, yes) and frailty points of each of `who`; axes as said, person last."""
        new = who[self._seen[who] < 0]
        belief = self._belief.copy() if len(new) else self._belief
        if len(new):
            belief[0][:, new] = self._weights[:, None]
        result: Singles = belief[:, :, who]
        return result


def observable(origins: Sequence[Origin], rates: Sequence[exits.Rates], log_ratio: Singles, people: int,
               parameters: Parameters) -> list[Singles]:  # fmt: skip
    """For each of `origins` the risk given all that is visible, axes horizon, person."""
    state, wanted = Filter(people, parameters), {origin.month: origin for origin in origins}
    found = []
    for number, of_month in enumerate(rates):
        state.month(number, of_month, log_ratio[number])
        if number in wanted:
            origin = wanted[number]
            found.append(np.einsum("hzkp,zkp->hp", origin.grid, state.belief(origin.who)))
    return found
