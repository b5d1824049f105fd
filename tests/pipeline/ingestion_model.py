"""What loading should come to, as plain Python over lists: an oracle for random landing folders.

Belongs here: the contract's text (order of versions, parents, quarantine, snapshots) told one record after the other.
Does not belong here: SQL, or anything of orchestration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

PARENT = {"members": ("teams", "team_id"), "notes": ("members", "member_id")}
KEY = {"sites": "site_id", "teams": "team_id", "members": "member_id", "notes": "note_id"}
TABLES = ("sites", "teams", "members", "notes")
SNAPSHOTS = "sites"  # the table whose files are whole states, each part for itself
NEVER = datetime(1, 1, 1)
MOST_VANISH_PCT = 50.0

Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stands in the contract's order."""

    updated_at: datetime
    extracted_at: datetime
    file: str
    load: int
    number: int


@dataclass(frozen=True)
class Record:
    """A record as it was read: its non-null fields (None: it could not be split), its place, and how it was written."""

    fields: Mapping[str, str] | None
    place: Place
    shape: str = ""

    @property
    def values(self) -> Values:
        return tuple(sorted((self.fields or {}).items()))

    @property
    def is_deleted(self) -> bool:
        return (self.fields or {}).get("is_deleted") == "true"


@dataclass
class Kept:
    """A record in quarantine: the same text is kept once, with its newest sighting."""

    key: str | None
    record: Record
    waits: bool
    times_seen: int = 1
    is_resolved: bool = False

    def is_another_sighting(self, key: str | None, record: Record) -> bool:
        same = (self.key, self.record.values, self.record.shape) == (key, record.values, record.shape)
        return same and (self.record.fields is None) == (record.fields is None) and not self.is_resolved


@dataclass
class Table:
    """All that is known of one table."""

    name: str
    accepted: dict[str, list[Record]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)

    def key(self, record: Record) -> str | None:
        return (record.fields or {}).get(KEY[self.name])

    def accept(self, record: Record) -> None:
        key = self.key(record)
        assert key is not None
        self.accepted.setdefault(key, []).append(record)

    def keep(self, record: Record, *, waits: bool) -> None:
        key = self.key(record)
        for kept in self.kept:
            if kept.is_another_sighting(key, record):
                kept.times_seen += 1
                if record.place > kept.record.place:
                    kept.record = record
                return
        self.kept.append(Kept(key, record, waits))

    def unresolved(self) -> list[Kept]:
        return [k for k in self.kept if not k.is_resolved]

    def current(self) -> dict[str, Record]:
        """The last record of each key."""
        return {key: max(records, key=lambda r: r.place) for key, records in self.accepted.items()}

    def standing(self, known_at: datetime) -> dict[str, Values]:
        """The values of each key that exists at a time."""
        found = {}
        for key, records in self.accepted.items():
            known = [r for r in records if r.place.extracted_at <= known_at]
            last = max(known, key=lambda r: r.place) if known else None
            if last is not None and not last.is_deleted:
                found[key] = last.values
        return found


@dataclass(frozen=True)
class File:
    """A file to be read: its records' fields in order."""

    table: str
    name: str
    extracted_at: datetime
    records: tuple[Mapping[str, str] | None, ...]
    shape: str = ""


def part_of(file_name: str) -> str:
    """Which part of its table's landing a file is a version of: `sites/a@2026-01-01.csv.gz` is one of `sites/a`."""
    folder, _, name = file_name.partition("/")
    return f"{folder}/{name.partition('.')[0].partition('@')[0]}"


@dataclass
class Model:
    """The warehouse as it should be."""

    tables: dict[str, Table] = field(default_factory=lambda: {name: Table(name) for name in TABLES})
    n_loads: int = 0

    def run(self, files: list[File]) -> dict[str, int]:
        """Load files together; how many records of each go to quarantine at reading."""
        quarantined = {}
        for table in self.tables.values():
            own = sorted((f for f in files if f.table == table.name), key=lambda f: (f.extracted_at, f.name))
            for _, group in groupby(own, key=lambda f: f.extracted_at if table.name == SNAPSHOTS else None):
                together = list(group)
                n_loads_before = self.n_loads
                for file in together:
                    self.n_loads += 1
                    quarantined[file.name] = self._read(table, file)
                if table.name == SNAPSHOTS:
                    self._close(table, together)
                self._settle(table)
                self._settle_without_key(table, together, n_loads_before)
            self._release(table)
        return quarantined

    def _read(self, table: Table, file: File) -> int:
        n_bad = 0
        for number, fields in enumerate(file.records, start=1):
            updated = datetime.fromisoformat((fields or {}).get("source_updated_at", NEVER.isoformat()))
            record = Record(fields, Place(updated, file.extracted_at, file.name, self.n_loads, number), file.shape)
            is_good = _is_good(table, record)
            if is_good and self._parent_known(table, record):
                table.accept(record)
            else:
                table.keep(record, waits=is_good)
                n_bad += 1
        return n_bad

    def _parent_known(self, table: Table, record: Record) -> bool:
        parent, column = PARENT.get(table.name, ("", ""))
        wanted = (record.fields or {}).get(column)
        return not parent or wanted is None or wanted in self.tables[parent].accepted

    def _settle(self, table: Table) -> None:
        """A row in quarantine is settled once its key has got a version at or behind its place."""
        current = table.current()
        for kept in table.unresolved():
            last = current.get(kept.key or "")
            if last is not None and kept.record.place <= last.place:
                kept.is_resolved = True

    def _settle_without_key(self, table: Table, files: list[File], n_loads_before: int) -> None:
        """A record without a key is settled once its file is read again without it."""
        names = {f.name for f in files}
        if any(f.records for f in files):
            for kept in table.unresolved():
                place = kept.record.place
                if kept.key is None and place.file in names and place.load <= n_loads_before:
                    kept.is_resolved = True

    def _release(self, table: Table) -> None:
        """Waiting rows whose parents have come, in their order."""
        free = [k for k in table.unresolved() if k.waits and self._parent_known(table, k.record)]
        for kept in free:
            table.accept(kept.record)
            kept.is_resolved = True
        self._settle(table)

    def _close(self, table: Table, files: list[File]) -> None:
        """A snapshot settles what waits and closes what stands of its parts and is absent from it.

        No key is closed where too many would be, or where a record of the snapshot has no key.
        """
        last, parts = files[-1], {part_of(f.name) for f in files}
        present = {(fields or {}).get(KEY[table.name]) for file in files for fields in file.records}
        for kept in table.unresolved() if present else []:
            place = kept.record.place
            if kept.key not in present - {None} and part_of(place.file) in parts and place.extracted_at < last.extracted_at:
                kept.is_resolved = True
        exist = {k: r for k, r in table.current().items() if not r.is_deleted and part_of(r.place.file) in parts}
        absent = [k for k, r in exist.items() if k not in present and r.place.extracted_at < last.extracted_at]
        if None in present or 100.0 * len(absent) > MOST_VANISH_PCT * len(exist):
            return
        for key in absent:
            place = Place(exist[key].place.updated_at, last.extracted_at, last.name, self.n_loads, 0)
            table.accept(Record({**(exist[key].fields or {}), "is_deleted": "true"}, place))


def _is_good(table: Table, record: Record) -> bool:
    fields = record.fields
    if fields is None:
        return False
    required = {KEY[table.name]}  # all that a deleted row needs
    if not record.is_deleted:
        required |= {"label", *([PARENT[table.name][1]] if table.name in PARENT else [])}
    return required <= fields.keys() and fields.get("size", "1") in {"1", "2"}
