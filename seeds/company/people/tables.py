"""The tables of the organisation and its people: departments, positions, employees, spells, job history.

Here: their columns, as known on the last day. Not here: why it happened, surveys and leave, names.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, date_series
from seeds.company.history.ledger import EXIT_TYPES, VOLUNTARY
from seeds.company.history.record import History
from seeds.company.history.structure import COUNTRIES, EMPLOYMENT_TYPES, LOCATIONS, position_ids, position_table
from seeds.company.people.names import names_and_addresses
from seeds.company.sink import Evidence, Rows, words

REASONS = {
    "voluntary": ["Better pay elsewhere", "New challenge", "Moved to another city", "Further studies", "Career change",
                  "Wanted a different team", "Too much work"],
    "involuntary": ["Results below expectations", "Role no longer needed", "Breach of policy"],
    "retirement": ["Retired"],
    "end_of_contract": ["Contract ended"],
}  # fmt: skip
REGRETTED_FROM = 3.5
REGRET_RECORDED_SHARE = 0.6


def department_ids(index: pl.Series) -> pl.Series:
    """Identifiers of department indices (null stays null, below zero is null)."""
    known = index.set(index < 0, None)
    return pl.select(pl.format("D{}", (known + 1).cast(pl.String).str.zfill(4))).to_series()


def _departments(history: History) -> pl.DataFrame:
    """The head is who sits in the leading seat on the last day, null while it is vacant."""
    structure = history.structure
    seats = structure.department_head_seat
    here = history.assigned.filter((pl.col("day") <= history.until) & (pl.col("last_day") >= history.until))
    head = np.full(structure.size, -1)
    head[here["seat"].to_numpy()] = here["person"].to_numpy()
    return pl.DataFrame(
        {
            "department_id": department_ids(pl.Series(np.arange(len(seats)))),
            "name": structure.department_name,
            "parent_department_id": department_ids(pl.Series(structure.department_parent)),
            "head_employee_id": history.employee_id(head[seats]),
            "cost_center": [f"CC-{1000 + number}" for number in range(len(seats))],
            "location": pl.Series(LOCATIONS).gather(structure.location[seats]),
        }
    )


def _job_history(history: History) -> pl.DataFrame:
    """One row per person and change of department, position or manager."""
    structure, people = history.structure, history.people
    rows = history.assigned.filter(pl.col("day") <= history.until)
    seat, person = rows["seat"].to_numpy(), rows["person"].to_numpy()
    frame = pl.DataFrame(
        {
            "employee_id": history.employee_id(person),
            "effective_from": date_series("effective_from", rows["day"].to_numpy()),
            "department_id": department_ids(rows["department"]),
            "position_id": position_ids(structure.division[seat], rows["level"].to_numpy(), structure.leads[seat]),
            "manager_id": history.employee_id(rows["boss"].fill_null(-1)),
            "location": pl.Series(LOCATIONS).gather(structure.location[seat]),
            "employment_type": pl.Series(EMPLOYMENT_TYPES).gather(people["employment_type"][person]),
            "fte_pct": people["fte_pct"][person],
            "change_reason": rows["change_reason"],
        }
    )
    return frame.sort("employee_id", "effective_from")


def _known_spells(history: History) -> pl.DataFrame:
    """Spells begun by the last day; how one ends only where that is known by then."""
    is_known = pl.col("known_on") <= history.until
    return history.spells.filter(pl.col("start") <= history.until).with_columns(
        end=pl.when(is_known).then("end").otherwise(NEVER),
        exit_type=pl.when(is_known).then("exit_type").otherwise(-1),
        notice_on=pl.when(is_known).then("notice_on").otherwise(NEVER),
    )


def _employees(history: History, job_history: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """As they stand on the last day; leavers stay, with their last job."""
    draws = history.parameters.draws("employees")
    last = spells.group_by("person", maintain_order=True).last().sort("person")
    who, number = last["person"].to_numpy(), last["start"].to_numpy()
    kind = last["exit_type"].to_numpy()
    size = np.array([len(REASONS[name]) for name in EXIT_TYPES])
    reason = (np.cumsum(size) - size)[kind] + draws.sub("reason").integers(0, size[kind], who, number)
    recorded = (kind == VOLUNTARY) & draws.sub("regret").chance(REGRET_RECORDED_SHARE, who, number)
    regretted = pl.Series(np.nan_to_num(last["rating"].to_numpy(), nan=0.0) >= REGRETTED_FROM)
    person = names_and_addresses(len(history.people), history.parameters.draws("names"))[who].with_columns(
        employee_id=history.employee_id(who),
        hire_date=date_series("hire_date", history.people["first_hired"][who]),
        notice_given_on=date_series("notice_given_on", last["notice_on"].to_numpy()),
        termination_date=date_series("termination_date", last["end"].to_numpy()),
        termination_type=words(EXIT_TYPES, kind),
        termination_reason=words([text for name in EXIT_TYPES for text in REASONS[name]], np.where(kind < 0, -1, reason)),
        is_regrettable=regretted.set(pl.Series(~recorded), None),
    )
    job = job_history.group_by("employee_id", maintain_order=True).last().drop("effective_from", "change_reason")
    country = dict(zip(LOCATIONS, COUNTRIES, strict=True))
    return (
        job.join(person, on="employee_id", how="left", maintain_order="left")
        .with_columns(country=pl.col("location").replace_strict(country, return_dtype=pl.String))
        .select(
            "employee_id", "display_name", "work_email", "department_id", "position_id", "manager_id", "location",
            "country", "employment_type", "fte_pct", "hire_date", "notice_given_on", "termination_date",
            "termination_type", "termination_reason", "is_regrettable",
        )
    )  # fmt: skip


def _employment_spells(history: History, spells: pl.DataFrame) -> pl.DataFrame:
    """All spells of the people who came back, nobody else's."""
    rows = spells.filter(pl.len().over("person") > 1)
    return pl.DataFrame(
        {
            "employee_id": history.employee_id(rows["person"]),
            "start_date": date_series("start_date", rows["start"].to_numpy()),
            "end_date": date_series("end_date", rows["end"].to_numpy()),
            "termination_type": words(EXIT_TYPES, rows["exit_type"]),
        }
    ).sort("employee_id", "start_date")


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """The tables `departments`, `positions`, `employees`, `employment_spells` and `job_history`."""
    job_history, spells = _job_history(history), _known_spells(history)
    rows.table("departments", _departments(history))
    rows.table("positions", position_table())
    rows.table("employees", _employees(history, job_history, spells))
    rows.table("employment_spells", _employment_spells(history, spells))
    rows.table("job_history", job_history)
