"""When the pipeline runs by itself, and who hears when it does not go well.

Belongs here: job, schedule, sensors. Does not belong here: what a run does (pipeline), how a message is sent (alerts).
"""

import json
import time
from collections.abc import Iterator

from dagster import (
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    run_failure_sensor,
    sensor,
)

from orchestration import alerts, publishing
from orchestration.clock import zone
from orchestration.ingestion import arrivals
from orchestration.settings import Settings

PIPELINE = define_asset_job(
    "pipeline",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="Landing files to published snapshot. Runs wait for each other.",
)


def daily(settings: Settings) -> ScheduleDefinition:
    """One run a day, at the time that is set.

    Raises:
        ClockError: the business time zone is none.

    """
    hour, minute = settings.daily_at.split(":")
    return ScheduleDefinition(
        name="daily", job=PIPELINE, cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=zone(settings.business_timezone).key, default_status=DefaultScheduleStatus.RUNNING,
        description=f"Every day at {settings.daily_at}, {settings.business_timezone}.",
    )  # fmt: skip


def settled_files(settings: Settings) -> SensorDefinition:
    """A run when files have come and none of them is still changing."""

    @sensor(
        name="landing", job=PIPELINE, minimum_interval_seconds=settings.look_every_seconds, default_status=DefaultSensorStatus.RUNNING,
        description="Starts a run when files in the landing folder have changed and have settled: alike on two looks, and old enough.",
    )  # fmt: skip
    def landing_sensor(context: SensorEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        """Look, remember, and start a run once what is there has been seen alike twice."""
        before = json.loads(context.cursor) if context.cursor else {"seen": None, "started": None}
        signature, youngest = arrivals.signature(settings.landing_folder)
        context.update_cursor(json.dumps({"seen": signature, "started": before["started"]}))
        if signature is None:
            yield SkipReason(f"there is nothing in {settings.landing_folder}")
        elif signature == before["started"]:
            yield SkipReason("nothing has changed since the last run that this sensor started")
        elif signature != before["seen"] or 0 <= time.time() - youngest < settings.settle_seconds:  # of the future: another machine's clock
            yield SkipReason("files are arriving; waiting until they have settled")
        else:
            context.update_cursor(json.dumps({"seen": signature, "started": signature}))
            yield RunRequest()  # no run_key: a file that is put back must start a run although its state was seen before

    return landing_sensor


def failure_alert(settings: Settings) -> SensorDefinition:
    """A message when a run of this home failed or a gate refused, whoever started it."""

    @run_failure_sensor(
        name="failure_alert", default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=settings.look_every_seconds,
        monitor_all_code_locations=True,  # runs of the command line come from none
        description="Sends a message by webhook and e-mail, where they are set.",
    )  # fmt: skip
    def alert(context: RunFailureSensorContext) -> None:
        """Tell how the run went, in the words of the home's status, or in Dagster's where there is none of this run."""
        subject, words = failure_words(
            settings, context.dagster_run.run_id, context.failure_event.message or DagsterRunStatus.FAILURE.value
        )
        went = alerts.send(settings, subject, words)
        context.log.info(f"alert sent by {', '.join(went)}" if went else "no way to send alerts is set")

    return alert


def failure_words(settings: Settings, run_id: str, message: str) -> tuple[str, str]:
    """Subject and text of an alert."""
    status = publishing.read_status(settings) or {}
    run = status.get("run") or {}
    if run.get("dagster_run_id") != run_id:
        return "Plumbline: a run failed", f"Run {run_id} failed: {message}\nPeople still read the snapshot before."
    lines = [f"{run['outcome']} ({run['code']}): {run['words']}"]
    lines += [f"gate {g['gate']}, {g['subject']}: {g['detail']}" for g in status.get("gates", []) if not g["passed"]]
    return f"Plumbline: a run {'was refused' if run['outcome'] == 'refused' else 'failed'}", "\n".join(lines)
