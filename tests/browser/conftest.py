"""A real server and a real Chromium for the tests that look at pages.

Belongs here: starting and stopping them, homes of their own. Does not belong here: what pages must show.

Chromium is Debian's. Where there is none these tests skip; where REQUIRE_BROWSER is set (as .ci/run does) they fail instead.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from orchestration.settings import CHECKOUT
from tests.browser.looking import Visit

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = {1440: 1000, 390: 844}
Look = Callable[..., Visit]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        words = "no Chromium on this machine: apt-get install -y chromium"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(words)
        pytest.skip(words)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser with a user-data folder of its own."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield made
        made.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(home: Path, *, development: bool = True) -> Iterator[str]:
    """The dashboards of a home by a process of their own; gives its address."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    environment |= {"PLUMBLINE_HOME": str(home), "PLUMBLINE_DEVELOPMENT_MODE": str(development).lower()}
    command = [sys.executable, "-m", "dashboards", "--port", str(port)]
    with (home / f"served_{port}.txt").open("wb") as output:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


@pytest.fixture(scope="session")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the demo published; nothing writes to it."""
    made = tmp_path_factory.mktemp("browsed")
    shutil.copytree(demo_home / "published", made / "published")
    return made


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """Where the dashboards of `home` are served."""
    with served(home) as found:
        yield found


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[[int, str], BrowserContext]:
    """A context for each width and theme, used again."""
    made: dict[tuple[int, str], BrowserContext] = {}

    def context(width: int, theme: str) -> BrowserContext:
        if (width, theme) not in made:
            size = {"width": width, "height": WIDTHS[width]}
            made[width, theme] = browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]  # light or dark
        return made[width, theme]

    return context


@pytest.fixture
def look(address: str, contexts: Callable[[int, str], BrowserContext]) -> Iterator[Look]:
    """look(width, theme): a tab, closed after the test."""
    visits: list[Visit] = []

    def begin(width: int = 1440, theme: str = "light", where: str = address) -> Visit:
        visits.append(Visit.begun(contexts(width, theme), where))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.close()
