"""A whole company: its tables as the systems would export them, and the truth behind them.

Here: which areas there are, in what order they are made, and a company kept in memory. Not here: how any of them comes
about, files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import polars as pl

from seeds.company.compensation import tables as compensation
from seeds.company.dirt import Dirtied
from seeds.company.feedback import tables as feedback
from seeds.company.goals import tables as goals
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.history.risk import Risks
from seeds.company.improvement import tables as improvement
from seeds.company.learning import tables as learning
from seeds.company.parameters import Parameters
from seeds.company.people import engagement
from seeds.company.people import tables as people
from seeds.company.reviews import tables as reviews
from seeds.company.sink import Evidence, Kept, Rows
from seeds.company.talent import tables as talent
from seeds.company.truth import write_hazards, write_risks, write_trends

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Area:
    """A part of the company: which contract tables it makes, and how."""

    name: str
    tables: tuple[str, ...]
    write: Callable[[History, Rows, Evidence], None]


AREAS = (
    Area("people", ("departments", "positions", "employees", "employment_spells", "job_history"), people.write),
    Area("surveys and leave", ("leave_periods", "employee_demographics", "engagement_responses"), engagement.write),
    Area("goals", ("goals", "goal_key_results", "goal_participants", "goal_updates"), goals.write),
    Area("reviews", ("review_cycles", "review_templates", "review_template_items", "reviews", "review_assessments",
                     "review_assessment_items", "calibration_sessions", "calibration_adjustments"), reviews.write),
    Area("feedback", ("feedback", "check_ins", "development_notes"), feedback.write),
    Area("improvement plans", ("pips", "pip_objectives", "pip_supports", "pip_checkpoints"), improvement.write),
    Area("skills and learning", ("skills", "position_skill_requirements", "employee_skills", "training_courses",
                                 "training_course_skills", "training_enrollments"), learning.write),
    Area("pay", ("compensation_records", "salary_bands", "market_salary_benchmarks", "fx_rates", "compensation_decisions"),
         compensation.write),
    Area("recruitment and succession", ("job_requisitions", "job_applications", "interview_feedback", "talent_assessments",
                                        "succession_plans"), talent.write),
)  # fmt: skip
TABLES = tuple(table for area in AREAS for table in area.tables)


class _Only:
    """Rows of the tables asked for; the rest is dropped."""

    def __init__(self, rows: Rows, tables: Collection[str]) -> None:
        self._rows, self._tables = rows, tables

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of a contract table."""
        if name in self._tables:
            self._rows.table(name, frame)

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of what the pipeline must never read."""
        self._rows.truth(name, frame)


def silent(_name: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def make(parameters: Parameters, rows: Rows, *, tables: Collection[str] | None = None, progress: Progress = silent) -> None:
    """Make the company that `parameters` decide and hand its rows to `rows`, area by area.

    With `tables` only the areas are made that these belong to, without the truth that rests on all. `progress` is told what
    begins, and how many steps are done of how many. Raises ValueError for a table that does not exist.
    """
    unknown = set(tables or ()) - set(TABLES)
    if unknown:
        message = f"no such tables: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    areas = [area for area in AREAS if tables is None or set(tables) & set(area.tables)]
    steps = len(areas) + 1 + (tables is None)
    progress("people, ratings and exits", 0, steps)
    risks, is_whole = Risks(parameters), tables is None
    seats = structure.build(parameters)
    history = History(parameters, simulation.simulate(seats, parameters, risks.after_month if is_whole else None))
    evidence = Evidence(len(history.people), len(history.months))
    wanted = Dirtied(rows, parameters.dirt, parameters) if parameters.dirt else rows
    wanted = wanted if tables is None else _Only(wanted, tables)
    for number, area in enumerate(areas):
        progress(area.name, number + 1, steps)
        area.write(history, wanted, evidence)
    if is_whole:
        progress("true risks", steps - 1, steps)
        write_hazards(history, rows)
        write_trends(history, rows)
        write_risks(history, risks, evidence, rows)


@dataclass(frozen=True)
class Company:
    """`tables`: contract tables by name; `truth`: what the pipeline must never read, by name. As Polars frames."""

    parameters: Parameters
    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


def generate(parameters: Parameters, *, tables: Collection[str] | None = None) -> Company:
    """The company that `parameters` decide, in memory; equal parameters give equal frames."""
    kept = Kept()
    make(parameters, kept, tables=tables)
    return Company(parameters, kept.tables(), kept.truths())
