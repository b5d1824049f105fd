"""Whether everything that Plumbline needs on this machine is in order.

Belongs here: looking, and saying what to do. Does not belong here: changing anything.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import Literal

import duckdb

from orchestration import ports, publishing
from orchestration.clock import ClockError, zone
from orchestration.settings import CHECKOUT, Settings
from orchestration.warehouse import ANOTHER_HOME, UPDATE, WarehouseError, connect, newest_version, schema_version

LITTLE_DISK_GB = 2.0
WATCHED = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "polars", "streamlit")
NOT_A_SETTING = {"PLUMBLINE_WAREHOUSE"}


@dataclass(frozen=True)
class Found:
    """What was found of one thing: good, a note, or bad, with what to do."""

    subject: str
    state: Literal["good", "note", "bad"]
    words: str


def examine(settings: Settings) -> Iterator[Found]:
    """Look at everything, each thing whatever the others are like."""
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Found]]], ...] = (
        ("versions", _versions), ("settings", _settings), ("home", _home), ("lock", _lock), ("warehouse", _warehouse),
        ("snapshot", _snapshot), ("last run", _last_run), ("ports", _ports),
    )  # fmt: skip
    for subject, look in looks:
        try:
            yield from look(settings)
        except (OSError, duckdb.Error, RuntimeError) as error:
            yield Found(
                subject, "bad", f"could not be looked at: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )


def _versions(_settings: Settings) -> Iterator[Found]:
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (CHECKOUT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    other = {name: version for name in WATCHED if (version := _installed(name)) != locked.get(name)}
    yield Found("python", "good", platform.python_version())
    if other:
        words = ", ".join(f"{name} {version} instead of {locked.get(name)}" for name, version in other.items())
        yield Found("packages", "bad", f"{words}. `make setup` installs what is locked")
    else:
        yield Found("packages", "good", ", ".join(f"{name} {locked[name]}" for name in WATCHED))


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _settings(settings: Settings) -> Iterator[Found]:
    known = {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields} | NOT_A_SETTING
    said = sorted(name for name in os.environ if name.upper().startswith("PLUMBLINE_"))
    strange = [name for name in said if name.upper() not in known]
    if strange:
        yield Found("settings", "bad", f"{', '.join(strange)} is no setting and has no effect; README lists them")
    mine = [name for name in said if name not in strange]
    yield Found("settings", "good", f"set: {', '.join(mine)}" if mine else "all as by default")
    try:
        zone(settings.business_timezone)
    except ClockError as error:
        yield Found("settings", "bad", str(error))
    if settings.development_mode:
        yield Found("settings", "note", "PLUMBLINE_DEVELOPMENT_MODE is on: the dashboards have no login")


def _home(settings: Settings) -> Iterator[Found]:
    if not settings.home.exists():
        above = next(p for p in settings.home.absolute().parents if p.exists())
        if not above.is_dir() or not os.access(above, os.W_OK):
            yield Found(
                "home", "bad", f"{settings.home} does not exist, and {above} is no folder that this user can write: set PLUMBLINE_HOME"
            )
        else:
            yield Found("home", "note", f"{settings.home} does not exist yet; the first run makes it")
        return
    if not os.access(settings.home, os.W_OK):
        yield Found("home", "bad", f"{settings.home} cannot be written by this user")
        return
    yield Found("home", "good", f"{settings.home}")
    free = shutil.disk_usage(settings.home).free / 1e9
    used = settings.warehouse_file.stat().st_size / 1e9 if settings.warehouse_file.exists() else 0.0
    enough = free >= max(LITTLE_DISK_GB, 2 * used)  # a replay and a migration copy the warehouse
    words = f"{free:,.1f} GB free, the warehouse has {used:,.2f} GB"
    yield Found("disk", "good" if enough else "bad", words if enough else f"{words}: make room, a run may copy it")
    if not settings.landing_folder.is_dir():
        yield Found("landing", "note", f"there is no {settings.landing_folder} yet; files such as employees.csv go there")


@contextmanager
def _between_runs(settings: Settings) -> Iterator[str | None]:
    """Keep runs waiting for a moment; where one is going on, its name, and nothing waits."""
    if not settings.lock_file.exists():
        yield None
        return
    with settings.lock_file.open("r", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield handle.read().strip() or "unknown process"
        else:
            yield None


def _lock(settings: Settings) -> Iterator[Found]:
    if not settings.lock_file.exists():
        return
    with _between_runs(settings) as run:
        pass
    if run is not None:
        yield Found("lock", "note", f"a run is going on ({run}); the next one waits for it")
    else:
        yield Found("lock", "good", "no run is going on")


def _warehouse(settings: Settings) -> Iterator[Found]:
    if not settings.warehouse_file.exists():
        yield Found("warehouse", "note", "there is none yet; the first run makes it")
        return
    with _between_runs(settings) as run:  # a run that found the file open here would end
        if run is not None:
            yield Found("warehouse", "note", f"a run has it open ({run}); look again when it has ended")
            return
        try:
            connection = connect(settings.warehouse_file, settings, read_only=True)
        except WarehouseError as error:
            yield Found("warehouse", "bad", str(error))
            return
        try:
            version = schema_version(connection)
        finally:
            connection.close()
    newest = newest_version()
    if version is None:
        yield Found("warehouse", "bad", f"{settings.warehouse_file} was not made by Plumbline; use another home: {ANOTHER_HOME}")
    elif version > newest:
        yield Found("warehouse", "bad", f"schema version {version}, this Plumbline knows {newest}: update it, {UPDATE}")
    elif version < newest:
        yield Found("warehouse", "note", f"schema version {version}; the next run brings it to {newest}, after a copy")
    else:
        yield Found("warehouse", "good", f"schema version {version}, DuckDB {duckdb.__version__}")


def _snapshot(settings: Settings) -> Iterator[Found]:
    found = publishing.snapshots(settings)
    damaged = [s.id for s in found if s.is_damaged]
    if damaged:
        yield Found("snapshot", "bad", f"damaged: {', '.join(damaged)}. Delete the file, or `plumbline rollback` to one that is whole")
    read = [s for s in found if s.is_current and not s.is_damaged]
    if read:
        yield Found("snapshot", "good", f"people read {read[0].id}, as of {read[0].as_of}; {len(found)} kept")
    else:
        yield Found("snapshot", "note", "nothing is published; `plumbline run` publishes when every gate passes")


def _last_run(settings: Settings) -> Iterator[Found]:
    status = publishing.read_status(settings)
    run, good = status.get("run"), status.get("last_good_at")
    if not run:
        return
    went_well = run["outcome"] in {"published", "unchanged"}
    yield Found("last run", "good" if went_well else "bad", f"{run['outcome']} at {run['finished_at']}: {run['words']}")
    age = datetime.now(UTC) - datetime.fromisoformat(good) if good else None
    if age is not None and age > timedelta(hours=settings.stale_after_hours):
        yield Found(
            "freshness", "bad", f"no good run since {good}, which is longer than {settings.stale_after_hours:g} hours: look at the schedule"
        )


def _ports(settings: Settings) -> Iterator[Found]:
    for name, port, variable in (
        ("dashboards", settings.dashboard_port, "PLUMBLINE_DASHBOARD_PORT"),
        ("Dagster", settings.dagster_port, "PLUMBLINE_DAGSTER_PORT"),
    ):
        if ports.is_free(port):
            yield Found("ports", "good", f"{port} for {name} is free")
        else:
            yield Found("ports", "note", f"{port} for {name} is in use: the server already runs, or set {variable} to another")
