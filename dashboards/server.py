"""The server: Streamlit on 127.0.0.1 with its settings, headers, blocked paths and errors of our own.

Belongs here: how pages are served. Does not belong here: what they show.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboards.answers import front_page, headers, no_such_page
from dashboards.registry import PAGES
from dashboards.theme import streamlit_options
from orchestration import ports
from orchestration.settings import Settings

LOG = logging.getLogger("plumbline.dashboards")
HOSTS = (ports.HERE, "localhost")
BLOCKED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/upload_file", "/_stcore/script-health-check")
STREAMLITS = ("_stcore", "static", "media", "component", "auth", "oauth2callback")  # first parts of addresses that it answers
HERE = Path(__file__).resolve().parent

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Guard:
    """Adds the headers, closes paths that nobody needs, answers only to this machine's own names."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.page, self.no_page = front_page(), no_such_page()
        self.headers = headers(self.page)
        self.pages = {"/", *(f"/{page.key}" for page in PAGES)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        path, asks = scope["path"], scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        refused = 404 if path.startswith(BLOCKED) else 421 if host not in HOSTS else None
        if refused and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif refused:
            await self.answer(scope, send, refused, b"text/plain", b"Not here.\n")
        elif asks and path in self.pages:
            await self.answer(scope, send, 200, b"text/html; charset=utf-8", self.page)
        elif asks and path.rstrip("/") in self.pages:
            asked = scope.get("query_string", b"")
            there = path.rstrip("/").encode() + (b"?" + asked if asked else b"")
            await self.answer(scope, send, 308, b"text/plain", b"", (b"location", there))
        elif asks and "." not in path and path.lstrip("/").split("/")[0] not in STREAMLITS:
            await self.answer(scope, send, 404, b"text/html; charset=utf-8", self.no_page)
        else:
            await self.app(scope, receive, self.with_headers(send))

    async def answer(self, scope: Scope, send: Send, status: int, kind: bytes, body: bytes, *more: tuple[bytes, bytes]) -> None:
        """Answer without asking Streamlit."""
        about = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-cache"), *more]
        await send({"type": "http.response.start", "status": status, "headers": [*about, *self.headers]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def with_headers(self, send: Send) -> Send:
        """The same, with our headers in place of any of the same name."""
        ours = {name for name, _ in self.headers}

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours] + self.headers
            await send(message)

        return sending


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
