"""Every page in a real browser, wide and narrow, light and dark: nothing wrong, nothing cut off, readable; and a picture of it.

Belongs here: how pages look. Does not belong here: their numbers (dashboards/test_proof), what is published meanwhile.
"""

from __future__ import annotations

import pytest

from dashboards.registry import PAGES
from orchestration.settings import CHECKOUT
from tests.browser.conftest import WIDTHS, Look
from tests.browser.looking import Visit

PICTURES = CHECKOUT / "artefacts" / "screenshots"
TITLES = {page.key: page.title for page in PAGES}
SHOWN_TO = {page.key: "leader" if "leader" in page.roles else page.roles[0] for page in PAGES}
OTHERS = [(page.key, "hr_partner") for page in PAGES if "hr_partner" in page.roles]  # every role: dashboards/test_pages, without a browser
STATES = {  # what a page looks like when much is hidden, much is drawn, or little is there yet
    "overview_hidden": ("overview", {"metric": "pip_success_rate"}),
    "overview_levels": ("overview", {"metric": "rating_distribution", "dimension": "job_level"}),
    "overview_ratings": ("overview", {"metric": "average_rating", "dimension": "location", "by": "cycle", "period": "2025-H1"}),
    "reviews_under_way": ("reviews", {"by": "cycle", "period": "2026-H1"}),
}
CHARTS = {"overview": 5, "goals": 4, "reviews": 3, "data": 1, "definitions": 0}


def nothing_is_wrong(visit: Visit, page: str, at_least: int) -> None:
    """No error, no overflow, no empty chart, no faint text, no control without a name, headings in order."""
    found = visit.checked()
    assert visit.title == TITLES[page]
    wrong = {name: found[name] for name in ("alerts", "wide", "empty", "cut", "faint", "nameless", "unread", "headings") if found[name]}
    assert not wrong, wrong
    assert found["n_texts"] > 20
    assert found["n_charts"] >= at_least
    assert not visit.troubles, visit.troubles


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", TITLES)
def test_a_page_is_whole_and_readable(look: Look, page: str, width: int, theme: str) -> None:
    visit = look(width, theme).open(page, SHOWN_TO[page])
    visit.pictured(PICTURES / f"{page}_{width}_{theme}.png", width)
    nothing_is_wrong(visit, page, CHARTS[page])


@pytest.mark.parametrize(("page", "role"), OTHERS)
def test_a_page_is_whole_for_who_sees_a_part_of_the_company(look: Look, page: str, role: str) -> None:
    visit = look().open(page, role)
    nothing_is_wrong(visit, page, 1 if CHARTS[page] else 0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_a_page_is_whole_when_much_is_hidden_or_little_is_there(look: Look, state: str, width: int) -> None:
    page, parameters = STATES[state]
    visit = look(width).open(page, **parameters)
    visit.pictured(PICTURES / f"{state}_{width}_light.png", width)
    nothing_is_wrong(visit, page, 1)
