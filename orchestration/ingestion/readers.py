"""Files of each format as a relation that SQL can select from, one record a row, in the order of the file.

Belongs here: formats. Does not belong here: what a field must hold (checks), where rows go (stage).
"""

from __future__ import annotations

import csv
import errno
import glob
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.ingestion import encoding
from orchestration.ingestion.sql_names import literal, quoted

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE_BYTES = 16_777_216
HEADER_BYTES = 1_048_576
REJECTS = "csv_rejects"
NO_DELIMITER = "\x1f\x1e\x1d\x1c"  # four characters that no text file holds in this order
WITHHELD = '{"withheld": "there are columns outside the contract, so a record that cannot be split is not kept; see the file"}'
OF_THE_MACHINE = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO})
WRITING = ("write", "no space", "too large", "offload", "truncate", "sync")


class UnreadableFileError(ValueError):
    """A file that cannot be read as what its name says. The message says why."""


def is_of_the_machine(error: Exception) -> bool:
    """Whether a full disk or memory is the cause: then the load must stop, and the file is not to blame."""
    if isinstance(error, OSError):
        return error.errno in OF_THE_MACHINE
    if isinstance(error, (duckdb.IOException, duckdb.TransactionException)):
        return any(word in str(error).lower() for word in WRITING)
    return isinstance(error, (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InterruptException, duckdb.InternalException))


@dataclass(frozen=True)
class Relation:
    """Records of a file. `fields` maps a column's name to the SQL that reads it and its DuckDB type."""

    from_sql: str
    fields: dict[str, tuple[str, str]]
    parameters: dict[str, Any] = field(default_factory=dict)
    record_number: str | None = None  # SQL; None: the place in the order of reading
    file_no: str | None = None  # SQL; None: all records are of one file
    broken: str | None = None  # SQL: words for a record that is no record, else null
    raw_record: str | None = None  # SQL: the record as it came; None: its fields as JSON
    has_rejects: bool = False  # the CSV reader may leave records in the table REJECTS
    text_file: Path | None = None  # the text that rejects' byte positions refer to
    header_place: int = 0  # of a CSV: its place among the records, which rejects are numbered from
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()  # findings about the file: rule, words


def normal(name: str) -> str:
    """A column name as it is compared with the contract: trimmed, lower case."""
    return name.strip().strip("\ufeff").lower()


def read(connection: duckdb.DuckDBPyConnection, path: Path, file_format: str, known: Iterable[str] | None, scratch: Path) -> Relation:
    """A relation over the records of a file.

    Args:
        connection: where the relation will be selected from.
        path: the file.
        file_format: csv, csv.gz, jsonl, jsonl.gz, parquet or xlsx.
        known: column names of the contract; None keeps every column under its own name (exports of a system).
        scratch: a folder for mended copies, removed by the caller.

    Raises:
        UnreadableFileError: the file is not what its name says, or its columns cannot be told apart.

    """
    names = None if known is None else frozenset(known)
    try:
        if file_format.startswith("csv"):
            return _read_csv(path, names, scratch)
        if file_format.startswith("jsonl"):
            return _read_jsonl(connection, path, names, scratch)
        if file_format == "parquet":
            return _read_parquet(connection, path, names)
        return _read_xlsx(connection, path, names)
    except UnreadableFileError:
        raise
    except (OSError, EOFError, zlib.error, UnicodeError, csv.Error, duckdb.Error, ValueError) as error:
        if is_of_the_machine(error):
            raise
        msg = f"it cannot be read as {file_format} ({str(error).splitlines()[0][:200] if str(error) else type(error).__name__})"
        raise UnreadableFileError(msg) from error


def _pick(columns: Iterable[tuple[str, str, str]], known: frozenset[str] | None) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """Sort (name, SQL, type) into the fields that are kept and the names that are not."""
    fields: dict[str, tuple[str, str]] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for name, sql, data_type in columns:
        key = normal(name) if known is not None else name.strip().strip("\ufeff")
        if known is not None and key not in known:
            unknown.append(name.strip())
        elif key in fields:
            twice.append(key)
        else:
            fields[key] = (sql, data_type)
    if twice:
        msg = f"these columns stand twice in it: {', '.join(sorted(set(twice)))}"
        raise UnreadableFileError(msg)
    return fields, tuple(unknown)


def _path(path: Path) -> dict[str, Any]:
    """DuckDB takes a path for a pattern: `[1].csv` would read `1.csv`."""
    return {"path": glob.escape(str(path))}


def _encoding_notes(scan: encoding.ByteScan) -> tuple[tuple[str, str], ...]:
    if scan.encoding == "utf-8":
        return ()
    words = f"the file is not UTF-8; it was read as {scan.encoding}. Export it as UTF-8 to be certain of every character"
    return (("file_not_utf8", words),)


def csv_header(text: str, known: frozenset[str] | None) -> tuple[str, list[str], int]:
    """Delimiter, column names and place of the header among the records of `text`; blank lines before it count."""
    best: tuple[tuple[int, int], str, list[str], int] | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        place, names = next(((n, record) for n, record in enumerate(reader, start=1) if record), (0, []))
        hits = sum(normal(n) in known for n in names) if known is not None else 0
        if best is None or (hits, len(names)) > best[0]:
            best = ((hits, len(names)), delimiter, names, place)
    if best is None or not any(n.strip() for n in best[2]):
        msg = "it is empty: not even a header line"
        raise UnreadableFileError(msg)
    return best[1], best[2], best[3]


def _text_of(path: Path) -> str:
    """The start of a read_csv over $path that guesses nothing."""
    packed = "gzip" if path.suffix.lower() == ".gz" else "none"
    return f"read_csv($path, compression = '{packed}', auto_detect = false, header = false, hive_partitioning = false"


def _read_csv(path: Path, known: frozenset[str] | None, scratch: Path, *, mend: bool = False) -> Relation:
    scan = encoding.scan(path)
    if scan.is_empty:
        msg = "it is empty: not even a header line"
        raise UnreadableFileError(msg)
    text_file = path
    if scan.needs_copy or mend:
        text_file = scratch / f"{path.name}.mended.csv"
        encoding.write_mended_copy(path, scan.encoding, '"', text_file)
    with encoding.open_text(text_file, "utf-8") as text:
        delimiter, names, header_place = csv_header(text.read(HEADER_BYTES), known)
    fields, unknown = _pick(((name, f"c{i}", "VARCHAR") for i, name in enumerate(names)), known)
    shape = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(names)))
    from_sql = (
        f"{_text_of(text_file)}, skip = {header_place}, delim = '{delimiter}', quote = '\"', "
        f"escape = '\"', columns = {{{shape}}}, strict_mode = true, store_rejects = true, "
        f"rejects_table = '{REJECTS}', rejects_scan = '{REJECTS}_scan', max_line_size = {MAX_LINE_BYTES})"
    )
    return Relation(
        from_sql, fields, _path(text_file), has_rejects=True, text_file=text_file, header_place=header_place,
        unknown_columns=unknown, notes=_encoding_notes(scan),
    )  # fmt: skip


def read_csv_without_blank_records(path: Path, known: Iterable[str] | None, scratch: Path) -> Relation:
    """As `read` of a CSV, from a copy without blank lines: DuckDB counts them in the places of rejected records."""
    return _read_csv(path, None if known is None else frozenset(known), scratch, mend=True)


def _read_jsonl(connection: duckdb.DuckDBPyConnection, path: Path, known: frozenset[str] | None, scratch: Path) -> Relation:
    scan = encoding.scan(path)
    text_file = path
    if scan.needs_copy:
        text_file = scratch / f"{path.name}.mended.jsonl"
        encoding.write_mended_copy(path, scan.encoding, None, text_file)
    options = f"delim = '{NO_DELIMITER}', quote = '', escape = '', columns = {{line: 'VARCHAR'}}, max_line_size = {MAX_LINE_BYTES}"
    lines = f"{_text_of(text_file)}, {options})"
    parameters = _path(text_file)
    is_object = "(json_valid(line) and json_type(line) = 'OBJECT')"
    found = connection.execute(
        f"select distinct unnest(case when {is_object} then json_keys(line) end) from {lines}", parameters
    ).fetchall()
    spelled = sorted(str(k[0]) for k in found)
    fields, unknown = _pick(((k, k, "VARCHAR") for k in spelled), known)
    pointers = ["$." + '"' + key.replace('"', '\\"') + '"' for key, _ in fields.values()]
    paths = "[" + ", ".join(literal(p) for p in pointers) + "]"
    values = f"case when {is_object} then json_extract_string(line, {paths}) end" if fields else "null"
    from_sql = f"(select line, {values} as fields from {lines} where trim(line, ' \t' || chr(13) || chr(65279)) <> '')"
    return Relation(
        from_sql,
        {name: (f"fields[{i}]", "VARCHAR") for i, name in enumerate(fields, start=1)},
        parameters,
        broken="case when not json_valid(line) then 'the line is not valid JSON' "
        f"when not {is_object} then 'the line is not a JSON object' end",
        raw_record=literal(WITHHELD) if unknown else _line_of_known_names(known),
        unknown_columns=unknown,
        notes=_encoding_notes(scan),
    )


def _line_of_known_names(known: frozenset[str] | None) -> str:
    """A line that is no JSON as it came, where nothing in it looks like the name of a column outside the contract."""
    names = """regexp_extract_all(line, '["'']?([A-Za-z_][A-Za-z0-9_ ]*)["'']?\\s*:', 1)"""
    allowed = ", ".join(map(literal, sorted(known or {""})))
    return f"case when len(list_filter({names}, lambda x: lower(trim(x)) not in ({allowed}))) = 0 then line else {literal(WITHHELD)} end"


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, known: frozenset[str] | None) -> Relation:
    from_sql = "read_parquet($path, file_row_number = true, hive_partitioning = false)"
    described = connection.execute(f"describe select * exclude (file_row_number) from {from_sql}", _path(path)).fetchall()
    fields, unknown = _pick(((d[0], quoted(d[0]), d[1]) for d in described), known)
    return Relation(from_sql, fields, _path(path), record_number="file_row_number + 1", unknown_columns=unknown)


def _read_xlsx(connection: duckdb.DuckDBPyConnection, path: Path, known: frozenset[str] | None) -> Relation:
    import fastexcel  # noqa: PLC0415  (slow to import, rarely needed)

    try:
        book = fastexcel.read_excel(path)
        cells = book.load_sheet(0, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        msg = f"it cannot be read as xlsx ({str(error).splitlines()[0][:200]})"
        raise UnreadableFileError(msg) from error
    if not cells.height:
        msg = "its first sheet is empty: not even a header row"
        raise UnreadableFileError(msg)
    places = [f"c{i}" for i in range(cells.width)]
    cells.columns = places
    header = [name or f"column {i}" for i, name in enumerate(cells.row(0), start=1)]
    fields, unknown = _pick(((name, place, "VARCHAR") for name, place in zip(header, places, strict=True)), known)
    connection.register("xlsx_cells", cells.slice(1).with_row_index("n", offset=1).to_arrow())
    connection.execute("create or replace temp table xlsx_records as select * from xlsx_cells")
    connection.unregister("xlsx_cells")
    any_field = " or ".join(f"nullif(trim({place}), '') is not null" for place in places)
    others = [s for s in book.sheet_names[1:] if book.load_sheet(s, header_row=None).total_height]
    notes = (("sheets_not_read", f"only the first sheet is read; not read: {', '.join(others)}"),) if others else ()
    return Relation(f"(select * from xlsx_records where {any_field})", fields, record_number="n", unknown_columns=unknown, notes=notes)
