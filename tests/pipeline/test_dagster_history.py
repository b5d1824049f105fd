"""What stands in a home's instance after a run, and that our storages write there what Dagster's own would."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import (
    AssetCheckResult,
    AssetKey,
    AssetsDefinition,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    Failure,
    MaterializeResult,
    asset,
    asset_check,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord
from dagster._core.storage.event_log.base import AssetRecord

from orchestration.definitions import build_defs
from orchestration.defs.history import KeptEvents, KeptRuns, open_history, silent_logger, write_configuration
from orchestration.settings import Settings

ROWS, SECONDS = "dagster/row_count", "seconds"


@pytest.fixture(scope="module")
def demo_instance(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterInstance]:
    """The demo's instance as Dagster's own processes open it; a copy, since opening writes."""
    folder = shutil.copytree(demo_home / "dagster", tmp_path_factory.mktemp("demo") / "dagster")
    with DagsterInstance.from_config(str(folder)) as instance:
        assert not isinstance(instance.event_log_storage, KeptEvents)
        assert not isinstance(instance.run_storage, KeptRuns)
        yield instance


@pytest.fixture(scope="module")
def assets(demo_instance: DagsterInstance, demo_home: Path) -> dict[str, AssetRecord]:
    keys = build_defs(Settings(home=demo_home)).resolve_asset_graph().get_all_asset_keys()
    found = {r.asset_entry.asset_key.to_user_string(): r for r in demo_instance.get_asset_records(list(keys))}
    assert len(found) == len(keys) > 130
    return found


def told(record: AssetRecord) -> dict[str, Any]:
    """What an asset's latest materialization tells."""
    assert record.asset_entry.last_materialization is not None, record.asset_entry.asset_key
    assert record.asset_entry.last_materialization.asset_materialization is not None
    return {name: value.value for name, value in record.asset_entry.last_materialization.asset_materialization.metadata.items()}


def counted(warehouse: Path, schemas: set[str]) -> dict[str, int]:
    """Rows of every table of the warehouse, views left out."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        return {
            f"{schema}/{table}": connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[0][0]
            for schema, table in tables
            if schema in schemas
        }


def test_the_run_stands_as_a_good_one(demo_instance: DagsterInstance) -> None:
    [run] = demo_instance.get_runs()
    assert (run.job_name, run.status) == ("pipeline", DagsterRunStatus.SUCCESS)


def test_every_table_is_recorded_with_the_rows_that_it_has(assets: dict[str, AssetRecord], demo_warehouse: Path) -> None:
    schemas = {name.split("/")[0] for name in assets}
    in_warehouse = {name: n for name, n in counted(demo_warehouse, schemas).items() if name in assets}
    recorded = {name: told(record)[ROWS] for name, record in assets.items() if ROWS in told(record) and name != "published/snapshot"}
    assert recorded == in_warehouse
    assert recorded["marts/fct_review"] > 1000
    views = set(assets) - set(recorded) - {"published/snapshot"}
    assert {name.split("/")[0] for name in views} <= {"staging", "intermediate"}, "only what has no rows of its own"


def test_every_model_is_recorded_with_its_seconds(assets: dict[str, AssetRecord]) -> None:
    of_models = {n: told(r)[SECONDS] for n, r in assets.items() if n.split("/")[0] in {"staging", "intermediate", "marts", "reference"}}
    assert len(of_models) > 90
    assert all(isinstance(seconds, float) for seconds in of_models.values())
    assert sum(of_models.values()) > 0.5


def test_the_snapshot_is_recorded_as_it_was_published(assets: dict[str, AssetRecord], demo_home: Path) -> None:
    snapshot_id = (demo_home / "published" / "CURRENT").read_text(encoding="utf-8").strip()
    with duckdb.connect(str(demo_home / "published" / f"{snapshot_id}.duckdb"), read_only=True) as connection:
        [expected] = connection.execute(
            "select count(*), sum(n_rows)::bigint, sum(n_not_reportable)::bigint from snapshot.tables"
        ).fetchall()
    found = told(assets["published/snapshot"])
    assert found["snapshot_id"] == snapshot_id
    assert (found["tables"], found[ROWS], found["not_reportable"]) == expected
    assert found["unchanged"] is False


def test_every_check_has_a_result_and_passed(demo_instance: DagsterInstance, demo_home: Path) -> None:
    keys = list(build_defs(Settings(home=demo_home)).resolve_asset_graph().asset_check_keys)
    found = demo_instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert len(keys) > 250
    failed = {k.to_user_string() for k in keys if k not in found or found[k].status.value != "SUCCEEDED"}
    assert not failed
    assert isinstance(next(iter(found.values())), AssetCheckExecutionRecord)


# ------------------------------------------------------------------ our storages against Dagster's


def tiny() -> Definitions:
    @asset(group_name="tiny", owners=["team:x"])
    def good() -> MaterializeResult[Any]:
        return MaterializeResult(metadata={ROWS: 3})

    @asset_check(asset=good)
    def sound() -> AssetCheckResult:
        return AssetCheckResult(passed=False, metadata={"words": "no"})

    @asset(deps=[good])
    def bad() -> None:
        msg = "words of the failure"
        raise Failure(msg, allow_retries=False)

    @asset(deps=[bad])
    def below() -> None:
        pass

    made: list[AssetsDefinition] = [good, bad, below]
    return Definitions(assets=made, asset_checks=[sound], loggers={"silent": silent_logger()})


def execute(instance: DagsterInstance, folder: Path) -> Path:
    """A run that fails, a part of it that goes well, and a run that is marked as failed from outside."""
    job = tiny().resolve_implicit_global_asset_job_def()
    quietly = {"loggers": {"silent": {}}}
    assert not job.execute_in_process(quietly, instance=instance, raise_on_error=False).success
    assert job.execute_in_process(quietly, instance=instance, asset_selection=[AssetKey("good")], tags={"a": "b"}).success
    run = instance.create_run_for_job(job)
    instance.report_run_failed(run, "gone")
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same runs in an instance of Dagster's own storages and in one of ours."""
    stock, kept = (Settings(home=tmp_path_factory.mktemp(name)) for name in ("stock", "kept"))
    write_configuration(stock)
    with DagsterInstance.from_config(str(stock.dagster_folder)) as instance:
        execute(instance, stock.dagster_folder)
    with open_history(kept) as instance:
        assert isinstance(instance.event_log_storage, KeptEvents)
        assert isinstance(instance.run_storage, KeptRuns)
        execute(instance, kept.dagster_folder)
    return {"stock": stock.dagster_folder, "kept": kept.dagster_folder}


def seen(folder: Path) -> list[Any]:
    """All that Dagster's own storage reads of the instance's runs, without ids and times."""
    with DagsterInstance.from_config(str(folder)) as instance:
        runs = sorted(instance.get_runs(), key=lambda r: r.run_id)
        records = {r.dagster_run.run_id: r for r in instance.get_run_records()}
        by_time = sorted(runs, key=lambda r: records[r.run_id].create_timestamp)
        of_runs = [
            (
                run.job_name, run.status.value, dict(run.tags).get("a"), records[run.run_id].start_time is None,
                [(e.dagster_event.event_type_value, e.step_key) for e in instance.all_logs(run.run_id) if e.dagster_event],
                [(s.step_key, s.status and s.status.value) for s in instance.get_run_step_stats(run.run_id)],
            ) for run in by_time
        ]  # fmt: skip
        keys = sorted(instance.all_asset_keys())
        latest = [told(r) for r in instance.get_asset_records(keys) if r.asset_entry.last_materialization]
        return [of_runs, [k.to_user_string() for k in keys], latest]


def test_our_storages_write_what_dagsters_own_write(both: dict[str, Path]) -> None:
    stock, kept = seen(both["stock"]), seen(both["kept"])
    assert [run[1] for run in stock[0]] == ["FAILURE", "SUCCESS", "FAILURE"]
    assert len(stock[0][0][4]) > 15
    assert kept == stock


def began(file: Path) -> str:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return str(connection.execute("select min(timestamp) from event_logs").fetchone()[0])


def databases(folder: Path) -> dict[str, Path]:
    """By what they are for; those of runs in the order in which these began."""
    runs = folder / "history" / "runs"
    of_runs = sorted((p for p in runs.glob("*.db") if p.name != "index.db"), key=began)
    return {"runs": folder / "history" / "runs.db", "index": runs / "index.db"} | {f"run {i}": p for i, p in enumerate(of_runs)}


def contents(file: Path) -> dict[str, Any]:
    """Tables, indexes, the mode of the journal, the version of the schema and how many rows each table has."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        made = sorted(re.sub(r"\s+", " ", sql) for (sql,) in connection.execute("select sql from sqlite_master where sql is not null"))
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table' order by name")]
        rows = {t: connection.execute(f'select count(*) from "{t}"').fetchone()[0] for t in tables}
        version = connection.execute("select version_num from alembic_version").fetchall()
        return {"made": made, "rows": rows, "version": version, "journal": connection.execute("pragma journal_mode").fetchall()}


def test_the_databases_themselves_are_alike(both: dict[str, Path]) -> None:
    stock, kept = databases(both["stock"]), databases(both["kept"])
    assert len(stock) >= 4
    assert list(kept) == list(stock)
    for name in stock:
        assert contents(kept[name]) == contents(stock[name]), name


def test_the_internals_that_our_storages_override_are_still_there() -> None:
    """A Dagster that has renamed them would silently go back to one connection an event."""
    stock_events, stock_runs = KeptEvents.__mro__[1], KeptRuns.__mro__[1]
    assert {"_connect", "dispose", "from_config_value", "conn_string_for_shard"} <= set(vars(stock_events))
    assert {"connect", "from_config_value", "from_local"} <= set(vars(stock_runs))


def test_nothing_is_sent_anywhere_and_no_second_log_is_kept(both: dict[str, Path]) -> None:
    with DagsterInstance.from_config(str(both["kept"])) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
