"""The company beside published figures of real ones, and the page that shows it.

Sources and reasons of the bounds stand with each figure in seeds/company/report/marginals.py.
"""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seeds.company import Company, Parameters, generate, make
from seeds.company.dirt import Dirtied
from seeds.company.report import Report, describe, marginals, page, pay, ratings, read, workforce
from seeds.company.report.charts import Chart, draw, ticks
from seeds.company.writing import Files


@pytest.fixture(scope="module")
def report(company: Company) -> Report:
    return describe(company)


def test_the_company_lies_within_what_has_been_published(report: Report) -> None:
    for each in report.marginals:
        print(f"{each.name}: {each.value} ({each.low} to {each.high}; published {each.published}: {each.source})")  # noqa: T201 (asked for)
    outside = [f"{each.name} is {each.value}, not {each.low} to {each.high}" for each in report.marginals if not each.is_believable]
    assert outside == []


# What was agreed on for this company, whatever else is believable.
AGREED = {
    "Managers: correlation of two managers' ratings of one person": (0.45, 0.60),
    "Median span of control": (6.0, 8.0),
}


def test_the_bounds_that_were_agreed_on_are_the_ones_that_are_held(report: Report) -> None:
    held = {each.name: (each.low, each.high) for each in report.marginals}
    assert {name: held[name] for name in AGREED} == AGREED
    assert all(each.source and each.published for each in report.marginals)


# ---------------------------------------------------------------------- figures of companies whose answer is known


def company_of(until: dt.date = dt.date(2026, 6, 30), **tables: pl.DataFrame) -> Company:
    """A company with these tables and no others."""
    return Company(Parameters(employees=20, until=until), tables, {})


def people(*spans: tuple[dt.date, dt.date | None, str | None]) -> pl.DataFrame:
    """Regular employees with these first and last days and kinds of exit."""
    rows = [(f"E{number}", "full_time", *span) for number, span in enumerate(spans)]
    return pl.DataFrame(rows, schema=["employee_id", "employment_type", "hire_date", "termination_date", "termination_type"], orient="row")


def test_exits_by_tenure_count_the_time_that_people_could_have_left_in() -> None:
    # The history begins on 2023-07-01. One came two years before and left a year into it; one came later and stays.
    table = workforce.exits_by_tenure(read(company_of(employees=people(
        (dt.date(2021, 7, 1), dt.date(2024, 7, 1), "voluntary"), (dt.date(2026, 1, 1), None, None),
    ))))  # fmt: skip
    years = dict(table.select("tenure", "person_years").iter_rows())
    assert years["0 to 0.5"] == pytest.approx(180 / 365.25, abs=0.01)
    assert years["2 to 3"] == pytest.approx(1.0, abs=0.01)
    assert sum(years.values()) == pytest.approx(1.5, abs=0.01)
    assert dict(table.filter(pl.col("exits") > 0).select("tenure", "exits").iter_rows()) == {"3 to 5": 1}


def test_people_on_contracts_that_end_are_not_counted() -> None:
    rows = people((dt.date(2020, 1, 1), dt.date(2025, 1, 1), "end_of_contract")).with_columns(employment_type=pl.lit("contract"))
    assert workforce.spells(read(company_of(employees=rows))).is_empty()


def test_the_raters_share_of_variance_is_found_again() -> None:
    # 400 people, five raters each, the person's part 1 and the rater's part 3: three quarters lie with the raters.
    random = np.random.default_rng(1)
    person, rater = np.repeat(random.standard_normal(400), 5), np.sqrt(3) * random.standard_normal(2000)
    rows = pl.DataFrame(
        {"assessment_id": [f"A{n}" for n in range(2000)], "review_id": [f"R{n // 5}" for n in range(2000)],
         "relationship": ["peer"] * 2000, "rating": person + rater}
    )  # fmt: skip
    source = read(company_of(review_assessments=rows))
    assert ratings.rater_share(source) == pytest.approx(0.75, abs=0.04)
    assert ratings.agreement(source, "peer", "peer") == pytest.approx(0.25, abs=0.04)


def test_two_managers_agree_as_far_as_their_ratings_do_and_one_with_herself_is_no_second() -> None:
    random = np.random.default_rng(2)
    people_rated = random.standard_normal(1000)
    cycles = pl.DataFrame(
        {"review_cycle_id": ["A", "B"], "cadence": ["annual"] * 2, "period_end": [dt.date(2024, 12, 31), dt.date(2025, 12, 31)]}
    )
    changes = np.arange(1000) < 500  # the others keep their manager, who gives the same rating again
    first = people_rated + random.standard_normal(1000)
    second = np.where(changes, people_rated + random.standard_normal(1000), first)
    rows = [pl.DataFrame({"employee_id": np.arange(1000).astype(str), "review_cycle_id": cycle, "manager_rating": rating,
                          "manager_id": np.where(changes, cycle, "same")}) for cycle, rating in (("A", first), ("B", second))]  # fmt: skip
    found = ratings.agreement_of_managers(read(company_of(review_cycles=cycles, reviews=pl.concat(rows))))
    assert found == pytest.approx(0.5, abs=0.1)


def test_pay_is_compared_per_year_at_full_time() -> None:
    day = dt.date(2025, 1, 1)
    tables = {
        "employees": pl.DataFrame({"employee_id": ["A", "B"], "position_id": ["P", "P"], "location": ["X", "X"], "fte_pct": [50.0, 100.0]}),
        "positions": pl.DataFrame({"position_id": ["P"], "job_family": ["f"], "job_level": [2]}),
        "salary_bands": pl.DataFrame({"job_family": ["f"], "job_level": [2], "location": ["X"], "effective_from": [day],
                                      "currency": ["EUR"], "band_mid": [48_000.0]}),
        "compensation_records": pl.DataFrame({"employee_id": ["A", "B"], "effective_from": [day, day], "base_amount": [2_000.0, 60_000.0],
                                              "pay_period": ["month", "year"], "amount_basis": ["actual", "full_time_equivalent"],
                                              "currency": ["EUR", "EUR"]}),
    }  # fmt: skip
    found = dict(pay.compa_ratios(read(company_of(**tables))).select("employee_id", "compa_ratio").iter_rows())
    assert found == {"A": pytest.approx(1.0), "B": pytest.approx(1.25)}


def test_a_company_without_rows_has_no_figures_and_a_page_all_the_same() -> None:
    empty = describe(company_of())
    assert {each.value for each in empty.marginals} == {None}
    assert "too little data" in page.page(empty)


def test_dirt_is_no_part_of_what_is_described(tmp_path: Path) -> None:
    parameters, wanted = Parameters(employees=200), ("employees", "employment_spells", "departments", "job_history")
    files = Files(tmp_path, "csv")
    make(parameters, Dirtied(files, 0.1, parameters), tables=wanted)
    files.close(parameters)
    dirty, clean = read(tmp_path), read(generate(parameters, tables=wanted))
    assert pl.read_parquet(tmp_path / "truth" / "dirt.parquet").filter(table_name="employees").height > 20
    assert workforce.spells(dirty).sort(pl.all()).equals(workforce.spells(clean).sort(pl.all()))
    assert workforce.spans(dirty).equals(workforce.spans(clean))


def test_a_folder_is_described_as_the_company_in_memory(company_folder: Path, report: Report) -> None:
    found = {each.name: each.value for each in marginals(read(company_folder))}
    assert found == {each.name: pytest.approx(each.value) for each in report.marginals}


# ---------------------------------------------------------------------- the page


class Tags(HTMLParser):
    """The tags of a page with their attributes; every one that opens must be closed."""

    VOID = ("meta", "line", "rect", "polyline")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self.open.append(tag)
        if tag == "meta":
            self.open.pop()

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def html(report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "describe.html"
    page.write_html(report, path)
    return path.read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_elsewhere(html: str) -> None:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert not {tag for tag, _ in tags.found} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, attributes in tags.found for name in attributes if name in {"src", "href"}]
    assert not re.search(r"url\(|@import|https?:", html)


def test_every_chart_has_axis_titles_and_its_numbers_as_a_table(html: str, report: Report) -> None:
    charts = [chart for _, section in report.sections for chart in section]
    assert html.count("<details>") == len(charts) > 12
    assert html.count("<svg") == len(charts)  # none is empty
    assert html.count('class="axis"') == 2 * len(charts)


def test_every_setting_is_on_the_page_with_what_it_does(html: str) -> None:
    for name, field in Parameters.model_fields.items():
        assert f"<code>{name}</code>" in html
        assert field.description, name


def test_what_is_written_on_the_page_is_text_and_no_markup() -> None:
    chart = Chart("<b>", pl.DataFrame({"x": ["<i>"], "y": [1.0]}), "x", ("y",), "&", "<u>")
    drawn = draw(chart)
    assert not re.search(r"<(b|i|u)>", drawn)
    assert "&lt;i&gt;" in drawn


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 0), (-3.2, 7), (0, 123_456), (0.93, 1.02)])
def test_ticks_hold_all_values_and_are_few(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert marks[0] <= low + 1e-9
    assert marks[-1] >= high - 1e-9
    assert 2 <= len(marks) <= 8
    assert np.allclose(np.diff(marks), marks[1] - marks[0])
