"""What waits in quarantine leaves it when its cause is gone, and snapshots close no more than they say."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from orchestration.ingestion import resolution
from orchestration.warehouse import open_warehouse
from tests.pipeline.landing_home import Home

SNAPSHOT = '[departments]\nmode = "snapshot"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def departments(*ids: str) -> list[dict[str, object]]:
    return [{"department_id": d, "name": d} for d in ids]


def standing(home: Home) -> set[str]:
    return {
        r[0] for r in home.ask("select department_id from raw.departments where superseded_at is null and not coalesce(is_deleted, false)")
    }


def waiting(home: Home) -> list[tuple[object, ...]]:
    return home.ask("select table_name, row_key from quarantine.rows where resolved_at is null order by all")


def test_a_changed_part_of_a_snapshot_closes_nothing_of_the_parts_that_lie_unchanged(home: Home) -> None:
    home.drop("_landing.toml", SNAPSHOT)
    home.drop("departments/de.csv", departments(*(f"D{i}" for i in range(9))))
    home.drop("departments/fr.csv", departments("F1", "F2"))
    home.run()
    home.drop("departments/de.csv", departments(*(f"D{i}" for i in range(8))))
    home.run()
    assert standing(home) == {*(f"D{i}" for i in range(8)), "F1", "F2"}, "D8 is closed; F1 and F2 are still in their file"


def test_a_snapshot_of_which_a_part_is_still_coming_closes_nothing(home: Home) -> None:
    home.drop("_landing.toml", SNAPSHOT)
    home.drop("departments/de@2026-06-01.csv", departments(*(f"D{i}" for i in range(9))))
    home.drop("departments/fr@2026-06-01.csv", departments("F1"))
    home.run()
    home.drop("departments/de@2026-06-02.csv", departments(*(f"D{i}" for i in range(9))))
    home.drop("departments/fr@2026-06-02.csv.part", "department_id,na")
    home.run()
    assert "F1" in standing(home)


def test_two_systems_may_have_files_of_the_same_name_and_content(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for system in ("workday", "personio"):
        home.drop("_landing.toml", f'source_system = "{system}"\n')
        home.drop("departments.csv", departments("D1"))
        home.run()
    assert home.ask("select source_system, department_id from raw.departments order by all") == [("personio", "D1"), ("workday", "D1")]


def test_an_unreadable_file_that_is_taken_away_is_closed_and_read_anew_if_it_comes_back(home: Home) -> None:
    bad = home.drop("departments@2026-01-31.parquet", b"no parquet")
    home.run()
    assert home.ask("select count(*) from quarantine.files where resolved_at is null") == [(1,)]
    bad.unlink()
    home.drop("departments.csv", departments("D1"))
    home.run()
    assert home.ask("select count(*) from quarantine.files where resolved_at is null") == [(0,)]
    home.drop("departments@2026-01-31.parquet", b"no parquet")
    home.run()
    assert home.ask("select count(*) from quarantine.files where resolved_at is null") == [(1,)]


def test_a_record_without_a_key_is_closed_when_its_file_is_read_again_without_it(home: Home) -> None:
    home.drop("departments.csv", "department_id,name\nD1,One\nD2\n")
    home.run()
    assert waiting(home) == [("departments", None)]
    home.drop("departments.csv", "department_id,name\nD1,One\nD2,Two\n")
    home.run()
    assert waiting(home) == []
    assert home.ask("select resolution from quarantine.rows") == [(resolution.GONE_FROM_FILE,)]


def test_a_bad_row_that_a_newer_snapshot_no_longer_has_is_closed(home: Home) -> None:
    home.drop("_landing.toml", SNAPSHOT)
    home.drop("departments@2026-06-01.csv", [*departments("D1"), {"department_id": "DX", "name": ""}])
    home.run()
    assert waiting(home) == [("departments", "DX")]
    home.drop("departments@2026-06-02.csv", departments("D1"))
    home.run()
    assert waiting(home) == []


def test_a_row_that_waited_stays_away_when_a_newer_snapshot_no_longer_has_it(home: Home) -> None:
    """E9 waits for D9; the next snapshot of employees has no E9; then D9 comes: E9 is not released."""

    def people(*ids: str) -> list[dict[str, object]]:
        return [
            {"employee_id": e, "display_name": e, "department_id": e.replace("E", "D"), "position_id": "P1", "hire_date": "2020-01-01"}
            for e in ids
        ]

    home.drop("_landing.toml", '[employees]\nmode = "snapshot"\n')
    home.drop("positions.csv", [{"position_id": "P1", "title": "Clerk"}])
    home.drop("departments@2026-06-01.csv", departments("D1"))
    home.drop("employees@2026-06-01.csv", people("E1", "E9"))
    home.run()
    assert waiting(home) == [("employees", "E9")]
    home.drop("employees@2026-06-02.csv", people("E1"))
    home.run()
    home.drop("departments@2026-06-03.csv", departments("D9"))
    home.run()
    assert home.ask("select employee_id from raw.employees where superseded_at is null") == [("E1",)]
    assert home.ask("select resolution from quarantine.rows") == [(resolution.GONE_FROM_SNAPSHOT,)]


def test_what_a_person_dismisses_keeps_its_record_and_the_reason(home: Home) -> None:
    home.drop("departments@2026-06-01.csv", "department_id,name\nD1,One\nD2\n")
    home.run()
    with open_warehouse(home.settings, home.contracts) as connection:
        assert resolution.dismiss(connection, "departments", "a line of the old export", datetime(2026, 6, 5)) == 1
    assert waiting(home) == []
    [(record, words)] = home.ask("select record, resolution from quarantine.rows")
    assert record == "D2"
    assert words == "dismissed: a line of the old export"


def test_a_deletion_needs_the_key_only(home: Home) -> None:
    home.drop("departments@2026-06-01.csv", departments("D1", "D2"))
    home.run()
    home.drop("departments@2026-06-02.csv", "department_id,name,is_deleted\nD2,,true\n")
    home.run()
    assert standing(home) == {"D1"}
    assert waiting(home) == []


def test_ids_that_pandas_made_floats_are_ids_again(home: Home) -> None:
    frame = pl.DataFrame({"department_id": ["1", "2"], "name": ["One", "Two"], "parent_department_id": [None, 1.0]})
    frame.write_parquet(home.landing / "departments.parquet")
    home.run()
    assert home.ask("select parent_department_id from raw.departments where department_id = '2'") == [("1",)]
    assert home.ask("select count(*) from ops.findings where resolved_at is null") == [(0,)]


def test_a_value_just_outside_its_range_is_not_rounded_into_it(home: Home) -> None:
    text = "goal_id,title,goal_level,start_date,status,progress_pct\n"
    rows = "G1,a,company,2026-01-01,in_progress,100.00001\nG2,a,company,2026-01-01,in_progress,100.00000000000001\n"
    home.drop("goals.csv", text + rows)
    home.run()
    assert waiting(home) == [("goals", "G1")], "the second is 100 as computers write it"


def test_a_declared_day_is_that_day_in_the_business_time_zone(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    from orchestration.ingestion.landing import parse_time

    assert parse_time("2026-01-31", ZoneInfo("America/New_York")) == datetime(2026, 1, 31, 5)
    assert parse_time("2026-01-31T06:00:00", ZoneInfo("America/New_York")) == datetime(2026, 1, 31, 6), "a time without a zone is UTC"
    assert parse_time("2026-07-01", ZoneInfo("Europe/Berlin")) == datetime(2026, 7, 1) - timedelta(hours=2)
