"""The tables departments, positions, employees, employment_spells and job_history.

Here: identifiers, and what these tables say of the people as known on the last day. Not here: why it happened.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, date_series
from seeds.company.ledger import EXIT_TYPES, VOLUNTARY
from seeds.company.parameters import Area, Parameters
from seeds.company.people_names import names_and_addresses
from seeds.company.structure import COUNTRIES, EMPLOYMENT_TYPES, LOCATIONS, Structure, position_ids
from seeds.company.workforce import Workforce

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
    """Identifiers of department indices (null stays null)."""
    return pl.select(pl.format("D{}", (index + 1).cast(pl.String).str.zfill(4))).to_series()


def identifiers(workforce: Workforce) -> pl.DataFrame:
    """The employee_id of each person, numbered in order of hire."""
    hired = workforce.people["first_hired"]
    number = np.empty(len(hired), dtype=np.int64)
    number[np.argsort(hired, kind="stable")] = np.arange(1, len(hired) + 1)
    frame = pl.DataFrame({"person": np.arange(len(hired)), "number": number})
    return frame.select("person", employee_id=pl.format("E{}", pl.col("number").cast(pl.String).str.zfill(6)))


def department_table(structure: Structure, workforce: Workforce, ids: pl.DataFrame) -> pl.DataFrame:
    """Table `departments`; the head is who sits in the leading seat on the last day, null while it is vacant."""
    seats = structure.department_head_seat
    head = workforce.workplace.occupant[seats]
    frame = pl.DataFrame(
        {
            "department_id": department_ids(pl.Series(np.arange(len(seats)))),
            "name": structure.department_name,
            "parent": department_ids(pl.Series(structure.department_parent)),
            "is_root": structure.department_parent < 0,
            "person": head,
            "location": pl.Series(LOCATIONS).gather(structure.location[seats]),
        }
    ).join(ids, on="person", how="left", maintain_order="left")
    return frame.select(
        "department_id", "name",
        parent_department_id=pl.when(~pl.col("is_root")).then("parent"),
        head_employee_id="employee_id",
        cost_center=pl.format("CC-{}", (pl.int_range(pl.len()) + 1000).cast(pl.String)),
        location="location",
    )  # fmt: skip


def job_history_table(assigned: pl.DataFrame, workforce: Workforce, ids: pl.DataFrame) -> pl.DataFrame:
    """Table `job_history`: one row per person and change of department, position or manager."""
    structure, people = workforce.structure, workforce.people
    seat, person = assigned["seat"].to_numpy(), assigned["person"].to_numpy()
    names = ids.rename({"employee_id": "manager_id", "person": "boss"})
    frame = assigned.join(ids, on="person", how="left", maintain_order="left")
    frame = frame.join(names, on="boss", how="left", maintain_order="left")
    position = position_ids(structure.division[seat], assigned["level"].to_numpy(), structure.leads[seat])
    return frame.select("employee_id", "manager_id", "change_reason").with_columns(
        effective_from=date_series("effective_from", assigned["day"].to_numpy()),
        department_id=department_ids(assigned["department"]),
        position_id=position,
        location=pl.Series(LOCATIONS).gather(structure.location[seat]),
        employment_type=pl.Series(EMPLOYMENT_TYPES).gather(people["employment_type"][person]),
        fte_pct=pl.Series(people["fte_pct"][person]),
    ).select(
        "employee_id", "effective_from", "department_id", "position_id", "manager_id", "location", "employment_type",
        "fte_pct", "change_reason",
    ).sort("employee_id", "effective_from")  # fmt: skip


def employee_table(job_history: pl.DataFrame, workforce: Workforce, ids: pl.DataFrame, until: int,
                   parameters: Parameters) -> pl.DataFrame:  # fmt: skip
    """Table `employees` as it stands on day `until`; leavers stay, with their last job."""
    people, random = workforce.people, parameters.random(Area.NAMES)
    count = len(people)
    names = names_and_addresses(count, random)
    exit_type = people["exit_type"]
    kind = pl.Series("termination_type", EXIT_TYPES).gather(np.maximum(exit_type, 0))
    kind = kind.set(pl.Series(exit_type < 0), None)
    draw = random.random(count)
    texts = pl.DataFrame({"termination_type": kind, "draw": draw}).select(
        pl.coalesce(
            pl.when(pl.col("termination_type") == name).then(
                pl.lit(pl.Series(choices)).gather((pl.col("draw") * len(choices)).cast(pl.UInt32))
            )
            for name, choices in REASONS.items()
        )
    )  # fmt: skip
    is_recorded = (exit_type == VOLUNTARY) & (random.random(count) < REGRET_RECORDED_SHARE)
    regrettable = pl.Series(np.nan_to_num(people["rating"], nan=0.0) >= REGRETTED_FROM)
    known_notice = np.where(people["notice_on"] <= until, people["notice_on"], NEVER)
    person = names.with_columns(
        ids["employee_id"],
        hire_date=date_series("hire_date", people["first_hired"]),
        notice_given_on=date_series("notice_given_on", known_notice),
        termination_date=date_series("termination_date", people["last_day"]),
        termination_type=kind,
        termination_reason=texts.to_series(),
        is_regrettable=regrettable.set(pl.Series(~is_recorded), None),
    )
    last = job_history.group_by("employee_id", maintain_order=True).last().drop("effective_from", "change_reason")
    country = dict(zip(LOCATIONS, COUNTRIES, strict=True))
    return (
        last.join(person, on="employee_id", how="left", maintain_order="left")
        .with_columns(country=pl.col("location").replace_strict(country, return_dtype=pl.String))
        .select(
            "employee_id", "display_name", "work_email", "department_id", "position_id", "manager_id", "location",
            "country", "employment_type", "fte_pct", "hire_date", "notice_given_on", "termination_date",
            "termination_type", "termination_reason", "is_regrettable",
        )
    )  # fmt: skip


def spell_table(workforce: Workforce, ids: pl.DataFrame) -> pl.DataFrame:
    """Table `employment_spells`: all spells of the people who came back, nobody else's."""
    spells = workforce.workplace.spells.frame().join(ids, on="person", how="left", maintain_order="left")
    person, is_open = spells["person"].to_numpy(), spells["end"].to_numpy() == NEVER
    # A last day in the future is known already, though the spell has not ended.
    spells = spells.with_columns(
        end=pl.Series(np.where(is_open, workforce.people["last_day"][person], spells["end"].to_numpy())),
        exit_type=pl.Series(np.where(is_open, workforce.people["exit_type"][person], spells["exit_type"].to_numpy())),
    )
    rows = spells.filter(pl.len().over("person") > 1).sort("employee_id", "start")
    kinds = pl.Series("termination_type", EXIT_TYPES).gather(rows["exit_type"].clip(0, None))
    return rows.select("employee_id").with_columns(
        start_date=date_series("start_date", rows["start"].to_numpy()),
        end_date=date_series("end_date", rows["end"].to_numpy()),
        termination_type=kinds.set(rows["exit_type"] < 0, None),
    )
