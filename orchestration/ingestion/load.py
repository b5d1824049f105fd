"""Loading: every table's new files into raw and quarantine, one transaction a table and run, then the findings.

Belongs here: the order of things. Does not belong here: how each is done (the other modules of this package).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion import exports, findings, identity, jobs, merge, quarantine, readers, resolution, rules, stage
from orchestration.ingestion.jobs import Job, batches, snapshots
from orchestration.ingestion.landing import Landing
from orchestration.ingestion.readers import Relation, UnreadableFileError
from orchestration.settings import Settings
from orchestration.warehouse import transaction

DEFAULT_SYSTEM = "default"
SCRATCH = "scratch-"
OUTCOMES = ("new", "changed", "unchanged", "earlier", "quarantined")
Tell = Callable[[str, str], None]


@dataclass
class FileReport:
    """What became of one file: ops.loads as an object."""

    table: str
    source_file: str
    status: str
    detail: str = ""
    n_read: int = 0
    n_closed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class IngestReport:
    """What a load did: each file read, and what was left alone."""

    files: list[FileReport] = field(default_factory=list)
    n_unchanged_files: int = 0
    released: dict[str, int] = field(default_factory=dict)
    changed_tables: set[str] = field(default_factory=set)
    unsettled: tuple[str, ...] = ()
    not_understood: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def total(self, outcome: str) -> int:
        """Records with an outcome over all files."""
        return sum(f.outcomes.get(outcome, 0) for f in self.files)


Reading = tuple[Job, stage.Incoming, FileReport]


@dataclass
class Loader:
    """One load. `now` is the time of the run: what files that declare no extraction time count as extracted at."""

    connection: duckdb.DuckDBPyConnection
    contracts: dict[str, Contract]
    settings: Settings
    landing: Landing
    run_id: str
    now: datetime
    system: str | None = None
    tell: Tell = lambda _table, _words: None
    _changed: set[str] = field(default_factory=set, init=False)  # tables with rows accepted since their rules were checked

    def run(self) -> IngestReport:
        """Load what is new in the landing folder.

        Returns:
            What became of every file.

        """
        started = time.monotonic()
        self._changed = findings.unchecked(self.connection)
        report = IngestReport(unsettled=self.landing.unsettled, not_understood=dict(self.landing.not_understood))
        to_read = jobs.find(self.connection, self.contracts, self.landing, self.system, self._system(), self.now)
        report.n_unchanged_files = to_read.n_unchanged_files
        report.not_understood |= to_read.unopened
        landed = [*(f.name for f in self.landing.files), *self.landing.unsettled]
        resolution.of_files_gone(self.connection, self._system(), landed, self.now)
        with _scratch(self.settings.home) as scratch:
            for table, contract in self.contracts.items():
                self._load_table(contract, to_read.by_table.get(table, []), report, scratch)
        findings.note_landing(self.connection, report.not_understood, self.now)
        self._check_rules(report)
        report.seconds = time.monotonic() - started
        return report

    # ------------------------------------------------------------------ one table

    def _load_table(self, contract: Contract, to_read: list[Job], report: IngestReport, scratch: Path) -> None:
        is_snapshot = self.landing.modes.get(contract.table) == "snapshot"
        for batch in snapshots(to_read) if is_snapshot else batches(to_read, self.settings.batch_megabytes * 1_000_000):
            self._load_batch(contract, batch, report, scratch, is_snapshot=is_snapshot)
        if not self._changed & self._waited_for(contract):
            return
        with transaction(self.connection):
            released = quarantine.retry(self.connection, contract, self.now, self.run_id)
            if released:
                self._accepted(contract)
        for outcome, n in released.items():
            report.released[outcome] = report.released.get(outcome, 0) + n

    def _waited_for(self, contract: Contract) -> set[str]:
        """The tables whose rows can release a waiting row of this one, or change what it is said to wait for."""
        above = {t for parent in contract.depends_on for t in self._waited_for(self.contracts[parent])}
        return above | contract.depends_on

    def _load_batch(self, contract: Contract, batch: list[Job], report: IngestReport, scratch: Path, *, is_snapshot: bool) -> None:
        started = time.monotonic()
        stage.create(self.connection, contract)
        read: list[Reading] = []
        for file_no, job in enumerate(batch, start=1):
            self.tell(contract.table, f"reading {job.source_file}")
            row = self.connection.execute("select nextval('ops.load_ids')").fetchone()
            load_id = int(row[0]) if row else 0
            incoming = stage.Incoming(file_no, load_id, job.source_file, job.extracted_at, self._system())
            outcome = FileReport(contract.table, job.source_file, "loaded")
            try:
                relation = self._relation(job, scratch)
                outcome.notes += relation.notes
                if relation.unknown_columns and relation.fields:  # without any known column its header may be a record
                    words = f"not in the contract, kept out: {', '.join(relation.unknown_columns)}"
                    outcome.notes.append(("unknown_columns", words))
                outcome.n_read = stage.add(self.connection, contract, relation, incoming, scratch)
                if job.exports:
                    outcome.n_read += stage.add_broken(self.connection, exports.BROKEN, incoming)
            except UnreadableFileError as error:
                outcome.status, outcome.detail = "quarantined", str(error)
                outcome.notes.append(("file_in_quarantine", str(error)))
            read.append((job, incoming, outcome))
            for leftover in scratch.iterdir():
                leftover.unlink()
        self.tell(contract.table, "merging")
        with transaction(self.connection):
            self._merge(contract, read, is_snapshot=is_snapshot)
            self._record(contract, read, time.monotonic() - started)
        report.files += [outcome for _, _, outcome in read]

    def _system(self) -> str:
        return self.system or self.landing.source_system or DEFAULT_SYSTEM

    def _relation(self, job: Job, scratch: Path) -> Relation:
        if job.path is not None:
            return readers.read(self.connection, job.path, job.file_format, job.contract.column_names, scratch)
        return exports.relation(self.connection, job, self._system(), scratch)

    def _merge(self, contract: Contract, read: list[Reading], *, is_snapshot: bool) -> None:
        merge.merge(self.connection, contract)
        quarantine.keep(self.connection, contract, self._system())
        by_file: dict[int, dict[str, int]] = {}
        for file_no, outcome, n in self.connection.execute(
            f"select file_no, outcome, count(*) from {merge.OUTCOMES} group by all union all "
            f"select file_no, 'quarantined', count(*) from {stage.STAGE} where not ok group by all"
        ).fetchall():
            by_file.setdefault(file_no, {})[outcome] = n
        for _, incoming, outcome in read:
            outcome.outcomes = by_file.get(incoming.file_no, {})
        if is_snapshot:
            self._close_absent(contract, read)
        resolved = resolution.of_superseded(self.connection, contract, self.now)
        resolved |= resolution.of_records_gone_from_their_file(self.connection, contract, self.now)
        if resolved or any(set(outcome.outcomes) - {"unchanged"} or outcome.n_closed for _, _, outcome in read):
            self._accepted(contract)

    def _close_absent(self, contract: Contract, read: list[Reading]) -> None:
        """Close what a snapshot lacks, unless a part of it is unreadable, which is said elsewhere."""
        if any(outcome.status != "loaded" for _, _, outcome in read):
            return
        _, incoming, outcome = read[-1]
        resolution.of_keys_gone_from_a_snapshot(self.connection, contract, self.now)
        most = self.settings.max_vanish_pct
        outcome.n_closed, refused = merge.close_absent(self.connection, contract, self._system(), incoming.load_id, most)
        if refused:
            outcome.detail = refused
            outcome.notes.append(("snapshot_lacks_keys", refused))

    def _accepted(self, contract: Contract) -> None:
        """What the acceptance of rows asks for, in the same transaction: people's keys, and the rules to be checked."""
        self._changed.add(contract.table)
        findings.leave_unchecked(self.connection, contract.table, self.now)
        if contract.table == "employees":
            identity.identify(self.connection)

    def _record(self, contract: Contract, read: list[Reading], seconds: float) -> None:
        for job, incoming, outcome in read:
            counts = [outcome.outcomes.get(o, 0) for o in OUTCOMES]
            self.connection.execute(
                f"insert into ops.loads values ({', '.join('?' * 18)})",
                [incoming.load_id, self.run_id, contract.table, incoming.source_system, job.source_file, job.extracted_at,
                 job.file_format, outcome.status, outcome.detail or None, outcome.n_read, *counts, outcome.n_closed,
                 self.now, seconds / len(read)],
            )  # fmt: skip
            findings.note_file(self.connection, contract.table, job.source_file, outcome.notes, self.now)
            if outcome.status == "quarantined":
                quarantine.keep_file(
                    self.connection, contract.table, self._system(), job.source_file, job.content_hash, outcome.detail, self.now
                )
            else:
                resolution.of_file(self.connection, contract.table, self._system(), job.source_file, self.now)
            self.connection.execute(
                "insert or replace into ops.files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._system(), job.source_file, contract.table, job.content_hash, job.mapping_hash, contract.fingerprint, job.size_bytes,
                 job.modified_ns, job.extracted_at, incoming.load_id],
            )  # fmt: skip

    # ------------------------------------------------------------------ what is to be said

    def _check_rules(self, report: IngestReport) -> None:
        changed = report.changed_tables = self._changed
        if not changed:
            return
        affected = [
            t for t, c in self.contracts.items()
            if t in changed or changed & self._waited_for(c) or any(p.table in changed for _, p in c.parents)
            or any(r.joined_to in changed for r in c.rules)
        ]  # fmt: skip
        with transaction(self.connection):
            rules.check(self.connection, self.contracts, affected, self.now)


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder for mended copies of files; what a killed run left of its own is removed."""
    for left in home.glob(f"{SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=home) as folder:
        yield Path(folder)
