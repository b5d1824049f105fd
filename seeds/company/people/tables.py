"""The tables of the organisation and its people: departments, positions, employees, spells, job history.

Here: their columns, as known on the last day. Not here: why it happened, surveys and leave, names.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, date_series
from seeds.company.draws import Draws
from seeds.company.history.exits import LOW_RATING
from seeds.company.history.ledger import END_OF_CONTRACT, EXIT_TYPES, INVOLUNTARY, LAYOFF, PLAN, RETIREMENT, VOLUNTARY
from seeds.company.history.record import History
from seeds.company.history.structure import COUNTRIES, EMPLOYMENT_TYPES, LOCATIONS, position_ids, position_table
from seeds.company.people.names import names_and_addresses
from seeds.company.sink import Evidence, Rows, words

# What people say, what is said of them. Who earns less than the market names pay more often.
RESIGNED = ["Better pay elsewhere", "New challenge", "Wanted a different team", "Too much work", "Career change",
            "Moved to another city", "Further studies"]  # fmt: skip
PAY_SHARE, PAY_SHARE_SLOPE = 0.2, 1.0
RESIGNED_FROM_PLAN = 5  # one of so many: none moves or studies because of a plan, or goes for more pay
RESULTS, NOT_NEEDED, RETIRED, ENDED = "Results below expectations", "Role no longer needed", "Retired", "Contract ended"
DISMISSED = ["Breach of policy", "Conduct", "Not a fit for the team"]
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


def exit_reasons(last: pl.DataFrame, draws: Draws) -> pl.Series:
    """Why each person's last spell ended, in the words of the record; null while it goes on."""
    who, number = last["person"].to_numpy(), last["start"].to_numpy()
    resigned_from_plan = pl.Series(RESIGNED).gather(1 + draws.sub("from_plan").integers(0, RESIGNED_FROM_PLAN - 1, who, number))
    of_pay = 1 / (1 + (1 - PAY_SHARE) / PAY_SHARE * np.exp(-PAY_SHARE_SLOPE * last["pay_gap"].to_numpy()))
    other = 1 + draws.sub("resigned").integers(0, len(RESIGNED) - 1, who, number)
    resigned = pl.Series(RESIGNED).gather(np.where(draws.sub("pay").chance(of_pay, who, number), 0, other))
    dismissed = pl.Series(DISMISSED).gather(draws.sub("dismissed").integers(0, len(DISMISSED), who, number))
    kind, cause = pl.col("exit_type"), pl.col("cause")
    low = pl.col("rating").fill_nan(3.0) <= LOW_RATING
    reason = (
        pl.when(kind == VOLUNTARY).then(pl.when(cause == PLAN).then(resigned_from_plan).otherwise(resigned))
        .when(kind == RETIREMENT).then(pl.lit(RETIRED))
        .when(kind == END_OF_CONTRACT).then(pl.lit(ENDED))
        .when(cause == LAYOFF).then(pl.lit(NOT_NEEDED))
        .when((kind == INVOLUNTARY) & ((cause == PLAN) | low)).then(pl.lit(RESULTS))
        .when(kind == INVOLUNTARY).then(dismissed)
    )  # fmt: skip
    return last.select(reason.alias("reason")).to_series()


def _employees(history: History, job_history: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """As they stand on the last day; leavers stay, with their last job."""
    draws = history.parameters.draws("employees")
    last = spells.group_by("person", maintain_order=True).last().sort("person")
    who, number = last["person"].to_numpy(), last["start"].to_numpy()
    kind = last["exit_type"].to_numpy()
    recorded = (kind == VOLUNTARY) & draws.sub("regret").chance(REGRET_RECORDED_SHARE, who, number)
    regretted = pl.Series(np.nan_to_num(last["rating"].to_numpy(), nan=0.0) >= REGRETTED_FROM)
    person = names_and_addresses(len(history.people), history.parameters.draws("names"))[who].with_columns(
        employee_id=history.employee_id(who),
        hire_date=date_series("hire_date", history.people["first_hired"][who]),
        notice_given_on=date_series("notice_given_on", last["notice_on"].to_numpy()),
        termination_date=date_series("termination_date", last["end"].to_numpy()),
        termination_type=words(EXIT_TYPES, kind),
        termination_reason=exit_reasons(last, draws.sub("reason")),
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
