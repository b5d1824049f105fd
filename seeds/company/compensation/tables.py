"""The tables of pay: records, decisions, and what they are held against; the truth about the pay gap.

Here: their columns, as known on the last day. Not here: why anybody is paid what they are (history/pay.py, history/awards.py).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from seeds.company.compensation.market import CURRENCIES, CURRENCY_OF, LEVEL_STEP, bonus_target, month_number
from seeds.company.compensation.references import benchmarks, exchange_rates, salary_bands
from seeds.company.days import Floats, date_series
from seeds.company.history.awards import KINDS, MARKET
from seeds.company.history.demographics import FEMALE, MALE
from seeds.company.history.ledger import Indices
from seeds.company.history.pay import CHANGE_REASONS, Pay
from seeds.company.history.record import History
from seeds.company.history.structure import INTERN, LOCATIONS
from seeds.company.reviews.course import course
from seeds.company.reviews.stages import DAY
from seeds.company.sink import Evidence, Rows

# By place, in the order of LOCATIONS: pay quoted by month, and quoted as if everybody worked full time.
MONTHLY = np.array([place in {"Kraków", "Pune"} for place in LOCATIONS])
FULL_TIME_BASIS = np.array([place in {"Kraków", "Toronto", "Remote"} for place in LOCATIONS])
CODES = ["MER", "PRO", "MKT", "BON", "EQU"]
EVERYBODY = "ALL"
CHUNK_MONTHS = 6


def _currency(place: Indices) -> pl.Series:
    return pl.Series(CURRENCIES, dtype=pl.String).gather(CURRENCY_OF[place])


def _share_worked(history: History, person: Indices) -> Floats:
    result: Floats = history.people["fte_pct"][person] / 100
    return result


def _records(history: History, changes: pl.DataFrame) -> pl.DataFrame:
    """Table `compensation_records` of some days' changes: what several changes on one day come to, with the first reason.

    Reasons are in order: a promotion with a move is a promotion.
    """
    day = changes.group_by("person", "day", maintain_order=True).agg(
        pl.col("log_amount", "place", "family", "level").last(), pl.col("reason").min()
    )
    person, place = day["person"].to_numpy(), day["place"].to_numpy()
    kind = history.people["employment_type"][person]
    full_time = np.round(np.exp(day["log_amount"].to_numpy()), 2)
    amount = full_time * np.where(FULL_TIME_BASIS[place], 1, _share_worked(history, person)) / np.where(MONTHLY[place], 12, 1)
    target = pl.Series(bonus_target(day["family"].to_numpy(), day["level"].to_numpy()))
    return pl.DataFrame(
        {
            "employee_id": history.employee_id(person),
            "effective_from": date_series("effective_from", day["day"].to_numpy()),
            "base_amount": np.round(amount, 2),
            "pay_period": pl.Series(["year", "month"]).gather(MONTHLY[place].astype(np.int64)),
            "amount_basis": pl.Series(["actual", "full_time_equivalent"]).gather(FULL_TIME_BASIS[place].astype(np.int64)),
            "currency": _currency(place),
            "bonus_target_pct": target.set(pl.Series(kind == INTERN), None),
            "change_reason": pl.Series(CHANGE_REASONS).gather(day["reason"].to_numpy()),
        }
    )


def _reviews(history: History) -> pl.DataFrame:
    """The regular reviews there were by the last day: person, period_end, delivered_on (a day number) and the identifier."""
    found = [
        course(history, number).select(
            "person",
            (pl.col("delivered_at") // DAY).alias("delivered_on"),
            pl.lit(cycle.period_end).cast(pl.Int64).alias("period_end"),
            pl.lit(cycle.review_cycle_id).alias("name"),
        )
        for number, cycle in enumerate(history.cycles)
        if cycle.cadence != "probation" and cycle.opens <= history.until
    ]
    nothing = pl.DataFrame(schema={"person": pl.Int64, "delivered_on": pl.Int64, "period_end": pl.Int64, "name": pl.String})
    reviews = pl.concat([nothing, *found])
    reviews = reviews.with_columns(history.employee_id(reviews["person"]))
    return reviews.select("person", "period_end", "delivered_on", review_id=pl.format("{}-{}", "name", "employee_id"))


def _decisions(history: History, awards: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Table `compensation_decisions` of some of the awards, with the status of the last day.

    A decision names the review that it rests on if it was delivered when the decision was proposed; without, it rests on what the
    manager said.
    """
    until = history.until
    awards = awards.join(reviews, on=["person", "period_end"], how="left", maintain_order="left")
    person, place = awards["person"].to_numpy(), awards["place"].to_numpy()
    status = (
        pl.when(pl.col("refused_on") <= until).then(pl.lit("rejected"))
        .when(pl.col("day") <= until).then(pl.lit("applied"))
        .when(pl.col("decided_on") <= until).then(pl.lit("approved"))
        .otherwise(pl.lit("proposed"))
    )  # fmt: skip
    awards = awards.with_columns(
        status=status,
        review_id=pl.when(pl.col("delivered_on") <= pl.col("proposed_on")).then("review_id"),
        employee_id=history.employee_id(person),
        effective_on=date_series("effective_on", awards["day"].to_numpy()),
        decision_type=pl.Series(KINDS).gather(awards["kind"]),
        currency=_currency(place),
        amount=pl.Series(np.round(awards["amount"].to_numpy() * _share_worked(history, person), 2)),
        # Pay of everybody can change on a day on which somebody's was to follow the market anyway.
        code=pl.when((pl.col("kind") == MARKET) & (pl.col("proposed_on") == pl.col("day"))).then(pl.lit(EVERYBODY))
        .otherwise(pl.Series(CODES).gather(awards["kind"])),
    )  # fmt: skip
    return awards.select(
        pl.format("{}-{}-{}", pl.col("effective_on").dt.strftime("%Y%m%d"), "code", "employee_id").alias("decision_id"),
        "employee_id", "review_id", "decision_type", "effective_on", "amount", "currency", "status",
    )  # fmt: skip


def pay_gap(history: History, pay: Pay) -> pl.DataFrame:
    """Truth `pay_gap` (measure, value): log pay of women less that of men, of the staff on the last day.

    `direct`: in the same job, as planted. `through_level`: what their job levels account for. `total`: of the means, in euro. Null
    without women or men.
    """
    staff = history.staff_on(history.until).filter(~pl.col("temporary"))
    latest = (
        pay.changes.frame()
        .filter(pl.col("day") <= history.until)
        .sort("day", maintain_order=True)
        .group_by("person", maintain_order=True)
        .last()
    )
    paid = staff.select("person", "level").join(
        latest.select("person", "log_amount", "place"), on="person", how="inner", maintain_order="left"
    )
    gender = history.people["gender"][paid["person"].to_numpy()]
    rate = pay.market.in_euro(CURRENCY_OF[paid["place"].to_numpy()], month_number(history.until + 1) - 1)
    log_pay, level = paid["log_amount"].to_numpy() + np.log(rate), paid["level"].to_numpy()
    women, men = gender == FEMALE, gender == MALE

    def between(values: Floats) -> float | None:
        return float(values[women].mean() - values[men].mean()) if women.any() and men.any() else None

    values = {
        "direct": history.parameters.gender_pay_gap,
        "through_level": between(LEVEL_STEP * level),
        "total": between(log_pay),
    }
    return pl.DataFrame({"measure": list(values), "value": list(values.values())}, schema_overrides={"value": pl.Float64})


def write(history: History, rows: Rows, _evidence: Evidence) -> None:
    """The tables of pay, and the truth `pay_gap`."""
    pay = history.workforce.workplace.pay
    until = history.until
    changes = pay.changes.frame().filter(pl.col("day") <= until).sort("day", maintain_order=True)
    awards = pay.awards.frame().filter(pl.col("proposed_on") <= until).sort("proposed_on", "person", "kind")
    reviews = _reviews(history)
    edges = [-(10**6), *(first for first, _ in history.months[::CHUNK_MONTHS]), history.end + 1]
    for first, after in pairwise(edges):
        rows.table("compensation_records", _records(history, changes.filter(pl.col("day").is_between(first, after, closed="left"))))
        some = awards.filter(pl.col("proposed_on").is_between(first, after, closed="left"))
        rows.table("compensation_decisions", _decisions(history, some, reviews))
    rows.table("salary_bands", salary_bands(pay.market, history))
    rows.table("market_salary_benchmarks", benchmarks(pay.market, history))
    rows.table("fx_rates", exchange_rates(pay.market, history))
    rows.truth("pay_gap", pay_gap(history, pay))
