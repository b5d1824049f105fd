"""Recruitment and succession: hires are linked, interviews say a little, departments confound, plans follow potential.

What candidates are truly worth comes from the truth; who was where on which day from the history itself.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest

from seeds.company import Company, Parameters, generate
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.people.tables import department_ids

SIZE = 2500
UNTIL = dt.date(2026, 6, 30)
START = dt.date(2023, 7, 1)
TABLES = ("job_requisitions", "job_applications", "interview_feedback", "talent_assessments", "succession_plans",
          "employees", "employment_spells", "positions", "job_history")  # fmt: skip


@cache
def made(*settings: str) -> Company:
    return generate(Parameters(employees=SIZE).with_settings(settings), tables=TABLES)


@cache
def history() -> History:
    parameters = Parameters(employees=SIZE)
    return History(parameters, simulation.simulate(structure.build(parameters), parameters))


def _hired(company: Company) -> pl.DataFrame:
    """Applications of those hired, with what they are truly worth (not known of people who came back)."""
    hired = company.tables["job_applications"].filter(status="hired")
    return hired.join(company.truth["candidates"], on="application_id")


def _rated(company: Company) -> pl.DataFrame:
    """Interview ratings with what the candidate is truly worth."""
    status = company.tables["job_applications"].select("application_id", "status")
    return company.tables["interview_feedback"].join(status, on="application_id").join(company.truth["candidates"], on="application_id")


def test_everybody_hired_has_one_application_to_a_requisition_filled_that_day():
    tables = made().tables
    came = pl.concat(
        [
            tables["employees"].select("employee_id", day="hire_date"),
            tables["employment_spells"].select("employee_id", day="start_date"),
        ]
    ).unique().filter(pl.col("day") >= START)  # fmt: skip
    hired = tables["job_applications"].filter(status="hired").join(tables["job_requisitions"], on="requisition_id", suffix="_requisition")
    assert (hired["status_requisition"] == "filled").all()
    linked = hired.select(employee_id="hired_employee_id", day="closed_on")
    assert linked.sort("employee_id", "day").equals(came.sort("employee_id", "day"))
    others = tables["job_applications"].filter(pl.col("status") != "hired")
    assert others["hired_employee_id"].null_count() == len(others)


def test_the_job_that_was_advertised_is_the_one_that_is_taken():
    tables = made().tables
    taken = tables["job_history"].filter(change_reason="hire").select("employee_id", "effective_from", "position_id", "department_id")
    hired = tables["job_applications"].filter(status="hired", source="referral").join(tables["job_requisitions"], on="requisition_id")
    both = hired.join(taken, left_on=["hired_employee_id", "closed_on"], right_on=["employee_id", "effective_from"], suffix="_taken")
    assert len(both) == len(hired) > 100
    assert (both["position_id"] == both["position_id_taken"]).all()
    # Departments change with a reorganisation between opening and start, now and then.
    assert (both["department_id"] == both["department_id_taken"]).mean() > 0.95


def test_openings_are_open_held_filled_and_given_up():
    rows = made().tables["job_requisitions"]
    share = {status: count / len(rows) for status, count in rows["status"].value_counts().iter_rows()}
    assert set(share) == {"open", "on_hold", "filled", "cancelled"}
    assert share["filled"] > 0.75
    assert 0.04 < share["cancelled"] < 0.12
    assert (rows["closed_on"].is_null() == rows["status"].is_in(["open", "on_hold"])).all()
    days = (rows["closed_on"] - rows["opened_on"]).dt.total_days()
    assert days.min() >= 0
    # From opening to the first day of work, notice included: six to twelve weeks in most surveys of recruiters.
    assert 45 < days.median() < 90


def test_applications_are_at_every_stage():
    rows = made().tables["job_applications"]
    assert set(rows["status"].unique()) == {"submitted", "screening", "interviewing", "offer", "hired", "rejected", "withdrawn"}
    closed = made().tables["job_requisitions"].filter(pl.col("closed_on").is_not_null())["requisition_id"]
    assert rows.filter(pl.col("requisition_id").is_in(closed.implode()))["status"].is_in(["hired", "rejected", "withdrawn"]).all()


def test_nothing_in_an_identifier_says_who_will_be_hired():
    # Candidates are numbered by the day on which they come: those hired come early, but by no means always first.
    first = _hired(made())["application_id"].str.ends_with("-A01").mean()
    assert 0.2 < first < 0.6


@pytest.mark.parametrize("validity", [0.3, 0.0, -0.3])
def test_interviews_predict_performance_as_weakly_as_is_set(validity):
    rows = _rated(made(f"interview_validity={validity}"))
    correlation = rows.select(pl.corr("rating", "level")).item()
    # About 4,000 candidates with two ratings each: a standard error of 0.02; half points and who is interviewed blur it a little.
    assert abs(correlation - validity) < 0.07


def test_among_those_hired_interviews_predict_less():
    rows = _rated(made("interview_validity=0.5"))
    everybody = rows.select(pl.corr("rating", "level")).item()
    hired = rows.filter(status="hired").select(pl.corr("rating", "level")).item()
    # Choosing by the interview takes away a quarter of its spread, and more than that of the correlation.
    assert 0 < hired < everybody - 0.08


def test_those_hired_are_as_good_as_the_candidates_they_were():
    lasting = history().workforce.workplace.performance.level - history().parameters.performance_mean
    people = pl.DataFrame({"hired_employee_id": history().employee_ids, "lasting": lasting})
    both = _hired(made()).join(people, on="hired_employee_id")
    assert len(both) > 500
    assert (both["level"] - both["lasting"]).abs().max() < 1e-9


@pytest.mark.parametrize("size", [1.0, 0.0, -1.0])
def test_sources_differ_in_quality_of_hire_as_the_truth_says(size):
    company = made(f"source_quality_effect={size}")
    expected = dict(company.truth["source_quality"].iter_rows())
    hired = _hired(company)
    found = {source: (mean, count) for source, mean, count in hired.group_by("source").agg(pl.col("level").mean(), pl.len()).iter_rows()}
    mean, count = found["referral"]
    board, board_count = found["job_board"]
    difference = expected["referral"] - expected["job_board"]
    assert difference == pytest.approx(0.24 * size, abs=1e-6)
    # Three standard errors of a difference of two means.
    assert abs(mean - board - difference) < 3 * 0.4 * np.sqrt(1 / count + 1 / board_count)


def _department_quality() -> pl.DataFrame:
    """Mean quality of the teams of each department."""
    seats = history().structure
    leads = np.flatnonzero(seats.leads)
    frame = pl.DataFrame({"department": seats.departments[0][leads], "quality": seats.quality[leads]})
    mean = frame.group_by("department").mean().sort("department")
    return mean.with_columns(department_id=department_ids(mean["department"]))


@pytest.mark.parametrize(("effect", "low", "high"), [(1.0, 0.10, 0.6), (0.0, -0.08, 0.08), (-1.0, -0.6, -0.10)])
def test_good_departments_hire_more_by_referral(effect, low, high):
    # A correlation over 1,000 hires has a standard error of 0.03.
    company = made(f"referral_department_effect={effect}")
    requisitions = company.tables["job_requisitions"].select("requisition_id", "department_id")
    hired = _hired(company).join(requisitions, on="requisition_id").join(_department_quality(), on="department_id")
    found = hired.select(pl.corr(pl.col("source").eq("referral").cast(pl.Float64), "quality")).item()
    assert low < found < high


def test_interviews_name_who_held_them_and_come_before_the_first_day():
    tables = made().tables
    # Of two colleagues who come to mind, both may have left since the month began: then nobody is recorded.
    assert tables["interview_feedback"]["interviewer_employee_id"].null_count() < 0.03 * len(tables["interview_feedback"])
    hired = tables["interview_feedback"].join(_hired(made()), on="application_id")
    start = tables["job_requisitions"].select("requisition_id", "closed_on")
    assert (hired.join(start, on="requisition_id").select(pl.col("held_on") < pl.col("closed_on")).to_series()).all()


def _judged(company: Company) -> pl.DataFrame:
    """Judged potential (0, 1, 2) with true performance in the half year, less the mean, and tenure."""
    rows = company.tables["talent_assessments"]
    number = pl.DataFrame({"employee_id": history().employee_ids}).with_row_index("person").with_columns(pl.col("person").cast(pl.Int64))
    rows = rows.join(number, on="employee_id").join(company.tables["employees"].select("employee_id", "hire_date"), on="employee_id")
    day = rows["assessed_on"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    performance = history().performance(rows["person"].to_numpy(), day)
    level = pl.col("potential").replace_strict({"low": 0.0, "medium": 1.0, "high": 2.0})
    return rows.with_columns(
        judged=level, performance=pl.Series(performance), years=(pl.col("assessed_on") - pl.col("hire_date")).dt.total_days() / 365.25
    )


@pytest.mark.parametrize(("effect", "low", "high"), [(0.45, 0.2, 0.45), (0.0, -0.06, 0.06), (-0.45, -0.45, -0.2)])
def test_potential_goes_with_performance_and_is_not_the_same(effect, low, high):
    # 6,000 judgements of some 2,400 people: a standard error of 0.02.
    rows = _judged(made(f"potential_performance_effect={effect}"))
    assert low < rows.select(pl.corr("judged", "performance")).item() < high


def test_judgements_of_potential_favour_those_who_came_lately_unless_switched_off():
    favoured, fair = (
        _judged(made(*settings)).select(pl.corr("judged", pl.col("years").log1p())).item()
        for settings in ((), ("potential_tenure_effect=0",))
    )
    # True potential does not depend on tenure; performance hardly does. A standard error of 0.02.
    assert favoured < -0.07
    assert abs(fair) < 0.06


def test_few_have_high_potential():
    share = dict(made().tables["talent_assessments"]["potential"].value_counts(normalize=True).iter_rows())
    # Firms that judge potential call 10 to 20 in a hundred high.
    assert 0.10 < share["high"] < 0.22
    assert share["medium"] > share["low"] > share["high"]


@pytest.mark.parametrize(("effect", "low", "high"), [(0.9, 0.3, 1.2), (0.0, -0.25, 0.25), (-0.9, -1.2, -0.3)])
def test_people_with_potential_are_named_for_critical_positions(effect, low, high):
    company = made(f"succession_potential_effect={effect}")
    named = company.tables["succession_plans"].select(employee_id="candidate_employee_id").unique()
    rows = company.truth["potential"].join(named.with_columns(named=pl.lit(value=True)), on="employee_id", how="left")
    people = rows["named"].is_not_null()
    assert people.sum() > 60
    # Potential has a standard deviation of one, and 60 to 200 people still there were named: a standard error of about 0.1.
    assert low < rows.filter(people)["value"].mean() - rows.filter(~people)["value"].mean() < high


def test_plans_are_for_critical_positions_and_end_when_people_leave_or_take_them():
    tables = made().tables
    plans = tables["succession_plans"]
    critical = tables["positions"].filter("is_critical_role")["position_id"]
    assert plans["position_id"].is_in(critical.implode()).all()
    assert set(plans["status"].unique()) == {"active", "withdrawn", "placed"}
    assert set(plans["readiness"].unique()) == {"ready_now", "ready_1_2_years", "ready_3_plus_years"}
    people = tables["employees"].select(candidate_employee_id="employee_id", now="position_id", gone=pl.col("termination_date") < UNTIL)
    rows = plans.join(people, on="candidate_employee_id")
    active = rows.filter(status="active")
    assert not active["gone"].any()
    assert (active["now"] != active["position_id"]).all()
    assert not active.select("position_id", "candidate_employee_id").is_duplicated().any()
    taken = tables["job_history"].select(candidate_employee_id="employee_id", position_id="position_id").unique()
    placed = rows.filter(status="placed")
    assert len(placed.join(taken, on=["candidate_employee_id", "position_id"], how="semi")) == len(placed) > 0
