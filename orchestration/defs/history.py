"""The home's Dagster instance: where runs are recorded.

Belongs here: opening it, and its configuration. Does not belong here: what is recorded.

Dagster's SQLite storage opens and closes a database for every event it writes, which takes longer than our models do.
The storages here keep their connections while a run of the command line goes on; the files are the same, and Dagster's own
processes open them with its own storage. They override internal methods: a test holds that they still exist and write
what Dagster's write.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import yaml
from dagster import DagsterInstance, InitLoggerContext, LoggerDefinition
from dagster._core.instance import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from orchestration.settings import Settings

BUSY_SECONDS = 60
CONFIGURATION: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},  # no second log
    "retention": {"schedule": {"purge_after_days": 90}, "sensor": {"purge_after_days": {"skipped": 1, "failure": 30, "success": 90}}},
}


def _kept_engine(address: str) -> Engine:
    engine = create_engine(
        address, poolclass=QueuePool, pool_size=1, max_overflow=4, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:  # noqa: ANN401  (sqlite3's connection)
        connection.execute("pragma synchronous = normal")  # safe with the write-ahead log: a power cut loses the last events, not the file
        connection.isolation_level = None  # no transaction of the driver's own

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")  # one that reads first and then writes is refused while another process writes

    return engine


class KeptEvents(SqliteEventLogStorage):
    """Dagster's event log with one engine a database instead of one an event."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:  # noqa: ANN401  (Dagster's)
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:  # noqa: ANN401  (Dagster's)
        """Made by Dagster from its configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard):  # makes the database where there is none
                pass
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = _kept_engine(self.conn_string_for_shard(shard))
            with self._engines[shard].connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the databases."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


class KeptRuns(SqliteRunStorage):
    """Dagster's list of runs with one engine."""

    _engine: Engine | None = None
    _open: threading.local

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:  # noqa: ANN401  (Dagster's)
        """Made by Dagster from its configuration."""
        return cls.from_local(inst_data=inst_data, **config_value)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        if self._engine is None:
            self._engine, self._open = _kept_engine(self._conn_string), threading.local()
        if getattr(self._open, "connection", None) is not None:  # asked for while one is held: a second would wait for it
            yield self._open.connection
            return
        with self._engine.connect() as connection, connection.begin():
            self._open.connection = connection
            try:
                yield connection
            finally:
                self._open.connection = None

    def dispose(self) -> None:
        """Close the database."""
        if self._engine is not None:
            self._engine.dispose()
        super().dispose()


def silent_logger() -> LoggerDefinition:
    """A logger that says nothing in the terminal, where the run has a display of its own; the record is kept all the same."""

    def make(_context: InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("plumbline.dagster")
        logger.addHandler(logging.NullHandler())
        return logger

    return LoggerDefinition(make)


def write_configuration(settings: Settings) -> None:
    """Write dagster.yaml, which Dagster's own processes read. Ours to write: what a person changes in it is lost."""
    settings.dagster_folder.mkdir(parents=True, exist_ok=True)
    file = settings.dagster_folder / "dagster.yaml"
    text = "# Written by plumbline.\n" + yaml.safe_dump(CONFIGURATION)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def _storage(module: str, name: str, folder: Path) -> dict[str, Any]:
    return {"module": module, "class": name, "config": {"base_dir": str(folder)}}


@contextmanager
def open_history(settings: Settings) -> Iterator[DagsterInstance]:
    """The home's instance, with storages that keep their connections."""
    write_configuration(settings)
    folder = settings.dagster_folder.resolve()
    reference = InstanceRef.from_dir(
        str(folder),
        overrides={
            "run_storage": _storage(__name__, KeptRuns.__name__, folder / "history"),
            "event_log_storage": _storage(__name__, KeptEvents.__name__, folder / "history" / "runs"),
            "schedule_storage": _storage("dagster._core.storage.schedules", "SqliteScheduleStorage", folder / "schedules"),
        },
    )
    with _one_at_a_time(folder):  # Dagster's making of the databases is no match for several processes at once
        instance = DagsterInstance.from_ref(reference)
    with instance:
        yield instance


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / ".opening").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
