"""A run from landing files to a published snapshot: lock, load, clock, build, gates, publish, status.

Belongs here: the steps, what they hand each other, and what a run reports. Does not belong here: their order and record
(Dagster: defs/, runner), how a step does its work (ingestion, transform, publishing).
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import duckdb

from orchestration import fingerprint, gates, headlines, publishing, replays, transform
from orchestration.clock import forget_empty_origin, note_origin, set_clock, zone
from orchestration.contracts import Contract, load_contracts
from orchestration.gates import GateResult
from orchestration.ingestion import landing, rules
from orchestration.ingestion.load import DEFAULT_SYSTEM, Loader
from orchestration.observer import Observer, Silent
from orchestration.run_report import GateRefusedError, RunError, RunOptions, RunReport
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse, run_lock

log = logging.getLogger("plumbline.run")


class Pipeline:
    """One run: a context that holds the run lock, and the steps load, build, publish to be taken in it in that order.

    A replay (`known_at`, another `as_of` than the home's day, `select`) loads nothing, builds in a home of its own under
    `replays/` and publishes only where it was told to.

    Args:
        settings: the home and everything else that is set.
        options: what this run was told.
        observer: who is told how it goes on.
        now: the time of the run, naive UTC; default: the machine's when the lock is held.

    """

    def __init__(
        self, settings: Settings, options: RunOptions | None = None, observer: Observer | None = None, now: datetime | None = None
    ) -> None:
        self.home, self.settings = settings, settings
        self.options, self.observer = options or RunOptions(), observer or Silent()
        self.given_now = now
        self.contracts: dict[str, Contract] = load_contracts()
        self.inputs = ""  # their fingerprint, once they are loaded
        self.built = ""  # the fingerprint of what all models stand for, once they do
        self.held_back: list[GateResult] = []
        self.dagster_run_id: str | None = None
        self.is_attended = False
        self.is_part = True  # of the graph, until a build of everything begins: no run that people are told of
        self.closing = ExitStack()

    def __enter__(self) -> Self:
        self.closing.enter_context(run_lock(self.home, self.observer.detail))
        self.now = self.given_now or datetime.now(UTC).replace(tzinfo=None)
        self.report = RunReport(run_id=f"{self.now:%Y%m%dT%H%M%S%f}", home=self.home.home)
        log.info("run begins", extra={"run_id": self.report.run_id})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self.closing:
            if error is not None and self.report.error is None:
                self.report.error = error
            is_told = self.report.error is not None or not self.is_part
            if is_told and (not self.report.is_replay or self.options.publish):
                self._write_status()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Time a step, and remember what ended it."""
        started = time.monotonic()
        self.report.failed_step, self.report.error = None, None
        try:
            yield
        except BaseException as error:
            self.report.failed_step, self.report.error = name, error
            log.exception("step failed", extra={"run_id": self.report.run_id, "step": name})
            raise
        finally:
            self.report.seconds[name] = self.report.seconds.get(name, 0.0) + time.monotonic() - started
            log.info("step ends", extra={"run_id": self.report.run_id, "step": name, "seconds": round(self.report.seconds[name], 3)})

    def load(self) -> None:
        """Landing files into raw, or a replay's copy of the warehouse; then the clock, what is held back, and the fingerprint.

        Raises:
            LandingError, MappingError, ClockError, WarehouseError, RunError: the run could not go on.

        """
        with self._step("load"):
            told = (self.options.as_of, self.options.known_at, self.options.select)
            if replays.is_replay(self.home, self.contracts, *told, self.now):
                self.report.is_replay = True
                self.settings = _replay_home(self.home, self.contracts, self.options)
                self.report.home = self.settings.home
                self.observer.step(f"Replaying in {self.settings.home}")
            else:
                self._load_files()
            with open_warehouse(self.settings, self.contracts) as connection:
                clock = set_clock(connection, self.settings, self.options.as_of, self.options.known_at, self.now)
                self.report.clock = clock
                if self.report.is_replay:
                    rules.check(connection, self.contracts, self.contracts, self.now)  # by what was known then
                _require_tables(connection, self.contracts)
                words = (str(self.options.known_at), *self.options.select, f"no_ml={self.options.no_ml}")
                self.inputs = fingerprint.of_inputs(connection, clock, words, transform.code_hash())
                self.held_back = gates.held_back(connection, self.contracts, self.settings.max_held_back_pct)

    def _load_files(self) -> None:
        self.observer.step("Loading files")
        found = landing.look(
            self.settings.landing_folder,
            None if self.options.system else set(self.contracts),
            settle_seconds=self.settings.settle_seconds,
            day_begins_in=zone(self.settings.business_timezone),
        )
        with open_warehouse(self.settings, self.contracts) as connection:
            system = self.options.system or found.source_system or DEFAULT_SYSTEM
            note_origin(connection, found, system, self.now)
            # Findings are judged by all that is recorded, also ahead of the clock; a replay judges them by what was known then.
            ahead = max([self.now, *(f.declared_at for f in found.files if f.declared_at)])
            set_clock(connection, self.settings, self.options.as_of, None, self.now, at_least=ahead)
            loader = Loader(
                connection, self.contracts, self.settings, found, self.report.run_id, self.now, self.options.system,
                tell=lambda table, words: self.observer.detail(f"{table}: {words}"),
            )  # fmt: skip
            self.report.ingest = loader.run()
            forget_empty_origin(connection, system)

    def build(self, only: tuple[str, ...] = ()) -> None:
        """The models and their tests, where anything they rest on has changed; the contracts' own tests where told; gates.

        Args:
            only: dbt selectors of a part, in place of the whole; no snapshot is published after that.

        Raises:
            TransformError, WarehouseError: dbt could not run. A model that failed is in the report, and raises nothing.

        """
        with self._step("build"):
            self.is_part = bool(only) or not self.inputs
            with open_warehouse(self.settings, self.contracts) as connection:
                if only:
                    self.inputs = ""
                built = fingerprint.last_build(connection, self.inputs) if self.inputs else None
                if built is None:
                    fingerprint.forget(connection)
            if built is None:
                self.observer.step("Building models")
                self.report.build = transform.build(
                    self.settings, only or self.options.select, self.observer.progress, with_learned=not self.options.no_ml
                )
                tests = gates.model_tests(self.report.build)
            else:
                self.report.nothing_to_do = True
                self.report.build.n_models, self.report.build.n_tests = built["n_models"], built["n_tests"]
                tests = [GateResult(**g) for g in built["model_tests"]]
            self.report.gate_results = [*self.held_back, *tests]
            if self.options.check_sources:
                self.observer.step("Checking sources against their contracts")
                self.report.source_check = transform.check_sources(self.settings)
            self._conclude([vars(g) for g in tests])

    def _conclude(self, tests: list[dict[str, object]]) -> None:
        report = self.report
        if report.source_check is not None:
            found = {**report.source_check.failed_tests, **report.source_check.failed}
            report.gate_results += [GateResult(gates.SOURCE_TEST, n, passed=False, detail=d) for n, d in found.items()]
        with open_warehouse(self.settings, self.contracts) as connection:
            gates.record(connection, report.run_id, report.gate_results, self.now)
            if not report.build.is_whole:
                return
            self.built = self.inputs
            report.headlines = headlines.read(connection)
            if self.inputs and not report.nothing_to_do:
                result = {"n_models": report.build.n_models, "n_tests": report.build.n_tests, "model_tests": tests}
                fingerprint.remember(connection, self.inputs, report.run_id, self.now, result)

    def publish(self) -> None:
        """A new snapshot, where every gate passed and something is new in it.

        Raises:
            GateRefusedError: a gate refused, or a model could not be built; what people read stays as it is.
            PublishError: the snapshot could not be made.

        """
        if self.report.is_replay and not self.options.publish:
            return
        refusal = self.report.refusal()
        if refusal is not None:
            raise GateRefusedError(refusal)
        if not self.built:
            msg = "a snapshot is published by a run that loads and builds everything: `plumbline run`"
            raise RunError(msg)
        with self._step("publish"):
            self.report.published = publishing.publish(
                self.home, fingerprint=self.built, run_id=self.report.run_id, now=self.now, observer=self.observer,
                warehouse=self.settings.warehouse_file,
            )  # fmt: skip

    def _write_status(self) -> None:
        outcome, code, words = self.report.outcome()
        finished = datetime.now(UTC).replace(tzinfo=None) if self.given_now is None else self.now
        run = {
            "run_id": self.report.run_id, "dagster_run_id": self.dagster_run_id, "started_at": self.now, "finished_at": finished,
            "outcome": outcome, "code": code, "words": words,
            "seconds": {name: round(seconds, 3) for name, seconds in self.report.seconds.items()},
        }  # fmt: skip
        log.info("run ends", extra={"run_id": self.report.run_id, "outcome": outcome, "code": code})
        with ExitStack() as opened:
            connection = None
            with contextlib.suppress(duckdb.Error, RuntimeError, OSError):  # a warehouse that cannot be opened is what the status says
                connection = opened.enter_context(open_warehouse(self.settings, self.contracts))
            publishing.write_status(
                self.home, run=run, connection=connection, gates=self.report.gate_results, clock=self.report.clock,
                models=self.report.build if self.report.build.nodes else None, contracts=self.contracts,
            )  # fmt: skip


def _replay_home(settings: Settings, contracts: dict[str, Contract], options: RunOptions) -> Settings:
    try:
        return replays.scratch_home(settings, contracts, options.as_of, options.known_at, options.select)
    except FileNotFoundError as error:
        raise RunError(str(error)) from error


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
