"""What is built once a session and read by all its processes."""

import fcntl
from collections.abc import Callable
from pathlib import Path


def built_once(session_folder: Path, name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the session, built by whoever comes first while the others wait."""
    folder = session_folder / name
    with (session_folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            build(folder)
            (folder / "built").touch()
    return folder
