"""The server: headers, closed paths, hosts, port, errors and their log.

Belongs here: what stands around the pages. Does not belong here: pages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dashboards import server
from dashboards.theme import DARK, LIGHT, Tokens, streamlit_options, tokens
from orchestration import logs, ports
from orchestration.settings import CHECKOUT, Settings

Message = dict[str, Any]


def in_a_loop(what: Coroutine[Any, Any, object]) -> None:
    """Run it to its end in a thread of its own: a browser test before it may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, what).result()


def served(path: str, host: str = "127.0.0.1:8501", kind: str = "http", method: str = "GET") -> list[Message]:
    """What Guard sends for a request; the application inside answers with a header that Guard must replace."""
    sent: list[Message] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Referrer-Policy", b"unsafe-url"), (b"x-inside", b"1")]})
        await send({"type": "http.response.body", "body": b"inside"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await server.Guard(inside)({"type": kind, "path": path, "method": method, "headers": [(b"host", host.encode())]}, None, send)  # type: ignore[arg-type]

    in_a_loop(run())
    return sent


@pytest.mark.parametrize("path", ["/", "/goals", "/nowhere", "/media/x", "/_stcore/health", "/_stcore/metrics"])
def test_every_answer_has_the_headers(path: str) -> None:
    found = dict(served(path)[0]["headers"])
    assert found[b"x-content-type-options"] == b"nosniff"
    assert found[b"referrer-policy"] == b"no-referrer"
    assert b"frame-ancestors 'none'" in found[b"content-security-policy"]
    assert b"default-src 'self'" in found[b"content-security-policy"]
    assert b"Referrer-Policy" not in found


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/upload_file/a/b"])
def test_paths_that_nobody_needs_are_closed(path: str) -> None:
    assert served(path)[0]["status"] == 404


@pytest.mark.parametrize("path", ["/nowhere", "/goals/Sales", "/overview//x", "/<script>alert(1)</script>"])
def test_an_address_that_is_no_page_says_so_and_where_to_go(path: str) -> None:
    start, body = served(path)
    assert start["status"] == 404
    assert "There is no page at this address." in body["body"].decode()
    assert b'<a href="/">' in body["body"]
    assert b"script" not in body["body"]
    assert served(path, method="HEAD")[1]["body"] == b""
    assert served(path, method="POST")[1]["body"] == b"inside"


def test_a_page_with_a_slash_behind_it_is_that_page() -> None:
    start = served("/goals/")[0]
    assert (start["status"], dict(start["headers"])[b"location"]) == (308, b"/goals")


@pytest.mark.parametrize("path", ["/favicon.png", "/static/js/index.js", "/media/0a1b", "/_stcore/stream", "/oauth2callback"])
def test_what_streamlit_answers_is_left_to_it(path: str) -> None:
    assert served(path)[1]["body"] == b"inside"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", ""])
def test_other_hosts_are_refused(host: str) -> None:
    assert served("/", host)[0]["status"] == 421
    assert served("/_stcore/stream", host, "websocket")[0]["type"] == "websocket.close"


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "127.0.0.1:9"])
def test_this_machine_is_answered(host: str) -> None:
    assert served("/_stcore/health", host)[1]["body"] == b"inside"


def test_the_front_page_is_ours_and_allows_only_its_own_scripts() -> None:
    start, body = served("/goals")
    page = body["body"].decode()
    assert "<title>Plumbline</title>" in page
    assert "BACKEND_BASE_URL" in page
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert policy.count("sha256-") == len(scripts) >= 2
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "http" not in policy
    assert served("/goals", method="HEAD")[1]["body"] == b""


def test_settings_keep_everything_here_and_say_nothing_of_faults() -> None:
    options = server.options(8501)
    assert options["server.address"] == "127.0.0.1"
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] == "none"
    assert options["client.toolbarMode"] == "minimal"
    assert options["server.enableXsrfProtection"] is True
    assert (options["logger.level"], options["logger.enableRich"]) == ("critical", False)
    from streamlit import config

    assert set(options) <= set(config._config_options_template)


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "PLUMBLINE_HOME": str(tmp_path)}
        ended = subprocess.run(
            [sys.executable, "-m", "dashboards", "--port", str(port)],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in ended.stderr
    assert f"--port {port + 1}, or PLUMBLINE_DASHBOARD_PORT={port + 1}" in ended.stderr
    ports.require(port, "PLUMBLINE_DASHBOARD_PORT")


def fail(words: str) -> None:
    """A fault whose words hold data."""
    raise ValueError(words)


def test_a_fault_is_logged_by_its_place_and_code_without_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(server.st, "text", said.append)
    logs.write_to(Settings(home=tmp_path), "dashboards")
    logger = logging.getLogger(logs.ROOT)
    try:
        with pytest.raises(ValueError, match="Ann Lee") as raised:
            fail("Ann Lee earns 1,000,000")
        assert server.on_error(raised.value) is True
    finally:
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
    text = (tmp_path / "logs" / "dashboards.log").read_text(encoding="utf-8")
    line = json.loads(text.splitlines()[-1])
    assert (line["message"], line["error"]) == ("page failed", "ValueError")
    assert any("test_server.py" in place for place in line["places"])
    assert "Ann Lee" not in text
    assert any(line["code"] in words for words in said)
    assert not any("Ann Lee" in words for words in said)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast by WCAG 2."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast(colours: Tokens) -> None:
    for ground in (colours.background, colours.surface):
        for ink in (colours.ink, colours.muted, colours.accent, colours.good, colours.bad, colours.warn):
            assert contrast(ink, ground) >= 4.5, (ink, ground)


def test_both_modes_go_to_streamlit_and_light_is_the_fallback() -> None:
    options = streamlit_options()
    assert options["theme.light.textColor"] == LIGHT.ink
    assert options["theme.dark.textColor"] == DARK.ink
    assert tokens(None) is LIGHT
    assert tokens("dark") is DARK
