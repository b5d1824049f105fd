"""Which row of the figures a page stands for: the period it opens on, the one before, the groups it compares.

Belongs here: choices that the written rules make (pages.md). Does not belong here: numbers (landing_oracle_figures), reading of
pages (proof_reading).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from tests.dashboards.landing_oracle import REGULAR
from tests.dashboards.landing_oracle_figures import Figures

Row = dict[str, Any]
FINAL_RATINGS = ("average_rating", "top_performer_ratio", "rating_distribution")
BY_CYCLE = ("review_completion_rate", "average_rating", "top_performer_ratio", "rating_distribution")


@dataclass(frozen=True)
class View:
    """What a link asks for."""

    role: str = "leader"
    scope: str = ""
    metric: str = "goal_completion_rate"
    dimension: str = "department"
    department: str = ""
    by: str = ""
    period: str = ""

    def parameters(self) -> dict[str, str]:
        """Of the URL."""
        named = {"scope": self.scope, "metric": self.metric, "dimension": self.dimension, "department": self.department}
        return {name: value for name, value in (named | {"by": self.by, "period": self.period}).items() if value}

    @property
    def slice(self) -> tuple[str, str]:
        """Whose figures."""
        whose = self.department or self.scope
        return ("department", whose) if whose else ("company", "all")


def unit(metric: str) -> str:
    """How a figure is counted."""
    return "rating" if metric == "average_rating" else "share"


def of_slice(frame: pd.DataFrame, place: tuple[str, str]) -> pd.DataFrame:
    """Rows of a slice."""
    return frame[(frame.dimension == place[0]) & (frame.member_id == place[1])]


def named_period(figures: Figures, row: Row) -> str:
    """Annual review 2025, Q2 2026, 2025."""
    if row["period_type"] == "cycle":
        return str(figures.cycles[row["period_id"]]["name"])
    return " ".join(reversed(row["period_id"].split("-")))


def chosen(figures: Figures, rows: pd.DataFrame, view: View, metric: str) -> Row | None:
    """The row of the asked period; else of the latest complete one with something to show, cycles for ratings, years for plans."""
    natural = "cycle" if metric in BY_CYCLE else "year" if metric == "pip_success_rate" else "quarter"
    kind = natural if view.by in {"", "cycle"} else view.by
    rows = rows[rows.period_type == kind]
    if view.period and kind == (view.by or "cycle"):
        exact = rows[rows.period_id == view.period]
        return None if exact.empty else exact.iloc[0].to_dict()
    rows = rows.assign(end=[figures.end(kind, period) for period in rows.period_id])
    rows = rows[(rows.end <= figures.as_of) & (rows.end <= (figures.end(view.by, view.period) if view.period else figures.as_of))]
    rows = settled(figures, rows, metric)
    if kind == "cycle":
        rows = rows[[figures.cycles[key]["cadence"] in REGULAR for key in rows.period_id]]
    rows = rows[rows.is_reportable] if rows.is_reportable.any() else rows
    return None if rows.empty else rows.sort_values(["end", "period_id"]).iloc[-1].to_dict()


def settled(figures: Figures, rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows whose ratings are final, where they are made of ratings."""
    if metric not in FINAL_RATINGS:
        return rows
    return rows[[not figures.first_finishers(*period) for period in zip(rows.period_type, rows.period_id, strict=True)]]


def not_compared(figures: Figures, now: Row, metric: str) -> str | None:
    """What is said instead of a comparison: how many ratings are final, nothing of a period that is not over; None: compare."""
    waiting = figures.first_finishers(now["period_type"], now["period_id"]) if metric in FINAL_RATINGS else ""
    return waiting or ("" if figures.end(now["period_type"], now["period_id"]) > figures.as_of else None)


def the_one_before(figures: Figures, rows: pd.DataFrame, now: Row, metric: str) -> Row | None:
    """The period before, of the same cadence, its ratings final."""
    kind, end = now["period_type"], figures.end(now["period_type"], now["period_id"])
    rows = settled(figures, rows[rows.period_type == kind], metric)
    rows = rows.assign(end=[figures.end(kind, period) for period in rows.period_id])
    if kind == "cycle":
        cadence = rows.period_id.map(lambda key: figures.cycles[key]["cadence"])
        rows = rows[(rows.end < end) & (cadence == figures.cycles[now["period_id"]]["cadence"])]
    else:
        period = pd.Period(now["period_id"].replace("-", "")) - 1
        rows = rows[rows.end == period.end_time.normalize()]
    return None if rows.empty else rows.sort_values(["end", "period_id"]).iloc[-1].to_dict()


def groups_of(figures: Figures, frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """The groups that a view compares: departments directly below, or all of another dimension."""
    rows = frame[frame.dimension == view.dimension]
    if view.dimension == "department":
        top = view.slice[1] if view.slice[0] == "department" else next(k for k, above in figures.parents.items() if pd.isna(above))
        rows = rows[[figures.parents[key] == top for key in rows.member_id]]
    return rows.assign(who=[group_name(figures, *key) for key in zip(rows.dimension, rows.member_id, strict=True)])


def spoken(figures: Figures, row: Row) -> str:
    """A period as a sentence says it."""
    end, name = figures.end(row["period_type"], row["period_id"]), named_period(figures, row)
    return name if end <= figures.as_of else f"{name} so far (to {figures.as_of.day} {figures.as_of:%b})"


def group_name(figures: Figures, dimension: str, member: str) -> str:
    """As people call it; a place as its source writes it."""
    if dimension == "department":
        return str(figures.names[member])
    if dimension == "location":
        return member
    words = member.replace("_", " ")
    return f"Level {member}" if dimension == "job_level" else words[0].upper() + words[1:]
