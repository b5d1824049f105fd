"""Links and doors in a real browser: a link shows the same view to a colleague, and nobody sees what is not theirs.

Belongs here: URLs, downloads, who is let in, from where. Does not belong here: the door's rules one by one (dashboards/test_door).
"""

from __future__ import annotations

import csv
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from playwright.sync_api import Browser

from dashboards.registry import PAGES
from tests.browser.conftest import Look, served
from tests.browser.looking import Visit

LABELS = ("Goal completion rate", "Review completion rate", "Average rating", "Top performer ratio", "Improvement plan success rate")


@pytest.fixture(scope="module")
def shut(home: Path) -> Iterator[str]:
    """The same home served as it is by default: no development mode, nobody signed in."""
    with served(home, development=False) as address:
        yield address


def figures(visit: Visit) -> dict[str, str]:
    """The figures of the overview."""
    return {label: visit.figure(label) for label in LABELS}


def test_a_link_made_by_choosing_shows_a_colleague_the_same_view(look: Look, browser: Browser, address: str) -> None:
    mine = look().open()
    whole = figures(mine)
    for label, choice in (("Whose figures", "Engineering"), ("Compare groups by", "Job levels"), ("Figure to look into", "Average rating")):
        mine.page.get_by_role("combobox", name=label).click()
        mine.page.get_by_role("option", name=choice).first.click()
        mine.page.wait_for_function("name => document.body.innerText.includes(name)", arg=choice)
        mine.drawn()
    mine.page.get_by_text("Years", exact=True).click()
    mine.page.wait_for_url("**by=year**")
    mine.drawn()
    mine.page.wait_for_function("() => document.querySelector('.st-key-answer_main')?.innerText.includes('Average rating in 20')")
    for part in ("department=", "dimension=job_level", "metric=average_rating", "by=year"):
        assert part in mine.page.url
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    try:
        colleague = Visit.begun(context, address)
        colleague.page.goto(mine.page.url)
        colleague.drawn()
        colleague.page.wait_for_function("() => document.querySelector('.st-key-answer_main')")
        assert colleague.page.locator(".st-key-answer_main").inner_text() == mine.page.locator(".st-key-answer_main").inner_text()
        assert figures(colleague) == figures(mine) != whole
        assert colleague.page.url == mine.page.url
        assert not colleague.troubles + mine.troubles
    finally:
        context.close()


@pytest.mark.parametrize(
    ("role", "parameters", "words"),
    [
        ("leader", {"department": "D9999"}, "Department “D9999” is not here, or not in your scope"),
        ("hr_partner", {"scope": "D0003", "department": "D0002"}, "Department “D0002” is not here, or not in your scope"),
        ("hr_partner", {"scope": "D0003", "dimension": "location"}, "Groups by “location” are not shown to you"),
        ("leader", {"by": "quarter", "period": "1999-Q1"}, "There are no figures for the period “1999-Q1” here"),
        ("leader", {"metric": "salary"}, "There is no figure “salary”"),
        ("ceo", {}, "There is no role “ceo”"),
    ],
)
def test_a_link_that_asks_for_what_cannot_be_is_answered_with_the_reason(
    look: Look, role: str, parameters: dict[str, str], words: str
) -> None:
    visit = look().open("overview", role, **parameters)
    assert words in visit.words
    assert not visit.checked()["alerts"] + visit.troubles


def test_an_hr_partner_is_sent_nothing_of_other_departments(look: Look, home: Path) -> None:
    visit = look()
    heard: list[str] = []
    visit.page.on("websocket", lambda wire: wire.on("framereceived", lambda frame: heard.append(str(frame))))
    visit.open("goals", "hr_partner", scope="D0003")
    snapshot = home / "published" / f"{(home / 'published' / 'CURRENT').read_text().strip()}.duckdb"
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute("select title, department_key from marts.goal_cascade").fetchall()
    own = {title for title, department in rows if department in {None, "D0003"}}
    foreign = {title for title, department in rows if department not in {None, "D0003"}} - own
    everything = "".join(heard)
    assert len(foreign) >= 3
    assert any(title in everything for title in own)
    assert not [title for title in foreign if title in everything]


@pytest.mark.parametrize("page", [page.key for page in PAGES])
def test_nobody_signed_in_sees_a_page_that_says_so_and_no_number(look: Look, shut: str, page: str) -> None:
    visit = look(where=shut).open(page, "leader")
    assert "Nobody is signed in, so nothing is shown." in visit.words
    assert not visit.page.get_by_test_id("stMetric").count() + visit.page.get_by_test_id("stVegaLiteChart").count()
    assert not any(letter.isdigit() for letter in visit.words)
    assert visit.page.get_by_test_id("stSidebarNavLink").count() == 0
    assert not visit.troubles


@pytest.mark.parametrize("role", ["leader", "data_admin"])
def test_a_role_in_the_link_opens_nothing_without_development_mode(look: Look, shut: str, role: str) -> None:
    visit = look(where=shut)
    visit.page.goto(f"{shut}/?as={role}&department=D0001")
    visit.drawn()
    assert "Nobody is signed in" in visit.words
    assert not any(letter.isdigit() for letter in visit.words)


def test_a_role_gets_its_own_pages_only(look: Look) -> None:
    visit = look().open("overview", "employee")
    assert "The page Overview is not among those that your role sees." in visit.words
    assert visit.page.get_by_test_id("stMetric").count() + visit.page.get_by_test_id("stVegaLiteChart").count() == 0
    visit.page.goto(f"{visit.address}/?as=employee")
    visit.page.wait_for_url("**/definitions?as=employee")
    assert not visit.drawn().troubles


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_address_that_is_no_page_shows_the_way_to_one(look: Look, theme: str) -> None:
    visit = look(theme=theme)
    answer = visit.page.goto(f"{visit.address}/goals/of/nobody")
    assert answer is not None
    assert answer.status == 404
    found = visit.checked()
    assert not found["faint"] + found["wide"]
    visit.page.get_by_role("link", name="Go to the first page").click()
    assert visit.drawn().title == "Overview"
    assert [said for said in visit.troubles if not said.startswith("console: Failed to load resource")] == [f"404: {answer.url}"]
    visit.troubles.clear()
    visit.page.goto(f"{visit.address}/goals/?as=analyst")
    assert visit.drawn().title == "Goals"
    assert visit.page.url.startswith(f"{visit.address}/goals?as=analyst")
    assert not visit.troubles


def test_only_this_machine_is_answered(address: str) -> None:
    port = urlsplit(address).port
    for host in {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}:
        if not str(host).startswith("127."):
            with socket.socket() as asked:
                asked.settimeout(5)
                assert asked.connect_ex((str(host), port)) != 0, f"the dashboards listen on {host}"
    for name in ("evil.example", f"127.0.0.1.evil.example:{port}"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/overview", headers={"Host": name})
        assert connection.getresponse().status == 421
        connection.close()


def test_a_table_downloads_what_it_shows(look: Look, tmp_path: Path, home: Path) -> None:
    visit = look().open()
    with visit.page.expect_download() as waiting:
        visit.page.locator(".st-key-csv_groups button").click()
    waiting.value.save_as(tmp_path / "groups.csv")
    with (tmp_path / "groups.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    snapshot = home / "published" / f"{(home / 'published' / 'CURRENT').read_text().strip()}.duckdb"
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        published = connection.execute(
            """select name, value, numerator, denominator from marts.metric_values join marts.dim_department on department_key = member_id
            where dimension = 'department' and metric = 'goal_completion_rate' and period_id = '2026-Q2' and level = 2"""
        ).fetchall()
    assert {row["Department"] for row in rows} == {name for name, *_ in published}
    for name, *numbers in published:
        row = next(row for row in rows if row["Department"] == name)
        assert [float(row[c]) if row[c] else None for c in ("Goal completion rate", "Numerator", "Denominator")] == numbers
