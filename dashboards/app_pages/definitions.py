"""Definitions: what each figure means exactly, and the rating scale.

Belongs here: the metric dictionary as published, searchable. Does not belong here: figures.

Keys that a test can read (CSS class `st-key-<key>`): `answer_main`, an expander a metric with `facts_<metric>`, `table_scale`,
`quiet_reference`.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import components
from dashboards.components import INTERVALS
from dashboards.data import Door
from dashboards.filters import held, keep
from dashboards.page_context import PageContext

SEARCHED = ("metric", "label", "definition", "numerator", "denominator", "excluded")
UNITS = {"share": "share, 0% to 100%", "rating": "rating, 1 to 5"}
DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "none": "neither direction is better in itself"}
ESTIMATORS = {
    "ratio": "numerator / denominator",
    "mean": "numerator / denominator (a mean)",
    "distribution": "shares of the levels",
}


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    definitions = door.ask("definitions", "definitions")
    components.heading("Definitions", ["what each figure means exactly", *components.age_parts(context.about)])
    st.session_state["f_search"] = st.query_params.get("search") or held().get("search") or ""
    words = st.text_input(
        "Search", key="f_search", placeholder="a word, such as calibration or due", icon=":material/search:", on_change=searched
    )
    keep("search", words or None)
    found = [row for row in definitions.iter_rows(named=True) if matches(row, words)]
    n = definitions.height
    components.text(
        "answer", "main", f"{n} figures are defined." if not words else f"{len(found)} of {n} definitions have “{words}” in them."
    )
    if not found:
        components.empty("search", "No definition has these words. A shorter word finds more.")
    for row in found:
        with st.expander(str(row["label"]), expanded=len(found) <= 2, key=f"definition_{row['metric']}"):
            components.facts(str(row["metric"]), entry(row))
    ratings(door)


def searched() -> None:
    """Write the search to the URL."""
    keep("search", st.session_state["f_search"] or None)


def matches(row: dict[str, Any], words: str) -> bool:
    """Whether all words stand in an entry."""
    text = " ".join(str(row[name]) for name in SEARCHED).casefold().replace("_", " ")
    return all(word in text for word in words.casefold().replace("_", " ").split())


def entry(row: dict[str, Any]) -> list[tuple[str, str]]:
    """An entry of the dictionary."""
    return [
        ("In words", str(row["definition"])),
        ("Formula", ESTIMATORS.get(str(row["estimator"]), str(row["estimator"]))),
        ("Numerator", str(row["numerator"])),
        ("Denominator", str(row["denominator"])),
        ("Left out", str(row["excluded"])),
        ("Unit", UNITS.get(str(row["unit"]), str(row["unit"]))),
        ("Direction", DIRECTIONS.get(str(row["good_direction"]), str(row["good_direction"]))),
        ("Periods", str(row["periods"])),
        ("Whose data", str(row["data_subject"])),
        ("Interval", INTERVALS.get(str(row["ci_method"]), "none")),
        ("Name in tables", str(row["metric"])),
        ("Version", str(row["version"])),
    ]


def ratings(door: Door) -> None:
    """The rating scale, and what the reference is for."""
    components.title("Rating scale", "A rating belongs to the highest level whose lower bound it reaches.")
    scale = door.ask("definitions", "rating_scale")
    reference = door.ask("definitions", "rating_reference")
    if scale.is_empty():
        components.empty("scale", "No rating scale is declared. It stands in seeds/reference/rating_scale.csv.")
        return
    frame = scale.join(reference, on="level", how="left").sort("level").with_columns(pl.col("lower_bound").cast(pl.Float64))
    columns = {
        "level": ("Level", "count"),
        "label": ("Called", "text"),
        "descriptor": ("Says of the work", "text"),
        "lower_bound": ("From rating", "rating"),
        "reference_share": ("Reference", "share"),
    }
    components.table("scale", frame, columns, "rating_scale.csv")
    components.text("quiet", "reference", "The reference is diagnostic: the organisation declares it, and no rating is fitted to it.")
