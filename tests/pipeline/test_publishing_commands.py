"""`plumbline snapshots` and `plumbline rollback`: what they say and how they end.

Belongs here: the commands' words. Does not belong here: what becomes of the snapshots (test_publishing).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from orchestration import publishing
from orchestration.cli import app
from tests.pipeline.killed_publish import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home.made(tmp_path / "home")
    monkeypatch.setenv("PLUMBLINE_HOME", str(home.folder))
    monkeypatch.setenv("COLUMNS", "120")
    return home


def said(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def listed(result: Result) -> list[str]:
    """The lines that name a snapshot."""
    assert result.exit_code == 0, result.output
    return [line for line in result.output.splitlines() if "T06" in line]


def test_before_anything_is_published_both_say_so(home: Home) -> None:
    result = said("snapshots")
    assert (result.exit_code, listed(result)) == (0, [])
    assert "Nothing has been published yet: `plumbline run`" in result.output
    result = said("rollback")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert not home.published.exists() or publishing.snapshots(home.settings) == []


def test_snapshots_are_listed_newest_first_with_the_one_that_people_read(home: Home) -> None:
    older, newer = home.publish().snapshot_id, home.publish().snapshot_id
    first, second = listed(said("snapshots"))
    assert newer in first
    assert "read" in first
    assert "2026-06-01 06:02" in first
    assert "2026-05-31" in first
    assert older in second
    assert "read" not in second


def test_a_rollback_says_what_people_read_now_and_until_when(home: Home) -> None:
    older, newer = home.publish().snapshot_id, home.publish().snapshot_id
    result = said("rollback")
    assert result.exit_code == 0, result.output
    assert f"People now read {older}, as of 2026-05-31." in result.output
    assert [("read" in line) for line in listed(said("snapshots"))] == [False, True]
    result = said("rollback", newer)
    assert f"People now read {newer}" in result.output
    assert publishing.current(home.settings) == newer


@pytest.mark.parametrize("named", ["20200101T000000000000", "../warehouse", "nonsense"])
def test_a_snapshot_that_is_not_there_is_refused_and_people_read_what_they_read(home: Home, named: str) -> None:
    home.publish()
    newer = home.publish().snapshot_id
    result = said("rollback", named)
    assert result.exit_code == 1
    assert named in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert publishing.current(home.settings) == newer


def test_a_damaged_snapshot_is_listed_as_damaged(home: Home) -> None:
    older, newer = home.publish().snapshot_id, home.publish().snapshot_id
    file = home.published / f"{older}.duckdb"
    file.chmod(0o600)
    file.write_bytes(b"not a database")
    first, second = listed(said("snapshots"))
    assert newer in first
    assert "damaged" not in first
    assert older in second
    assert "damaged" in second
    assert said("rollback", older).exit_code == 1
