"""What the pages show equals what the landing files hold: three companies, two roles, every page, and a wrong mart is found.

Belongs here: the proof. Does not belong here: what a number is (landing_oracle), where it stands (proof_pages, proof_trust).

Three companies are made, dirtied and published by the real pipeline; a second reader takes their landing files in plain pandas,
without warehouse, marts or the project's SQL, and the pages as rendered must say the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import streamlit as st

from tests.dashboards import proof_pages, proof_trust
from tests.dashboards.conftest import Open
from tests.dashboards.landing_oracle_figures import KEY, NUMBERS, Figures
from tests.dashboards.proof_companies import build_all
from tests.dashboards.proof_reading import Differences, Opened, Opens
from tests.dashboards.proof_views import View

AS_OF = "2026-06-30"
COMPANIES = ("130 people", "170 people", "300 people")
PUBLISHED = {
    "metric_values": ("values", KEY, NUMBERS),
    "rating_distribution": ("distribution", [*KEY[2:], "level"], [
        "n", "share", "n_rated", "n_before_calibration", "n_rated_before_calibration", "share_before_calibration", "n_at_lower_bound",
    ]),
    "review_funnel": ("funnel", ["period_id", "dimension", "member_id", "stage"], [
        "n_at_stage", "n_reached", "n_reviews", "n_people", "n_excluded",
    ]),
    "goal_overdue": ("overdue", ["dimension", "member_id", "overdue_bucket"], ["n_goals", "n_overdue", "n_due", "n_people"]),
    "goal_cascade": ("cascade", ["goal_key"], ["n_goals_below", "n_completed_below", "progress_below", "n_people", "n_excluded"]),
}  # fmt: skip


class Proof:
    """Homes of the companies and their figures by the second reader."""

    def __init__(self, homes: dict[str, Path]) -> None:
        self.homes = homes
        self._figures: dict[str, Figures] = {}

    def figures(self, company: str) -> Figures:
        """Read once."""
        if company not in self._figures:
            self._figures[company] = Figures(self.homes[company] / "landing", AS_OF)
        return self._figures[company]

    def partner_of(self, company: str) -> str:
        """The department of an HR partner: one with departments below it where there is one, else the greatest."""
        figures = self.figures(company)
        inner = {key for key in figures.parents.values() if isinstance(key, str) and isinstance(figures.parents[key], str)}
        people = figures.landing.tables["employees"].department_id.value_counts()
        leaves = [key for key, above in figures.parents.items() if isinstance(above, str)]
        return min(inner) if inner else max(leaves, key=lambda key: people.get(key, 0))


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Proof:
    folder = tmp_path_factory.mktemp("proof")  # pages keep snapshots open in this process: those of no other test
    return Proof(build_all(folder) | {"300 people": Path(shutil.copytree(demo_home, folder / "demo"))})


@pytest.fixture
def opens(opened: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """opens(page, home, view): the page with its downloads."""
    downloads: dict[str, str] = {}
    button = st.download_button

    def catching(label: str, *, data: Any, key: str, **rest: Any) -> Any:
        downloads[key] = data()
        return button(label, data=data, key=key, **rest)

    monkeypatch.setattr(st, "download_button", catching)

    def open_page(page: str, home: Path, view: View) -> Opened:
        downloads.clear()
        at = opened(page, view.role, home, **view.parameters())
        assert not at.exception, (page, view, at.exception)
        return Opened(at, dict(downloads))

    return open_page


def differences(opens: Opens, page: str, home: Path, figures: Figures, view: View) -> Differences:
    """What a page shows of a home, against the figures of its landing files."""
    shown = opens(page, home, view)
    d = Differences(f"{home.name}, {page}, {view}")
    if page == "data":
        proof_trust.data(d, shown, figures)
    elif page == "definitions":
        proof_trust.definitions(d, shown)
    else:
        {"overview": proof_pages.overview, "goals": proof_pages.goals, "reviews": proof_pages.reviews}[page](d, shown, figures, view)
    assert d.n_compared > 5, d.where
    return d


def views(role: str, scope: str, company: str) -> list[tuple[str, View]]:
    """Pages and links of a role; the companies share the work of looking at periods and dimensions."""
    at = COMPANIES.index(company)
    metric = ("average_rating", "pip_success_rate", "review_completion_rate")[at]
    other = ("top_performer_ratio", "rating_distribution", "average_rating")[at]
    base = View(role, scope if role == "hr_partner" else "")
    if role == "hr_partner":
        return [("overview", base), ("overview", View(role, scope, metric, by="year")), ("goals", base), ("reviews", base)]
    dimension, cycle = ("job_level", "location", "role_track")[at], ("2024-FY", "2025-H1", "2026-Q1-probation")[at]
    return [
        ("overview", base),
        ("overview", View(metric=metric, dimension=dimension)),
        ("overview", View(metric=other, dimension="job_family", by="cycle", period=cycle)),
        ("overview", View(metric=("rating_distribution", "goal_completion_rate", "pip_success_rate")[at], by="year", period="2025")),
        ("overview", View(metric="goal_completion_rate", by="year", period="2026")),
        ("overview", View(department=scope, by="quarter", period="2026-Q1")),
        ("goals", base),
        ("goals", View(department=scope, by="year")),
        ("reviews", base),
        ("reviews", View(department=scope, by="cycle", period=("2025-H1", "2026-H1", "2024-FY")[at])),
        ("data", View("data_admin")),
        ("definitions", View("analyst")),
    ]


@pytest.mark.parametrize("role", ["leader", "hr_partner"])
@pytest.mark.parametrize("company", COMPANIES)
def test_pages_show_what_the_landing_files_hold(proof: Proof, opens: Opens, company: str, role: str) -> None:
    scope = proof.partner_of(company)
    asked = views(role, scope, company)
    found = [differences(opens, page, proof.homes[company], proof.figures(company), view) for page, view in asked]
    assert not (wrong := "\n".join(said for d in found for said in d.found)), wrong


@pytest.mark.parametrize("company", COMPANIES)
def test_an_hr_partner_sees_departments_of_the_scope_and_the_company_only(proof: Proof, opens: Opens, company: str) -> None:
    figures, scope = proof.figures(company), proof.partner_of(company)
    inside = {key for key in figures.names if scope in figures.landing.above(key)}
    places = set()
    for page in ("overview", "goals", "reviews"):
        shown = opens(page, proof.homes[company], View("hr_partner", scope))
        for frame in shown.charts():
            if {"dimension", "member_id"} <= set(frame.columns):
                places |= set(zip(frame.dimension, frame.member_id, strict=True))
        for line in shown.charted("trend", "is_last", "value"):
            values = figures.values[(figures.values.metric == "goal_completion_rate") & (figures.values.dimension == "company")]
            d = Differences(company)
            d.rows("company", line, values[values.period_type == "quarter"], ["period_id"], ["value", "ci_low", "ci_high"])
            assert not d.found, d.found
        if shown.has_table("cascade"):
            assert set(shown.table("cascade").place) <= {"Company", *(figures.names[key] for key in inside)}
    assert ("company", "all") in places
    assert ("department", scope) in places
    assert places <= {("company", "all"), *(("department", key) for key in inside)}


def snapshot_of(home: Path) -> Path:
    """The current snapshot."""
    return home / "published" / f"{(home / 'published' / 'CURRENT').read_text().strip()}.duckdb"


def published_differences(home: Path, figures: Figures) -> Differences:
    """Every row of every published mart, against the landing files."""
    d = Differences(home.name)
    with duckdb.connect(str(snapshot_of(home)), read_only=True) as connection:
        for table, (name, key, numbers) in PUBLISHED.items():
            frame = connection.execute(f"from marts.{table}").df()
            expected = getattr(figures, name)
            d.rows(table, frame, expected, key, numbers)
            reasons = [rows.set_index(key).sort_index().suppression_reason.fillna("").tolist() for rows in (frame, expected)]
            d.equal(f"{table}, why hidden", *reasons)
    return d


@pytest.mark.parametrize("company", COMPANIES)
def test_every_published_row_is_what_the_landing_files_hold(proof: Proof, company: str) -> None:
    assert not (wrong := "\n".join(published_differences(proof.homes[company], proof.figures(company)).found)), wrong


def test_the_companies_have_what_the_proof_is_about(proof: Proof) -> None:
    values = pd.concat(proof.figures(company).values.assign(company=company) for company in COMPANIES)
    assert set(values.suppression_reason.dropna()) == {"too_few_people"}
    plans = values[(values.dimension == "company") & (values.metric == "pip_success_rate")].set_index("company")
    assert plans[plans.period_id == "2025"].is_all_or_none["130 people"]
    plans = plans.loc["170 people"]
    assert ((plans.n_excluded > 0) & (plans.denominator > 15)).any(), "a plan left out, and those that ended by leaving"
    few = values[(values.metric == "average_rating") & values.n_people.between(5, 9)]
    assert len(few) > 5
    assert few.ci_low.isna().all()
    assert len(proof.figures("130 people").landing.held_back) == 6
    departments = values[(values.dimension == "department") & (values.period_type == "year")]
    assert set(departments.is_reportable) == {True, False}


ALTERED = {  # what is wrong: how it came to be so
    "a company value, one hundredth up": """update marts.metric_values set value = value + 0.01
        where dimension = 'company' and period_id = '2026-Q2'""",
    "a hidden department unhidden": """update marts.metric_values set is_reportable = true, suppression_reason = null, numerator = 2,
        denominator = 3, value = 2 / 3, n_people = 3, n_excluded = 0
        where metric = 'pip_success_rate' and dimension = 'department' and period_id = '2025'
        and not is_reportable""",
    "one goal more in a department": """update marts.metric_values set numerator = numerator + 1 where dimension = 'department'
        and member_id = 'D0002' and period_id = '2026-Q2'""",
    "an interval a little narrower": """update marts.metric_values set ci_low = ci_low + 0.02 where dimension = 'company'
        and metric = 'top_performer_ratio' and period_type = 'cycle'""",
    "a rating at another level": """update marts.rating_distribution set n = n + 1, share = share + 1 / n_rated where dimension = 'company'
        and level = 4""",
    "a review further than it is": "update marts.review_funnel set n_reached = n_reached + 1 where stage = 'calibration'",
    "an overdue goal forgotten": "update marts.goal_overdue set n_goals = n_goals - 1 where overdue_bucket = 'over_180'",
    "progress below a goal": "update marts.goal_cascade set progress_below = progress_below + 0.5",
}
SEEN = {  # the page on which it shows
    "2026-Q2": ("overview", View()),
    "pip_success_rate": ("overview", View(metric="pip_success_rate")),
    "top_performer_ratio": ("overview", View(metric="top_performer_ratio")),
    "review_funnel": ("reviews", View()),
    "rating_distribution": ("reviews", View()),
    "goal_": ("goals", View()),
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_wrong_mart_is_found_on_its_page_and_in_the_snapshot(proof: Proof, opens: Opens, tmp_path: Path, what: str) -> None:
    shutil.copytree(proof.homes["170 people"] / "published", tmp_path / "published")
    file = snapshot_of(tmp_path)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        assert connection.execute(ALTERED[what]).fetchone()[0] > 0
    figures = proof.figures("170 people")
    page, view = next(seen for word, seen in SEEN.items() if word in ALTERED[what])
    assert not differences(opens, page, proof.homes["170 people"], figures, view).found
    assert differences(opens, page, tmp_path, figures, view).found
    assert published_differences(tmp_path, figures).found
