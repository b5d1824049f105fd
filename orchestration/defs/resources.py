"""What a Dagster run holds from its start to its end: the pipeline, with the run lock in it.

Belongs here: turning a run's configuration into options, and killed runs into failed ones. Does not belong here: steps.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from dagster import DagsterInstance, DagsterRunStatus, Field, InitResourceContext, Noneable, ResourceDefinition, RunsFilter, String

from orchestration import logs
from orchestration.observer import Observer, Silent
from orchestration.pipeline import Pipeline
from orchestration.run_report import RunOptions
from orchestration.settings import Settings

BEGUN = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
CONFIG = {
    "as_of": Field(Noneable(String), default_value=None, description="Business day to compute for; not the home's own: a replay."),
    "system": Field(Noneable(String), default_value=None, description="Read the landing folder as an export of this system."),
}


class RunLog(Silent):
    """Says in Dagster's log what a run is at."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say

    def step(self, name: str) -> None:
        """A step begins."""
        self.say(name)

    def detail(self, words: str) -> None:
        """What the present step is at."""
        self.say(words)

    def progress(self, name: str, done: int, total: int) -> None:
        """Every twenty-fifth model."""
        if done % 25 == 0 or done == total:
            self.say(f"{done} of {total}: {name}")


def pipeline_resource(
    settings: Settings | None = None,
    options: RunOptions | None = None,
    observer: Observer | None = None,
    *,
    now: datetime | None = None,
    is_attended: bool = False,
    begun: Callable[[Pipeline], None] = lambda _pipeline: None,
) -> ResourceDefinition:
    """The resource `pipeline` of a run.

    Args:
        settings: whose home; default: the environment's when the run begins.
        options: what the run was told; default: its Dagster configuration.
        observer: who is told how it goes on; default: Dagster's log.
        now: the time of the run, naive UTC; default: the machine's.
        is_attended: somebody waits for it and sees its errors; nothing is tried again by itself.
        begun: told the pipeline when it holds the lock.

    """

    @contextmanager
    def begin(context: InitResourceContext) -> Iterator[Pipeline]:
        home = settings or Settings()
        if not is_attended:
            logs.write_to(home, "run")  # nothing is said before the run lock is held: one process writes at a time
        told = options or _options(context.resource_config)
        log = context.log
        watcher = observer or (RunLog(log.info) if log is not None else Silent())
        run_id = context.run.run_id if context.run is not None else "none"
        with _alive(home.dagster_folder, run_id), Pipeline(home, told, watcher, now) as running:
            running.dagster_run_id, running.is_attended = run_id, is_attended
            begun(running)
            if context.instance is not None:
                fail_killed_runs(context.instance, home.dagster_folder)
            yield running

    return ResourceDefinition(begin, config_schema=CONFIG, description="A run of the home: its lock, its options, its report.")


def _options(config: dict[str, str | None]) -> RunOptions:
    as_of = config.get("as_of")
    return RunOptions(system=config.get("system"), as_of=date.fromisoformat(as_of) if as_of else None)


@contextmanager
def _alive(folder: Path, run_id: str) -> Iterator[None]:
    """Hold a lock that says that this run lives; the operating system lets go of it however the process ends."""
    sign = folder / "running" / run_id
    sign.parent.mkdir(parents=True, exist_ok=True)
    draft = sign.with_name(f".{run_id}")
    with draft.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        draft.rename(sign)  # there only once it is locked: nobody takes a run that begins for one that was killed
        try:
            yield
        finally:
            sign.unlink(missing_ok=True)


def fail_killed_runs(instance: DagsterInstance, folder: Path) -> list[str]:
    """Mark as failed the runs that Dagster takes for running and whose process is gone. Called while the run lock is held.

    Returns:
        Their ids.

    """
    failed = []
    for run in instance.get_runs(RunsFilter(statuses=BEGUN)):
        sign = folder / "running" / run.run_id
        try:
            handle = sign.open("r+", encoding="utf-8")
        except FileNotFoundError:
            continue  # begun a moment ago, ended a moment ago, or not one of ours
        with handle:
            if not _is_free(handle) or not sign.exists():  # a run that ends takes its sign away before it lets go of it
                continue
        instance.report_run_failed(run, "The process of this run ended without a word: killed, or the machine stopped.")
        sign.unlink(missing_ok=True)
        failed.append(run.run_id)
    return failed


def _is_free(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
