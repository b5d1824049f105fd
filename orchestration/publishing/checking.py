"""What was written, looked at again before anybody reads it: whole, in its types, nobody recognisable, nothing about too few.

Belongs here: questions to the finished file and the warehouse beside it. Does not belong here: anything of the code that wrote it:
what is hidden is decided here by the types of the columns, and counted a second time in the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from orchestration.ingestion.sql_names import literal, quoted
from orchestration.publishing.exposures import MADE_HERE, NUMERIC, Exposed, PublishError, is_of_a_person
from orchestration.publishing.meta import Part

OWN_TABLES = {("snapshot", "about"), ("snapshot", "tables")}
PEOPLE = "identity.person"
REASONS = ("too_few_people",)  # one for every rule: which rule it was can tell the value
NAMING = ("person_key", "work_email")  # values no published text may equal; names and personnel numbers occur as other words too


@dataclass(frozen=True)
class _Place:
    """A table in the snapshot, the same in the attached warehouse, and the columns and types that each has."""

    table: Exposed
    warehouse: str
    has: dict[str, str]
    origin: dict[str, str]

    @property
    def here(self) -> str:
        return f"{quoted(self.table.schema)}.{quoted(self.table.name)}"

    @property
    def there(self) -> str:
        return f"{self.warehouse}.{self.here}"


def check(connection: duckdb.DuckDBPyConnection, exposed: tuple[Exposed, ...], warehouse: str) -> None:
    """Look at a snapshot as its readers will.

    Args:
        connection: the finished snapshot, opened read-only.
        exposed: what it must hold.
        warehouse: the name under which the warehouse is attached.

    Raises:
        PublishError: anything is not as it must be; the message says what and where.

    """
    here, there = _columns(connection, None), _columns(connection, warehouse)
    expected = {(t.schema, t.name) for t in exposed} | OWN_TABLES
    if here.keys() != expected:
        msg = f"the snapshot holds other tables than it should: {sorted(map('.'.join, here.keys() ^ expected))}"
        raise PublishError(msg)
    for table in exposed:
        place = _Place(table, warehouse, here[table.schema, table.name], there.get((table.schema, table.name), {}))
        for fault in [*_of_columns(connection, place), *_of_rows(connection, place), *_of_people(connection, place)]:
            msg = f"{table.full_name} was not published: {fault}"
            raise PublishError(msg)


def _columns(connection: duckdb.DuckDBPyConnection, database: str | None) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal and database_name = coalesce($database, current_database()) order by column_index",
        {"database": database},
    ).fetchall():
        found.setdefault((schema, table), {})[column] = data_type
    return found


def _number(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object] | None = None) -> int:
    row = connection.execute(sql, parameters or {}).fetchone()
    return int(row[0] or 0) if row else 0


def _of_columns(connection: duckdb.DuckDBPyConnection, place: _Place) -> list[str]:
    contract = {n: str(connection.execute(f"select typeof(cast(null as {t}))").fetchall()[0][0]) for n, t in place.table.columns}
    made = {"is_reportable": "BOOLEAN", "suppression_reason": "VARCHAR"} if place.table.how.people else {}
    found = [f"the column {n} tells who a person is" for n in place.has if is_of_a_person(n)]
    if place.has != contract | made:
        odd = sorted({n for n, _ in place.has.items() ^ (contract | made).items()})
        found.append(f"its columns are not those of its contract ({', '.join(odd) or 'another order'})")
    other = [n for n, t in contract.items() if place.origin.get(n) != t]
    if other:
        found.append(f"the warehouse does not hold the column(s) {', '.join(other)} in the type of the contract")
    return found


def _kept(place: _Place) -> str:
    """SQL: a row of the warehouse that is to be published. Written with literals, where the writing has parameters."""
    parts = [
        f"({quoted(c)} is null or cast({quoted(c)} as varchar) not in ({', '.join(map(literal, values))}))"
        for c, values in place.table.how.without.items()
        if values
    ]
    return " and ".join(parts) or "true"


def _of_rows(connection: duckdb.DuckDBPyConnection, place: _Place) -> list[str]:
    table, found = place.table, []
    n_here = _number(connection, f"select count(*) from {place.here}")
    n_there = _number(connection, f"select count(*) from {place.there} where {_kept(place)}")
    if n_here != n_there:
        found.append(f"it has {n_here:,} rows and the warehouse {n_there:,}")
    refused = _number(connection, f"select count(*) from {place.here} where not ({_kept(place)})")
    if refused:
        found.append(f"{refused:,} rows are in it that config.meta.publish leaves out")
    n_noted, n_hidden_noted = connection.execute(
        "select coalesce(sum(n_rows), -1), coalesce(sum(n_not_reportable), -1) from snapshot.tables "
        "where schema_name = $schema and table_name = $name",
        {"schema": table.schema, "name": table.name},
    ).fetchall()[0]
    hidden = f"select count(*) from {place.here} where not is_reportable" if table.how.people else "select 0"
    if (n_noted, n_hidden_noted) != (n_here, _number(connection, hidden)):
        found.append("snapshot.tables counts its rows otherwise")
    if table.how.people:
        found += _of_numbers(connection, place, table.how.people)
    if not table.how.people:
        found += _differences(connection, place, [n for n, _ in table.columns], "true", _kept(place))
    return found


def _of_numbers(connection: duckdb.DuckDBPyConnection, place: _Place, people: str) -> list[str]:
    """What a row about too few people must not show, and what a row about enough people must."""
    how, of_people = place.table.how, quoted(people)
    numbers = [n for n, t in place.has.items() if NUMERIC.match(t) and n not in how.not_about_people]
    numbers += [n for n in how.hidden if n not in numbers]
    shows = " or ".join(f"{quoted(n)} is not null" for n in numbers)
    extreme, only_extreme, interval = "false", "false", "false"
    if how.extremes:
        share = quoted(how.extremes.share)
        only_extreme = _only(how.extremes.only)
        extreme = f"({of_people} < {how.extremes.at_least} and {share} in (0, 1) and {only_extreme})"
    if how.intervals:
        some = " or ".join(f"{quoted(c)} is not null" for c in how.intervals.columns)
        interval = f"({of_people} < {how.intervals.at_least} and ({some}) and {_only(how.intervals.only)})"
    questions = {
        "rows that are not reportable show a number": f"is_reportable is distinct from true and ({shows})",
        "rows are reportable with too few people": f"is_reportable and ({of_people} is null or {of_people} < {how.at_least})",
        "rows show all or none of too few people": f"is_reportable and {extreme}",
        "rows show an interval of too few people": interval,
        "rows do not say why they are not reportable": "is_reportable is null or is_reportable = (suppression_reason is not null)",
        "rows say more than that too few people are behind them": f"suppression_reason not in ({', '.join(map(literal, REASONS))})",
    }
    questions |= {f"rows show {part.people} of too few people, or of all but a few": _gives_away(part) for part in how.parts}
    found = []
    for words, when in questions.items():
        n = _number(connection, f"select count(*) from {place.here} where {when}")
        found += [f"{n:,} {words}"] if n else []
    shown_there = f"({_kept(place)}) and {of_people} >= {how.at_least} and not coalesce({extreme}, false)"
    not_always = {*(how.intervals.columns if how.intervals else ()), *(n for part in how.parts for n in part.hidden)}
    whole = [n for n in place.has if n not in MADE_HERE and n not in not_always]
    found += _differences(connection, place, whole, "is_reportable", shown_there)
    for part in how.parts:
        columns = list(dict.fromkeys((*whole, *part.numbers, part.people)))
        may_be_shown = f"{quoted(part.people)} is not null and not ({_gives_away(part)})"
        found += _differences(connection, place, columns, f"{quoted(part.people)} is not null", f"{shown_there} and {may_be_shown}")
    return found


def _gives_away(part: Part) -> str:
    """SQL: a row that shows something of a part although it must not. Where the part's people are hidden, all of it must be."""
    shows = " or ".join(f"{quoted(n)} is not null" for n in (*part.numbers, part.people))
    too_few = f"coalesce({quoted(part.people)}, -1) < {part.at_least}"
    rest = f"coalesce({quoted(part.of)}, -1) - {quoted(part.people)}"
    return f"({shows}) and ({too_few} or {rest} < 0 or {rest} between 1 and {part.rest_at_least - 1})"


def _only(only: dict[str, tuple[str, ...]]) -> str:
    return " and ".join(f"{quoted(c)} in ({', '.join(map(literal, values))})" for c, values in only.items()) or "true"


def _differences(connection: duckdb.DuckDBPyConnection, place: _Place, columns: list[str], here: str, there: str) -> list[str]:
    """The same rows on both sides, in whatever order: their count, and two sums over a hash of them."""
    missing = [c for c in columns if c not in place.origin]
    if missing:
        return [f"the warehouse has no column {', '.join(missing)}"]
    of_row = f"hash({', '.join(map(quoted, columns))})"
    figures = f"count(*), bit_xor({of_row}), sum(cast({of_row} as hugeint))"
    sides = [
        connection.execute(f"select {figures} from {where} where {condition}").fetchall()
        for where, condition in ((place.here, here), (place.there, there))
    ]
    return [] if sides[0] == sides[1] else ["its rows are not those of the warehouse"]


def _of_people(connection: duckdb.DuckDBPyConnection, place: _Place) -> list[str]:
    found = []
    for column in (n for n, t in place.has.items() if t == "VARCHAR"):
        named = " or ".join(f"{quoted(column)} in (select {key} from {place.warehouse}.{PEOPLE})" for key in NAMING)
        n = _number(connection, f"select count(*) from {place.here} where {named}")
        if n:
            found.append(f"{n:,} rows name a person in the column {column}")
    return found
