"""What a bench measured, and how it is shown.

Belongs here: the figures, their limits and units, tables for the terminal. Does not belong here: measuring (bench).
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

LIMITS = {
    "generate 1,000 people": 10.0, "generate 100,000 people": 300.0, "generate 100,000 people, memory": 6144.0,
    "generate 6 years against 3, memory": 1.5,
    "ingest csv": 4.0, "ingest parquet": 4.0, "new file csv": 2.5, "new file parquet": 2.5, "same file csv": 0.1,
    "same file parquet": 0.1, "run against dbt": 1.5, "growth": 14.0, "equal inputs": 10.0,
}  # fmt: skip
UNITS = {  # of the figures that are no ratios
    "generate 1,000 people": " s", "generate 100,000 people": " s", "generate 100,000 people, memory": " MB", "equal inputs": " s",
}  # fmt: skip


@dataclass
class Measured:
    """Wall seconds and peak resident memory of one process."""

    seconds: float
    peak_mb: float


@dataclass
class Figures:
    """All that a bench measured: the figure, what it may be at most, and the measurements behind it."""

    machine: dict[str, str | int]
    figures: dict[str, float] = field(default_factory=dict)
    at_most: dict[str, float] = field(default_factory=dict)
    measured: dict[str, list[Measured]] = field(default_factory=dict)
    pages: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        """Keep a figure beside its limit."""
        self.figures[name] = round(value, 3)
        self.at_most[name] = LIMITS[name]


def show(console: Console, figures: Figures) -> None:
    """Print the figures beside their limits, then what is behind them."""
    table = Table(title="Figures", title_justify="left")
    for name in ("figure", "measured", "at most"):
        table.add_column(name, justify="left" if name == "figure" else "right")
    for name, value in figures.figures.items():
        good = value <= figures.at_most[name]
        unit = UNITS.get(name, "×")
        table.add_row(name, f"{value:.2f}{unit}", f"{figures.at_most[name]:g}{unit}", style=None if good else "bold red")
    console.print(table)
    detail = Table(title="Behind them (medians)", title_justify="left")
    for name in ("what", "seconds", "peak memory"):
        detail.add_column(name, justify="left" if name == "what" else "right")
    for name, measured in figures.measured.items():
        detail.add_row(name, f"{statistics.median(m.seconds for m in measured):.2f}", f"{max(m.peak_mb for m in measured):,.0f} MB")
    console.print(detail)
    for people, pages in figures.pages.items():
        shown = Table(title=f"Pages at {people}, in Chromium (seconds)", title_justify="left")
        for name in ("page", "cold", "warm", "its queries alone"):
            shown.add_column(name, justify="left" if name == "page" else "right")
        for name, seconds in pages.items():
            shown.add_row(name, *(f"{seconds[kind]:.3f}" for kind in ("cold", "warm", "queries")))
        console.print(shown)
