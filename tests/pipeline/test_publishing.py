"""What is published, what is hidden in it, and which snapshot people read."""

from __future__ import annotations

import fcntl
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publishing
from orchestration.publishing import PublishError, exposures, folder, snapshot, suppression
from orchestration.settings import Settings
from tests.pipeline.killed_publish import FIGURES, FIRST, PLACES, Home, Silent

NUMBERS = "numerator, value, ci_low, ci_high, n_people"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.describe_all()
    home.build()
    return home


def figure(
    member: str, n_people: int | None, *, metric: str = "rate", dimension: str = "location", value: float | None = 0.5, remark: str = "x"
) -> str:
    """An insert of one row of marts.figures, its other numbers made from its people."""
    of_people = "null" if n_people is None else str(n_people)
    share = "null" if value is None else str(value)
    return (
        f"insert into marts.figures values ('{metric}', '{dimension}', '{member}', 3, {n_people or 7}, {share}, 0.25, 0.75, "
        f"{of_people}, '{remark}')"
    )


def published_figures(home: Home, *figures: str) -> dict[str, tuple[Any, ...]]:
    """What becomes of these rows: numbers, is_reportable, suppression_reason by member."""
    home.write(*figures)
    home.publish()
    rows = home.ask(f"select member_id, {NUMBERS}, is_reportable, suppression_reason from marts.figures")
    assert len({r[0] for r in rows}) == len(rows)
    return {r[0]: r[1:] for r in rows}


NOTHING = (None, None, None, None, None, False)


# ------------------------------------------------------------------ hiding


def test_a_row_about_fewer_people_than_five_has_no_number_and_one_about_five_has_them_all(home: Home) -> None:
    found = published_figures(home, figure("four", 4), figure("five", 5), figure("none", 0), figure("unknown", None))
    assert found == {
        "four": (*NOTHING, "too_few_people"),
        "none": (*NOTHING, "too_few_people"),
        "unknown": (*NOTHING, "too_few_people"),
        "five": (5, 0.5, 0.25, 0.75, 5, True, None),
    }


def test_an_interval_is_shown_from_ten_people_where_the_rule_is_for_the_metric(home: Home) -> None:
    found = published_figures(
        home, figure("nine", 9, metric="rating"), figure("ten", 10, metric="rating"), figure("other", 9, metric="rate"),
        figure("four", 4, metric="rating"),
    )  # fmt: skip
    assert found == {
        "nine": (9, 0.5, None, None, 9, True, None),
        "ten": (10, 0.5, 0.25, 0.75, 10, True, None),
        "other": (9, 0.5, 0.25, 0.75, 9, True, None),
        "four": (*NOTHING, "too_few_people"),
    }


def test_all_or_none_is_shown_from_twenty_people_where_the_rule_is_for_the_metric(home: Home) -> None:
    found = published_figures(
        home, figure("all 19", 19, metric="success", value=1), figure("none 19", 19, metric="success", value=0),
        figure("some 19", 19, metric="success"), figure("all 20", 20, metric="success", value=1),
        figure("none 20", 20, metric="success", value=0), figure("other 19", 19, value=1),
        figure("no share", 19, metric="success", value=None), figure("all 4", 4, metric="success", value=1),
    )  # fmt: skip
    assert {m: r[-2:] for m, r in found.items()} == {
        "all 19": (False, "too_few_people"), "none 19": (False, "too_few_people"), "some 19": (True, None), "all 20": (True, None),
        "none 20": (True, None), "other 19": (True, None), "no share": (True, None), "all 4": (False, "too_few_people"),
    }  # fmt: skip
    assert found["all 19"][:-1] == NOTHING
    assert found["all 20"][:-2] == (20, 1.0, 0.25, 0.75, 20)


def test_what_a_row_is_about_stays_where_its_numbers_are_hidden(home: Home) -> None:
    published_figures(home, figure("four", 4))
    assert home.ask("select metric, dimension, member_id, level from marts.figures") == [("rate", "location", "four", 3)]


def test_rows_and_columns_that_are_left_out_are_nowhere_in_the_file(home: Home) -> None:
    shown, hidden = "SHOWN-MEMBER-8F2C", "HIDDEN-MEMBER-77AD"
    found = published_figures(home, figure(shown, 50, remark="REMARK-3B1E"), figure(hidden, 50, dimension="manager"))
    assert set(found) == {shown}
    assert home.ask("select column_name from duckdb_columns() where table_name = 'places' order by 1") == [("floor_area",), ("place",)]
    content = (home.published / f"{publishing.current(home.settings)}.duckdb").read_bytes()
    assert shown.encode() in content
    assert b"here" in content
    for secret in (hidden, "REMARK-3B1E", "abcdef123456", "Pat Q"):
        assert secret.encode() not in content


def test_only_what_an_exposure_names_is_published_with_its_types_and_counts(home: Home) -> None:
    home.write("create table marts.secret as select 1 as a", figure("four", 4), figure("five", 5), figure("m", 9, dimension="manager"))
    published = home.publish()
    assert (published.n_tables, published.n_rows, published.n_not_reportable) == (3, 4, 1)
    assert home.ask("from snapshot.tables order by all") == [
        ("marts", "figures", 2, 1),
        ("marts", "places", 1, 0),
        ("reference", "words", 1, 0),
    ]
    assert home.ask("select schema_name || '.' || table_name from duckdb_tables() order by all") == [
        ("marts.figures",), ("marts.places",), ("reference.words",), ("snapshot.about",), ("snapshot.tables",),
    ]  # fmt: skip
    assert home.ask("select data_type from duckdb_columns() where column_name = 'floor_area'") == [("DECIMAL(18,4)",)]


def test_a_snapshot_says_what_it_is(home: Home) -> None:
    published = home.publish(now=FIRST)
    assert published.snapshot_id == "20260601T060000000000"
    told = publishing.about(home.settings, published.snapshot_id)
    assert (told.snapshot_id, told.published_at, told.run_id) == (published.snapshot_id, FIRST, "run 1")
    assert (str(told.as_of), told.known_at.isoformat(), told.business_timezone) == ("2026-05-31", "2026-06-01T00:00:00", "UTC")
    assert told.origin == "synthetic"


@pytest.mark.parametrize("change", ["delete from ops.origin", "insert into ops.origin values ('real', 'x')"])
def test_a_home_is_taken_for_real_unless_all_of_it_is_synthetic(home: Home, change: str) -> None:
    home.write(change)
    assert publishing.about(home.settings, home.publish().snapshot_id).origin == "real"


def test_two_publishes_of_the_same_rows_hold_them_in_the_same_order(home: Home) -> None:
    rows = "select 'rate', 'location', 'm' || hash(i), 1, i, 0.5, 0.1, 0.9, 3 + i % 9, '' from range(3000) t(i)"
    home.write(f"insert into marts.figures {rows}")
    first = home.publish().snapshot_id
    home.write(
        "create table marts.other as from marts.figures order by hash(member_id)", "drop table marts.figures",
        "create table marts.figures as from marts.other", "drop table marts.other",
    )  # fmt: skip
    second = home.publish().snapshot_id
    assert home.ask("from marts.figures", first) == home.ask("from marts.figures", second)


# ------------------------------------------------------------------ refusing


def refused(home: Home) -> str:
    with pytest.raises(PublishError) as error:
        home.publish()
    assert publishing.current(home.settings) is None
    assert not home.published.exists() or home.left_behind() == []
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("              people: n_people\n", "", "no column `people`"),
        ("numbers: [numerator, value, n_people]", "numbers: [value]", "of the column(s) numerator whether"),
        ("not_about_people: [level]", "not_about_people: []", "of the column(s) level whether"),
        ("people: n_people", "poeple: n_people", "poeple"),
        ("people: n_people", "people: n_heads", "n_heads, which the model does not have"),
        ("at_least: 5", "at_least: 4", "greater than or equal to 5"),
        ("at_least: 10", "at_least: 3", "must not be below 5"),
        ("without: {dimension: [manager]}", "without: {dimention: [manager]}", "dimention, which the model does not have"),
        ("without: {dimension: [manager]}", "without: {dimension: manager}", "without.dimension"),
        ("share: value", "share: valu", "valu, which the model does not have"),
        ("{name: value, data_type: double}", "{name: value}", "no data_type for value"),
        ("{name: remark, data_type: varchar}", "{name: is_reportable, data_type: boolean}", "remark, which the model does not have"),
        ("not_about_people: [level]", "not_about_people: [level, n_people]", "n_people cannot be hidden and something else"),
    ],
)
def test_an_unclear_publish_meta_is_refused(home: Home, old: str, new: str, words: str) -> None:
    assert FIGURES.count(old) == 1
    home.describe_all(FIGURES.replace(old, new))
    assert words in refused(home)


def test_a_description_that_is_no_yaml_is_refused(home: Home) -> None:
    home.describe("models/marts/places.yml", "models: [")
    assert "places.yml is not valid YAML" in refused(home)


def test_an_exposed_model_without_publish_meta_is_refused(home: Home) -> None:
    home.describe(
        "models/marts/places.yml", PLACES.replace("config: {meta: {publish: {left_out_columns: [head_person_key]}}}", "config: {}")
    )
    assert "does not say under config.meta.publish" in refused(home)


def test_an_exposed_model_that_is_no_mart_is_refused(home: Home) -> None:
    (home.models / "staging").mkdir()
    (home.models / "marts" / "places.yml").rename(home.models / "staging" / "places.yml")
    assert "names places, which is neither a seed nor a model" in refused(home)


@pytest.mark.parametrize("named", ["source('raw', 'employees')", "places", "ref('x', 'places')"])
def test_an_exposure_of_anything_but_a_model_is_refused(home: Home, named: str) -> None:
    home.describe("models/exposures.yml", f'exposures: [{{name: page, depends_on: ["{named}"]}}]')
    assert "is not a ref('model')" in refused(home)


@pytest.mark.parametrize(
    "column",
    ["person_key", "owner_person_key", "employee_id", "owner_employee_id", "manager_id", "display_name", "work_email", "email", "reviewer",
     "full_name", "birth_year", "gender", "Person_Key"],
)  # fmt: skip
def test_a_column_that_says_who_a_person_is_is_refused(home: Home, column: str) -> None:
    home.describe("models/marts/places.yml", PLACES.replace("{name: place, ", f"{{name: {column}, "))
    assert f"would publish {column}" in refused(home)


@pytest.mark.parametrize("column", ["n_people", "has_owner", "is_manager", "department_key", "goal_key", "member_id", "title", "name"])
def test_other_columns_are_not_taken_for_names_of_people(column: str) -> None:
    assert not exposures.is_of_a_person(column)


@pytest.mark.parametrize("value", ["abcdef123456", "pat@example.org"])
def test_a_value_that_names_a_person_is_refused_whatever_its_column_is_called(home: Home, value: str) -> None:
    home.write(figure(value, 50))
    assert "1 rows name a person in the column member_id" in refused(home)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("drop table marts.places", "no table marts.places"),
        ("alter table marts.places drop column floor_area", "no column floor_area in marts.places, which its yml describes"),
        ("alter table marts.places alter floor_area type double", "the warehouse does not hold the column(s) floor_area"),
        ("drop table identity.person", "could not be written"),
    ],
)
def test_a_warehouse_that_is_not_as_described_is_refused(home: Home, change: str, words: str) -> None:
    home.write(change)
    assert words in refused(home)


def test_an_error_of_the_database_is_told_without_the_value_that_it_quotes(home: Home) -> None:
    """The words of a refused publish stand in status.json."""
    home.write("alter table marts.figures alter numerator type varchar", figure("VALUE-OF-A-ROW", 9))
    home.write("update marts.figures set numerator = 'SECRET-4711'")
    with pytest.raises(PublishError) as error:
        home.publish()
    assert "SECRET" not in str(error.value)
    assert "could not be written (ConversionException)" in str(error.value)
    assert "Run again" in str(error.value)
    assert "SECRET-4711" in str(error.value.__cause__)
    assert publishing.current(home.settings) is None


def test_a_full_memory_is_told_without_the_words_of_the_database(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: Any) -> None:
        msg = "could not allocate for 'SECRET-4711'"
        raise duckdb.OutOfMemoryException(msg)

    monkeypatch.setattr(snapshot, "write_tables", exhausted)
    words = refused(home)
    assert "the memory is exhausted (OutOfMemoryException). Free space" in words
    assert "SECRET" not in words


def test_without_a_warehouse_nothing_is_published(home: Home) -> None:
    home.settings.warehouse_file.unlink()
    assert "nothing has been built yet" in refused(home)


# ------------------------------------------------------------------ the check does not trust the writing


def tampered(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Have the writing of a table do something else than it should."""
    fill = suppression.fill

    def otherwise(table: exposures.Exposed, database: str) -> tuple[str, suppression.Parameters]:
        sql, parameters = fill(table, database)
        assert table.name != "figures" or old in sql, sql
        return sql.replace(old, new), parameters

    monkeypatch.setattr(suppression, "fill", otherwise)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('case when suppression_reason is null then "numerator" end', '"numerator"', "rows that are not reportable show a number"),
        ('case when suppression_reason is null then "n_people" end', '"n_people"', "rows that are not reportable show a number"),
        (", 0) < 5 or", ", 0) < 4 or", "rows are reportable with too few people"),
        (", 0) < 5 or", ", 0) < 6 or", "its rows are not those of the warehouse"),
        ("then 'too_few_people' end", "then case \"value\" when 1 then 'all_or_none' else 'too_few_people' end end", "say more than that"),
        ("< 20 and", "< 19 and", "rows show all or none of too few people"),
        ('("value" <= 0 or', '("value" <= 0.5 or', "its rows are not those of the warehouse"),
        ('"n_people" < 10', '"n_people" < 9', "rows show an interval of too few people"),
        ("suppression_reason is null as is_reportable", "true as is_reportable", "rows are reportable with too few people"),
        ("as is_reportable, suppression_reason", "as is_reportable, null", "rows do not say why"),
        ("where not coalesce", "where true or not coalesce", "rows and the warehouse"),
        ("where not coalesce", "where false and not coalesce", "rows and the warehouse"),
        ('then "numerator" end', 'then "numerator" + 1 end', "its rows are not those of the warehouse"),
    ],
)
def test_a_fault_in_the_writing_is_found_before_anybody_reads_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str
) -> None:
    home.write(
        figure("four", 4), figure("five", 5), figure("m", 30, dimension="manager"), figure("nine", 9, metric="rating"),
        figure("all", 19, metric="success", value=1), figure("some", 19, metric="success"),
    )  # fmt: skip
    tampered(monkeypatch, old, new)
    assert words in refused(home)


def test_a_refused_check_leaves_the_snapshot_that_people_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read = home.publish().snapshot_id
    home.write(figure("four", 4))
    tampered(monkeypatch, "is null then", "is not null then")
    with pytest.raises(PublishError, match=r"marts\.figures was not published"):
        home.publish()
    assert publishing.current(home.settings) == read
    assert [s.id for s in publishing.snapshots(home.settings)] == [read]
    assert home.left_behind() == []


# ------------------------------------------------------------------ which snapshot people read


def test_equal_inputs_publish_nothing(home: Home) -> None:
    first = home.publish("a")
    again = home.publish("a")
    assert (again.snapshot_id, again.is_new) == (first.snapshot_id, False)
    assert (again.n_tables, again.n_rows, again.n_not_reportable) == (first.n_tables, first.n_rows, first.n_not_reportable)
    assert len(publishing.snapshots(home.settings)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("models/marts/figures.yml", FIGURES.replace("at_least: 5", "at_least: 6")),
     ("models/exposures.yml", "exposures: [{name: page, depends_on: [\"ref('places')\"]}]")],
)  # fmt: skip
def test_equal_inputs_are_published_anew_when_what_is_published_has_changed(home: Home, name: str, text: str) -> None:
    home.publish("a")
    home.describe(name, text)
    assert home.publish("a").is_new


def test_a_rollback_is_not_undone_by_equal_inputs_and_is_by_others(home: Home) -> None:
    ids = [home.publish(f).snapshot_id for f in "abc"]
    assert publishing.rollback(home.settings, ids[0]).id == ids[0]
    again = home.publish("c")
    assert (again.snapshot_id, again.is_new) == (ids[0], False)
    assert publishing.current(home.settings) == ids[0]
    other = home.publish("a")  # equal to what is read, but not to the newest
    assert other.is_new
    assert publishing.current(home.settings) == other.snapshot_id


def test_a_rollback_goes_to_the_snapshot_before_or_to_the_one_that_is_named(home: Home) -> None:
    ids = [home.publish().snapshot_id for _ in range(3)]
    assert publishing.rollback(home.settings).id == ids[1]
    back = publishing.rollback(home.settings)
    assert (back.id, back.is_current, back.is_damaged) == (ids[0], True, False)
    with pytest.raises(PublishError, match="oldest snapshot"):
        publishing.rollback(home.settings)
    assert publishing.rollback(home.settings, ids[2]).id == ids[2]  # and forward again
    assert [s.id for s in publishing.snapshots(home.settings) if s.is_current] == [ids[2]]


@pytest.mark.parametrize("name", ["20990101T000000000000", "../warehouse", "x", "20269999T999999999999"])
def test_a_rollback_to_an_unknown_snapshot_is_refused_with_those_that_there_are(home: Home, name: str) -> None:
    read = home.publish().snapshot_id
    with pytest.raises(PublishError, match=f"there is no snapshot .*{read}"):
        publishing.rollback(home.settings, name)
    assert publishing.current(home.settings) == read


def test_without_any_snapshot_a_rollback_says_so(home: Home) -> None:
    with pytest.raises(PublishError, match="no snapshot is read now"):
        publishing.rollback(home.settings)
    assert publishing.snapshots(home.settings) == []


def damaged(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    path.chmod(0o600)
    if how == "empty":
        content = bytearray()
    elif how == "cut":
        content = content[: len(content) // 2]
    elif how == "no database":
        content = bytearray(b"x" * len(content))
    else:  # one byte of a block of data
        place = content.index(b"MEMBER-IN-THE-FILE")
        content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["empty", "cut", "no database", "one byte"])
def test_a_damaged_snapshot_is_listed_as_damaged_and_nobody_goes_back_to_it(home: Home, how: str) -> None:
    home.write(figure("MEMBER-IN-THE-FILE", 30))
    old, read = home.publish().snapshot_id, home.publish().snapshot_id
    damaged(home.published / f"{old}.duckdb", how)
    assert [(s.id, s.is_damaged, s.is_current) for s in publishing.snapshots(home.settings)] == [(read, False, True), (old, True, False)]
    with pytest.raises(PublishError, match=f"{old} is damaged"):
        publishing.rollback(home.settings, old)
    assert publishing.current(home.settings) == read
    assert home.publish().is_new


def changed_by_hand(home: Home, snapshot_id: str, *statements: str) -> None:
    path = home.published / f"{snapshot_id}.duckdb"
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_snapshot_holds_the_number_of_its_format(home: Home) -> None:
    home.publish()
    assert home.ask("select format, typeof(format) from snapshot.about") == [(1, "INTEGER")]
    assert [s.format_ok for s in publishing.snapshots(home.settings)] == [True]


OTHER_FORMATS = {
    "absent": ["alter table snapshot.about drop column format"],
    "null": ["update snapshot.about set format = null"],
    "later": ["update snapshot.about set format = 2"],
    "later with other columns": ["update snapshot.about set format = 2", "alter table snapshot.about drop column origin"],
}


@pytest.mark.parametrize("other", OTHER_FORMATS)
def test_nobody_goes_back_to_a_snapshot_of_another_version(home: Home, other: str) -> None:
    old, read = home.publish().snapshot_id, home.publish().snapshot_id
    changed_by_hand(home, old, *OTHER_FORMATS[other])
    for named in (old, None):
        with pytest.raises(PublishError, match=f"{old} was published by another version of Plumbline"):
            publishing.rollback(home.settings, named)
    assert publishing.current(home.settings) == read
    listed = publishing.snapshots(home.settings)
    assert [(s.id, s.format_ok) for s in listed] == [(read, True), (old, False)]
    is_read = other != "later with other columns"
    assert listed[1].is_damaged == (not is_read)
    assert (listed[1].published_at is not None, listed[1].n_rows is not None) == (is_read, is_read)  # or the list says damaged
    assert home.publish().is_new


def test_a_snapshot_of_another_version_is_read_until_a_run_publishes_anew(home: Home) -> None:
    read = home.publish("a").snapshot_id
    changed_by_hand(home, read, *OTHER_FORMATS["absent"])
    assert [(s.id, s.is_current, s.is_damaged) for s in publishing.snapshots(home.settings)] == [(read, True, False)]
    assert publishing.about(home.settings, read).snapshot_id == read
    published = home.publish("a")
    assert published.is_new
    assert [(s.id, s.format_ok) for s in publishing.snapshots(home.settings)] == [(published.snapshot_id, True), (read, False)]


def test_a_snapshot_that_lost_rows_by_hand_is_damaged(home: Home) -> None:
    home.write(figure("one", 30), figure("two", 30))
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from marts.figures where member_id = 'one'")
    assert [s.is_damaged for s in publishing.snapshots(home.settings)] == [True]


def test_a_snapshot_under_another_ones_name_is_damaged(home: Home) -> None:
    first = home.publish().snapshot_id
    (home.published / f"{first}.duckdb").rename(home.published / "20260601T050000000000.duckdb")
    assert [s.is_damaged for s in publishing.snapshots(home.settings)] == [True]


@pytest.mark.parametrize("content", [None, b"", b"nonsense\n", b"\xff\xfe", b"20990101T000000000000\n", b"../warehouse\n"])
def test_a_missing_or_broken_current_is_mended_by_the_next_publish(home: Home, content: bytes | None) -> None:
    first = home.publish("a").snapshot_id
    current = home.published / "CURRENT"
    current.unlink()
    if content is not None:
        current.write_bytes(content)
    assert publishing.current(home.settings) is None
    assert [(s.id, s.is_current) for s in publishing.snapshots(home.settings)] == [(first, False)]
    assert publishing.rollback(home.settings, first).id == first
    current.unlink()
    published = home.publish("a")
    assert published.is_new
    assert publishing.current(home.settings) == published.snapshot_id


def test_a_damaged_snapshot_that_people_would_read_is_replaced_although_inputs_are_equal(home: Home) -> None:
    damaged(home.published / f"{home.publish('a').snapshot_id}.duckdb", "cut")
    assert home.publish("a").is_new


def test_the_oldest_snapshots_go_and_the_one_that_is_read_stays_with_all_newer_ones(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", keep=2)
    home.describe_all()
    home.build()
    ids = [home.publish(f).snapshot_id for f in "abcd"]
    assert [s.id for s in publishing.snapshots(home.settings)] == [ids[3], ids[2]]
    publishing.rollback(home.settings)
    home.settings.keep_snapshots = 1
    home.publish("d")
    assert [s.id for s in publishing.snapshots(home.settings)] == [ids[3], ids[2]]
    last = home.publish("e").snapshot_id
    assert [s.id for s in publishing.snapshots(home.settings)] == [last]


def test_who_has_a_snapshot_open_keeps_reading_it_when_it_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", keep=1)
    home.describe_all()
    home.build("select 'rate', 'location', 'm' || i, 1, i, 0.5, 0.1, 0.9, 9, '' from range(50000) t(i)")
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        home.publish()
        assert not path.exists()
        assert connection.execute("select count(*), count(distinct member_id) from marts.figures").fetchall() == [(50000, 50000)]


def test_a_clock_that_was_set_back_does_not_make_a_snapshot_look_older(home: Home) -> None:
    first = home.publish(now=FIRST)
    second = home.publish(now=FIRST - timedelta(days=1))
    assert second.snapshot_id > first.snapshot_id
    assert publishing.about(home.settings, second.snapshot_id).published_at == FIRST - timedelta(days=1)
    assert publishing.current(home.settings) == second.snapshot_id


def test_a_snapshot_is_read_only(home: Home) -> None:
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    assert path.stat().st_mode & 0o222 == 0


def test_what_killed_publishes_left_is_deleted_and_nothing_else(home: Home) -> None:
    home.published.mkdir()
    for name in (
        ".20260101T000000000000.tmp.duckdb",
        ".20260101T000000000000.tmp.duckdb.wal",
        "20260101T000000000000.duckdb.wal",
        ".CURRENT.tmp",
    ):
        (home.published / name).write_bytes(b"x")
    (home.published / ".20260101T000000000000.tmp.duckdb.tmp").mkdir()
    (home.published / ".20260101T000000000000.tmp.duckdb.tmp" / "block").write_bytes(b"x")
    (home.published / "status.json").write_text("{}")
    home.publish()
    assert home.left_behind() == []
    assert (home.published / "status.json").read_text() == "{}"


def test_a_rollback_waits_until_a_snapshot_has_taken_its_place(home: Home) -> None:
    """Else it could be to a snapshot that retention is about to delete."""
    ids = [home.publish().snapshot_id for _ in range(2)]
    done = threading.Event()

    def go_back() -> None:
        publishing.rollback(home.settings, ids[0])
        done.set()

    thread = threading.Thread(target=go_back)
    with folder.swapping(home.published):
        thread.start()
        assert not done.wait(0.3)
    thread.join(30)
    assert done.is_set()
    assert publishing.current(home.settings) == ids[0]


@pytest.mark.parametrize("step", ["mark_unfinished", "give_final_name", "set_current", "finish", "retain"])
def test_a_snapshot_takes_its_place_while_no_rollback_can_come_between(home: Home, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    held: list[bool] = []
    original = getattr(folder, step)

    def watched(*arguments: Any) -> None:
        with (home.published / folder.LOCK).open("a") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
            else:
                held.append(False)
        original(*arguments)

    monkeypatch.setattr(folder, step, watched)
    home.publish("a")
    home.publish("a")
    assert held == [True] * (2 if step == "retain" else 1)


def test_a_publish_tells_how_far_it_is(home: Home) -> None:
    class Told(Silent):
        def __init__(self) -> None:
            self.steps: list[str] = []
            self.tables: list[tuple[str, int, int]] = []

        def step(self, name: str) -> None:
            self.steps.append(name)

        def progress(self, name: str, done: int, total: int) -> None:
            self.tables.append((name, done, total))

    told = Told()
    home.publish(observer=told)
    assert told.steps == ["Publishing"]
    assert told.tables == [("marts.figures", 1, 3), ("marts.places", 2, 3), ("reference.words", 3, 3)]


def test_a_folder_that_cannot_be_written_is_told_in_words(home: Home) -> None:
    home.published.write_text("a file stands where the folder should be")
    with pytest.raises(PublishError, match="could not be written"):
        home.publish()


# ------------------------------------------------------------------ the project's own exposures


def test_the_exposures_of_the_project_say_how_everything_is_published() -> None:
    tables = {t.full_name: t for t in exposures.read()}
    assert {"marts.metric_values", "marts.rating_distribution", "reference.metric_dictionary"} <= tables.keys()
    for name, table in tables.items():
        columns = {c for c, _ in table.columns}
        if "dimension" in columns:
            assert "manager" in table.how.without["dimension"], name
            assert table.how.people, name
        assert "head_person_key" not in columns


def test_what_a_company_publishes_names_nobody_and_shows_no_number_about_too_few(demo_warehouse: Path, tmp_path: Path) -> None:
    """Looked at value by value, without any code of publishing."""
    settings = Settings(home=tmp_path)
    publishing.publish(
        settings, fingerprint="a", run_id="r", now=FIRST, observer=Silent(), warehouse=demo_warehouse,
    )  # fmt: skip
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        people = connection.execute("select person_key, work_email, display_name, employee_id from identity.person").fetchall()
        expected = connection.execute("select count(*) from marts.metric_values where dimension <> 'manager'").fetchall()
    naming = {text for person in people for text in person}
    hidden = {"metric_values": ("n_people", 5), "rating_distribution": ("n_rated", 20), "review_funnel": ("n_people", 5)}
    numbers = {  # beside these, what is a number in a row says where the row stands, or what the organisation declares
        "level", "reference_share", "stage_order", "bucket_order", "depth", "own_progress_pct",
    }  # fmt: skip
    with duckdb.connect(str(tmp_path / "published" / f"{publishing.current(settings)}.duckdb"), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from snapshot.tables").fetchall()
        assert connection.execute("select count(*) from marts.metric_values").fetchall() == expected
        for schema, table in tables:
            asked = connection.execute(f"select * from {schema}.{table}")
            names = [d[0] for d in asked.description]
            rows = [dict(zip(names, values, strict=True)) for values in asked.fetchall()]
            assert rows, table
            texts = {value for row in rows for value in row.values() if isinstance(value, str)}
            assert texts & naming == set(), table
            assert table not in hidden or {row["is_reportable"] for row in rows} == {True, False}
            for row in rows:
                if row.get("is_reportable") is False:
                    assert [n for n, v in row.items() if type(v) in {int, float, Decimal} and n not in numbers] == [], table
                elif table in hidden:
                    column, least = hidden[table]
                    assert row[column] >= least
