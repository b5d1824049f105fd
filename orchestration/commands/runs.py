"""`plumbline run`, `demo`.

Belongs here: their arguments, exit codes, words for errors. Does not belong here: any work (runner,
seeds).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration import logs, ports, runner, summary
from orchestration.clock import ClockError, zone
from orchestration.commands import companies, serving
from orchestration.commands.words import FAILED, STOPPED, USED_WRONGLY, console, day, moment, stop, the_settings
from orchestration.display import Display
from orchestration.ingestion.landing import LandingError
from orchestration.ingestion.mappings import MappingError, systems
from orchestration.publishing import PublishError
from orchestration.run_report import RunError, RunOptions
from orchestration.settings import Settings
from orchestration.transform import TransformError
from orchestration.warehouse import WarehouseError

DEMO_HOME = Path("data") / "demo"


def go(settings: Settings, options: RunOptions) -> int:
    """Run, show what was done, and return the exit code; an error ends the command with its words."""
    started = datetime.now(UTC)
    try:
        logs.write_to(settings, "run")
        with Display(console) as display:
            report = runner.run(settings, options, display)
    except KeyboardInterrupt:
        stop("stopped by you. Nothing that was committed is lost; the next run goes on from there.", STOPPED)
    except (LandingError, MappingError, ClockError) as error:
        stop(str(error), USED_WRONGLY)
    except (WarehouseError, TransformError, PublishError, RunError) as error:
        stop(str(error), FAILED)
    except (duckdb.Error, OSError, MemoryError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        stop(
            f"the run stopped: {words}. Nothing that was committed is lost; when the cause is mended (disk space? memory?), "
            "run again and it goes on from there.",
            FAILED,
        )
    if options.select and not report.build.nodes:
        stop(f"--select {' '.join(options.select)}: there is no such model", USED_WRONGLY)
    report.seconds["in all"] = (datetime.now(UTC) - started).total_seconds()
    summary.show(console, report)
    return report.exit_code


def run(
    landing_folder: Annotated[
        Path | None, typer.Option("--landing", help="Folder of source files. Default: landing in PLUMBLINE_HOME.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Read the folder as an export of this system, by its mapping.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Business day to compute for. Another than the home's own is a replay.")] = None,
    known_at: Annotated[str | None, typer.Option(help="Use only what had been recorded by this time (UTC). Always a replay.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="Build only these models (dbt selectors), as a replay.")] = None,
    no_ml: Annotated[bool, typer.Option("--no-ml", help="Leave out everything that rests on a learned model.")] = False,
    check_sources: Annotated[bool, typer.Option("--check-sources", help="Also run the contracts' own tests on raw.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Publish a replay too; people then read its numbers.")] = False,
) -> None:
    """Load what is new in the landing folder, bring all numbers up to date and publish them."""
    settings = the_settings()
    if landing_folder is not None:
        if not landing_folder.is_dir():  # said before a run begins, which people would be told of
            stop(f"--landing {landing_folder}: there is no landing folder of that name", USED_WRONGLY)
        settings = settings.model_copy(update={"landing": landing_folder})
    if system is not None and system not in systems():
        stop(f"--system {system}: there is no such mapping; there is one for {', '.join(systems())}", USED_WRONGLY)
    if publish and select:
        stop("--publish and --select do not go together: a snapshot is published whole", USED_WRONGLY)
    try:
        begins_in = zone(settings.business_timezone)
    except ClockError as error:
        stop(str(error), USED_WRONGLY)
    known = moment(known_at, "--known-at", begins_in)
    options = RunOptions(system, day(as_of, "--as-of"), known, tuple(select or ()), no_ml, check_sources, publish)
    code = go(settings, options)
    if code:
        raise typer.Exit(code)


def demo(
    employees: Annotated[int, typer.Option(min=20, help="People active on the last day, about.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal files.")] = 7,
    home: Annotated[Path, typer.Option(help="The demo's own home.")] = DEMO_HOME,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the dashboards. Default: PLUMBLINE_DASHBOARD_PORT, 8501.")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the summary, without dashboards.")] = False,
) -> None:
    """Generate a synthetic company, compute its numbers and serve its dashboards."""
    from seeds.company.parameters import Parameters  # noqa: PLC0415  (only this command needs it)

    settings = the_settings().model_copy(update={"home": home, "landing": None, "development_mode": True})
    port = port or settings.dashboard_port
    if not no_serve:
        try:
            ports.require(port, "PLUMBLINE_DASHBOARD_PORT")  # before the minute of work, not after it
        except ports.PortError as error:
            stop(str(error), USED_WRONGLY)
    companies.make(Parameters(employees=employees, seed=seed), home, "parquet")
    code = go(settings, RunOptions())
    if code:
        raise typer.Exit(code)
    if not no_serve:
        serving.serve_dashboards(settings, port)
