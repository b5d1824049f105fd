"""Updates of goals: when they are typed in, what they say, and what their number says of intent.

Here: the table goal_updates and its evidence. Not here: how far a goal really is (progress.py).

While a goal is open its owner writes updates by a Poisson process whose rate is the same every day but in the last days of a
quarter, when more are typed in, and is multiplied by exp(goal_update_intent_effect) while the owner looks around. Some goals
get one more when they are completed, whatever the owner intends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Floats, as_date, date_series, quarters_between
from seeds.company.draws import Integers
from seeds.company.goals.keys import goal_ids, numbered
from seeds.company.goals.progress import Chance, Course, s_curve
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows, words

QUARTER_DAYS, LAST_DAYS = 91.0, 4
OVERDUE_DAYS = 45
SAYS_COMPLETED, COMMENTED = 0.45, 0.33
MOST_UPDATES = 60
CONFIDENCE = ["on_track", "at_risk", "off_track"]
ON_TRACK, AT_RISK, OFF_TRACK, DONE = range(4)
BEHIND_AT_RISK, BEHIND_OFF_TRACK = 12.0, 32.0
EXPECTED_STEEPNESS = 1.6
FEELING = np.array([0.25, -0.35, -0.8, 0.6])
MONTHS_OPEN = 16


@dataclass(frozen=True)
class Updates:
    """One entry per update that is visible, by goal and day: number of the goal, day, percent done, number of the draw."""

    goal: Integers
    day: Days
    progress: Floats
    draw: Integers


class _Weights:
    """Expected updates by day, cumulated, in units of one per quarter: `late` of them in its last days."""

    def __init__(self, first: int, last: int, late: float) -> None:
        self._first = first
        rate = np.full(last - first + 1, (1 - late) / QUARTER_DAYS)
        for _, end in quarters_between(as_date(first), as_date(last)):
            clump = np.arange(end - LAST_DAYS + 1, end + 1) - first
            rate[clump[(clump >= 0) & (clump < len(rate))]] += late / LAST_DAYS
        self._until = np.concatenate(([0.0], np.cumsum(rate)))

    def between(self, first: Days, last: Days) -> Floats:
        """Expected from `first` to `last`, both included; none where `last` comes before."""
        low, high = (np.clip(day - self._first, 0, len(self._until) - 1) for day in (first, last + 1))
        result: Floats = np.maximum(self._until[high] - self._until[low], 0.0)
        return result

    def at(self, first: Days, weight: Floats) -> Days:
        """The day by which `weight` is expected from `first` on."""
        found = np.searchsorted(self._until, self._until[first - self._first] + weight, side="right") - 1
        return self._first + np.minimum(found, len(self._until) - 2).astype(np.int64)


def _written(course: Course, goal: Integers, key: Integers, author: Integers, ends: Days, weights: _Weights,
             history: History) -> Updates:  # fmt: skip
    """Updates of the Poisson process: those that would be written at the highest rate, thinned to the rate that holds."""
    parameters, draws = history.parameters, history.parameters.draws("goals.updates")
    effect = parameters.goal_update_intent_effect
    first, last = course.active[goal], course.first_target[goal] + OVERDUE_DAYS
    expected = weights.between(first, last)
    most = draws.sub("number").poisson(parameters.goal_updates_mean * np.exp(max(effect, 0.0)) * expected, key)
    number = np.minimum(most, MOST_UPDATES)
    row = np.repeat(np.arange(len(goal)), number)
    draw = np.arange(len(row)) - (np.cumsum(number) - number)[row]
    day = weights.at(first[row], expected[row] * draws.sub("day").uniform(key[row], draw))
    here = day <= ends[row]
    row, draw, day = row[here], draw[here], day[here]
    stays = np.exp(effect * history.looking(author[row], day) - max(effect, 0.0))
    kept = draws.sub("thinned").chance(stays, key[row], draw)
    return Updates(goal[row[kept]], day[kept], course.progress(goal[row[kept]], day[kept]), draw[kept])


def _tell(updates: Updates, course: Course, goal: Integers, author: Integers, ends: Days, chance: Chance, weights: _Weights,
          history: History, evidence: Evidence) -> None:  # fmt: skip
    """Evidence of intent: the number of updates, and whether goals were met in time."""
    effect, mean = history.parameters.goal_update_intent_effect, history.parameters.goal_updates_mean
    starts = np.array([first for first, _ in history.months])
    lasts = np.array([last for _, last in history.months])
    begins, person = course.active[goal], author[goal]
    first_month = history.month_of(begins)
    month, who, ratio = [history.month_of(updates.day)], [author[updates.goal]], [np.full(len(updates.goal), effect)]
    for step in range(MONTHS_OPEN):
        number = first_month + step
        inside = np.flatnonzero((number >= 0) & (number < len(starts)) & (ends >= begins))
        inside = inside[starts[number[inside]] <= ends[inside]]
        if len(inside) == 0:
            break
        here = number[inside]
        expected = weights.between(np.maximum(begins[inside], starts[here]), np.minimum(ends[inside], lasts[here]))
        month.append(here)
        who.append(person[inside])
        ratio.append(-mean * np.expm1(effect) * expected)
    met = np.log(chance.if_looking / chance.if_not)
    missed = np.log1p(-chance.if_looking) - np.log1p(-chance.if_not)
    month.append(history.month_of(chance.day))
    who.append(chance.owner)
    ratio.append(np.where(chance.met, met, missed))
    evidence.add(np.concatenate(month), np.concatenate(who), np.concatenate(ratio))


def confidence(progress: Floats, start: Days, target: Days, day: Days) -> Integers:
    """Index into CONFIDENCE of an update: progress against what is expected when that much of the time has gone."""
    gone = np.clip((day - start) / np.maximum(target - start, 1), 0, 1)
    behind = 100 * s_curve(gone, EXPECTED_STEEPNESS) - progress
    return np.select([behind <= BEHIND_AT_RISK, behind <= BEHIND_OFF_TRACK], [ON_TRACK, AT_RISK], OFF_TRACK)


def updates(course: Course, key: Integers, author: Integers, leaves: Days, chance: Chance, history: History,
            evidence: Evidence) -> Updates:  # fmt: skip
    """The visible updates of all visible goals; `author` writes them (-1: nobody) and leaves on the day `leaves`."""
    parameters, draws = history.parameters, history.parameters.draws("goals.updates")
    goal = np.flatnonzero((course.appears <= history.until) & (course.active < NEVER) & (author >= 0))
    if len(goal) == 0:
        none = np.empty(0, dtype=np.int64)
        return Updates(none, none, np.empty(0), none)
    weights = _Weights(int(course.active[goal].min()), int(course.first_target[goal].max()) + OVERDUE_DAYS + 1,
                       parameters.goal_late_update_share)  # fmt: skip
    open_until = np.minimum(np.minimum(course.closed, course.completed - 1), course.first_target + OVERDUE_DAYS)
    ends = np.minimum(np.minimum(open_until, leaves)[goal], history.until)
    written = _written(course, goal, key[goal], author[goal], ends, weights, history)
    _tell(written, course, goal, author, ends, chance, weights, history, evidence)
    says = draws.sub("done").chance(SAYS_COMPLETED * (parameters.goal_updates_mean > 0), key[goal])
    done = goal[says & (course.completed[goal] <= np.minimum(leaves[goal], history.until))]
    draw = np.concatenate((written.draw, np.full(len(done), MOST_UPDATES)))
    goals, days = np.concatenate((written.goal, done)), np.concatenate((written.day, course.completed[done]))
    order = np.lexsort((draw, days, goals))
    return Updates(goals[order], days[order], course.progress(goals[order], days[order]), draw[order])


def write_updates(seen: Updates, course: Course, key: Integers, author: Integers, history: History, rows: Rows) -> None:
    """Hand over the table goal_updates of a quarter's goals."""
    goal, day, draw, count = seen.goal, seen.day, seen.draw, len(seen.goal)
    first = np.flatnonzero(np.diff(goal, prepend=-1))
    number = np.arange(count) - np.repeat(first, np.diff(first, append=count)) if count else goal
    feeling = confidence(seen.progress, course.start[goal], course.target(goal, day), day)
    ids = numbered("U", key[goal], number + 1)
    text_key = key[goal] * (MOST_UPDATES + 4) + draw
    said = np.flatnonzero(history.parameters.draws("goals.updates").sub("commented").chance(COMMENTED, text_key))
    situation = np.where(seen.progress >= 100, DONE, feeling)[said]
    who = author[goal[said]]
    written = history.writing.texts("goal_update_comment", key=text_key[said], author=who, about=who, day=day[said],
                                    feeling=FEELING[situation], situation=situation)  # fmt: skip
    place = np.full(count, -1)
    place[said] = np.arange(len(said))
    comment = written.text.gather(np.maximum(place, 0)) if len(said) else pl.Series([None] * count, dtype=pl.String)
    rows.table("goal_updates", pl.DataFrame(
        {
            "goal_update_id": ids,
            "goal_id": goal_ids(key[goal]),
            "author_employee_id": history.employee_id(author[goal]),
            "updated_on": date_series("updated_on", day),
            "progress_pct": seen.progress,
            "confidence": words(CONFIDENCE, feeling),
            "comment": comment.set(pl.Series(place < 0), None),
        }
    ))  # fmt: skip
    rows.truth("text_labels", written.labels("goal_updates", "comment", ids.gather(said)))
