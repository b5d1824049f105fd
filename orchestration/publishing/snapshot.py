"""A new snapshot: built beside the others, checked, made durable, and only then put in place of the one that people read.

Belongs here: the order of these steps and what happens when one fails. Does not belong here: how each is done (suppression,
checking, folder).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.ingestion.sql_names import quoted
from orchestration.observer import Observer
from orchestration.publishing import checking, exposures, faults, folder, history, suppression
from orchestration.publishing.exposures import MODELS, SEEDS, Exposed, PublishError
from orchestration.settings import Settings
from orchestration.warehouse import connect

WAREHOUSE = "warehouse"


@dataclass(frozen=True)
class Published:
    """What people read after a publish: a new snapshot, or the one that stays because nothing has changed."""

    snapshot_id: str
    is_new: bool
    n_tables: int
    n_rows: int
    n_not_reportable: int
    seconds: float


@dataclass(frozen=True)
class _Making:
    """One snapshot on its way."""

    settings: Settings
    warehouse_file: Path
    exposed: tuple[Exposed, ...]
    snapshot_id: str
    run_id: str
    fingerprint: str
    now: datetime
    observer: Observer

    @property
    def folder(self) -> Path:
        return self.settings.published_folder

    @property
    def file(self) -> Path:
        return folder.building(self.folder, self.snapshot_id)


def publish(
    settings: Settings,
    *,
    fingerprint: str,
    run_id: str,
    now: datetime,
    observer: Observer,
    warehouse: Path | None = None,
    models: Path = MODELS,
    seeds: Path = SEEDS,
) -> Published:
    """Publish what the exposures name, unless the newest snapshot was made from the same.

    The run lock must be held, and the warehouse must not be open in this process.

    Args:
        settings: the home whose published folder people read.
        fingerprint: of everything that the warehouse's models rest on.
        run_id: of the run that built them.
        now: the time of the run, naive UTC.
        observer: who is told how it goes on.
        warehouse: where a replay built them; default the home's.
        models: folder of the models, with exposures.yml.
        seeds: folder of the seeds.

    Raises:
        PublishError: nothing was published, and what people read is as before.

    """
    started = time.monotonic()
    observer.step("Publishing")
    exposed = exposures.read(models, seeds)
    place = settings.published_folder
    made_from = _fingerprint(fingerprint, exposed)
    with faults.in_words(settings):
        folder.sweep(place)
        standing = _standing(settings, made_from)
        if standing:
            with folder.swapping(place):
                folder.retain(place, settings.keep_snapshots)
            return _published(standing, started, is_new=False)
        snapshot_id = folder.new_id(place, now)
        source = warehouse or settings.warehouse_file
        making = _Making(settings, source, exposed, snapshot_id, run_id, made_from, now, observer)
        try:
            build(making)
            observer.detail("checking what was written")
            audit(making)
            folder.seal(place, snapshot_id)
            with folder.swapping(place):
                folder.mark_unfinished(place, snapshot_id)
                folder.give_final_name(place, snapshot_id)
                folder.set_current(place, snapshot_id)
                folder.finish(place, snapshot_id)
                folder.retain(place, settings.keep_snapshots)
        finally:
            folder.sweep(place)
        return _published(history.about(settings, snapshot_id), started, is_new=True)


def _fingerprint(inputs: str, exposed: tuple[Exposed, ...]) -> str:
    code = sorted(Path(__file__).parent.glob("*.py"))
    parts = [inputs.encode(), repr(exposed).encode(), *(path.read_bytes() for path in code)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _standing(settings: Settings, made_from: str) -> history.About | None:
    """What people read now, if the newest snapshot was made from the same. It may be an older one: a person has rolled back."""
    place = settings.published_folder
    read = folder.current(place)
    if read is None:
        return None
    try:
        newest = history.about(settings, folder.ids(place)[0])
        is_ours = all(history.has_our_format(settings, i) for i in (newest.snapshot_id, read))
        return history.about(settings, read) if is_ours and newest.fingerprint == made_from else None
    except PublishError:  # damaged: publish anew
        return None


def _published(found: history.About, started: float, *, is_new: bool) -> Published:
    seconds = time.monotonic() - started
    return Published(found.snapshot_id, is_new, found.n_tables, found.n_rows, found.n_not_reportable, seconds)


@contextmanager
def _beside_the_warehouse(making: _Making, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file being built, with the warehouse attached to it for reading."""
    if not making.warehouse_file.is_file():
        msg = f"there is no warehouse {making.warehouse_file}: nothing has been built yet"
        raise PublishError(msg)
    connection = connect(making.file, making.settings, read_only=read_only)
    try:
        connection.execute(f"attach $path as {WAREHOUSE} (read_only)", {"path": str(making.warehouse_file)})
        yield connection
    finally:
        with suppress(duckdb.Error):  # a full disk has invalidated the database: there is nothing left to close
            connection.close()


def build(making: _Making) -> None:
    """Write the file whole, so that nothing of it is left in a log beside it."""
    with _beside_the_warehouse(making, read_only=False) as connection:
        write_tables(connection, making)
        write_about(connection, making)
        connection.execute("checkpoint")
    if making.file.with_name(f"{making.file.name}.wal").exists():
        msg = "the snapshot could not be written to its end (is the disk full?). People still read what they read before."
        raise PublishError(msg)


def write_tables(connection: duckdb.DuckDBPyConnection, making: _Making) -> None:
    """Write every exposed table, and snapshot.tables with their counts."""
    connection.execute("create schema snapshot")
    connection.execute("create table snapshot.tables (schema_name varchar, table_name varchar, n_rows bigint, n_not_reportable bigint)")
    asked = "select schema_name, table_name, list(column_name) from duckdb_columns() where database_name = $d group by all"
    there = {(schema, table): columns for schema, table, columns in connection.execute(asked, {"d": WAREHOUSE}).fetchall()}
    for done, table in enumerate(making.exposed, start=1):
        if (table.schema, table.name) not in there:
            msg = f"the warehouse has no table {table.full_name}, which an exposure names: build it, or take it out"
            raise PublishError(msg)
        lacking = [name for name, _ in table.columns if name not in there[table.schema, table.name]]
        if lacking:
            msg = f"the warehouse has no column {', '.join(lacking)} in {table.full_name}, which its yml describes: run again"
            raise PublishError(msg)
        connection.execute(f"create schema if not exists {quoted(table.schema)}")
        connection.execute(suppression.create(table))
        connection.execute(*suppression.fill(table, WAREHOUSE))
        hidden = "count(*) filter (where not is_reportable)" if table.how.people else "0"
        connection.execute(
            f"insert into snapshot.tables select $schema, $name, count(*), {hidden} from {quoted(table.schema)}.{quoted(table.name)}",
            {"schema": table.schema, "name": table.name},
        )
        making.observer.progress(table.full_name, done, len(making.exposed))


def write_about(connection: duckdb.DuckDBPyConnection, making: _Making) -> None:
    """Write snapshot.about."""
    connection.execute(
        "create table snapshot.about (snapshot_id varchar, published_at timestamp, as_of date, known_at timestamp, "
        "business_timezone varchar, run_id varchar, fingerprint varchar, origin varchar, format integer)"
    )
    origin = f"select case when count(*) > 0 and bool_and(kind = 'synthetic') then 'synthetic' else 'real' end from {WAREHOUSE}.ops.origin"
    connection.execute(
        "insert into snapshot.about select $id, $now, as_of, known_at, business_timezone, $run_id, $made_from, "
        f"({origin}), {history.FORMAT} from {WAREHOUSE}.ops.clock",
        {"id": making.snapshot_id, "now": making.now, "run_id": making.run_id, "made_from": making.fingerprint},
    )


def audit(making: _Making) -> None:
    """Open the finished file as its readers will, and look at it."""
    with _beside_the_warehouse(making, read_only=True) as connection:
        checking.check(connection, making.exposed, WAREHOUSE)
