"""Warehouses of other versions: older ones are brought to the present shape after a copy, newer and foreign ones are refused."""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import publishing, warehouse
from orchestration.cli import app
from orchestration.contracts import load_contracts
from orchestration.run_report import RunReport
from orchestration.settings import Settings
from orchestration.warehouse import WarehouseError, newest_version, open_warehouse, schema_version
from tests import plain_runs
from tests.pipeline.test_runs import DAY, company_rating

OLDER = Path(__file__).with_name("older_warehouse") / "schema_version_1.duckdb.xz"
LOADERS_OWN = ("ops", "quarantine", "identity")


@pytest.fixture
def older(tmp_path: Path) -> Settings:
    """A home with the warehouse that an earlier version left (older_warehouse/README.md)."""
    settings = Settings(home=tmp_path / "home", settle_seconds=0, as_of=DAY, max_held_back_pct=50)
    settings.landing_folder.mkdir(parents=True)
    settings.warehouse_file.write_bytes(lzma.decompress(OLDER.read_bytes()))
    return settings


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations there are, in a folder to which a test can add."""
    folder = Path(shutil.copytree(warehouse.MIGRATIONS, tmp_path / "migrations"))
    monkeypatch.setattr(warehouse, "MIGRATIONS", folder)
    return folder


def add(migrations: Path, sql: str) -> int:
    """A migration after the last, which is the number of the next version."""
    number = newest_version() + 1
    (migrations / f"{number:04d}_added_by_a_test.sql").write_text(sql, encoding="utf-8")
    return number


def copies(settings: Settings) -> list[str]:
    return sorted(p.name for p in settings.home.glob("warehouse.duckdb.before-*"))


def ask(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def shape(file: Path) -> list[tuple[object, ...]]:
    """Columns of the loader's own tables and of raw."""
    return ask(
        file,
        "select schema_name, table_name, column_name, data_type, is_nullable, column_default from duckdb_columns() "
        f"where schema_name in {(*LOADERS_OWN, 'raw')} order by all",
    )


def versions(file: Path) -> list[int]:
    return [int(str(v)) for (v,) in ask(file, "select version from ops.schema_version order by 1")]


def test_an_older_warehouse_is_brought_to_the_shape_of_a_new_one(older: Settings, tmp_path: Path) -> None:
    before = versions(older.warehouse_file)
    assert before == [1]
    new = Settings(home=tmp_path / "new")
    for settings in (older, new):
        with open_warehouse(settings, load_contracts()) as connection:
            assert schema_version(connection) == newest_version()
    assert shape(older.warehouse_file) == shape(new.warehouse_file)
    assert copies(older) == ([f"warehouse.duckdb.before-v{before[-1] + 1}"] if newest_version() > before[-1] else [])
    assert copies(new) == []


def test_todays_code_runs_on_an_older_warehouse_and_its_numbers_stand(older: Settings) -> None:
    """By hand: 3 + 3 + 4 + 4 and the corrected 2 are 16 of five people; the first version of the corrected one, 5, is kept."""
    report: RunReport = plain_runs.run(older)
    assert report.exit_code == 0, report.gate_results
    assert company_rating(older.home) == (16.0, 5)
    assert publishing.current(older) is not None
    kept = "select final_rating::int, recorded_at::date::varchar from raw.reviews where review_id = 'R5' order by recorded_at"
    assert ask(older.warehouse_file, kept) == [(5, "2026-01-31"), (2, "2026-02-28")]
    assert ask(older.warehouse_file, "select count(*), count(distinct person_key) from identity.person") == [(6, 6)]
    assert ask(older.warehouse_file, "select reasons from quarantine.rows where resolved_at is null") == [
        (["final_rating is 9, allowed 1..5"],)
    ]


def test_a_person_keeps_the_key_that_an_earlier_version_gave(older: Settings) -> None:
    before = ask(older.warehouse_file, "select employee_id, person_key from identity.person order by all")
    (older.landing_folder / "employees@2026-03-31.csv").write_text(
        "employee_id,display_name,department_id,position_id,manager_id,hire_date\nE2,Person Two,D2,P1,E1,2020-01-01\n", encoding="utf-8"
    )
    with plain_runs.Pipeline(older) as pipeline:
        pipeline.load()
    assert ask(older.warehouse_file, "select employee_id, person_key from identity.person order by all") == before
    assert ask(older.warehouse_file, "select count(*) from raw.employees where employee_id = 'E2'") == [(2,)]


def test_a_migration_runs_once_after_a_copy_of_the_file_as_it_was(older: Settings, migrations: Path) -> None:
    number = add(migrations, "alter table ops.clock add column note varchar; update ops.clock set note = 'migrated';")
    for _ in range(2):
        with open_warehouse(older, load_contracts()):
            pass
        assert copies(older) == [f"warehouse.duckdb.before-v{number}"]
    assert versions(older.warehouse_file)[-1] == number
    assert ask(older.warehouse_file, "select note from ops.clock") == [("migrated",)]
    copy = older.home / f"warehouse.duckdb.before-v{number}"
    assert number not in versions(copy)
    assert ask(copy, "select count(*) from raw.reviews") == ask(older.warehouse_file, "select count(*) from raw.reviews") == [(6,)]
    assert "note" not in {str(c) for _, t, c, *_ in shape(copy) if t == "clock"}


def test_what_had_not_reached_the_file_is_in_the_copy_too(older: Settings, migrations: Path, tmp_path: Path) -> None:
    """A killed run leaves what it had committed in the write-ahead log."""
    killed = tmp_path / "killed"
    with duckdb.connect(str(older.warehouse_file)) as connection:
        connection.execute("insert into ops.clock values ('2026-07-01', '2026-07-02', 'UTC')")
        shutil.copytree(older.home, killed)
    assert (killed / "warehouse.duckdb.wal").stat().st_size > 0
    number = add(migrations, "create table ops.added (a integer);")
    with open_warehouse(Settings(home=killed), load_contracts()):
        pass
    assert ask(killed / f"warehouse.duckdb.before-v{number}", "select count(*) from ops.clock") == [(2,)]


def test_a_migration_that_fails_changes_nothing_and_can_be_repeated(older: Settings, migrations: Path) -> None:
    first = add(migrations, "create table ops.added (a integer);")
    second = add(migrations, "insert into ops.added values (1); insert into ops.not_there values (1);")
    for _ in range(2):
        with pytest.raises(duckdb.Error, match="not_there"), open_warehouse(older, load_contracts()):
            pass
        assert versions(older.warehouse_file)[-1] == first
        assert ask(older.warehouse_file, "select count(*) from ops.added") == [(0,)]
    (migrations / f"{second:04d}_added_by_a_test.sql").write_text("insert into ops.added values (1);", encoding="utf-8")
    with open_warehouse(older, load_contracts()):
        pass
    assert versions(older.warehouse_file)[-2:] == [first, second]
    assert ask(older.warehouse_file, "select count(*) from ops.added") == [(1,)]
    assert copies(older) == [f"warehouse.duckdb.before-v{n}" for n in (first, second)]


def test_a_new_warehouse_goes_through_all_migrations_without_a_copy(tmp_path: Path, migrations: Path) -> None:
    number = add(migrations, "create table ops.added (a integer);")
    settings = Settings(home=tmp_path / "home")
    with open_warehouse(settings, load_contracts()):
        pass
    assert versions(settings.warehouse_file) == list(range(1, number + 1))
    assert copies(settings) == []


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(p.name.split("_")[0]) for p in sorted(warehouse.MIGRATIONS.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def refused(settings: Settings) -> str:
    """The words with which the home's warehouse is refused, which is left as it is."""
    before = settings.warehouse_file.read_bytes()
    with pytest.raises(WarehouseError) as raised, open_warehouse(settings, load_contracts()):
        pass
    assert settings.warehouse_file.read_bytes() == before
    assert copies(settings) == []
    return str(raised.value)


def test_a_newer_warehouse_is_refused_with_the_command_that_updates(older: Settings) -> None:
    with duckdb.connect(str(older.warehouse_file)) as connection:
        connection.execute("insert into ops.schema_version values (99, 'later', now()::timestamp)")
    said = refused(older)
    assert said.endswith(
        f"has schema version 99; this Plumbline knows {newest_version()}. Update Plumbline (`git pull && make setup`), then run again."
    )
    result = CliRunner(env={"PLUMBLINE_HOME": str(older.home), "PLUMBLINE_SETTLE_SECONDS": "0"}).invoke(app, ["run"])
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_file_of_something_else_is_refused_with_the_command_that_uses_another(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.landing_folder.mkdir()
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        connection.execute("create table customers as select 1 as id")
    said = refused(settings)
    assert "it was not made by Plumbline" in said
    assert "`PLUMBLINE_HOME=data/mine plumbline run`" in said
