"""`python -m dashboards.timing`: how long a page takes in a real Chromium, and its bare queries beside it, as JSON.

Belongs here: measuring PLUMBLINE_HOME's pages. Does not belong here: any judgement of the figures (`plumbline bench`).
Needs Chromium on this machine and the packages of the development group.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dashboards.queries import DIMENSIONS, QUERIES
from dashboards.registry import PAGES
from dashboards.snapshots import Shelf, opened
from orchestration import ports
from orchestration.settings import Settings

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
READY = "[data-testid=stApp][data-test-script-state=notRunning] h1"
WARM = 5
WHOLE_COMPANY = {"metric": "goal_completion_rate", "period_type": "quarter", "dimension": "company", "member_id": "all"}
LATEST = "select max(period_id) from marts.metric_values where metric = $metric and period_type = 'quarter' and is_complete"
MILLISECONDS = 60_000


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[str]:
    """A server of its own process; its address, once it answers."""
    environment = {**os.environ, "PLUMBLINE_HOME": str(settings.home.resolve()), "PLUMBLINE_DEVELOPMENT_MODE": "true"}
    process = subprocess.Popen([sys.executable, "-m", "dashboards", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield f"http://{ports.HERE}:{port}"
    finally:
        process.terminate()
        process.wait()


def pages(settings: Settings, port: int) -> dict[str, dict[str, float]]:
    """Seconds by page: cold (first view of a fresh server), warm (median of five more), queries (all of the page's, bare).

    Raises:
        RuntimeError: there is no Chromium.

    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (of the development group)

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        msg = "pages are measured in Chromium, which is not on this machine: apt-get install chromium"
        raise RuntimeError(msg)
    found: dict[str, dict[str, float]] = {}
    with sync_playwright() as play, tempfile.TemporaryDirectory() as profile:
        browser = play.chromium.launch_persistent_context(profile, executable_path=chromium, args=list(ARGUMENTS))
        tab = browser.new_page()
        for page in PAGES:
            with serving(settings, port) as address:
                _wait_for(tab, address)
                role = page.roles[0]
                seconds = []
                for _ in range(1 + WARM):
                    started = time.monotonic()
                    tab.goto(f"{address}/{page.key}?as={role}", timeout=MILLISECONDS)
                    tab.wait_for_selector(READY, timeout=MILLISECONDS)
                    seconds.append(time.monotonic() - started)
                found[page.key] = {"cold": seconds[0], "warm": statistics.median(seconds[1:]), "queries": bare(settings, page.queries)}
        browser.close()
    return found


def _wait_for(tab: Any, address: str) -> None:  # noqa: ANN401  (playwright's page)
    from playwright.sync_api import Error  # noqa: PLC0415  (of the development group)

    until = time.monotonic() + MILLISECONDS / 1000
    while True:
        try:
            tab.goto(f"{address}/_stcore/health")
        except Error:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def bare(settings: Settings, names: tuple[str, ...]) -> float:
    """Seconds that the queries of a page take by themselves, for the whole company in its latest period: no door, no cache."""
    folder = settings.published_folder
    asked = {**WHOLE_COMPANY, "dimensions": list(DIMENSIONS), "everywhere": True, "departments": []}
    connection = opened(folder / f"{Shelf(folder).current_id()}.duckdb")
    try:
        asked["period_id"] = (connection.execute(LATEST, {"metric": asked["metric"]}).fetchone() or ("",))[0]
        started = time.monotonic()
        for query in (QUERIES[name] for name in names):
            if query.sql:
                values = {name: value for name, value in asked.items() if re.search(rf"\${name}\b", query.sql)}
                connection.execute(query.sql, values).to_arrow_table()
        return time.monotonic() - started
    finally:
        connection.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(pages(Settings(), Settings().dashboard_port)))
