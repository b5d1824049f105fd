"""A home with a made snapshot, and pages opened as a browser would open them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboards.registry import pages_of
from orchestration.settings import CHECKOUT
from tests.dashboards.made_snapshot import write_snapshot, write_status

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    write_snapshot(home / "published")
    write_status(home / "published")
    return home


@pytest.fixture
def opened(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """open(page, role=..., home=..., **parameters of the URL)."""
    logging.getLogger("streamlit").setLevel(logging.CRITICAL)
    st.cache_resource.clear()

    def open_page(page: str = "overview", role: str = "leader", home: Path = made_home, **parameters: str) -> AppTest:
        monkeypatch.setenv("PLUMBLINE_HOME", str(home))
        monkeypatch.setenv("PLUMBLINE_DEVELOPMENT_MODE", "true")
        at = AppTest.from_file(str(CHECKOUT / "dashboards" / "app.py"), default_timeout=30)
        if role != "leader":
            at.query_params["as"] = role
        for name, value in parameters.items():
            at.query_params[name] = value
        first = pages_of(role)[0].key if role in {"leader", "hr_partner", "analyst", "data_admin"} else "definitions"
        at._page_hash = calc_hash("" if page == first else page)
        return at.run()

    yield open_page
    st.cache_resource.clear()
