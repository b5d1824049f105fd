"""A run from landing files to marts: lock, load, clock, build, gates. The same steps whoever starts it.

Belongs here: the order of the steps and what a run reports. Does not belong here: the steps themselves.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import duckdb

from orchestration import gates, transform
from orchestration.clock import Clock, check_origin, home_day, set_clock
from orchestration.contracts import Contract, load_contracts
from orchestration.gates import GateResult
from orchestration.ingestion import landing
from orchestration.ingestion.load import DEFAULT_SYSTEM, IngestReport, Loader
from orchestration.settings import Settings
from orchestration.transform import BuildReport
from orchestration.warehouse import open_warehouse, run_lock


class RunError(RuntimeError):
    """A run that cannot go on. The message says what is missing and what to do."""


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told; see `plumbline run --help`."""

    system: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    select: tuple[str, ...] = ()
    check_sources: bool = False


@dataclass
class RunReport:
    """What a run did."""

    run_id: str
    home: Path
    clock: Clock | None = None
    ingest: IngestReport = field(default_factory=IngestReport)
    build: BuildReport = field(default_factory=BuildReport)
    source_check: BuildReport | None = None
    gate_results: list[GateResult] = field(default_factory=list)
    nothing_to_do: bool = False
    is_replay: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all gates passed, 3 a gate refused, 1 a model could not be built."""
        if self.build.failed:
            return 1
        return 0 if all(g.passed for g in self.gate_results) else 3


class Observer(Protocol):
    """Who is told how a run goes on."""

    def step(self, name: str) -> None:
        """A step begins."""

    def detail(self, words: str) -> None:
        """What the present step is at."""

    def progress(self, name: str, done: int, total: int) -> None:
        """How far the present step is."""


class Silent:
    """An observer that says nothing."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def detail(self, words: str) -> None:
        """Say nothing."""

    def progress(self, name: str, done: int, total: int) -> None:
        """Say nothing."""


def run(settings: Settings, options: RunOptions | None = None, observer: Observer | None = None, now: datetime | None = None) -> RunReport:
    """Load what is new, and build the models where anything they rest on has changed.

    Args:
        settings: the home and everything else that is set.
        options: what this run was told.
        observer: who is told how it goes on.
        now: the time of the run, naive UTC; default the machine's.

    Returns:
        What was done. A replay (`known_at`, `as_of` before the home's day, `select`) loads nothing and builds in a
        home of its own under `replays/`.

    Raises:
        LandingError, MappingError, ClockError, WarehouseError, TransformError, RunError: the run could not go on.

    """
    options, observer = options or RunOptions(), observer or Silent()
    now = now or datetime.now(UTC).replace(tzinfo=None)
    contracts = load_contracts()
    report = RunReport(run_id=f"{now:%Y%m%dT%H%M%S%f}", home=settings.home)
    with run_lock(settings, observer.detail):
        if _is_replay(settings, contracts, options, now):
            settings = _scratch_home(settings, contracts, options, observer)
            report.home, report.is_replay = settings.home, True
        else:
            with _timed(report, "load"):
                _load(settings, contracts, options, observer, report, now)
        with open_warehouse(settings, contracts) as connection:
            report.clock = set_clock(connection, settings, options.as_of, options.known_at, now)
            if report.is_replay:
                _check_rules_again(connection, contracts, now)
            _require_tables(connection, contracts)
            print_of_inputs = fingerprint(connection, report.clock, options)
            built = _last_build(connection, print_of_inputs)
            report.gate_results = gates.held_back(connection, contracts, settings.max_held_back_pct)
        if built is not None:
            report.nothing_to_do = True
            report.gate_results += [GateResult(**g) for g in built["model_tests"]]
            report.build.n_models, report.build.n_tests = built["n_models"], built["n_tests"]
            return report
        observer.step("Building models")
        with _timed(report, "build"):
            report.build = transform.build(settings, options.select, observer.progress)
        if options.check_sources:
            observer.step("Checking sources against their contracts")
            with _timed(report, "check sources"):
                report.source_check = transform.check_sources(settings)
        _conclude(settings, contracts, report, print_of_inputs, now)
    return report


def _conclude(settings: Settings, contracts: dict[str, Contract], report: RunReport, print_of_inputs: str, now: datetime) -> None:
    tests = gates.model_tests(report.build)
    report.gate_results += tests
    if report.source_check is not None:
        report.gate_results += [GateResult("source_test", n, passed=False, detail=d) for n, d in report.source_check.failed_tests.items()]
    with open_warehouse(settings, contracts) as connection:
        gates.record(connection, report.run_id, report.gate_results, now)
        connection.execute("delete from ops.builds")
        if report.build.succeeded:
            result = {
                "n_models": report.build.n_models,
                "n_tests": report.build.n_tests,
                "model_tests": [vars(t) for t in tests],
            }
            connection.execute("insert into ops.builds values (?, ?, ?, ?)", [print_of_inputs, report.run_id, now, json.dumps(result)])


class _timed:  # noqa: N801  (reads as a verb: with _timed(report, "load"))
    def __init__(self, report: RunReport, step: str) -> None:
        self.report, self.name = report, step

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.report.seconds[self.name] = time.monotonic() - self.started


def _load(
    settings: Settings, contracts: dict[str, Contract], options: RunOptions, observer: Observer, report: RunReport, now: datetime
) -> None:
    observer.step("Loading files")
    found = landing.look(
        settings.landing_folder, None if options.system else set(contracts), settle_seconds=settings.settle_seconds
    )
    with open_warehouse(settings, contracts) as connection:
        check_origin(connection, found, options.system or found.source_system or DEFAULT_SYSTEM, now)
        # Findings are judged by everything that was recorded; a replay judges them again by what was known then.
        set_clock(connection, settings, options.as_of, None, now)
        loader = Loader(
            connection, contracts, settings, found, report.run_id, now, options.system,
            tell=lambda table, words: observer.detail(f"{table}: {words}"),
        )  # fmt: skip
        report.ingest = loader.run()


def _is_replay(settings: Settings, contracts: dict[str, Contract], options: RunOptions, now: datetime) -> bool:
    if options.known_at is not None or options.select:
        return True
    if options.as_of is None or not settings.warehouse_file.exists():
        return False
    with open_warehouse(settings, contracts) as connection:
        return options.as_of < home_day(connection, settings, now)


def _scratch_home(settings: Settings, contracts: dict[str, Contract], options: RunOptions, observer: Observer) -> Settings:
    """A copy of the home's warehouse under replays/, named after what is replayed."""
    if not settings.warehouse_file.exists():
        msg = f"there is nothing to replay: {settings.warehouse_file} does not exist. Run `plumbline run` first."
        raise RunError(msg)
    told = "_".join(
        part
        for part in (
            f"as-of-{options.as_of}" if options.as_of else "",
            f"known-at-{options.known_at:%Y-%m-%dT%H%M%S}" if options.known_at else "",
            "select-" + hashlib.sha256(" ".join(options.select).encode()).hexdigest()[:8] if options.select else "",
        )
        if part
    )
    scratch = settings.model_copy(update={"home": settings.home / "replays" / told})
    observer.step(f"Replaying in {scratch.home}")
    scratch.home.mkdir(parents=True, exist_ok=True)
    with open_warehouse(settings, contracts) as connection:
        connection.execute("checkpoint")
    shutil.copy2(settings.warehouse_file, scratch.warehouse_file)
    return scratch


def _check_rules_again(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], now: datetime) -> None:
    from orchestration.ingestion import rules  # noqa: PLC0415  (only replays judge rules by another clock)

    rules.check(connection, contracts, contracts, now)


def _require_tables(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    missing = [
        t for t, c in contracts.items()
        if c.required and not (connection.execute(f'select exists (select 1 from raw."{t}")').fetchone() or (False,))[0]
    ]  # fmt: skip
    if missing:
        msg = (
            f"no row of {', '.join(missing)} has been accepted yet; nothing can be computed without them. Land "
            f"{', '.join(f'{t}.csv' for t in missing)} (columns: README, Contracts). Rows that were refused are in quarantine.rows."
        )
        raise RunError(msg)


def fingerprint(connection: duckdb.DuckDBPyConnection, clock: Clock, options: RunOptions) -> str:
    """A hash of all that the models are built from: accepted rows, seeds, code, clock."""
    rows = connection.execute(
        "select table_name, sum(n_new + n_changed + n_earlier + n_closed) from ops.loads group by table_name order by table_name"
    ).fetchall()
    released = connection.execute("select table_name, count(*) from ops.releases group by table_name order by table_name").fetchall()
    cut = connection.execute("select * from ops.cut_edges order by all").fetchall()
    told = [str(clock.as_of), str(options.known_at), clock.business_timezone, list(options.select), duckdb.__version__]
    digest = hashlib.sha256(json.dumps([rows, released, cut, told], default=str).encode())
    for path in transform.code_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _last_build(connection: duckdb.DuckDBPyConnection, print_of_inputs: str) -> dict[str, object] | None:
    row = connection.execute("select result from ops.builds where fingerprint = $p", {"p": print_of_inputs}).fetchone()
    return json.loads(row[0]) if row else None


