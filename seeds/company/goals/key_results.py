"""Key results: what a goal is measured by, and how far each measure has come.

Here: which goals have some, their values. Not here: how far a goal is (progress.py), wording (titles.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, date_series
from seeds.company.draws import Draws, Floats, Integers
from seeds.company.goals import titles as wording
from seeds.company.goals.keys import goal_ids, numbered
from seeds.company.goals.progress import Course
from seeds.company.history.ledger import Ledger
from seeds.company.history.record import History
from seeds.company.sink import Rows, words

TEAM_SHARE, MOST_RESULTS = 0.5, 4
THIRD_SHARE = 0.5
METRIC_SHARE = [0.45, 0.32, 0.11, 0.12]
LAST_DAYS = 18
AHEAD = (0.75, 1.2)
LARGEST_UNFINISHED = 0.95


def _values(metric: Integers, key: Integers, draws: Draws) -> tuple[Floats, Floats]:
    """Where a measure starts and where it should get."""
    low, high = draws.sub("start").uniform(key), draws.sub("target").uniform(key)
    percent, count, money = np.round(30 + 45 * low), np.floor(6 * low) * (low > 0.5), 10_000 * np.round(5 + 60 * low)
    start = np.choose(metric, [percent, count, money, np.zeros(len(key))])
    gain = [np.round(5 + 20 * high), 2 + np.floor(15 * high), 1_000 * np.round(5 + 95 * high), np.ones(len(key))]
    return start, start + np.choose(metric, gain)


def _reached(metric: Integers, start: Floats, target: Floats, share: Floats) -> Floats:
    """The value after `share` of the way, in the steps in which it is measured; of a yes or no all or nothing."""
    step = np.choose(metric, [0.1, 1.0, 100.0, 1.0])
    between = start + np.floor((target - start) * share / step + 1e-9) * step
    result: Floats = np.where(share >= 1, target, np.round(between, 1))
    return result


def write_key_results(goals: Ledger, course: Course, seen: Integers, history: History, rows: Rows) -> None:
    """Hand over the table goal_key_results of the goals numbered `seen`, as known on the last day."""
    draws, until = history.parameters.draws("goals.key_results"), history.until
    of_level = np.array([1.0, 1.0, TEAM_SHARE, history.parameters.goal_key_result_share])
    level = goals["level"][seen]
    measured = seen[draws.sub("some").chance(of_level[level] * (history.parameters.goal_key_result_share > 0), goals["key"][seen])]
    number = 2 + draws.sub("third").chance(THIRD_SHARE, goals["key"][measured]).astype(np.int64)
    goal = np.repeat(measured, number)
    slot = np.arange(len(goal)) - np.repeat(np.cumsum(number) - number, number)
    key = goals["key"][goal] * MOST_RESULTS + slot
    metric = draws.sub("metric").choice(METRIC_SHARE, key)
    start, target = _values(metric, key, draws)

    # The last key result of a goal is met on the day the goal is, the others on days before, never before it was decided.
    decisive, done = course.decisive[goal], course.completed[goal]
    lag = np.where(slot == 0, 0, draws.sub("before").integers(0, LAST_DAYS, key))
    earliest = np.where(done >= decisive, decisive, course.active[goal])
    met: Days = np.where(done < NEVER, np.maximum(done - lag, np.minimum(earliest, done)), NEVER)
    met = np.where(met <= until, met, NEVER)
    progress = course.progress(goal, np.full(len(goal), until)) / 100
    ahead = AHEAD[0] + np.ptp(AHEAD) * draws.sub("ahead").uniform(key)
    share = np.where(met < NEVER, 1.0, np.minimum(progress * ahead, LARGEST_UNFINISHED))
    current = _reached(metric, start, target, share)
    rows.table("goal_key_results", pl.DataFrame(
        {
            "key_result_id": numbered("K", goals["key"][goal], slot + 1),
            "goal_id": goal_ids(goals["key"][goal]),
            "title": wording.key_result_titles(metric, draws.sub("title").integers(0, 60, goals["key"][goal]) + slot),
            "metric_type": words(wording.METRICS, metric),
            "start_value": start,
            "current_value": current,
            "target_value": target,
            "progress_pct": np.round(100 * (current - start) / (target - start), 1),
            "completed_date": date_series("completed_date", met),
        }
    ))  # fmt: skip
