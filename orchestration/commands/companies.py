"""`plumbline generate`.

Belongs here: its arguments, progress, words. Does not belong here: what a company is (seeds/company), running the pipeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.commands.words import USED_WRONGLY, console, day, stop
from orchestration.display import Display
from orchestration.ingestion import landing

if TYPE_CHECKING:
    from seeds.company.parameters import Parameters

REPORT = "company.html"


def generate(
    out: Annotated[Path | None, typer.Option(help="Folder that gets landing/ and truth/.")] = None,
    employees: Annotated[int, typer.Option(min=20, help="People active on the horizon, about.")] = 1000,
    years: Annotated[int, typer.Option(min=1, max=20, help="Years of history up to the horizon.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal files.")] = 7,
    until: Annotated[str | None, typer.Option(help="The last day that is known: the same company, seen on that day.")] = None,
    dirt: Annotated[float, typer.Option(min=0, max=0.5, help="Share of records that break their contract, listed in truth/dirt.")] = 0.0,
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    set_: Annotated[list[str] | None, typer.Option("--set", help="name=value of a signal; see --describe.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help=f"Describe the company, and every signal, in {REPORT}.")] = False,
) -> None:
    """Make a synthetic company: source files in landing/, the truth behind them in truth/."""
    from seeds.company.parameters import Parameters  # noqa: PLC0415  (only this command needs it)
    from seeds.company.writing import known_format  # noqa: PLC0415

    settings: dict[str, object] = {"employees": employees, "years": years, "seed": seed, "dirt": dirt}
    if until is not None:
        settings["until"] = day(until, "--until")
    try:
        parameters = Parameters.made(settings, set_ or [])
        known_format(file_format)
    except ValueError as error:
        stop(str(error), USED_WRONGLY)
    if out is None:
        stop("--out is missing: the folder that gets landing/ and truth/", USED_WRONGLY)
    written = make(parameters, out, file_format)
    console.print(f"{written:,} rows in {out / 'landing'}; the truth behind them in {out / 'truth'}", highlight=False)
    if describe:
        _describe(out)


def make(parameters: Parameters, out: Path, file_format: str) -> int:
    """Write a company to `out`, with progress; returns the number of rows in its landing."""
    from seeds.company.writing import write  # noqa: PLC0415

    with Display(console) as display:
        display.step("Generating a company")
        rows = write(parameters, out, file_format, progress=display.progress)
        landing.mark_synthetic(out / "landing", parameters.until)
    return sum(rows.values())


def _describe(out: Path) -> None:
    from seeds.company.report import describe, write_html  # noqa: PLC0415

    with Display(console) as display:
        display.step("Describing it")
        report = describe(out)
        write_html(report, out / REPORT)
    console.print(f"what it is like: {out / REPORT}", highlight=False)
