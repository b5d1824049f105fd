"""Loading: every table's new files into raw and quarantine, one transaction a table and run, then the findings.

Belongs here: the order of things. Does not belong here: how each is done (the other modules of this package).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion import encoding, mappings, merge, quarantine, readers, rules, stage
from orchestration.ingestion.landing import LandedFile, Landing
from orchestration.ingestion.readers import Relation, UnreadableFileError
from orchestration.settings import Settings

DEFAULT_SYSTEM = "default"
RACY_SECONDS = 2.0  # a file changed this shortly before it was read is compared by content next time
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

    def run(self) -> IngestReport:
        """Load what is new in the landing folder.

        Returns:
            What became of every file.

        """
        started = time.monotonic()
        report = IngestReport(unsettled=self.landing.unsettled, not_understood=dict(self.landing.not_understood))
        with tempfile.TemporaryDirectory(prefix="plumbline-") as scratch:
            by_table = self._mapped_jobs(report) if self.system else self._jobs(report)
            for table, contract in self.contracts.items():
                self._load_table(contract, by_table.get(table, []), report, Path(scratch))
        self._note_strangers(report)
        self._check_rules(report)
        report.seconds = time.monotonic() - started
        return report

    # ------------------------------------------------------------------ which files

    def _known(self) -> dict[tuple[str, str], tuple[str, str, str, int, int, datetime, datetime]]:
        rows = self.connection.execute(
            "select f.path, f.table_name, f.content_hash, f.mapping_hash, f.contract_hash, f.size_bytes, f.modified_ns, "
            "f.extracted_at, l.loaded_at from ops.files f join ops.loads l using (load_id)"
        ).fetchall()
        return {(r[0], r[1]): r[2:] for r in rows}

    def _jobs(self, report: IngestReport) -> dict[str, list[Job]]:
        known = self._known()
        found: dict[str, list[Job]] = {}
        for file in self.landing.files:
            contract = self.contracts[file.subject]
            before = known.get((file.name, contract.table))
            same_rules = before is not None and before[2] == contract.fingerprint and before[1] == ""
            if before and same_rules and _looks_untouched(file, before[3], before[4], before[6]):
                report.n_unchanged_files += 1
                continue
            try:
                content = encoding.content_hash(file.path)
            except OSError as error:
                report.not_understood[file.name] = f"it cannot be opened ({error.strerror})"
                continue
            if before and same_rules and before[0] == content:
                report.n_unchanged_files += 1
                continue
            first_read = before[5] if before and before[0] == content else None
            found.setdefault(contract.table, []).append(
                Job(contract, file.name, file.file_format, file.declared_at or first_read or self.now, content, "",
                    file.size_bytes, file.modified_ns, path=file.path)  # fmt: skip
            )
        return found

    def _mapped_jobs(self, report: IngestReport) -> dict[str, list[Job]]:
        known = self._known()
        found: dict[str, list[Job]] = {}
        hashes = {f.name: encoding.content_hash(f.path) for f in self.landing.files}
        for table, mapping in mappings.load(self.system or "").items():
            for state in mappings.exports(self.landing.files):
                used = tuple(f for f in state.files if mapping.reads(f.subject))
                if not used:
                    continue
                name = " + ".join(f.name for f in used)
                content = "+".join(hashes[f.name] for f in used)
                contract = self.contracts[table]
                before = known.get((name, table))
                if before and before[:3] == (content, mapping.fingerprint, contract.fingerprint):
                    report.n_unchanged_files += 1
                    continue
                first_read = before[5] if before and before[0] == content else None
                found.setdefault(table, []).append(
                    Job(contract, name, "export", state.at or first_read or self.now, content, mapping.fingerprint,
                        sum(f.size_bytes for f in used), max(f.modified_ns for f in used), exports=used, mapping=mapping)  # fmt: skip
                )
        return found

    # ------------------------------------------------------------------ one table

    def _load_table(self, contract: Contract, jobs: list[Job], report: IngestReport, scratch: Path) -> None:
        jobs = sorted(jobs, key=lambda j: (j.extracted_at, j.source_file))
        is_snapshot = self.landing.modes.get(contract.table) == "snapshot"
        for batch in _batches(jobs, 1 if is_snapshot else self.settings.batch_megabytes * 1_000_000):
            self._load_batch(contract, batch, report, scratch, is_snapshot=is_snapshot)
        self.connection.execute("begin")
        try:
            released = quarantine.retry(self.connection, contract, self.now, self.run_id)
            self.connection.execute("commit")
        except BaseException:
            _roll_back(self.connection)
            raise
        for outcome, n in released.items():
            report.released[outcome] = report.released.get(outcome, 0) + n
            report.changed_tables.add(contract.table)

    def _load_batch(
        self, contract: Contract, batch: list[Job], report: IngestReport, scratch: Path, *, is_snapshot: bool
    ) -> None:
        started = time.monotonic()
        stage.create(self.connection, contract)
        read: list[tuple[Job, stage.Incoming, FileReport]] = []
        for file_no, job in enumerate(batch, start=1):
            self.tell(contract.table, f"reading {job.source_file}")
            row = self.connection.execute("select nextval('ops.load_ids')").fetchone()
            load_id = int(row[0]) if row else 0
            incoming = stage.Incoming(file_no, load_id, job.source_file, job.extracted_at, self._system())
            outcome = FileReport(contract.table, job.source_file, "loaded")
            notes: list[tuple[str, str]] = []
            try:
                relation = self._relation(job, scratch)
                notes += relation.notes
                if relation.unknown_columns:
                    words = f"not in the contract, kept out: {', '.join(relation.unknown_columns)}"
                    notes.append(("unknown_columns", words))
                outcome.n_read = stage.add(self.connection, contract, relation, incoming, scratch)
            except UnreadableFileError as error:
                outcome.status, outcome.detail = "quarantined", str(error)
                notes.append(("file_in_quarantine", str(error)))
            read.append((job, incoming, outcome))
            rules.note_file(self.connection, contract.table, job.source_file, notes, self.now)
            for leftover in scratch.iterdir():
                leftover.unlink()
        self.tell(contract.table, "merging")
        self.connection.execute("begin")
        try:
            self._merge(contract, read, is_snapshot=is_snapshot)
            self._record(contract, read, time.monotonic() - started)
            self.connection.execute("commit")
        except BaseException:
            _roll_back(self.connection)
            raise
        report.files += [outcome for _, _, outcome in read]
        report.changed_tables.add(contract.table)

    def _system(self) -> str:
        return self.system or self.landing.source_system or DEFAULT_SYSTEM

    def _relation(self, job: Job, scratch: Path) -> Relation:
        if job.path is not None:
            return readers.read(self.connection, job.path, job.file_format, job.contract.column_names, scratch)
        for number, file in enumerate(job.exports):
            relation = readers.read(self.connection, file.path, file.file_format, None, scratch)
            fields = "".join(f", {sql} as {readers.quoted(name)}" for name, (sql, _) in relation.fields.items())
            self.connection.execute(
                f"create or replace temp table export_{number} as "
                f"select {relation.record_number or 'row_number() over ()'} as record_number{fields} from {relation.from_sql}",
                relation.parameters,
            )
            self.connection.execute(f"create or replace temp view {readers.quoted(file.subject)} as select * from export_{number}")
        sql = job.mapping.sql if job.mapping else ""
        try:
            described = self.connection.execute(f"describe {sql}").fetchall()
        except duckdb.Error as error:
            msg = f"the mapping {self.system}/{job.contract.table}.sql does not fit it ({str(error).splitlines()[0][:200]})"
            raise UnreadableFileError(msg) from error
        known = set(job.contract.column_names)
        fields_of = {d[0]: (readers.quoted(d[0]), d[1]) for d in described if d[0] in known}
        strange = [d[0] for d in described if d[0] not in known and d[0] != "record_number"]
        if strange:
            msg = f"mapping {self.system}/{job.contract.table}.sql makes columns that the contract does not have: {', '.join(strange)}"
            raise mappings.MappingError(msg)
        number_sql = "record_number" if any(d[0] == "record_number" for d in described) else None
        return Relation(f"({sql.strip().rstrip(';')})", fields_of, record_number=number_sql)

    def _merge(self, contract: Contract, read: list[tuple[Job, stage.Incoming, FileReport]], *, is_snapshot: bool) -> None:
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
            if is_snapshot and outcome.status == "loaded":
                self._close_absent(contract, incoming, outcome)
        quarantine.resolve_superseded(self.connection, contract, self.now)
        if contract.table == "employees":
            self._identify()

    def _close_absent(self, contract: Contract, incoming: stage.Incoming, outcome: FileReport) -> None:
        closed, refused = merge.close_absent(self.connection, contract, incoming.load_id, self.settings.max_vanish_pct)
        outcome.n_closed = closed
        if refused:
            outcome.detail = (
                f"{refused} known keys are absent from this snapshot, more than {self.settings.max_vanish_pct:g}%: none was closed"
            )
            rules.note_file(self.connection, contract.table, incoming.source_file, [("snapshot_lacks_too_many", outcome.detail)], self.now)

    def _identify(self) -> None:
        """Give every employee_id ever accepted its random, permanent person_key; keep names as they stand."""
        self.connection.execute(
            "insert into identity.person (person_key, source_system, employee_id) "
            "select substr(replace(cast(uuid() as varchar), '-', ''), 1, 12), source_system, employee_id "
            "from (select distinct source_system, employee_id from raw.employees) e "
            "where not exists (select 1 from identity.person p where p.source_system = e.source_system and p.employee_id = e.employee_id)"
        )
        self.connection.execute(
            "update identity.person as p set display_name = e.display_name, work_email = e.work_email from raw.employees e "
            "where e.superseded_at is null and p.source_system = e.source_system and p.employee_id = e.employee_id "
            "and (p.display_name is distinct from e.display_name or p.work_email is distinct from e.work_email)"
        )
        repeated = self.connection.execute("select count(*) - count(distinct person_key) from identity.person").fetchone()
        if repeated and repeated[0]:
            msg = "two people drew the same random person_key; run again"
            raise RuntimeError(msg)

    def _record(self, contract: Contract, read: list[tuple[Job, stage.Incoming, FileReport]], seconds: float) -> None:
        for job, incoming, outcome in read:
            counts = [outcome.outcomes.get(o, 0) for o in OUTCOMES]
            self.connection.execute(
                f"insert into ops.loads values ({', '.join('?' * 18)})",
                [incoming.load_id, self.run_id, contract.table, incoming.source_system, job.source_file, job.extracted_at,
                 job.file_format, outcome.status, outcome.detail or None, outcome.n_read, *counts, outcome.n_closed,
                 self.now, seconds / len(read)],
            )  # fmt: skip
            if outcome.status == "quarantined":
                quarantine.keep_file(self.connection, contract.table, job.source_file, job.content_hash, outcome.detail, self.now)
            else:
                quarantine.resolve_file(self.connection, contract.table, job.source_file, self.now)
            self.connection.execute(
                "insert or replace into ops.files values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [job.source_file, contract.table, job.content_hash, job.mapping_hash, contract.fingerprint, job.size_bytes,
                 job.modified_ns, job.extracted_at, incoming.load_id],
            )  # fmt: skip

    # ------------------------------------------------------------------ what is to be said

    def _note_strangers(self, report: IngestReport) -> None:
        for name, words in report.not_understood.items():
            rules.note_file(self.connection, "landing", name, [("file_not_understood", words)], self.now)

    def _check_rules(self, report: IngestReport) -> None:
        changed = report.changed_tables
        if not changed:
            return
        affected = [
            t for t, c in self.contracts.items()
            if t in changed or any(p.table in changed for _, p in c.parents) or any(r.joined_to in changed for r in c.rules)
        ]  # fmt: skip
        self.connection.execute("begin")
        try:
            rules.check(self.connection, self.contracts, affected, self.now)
            self.connection.execute("commit")
        except BaseException:
            _roll_back(self.connection)
            raise


def _looks_untouched(file: LandedFile, size_bytes: int, modified_ns: int, loaded_at: datetime) -> bool:
    """Same size and time as when it was read, and that time lay clearly before the reading."""
    settled = loaded_at.replace(tzinfo=UTC).timestamp() - modified_ns / 1e9 > RACY_SECONDS
    return file.size_bytes == size_bytes and file.modified_ns == modified_ns and settled


def _batches(jobs: Iterable[Job], most_bytes: int) -> Iterable[list[Job]]:
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


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("rollback")
    except duckdb.Error:
        return  # a failed statement or a full disk has already ended the transaction


