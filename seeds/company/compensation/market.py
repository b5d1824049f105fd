"""What jobs pay: in the labour market on a day, in the company's salary bands, and what currencies are worth.

Here: the law of each, as functions of the parameters and the day alone. Not here: what a person is paid (history/pay.py), the
tables (references.py).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from seeds.company.days import Days, Floats, day_number
from seeds.company.history.structure import FAMILIES
from seeds.company.parameters import Parameters

Indices = npt.NDArray[np.int64]

PAY_FAMILIES = [*FAMILIES, "executive"]
FAMILY_FACTOR = np.array([1.12, 1.05, 0.92, 0.82, 1.10, 0.96, 1.04, 0.95, 1.30])
LEVEL_STEP = float(np.log(1.22))
BASE = 24_000.0
CURRENCIES = ["EUR", "PLN", "GBP", "CAD", "INR"]
PER_EURO = np.array([1.0, 4.30, 0.86, 1.47, 90.0])
STEPPING = CURRENCIES.index("GBP")
# By place, in the order of LOCATIONS.
CURRENCY_OF = np.array([0, 1, 2, 3, 4, 0])
PLACE_FACTOR = np.array([1.00, 0.95, 1.35, 1.50, 0.38, 1.65])
PLACE_GROWTH = np.array([0.0, 0.010, 0.0, 0.0, 0.015, 0.0])
# Yearly amounts are whole multiples of this, by place: round numbers by month where pay is quoted by month.
GRID = np.array([50.0, 120.0, 50.0, 50.0, 1200.0, 50.0])
LOG_PLACE = np.log(BASE * PLACE_FACTOR * PER_EURO[CURRENCY_OF])
# Bands are set on 1 January to what the market paid three months before; they reach a fifth to each side.
BAND_LAG = 0.25
BAND_REACH = 0.20
# Half of a year's surprise in the market is shared by all families.
SHARED = np.sqrt(0.5)
YEARS_BEFORE, YEARS_AFTER = 28, 3
# Bonus target in percent of base pay by job level 0..12; sales people have more.
BONUS_TARGET = np.array([0, 5, 5, 8, 10, 12, 15, 20, 25, 30, 35, 45, 60], dtype=np.float64)
SALES, SALES_MORE = FAMILIES.index("sales"), 10.0
FX_SD = 0.011
FX_STEP_AT = 0.6


def years_of(day: npt.ArrayLike) -> Floats:
    """The calendar year of each day with the share of it that has gone."""
    days = np.asarray(day, dtype=np.int64)
    year = days.astype("datetime64[D]").astype("datetime64[Y]")
    result: Floats = year.astype(np.int64) + 1970 + (days - year.astype("datetime64[D]").astype(np.int64)) / 366
    return result


def month_number(day: npt.ArrayLike) -> Indices:
    """Months since January 1970."""
    months: Indices = np.asarray(day, dtype=np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def bonus_target(family: Indices, level: Indices) -> Floats:
    """Bonus target of each job, in percent of base pay."""
    result: Floats = BONUS_TARGET[level] + SALES_MORE * (family == SALES)
    return result


class Market:
    """Log of yearly full-time base pay in local currency, by family (index into PAY_FAMILIES, -1 the last), level and place."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._origin = parameters.start.year
        self._first = self._origin - YEARS_BEFORE
        draws = parameters.draws("market")
        years = np.arange(self._first, parameters.horizon.year + YEARS_AFTER)
        family = np.arange(len(PAY_FAMILIES))[:, None]
        surprise = SHARED * draws.sub("all").normal(years) + np.sqrt(1 - SHARED**2) * draws.sub("family").normal(family, years)
        growth = parameters.market_growth + parameters.market_drift_sd * surprise
        walk = np.concatenate((np.zeros((len(PAY_FAMILIES), 1)), np.cumsum(growth, axis=1)), axis=1)
        self._walk = walk - walk[:, [self._origin - self._first]]
        self._fx_first = int(month_number(day_number(dt.date(self._first, 1, 1))))
        months = np.arange(self._fx_first, int(month_number(day_number(parameters.horizon))) + 12)
        steps = FX_SD * draws.sub("fx").normal(np.arange(len(CURRENCIES))[:, None], months)
        steps[0] = 0.0
        start, horizon = day_number(parameters.start), day_number(parameters.horizon)
        jump = months == month_number(start + round((horizon - start) * FX_STEP_AT))
        walk = np.cumsum(steps, axis=1)
        walk -= walk[:, [int(month_number(start) - self._fx_first)]]
        walk[STEPPING] += np.cumsum(np.log1p(parameters.fx_step) * jump)
        self._fx = walk - np.log(PER_EURO)[:, None]

    def _at(self, family: Indices, level: Indices, place: Indices, time: Floats) -> Floats:
        position = np.clip(time - self._first, 0, self._walk.shape[1] - 1.001)
        year = position.astype(np.int64)
        share = position - year
        grown = self._walk[family, year] * (1 - share) + self._walk[family, year + 1] * share
        grown = grown + PLACE_GROWTH[place] * (time - self._origin)
        result: Floats = LOG_PLACE[place] + np.log(FAMILY_FACTOR)[family] + LEVEL_STEP * (level - 1) + grown
        return result

    def median(self, family: Indices, level: Indices, place: Indices, day: Days | int) -> Floats:
        """Log of what the market pays the job in the middle on `day`."""
        return self._at(family, level, place, years_of(day))

    def middle(self, family: Indices, level: Indices, place: Indices, day: Days | int) -> Floats:
        """Log of the middle of the company's band in force on `day`."""
        return self._at(family, level, place, np.floor(years_of(day)) - BAND_LAG)

    def in_euro(self, currency: Indices, month: Indices | int) -> Floats:
        """Euro per unit of each currency at the end of each `month` (counted from January 1970)."""
        column = np.asarray(month) - self._fx_first
        result: Floats = np.exp(self._fx[currency, np.clip(column, 0, self._fx.shape[1] - 1)])
        return result
