"""What happened in a company, read in plain pandas from its landing files: the events behind every figure, and where people were.

Belongs here: rules of the written definitions (metrics.md) that say what counts, when, for whom and where. Does not belong here:
totals, intervals, hiding (landing_oracle_figures), pages, anything of the warehouse, its SQL or its tests.

Keys are those of the files: one system that does not name itself, so that department_key is department_id and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

STAGES = ("not_started", "self_assessment", "manager_review", "calibration", "delivery", "sign_off", "completed")
TIMES = {
    "self_assessment": ["self_submitted_at"],
    "manager_review": ["manager_submitted_at"],
    "calibration": ["calibrated_at"],
    "delivery": ["delivered_at"],
    "sign_off": ["employee_signed_at", "manager_signed_at"],
}
REGULAR = ("annual", "semi_annual", "quarterly")
ATTRIBUTES = ("location", "job_level", "role_track", "job_family")
KEYS = {
    "departments": ["department_id"], "positions": ["position_id"], "employees": ["employee_id"], "review_cycles": ["review_cycle_id"],
    "employment_spells": ["employee_id", "start_date"], "job_history": ["employee_id", "effective_from"], "goals": ["goal_id"],
    "goal_participants": ["goal_id", "participant_type", "participant_id"], "goal_updates": ["goal_update_id"],
    "reviews": ["review_id"], "pips": ["pip_id"],
}  # fmt: skip
# What of contracts.yml the planted rows break: (column, what it must be). A parent is (table): required and accepted.
RULES: dict[str, list[tuple[str, Any]]] = {
    "goals": [("title", "there"), ("status", {"not_started", "in_progress", "completed", "cancelled"})],
    "reviews": [("stage", {*STAGES, "cancelled"}), ("final_rating", (1, 5)), ("employee_id", "employees")],
    "goal_updates": [("progress_pct", (0, 100)), ("goal_id", "goals")],
    "pips": [("planned_days", (1, 365)), ("employee_id", "employees")],
    "goal_participants": [("goal_id", "goals")],
}


@dataclass
class Events:
    """Events of the figures: what each adds, in which periods, where, and about whom.

    Attributes:
        atoms: one row an event: event, metric, breakdown, x (what it adds above the line), is_counted, cluster.
        periods: event, period_type, period_id.
        places: event, dimension, member_id, person (missing where the event is about nobody).
    """

    atoms: pd.DataFrame
    periods: pd.DataFrame
    places: pd.DataFrame


class Landing:
    """The files of one company as a careful reader takes them."""

    def __init__(self, folder: Path, as_of: pd.Timestamp) -> None:
        self.as_of = as_of
        self.n_read: dict[str, int] = {}
        self.held_back: dict[tuple[str, str], int] = {}
        self.tables: dict[str, pd.DataFrame] = {}
        for name in KEYS:  # parents before children
            self.tables[name] = self._accepted(name, pd.read_parquet(folder / f"{name}.parquet"))
        # Tables behind no figure: they are only counted, and nothing is planted in them.
        self.others = {path.stem: len(pd.read_parquet(path)) for path in folder.glob("*.parquet") if path.stem not in KEYS}
        self.n_read |= self.others
        self.parents = {row.department_id: row.parent_department_id for row in self.tables["departments"].itertuples()}
        positions = self.tables["positions"]
        self.positions = positions.set_index("position_id").to_dict("index")
        self.employees = self.tables["employees"].set_index("employee_id").to_dict("index")
        self.spells = self._spells()
        self.intervals = self._intervals()
        reviews, cycles = self.tables["reviews"], self.tables["review_cycles"]
        self.cycles = cycles.set_index("review_cycle_id").to_dict("index")
        self.reviews = reviews.drop_duplicates(["review_cycle_id", "employee_id"], keep="last")  # M6
        self._nothing_lies_ahead()

    def _accepted(self, name: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows that keep the contract, the last of each key; the others are counted by what they break."""
        self.n_read[name] = len(rows)
        for column in rows.columns:
            if rows[column].dtype == object or column.endswith(("_on", "_date", "_from", "_due", "_until")):
                rows[column] = pd.to_datetime(rows[column]) if column not in {"is_regrettable", "promotion_recommended"} else rows[column]
        good = pd.Series(True, index=rows.index)
        for column, must in RULES.get(name, []):
            if isinstance(must, set):
                breaks = ~rows[column].isin(must)
            elif isinstance(must, tuple):
                breaks = rows[column].notna() & ~rows[column].between(*must)
            elif must == "there":
                breaks = rows[column].isna()
            else:
                breaks = ~rows[column].isin(self.tables[must][KEYS[must][0]])
            if breaks.any():
                self.held_back[name, column] = int(breaks.sum())
            good &= ~breaks
        return rows[good].drop_duplicates(KEYS[name], keep="last").reset_index(drop=True)

    def _nothing_lies_ahead(self) -> None:
        """R5 is not read here: these companies end on as_of. That they do is looked at, not believed."""
        late = self.as_of + pd.Timedelta(days=1)
        for name, columns in {"goals": ["completed_date", "cancelled_on"], "pips": ["closed_on"]}.items():
            assert not (self.tables[name][columns] >= late).any(axis=None), name
        assert not (self.reviews[[time for times in TIMES.values() for time in times]] >= late).any(axis=None)

    def _spells(self) -> dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]]:
        """First and last day of each spell (R6): employment_spells, else hire_date to termination_date."""
        told: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
        for row in self.tables["employment_spells"].itertuples():
            told.setdefault(row.employee_id, []).append((row.start_date, row.end_date))
        rows = self.tables["employees"].itertuples()
        found = {row.employee_id: told.get(row.employee_id, [(row.hire_date, row.termination_date)]) for row in rows}
        return {person: sorted((a, pd.Timestamp.max if pd.isna(b) else b) for a, b in spells) for person, spells in found.items()}

    def _intervals(self) -> dict[str, list[tuple[pd.Timestamp, pd.Timestamp, dict[str, Any]]]]:
        """Assignments from job_history, each until the next one: who has left is where they were last, until they come back."""
        found: dict[str, list[tuple[pd.Timestamp, pd.Timestamp, dict[str, Any]]]] = {}
        rows = self.tables["job_history"].sort_values(["employee_id", "effective_from"])
        rows["next_from"] = rows.groupby("employee_id").effective_from.shift(-1)
        for row in rows.to_dict("records"):
            person, first = row["employee_id"], row["effective_from"]
            last = pd.Timestamp.max if pd.isna(row["next_from"]) else row["next_from"] - pd.Timedelta(days=1)
            found.setdefault(person, []).append((first, last, row))
        return found

    def was_active(self, person: str, day: pd.Timestamp) -> bool:
        """R6."""
        return any(start <= day <= end for start, end in self.spells.get(person, []))

    def assignment(self, person: str, day: pd.Timestamp) -> dict[str, Any]:
        """Where a person was on a day (R2): the interval of that day, else the earliest later one, else the employees row."""
        intervals = self.intervals.get(person, [])
        on_day = [row for first, last, row in intervals if first <= day <= last]
        later = [row for first, _, row in intervals if first > day]
        return (on_day or later or [self.employees[person]])[0]

    def above(self, department: str) -> list[str]:
        """A department and all above it."""
        found: list[str] = []
        while isinstance(department, str) and department in self.parents and department not in found:
            found.append(department)
            department = self.parents[department]
        return found

    def slices(self, person: str, day: pd.Timestamp) -> list[tuple[str, str]]:
        """Every slice to which a person belongs on a day."""
        row = self.assignment(person, day)
        position = self.positions.get(row["position_id"], {})
        found = [("company", "all"), *(("department", key) for key in self.above(row["department_id"]))]
        for name in ATTRIBUTES:
            value = row[name] if name == "location" else position.get(name)
            if value is not None and not pd.isna(value):
                found.append((name, str(int(value)) if name == "job_level" else value))
        return found

    def manager(self, person: str, day: pd.Timestamp, otherwise: str) -> str:
        """A person's manager on a day: the cluster of an event (R8); an event without one is a cluster of its own."""
        found = self.assignment(person, day)["manager_id"]
        return otherwise if pd.isna(found) else str(found)

    def progress(self) -> dict[str, float]:
        """Progress of goals: the last update by as_of, else what the goal says (R5)."""
        goals, updates = self.tables["goals"], self.tables["goal_updates"]
        updates = updates[updates.updated_on <= self.as_of].sort_values(["updated_on", "goal_update_id"])
        said = goals.set_index("goal_id").progress_pct.dropna().to_dict()
        return said | updates.drop_duplicates("goal_id", keep="last").set_index("goal_id").progress_pct.to_dict()

    def owners(self, goal: Any) -> list[str]:
        """Everyone who owns a goal: the owner it names, and participants who are owner or co-owner."""
        named = [] if pd.isna(goal.owner_employee_id) else [goal.owner_employee_id]
        return list(dict.fromkeys([*named, *self._participants("employee").get(goal.goal_id, [])]))

    def owning_departments(self, goal: Any) -> list[str]:
        """Everything that owns a department goal: the department it names, and participants that are owner or co-owner."""
        named = [] if pd.isna(goal.department_id) else [goal.department_id]
        return list(dict.fromkeys([*named, *self._participants("department").get(goal.goal_id, [])]))

    def _participants(self, kind: str) -> dict[str, list[str]]:
        cached: dict[str, dict[str, list[str]]] = self.__dict__.setdefault("_taking_part", {})
        if kind not in cached:
            rows = self.tables["goal_participants"]
            rows = rows[(rows.participant_type == kind) & rows.role.isin(["owner", "co_owner"])]
            cached[kind] = rows.groupby("goal_id").participant_id.apply(list).to_dict()
        return cached[kind]
