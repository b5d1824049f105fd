"""Published snapshots as readers see them: which one is current, opened read-only, and how the last run went.

Belongs here: CURRENT, opening and closing snapshot files, status.json. Does not belong here: which rows a viewer may see
(data) and what they mean (pages).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from orchestration.settings import CURRENT, SNAPSHOT_ID, STATUS, STATUS_FORMAT

LACKING = (duckdb.BinderException, duckdb.CatalogException)  # a question names a table or column that the snapshot does not have
OTHER_VERSION = "was published by another version of Plumbline; the next run publishes it anew."
TRIES = 5  # a snapshot may be tidied away between reading CURRENT and opening it


class NothingPublishedError(Exception):
    """No snapshot can be read; the words say why and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """One open snapshot. Safe from several threads: each question has a cursor of its own."""

    snapshot_id: str
    connection: duckdb.DuckDBPyConnection = field(repr=False, compare=False)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Rows of a parameterised query.

        Raises:
            duckdb.Error: the snapshot lacks a table or column that the query names.
        """
        with self.connection.cursor() as cursor:
            found = pl.from_arrow(cursor.sql(sql, params=dict(parameters or {})).to_arrow_table())
        return found if isinstance(found, pl.DataFrame) else found.to_frame()


LOCKED_DOWN = (
    "set enable_external_access = false",
    "set autoload_known_extensions = false",
    "set python_enable_replacements = false",
    "set lock_configuration = true",
)


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A snapshot file, read-only, without access to anything outside it, its settings locked."""
    connection = duckdb.connect(str(path), read_only=True)
    locked = connection.execute("select current_setting('lock_configuration')").fetchone()
    if not (locked and locked[0]):  # a file that this process has open already shares its settings, and they are locked
        for statement in LOCKED_DOWN:
            connection.execute(statement)
    return connection


class Shelf:
    """The published folder. Opens each snapshot once, closes it when it is no longer current and nobody reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, Snapshot] = {}
        self._readers: dict[str, int] = {}
        self._lock = threading.Lock()

    def current_id(self) -> str:
        """The snapshot that CURRENT names.

        Raises:
            NothingPublishedError: there is no CURRENT, or it names nothing that could be a snapshot.
        """
        try:
            named = (self.folder / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            msg = (
                "Nothing has been published yet. `plumbline run` builds the numbers and publishes them. A demo lives in a home of its own: "
                "PLUMBLINE_HOME must name that one (`plumbline demo` made it in data/demo unless told otherwise)."
            )
            raise NothingPublishedError(msg) from None
        except OSError as error:
            msg = f"CURRENT in the published folder cannot be read ({error.strerror})."
            raise NothingPublishedError(msg) from error
        if not SNAPSHOT_ID.fullmatch(named):
            msg = "CURRENT in the published folder does not name a snapshot. `plumbline run` writes it anew."
            raise NothingPublishedError(msg)
        return named

    @contextmanager
    def borrowed(self) -> Iterator[Snapshot]:
        """The current snapshot for as long as the block lasts, whatever is published meanwhile.

        Raises:
            NothingPublishedError: there is none that can be opened.
        """
        snapshot = self._taken()
        try:
            yield snapshot
        finally:
            self._returned(snapshot.snapshot_id)

    def close(self) -> None:
        """Close every snapshot that nobody reads."""
        with self._lock:
            self._tidied(keep=None)

    def _taken(self) -> Snapshot:
        last: Exception | None = None
        for _ in range(TRIES):
            named = self.current_id()
            with self._lock:
                try:
                    snapshot = self._open.get(named) or Snapshot(named, opened(self.folder / f"{named}.duckdb"))
                except duckdb.Error as error:  # gone since CURRENT was read, or unreadable: look again
                    last = error
                    continue
                self._open[named] = snapshot
                self._readers[named] = self._readers.get(named, 0) + 1
                self._tidied(keep=named)
                return snapshot
        words = (
            "The current snapshot cannot be opened. `plumbline snapshots` lists what there is, `plumbline rollback` goes back to another."
        )
        raise NothingPublishedError(words) from last

    def _returned(self, snapshot_id: str) -> None:
        with self._lock:
            self._readers[snapshot_id] -= 1

    def _tidied(self, keep: str | None) -> None:
        for old in [name for name in self._open if name != keep and not self._readers.get(name)]:
            self._open.pop(old).connection.close()
            self._readers.pop(old, None)


def read_status(folder: Path) -> dict[str, Any]:
    """status.json as written after the last run; empty where there is none or it cannot be read."""
    try:
        found = json.loads((folder / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("format") == STATUS_FORMAT else {}


@dataclass(frozen=True)
class About:
    """What a snapshot says of itself, and whether it has grown old."""

    snapshot_id: str
    published_at: datetime
    as_of: Any
    origin: str
    age: timedelta
    stale_since: datetime | None
    stale_why: str


def moment(text: object) -> datetime | None:
    """A moment of status.json or of the snapshot, with its zone (UTC where it has none)."""
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def about(snapshot: Snapshot, status: Mapping[str, Any], stale_after_hours: float, now: datetime) -> About:
    """The one row of snapshot.about, judged against the clock: stale since when, and why.

    Raises:
        NothingPublishedError: the snapshot says other things of itself than this version of Plumbline reads.
    """
    try:
        row = snapshot.rows("select published_at, as_of, origin from snapshot.about").row(0, named=True)
    except LACKING as error:
        msg = f"The current snapshot {OTHER_VERSION}"
        raise NothingPublishedError(msg) from error
    published_at = moment(row["published_at"]) or now
    good_until = (moment(status.get("last_good_at")) or published_at) + timedelta(
        hours=status.get("stale_after_hours") or stale_after_hours
    )
    run = status.get("run") or {}
    why = ""
    if now > good_until:
        failed = run.get("outcome") in {"failed", "refused"}
        why = str(run.get("words") or "") if failed else "No run has finished since."
    return About(
        snapshot_id=snapshot.snapshot_id,
        published_at=published_at,
        as_of=row["as_of"],
        origin=str(row["origin"]),
        age=max(now - published_at, timedelta(0)),
        stale_since=good_until if now > good_until else None,
        stale_why=why,
    )
