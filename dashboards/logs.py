"""The dashboards' log: one JSON object a line, rotated, without personal data.

Belongs here: where it goes and how a line looks. Does not belong here: what is logged.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

FIELDS = ("code", "error", "places", "port", "development_mode", "page")


class OneLine(logging.Formatter):
    """A record as a JSON object: only fields that are named here, so that nothing slips in."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        return json.dumps(line, ensure_ascii=False)


def log_to(folder: Path) -> None:
    """Write the log of this process to dashboards.log in a folder; five files of a megabyte are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "dashboards.log", maxBytes=1_000_000, backupCount=4, encoding="utf-8")
    handler.setFormatter(OneLine())
    logger = logging.getLogger("plumbline.dashboards")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
