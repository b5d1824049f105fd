"""Figures of pay: compa-ratios, merit increases, pay by gender.

Here: computing; pay is per year at full time, without hours (the generator pays by year and month). Not here: what is believable
(marginals.py).
"""

from __future__ import annotations

import polars as pl

from seeds.company.report.charts import Chart
from seeds.company.report.reading import Source, single

PERIODS = {"year": 1, "month": 12, "quarter": 4, "week": 52, "two_weeks": 26, "half_month": 24}
EURO = "EUR"
BIN = 0.05
FEWEST = 30


def _yearly(source: Source) -> pl.LazyFrame:
    """The pay of each person on the last day: employee_id, job_family, job_level, location, country, currency, pay."""
    until = source.parameters.until
    people = source.tables["employees"].filter(pl.col("termination_date").is_null() | (pl.col("termination_date") >= until))
    people = people.select("employee_id", "position_id", "location", "country", "fte_pct")
    jobs = source.tables["positions"].select("position_id", "job_family", "job_level")
    pay = source.tables["compensation_records"].filter(pl.col("effective_from") <= until).sort("effective_from")
    newest = pay.group_by("employee_id").last()
    rows = newest.join(people, on="employee_id").join(jobs, on="position_id")
    full_time = pl.when(pl.col("amount_basis") == "actual").then(pl.col("fte_pct") / 100).otherwise(1.0)
    periods = pl.col("pay_period").replace_strict(PERIODS, default=None, return_dtype=pl.Float64)
    return rows.select(
        "employee_id", "job_family", "job_level", "location", "country", "currency", pay=pl.col("base_amount") * periods / full_time
    )


def compa_ratios(source: Source) -> pl.DataFrame:
    """Pay against the middle of the band that holds on the last day: employee_id, job_level, compa_ratio."""
    keys = ["job_family", "job_level", "location"]
    bands = source.tables["salary_bands"].filter(pl.col("effective_from") <= source.parameters.until).sort("effective_from")
    rows = _yearly(source).join(bands.group_by([*keys, "currency"]).last(), on=[*keys, "currency"])
    return rows.select("employee_id", "job_level", compa_ratio=pl.col("pay") / pl.col("band_mid")).drop_nulls().collect()


def compa_chart(source: Source) -> Chart:
    """How compa-ratios spread."""
    share = compa_ratios(source).select(((pl.col("compa_ratio") / BIN).round() * BIN).round(2).alias("compa_ratio"))
    table = share.group_by("compa_ratio").agg(people=pl.len()).sort("compa_ratio")
    return Chart("Compa-ratios", table, "compa_ratio", ("people",), "pay / middle of the band", "people")


def pay_by_gender(source: Source) -> pl.DataFrame:
    """Pay in euro of women and men: country, job_level, gender, euro."""
    rates = source.tables["fx_rates"].filter(pl.col("rate_date") <= source.parameters.until, to_currency=EURO).sort("rate_date")
    newest = rates.group_by("from_currency").agg(pl.col("rate").last()).rename({"from_currency": "currency"})
    rows = _yearly(source).join(newest, on="currency", how="left")
    rate = pl.when(pl.col("currency") == EURO).then(1.0).otherwise("rate")
    people = source.tables["employee_demographics"].filter(pl.col("gender").is_in(["female", "male"])).select("employee_id", "gender")
    return rows.join(people, on="employee_id").select("country", "job_level", "gender", euro=pl.col("pay") * rate).drop_nulls().collect()


def gender_chart(source: Source) -> Chart:
    """Median pay of women and men by level."""
    table = pay_by_gender(source).pivot("gender", index="job_level", values="euro", aggregate_function="median").sort("job_level")
    names = tuple(name for name in ("female", "male") if name in table.columns)
    note = "Unadjusted: places and jobs differ. The gap that is planted is in the truth (pay_gap)."
    return Chart("Median pay by gender and level", table, "job_level", names, "job level", "euro per year at full time", note=note)


def gender_gap(source: Source) -> float | None:
    """How far the mean pay of women lies below that of men, within countries, weighed by the women there."""
    rows = pay_by_gender(source).group_by("country").agg(
        n=(pl.col("gender") == "female").sum(),
        women=pl.col("euro").filter(pl.col("gender") == "female").mean(),
        men=pl.col("euro").filter(pl.col("gender") == "male").mean(),
    ).drop_nulls()  # fmt: skip
    if rows.is_empty() or rows["n"].sum() < FEWEST:
        return None
    return float(rows.select((pl.col("n") * (1 - pl.col("women") / pl.col("men"))).sum() / pl.col("n").sum()).item())


def merit_increase(source: Source) -> float | None:
    """Median of the merit increases that were above zero, as a share of the pay before."""
    start = source.parameters.start
    rows = source.tables["compensation_records"].sort("employee_id", "effective_from").collect()
    before = pl.col("base_amount").shift(1).over("employee_id")
    same = pl.all_horizontal(
        pl.col(name) == pl.col(name).shift(1).over("employee_id") for name in ("currency", "pay_period", "amount_basis")
    )
    raised = rows.with_columns(raise_share=pl.when(same).then(pl.col("base_amount") / before - 1))
    share = raised.filter(pl.col("effective_from") >= start, change_reason="merit")["raise_share"].drop_nulls()
    share = share.filter(share > 0)
    return single(share.median()) if len(share) >= FEWEST else None
