"""Small companies for the proof, each made, dirtied and published by the real pipeline.

Belongs here: which companies, and rows planted in their files: broken ones, doubtful ones, plans for every rule. Does not
belong here: what must come of them (landing_oracle).
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from orchestration.ingestion import landing
from orchestration.settings import Settings
from seeds.company.parameters import Parameters
from seeds.company.writing import write
from tests.plain_runs import run, without_model_tests

SEEDS = {"130 people": (130, 11), "170 people": (170, 23)}  # a third one, of 300 people and clean, is the demo of the session


# What the pages' figures rest on: loading the rest would only take time.
BEHIND_PAGES = ("departments", "positions", "employees", "employment_spells", "job_history", "goals", "goal_participants", "goal_updates",
                "review_cycles", "reviews", "pips")  # fmt: skip


def built(home: Path, employees: int, seed: int) -> str:
    """A company of two years, published. Returns what the run reported where it did not publish."""
    parameters = Parameters(employees=employees, years=2, seed=seed)
    write(parameters, home, tables=BEHIND_PAGES)
    plant(home / "landing", all_successful=seed == 11)
    landing.mark_synthetic(home / "landing", parameters.until)
    with without_model_tests():
        report = run(Settings(home=home, settle_seconds=0))
    return "" if report.exit_code == 0 else str((report.error, report.gate_results))


def build_all(folder: Path) -> dict[str, Path]:
    """All companies, two at a time: a run is mostly one thread."""
    homes = {name: folder / f"seed_{seed}" for name, (_, seed) in SEEDS.items()}
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        asked = {name: pool.submit(built, homes[name], *SEEDS[name]) for name in SEEDS}
        troubles = {name: result.result() for name, result in asked.items()}
    assert not any(troubles.values()), troubles
    return homes


def plant(folder: Path, *, all_successful: bool) -> None:
    """Rows that break the contract, rows that are doubtful, rows that a rule of a figure is about."""
    for table, change in {"goals": goals, "goal_updates": updates, "reviews": reviews}.items():
        change(pl.read_parquet(folder / f"{table}.parquet")).write_parquet(folder / f"{table}.parquet")
    employees = pl.read_parquet(folder / "employees.parquet")
    plans = pl.read_parquet(folder / "pips.parquet")
    of_people(employees, plans, all_successful=all_successful).write_parquet(folder / "pips.parquet")


def goals(frame: pl.DataFrame) -> pl.DataFrame:
    """Two without title, one of an unknown status; one completed without a day, one never due, one with an earlier version."""
    finished = frame.filter((pl.col("goal_level") == "individual") & (pl.col("status") == "completed"))["goal_id"]
    undated, never_due, twice = (pl.col("goal_id") == finished[at] for at in (5, 6, 7))
    earlier = frame.filter(twice).with_columns(status=pl.lit("cancelled"), completed_date=None)
    changed = frame.with_columns(
        completed_date=pl.when(undated).then(None).otherwise("completed_date"),
        target_date=pl.when(never_due).then(None).otherwise("target_date"),
    )
    untitled = frame.head(2).with_columns(goal_id="bad-" + pl.col("goal_id"), title=pl.lit(None, pl.String))
    unknown = frame.tail(1).with_columns(goal_id="bad-" + pl.col("goal_id"), status=pl.lit("archived"))
    return stacked(frame, earlier, changed, untitled, unknown)


def updates(frame: pl.DataFrame) -> pl.DataFrame:
    """Three with more than all of the progress."""
    return stacked(frame, frame, frame.head(3).with_columns(goal_update_id="bad-" + pl.col("goal_update_id"), progress_pct=140.0))


def reviews(frame: pl.DataFrame) -> pl.DataFrame:
    """Two of an unknown stage, one rated 7, one of nobody; one completed without rating, one without rater, one person twice."""
    done = frame.filter((pl.col("stage") == "completed") & (pl.col("review_cycle_id") == "2025-FY"))["review_id"]
    unrated, no_rater, twice = (pl.col("review_id") == done[at] for at in (3, 4, 5))
    changed = frame.with_columns(
        final_rating=pl.when(unrated).then(None).otherwise("final_rating"), manager_id=pl.when(no_rater).then(None).otherwise("manager_id")
    )
    bad = "bad-" + pl.col("review_id")
    unknown = frame.head(2).with_columns(review_id=bad, stage=pl.lit("archived"))
    too_high = frame.slice(2, 1).with_columns(review_id=bad, final_rating=7.0)
    nobody = frame.slice(3, 1).with_columns(review_id=bad, employee_id=pl.lit("E999999"))
    second = frame.filter(twice).with_columns(review_id=pl.col("review_id") + "-2", final_rating=5.0)
    return stacked(frame, changed, unknown, too_high, nobody, second)


def of_people(employees: pl.DataFrame, plans: pl.DataFrame, *, all_successful: bool) -> pl.DataFrame:
    """Plans of 2025: eight that went well; or those with some that did not, one cancelled by leaving (M7), one cancelled otherwise."""
    staying = employees.filter(pl.col("termination_date").is_null() & (pl.col("hire_date") < date(2024, 1, 1))).sort("employee_id")
    started, closed = date(2025, 2, 3), date(2025, 5, 5)
    well = [(person, started, closed, "closed", "successful") for person in staying["employee_id"][:8]]
    others: list[tuple[str, date, date, str, str | None]] = []
    if not all_successful:
        others = [(person, started, closed + timedelta(90), "closed", "further_action") for person in staying["employee_id"][8:15]]
        others.append((staying["employee_id"][15], started, closed, "cancelled", None))
        left = employees.filter(pl.col("termination_date").is_between(date(2025, 4, 1), date(2025, 12, 1))).sort("employee_id")
        for person, last_day in left.select("employee_id", "termination_date").head(2).iter_rows():
            others.append((person, last_day - timedelta(40), last_day - timedelta(20), "cancelled", None))
    rows = [
        {"pip_id": f"PIP-9{at:05}", "employee_id": person, "performance_gap": "Made up", "start_date": start, "planned_days": 90,
         "closed_on": end, "status": status, "outcome": outcome}
        for at, (person, start, end, status, outcome) in enumerate([*well, *others])
    ]  # fmt: skip
    return stacked(plans, *([] if all_successful else [plans]), pl.DataFrame(rows, infer_schema_length=None))


def stacked(like: pl.DataFrame, *frames: pl.DataFrame) -> pl.DataFrame:
    """Frames one below the other, in the columns and types of the first."""
    return pl.concat([like.clear(), *(frame.cast({c: like.schema[c] for c in frame.columns}) for frame in frames)], how="diagonal").select(
        like.columns
    )
