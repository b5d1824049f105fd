"""status.json: how the last run went and what stands in the warehouse, for people who do not open it.

Belongs here: what is told, and writing it so that a reader never sees half of it. Does not belong here: any value of a data row;
kinds of reasons (reasons).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration import gates as gate_kinds
from orchestration.clock import Clock
from orchestration.contracts import Contract, load_contracts
from orchestration.gates import GateResult
from orchestration.ingestion.sql_names import literal, quoted
from orchestration.publishing import folder, history, reasons
from orchestration.publishing.exposures import PublishError
from orchestration.settings import STATUS, STATUS_FORMAT, Settings
from orchestration.transform import BuildReport

OUTCOMES = ("published", "unchanged", "refused", "failed")
GOOD = ("published", "unchanged")
FROM_WAREHOUSE = ("tables", "loads", "quarantine", "findings")
MOST_LOADS, MOST_SLOWEST = 400, 10
SPOKEN = "orchestration."  # errors of our own modules speak in sentences; those of libraries may quote a value
TEST_FOUND = re.compile(r"Got \d+ results?, configured to [\w ]+ if [!=<>\d ]+|\d+ tests found nothing")
Json = dict[str, Any]


def write_status(
    settings: Settings,
    *,
    run: Mapping[str, Any],
    connection: duckdb.DuckDBPyConnection | None,
    gates: Sequence[GateResult] | None = None,
    clock: Clock | None = None,
    models: BuildReport | None = None,
    contracts: dict[str, Contract] | None = None,
) -> Json:
    """Write status.json in one step. What this run has not come to is carried over from the status before.

    Args:
        settings: whose home.
        run: run_id, started_at, finished_at (naive UTC), outcome (one of OUTCOMES), code, words, seconds by step.
        connection: the open warehouse; None where it could not be opened.
        gates: their results; None or empty where none was asked.
        clock: of the run; None where it had none.
        models: what dbt did; None or empty where it did nothing.
        contracts: of the tables that are told of; default all.

    Returns:
        What was written.

    """
    path = settings.published_folder / STATUS
    before = _before(path)
    if run["outcome"] not in OUTCOMES:
        msg = f"a run's outcome is one of {', '.join(OUTCOMES)}, not {run['outcome']!r}"
        raise ValueError(msg)
    told: Json = {
        "format": STATUS_FORMAT,
        "written_at": datetime.now(UTC).replace(tzinfo=None),
        "last_good_at": run["finished_at"] if run["outcome"] in GOOD else before.get("last_good_at"),
        "stale_after_hours": settings.stale_after_hours,
        "run": dict(run),
        "clock": vars(clock) if clock else before.get("clock"),
        "snapshot": _snapshot(settings),
        "gates": [_gate(g) for g in gates] if gates else before.get("gates", []),
        **_of_warehouse(connection, contracts or load_contracts(), before),
        "models": _models(models, before),
    }
    settings.published_folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, indent=1, ensure_ascii=False, default=_as_text)
    folder.replace_text(path, text + "\n")
    written: Json = json.loads(text)
    return written


def read_status(settings: Settings) -> Json:
    """What stands in status.json; empty where there is none that can be read."""
    try:
        told: Json = json.loads((settings.published_folder / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def words_of(error: BaseException) -> str:
    """What a status may say of an error: its first line where it is one of ours, else only its kind, since it may quote a value."""
    name = type(error).__name__
    lines = str(error).splitlines()
    if type(error).__module__.startswith(SPOKEN) and name != "TransformError" and lines:
        return lines[0]
    return f"An unexpected error ({name}) ended the run; the log says more."


def describe(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> Json:
    """Tables, loads, quarantine and findings of the open warehouse: counts, names and times.

    Args:
        connection: the warehouse, with the tables of all these contracts.
        contracts: the tables that are told of.

    """
    return {
        "tables": _tables(connection, contracts),
        "loads": _rows(
            connection,
            "select run_id, max(loaded_at) as loaded_at, table_name, count(*) as n_files, sum(n_read) as n_read, sum(n_new) as n_new, "
            "sum(n_changed) as n_changed, sum(n_unchanged) as n_unchanged, sum(n_earlier) as n_earlier, "
            "sum(n_quarantined) as n_quarantined, sum(n_closed) as n_closed from ops.loads group by run_id, table_name "
            f"order by max(load_id) desc limit {MOST_LOADS}",
        ),
        "quarantine": _quarantine(connection, contracts),
        "findings": _rows(
            connection,
            "select * from (select case when list_contains($known, rule) then rule else $other end as rule, table_name, severity, "
            "count(*) as n, min(first_seen) as first_seen, max(last_seen) as last_seen from ops.findings where resolved_at is null "
            "group by all) order by list_position(['serious', 'warning', 'note'], severity), n desc, rule, table_name",
            {"known": sorted(reasons.known_rules(contracts)), "other": reasons.NOTED},
        ),
    }


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None) -> list[Json]:
    asked = connection.execute(sql, dict(parameters or {}))
    names = [d[0] for d in asked.description or []]
    return [{n: int(v) if n.startswith("n_") else v for n, v in zip(names, row, strict=True)} for row in asked.fetchall()]


def _tables(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> list[Json]:
    standing = " union all ".join(
        f"select {place} as place, {literal(t)} as table_name, {literal(c.area)} as area, count(*) as n_standing from raw.{quoted(t)} "
        "where superseded_at is null and not coalesce(is_deleted, false)"
        for place, (t, c) in enumerate(contracts.items())
    )
    return _rows(
        connection,
        "select s.table_name, s.area, s.n_standing, coalesce(q.n, 0) as n_waiting, coalesce(f.n, 0) as n_waiting_files, "
        f"l.extracted_at as last_extracted_at, l.loaded_at as last_loaded_at from ({standing}) s "
        f"left join ({gate_kinds.WAITING}) q on q.table_name = s.table_name "
        "left join (select table_name, count(*) as n from quarantine.files where resolved_at is null group by table_name) f "
        "on f.table_name = s.table_name left join (select table_name, max(extracted_at) as extracted_at, max(loaded_at) as loaded_at "
        "from ops.loads where status = 'loaded' group by table_name) l on l.table_name = s.table_name order by s.area, s.place",
    )


def _quarantine(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> list[Json]:
    found: list[Json] = []
    unresolved = "table_name = $table and resolved_at is null"
    for table, contract in contracts.items():
        found += _rows(
            connection,
            f"select $table as table_name, {reasons.kind_of_row(contract)} as reason, count(distinct id) as n_rows, "
            "min(first_seen) as first_seen, max(last_seen) as last_seen from (select rowid as id, unnest(reasons) as reason, first_seen, "
            f"last_seen from quarantine.rows where {unresolved}) group by all",
            {"table": table},
        )
        files: dict[str, Json] = {}
        for reason, first, last in connection.execute(
            f"select reason, first_seen, last_seen from quarantine.files where {unresolved}", {"table": table}
        ).fetchall():
            kind = reasons.kind_of_file(contract, reason)
            one = files.setdefault(kind, {"table_name": table, "reason": kind, "n_rows": 0, "first_seen": first, "last_seen": last})
            one |= {"n_rows": one["n_rows"] + 1, "first_seen": min(one["first_seen"], first), "last_seen": max(one["last_seen"], last)}
        found += files.values()
    return sorted(found, key=lambda q: (-q["n_rows"], q["table_name"], q["reason"]))


def _of_warehouse(connection: duckdb.DuckDBPyConnection | None, contracts: dict[str, Contract], before: Json) -> Json:
    if connection is not None:
        return describe(connection, contracts)
    return {part: before.get(part, []) for part in FROM_WAREHOUSE}


def _before(path: Path) -> Json:
    """The status before, as far as it can be understood; a broken one is as good as none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict) or told.get("format") != STATUS_FORMAT:
        return {}
    shapes = {"last_good_at": str, "clock": dict, "models": dict, **dict.fromkeys(("gates", *FROM_WAREHOUSE), list)}
    return {name: told[name] for name, shape in shapes.items() if isinstance(told.get(name), shape)}


def _snapshot(settings: Settings) -> Json | None:
    """What people read now."""
    read = history.current(settings)
    if read is None:
        return None
    try:
        found = history.about(settings, read)
    except PublishError:
        return None
    return {n: getattr(found, n) for n in ("snapshot_id", "published_at", "as_of", "n_tables", "n_rows", "n_not_reportable")}


def gate_words(result: GateResult) -> str:
    """What may be told of a gate: of a test only how many rows it found, since an error in one may quote a value."""
    is_test = result.gate in {gate_kinds.MODEL_TEST, gate_kinds.SOURCE_TEST}
    if is_test and not TEST_FOUND.fullmatch(result.detail.strip()):
        return "the test could not be run; the log says more"
    return result.detail


def _gate(result: GateResult) -> Json:
    return {"gate": result.gate, "subject": result.subject, "passed": result.passed, "detail": gate_words(result)}


def _models(report: BuildReport | None, before: Json) -> Json:
    known: Json = before.get("models", {})
    if report is None or not (report.n_models or report.n_tests):
        return {"n_models": known.get("n_models", 0), "n_tests": known.get("n_tests", 0), "slowest": known.get("slowest", [])}
    by_time = sorted(report.seconds_by_node.items(), key=lambda node: (-node[1], node[0]))[:MOST_SLOWEST]
    slowest = [{"name": name, "seconds": round(seconds, 3)} for name, seconds in by_time] or known.get("slowest", [])
    return {"n_models": report.n_models, "n_tests": report.n_tests, "slowest": slowest}


def _as_text(value: object) -> str:
    """Times as ISO 8601 with Z, days as they are."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    msg = f"a status cannot hold {type(value).__name__}"
    raise TypeError(msg)
