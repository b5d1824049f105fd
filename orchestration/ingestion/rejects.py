"""Records that DuckDB's CSV reader could not split into the header's fields: taken over, in words, whole.

Belongs here: the reader's reject tables. Does not belong here: rows that were split but break the contract (checks).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.ingestion import encoding
from orchestration.ingestion.readers import REJECTS, Relation

TAKEN = "temp.rejects_taken"
SHOWN_CHARACTERS = 10_000  # DuckDB cuts the text of a rejected record here
WORDS = """
    case
        when error_type = 'TOO MANY COLUMNS'
            then 'the record has more fields than the ' || regexp_extract(error_message, 'Columns: (\\d+)', 1) || ' of the header'
        when error_type = 'MISSING COLUMNS'
            then 'the record has ' || regexp_extract(error_message, 'Found: (\\d+)', 1)
                || ' fields, the header has ' || regexp_extract(error_message, 'Columns: (\\d+)', 1)
        when error_type = 'UNQUOTED VALUE' then 'a quoted field does not end with its quote'
        when error_type = 'LINE SIZE OVER MAXIMUM' then 'the record is longer than 16 MB'
        else 'the record cannot be read (' || lower(error_type) || ')'
    end
"""


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the reject tables of the file before."""
    connection.execute(f"drop table if exists temp.{REJECTS}")
    connection.execute(f"drop table if exists temp.{REJECTS}_scan")


def count(connection: duckdb.DuckDBPyConnection) -> int:
    """How many records the reader left out of the file just read."""
    row = connection.execute(f"select count(distinct line) from temp.{REJECTS}").fetchone()
    return int(row[0]) if row else 0


def has_blank_lines(path: Path) -> bool:
    """Whether a text file has lines without a character, inside quotes or not."""
    with encoding.open_bytes(path) as handle:
        previous = b"\n"
        while chunk := handle.read(encoding.CHUNK):
            joined = previous + chunk
            if any(pair in joined for pair in (b"\n\n", b"\n\r\n", b"\r\r")):
                return True
            previous = joined[-3:]
    return False


def take(connection: duckdb.DuckDBPyConnection, relation: Relation, *, withheld: str | None) -> int | None:
    """Copy the rejects to TAKEN(record_number, words, record), one row a record.

    Args:
        connection: the connection that read the file.
        relation: the file.
        withheld: what to keep instead of the text; None keeps the text.

    Returns:
        The number of a record whose open quote swallowed the records after it, or None.

    """
    connection.execute(
        f"create or replace temp table rejects_taken as select line - $header_place as record_number, "
        f"min({WORDS}) as words, coalesce($withheld, trim(min(csv_line), chr(13) || chr(10))) as record, "
        f"min(line_byte_position) as byte_position, max(error_type = 'UNQUOTED VALUE' "
        f"and regexp_matches(trim(csv_line, chr(13) || chr(10)), '[\\r\\n]')) as swallows "
        f"from temp.{REJECTS} group by line",
        {"header_place": relation.header_place, "withheld": withheld},
    )
    row = connection.execute(f"select min(record_number) filter (where swallows) from {TAKEN}").fetchone()
    if row and row[0] is not None:
        return int(row[0])
    cut = connection.execute(
        f"select record_number, byte_position from {TAKEN} where length(record) >= $n", {"n": SHOWN_CHARACTERS - 1}
    ).fetchall()
    for record_number, position in cut if relation.text_file and withheld is None else []:
        connection.execute(
            f"update {TAKEN} set record = $whole where record_number = $number",
            {"whole": whole_record(relation.text_file, position), "number": record_number},
        )
    return None


def before(place: str) -> str:
    """A join to TAKEN for rows that were accepted: `r.j` is the number of rejects before the place-th of them, or null.

    The k-th accepted row stands behind every reject that has fewer than k accepted rows before it.
    """
    return (
        "asof left join (select record_number - j as accepted_before, j from "
        f"(select record_number, row_number() over (order by record_number) as j from {TAKEN})) r on {place} > r.accepted_before"
    )


def whole_record(text_file: Path | None, byte_position: int) -> str:
    """The whole record of a CSV file that DuckDB says begins at a byte, counted from 1; a line end may stand before it."""
    if text_file is None:
        return ""
    with encoding.open_bytes(text_file) as handle:
        handle.seek(byte_position - 1)
        taken: list[bytes] = []
        n_quotes = 0
        for line in handle:
            taken.append(line)
            n_quotes += line.count(b'"')
            if n_quotes % 2 == 0 and line.strip(b"\r\n"):
                break
    return b"".join(taken).decode("utf-8", "replace").strip("\r\n")
