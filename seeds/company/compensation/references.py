"""What pay is held against: salary bands, market benchmarks and exchange rates.

Here: which of them a company holds on the last day, and the tables' columns. Not here: the law of pay in the market and the
bands (market.py), what people are paid (tables.py).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from seeds.company.compensation.market import BAND_REACH, CURRENCIES, CURRENCY_OF, PAY_FAMILIES, Market, month_number
from seeds.company.days import Floats, date_series, day_number
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import CHIEF_LEVEL, LOCATIONS, position_table

BAND_YEARS_BEFORE, BENCHMARK_YEARS_BEFORE, RATE_YEARS_BEFORE = 3, 2, 26
# By provider: the survey's day (month), days until it is out, age of its data in years, jobs covered, bias, and noise of a cell.
PROVIDERS = {
    "Halden Pay Survey": (3, 60, 0.2, 0.90, 0.01, 0.025),
    "Brightwater Salary Index": (9, 75, 0.5, 0.70, -0.02, 0.04),
}
MARKET_SD, MARKET_SD_SPREAD = 0.15, 0.10
QUANTILES = {"p10": -1.2816, "p25": -0.6745, "p50": 0.0, "p75": 0.6745, "p90": 1.2816}
SIGNIFICANT = 3


def _rounded(amount: Floats) -> Floats:
    """To the nearest of the powers of ten that leave SIGNIFICANT digits or one more."""
    unit = 10.0 ** (np.floor(np.log10(amount)) - SIGNIFICANT)
    result: Floats = np.round(amount / unit) * unit
    return result


def _currency(place: Indices) -> pl.Series:
    return pl.Series(CURRENCIES, dtype=pl.String).gather(CURRENCY_OF[place])


def salary_bands(market: Market, history: History) -> pl.DataFrame:
    """Table `salary_bands`: one row per family, level, place and year that had begun by the last day."""
    jobs = [(family, level) for family in range(len(PAY_FAMILIES) - 1) for level in range(1, CHIEF_LEVEL)]
    jobs.append((len(PAY_FAMILIES) - 1, CHIEF_LEVEL))
    parameters = history.parameters
    first = [day_number(dt.date(year, 1, 1)) for year in range(parameters.start.year - BAND_YEARS_BEFORE, parameters.until.year + 1)]
    day, job, place = (axis.ravel() for axis in np.meshgrid(first, np.arange(len(jobs)), np.arange(len(LOCATIONS)), indexing="ij"))
    family, level = np.array(jobs)[job].T
    middle = _rounded(np.exp(market.middle(family, level, place, day)))
    return pl.DataFrame(
        {
            "job_family": pl.Series(PAY_FAMILIES).gather(family),
            "job_level": level,
            "location": pl.Series(LOCATIONS).gather(place),
            "effective_from": date_series("effective_from", day),
            "currency": _currency(place),
            "band_min": np.round(middle * (1 - BAND_REACH), 2),
            "band_mid": np.round(middle, 2),
            "band_max": np.round(middle * (1 + BAND_REACH), 2),
        }
    )


def _survey(market: Market, history: History, number: int, year: int) -> pl.DataFrame:
    """What provider `number` published of its survey in `year`."""
    month, _, age, covered, bias, noise = list(PROVIDERS.values())[number]
    draws = history.parameters.draws("benchmarks")
    day = day_number(dt.date(year, month, 1))
    jobs = position_table()
    job, place = (axis.ravel() for axis in np.meshgrid(np.arange(len(jobs)), np.arange(len(LOCATIONS)), indexing="ij"))
    kept = draws.sub("covered").chance(covered, number, job, place)
    job, place = job[kept], place[kept]
    family = jobs["job_family"].replace_strict(PAY_FAMILIES, range(len(PAY_FAMILIES)), return_dtype=pl.Int64).to_numpy()[job]
    level = jobs["job_level"].to_numpy()[job]
    # The data are older than the survey's day: the market of that time, with what a small sample adds.
    middle = market.median(family, level, place, day - round(age * 365)) + bias
    middle = middle + noise * draws.sub("noise").normal(number, job, place, year)
    spread = MARKET_SD * np.exp(MARKET_SD_SPREAD * draws.sub("spread").normal(number, job, place))
    return pl.DataFrame(
        {
            "market_job_code": jobs["market_job_code"].gather(job),
            "job_level": level,
            "location": pl.Series(LOCATIONS).gather(place),
            "as_of": date_series("as_of", np.full(len(job), day)),
            "provider": [list(PROVIDERS)[number]] * len(job),
            "currency": _currency(place),
            **{name: np.round(_rounded(np.exp(middle + spread * quantile)), 2) for name, quantile in QUANTILES.items()},
        }
    )


def benchmarks(market: Market, history: History) -> pl.DataFrame:
    """Table `market_salary_benchmarks`: the surveys that were out by the last day."""
    years = range(history.parameters.start.year - BENCHMARK_YEARS_BEFORE, history.parameters.until.year + 1)
    surveys = [
        _survey(market, history, number, year)
        for number, (month, days_until_out, *_) in enumerate(PROVIDERS.values())
        for year in years
        if day_number(dt.date(year, month, 1)) + days_until_out <= history.until
    ]
    return pl.concat(surveys)


def exchange_rates(market: Market, history: History) -> pl.DataFrame:
    """Table `fx_rates`: euro for a unit of each other currency at every month's end, from before the first hire on."""
    first = int(month_number(day_number(history.parameters.start))) - 12 * RATE_YEARS_BEFORE
    months = np.arange(first, int(month_number(history.until + 1)))
    ends = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    currency, index = (axis.ravel() for axis in np.meshgrid(np.arange(1, len(CURRENCIES)), np.arange(len(months)), indexing="ij"))
    return pl.DataFrame(
        {
            "rate_date": date_series("rate_date", ends[index]),
            "from_currency": pl.Series(CURRENCIES).gather(currency),
            "to_currency": ["EUR"] * len(index),
            "rate": np.round(market.in_euro(currency, months[index]), 8),
        }
    )
