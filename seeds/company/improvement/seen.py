"""The improvement plans that are visible on the last day, and how far each had come.

Here: which plans there are, who runs them, what of their course is known. Not here: who gets a plan and how it ends
(history/plans.py), columns of tables (tables.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Flags
from seeds.company.draws import Integers
from seeds.company.history.record import History

KEY_DAYS = 100_000


@dataclass(frozen=True)
class Plans:
    """Visible plans by start and person. `closes` is when the plan ends, `until` the last day on which something of it is known.

    Their order never changes: a plan that begins later comes later. `extended_until` is NEVER unless the extension is known.
    """

    person: Integers
    manager: Integers
    start: Days
    planned_days: Integers
    extended_until: Days
    closes: Days
    until: Days
    ended: Flags
    cancelled: Flags
    successful: Flags
    action: Integers

    @property
    def key(self) -> Integers:
        """A number for each plan that no other plan changes."""
        return self.person * KEY_DAYS + self.start

    @property
    def planned_end(self) -> Days:
        """The last day as first agreed."""
        return self.start + self.planned_days - 1

    def ids(self, plan: Integers) -> pl.Series:
        """pip_id of the plans numbered `plan`."""
        number = pl.lit(pl.Series(plan + 1, dtype=pl.Int64)).cast(pl.String).str.zfill(6)
        return pl.select(pl.format("PIP-{}", number).alias("pip_id")).to_series()

    def parts(self, plan: Integers, letter: str, slot: Integers) -> pl.Series:
        """Identifiers of parts of the plans numbered `plan`, counted from 0 within each."""
        number = pl.lit(pl.Series(slot + 1, dtype=pl.Int64)).cast(pl.String).str.zfill(2)
        return pl.select(pl.format(f"{{}}-{letter}{{}}", pl.lit(self.ids(plan)), number)).to_series()


def seen_plans(history: History) -> Plans:
    """Plans begun by the last day, by people who were there; a plan ends with the person's last day at the latest.

    The manager is who asked for it, or, where they have left, the person's boss on the day it starts.
    """
    ledger, until = history.workforce.plans, history.until
    began = np.flatnonzero(ledger["start"] <= until)
    there = history.last_day(ledger["person"][began], ledger["start"][began])
    began, there = began[there > -NEVER], there[there > -NEVER]
    order = np.lexsort((ledger["person"][began], ledger["start"][began]))
    began, last_day = began[order], there[order]
    person, start, rater = (ledger[name][began] for name in ("person", "start", "rater"))
    boss = history.assigned_on(person, start)["boss"].fill_null(-1).to_numpy()
    stays = (rater >= 0) & (history.last_day(np.maximum(rater, 0), start) > -NEVER)

    planned, closes, withdrawn = (ledger[name][began] for name in ("planned_days", "closes", "withdrawn"))
    has_left = last_day < closes
    closes = np.minimum(closes, last_day)
    known_until = np.minimum(closes, until)
    ended = closes <= until
    extends = start + planned - 1 <= known_until
    return Plans(
        person=person, manager=np.where(stays, rater, boss), start=start, planned_days=planned,
        extended_until=np.where(extends, ledger["extended_until"][began], NEVER), closes=closes, until=known_until, ended=ended,
        cancelled=ended & (has_left | withdrawn), successful=ledger["successful"][began], action=ledger["action"][began],
    )  # fmt: skip
