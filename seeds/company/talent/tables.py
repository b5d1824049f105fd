"""The tables of recruitment and succession, and the truth about sources and candidates.

Here: the tables' columns as known on the last day. Not here: openings (vacancies.py), candidates and interviews (candidates.py,
interviews.py), potential and plans (potential.py, succession.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, as_date, date_series
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import position_ids
from seeds.company.learning.requirements import Requirements, require
from seeds.company.learning.skills import SKILL_IDS
from seeds.company.people.tables import department_ids
from seeds.company.sink import Evidence, Rows, words
from seeds.company.talent.candidates import SOURCES, candidates, department_tilt, reference, source_truth
from seeds.company.talent.interviews import RECOMMENDATIONS, interviews
from seeds.company.talent.potential import assessments, potential_truth
from seeds.company.talent.succession import plans
from seeds.company.talent.vacancies import BACK, NEW, abandoned, openings

OPENINGS_AT_A_TIME = 10_000
CAME_BACK_SOURCE = SOURCES.index("direct")


def _requisitions(history: History, rows: pl.DataFrame) -> pl.DataFrame:
    """Table `job_requisitions`."""
    until = history.until
    paused = (pl.col("paused") <= until) & (pl.col("resumed") > until)
    status = (
        pl.when(pl.col("filled") <= until).then(pl.lit("filled"))
        .when(pl.col("given_up") <= until).then(pl.lit("cancelled"))
        .when(paused).then(pl.lit("on_hold")).otherwise(pl.lit("open"))
    )  # fmt: skip
    closed = rows.select(pl.min_horizontal("filled", "given_up")).to_series().to_numpy()
    return pl.DataFrame(
        {
            "requisition_id": rows["requisition_id"],
            "position_id": position_ids(rows["division"].to_numpy(), rows["level"].to_numpy(), rows["leads"].to_numpy()),
            "department_id": department_ids(rows["department"]),
            "opened_on": date_series("opened_on", rows["opened"].to_numpy()),
            "closed_on": date_series("closed_on", np.where(closed <= until, closed, NEVER)),
            "status": rows.select(status.alias("status")).to_series(),
        }
    )


def _came_back(history: History, regular: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Applications of people who were here before: one each, on the day on which they are taken again, by the name they had."""
    known_as = regular.filter(pl.col("how") == NEW).select("filled_by", first_seat="seat", first_number="number")
    back = part.filter((pl.col("how") == BACK) & (pl.col("filled") <= history.until))
    back = back.join(known_as, on="filled_by", how="left", maintain_order="left")
    seat = back["first_seat"].fill_null(NEVER).to_numpy()
    number = np.where(seat == NEVER, back["filled_by"].to_numpy(), back["first_number"].fill_null(0).to_numpy())
    return back.select(
        "requisition_id", "filled_by", candidate=pl.Series(reference(history, seat, number, np.zeros(len(seat), dtype=np.int64))),
        applied="filled", source=pl.lit(CAME_BACK_SOURCE, dtype=pl.Int64), status=pl.lit("hired"),
        application_id=pl.format("{}-B", "requisition_id"),
    )  # fmt: skip


def _with_status(history: History, rows: pl.DataFrame) -> pl.DataFrame:
    """Candidates with the status of their application on the last day, as far as they have applied."""
    until = history.until
    over, closed = pl.col("over") <= until, pl.col("closes") <= until
    status = (
        pl.when(pl.col("hired") <= until).then(pl.lit("hired"))
        .when(over & (pl.col("over") <= pl.col("closes")) & pl.col("withdrew")).then(pl.lit("withdrawn"))
        .when(over & (pl.col("over") <= pl.col("closes"))).then(pl.lit("rejected"))
        .when(closed & (pl.col("offered") < pl.col("closes"))).then(pl.lit("withdrawn"))
        .when(closed).then(pl.lit("rejected"))
        .when(pl.col("offered") <= until).then(pl.lit("offer"))
        .when(pl.col("invited") <= until).then(pl.lit("interviewing"))
        .when(pl.col("screened") <= until).then(pl.lit("screening"))
        .otherwise(pl.lit("submitted"))
    )  # fmt: skip
    return rows.filter(pl.col("applied") <= until).with_columns(
        status=status, filled_by=pl.when(pl.col("hired") <= until).then("filled_by").otherwise(-1)
    )


def _applications(history: History, rows: pl.DataFrame) -> pl.DataFrame:
    """Table `job_applications`."""
    return pl.DataFrame(
        {
            "application_id": rows["application_id"],
            "requisition_id": rows["requisition_id"],
            "candidate_ref": rows.select(pl.format("K{}", pl.col("candidate").cast(pl.String).str.zfill(12)).alias("ref")).to_series(),
            "applied_on": date_series("applied_on", rows["applied"].to_numpy()),
            "source": words(SOURCES, rows["source"]),
            "status": rows["status"],
            "hired_employee_id": history.employee_id(rows["filled_by"]),
        }
    )


def _interview_table(history: History, rows: pl.DataFrame) -> pl.DataFrame:
    """Table `interview_feedback`."""
    return pl.DataFrame(
        {
            "interview_feedback_id": rows.select(pl.format("{}-I{}", "application_id", pl.col("slot") + 1).alias("id")).to_series(),
            "application_id": rows["application_id"],
            "interviewer_employee_id": history.employee_id(rows["interviewer"]),
            "held_on": date_series("held_on", rows["held"].to_numpy()),
            "skill_id": words(SKILL_IDS, rows["skill"]),
            "rating": rows["rating"],
            "recommendation": words(RECOMMENDATIONS, rows["advice"]),
        }
    )


def _asked_about(history: History, requirements: Requirements, rows: pl.DataFrame) -> Indices:
    """Two skills that the position of each opening requires, most important ones first among those drawn."""
    draws = history.parameters.draws("interviews").sub("skill")
    position = requirements.position(*(rows[name].to_numpy() for name in ("division", "level", "leads")))
    order = np.argsort(np.where(requirements.importance < 0, 9, requirements.importance), axis=1, kind="stable")[:, :4]
    first = draws.integers(0, 2, rows["seat"].to_numpy(), rows["number"].to_numpy())
    return np.stack([order[position, first], order[position, first + 2]], axis=1)


def _recruit(history: History, requirements: Requirements, rows: Rows) -> None:
    regular = openings(history)
    everything = pl.concat([regular, abandoned(history, regular)]).filter(pl.col("opened") <= history.until)
    everything = everything.sort("opened", "requisition_id")
    tilt = department_tilt(history)
    for first in range(0, max(len(everything), 1), OPENINGS_AT_A_TIME):
        part = everything.slice(first, OPENINGS_AT_A_TIME)
        applying = candidates(history, part, tilt)
        known = _with_status(history, applying)
        rows.table("job_requisitions", _requisitions(history, part))
        rows.table("job_applications", _applications(history, pl.concat([known, _came_back(history, regular, part)], how="diagonal")))
        rows.table("interview_feedback", _interview_table(history, interviews(history, known, _asked_about(history, requirements, known))))
        rows.truth("candidates", known.select("application_id", level=pl.col("quality") * history.parameters.performance_sd))


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """The tables of openings, applications, interviews, potential and succession."""
    requirements = require(history.parameters)
    _recruit(history, requirements, rows)
    for year in range(as_date(history.start).year, as_date(history.until).year + 1):
        rows.table("talent_assessments", assessments(history, year))
    rows.table("succession_plans", plans(history, requirements))
    rows.truth("source_quality", source_truth(history.parameters))
    rows.truth("potential", potential_truth(history))
