"""`plumbline doctor`: every thing that it looks at, good, noted and bad, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import doctor, publishing
from orchestration.cli import app
from orchestration.contracts import load_contracts
from orchestration.doctor import Found
from orchestration.ports import HERE
from orchestration.settings import CHECKOUT, Settings
from orchestration.warehouse import newest_version, open_warehouse, run_lock

HEALTHY = {"python", "packages", "settings", "home", "disk", "lock", "warehouse", "snapshot", "last run", "ports"}


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.upper().startswith("PLUMBLINE_")]:
        monkeypatch.delenv(name)


@contextmanager
def listening() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen()
        yield server.getsockname()[1]


def settings_of(home: Path, **more: Any) -> Settings:
    """Settings whose ports are free."""
    ports = []
    for _ in range(2):
        with socket.socket() as server:
            server.bind((HERE, 0))
            ports.append(server.getsockname()[1])
    return Settings(home=home, **{"dashboard_port": ports[0], "dagster_port": ports[1], **more})


def look(settings: Settings) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for one in doctor.examine(settings):
        found.setdefault(one.subject, []).append(one)
    return found


def bad(settings: Settings) -> dict[str, str]:
    return {f.subject: f.words for f in doctor.examine(settings) if f.state == "bad"}


@pytest.fixture
def empty_home(tmp_path: Path) -> Settings:
    """A home whose warehouse has been made and holds nothing."""
    settings = settings_of(tmp_path)
    with open_warehouse(settings, {}):
        pass
    return settings


@pytest.fixture
def published(demo_home: Path, tmp_path: Path) -> Settings:
    """The demo's published folder alone, to be changed."""
    shutil.copytree(demo_home / "published", tmp_path / "published")
    return settings_of(tmp_path)


def test_a_good_home_has_nothing_to_mend(demo_home: Path) -> None:
    before = sorted((p, p.stat().st_mtime_ns) for p in demo_home.rglob("*"))
    found = look(settings_of(demo_home))
    assert {f.state for many in found.values() for f in many} == {"good"}
    assert set(found) == HEALTHY
    assert found["warehouse"][0].words == f"schema version {newest_version()}, DuckDB {duckdb.__version__}"
    current = publishing.current(Settings(home=demo_home))
    assert found["snapshot"][0].words.startswith(f"people read {current}, as of 2026-06-30; ")
    assert found["last run"][0].words.startswith("published at ")
    assert sorted((p, p.stat().st_mtime_ns) for p in demo_home.rglob("*")) == before, "it changes nothing"


def test_before_the_first_run_it_says_what_makes_things(tmp_path: Path) -> None:
    """Nothing is wrong with a home that is not there yet, nor is one made by looking."""
    home = tmp_path / "home"
    found = look(settings_of(home))
    assert [f.state for f in (*found["home"], *found["warehouse"], *found["snapshot"])] == ["note"] * 3
    assert "the first run makes it" in found["home"][0].words
    assert not home.exists()
    home.mkdir()
    assert look(settings_of(home))["landing"][0].state == "note"


def test_a_variable_that_is_no_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_THREDS", "4")
    monkeypatch.setenv("PLUMBLINE_THREADS", "4")
    monkeypatch.setenv("PLUMBLINE_WAREHOUSE", "for dbt alone")
    found = look(settings_of(tmp_path))["settings"]
    assert [f.state for f in found] == ["bad", "good"]
    assert found[0].words.startswith("PLUMBLINE_THREDS is no setting and has no effect")
    assert found[1].words == "set: PLUMBLINE_THREADS, PLUMBLINE_WAREHOUSE"


def test_values_of_settings_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_SMTP_PASSWORD", "s3cret-passw0rd")
    assert not [f for f in doctor.examine(settings_of(tmp_path)) if "s3cret" in f.words]


def test_a_time_zone_that_is_none_and_the_development_mode_are_told(tmp_path: Path) -> None:
    found = look(settings_of(tmp_path, business_timezone="Mars/Olympus", development_mode=True))["settings"]
    assert [f.state for f in found] == ["good", "bad", "note"]
    assert "no IANA time zone" in found[1].words
    assert "no login" in found[2].words


def test_packages_other_than_the_locked_ones_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(lock.replace(f"\nduckdb=={duckdb.__version__}", "\nduckdb==1.4.0"), encoding="utf-8")
    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    monkeypatch.setattr(doctor, "WATCHED", ("duckdb", "polars", "not-installed-at-all"))
    words = bad(settings_of(tmp_path))["packages"]
    assert words.startswith(f"duckdb {duckdb.__version__} instead of 1.4.0, not-installed-at-all absent instead of None.")
    assert "`make setup` installs what is locked" in words


def test_a_full_disk_is_bad(empty_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_DISK_GB", 1e9)
    assert "make room" in bad(empty_home)["disk"]


def test_a_home_that_cannot_be_written_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert bad(settings_of(tmp_path))["home"] == f"{tmp_path} cannot be written by this user"


def test_a_run_that_is_going_on_is_no_fault(empty_home: Settings) -> None:
    """Its warehouse is open in another process, which is as it should be."""
    with run_lock(empty_home):
        found = look(empty_home)
    assert [f.state for f in (*found["lock"], *found["warehouse"])] == ["note", "note"]
    assert found["lock"][0].words == f"a run is going on (process {os.getpid()}); the next one waits for it"
    assert look(empty_home)["lock"][0].words == "no run is going on"


def test_a_run_that_begins_while_it_looks_waits_instead_of_failing(empty_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_lock(empty_home):
        pass  # makes the file of the lock
    held: list[list[str]] = []
    version = doctor.schema_version

    def looked(connection: duckdb.DuckDBPyConnection) -> int | None:
        with (empty_home.lock_file).open("a", encoding="utf-8") as handle, pytest.raises(BlockingIOError):
            doctor.fcntl.flock(handle, doctor.fcntl.LOCK_EX | doctor.fcntl.LOCK_NB)
        held.append(["yes"])
        return version(connection)

    monkeypatch.setattr(doctor, "schema_version", looked)
    assert look(empty_home)["warehouse"][0].state == "good"
    assert held


def test_a_newer_warehouse_asks_for_a_newer_plumbline(empty_home: Settings) -> None:
    with duckdb.connect(str(empty_home.warehouse_file)) as connection:
        connection.execute("insert into ops.schema_version values (99, 'later', now()::timestamp)")
    words = f"schema version 99, this Plumbline knows {newest_version()}: update it, `git pull && make setup`"
    assert bad(empty_home) == {"warehouse": words}


def test_an_older_warehouse_is_migrated_by_the_next_run(empty_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    present = newest_version()
    monkeypatch.setattr(doctor, "newest_version", lambda: 99)
    [found] = look(empty_home)["warehouse"]
    assert (found.state, found.words) == ("note", f"schema version {present}; the next run brings it to 99, after a copy")


def test_a_file_that_is_not_ours_or_none_at_all_is_bad(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        connection.execute("create table something as select 1 as a")
    assert "was not made by Plumbline; use another home: `PLUMBLINE_HOME=" in bad(settings)["warehouse"]
    settings.warehouse_file.write_text("no database " * 1000, encoding="utf-8")
    assert "cannot be opened as a DuckDB 2.0 file" in bad(settings)["warehouse"]


def test_a_warehouse_left_by_a_killed_run_is_good(tmp_path: Path) -> None:
    """What it had committed lies in the write-ahead log until the next run."""
    settings = settings_of(tmp_path / "home")
    with open_warehouse(settings, load_contracts()) as connection:
        connection.execute("checkpoint")
        connection.execute("insert into ops.clock values ('2026-06-30', '2026-07-01', 'UTC')")
        shutil.copytree(settings.home, tmp_path / "killed")
    assert (tmp_path / "killed" / "warehouse.duckdb.wal").exists()
    assert look(settings_of(tmp_path / "killed"))["warehouse"][0].state == "good"


def test_a_damaged_snapshot_is_named_with_the_way_back(published: Settings) -> None:
    current = publishing.current(published)
    file = published.published_folder / f"{current}.duckdb"
    file.chmod(0o644)
    file.write_bytes(b"\0" * 4096)
    found = look(published)["snapshot"]
    assert [f.state for f in found] == ["bad", "note"]
    assert found[0].words.startswith(f"damaged: {current}. Delete the file, or `plumbline rollback`")


def told(settings: Settings, change: Any) -> None:
    file = settings.published_folder / "status.json"
    status = json.loads(file.read_text(encoding="utf-8"))
    change(status)
    file.write_text(json.dumps(status), encoding="utf-8")


def test_a_run_that_did_not_go_well_is_told_in_its_words(published: Settings) -> None:
    told(published, lambda s: s["run"].update(outcome="refused", words="Built, but not published.", finished_at="2026-06-30T05:00:00Z"))
    assert bad(published) == {"last run": "refused at 2026-06-30T05:00:00Z: Built, but not published."}


def test_numbers_that_are_too_old_are_bad(published: Settings) -> None:
    """36 hours by default."""
    now = datetime.now(UTC)
    told(published, lambda s: s.update(last_good_at=(now - timedelta(hours=35)).isoformat(timespec="seconds")))
    assert bad(published) == {}
    told(published, lambda s: s.update(last_good_at=(now - timedelta(hours=37)).isoformat(timespec="seconds")))
    assert "longer than 36 hours: look at the schedule" in bad(published)["freshness"]


def test_a_port_in_use_is_noted(tmp_path: Path) -> None:
    with listening() as port:
        found = look(settings_of(tmp_path, dashboard_port=port))["ports"]
    assert [f.state for f in found] == ["note", "good"]
    assert found[0].words == f"{port} for dashboards is in use: the server already runs, or set PLUMBLINE_DASHBOARD_PORT to another"


def test_one_thing_that_cannot_be_looked_at_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> list[Any]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(publishing, "snapshots", broken)
    found = look(settings_of(tmp_path))
    assert found["snapshot"][0].state == "bad"
    assert "PermissionError" in found["snapshot"][0].words
    assert len(found["ports"]) == 2


def test_the_command_ends_with_1_where_something_must_be_mended(demo_home: Path, tmp_path: Path) -> None:
    good = CliRunner(env={"PLUMBLINE_HOME": str(demo_home)}).invoke(app, ["doctor"])
    assert good.exit_code == 0, good.output
    assert "✗" not in good.output
    wrong = CliRunner(env={"PLUMBLINE_HOME": str(tmp_path), "PLUMBLINE_THREDS": "4"}).invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "✗ settings   PLUMBLINE_THREDS is no setting" in wrong.output
    assert "1 of these must be mended" in wrong.output
