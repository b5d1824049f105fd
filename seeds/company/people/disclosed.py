"""The table `employee_demographics`: what people have told of themselves.

Here: what of it was given, and to whom the question was put. Not here: who people are (history/demographics.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import date_series
from seeds.company.history.demographics import ETHNICITIES, GENDERS
from seeds.company.history.record import History
from seeds.company.sink import words

NO_ETHNICITY_SHARE = 0.25


def employee_demographics(history: History) -> pl.DataFrame:
    """One row per person hired by the last day who has given anything; asked once, when they came."""
    draws, people = history.parameters.draws("disclosed"), history.people
    missing = history.parameters.demographics_missing_share
    here = np.flatnonzero(people["first_hired"] <= history.until)
    person = here[~draws.sub("missing").chance(missing, here)]
    silent = draws.sub("ethnicity").chance(NO_ETHNICITY_SHARE, person)
    return pl.DataFrame(
        {
            "employee_id": history.employee_id(person),
            "birth_year": date_series("born", people["born"][person]).dt.year().cast(pl.Int64),
            "gender": words(GENDERS, people["gender"][person]),
            "ethnicity": words(ETHNICITIES, np.where(silent, -1, people["ethnicity"][person])),
        }
    ).sort("employee_id")
