"""How a run looks while it goes on, in a terminal and in a log.

Belongs here: drawing progress. Does not belong here: anything that a run does.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Display:
    """Steps with a bar each; in a log, one line a step."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Progress(
            SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("[dim]{task.fields[words]}"), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self.present: TaskID | None = None

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        self.bars.stop()

    def _finish(self) -> None:
        if self.present is not None:
            task = self.bars.tasks[self.present]
            total = task.total or 1
            self.bars.update(self.present, total=total, completed=total, words="")

    def step(self, name: str) -> None:
        """A step begins; the one before is done."""
        self._finish()
        self.present = self.bars.add_task(name, total=None, words="")
        if not self.console.is_terminal:
            self.console.print(f"{name} …")

    def detail(self, words: str) -> None:
        """What the present step is at."""
        if self.present is None:
            self.console.print(words, highlight=False)
        else:
            self.bars.update(self.present, words=words)

    def progress(self, name: str, done: int, total: int) -> None:
        """How far the present step is."""
        if self.present is not None:
            self.bars.update(self.present, completed=done, total=total or None, words=name)
