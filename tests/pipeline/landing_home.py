"""A home with a landing folder, for tests of ingestion: drop files, run a load, look at what stands where.

Belongs here: what every ingestion test needs. Does not belong here: expectations.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.contracts import Contract, load_contracts
from orchestration.ingestion import landing
from orchestration.ingestion.load import FileReport, IngestReport, Loader
from orchestration.settings import Settings
from orchestration.warehouse import connect, open_warehouse

FAR = datetime(2100, 1, 1)
FIRST_RUN = datetime(2026, 6, 1, 6, 0)
Record = Mapping[str, object]


def csv_text(rows: Sequence[Record], delimiter: str = ",") -> str:
    """Rows as CSV with the union of their columns as header; a missing value is an empty field."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


@dataclass
class Home:
    """One company's home in a temporary folder."""

    folder: Path
    contracts: dict[str, Contract] = field(default_factory=load_contracts)
    settings: Settings = field(init=False)
    n_runs: int = 0

    def __post_init__(self) -> None:
        self.settings = Settings(home=self.folder, settle_seconds=0, landing=None)
        self.landing.mkdir(parents=True, exist_ok=True)

    @property
    def landing(self) -> Path:
        """The folder that files are dropped into."""
        return self.folder / "landing"

    def drop(self, name: str, content: str | bytes | Sequence[Record]) -> Path:
        """Put a file into the landing folder: text, bytes, or rows as CSV."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else csv_text(content), encoding="utf-8", newline="")
        return path

    def run(self, now: datetime | None = None, *, system: str | None = None) -> IngestReport:
        """One load; each run is a day after the one before where `now` is not given."""
        self.n_runs += 1
        moment = now or FIRST_RUN + timedelta(days=self.n_runs)
        with open_warehouse(self.settings, self.contracts) as connection:
            return load(connection, self, moment, system=system)

    def ask(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        connection = connect(self.settings.warehouse_file, self.settings, read_only=True)
        try:
            return connection.execute(sql, dict(parameters or {})).fetchall()
        finally:
            connection.close()

    def column(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Any]:
        """The first column of a query's rows."""
        return [row[0] for row in self.ask(sql, parameters)]

    def findings(self, rule: str | None = None) -> list[tuple[str, str, str, str]]:
        """Unresolved findings: rule, table, row key, detail."""
        return self.ask(
            "select rule, table_name, row_key, detail from ops.findings where resolved_at is null "
            "and ($rule is null or rule = $rule) order by all",
            {"rule": rule},
        )

    def reasons(self, table: str) -> list[list[str]]:
        """The reasons of the table's unresolved quarantine rows, in the order of file and record."""
        return self.column(
            "select reasons from quarantine.rows where table_name = $table and resolved_at is null order by source_file, record_number",
            {"table": table},
        )


def load(connection: duckdb.DuckDBPyConnection, home: Home, now: datetime, *, system: str | None = None) -> IngestReport:
    """One load over an open connection, all knowledge counting."""
    connection.execute("delete from ops.clock")
    connection.execute("insert into ops.clock values ($day, $known_at, 'UTC')", {"day": date(2026, 6, 30), "known_at": FAR})
    seen = landing.look(home.landing, None if system else set(home.contracts), settle_seconds=0)
    return Loader(connection, home.contracts, home.settings, seen, f"run {now.isoformat()}", now, system).run()


def of_file(report: IngestReport, name: str) -> FileReport:
    """What a report says of one file."""
    [found] = [f for f in report.files if f.source_file == name]
    return found


def outcomes(report: IngestReport, name: str) -> dict[str, int]:
    """Outcomes of one file's records."""
    return of_file(report, name).outcomes


def departments(*ids: str, **more: object) -> list[dict[str, object]]:
    """Good department rows."""
    return [{"department_id": i, "name": f"Department {i}", **more} for i in ids]


def positions(*ids: str) -> list[dict[str, object]]:
    """Good position rows."""
    return [{"position_id": i, "title": f"Position {i}"} for i in ids]


def employee(employee_id: str, **more: object) -> dict[str, object]:
    """A good employee row in department D1 and position P1."""
    row: dict[str, object] = {
        "employee_id": employee_id,
        "display_name": f"Person {employee_id}",
        "department_id": "D1",
        "position_id": "P1",
        "hire_date": "2020-01-01",
    }
    return row | more


def with_organisation(home: Home, departments_known: Iterable[str] = ("D1",)) -> Home:
    """Drop the departments and the position that `employee` refers to."""
    home.drop("departments.csv", departments(*departments_known))
    home.drop("positions.csv", positions("P1"))
    return home
