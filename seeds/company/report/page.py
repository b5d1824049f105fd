"""The page of a described company: one HTML file that needs no other and no network.

Here: HTML. Not here: what is computed, drawing (charts.py).
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from seeds.company.parameters import Parameters
from seeds.company.report.charts import Chart, draw, legend, number
from seeds.company.report.marginals import Marginal
from seeds.company.report.report import Report

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; } h3 { margin: 2rem 0 .3rem; font-size: 1.05rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; } caption { text-align: left; color: #444; padding-bottom: .3rem; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #e3e3e3; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: #333; } svg text.axis { font-size: 12px; fill: #1a1a1a; }
svg .grid { stroke: #e3e3e3; } .wide { overflow-x: auto; } details { margin: .3rem 0 1rem; } summary { cursor: pointer; color: #00507f; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: .3rem 0; font-size: .87rem; }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -1px; }
.outside { font-weight: 600; color: #a33c00; } .note { color: #444; margin: .2rem 0; }
"""


def _table(header: list[tuple[str, bool]], rows: list[list[str]], caption: str = "") -> str:
    """A table; each column says whether it holds numbers. Cells are HTML already."""
    heads = "".join(f'<th scope="col"{" class=n" if numbers else ""}>{escape(name)}</th>' for name, numbers in header)
    cells = (
        "".join(f"<td{' class=n' if numbers else ''}>{cell}</td>" for cell, (_, numbers) in zip(row, header, strict=True)) for row in rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{said}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _verdict(marginal: Marginal) -> str:
    if marginal.is_believable is None:
        return "too little data"
    return "inside" if marginal.is_believable else '<span class="outside">outside</span>'


def _marginals(rows: list[Marginal]) -> str:
    header = [("figure", False), ("here", True), ("believable", True), ("", False), ("published", False), ("source", False)]
    cells = []
    for each in rows:
        low, high = (number(bound, is_share=each.is_share) for bound in (each.low, each.high))
        here = number(each.value, is_share=each.is_share)
        cells.append([escape(each.name), here, f"{low} to {high}", _verdict(each), escape(each.published), escape(each.source)])
    return _table(header, cells)


def _cell(value: object, *, is_share: bool) -> str:
    if isinstance(value, float):
        return number(value, is_share=is_share)
    return "" if value is None else escape(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value))


def _chart(chart: Chart) -> str:
    names = chart.frame.columns
    header = [(name.replace("_", " "), name != chart.x) for name in names]
    rows = [
        [_cell(value, is_share=chart.is_share and name in chart.ys) for name, value in zip(names, row, strict=True)]
        for row in chart.frame.iter_rows()
    ]
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    numbers = f"<details><summary>Numbers of this chart</summary>{_table(header, rows)}</details>"
    return f"<h3>{escape(chart.title)}</h3>{note}{legend(chart)}{draw(chart)}{numbers}"


def _settings(parameters: Parameters) -> str:
    header = [("setting", False), ("value", True), ("default", True), ("what it does", False)]
    rows = []
    for name, field in sorted(type(parameters).model_fields.items()):
        value, default = getattr(parameters, name), field.default
        shown = f"<strong>{escape(str(value))}</strong>" if value != default else escape(str(value))
        rows.append([f"<code>{escape(name)}</code>", shown, escape(str(default)), escape(field.description or "")])
    return _table(header, rows, "Change any with plumbline generate --set name=value. What is not at its default is bold.")


def page(report: Report) -> str:
    """The whole page."""
    parameters = report.parameters
    seen = "" if parameters.until == parameters.horizon else f", planned to {parameters.horizon}"
    about = (
        f"{parameters.employees:,} people wanted, {parameters.start} to {parameters.until}{seen}, seed {parameters.seed}. "
        "All of it is invented; nobody here exists."
    )
    sections = "".join(f"<h2>{escape(title)}</h2>" + "".join(map(_chart, charts)) for title, charts in report.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>A synthetic company</title><style>{STYLE}</style></head><body><h1>A synthetic company</h1><p>{escape(about)}</p>"
        "<h2>Beside real companies</h2>"
        "<p>Each figure of this company, between which bounds it is believable, and what has been published.</p>"
        f"{_marginals(report.marginals)}{sections}<h2>Settings</h2>{_settings(parameters)}</body></html>\n"
    )


def write_html(report: Report, path: Path) -> None:
    """Write the page of a company."""
    path.write_text(page(report), encoding="utf-8")
