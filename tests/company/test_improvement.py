"""Improvement plans: rare, run as plans are, and their checkpoints say as much of the outcome as is set."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest

from seeds.company import Parameters, generate
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.improvement import tables as improvement
from seeds.company.sink import Evidence, Kept
from tests.company.contract_breaches import number

UNTIL = dt.date(2026, 6, 30)
AREA = ("pips", "pip_objectives", "pip_supports", "pip_checkpoints")
WORDS = {"at_risk": 0, "behind": 1, "on_track": 2, "improving": 3}
PERSON_YEARS = f"""(select sum(date_diff('day', greatest(hire_date, date '2023-07-01'),
    least(coalesce(termination_date, date '{UNTIL}'), date '{UNTIL}')) + 1) / 365.25 from employees
    where coalesce(termination_date, date '{UNTIL}') >= date '2023-07-01' and employment_type in ('full_time', 'part_time'))"""


def many(*settings: str, until: dt.date = UNTIL) -> tuple[History, dict[str, pl.DataFrame]]:
    """A history in which most low ratings are followed by a plan, and its tables of plans."""
    parameters = Parameters(employees=800, until=until).with_settings(["pip_share=0.6", *settings])
    history = History(parameters, simulation.simulate(structure.build(parameters), parameters))
    kept = Kept()
    improvement.write(history, kept, Evidence(len(history.people), len(history.months)))
    return history, kept.tables()


@pytest.fixture(scope="module")
def plans() -> tuple[History, dict[str, pl.DataFrame]]:
    return many()


def test_improvement_plans_are_rare_and_succeed_about_half_the_time(database: duckdb.DuckDBPyConnection) -> None:
    # 2% to 4% of people a year: some 80 plans, so that their success rate has a standard error of 5.5 points.
    assert 0.018 <= number(database, f"select count(*) / {PERSON_YEARS} from pips") <= 0.042
    rate = """select avg((outcome is not distinct from 'successful')::int) from pips
        where status in ('closed', 'cancelled')"""
    assert 0.40 <= number(database, rate) <= 0.65


def test_every_kind_of_plan_occurs(plans: tuple[History, dict[str, pl.DataFrame]]) -> None:
    _, tables = plans
    assert set(tables["pips"]["planned_days"].unique()) == {30, 60, 90}
    assert {"closed", "cancelled"} <= set(tables["pips"]["status"].unique())
    assert {"new_plan", "demotion", "termination", "resignation", "other"} <= set(tables["pips"]["further_action"].unique())
    assert set(tables["pip_supports"]["support_type"].unique()) == {"mentor", "training", "check_in_meeting", "coaching", "other"}
    assert set(tables["pip_objectives"].group_by("pip_id").len()["len"].unique()) == {1, 2, 3}
    assert {*WORDS, None} == set(tables["pip_checkpoints"]["progress"].unique())


def test_a_plan_of_someone_who_leaves_is_cancelled_on_the_last_day() -> None:
    history, tables = many("voluntary_rate=0.4")
    pips = tables["pips"]
    number_of = dict(zip(history.employee_ids.to_list(), range(len(history.people)), strict=True))
    person = pips["employee_id"].replace_strict(number_of, return_dtype=pl.Int64).to_numpy()
    start = pips["start_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    last = history.last_day(person, start)
    closed = pips["closed_on"].fill_null(UNTIL).cast(pl.Int32).cast(pl.Int64).to_numpy()
    assert (closed <= last).all()
    cut = (pips["status"] == "cancelled").to_numpy() & (closed == last)
    assert cut.sum() > 2
    assert (pips["status"] == "closed").to_numpy()[(closed < last)].mean() > 0.8


def test_outcomes_and_actual_values_are_known_only_once_a_plan_is_closed() -> None:
    _, tables = many(until=dt.date(2026, 3, 31))
    pips, objectives = tables["pips"], tables["pip_objectives"].join(tables["pips"], on="pip_id", suffix="_plan")
    closed = pl.col("status") == "closed"
    running = pips.filter(pl.col("closed_on").is_null())
    assert len(running) > 10
    assert set(running["status"]) <= {"active", "extended"}
    assert pips.filter(~closed)["outcome"].null_count() == len(pips.filter(~closed))
    assert pips.filter(closed)["outcome"].null_count() == 0
    was_closed = pl.col("status_plan") == "closed"
    assert (objectives["actual_value"].is_not_null() == (objectives["status_plan"] == "closed")).all()
    assert objectives.filter(was_closed)["status"].is_in(["met", "not_met"]).all()
    assert not objectives.filter(~was_closed)["status"].is_in(["met", "not_met"]).any()
    ended = objectives.filter(was_closed)
    assert ((ended["actual_value"] >= ended["target_value"]) == (ended["status"] == "met")).all()
    met = dict(ended.group_by("outcome").agg((pl.col("status") == "met").mean()).iter_rows())
    assert met["successful"] > 0.85
    assert met["further_action"] < 0.3


def test_checkpoints_come_every_two_weeks_and_take_place_while_the_plan_runs(plans: tuple[History, dict[str, pl.DataFrame]]) -> None:
    _, tables = plans
    rows = tables["pip_checkpoints"].join(tables["pips"], on="pip_id")
    held = rows.filter(pl.col("held_on").is_not_null())
    assert (held["held_on"] <= held["closed_on"].fill_null(UNTIL)).all()
    assert (held["held_on"] >= held["scheduled_on"]).all()
    assert held["progress"].null_count() == held["notes"].null_count() == 0
    assert rows.filter(pl.col("held_on").is_null())["progress"].null_count() == len(rows) - len(held)
    regular = rows.filter(pl.col("scheduled_on") < pl.col("start_date") + pl.duration(days=pl.col("planned_days")))
    per_plan = regular.group_by("planned_days").agg(pl.len() / pl.col("pip_id").n_unique())
    assert dict(per_plan.iter_rows()) == {30: 2, 60: 4, 90: 6}
    days = (held["scheduled_on"] - held["start_date"]).dt.total_days()
    assert (days % 14 == 0).mean() > 0.9


def test_checkpoints_of_a_running_plan_are_planned_ahead() -> None:
    day = dt.date(2026, 3, 20)
    _, tables = many(until=day)
    ahead = tables["pip_checkpoints"].filter(pl.col("scheduled_on") > day)
    assert len(ahead) > 20
    assert ahead["held_on"].null_count() == len(ahead)


def test_mentors_are_colleagues_of_the_division_and_courses_exist(plans: tuple[History, dict[str, pl.DataFrame]]) -> None:
    history, tables = plans
    number_of = dict(zip(history.employee_ids.to_list(), range(len(history.people)), strict=True))
    rows = tables["pip_supports"].join(tables["pips"], on="pip_id").filter(pl.col("support_type") == "mentor")
    assert len(rows) > 20
    start = rows["start_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    division = []
    for column in ("mentor_employee_id", "employee_id"):
        person = rows[column].replace_strict(number_of, return_dtype=pl.Int64).to_numpy()
        seat = history.assigned_on(person, start)["seat"]
        assert seat.null_count() == 0
        division.append(history.structure.division[seat.to_numpy()])
    # Who moves to another division between the month's first day and the plan's start is one in a few hundred.
    assert (division[0] == division[1]).mean() > 0.95
    assert (rows["mentor_employee_id"] != rows["employee_id"]).all()
    assert (rows["mentor_employee_id"] != rows["manager_id"]).all()
    training = tables["pip_supports"].filter(pl.col("support_type") == "training")
    assert training["course_id"].null_count() == 0


def _told(effect: float) -> float:
    """Correlation of what checkpoints of the second half of a plan say with how it ended."""
    _, tables = many(f"checkpoint_outcome_effect={effect}")
    rows = tables["pip_checkpoints"].join(tables["pips"].filter(pl.col("status") == "closed"), on="pip_id")
    gone = (pl.col("held_on") - pl.col("start_date")).dt.total_days() / pl.col("planned_days")
    rows = rows.filter(pl.col("progress").is_not_null(), gone > 0.5)
    said = rows["progress"].replace_strict(WORDS, return_dtype=pl.Float64)
    return float(np.corrcoef(said, (rows["outcome"] == "successful").cast(pl.Float64))[0, 1])


def test_checkpoints_tell_the_outcome_as_far_as_set() -> None:
    assert _told(1.2) > 0.5
    # Some 500 checkpoints of 250 plans: three standard errors of a correlation of nothing are 0.15.
    assert abs(_told(0.0)) < 0.15
    assert _told(-1.2) < -0.5


def test_shares_set_to_zero_switch_plans_and_missed_checkpoints_off(plans: tuple[History, dict[str, pl.DataFrame]]) -> None:
    _, full = plans
    _, none = many("pip_share=0")
    assert {name: frame.schema for name, frame in none.items()} == {name: frame.schema for name, frame in full.items()}
    assert sum(len(frame) for frame in none.values()) == 0
    _, kept = many("checkpoint_missed_share=0")
    rows = kept["pip_checkpoints"].join(kept["pips"], on="pip_id")
    over = rows.filter(pl.col("scheduled_on") < pl.col("closed_on") - pl.duration(days=4))
    assert over["held_on"].null_count() == 0


def test_numbers_of_plans_do_not_change_when_later_ones_come() -> None:
    early, late = (generate(Parameters(employees=800, until=day), tables=AREA).tables["pips"] for day in (dt.date(2025, 3, 5), UNTIL))
    before = late.filter(pl.col("start_date") <= dt.date(2025, 3, 5))
    lasting = ["pip_id", "employee_id", "manager_id", "start_date", "planned_days"]
    assert len(before) > 10
    assert early.select(lasting).equals(before.select(lasting))
