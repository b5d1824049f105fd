"""What the server answers itself: the front page of every page, the answer at an address that is none, headers.

Belongs here: bytes that are the same for everybody. Does not belong here: when they are sent (server), what pages show.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit as st

from dashboards.theme import DARK, LIGHT, Tokens


def front_page() -> bytes:
    """Streamlit's own page with our title, told where its server is: otherwise it looks for it below each page's address first."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    base = "window.location.origin + '/'"
    told = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: {base}, MAIN_PAGE_BASE_URL: {base} }}</script>"
    return page.replace("<title>Streamlit</title>", "<title>Plumbline</title>").replace("<script>", told + "<script>", 1).encode()


def no_such_page() -> bytes:
    """What stands at an address that is no page's: where to go instead. It says nothing of the address, which anybody may have made."""

    def colours(mode: Tokens) -> str:
        return f":root {{ --back: {mode.background}; --ink: {mode.ink}; --link: {mode.accent} }}"

    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>No such page – Plumbline</title>
<style>
{colours(LIGHT)}
@media (prefers-color-scheme: dark) {{ {colours(DARK)} }}
body {{ margin: 0; background: var(--back); color: var(--ink); font: 16px/1.6 system-ui, sans-serif }}
main {{ max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.9rem; font-weight: 650; line-height: 1.25 }}
a {{ color: var(--link) }}
</style>
</head>
<body>
<main>
<h1>There is no page at this address.</h1>
<p>The link may be from another version, or part of it was lost on the way.</p>
<p><a href="/">Go to the first page</a></p>
</main>
</body>
</html>
""".encode()


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
