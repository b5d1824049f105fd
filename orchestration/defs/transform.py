"""The dbt models as assets and their tests as asset checks; one step builds them in this process.

Belongs here: the graph as dbt has it, and its events. Does not belong here: calling dbt (transform).
"""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
)
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from orchestration import publishing, transform
from orchestration.defs.quality import GATES, OWNERS, RETRIES, SNAPSHOT, row_counts, without_retry
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.pipeline import Pipeline
    from orchestration.transform import Node

BUILT = {"success", "pass"}


class Translator(DagsterDbtTranslator):
    """Keys are schema and name; groups are the layers, marts by their area."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """raw_<area>, staging, intermediate, marts_<area>, reference."""
        if dbt_resource_props["resource_type"] == "seed":
            return "reference"
        layer, *below = dbt_resource_props["fqn"][1:-1] or ["models"]
        return f"{layer}_{below[0]}" if layer == "marts" and below else str(layer)

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        """A dbt test. It blocks nothing here: the gate model_test decides for all of them at once, with words."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return None if spec is None else spec._replace(blocking=False)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002  (all are one team's)
        """Who answers for a model."""
        return OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What a row of it is; the SQL stands in the repository."""
        return str(dbt_resource_props.get("description") or "")


def models_definition(settings: Settings) -> AssetsDefinition:
    """The step that builds all models.

    Args:
        settings: whose transform folder takes dbt's log, if the project must be parsed.

    """
    file = transform.manifest_file(settings)
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    translator = Translator()

    @dbt_assets(
        manifest=manifest, name="models", dagster_dbt_translator=translator, required_resource_keys={"pipeline"}, retry_policy=RETRIES
    )
    def models(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """Marts from raw, and every test of theirs."""
        pipeline: Pipeline = context.resources.pipeline
        keys = {
            unique_id: translator.get_asset_key(node) for unique_id, node in manifest["nodes"].items() if node["resource_type"] != "test"
        }
        tests = {id_: get_asset_check_key_for_test(manifest, translator, id_, None) for id_ in manifest["nodes"] if id_.startswith("test.")}
        with without_retry(pipeline):
            pipeline.build(_part(context, keys, {check: manifest["nodes"][id_]["name"] for id_, check in tests.items() if check}))
        counts = row_counts(pipeline.settings, sorted({key.path[0] for key in keys.values()}))
        if pipeline.report.nothing_to_do:
            for schema, name in _in_order([(e.schema, e.name) for e in publishing.exposed()], keys, manifest):
                yield MaterializeResult(
                    asset_key=AssetKey([schema, name]), metadata={"dagster/row_count": counts.get((schema, name), 0), "unchanged": True}
                )
            return
        asked = {id_: check for id_, check in tests.items() if check in context.selected_asset_check_keys}
        yield from _events(pipeline.report.build.nodes, keys, counts, asked)
        if not pipeline.report.build.is_whole:  # the step that publishes would be passed over, and the run look like a good one
            words = pipeline.report.refusal() or f"not built: {', '.join(pipeline.report.build.skipped)}"
            if not pipeline.is_part:
                told = {"words": MetadataValue.text(words)}
                context.log_event(AssetCheckEvaluation(asset_key=SNAPSHOT, check_name=GATES, passed=False, metadata=told))
            raise Failure(words, allow_retries=False)

    return models


def _part(context: AssetExecutionContext, keys: dict[str, AssetKey], checks: dict[AssetCheckKey, str]) -> tuple[str, ...]:
    """Selectors of what was asked for, where that is not everything: models, and tests of models that were not asked for."""
    asked = context.selected_asset_keys
    if asked >= set(keys.values()):
        return ()
    models = (unique_id.rsplit(".", maxsplit=1)[-1] for unique_id, key in keys.items() if key in asked)
    tests = (checks[check] for check in context.selected_asset_check_keys if check.asset_key not in asked)
    return tuple(sorted({*models, *tests}))


def _in_order(names: list[tuple[str, str]], keys: dict[str, AssetKey], manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Parents before children, as Dagster wants its events."""
    parents = {unique_id: manifest["parent_map"].get(unique_id, []) for unique_id in keys}
    ordered = [keys[unique_id].path for unique_id in TopologicalSorter(parents).static_order() if unique_id in keys]
    return [(path[0], path[1]) for path in ordered if (path[0], path[1]) in names]


def _events(
    nodes: "list[Node]", keys: dict[str, AssetKey], counts: dict[tuple[str, str], int], checks: dict[str, AssetCheckKey | None]
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    for node in nodes:
        key = keys.get(node.unique_id)
        if key is not None and node.status in BUILT:
            n = counts.get((key.path[0], key.path[1]))
            rows = {} if n is None else {"dagster/row_count": n}
            yield MaterializeResult(asset_key=key, metadata={"seconds": round(node.seconds, 3), **rows})
    for node in nodes:
        check = checks.get(node.unique_id)
        if check is not None and node.status != "skipped":
            severity = AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR
            yield AssetCheckResult(
                asset_key=check.asset_key, check_name=check.name, passed=node.status == "pass", severity=severity,
                metadata={"seconds": round(node.seconds, 3)},
            )  # fmt: skip
