"""The tables of improvement plans as known on the last day: pips, pip_objectives, pip_supports, pip_checkpoints.

Here: the columns of plans and their objectives. Not here: who gets a plan and how it ends (history/plans.py), checkpoints
(checkpoints.py), supports (supports.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, date_series
from seeds.company.draws import Floats, Integers
from seeds.company.history.plans import ACTIONS
from seeds.company.history.record import History
from seeds.company.improvement.checkpoints import EVERY_DAYS, outlook, write_checkpoints
from seeds.company.improvement.seen import Plans, seen_plans
from seeds.company.improvement.supports import write_supports
from seeds.company.sink import Evidence, Rows, words

STATUSES = ["active", "extended", "closed", "cancelled"]
ACTIVE, EXTENDED, CLOSED, CANCELLED = range(4)
OUTCOMES = ["successful", "further_action"]
OBJECTIVE_SHARE, MOST_OBJECTIVES = [0.35, 0.45, 0.20], 3
OBJECTIVE_STATUSES = ["not_started", "on_track", "at_risk", "met", "not_met"]
NOT_STARTED, ON_TRACK, AT_RISK, MET, NOT_MET = range(5)
FIRST_DAYS = 10
ALSO_MET = {True: 0.9, False: 0.25}
# Gaps are about what a plan can change: communication to quality, technical skill and customers (indices of text.ASPECTS).
GAP_ASPECTS = np.array([0, 1, 2, 3, 5, 6])
GAP_FEELING = -0.8


def _aspect(plans: Plans, plan: Integers, slot: Integers, history: History) -> Integers:
    """What an objective is about; the first objective is about the gap itself, no two of a plan about the same."""
    first = history.parameters.draws("improvement.aspect").integers(0, len(GAP_ASPECTS), plans.key[plan])
    result: Integers = GAP_ASPECTS[(first + slot) % len(GAP_ASPECTS)]
    return result


def _write_plans(plans: Plans, history: History, rows: Rows) -> None:
    plan = np.arange(len(plans.person))
    closed = plans.ended & ~plans.cancelled
    status = np.select([plans.cancelled, plans.ended, plans.extended_until < NEVER], [CANCELLED, CLOSED, EXTENDED], ACTIVE)
    failed = closed & ~plans.successful
    written = history.writing.texts(
        "pip_gap", key=plans.key, author=plans.manager, about=plans.person, day=plans.start,
        feeling=np.full(len(plan), GAP_FEELING), aspect=_aspect(plans, plan, np.zeros_like(plan), history),
    )  # fmt: skip
    ids = plans.ids(plan)
    rows.table("pips", pl.DataFrame(
        {
            "pip_id": ids,
            "employee_id": history.employee_id(plans.person),
            "manager_id": history.employee_id(plans.manager),
            "performance_gap": written.text,
            "start_date": date_series("start_date", plans.start),
            "planned_days": plans.planned_days.astype(np.int64),
            "extended_until": date_series("extended_until", plans.extended_until),
            "closed_on": date_series("closed_on", np.where(plans.ended, plans.closes, NEVER)),
            "status": words(STATUSES, status),
            "outcome": words(OUTCOMES, np.where(closed, (~plans.successful).astype(np.int64), -1)),
            "further_action": words(ACTIONS, np.where(failed, plans.action, -1)),
        }
    ))  # fmt: skip
    rows.truth("text_labels", written.labels("pips", "performance_gap", ids))


def _values(met: Integers, key: Integers, history: History) -> tuple[Floats, Floats, Floats]:
    """Baseline, target and what was reached in the end, on a scale of 100."""
    draws = history.parameters.draws("improvement.values")
    baseline = np.round(30 + 35 * draws.sub("baseline").uniform(key))
    target = baseline + np.round(10 + 20 * draws.sub("target").uniform(key))
    reached = draws.sub("reached").uniform(key)
    short = np.minimum(baseline + (target - baseline) * (reached - 0.1), target - 1)
    return baseline, target, np.round(np.where(met, target + 5 * reached, short), 1).astype(np.float64)


def _write_objectives(plans: Plans, history: History, rows: Rows) -> None:
    """One to three objectives a plan; how each went is known once the plan is closed, until then how it looks."""
    draws = history.parameters.draws("improvement.objectives")
    number = 1 + draws.sub("number").choice(OBJECTIVE_SHARE, plans.key)
    plan = np.repeat(np.arange(len(number)), number)
    slot = np.arange(len(plan)) - np.repeat(np.cumsum(number) - number, number)
    key = plans.key[plan] * MOST_OBJECTIVES + slot
    successful = plans.successful[plan]
    also = draws.sub("met").chance(np.where(successful, ALSO_MET[True], ALSO_MET[False]), key)
    met = np.where(slot == 0, successful, also)
    closed = (plans.ended & ~plans.cancelled)[plan]
    until, start = plans.until[plan], plans.start[plan]
    step = (until - start) // EVERY_DAYS
    looks = outlook(plans, plan, start + step * EVERY_DAYS, draws.sub("noise").normal(key, step),
                    history.parameters.checkpoint_outcome_effect)  # fmt: skip
    status = np.select([closed & met, closed, until < start + FIRST_DAYS, looks >= 0], [MET, NOT_MET, NOT_STARTED, ON_TRACK], AT_RISK)
    baseline, target, actual = _values(met, key, history)
    aspect = _aspect(plans, plan, slot, history)
    texts = {
        kind: history.writing.texts(kind, key=key, author=plans.manager[plan], about=plans.person[plan], day=start,
                                    feeling=np.full(len(key), GAP_FEELING), aspect=aspect)
        for kind in ("pip_target", "pip_measure")
    }  # fmt: skip
    ids = plans.parts(plan, "O", slot)
    rows.table("pip_objectives", pl.DataFrame(
        {
            "pip_objective_id": ids,
            "pip_id": plans.ids(plan),
            "improvement_target": texts["pip_target"].text,
            "measure": texts["pip_measure"].text,
            "baseline_value": baseline,
            "target_value": target,
            "actual_value": pl.Series(actual).set(pl.Series(~closed), None),
            "status": words(OBJECTIVE_STATUSES, status),
        }
    ))  # fmt: skip
    rows.truth("text_labels", texts["pip_target"].labels("pip_objectives", "improvement_target", ids))
    rows.truth("text_labels", texts["pip_measure"].labels("pip_objectives", "measure", ids))


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """Hand over pips, pip_objectives, pip_supports and pip_checkpoints."""
    plans = seen_plans(history)
    _write_plans(plans, history, rows)
    _write_objectives(plans, history, rows)
    write_supports(plans, history, rows)
    write_checkpoints(plans, history, rows)
