"""From the stage to raw: which rows are new, changed, unchanged or earlier versions, and from when to when each held.

Belongs here: versions of a key. Does not belong here: rows that break their contract (quarantine).

Versions of a key stand in the contract's order: source_updated_at (nulls first), extraction time, file, load (a file
that was replaced counts after what it held before), record number. Each holds from its own recorded_at to the first
recorded_at of any later one. Nearly all rows are plain (one row of their key in this load, newer than what raw holds);
they take a short way. The rest, the contested keys, are laid out whole: what raw holds, when that was last confirmed,
and what came. Of a confirmation the load is kept, not the record: it stands before the load's records.
"""

from __future__ import annotations

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion.checks import row_hash
from orchestration.ingestion.sql_names import quoted
from orchestration.ingestion.stage import FILES, NUMBER, STAGE

OUTCOMES = "temp.outcomes"
MAX_MEMORY_OF_ORDER = "timestamp '0001-01-01'"


def _keys(contract: Contract, alias: str) -> str:
    return ", ".join(f"{alias}.{quoted(k)}" for k in contract.identity)


def _same_key(contract: Contract, left: str, right: str) -> str:
    return " and ".join(f"{left}.{quoted(k)} = {right}.{quoted(k)}" for k in contract.identity)


def current(contract: Contract) -> str:
    """SELECT of the last version of each key in raw with `seen_*`: the place in the contract's order it was last seen at."""
    return (
        f"select r.rowid as raw_row, {_keys(contract, 'r')}, r.row_hash, r.recorded_at, r.is_deleted, r.source_updated_at, "
        "coalesce(l.extracted_at, r.recorded_at) as seen_at, coalesce(l.source_file, r.source_file) as seen_file, "
        "case when l.load_id is null then coalesce(r.record_number, 0) else 0 end as seen_number, "
        "coalesce(l.load_id, r.load_id) as seen_load "
        f"from raw.{quoted(contract.table)} r left join ops.loads l on l.load_id = r.confirmed_by where r.superseded_at is null"
    )


def is_later(left: tuple[str, str, str, str, str], right: tuple[str, str, str, str, str]) -> str:
    """SQL: does `left` (source_updated_at, extraction time, file, load, record number) stand behind `right`."""
    updated_l, *rest_l = left
    updated_r, *rest_r = right
    updated_l, updated_r = (f"coalesce({u}, {MAX_MEMORY_OF_ORDER})" for u in (updated_l, updated_r))
    later = f"{rest_l[3]} > {rest_r[3]}"
    for a, b in reversed(list(zip(rest_l[:3], rest_r[:3], strict=True))):
        later = f"({a} > {b} or ({a} = {b} and {later}))"
    return f"({updated_l} > {updated_r} or ({updated_l} = {updated_r} and {later}))"


def merge(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Put the stage's good rows into raw; what became of each stands in OUTCOMES(stage_row, file_no, outcome)."""
    _plain_outcomes(connection, contract)
    contested = connection.execute(f"select count(*) from {OUTCOMES} where outcome = 'contested'").fetchone()
    _apply_plain(connection, contract)
    if contested and contested[0]:
        _settle_contested(connection, contract)


def _plain_outcomes(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    keys = ", ".join(quoted(k) for k in contract.identity)
    counts = connection.execute(f"select count(*) = count(distinct hash({keys})) from {STAGE} where ok").fetchone()
    single = bool(counts and counts[0])
    repeated = "false" if single else f"count(*) over (partition by {_keys(contract, 's')}) > 1"
    later = is_later(
        ("s.source_updated_at", "f.extracted_at", "f.source_file", "f.load_id", NUMBER),
        ("c.source_updated_at", "c.seen_at", "c.seen_file", "c.seen_load", "c.seen_number"),
    )
    connection.execute(
        "create or replace temp table outcomes as "
        f"with standing as ({current(contract)}) "
        "select s.rowid as stage_row, s.file_no, c.raw_row, f.extracted_at, f.load_id, case "
        f"when {repeated} then 'contested' when c.raw_row is null then 'new' when not {later} then 'contested' "
        "when s.row_hash = c.row_hash then 'unchanged' when f.extracted_at < c.recorded_at then 'contested' else 'changed' end as outcome "
        f"from {STAGE} s join {FILES} f on s.file_no = f.file_no left join standing c on {_same_key(contract, 's', 'c')} where s.ok"
    )


def _insert_staged(connection: duckdb.DuckDBPyConnection, contract: Contract, chosen: str) -> None:
    """Insert stage rows; `chosen` selects stage_row, superseded_at, confirmed_by."""
    names = ", ".join(quoted(n) for n in contract.column_names)
    values = ", ".join(f"s.{quoted(n)}" for n in contract.column_names)
    connection.execute(
        f"insert into raw.{quoted(contract.table)} ({names}, recorded_at, superseded_at, row_hash, load_id, source_file, "
        f"record_number, confirmed_by) select {values}, f.extracted_at, chosen.superseded_at, s.row_hash, f.load_id, "
        f"f.source_file, {NUMBER}, chosen.confirmed_by from {STAGE} s join {FILES} f on s.file_no = f.file_no "
        f"join ({chosen}) chosen on chosen.stage_row = s.rowid"
    )


def _apply_plain(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    table = f"raw.{quoted(contract.table)}"
    counted = dict(connection.execute(f"select outcome, count(*) from {OUTCOMES} group by outcome").fetchall())
    if counted.get("unchanged"):
        connection.execute(
            f"update {table} as r set confirmed_by = o.load_id from {OUTCOMES} o where o.outcome = 'unchanged' and r.rowid = o.raw_row"
        )
    if counted.get("changed"):
        connection.execute(
            f"update {table} as r set superseded_at = o.extracted_at from {OUTCOMES} o where o.outcome = 'changed' and r.rowid = o.raw_row"
        )
    if counted.get("new") or counted.get("changed"):
        _insert_staged(
            connection,
            contract,
            "select stage_row, cast(null as timestamp) as superseded_at, cast(null as bigint) as confirmed_by "
            f"from {OUTCOMES} where outcome in ('new', 'changed')",
        )


def _settle_contested(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    table = f"raw.{quoted(contract.table)}"
    keys = ", ".join(quoted(k) for k in contract.identity)
    connection.execute(
        f"create or replace temp table contested_keys as select distinct {_keys(contract, 's')} "
        f"from {STAGE} s join {OUTCOMES} o on o.stage_row = s.rowid where o.outcome = 'contested'"
    )
    held = f"from {table} r join contested_keys k on {_same_key(contract, 'r', 'k')}"
    connection.execute(
        "create or replace temp table points as with points as ("
        f"select {_keys(contract, 'r')}, r.source_updated_at, r.recorded_at as known_from, r.source_file, "
        "coalesce(r.record_number, 0) as number, r.load_id, r.row_hash, r.rowid as raw_row, cast(null as bigint) as stage_row, "
        f"0 as kind {held} union all "
        f"select {_keys(contract, 'r')}, r.source_updated_at, l.extracted_at, l.source_file, 0, l.load_id, "
        f"r.row_hash, r.rowid, null, 1 {held} join ops.loads l on l.load_id = r.confirmed_by union all "
        f"select {_keys(contract, 's')}, s.source_updated_at, f.extracted_at, f.source_file, {NUMBER}, f.load_id, "
        f"s.row_hash, null, s.rowid, 2 from {STAGE} s join {FILES} f on s.file_no = f.file_no "
        f"join {OUTCOMES} o on o.stage_row = s.rowid where o.outcome = 'contested'), "
        f"placed as (select *, row_number() over (partition by {keys} order by source_updated_at nulls first, known_from, source_file, "
        "load_id, number, kind) as place from points), "
        f"compared as (select *, lag(row_hash) over (partition by {keys} order by place) as hash_before, "
        f"max(place) over (partition by {keys} order by kind = 2, known_from, source_file, load_id, number "
        "rows between unbounded preceding and 1 preceding) as last_place_before from placed), "
        "judged as (select *, kind = 0 or row_hash is distinct from hash_before as is_version from compared) "
        f"select *, max(case when is_version then place end) over (partition by {keys} order by place) as version_place from judged"
    )
    connection.execute(
        "create or replace temp table versions as with confirmed as ("
        f"select {keys}, version_place, arg_max(load_id, place) as confirmed_by from points where not is_version "
        f"group by {keys}, version_place), versions as (select * from points where is_version), "
        f"held as (select *, greatest(known_from, min(known_from) over (partition by {keys} order by place "
        "rows between 1 following and unbounded following)) as until_then from versions) "
        "select h.* exclude (until_then), "
        f"case when lead(place) over (partition by {_keys(contract, 'h')} order by place) is not null then until_then end "
        "as superseded_at, c.confirmed_by from held h left join confirmed c "
        f"on {_same_key(contract, 'h', 'c')} and h.place = c.version_place"
    )
    connection.execute(
        f"update {table} as r set superseded_at = v.superseded_at, confirmed_by = v.confirmed_by "
        "from versions v where v.kind = 0 and r.rowid = v.raw_row"
    )
    names = ", ".join(quoted(n) for n in contract.column_names)
    values = ", ".join(f"r.{quoted(n)}" for n in contract.column_names)
    # A late file showed that the key differed in between: what was confirmed after it is put back as a version.
    connection.execute(
        f"insert into {table} ({names}, recorded_at, superseded_at, row_hash, load_id, source_file, record_number, confirmed_by) "
        f"select {values}, v.known_from, v.superseded_at, v.row_hash, v.load_id, v.source_file, null, v.confirmed_by "
        f"from versions v join {table} r on r.rowid = v.raw_row where v.kind = 1"
    )
    _insert_staged(connection, contract, "select stage_row, superseded_at, confirmed_by from versions where kind = 2")
    connection.execute(
        f"update {OUTCOMES} as o set outcome = case when not p.is_version then 'unchanged' "
        "when p.last_place_before is null then 'new' when p.place > p.last_place_before then 'changed' else 'earlier' end "
        "from points p where p.kind = 2 and p.stage_row = o.stage_row"
    )


def part_of(file: str) -> str:
    """SQL: which part of its table's landing a file is a version of: its name without extraction time and ending."""
    return f"regexp_replace({file}, '(@[^/ ]+?)?\\.(csv|jsonl|parquet|xlsx)(\\.gz)?', '', 'gi')"


def close_absent(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    source_system: str,
    load_id: int,
    max_vanish_pct: float,
) -> tuple[int, str]:
    """Close the keys that the staged snapshot no longer has: a version of each with is_deleted = true.

    A snapshot may come in parts (employees/de.csv, employees/fr.csv); a part closes only keys that were last seen in that
    part, whenever the others come.

    Args:
        connection: inside the load's transaction, the stage holding one snapshot (one file or several of one time).
        contract: the table.
        source_system: whose keys an empty snapshot lacks.
        load_id: the load that the closing versions are noted under, one of the snapshot's.
        max_vanish_pct: where more of the known keys are absent, none is closed.

    Returns:
        Keys closed; why absent keys were left alone, in words ("" where none was).

    """
    table = f"raw.{quoted(contract.table)}"
    key_columns = ", ".join(quoted(k) for k in contract.identity)
    connection.execute(
        f"create or replace temp table systems as select distinct source_system from {STAGE} "
        f"union select $system where not exists (select 1 from {STAGE})",
        {"system": source_system},
    )
    connection.execute(
        f"create or replace temp table absent as with standing as ({current(contract)}), here as (select {key_columns} from {STAGE}) "
        f"select c.raw_row, f.extracted_at, f.source_file from standing c join {FILES} f on f.load_id = $load_id "
        "where not coalesce(c.is_deleted, false) and c.seen_at < f.extracted_at "
        "and c.source_system in (select source_system from systems) "
        f"and {part_of('c.seen_file')} in (select {part_of('source_file')} from {FILES}) "
        f"and not exists (select 1 from here h where {_same_key(contract, 'h', 'c')})",
        {"load_id": load_id},
    )
    no_key = " or ".join(f"{quoted(k)} is null" for k in contract.key)
    counted = connection.execute(
        f"select (select count(*) from absent), (select count(*) from {STAGE} where {no_key}), (select count(*) from "
        f"({current(contract)}) c where not coalesce(c.is_deleted, false) and c.source_system in (select source_system from systems) "
        f"and {part_of('c.seen_file')} in (select {part_of('source_file')} from {FILES}))"
    ).fetchone()
    n_absent, n_without_key, n_known = counted or (0, 0, 0)
    if not n_absent:
        return 0, ""
    if n_without_key:
        return 0, (
            f"{n_absent} known keys are absent from this snapshot, but {n_without_key} of its records have no key that can be read: "
            "none was closed"
        )
    if 100.0 * n_absent > max_vanish_pct * n_known:
        return 0, f"{n_absent} of {n_known} known keys are absent from this snapshot, more than {max_vanish_pct:g}%: none was closed"
    names = ", ".join(quoted(n) for n in contract.column_names)
    values = ", ".join("true as is_deleted" if n == "is_deleted" else f"r.{quoted(n)}" for n in contract.column_names)
    connection.execute(
        f"create or replace temp table closing as select {values}, a.extracted_at as closed_at, a.source_file as snapshot "
        f"from {table} r join absent a on a.raw_row = r.rowid"
    )
    connection.execute(
        f"update {table} as r set superseded_at = greatest(r.recorded_at, a.extracted_at) from absent a where r.rowid = a.raw_row"
    )
    connection.execute(
        f"insert into {table} ({names}, recorded_at, row_hash, load_id, source_file) "
        f"select {names}, closed_at, {row_hash(contract)}, $load_id, snapshot from closing",
        {"load_id": load_id},
    )
    return int(n_absent), ""
