"""The exports of a system as views, and a mapping's SELECT over them as a relation like that of any file.

Belongs here: from export files to the relation of one contract table. Does not belong here: which mapping there is for
what (mappings), what a field must hold (checks).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.ingestion import readers, rejects, stage
from orchestration.ingestion.jobs import Job
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.mappings import MappingError
from orchestration.ingestion.readers import Relation, UnreadableFileError
from orchestration.ingestion.sql_names import quoted

BROKEN = "temp.export_rejects"
NO_RECORD = '"why this is no record"'


def relation(connection: duckdb.DuckDBPyConnection, job: Job, system: str, scratch: Path) -> Relation:
    """What a job's mapping makes of its exports; their records that cannot be split stand in BROKEN afterwards.

    Raises:
        UnreadableFileError: an export is unreadable or has not the columns that the mapping asks for.
        MappingError: the mapping itself is wrong.

    """
    connection.execute("create or replace temp table export_rejects (record_number bigint, words varchar, record varchar)")
    old = connection.execute("select view_name from duckdb_views() where database_name = 'temp' and comment = 'export'").fetchall()
    for (view,) in old:
        connection.execute(f"drop view temp.{quoted(view)}")
    notes: list[tuple[str, str]] = []
    for number, file in enumerate(job.exports):
        notes += _view(connection, number, file, scratch)
    sql = job.mapping.sql if job.mapping else ""
    try:
        described = connection.execute(f"describe {sql}").fetchall()
    except duckdb.Error as error:
        msg = f"the mapping {system}/{job.contract.table}.sql does not fit it ({str(error).splitlines()[0][:200]})"
        raise UnreadableFileError(msg) from error
    known = set(job.contract.column_names)
    fields = {d[0]: (quoted(d[0]), d[1]) for d in described if d[0] in known}
    strange = [d[0] for d in described if d[0] not in known and d[0] != "record_number"]
    if strange:
        msg = f"mapping {system}/{job.contract.table}.sql makes columns that the contract does not have: {', '.join(strange)}"
        raise MappingError(msg)
    number_sql = "record_number" if any(d[0] == "record_number" for d in described) else None
    return Relation(f"({sql.strip().rstrip(';')})", fields, record_number=number_sql, notes=tuple(notes))


def _view(connection: duckdb.DuckDBPyConnection, number: int, file: LandedFile, scratch: Path) -> tuple[tuple[str, str], ...]:
    """Make the view of one export; what is to be said of the file is returned."""
    made = readers.read(connection, file.path, file.file_format, None, scratch)
    notes = made.notes
    try:
        _table(connection, number, made)
        if made.has_rejects and rejects.count(connection):
            if made.text_file and rejects.has_blank_lines(made.text_file):
                made = readers.read_csv_without_blank_records(made.text_file, None, scratch)
                _table(connection, number, made)
            swallowing = rejects.take(connection, made, withheld=readers.WITHHELD)
            if swallowing is not None:
                raise UnreadableFileError(stage.swallowed(swallowing))
            connection.execute(f"insert into {BROKEN} select record_number, words, record from {rejects.TAKEN}")
            connection.execute(
                f"create or replace temp table export_{number} as select a.* replace (a.record_number + coalesce(r.j, 0) as record_number) "
                f"from export_{number} a {rejects.before('a.record_number')}"
            )
        if made.broken:
            connection.execute(
                f"insert into {BROKEN} select record_number, {NO_RECORD}, $withheld from export_{number} where {NO_RECORD} is not null",
                {"withheld": readers.WITHHELD},
            )
    except duckdb.Error as error:
        if readers.is_of_the_machine(error):
            raise
        msg = f"{file.name} cannot be read to its end ({str(error).splitlines()[0][:200]})"
        raise UnreadableFileError(msg) from error
    connection.execute(
        f"create or replace temp view {quoted(file.subject)} as "
        f"select * exclude ({NO_RECORD}) from export_{number} where {NO_RECORD} is null"
    )
    connection.execute(f"comment on view temp.{quoted(file.subject)} is 'export'")
    return notes


def _table(connection: duckdb.DuckDBPyConnection, number: int, made: Relation) -> None:
    rejects.forget(connection)
    fields = "".join(f", {sql} as {quoted(name)}" for name, (sql, _) in made.fields.items())
    connection.execute(
        f"create or replace temp table export_{number} as select {made.record_number or 'row_number() over ()'} as record_number, "
        f"{made.broken or 'cast(null as varchar)'} as {NO_RECORD}{fields} from {made.from_sql}",
        made.parameters,
    )
