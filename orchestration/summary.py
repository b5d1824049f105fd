"""What a run says at its end: rows, checks, times, the six metrics, where things are.

Belongs here: reading results and showing them in a terminal. Does not belong here: computing any of them.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.headlines import Headlines
from orchestration.ingestion.load import OUTCOMES
from orchestration.run_report import RunReport
from orchestration.settings import Settings
from orchestration.warehouse import connect

BAR = "█"
BAR_WIDTH = 30


def show(console: Console, report: RunReport) -> None:
    """Print what a run did."""
    parts: list[RenderableType] = [_loading(report), _checks(report)]
    if report.headlines is not None:
        parts += _numbers(report.headlines)
    for part in parts:
        console.print(part)
    console.print(_places(report))


def _loading(report: RunReport) -> Group:
    ingest = report.ingest
    table = Table(title="Records", title_justify="left", header_style="bold", expand=False)
    for name in ("table", "read", *OUTCOMES):
        table.add_column(name, justify="left" if name == "table" else "right")
    by_table: dict[str, list[int]] = {}
    for file in ingest.files:
        counts = by_table.setdefault(file.table, [0] * 6)
        for i, n in enumerate([file.n_read, *(file.outcomes.get(o, 0) for o in OUTCOMES)]):
            counts[i] += n
    for name, counts in by_table.items():
        style = "yellow" if counts[5] else None
        table.add_row(name, *(f"{n:,}" for n in counts), style=style)
    lines: list[Text | Table] = [table] if by_table else []
    if ingest.n_unchanged_files:
        lines.append(Text(f"{ingest.n_unchanged_files} files unchanged since they were last read"))
    if ingest.released:
        lines.append(Text(f"{sum(ingest.released.values()):,} records left quarantine: their parents came", style="green"))
    lines += [
        Text(f"{file.source_file}: {file.detail}", style="red" if file.status == "quarantined" else "yellow")
        for file in ingest.files
        if file.detail
    ]
    lines += [Text(f"{name}: {words}; left alone", style="yellow") for name, words in ingest.not_understood.items()]
    if ingest.unsettled:
        lines.append(Text(f"still being written, left for the next run: {', '.join(ingest.unsettled)}", style="yellow"))
    if report.nothing_to_do:
        lines.append(Text("Nothing that the models rest on has changed; they stand as they were built."))
    return Group(*lines)


def _checks(report: RunReport) -> Group:
    failed = [g for g in report.gate_results if not g.passed]
    lines = [Text(f"Checks: {len(report.gate_results) - len(failed)} gates passed, {report.build.n_tests} model tests", style="green")]
    lines += [Text(f"Refused by gate {g.gate}, {g.subject}: {g.detail}", style="bold red") for g in failed]
    lines += [Text(f"Model {name} could not be built: {words}", style="bold red") for name, words in report.build.failed.items()]
    if report.source_check is not None:
        lines.append(Text(f"Contract tests on raw: {report.source_check.n_tests}, warnings {len(report.source_check.warned_tests)}"))
    return Group(*lines)


def _number(value: float, unit: str) -> str:
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.2f}"


def _numbers(headlines: Headlines) -> list[RenderableType]:
    table = Table(title="The company, latest complete period", title_justify="left", header_style="bold")
    for name in ("metric", "period", "value", "95% interval", "of", "left out"):
        table.add_column(name, justify="left" if name in {"metric", "period"} else "right")
    for h in headlines.metrics:
        interval = "–" if h.ci_low is None or h.ci_high is None else f"{_number(h.ci_low, h.unit)} to {_number(h.ci_high, h.unit)}"
        table.add_row(h.label, h.period, _number(h.value, h.unit), interval, f"{h.n:,.0f}", f"{h.n_excluded:,}")
    if not headlines.levels:
        return [table]
    shares = Table(title=f"Rating distribution {headlines.levels_period}", title_justify="left", header_style="bold")
    for name in ("rating", "people", "share", "", "reference"):
        shares.add_column(name, justify="right" if name in {"people", "share", "reference"} else "left")
    for level in headlines.levels:
        reference = "–" if level.reference_share is None else f"{100 * level.reference_share:.0f}%"
        shares.add_row(
            f"{level.level} {level.label}", f"{level.n:,}", f"{100 * level.share:.1f}%", BAR * round(BAR_WIDTH * level.share), reference
        )
    return [table, shares]


def _places(report: RunReport) -> Group:
    home: Path = report.home.resolve()
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items()) or "no step needed"
    clock = f"as of {report.clock.as_of}, known at {report.clock.known_at:%Y-%m-%d %H:%M} UTC" if report.clock else ""
    lines = [
        ("Time", steps),
        ("Clock", clock),
        ("Published", _published(report)),
        ("Warehouse", f"{home / 'warehouse.duckdb'}"),
        ("Look into", "marts.metric_values, marts.rating_distribution, quarantine.rows, ops.loads, ops.findings"),
        ("dbt log", f"{home / 'dbt' / 'logs' / 'dbt.log'}"),
    ]
    return Group(*(Text(f"{name:<11}{words}", no_wrap=True, overflow="ignore") for name, words in lines))


def _published(report: RunReport) -> str:
    published = report.published
    if published is None:
        before = "no: people read the snapshot before, if there is one"
        return "no: a replay is published with --publish only" if report.is_replay else before
    hidden = f"{published.n_not_reportable:,} of {published.n_rows:,} rows hidden (too few people)"
    return f"{published.snapshot_id}{'' if published.is_new else ', unchanged'}; {hidden}"


def show_quarantine(console: Console, settings: Settings, table: str | None, limit: int) -> None:
    """Print what waits in quarantine, by table and reason; files that could not be read first.

    Raises:
        WarehouseError: the warehouse cannot be opened.

    """
    if not settings.warehouse_file.exists():
        console.print(f"There is no warehouse yet at {settings.warehouse_file}: run `plumbline run` first.")
        return
    connection = connect(settings.warehouse_file, settings, read_only=True)
    try:
        files = connection.execute(
            "select table_name, source_file, reason from quarantine.files "
            "where resolved_at is null and ($t is null or table_name = $t) order by all",
            {"t": table},
        ).fetchall()
        reasons = connection.execute(
            "with waiting as (select table_name, unnest(reasons) as reason, source_file, record_number, row_key from quarantine.rows "
            "where resolved_at is null and ($t is null or table_name = $t)), "
            "kinds as (select *, regexp_extract(reason, '^\\w+( is missing| refers to \\w+| is|:)?') as kind from waiting) "
            "select table_name, kind, count(*), list(source_file || ' record ' || coalesce(record_number::varchar, '?') || ': ' || reason "
            "order by source_file, record_number)[:$n] from kinds group by table_name, kind order by table_name, count(*) desc",
            {"t": table, "n": limit},
        ).fetchall()
    finally:
        connection.close()
    for name, file, reason in files:
        console.print(f"[bold red]{name}[/] {file}: {reason}", highlight=False)
    for name, kind, n, examples in reasons:
        console.print(f"[bold]{name}[/] {n:,} record{'s' if n != 1 else ''}: {kind or 'cannot be read'} …", highlight=False)
        for example in examples:
            console.print(f"  {example}", highlight=False, markup=False)
    if not files and not reasons:
        console.print("Quarantine is empty.")
