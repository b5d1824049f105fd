"""Files of each format: what their records become, which of them are no records, and which files are none."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from orchestration.contracts import Contract, load_contracts
from orchestration.ingestion import readers, stage
from orchestration.ingestion.readers import Relation, UnreadableFileError

HEADER = "department_id,name,location\n"
EXTRACTED = datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("set threads = 2")
        yield opened


@dataclass
class Staged:
    """What a file became: good rows by record number, the others with their words and record."""

    n_read: int
    good: dict[int, tuple[Any, ...]]
    broken: dict[int, tuple[str | None, str]]
    relation: Relation


@dataclass
class Reader:
    """Puts files in a folder and reads them into the stage of departments."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    contract: Contract

    def __call__(
        self, content: str | bytes | Path, file_format: str = "csv", columns: Sequence[str] = ("department_id", "name", "location")
    ) -> Staged:
        path = content if isinstance(content, Path) else self.folder / f"departments.{file_format}"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        relation = readers.read(self.connection, path, file_format, self.contract.column_names, scratch)
        stage.create(self.connection, self.contract)
        incoming = stage.Incoming(1, 1, path.name, EXTRACTED, "default")
        n_read = stage.add(self.connection, self.contract, relation, incoming, scratch)
        rows = self.connection.execute(
            f"select {stage.NUMBER}, ok, broken, record, {', '.join(columns)} "
            f"from {stage.STAGE} s join {stage.FILES} f using (file_no) order by 1"
        ).fetchall()
        good = {r[0]: r[4:] for r in rows if r[1]}
        return Staged(n_read, good, {r[0]: (r[2], r[3]) for r in rows if not r[1]}, relation)

    def why_not(self, content: str | bytes, file_format: str = "csv") -> str:
        with pytest.raises(UnreadableFileError) as caught:
            self(content, file_format)
        return str(caught.value)


@pytest.fixture
def read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Reader:
    return Reader(connection, tmp_path, load_contracts()["departments"])


# ---------------------------------------------------------------------------------------------------------------- csv


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_finds_its_delimiter(read: Reader, delimiter: str) -> None:
    lines = [["department_id", "name", "location"], ["D1", "Sales, North; or | so\tit is", "Berlin"]]
    text = "\n".join(delimiter.join(f'"{field}"' for field in line) for line in lines)
    assert read(text).good == {1: ("D1", "Sales, North; or | so\tit is", "Berlin")}


def test_csv_column_names_are_trimmed_and_of_any_case(read: Reader) -> None:
    assert read(' Department_ID , NAME ,"location"\nD1,a,b\n').good == {1: ("D1", "a", "b")}


def test_csv_text_is_kept_as_it_is(read: Reader) -> None:
    text = HEADER + '007, padded ,"two\nlines"\nD2,"say ""hi""",👩‍💻 مرحبا\nD3,"a\r\nb",naïve\n'
    assert read(text).good == {1: ("007", " padded ", "two\nlines"), 2: ("D2", 'say "hi"', "👩‍💻 مرحبا"), 3: ("D3", "a\r\nb", "naïve")}


def test_csv_nul_bytes_are_characters(read: Reader) -> None:
    assert read(HEADER.encode() + b"D1,a\0b,c\nD2,\0,\0x\n").good == {1: ("D1", "a\0b", "c"), 2: ("D2", "\0", "\0x")}


def test_csv_empty_fields_are_null_quoted_or_not(read: Reader) -> None:
    assert read(HEADER + 'D1,a,\nD2,a,""\n').good == {1: ("D1", "a", None), 2: ("D2", "a", None)}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_csv_byte_order_mark_and_line_ends_do_not_matter(read: Reader, mark: bytes, end: bytes) -> None:
    staged = read(mark + end.join([b"department_id,name,location", "D1,Köln,x".encode(), b"D2,b,y", b""]))
    assert staged.good == {1: ("D1", "Köln", "x"), 2: ("D2", "b", "y")}
    assert staged.relation.notes == ()


def test_csv_with_mixed_line_ends_loses_nothing_and_keeps_those_inside_quotes(read: Reader) -> None:
    staged = read(b'department_id,name,location\r\nD1,a,x\nD2,b,"1\r\n2"\rD3,c,"1\r2"\r\nD4,d,"1\n2"\n')
    assert staged.good == {1: ("D1", "a", "x"), 2: ("D2", "b", "1\r\n2"), 3: ("D3", "c", "1\r2"), 4: ("D4", "d", "1\n2")}


def test_csv_that_is_not_utf8_is_read_as_cp1252_and_says_so(read: Reader) -> None:
    staged = read((HEADER + "D1,Köln – 5 €,x\n").encode("cp1252") + b"D2,\x81\x8d,y\n")
    assert staged.good == {1: ("D1", "Köln – 5 €", "x"), 2: ("D2", "\x81\x8d", "y")}
    assert [rule for rule, _ in staged.relation.notes] == ["file_not_utf8"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_csv_in_utf16_is_read_and_says_so(read: Reader, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    staged = read((mark + HEADER + 'D1,Köln,"a\nb"\n').encode(encoding))
    assert staged.good == {1: ("D1", "Köln", "a\nb")}
    assert [rule for rule, _ in staged.relation.notes] == ["file_not_utf8"]


def test_csv_may_be_gzipped(read: Reader) -> None:
    assert read(gzip.compress((HEADER + "D1,Köln,x\n").encode()), "csv.gz").good == {1: ("D1", "Köln", "x")}
    assert read(gzip.compress((HEADER + "D1,Köln,x\n").encode("cp1252")), "csv.gz").good == {1: ("D1", "Köln", "x")}


def test_csv_records_with_too_few_and_too_many_fields_are_told_with_their_numbers(read: Reader) -> None:
    staged = read(HEADER + "D1,a\nD2,b,x\nD3,c,y,z,0\nD4,d,w\nD5\n")
    assert staged.n_read == 5
    assert staged.good == {2: ("D2", "b", "x"), 4: ("D4", "d", "w")}
    assert staged.broken == {
        1: ("the record has 2 fields, the header has 3", "D1,a"),
        3: ("the record has more fields than the 3 of the header", "D3,c,y,z,0"),
        5: ("the record has 1 fields, the header has 3", "D5"),
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_blank_lines_are_no_records_and_do_not_shift_the_numbers(read: Reader, end: str) -> None:
    text = "\n\n" + HEADER + '\n\nD1,a,x\n\nD2,b\n\n\nD3,c,"1\n\n2"\nD4\nD5,e,z\n\n'
    staged = read(text.replace("\n", end))
    assert staged.n_read == 5
    assert staged.good == {1: ("D1", "a", "x"), 3: ("D3", "c", f"1{end}{end}2"), 5: ("D5", "e", "z")}
    assert {number: record for number, (_, record) in staged.broken.items()} == {2: "D2,b", 4: "D4"}


def test_csv_record_numbers_hold_in_a_large_file(read: Reader) -> None:
    lines = [f"D{i}" if i % 1000 == 0 else f"D{i},n{i},x" for i in range(1, 60_001)]
    staged = read(HEADER + "\n".join(lines) + "\n")
    assert staged.n_read == 60_000
    assert all(row[0] == f"D{number}" for number, row in staged.good.items())
    assert sorted(staged.broken) == list(range(1000, 60_001, 1000))
    assert all(record == f"D{number}" for number, (_, record) in staged.broken.items())


def test_csv_header_may_span_lines(read: Reader) -> None:
    staged = read('department_id,name,"loc\nation",location\nD1,a,x,b\nD2,a\n')
    assert staged.good == {1: ("D1", "a", "b")}
    assert sorted(staged.broken) == [2]


def test_csv_long_records_that_cannot_be_split_are_kept_whole(read: Reader) -> None:
    long = "D2," + "y" * 30_000
    surplus = 'D3,"' + "x" * 12_000 + '\n",d,e'
    for end in ("\n", "\r\n"):
        staged = read(end.join([HEADER.strip(), "D1,a,b", long, surplus, ""]))
        assert {n: record for n, (_, record) in staged.broken.items()} == {2: long, 3: surplus}


def test_csv_record_longer_than_the_readers_limit_is_one_bad_record(read: Reader) -> None:
    staged = read(HEADER + "D1,a," + "x" * (readers.MAX_LINE_BYTES + 10) + "\nD2,b,y\n")
    assert staged.good == {2: ("D2", "b", "y")}
    assert staged.broken[1][0] == "the record is longer than 16 MB"


@pytest.mark.parametrize("tail", ["D3,c,z\nD4,d,w\n", 'D3,"c",z\n', "D3,c,z"])
def test_csv_with_an_open_quote_is_refused_whole_and_names_the_record(read: Reader, tail: str) -> None:
    assert "record 2 opens a quote that is not closed" in read.why_not(HEADER + 'D1,a,x\nD2,"b,y\n' + tail)


def test_csv_with_an_open_quote_in_its_last_record_loses_only_that(read: Reader) -> None:
    for end in ("", "\n"):
        staged = read(HEADER + 'D1,a,x\nD2,"b,y' + end)
        assert staged.good == {1: ("D1", "a", "x")}
        assert staged.broken == {2: ("a quoted field does not end with its quote", 'D2,"b,y')}


def test_csv_after_a_file_that_was_refused_keeps_its_numbers(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = load_contracts()["departments"]
    stage.create(connection, contract)
    good = HEADER + "".join(f"D{i},n,x\n" for i in range(1, 5001))
    numbers = {}
    for file_no, text in enumerate([good, good + 'Dx,"open\nDy,b,c\n', good], start=1):
        path = tmp_path / f"{file_no}.csv"
        path.write_text(text, encoding="utf-8")
        relation = readers.read(connection, path, "csv", contract.column_names, tmp_path)
        incoming = stage.Incoming(file_no, file_no, path.name, EXTRACTED, "default")
        if file_no == 2:
            with pytest.raises(UnreadableFileError):
                stage.add(connection, contract, relation, incoming, tmp_path)
        else:
            assert stage.add(connection, contract, relation, incoming, tmp_path) == 5000
    numbers = connection.execute(
        f"select file_no, department_id, {stage.NUMBER} from {stage.STAGE} s join {stage.FILES} f using (file_no)"
    ).fetchall()
    assert len(numbers) == 10_000
    assert all(department == f"D{number}" for _, department, number in numbers)


def test_csv_unknown_columns_are_named_and_their_values_left(read: Reader) -> None:
    staged = read("department_id,iban,name,Phone\nD1,DE123,a,030\nD2,DE999,,031\nD3,DE777\n")
    assert staged.relation.unknown_columns == ("iban", "Phone")
    assert staged.good == {1: ("D1", "a", None)}
    assert not any("DE" in record or "03" in record for _, record in staged.broken.values())


def test_csv_without_a_required_column_is_refused(read: Reader) -> None:
    assert read.why_not("department_id,location\nD1,x\n") == "it lacks the required column name"
    assert read.why_not("location,cost_center\nD1,x\n") == "it lacks the required columns department_id, name"


def test_csv_with_a_column_twice_is_refused(read: Reader) -> None:
    assert read.why_not("department_id,name,Name\nD1,a,b\n") == "these columns stand twice in it: name"


def test_csv_without_a_header_is_refused_without_telling_its_values(read: Reader) -> None:
    why = read.why_not("D1,John Smith,Berlin\nD2,Jane,Paris\n")
    assert why.startswith("none of its columns is one of the contract's (department_id, name, ")
    assert "Smith" not in why


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_csv_that_is_empty_is_refused(read: Reader, text: str) -> None:
    assert read.why_not(text) == "it is empty: not even a header line"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_csv_with_only_a_header_has_no_records(read: Reader, end: str) -> None:
    staged = read(HEADER.strip() + end)
    assert (staged.n_read, staged.good, staged.broken) == (0, {}, {})


GARBAGE = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("file_format", "content"),
    [
        ("csv", GARBAGE),
        ("csv", b'"' + b"x" * 200_000 + b"\nabc,1\n"),
        ("csv.gz", b"not a gzip file"),
        ("csv.gz", gzip.compress(HEADER.encode() + GARBAGE)[:-6]),
        ("csv.gz", gzip.compress(HEADER.encode())[:12] + b"\xff" * 200),
        ("jsonl.gz", b"not a gzip file"),
        ("parquet", b""),
        ("parquet", GARBAGE),
        ("parquet", b"PAR1" + GARBAGE + b"PAR1"),
        ("xlsx", b""),
        ("xlsx", GARBAGE),
    ],
)
def test_garbage_is_refused_in_words(read: Reader, file_format: str, content: bytes) -> None:
    assert read.why_not(content, file_format) != ""


def test_a_path_is_never_taken_for_a_pattern(read: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "year=2026 [x]"
    folder.mkdir()
    for name, key in (("[1].csv", "D1"), ("1.csv", "D2"), ("*.csv", "D3")):
        (folder / name).write_text(f"{HEADER}{key},a,b\n", encoding="utf-8")
    assert [read(folder / name).good[1][0] for name in ("[1].csv", "1.csv", "*.csv")] == ["D1", "D2", "D3"]
    duckdb.execute(f"copy (select 'D4' as department_id, 'a' as name) to '{folder}/[1].parquet' (format parquet)")
    staged = read(folder / "[1].parquet", "parquet")
    assert staged.good == {1: ("D4", "a", None)}
    assert staged.relation.unknown_columns == ()


# -------------------------------------------------------------------------------------------------------------- jsonl


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def test_jsonl_takes_keys_of_any_case_and_values_of_any_kind(read: Reader) -> None:
    text = lines(
        {"Department_ID": "007", "NAME": "naïve 👩‍💻", "location": None},
        {"NAME": 5, "Department_ID": "D2", "location": {"city": "Köln"}},
        {"Department_ID": "D3", "NAME": "a\0b\n", "location": ""},
    )
    assert read(text, "jsonl").good == {1: ("007", "naïve 👩‍💻", None), 2: ("D2", "5", '{"city":"Köln"}'), 3: ("D3", "a\0b\n", None)}


def test_jsonl_optional_columns_are_typed(read: Reader) -> None:
    text = lines(
        {
            "department_id": "D1",
            "name": "a",
            "source_updated_at": "2024-01-05T10:00:00+02:00",
            "is_deleted": True,
            "source_note": {"a": [1]},
        }
    )
    staged = read(text, "jsonl", columns=("source_updated_at", "is_deleted", "source_note"))
    assert staged.good == {1: (datetime(2024, 1, 5, 8), True, '{"a":[1]}')}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_jsonl_lines_that_are_no_objects_are_kept_as_they_came(read: Reader, end: str) -> None:
    text = lines(
        {"department_id": "D1", "name": "a"},
        '{"department_id": "D2", "name":',
        "",
        " ",
        "[1, 2]",
        "null",
        {"department_id": "D3", "name": "b"},
    )
    staged = read(text.replace("\n", end), "jsonl")
    assert staged.n_read == 5
    assert staged.good == {1: ("D1", "a", None), 5: ("D3", "b", None)}
    assert staged.broken == {
        2: ("the line is not valid JSON", '{"department_id": "D2", "name":'),
        3: ("the line is not a JSON object", "[1, 2]"),
        4: ("the line is not a JSON object", "null"),
    }


def test_jsonl_lines_that_are_no_objects_are_withheld_where_they_may_hold_other_columns(read: Reader) -> None:
    good = {"department_id": "D1", "name": "a"}
    for private in ('{"name": "a", "iban": "DE123"', "{name: a, iban: DE123}", "{'iban' : 'DE123'"):
        [(words, record)] = read(lines(good, private), "jsonl").broken.values()
        assert (words, "DE123" in record) == ("the line is not valid JSON", False)
    [(_, record)] = read(lines(good | {"iban": "DE1"}, '["DE123"]'), "jsonl").broken.values()
    assert "DE123" not in record


def test_jsonl_strange_characters_and_a_byte_order_mark_are_no_hindrance(read: Reader) -> None:
    text = (
        "\ufeff"
        + lines({"department_id": "D1", "name": "a\x1fb"})
        + '{"department_id": "D2", "name": "a\x1fb"}\n'
        + lines({"department_id": "D3", "name": "c"})
    )
    staged = read(text, "jsonl")
    assert staged.good == {1: ("D1", "a\x1fb", None), 3: ("D3", "c", None)}
    assert [words for words, _ in staged.broken.values()] == ["the line is not valid JSON"]


def test_jsonl_keys_outside_the_contract_are_named_whatever_they_are_called(read: Reader) -> None:
    staged = read(lines({"department_id": "D1", "name": "a", 'a"b': 1, "it's": 2, "$.name": 3}), "jsonl")
    assert staged.relation.unknown_columns == ("$.name", 'a"b', "it's")
    assert staged.good == {1: ("D1", "a", None)}


def test_jsonl_may_be_gzipped_or_cp1252(read: Reader) -> None:
    assert read(gzip.compress(lines({"department_id": "D1", "name": "ö"}).encode()), "jsonl.gz").good == {1: ("D1", "ö", None)}
    staged = read(lines({"department_id": "D1", "name": "ö"}).encode("cp1252"), "jsonl")
    assert staged.good == {1: ("D1", "ö", None)}
    assert [rule for rule, _ in staged.relation.notes] == ["file_not_utf8"]


def test_jsonl_without_anything_known_is_refused(read: Reader) -> None:
    assert read.why_not("", "jsonl") == "it is empty"
    assert read.why_not("\n \n", "jsonl") == "it is empty"
    assert read.why_not(lines({"location": "x"}), "jsonl") == "it lacks the required columns department_id, name"
    assert read.why_not(lines({"foo": 1}), "jsonl").startswith("none of its columns")


# ------------------------------------------------------------------------------------------------------------ parquet


def parquet(folder: Path, select: str) -> Path:
    path = folder / "departments.parquet"
    duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def test_parquet_keeps_types_and_numbers_its_records(read: Reader, tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "select * from (values (7, 'a', timestamptz '2024-01-05 10:00:00+02', true, null), "
        "(8, null, timestamptz '2024-01-06 00:00:00+00', false, 'x')) t(DEPARTMENT_ID, name, source_updated_at, is_deleted, iban)",
    )
    staged = read(path, "parquet", columns=("department_id", "name", "source_updated_at", "is_deleted"))
    assert staged.good == {1: ("7", "a", datetime(2024, 1, 5, 8), True)}
    assert json.loads(staged.broken[2][1]) == {
        "department_id": "8", "name": None, "source_updated_at": "2024-01-06 00:00:00+00", "is_deleted": "false",
    }  # fmt: skip
    assert staged.relation.unknown_columns == ("iban",)


def test_parquet_with_wrong_types_has_bad_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = load_contracts()["pips"]
    rows = [
        ("P1", "'nan'::double", None), ("P2", "30.0", 30), ("P3", "30.5", None), ("P4", "1e300", None),
    ]  # fmt: skip
    values = ", ".join(f"('{key}', 'E1', 'gap', timestamp '2024-01-05 00:00:00', {days}::double, 'active')" for key, days, _ in rows)
    path = parquet(tmp_path, f"select * from (values {values}) t(pip_id, employee_id, performance_gap, start_date, planned_days, status)")
    connection.execute("create schema if not exists raw")
    connection.execute("create or replace table raw.employees as select 'default' as source_system, 'E1' as employee_id")
    connection.execute("create schema if not exists quarantine")
    connection.execute(
        "create or replace table quarantine.rows (table_name text, source_system text, row_key text, root_cause text, "
        "extracted_at timestamp, load_id bigint, record_number bigint, resolved_at timestamp)"
    )
    relation = readers.read(connection, path, "parquet", contract.column_names, tmp_path)
    stage.create(connection, contract)
    assert stage.add(connection, contract, relation, stage.Incoming(1, 1, path.name, EXTRACTED, "default"), tmp_path) == 4
    found = connection.execute(f"select pip_id, planned_days, start_date, ok from {stage.STAGE} order by 1").fetchall()
    assert found == [(key, days, date(2024, 1, 5), days is not None) for key, _, days in rows]


# --------------------------------------------------------------------------------------------------------------- xlsx


def workbook(folder: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(list(row))
    path = folder / "departments.xlsx"
    book.save(path)
    return path


def test_xlsx_keeps_text_and_turns_cells_into_values(read: Reader, tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["Department_ID", "name", "source_updated_at", "is_deleted", None],
            ["007", "naïve 👩‍💻\nمرحبا", datetime(2024, 1, 5, 10, 30), True, "x"],
            [8, 3.5, date(2024, 1, 5), False, None],
            [None, None, None, None, None],
            ["D9", "=1+1", None, None, None],
        ],
    )
    staged = read(path, "xlsx", columns=("department_id", "name", "source_updated_at", "is_deleted"))
    assert staged.good[1] == ("007", "naïve 👩‍💻\nمرحبا", datetime(2024, 1, 5, 10, 30), True)
    assert staged.good[2] == ("8", "3.5", datetime(2024, 1, 5), False)
    assert 3 not in staged.good
    assert 3 not in staged.broken
    assert staged.relation.unknown_columns == ("column 5",)


def test_xlsx_dates_become_dates(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    contract = load_contracts()["review_cycles"]
    names = ["review_cycle_id", "name", "cadence", "period_start", "period_end", "sign_off_due"]
    path = workbook(
        tmp_path,
        [
            names,
            ["C1", "2024", "annual", date(2024, 1, 1), datetime(2024, 12, 31), "2025-01-31"],
            ["C2", "x", "annual", date(2024, 1, 1), datetime(2024, 12, 31, 9), "1/31/25"],
        ],
    )
    relation = readers.read(connection, path, "xlsx", contract.column_names, tmp_path)
    stage.create(connection, contract)
    stage.add(connection, contract, relation, stage.Incoming(1, 1, path.name, EXTRACTED, "default"), tmp_path)
    found = connection.execute(f"select ok, period_start, period_end, sign_off_due from {stage.STAGE} order by review_cycle_id").fetchall()
    assert found == [(True, date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 31)), (False, date(2024, 1, 1), None, None)]


def test_xlsx_reads_the_first_sheet_and_names_the_others(read: Reader, tmp_path: Path) -> None:
    rows = [["department_id", "name"], ["D1", "a"]]
    staged = read(workbook(tmp_path, rows, [["x"]], []), "xlsx")
    assert staged.good == {1: ("D1", "a", None)}
    assert staged.relation.notes == (("sheets_not_read", "only the first sheet is read; not read: Sheet 2"),)


def test_xlsx_without_a_header_is_refused(read: Reader, tmp_path: Path) -> None:
    path = workbook(tmp_path, [])
    assert read.why_not(path.read_bytes(), "xlsx") == "its first sheet is empty: not even a header row"


def test_a_zip_that_is_no_workbook_is_refused(read: Reader, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    assert read.why_not((tmp_path / "x.zip").read_bytes(), "xlsx") != ""


# ----------------------------------------------------------------------------------------------------- whose fault it is


def test_a_full_disk_is_not_blamed_on_the_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orchestration.ingestion.encoding.write_mended_copy", full)
    path = tmp_path / "departments.csv"
    path.write_bytes("department_id,name\nD1,Köln\n".encode("cp1252"))
    with pytest.raises(OSError, match="No space left"):
        readers.read(connection, path, "csv", ("department_id", "name"), tmp_path)


@pytest.mark.parametrize(
    ("error", "of_the_machine"),
    [
        (duckdb.OutOfMemoryException("failed to allocate"), True),
        (duckdb.IOException("Could not write to file: No space left on device"), True),
        (duckdb.FatalException("the database has been invalidated"), True),
        (duckdb.IOException("Could not read from file"), False),
        (duckdb.InvalidInputException("No magic bytes found"), False),
        (OSError(28, "No space left on device"), True),
        (FileNotFoundError(2, "No such file"), False),
    ],
)
def test_errors_of_the_machine_are_told_from_those_of_a_file(error: Exception, of_the_machine: bool) -> None:
    assert readers.is_of_the_machine(error) is of_the_machine
