"""A load in a process of its own that is killed at a named point, at some time, or runs out of disk.

Belongs here: what happens in the child. Does not belong here: what the warehouse must hold afterwards.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from orchestration import warehouse
from orchestration.contracts import load_contracts
from orchestration.ingestion import findings, merge, quarantine, rules, stage
from orchestration.ingestion.load import Loader
from tests.pipeline.killed import kill_at
from tests.pipeline.landing_home import Home

SOME = ("departments", "positions", "employees", "job_history", "review_cycles", "goals")
CHILDREN = get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.pipeline.killed_load"])


def home_of(folder: Path) -> Home:
    """The home in a folder, under the contracts of a few tables."""
    contracts = load_contracts()
    return Home(folder, {table: contracts[table] for table in contracts if table in SOME})


def _of_employees(*arguments: Any) -> bool:
    return any(getattr(a, "table", None) == "employees" for a in arguments)


POINTS: dict[str, Callable[[], None]] = {
    "while the warehouse is made": lambda: kill_at(warehouse, "ensure_raw_tables"),
    "between tables": lambda: kill_at(Loader, "_load_table", when=_of_employees),
    "in a load, after the first file is staged": lambda: kill_at(stage, "add", when=_of_employees, after=True),
    "in a load, after all files are staged": lambda: kill_at(merge, "merge", when=_of_employees),
    "in the merge, after raw is written": lambda: kill_at(quarantine, "keep", when=_of_employees),
    "in the merge, before the commit": lambda: kill_at(
        findings, "leave_unchecked", when=lambda _, table, __: table == "employees", after=True
    ),
    "after the commit": lambda: kill_at(quarantine, "retry", when=_of_employees),
    "before the commit of what was released": lambda: kill_at(quarantine, "retry", when=_of_employees, after=True),
    "before the rules are checked": lambda: kill_at(rules, "check"),
    "after the rules are checked, before their commit": lambda: kill_at(rules, "check", after=True),
}


def _child(folder: str, now: datetime, point: str | None, most_bytes: int | None, answer: Connection) -> None:
    if point:
        POINTS[point]()
    if most_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    home = home_of(Path(folder))
    try:
        if point == "while the warehouse is made":  # the name that landing_home imported is another
            with warehouse.open_warehouse(home.settings, home.contracts):
                pass
        home.run(now)
    except Exception as error:  # noqa: BLE001  (told to the parent)
        answer.send(f"{type(error).__name__}: {error}")
    else:
        answer.send("")


def load_in_child(
    folder: Path, now: datetime, *, point: str | None = None, after_seconds: float | None = None, most_bytes: int | None = None
) -> tuple[bool, str]:
    """Load in a child process.

    Args:
        folder: the home.
        now: the run's time.
        point: one of POINTS, where the child kills itself with SIGKILL.
        after_seconds: when it is killed from outside, unless it has ended by then.
        most_bytes: the size beyond which no file of it may grow, as on a full disk.

    Returns:
        Whether it was killed; the error that it ended with ("" for none).

    """
    here, there = CHILDREN.Pipe(duplex=False)
    child = CHILDREN.Process(target=_child, args=(str(folder), now, point, most_bytes, there))
    child.start()
    there.close()
    child.join(after_seconds)
    if child.is_alive():
        child.kill()
        child.join()
    said = ""
    try:
        said = here.recv() if here.poll() else ""
    except EOFError:
        said = ""
    assert child.exitcode in {0, -signal.SIGKILL}, child.exitcode
    return child.exitcode == -signal.SIGKILL, said
