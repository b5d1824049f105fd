"""The published folder: names of snapshots, CURRENT, and the steps by which a new one takes its place, however they are cut short.

Belongs here: files, their order and their durability. Does not belong here: what is in a snapshot (snapshot, history).

A snapshot under its final name that has never been in CURRENT is marked by `.<id>.tmp` beside it: a publish was killed between
the two. Without the mark, a snapshot newer than CURRENT is one that a person has rolled back from, and it stays.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.settings import CURRENT, SNAPSHOT_ID

LOCK = ".lock"
ID_FORMAT = "%Y%m%dT%H%M%S%f"


def is_id(text: str) -> bool:
    """Whether a text has the form of a snapshot's id."""
    if not SNAPSHOT_ID.fullmatch(text):
        return False
    try:
        datetime.strptime(text, ID_FORMAT)  # noqa: DTZ007 (naive UTC)
    except ValueError:
        return False
    return True


def ids(folder: Path) -> list[str]:
    """Ids of the published snapshots, newest first; what was never read by anybody is not among them."""
    read = current(folder)
    there = [p.stem for p in folder.glob("*.duckdb") if is_id(p.stem)] if folder.is_dir() else []
    return sorted((i for i in there if i == read or not _mark(folder, i).exists()), reverse=True)


def new_id(folder: Path, now: datetime) -> str:
    """An id for a snapshot made now, newer than all others even where the machine's clock was set back."""
    newest = max((datetime.strptime(i, ID_FORMAT) for i in ids(folder)), default=datetime(1970, 1, 1))  # noqa: DTZ001, DTZ007 (naive UTC)
    moment = max(now, newest + timedelta(microseconds=1))
    return moment.strftime(ID_FORMAT)


def file_of(folder: Path, snapshot_id: str) -> Path:
    """The file of a snapshot."""
    return folder / f"{snapshot_id}.duckdb"


def building(folder: Path, snapshot_id: str) -> Path:
    """The file in which a snapshot is built."""
    return folder / f".{snapshot_id}.tmp.duckdb"


def current(folder: Path) -> str | None:
    """The id of the snapshot that people read; None where CURRENT is missing or names nothing that is there."""
    try:
        text = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if is_id(text) and file_of(folder, text).is_file() else None


@contextmanager
def swapping(folder: Path) -> Iterator[None]:
    """Hold the lock under which CURRENT is written and old snapshots go; what a killed publish left half done is undone first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        undo_unfinished(folder)
        yield


def undo_unfinished(folder: Path) -> None:
    """Delete snapshots that never came into CURRENT, and the marks of those that did."""
    for mark in folder.glob(".*.tmp"):
        snapshot_id = mark.name.removeprefix(".").removesuffix(".tmp")
        if not is_id(snapshot_id):
            continue
        if current(folder) != snapshot_id:
            file_of(folder, snapshot_id).unlink(missing_ok=True)
            flush(folder)
        mark.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete what killed or failed publishes left: files being built, what DuckDB wrote beside them, half-written names."""
    folder.mkdir(parents=True, exist_ok=True)
    with swapping(folder):
        for left in [*folder.glob(".*.tmp*"), *folder.glob("*.duckdb.wal")]:
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def seal(folder: Path, snapshot_id: str) -> None:
    """Make the built file durable and read-only."""
    path = building(folder, snapshot_id)
    path.chmod(path.stat().st_mode & 0o444)
    flush(path)


def mark_unfinished(folder: Path, snapshot_id: str) -> None:
    """Note that this snapshot is about to get its final name and is not in CURRENT yet."""
    _mark(folder, snapshot_id).touch()
    flush(folder)


def give_final_name(folder: Path, snapshot_id: str) -> None:
    """Rename the built file."""
    building(folder, snapshot_id).rename(file_of(folder, snapshot_id))
    flush(folder)


def set_current(folder: Path, snapshot_id: str) -> None:
    """Let people read this snapshot from now on: at every moment CURRENT holds the old id or the new one."""
    replace_text(folder / CURRENT, f"{snapshot_id}\n")


def replace_text(path: Path, text: str) -> None:
    """Replace a file's content in one step, durably."""
    written = write_beside(path, text)
    written.replace(path)
    flush(path.parent)


def write_beside(path: Path, text: str) -> Path:
    """Write what will replace a file, under a name that `sweep` deletes if that never happens."""
    written = path.with_name(f".{path.name}.tmp")
    written.write_text(text, encoding="utf-8")
    flush(written)
    return written


def finish(folder: Path, snapshot_id: str) -> None:
    """Take the mark away: the snapshot is in CURRENT."""
    _mark(folder, snapshot_id).unlink(missing_ok=True)


def retain(folder: Path, keep: int) -> None:
    """Delete the oldest snapshots beyond `keep`, never the one in CURRENT nor a newer one. Who has one open keeps reading it."""
    read = current(folder)
    for snapshot_id in ids(folder)[keep:]:
        if read is not None and snapshot_id < read:
            delete(folder, snapshot_id)


def delete(folder: Path, snapshot_id: str) -> None:
    """Delete one snapshot."""
    file_of(folder, snapshot_id).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have a file's content, or a folder's names, written to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark(folder: Path, snapshot_id: str) -> Path:
    return folder / f".{snapshot_id}.tmp"
