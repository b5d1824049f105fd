"""The description of a company: its figures and charts.

Here: what belongs on it and in what order. Not here: computing, drawing, the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seeds.company.company import Company
from seeds.company.parameters import Parameters
from seeds.company.report import doings, pay, ratings, workforce
from seeds.company.report.charts import Chart
from seeds.company.report.marginals import Marginal, marginals
from seeds.company.report.reading import read

SECTIONS = (
    ("People", (workforce.headcount, workforce.moves, workforce.turnover_by_tenure, workforce.span_chart)),
    ("Ratings", (ratings.share_chart, ratings.relation_chart, ratings.calibration_chart)),
    ("Work", (doings.goal_chart, doings.feedback_chart, doings.check_in_chart, doings.survey_chart, doings.tone_chart)),
    ("Pay", (pay.compa_chart, pay.gender_chart)),
    ("Tables", (doings.rows_chart, doings.missing_chart)),
)


@dataclass(frozen=True)
class Report:
    """What there is to say of a company: figures beside published ones, and charts by section."""

    parameters: Parameters
    marginals: list[Marginal]
    sections: list[tuple[str, list[Chart]]]


def describe(company: Company | Path) -> Report:
    """Describe a company in memory or the folder it was written to (landing/ and truth/).

    Raises FileNotFoundError where the folder holds no generated company.
    """
    source = read(company)
    sections = [(title, [chart(source) for chart in charts]) for title, charts in SECTIONS]
    return Report(source.parameters, marginals(source), sections)
