"""Snapshots that were published: what each says of itself, whether it is whole, and going back to one.

Belongs here: reading published files, the list of them, rollback. Does not belong here: making them (snapshot).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.ingestion.sql_names import quoted
from orchestration.publishing import folder
from orchestration.publishing.exposures import PublishError
from orchestration.settings import Settings
from orchestration.warehouse import WarehouseError, connect

ABOUT = ("snapshot_id", "published_at", "as_of", "known_at", "business_timezone", "run_id", "fingerprint", "origin")
FORMAT = 1  # of a snapshot, as its readers know it: to be raised when they could not read an older one


@dataclass(frozen=True)
class About:
    """What a snapshot says of itself; times are naive UTC."""

    snapshot_id: str
    published_at: datetime
    as_of: date
    known_at: datetime
    business_timezone: str
    run_id: str
    fingerprint: str
    origin: str
    n_tables: int
    n_rows: int
    n_not_reportable: int


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot in the list of them. Of a damaged one only its name and size are known.

    `format_ok` is false where another version of Plumbline published it: nobody can go back to it, but it is read on where it is
    the one that people read. Of a damaged one it is not known, and true.
    """

    id: str
    is_current: bool
    is_damaged: bool
    size_bytes: int
    published_at: datetime | None = None
    as_of: date | None = None
    n_rows: int | None = None
    n_not_reportable: int | None = None
    format_ok: bool = True


@contextmanager
def _opened(path: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    if not path.is_file():
        msg = f"the snapshot {path.stem} is not there"
        raise PublishError(msg)
    try:
        connection = connect(path, settings, read_only=True)
        try:
            yield connection
        finally:
            connection.close()
    except (WarehouseError, duckdb.Error) as error:
        msg = f"the snapshot {path.stem} is damaged and cannot be read; go back to another one"
        raise PublishError(msg) from error


def about(settings: Settings, snapshot_id: str) -> About:
    """What a snapshot says of itself, without reading it whole.

    Raises:
        PublishError: it is not there or cannot be opened.

    """
    with _opened(folder.file_of(settings.published_folder, snapshot_id), settings) as connection:
        return _about(connection, snapshot_id)


def _about(connection: duckdb.DuckDBPyConnection, snapshot_id: str) -> About:
    rows = connection.execute(f"select {', '.join(ABOUT)} from snapshot.about").fetchall()
    if len(rows) != 1 or rows[0][0] != snapshot_id:
        msg = f"the file of the snapshot {snapshot_id} is that of another one: it was renamed or changed by hand"
        raise PublishError(msg)
    counts = connection.execute("select count(*), coalesce(sum(n_rows), 0), coalesce(sum(n_not_reportable), 0) from snapshot.tables")
    n_tables, n_rows, n_hidden = counts.fetchall()[0]
    told = dict(zip(ABOUT, rows[0], strict=True))
    return About(**told, n_tables=int(n_tables), n_rows=int(n_rows), n_not_reportable=int(n_hidden))


def has_our_format(settings: Settings, snapshot_id: str) -> bool:
    """Whether this version of Plumbline published the snapshot, or one that published alike.

    Raises:
        PublishError: it is not there or cannot be opened.

    """
    with _opened(folder.file_of(settings.published_folder, snapshot_id), settings) as connection:
        asked = connection.execute("select * from snapshot.about")
        names = [column[0] for column in asked.description or []]
        return all(dict(zip(names, row, strict=True)).get("format") == FORMAT for row in asked.fetchall())


def whole(settings: Settings, snapshot_id: str) -> About:
    """What a snapshot says of itself, after every value in it has been read once.

    Raises:
        PublishError: it is not there, cannot be read to its end, or lacks rows.

    """
    with _opened(folder.file_of(settings.published_folder, snapshot_id), settings) as connection:
        found = _about(connection, snapshot_id)
        for schema, table, n_rows in connection.execute("select schema_name, table_name, n_rows from snapshot.tables").fetchall():
            name = f"{quoted(schema)}.{quoted(table)}"
            counted = connection.execute(f"select count(*), bit_xor(hash(columns(*))) from {name}").fetchall()[0][0]
            if counted != n_rows:
                msg = f"the snapshot {snapshot_id} is damaged: {schema}.{table} has {counted:,} of {n_rows:,} rows"
                raise PublishError(msg)
    return found


def current(settings: Settings) -> str | None:
    """The id of the snapshot that people read; None where there is none."""
    return folder.current(settings.published_folder)


def snapshots(settings: Settings) -> list[Snapshot]:
    """All published snapshots, newest first; each is read whole, and one that cannot be read is listed as damaged."""
    place = settings.published_folder
    read = folder.current(place)
    return [_listed(settings, i, is_current=i == read) for i in folder.ids(place)]


def _listed(settings: Settings, snapshot_id: str, *, is_current: bool) -> Snapshot:
    path = folder.file_of(settings.published_folder, snapshot_id)
    size = path.stat().st_size if path.is_file() else 0
    format_ok = True
    try:
        format_ok = has_our_format(settings, snapshot_id)
        found = whole(settings, snapshot_id)
    except PublishError:
        return Snapshot(snapshot_id, is_current, is_damaged=True, size_bytes=size, format_ok=format_ok)
    return Snapshot(
        snapshot_id, is_current, is_damaged=False, size_bytes=size, published_at=found.published_at, as_of=found.as_of,
        n_rows=found.n_rows, n_not_reportable=found.n_not_reportable, format_ok=format_ok,
    )  # fmt: skip


def rollback(settings: Settings, snapshot_id: str | None = None) -> Snapshot:
    """Let people read another snapshot; the newer ones stay, and a run with equal inputs does not undo it.

    Args:
        settings: whose home.
        snapshot_id: which; None for the one before that which is read now.

    Raises:
        PublishError: there is no such snapshot, it is damaged or another version's; what people read is as before.

    """
    place = settings.published_folder
    with folder.swapping(place):
        wanted = snapshot_id or _before(place)
        if wanted not in folder.ids(place):
            known = ", ".join(folder.ids(place)) or "none"
            msg = f"there is no snapshot {wanted}. Published are: {known}"
            raise PublishError(msg)
        if not has_our_format(settings, wanted):
            msg = f"the snapshot {wanted} was published by another version of Plumbline; go back to another one, or publish anew"
            raise PublishError(msg)
        whole(settings, wanted)
        folder.set_current(place, wanted)
        return _listed(settings, wanted, is_current=True)


def _before(place: Path) -> str:
    read = folder.current(place)
    if read is None:
        msg = "no snapshot is read now (CURRENT names none), so there is none before it: name the one to go back to"
        raise PublishError(msg)
    older = [i for i in folder.ids(place) if i < read]
    if not older:
        msg = f"{read} is the oldest snapshot that was kept: there is none before it"
        raise PublishError(msg)
    return older[0]
