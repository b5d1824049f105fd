"""The cascade of goals: company goals, the department goals below them, how far those below have come.

Belongs here: the tree and its drawing as nested, expandable lines. Does not belong here: fetching, suppression (published so).

Titles come from data: every text is escaped.
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

import polars as pl

from dashboards import formats as f

Row = dict[str, Any]
MOST = 400  # lines that a page can bear
NO_PARENT = "Department goals without a company goal above them"


def running(goals: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """Goals that run within a period or are due in it."""
    begun = pl.col("start_date").is_null() | (pl.col("start_date") <= end)
    return goals.filter(begun & (pl.col("target_date").is_null() | (pl.col("target_date") >= start)))


def not_too_many(goals: pl.DataFrame, nearest: list[str], most: int = MOST) -> tuple[pl.DataFrame, str]:
    """What can be listed on a page, and words for what is left to the table: first goals of departments further down go."""
    if goals.height <= most:
        return goals, ""
    near = goals.filter((pl.col("goal_level") == "company") | pl.col("department_key").is_in(nearest)).head(most)
    words = f"{f.count(near.height)} of {f.many(goals.height, 'goal')} are listed, those nearest to the top; the table below has them all, "
    return near, words + "and a department chosen in the sidebar shows its own."


def tree(goals: pl.DataFrame) -> tuple[list[Row], dict[str, list[Row]]]:
    """Roots (company goals) and children by parent; a department goal whose parent is not here stands under ''."""
    rows = goals.rows(named=True)
    known = {row["goal_key"] for row in rows}
    below: dict[str, list[Row]] = {}
    roots = []
    for row in rows:
        if row["goal_level"] == "company" and row["parent_goal_key"] not in known:
            roots.append(row)
        else:
            below.setdefault(row["parent_goal_key"] if row["parent_goal_key"] in known else "", []).append(row)
    return roots, below


def html(goals: pl.DataFrame, names: dict[str, str]) -> str:
    """The tree as nested details elements, which open without a script."""
    roots, below = tree(goals)
    parts = [_node(row, below, names, set()) for row in roots]
    loose = below.get("", [])
    if loose:
        inner = "".join(_node(row, below, names, set()) for row in loose)
        head = f"<div><b>{escape(NO_PARENT)}</b></div><span></span><span class='n'>{f.many(len(loose), 'goal')}</span>"
        parts.append(f"<details><summary>{head}</summary>{inner}</details>")
    return f'<div class="pl-tree">{"".join(parts)}</div>'


def _node(row: Row, below: dict[str, list[Row]], names: dict[str, str], above: set[str]) -> str:
    key = str(row["goal_key"])
    children = [child for child in below.get(key, []) if child["goal_key"] not in above | {key}]
    if not children:
        return f'<div class="leaf">{_line(row, names, 0)}</div>'
    inner = "".join(_node(child, below, names, above | {key}) for child in children)
    return f"<details><summary>{_line(row, names, len(children))}</summary>{inner}</details>"


def _line(row: Row, names: dict[str, str], n_children: int) -> str:
    about = [names.get(row["department_key"], "") if row["department_key"] else "Company", f"due {f.day(row['target_date'])}"]
    if row["own_status"]:
        about.append(str(row["own_status"]).replace("_", " "))
    if row["own_progress_pct"] is not None:
        about.append(f"own progress {f.whole(float(row['own_progress_pct']))}%")
    if n_children:
        about.append(f.many(n_children, "department goal") + " below")
    title = f"<div>{escape(str(row['title']))}<small>{escape(' · '.join(part for part in about if part))}</small></div>"
    return title + bar(row)


def bar(row: Row) -> str:
    """Progress of what is below, as a bar and in figures; hidden or nothing below, in words."""
    if row["is_reportable"] is False:
        return f"<span></span><span class='n' title='hidden'>{f.NONE} {escape(f.reason(row['suppression_reason']))}</span>"
    if not row["n_goals_below"] or row["progress_below"] is None:
        return "<span></span><span class='n'>no goals below</span>"
    share = max(0.0, min(100.0, float(row["progress_below"])))
    words = f"{f.number(share / 100, 'share')} · {f.count(row['n_completed_below'])} of {f.count(row['n_goals_below'])} completed"
    drawn = f"<div class='bar' role='img' aria-label='{f.whole(share)}% progress'><i style='width:{share:.1f}%'></i></div>"
    return f"{drawn}<span class='n'>{escape(words)}</span>"


def table(goals: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """The same goals as a table."""
    places = [names.get(key, "") if key else "Company" for key in goals["department_key"].to_list()]
    why = [f.reason(code) for code in goals["suppression_reason"].to_list()]
    return goals.with_columns(
        place=pl.Series(places, dtype=pl.String), why=pl.Series(why, dtype=pl.String), progress=pl.col("progress_below") / 100
    )
