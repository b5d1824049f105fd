"""A run, a publish and a rollback while people browse: nobody sees an error, and a reload shows what is current.

Belongs here: readers during a change of snapshots. Does not belong here: kills during publishing (pipeline/test_publishing_crashes).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from orchestration.settings import CHECKOUT
from tests.browser.conftest import Look, served
from tests.browser.looking import Visit
from tests.dashboards.proof_reading import headline

RATED = "Average rating"
PAGES = ("overview", "goals", "reviews")


@pytest.fixture(scope="module")
def changing(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home of its own, served."""
    home = tmp_path_factory.mktemp("changing") / "home"
    shutil.copytree(demo_home, home)
    with served(home) as address:
        yield home, address


def current(home: Path) -> str:
    """The snapshot that people read."""
    return (home / "published" / "CURRENT").read_text().strip()


def command(home: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command of plumbline, begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    environment |= {"PLUMBLINE_HOME": str(home), "PLUMBLINE_SETTLE_SECONDS": "0"}
    with (home / "command.txt").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", *words], cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )


def corrected(home: Path) -> str:
    """A corrected file of reviews, with two rows that break the contract. Returns the average rating that must come of it."""
    path = home / "landing" / "reviews.parquet"
    reviews = pl.read_parquet(path)
    raised = (pl.col("final_rating") + 0.5).clip(1, 5)
    broken = reviews.head(2).with_columns(review_id="bad-" + pl.col("review_id"), stage=pl.lit("archived"))
    mended = reviews.with_columns(final_rating=raised)
    pl.concat([mended, broken]).write_parquet(path)
    rated = mended.filter((pl.col("review_cycle_id") == "2025-FY") & (pl.col("stage") == "completed"))["final_rating"].drop_nulls()
    return headline(sum(rated) / len(rated), "rating")


def browsed(visit: Visit, ended: subprocess.Popen[bytes], least: int) -> list[str]:
    """Reload, click and go from page to page until a command has ended; every average rating seen."""
    seen: list[str] = []
    rounds = 0
    while ended.poll() is None or rounds < least:
        page = PAGES[rounds % len(PAGES)]
        visit.open(page)
        if page == "overview":
            seen.append(visit.figure(RATED))
            visit.page.locator(".st-key-look_average_rating button").click()
            visit.page.wait_for_url("**metric=average_rating**")
            visit.drawn()
            visit.page.get_by_test_id("stSidebarNavLink").filter(has_text="Goals").click()
            visit.page.wait_for_function("() => document.querySelector('h1')?.innerText === 'Goals'")
        else:
            visit.reload()
        found = visit.drawn().checked()
        assert not found["alerts"] + found["empty"] + visit.troubles, (page, found["alerts"], found["empty"], visit.troubles)
        rounds += 1
        visit.page.wait_for_timeout(2500)  # people read; without it the browser takes the machine from the run
    return seen


def test_a_run_a_publish_and_a_rollback_disturb_no_reader(look: Look, changing: tuple[Path, str]) -> None:
    home, address = changing
    first = current(home)
    left_open = look(where=address).open("overview")
    before = left_open.figure(RATED)
    expected = corrected(home)
    assert expected != before

    visit = look(where=address)
    run = command(home, "run")
    seen = browsed(visit, run, least=2)
    assert run.returncode == 0, (home / "command.txt").read_text()
    second = current(home)
    assert second != first
    assert set(seen) <= {before, expected}
    assert before in seen

    shown = visit.open("overview")
    assert shown.figure(RATED) == expected
    assert "updated just now" in shown.words or "updated 1 min ago" in shown.words or "updated 2 min ago" in shown.words
    left_open.page.locator(".st-key-look_average_rating button").click()  # a tab from before goes on with what is current
    left_open.page.wait_for_url("**metric=average_rating**")
    assert left_open.drawn().figure(RATED) == expected

    data = visit.open("data", "data_admin")
    assert f"snapshot {second}" in data.words
    assert data.figure("Records held back") == "2"
    assert data.figure("Last run") == "Published"

    rollback = command(home, "rollback")
    assert set(browsed(visit, rollback, least=2)) <= {before, expected}
    assert rollback.returncode == 0, (home / "command.txt").read_text()
    assert current(home) == first
    assert visit.open("overview").figure(RATED) == before
    assert f"snapshot {first}" in visit.open("data", "data_admin").words
    assert left_open.reload().figure(RATED) == before
    assert not visit.troubles + left_open.troubles
