"""A browser that looks at pages: opens, waits until they are drawn, remembers what went wrong.

Belongs here: one visit. Does not belong here: servers and browsers (conftest), what a page must show (tests).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8").split("\n", 1)[1]
DRAWN = """() => {
  const app = document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
  const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
  return app && document.querySelector("[data-testid=stMain] h1") && !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")
    && charts.every((chart) => chart.querySelector("svg .role-mark") || !chart.getClientRects().length);
}"""
PATIENCE = 60_000  # milliseconds; a loaded machine is no fault of a page


@dataclass
class Visit:
    """One page in one tab, and everything that went wrong since it was opened."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def begun(cls, context: BrowserContext, address: str) -> Visit:
        """A tab that listens."""
        visit = cls(context.new_page(), address)
        visit.page.set_default_timeout(PATIENCE)
        visit.page.on("console", lambda said: said.type == "error" and visit.troubles.append(f"console: {said.text}"))
        visit.page.on("pageerror", lambda error: visit.troubles.append(f"error: {error}"))
        visit.page.on("response", lambda answer: answer.status >= 400 and visit.troubles.append(f"{answer.status}: {answer.url}"))
        visit.page.on("request", lambda asked: visit.asked(asked.url))
        visit.page.on("websocket", lambda socket: visit.asked(socket.url))
        visit.page.on("requestfailed", lambda asked: visit.failed(asked.url, str(asked.failure)))
        return visit

    def asked(self, url: str) -> None:
        """Only this machine is asked for anything."""
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1":
            self.troubles.append(f"asked another host: {url}")

    def failed(self, url: str, why: str) -> None:
        """A request that got no answer. One that the browser itself gave up, because the page was left, is none."""
        if "ERR_ABORTED" not in why:
            self.troubles.append(f"{why}: {url}")

    def open(self, page: str = "overview", role: str = "leader", **parameters: str) -> Visit:
        """Open a page by its link and wait until it is drawn."""
        asked = {name: value for name, value in ({"as": role} | parameters).items() if (name, value) != ("as", "leader")}
        self.page.goto(f"{self.address}/{page}" + (f"?{urlencode(asked)}" if asked else ""))
        return self.drawn()

    def reload(self) -> Visit:
        """The same link again."""
        self.page.reload()
        return self.drawn()

    def drawn(self) -> Visit:
        """Wait until the page is there, its charts too."""
        self.page.wait_for_function(DRAWN)
        return self

    @property
    def words(self) -> str:
        """All words of the page's main part."""
        return self.page.get_by_test_id("stMain").inner_text()

    @property
    def title(self) -> str:
        """The page's heading."""
        return self.page.locator("h1").first.inner_text()

    def figure(self, label: str) -> str:
        """The value of a figure by its label."""
        metric = self.page.get_by_test_id("stMetric").filter(has=self.page.get_by_text(re.compile(f"^{re.escape(label)}$"))).first
        expect(metric).to_be_attached(timeout=PATIENCE)
        return metric.get_by_test_id("stMetricValue").inner_text().strip()

    def checked(self) -> dict[str, Any]:
        """What checks.js finds."""
        found: dict[str, Any] = self.page.evaluate(CHECKS)
        return found

    def pictured(self, path: Path, width: int) -> None:
        """The whole page as a picture: Streamlit scrolls inside, so the window is made as high as the page."""
        height = self.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": width, "height": min(int(height) + 8, 8000)})
        self.drawn()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, animations="disabled")

    def close(self) -> None:
        """Leave."""
        self.page.close()
