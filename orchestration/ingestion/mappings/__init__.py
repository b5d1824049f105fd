"""How the exports of a system become the contract's tables.

A folder a system; in it one `<table>.sql` for each contract table it can fill: a SELECT over views that are named after
the export's files, each with the export's columns as text and `record_number`. Its rows pass the same checks as files
that come in the contract's own shape; what it had to assume stands in `source_note`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.ingestion.landing import LandedFile

FOLDER = Path(__file__).resolve().parent


class MappingError(ValueError):
    """A mapping that does not exist or cannot be run. The message names it and says what to do."""


@dataclass(frozen=True)
class Mapping:
    """One table of one system."""

    table: str
    sql: str

    @property
    def fingerprint(self) -> str:
        """Changes with the mapping's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def reads(self, export: str) -> bool:
        """Whether the mapping selects from the view of an export."""
        return re.search(rf"\b{re.escape(export)}\b", self.sql, re.IGNORECASE) is not None


def systems() -> list[str]:
    """Names that --system takes."""
    return sorted(p.name for p in FOLDER.iterdir() if p.is_dir() and any(p.glob("*.sql")))


def load(system: str) -> dict[str, Mapping]:
    """The mappings of a system by contract table.

    Raises:
        MappingError: there is no such system.

    """
    if system not in systems():
        msg = f"there is no mapping for the system {system!r}; there is one for: {', '.join(systems())}"
        raise MappingError(msg)
    return {p.stem: Mapping(p.stem, p.read_text(encoding="utf-8")) for p in sorted((FOLDER / system).glob("*.sql"))}


@dataclass(frozen=True)
class Export:
    """All files of a system that stood together at one time: the newest of each name by then."""

    at: datetime | None
    files: tuple[LandedFile, ...]


def exports(files: tuple[LandedFile, ...]) -> list[Export]:
    """The states of a system's export over time, oldest first; files without a declared time are of the newest state."""
    times = sorted({f.declared_at for f in files if f.declared_at is not None})
    states: list[Export] = []
    for at in [*times, *([None] if any(f.declared_at is None for f in files) else [])]:
        newest: dict[str, LandedFile] = {}
        for file in files:
            if at is None or (file.declared_at is not None and file.declared_at <= at):
                newest[file.subject] = file
        states.append(Export(at, tuple(sorted(newest.values(), key=lambda f: f.name))))
    return states
