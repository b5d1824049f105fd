"""A whole company: its tables as the systems would export them, and the truth behind them.

Here: which areas there are and in what order they are made. Not here: how any of them comes about.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from seeds.company import organisation, structure, workforce
from seeds.company.assignments import assignments
from seeds.company.days import day_number
from seeds.company.goals import goal_tables
from seeds.company.parameters import Area, Parameters
from seeds.company.plans import pip_table
from seeds.company.reviews import cycle_table, performance_truth, review_table, severity_truth


@dataclass(frozen=True)
class Company:
    """`tables`: contract tables by name; `truth`: what the pipeline must never read, by name. As Polars frames."""

    parameters: Parameters
    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


def generate(parameters: Parameters) -> Company:
    """Make the company that `parameters` decide; equal parameters give equal frames."""
    until = day_number(parameters.until)
    seats = structure.build(parameters)
    history = workforce.simulate(seats, parameters)
    ids = organisation.identifiers(history)
    assigned = assignments(history, until)
    job_history = organisation.job_history_table(assigned, history, ids)
    tables = {
        "departments": organisation.department_table(seats, history, ids),
        "positions": structure.position_table(),
        "employees": organisation.employee_table(job_history, history, ids, until, parameters),
        "employment_spells": organisation.spell_table(history, ids),
        "job_history": job_history,
        **goal_tables(history, assigned, ids, parameters),
        "review_cycles": cycle_table(history.cycles),
        "reviews": review_table(history, ids, parameters),
        "pips": pip_table(history.plans, ids, history.workplace.spells.frame(), until, parameters.random(Area.PIPS)),
    }
    truth = {"performance": performance_truth(history, ids), "rater_severity": severity_truth(history, ids)}
    return Company(parameters, tables, truth)
