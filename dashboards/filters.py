"""Filters in the sidebar. They mean the same on every page and live in the URL, so that a link shows a colleague the same view.

Belongs here: drawing them, reading and writing the URL, words for values that cannot be. Does not belong here: what is done
with the choice.

The URL is the source: each rerun reads it, a widget only writes to it. What it lacks comes from the session, so that going
to another page keeps the view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboards.formats import day

LATEST = "latest"
TYPE_WORDS = {"cycle": "Cycles", "quarter": "Quarters", "year": "Years"}
USUAL = {**TYPE_WORDS, "cycle": "Usual"}  # where figures of several kinds stand beside each other
USUAL_HELP = "Each figure by its usual period: review cycles for reviews and ratings, quarters for goals, years for improvement plans."


@dataclass(frozen=True)
class Chosen:
    """A chosen period; `period_id` None is the latest with something to show, ending on or before `until`."""

    period_type: str
    period_id: str | None
    until: date | None


def held() -> dict[str, str]:
    """What this session chose last, by parameter."""
    found: dict[str, str] = st.session_state.setdefault("held", {})
    return found


def remember(name: str) -> None:
    """Write a widget's choice to the URL."""
    keep(name, st.session_state[f"f_{name}"])


def end_of(period_type: str, period_id: str, cycles: Mapping[str, date]) -> date | None:
    """The last day of a period; None where it is no period."""
    try:
        if period_type == "cycle":
            return cycles.get(period_id)
        if period_type == "year":
            return date(int(period_id), 12, 31)
        year, quarter = period_id.split("-Q")
        if quarter not in {"1", "2", "3", "4"}:
            return None
        after = 3 * int(quarter)
        return date(int(year) + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None


@dataclass
class Bar:
    """The filters of one page in one rerun."""

    notices: list[str] = field(default_factory=list)

    def choose(self, name: str, label: str, options: Mapping[str, str], default: str, missing: str, *, as_buttons: bool = False) -> str:
        """One choice. A value of the URL that is none of the options is answered with `missing`, and the default stands."""
        from_url = st.query_params.get(name)
        asked = from_url if from_url is not None else held().get(name)
        if asked is not None and asked not in options:
            if from_url is not None:
                self.notices.append(missing.format(asked=asked[:60]))
            asked = None
        value = default if asked is None else asked
        keep(name, None if value == default else value)
        key = f"f_{name}"
        st.session_state[key] = value
        with st.sidebar:
            if as_buttons:
                st.segmented_control(
                    label,
                    list(options),
                    format_func=options.__getitem__,
                    key=key,
                    on_change=remember,
                    args=(name,),
                    required=True,
                    width="stretch",
                )
            else:
                st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=remember, args=(name,))
        return value

    def period(
        self, periods: pl.DataFrame, cycles: pl.DataFrame, types: tuple[str, ...], words: Mapping[str, str] = TYPE_WORDS, about: str = ""
    ) -> Chosen:
        """The period. `periods` has period_type, period_id, period_end, name of all that can be chosen here.

        A period of a type that this page does not have (chosen on another one) stands for its last day.
        """
        ends = dict(cycles.select("review_cycle_key", "period_end").iter_rows())
        asked = st.query_params if "by" in st.query_params or "period" in st.query_params else held()
        kind, period = asked.get("by") or types[0], asked.get("period")
        if kind not in TYPE_WORDS:
            self.notices.append(f"A period is a review cycle, a quarter or a year, not “{kind[:60]}”.")
            kind, period = types[0], None
        until = end_of(kind, period, ends) if period and kind not in types else None
        if until is not None:  # the link says it in the words of the other page, which mean the same day here
            keep("by", kind)
            keep("period", period)
        if kind not in types:
            kind, period = types[0], None
        rows = periods.filter(pl.col("period_type") == kind).sort("period_end", "period_id", descending=True)
        names = {LATEST: "Latest with figures"} | dict(rows.select("period_id", "name").iter_rows())
        if period is not None and period not in names:
            self.notices.append(f"There are no figures for the period “{period[:60]}” here; the latest are shown.")
            period = None
        if until is None:
            keep("by", kind if kind != types[0] or period else None)
            keep("period", period)
        st.session_state["f_by"] = kind
        st.session_state["f_period"] = period or LATEST
        with st.sidebar:
            if len(types) > 1:
                st.segmented_control(
                    "Periods",
                    list(types),
                    format_func=words.__getitem__,
                    key="f_by",
                    on_change=picked_type,
                    required=True,
                    width="stretch",
                    help=about or None,
                )
            st.selectbox("Period", list(names), format_func=names.__getitem__, key="f_period", on_change=picked_period, args=(kind,))
            if until is not None:
                st.caption(f"Latest by {day(until)}, the end of the period chosen on another page.")
        return Chosen(kind, period, end_of(kind, period, ends) if period else until)


def keep(name: str, value: str | None) -> None:
    """Hold a choice in the URL and in the session; None lets go of it."""
    if value is None:
        held().pop(name, None)
        st.query_params.pop(name, None)
    else:
        held()[name] = value
        st.query_params[name] = value


def picked_type() -> None:
    """Another type of period: its latest."""
    keep("by", st.session_state["f_by"])
    keep("period", None)


def picked_period(kind: str) -> None:
    """Another period, with its type; a cycle may be called like a quarter."""
    period = st.session_state["f_period"]
    keep("by", kind)
    keep("period", None if period == LATEST else period)
