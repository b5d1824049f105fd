"""The events behind the metrics of metrics.md, found a second time in plain pandas, one review, goal or plan at a time.

Here: what counts, when, and for whom, written for reading and not for speed. Not here: totals and intervals
(recomputed_metrics), nor anything of the SQL; no macro, no metrics model and no seed but the rating scale is read, so that
an error would have to be made twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

STAGES = {
    "self_assessment": ("self_submitted_at",),
    "manager_review": ("manager_submitted_at",),
    "calibration": ("calibrated_at",),
    "delivery": ("delivered_at",),
    "sign_off": ("employee_signed_at", "manager_signed_at"),
}
REGULAR = {"annual", "semi_annual", "quarterly"}
Slice = tuple[str, str]
Period = tuple[str, str, pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Event:
    """One review, goal or plan: what it adds, to which periods, and who stands for it in which slices."""

    metric: str
    numerator: float
    is_counted: bool
    cluster: str
    periods: list[Period]
    people_by_slice: dict[Slice, set[str]]
    breakdown: str = ""


class Facts:
    """The facts of a warehouse and the department tree, as pandas frames."""

    def __init__(self, warehouse: Path) -> None:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            self.reviews = connection.execute("select * from marts.fct_review").df()
            self.goals = connection.execute("select * from marts.fct_goal").df()
            self.plans = connection.execute("select * from marts.fct_pip").df()
            self.owners = connection.execute("select * from intermediate.int_goal_owners").df()
            self.goal_departments = connection.execute("select * from intermediate.int_goal_departments").df()
            self.states = connection.execute("select * from intermediate.int_job_states").df()
            self.spells = connection.execute("select * from intermediate.int_employment_spells").df()
            self.cycles = connection.execute("select * from marts.dim_review_cycle").df()
            self.stated_reviews = connection.execute("select * from staging.stg_reviews").df()
            self.stated_goals = connection.execute("select * from staging.stg_goals").df()
            self.participants = connection.execute("select * from staging.stg_goal_participants").df()
            as_of, self.timezone = connection.execute("select as_of, business_timezone from ops.clock").fetchone()
            self.as_of = pd.Timestamp(as_of)
            bounds = "select lower_bound from reference.rating_scale where scale = 'default' and level > 1 order by level"
            self.bounds = [float(bound) for (bound,) in connection.execute(bounds).fetchall()]
            tree = connection.execute("select department_key, parent_department_key from marts.dim_department").fetchall()
        self.parents: dict[str, str | None] = dict(tree)

    def slices(self, row: Any) -> set[Slice]:
        """Every slice that a row with slice attributes belongs to, the departments above its own included."""
        found = {("company", "all")}
        department = row.department_key
        while not pd.isna(department) and department in self.parents:
            found.add(("department", department))
            department = self.parents[department]
        for column in ("location", "job_level", "role_track", "job_family"):
            value = getattr(row, column)
            if not pd.isna(value):
                found.add((column, str(int(value)) if column == "job_level" else value))
        if not pd.isna(row.manager_person_key):
            found.add(("manager", row.manager_person_key))
        return found

    def level(self, rating: float) -> int:
        """The level of a rating: one more than the bounds it reaches (M3)."""
        return 1 + sum(rating >= bound for bound in self.bounds)

    def counted_reviews(self) -> pd.DataFrame:
        """The latest review of each person and cycle (M6)."""
        return self.reviews[self.reviews.is_latest_of_cycle]


def calendar_periods(day: pd.Timestamp) -> list[Period]:
    """The quarter and the year of a day."""
    quarter, year = pd.Period(day, freq="Q"), pd.Period(day, freq="Y")
    return [
        ("quarter", f"{quarter.year}-Q{quarter.quarter}", quarter.start_time, quarter.end_time.normalize()),
        ("year", str(year.year), year.start_time, year.end_time.normalize()),
    ]


def cycle_period(review: Any) -> Period:
    """The cycle of a review."""
    return ("cycle", review.review_cycle_key, review.period_start, review.period_end)


def rating_periods(facts: Facts) -> Iterator[tuple[Any, list[Period]]]:
    """Completed reviews of cycles that have ended, with the periods in which each counts (M1, M1b)."""
    reviews = facts.counted_reviews()
    reviews = reviews[(reviews.stage == "completed") & (reviews.period_end <= facts.as_of)]
    last: dict[tuple[str, str, str], tuple[pd.Timestamp, str]] = {}
    for review in reviews.itertuples():
        if review.cadence in REGULAR and not pd.isna(review.final_rating):
            for kind, name, _, _ in calendar_periods(review.period_end):
                key = (review.person_key, kind, name)
                last[key] = max(last.get(key, (pd.Timestamp.min, "")), (review.period_end, review.review_key))
    for review in reviews.itertuples():
        periods = [cycle_period(review)]
        if review.cadence in REGULAR:
            for period in calendar_periods(review.period_end):
                if pd.isna(review.final_rating) or last[review.person_key, period[0], period[1]][1] == review.review_key:
                    periods.append(period)
        yield review, periods


def rating_events(facts: Facts) -> Iterator[Event]:
    """Events of average_rating and top_performer_ratio."""
    for review, periods in rating_periods(facts):
        is_rated = not pd.isna(review.final_rating)
        places = {found: {review.person_key} for found in facts.slices(review)}
        rating = float(review.final_rating) if is_rated else 0.0
        yield Event("average_rating", rating, is_rated, review.cluster_key, periods, places)
        is_top = is_rated and facts.level(rating) >= 4
        yield Event("top_performer_ratio", float(is_top), is_rated, review.cluster_key, periods, places)


def review_events(facts: Facts) -> Iterator[Event]:
    """Events of review_completion_rate."""
    for review in facts.counted_reviews().itertuples():
        if pd.isna(review.due_date) or review.due_date > facts.as_of:
            continue
        is_counted = review.stage != "cancelled" and bool(review.is_active_on_due_date)
        is_on_schedule = is_counted and bool(review.is_completed_on_schedule)
        regular = calendar_periods(review.due_date) if review.cadence in REGULAR else []
        places = {found: {review.person_key} for found in facts.slices(review)}
        yield Event(
            "review_completion_rate", float(is_on_schedule), is_counted, review.cluster_key, [cycle_period(review), *regular], places
        )


def stage_events(facts: Facts) -> Iterator[Event]:
    """Events of review_stage_on_time_rate, from the times as the source states them."""
    cycles = {cycle.review_cycle_key: cycle for cycle in facts.cycles.itertuples()}
    stated = {key_of(review.source_system, review.review_id): review for review in facts.stated_reviews.itertuples()}
    for review in facts.counted_reviews().itertuples():
        for stage, columns in STAGES.items():
            due = getattr(cycles[review.review_cycle_key], f"{stage}_due")
            if pd.isna(due) or due > facts.as_of:
                continue
            times = [getattr(stated[review.review_key], column) for column in columns]
            done = max((time for time in times if not pd.isna(time)), default=pd.NaT)
            is_counted = review.stage != "cancelled"
            is_on_time = not pd.isna(done) and business_day(facts, done) <= due
            places = {found: {review.person_key} for found in facts.slices(review)}
            yield Event(
                "review_stage_on_time_rate", float(is_counted and is_on_time), is_counted, review.cluster_key,
                [cycle_period(review)], places, stage,
            )  # fmt: skip


def key_of(source_system: str, identifier: str) -> str:
    """What the models call a row of a source."""
    return identifier if source_system == "default" else f"{source_system}:{identifier}"


def business_day(facts: Facts, time: pd.Timestamp) -> pd.Timestamp:
    """The day in the company's time zone (R7)."""
    return time.tz_localize("UTC").tz_convert(facts.timezone).tz_localize(None).normalize()


def plan_events(facts: Facts) -> Iterator[Event]:
    """Events of pip_success_rate."""
    for plan in facts.plans.itertuples():
        if pd.isna(plan.closed_on) or plan.closed_on > facts.as_of:
            continue
        if plan.status == "cancelled":
            is_counted, is_success = bool(plan.has_left_during_plan), False
        elif plan.status == "closed" and not pd.isna(plan.outcome):
            is_counted, is_success = True, plan.outcome == "successful"
        else:
            continue
        cluster = plan.pip_key if pd.isna(plan.manager_person_key) else plan.manager_person_key
        places = {found: {plan.person_key} for found in facts.slices(plan)}
        yield Event("pip_success_rate", float(is_success), is_counted, cluster, calendar_periods(plan.closed_on), places)


def goals_due(facts: Facts) -> Iterator[tuple[Any, bool, str, dict[Slice, set[str]]]]:
    """Goals due, each with whether it is counted, its cluster, and its owners by slice, wherever they are (M4, R9)."""
    owners_of = dict(list(facts.owners.groupby("goal_key")))
    departments_of = facts.goal_departments.groupby("goal_key").department_key.apply(list).to_dict()
    for goal in facts.goals.itertuples():
        if pd.isna(goal.target_date) or goal.target_date > facts.as_of:
            continue
        named = None if pd.isna(goal.owner_person_key) else goal.owner_person_key
        places: dict[Slice, set[str]] = defaultdict(set)
        places["company", "all"] = set()
        managers: dict[str, str] = {}
        if goal.goal_level in {"individual", "team"}:
            owners = owners_of.get(goal.goal_key, facts.owners.iloc[:0])
            active = owners[owners.is_active_on_target_date]
            is_counted = goal.status != "cancelled" and len(active) > 0
            for owner in (active if len(active) else owners).itertuples():
                for found in facts.slices(owner):
                    places[found].add(owner.person_key)
                if not pd.isna(owner.manager_person_key):
                    managers[owner.person_key] = owner.manager_person_key
        else:
            is_counted = goal.status != "cancelled"
            people = {named} if named else set()
            places["company", "all"] |= people
            for department in departments_of.get(goal.goal_key, []):
                above: str | None = department
                while above in facts.parents:
                    places["department", above] |= people
                    above = facts.parents[above]
            states = facts.states[(facts.states.person_key == named) & (facts.states.valid_from <= goal.target_date)]
            states = states[states.valid_to >= goal.target_date]
            managers.update((named, key) for key in states.manager_person_key if not pd.isna(key))
        cluster = managers.get(named) or min(managers.values(), default=goal.goal_key)
        yield goal, is_counted, cluster, dict(places)


def goal_events(facts: Facts) -> Iterator[Event]:
    """Events of goal_completion_rate: a goal is one event."""
    for goal, is_counted, cluster, places in goals_due(facts):
        is_on_time = goal.status == "completed" and not pd.isna(goal.completed_date) and goal.completed_date <= goal.target_date
        numerator = float(is_counted and is_on_time)
        yield Event("goal_completion_rate", numerator, is_counted, cluster, calendar_periods(goal.target_date), places)
