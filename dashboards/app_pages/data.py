"""Data: how the last run went, how fresh the numbers are, what was loaded, held back, doubtful.

Belongs here: the state of the data in counts, rules and reasons. Does not belong here: any value of a row.

Keys that a test can read (CSS class `st-key-<key>`): `answer_main`, st.metric `Last run`, `Ended`, `Snapshot`, `Records held back`,
`facts_run`, `chart_loads`, `table_tables`, `table_quarantine`, `table_findings`, `table_gates`, `table_published`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards import bar_charts, components, counts
from dashboards import formats as f
from dashboards.data import Door
from dashboards.page_context import PageContext
from dashboards.snapshots import About, moment

OUTCOMES = {"published": "Published", "unchanged": "Nothing new", "refused": "Refused by a gate", "failed": "Failed"}
Columns = dict[str, tuple[str, str]]


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    about = context.about
    run = door.ask("data", "run")
    components.heading("Data", [f"snapshot {about.snapshot_id}", *components.age_parts(about)])
    row = run.row(0, named=True) if run.height else {}
    now = about.published_at + about.age
    quarantine = door.ask("data", "quarantine")
    tables = door.ask("data", "source_tables")
    held_back = int(tables["n_waiting"].sum()) if tables.height else None
    components.text("answer", "main", sentence(row, about.stale_since))
    with st.container(key="numbers", horizontal=True, gap="medium"):
        st.metric("Last run", OUTCOMES.get(str(row.get("outcome")), f.NONE), width="content")
        ended = moment(row.get("finished_at"))
        st.metric("Ended", f.age(now - ended) if ended else f.NONE, width="content")
        st.metric("Snapshot", f.age(about.age), width="content")
        st.metric("Records held back", f.count(held_back), width="content")
    if not run.height:
        components.empty("status", "No status of a run has been written yet. It comes with the next `plumbline run`.")
    else:
        components.facts("run", run_facts(row, door.ask("data", "run_clock"), about))
    loads(door, context, tables)
    gates(door)
    lists(door, quarantine)


def sentence(run: dict[str, Any], stale_since: datetime | None) -> str:
    """How the last run went and whether the numbers are fresh."""
    words = str(run.get("words") or "Nothing is known of the last run.")
    fresh = "The numbers are fresh." if stale_since is None else f"The numbers are stale since {f.day(stale_since.date())}."
    return f"{words} {fresh}"


def run_facts(run: dict[str, Any], clock: pl.DataFrame, about: About) -> list[tuple[str, str]]:
    """The run in facts."""
    steps = {name.removeprefix("seconds_"): value for name, value in run.items() if name.startswith("seconds_") and value is not None}
    at = clock.row(0, named=True) if clock.height else {}
    started = moment(run.get("started_at"))
    known = moment(at.get("known_at"))
    return [
        ("Run", str(run.get("run_id") or "")),
        ("Started", f"{f.day(started.date())}, {started:%H:%M} UTC" if started else ""),
        ("Took", ", ".join(f"{name} {value:.1f} s" for name, value in steps.items())),
        ("Code", str(run.get("code") or "")),
        ("Business day", f"{f.day(about.as_of)} ({at.get('business_timezone', 'UTC')})"),
        ("Known until", f"{f.day(known.date())}, {known.astimezone(UTC):%H:%M} UTC" if known else ""),
        ("Origin", "a made-up company" if about.origin == "synthetic" else "real people"),
    ]


def loads(door: Door, context: PageContext, tables: pl.DataFrame) -> None:
    """Records over time, and the tables they went into."""
    frame = door.ask("data", "loads")
    if frame.is_empty():
        components.title("Loads")
        components.empty("loads", "Nothing has been loaded yet. Drop files into the landing folder and run `plumbline run`.")
        return
    note = "Every record read ends in one place: new, changed, unchanged, an earlier version, or held back."
    components.figure(
        "loads", "Records loaded", note, bar_charts.loads(counts.loads_frame(frame), context.colours), "Records read by day of loading."
    )
    columns: Columns = {"table_name": ("Table", "text"), "area": ("Area", "text"), "n_standing": ("Standing", "count")}
    columns |= {"n_waiting": ("Held back", "count"), "last_extracted_at": ("Extracted", "moment"), "last_loaded_at": ("Loaded", "moment")}
    filled = (
        tables.filter((pl.col("n_standing") > 0) | (pl.col("n_waiting") > 0) | (pl.col("n_waiting_files") > 0)) if tables.height else tables
    )
    bare = tables.height - filled.height
    note = f"{f.many(bare, 'table')} of the contract {'has' if bare == 1 else 'have'} no rows yet." if bare else ""
    listed("tables", "Tables", filled, columns, "No source table has rows.", note)


def gates(door: Door) -> None:
    """Gates: the refused ones first."""
    frame = door.ask("data", "gates")
    if frame.height:
        words = pl.when(pl.col("passed")).then(pl.lit("passed")).otherwise(pl.lit("refused"))
        frame = frame.with_columns(result=words).sort("passed", "gate", "subject")
        n = frame.filter(~pl.col("passed")).height
        note = "All passed." if not n else f"{f.many(n, 'gate')} refused: the numbers that people read are those from before."
    else:
        note = ""
    columns: Columns = {"gate": ("Gate", "text"), "subject": ("On", "text"), "result": ("Result", "text"), "detail": ("Detail", "text")}
    listed("gates", "Gates", frame, columns, "No gate was asked in the last run.", note)


def lists(door: Door, quarantine: pl.DataFrame) -> None:
    """Quarantine, findings, published tables."""
    columns: Columns = {
        "table_name": ("Table", "text"),
        "reason": ("Reason", "text"),
        "n_rows": ("Records", "count"),
        "first_seen": ("First seen", "moment"),
        "last_seen": ("Last seen", "moment"),
    }
    listed(
        "quarantine",
        "Held back in quarantine",
        quarantine,
        columns,
        "Nothing is held back.",
        "Whole and with every reason; nothing of it is counted. A record with two reasons stands twice.",
    )
    columns = {
        "severity": ("Severity", "text"),
        "table_name": ("Table", "text"),
        "rule": ("Rule", "text"),
        "n": ("Rows", "count"),
        "last_seen": ("Last seen", "moment"),
    }
    listed(
        "findings",
        "Findings",
        door.ask("data", "findings"),
        columns,
        "Nothing doubtful was found.",
        "Accepted rows with something doubtful about them.",
    )
    columns = {
        "schema_name": ("Schema", "text"),
        "table_name": ("Table", "text"),
        "n_rows": ("Rows", "count"),
        "n_not_reportable": ("Hidden", "count"),
    }
    listed("published", "Published tables", door.ask("data", "published_tables"), columns, "The snapshot holds no tables.")


def listed(key: str, title: str, frame: pl.DataFrame, columns: Columns, nothing: str, note: str = "") -> None:
    """A titled table, or what its absence means."""
    components.title(title, note)
    if frame.is_empty():
        components.empty(key, nothing)
        return
    there = {name: made for name, made in columns.items() if name in frame.columns}
    moments = [name for name, (_, kind) in there.items() if kind == "moment" and frame.schema[name] == pl.String]
    parsed = frame.with_columns(pl.col(name).str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False) for name in moments)
    components.table(key, parsed, there, f"{key}.csv")
