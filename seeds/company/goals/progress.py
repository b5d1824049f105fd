"""How a goal goes: met on time, early, late, given a new date, cancelled or left open, and how far it is on any day.

Here: completion, cancellation, new dates, progress by day. Not here: who has which goals and how they cascade, updates.

Whether a goal still open at its decisive day (early in the month it is due, see `_decisive`) is met in time is decided then: by
its pace so far, its owner's performance, and whether the owner looks around. What the course of a goal was before does not
depend on that decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seeds.company.days import NEVER, Days, Flags, Floats
from seeds.company.draws import Draws, Integers
from seeds.company.history.ledger import Ledger
from seeds.company.history.record import History
from seeds.company.parameters import Parameters

EARLY, EARLY_FROM = 0.12, 0.45
LATE_BUT_DONE, LATE_DAYS = 0.62, 22.0
RETARGET_DECIDED, RETARGET_DAYS, MET_AFTER_RETARGET = (-12, 4), (14, 60), 0.7
FORGOTTEN = 0.03
# Of cancellations a part falls on goals that slip, as many of them as leave the share of all goals where it is.
CANCELLED_BETWEEN, SLIP_CANCELLED_DAYS, MOVED_TO_SLIPS, OF_SLIPS = (0.2, 0.8), (1, 30), 0.4, 1.4
# Pace differs between goals by a standard normal on the log odds; all else is stretched so that the odds of a goal of
# unknown pace come out as the settings say (Zeger, Liang and Albert 1988).
STRETCH = 1.16
PACE_OF_PROGRESS, USUAL_REACH = 0.2, 1.05
STEEPNESS = (1.3, 2.2)
STALLS_AFTER_DAYS = 30.0
STATUSES = ["not_started", "in_progress", "completed", "cancelled"]
NOT_STARTED, IN_PROGRESS, COMPLETED, CANCELLED = range(4)


def s_curve(share: Floats, steepness: Floats | float) -> Floats:
    """Work done when `share` of the time has gone: slow, fast, slow."""
    done, left = share**steepness, (1 - share) ** steepness
    result: Floats = done / (done + left)
    return result


@dataclass(frozen=True)
class Chance:
    """Goals that could be met in time or not while their owners looked around or not, and how that ended; one entry each."""

    owner: Integers
    day: Days
    met: Flags
    if_looking: Floats
    if_not: Floats


@dataclass(frozen=True)
class Course:
    """How goals go, one entry per goal; days are day numbers, NEVER is none. Nothing is cut at the last day that is known."""

    start: Days
    first_target: Days
    new_target: Days
    decided: Days
    appears: Days
    active: Days
    completed: Days
    cancelled: Days
    closed: Days
    decisive: Days
    reach: Floats
    steepness: Floats
    at_decisive: Floats
    cap: Floats
    planned: Days

    def target(self, goal: Integers, day: Days | int) -> Days:
        """Target date, as known on `day`, of the goals numbered `goal`."""
        return np.where(self.decided[goal] <= day, self.new_target[goal], self.first_target[goal])

    def progress(self, goal: Integers, day: Days) -> Floats:
        """Percent done by `day` of the goals numbered `goal`, in steps of five; below 100 before it is completed."""
        at = np.minimum(day, self.closed[goal])
        active, decisive, planned = self.active[goal], self.decisive[goal], self.planned[goal]
        early = s_curve(np.clip((at - active) / self.reach[goal], 0, 1), self.steepness[goal])
        gone = np.clip((at - decisive) / np.maximum(planned - decisive, 1), 0, 1)
        stalled = 1 - np.exp(-np.maximum(at - decisive, 0) / STALLS_AFTER_DAYS)
        final = np.where(planned < NEVER, 1.0, self.cap[goal])
        then = self.at_decisive[goal] + (final - self.at_decisive[goal]) * np.where(planned < NEVER, gone * (2 - gone), stalled)
        share = np.where(at <= decisive, early, then)
        result: Floats = np.where(day >= self.completed[goal], 100.0, np.minimum(np.floor(share * 20 + 1e-9) * 5, 95.0))
        return result

    def status(self, until: int) -> Integers:
        """Index into STATUSES, as known on day `until`."""
        return np.select(
            [self.cancelled <= until, self.completed <= until, self.active > until], [CANCELLED, COMPLETED, NOT_STARTED], IN_PROGRESS
        )


def _decisive(start: Days, target: Days) -> Days:
    """The day from which a goal's end is open: the first of the month it is due in, not before half its time has gone."""
    month = target.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.maximum(month, start + (target - start + 1) // 2)


def _odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _chance(logit: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-logit))
    return result


@dataclass(frozen=True)
class _Ends:
    """Day of completion if nothing comes between, and new dates.

    `in_time`: by the first target date; `early`: before the decisive day; `forgotten`: nobody ever begins.
    """

    completed: Days
    in_time: Flags
    early: Flags
    forgotten: Flags
    decided: Days
    new_target: Days


def _ends(key: Integers, start: Days, target: Days, decisive: Days, plain: Floats, at_decisive: Floats,
          *, parameters: Parameters, draws: Draws) -> _Ends:  # fmt: skip
    """When goals would be completed, given their chances: `plain` at their start, `at_decisive` on the decisive day."""
    from_day = start + np.ceil(EARLY_FROM * (target - start)).astype(np.int64)
    forgotten = draws.sub("forgotten").chance(FORGOTTEN, key)
    early = ~forgotten & draws.sub("early").chance(EARLY * plain, key) & (decisive - 1 > from_day)
    early_day = draws.sub("early day").integers(from_day, np.maximum(decisive, from_day + 1), key)
    on_time = draws.sub("met").chance(at_decisive, key) & ~forgotten
    in_time = decisive + np.floor((target - decisive + 1) * draws.sub("when").uniform(key) ** (1 / 3)).astype(np.int64)
    late = target + 1 + np.floor(draws.sub("late days").exponential(LATE_DAYS, key)).astype(np.int64)
    late = np.where(draws.sub("late").chance(LATE_BUT_DONE, key) & ~forgotten, late, NEVER)
    completed = np.where(early, early_day, np.where(on_time, in_time, late))
    met = early | on_time

    # Slipping goals are the ones that get a new date, a little before or after the old one.
    share = parameters.goal_retargeted_share / (1 - parameters.goal_on_time_share)
    decided = np.maximum(target + draws.sub("decided").integers(*RETARGET_DECIDED, key), decisive)
    retargeted = ~met & ~forgotten & draws.sub("retargeted").chance(min(1.0, share), key) & (decided < completed)
    new_target = target + draws.sub("new target").integers(*RETARGET_DAYS, key)
    span = (new_target - decided) * draws.sub("meets").uniform(key)
    meets = np.clip(decided + 1 + np.floor(span).astype(np.int64), target + 1, new_target)
    completed = np.where(retargeted & draws.sub("met later").chance(MET_AFTER_RETARGET, key), meets, completed)
    return _Ends(completed, met, early, forgotten, np.where(retargeted, decided, NEVER), new_target)


def _cancelled(key: Integers, start: Days, target: Days, slips: Flags, parameters: Parameters, draws: Draws) -> tuple[Days, Days]:
    """Days on which goals are dropped: because priorities change, whatever their course; and because they slipped."""
    share, effect = parameters.goal_cancelled_share, parameters.goal_slip_cancel_effect
    plain = draws.sub("cancelled").chance(share * (1 - MOVED_TO_SLIPS * effect), key)
    day = start + np.floor((target - start) * (CANCELLED_BETWEEN[0] + np.ptp(CANCELLED_BETWEEN) * draws.sub("cancel day").uniform(key)))
    dropped = slips & draws.sub("dropped").chance(OF_SLIPS * share * effect, key)
    slip_day = target + draws.sub("dropped day").integers(*SLIP_CANCELLED_DAYS, key)
    return np.where(plain, day.astype(np.int64), NEVER), np.where(dropped, slip_day, NEVER)


def play(goals: Ledger, history: History) -> tuple[Course, Chance]:
    """Let `goals` run: their courses, and those whose end said something of their owners' intent, as known by then."""
    parameters, draws = history.parameters, history.parameters.draws("goals.course")
    key, start, target, owner, leaves = (goals[name] for name in ("key", "start", "target", "owner", "owner_end"))
    who, own = np.maximum(owner, 0), owner >= 0
    decisive = _decisive(start, target)
    performance = np.where(own, history.performance(who, start), 0.0)
    pace = draws.sub("pace").normal(key) + STRETCH * parameters.goal_performance_effect * performance
    logit = STRETCH * _odds(parameters.goal_on_time_share) + pace
    looks = own & (leaves >= decisive) & history.looking(who, decisive)
    if_not, if_looking = _chance(logit), _chance(logit + STRETCH * parameters.goal_intent_effect)
    ends = _ends(key, start, target, decisive, if_not, np.where(looks, if_looking, if_not), parameters=parameters, draws=draws)
    plain, slipped = _cancelled(key, start, target, ~ends.in_time & (ends.decided == NEVER), parameters, draws)

    cancelled = np.minimum(plain, slipped)
    cancelled = np.where(cancelled < ends.completed, cancelled, NEVER)
    completed = np.where(cancelled < NEVER, NEVER, ends.completed)
    leaves_first = leaves < np.minimum(completed, cancelled)
    dropped = draws.sub("leaver").chance(parameters.goal_leaver_cancelled_share, key)
    cancelled = np.where(leaves_first, np.where(dropped, leaves, NEVER), cancelled)
    completed = np.where(leaves_first, NEVER, completed)
    closed = np.minimum(np.minimum(completed, cancelled), leaves)

    appears = np.minimum(np.minimum(goals["created"], decisive), completed)
    appears = np.where(appears > closed, NEVER, appears)
    quiet = draws.sub("quiet").chance(0.6, key) * 0.15 * (target - start) * draws.sub("quiet days").uniform(key)
    active = np.maximum(start + np.floor(quiet).astype(np.int64), np.minimum(appears, target))
    active = np.where(ends.forgotten, NEVER, active)
    length = USUAL_REACH * (target - start) * np.exp(-PACE_OF_PROGRESS * pace)
    reach = np.maximum(np.where(ends.early, ends.completed - active, length - (active - start)), 1.0)
    steepness = STEEPNESS[0] + np.ptp(STEEPNESS) * draws.sub("steepness").uniform(key)
    at_decisive = np.minimum(s_curve(np.clip((decisive - active) / reach, 0, 1), steepness), 0.95)
    cap = np.where(ends.forgotten, 0.0, at_decisive + (0.95 - at_decisive) * draws.sub("cap").uniform(key))
    course = Course(
        start=start, first_target=target, new_target=ends.new_target, decided=np.where(ends.decided < closed, ends.decided, NEVER),
        appears=appears, active=active, completed=completed, cancelled=cancelled, closed=closed, decisive=decisive, reach=reach,
        steepness=steepness, at_decisive=at_decisive, cap=cap, planned=ends.completed,
    )  # fmt: skip
    # What cut a goal short whatever its course leaves it out, completed or not, or the goals left would be a selection.
    shows = (
        own & ~ends.early & ~ends.forgotten & (target <= history.until) & (leaves >= target) & (plain > target) & (appears <= history.until)
    )
    chance = Chance(owner[shows], decisive[shows], ends.in_time[shows], if_looking[shows], if_not[shows])
    return course, chance
