"""Logs under the home: one JSON object a line, rotated, without personal data. A leaf: imports only settings.

Belongs here: where log lines go and what they look like. Does not belong here: what is logged (each module's own logger,
whose messages are fixed words and whose `extra` holds ids of runs, names of tables, counts and codes, never a row's value).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler

from orchestration.settings import Settings

LARGEST, KEPT = 5_000_000, 5
FIELDS = ("run_id", "step", "seconds", "outcome", "code", "way", "error", "where", "places", "port", "development_mode", "page")
ROOT = "plumbline"


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Of what was given as extra only the fields named here, of an error only its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        told |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
            told |= {"error": record.exc_info[0].__name__, "where": where}
        return json.dumps(told, default=str, ensure_ascii=False)


def write_to(settings: Settings, name: str) -> None:
    """Send what Plumbline's loggers say to `<name>.log` of the home, in place of where it went before.

    Args:
        settings: whose home.
        name: run or dashboards: one file a kind of process, since two processes must not rotate one file.

    """
    settings.logs_folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(settings.logs_folder / f"{name}.log", maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(ROOT)
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
