"""How a goal goes: met on time, late, given a new date, cancelled or left open; and the updates on the way.

Here: completion, cancellation, progress by day. Not here: who has which goals and how they cascade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seeds.company.days import NEVER, Days, Flags, Floats, day_number
from seeds.company.parameters import Parameters

LATE_BUT_DONE, LATE_DAYS = 0.62, 22.0
RETARGET_DAYS, MET_AFTER_RETARGET = (14, 60), 0.7
LEAVER_CANCELS = 0.6
UPDATE_INTENT_EFFECT = -0.7
STATUSES = ["not_started", "in_progress", "completed", "cancelled"]
NOT_STARTED, IN_PROGRESS, COMPLETED, CANCELLED = range(4)
CONFIDENCE = ["on_track", "at_risk", "off_track"]


@dataclass(frozen=True)
class Course:
    """How goals went up to the last day, one entry per goal; days are day numbers, NEVER is none."""

    target: Days
    baseline: Days
    completed: Days
    cancelled: Days
    status: Days
    last_active: Days
    reaches_full: Floats

    def progress(self, goal: Days, start: Days, day: Days) -> Floats:
        """Percent done by `day` of the goals numbered `goal`, in steps of five."""
        share = np.clip((day - start) / self.reaches_full[goal], 0, 1)
        done = day >= self.completed[goal]
        result: Floats = np.where(done, 100.0, np.minimum(np.round(share * 20) * 5, 95.0))
        return result


def play(start: Days, target: Days, performance: Floats, intent: Flags, owner_end: Days,
         *, parameters: Parameters, random: np.random.Generator) -> Course:  # fmt: skip
    """Let goals run from `start` to `target`.

    `performance` is the owner's, as deviation from the mean; `owner_end` the owner's last day (NEVER: stays).
    """
    count, until = len(start), day_number(parameters.until)
    share = parameters.goal_on_time_share
    logit = np.log(share / (1 - share)) + parameters.goal_performance_effect * performance + parameters.goal_intent_effect * intent
    on_time = random.random(count) < 1 / (1 + np.exp(-logit))
    length = target - start
    early = (length * random.beta(1, 7, count)).astype(np.int64)
    in_time = np.maximum(target - early, start)
    late = target + 1 + random.exponential(LATE_DAYS, count).astype(np.int64)
    ever = random.random(count) < LATE_BUT_DONE
    completed = np.where(on_time, in_time, np.where(ever, late, NEVER))

    # Slipping goals are the ones that get a new date, a little before or after the old one.
    slips = ~on_time & (random.random(count) < min(1.0, parameters.goal_retargeted_share / (1 - share)))
    decided = target + random.integers(-12, 4, count)
    retargeted = slips & (decided <= until) & (decided > start) & (decided < owner_end)
    new_target = target + random.integers(*RETARGET_DAYS, count)
    met = retargeted & (random.random(count) < MET_AFTER_RETARGET)
    meets = decided + 1 + ((new_target - decided - 1) * random.random(count)).astype(np.int64)
    completed = np.where(met, np.minimum(np.maximum(meets, target + 1), new_target), completed)

    cancels = random.random(count) < parameters.goal_cancelled_share * np.where(on_time, 0.7, 1.7)
    cancelled = np.where(cancels, start + (length * random.uniform(0.2, 1.1, count)).astype(np.int64), NEVER)
    leaves_first = owner_end < np.minimum(completed, cancelled)
    dropped = random.random(count) < LEAVER_CANCELS
    cancelled = np.where(leaves_first, np.where(dropped, owner_end, NEVER), cancelled)
    completed = np.where(leaves_first | cancels, NEVER, completed)

    reaches_full = np.where(completed < NEVER, completed - start, length * random.uniform(1.15, 3.0, count))
    completed = np.where(completed <= until, completed, NEVER)
    cancelled = np.where(cancelled <= until, cancelled, NEVER)
    final_target = np.where(retargeted, new_target, target)
    quiet = (until - start < 0.15 * length) & (random.random(count) < 0.6)
    waits = (start > until) | quiet
    status = np.select(
        [cancelled < NEVER, completed < NEVER, waits], [CANCELLED, COMPLETED, NOT_STARTED], IN_PROGRESS
    )  # fmt: skip
    last_active = np.minimum.reduce([completed, cancelled, owner_end, np.full(count, until)])
    return Course(final_target, target, completed, cancelled, status, last_active, np.maximum(reaches_full, 1.0))


def update_days(course: Course, start: Days, intent: Flags, parameters: Parameters,
                random: np.random.Generator) -> tuple[Days, Days]:  # fmt: skip
    """Goal number and day of each update, in order; a completed goal with updates has one on its last day."""
    open_days = course.last_active - start
    mean = parameters.goal_updates_mean * np.exp(UPDATE_INTENT_EFFECT * intent)
    number = np.where((open_days > 3) & (course.status != NOT_STARTED), random.poisson(mean), 0)
    goal = np.repeat(np.arange(len(start)), number)
    day = start[goal] + 1 + (random.random(len(goal)) * (open_days[goal] - 1)).astype(np.int64)
    ends = np.flatnonzero((number > 0) & (course.status == COMPLETED))
    goal, day = np.concatenate((goal, ends)), np.concatenate((day, course.completed[ends]))
    order = np.lexsort((day, goal))
    goal, day = goal[order], day[order]
    repeated = (np.diff(goal, prepend=-1) == 0) & (np.diff(day, prepend=-1) == 0)
    return goal[~repeated], day[~repeated]


def confidence(progress: Floats, start: Days, target: Days, day: Days) -> Days:
    """Index into CONFIDENCE of an update: progress against the share of time gone."""
    expected = 100 * np.clip((day - start) / np.maximum(target - start, 1), 0, 1)
    behind = expected - progress
    result: Days = np.select([behind <= 10, behind <= 30], [0, 1], 2)
    return result
