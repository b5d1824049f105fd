"""A field's text as a typed value, and what is said of one that is none: tables of text and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from orchestration.contracts import Column, Contract, Rule
from orchestration.ingestion import checks, sql_names

DECIMAL = "decimal(18,4)"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        yield opened


def judge(connection: duckdb.DuckDBPyConnection, column: Column, source: str, field_type: str = "VARCHAR") -> tuple[Any, list[str]]:
    """The typed value of a field and every reason against it. `source` is SQL for the field."""
    name = column.name
    first = checks.attempt(column, field_type)
    attempts = f", {first} as {sql_names.attempt_name(name)}" if first else ""
    reasons = ", ".join(f"case when {f.when} then {f.words} end" for f in checks.faults(column, field_type)) or "null::varchar"
    row = connection.execute(
        f"select {sql_names.value_name(name)}, list_filter([{reasons}], lambda x: x is not null) from "
        f"(select *, {checks.typed(column, field_type)} as {sql_names.value_name(name)} from "
        f"(select *{attempts} from (select {source} as {sql_names.source_name(name)})))"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def read(connection: duckdb.DuckDBPyConnection, data_type: str, text: str, **more: Any) -> tuple[Any, list[str]]:
    """The typed value of a text field and every reason against it."""
    return judge(connection, Column("x", data_type, **more), f"cast({sql_names.literal(text)} as varchar)")


GOOD = [
    ("int", "7", 7),
    ("int", "007", 7),
    ("int", "+7", 7),
    ("int", "-7", -7),
    ("int", " 7 ", 7),
    ("int", "7\r", 7),
    ("int", "3.0", 3),
    ("int", "3.", 3),
    ("int", "3.000", 3),
    ("int", "999999999999999999", 999999999999999999),
    (DECIMAL, "1234.5", Decimal("1234.5000")),
    (DECIMAL, ".5", Decimal("0.5000")),
    (DECIMAL, "5.", Decimal("5.0000")),
    (DECIMAL, "-0.1", Decimal("-0.1000")),
    (DECIMAL, "1e5", Decimal("100000.0000")),
    (DECIMAL, "1.5E-1", Decimal("0.1500")),
    (DECIMAL, "00012", Decimal("12.0000")),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("date", " 2024-02-29 ", date(2024, 2, 29)),
    ("date", "2024-02-29T00:00:00", date(2024, 2, 29)),
    ("date", "2024-02-29 00:00:00.000", date(2024, 2, 29)),
    ("date", "2024-02-29T00:00:00Z", date(2024, 2, 29)),
    ("date", "2024-02-29 00:00:00+00", date(2024, 2, 29)),
    ("date", "0000-00-00", None),
    ("date", "0000-00-00 00:00:00", None),
    ("date", "  ", None),
    ("date", "1900-01-01", date(1900, 1, 1)),
    ("date", "2199-12-31", date(2199, 12, 31)),
    ("timestamp", "2024-01-05", datetime(2024, 1, 5)),
    ("timestamp", "2024-01-05T10:00", datetime(2024, 1, 5, 10)),
    ("timestamp", "2024-01-05 10:00:00", datetime(2024, 1, 5, 10)),
    ("timestamp", "2024-01-05T10:00:00.25", datetime(2024, 1, 5, 10, 0, 0, 250000)),
    ("timestamp", "2024-01-05T10:00:00,25", datetime(2024, 1, 5, 10, 0, 0, 250000)),
    ("timestamp", "2024-01-05T10:00:00Z", datetime(2024, 1, 5, 10)),
    ("timestamp", "2024-01-05T10:00:00+02:00", datetime(2024, 1, 5, 8)),
    ("timestamp", "2024-01-05T10:00:00+0200", datetime(2024, 1, 5, 8)),
    ("timestamp", "2024-01-05T10:00:00+02", datetime(2024, 1, 5, 8)),
    ("timestamp", "2024-01-05T10:00+02:00", datetime(2024, 1, 5, 8)),
    ("timestamp", "2024-01-05 10:00:00 UTC", datetime(2024, 1, 5, 10)),
    ("timestamp", "2024-01-05 10:00:00 -05:30", datetime(2024, 1, 5, 15, 30)),
    ("timestamp", "2024-12-31T23:30:00-01:00", datetime(2025, 1, 1, 0, 30)),
    ("timestamp", "0000-00-00 00:00:00", None),
    ("bool", "true", True),
    ("bool", "T", True),
    ("bool", "Yes", True),
    ("bool", "1", True),
    ("bool", "FALSE", False),
    ("bool", "no", False),
    ("bool", "0", False),
    ("bool", " ", None),
    ("json", '{"a": [1, 2]}', '{"a": [1, 2]}'),
    ("json", "", None),
    ("text", "007", "007"),
    ("text", "", None),
    ("text", " kept as it is ", " kept as it is "),
    ("text", "naïve 👩‍💻 مرحبا بالعالم שלום", "naïve 👩‍💻 مرحبا بالعالم שלום"),
    ("text", "two\nlines", "two\nlines"),
    ("text", "NULL", "NULL"),
    ("text", "=1+1", "=1+1"),
]


@pytest.mark.parametrize(("data_type", "text", "value"), GOOD)
def test_text_becomes_the_typed_value(connection: duckdb.DuckDBPyConnection, data_type: str, text: str, value: object) -> None:
    assert read(connection, data_type, text) == (value, [])


BAD = [
    (
        "int",
        ["1,234", "1,234.5", "3.7", "1_000", "0x1A", "1e5", "NaN", "nan", "inf", "-inf", "abc", "1 000", "--1", "٣", "9" * 19, "1/2", "$5"],
    ),
    (
        DECIMAL,
        ["1,234.5", "1_000", "1_000.5", "0x1A", "NaN", "inf", "Infinity", "abc", "1 000", "50%", "€5", "1.2.3", "1e999", "9" * 15, "٣"],
    ),
    (
        "date",
        [
            "2024-02-30",
            "2023-02-29",
            "2024-13-01",
            "2024-1-5",
            "05.01.2024",
            "01/05/2024",
            "20240105",
            "45000",
            "2024-01",
            "today",
            "2024-01-05T10:00:00",
            "2024-01-05T10:00:00+02:00",
            "2024-01-05T00:00:00+02:00",
            "epoch",
            "0000-00-00x",
            "2024-01-05 x",
        ],
    ),
    (
        "timestamp",
        [
            "2024-02-30 10:00",
            "2024-01-05T24:00:00",
            "2024-01-05T10:60",
            "10:00",
            "1704448800",
            "2024-01-05T10:00:00+25:00",
            "2024-01-05T10:00:00 Europe/Berlin",
            "Jan 5 2024",
            "yesterday",
            "2024-01-05T",
        ],
    ),
    ("bool", ["maybe", "2", "-1", "truee", "on", "1.5"]),
    ("json", ["{a: 1}", "{", "not json"]),
]


@pytest.mark.parametrize(("data_type", "text"), [(kind, text) for kind, texts in BAD for text in texts])
def test_text_that_is_no_such_value_is_named(connection: duckdb.DuckDBPyConnection, data_type: str, text: str) -> None:
    value, reasons = read(connection, data_type, text)
    assert value is None
    assert len(reasons) == 1
    assert reasons[0].startswith(f"x is '{text}', not ")


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T00:00:00", "9999-12-31 23:59:59"])
def test_the_last_day_in_an_end_date_means_open(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert read(connection, "date", text, open_end=True) == (None, [])


@pytest.mark.parametrize(
    ("data_type", "text"),
    [("date", t) for t in ("9999-12-31", "1899-12-31", "2200-01-01", "infinity", "-infinity", "0001-01-01", "12024-01-05")]
    + [("timestamp", t) for t in ("9999-12-31T00:00:00", "1899-12-31 23:59:59", "infinity", "2199-12-31T23:30:00-01:00")],
)
def test_a_day_out_of_the_calendar_is_bad(connection: duckdb.DuckDBPyConnection, data_type: str, text: str) -> None:
    _, reasons = read(connection, data_type, text)
    assert len(reasons) == 1
    assert reasons[0].startswith(f"x is {text}, allowed 1900-01-01..2199-12-31") or reasons[0].startswith(f"x is '{text}', not ")


def test_another_text_with_the_open_end_in_it_is_bad(connection: duckdb.DuckDBPyConnection) -> None:
    assert read(connection, "date", "9999-12-31banana", open_end=True)[1] != []


def test_a_required_value_that_is_empty_is_missing_and_an_unreadable_one_is_only_unreadable(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert read(connection, "date", "", required=True)[1] == ["x is missing"]
    assert read(connection, "date", "0000-00-00", required=True)[1] == ["x is missing"]
    assert [r[:8] for r in read(connection, "date", "soon", required=True)[1]] == ["x is 'so"]
    assert read(connection, "text", "", required=True)[1] == ["x is missing"]


def test_a_value_outside_its_range_is_told_with_the_range(connection: duckdb.DuckDBPyConnection) -> None:
    progress = Column("progress_pct", DECIMAL, low="0", high="100")
    assert judge(connection, progress, "'140'") == (Decimal("140.0000"), ["progress_pct is 140, allowed 0..100"])
    assert judge(connection, progress, "'100'")[1] == []
    assert judge(connection, progress, "'-0.1'")[1] == ["progress_pct is -0.1, allowed 0..100"]


def test_a_value_outside_the_allowed_ones_is_told_with_them(connection: duckdb.DuckDBPyConnection) -> None:
    kind = Column("kind", "text", allowed=("full_time", "part_time"))
    assert judge(connection, kind, "'full_time'")[1] == []
    assert judge(connection, kind, "'Full Time'")[1] == ["kind is 'Full Time', allowed full_time, part_time"]
    assert judge(connection, kind, "''")[1] == []


def test_a_long_field_is_shown_cut_and_on_one_line(connection: duckdb.DuckDBPyConnection) -> None:
    _, [reason] = read(connection, "int", "a\r\nb" + "c" * 100)
    assert reason == "x is 'a⏎b" + "c" * 56 + "…', not a whole number"


TYPED = [
    ("date", "DATE", "date '2024-02-29'", date(2024, 2, 29), 0),
    ("date", "TIMESTAMP", "timestamp '2024-02-29 00:00:00'", date(2024, 2, 29), 0),
    ("date", "TIMESTAMP", "timestamp '2024-02-29 10:00:00'", None, 1),
    ("date", "TIMESTAMP WITH TIME ZONE", "timestamptz '2024-02-29 00:00:00+00'", date(2024, 2, 29), 0),
    ("date", "BIGINT", "45000::bigint", None, 1),
    ("timestamp", "TIMESTAMP WITH TIME ZONE", "timestamptz '2024-01-05 10:00:00+02'", datetime(2024, 1, 5, 8), 0),
    ("timestamp", "TIMESTAMP_NS", "timestamp_ns '2024-01-05 10:00:00'", datetime(2024, 1, 5, 10), 0),
    ("timestamp", "TIMESTAMP_S", "timestamp_s '2024-01-05 10:00:00'", datetime(2024, 1, 5, 10), 0),
    ("timestamp", "DATE", "date '2024-01-05'", datetime(2024, 1, 5), 0),
    ("int", "BIGINT", "5::bigint", 5, 0),
    ("int", "UTINYINT", "5::utinyint", 5, 0),
    ("int", "HUGEINT", "170141183460469231731687303715884105727::hugeint", None, 1),
    ("int", "DOUBLE", "3.0::double", 3, 0),
    ("int", "DOUBLE", "3.7::double", None, 1),
    ("int", "DOUBLE", "'nan'::double", None, 1),
    ("int", "DECIMAL(9,2)", "3.00::decimal(9,2)", 3, 0),
    ("int", "BOOLEAN", "true", None, 1),
    (DECIMAL, "DOUBLE", "0.1::double", Decimal("0.1000"), 0),
    (DECIMAL, "DOUBLE", "'nan'::double", None, 1),
    (DECIMAL, "DOUBLE", "'inf'::double", None, 1),
    (DECIMAL, "FLOAT", "0.5::float", Decimal("0.5000"), 0),
    (DECIMAL, "INTEGER", "5::integer", Decimal("5.0000"), 0),
    (DECIMAL, "DATE", "date '2024-01-05'", None, 1),
    ("bool", "BOOLEAN", "false", False, 0),
    ("bool", "INTEGER", "1::integer", True, 0),
    ("bool", "INTEGER", "2::integer", None, 1),
    ("text", "BIGINT", "7::bigint", "7", 0),
    ("text", "DATE", "date '2024-01-05'", "2024-01-05", 0),
    ("json", "JSON", """'{"a":1}'::json""", '{"a":1}', 0),
]


@pytest.mark.parametrize(("data_type", "field_type", "source", "value", "n_reasons"), TYPED)
def test_a_typed_field_becomes_the_typed_value(
    connection: duckdb.DuckDBPyConnection, data_type: str, field_type: str, source: str, value: object, n_reasons: int
) -> None:
    found, reasons = judge(connection, Column("x", data_type), source, field_type)
    assert found == value
    assert len(reasons) == n_reasons


def test_the_open_end_of_a_typed_date_is_open(connection: duckdb.DuckDBPyConnection) -> None:
    until = Column("until", "date", open_end=True)
    assert judge(connection, until, "date '9999-12-31'", "DATE") == (None, [])
    assert judge(connection, until, "timestamp '9999-12-31 00:00:00'", "TIMESTAMP") == (None, [])


def test_a_rule_tells_the_values_it_speaks_of(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (Column("ends", "date"), Column("starts", "date"), Column("kind", "text"))
    rule = Rule("ends_after_start", "quarantine", must="ends >= starts and kind <> 'starts'")
    contract = Contract("t", ("kind",), columns, (), (), (rule,))
    fault = checks.rule_fault(rule, contract)
    row = "select date '2024-01-01' as v_ends, date '2024-02-01' as v_starts, 'a' as v_kind"
    assert connection.execute(f"select {fault.when}, {fault.words} from ({row})").fetchone() == (
        True,
        "ends_after_start: ends >= starts and kind <> 'starts' does not hold (ends 2024-01-01, starts 2024-02-01, kind a)",
    )
    empty = "select null::date as v_ends, date '2024-02-01' as v_starts, 'a' as v_kind"
    assert connection.execute(f"select coalesce({fault.when}, false) from ({empty})").fetchone() == (False,)


def hash_of(connection: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> int:
    """row_hash of a row of text columns."""
    contract = Contract("t", tuple(columns)[:1], tuple(Column(c, "text") for c in columns), (), ())
    values = ", ".join(f"{v}::varchar as {c}" for c, v in columns.items())
    row = connection.execute(f"select {checks.row_hash(contract)} from (select {values})").fetchone()
    assert row is not None
    return int(row[0])


def test_a_new_empty_column_does_not_change_the_row_hash(connection: duckdb.DuckDBPyConnection) -> None:
    assert (
        hash_of(connection, {"a": "'1'"})
        == hash_of(connection, {"a": "'1'", "b": "null"})
        == hash_of(connection, {"b": "null", "a": "'1'"})
    )
    assert hash_of(connection, {"a": "'1'"}) != hash_of(connection, {"b": "'1'"})


def test_rows_that_differ_never_read_the_same_to_the_row_hash(connection: duckdb.DuckDBPyConnection) -> None:
    forged = "'1' || chr(31) || 'b=2'"
    assert hash_of(connection, {"a": forged, "b": "null"}) != hash_of(connection, {"a": "'1'", "b": "'2'"})


def test_the_row_key_joins_the_key_columns(connection: duckdb.DuckDBPyConnection) -> None:
    contract = Contract("t", ("a", "b"), (Column("a", "text"), Column("b", "date")), (), ())
    row = "select 'E1' as a, date '2024-01-05' as b"
    assert connection.execute(f"select {checks.row_key(contract)} from ({row})").fetchone() == ("E1|2024-01-05",)
    assert connection.execute(f"select {checks.row_key(contract)} from (select 'E1' as a, null::date as b)").fetchone() == (None,)
