"""Pictures of a metric: its trend, its groups, a small trend for a card. Pure functions: frame in, Altair chart out.

Belongs here: marks, scales, what a reader sees on hovering. Does not belong here: fetching, sentences, rounding for text.
Frames hold ready names (`period`, `who`, `shown`) made by `views`; a row that is hidden comes without numbers.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from dashboards.theme import Tokens, altair_theme

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart
AXIS_ROOM, LEGEND_ROOM, ROW = 58, 54, 28  # pixels: heights given to a chart include its axis and legend
AXIS = {"share": ".0%", "rating": ".2f"}
BAND = "95% interval"
APART_NOTE = " Strong colour, ▲ or ▼: clearly away from the company."


def finished(chart: Drawn, colours: Tokens) -> Drawn:
    """The theme, and room for the labels."""
    themed: Drawn = chart.configure(**altair_theme(colours))
    return themed


def scale(frame: pl.DataFrame, unit: str, *columns: str, tight: bool = False) -> alt.Scale:
    """An axis around the values and their intervals, within what a value can be; never narrower than it can bear."""
    found = [float(v) for c in columns for v in (frame[c].min(), frame[c].max()) if v is not None]  # type: ignore[arg-type]
    least, most, narrow = (0.0, 1.0, 0.16) if unit == "share" else (1.0, 5.0, 0.6)
    if not found:
        return alt.Scale(domain=[least, most])
    narrow *= 0.6 if tight else 1
    low, high = min(found), max(found)
    pad = max(0.12 * (high - low), (narrow - (high - low)) / 2, 0)
    return alt.Scale(domain=[max(least, low - pad), min(most, high + pad)], zero=False, nice=True, clamp=False)


def spark(frame: pl.DataFrame, unit: str, colours: Tokens) -> Drawn:
    """A small trend with its interval band; the last point is the one that the card names."""
    shown = frame.filter(pl.col("value").is_not_null())
    y = scale(shown, unit, "value", "ci_low", "ci_high", tight=True)
    x = alt.X("order:Q", axis=None, scale=alt.Scale(domain=[0, max(frame.height - 1, 1)], nice=False))
    base = alt.Chart(shown).encode(x=x, tooltip=[alt.Tooltip("period:N", title="Period"), alt.Tooltip("shown:N", title="Value")])
    band = base.mark_area(opacity=0.16, color=colours.accent).encode(y=alt.Y("ci_low:Q", axis=None, scale=y), y2="ci_high:Q")
    line = base.mark_line(color=colours.accent, strokeWidth=2).encode(y=alt.Y("value:Q", axis=None, scale=y))
    last = (
        base.mark_circle(size=56, color=colours.accent, opacity=1)
        .encode(y=alt.Y("value:Q", axis=None, scale=y))
        .transform_filter(alt.datum.is_current)
    )
    return finished((band + line + last).properties(height=46, padding={"left": 2, "right": 6, "top": 4, "bottom": 2}), colours)


def trend(frame: pl.DataFrame, unit: str, colours: Tokens, company: pl.DataFrame | None = None) -> Drawn:
    """Values over periods with their interval; a comparison in grey behind; periods of another cadence as grey points.

    Columns: order, period, value, ci_low, ci_high, shown, n, is_subject (same cadence), is_complete, is_current, why.
    """
    subject = frame.filter(pl.col("is_subject") & pl.col("value").is_not_null())
    others = frame.filter(~pl.col("is_subject") & pl.col("value").is_not_null())
    behind = company.filter(pl.col("value").is_not_null()) if company is not None else None
    limits = pl.concat([part.select("value", "ci_low", "ci_high") for part in (subject, others, behind) if part is not None])
    order = frame["period"].to_list()
    axis = alt.Axis(labelAngle=0, title=None, labelOverlap="greedy", labelLimit=120)
    x = alt.X("period:N", sort=order, scale=alt.Scale(domain=order, padding=0.2), axis=axis)
    measure = "Share" if unit == "share" else "Rating, 1 to 5"
    y_scale = scale(limits, unit, "value", "ci_low", "ci_high")
    y = alt.Y("value:Q", scale=y_scale, axis=alt.Axis(format=AXIS[unit], title=measure, tickCount=5))
    low = alt.Y("ci_low:Q", scale=y_scale, title=measure)
    tip = [
        alt.Tooltip("period:N", title="Period"),
        alt.Tooltip("shown:N", title=f"Value ({BAND})"),
        alt.Tooltip("n:N", title="From"),
        alt.Tooltip("status:N", title="State"),
    ]
    layers: list[Any] = []
    if behind is not None and behind.height:
        grey = alt.Chart(behind).encode(x=x, y=y)
        layers += [
            grey.mark_line(color=colours.reference, strokeWidth=1.75),
            grey.mark_text(align="left", dx=7, color=colours.muted).encode(text="who:N").transform_filter(alt.datum.is_last),
        ]
    if others.height:
        grey = alt.Chart(others).encode(x=x, tooltip=tip)
        layers += [
            grey.mark_rule(color=colours.reference, strokeWidth=1.5).encode(y=low, y2="ci_high:Q"),
            grey.mark_point(color=colours.reference, filled=False, fill=colours.background, size=46, strokeWidth=1.75).encode(y=y),
        ]
    base = alt.Chart(subject).encode(x=x, tooltip=tip)
    is_band = subject.height > 3
    if is_band:
        band = base.mark_area(opacity=0.15, color=colours.accent).encode(y=low, y2="ci_high:Q")
        layers.append(band.transform_filter(alt.datum.is_complete))
    if not is_band or subject.filter(~pl.col("is_complete")).height:
        whiskers = base.mark_rule(color=colours.accent, strokeWidth=2, opacity=0.55).encode(y=low, y2="ci_high:Q")
        layers.append(whiskers.transform_filter(~alt.datum.is_complete) if is_band else whiskers)
    layers += [  # no line leads to a point that is not compared: it would be read as a rise or a fall
        base.mark_line(color=colours.accent, strokeWidth=2.5).encode(y=y).transform_filter(alt.datum.is_complete),
        base.mark_point(color=colours.accent, size=60, strokeWidth=2, opacity=1).encode(
            y=y, fill=alt.condition(alt.datum.is_complete, alt.value(colours.accent), alt.value(colours.background))
        ),
        base.mark_text(dy=label_dy(subject, behind), fontWeight=600, color=colours.ink)
        .encode(y=y, text="short:N")
        .transform_filter(alt.datum.is_current),
    ]
    gaps = frame.filter(pl.col("value").is_null())
    if gaps.height:
        hidden = alt.Chart(gaps).mark_text(text="–", color=colours.muted, fontSize=16, dy=-8)
        layers.append(
            hidden.encode(
                x=x, y=alt.value("height"), tooltip=[alt.Tooltip("period:N", title="Period"), alt.Tooltip("why:N", title="Hidden")]
            )
        )
    return finished(alt.layer(*layers).properties(height=300), colours)


def trend_note(frame: pl.DataFrame) -> str:
    """What the marks of a trend are."""
    note = "Line and band: 95% interval." if frame.filter("is_subject").height > 3 else "Whisker: 95% interval."
    if frame.filter(~pl.col("is_subject")).height:
        note += " Grey points: cycles of another kind."
    return note + (
        " Hollow: a period that is not over, or whose ratings are not final." if frame.filter(~pl.col("is_complete")).height else ""
    )


def label_dy(subject: pl.DataFrame, behind: pl.DataFrame | None) -> int:
    """Where the label of the current point stands: below it where the comparison lies above it."""
    if behind is None:
        return -16
    both = subject.filter("is_current").join(behind, on="period", suffix="_behind")
    return 20 if both.filter(pl.col("value_behind") >= pl.col("value")).height else -16


def dots(frame: pl.DataFrame, unit: str, colours: Tokens, reference: float | None, reference_name: str) -> Drawn:
    """Groups as points with whiskers, sorted by value; the reference as a grey line; hidden groups at the end with the reason.

    Columns: who, value, ci_low, ci_high, shown, short, beside, n, side, why, rank.
    """
    order = frame.sort("rank")["who"].to_list()
    shown, hidden = frame.filter(pl.col("value").is_not_null()), frame.filter(pl.col("value").is_null())
    names = ("value", "ci_low", "ci_high")
    extra = pl.DataFrame([[reference]] * 3, schema=dict.fromkeys(names, pl.Float64))
    x_scale = scale(pl.concat([shown.select("value", "ci_low", "ci_high"), extra]), unit, "value", "ci_low", "ci_high")
    measure = "Share" if unit == "share" else "Rating, 1 to 5"
    x_axis = alt.Axis(format=AXIS[unit], title=measure, tickCount=6, grid=True, orient="bottom")
    y = alt.Y(
        "who:N",
        sort=order,
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labelLimit=180, labelColor=colours.ink, labelFontSize=12.5),
    )
    tip = [
        alt.Tooltip("who:N", title="Group"),
        alt.Tooltip("shown:N", title=f"Value ({BAND})"),
        alt.Tooltip("n:N", title="From"),
    ]
    base = alt.Chart(shown).encode(y=y, tooltip=tip)
    plain = reference is not None  # without a comparison nothing stands out, and nothing is held back
    strong = alt.condition(alt.datum.side == "", alt.value(0.7 if plain else 1), alt.value(1))
    layers: list[Any] = []
    if reference is not None:
        line = alt.Chart(pl.DataFrame({"value": [reference], "name": [reference_name]}))
        layers += [
            line.mark_rule(color=colours.reference, strokeWidth=1.5, strokeDash=[4, 3]).encode(x=alt.X("value:Q", scale=x_scale)),
            line.mark_text(align="left", dx=5, baseline="bottom", color=colours.muted).encode(
                x=alt.X("value:Q", scale=x_scale), y=alt.value(-3), text="name:N"
            ),
        ]
    layers += [
        base.mark_rule(strokeWidth=2.5, color=colours.accent).encode(
            x=alt.X("ci_low:Q", scale=x_scale, axis=x_axis),
            x2="ci_high:Q",
            opacity=alt.condition(alt.datum.side == "", alt.value(0.4), alt.value(0.8)),
        ),
        base.mark_circle(size=95, color=colours.accent).encode(x=alt.X("value:Q", scale=x_scale, axis=x_axis), opacity=strong),
        base.mark_text(align="left", dx=12, fontSize=12.5, color=colours.ink).encode(x=alt.value("width"), text="short:N"),
        base.mark_text(align="left", dx=52, fontSize=12, color=colours.muted).encode(x=alt.value("width"), text="beside:N"),
    ]
    if hidden.height:
        grey = alt.Chart(hidden).encode(y=y, tooltip=[alt.Tooltip("who:N", title="Group"), alt.Tooltip("why:N", title="Hidden")])
        layers.append(grey.mark_text(align="left", dx=4, color=colours.muted, fontStyle="italic").encode(x=alt.value(0), text="label:N"))
    return finished(alt.layer(*layers).properties(height=ROW * len(order) + AXIS_ROOM), colours)
