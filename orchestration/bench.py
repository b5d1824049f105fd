"""Speed as ratios measured within one run, so that they mean the same on any machine.

Belongs here: timing what users wait for against the plainest way DuckDB and dbt could do it. Does not belong here: any
assertion (no test asserts a time). Each measurement is a process of its own; its peak memory is the kernel's figure.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import duckdb
from rich.console import Console

from orchestration import transform
from orchestration.bench_figures import Figures, Measured, show
from orchestration.ingestion import landing
from orchestration.settings import CHECKOUT, Settings

PARTS = ("generate", "ingest", "run", "scale", "again", "pages")
REPEATS = 3
WITHOUT_GOALS = ("departments", "positions", "employees", "job_history", "review_cycles")
GOALS_PER_PERSON = 25
SMALL, MIDDLE, LARGE = 1_000, 10_000, 100_000
PLAIN_READ = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t as select * from ' + repr(sys.argv[2])); c.close()"
)


def measure(command: list[str], home: Path | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; the message holds the end of what it said.

    """
    environment = {**os.environ, "PLUMBLINE_SETTLE_SECONDS": "0"}
    if home is not None:
        environment["PLUMBLINE_HOME"] = str(home)
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, cwd=CHECKOUT)  # noqa: S603  (our own commands)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            msg = f"{' '.join(command[:6])} … ended with {process.returncode}: {said.read()[-2000:].decode(errors='replace')}"
            raise RuntimeError(msg)
    return Measured(seconds, usage.ru_maxrss / 1024)


def main(console: Console, out: Path, only: tuple[str, ...], rows: int) -> None:
    """Measure, print and write JSON."""
    parts = only or PARTS
    unknown = set(parts) - set(PARTS)
    if unknown:
        msg = f"--only takes {', '.join(PARTS)}, not {', '.join(sorted(unknown))}"
        raise SystemExit(msg)
    figures = Figures({"python": platform.python_version(), "duckdb": duckdb.__version__, "cores": os.cpu_count() or 0, "rows": rows})
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        work = Path(folder)
        if "generate" in parts:
            _generate(console, figures, work)
        if "ingest" in parts:
            _ingest(console, figures, work, rows)
        if {"run", "scale", "again", "pages"} & set(parts):
            _runs(console, figures, work, parts)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")
    show(console, figures)
    console.print(f"written to {out}", highlight=False)


def _company(people: int, home: Path, tables: tuple[str, ...] | None = None) -> None:
    from seeds.company.parameters import Parameters  # noqa: PLC0415
    from seeds.company.writing import write  # noqa: PLC0415

    parameters = Parameters(employees=people)
    write(parameters, home, tables=tables)
    landing.mark_synthetic(home / "landing", parameters.until)


def _generate(console: Console, figures: Figures, work: Path) -> None:
    """Make companies: seconds, peak memory, and whether more years take more memory."""
    made = []
    for people, years in ((SMALL, 3), (MIDDLE, 3), (MIDDLE, 6), (LARGE, 3)):
        console.print(f"making a company of {people:,} people over {years} years")
        command = ["generate", "--out", str(work / "made"), "--employees", str(people), "--years", str(years)]
        made.append(measure([sys.executable, "-m", "orchestration.cli", *command]))
        figures.measured[f"generate {people}, {years} years"] = made[-1:]
        shutil.rmtree(work / "made")
    small, middle, longer, large = made
    figures.note("generate 1,000 people", small.seconds)
    figures.note("generate 100,000 people", large.seconds)
    figures.note("generate 100,000 people, memory", large.peak_mb)
    figures.note("generate 6 years against 3, memory", longer.peak_mb / middle.peak_mb)


def _goal_files(base: Path, work: Path, rows: int) -> None:
    """A company without its goals in `base`, and its goals, `rows` of them, beside it as csv and parquet."""
    import polars as pl  # noqa: PLC0415

    _company(max(20, rows // GOALS_PER_PERSON), base, (*WITHOUT_GOALS, "goals"))
    goals = pl.read_parquet(base / "landing" / "goals.parquet")
    while goals.height < rows:
        goals = pl.concat([goals, goals.with_columns(pl.col("goal_id") + f"+{goals.height}")])
    goals.head(rows).write_csv(work / "goals.csv")
    goals.head(rows).write_parquet(work / "goals.parquet")
    (base / "landing" / "goals.parquet").unlink()


def _apart(function: Callable[..., None], *arguments: object) -> None:
    """Call in a process of its own: a child's peak memory counts what its parent held when it was started."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(function, *arguments).result()


def _ingest(console: Console, figures: Figures, work: Path, rows: int) -> None:
    """Load goals, the rest of the company being known, against `create table as select * from` the same file."""
    console.print(f"making a company with {rows:,} goals")
    base = work / "base"
    _apart(_goal_files, base, work, rows)
    measure(_load_command(base), base)
    for kind in ("csv", "parquet"):
        source = work / f"goals.{kind}"
        plain: list[Measured] = []
        loads: dict[str, list[Measured]] = {"ingest": [], "new file": [], "same file": []}
        for repeat in range(REPEATS):
            console.print(f"{kind}, {repeat + 1} of {REPEATS}")
            plain.append(measure([sys.executable, "-c", PLAIN_READ, str(work / f"plain-{kind}-{repeat}.duckdb"), str(source)]))
            home = work / "load"
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(base, home)
            shutil.copy(source, home / "landing" / source.name)
            loads["ingest"].append(measure(_load_command(home), home))
            shutil.move(home / "landing" / source.name, home / "landing" / f"goals@2199-01-01.{kind}")
            loads["new file"].append(measure(_load_command(home), home))
            loads["same file"].append(measure(_load_command(home), home))
        idle = statistics.median(measure([sys.executable, "-c", "import orchestration.ingestion.load"]).seconds for _ in range(REPEATS))
        idle_plain = statistics.median(measure([sys.executable, "-c", "import duckdb"]).seconds for _ in range(REPEATS))
        figures.measured[f"plain {kind}"] = plain
        against = statistics.median(m.seconds for m in plain) - idle_plain
        for name, measured in loads.items():
            figures.measured[f"{name} {kind}"] = measured
            figures.note(f"{name} {kind}", (statistics.median(m.seconds for m in measured) - idle) / against)


def _load_command(home: Path) -> list[str]:
    return [sys.executable, "-m", "orchestration.ingestion", str(home)]


def _runs(console: Console, figures: Figures, work: Path, parts: tuple[str, ...]) -> None:
    seconds: dict[int, float] = {}
    wanted = {"scale": {SMALL, MIDDLE, LARGE}, "pages": {SMALL, LARGE}, "run": {MIDDLE}, "again": {MIDDLE}}
    sizes = sorted(set().union(*(wanted.get(part, set()) for part in parts)))
    for people in sizes:
        console.print(f"a run at {people:,} people")
        home = work / f"run-{people}"
        _apart(_company, people, home)
        run = [sys.executable, "-m", "orchestration.cli", "run", "--no-ml"]
        measured = measure(run, home)
        figures.measured[f"run {people}"] = [measured]
        seconds[people] = measured.seconds
        if people == MIDDLE and "again" in parts:
            figures.measured["equal inputs"] = [measure(run, home) for _ in range(REPEATS)]
            figures.note("equal inputs", max(m.seconds for m in figures.measured["equal inputs"]))
        if people == MIDDLE and "run" in parts:
            settings = Settings(home=home)
            shutil.rmtree(settings.transform_folder)
            os.environ.update(transform.environment(settings))
            command = transform.arguments("build", settings, *transform.BUILD_OPTIONS)
            figures.measured["dbt build"] = [measure([str(Path(sys.executable).with_name("dbt")), *command])]
            figures.note("run against dbt", measured.seconds / figures.measured["dbt build"][0].seconds)
        if "pages" in parts and people in wanted["pages"]:
            figures.pages[f"{people:,} people"] = _pages(home)
        shutil.rmtree(home)
    if "scale" in parts:
        figures.note("growth", (seconds[LARGE] - seconds[SMALL]) / (seconds[MIDDLE] - seconds[SMALL]))


def _pages(home: Path) -> dict[str, dict[str, float]]:
    """Seconds of each page in Chromium, measured by the dashboards themselves in a process of their own."""
    command = [sys.executable, "-m", "dashboards.timing"]
    environment = {**os.environ, "PLUMBLINE_HOME": str(home)}
    said = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    if said.returncode:
        msg = f"the pages could not be measured: {said.stderr[-2000:]}"
        raise RuntimeError(msg)
    found: dict[str, dict[str, float]] = json.loads(said.stdout)
    return found
