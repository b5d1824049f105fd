"""Who is told how a run goes on.

Belongs here: what such a listener is. Does not belong here: any that shows something (display, defs/resources).
"""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Who is told how a run goes on."""

    def step(self, name: str) -> None:
        """A step begins."""

    def detail(self, words: str) -> None:
        """What the present step is at."""

    def progress(self, name: str, done: int, total: int) -> None:
        """How far the present step is."""


class Silent:
    """An observer that says nothing."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def detail(self, words: str) -> None:
        """Say nothing."""

    def progress(self, name: str, done: int, total: int) -> None:
        """Say nothing."""
