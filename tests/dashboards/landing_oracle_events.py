"""The events of each figure: reviews rated and due, stages due, goals due, plans closed.

Belongs here: what counts, with what, in which periods and slices (metrics.md: the six, and stages on time). Does not belong
here: reading files (landing_oracle), totals and hiding (landing_oracle_figures).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.dashboards.landing_oracle import REGULAR, TIMES, Events, Landing

Periods = list[tuple[str, str]]
LEVEL_BOUNDS = (1.5, 2.5, 3.5, 4.5)  # M3


def level(rating: float) -> int:
    """The level of a rating: 3.5 is level 4 (M3)."""
    return 1 + sum(rating >= bound for bound in LEVEL_BOUNDS)


def quarter_and_year(day: pd.Timestamp) -> Periods:
    """2026-Q2 and 2026."""
    return [("quarter", f"{day.year}-Q{day.quarter}"), ("year", str(day.year))]


class Found:
    """Events as they are found, one by one."""

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self.atoms: list[tuple[Any, ...]] = []
        self.periods: list[tuple[Any, ...]] = []
        self.places: list[tuple[Any, ...]] = []

    def add(self, metric: str, x: float, counted: bool, cluster: str, periods: Periods, places: set[tuple[str, str, str | None]],
            breakdown: str = "") -> None:  # fmt: skip
        """One event."""
        event = len(self.atoms)
        self.atoms.append((event, metric, breakdown, float(x) if counted else 0.0, counted, cluster))
        self.periods += [(event, *period) for period in periods]
        self.places += [(event, *place) for place in places]

    def events(self) -> Events:
        """All of them."""
        return Events(
            pd.DataFrame(self.atoms, columns=["event", "metric", "breakdown", "x", "is_counted", "cluster"]),
            pd.DataFrame(self.periods, columns=["event", "period_type", "period_id"]),
            pd.DataFrame(self.places, columns=["event", "dimension", "member_id", "person"]),
        )


def found_in(landing: Landing) -> Events:
    """The events of all figures."""
    found = Found(landing)
    rated(found)
    reviewed(found)
    due(found)
    planned(found)
    return found.events()


def of_person(landing: Landing, person: str, day: pd.Timestamp) -> set[tuple[str, str, str | None]]:
    """The slices of a person on a day, each about that person."""
    return {(dimension, member, person) for dimension, member in landing.slices(person, day)}


def rated_reviews(landing: Landing) -> list[tuple[Any, Periods]]:
    """Completed reviews of cycles that are over, with the periods in which each counts (M1, M1b)."""
    cycle = landing.cycles
    rows = landing.reviews
    end = rows.review_cycle_id.map(lambda key: cycle[key]["period_end"])
    rows = rows[(rows.stage == "completed") & (end <= landing.as_of)].assign(period_end=end)
    rows["cadence"] = rows.review_cycle_id.map(lambda key: cycle[key]["cadence"])
    with_rating = rows[rows.final_rating.notna() & rows.cadence.isin(REGULAR)].sort_values(["period_end", "review_id"])
    counting: set[tuple[str, str]] = set()
    for kind in ("quarter", "year"):
        named = with_rating.period_end.map(lambda day, kind=kind: dict(quarter_and_year(day))[kind])
        last = with_rating.assign(period=named).drop_duplicates(["employee_id", "period"], keep="last")
        counting |= {(kind, review_id) for review_id in last.review_id}
    found = []
    for row in rows.itertuples():
        periods: Periods = [("cycle", row.review_cycle_id)]
        if row.cadence in REGULAR:
            periods += [p for p in quarter_and_year(row.period_end) if pd.isna(row.final_rating) or (p[0], row.review_id) in counting]
        found.append((row, periods))
    return found


def rater(landing: Landing, review: Any, day: pd.Timestamp) -> str:
    """The cluster of a review: who rated where it says so, else the person's manager (R8)."""
    return landing.manager(review.employee_id, day, review.review_id) if pd.isna(review.manager_id) else review.manager_id


def rated(found: Found) -> None:
    """average_rating and top_performer_ratio."""
    landing = found.landing
    for review, periods in rated_reviews(landing):
        counted = not pd.isna(review.final_rating)
        places = of_person(landing, review.employee_id, review.period_end)
        cluster = rater(landing, review, review.period_end)
        found.add("average_rating", review.final_rating, counted, cluster, periods, places)
        found.add("top_performer_ratio", counted and level(review.final_rating) >= 4, counted, cluster, periods, places)


def reviewed(found: Found) -> None:
    """review_completion_rate and review_stage_on_time_rate."""
    landing = found.landing
    for review in landing.reviews.itertuples():
        cycle = landing.cycles[review.review_cycle_id]
        cluster = rater(landing, review, cycle["period_end"])
        places = of_person(landing, review.employee_id, cycle["period_end"])
        own: Periods = [("cycle", review.review_cycle_id)]
        is_cancelled = review.stage == "cancelled"
        due_on = cycle["sign_off_due"] if pd.isna(review.due_date) else review.due_date  # M2
        if due_on <= landing.as_of:
            signed = max((t for t in (review.employee_signed_at, review.manager_signed_at) if not pd.isna(t)), default=pd.NaT)
            times = [t for t in (signed, review.delivered_at, review.manager_submitted_at) if not pd.isna(t)]
            on_schedule = review.stage == "completed" and bool(times) and times[0].normalize() <= due_on
            counted = not is_cancelled and landing.was_active(review.employee_id, due_on)
            periods = own + (quarter_and_year(due_on) if cycle["cadence"] in REGULAR else [])
            found.add("review_completion_rate", on_schedule, counted, cluster, periods, places)
        for stage, columns in TIMES.items():
            stage_due = cycle[f"{stage}_due"]
            if not pd.isna(stage_due) and stage_due <= landing.as_of:
                done = max((t for t in (getattr(review, c) for c in columns) if not pd.isna(t)), default=None)
                on_time = done is not None and done.normalize() <= stage_due
                found.add("review_stage_on_time_rate", on_time, not is_cancelled, cluster, own, places, stage)


def goals_due(landing: Landing) -> list[tuple[Any, bool, str, set[tuple[str, str, str | None]]]]:
    """Goals due by as_of: whether each counts, its cluster, where it counts and about whom (M4, R9)."""
    found = []
    for goal in landing.tables["goals"].itertuples():
        day = goal.target_date
        if pd.isna(day) or day > landing.as_of:  # M5
            continue
        named = None if pd.isna(goal.owner_employee_id) else goal.owner_employee_id
        places: set[tuple[str, str, str | None]] = {("company", "all", named)}
        managers = {}
        if goal.goal_level in {"individual", "team"}:
            owners = landing.owners(goal)
            active = [person for person in owners if landing.was_active(person, day)]
            counted = bool(active)
            places = {place for person in active or owners for place in of_person(landing, person, day)}
            managers = {person: landing.manager(person, day, "") for person in active or owners}
        else:
            counted = True
            if goal.goal_level == "department":
                over = [above for key in landing.owning_departments(goal) for above in landing.above(key)]
                places |= {("department", key, named) for key in over}
            if named:
                managers = {named: landing.manager(named, day, "")}
        others = sorted({manager for manager in managers.values() if manager})
        first = managers.get(named) or None
        assert first or len(others) < 2, "a goal shared by people of several managers, none of them its owner's: choose another seed"
        cluster = first or (others[0] if others else goal.goal_id)
        found.append((goal, counted and goal.status != "cancelled", cluster, places))
    return found


def due(found: Found) -> None:
    """goal_completion_rate."""
    for goal, counted, cluster, places in goals_due(found.landing):
        in_time = goal.status == "completed" and not pd.isna(goal.completed_date) and goal.completed_date <= goal.target_date
        found.add("goal_completion_rate", in_time, counted, cluster, quarter_and_year(goal.target_date), places)


def planned(found: Found) -> None:
    """pip_success_rate."""
    landing = found.landing
    for plan in landing.tables["pips"].itertuples():
        if pd.isna(plan.closed_on) or plan.closed_on > landing.as_of or plan.status not in {"closed", "cancelled"}:
            continue
        if plan.status == "closed" and pd.isna(plan.outcome):
            continue
        until = plan.closed_on + pd.Timedelta(days=30)
        left = any(plan.start_date <= end <= until for _, end in landing.spells[plan.employee_id])  # M7
        counted = plan.status == "closed" or left
        success = plan.status == "closed" and plan.outcome == "successful"
        cluster = landing.manager(plan.employee_id, plan.closed_on, plan.pip_id)
        found.add(
            "pip_success_rate",
            success,
            counted,
            cluster,
            quarter_and_year(plan.closed_on),
            of_person(landing, plan.employee_id, plan.closed_on),
        )
