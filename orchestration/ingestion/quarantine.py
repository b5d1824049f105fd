"""Rows that break their contract: kept whole with every reason, counted when seen again, released when they may be.

Belongs here: quarantine.rows, quarantine.files, ops.releases. Does not belong here: deciding what is wrong (checks).
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from orchestration.contracts import Contract
from orchestration.ingestion import checks, merge, readers, resolution, sql_names, stage
from orchestration.ingestion.readers import Relation
from orchestration.ingestion.stage import FILES, STAGE, Incoming

RETRIED = "retried"


def _records(contract: Contract, from_sql: str, columns: dict[str, str]) -> Relation:
    """Kept records as a relation again: every contract column as the text it came as."""
    fields = {c.name: (f"json_extract_string(good_json, '$.{c.name}')", "VARCHAR") for c in contract.columns}
    fields["source_system"] = ("source_system", "VARCHAR")  # the record's own, else that of the landing it came with
    as_json = "case when broken is null then record end as good_json"
    return Relation(
        f"(select *, {as_json} from {from_sql})", fields, record_number=columns["number"], file_no=columns["file_no"], broken="broken"
    )


def keep(connection: duckdb.DuckDBPyConnection, contract: Contract, source_system: str) -> None:
    """Put the stage's bad rows into quarantine with their reasons; rows that wait there already are counted again."""
    bad = connection.execute(f"select count(*) from {STAGE} where not ok").fetchone()
    if not bad or not bad[0]:
        return
    from_sql = f"(select *, rowid as stage_row from {STAGE} where not ok)"
    _judge(connection, contract, _records(contract, from_sql, {"number": "stage_row", "file_no": "file_no"}), source_system)
    which = f"""replace(s.record, '}}', ', "record_number": ' || {stage.NUMBER} || '}}')"""
    record = f"case when s.record = {sql_names.literal(readers.WITHHELD)} then {which} else s.record end"
    connection.execute(
        "create or replace temp table kept as "
        f"select j.*, {record} as record, f.source_file, f.extracted_at, f.load_id, {stage.NUMBER} as record_number, "
        f"md5_number({record}) as row_hash from judged j join {STAGE} s on s.rowid = j.number join {FILES} f on f.file_no = s.file_no"
    )
    connection.execute(
        "create or replace temp table kept_once as select $table as table_name, source_system, row_key, row_hash, "
        "any_value(record) as record, "
        "arg_max(reasons, (extracted_at, source_file, load_id, record_number)) as reasons, "
        "arg_max(root_cause, (extracted_at, source_file, load_id, record_number)) as root_cause, "
        "arg_max(waits_for_parent, (extracted_at, source_file, load_id, record_number)) as waits_for_parent, "
        "arg_max(source_file, (extracted_at, source_file, load_id, record_number)) as source_file, "
        "arg_max(record_number, (extracted_at, source_file, load_id, record_number)) as record_number, "
        "arg_max(load_id, (extracted_at, source_file, load_id, record_number)) as load_id, max(source_updated_at) as source_updated_at, "
        "min(extracted_at) as first_seen, max(extracted_at) as extracted_at, count(*) as times_seen "
        "from kept group by source_system, row_key, row_hash",
        {"table": contract.table},
    )
    same = (
        "q.table_name = k.table_name and q.source_system = k.source_system and q.row_key is not distinct from k.row_key "
        "and q.row_hash = k.row_hash and q.resolved_at is null"
    )
    newer = merge.is_later(
        ("k.source_updated_at", "k.extracted_at", "k.source_file", "k.load_id", "coalesce(k.record_number, 0)"),
        ("q.source_updated_at", "q.extracted_at", "q.source_file", "q.load_id", "coalesce(q.record_number, 0)"),
    )
    connection.execute(
        "update quarantine.rows as q set reasons = k.reasons, root_cause = k.root_cause, waits_for_parent = k.waits_for_parent, "
        "source_file = k.source_file, record_number = k.record_number, load_id = k.load_id, extracted_at = k.extracted_at, "
        f"last_seen = k.extracted_at from kept_once k where {same} and {newer}"
    )
    connection.execute(
        "update quarantine.rows as q set times_seen = q.times_seen + k.times_seen, first_seen = least(q.first_seen, k.first_seen) "
        f"from kept_once k where {same}"
    )
    connection.execute(
        "insert into quarantine.rows (table_name, source_system, source_file, record_number, row_key, row_hash, record, reasons, "
        "root_cause, waits_for_parent, source_updated_at, extracted_at, load_id, first_seen, last_seen, times_seen) "
        "select table_name, source_system, source_file, record_number, row_key, row_hash, record, reasons, root_cause, "
        "waits_for_parent, source_updated_at, extracted_at, load_id, first_seen, extracted_at, times_seen from kept_once k "
        f"where not exists (select 1 from quarantine.rows q where {same})"
    )


def _judge(connection: duckdb.DuckDBPyConnection, contract: Contract, relation: Relation, source_system: str) -> None:
    """Make temp.judged(number, file_no, source_system, row_key, reasons, root_cause, waits_for_parent, source_updated_at)."""
    faults = stage.all_faults(contract, relation)
    worded = [f"case when {f.when} then {f.words} end" for f in faults if not f.is_parent]
    parents = [(f"case when {f.when} then {f.words} end", f"case when {f.when} then {f.cause} end") for f in faults if f.is_parent]
    key = checks.row_key(contract, sql_names.value_name)
    drop_nulls = "list_filter([{}], lambda x: x is not null)"
    causes = ", ".join(c for _, c in parents) or "cast(null as varchar)"
    connection.execute(
        "create or replace temp table judged as select number, file_no, source_system, row_key, source_updated_at, "
        "case when broken is not null then [broken] else list_concat(own, waits) end as reasons, "
        f"case when broken is null and len(own) = 0 then coalesce({'list_extract(causes, 1)'}, 'unknown') "
        "else $table || ' ' || coalesce(row_key, 'without key') || ': ' || coalesce(broken, own[1]) end as root_cause, "
        "broken is null and len(own) = 0 as waits_for_parent from ("
        f"select number, file_no, broken, {sql_names.value_name('source_system')} as source_system, {key} as row_key, "
        f"{sql_names.value_name('source_updated_at')} as source_updated_at, {drop_nulls.format(', '.join(worded))} as own, "
        f"{drop_nulls.format(', '.join(w for w, _ in parents) or 'cast(null as varchar)')} as waits, "
        f"{drop_nulls.format(causes)} as causes from ({stage.typed_rows(contract, relation)}))",
        {"table": contract.table, "source_system": source_system},
    )


def retry(connection: duckdb.DuckDBPyConnection, contract: Contract, now: datetime, run_id: str) -> dict[str, int]:
    """Try again every row that waits for a parent; those whose parents have come are merged and noted in ops.releases.

    Returns:
        How many were released, by outcome.

    """
    waiting = "table_name = $table and resolved_at is null and waits_for_parent"
    counted = connection.execute(f"select count(*) from quarantine.rows where {waiting}", {"table": contract.table}).fetchone()
    if not counted or not counted[0]:
        return {}
    connection.execute(
        "create or replace temp table retried as select *, rowid as kept_row, cast(null as varchar) as broken, "
        "dense_rank() over (order by extracted_at, source_file, load_id) as file_no "
        f"from quarantine.rows where {waiting}",
        {"table": contract.table},
    )
    stage.create(connection, contract)
    relation = _records(contract, "temp.retried", {"number": "kept_row", "file_no": "file_no"})
    stage.insert(connection, contract, relation, Incoming(0, 0, "", now, "default"))
    _judge(connection, contract, relation, "default")
    connection.execute(
        "update quarantine.rows as q set reasons = j.reasons, root_cause = j.root_cause, waits_for_parent = j.waits_for_parent "
        f"from judged j where q.rowid = j.number and not exists (select 1 from {STAGE} s where s.record_number = j.number and s.ok)"
    )
    connection.execute(
        f"create or replace temp table released as select s.rowid as stage_row, s.record_number as kept_row from {STAGE} s where s.ok"
    )
    connection.execute(f"insert into {FILES} select distinct file_no, load_id, source_file, extracted_at, 0 from temp.retried")
    connection.execute(
        f"update {STAGE} as s set record_number = coalesce(r.record_number, 0) from temp.retried r where r.kept_row = s.record_number"
    )
    merge.merge(connection, contract)
    connection.execute(
        "insert into ops.releases select q.table_name, q.source_system, q.row_key, q.source_file, q.record_number, o.outcome, "
        "$now, $run_id from released r join quarantine.rows q on q.rowid = r.kept_row join temp.outcomes o on o.stage_row = r.stage_row",
        {"now": now, "run_id": run_id},
    )
    connection.execute(
        "update quarantine.rows as q set resolved_at = $now, resolution = 'released: its parent came' "
        "from released r where q.rowid = r.kept_row",
        {"now": now},
    )
    resolution.of_superseded(connection, contract, now)
    return dict(
        connection.execute("select o.outcome, count(*) from released r join temp.outcomes o using (stage_row) group by all").fetchall()
    )


def keep_file(
    connection: duckdb.DuckDBPyConnection, table: str, source_system: str, source_file: str, content_hash: str, reason: str, now: datetime
) -> None:
    """Note a file that could not be read; the same bytes seen again are counted."""
    seen = {"table": table, "system": source_system, "file": source_file, "hash": content_hash, "now": now, "reason": reason}
    same = "table_name = $table and source_system = $system and source_file = $file and content_hash = $hash and resolved_at is null"
    row = connection.execute(
        f"update quarantine.files set last_seen = $now, times_seen = times_seen + 1, reason = $reason where {same}", seen
    ).fetchone()
    if not row or not row[0]:
        resolution.of_file(connection, table, source_system, source_file, now)
        connection.execute("insert into quarantine.files values ($table, $system, $file, $hash, $reason, $now, $now, 1, null)", seen)
