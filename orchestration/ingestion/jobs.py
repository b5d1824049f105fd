"""Which files a load has to read: those that are new, or were read under another contract or mapping.

Belongs here: files against ops.files. Does not belong here: what the landing folder holds (landing), reading (load).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion import encoding, mappings
from orchestration.ingestion.landing import LandedFile, Landing

RACY_SECONDS = 2.0  # a file changed this shortly before it was read is compared by content next time


@dataclass(frozen=True)
class Job:
    """A file (or a mapped export) that is to be read for one table."""

    contract: Contract
    source_file: str
    file_format: str
    extracted_at: datetime
    content_hash: str
    mapping_hash: str
    size_bytes: int
    modified_ns: int
    path: Path | None = None
    exports: tuple[LandedFile, ...] = ()
    mapping: mappings.Mapping | None = None


@dataclass(frozen=True)
class Known:
    """The newest reading of a file for a table."""

    content_hash: str
    mapping_hash: str
    contract_hash: str
    size_bytes: int
    modified_ns: int
    extracted_at: datetime
    loaded_at: datetime

    def looks_untouched(self, file: LandedFile) -> bool:
        """Same size and time as when it was read, and that time lay clearly before the reading."""
        settled = self.loaded_at.replace(tzinfo=UTC).timestamp() - self.modified_ns / 1e9 > RACY_SECONDS
        return file.size_bytes == self.size_bytes and file.modified_ns == self.modified_ns and settled


@dataclass
class ToRead:
    """Jobs by table in the order of loading; how many files need no reading; files that cannot be opened, and why."""

    by_table: dict[str, list[Job]] = field(default_factory=dict)
    n_unchanged_files: int = 0
    unopened: dict[str, str] = field(default_factory=dict)

    def add(self, job: Job) -> None:
        """Note a file that is to be read."""
        self.by_table.setdefault(job.contract.table, []).append(job)


def find(
    connection: duckdb.DuckDBPyConnection,
    contracts: dict[str, Contract],
    landing: Landing,
    system: str | None,
    source_system: str,
    now: datetime,
) -> ToRead:
    """Compare the landing folder with what has been read.

    Args:
        connection: the warehouse.
        contracts: all contracts.
        landing: the settled files.
        system: the system whose mappings apply; None: files come in the contract's shape.
        source_system: whose files they are; another system may have files of the same names.
        now: the extraction time of files that declare none.

    """
    known = _known(connection, source_system)
    found = ToRead()
    if system is None:
        for file in landing.files:
            _plain(contracts[file.subject], file, known.get((file.name, file.subject)), now, found)
    else:
        _mapped(contracts, landing, mappings.load(system), known, now, found)
    for jobs in found.by_table.values():
        jobs.sort(key=lambda j: (j.extracted_at, j.source_file))
    return found


def _known(connection: duckdb.DuckDBPyConnection, source_system: str) -> dict[tuple[str, str], Known]:
    rows = connection.execute(
        "select f.path, f.table_name, f.content_hash, f.mapping_hash, f.contract_hash, f.size_bytes, f.modified_ns, "
        "f.extracted_at, l.loaded_at from ops.files f join ops.loads l using (load_id) where f.source_system = $system",
        {"system": source_system},
    ).fetchall()
    return {(r[0], r[1]): Known(*r[2:]) for r in rows}


def _hash(file: LandedFile, found: ToRead) -> str | None:
    try:
        return encoding.content_hash(file.path)
    except OSError as error:
        found.unopened[file.name] = f"it cannot be opened ({error.strerror})"
        return None


def _plain(contract: Contract, file: LandedFile, before: Known | None, now: datetime, found: ToRead) -> None:
    same_rules = before is not None and before.contract_hash == contract.fingerprint and before.mapping_hash == ""
    if before and same_rules and before.looks_untouched(file):
        found.n_unchanged_files += 1
        return
    content = _hash(file, found)
    if content is None:
        return
    if before and same_rules and before.content_hash == content:
        found.n_unchanged_files += 1
        return
    first_read = before.extracted_at if before and before.content_hash == content else None
    found.add(
        Job(
            contract=contract,
            source_file=file.name,
            file_format=file.file_format,
            extracted_at=file.declared_at or first_read or now,
            content_hash=content,
            mapping_hash="",
            size_bytes=file.size_bytes,
            modified_ns=file.modified_ns,
            path=file.path,
        )
    )


def _mapped(
    contracts: dict[str, Contract],
    landing: Landing,
    by_table: dict[str, mappings.Mapping],
    known: dict[tuple[str, str], Known],
    now: datetime,
    found: ToRead,
) -> None:
    hashes = {f.name: content for f in landing.files if (content := _hash(f, found)) is not None}
    states = mappings.exports(tuple(f for f in landing.files if f.name in hashes))
    for table, mapping in by_table.items():
        for state in states:
            used = tuple(f for f in state.files if mapping.reads(f.subject))
            if not used:
                continue
            name = " + ".join(f.name for f in used)
            content = "+".join(hashes[f.name] for f in used)
            contract = contracts[table]
            before = known.get((name, table))
            same = (content, mapping.fingerprint, contract.fingerprint)
            if before and (before.content_hash, before.mapping_hash, before.contract_hash) == same:
                found.n_unchanged_files += 1
                continue
            first_read = before.extracted_at if before and before.content_hash == content else None
            found.add(
                Job(
                    contract=contract,
                    source_file=name,
                    file_format="export",
                    extracted_at=state.at or first_read or now,
                    content_hash=content,
                    mapping_hash=mapping.fingerprint,
                    size_bytes=sum(f.size_bytes for f in used),
                    modified_ns=max(f.modified_ns for f in used),
                    exports=used,
                    mapping=mapping,
                )
            )


def batches(jobs: Iterable[Job], most_bytes: int) -> Iterable[list[Job]]:
    """Jobs of a table that are loaded together, up to a size."""
    batch: list[Job] = []
    size = 0
    for job in jobs:
        if batch and size + job.size_bytes > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += job.size_bytes
    if batch:
        yield batch


def snapshots(jobs: Iterable[Job]) -> Iterable[list[Job]]:
    """Jobs of a table by extraction time: the files of one time are the parts of one snapshot."""
    together: dict[datetime, list[Job]] = {}
    for job in jobs:
        together.setdefault(job.extracted_at, []).append(job)
    yield from together.values()
