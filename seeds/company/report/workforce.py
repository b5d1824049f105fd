"""Figures of people: how many there are, who comes and goes, how long they stay, how many report to whom.

Here: computing. People on contracts that end and interns are left out, as in the metrics. Not here: what is believable
(marginals.py), drawing (charts.py).
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

import polars as pl

from seeds.company.report.charts import Chart
from seeds.company.report.reading import Source, single

YEAR = 365.25
FAR = dt.date(2199, 12, 31)
TENURE_EDGES = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 50.0]
EXIT_ORDER = ["voluntary", "involuntary", "retirement", "other"]
LEADS_AT_MOST = 15


def spells(source: Source) -> pl.DataFrame:
    """One row per unbroken employment of a regular employee: employee_id, start, end (far away: none), exit_type."""
    people = source.tables["employees"].filter(~pl.col("employment_type").is_in(["contract", "intern"]))
    named = people.select("employee_id", start="hire_date", end="termination_date", exit_type="termination_type")
    several = source.tables["employment_spells"].select("employee_id", start="start_date", end="end_date", exit_type="termination_type")
    rows = pl.concat([named.join(several, on="employee_id", how="anti"), several.join(named, on="employee_id", how="semi")])
    known = pl.col("exit_type").is_in(EXIT_ORDER[:3])
    exit_type = pl.when(known).then("exit_type").when(pl.col("end").is_not_null()).then(pl.lit("other"))
    return rows.with_columns(pl.col("end").fill_null(FAR), exit_type=exit_type).collect()


def _months(source: Source) -> pl.DataFrame:
    """First and last day of each month that is known whole."""
    parameters = source.parameters
    firsts = pl.date_range(parameters.start, parameters.until, "1mo", eager=True).alias("first")
    return firsts.to_frame().with_columns(last=pl.col("first").dt.month_end()).filter(pl.col("last") <= parameters.until)


def headcount(source: Source) -> Chart:
    """People at the end of each month."""
    rows = _months(source).join(spells(source), how="cross")
    counted = rows.group_by("last", maintain_order=True).agg(
        people=((pl.col("start") <= pl.col("last")) & (pl.col("end") >= pl.col("last"))).sum()
    )
    return Chart(
        "Headcount",
        counted.select(pl.col("last").dt.strftime("%Y-%m").alias("month"), "people"),
        "month",
        ("people",),
        "month's end",
        "people",
        "lines",
    )


def moves(source: Source) -> Chart:
    """Hires and exits of each month, exits by type."""
    rows, months = spells(source), _months(source).select(pl.col("first").dt.strftime("%Y-%m").alias("month"))
    hires = rows.group_by(pl.col("start").dt.strftime("%Y-%m").alias("month")).agg(hires=pl.len())
    left = rows.filter(pl.col("end") < FAR).select(pl.col("end").dt.strftime("%Y-%m").alias("month"), "exit_type")
    exits = left.group_by("month").agg((pl.col("exit_type") == kind).sum().alias(kind) for kind in EXIT_ORDER)
    table = months.join(hires, on="month", how="left").join(exits, on="month", how="left").fill_null(0).sort("month")
    return Chart("Hires, and exits by type", table, "month", ("hires", *EXIT_ORDER), "month", "people", "lines")


def exits_by_tenure(source: Source) -> pl.DataFrame:
    """Voluntary exits per person-year by tenure: tenure, from_year, exits, person_years, rate."""
    start, until = source.parameters.start, source.parameters.until
    rows = spells(source).with_columns(seen=pl.min_horizontal("end", pl.lit(until)))
    age = {name: (pl.col(name) - pl.col("start")).dt.total_days() / YEAR for name in ("seen", "end")}
    before = (pl.lit(start) - pl.col("start")).dt.total_days() / YEAR
    out = []
    for low, high in itertools.pairwise(TENURE_EDGES):
        exposed = (pl.min_horizontal(age["seen"], pl.lit(high)) - pl.max_horizontal(before, pl.lit(low))).clip(lower_bound=0)
        left = (
            (pl.col("exit_type") == "voluntary") & pl.col("end").is_between(start, until) & age["end"].is_between(low, high, closed="left")
        )
        counted = rows.select(exits=left.sum(), person_years=exposed.sum())
        name = f"{low:g} to {high:g}" if high < TENURE_EDGES[-1] else f"{low:g} and more"
        out.append(counted.select(pl.lit(name).alias("tenure"), pl.lit(low).alias("from_year"), "exits", "person_years"))
    return pl.concat(out).with_columns(rate=pl.col("exits") / pl.col("person_years"))


def turnover_by_tenure(source: Source) -> Chart:
    """The same as a chart."""
    table = exits_by_tenure(source).filter(pl.col("person_years") > 0).drop("from_year")
    return Chart("Voluntary exits by tenure", table, "tenure", ("rate",), "years since the hire", "exits per person-year", is_share=True)


def spans(source: Source) -> pl.DataFrame:
    """People who report to each manager on the last day: manager_id, reports."""
    people = source.tables["employees"].filter(
        pl.col("termination_date").is_null() | (pl.col("termination_date") >= source.parameters.until)
    )
    return people.drop_nulls("manager_id").group_by("manager_id").agg(reports=pl.len()).sort("manager_id").collect()


def span_chart(source: Source) -> Chart:
    """How many managers have how many reports."""
    table = (
        spans(source).select(pl.col("reports").clip(upper_bound=LEADS_AT_MOST)).group_by("reports").agg(managers=pl.len()).sort("reports")
    )
    return Chart("Span of control", table, "reports", ("managers",), f"direct reports ({LEADS_AT_MOST}: or more)", "managers")


@dataclass(frozen=True)
class Tenure:
    """Years since the hire of those who are there on the last day."""

    median: float | None
    share_up_to_one: float | None


def tenure(source: Source) -> Tenure:
    """How long people have been there."""
    until = source.parameters.until
    years = spells(source).filter(pl.col("start") <= until, pl.col("end") >= until)
    value = years.select(tenure=(pl.lit(until) - pl.col("start")).dt.total_days() / YEAR)["tenure"]
    return Tenure(single(value.median()), single((value <= 1).mean()))


@dataclass(frozen=True)
class Turnover:
    """Exits per person-year."""

    voluntary: float | None
    other: float | None
    early_against_late: float | None  # voluntary: from the first to the third anniversary against five years and more


def _rate(table: pl.DataFrame) -> float | None:
    """Exits per person-year over the rows of `exits_by_tenure`."""
    exits, years = (float(table[name].to_numpy().sum()) for name in ("exits", "person_years"))
    return exits / years if years > 0 else None


def turnover(source: Source) -> Turnover:
    """Exits over the whole history."""
    table = exits_by_tenure(source)
    years = float(table["person_years"].to_numpy().sum())
    left = spells(source).filter(
        pl.col("end").is_between(source.parameters.start, source.parameters.until), pl.col("exit_type") != "voluntary"
    )
    early, late = _rate(table.filter(pl.col("from_year").is_between(1, 2))), _rate(table.filter(pl.col("from_year") >= 5))
    return Turnover(_rate(table), len(left) / years if years > 0 else None, early / late if early and late else None)
