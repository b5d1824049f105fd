"""The contract of a table as SQL: how a field becomes a typed value, and what is wrong with one that does not.

Belongs here: expressions over one row. Does not belong here: reading files, other rows of the table, writing.

Three names stand for a column in the SQL made here: `s_x` the field as the file has it, `v_x` the typed value,
and plain `x` in the tables. DuckDB's casts are lenient ('3.7' becomes the integer 4), so text is checked by pattern first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from orchestration.contracts import Column, Contract, Rule
from orchestration.ingestion.sql_names import attempt_name, literal, quoted, source_name, value_name

FIRST_DAY, LAST_DAY, OPEN_END, NO_DATE = "1900-01-01", "2199-12-31", "9999-12-31", "0000-00-00"
BOOL_WORDS = {"true": ("true", "t", "yes", "y", "1"), "false": ("false", "f", "no", "n", "0")}
WHOLE = r"[+-]?\d{1,18}(\.0*)?"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
DAY = r"\d{4}-\d{2}-\d{2}"
MIDNIGHT = rf"{DAY}[T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?"
TIME_AFTER_DAY = r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?"
MOMENT = rf"{DAY}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?)?"
ZONE = r"(Z|z|[ ]?UTC|[ ]?[+-]([01]\d|2[0-3])(:?[0-5]\d)?)"
INTEGERS = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$")
MAX_SHOWN = 60


@dataclass(frozen=True)
class Fault:
    """One way in which a row can break its contract: SQL that is true then, and SQL that says it in words."""

    when: str
    words: str
    is_parent: bool = False
    cause: str = ""  # SQL, of a parent fault: what the row waits for in the end


def _trimmed(field: str) -> str:
    return f"nullif(trim({field}, ' \t\u00a0' || chr(13)), '')"


def as_text(field: str, field_type: str) -> str:
    """SQL of a field as text; a whole number that a file holds as a float (ids beside nulls, in pandas) without its .0."""
    if field_type.upper() in {"DOUBLE", "FLOAT"}:
        whole = f"isfinite({field}) and {field} = trunc({field}) and abs({field}) < 1e15"
        # try_cast: DuckDB may cast before it has chosen, and then one NaN would stop the whole file.
        return f"case when {whole} then cast(try_cast({field} as bigint) as varchar) else cast({field} as varchar) end"
    return field if field_type.upper() == "VARCHAR" else f"cast({field} as varchar)"


def attempt(column: Column, field_type: str | None) -> str | None:
    """SQL of DuckDB's own lenient cast of a text field, for the types where `typed` can tell cheaply that it is right."""
    castable = column.data_type in {"int", "date", "timestamp"} or column.data_type.startswith("decimal")
    if field_type is None or field_type.upper() != "VARCHAR" or not castable:
        return None
    return f"try_cast({source_name(column.name)} as {column.duckdb_type})"


def typed(column: Column, field_type: str | None) -> str:
    """SQL for the typed value of a column; null where the field is empty or is no such value.

    Args:
        column: the contract column.
        field_type: DuckDB type of the field as read; None where the file does not have the column.

    """
    target, field = column.duckdb_type, source_name(column.name)
    if field_type is None:
        return f"cast(null as {target})"
    kind = field_type.upper()
    if column.data_type == "text":
        return f"nullif({as_text(field, kind)}, '')"
    if kind == "VARCHAR":
        return _sentinels(_from_text(column), column)
    if column.data_type == "date" and kind == "DATE":
        return _sentinels(field, column)
    if column.data_type == "timestamp" and kind.startswith("TIMESTAMP"):
        return f"({field} at time zone 'UTC')" if "TIME ZONE" in kind else f"cast({field} as timestamp)"
    if column.data_type == "bool" and kind == "BOOLEAN":
        return field
    if column.data_type == "int" and INTEGERS.match(kind):
        return f"try_cast({field} as bigint)"
    if target.startswith("decimal") and (INTEGERS.match(kind) or kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))):
        return f"try_cast({field} as {target})"
    return _sentinels(_patterned(column, _trimmed(f"cast({field} as varchar)")), column)


def _sentinels(day: str, column: Column) -> str:
    return f"nullif({day}, date '{OPEN_END}')" if column.open_end else day


def _from_text(column: Column) -> str:
    """The cheap attempt where it is surely right, else the text checked by pattern."""
    field, first = source_name(column.name), attempt_name(column.name)
    slow = _patterned(column, _trimmed(field))
    if column.data_type in {"int", "date"}:
        sure = f"cast({first} as varchar) = {field}"
    elif column.data_type == "timestamp":
        sure = f"cast({first} as varchar) = replace({field}, 'T', ' ')"
    elif column.data_type.startswith("decimal"):
        sure = f"{first} is not null and not contains({field}, '_')"
    else:
        return f"case when {field} is not null then {slow} end"
    return f"case when {sure} then {first} when {field} is not null then {slow} end"


def _with_plain_zone(text: str) -> str:
    """DuckDB reads a zone only as `Z` or an offset that follows the time at once."""
    return f"regexp_replace(replace(replace(upper({text}), ',', '.'), 'UTC', 'Z'), ' (Z|[+-][0-9:]+)$', '\\1')"


def _patterned(column: Column, text: str) -> str:
    target = column.duckdb_type
    if column.data_type == "int":
        return f"case when regexp_full_match({text}, '{WHOLE}') then try_cast(try_cast({text} as decimal(38,2)) as bigint) end"
    if target.startswith("decimal"):
        return f"case when regexp_full_match({text}, '{NUMBER}') then try_cast({text} as {target}) end"
    if column.data_type == "date":
        return f"case when regexp_full_match({text}, '{DAY}|{MIDNIGHT}') then try_cast({text}[:10] as date) end"
    if column.data_type == "timestamp":
        plain = f"regexp_full_match({text}, '{MOMENT}')"
        zoned = f"regexp_full_match({text}, '{MOMENT}{ZONE}')"
        return (
            f"case when {plain} then try_cast(replace({text}, ',', '.') as timestamp) "
            f"when {zoned} then try_cast({_with_plain_zone(text)} as timestamptz) at time zone 'UTC' end"
        )
    if column.data_type == "bool":
        cases = " ".join(f"when lower({text}) in ({', '.join(map(literal, w))}) then {b}" for b, w in BOOL_WORDS.items())
        return f"case {cases} end"
    return f"case when json_valid({text}) then {text} end"  # json


EXPECTED = {
    "int": "a whole number",
    "date": "a date that exists (YYYY-MM-DD, without a time)",
    "timestamp": "an ISO 8601 timestamp (YYYY-MM-DDTHH:MM:SS, zone optional)",
    "bool": "true or false",
    "json": "JSON",
}


def _shown(field: str) -> str:
    cut = f"case when length({field}) > {MAX_SHOWN} then {field}[:{MAX_SHOWN}] || '…' else {field} end"
    return f"replace(replace({cut}, chr(10), '⏎'), chr(13), '')"


def _is_day(text: str, day: str) -> str:
    """SQL: the text begins with this day and holds at most a time after it."""
    return f"({_trimmed(text)}[:10] = '{day}' and regexp_full_match({_trimmed(text)}[11:], '{TIME_AFTER_DAY}'))"


def faults(column: Column, field_type: str | None, *, is_key: bool = True) -> list[Fault]:
    """What can be wrong with one column of a row, in the order in which it is told; only keys bind deleted rows."""
    name, value = column.name, value_name(column.name)
    text = f"cast({source_name(name)} as varchar)" if field_type else "cast(null as varchar)"
    shown = _shown(text)
    found: list[Fault] = []
    readable = "true"
    if column.data_type != "text" and field_type is not None:
        empty = [f"{_trimmed(text)} is null"]
        if column.data_type in {"date", "timestamp"}:
            empty.append(_is_day(text, NO_DATE))
        if column.open_end:
            empty.append(_is_day(text, OPEN_END))
        source = source_name(name)
        # Asked for by itself: DuckDB takes a column of parquet, whose statistics leave NaN out, for one that a cast cannot fail on.
        is_float = (field_type or "").upper() in {"DOUBLE", "FLOAT"}
        lost = f"({value} is null or not isfinite({source}))" if is_float else f"{value} is null"
        unread = f"case when {lost} and {source} is not null then coalesce(not ({' or '.join(empty)}), false) else false end"
        expected = EXPECTED.get(column.data_type, "a number (digits and a decimal point, no thousands separators)")
        found.append(Fault(unread, f"'{name} is ''' || {shown} || ''', not {expected}'"))
        readable = f"not ({unread})"
    if column.required:
        # A row that only says that its key is deleted has nothing but the key.
        exempt = "" if is_key else f" and {value_name('is_deleted')} is not true"
        missing = f"({value} is null and {readable}{exempt})"
        found.append(Fault(missing, f"'{name} is missing'"))
    if column.allowed:
        allowed = ", ".join(map(literal, column.allowed))
        words = literal(", allowed " + ", ".join(column.allowed))
        found.append(Fault(f"{value} not in ({allowed})", f"'{name} is ''' || {shown} || '''' || {words}"))
    if column.low is not None and column.high is not None:
        exact = value
        if column.data_type.startswith("decimal") and field_type is not None:  # before it is rounded to the contract's places
            exact = f"coalesce(try_cast({source_name(name)} as decimal(38,12)), {value})"
        outside = f"{exact} not between {column.low} and {column.high}"
        found.append(Fault(outside, f"'{name} is ' || {shown} || ', allowed {column.low}..{column.high}'"))
    if column.data_type in {"date", "timestamp"}:
        outside = f"(cast({value} as date) not between date '{FIRST_DAY}' and date '{LAST_DAY}')"
        found.append(Fault(outside, f"'{name} is ' || {shown} || ', allowed {FIRST_DAY}..{LAST_DAY}'"))
    return found


def rule_fault(rule: Rule, contract: Contract) -> Fault:
    """A cross-field rule as a fault: when it does not hold, and the values it speaks of."""
    holds = over_values(rule, contract)
    named = rule.columns_named(contract.column_names)
    values = " || ', ' || ".join(f"'{c} ' || coalesce(cast({value_name(c)} as varchar), 'empty')" for c in named)
    words = literal(f"{rule.name}: {rule.must} does not hold (")
    return Fault(f"not ({holds})", f"{words} || {values} || ')'")


def over_values(rule: Rule, contract: Contract) -> str:
    """The rule's SQL with every column replaced by its typed value."""
    names = set(rule.columns_named(contract.column_names))
    pieces = re.split(r"('[^']*')", rule.must or "true")
    return "".join(
        p if p.startswith("'") else re.sub(r"\b[a-z_][a-z_0-9]*\b", lambda m: value_name(str(m[0])) if str(m[0]) in names else str(m[0]), p)
        for p in pieces
    )


def row_hash(contract: Contract, written: Callable[[str], str] = quoted) -> str:
    """SQL of the md5 over sorted name=value of the non-null source columns.

    Args:
        contract: whose columns.
        written: how a column's name is written in SQL (`value_name` while staging).

    """
    parts = []
    for column in sorted(contract.columns, key=lambda c: c.name):
        value = written(column.name)
        # The separator doubled inside a value keeps two different rows from reading the same.
        doubled = f"case when contains({value}, chr(31)) then replace({value}, chr(31), chr(31) || chr(31)) else {value} end"
        text = doubled if column.data_type == "text" else f"cast({value} as varchar)"
        parts.append(f"'{column.name}=' || {text}")
    return f"md5_number(concat_ws(chr(31), {', '.join(parts)}))"


def row_key(contract: Contract, written: Callable[[str], str] = quoted) -> str:
    """SQL of the key as one text: the key columns joined by `|`; null where one is missing."""
    return " || '|' || ".join(f"cast({written(k)} as varchar)" for k in contract.key)
