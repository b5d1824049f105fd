"""Writes the tables of limits that the interval macros read: t_quantiles.csv and poisson_limits.csv.

Here belongs how the tables are computed and how far they reach. The formulas that go on beyond them (Cornish–Fisher
for t, Wilson–Hilferty for Poisson) are SQL and live in dbt_project/macros/statistics. scipy is a development
dependency: a run reads the tables and never makes them. `python -m seeds.reference.make_limits` writes both anew.
"""

from __future__ import annotations

import csv
from pathlib import Path

from scipy import stats  # type: ignore[import-untyped]

LARGEST_DF = 200
"""Beyond it the expansion in 1/df is exact to 1e-11, so a longer table would add rows and no accuracy."""

LARGEST_COUNT = 1000
"""Beyond it Wilson–Hilferty is within 1e-6 of the exact limits, relatively."""


def t_quantiles() -> list[tuple[int, float]]:
    """The 0.975 quantile of Student's t for 1..LARGEST_DF degrees of freedom."""
    return [(df, float(stats.t.ppf(0.975, df))) for df in range(1, LARGEST_DF + 1)]


def poisson_limits() -> list[tuple[int, float, float]]:
    """Exact 95% limits of a Poisson mean for 0..LARGEST_COUNT events (Garwood 1936, Biometrika 28)."""
    return [
        (
            events,
            float(stats.chi2.ppf(0.025, 2 * events)) / 2 if events else 0.0,
            float(stats.chi2.ppf(0.975, 2 * events + 2)) / 2,
        )
        for events in range(LARGEST_COUNT + 1)
    ]


def write(directory: Path) -> None:
    """Writes both tables into directory, numbers in the shortest form that reads back to the same double."""
    tables: dict[str, tuple[list[str], list[tuple[float, ...]]]] = {
        "t_quantiles.csv": (["df", "quantile_975"], list(t_quantiles())),
        "poisson_limits.csv": (["events", "lower_limit", "upper_limit"], list(poisson_limits())),
    }
    for name, (header, rows) in tables.items():
        with (directory / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([[repr(value) for value in row] for row in rows])


if __name__ == "__main__":
    write(Path(__file__).parent)
