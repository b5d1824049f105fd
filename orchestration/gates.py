"""Gates: what must hold before numbers go to people. A refused gate does not undo the build; it stops what comes after.

Belongs here: deciding and recording. Does not belong here: finding bad rows (ingestion) or testing models (dbt).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.contracts import Contract
from orchestration.transform import BuildReport

HELD_BACK, MODEL_TEST, SOURCE_TEST = "held_back", "model_test", "source_test"
# SQL: table_name and n, how many of its keys (records, where one has no readable key) wait in quarantine
WAITING = (
    "select table_name, count(distinct (source_system, coalesce(row_key, cast(row_hash as varchar)))) as n "
    "from quarantine.rows where resolved_at is null group by table_name"
)


@dataclass(frozen=True)
class GateResult:
    """One gate on one subject (a table, a test)."""

    gate: str
    subject: str
    passed: bool
    detail: str


def held_back(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], max_pct: float) -> list[GateResult]:
    """One result a table that has rows or waiting records: how many of them quarantine holds."""
    waiting = dict(connection.execute(WAITING).fetchall())
    files = dict(
        connection.execute(
            "select table_name, string_agg(source_file, ', ' order by source_file) from quarantine.files "
            "where resolved_at is null group by table_name"
        ).fetchall()
    )
    found = []
    for table in contracts:
        row = connection.execute(f'select count(*) from raw."{table}" where superseded_at is null').fetchone()
        standing = int(row[0]) if row else 0
        n = int(waiting.get(table, 0))
        if not standing and not n and table not in files:
            continue
        share = 100.0 * n / (standing + n) if n else 0.0
        detail = f"{n:,} of {standing + n:,} records held back ({share:.1f}%, at most {max_pct:g}%)"
        if table in files:
            detail += f"; whole files held back: {files[table]}"
        found.append(GateResult(HELD_BACK, table, share <= max_pct and table not in files, detail))
    return found


def model_tests(report: BuildReport) -> list[GateResult]:
    """One result a dbt test that found rows, and one that says how many found none."""
    failed = [GateResult(MODEL_TEST, name, passed=False, detail=message) for name, message in report.failed_tests.items()]
    n_good = report.n_tests - len(failed) - len(report.warned_tests)
    return [*failed, GateResult(MODEL_TEST, "all others", passed=True, detail=f"{n_good} tests found nothing")]


def record(connection: duckdb.DuckDBPyConnection, run_id: str, results: list[GateResult], now: datetime) -> None:
    """Write the results to ops.gate_results."""
    if results:
        connection.executemany(
            "insert into ops.gate_results values (?, ?, ?, ?, ?, ?)",
            [(run_id, r.gate, r.subject, r.passed, r.detail, now) for r in results],
        )
