"""What a run is told and what it reports.

Belongs here: plain objects that the steps, the command line and Dagster hand each other. Does not belong here: any step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from orchestration.clock import Clock
from orchestration.gates import GateResult
from orchestration.headlines import Headlines
from orchestration.ingestion.load import IngestReport
from orchestration.publishing import Published, gate_words, words_of
from orchestration.transform import BuildReport


class RunError(RuntimeError):
    """A run that cannot go on. The message says what is missing and what to do."""


def was_stopped(error: BaseException | None) -> bool:
    """Whether a person (Ctrl-C) or the system (SIGTERM) ended the run, whatever libraries have made of it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or "Interrupt" in type(error).__name__:
            return True
        error = error.__cause__ or error.__context__
    return False


class GateRefusedError(RuntimeError):
    """What was built may not go to people. The message names the gates."""


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told; see `plumbline run --help`."""

    system: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    select: tuple[str, ...] = ()
    no_ml: bool = False
    check_sources: bool = False
    publish: bool = False


@dataclass
class RunReport:
    """What a run did."""

    run_id: str
    home: Path
    clock: Clock | None = None
    ingest: IngestReport = field(default_factory=IngestReport)
    build: BuildReport = field(default_factory=BuildReport)
    source_check: BuildReport | None = None
    gate_results: list[GateResult] = field(default_factory=list)
    nothing_to_do: bool = False
    is_replay: bool = False
    headlines: Headlines | None = None
    published: Published | None = None
    failed_step: str | None = None
    error: BaseException | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all gates passed, 3 a gate refused, 1 a model could not be built."""
        if self.build.failed:
            return 1
        return 3 if self.refused else 0

    def outcome(self) -> tuple[str, str | None, str]:
        """How the run went in a word, an error code, and a sentence that quotes no row of data."""
        if was_stopped(self.error):
            return "failed", "PL-STOPPED", "The run was stopped before its end. The next one goes on from there."
        if self.error is not None and not isinstance(self.error, GateRefusedError):
            return "failed", f"PL-{(self.failed_step or 'run').upper()}", words_of(self.error)
        if self.build.failed:
            names = ", ".join(self.build.failed)
            return "failed", "PL-BUILD", f"These models could not be built: {names}. People still read the snapshot before."
        if self.refused:
            names = ", ".join(dict.fromkeys(f"{g.gate} of {g.subject}" for g in self.refused))
            return "refused", "PL-GATE", f"Built, but not published: {names} did not pass. People still read the snapshot before."
        if self.published is None:
            return "failed", "PL-RUN", "The run ended before it could publish."
        if self.published.is_new:
            as_of = f"{self.clock.as_of:%-d %b %Y}" if self.clock else "no day"
            return "published", None, f"Published {self.published.n_tables} tables as of {as_of}."
        return "unchanged", None, "Nothing has changed since the last snapshot, which stands."

    def refusal(self) -> str | None:
        """Why what was built may not go to people, quoting no row of data; None where it may."""
        if self.build.failed:
            return f"not published: {', '.join(self.build.failed)} could not be built"
        words = "; ".join(f"gate {g.gate} refused {g.subject}: {gate_words(g)}" for g in self.refused)
        return f"not published: {words}" if words else None

    @property
    def refused(self) -> list[GateResult]:
        """The gates that did not let the numbers pass."""
        return [g for g in self.gate_results if not g.passed]
