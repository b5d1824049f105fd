"""What lies in the landing folder at a glance: enough to tell that something has come and whether it is still coming.

Belongs here: names, sizes and times of files. Does not belong here: reading them (landing, readers).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from orchestration.ingestion.landing import UNFINISHED


def signature(folder: Path) -> tuple[str | None, float]:
    """A hash of names, sizes and times of all files, unfinished ones among them, and the time of the youngest change.

    Returns:
        None and 0 where there is no file or no folder.

    """
    digest, youngest, anything = hashlib.sha256(), 0.0, False
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        try:
            about = path.stat()
        except FileNotFoundError:  # renamed or taken away while we look
            continue
        if path.is_dir() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        anything = anything or not path.name.lower().endswith(UNFINISHED)
        youngest = max(youngest, about.st_mtime)
        digest.update(f"{path.relative_to(folder)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return (digest.hexdigest(), youngest) if anything else (None, 0.0)
