"""Replays: a past clock, or a part of the models, built in a home of their own so that nothing is overwritten.

Belongs here: what counts as a replay and where it is built. Does not belong here: building (runner).
"""

from __future__ import annotations

import hashlib
import shutil
from datetime import date, datetime

from orchestration.clock import home_day
from orchestration.contracts import Contract
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

FOLDER = "replays"


def is_replay(
    settings: Settings,
    contracts: dict[str, Contract],
    as_of: date | None,
    known_at: datetime | None,
    select: tuple[str, ...],
    now: datetime,
) -> bool:
    """Whether what a run was told would overwrite the home's present numbers by other ones."""
    if known_at is not None or select:
        return True
    if as_of is None or not settings.warehouse_file.exists():
        return False
    with open_warehouse(settings, contracts) as connection:
        return as_of != home_day(connection, settings, now)


def scratch_home(
    settings: Settings, contracts: dict[str, Contract], as_of: date | None, known_at: datetime | None, select: tuple[str, ...]
) -> Settings:
    """A copy of the home's warehouse under replays/, named after what is replayed.

    Raises:
        FileNotFoundError: the home has no warehouse yet.

    """
    if not settings.warehouse_file.exists():
        msg = f"there is nothing to replay: {settings.warehouse_file} does not exist. Run `plumbline run` first"
        raise FileNotFoundError(msg)
    parts = [
        f"as-of-{as_of}" if as_of else "",
        f"known-at-{known_at:%Y-%m-%dT%H%M%S}" if known_at else "",
        f"select-{hashlib.sha256(' '.join(select).encode()).hexdigest()[:8]}" if select else "",
    ]
    scratch = settings.model_copy(update={"home": settings.home / FOLDER / "_".join(p for p in parts if p)})
    scratch.home.mkdir(parents=True, exist_ok=True)
    with open_warehouse(settings, contracts) as connection:
        connection.execute("checkpoint")
    draft = scratch.warehouse_file.with_suffix(".copying")
    shutil.copy2(settings.warehouse_file, draft)
    scratch.warehouse_file.with_name(f"{scratch.warehouse_file.name}.wal").unlink(missing_ok=True)  # of a replay that was killed
    draft.replace(scratch.warehouse_file)
    return scratch
