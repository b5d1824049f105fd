"""Running the pipeline's Dagster job in this process, recorded in the home's instance.

Belongs here: the instance and a run in it. Does not belong here: what a run does (pipeline), what Dagster's own
processes load (definitions).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestration import replays
from orchestration.contracts import load_contracts
from orchestration.ingestion import resolution
from orchestration.observer import Observer
from orchestration.run_report import GateRefusedError, RunOptions, RunReport, was_stopped
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse, run_lock, transaction

if TYPE_CHECKING:
    from orchestration.pipeline import Pipeline


def run(settings: Settings, options: RunOptions | None = None, observer: Observer | None = None, now: datetime | None = None) -> RunReport:
    """Load what is new, build the models where anything they rest on has changed, and publish what every gate let pass.

    Args:
        settings: the home and everything else that is set.
        options: what this run was told.
        observer: who is told how it goes on.
        now: the time of the run, naive UTC; default the machine's.

    Returns:
        What was done. A replay (`known_at`, another `as_of` than the home's day, `select`) loads nothing, builds in a
        home of its own under `replays/`, and is recorded there.

    Raises:
        LandingError, MappingError, ClockError, WarehouseError, TransformError, PublishError, RunError: the run could not go on.
        KeyboardInterrupt: it was stopped.

    """
    from orchestration.definitions import build_defs  # noqa: PLC0415
    from orchestration.defs.history import open_history, silent_logger  # noqa: PLC0415  (Dagster takes seconds to import)
    from orchestration.defs.resources import pipeline_resource  # noqa: PLC0415

    begun: list[Pipeline] = []
    resource = pipeline_resource(settings, options, observer, now=now, is_attended=True, begun=begun.append)
    told = options is not None and (options.as_of or options.known_at or options.select)
    record = settings.model_copy(update={"home": settings.home / replays.FOLDER}) if told else settings
    with open_history(record) as instance:
        job = build_defs(settings, resource, {"silent": silent_logger()}).resolve_job_def("pipeline")
        result = job.execute_in_process(run_config={"loggers": {"silent": {}}}, instance=instance, raise_on_error=False)
    if not begun:
        failures = [str(e.event_specific_data) for e in result.all_events if e.is_failure]
        if any("Interrupt" in words for words in failures) or not failures:
            raise KeyboardInterrupt
        msg = f"the run could not begin: {failures[-1]}"
        raise RuntimeError(msg)
    report = begun[0].report
    if was_stopped(report.error):
        raise KeyboardInterrupt
    if report.error is not None and not isinstance(report.error, GateRefusedError):
        raise report.error
    if not result.success and report.exit_code == 0:
        messages = [str(e.message) for e in result.all_events if e.is_failure]
        msg = f"the run was not recorded as Dagster wants it: {'; '.join(messages)}"
        raise RuntimeError(msg)
    return report


def dismiss(settings: Settings, table: str, reason: str) -> int:
    """Close what waits in quarantine of a table, because a person has decided so.

    Returns:
        How many records and files were closed; they stay in quarantine with the reason.

    """
    contracts = load_contracts()
    with run_lock(settings), open_warehouse(settings, contracts) as connection, transaction(connection):
        return resolution.dismiss(connection, table, reason, datetime.now(UTC).replace(tzinfo=None))
