"""Numbers about some of a row's people: hidden where these are few, or where few of the row's people remain."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publishing
from orchestration.observer import Silent
from orchestration.publishing import PublishError, exposures, suppression
from orchestration.settings import Settings
from tests.pipeline.killed_publish import FIGURES, FIRST, Home

PARTS = "parts: [{people: n_before, of: n_people, at_least: 20, numbers: [n_low_before, share_before]}]"
IN_PARTS = FIGURES.replace("not_about_people: [level]", f"not_about_people: [level]\n              {PARTS}").replace(
    "          - {name: remark,",
    """          - {name: n_before, data_type: bigint}
          - {name: n_low_before, data_type: bigint}
          - {name: share_before, data_type: double}
          - {name: remark,""",
)
SHOWN, HIDDEN, ALL_HIDDEN = (True, True, True, True), (True, False, False, False), (False, False, False, False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.describe_all(IN_PARTS)
    home.build()
    home.write(
        "alter table marts.figures add column n_before bigint", "alter table marts.figures add column n_low_before bigint",
        "alter table marts.figures add column share_before double",
    )  # fmt: skip
    return home


def figure(n_before: int | None, n_people: int, *, level: int = 3, n_low: int = 2) -> str:
    """An insert of a row about `n_people`, of whom `n_before` are counted in the part."""
    part = "null" if n_before is None else str(n_before)
    return (
        f"insert into marts.figures values ('rate', 'location', '{part} of {n_people}', {level}, 3, 0.5, 0.25, 0.75, {n_people}, 'x', "
        f"{part}, {n_low}, 0.125)"
    )


def shown(home: Home) -> dict[str, set[tuple[bool, ...]]]:
    """Which of n_people, n_before, n_low_before, share_before are shown, by member."""
    found: dict[str, set[tuple[bool, ...]]] = {}
    for member, *values in home.ask("select member_id, n_people, n_before, n_low_before, share_before from marts.figures"):
        found.setdefault(member, set()).add(tuple(v is not None for v in values))
    return found


def test_a_part_is_shown_from_twenty_people_if_none_or_five_are_no_part_of_it(home: Home) -> None:
    expected = {
        (19, 40): HIDDEN, (20, 40): SHOWN, (19, 19): HIDDEN, (20, 20): SHOWN, (20, 21): HIDDEN, (20, 24): HIDDEN, (20, 25): SHOWN,
        (36, 40): HIDDEN, (35, 40): SHOWN, (40, 40): SHOWN, (0, 40): HIDDEN, (None, 40): HIDDEN, (41, 40): HIDDEN, (4, 4): ALL_HIDDEN,
    }  # fmt: skip
    home.write(*(figure(part, whole) for part, whole in expected))
    home.publish()
    assert shown(home) == {f"{'null' if part is None else part} of {whole}": {of_it} for (part, whole), of_it in expected.items()}


def test_what_is_shown_of_a_part_is_what_the_warehouse_has(home: Home) -> None:
    home.write(figure(20, 25), figure(24, 25))
    home.publish()
    rows = home.ask("select member_id, numerator, n_people, n_before, n_low_before, share_before, is_reportable from marts.figures")
    assert set(rows) == {("20 of 25", 3, 25, 20, 2, 0.125, True), ("24 of 25", 3, 25, None, None, None, True)}


def test_a_row_that_is_hidden_whole_hides_its_part_too(home: Home) -> None:
    home.write("insert into marts.figures values ('success', 'location', 'all', 3, 19, 1, 0.25, 0.75, 19, 'x', 19, 2, 0.125)", figure(4, 4))
    home.publish()
    assert shown(home) == {"all": {ALL_HIDDEN}, "4 of 4": {ALL_HIDDEN}}


def test_rows_of_a_slice_decide_alike(home: Home) -> None:
    """Else what one row shows could be subtracted from the whole."""
    home.write(*(figure(part, 40, level=level, n_low=level) for part in (19, 20, 35, 36) for level in range(5)))
    home.publish()
    assert shown(home) == {"19 of 40": {HIDDEN}, "20 of 40": {SHOWN}, "35 of 40": {SHOWN}, "36 of 40": {HIDDEN}}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("of: n_people", "of: n_heads", "n_heads, which the model does not have"),
        ("people: n_before", "people: n_befor", "n_befor, which the model does not have"),
        ("at_least: 20, numbers", "at_least: 4, numbers", "must not be below 5"),
        ("at_least: 20, numbers", "atleast: 20, numbers", "parts.0.at_least"),
        ("at_least: 20, numbers", "at_least: 20, rest_at_least: 4, numbers", "parts.0.rest_at_least"),
        ("numbers: [n_low_before, share_before]", "numbers: []", "parts.0.numbers"),
        ("numbers: [n_low_before, share_before]", "numbers: [share_before]", "of the column(s) n_low_before whether"),
        (
            "numbers: [n_low_before, share_before]",
            "numbers: [n_low_before, share_before, level]",
            "level cannot be hidden and something else",
        ),
        ("numbers: [n_low_before, share_before]", "numbers: [n_low_before, share_before, ci_low]", "ci_low cannot be hidden by two rules"),
        (
            "numbers: [n_low_before, share_before]",
            "numbers: [n_low_before, share_before, n_people]",
            "n_people cannot be hidden by two rules",
        ),
        (
            "]}]",
            "]}, {people: n_people, of: n_before, at_least: 5, numbers: [n_low_before]}]",
            "n_low_before, n_people cannot be hidden by two",
        ),
    ],
)
def test_an_unclear_part_is_refused(home: Home, old: str, new: str, words: str) -> None:
    assert PARTS.count(old) == 1
    home.describe_all(IN_PARTS.replace(PARTS, PARTS.replace(old, new)))
    with pytest.raises(PublishError) as error:
        home.publish()
    assert words in str(error.value)


SAYS = "rows show n_before of too few people"
DIFFERS = "its rows are not those of the warehouse"
ENOUGH = """coalesce("n_before" >= 20 and ("n_people" = "n_before" or "n_people" - "n_before" >= 5), false)"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"n_before" >= 20', '"n_before" >= 19', SAYS),
        ('"n_before" >= 20', '"n_before" >= 21', DIFFERS),
        ('"n_before" >= 5)', '"n_before" >= 4)', SAYS),
        ('"n_before" >= 5)', '"n_before" >= 6)', DIFFERS),
        ('"n_people" = "n_before" or', "false or", DIFFERS),
        (f"and {ENOUGH}", "", SAYS),
        (f'and {ENOUGH} then "n_before" end', 'then "n_before" end', SAYS),
        (f'and {ENOUGH} then "share_before" end', 'then "share_before" end', SAYS),
        (f'and {ENOUGH} then "share_before" end', f'and {ENOUGH} and "level" = 3 then "share_before" end', DIFFERS),
        ('then "n_low_before" end', 'then "n_low_before" + 1 end', DIFFERS),
    ],
)
def test_a_fault_in_the_writing_of_a_part_is_found(home: Home, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str) -> None:
    rows = ((19, 40), (20, 40), (35, 40), (36, 40), (40, 40))
    home.write(*(figure(part, whole, level=level) for part, whole in rows for level in (3, 4)))
    fill = suppression.fill

    def otherwise(table: exposures.Exposed, database: str) -> tuple[str, suppression.Parameters]:
        sql, parameters = fill(table, database)
        assert table.name != "figures" or old in sql, sql
        return sql.replace(old, new), parameters

    home.publish()
    monkeypatch.setattr(suppression, "fill", otherwise)
    with pytest.raises(PublishError, match=r"marts\.figures was not published") as error:
        home.publish()
    assert words in str(error.value)


def test_before_calibration_is_shown_of_twenty_rated_people_and_all_or_five_others(demo_warehouse: Path, tmp_path: Path) -> None:
    """Of a company where some have no rating by their manager, row by row, without any code of publishing; all levels of a slice alike."""
    settings, warehouse = Settings(home=tmp_path), Path(shutil.copy(demo_warehouse, tmp_path / "warehouse.duckdb"))
    with duckdb.connect(str(warehouse)) as connection:
        without = "hash(period_id, dimension, member_id) % 8"
        connection.execute(f"update marts.rating_distribution set n_rated_before_calibration = greatest(n_rated - {without}, 0)::bigint")
    publishing.publish(settings, fingerprint="a", run_id="r", now=FIRST, observer=Silent(), warehouse=warehouse)
    key = "period_type, period_id, dimension, member_id, level"
    numbers = "n, n_rated, share, n_before_calibration, n_rated_before_calibration, share_before_calibration"
    of_all = _by_key(warehouse, f"select {key}, {numbers} from marts.rating_distribution where dimension <> 'manager'")
    file = tmp_path / "published" / f"{publishing.current(settings)}.duckdb"
    published = _by_key(file, f"select {key}, {numbers} from marts.rating_distribution")
    assert published.keys() == of_all.keys()
    seen, seen_rest = set(), set()
    for at, values in of_all.items():
        n_rated, n_before = values[1], values[4]
        row_shown = n_rated >= 20
        seen_rest.add(n_rated - n_before)
        part_shown = row_shown and n_before >= 20 and (n_rated - n_before == 0 or n_rated - n_before >= 5)
        seen.add((row_shown, part_shown))
        assert published[at] == (values[:3] if row_shown else (None,) * 3) + (values[3:] if part_shown else (None,) * 3), at
    assert {0, 1, 4, 5} <= seen_rest
    assert seen == {(False, False), (True, False), (True, True)}
    alike: dict[tuple[Any, ...], set[bool]] = {}
    for at, values in published.items():
        alike.setdefault(at[:4], set()).add(values[5] is None)
    assert {len(found) for found in alike.values()} == {1}


def _by_key(file: Path, sql: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return {row[:5]: row[5:] for row in connection.execute(sql).fetchall()}
