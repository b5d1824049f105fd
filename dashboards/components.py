"""Pieces that every page is made of: scope line, answer, notices, how it is computed, what is hidden, tables, states.

Belongs here: drawing of words and tables. Does not belong here: charts, sentences, fetching.

Text that may come from data goes through st.text or is escaped here; markdown and HTML never see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import formats as f
from dashboards.charts import Drawn
from dashboards.filters import Bar
from dashboards.page_context import Subject
from dashboards.snapshots import About

MOST_ROWS_WHOLE = 45  # a longer table scrolls in itself
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text(kind: str, key: str, words: str) -> None:
    """Words in one of the style sheet's voices: scope, answer, quiet, label, good, bad, plain."""
    if words:
        with st.container(key=f"{kind}_{key}", gap=None):
            st.text(words)


def heading(title: str, parts: Sequence[str]) -> None:
    """The page's title and, in one quiet line, its scope."""
    st.title(title, anchor=False)
    text("scope", "line", " · ".join(part for part in parts if part))


def age_parts(about: About) -> list[str]:
    """As of when, and how old the snapshot is."""
    return [f"as of {f.day(about.as_of)}", f"updated {f.age(about.age)}"]


def notices(bar: Bar) -> None:
    """Why a part of the link was not followed."""
    for at, words in enumerate(bar.notices):
        text("banner", f"notice_{at}", words)


def chart(key: str, drawn: Drawn, alt: str) -> None:
    """A chart in its own colours, with words for those who do not see it."""
    with st.container(key=f"chart_{key}"):
        st.altair_chart(drawn, theme=None, width="stretch", alt=alt)


def figure(key: str, title: str, note: str, drawn: Drawn, alt: str) -> None:
    """A chart under its title: what is shown, and what the marks are."""
    words = f'<p class="pl-note">{escape(note)}</p>' if note else ""
    st.html(f'<h2 class="pl-title">{escape(title)}</h2>{words}')
    chart(key, drawn, alt)


def title(words: str, note: str = "") -> None:
    """The title of a part without a chart."""
    below = f'<p class="pl-note">{escape(note)}</p>' if note else ""
    st.html(f'<h2 class="pl-title">{escape(words)}</h2>{below}')


def one_dimension(by: str, whose: Subject) -> None:
    """Why groups of another dimension are not those within a department."""
    if by == "department" or whose.is_company:
        return
    several = f.DIMENSION_PLURALS[by]
    words = f"{several.capitalize()} within {whose.name} are not shown: two dimensions together would isolate people."
    text("banner", "one_dimension", f"{words} These are the {several} of the whole company.")


def groups_title(by: str, whose: Subject) -> str:
    """Department below Engineering; location."""
    return f.DIMENSION_WORDS[by] + (f" below {whose.name}" if by == "department" and not whose.is_company else "")


def members_columns(by: str, label: str, unit: str) -> dict[str, tuple[str, str]]:
    """Columns of a table of groups."""
    return {
        "who": (f.DIMENSION_WORDS[by].capitalize(), "text"),
        "value": (label, unit),
        "ci_low": ("95% from", unit),
        "ci_high": ("95% to", unit),
        "numerator": ("Numerator", "count" if unit == "share" else "rating"),
        "denominator": ("Denominator", "count"),
        "n_people": ("People", "count"),
        "n_excluded": ("Left out", "count"),
        "why": ("Hidden because", "text"),
    }


def facts(key: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Names and what they are, one below the other."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in pairs if words)
    with st.container(key=f"facts_{key}"):
        st.html(f'<dl class="pl-facts">{rows}</dl>')


def computed(key: str, definition: Mapping[str, Any], row: Mapping[str, Any] | None, more: Sequence[tuple[str, str]] = ()) -> None:
    """How a figure is computed: its definition in words, numerator and denominator, what is left out and how many."""
    with st.expander("How this is computed", icon=":material/function:"):
        left_out = str(definition["excluded"])
        if row is not None and row.get("n_excluded") is not None:
            left_out += f" ({f.count(row['n_excluded'])} here)"
        pairs = [("Definition", str(definition["definition"])), ("Numerator", str(definition["numerator"]))]
        if row is not None and row.get("numerator") is not None and definition["unit"] == "share":
            pairs[1] = ("Numerator", f"{definition['numerator']}: {f.count(row['numerator'])} here")
        below = str(definition["denominator"])
        if row is not None and row.get("denominator") is not None:
            below += f": {f.count(row['denominator'])} here"
        pairs += [("Denominator", below), ("Left out", left_out), ("Interval", INTERVALS.get(str(definition["ci_method"]), "none"))]
        facts(key, [*pairs, *more, ("Version of the definition", str(definition["version"]))])
        st.page_link(st.session_state["pages"]["definitions"], label="All definitions", icon=":material/menu_book:")


RULES = (
    "Figures about fewer than 5 people are never shown, nor are rating distributions of fewer than 20 (before calibration nor where 1 to 4 "
    "of the ratings have no manager's rating) and intervals of an average rating of fewer than 10; nor is a plan success or a share of top "
    "ratings of 0% or 100% among fewer than 20: it would say something about each of them. Groups are shown one dimension at a time; two "
    "together would isolate people."
)
INTERVALS = {
    "cluster_t": "95%, from the spread between managers (people of one manager are rated alike); none from fewer than three managers.",
    "cluster_wilson": "95%, Wilson at the effective number of events (one manager's are alike); none from fewer than three managers.",
}


def hidden(key: str, frames: Mapping[str, pl.DataFrame]) -> None:
    """What is hidden and why: how many groups or periods of each kind, by rule."""
    lines = []
    for what, frame in frames.items():
        if frame.is_empty() or "is_reportable" not in frame.columns:
            continue
        gone = frame.filter(~pl.col("is_reportable"))
        if gone.height:
            lines.append(f"{gone.height} of {frame.height} {what}: {f.IN_FULL}.")
    label = "What is hidden and why" if lines else "What is hidden and why: nothing on this page"
    with st.expander(label, icon=":material/visibility_off:"), st.container(key=f"hidden_{key}"):
        for line in lines:
            st.text(line)
        st.text(RULES)


def table(key: str, frame: pl.DataFrame, columns: Mapping[str, tuple[str, str]], file_name: str, *, height: int | None = None) -> None:
    """A sortable table, and the same rows to download.

    Args:
        key: of the container, `table_<key>`.
        frame: rows in the order in which they are first shown.
        columns: name of the column: (heading, kind); kinds are text, count, share, rating, day, moment.
        file_name: of the download.
        height: in pixels; None is as high as the rows, where they are not too many to scroll past.
    """
    kinds: dict[str, Callable[[str], Any]] = {
        "text": st.column_config.TextColumn,
        "count": lambda label: st.column_config.NumberColumn(label, format="localized"),
        "share": lambda label: st.column_config.NumberColumn(label, format="%.1f%%"),
        "rating": lambda label: st.column_config.NumberColumn(label, format="%.2f"),
        "day": lambda label: st.column_config.DateColumn(label, format="D MMM YYYY"),
        "moment": lambda label: st.column_config.DatetimeColumn(label, format="D MMM YYYY, HH:mm"),
    }
    columns = {name: made for name, made in columns.items() if name != "why" or frame["why"].str.len_chars().sum()}
    chosen = frame.select(list(columns))
    shares = [name for name, (_, kind) in columns.items() if kind == "share"]
    shown = chosen.with_columns([pl.col(name).cast(pl.Float64) * 100 for name in shares])
    config = {name: kinds[kind](label) for name, (label, kind) in columns.items()}
    with st.container(key=f"table_{key}"):
        st.dataframe(
            shown,
            hide_index=True,
            column_config=config,
            placeholder=f.NONE,
            height=height or ("content" if shown.height <= MOST_ROWS_WHOLE else "auto"),
            width="stretch",
        )
        st.download_button(
            "Download as CSV",
            data=partial(as_csv, chosen.rename({name: label for name, (label, _) in columns.items()})),
            file_name=file_name,
            mime="text/csv",
            key=f"csv_{key}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def as_csv(frame: pl.DataFrame) -> str:
    """A table as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    risky = [pl.col(name).str.head(1).is_in(FORMULA) for name in texts]
    safe = [
        pl.when(is_risky).then(pl.concat_str(pl.lit("'"), name)).otherwise(pl.col(name)).alias(name)
        for name, is_risky in zip(texts, risky, strict=True)
    ]
    return frame.with_columns(safe).write_csv()


def empty(key: str, words: str) -> None:
    """Something is missing: what, and how to bring it."""
    text("empty", key, words)


def alert(key: str, title: str, words: str) -> None:
    """Something is wrong: what, and what to do."""
    with st.container(key=f"alert_{key}"):
        st.text(title)
        text("quiet", f"alert_{key}", words)


def stale(about: About) -> None:
    """Since when the numbers are stale, and why."""
    if about.stale_since is not None:
        title = f"These numbers are stale since {f.day(about.stale_since.date())}, {about.stale_since:%H:%M} UTC."
        alert("stale", title, about.stale_why or "The Data page says how the last run went.")
