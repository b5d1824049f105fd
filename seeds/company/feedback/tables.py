"""Stub."""

from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows


def write(history: History, rows: Rows, evidence: Evidence) -> None:
    """Not yet."""
