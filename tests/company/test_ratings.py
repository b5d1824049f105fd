"""The laws of ratings, and rates that are set to zero: what was planted is found, what was switched off is not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from seeds.company import Company, Parameters, generate
from seeds.company.company import TABLES
from tests.company.conftest import SIZE


def _manager_variance(settings: list[str]) -> tuple[float, float]:
    """Variance between raters of the mean excess of rating over performance, and what noise alone would make of it."""
    quiet = ["compression_mean=1", "compression_sd=0", "team_quality_sd=0", "trend_sd=0.25", *settings]
    company = generate(Parameters(employees=SIZE, years=2).with_settings(quiet), tables=("reviews",))
    excess = (
        company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
        .filter(pl.col("manager_rating").is_not_null())
        .with_columns(excess=pl.col("manager_rating") - pl.col("value"))
        .group_by("manager_id", "employee_id").agg(pl.col("excess").mean())
        .group_by("manager_id").agg(pl.col("excess").mean(), spread=pl.col("excess").var(), people=pl.len())
        .filter(pl.col("people") >= 4)
    )  # fmt: skip
    noise = (excess["spread"] / excess["people"]).to_numpy().mean()
    return float(excess["excess"].to_numpy().var()), float(noise)


def test_severity_switched_off_leaves_no_manager_effect_beyond_noise() -> None:
    between, noise = _manager_variance(["severity_sd=0", "severity_drift_sd=0"])
    # A mean square over some 100 raters: its ratio to the noise has a standard error near sqrt(2 / 100) = 0.14.
    assert between / noise < 1.45
    between, noise = _manager_variance([])
    assert between / noise > 3


def test_true_severity_explains_how_raters_differ(company: Company) -> None:
    reviews = company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
    excess = (
        reviews.filter(pl.col("manager_rating").is_not_null())
        .group_by("manager_id").agg(excess=(pl.col("manager_rating") - pl.col("value")).mean(), count=pl.len())
        .filter(pl.col("count") >= 15)
        .join(company.truth["rater_severity"], left_on="manager_id", right_on="employee_id")
    )  # fmt: skip
    assert np.corrcoef(excess["excess"], excess["severity"])[0, 1] > 0.6


def test_ratings_without_compression_say_nothing_about_performance() -> None:
    flat = ["compression_mean=0", "compression_sd=0"]
    company = generate(Parameters(employees=SIZE, years=2).with_settings(flat), tables=("reviews",))
    rated = company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
    rated = rated.filter(pl.col("manager_rating").is_not_null())
    # About 2,500 pairs, several of one person: three standard errors are 0.1.
    assert abs(np.corrcoef(rated["manager_rating"], rated["value"])[0, 1]) < 0.1


def test_calibration_moves_more_down_than_up(company: Company) -> None:
    moved = company.tables["reviews"].filter(pl.col("final_rating") != pl.col("manager_rating"))
    down = moved.filter(pl.col("final_rating") < pl.col("manager_rating"))
    assert 0.55 < len(down) / len(moved) < 0.95


def test_rates_set_to_zero_switch_their_events_off(company: Company) -> None:
    off = ["voluntary_rate=0", "involuntary_rate=0", "low_rating_exit_rate=0", "pip_share=0", "promotion_rate=0",
           "reorganisation_share=0", "transfer_share=0", "contract_share=0", "intern_share=0", "shared_goal_share=0",
           "goal_retargeted_share=0", "review_late_share=0", "review_unfinished_share=0"]  # fmt: skip
    full, company = company, generate(Parameters(employees=300, years=1).with_settings(off), tables=TABLES)
    employees, history = company.tables["employees"], company.tables["job_history"]
    assert {name: frame.schema for name, frame in company.tables.items()} == {name: frame.schema for name, frame in full.tables.items()}
    assert set(employees["termination_type"].drop_nulls()) <= {"retirement"}
    assert len(company.tables["pips"]) == 0
    recent = history.filter(pl.col("effective_from") > dt.date(2025, 7, 1))
    assert set(recent["change_reason"]) <= {"hire", "manager_change", "promotion"}
    goals = company.tables["goals"]
    assert (goals["target_date"] == goals["baseline_target_date"]).all()
    sharing = company.tables["goal_participants"].filter(pl.col("participant_type") == "employee")
    assert set(sharing["role"]) <= {"sponsor"}
    ended = company.tables["reviews"].filter(pl.col("review_cycle_id") == "2025-FY", pl.col("stage") != "cancelled")
    assert (ended["stage"] == "completed").all()
    assert ended.select(pl.max_horizontal("employee_signed_at", "manager_signed_at").dt.date().max()).item() <= (
        dt.date(2025, 12, 31) + dt.timedelta(days=52)
    )
