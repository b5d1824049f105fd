"""What the sources held on a day does not depend on the day from which one looks back.

The company is made as known on three days. Of the tables of the last day, everything after an earlier day is taken away, by
what the contract says of when a fact becomes known; the rest must be what the tables of that day hold. Nothing here knows how
the generator does it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl
import pytest

from orchestration.contracts import load_contracts
from seeds.company import Company, Parameters, generate
from seeds.company.company import TABLES

LAST = dt.date(2026, 6, 30)
EARLIER = [dt.date(2025, 2, 10), dt.date(2025, 11, 30), dt.date(2026, 6, 17)]
CONTRACTS = load_contracts()


@dataclass(frozen=True)
class Clock:
    """`appears`: the column of the day on which a row is there (none: not told); `events`: columns known from the day that
    another column holds (a day column: from itself); `changing`: columns whose value at a day cannot be told from later tables.
    """

    appears: str | None = None
    events: dict[str, str] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()


def _own(*columns: str) -> dict[str, str]:
    return {column: column for column in columns}


STAGE_TIMES = ("self_submitted_at", "manager_submitted_at", "calibrated_at", "delivered_at", "employee_signed_at", "manager_signed_at")
CLOCKS = {
    "departments": Clock(changing=frozenset({"head_employee_id"})),
    "positions": Clock(),
    "employees": Clock(
        "hire_date",
        {"notice_given_on": "notice_given_on"},
        frozenset({"department_id", "position_id", "manager_id", "location", "country", "employment_type", "fte_pct",
                   "termination_date", "termination_type", "termination_reason", "is_regrettable", "notice_given_on"}),
    ),
    # A first spell is listed once its person has come back.
    "employment_spells": Clock(changing=frozenset({"end_date", "termination_type"})),
    "leave_periods": Clock("starts_on", changing=frozenset({"ends_on"})),
    "employee_demographics": Clock(),
    "job_history": Clock("effective_from"),
    "engagement_responses": Clock("responded_on"),
    "goals": Clock(
        "created_on", _own("completed_date", "cancelled_on") | {"cancel_reason": "cancelled_on"},
        frozenset({"status", "progress_pct", "target_date", "review_cycle_id"}),
    ),
    "goal_key_results": Clock(events=_own("completed_date"), changing=frozenset({"current_value", "progress_pct"})),
    "goal_participants": Clock(),
    "goal_updates": Clock("updated_on"),
    "review_cycles": Clock(),
    "review_templates": Clock(),
    "review_template_items": Clock(),
    "reviews": Clock(
        events=_own(*STAGE_TIMES) | {
            "self_rating": "self_submitted_at", "manager_rating": "manager_submitted_at", "summary_comment": "manager_submitted_at",
            "promotion_recommended": "manager_submitted_at",
        },
        changing=frozenset({"stage", "final_rating", "manager_id", "due_date"}),
    ),
    "review_assessments": Clock(
        "requested_on", _own("submitted_at") | dict.fromkeys(("rating", "strengths", "areas_for_growth", "comment"), "submitted_at"),
        frozenset({"reviewer_employee_id"}),
    ),
    "review_assessment_items": Clock(),
    "calibration_sessions": Clock("held_on"),
    "calibration_adjustments": Clock(),
    "feedback": Clock("given_at"),
    "check_ins": Clock(events=_own("held_on") | {"mood_score": "held_on", "notes": "held_on"}),
    "development_notes": Clock("noted_on"),
    "pips": Clock(
        "start_date", _own("closed_on") | {"outcome": "closed_on", "further_action": "closed_on"}, frozenset({"status", "extended_until"})
    ),
    "pip_objectives": Clock(changing=frozenset({"status", "actual_value"})),
    "pip_supports": Clock(),
    "pip_checkpoints": Clock(events=_own("held_on") | {"progress": "held_on", "notes": "held_on"}),
    "skills": Clock(),
    "position_skill_requirements": Clock(),
    "employee_skills": Clock("assessed_on"),
    "training_courses": Clock(),
    "training_course_skills": Clock(),
    "training_enrollments": Clock("assigned_on", _own("completed_on") | {"score": "completed_on"}, frozenset({"status"})),
    "compensation_records": Clock("effective_from"),
    "salary_bands": Clock("effective_from"),
    "market_salary_benchmarks": Clock("as_of"),
    "fx_rates": Clock("rate_date"),
    "compensation_decisions": Clock(changing=frozenset({"status"})),
    "job_requisitions": Clock("opened_on", _own("closed_on"), frozenset({"status"})),
    "job_applications": Clock("applied_on", changing=frozenset({"status", "hired_employee_id"})),
    "interview_feedback": Clock("held_on"),
    "talent_assessments": Clock("assessed_on"),
    "succession_plans": Clock("planned_on", changing=frozenset({"status"})),
}  # fmt: skip


@pytest.fixture(scope="module")
def views() -> dict[dt.date, Company]:
    return {day: generate(Parameters(employees=250, until=day), tables=TABLES) for day in (*EARLIER, LAST)}


def differences(table: str, clock: Clock, now: pl.DataFrame, then: pl.DataFrame, day: dt.date) -> list[str]:
    """Ways in which `then`, the table as known on `day`, is not what the later table `now` says it was."""
    key = CONTRACTS[table].key
    found = []
    if clock.appears is not None:
        there = now.filter(pl.col(clock.appears).cast(pl.Date) <= day)
        lost, invented = there.join(then, on=key, how="anti"), then.join(there, on=key, how="anti")
        if lost.height:
            found.append(f"{lost.height} of {there.height} rows of before the day are not there on the day, e.g. {lost.row(0)}")
        if invented.height:
            found.append(f"{invented.height} rows on the day that the later table does not have before it, e.g. {invented.row(0)}")
    else:
        gone = then.join(now, on=key, how="anti")
        if gone.height:
            found.append(f"{gone.height} rows are gone later, e.g. {gone.row(0)}")
    both = then.join(now, on=key, how="inner", suffix="_later")
    for column in now.columns:
        if column in key or column in clock.changing:
            continue
        later = pl.col(f"{column}_later")
        if column in clock.events:
            event = clock.events[column]
            happened = pl.col(f"{event}_later" if event not in key else event).cast(pl.Date) <= day
            later = pl.when(happened).then(later).otherwise(None)
        wrong = both.filter(pl.col(column).ne_missing(later))
        if wrong.height:
            found.append(
                f"{column} differs in {wrong.height} of {both.height} rows, e.g. {wrong.select(*key, column, f'{column}_later').row(0)}"
            )
    return found


@pytest.mark.parametrize("table", TABLES)
def test_an_earlier_day_shows_what_was_known_then(views: dict[dt.date, Company], table: str) -> None:
    found = {
        day: differences(table, CLOCKS[table], views[LAST].tables[table], views[day].tables[table], day) for day in EARLIER
    }  # fmt: skip
    assert found == {day: [] for day in EARLIER}


def test_the_clocks_name_columns_of_the_contracts() -> None:
    assert set(CLOCKS) == set(CONTRACTS)
    for table, clock in CLOCKS.items():
        named = {*clock.events, *clock.events.values(), *clock.changing, *([clock.appears] if clock.appears else [])}
        assert named <= set(CONTRACTS[table].column_names), table


def test_the_comparison_sees_a_leak(views: dict[dt.date, Company]) -> None:
    day, now = EARLIER[0], views[LAST].tables["reviews"]
    then = views[day].tables["reviews"]
    told = now.select("review_id", "employee_signed_at")
    leaked = then.drop("employee_signed_at").join(told, on="review_id", how="left").select(then.columns)
    assert leaked["employee_signed_at"].null_count() < then["employee_signed_at"].null_count()
    assert differences("reviews", CLOCKS["reviews"], now, leaked, day) != []
    updates = views[LAST].tables["goal_updates"]
    assert differences("goal_updates", CLOCKS["goal_updates"], updates, updates, day) != []


def test_jobs_on_a_day_are_the_last_of_the_history_before_it(views: dict[dt.date, Company]) -> None:
    columns = ["department_id", "position_id", "manager_id", "location", "employment_type", "fte_pct"]
    for day in EARLIER:
        before = views[LAST].tables["job_history"].filter(pl.col("effective_from") <= day).sort("effective_from")
        last = before.group_by("employee_id").last().select("employee_id", *columns)
        held = views[day].tables["employees"].select("employee_id", *columns)
        assert held.sort("employee_id").equals(last.sort("employee_id"))


def test_exits_are_known_from_the_notice_or_the_last_day(views: dict[dt.date, Company]) -> None:
    later = views[LAST].tables["employees"]
    once = later.join(views[LAST].tables["employment_spells"], on="employee_id", how="anti")
    for day in EARLIER:
        known = pl.coalesce("notice_given_on", "termination_date") <= day
        told = once.filter(pl.col("hire_date") <= day).select(
            "employee_id", *(pl.when(known).then(name).alias(name) for name in ("termination_date", "termination_type", "notice_given_on"))
        )  # fmt: skip
        then = views[day].tables["employees"].join(told, on="employee_id", how="semi").select(told.columns)
        assert then.sort("employee_id").equals(told.sort("employee_id"))
        assert then["termination_date"].null_count() < then.height


def test_states_of_a_day_follow_from_what_was_known(views: dict[dt.date, Company]) -> None:
    """A status that cannot be told from later tables must at least agree with the dates beside it."""
    for day, view in views.items():
        goals = view.tables["goals"]
        assert goals.filter((pl.col("status") == "completed") != pl.col("completed_date").is_not_null()).height == 0
        assert goals.filter((pl.col("status") == "cancelled") != pl.col("cancelled_on").is_not_null()).height == 0
        reviews = view.tables["reviews"]
        signed = pl.col("employee_signed_at").is_not_null() & pl.col("manager_signed_at").is_not_null()
        assert reviews.filter((pl.col("stage") == "completed") & ~signed).height == 0
        plans = view.tables["pips"]
        ended = pl.col("status").is_in(["closed", "cancelled"])
        assert plans.filter(ended != pl.col("closed_on").is_not_null()).height == 0
        running = [goals.filter(pl.col("status") == "in_progress").height, reviews.filter(pl.col("stage") != "completed").height]
        assert min(running) > 0, day
