"""Pictures of rating distributions: five columns beside the reference, before and after calibration, groups as bars.

Belongs here: marks. Does not belong here: what is shown or hidden (the door), sentences.
"""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards.charts import AXIS_ROOM, LEGEND_ROOM, ROW, Drawn, finished
from dashboards.formats import number
from dashboards.theme import Tokens

WRAPPED = "split(datum.label, ' ')"
NARROWER = alt.ExprRef("width < 420 ? 9.5 : 12")  # on a phone two words of a scale must not run into each other
SMALLER = alt.ExprRef("width < 420 ? 8.5 : 11.5")  # nor the figures above two bars beside each other


def small(levels: pl.DataFrame, colours: Tokens) -> Drawn:
    """Five small columns with the reference as an outline."""
    base = alt.Chart(levels).encode(x=alt.X("level:O", axis=None, scale=alt.Scale(paddingInner=0.25)))
    bars = base.mark_bar(color=colours.accent, cornerRadiusEnd=2).encode(y=alt.Y("share:Q", axis=None))
    outline = base.mark_bar(filled=False, stroke=colours.reference, strokeWidth=1.5).encode(y=alt.Y("reference_share:Q", axis=None))
    return finished((bars + outline).properties(height=46, padding={"left": 2, "right": 6, "top": 4, "bottom": 2}), colours)


def columns(levels: pl.DataFrame, colours: Tokens, *, before: bool = False) -> Drawn:
    """Five columns with the labels of the scale, the reference as an outline; with `before`, those before calibration beside.

    Columns: level, label, share, share_before_calibration, reference_share, shown, of.
    """
    order = levels.sort("level")["label"].unique(maintain_order=True).to_list()
    x = alt.X(
        "label:N",
        sort=order,
        title=None,
        scale=alt.Scale(domain=order, paddingInner=0.3),
        axis=alt.Axis(labelAngle=0, labelExpr=WRAPPED, labelColor=colours.ink, labelFontSize=NARROWER),
    )
    y_axis = alt.Axis(format=".0%", title="Share of ratings", tickCount=5)
    found = [levels[column].max() for column in ("share", "share_before_calibration", "reference_share")]
    y_scale = alt.Scale(domain=[0, min(1.0, 1.12 * max(float(v) for v in found if isinstance(v, float)))])  # room for labels above
    tip = [alt.Tooltip("label:N", title="Level"), alt.Tooltip("shown:N", title="Share"), alt.Tooltip("of:N", title="Ratings")]
    base = alt.Chart(levels.with_columns(top=above("share"))).encode(x=x, tooltip=tip)
    outline = base.mark_bar(filled=False, stroke=colours.reference, strokeWidth=2, strokeDash=[5, 3]).encode(
        y=alt.Y("reference_share:Q", axis=y_axis, scale=y_scale),
        tooltip=[alt.Tooltip("label:N", title="Level"), alt.Tooltip("reference_share:Q", format=".0%", title="Reference")],
    )
    if not before:
        bars = base.mark_bar(color=colours.accent).encode(y=alt.Y("share:Q", axis=y_axis, scale=y_scale))
        words = base.mark_text(dy=-8, fontWeight=600, color=colours.ink).encode(y="top:Q", text="shown:N")
        return finished(alt.layer(bars, outline, words).properties(height=300), colours)
    stages = ["Before calibration", "After calibration"]
    long = levels.unpivot(
        on=["share_before_calibration", "share"], index=["level", "label", "reference_share"], variable_name="column", value_name="value"
    ).with_columns(stage=pl.when(pl.col("column") == "share").then(pl.lit(stages[1])).otherwise(pl.lit(stages[0])))
    shown = long.with_columns(top=above("value"), shown=pl.col("value").map_elements(lambda v: number(v, "share"), return_dtype=pl.String))
    paint = alt.Color(
        "stage:N",
        scale=alt.Scale(domain=stages, range=[colours.sequential[0], colours.accent]),
        legend=alt.Legend(orient="top", title=None),
    )
    both = alt.Chart(shown).encode(
        x=x,
        xOffset=alt.XOffset("stage:N", sort=stages),
        tooltip=[alt.Tooltip("label:N", title="Level"), alt.Tooltip("stage:N", title="When"), alt.Tooltip("shown:N", title="Share")],
    )
    bars = both.mark_bar().encode(y=alt.Y("value:Q", axis=y_axis, scale=y_scale), color=paint)
    words = both.mark_text(dy=-8, fontSize=SMALLER, color=colours.ink).encode(y="top:Q", text="shown:N")
    return finished(alt.layer(outline, bars, words).properties(height=320), colours)


def above(column: str) -> pl.Expr:
    """Where a label stands: on its column, or on the reference where that line would run through it."""
    ahead = pl.col("reference_share") - pl.col(column)
    return pl.when(ahead.is_between(0, 0.06)).then(pl.col("reference_share")).otherwise(pl.col(column))


def groups(frame: pl.DataFrame, labels: dict[int, str], colours: Tokens) -> Drawn:
    """A bar of five parts a group; hidden groups at the end with the reason."""
    order = frame["who"].unique(maintain_order=True).to_list()
    domain = [labels[n] for n in sorted(labels)]
    y = alt.Y(
        "who:N",
        sort=order,
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labelLimit=190, labelColor=colours.ink, labelFontSize=12.5),
    )
    shown = frame.filter(pl.col("share").is_not_null())
    paint = alt.Color(
        "label:N",
        sort=domain,
        scale=alt.Scale(domain=domain, range=list(colours.diverging)),
        legend=alt.Legend(orient="top", title=None, columns=alt.ExprRef("width < 420 ? 2 : 3")),  # on a phone three do not fit
    )
    bars = (
        alt.Chart(shown)
        .mark_bar(cornerRadiusEnd=0, size=18)
        .encode(
            y=y,
            x=alt.X(
                "share:Q", stack="zero", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", title="Share of ratings", tickCount=5)
            ),
            color=paint,
            order=alt.Order("level:O"),
            tooltip=[
                alt.Tooltip("who:N", title="Group"),
                alt.Tooltip("label:N", title="Level"),
                alt.Tooltip("shown:N", title="Share"),
                alt.Tooltip("of:N", title="Ratings"),
            ],
        )
    )
    n = alt.Chart(shown.unique("who")).mark_text(align="left", dx=10, fontSize=11.5, color=colours.muted)
    layers = [bars, n.encode(y=y, x=alt.value("width"), text=alt.Text("count:N")).transform_calculate(count="'n ' + datum.n_rated")]
    hidden = frame.filter(pl.col("share").is_null()).unique("who")
    if hidden.height:
        layers.append(
            alt.Chart(hidden)
            .mark_text(align="left", dx=4, color=colours.muted, fontStyle="italic")
            .encode(y=y, x=alt.value(0), text="label_why:N")
            .transform_calculate(label_why="'–  ' + datum.why")
        )
    return finished(alt.layer(*layers).properties(height=ROW * len(order) + AXIS_ROOM + LEGEND_ROOM), colours)
