"""The `plumbline` command.

Belongs here: arguments, exit codes, words for errors. Does not belong here: any work (runner, seeds, bench).
Exit codes: 0 done and every gate passed, 1 failed, 2 used wrongly, 3 a gate refused.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Annotated, NoReturn

import duckdb
import typer
from rich.console import Console

from orchestration import runner, summary
from orchestration.clock import ClockError, zone
from orchestration.contracts import load_contracts
from orchestration.display import Display
from orchestration.ingestion import landing
from orchestration.ingestion.landing import LandingError, parse_time
from orchestration.ingestion.mappings import MappingError, systems
from orchestration.runner import RunError, RunOptions
from orchestration.settings import Settings
from orchestration.transform import TransformError
from orchestration.warehouse import WarehouseError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plumbline: performance-management analytics, from files to exact numbers.",
)
LOG_WIDTH = 120  # where the output is no terminal

console = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
errors = Console(stderr=True)

FAILED, USED_WRONGLY = 1, 2
DEMO_HOME = Path("data") / "demo"


def _stop(words: str, code: int) -> NoReturn:
    errors.print(f"[bold red]plumbline:[/] {words}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _stop(f"{option} takes a day such as 2026-06-30, not {text!r}", USED_WRONGLY)


def _moment(text: str | None, option: str, day_begins_in: tzinfo) -> datetime | None:
    if text is None:
        return None
    found = parse_time(text, day_begins_in)
    if found is None:
        _stop(f"{option} takes a time such as 2026-06-30 or 2026-06-30T18:00:00Z, not {text!r}", USED_WRONGLY)
    return found


def _run(settings: Settings, options: RunOptions) -> None:
    started = datetime.now(UTC)
    try:
        with Display(console) as display:
            report = runner.run(settings, options, display)
    except (LandingError, MappingError, ClockError) as error:
        _stop(str(error), USED_WRONGLY)
    except (WarehouseError, TransformError, RunError) as error:
        _stop(str(error), FAILED)
    except (duckdb.Error, OSError, MemoryError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        _stop(
            f"the run stopped: {words}. Nothing that was committed is lost; when the cause is mended (disk space? memory?), "
            "run again and it goes on from there.",
            FAILED,
        )
    report.seconds["in all"] = (datetime.now(UTC) - started).total_seconds()
    summary.show(console, report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


@app.command()
def run(
    landing_folder: Annotated[
        Path | None, typer.Option("--landing", help="Folder of source files. Default: landing in PLUMBLINE_HOME.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Read the folder as an export of this system, by its mapping.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Business day to compute for. Before the home's day it is a replay.")] = None,
    known_at: Annotated[str | None, typer.Option(help="Use only what had been recorded by this time (UTC). Always a replay.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="Build only these models (dbt selectors), as a replay.")] = None,
    no_ml: Annotated[bool, typer.Option("--no-ml", help="Leave out everything that rests on a learned model.")] = False,
    check_sources: Annotated[bool, typer.Option("--check-sources", help="Also run the contracts' own tests on raw.")] = False,
) -> None:
    """Load what is new in the landing folder and bring all numbers up to date."""
    settings = Settings()
    if landing_folder is not None:
        settings = settings.model_copy(update={"landing": landing_folder})
    if system is not None and system not in systems():
        _stop(f"--system {system}: there is no such mapping; there is one for {', '.join(systems())}", USED_WRONGLY)
    try:
        begins_in = zone(settings.business_timezone)
    except ClockError as error:
        _stop(str(error), USED_WRONGLY)
    known = _moment(known_at, "--known-at", begins_in)
    options = RunOptions(system, _day(as_of, "--as-of"), known, tuple(select or ()), no_ml, check_sources)
    _run(settings, options)


@app.command()
def generate(
    out: Annotated[Path | None, typer.Option(help="Folder that gets landing/ and truth/.")] = None,
    employees: Annotated[int, typer.Option(min=20, help="People active on the last day, about.")] = 1000,
    years: Annotated[int, typer.Option(min=1, max=20, help="Years of history.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal files.")] = 7,
    until: Annotated[str | None, typer.Option(help="The last day that is known.")] = None,
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    set_: Annotated[list[str] | None, typer.Option("--set", help="name=value of a signal; see --describe.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="List every signal with its value and stop.")] = False,
) -> None:
    """Make a synthetic company: source files in landing/, the truth behind them in truth/."""
    from seeds.company.parameters import Parameters  # noqa: PLC0415  (only this command needs it)

    settings: dict[str, object] = {"employees": employees, "years": years, "seed": seed}
    if until is not None:
        settings["until"] = _day(until, "--until")
    try:
        parameters = Parameters(**settings).with_settings(set_ or [])
    except ValueError as error:
        _stop(str(error), USED_WRONGLY)
    if describe:
        for name, value in parameters.model_dump().items():
            console.print(f"{name} = {value}  [dim]{type(parameters).model_fields[name].description or ''}[/]", highlight=False)
        return
    if out is None:
        _stop("--out is missing: the folder that gets landing/ and truth/", USED_WRONGLY)
    if file_format not in {"parquet", "csv"}:
        _stop(f"--format is parquet or csv, not {file_format!r}", USED_WRONGLY)
    written = _generate(parameters, out, file_format)
    console.print(f"{written:,} rows in {out / 'landing'}; the truth behind them in {out / 'truth'}", highlight=False)


def _generate(parameters: object, out: Path, file_format: str) -> int:
    from seeds.company.company import generate as make_company  # noqa: PLC0415
    from seeds.company.writing import write  # noqa: PLC0415

    with Display(console) as display:
        display.step("Generating a company")
        company = make_company(parameters)  # type: ignore[arg-type]
        write(company, out, file_format)  # type: ignore[arg-type]
        landing.mark_synthetic(out / "landing", parameters.until)  # type: ignore[attr-defined]
    return sum(frame.height for frame in company.tables.values())


@app.command()
def demo(
    employees: Annotated[int, typer.Option(min=20, help="People active on the last day, about.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal files.")] = 7,
    home: Annotated[Path, typer.Option(help="The demo's own home.")] = DEMO_HOME,
) -> None:
    """Generate a synthetic company and compute its numbers."""
    from seeds.company.parameters import Parameters  # noqa: PLC0415

    _generate(Parameters(employees=employees, seed=seed), home, "parquet")
    _run(Settings().model_copy(update={"home": home, "landing": None}), RunOptions())


@app.command()
def quarantine(
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records to show of each reason.")] = 3,
    dismiss: Annotated[str | None, typer.Option(help="Close what waits of --table, for this reason; the records stay.")] = None,
) -> None:
    """Show what quarantine holds: reasons with counts, and where the first records of each stand."""
    settings = Settings()
    if dismiss is not None and (not dismiss.strip() or table not in load_contracts()):
        _stop("--dismiss takes the reason in words, and --table the contract table whose records it is for", USED_WRONGLY)
    try:
        if dismiss is not None and table is not None:
            n = runner.dismiss(settings, table, dismiss.strip())
            console.print(
                f"{n:,} records and files of {table} dismissed: {dismiss}. The next run judges its gates without them.", highlight=False
            )
            return
        summary.show_quarantine(console, settings, table, limit)
    except WarehouseError as error:
        _stop(str(error), FAILED)


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="JSON file for the figures.")] = Path("artefacts") / "bench.json",
    only: Annotated[list[str] | None, typer.Option(help="Only these parts: ingest, run, scale, again.")] = None,
    rows: Annotated[int, typer.Option(min=1000, help="Rows of the ingest files.")] = 1_000_000,
) -> None:
    """Measure speed as ratios within one run: loading against DuckDB's plain read, a run against dbt alone, growth with size."""
    from orchestration import bench as measured  # noqa: PLC0415

    measured.main(console, out, tuple(only or ()), rows)


if __name__ == "__main__":
    app()
