"""Checkpoints of improvement plans: when they are, whether they take place, how it looks then.

Here: the table pip_checkpoints. Not here: which plans there are (seen.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, date_series
from seeds.company.draws import Floats, Integers
from seeds.company.history.record import History
from seeds.company.improvement.seen import Plans
from seeds.company.sink import Rows, words

EVERY_DAYS, MOST_CHECKPOINTS = 14, 20
LATEST_DAYS = 4
PROGRESS = ["improving", "on_track", "behind", "at_risk"]
# What an outlook is called: above the last bound the first word, below the first bound the last.
BOUNDS = np.array([-0.6, 0.0, 0.6])
NOISE_SD = 0.8
FEELING_SCALE, USUAL_FEELING = 0.3, -0.35


def outlook(plans: Plans, plan: Integers, day: Days, noise: Floats, effect: float) -> Floats:
    """How a plan looks on `day`: the more of its time has gone, the more its true course shows."""
    gone = np.clip((day - plans.start[plan]) / plans.planned_days[plan], 0, 1)
    result: Floats = effect * gone * np.where(plans.successful[plan], 1.0, -1.0) + NOISE_SD * noise
    return result


def _scheduled(plans: Plans) -> tuple[Integers, Integers, Days]:
    """Plan, number within the plan and day of each checkpoint: every two weeks, and again once a plan is extended."""
    regular = plans.planned_days // EVERY_DAYS
    extra = np.where(plans.extended_until < NEVER, (plans.extended_until - plans.planned_end) // EVERY_DAYS, 0)
    number = regular + extra
    plan = np.repeat(np.arange(len(number)), number)
    slot = np.arange(len(plan)) - np.repeat(np.cumsum(number) - number, number)
    later = plans.planned_end[plan] + EVERY_DAYS * (slot - regular[plan] + 1)
    return plan, slot, np.where(slot < regular[plan], plans.start[plan] + EVERY_DAYS * (slot + 1), later)


def write_checkpoints(plans: Plans, history: History, rows: Rows) -> None:
    """Hand over the table pip_checkpoints."""
    parameters, draws = history.parameters, history.parameters.draws("improvement.checkpoints")
    plan, slot, scheduled = _scheduled(plans)
    key = plans.key[plan] * MOST_CHECKPOINTS + slot
    on_day = scheduled + draws.sub("days late").integers(0, LATEST_DAYS, key)
    takes_place = ~draws.sub("missed").chance(parameters.checkpoint_missed_share, key)
    held = np.where(takes_place & (on_day <= plans.until[plan]), on_day, NEVER)
    seen = np.flatnonzero(held < NEVER)
    looks = outlook(plans, plan[seen], held[seen], draws.sub("noise").normal(key[seen]), parameters.checkpoint_outcome_effect)
    written = history.writing.texts(
        "checkpoint_notes", key=key[seen], author=plans.manager[plan[seen]], about=plans.person[plan[seen]], day=held[seen],
        feeling=USUAL_FEELING + FEELING_SCALE * looks,
    )  # fmt: skip
    ids = plans.parts(plan, "C", slot)
    progress = np.full(len(plan), -1)
    progress[seen] = len(BOUNDS) - np.searchsorted(BOUNDS, looks)
    place = np.full(len(plan), -1)
    place[seen] = np.arange(len(seen))
    notes = written.text if len(seen) else pl.Series([""], dtype=pl.String)
    rows.table("pip_checkpoints", pl.DataFrame(
        {
            "pip_checkpoint_id": ids,
            "pip_id": plans.ids(plan),
            "scheduled_on": date_series("scheduled_on", scheduled),
            "held_on": date_series("held_on", held),
            "progress": words(PROGRESS, progress),
            "notes": notes.gather(np.maximum(place, 0)).set(pl.Series(place < 0), None),
        }
    ))  # fmt: skip
    rows.truth("text_labels", written.labels("pip_checkpoints", "notes", ids.gather(seen)))
