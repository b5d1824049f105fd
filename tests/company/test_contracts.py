"""Every table of the company keeps its contract, and nothing happens to people, or by them, who are not there.

Belongs here: what holds for all tables. Does not belong here: what the tables of an area say (the files beside this one), what
was known on which day (test_prefix).
"""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl
import pytest

from orchestration.contracts import load_contracts
from seeds.company import Company, Parameters, generate
from seeds.company.company import TABLES
from tests.company.contract_breaches import breaches, loaded, number

UNTIL = dt.date(2026, 6, 30)
CONTRACTS = load_contracts()
# Table, person, day: on that day the person is employed. Plans for the future and anonymous rows have no say.
EMPLOYED = [
    ("job_history", "employee_id", "effective_from"), ("job_history", "manager_id", "effective_from"),
    ("leave_periods", "employee_id", "starts_on"), ("engagement_responses", "employee_id", "responded_on"),
    ("goals", "owner_employee_id", "completed_date"), ("goals", "owner_employee_id", "start_date"),
    ("goal_updates", "author_employee_id", "updated_on"),
    ("reviews", "employee_id", "self_submitted_at"), ("reviews", "manager_id", "manager_submitted_at"),
    ("reviews", "employee_id", "employee_signed_at"), ("review_assessments", "reviewer_employee_id", "submitted_at"),
    ("calibration_sessions", "facilitator_employee_id", "held_on"),
    ("feedback", "from_employee_id", "given_at"), ("feedback", "to_employee_id", "given_at"),
    ("check_ins", "employee_id", "held_on"), ("check_ins", "manager_id", "held_on"),
    ("development_notes", "employee_id", "noted_on"), ("development_notes", "author_employee_id", "noted_on"),
    ("pips", "employee_id", "start_date"), ("pips", "manager_id", "start_date"), ("pips", "employee_id", "closed_on"),
    ("employee_skills", "employee_id", "assessed_on"), ("training_enrollments", "employee_id", "assigned_on"),
    ("training_enrollments", "employee_id", "completed_on"), ("compensation_records", "employee_id", "effective_from"),
    ("interview_feedback", "interviewer_employee_id", "held_on"), ("talent_assessments", "employee_id", "assessed_on"),
    ("succession_plans", "candidate_employee_id", "planned_on"),
]  # fmt: skip
# What may lie after the last day: what is planned, announced or due.
PLANNED = {"target_date", "baseline_target_date", "start_date", "due_date", "due_on", "scheduled_on", "extended_until", "effective_on",
           "termination_date", "end_date", "ends_on", "period_end", "self_assessment_due", "manager_review_due", "calibration_due",
           "delivery_due", "sign_off_due"}  # fmt: skip


@pytest.fixture(scope="module")
def spells(company: Company, database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """`database` with a table of every spell of everybody."""
    connection = database.cursor()
    connection.execute("""
        create or replace table all_spells as
        select employee_id, start_date, coalesce(end_date, date '2199-12-31') as end_date from employment_spells
        union all
        select employee_id, hire_date, coalesce(termination_date, date '2199-12-31')
        from employees where employee_id not in (select employee_id from employment_spells)
    """)
    return connection


@pytest.mark.parametrize("table", TABLES)
def test_table_keeps_its_contract(company: Company, database: duckdb.DuckDBPyConnection, table: str) -> None:
    assert breaches(CONTRACTS[table], company.tables, database.cursor()) == []
    assert company.tables[table].height > 0


def test_every_table_of_the_contracts_is_made(company: Company) -> None:
    assert set(company.tables) == set(CONTRACTS) == set(TABLES)


def test_every_column_of_the_contracts_is_filled_somewhere(company: Company) -> None:
    empty = [
        f"{table}.{column.name}" for table, frame in company.tables.items() for column in CONTRACTS[table].own_columns
        if column.name not in frame.columns or frame[column.name].null_count() == frame.height
    ]  # fmt: skip
    # A praise is not tied to a goal here; whoever needs the link takes the recipient and the day.
    assert empty == ["feedback.goal_id"]


def test_the_contract_check_sees_what_is_broken(company: Company) -> None:
    """The check above is worth something only if it fails on broken rows."""
    small = generate(Parameters(employees=60, years=1), tables=TABLES).tables
    broken = small["reviews"].with_columns(
        manager_rating=pl.lit(7.0), employee_id=pl.lit("nobody"), stage=pl.lit("done"), extra=pl.lit(1), due_date=pl.lit("soon"),
        delivered_at=pl.col("self_submitted_at") - pl.duration(days=1), review_id=pl.lit("one"),
    )  # fmt: skip
    tables = small | {"reviews": broken}
    found = " / ".join(breaches(CONTRACTS["reviews"], tables, loaded(tables)))
    for word in ("extra is not", "manager_rating out of range", "employee_id without parent", "stage not allowed",
                 "key not unique", "due_date is String", "stages_in_order",
                 "one_review_per_person_and_cycle"):  # fmt: skip
        assert word in found
    employees = small["employees"]
    loop = employees.with_columns(manager_id=pl.col("employee_id").shift(1).fill_null(employees["employee_id"][-1]))
    tables = small | {"employees": loop}
    assert "manager_tree_has_no_cycle" in " ".join(breaches(CONTRACTS["employees"], tables, loaded(tables)))


@pytest.mark.parametrize(("table", "person", "day"), EMPLOYED)
def test_nothing_happens_to_or_by_people_who_are_not_there(spells: duckdb.DuckDBPyConnection, table: str, person: str, day: str) -> None:
    stray = f"""from {table} t where {person} is not null and {day} is not null and not exists (
        from all_spells s where s.employee_id = t.{person} and t.{day}::date between s.start_date and s.end_date)"""
    assert number(spells, f"select count(*) {stray}") == 0
    assert number(spells, f"select count(*) from {table} where {person} is not null and {day} is not null") > 0


def test_nothing_has_happened_after_the_last_day(company: Company) -> None:
    latest = {}
    for table, frame in company.tables.items():
        for name, kind in frame.schema.items():
            if kind in (pl.Date, pl.Datetime("us")) and name not in PLANNED and frame[name].count():
                latest[f"{table}.{name}"] = frame[name].cast(pl.Date).max()
    assert {name: day for name, day in latest.items() if day > UNTIL} == {}
    assert sum(day >= UNTIL - dt.timedelta(days=7) for day in latest.values()) > 10  # and things happen up to it


@pytest.mark.parametrize("settings", [["employees=20"], ["until=2026-02-11"], ["years=1", "growth_rate=0", "women_share=0.9999"]])
def test_small_and_odd_companies_keep_the_contracts(settings: list[str]) -> None:
    company = generate(Parameters(employees=90).with_settings(settings), tables=TABLES)
    connection = loaded(company.tables)
    assert {name: found for name in TABLES if (found := breaches(CONTRACTS[name], company.tables, connection))} == {}
