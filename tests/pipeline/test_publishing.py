"""What is published, what is hidden in it, and what is refused.

Belongs here: one publish. Does not belong here: which of several snapshots people read (test_publishing_snapshots).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publishing
from orchestration.observer import Silent
from orchestration.publishing import PublishError, exposures, snapshot, suppression
from orchestration.settings import Settings
from tests.pipeline.killed_publish import FIGURES, FIRST, PLACES, Home, figure

NUMBERS = "numerator, value, ci_low, ci_high, n_people"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path / "home")


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
