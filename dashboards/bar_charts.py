"""Pictures of counts: the stages of a cycle, overdue goals by age, loads over time.

Belongs here: marks; bars start at zero. Does not belong here: metrics with intervals (charts), distributions (level_charts).
"""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards.charts import AXIS_ROOM, LEGEND_ROOM, ROW, Drawn, finished
from dashboards.theme import Tokens


def funnel(stages: pl.DataFrame, colours: Tokens) -> Drawn:
    """How many reviews have reached each stage, against all of them in grey. Columns: words, n_reached, n_reviews, label, waiting."""
    order = stages.sort("stage_order")["words"].to_list()
    y = alt.Y("words:N", sort=order, title=None, axis=alt.Axis(labelColor=colours.ink, labelFontSize=12.5, labelLimit=170))
    most = int(stages["n_reviews"].max() or 1)  # type: ignore[arg-type]  # a number by schema
    x = alt.Scale(domain=[0, most])
    tip = [
        alt.Tooltip("words:N", title="Stage"),
        alt.Tooltip("label:N", title="Reached"),
        alt.Tooltip("waiting:N", title="Now at this stage"),
    ]
    base = alt.Chart(stages).encode(y=y, tooltip=tip)
    axis = alt.Axis(title="Reviews", tickCount=5, grid=True)
    layers = [
        base.mark_bar(size=20, color=colours.grid, cornerRadiusEnd=0).encode(x=alt.X("n_reviews:Q", scale=x, axis=axis)),
        base.mark_bar(size=20, color=colours.accent).encode(x=alt.X("n_reached:Q", scale=x, axis=axis)),
        base.mark_text(align="left", dx=12, color=colours.ink, fontSize=12.5).encode(x=alt.value("width"), text="label:N"),
    ]
    return finished(alt.layer(*layers).properties(height=ROW * len(order) + AXIS_ROOM), colours)


def buckets(overdue: pl.DataFrame, colours: Tokens) -> Drawn:
    """Overdue goals by age. Columns: words, bucket_order, n_goals, label."""
    order = overdue.sort("bucket_order")["words"].to_list()
    x = alt.X("words:N", sort=order, title="Days overdue", axis=alt.Axis(labelAngle=0, labelColor=colours.ink))
    base = alt.Chart(overdue).encode(x=x, tooltip=[alt.Tooltip("words:N", title="Days overdue"), alt.Tooltip("label:N", title="Goals")])
    y = alt.Y("n_goals:Q", title="Goals", axis=alt.Axis(tickCount=4, format=",.0f"))
    paint = alt.Color("words:N", scale=alt.Scale(domain=order, range=list(colours.sequential[:1] + colours.sequential[2:])), legend=None)
    layers = [
        base.mark_bar(size=54).encode(y=y, color=paint),
        base.mark_text(dy=-9, fontWeight=600, color=colours.ink).encode(y=y, text="label:N"),
    ]
    return finished(alt.layer(*layers).properties(height=240), colours)


def shares(frame: pl.DataFrame, colours: Tokens) -> Drawn:
    """Overdue as a share of goals due, a bar a group, parted by age. Columns: who, rank, words, bucket_order, share, beside, why."""
    order = frame.sort("rank")["who"].unique(maintain_order=True).to_list()
    ages = frame.sort("bucket_order")["words"].unique(maintain_order=True).to_list()
    y = alt.Y(
        "who:N",
        sort=order,
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labelLimit=180, labelColor=colours.ink, labelFontSize=12.5),
    )
    paint = alt.Color(
        "words:N",
        sort=ages,
        scale=alt.Scale(domain=ages, range=list(colours.sequential[:1] + colours.sequential[2:])),
        legend=alt.Legend(orient="top", title="Days overdue", columns=4),
    )
    shown = frame.filter(pl.col("share").is_not_null())
    tip = [alt.Tooltip("who:N", title="Group"), alt.Tooltip("words:N", title="Days overdue"), alt.Tooltip("n_goals:Q", title="Goals")]
    bars = (
        alt.Chart(shown)
        .mark_bar(size=18, cornerRadiusEnd=0)
        .encode(
            y=y,
            x=alt.X("share:Q", stack="zero", title="Share of goals due so far", axis=alt.Axis(format=".0%", tickCount=5)),
            color=paint,
            order=alt.Order("bucket_order:O"),
            tooltip=tip,
        )
    )
    beside = (
        alt.Chart(shown.unique("who"))
        .mark_text(align="left", dx=10, fontSize=12, color=colours.muted)
        .encode(y=y, x=alt.value("width"), text="beside:N")
    )
    layers = [bars, beside]
    hidden = frame.filter(pl.col("share").is_null()).unique("who")
    if hidden.height:
        words = alt.Chart(hidden).transform_calculate(label="'–  ' + datum.why")
        layers.append(
            words.mark_text(align="left", dx=4, color=colours.muted, fontStyle="italic").encode(y=y, x=alt.value(0), text="label:N")
        )
    return finished(alt.layer(*layers).properties(height=ROW * len(order) + AXIS_ROOM + LEGEND_ROOM), colours)


def loads(frame: pl.DataFrame, colours: Tokens) -> Drawn:
    """Records by day of loading, parted by what became of them. Columns: day, outcome, n."""
    kinds = ["new", "changed", "earlier version", "unchanged", "held back"]
    paints = [colours.accent, colours.sequential[1], colours.sequential[0], colours.grid, colours.bad]
    there = [kind for kind in kinds if kind in set(frame["outcome"].to_list())]
    paint = alt.Color(
        "outcome:N",
        sort=there,
        scale=alt.Scale(domain=there, range=[paints[kinds.index(k)] for k in there]),
        legend=alt.Legend(orient="top", title=None, columns=5),
    )
    drawn = (
        alt.Chart(frame)
        .mark_bar(cornerRadiusEnd=0, size=34)
        .encode(
            x=alt.X("day:N", title="Day of loading (UTC)", axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
            y=alt.Y("n:Q", title="Records read", axis=alt.Axis(format="~s", tickCount=4)),
            color=paint,
            order=alt.Order("rank:O"),
            tooltip=[
                alt.Tooltip("day:N", title="Day"),
                alt.Tooltip("outcome:N", title="Became"),
                alt.Tooltip("n:Q", title="Records", format=","),
            ],
        )
        .properties(height=240)
    )
    return finished(drawn, colours)
