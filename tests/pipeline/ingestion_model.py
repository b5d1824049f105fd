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
NEVER = datetime(1, 1, 1)
MOST_VANISH_PCT = 50.0

Values = tuple[tuple[str, str], ...]
Place = tuple[datetime, datetime, str, int, int]


@dataclass(frozen=True)
class Record:
    """A record as it was read: its non-null fields (None: it could not be split) and its place in the contract's order."""

    fields: Mapping[str, str] | None
    place: Place

    @property
    def values(self) -> Values:
        return tuple(sorted((self.fields or {}).items()))

    @property
    def extracted_at(self) -> datetime:
        return self.place[1]


@dataclass
class Table:
    """All that is known of one table."""

    name: str
    accepted: dict[str, list[Record]] = field(default_factory=dict)
    waiting: list[Record] = field(default_factory=list)
    held: list[Record] = field(default_factory=list)  # in quarantine, still or for ever
    given_up: list[Record] = field(default_factory=list)  # in quarantine, but a newer version was accepted
    released: list[Record] = field(default_factory=list)

    def key(self, record: Record) -> str | None:
        return (record.fields or {}).get(KEY[self.name])

    def accept(self, record: Record) -> None:
        key = self.key(record)
        assert key is not None
        self.accepted.setdefault(key, []).append(record)

    def current(self) -> dict[str, Record]:
        """The last record of each key."""
        return {key: max(records, key=lambda r: r.place) for key, records in self.accepted.items()}

    def standing(self, known_at: datetime) -> dict[str, Values]:
        """The values of each key that exists at a time."""
        found = {}
        for key, records in self.accepted.items():
            known = [r for r in records if r.extracted_at <= known_at]
            last = max(known, key=lambda r: r.place) if known else None
            if last is not None and last.values and dict(last.values).get("is_deleted") != "true":
                found[key] = last.values
        return found


@dataclass(frozen=True)
class File:
    """A file to be read: its records' fields in order."""

    table: str
    name: str
    extracted_at: datetime
    records: tuple[Mapping[str, str] | None, ...]


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
            for _, together in groupby(own, key=lambda f: f.extracted_at if table.name == "sites" else None):
                snapshot = list(together)
                for file in snapshot:
                    self.n_loads += 1
                    quarantined[file.name] = self._read(table, file)
                if table.name == "sites":
                    self._close(table, snapshot)
                self._give_up(table)
            self._release(table)
        return quarantined

    def _read(self, table: Table, file: File) -> int:
        n_bad = 0
        for number, fields in enumerate(file.records, start=1):
            updated = datetime.fromisoformat((fields or {}).get("source_updated_at", NEVER.isoformat()))
            record = Record(fields, (updated, file.extracted_at, file.name, self.n_loads, number))
            if not _is_good(table, record):
                table.held.append(record)
            elif not self._parent_known(table, record):
                table.waiting.append(record)
            else:
                table.accept(record)
                continue
            n_bad += 1
        return n_bad

    def _parent_known(self, table: Table, record: Record) -> bool:
        parent, column = PARENT.get(table.name, ("", ""))
        return not parent or (record.fields or {})[column] in self.tables[parent].accepted

    def _give_up(self, table: Table) -> None:
        """A row in quarantine is settled once its key has got a version at or behind its place."""
        current = table.current()
        for kept in (table.held, table.waiting):
            for record in list(kept):
                last = current.get(table.key(record) or "")
                if last is not None and record.place <= last.place:
                    kept.remove(record)
                    table.given_up.append(record)

    def _release(self, table: Table) -> None:
        """A record that came several times waits once, at its last place."""
        free = [r for r in table.waiting if self._parent_known(table, r)]
        table.waiting = [r for r in table.waiting if r not in free]
        last: dict[Values, Record] = {}
        for record in sorted(free, key=lambda r: r.place):
            last[record.values] = record
        for record in last.values():
            table.accept(record)
        table.released += free
        self._give_up(table)

    def _close(self, table: Table, files: list[File]) -> None:
        """A snapshot closes the keys it lacks, unless they are too many or a record of it has no key."""
        last = files[-1]
        exist = {k: r for k, r in table.current().items() if r.fields and r.fields.get("is_deleted") != "true"}
        present = {(fields or {}).get(KEY[table.name]) for file in files for fields in file.records}
        absent = [k for k, r in exist.items() if k not in present and r.extracted_at < last.extracted_at]
        if None in present or 100.0 * len(absent) > MOST_VANISH_PCT * len(exist):
            return
        for key in absent:
            updated = exist[key].place[0]
            closing = {**(exist[key].fields or {}), "is_deleted": "true"}
            table.accept(Record(closing, (updated, last.extracted_at, last.name, self.n_loads, 0)))


def _is_good(table: Table, record: Record) -> bool:
    fields = record.fields
    if fields is None:
        return False
    required = {KEY[table.name], "label", *([PARENT[table.name][1]] if table.name in PARENT else [])}
    return required <= fields.keys() and fields.get("size", "1") in {"1", "2"}
