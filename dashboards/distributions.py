"""The distribution of ratings wherever it is shown: its card, its columns, its groups.

Belongs here: drawing the distribution from frames of the door. Does not belong here: other figures.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import components, level_charts, sentences, views
from dashboards import formats as f
from dashboards.page_context import Subject
from dashboards.theme import Tokens

Row = dict[str, Any]


def as_values(levels: pl.DataFrame) -> pl.DataFrame:
    """One row a period, in the columns by which a period is chosen; its value is the greatest share."""
    by = ("period_type", "period_id", "period_start", "period_end", "is_complete", "as_of", "not_final")
    return levels.group_by(*by, maintain_order=True).agg(
        value=pl.col("share").max(),
        n_people=pl.col("n_rated").first().cast(pl.Int64),
        is_reportable=pl.col("is_reportable").first(),
        suppression_reason=pl.col("suppression_reason").first(),
    )


def of_period(levels: pl.DataFrame, now: Row | None) -> pl.DataFrame:
    """The five levels of a period."""
    if now is None:
        return levels.clear()
    return levels.filter((pl.col("period_type") == now["period_type"]) & (pl.col("period_id") == now["period_id"])).sort("level")


def scale_labels(scale: pl.DataFrame) -> dict[int, str]:
    """What people call each level."""
    return dict(scale.select("level", "label").iter_rows())


def card(colours: Tokens, definition: Row, levels: pl.DataFrame, now: Row | None, names: dict[str, str], waiting: str) -> None:
    """The card of the overview: the share of the most common level, five small columns."""
    label = str(definition["label"])
    if now is None or now["value"] is None:
        st.metric(label, f.NONE)
        why = f"{sentences.period_name(now, names)} · hidden: {sentences.hidden_because(now)}" if now else ""
        components.text("quiet", "rating_distribution", why or sentences.opened(waiting) or "No final ratings in this period.")
        return
    shown = of_period(levels, now)
    top = shown.sort("share", descending=True).row(0, named=True)
    st.metric(label, f"{f.number(top['share'], 'share')} at level {top['level']}")
    people = f.many(top["n_rated"], "person", "people")
    components.text("quiet", "rating_distribution", f"most common level · {sentences.spoken(now, names)} · {people}")
    components.chart("spark_rating_distribution", level_charts.small(shown, colours), "Shares of the five levels; outline: reference.")
    if now["not_final"]:
        components.text("plain", "rating_distribution", sentences.opened(now["not_final"]))
    elif top["reference_share"] is not None:
        words = f"The declared reference has {f.number(top['reference_share'], 'share')} there (diagnostic)"
        components.text("plain", "rating_distribution", words)


def closer(colours: Tokens, whose: Subject, when: str, by: str, labels: dict[int, str], levels: pl.DataFrame, groups: pl.DataFrame) -> None:
    """The distribution as the chosen figure of the overview: five columns, and groups as bars from low to high."""
    drawn = level_charts.columns(views.levels_frame(levels, labels), colours)
    alt = "Share of final ratings at each of five levels, beside the declared reference."
    note = "Dashed outline: the declared reference, diagnostic only."
    components.figure("trend", f"Final ratings: {whose.name}, {when}", note, drawn, alt)
    components.one_dimension(by, whose)
    if groups.is_empty():
        components.empty("groups", f"{whose.name} has no {f.DIMENSION_PLURALS[by]} below it with ratings in {when}.")
        return
    table = groups_frame(groups, labels, whose.names)
    drawn = level_charts.groups(table, labels, colours)
    alt = "Shares of the five levels in each group; the table below has the same figures."
    note = "Sorted by the share at levels 4 and 5. n: ratings."
    components.figure("groups", f"Final ratings by {components.groups_title(by, whose)}, {when}", note, drawn, alt)
    columns = {"who": (f.DIMENSION_WORDS[by].capitalize(), "text")} | {f"level_{n}": (labels[n], "share") for n in labels}
    columns |= {"n_rated": ("Ratings", "count"), "why": ("Hidden because", "text")}
    components.table("groups", wide(table, labels), columns, f"rating_distribution_by_{by}.csv")


def groups_frame(groups: pl.DataFrame, labels: dict[int, str], names: dict[str, str]) -> pl.DataFrame:
    """Groups with their names, in the order of their share at levels 4 and 5; hidden ones at the end."""
    called = f.members(groups["dimension"][0], groups["member_id"], names) if groups.height else {}
    who = [called[key] for key in groups["member_id"]]
    why = [f.reason(code) for code in groups["suppression_reason"].to_list()]
    named = views.levels_frame(groups, labels).with_columns(who=pl.Series(who, dtype=pl.String), why=pl.Series(why, dtype=pl.String))
    high = pl.col("share").filter(pl.col("level") >= 4).sum().over("member_id")
    gone = pl.col("share").is_null().all().over("member_id")
    return named.with_columns(high=high, gone=gone).sort("gone", pl.col("high"), "who", "level", descending=[False, True, False, False])


def wide(groups: pl.DataFrame, labels: dict[int, str]) -> pl.DataFrame:
    """One row a group, a column a level."""
    shares = [pl.col("share").filter(pl.col("level") == n).first().alias(f"level_{n}") for n in labels]
    return groups.group_by("member_id", maintain_order=True).agg(pl.col("who", "n_rated", "why").first(), *shares)
