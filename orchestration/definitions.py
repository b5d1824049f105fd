"""The code location that Dagster loads.

Belongs here: putting the definitions together. Does not belong here: any of them (defs/).
"""

from __future__ import annotations

from dagster import Definitions, LoggerDefinition, ResourceDefinition, definitions, in_process_executor

from orchestration.defs.automation import PIPELINE, daily, failure_alert, settled_files
from orchestration.defs.ingest import load
from orchestration.defs.publish import snapshot_definition
from orchestration.defs.resources import pipeline_resource
from orchestration.defs.transform import models_definition
from orchestration.settings import Settings


def build_defs(
    settings: Settings | None = None, pipeline: ResourceDefinition | None = None, loggers: dict[str, LoggerDefinition] | None = None
) -> Definitions:
    """All definitions of a home.

    Args:
        settings: whose; default: the environment's.
        pipeline: in place of the resource that reads its options from the run's configuration.
        loggers: in place of Dagster's, which writes to the terminal.

    """
    settings = settings or Settings()
    return Definitions(
        assets=[load, models_definition(settings), snapshot_definition(settings)],
        jobs=[PIPELINE],
        schedules=[daily(settings)],
        sensors=[settled_files(settings), failure_alert(settings)],
        resources={"pipeline": pipeline or pipeline_resource(settings)},
        loggers=loggers,
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """What `plumbline dagster` loads."""
    return build_defs()
