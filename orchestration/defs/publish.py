"""The published snapshot as an asset: what people read.

Belongs here: its place in the graph, its checks and how fresh it must be. Does not belong here: making it (publishing/).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    asset,
)

from orchestration import publishing
from orchestration.defs.quality import GATES, OWNERS, RETRIES, SNAPSHOT, without_retry
from orchestration.run_report import GateRefusedError
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.pipeline import Pipeline


def snapshot_definition(settings: Settings) -> AssetsDefinition:
    """The step that publishes.

    Args:
        settings: how old the snapshot may become before it counts as stale.

    """

    @asset(
        key=SNAPSHOT,
        deps=[AssetKey([e.schema, e.name]) for e in publishing.exposed()],
        description="The file that the dashboards read: exposed marts, suppressed and checked, swapped in as a whole.",
        group_name="published",
        kinds={"duckdb"},
        owners=OWNERS,
        check_specs=[AssetCheckSpec(GATES, asset=SNAPSHOT, description="Every gate let the run's numbers pass.")],
        required_resource_keys={"pipeline"},
        output_required=False,
        retry_policy=RETRIES,
        freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=settings.stale_after_hours)),
    )
    def snapshot(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        """What passed every gate, for people to read."""
        pipeline: Pipeline = context.resources.pipeline
        try:
            with without_retry(pipeline):
                pipeline.publish()
        except Failure as failure:
            if isinstance(failure.__cause__, GateRefusedError):
                yield AssetCheckResult(check_name=GATES, passed=False, metadata={"words": str(failure.__cause__)})
            raise
        yield AssetCheckResult(check_name=GATES, passed=not pipeline.report.refused)
        published = pipeline.report.published
        if published is None:
            return  # a replay: what people read is as it was
        told: dict[str, Any] = {
            "snapshot_id": published.snapshot_id,
            "unchanged": not published.is_new,
            "not_reportable": published.n_not_reportable,
        }
        counted = {"tables": published.n_tables, "dagster/row_count": published.n_rows, "seconds": round(published.seconds, 3)}
        yield MaterializeResult(metadata={**told, **counted})

    return snapshot
