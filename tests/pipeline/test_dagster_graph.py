"""What Dagster shows: every table, model and the snapshot, with what belongs to each, and when they run by themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dagster import AssetKey, Definitions, build_schedule_context
from dagster._core.definitions.assets.graph.asset_graph import AssetNode
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration import gates, publishing, transform
from orchestration.contracts import load_contracts
from orchestration.defs.automation import daily
from orchestration.defs.ingest import BESIDE
from orchestration.settings import Settings
from tests.pipeline.renew_graph import COMMAND, FILE, as_text, definitions_of, differences, graph_of


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    return definitions_of(tmp_path_factory.mktemp("graph"))


@pytest.fixture(scope="module")
def nodes(definitions: Definitions) -> dict[str, AssetNode]:
    return {node.key.to_user_string(): node for node in definitions.resolve_asset_graph().asset_nodes}


@pytest.fixture(scope="module")
def manifest(definitions: Definitions, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's own account of the project, which the definitions have been made from."""
    found: dict[str, Any] = json.loads(
        transform.manifest_file(Settings(home=tmp_path_factory.mktemp("parsed"))).read_text(encoding="utf-8")
    )
    return found


def test_the_graph_is_the_one_that_was_looked_at(definitions: Definitions) -> None:
    """An asset, an arrow, a check or a schedule that comes or goes is a difference that somebody has seen."""
    found = graph_of(definitions)
    said = differences(json.loads(FILE.read_text(encoding="utf-8")), found)
    assert not said, f"The graph has changed:\n{chr(10).join(said)}\nIf that is what you want: {COMMAND}, and commit {FILE.name}."
    assert FILE.read_text(encoding="utf-8") == as_text(found), f"only the form has changed: {COMMAND}"


def test_differences_name_what_came_what_went_and_what_changed() -> None:
    kept = {"assets": {"a": {"deps": ["x", "y"], "group": "g"}, "b": {}}}
    found = {"assets": {"a": {"deps": ["y", "z"], "group": "h"}, "c": {}}}
    assert differences(kept, found) == [
        "- assets · a · deps: x",
        "+ assets · a · deps: z",
        "~ assets · a · group: g became h",
        "- assets · b is gone",
        "+ assets · c is new",
    ]
    assert differences(kept, kept) == []


def test_every_contract_table_model_seed_and_the_snapshot_are_in_it(nodes: dict[str, AssetNode], manifest: dict[str, Any]) -> None:
    raw = {f"raw/{table}" for table in load_contracts()}
    built = {f"{n['schema']}/{n['name']}" for n in manifest["nodes"].values() if n["resource_type"] in {"model", "seed"}}
    beside = {key.to_user_string() for key in BESIDE}
    assert len(raw) > 40
    assert len(built) > 90
    assert set(nodes) == raw | built | beside | {"published/snapshot"}


def test_every_asset_says_what_it_is_where_it_belongs_and_who_answers_for_it(nodes: dict[str, AssetNode]) -> None:
    lacking = {
        name: what
        for name, node in nodes.items()
        if (what := [w for w in ("description", "group_name", "kinds", "owners") if not getattr(node, w)])
    }
    assert not lacking
    assert "duckdb" in set.intersection(*(set(node.kinds) for node in nodes.values()))
    assert {node.group_name for node in nodes.values()} >= {"staging", "intermediate", "reference", "published", "ops"}
    assert {n.group_name for k, n in nodes.items() if k.startswith("raw/")} == {f"raw_{c.area}" for c in load_contracts().values()}
    assert not {n.group_name for k, n in nodes.items() if k.startswith("marts/")} & {"marts", "default"}, "marts are shown by their area"


def test_nothing_in_it_comes_from_nowhere(nodes: dict[str, AssetNode]) -> None:
    """Raw tables are read from landing files; every model has a parent, and every parent is an asset of ours."""
    for name, node in nodes.items():
        assert {p.to_user_string() for p in node.parent_keys} <= set(nodes), name
        assert node.is_materializable, name
    orphans = {n for n, node in nodes.items() if not node.parent_keys and n.split("/")[0] in {"staging", "intermediate", "marts"}}
    assert orphans <= {"marts/dim_date"}, "a model that reads nothing"


def test_every_dbt_test_of_a_model_or_seed_is_a_check_of_it_and_blocks_nothing(definitions: Definitions, manifest: dict[str, Any]) -> None:
    graph = definitions.resolve_asset_graph()
    tests = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and not all(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
    }
    found = {key.name for key in graph.asset_check_keys if key.asset_key.path[0] not in {"raw", "published"}}
    assert len(tests) > 200
    assert found == tests
    assert {k.asset_key.path[-1] for k in graph.asset_check_keys if k.name == gates.HELD_BACK} == set(load_contracts())
    assert not [key for key in graph.asset_check_keys if graph.get(key).blocking], "the gate decides for all of them at once"


def test_the_snapshot_rests_on_exactly_what_the_exposures_name(nodes: dict[str, AssetNode], manifest: dict[str, Any]) -> None:
    """By dbt's reading of models/exposures.yml, which shares no code with ours."""
    named = {parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    wanted = {f"{manifest['nodes'][n]['schema']}/{manifest['nodes'][n]['name']}" for n in named}
    assert len(wanted) > 8
    assert {key.to_user_string() for key in nodes["published/snapshot"].parent_keys} == wanted
    assert {f"{e.schema}/{e.name}" for e in publishing.exposed()} == wanted


def test_a_step_waits_for_the_one_before_it(definitions: Definitions) -> None:
    """tests/plain_runs takes the same steps in this order."""
    job = definitions.resolve_job_def("pipeline")
    above = {n.name: {d.node for many in job.dependencies[h].values() for d in many.get_node_dependencies()} for n in job.nodes
             for h in job.dependencies if h.name == n.name}  # fmt: skip
    assert above == {"load": set(), "models": {"load"}, "published__snapshot": {"models"}}


def test_the_snapshot_counts_as_stale_after_the_time_that_is_set(tmp_path: Path, nodes: dict[str, AssetNode]) -> None:
    other = graph_of_snapshot(Settings(home=tmp_path, stale_after_hours=5))
    policy = nodes["published/snapshot"].freshness_policy
    assert policy is not None
    assert policy.fail_window.to_timedelta() == timedelta(hours=36)
    assert other == timedelta(hours=5)


def graph_of_snapshot(settings: Settings) -> timedelta:
    from orchestration.defs.publish import snapshot_definition
    from orchestration.defs.quality import SNAPSHOT

    policy = snapshot_definition(settings).specs_by_key[SNAPSHOT].freshness_policy
    assert policy is not None
    found: timedelta = policy.fail_window.to_timedelta()
    return found


def ticks_of(settings: Settings, after: datetime, n: int = 3) -> list[datetime]:
    """When Dagster's daemon would start runs of the daily schedule, in UTC."""
    schedule = daily(settings)
    ticks = schedule_execution_time_iterator(after.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
    return [next(ticks).astimezone(UTC) for _ in range(n)]


def test_the_daily_run_starts_at_the_time_that_is_set_on_the_clocks_of_the_business(tmp_path: Path) -> None:
    """06:30 in New York is 11:30 UTC in winter and 10:30 from the morning on which the clocks go forward."""
    settings = Settings(home=tmp_path, daily_at="06:30", business_timezone="America/New_York")
    assert daily(settings).cron_schedule == "30 6 * * *"
    assert ticks_of(settings, datetime(2026, 3, 7, tzinfo=UTC)) == [
        datetime(2026, 3, 7, 11, 30, tzinfo=UTC),
        datetime(2026, 3, 8, 10, 30, tzinfo=UTC),
        datetime(2026, 3, 9, 10, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("daily_at", "before_the_night"),
    [("02:30", datetime(2026, 3, 7, 12, tzinfo=UTC)), ("01:30", datetime(2026, 10, 31, 12, tzinfo=UTC))],
    ids=["skipped", "there twice"],
)
def test_an_hour_that_the_clocks_skip_or_repeat_still_has_one_run_a_day(tmp_path: Path, daily_at: str, before_the_night: datetime) -> None:
    settings = Settings(home=tmp_path, daily_at=daily_at, business_timezone="America/New_York")
    days = [t.astimezone(ZoneInfo("America/New_York")).date() for t in ticks_of(settings, before_the_night)]
    assert days == [before_the_night.date() + timedelta(days=n) for n in (1, 2, 3)]


def test_a_tick_of_the_schedule_asks_for_one_whole_run(tmp_path: Path, definitions: Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily")
    with build_schedule_context(
        scheduled_execution_time=datetime(2026, 6, 1, 6, tzinfo=UTC), repository_def=definitions.get_repository_def()
    ) as context:
        requests = schedule.evaluate_tick(context).run_requests
    assert [r.run_config for r in requests or []] == [{}]
    assert AssetKey(["published", "snapshot"]) in definitions.resolve_job_def("pipeline").asset_layer.executable_asset_keys
