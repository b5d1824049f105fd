"""The server: Streamlit on 127.0.0.1 with its settings, headers, blocked paths and errors of our own.

Belongs here: how pages are served. Does not belong here: what they show.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import secrets
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboards.registry import PAGES
from dashboards.theme import streamlit_options
from orchestration import ports
from orchestration.settings import Settings

LOG = logging.getLogger("plumbline.dashboards")
HOSTS = (ports.HERE, "localhost")
BLOCKED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/upload_file", "/_stcore/script-health-check")
HERE = Path(__file__).resolve().parent

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def front_page() -> bytes:
    """Streamlit's own page with our title, told where its server is: otherwise it looks for it below each page's address first."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    base = "window.location.origin + '/'"
    told = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: {base}, MAIN_PAGE_BASE_URL: {base} }}</script>"
    return page.replace("<title>Streamlit</title>", "<title>Plumbline</title>").replace("<script>", told + "<script>", 1).encode()


def inline_scripts(page: bytes) -> list[str]:
    """Hashes of the scripts that stand in the page, so that no other inline script may run."""
    found = re.findall(rb"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in found]


def headers(page: bytes) -> list[tuple[bytes, bytes]]:
    """Headers of every answer. Charts compile their expressions, hence unsafe-eval; no other host is ever asked."""
    policy = "; ".join([
        "default-src 'self'",
        f"script-src 'self' 'unsafe-eval' {' '.join(inline_scripts(page))}".strip(),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ])  # fmt: skip
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-frame-options", b"DENY"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]


class Guard:
    """Adds the headers, closes paths that nobody needs, answers only to this machine's own names."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.page = front_page()
        self.headers = headers(self.page)
        self.pages = {"/", *(f"/{page.key}" for page in PAGES)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        refused = 404 if scope["path"].startswith(BLOCKED) else 421 if host not in HOSTS else None
        if refused and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if refused:
            await send({"type": "http.response.start", "status": refused, "headers": [(b"content-type", b"text/plain"), *self.headers]})
            await send({"type": "http.response.body", "body": b"Not here.\n"})
            return

        if scope["type"] == "http" and scope["path"] in self.pages and scope["method"] in {"GET", "HEAD"}:
            about = [
                (b"content-type", b"text/html; charset=utf-8"),
                (b"content-length", str(len(self.page)).encode()),
                (b"cache-control", b"no-cache"),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": [*about, *self.headers]})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.page})
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in self.headers}
                message["headers"] = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours] + self.headers
            await send(message)

        await self.app(scope, receive, with_headers)


def on_error(error: Exception) -> bool:
    """A fault of ours: a code for the person, the place for the log. The words of the error may hold data: they stay out."""
    code = f"PL-{secrets.token_hex(3).upper()}"
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    LOG.error("page failed", extra={"code": code, "error": type(error).__name__, "places": places})
    with st.container(key="alert_error"):
        st.text("Something went wrong on this page.")
        st.text(
            f"The numbers are unharmed. Load the page again; if it stays so, tell whoever runs Plumbline the code {code}: the log has it."
        )
    return True


def options(port: int) -> dict[str, Any]:
    """Streamlit's settings. Nothing here can be changed by a file in the folder from which the server is started."""
    return streamlit_options() | {
        "server.address": ports.HERE,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.allowedHosts": list(HOSTS),
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableAgentApi": False,
        "server.enableStaticServing": False,
        "server.maxUploadSize": 1,
        "browser.serverAddress": ports.HERE,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.disableDataExport": True,
        "client.toolbarMode": "minimal",
        "runner.magicEnabled": False,
        "global.showWarningOnDirectExecution": False,
        "logger.level": "critical",  # Streamlit would print errors with their words, which may hold data, to the terminal
        "logger.enableRich": False,
    }


def serve(settings: Settings, port: int) -> None:
    """Serve the dashboards until stopped.

    Raises:
        PortError: the port is taken; nothing was started.
    """
    ports.require(port, "PLUMBLINE_DASHBOARD_PORT")
    for page in PAGES:  # so that the first person who looks does not wait for imports
        import_module(page.module)
    LOG.info("dashboards start", extra={"port": port, "development_mode": settings.development_mode})
    App(HERE / "app.py", middleware=[Middleware(Guard)], on_script_error=on_error).run(config=options(port))
