"""Performance improvement plans: who gets one after a low rating, how it ends, and the table of them.

Here: start, length, extension, outcome and what follows. Not here: ratings, and exits that have other causes.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, date_series, day_number
from seeds.company.exits import LOW_RATING
from seeds.company.ledger import INVOLUNTARY, VOLUNTARY, Indices, Ledger
from seeds.company.moves import Workplace
from seeds.company.parameters import Parameters

ACTIONS = ["termination", "resignation", "new_plan", "demotion", "other"]
TERMINATION, RESIGNATION, NEW_PLAN, DEMOTION, OTHER = range(5)
ACTION_SHARE = [0.50, 0.14, 0.12, 0.12, 0.12]
LENGTHS, LENGTH_SHARE = [30, 60, 90], [0.25, 0.45, 0.30]
EXTENDED_SHARE, WITHDRAWN_SHARE = 0.12, 0.04
STARTS_WITHIN_DAYS = (4, 28)
GAPS = ["Deadlines missed in the last two quarters", "Quality of work below what the role asks for",
        "Work handed over late and unfinished", "Results well below the agreed goals",
        "Agreed priorities not followed", "Little progress since the last review",
        "Customer commitments not kept", "Errors that others had to put right"]  # fmt: skip


def start(
    plans: Ledger, workplace: Workplace, reviews: Ledger, cycle: int, told_on: int,
    *, parameters: Parameters, random: np.random.Generator,
) -> None:  # fmt: skip
    """Plans for a share of the people rated low in `cycle`, whose results were due on day `told_on`."""
    people = workplace.people
    rows = np.flatnonzero((reviews["cycle"] == cycle) & (reviews["final_rating"] <= LOW_RATING))
    draw = random.random(len(rows))
    day = told_on + random.integers(*STARTS_WITHIN_DAYS, len(rows))
    who = reviews["person"][rows]
    rating = reviews["final_rating"][rows]
    chance = parameters.pip_share * np.where(rating < LOW_RATING, 1.6, 0.85)
    free = (people["seat"][who] > 0) & (people["last_day"][who] == NEVER) & (people["on_plan_until"][who] < day)
    chosen = free & (draw < chance) & (day <= day_number(parameters.until))
    reviews["has_plan"][rows[chosen]] = True
    _add(plans, workplace, who[chosen], day[chosen], rating[chosen], parameters=parameters, random=random)


def _add(plans: Ledger, workplace: Workplace, who: Indices, day: Indices, rating: Indices,
         *, parameters: Parameters, random: np.random.Generator) -> None:  # fmt: skip
    people, count = workplace.people, len(who)
    planned = random.choice(LENGTHS, count, p=LENGTH_SHARE)
    extended = random.random(count) < EXTENDED_SHARE
    planned_end = day + planned - 1
    extended_until = np.where(extended, planned_end + 30, NEVER)
    closes = np.where(extended, extended_until, planned_end) + random.integers(0, 8, count)
    odds = parameters.pip_success_share / max(1 - parameters.pip_success_share, 1e-9)
    performance = workplace.performance.value()[who]
    logit = np.log(max(odds, 1e-9)) + 0.8 * (performance - (parameters.performance_mean - 0.6))
    successful = random.random(count) < 1 / (1 + np.exp(-logit))
    action = np.where(successful, -1, random.choice(len(ACTIONS), count, p=ACTION_SHARE))
    withdrawn = random.random(count) < WITHDRAWN_SHARE
    closes = np.where(withdrawn, day + (closes - day) // 2, closes)
    plans.append(
        count, person=who, rater=people["boss"][who], start=day, planned_days=planned, extended_until=extended_until,
        closes=closes, successful=successful, action=action, withdrawn=withdrawn, rating=rating,
    )  # fmt: skip
    people["on_plan_until"][who] = closes


def close(plans: Ledger, workplace: Workplace, month: tuple[int, int], parameters: Parameters,
          random: np.random.Generator) -> None:  # fmt: skip
    """What follows from plans that close in the month without success, for people who are still there."""
    people = workplace.people
    due = (plans["closes"] >= month[0]) & (plans["closes"] <= month[1]) & ~plans["withdrawn"]
    there = (people["seat"][plans["person"]] > 0) & (people["last_day"][plans["person"]] > plans["closes"])
    rows = np.flatnonzero(due & there & (plans["action"] >= 0))
    who, closes, action = plans["person"][rows], plans["closes"][rows], plans["action"][rows]
    soon, later = random.integers(0, 6, len(rows)), random.integers(14, 31, len(rows))

    dismissed, resigned = action == TERMINATION, action == RESIGNATION
    for leaving, after, exit_type in ((dismissed, soon, INVOLUNTARY), (resigned, later, VOLUNTARY)):
        people["last_day"][who[leaving]] = closes[leaving] + after[leaving]
        people["exit_type"][who[leaving]] = exit_type
    people["notice_on"][who[dismissed]] = NEVER
    people["notice_on"][who[resigned]] = closes[resigned]
    demoted = action == DEMOTION
    workplace.demote(who[demoted], closes[demoted] + 1)
    again = (action == NEW_PLAN) & (people["last_day"][who] == NEVER)
    day = closes[again] + 1 + soon[again]
    _add(plans, workplace, who[again], day, plans["rating"][rows][again], parameters=parameters, random=random)


def pip_table(plans: Ledger, employees: pl.DataFrame, spells: pl.DataFrame, until: int,
              random: np.random.Generator) -> pl.DataFrame:  # fmt: skip
    """Table `pips` as known on day `until`.

    `employees` maps person to employee_id; `spells` has person, start, end (day numbers). A plan whose person left
    before it closed is cancelled on the last day.
    """
    gaps = pl.Series(GAPS).gather(random.integers(0, len(GAPS), len(plans)))
    rows = plans.frame().with_columns(gaps.alias("performance_gap")).filter(pl.col("start") <= until)
    spell = spells.select("person", "end", spell_start="start").sort("spell_start")
    left = rows.sort("start").join_asof(
        spell, left_on="start", right_on="spell_start", by="person", strategy="backward", check_sortedness=False
    )
    left = left.filter(pl.col("start") <= pl.col("end")).sort("start", "person")
    has_left = (pl.col("end") < pl.col("closes")) & (pl.col("end") <= until)
    left = left.with_columns(
        cancelled=has_left | (pl.col("withdrawn") & (pl.col("closes") <= until)),
        closes=pl.when(has_left).then("end").otherwise("closes"),
    ).with_columns(ended=pl.col("closes") <= until)
    planned_end = pl.col("start") + pl.col("planned_days") - 1
    is_extended = (pl.col("extended_until") < NEVER) & (planned_end <= pl.min_horizontal("closes", pl.lit(until)))
    is_closed = pl.col("ended") & ~pl.col("cancelled")
    action = pl.Series("action", ACTIONS)
    table = left.select(
        pip_id=pl.format("PIP-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)),
        person="person",
        rater="rater",
        performance_gap="performance_gap",
        start_date="start",
        planned_days="planned_days",
        extended_until=pl.when(is_extended).then("extended_until").otherwise(NEVER),
        closed_on=pl.when("ended").then("closes").otherwise(NEVER),
        status=pl.when("cancelled").then(pl.lit("cancelled")).when("ended").then(pl.lit("closed"))
        .when(is_extended).then(pl.lit("extended")).otherwise(pl.lit("active")),
        outcome=pl.when(is_closed & pl.col("successful")).then(pl.lit("successful"))
        .when(is_closed).then(pl.lit("further_action")),
        further_action=pl.when(is_closed & ~pl.col("successful"))
        .then(pl.lit(action).gather(pl.col("action").clip(0))),
    )  # fmt: skip
    dates = [date_series(name, table[name].to_numpy()) for name in ("start_date", "extended_until", "closed_on")]
    table = table.with_columns(dates)
    ids = employees.select("person", "employee_id")
    table = table.join(ids, on="person", how="left", maintain_order="left")
    table = table.join(ids.rename({"person": "rater", "employee_id": "manager_id"}), on="rater", how="left",
                       maintain_order="left")  # fmt: skip
    return table.select("pip_id", "employee_id", "manager_id", "performance_gap", "start_date", "planned_days",
                        "extended_until", "closed_on", "status", "outcome", "further_action")  # fmt: skip
