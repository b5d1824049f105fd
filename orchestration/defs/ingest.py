"""The raw tables as assets: one step loads them all, each tells its rows and what is held back of it.

Belongs here: specs and events of the raw tables. Does not belong here: loading (ingestion/).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    TableColumn,
    TableSchema,
    multi_asset,
)

from orchestration import gates
from orchestration.contracts import Contract, load_contracts
from orchestration.defs.quality import OWNERS, RETRIES, row_counts, without_retry

if TYPE_CHECKING:
    from orchestration.pipeline import Pipeline

CONTRACTS = load_contracts()
BESIDE = {
    AssetKey(["identity", "person"]): "Who is who: the only table after staging that holds identifiers of people.",
    AssetKey(["ops", "clock"]): "As of which business day and by which knowledge everything is computed.",
    AssetKey(["ops", "cut_edges"]): "Links to a parent that loading cut, because they closed a cycle.",
}


def raw_key(table: str) -> AssetKey:
    """The asset of a contract's table."""
    return AssetKey(["raw", table])


def _spec(table: str, contract: Contract) -> AssetSpec:
    columns = TableSchema([TableColumn(c.name, c.duckdb_type, c.description) for c in contract.columns])
    return AssetSpec(
        raw_key(table), description=contract.description, group_name=f"raw_{contract.area}", kinds={"duckdb"}, owners=OWNERS,
        metadata={"dagster/table_name": f"raw.{table}", "dagster/column_schema": columns, "required": contract.required}, skippable=True,
    )  # fmt: skip


@multi_asset(
    name="load",
    specs=[
        *(_spec(table, contract) for table, contract in CONTRACTS.items()),
        *(
            AssetSpec(key, description=words, group_name="ops", kinds={"duckdb"}, owners=OWNERS, skippable=True)
            for key, words in BESIDE.items()
        ),
    ],
    check_specs=[
        AssetCheckSpec(gates.HELD_BACK, asset=raw_key(table), description="How many of the table's records wait in quarantine.")
        for table in CONTRACTS
    ],
    required_resource_keys={"pipeline"},
    retry_policy=RETRIES,
    can_subset=True,
)
def load(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    """Landing files into raw; what breaks its contract into quarantine. All of it, whichever tables a part of the graph asks for."""
    pipeline: Pipeline = context.resources.pipeline
    with without_retry(pipeline):
        pipeline.load()
    counts = row_counts(pipeline.settings, ("raw", "identity", "ops"))
    outcomes: dict[str, dict[str, int]] = {}
    for file in pipeline.report.ingest.files:
        of_table = outcomes.setdefault(file.table, {"read": 0})
        of_table["read"] += file.n_read
        for outcome, n in file.outcomes.items():
            of_table[outcome] = of_table.get(outcome, 0) + n
    for key in sorted(context.selected_asset_keys):
        told = outcomes.get(key.path[-1], {}) if key.path[0] == "raw" else {}
        yield MaterializeResult(asset_key=key, metadata={"dagster/row_count": counts.get((key.path[0], key.path[1]), 0), **told})
    held_back = {g.subject: g for g in pipeline.held_back}
    for check in sorted(context.selected_asset_check_keys):
        found = held_back.get(check.asset_key.path[-1])
        yield AssetCheckResult(
            asset_key=check.asset_key, check_name=check.name, passed=found is None or found.passed,
            metadata={"words": found.detail if found else "nothing of it has come"},
        )  # fmt: skip
