"""What all tests share: a small synthetic company, built once a session, and the public data folder."""

import os
from pathlib import Path

import pytest

from orchestration import runner
from orchestration.ingestion import landing
from orchestration.settings import Settings
from seeds.company.parameters import Parameters
from seeds.company.writing import write
from tests.built_once import built_once

DEMO_PEOPLE = 300


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole session, whichever worker asks."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _demo(home: Path) -> None:
    parameters = Parameters(employees=DEMO_PEOPLE)
    write(parameters, home)
    for path in (home / "truth").iterdir():  # whoever reads it fails
        path.write_text("never read by the pipeline", encoding="utf-8")
    landing.mark_synthetic(home / "landing", parameters.until)
    report = runner.run(Settings(home=home, settle_seconds=0))
    assert report.exit_code == 0, (report.build.failed, report.gate_results)


@pytest.fixture(scope="session")
def demo_home(session_folder: Path) -> Path:
    """The home of a built company of 300 people, read by many tests and written by none."""
    return built_once(session_folder, "demo", _demo)


@pytest.fixture(scope="session")
def demo_warehouse(demo_home: Path) -> Path:
    """The warehouse file of `demo_home`. Open it read-only."""
    return demo_home / "warehouse.duckdb"


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of public data sets; tests that need it skip where it is absent."""
    folder = Settings().public_data
    if folder is None or not folder.is_dir():
        pytest.skip("PLUMBLINE_PUBLIC_DATA does not name a folder of public data sets")
    return folder
