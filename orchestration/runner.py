"""A run from landing files to marts: lock, load, clock, build, gates. The same steps whoever starts it.

Belongs here: the order of the steps and what a run reports. Does not belong here: the steps themselves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import duckdb

from orchestration import fingerprint, gates, headlines, replays, transform
from orchestration.clock import Clock, forget_empty_origin, note_origin, set_clock, zone
from orchestration.contracts import Contract, load_contracts
from orchestration.gates import GateResult
from orchestration.headlines import Headlines
from orchestration.ingestion import landing, resolution, rules
from orchestration.ingestion.load import DEFAULT_SYSTEM, IngestReport, Loader
from orchestration.settings import Settings
from orchestration.transform import BuildReport
from orchestration.warehouse import open_warehouse, run_lock, transaction


class RunError(RuntimeError):
    """A run that cannot go on. The message says what is missing and what to do."""


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told; see `plumbline run --help`."""

    system: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    select: tuple[str, ...] = ()
    no_ml: bool = False
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
    headlines: Headlines | None = None
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
        told = (options.as_of, options.known_at, options.select)
        if replays.is_replay(settings, contracts, *told, now):
            settings = _replay_home(settings, contracts, options)
            observer.step(f"Replaying in {settings.home}")
            report.home, report.is_replay = settings.home, True
        else:
            with _timed(report, "load"):
                _load(settings, contracts, options, observer, report, now)
        with open_warehouse(settings, contracts) as connection:
            report.clock = set_clock(connection, settings, options.as_of, options.known_at, now)
            if report.is_replay:
                rules.check(connection, contracts, contracts, now)  # by what was known then
            _require_tables(connection, contracts)
            words = (str(options.known_at), *options.select, f"no_ml={options.no_ml}")
            inputs = fingerprint.of_inputs(connection, report.clock, words, transform.code_hash())
            built = fingerprint.last_build(connection, inputs)
            report.gate_results = gates.held_back(connection, contracts, settings.max_held_back_pct)
            if built is None:
                fingerprint.forget(connection)
        if built is None:
            observer.step("Building models")
            with _timed(report, "build"):
                report.build = transform.build(settings, options.select, observer.progress, with_learned=not options.no_ml)
            tests = gates.model_tests(report.build)
        else:
            report.nothing_to_do = True
            report.build.n_models, report.build.n_tests = built["n_models"], built["n_tests"]
            tests = [GateResult(**g) for g in built["model_tests"]]
        if options.check_sources:
            observer.step("Checking sources against their contracts")
            with _timed(report, "check sources"):
                report.source_check = transform.check_sources(settings)
        report.gate_results += tests
        _conclude(settings, contracts, report, inputs, now)
    return report


def _conclude(settings: Settings, contracts: dict[str, Contract], report: RunReport, inputs: str, now: datetime) -> None:
    tests = [vars(g) for g in report.gate_results if g.gate == gates.MODEL_TEST]
    if report.source_check is not None:
        report.gate_results += [
            GateResult(gates.SOURCE_TEST, n, passed=False, detail=d) for n, d in report.source_check.failed_tests.items()
        ]
    with open_warehouse(settings, contracts) as connection:
        gates.record(connection, report.run_id, report.gate_results, now)
        if not report.build.is_whole:
            return
        report.headlines = headlines.read(connection)
        if not report.nothing_to_do:
            result = {"n_models": report.build.n_models, "n_tests": report.build.n_tests, "model_tests": tests}
            fingerprint.remember(connection, inputs, report.run_id, now, result)


def dismiss(settings: Settings, table: str, reason: str) -> int:
    """Close what waits in quarantine of a table, because a person has decided so.

    Returns:
        How many records and files were closed; they stay in quarantine with the reason.

    """
    contracts = load_contracts()
    with run_lock(settings), open_warehouse(settings, contracts) as connection, transaction(connection):
        return resolution.dismiss(connection, table, reason, datetime.now(UTC).replace(tzinfo=None))


def _replay_home(settings: Settings, contracts: dict[str, Contract], options: RunOptions) -> Settings:
    try:
        return replays.scratch_home(settings, contracts, options.as_of, options.known_at, options.select)
    except FileNotFoundError as error:
        raise RunError(str(error)) from error


@contextmanager
def _timed(report: RunReport, step: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        report.seconds[step] = time.monotonic() - started


def _load(
    settings: Settings, contracts: dict[str, Contract], options: RunOptions, observer: Observer, report: RunReport, now: datetime
) -> None:
    observer.step("Loading files")
    found = landing.look(
        settings.landing_folder,
        None if options.system else set(contracts),
        settle_seconds=settings.settle_seconds,
        day_begins_in=zone(settings.business_timezone),
    )
    with open_warehouse(settings, contracts) as connection:
        system = options.system or found.source_system or DEFAULT_SYSTEM
        note_origin(connection, found, system, now)
        # Findings are judged by all that is recorded, also ahead of the clock; a replay judges them by what was known then.
        ahead = max([now, *(f.declared_at for f in found.files if f.declared_at)])
        set_clock(connection, settings, options.as_of, None, now, at_least=ahead)
        loader = Loader(
            connection, contracts, settings, found, report.run_id, now, options.system,
            tell=lambda table, words: observer.detail(f"{table}: {words}"),
        )  # fmt: skip
        report.ingest = loader.run()
        forget_empty_origin(connection, system)


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
