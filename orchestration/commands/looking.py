"""`plumbline quarantine`, `snapshots`, `rollback`, `doctor`, `bench`.

Belongs here: their arguments and words. Does not belong here: finding out (summary, publishing, doctor, bench).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from orchestration import doctor as health
from orchestration import publishing, runner, summary
from orchestration.commands.words import FAILED, USED_WRONGLY, console, stop, the_settings
from orchestration.contracts import load_contracts
from orchestration.publishing import PublishError
from orchestration.warehouse import WarehouseError


def quarantine(
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records to show of each reason.")] = 3,
    dismiss: Annotated[str | None, typer.Option(help="Close what waits of --table, for this reason; the records stay.")] = None,
) -> None:
    """Show what quarantine holds: reasons with counts, and where the first records of each stand."""
    settings = the_settings()
    if dismiss is not None and (not dismiss.strip() or table not in load_contracts()):
        stop("--dismiss takes the reason in words, and --table the contract table whose records it is for", USED_WRONGLY)
    try:
        if dismiss is not None and table is not None:
            n = runner.dismiss(settings, table, dismiss.strip())
            console.print(
                f"{n:,} records and files of {table} dismissed: {dismiss}. The next run judges its gates without them.", highlight=False
            )
            return
        summary.show_quarantine(console, settings, table, limit)
    except WarehouseError as error:
        stop(str(error), FAILED)


def snapshots() -> None:
    """List what has been published, the newest first, and which of it people read."""
    found = publishing.snapshots(the_settings())
    if not found:
        console.print("Nothing has been published yet: `plumbline run` publishes when every gate passes.")
        return
    table = Table(header_style="bold")
    for name in ("", "snapshot", "published (UTC)", "as of", "rows", "size"):
        table.add_column(name, justify="right" if name in {"rows", "size"} else "left")
    for s in found:
        size = f"{s.size_bytes / 1e6:,.1f} MB"
        if s.is_damaged:
            table.add_row("read" if s.is_current else "", s.id, "damaged", "", "", size, style="red")
        else:
            when = f"{s.published_at:%Y-%m-%d %H:%M}" + ("" if s.format_ok else " (another version's)")
            table.add_row("read" if s.is_current else "", s.id, when, str(s.as_of), f"{s.n_rows:,}", size)
    console.print(table)


def rollback(
    snapshot: Annotated[str | None, typer.Argument(help="The snapshot's name; default: the one before what people read now.")] = None,
) -> None:
    """Let people read an earlier snapshot again. It stays until a run has something new to publish."""
    settings = the_settings()
    try:
        found = publishing.rollback(settings, snapshot)
    except (PublishError, OSError) as error:
        stop(str(error), FAILED)
    console.print(f"People now read {found.id}, as of {found.as_of}. The next run that has something new publishes it.", highlight=False)


def doctor() -> None:
    """Look whether everything that Plumbline needs is in order: versions, settings, disk, lock, warehouse, snapshot, ports."""
    bad = 0
    for finding in health.examine(the_settings()):
        mark, style = {"good": ("✓", "green"), "note": ("·", "yellow"), "bad": ("✗", "bold red")}[finding.state]
        console.print(f"[{style}]{mark}[/] [bold]{finding.subject:<10}[/] {finding.words}", highlight=False, soft_wrap=True)
        bad += finding.state == "bad"
    if bad:
        stop(f"{bad} of these must be mended", FAILED)


def bench(
    out: Annotated[Path, typer.Option(help="JSON file for the figures.")] = Path("artefacts") / "bench.json",
    only: Annotated[list[str] | None, typer.Option(help="Only these parts: generate, ingest, run, scale, again, pages.")] = None,
    rows: Annotated[int, typer.Option(min=1000, help="Rows of the ingest files.")] = 1_000_000,
) -> None:
    """Measure speed as ratios within one run: generating, loading, a run against dbt alone, growth with size, pages against queries."""
    from orchestration import bench as measured  # noqa: PLC0415

    measured.main(console, out, tuple(only or ()), rows)
