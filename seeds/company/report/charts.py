"""Charts as SVG, without anything from elsewhere: bars, stacked bars and lines.

Here: drawing. Colours are those of Okabe and Ito (2008), which people with colour blindness tell apart; next to each chart its
numbers stand as a table. Not here: what is drawn (figures of areas), the page (page.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Literal

import polars as pl

COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#444444", "#999999"]
WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 80, 12, 12, 64
ROW_HEIGHT, NAME_WIDTH = 18, 230
MOST_LABELS, TICKS = 14, 5
LETTER = 6.3  # width of a character of a label
Kind = Literal["bars", "stacked", "lines", "rows"]


@dataclass(frozen=True)
class Chart:
    """What to draw: `x` names the column of categories in order, `ys` those of values (one series each).

    `rows` are bars that lie, for long names. `is_share`: values are shares, shown in percent. `note` says how to read it.
    """

    title: str
    frame: pl.DataFrame
    x: str
    ys: tuple[str, ...]
    x_title: str
    y_title: str
    kind: Kind = "bars"
    is_share: bool = False
    note: str = ""


def number(value: float | None, *, is_share: bool = False) -> str:
    """A value in few digits; empty where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    if is_share:
        return f"{100 * value:.1f}%"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}" if abs(value) < 1 else f"{value:.3g}"


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` or below to `high` or above."""
    span = max(high - low, 1e-9)
    step = 10 ** math.floor(math.log10(span / TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= TICKS)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


def _label(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(x: float, y: float, words: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(words)}</text>'


def _frame(chart: Chart, marks: list[float], labels: list[str]) -> tuple[list[str], float]:
    """Axes, their titles and grid of an upright chart; the width of one category."""
    low, high = marks[0], marks[-1]
    wide = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    parts = []
    for mark in marks:
        y = HEIGHT - BOTTOM - (mark - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 6, y + 4, number(mark, is_share=chart.is_share), "end"))
    every = math.ceil(len(labels) / MOST_LABELS)
    tilted = max(map(len, labels), default=0) * LETTER > every * wide
    for place, label in enumerate(labels):
        if place % every == 0:
            x, y = LEFT + (place + 0.5) * wide, HEIGHT - BOTTOM + 14
            parts.append(_text(x, y, label, "end" if tilted else "middle", f'transform="rotate(-30 {x:.1f} {y:.1f})"' if tilted else ""))
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(_text((WIDTH + LEFT) / 2, HEIGHT - (2 if tilted else 28), chart.x_title, more='class="axis"'))
    parts.append(_text(14, middle, chart.y_title, more=f'class="axis" transform="rotate(-90 14 {middle})"'))
    return parts, wide


def _upright(chart: Chart) -> str:
    labels = [_label(value) for value in chart.frame[chart.x]]
    series = [[0.0 if value is None else float(value) for value in chart.frame[name]] for name in chart.ys]
    stacked = chart.kind == "stacked"
    tops = [sum(values) for values in zip(*series, strict=True)] if stacked else [value for values in series for value in values]
    marks = ticks(min(0.0, *tops, 0.0), max(*tops, 0.0))
    parts, wide = _frame(chart, marks, labels)

    def height(value: float) -> float:
        return HEIGHT - BOTTOM - (value - marks[0]) / (marks[-1] - marks[0]) * (HEIGHT - TOP - BOTTOM)

    under = [0.0] * len(labels)
    for which, values in enumerate(series):
        colour = COLOURS[which % len(COLOURS)]
        if chart.kind == "lines":
            points = " ".join(f"{LEFT + (place + 0.5) * wide:.1f},{height(value):.1f}" for place, value in enumerate(values))
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{DASHES[which % 4]}"/>'
            )
            continue
        for place, value in enumerate(values):
            each = wide * 0.8 / (1 if stacked else len(series))
            x = LEFT + (place + 0.1) * wide + (0 if stacked else which * each)
            bottom, top = (under[place], under[place] + value) if stacked else (0.0, value)
            y, tall = min(height(bottom), height(top)), abs(height(bottom) - height(top))
            said = f"{labels[place]}, {chart.ys[which]}: {number(value, is_share=chart.is_share)}"
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{each:.1f}" height="{tall:.1f}" fill="{colour}"><title>{escape(said)}</title></rect>'
            )
            under[place] = top
    return _svg(chart, parts, HEIGHT)


DASHES = ["none", "7 3", "2 3", "10 3 2 3"]


def _lying(chart: Chart) -> str:
    labels = [_label(value) for value in chart.frame[chart.x]]
    values = [0.0 if value is None else float(value) for value in chart.frame[chart.ys[0]]]
    marks = ticks(0.0, max(*values, 1e-6, 0.0))
    tall = TOP + ROW_HEIGHT * len(labels) + 40
    room = WIDTH - NAME_WIDTH - 70
    parts = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        y, width = TOP + place * ROW_HEIGHT, value / marks[-1] * room
        parts.append(_text(NAME_WIDTH - 6, y + 12, label, "end"))
        parts.append(f'<rect x="{NAME_WIDTH}" y="{y + 2}" width="{width:.1f}" height="{ROW_HEIGHT - 5}" fill="{COLOURS[0]}"/>')
        parts.append(_text(NAME_WIDTH + width + 4, y + 12, number(value, is_share=chart.is_share), "start"))
    parts.append(_text(NAME_WIDTH + room / 2, tall - 6, chart.y_title, more='class="axis"'))
    parts.append(_text(NAME_WIDTH - 6, tall - 6, chart.x_title, "end", 'class="axis"'))
    return _svg(chart, parts, tall)


def _svg(chart: Chart, parts: list[str], tall: float) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {tall:.0f}" role="img" aria-label="{escape(chart.title, quote=True)}">{inside}</svg>'


def draw(chart: Chart) -> str:
    """The chart as SVG, or words where there is nothing to draw."""
    if chart.frame.is_empty():
        return "<p>This company has no rows of it.</p>"
    return _lying(chart) if chart.kind == "rows" else _upright(chart)


def legend(chart: Chart) -> str:
    """Colour and name of each series, where there are several."""
    if len(chart.ys) == 1:
        return ""
    keys = "".join(
        f'<li><span style="background:{COLOURS[place % len(COLOURS)]}"></span>{escape(name.replace("_", " "))}</li>'
        for place, name in enumerate(chart.ys)
    )
    return f'<ul class="legend">{keys}</ul>'
