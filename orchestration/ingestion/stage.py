"""Rows of files, typed and judged against their contract, in a temporary table before anything is merged.

Belongs here: filling the stage from relations. Does not belong here: what is already in raw (merge, quarantine).

The stage of a table: its contract columns typed, `row_hash`, `ok`, for rows that are not ok `broken` (words, where the
record is no record at all) and `record` (as it came), and `file_no`, `record_number` (null: its place among the rows of
its file, see `NUMBER`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.contracts import Column, Contract
from orchestration.ingestion import checks, readers, rejects, sql_names
from orchestration.ingestion.readers import WITHHELD, Relation, UnreadableFileError

STAGE = "temp.stage"
FILES = "temp.stage_files"
WRONG_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
NUMBER = "coalesce(s.record_number, s.rowid - f.first_row + 1)"


@dataclass(frozen=True)
class Incoming:
    """A file of one table that is being loaded."""

    file_no: int
    load_id: int
    source_file: str
    extracted_at: datetime
    source_system: str


def create(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make the empty stage of a table, replacing the one before."""
    columns = ", ".join(f"{sql_names.quoted(c.name)} {c.duckdb_type}" for c in contract.columns)
    connection.execute(
        f"create or replace temp table stage ({columns}, row_hash uhugeint, ok boolean, broken varchar, record varchar, "
        "file_no integer, record_number bigint)"
    )
    connection.execute(
        "create or replace temp table stage_files (file_no integer, load_id bigint, source_file varchar, "
        "extracted_at timestamp, first_row bigint)"
    )


def parent_fault(contract: Contract) -> list[checks.Fault]:
    """Faults of rows that wait for a parent, the parent's own fault named where it is in quarantine itself."""
    found = []
    system = sql_names.value_name("source_system")
    for column, parent in contract.parents:
        if not parent.holds_back:
            continue
        value = sql_names.value_name(column.name)
        absent = (
            f"({value} is not null and not (({system}, {value}) in "
            f"(select (source_system, {parent.column}) from raw.{sql_names.quoted(parent.table)})))"
        )
        cause = (
            "(select max_by(q.root_cause, (q.extracted_at, q.load_id, q.record_number)) from quarantine.rows q "
            f"where q.table_name = '{parent.table}' and q.source_system = {system} and q.row_key = {value} and q.resolved_at is null)"
        )
        words = (
            f"'{column.name} refers to {parent.table} ' || {value} || coalesce(', which is in quarantine (' || {cause} || ')', "
            "', which has not come')"
        )
        in_the_end = f"coalesce({cause}, '{parent.table} ' || {value} || ' has not come')"
        found.append(checks.Fault(absent, words, is_parent=True, cause=in_the_end))
    return found


def all_faults(contract: Contract, relation: Relation) -> list[checks.Fault]:
    """Everything that can be wrong with a row of the relation."""
    found = [f for c in contract.columns for f in checks.faults(c, _type(relation, c.name), is_key=c.name in contract.key)]
    found += [checks.rule_fault(r, contract) for r in contract.rules if r.effect == "quarantine" and r.must]
    return found + parent_fault(contract)


def _type(relation: Relation, column: str) -> str | None:
    return relation.fields[column][1] if column in relation.fields else None


def _value(column: Column, relation: Relation) -> str:
    value = checks.typed(column, _type(relation, column.name))
    if column.name == "source_system":
        return f"coalesce({value}, $source_system)"
    return value


def typed_rows(contract: Contract, relation: Relation) -> str:
    """SELECT of the relation's records with `s_x` and `v_x` for each column, `broken`, `raw_record`, `number`."""
    fields = "".join(f", {sql} as {sql_names.source_name(name)}" for name, (sql, _) in relation.fields.items())
    values = ", ".join(f"{_value(c, relation)} as {sql_names.value_name(c.name)}" for c in contract.columns)
    attempts = "".join(
        f", {sql} as {sql_names.attempt_name(c.name)}" for c in contract.columns if (sql := checks.attempt(c, _type(relation, c.name)))
    )
    return (
        f"select *, {values} from (select *{attempts} from (select {relation.file_no or '$file_no'} as file_no, "
        f"{relation.broken or 'cast(null as varchar)'} as broken, "
        f"{relation.raw_record or 'cast(null as varchar)'} as raw_record, "
        f"{relation.record_number or 'cast(null as bigint)'} as number{fields} from {relation.from_sql}))"
    )


def add(connection: duckdb.DuckDBPyConnection, contract: Contract, relation: Relation, incoming: Incoming, scratch: Path) -> int:
    """Read a relation into the stage.

    Returns:
        How many records it had.

    Raises:
        UnreadableFileError: the file cannot be read to its end, or an open quote swallows records.

    """
    missing = [c.name for c in contract.own_columns if c.required and c.name not in relation.fields]
    if missing and relation.fields:
        msg = f"it lacks the required column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        raise UnreadableFileError(msg)
    if not relation.fields:
        if relation.broken is None or relation.unknown_columns:
            msg = f"none of its columns is one of the contract's ({', '.join(contract.column_names[:6])}, …)"
            raise UnreadableFileError(msg)
        n_lines = connection.execute(f"select count(*) from {relation.from_sql}", relation.parameters).fetchone()
        if not n_lines or not n_lines[0]:
            msg = "it is empty"
            raise UnreadableFileError(msg)
    rejects.forget(connection)
    try:
        insert(connection, contract, relation, incoming)
        n_rejects = rejects.count(connection) if relation.has_rejects else 0
        if n_rejects and relation.text_file and rejects.has_blank_lines(relation.text_file):
            connection.execute(f"delete from {STAGE} where file_no = $n", {"n": incoming.file_no})
            relation = readers.read_csv_without_blank_records(relation.text_file, contract.column_names, scratch)
            rejects.forget(connection)
            insert(connection, contract, relation, incoming)
    except duckdb.Error as error:
        if readers.is_of_the_machine(error) or isinstance(error, WRONG_SQL):
            raise
        msg = f"it cannot be read to its end ({str(error).splitlines()[0][:200]})"
        raise UnreadableFileError(msg) from error
    connection.execute(
        f"insert into {FILES} select $file_no, $load_id, $source_file, $extracted_at, "
        f"coalesce((select min(rowid) from {STAGE} where file_no = $file_no), 0)",
        {
            "file_no": incoming.file_no,
            "load_id": incoming.load_id,
            "source_file": incoming.source_file,
            "extracted_at": incoming.extracted_at,
        },
    )
    if n_rejects:
        _add_rejects(connection, relation, incoming)
    counted = connection.execute(f"select count(*) from {STAGE} where file_no = $n", {"n": incoming.file_no}).fetchone()
    return int(counted[0]) if counted else 0


def remove(connection: duckdb.DuckDBPyConnection, file_no: int) -> None:
    """Take a file's rows out of the stage again."""
    connection.execute(f"delete from {STAGE} where file_no = $n", {"n": file_no})
    connection.execute(f"delete from {FILES} where file_no = $n", {"n": file_no})


def _add_rejects(connection: duckdb.DuckDBPyConnection, relation: Relation, incoming: Incoming) -> None:
    """Put the records that the CSV reader could not split into the stage too, and number the others around them."""
    swallowing = rejects.take(connection, relation, withheld=WITHHELD if relation.unknown_columns else None)
    if swallowing is not None:
        remove(connection, incoming.file_no)
        raise UnreadableFileError(swallowed(swallowing))
    connection.execute(
        f"update {STAGE} as s set record_number = numbered.k + coalesce(numbered.j, 0) from ("
        "select a.row_id, a.k, r.j from (select s.rowid as row_id, s.rowid - f.first_row + 1 as k "
        f"from {STAGE} s join {FILES} f using (file_no) where s.file_no = $n) a {rejects.before('a.k')}"
        ") as numbered where s.rowid = numbered.row_id",
        {"n": incoming.file_no},
    )
    add_broken(connection, rejects.TAKEN, incoming)


def swallowed(record_number: int) -> str:
    """What is said of a file with an open quote."""
    return f"record {record_number} opens a quote that is not closed; it swallows the records after it. Mend that record"


def add_broken(connection: duckdb.DuckDBPyConnection, broken: str, incoming: Incoming) -> int:
    """Put records that could not be split, a table of (record_number, words, record), into the stage; how many."""
    row = connection.execute(
        f"insert into {STAGE} (ok, broken, record, file_no, record_number, source_system) "
        f"select false, words, record, $n, record_number, $system from {broken}",
        {"n": incoming.file_no, "system": incoming.source_system},
    ).fetchone()
    return int(row[0]) if row else 0


def insert(connection: duckdb.DuckDBPyConnection, contract: Contract, relation: Relation, incoming: Incoming) -> None:
    """Type and judge a relation's records and put them into the stage."""
    conditions = " or ".join(f.when for f in all_faults(contract, relation))
    names = ", ".join(sql_names.quoted(n) for n in contract.column_names)
    values = ", ".join(sql_names.value_name(n) for n in contract.column_names)
    texts = ", ".join(
        f"{sql_names.quoted(n)} := {checks.as_text(sql_names.source_name(n), kind)}" for n, (_, kind) in relation.fields.items()
    )
    as_json = f"cast(to_json(struct_pack({texts})) as varchar)" if texts else "'{}'"
    parameters = {**relation.parameters, "source_system": incoming.source_system}
    if relation.file_no is None:
        parameters["file_no"] = incoming.file_no
    connection.execute(
        f"insert into {STAGE} ({names}, row_hash, ok, broken, record, file_no, record_number) "
        f"select {values}, {checks.row_hash(contract, sql_names.value_name)}, ok, broken, "
        f"case when broken is not null then coalesce(raw_record, {as_json}) when not ok then {as_json} end, file_no, number "
        f"from (select *, broken is null and not coalesce({conditions}, false) as ok from ({typed_rows(contract, relation)}))",
        parameters,
    )
