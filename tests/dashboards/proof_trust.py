"""The pages Data and Definitions against the landing files and the dictionary.

Belongs here: counts of rows, what is held back and why, gates, texts of definitions. Does not belong here: figures (proof_pages).
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from tests.dashboards.landing_oracle_figures import Figures
from tests.dashboards.proof_reading import Differences, Opened, day
from tests.dashboards.reading import metrics

REFERENCE = Path(__file__).parents[2] / "seeds" / "reference"
BREAKS = {
    "title": "title is missing", "status": "status is not one of the allowed values", "stage": "stage is not one of the allowed values",
    "final_rating": "final_rating is outside its range", "progress_pct": "progress_pct is outside its range",
    "employee_id": "employee_id refers to a row of employees that has not come",
}  # fmt: skip
DICTIONARY = {
    "In words": "definition",
    "Numerator": "numerator",
    "Denominator": "denominator",
    "Left out": "excluded",
    "Version": "version",
}


def data(d: Differences, page: Opened, figures: Figures) -> None:
    """Rows read and held back, by table and reason; gates; the snapshot's day."""
    landing = figures.landing
    held = pd.DataFrame(
        [(table, BREAKS[column], n) for (table, column), n in landing.held_back.items()], columns=["table_name", "reason", "n_rows"]
    )
    d.equal("Records held back", metrics(page.at).get("Records held back"), str(held.n_rows.sum()))
    d.equal("Last run", metrics(page.at).get("Last run"), "Published")
    d.said("scope", page.words("scope_line"), day(figures.as_of))
    d.equal("table quarantine is there", page.has_table("quarantine"), not held.empty)
    if not held.empty:
        d.rows("table quarantine", page.table("quarantine"), held, ["table_name", "reason"], ["n_rows"])
        d.rows("download quarantine", page.download("quarantine"), held, ["table_name", "reason"], ["n_rows"])
    waiting = held.groupby("table_name").n_rows.sum()
    standing = {name: len(rows) for name, rows in landing.tables.items()} | landing.others
    tables = pd.DataFrame({"n_standing": standing}).rename_axis("table_name")
    tables["n_waiting"] = waiting.reindex(tables.index).fillna(0).astype(int)
    tables = tables[tables.n_standing + tables.n_waiting > 0]
    d.rows("tables", page.table("tables"), tables.reset_index(), ["table_name"], ["n_standing", "n_waiting"])
    loads = next(page.charted("loads", "outcome", "n"))
    d.near("rows read", loads.n.sum(), sum(landing.n_read.values()))
    d.near("rows held back", loads[loads.outcome == "held back"].n.sum(), held.n_rows.sum())
    gates = page.table("gates")
    gates = gates[gates.gate == "held_back"].set_index("subject")
    d.equal("gates on tables", sorted(gates.index), sorted(tables.index))
    d.equal("gates that refused", sorted(set(gates.result)), ["passed"])
    for row in tables.itertuples():  # a gate asks of what stands and what waits, however many versions have come
        words = f"{row.n_waiting} of {row.n_standing + row.n_waiting:,} records held back"
        d.said(f"gate on {row.Index}", str(gates.detail.get(row.Index)), words)


def definitions(d: Differences, page: Opened) -> None:
    """Every entry of the dictionary in its own words, and the scale."""
    dictionary = pd.read_csv(REFERENCE / "metric_dictionary.csv", dtype=str, keep_default_na=False)
    d.said("answer", page.words("answer_main"), f"{len(dictionary)} figures are defined")
    for entry in dictionary.to_dict("records"):
        words = page.words(f"facts_{entry['metric']}")
        for heading, column in DICTIONARY.items():
            d.said(f"{entry['metric']}, {column}", words, f"<dt>{heading}</dt><dd>{escape(entry[column])}</dd>")
    scale = pd.read_csv(REFERENCE / "rating_scale.csv").merge(pd.read_csv(REFERENCE / "rating_reference.csv"), on=["scale", "level"])
    d.rows(
        "scale",
        page.table("scale"),
        scale.assign(reference_share=100 * scale.reference_share),
        ["level", "label"],
        ["lower_bound", "reference_share"],
    )
