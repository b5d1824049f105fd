"""A load in a process of its own that is killed at a named point, at some time, or runs out of disk.

Belongs here: what happens in the child. Does not belong here: what the warehouse must hold afterwards.
"""

from __future__ import annotations

import os
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
from tests.pipeline.landing_home import Home

SOME = ("departments", "positions", "employees", "job_history", "review_cycles", "goals")
CHILDREN = get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.pipeline.killed_load"])


def home_of(folder: Path) -> Home:
    """The home in a folder, under the contracts of a few tables."""
    contracts = load_contracts()
    return Home(folder, {table: contracts[table] for table in contracts if table in SOME})


def _kill(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_when(place: Any, name: str, is_it: Callable[..., bool], *, after: bool = False) -> None:
    """Replace a function by one that kills the process when its arguments say so."""
    original = getattr(place, name)

    def replaced(*arguments: Any, **named: Any) -> Any:
        hit = is_it(*arguments)
        if hit and not after:
            _kill()
        result = original(*arguments, **named)
        if hit:
            _kill()
        return result

    setattr(place, name, replaced)


def _of_employees(*arguments: Any) -> bool:
    return any(getattr(a, "table", None) == "employees" for a in arguments)


def _always(*_: Any) -> bool:
    return True


POINTS: dict[str, Callable[[], None]] = {
    "while the warehouse is made": lambda: _kill_when(warehouse, "ensure_raw_tables", _always),
    "between tables": lambda: _kill_when(Loader, "_load_table", _of_employees),
    "in a load, after the first file is staged": lambda: _kill_when(stage, "add", _of_employees, after=True),
    "in a load, after all files are staged": lambda: _kill_when(merge, "merge", _of_employees),
    "in the merge, after raw is written": lambda: _kill_when(quarantine, "keep", _of_employees),
    "in the merge, before the commit": lambda: _kill_when(
        findings, "leave_unchecked", lambda _, table, __: table == "employees", after=True
    ),
    "after the commit": lambda: _kill_when(quarantine, "retry", _of_employees),
    "before the commit of what was released": lambda: _kill_when(quarantine, "retry", _of_employees, after=True),
    "before the rules are checked": lambda: _kill_when(rules, "check", _always),
    "after the rules are checked, before their commit": lambda: _kill_when(rules, "check", _always, after=True),
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
