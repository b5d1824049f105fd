"""Runs of one home take turns, whoever starts them, and one that is killed holds up nobody."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter, job, op

from orchestration import publishing
from orchestration.defs.history import write_configuration
from orchestration.defs.resources import _alive, fail_killed_runs
from orchestration.settings import CHECKOUT, Settings
from orchestration.warehouse import run_lock

PATIENCE = 300.0
COMMAND_LINE = [sys.executable, "-m", "orchestration.cli", "run"]
AS_THE_SCHEDULE_DOES = [
    str(Path(sys.executable).with_name("dagster")),
    "job",
    "execute",
    "-m",
    "orchestration.definitions",
    "-j",
    "pipeline",
]


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does.

    Raises:
        AssertionError: it has not come to pass within five minutes.

    """
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited {PATIENCE:g} s for this: {what}"
        time.sleep(0.05)


@dataclass
class Home:
    """A home in which processes run."""

    folder: Path

    def begin(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a run that looks a second time at files changed within the last ten minutes."""
        said = {"PLUMBLINE_HOME": str(self.folder), "DAGSTER_HOME": str(self.folder / "dagster"), "PLUMBLINE_SETTLE_SECONDS": "600"}
        return subprocess.Popen(
            command, env={**os.environ, **said}, cwd=CHECKOUT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    @staticmethod
    def end(processes: Iterable[subprocess.Popen[str]]) -> None:
        """Leave none behind, however the test ends."""
        for process in processes:
            process.kill()
            process.wait()

    def holder(self) -> int:
        """The process that holds the run lock."""
        word, _, number = (self.folder / "run.lock").read_text(encoding="utf-8").partition(" ")
        return int(number) if word == "process" and number else 0

    def is_locked(self) -> bool:
        with (self.folder / "run.lock").open("a", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def alive(self) -> set[str]:
        """Ids of the runs that have given a sign of life."""
        folder = self.folder / "dagster" / "running"
        return {p.name for p in folder.iterdir() if not p.name.startswith(".")} if folder.exists() else set()


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Home:
    """A copy of the demo, whose files have long settled, and whose next run finds nothing to do."""
    home = Home(Path(shutil.copytree(demo_home, tmp_path / "home")))
    for file in (home.folder / "landing").iterdir():
        os.utime(file, (0, 0))
    return home


def test_runs_started_together_take_turns_and_one_that_is_killed_holds_up_nobody(home: Home) -> None:
    """Two runs of the command line and one begun as Dagster's daemon begins runs; whichever comes first is killed at its work."""
    fresh = home.folder / "landing" / "employees.parquet"
    commands = (COMMAND_LINE, COMMAND_LINE, AS_THE_SCHEDULE_DOES)
    with run_lock(Settings(home=home.folder)):  # until all of them wait for it
        processes = {process.pid: process for process in map(home.begin, commands)}
        try:
            wait_until(lambda: len(home.alive()) == 3, "all runs wait for the lock")
        except AssertionError:
            home.end(processes.values())
            raise
        fresh.touch()  # a file changed just now: the first run looks again after a while, which lasts as long as the test
    try:
        wait_until(lambda: home.holder() in processes, "one of them is at work")
        with DagsterInstance.from_config(str(home.folder / "dagster")) as instance:
            begun = {r.run_id for r in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED]))}
            assert begun == home.alive()
            assert fail_killed_runs(instance, home.folder / "dagster") == [], "neither one at work nor one that waits"
        os.utime(fresh, (0, 0))
        killed = processes[home.holder()]
        killed.send_signal(signal.SIGKILL)
        said = [process.communicate(timeout=PATIENCE)[0] for process in processes.values()]
    finally:
        home.end(processes.values())
    assert killed.returncode == -signal.SIGKILL
    assert [process.returncode for process in processes.values() if process is not killed] == [0, 0], said

    with DagsterInstance.from_config(str(home.folder / "dagster")) as instance:
        runs = {run.run_id: run for run in instance.get_runs()}
        assert len(runs) == 4, "the demo's own and three"
        [failed] = [run for run in runs.values() if run.status == DagsterRunStatus.FAILURE]
        [words] = [e.user_message or e.message for e in instance.all_logs(failed.run_id, of_type=DagsterEventType.PIPELINE_FAILURE)]
        assert "killed, or the machine stopped" in words
        good = [run for run in runs.values() if run.status == DagsterRunStatus.SUCCESS]
        assert len(good) == 3
        assert instance.event_log_storage.get_concurrency_keys() == set(), "no pool, no slot that a killed run could keep"
        spans = sorted(at_work(instance, run) for run in good)
    assert all(ended <= begins for (_, ended), (begins, _) in itertools.pairwise(spans)), "one after the other"
    assert home.alive() == set()
    assert not home.is_locked()
    assert publishing.read_status(Settings(home=home.folder))["run"]["outcome"] == "unchanged"


def at_work(instance: DagsterInstance, run: DagsterRun) -> tuple[float, float]:
    """When the first step of a run began and the last one ended."""
    steps = instance.get_run_step_stats(run.run_id)
    return min(s.start_time or 0.0 for s in steps), max(s.end_time or 0.0 for s in steps)


# ------------------------------------------------------------------ signs of life


@op
def nothing() -> None:
    pass


@job
def idle() -> None:
    nothing()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    settings = Settings(home=tmp_path)
    write_configuration(settings)
    with DagsterInstance.from_config(str(settings.dagster_folder)) as opened:
        yield opened


def begun_run(instance: DagsterInstance, status: DagsterRunStatus = DagsterRunStatus.STARTED) -> DagsterRun:
    return instance.create_run_for_job(idle, status=status)


def status_of(instance: DagsterInstance, run: DagsterRun) -> DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING])
def test_a_run_whose_process_is_gone_is_marked_as_failed(instance: DagsterInstance, tmp_path: Path, status: DagsterRunStatus) -> None:
    run = begun_run(instance, status)
    sign = tmp_path / "dagster" / "running" / run.run_id
    sign.parent.mkdir()
    sign.touch()
    assert fail_killed_runs(instance, tmp_path / "dagster") == [run.run_id]
    assert status_of(instance, run) == DagsterRunStatus.FAILURE
    assert not sign.exists()
    assert fail_killed_runs(instance, tmp_path / "dagster") == []


def test_a_run_that_lives_is_left_alone_from_its_first_moment_on(instance: DagsterInstance, tmp_path: Path) -> None:
    """Before it has given a sign of life, while it holds it, and after it has let go of it."""
    run, waits = begun_run(instance), begun_run(instance, DagsterRunStatus.NOT_STARTED)
    assert fail_killed_runs(instance, tmp_path / "dagster") == []
    with _alive(tmp_path / "dagster", run.run_id):
        assert fail_killed_runs(instance, tmp_path / "dagster") == []
    assert fail_killed_runs(instance, tmp_path / "dagster") == []
    assert status_of(instance, run) == DagsterRunStatus.STARTED
    assert status_of(instance, waits) == DagsterRunStatus.NOT_STARTED


def test_a_run_that_ends_while_it_is_looked_at_is_left_alone(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes its sign away, then lets go of it; both may happen after its sign was opened."""
    run = begun_run(instance)
    ending = ExitStack()
    ending.enter_context(_alive(tmp_path / "dagster", run.run_id))
    lock = fcntl.flock

    def ends_first(handle: int, how: int) -> None:
        ending.close()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", ends_first)
    assert fail_killed_runs(instance, tmp_path / "dagster") == []
    assert status_of(instance, run) == DagsterRunStatus.STARTED


def test_a_sign_of_life_is_never_there_without_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run that begins at this moment would be taken for one that was killed."""
    lock, seen = fcntl.flock, list[bool]()

    def watched(handle: int, how: int) -> None:
        seen.append((tmp_path / "running" / "a-run").exists())
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", watched)
    with _alive(tmp_path, "a-run"):
        assert (tmp_path / "running" / "a-run").exists()
    assert seen == [False]
    assert list((tmp_path / "running").iterdir()) == []
