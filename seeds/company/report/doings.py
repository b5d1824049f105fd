"""Figures of what people do and say: goals, feedback, check-ins, surveys, texts, interviews; and how complete the tables are.

Here: computing. Not here: what is believable (marginals.py), drawing (charts.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.report.charts import Chart
from seeds.company.report.ratings import FEWEST_PAIRS
from seeds.company.report.reading import Source

FAVOURABLE = 0.8
PROMOTERS_FROM, DETRACTORS_TO = 9, 6
MOST_MESSAGES = 20
TONES = {"critical": (-2.0, -0.2), "even": (-0.2, 0.2), "kind": (0.2, 2.0)}
COLUMNS_SHOWN = 25


def _quarter(column: str) -> pl.Expr:
    day = pl.col(column)
    return pl.format("{}-Q{}", day.dt.year(), day.dt.quarter()).alias("quarter")


def goal_chart(source: Source) -> Chart:
    """Where goals stand by the quarter in which they are due."""
    due = source.tables["goals"].filter(pl.col("target_date") <= source.parameters.until)
    rows = due.select(_quarter("target_date"), "status").collect()
    statuses = ("completed", "in_progress", "not_started", "cancelled")
    table = rows.group_by("quarter").agg((pl.col("status") == name).mean().alias(name) for name in statuses).sort("quarter")
    return Chart("Goals by the quarter they are due in", table, "quarter", statuses, "due in", "share of goals", "stacked", is_share=True)


def feedback_chart(source: Source) -> Chart:
    """How many messages people gave and got in the last year: hubs and silent corners."""
    until = source.parameters.until
    rows = source.tables["feedback"].filter(pl.col("given_at").dt.date() > pl.lit(until).dt.offset_by("-1y"))
    people = source.tables["employees"].filter(pl.col("termination_date").is_null()).select("employee_id")
    counts = []
    for name, column in (("given", "from_employee_id"), ("received", "to_employee_id")):
        number = rows.group_by(pl.col(column).alias("employee_id")).agg(messages=pl.len())
        each = people.join(number, on="employee_id", how="left").select(pl.col("messages").fill_null(0).clip(upper_bound=MOST_MESSAGES))
        counts.append(each.group_by("messages").agg(pl.len().alias(name)))
    table = counts[0].join(counts[1], on="messages", how="full", coalesce=True).fill_null(0).sort("messages").collect()
    shown = table if rows.head(1).collect().height else table.clear()
    return Chart(
        "Feedback per person in the last year", shown, "messages", ("given", "received"), f"messages ({MOST_MESSAGES}: or more)", "people",
        note="A few people give and get much, many little.",
    )  # fmt: skip


def check_in_chart(source: Source) -> Chart:
    """Which share of the planned check-ins was held."""
    rows = source.tables["check_ins"].filter(pl.col("scheduled_on") <= source.parameters.until)
    held = pl.col("held_on").is_not_null()
    table = rows.group_by(_quarter("scheduled_on")).agg(held=held.mean(), planned=pl.len()).sort("quarter").collect()
    return Chart("Check-ins held", table, "quarter", ("held",), "quarter", "share of planned ones", is_share=True)


def survey_chart(source: Source) -> Chart:
    """Favourable answers of the half-yearly survey by topic."""
    rows = source.tables["engagement_responses"].filter(survey_type="engagement").collect()
    good = pl.col("score") / pl.col("score_max") >= FAVOURABLE
    table = rows.group_by("survey_id", "driver").agg(favourable=good.mean()).sort("survey_id", "driver")
    wide = table.pivot("driver", index="survey_id", values="favourable") if len(table) else table
    topics = tuple(name for name in wide.columns if name != "survey_id") if len(table) else ("favourable",)
    return Chart("Favourable answers by topic", wide, "survey_id", topics, "survey", "share of answers", "lines", is_share=True)


def tone_chart(source: Source) -> Chart:
    """The tone of free texts by language, from the truth."""
    empty = pl.DataFrame(schema={"language": pl.String, **dict.fromkeys(TONES, pl.Float64)})
    if "text_labels" in source.truth:
        rows = source.truth["text_labels"].select("language", "tone")
        parts = [pl.col("tone").is_between(low, high, closed="left").mean().alias(name) for name, (low, high) in TONES.items()]
        empty = rows.group_by("language").agg(*parts, texts=pl.len()).sort("texts", descending=True).collect()
    return Chart("Tone of texts by language", empty, "language", tuple(TONES), "language", "share of texts", "stacked", is_share=True)


def rows_chart(source: Source) -> Chart:
    """Rows of each table."""
    counted = pl.collect_all([frame.select(pl.len()) for frame in source.tables.values()])
    table = pl.DataFrame({"table": list(source.tables), "rows": [each.item() for each in counted]}).sort("rows", descending=True)
    return Chart("Rows per table", table, "table", ("rows",), "table", "rows", "rows")


def missing_chart(source: Source) -> Chart:
    """The columns with most empty fields, of those that are not always or never empty."""
    shares = pl.collect_all([frame.select(pl.all().null_count() / pl.len()) for frame in source.tables.values()])
    rows = [
        (f"{table}.{column}", float(value))
        for table, frame in zip(source.tables, shares, strict=True)
        for column, value in frame.row(0, named=True).items()
        if value is not None and 0 < value < 1
    ]
    table = pl.DataFrame(rows, schema={"column": pl.String, "empty": pl.Float64}, orient="row").sort("empty", descending=True)
    note = f"The {COLUMNS_SHOWN} with most of it; an end that has not come is empty too."
    return Chart(
        "Empty fields", table.head(COLUMNS_SHOWN), "column", ("empty",), "column", "share of rows", "rows", is_share=True, note=note
    )


def interview_validity(source: Source) -> float | None:
    """Correlation of the mean interview rating of those hired with their first final rating."""
    scores = source.tables["interview_feedback"].group_by("application_id").agg(interview=pl.col("rating").mean())
    hired = source.tables["job_applications"].drop_nulls("hired_employee_id").select("application_id", employee_id="hired_employee_id")
    cycles = source.tables["review_cycles"].select("review_cycle_id", "period_end")
    reviews = source.tables["reviews"].drop_nulls("final_rating").join(cycles, on="review_cycle_id").sort("period_end", "review_cycle_id")
    first = reviews.group_by("employee_id").agg(pl.col("final_rating").first())
    rows = hired.join(scores, on="application_id").join(first, on="employee_id").drop_nulls().collect()
    if len(rows) < FEWEST_PAIRS:
        return None
    value = rows.select(pl.corr("interview", "final_rating")).item()
    return None if value is None else float(value)


def net_promoters(source: Source) -> float | None:
    """Promoters less detractors among the answers on recommending the employer."""
    rows = source.tables["engagement_responses"].filter(survey_type="enps").select("score").collect()
    promoters, detractors = rows.filter(pl.col("score") >= PROMOTERS_FROM), rows.filter(pl.col("score") <= DETRACTORS_TO)
    return (len(promoters) - len(detractors)) / len(rows) if len(rows) >= FEWEST_PAIRS else None
