"""The six figures of the overview: the row that each stands for, and its card.

Belongs here: what the page shows of all six. Does not belong here: asking (the page), the figure looked into (the page).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, components, distributions, sentences, settling, views
from dashboards import formats as f
from dashboards.comparison import before, change, current, natural_type
from dashboards.filters import Chosen, keep
from dashboards.page_context import PageContext, Subject

DISTRIBUTION = "rating_distribution"
SIX = ("goal_completion_rate", "review_completion_rate", "average_rating", "top_performer_ratio", DISTRIBUTION, "pip_success_rate")
Row = dict[str, Any]


@dataclass(frozen=True)
class Overview:
    """What was asked for and chosen in one rerun.

    Attributes:
        history: every figure of the slice over time, marked by whether it is final (settling).
        levels: its rating distributions, marked so too.
        found: for each metric the row that the chosen period stands for.
        waiting: for each metric without a row what it waits for.
        metric: the figure to look into.
        by: the dimension by which groups are compared.
    """

    context: PageContext
    whose: Subject
    definitions: pl.DataFrame
    cycles: pl.DataFrame
    departments: pl.DataFrame
    history: pl.DataFrame
    levels: pl.DataFrame
    found: dict[str, Row | None]
    waiting: dict[str, str]
    metric: str
    by: str

    @property
    def names(self) -> dict[str, str]:
        """Names of cycles."""
        return views.cycle_names(self.cycles)

    @property
    def definition(self) -> Row:
        """The entry of the figure to look into."""
        return self.definitions.row(by_predicate=pl.col("metric") == self.metric, named=True)

    @property
    def when(self) -> str:
        """Its period in words."""
        now = self.found[self.metric]
        return sentences.period_name(now, self.names) if now else ""


def the_six(definitions: pl.DataFrame) -> pl.DataFrame:
    """The entries of the six figures, in their order on the page."""
    order = pl.col("metric").replace_strict({name: at for at, name in enumerate(SIX)}, default=None)
    return definitions.with_columns(at=order).filter(pl.col("at").is_not_null()).sort("at")


def of_metric(definition: Row, history: pl.DataFrame, levels: pl.DataFrame, chosen: Chosen, cycles: pl.DataFrame) -> tuple[Row | None, str]:
    """The row of a metric that the chosen period stands for; where there is none, what it waits for."""
    metric = str(definition["metric"])
    kind = natural_type(metric, str(definition["periods"])) if chosen.period_type == "cycle" else chosen.period_type
    period = chosen.period_id if kind == chosen.period_type else None
    rows = distributions.as_values(levels) if metric == DISTRIBUTION else history.filter(pl.col("metric") == metric)
    found = current(rows, kind, period, chosen.until, cycles)
    return found, "" if found or period else settling.first_finishers(rows, kind, chosen.until)


def period_options(history: pl.DataFrame, levels: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """Periods that something is published for."""
    columns = ["period_type", "period_id", "period_end"]
    rows = pl.concat([history.select(columns), levels.select(columns)]).unique().sort("period_end", "period_id")
    return views.with_period_names(rows, cycles)


def cards(shown: Overview) -> None:
    """The six figures."""
    words = "Under each figure: its 95% interval, its period, and how many people it is about. Behind each line: the interval."
    components.text("quiet", "cards", words)
    with st.grid(3, min_column_width=270, border=True, key="cards"):
        for definition in shown.definitions.iter_rows(named=True):
            metric = str(definition["metric"])
            now, waiting = shown.found[metric], shown.waiting[metric]
            with st.container(key=f"card_{metric}", gap="xxsmall", height="stretch"):
                if metric == DISTRIBUTION:
                    distributions.card(shown.context.colours, definition, shown.levels, now, shown.names, waiting)
                else:
                    card(shown, definition, now, waiting)
                is_chosen = metric == shown.metric
                st.button(
                    "Shown below" if is_chosen else "Look closer",
                    key=f"look_{metric}",
                    type="tertiary",
                    disabled=is_chosen,
                    icon=":material/keyboard_arrow_down:",
                    on_click=keep,
                    args=("metric", metric),
                )


def card(shown: Overview, definition: Row, now: Row | None, waiting: str) -> None:
    """One figure: value, interval, small trend, comparison."""
    metric, unit, label = str(definition["metric"]), str(definition["unit"]), str(definition["label"])
    if now is None:
        st.metric(label, f.NONE)
        components.text("quiet", metric, f"{sentences.opened(waiting)}." if waiting else "Nothing was counted in this period.")
        return
    when = sentences.spoken(now, shown.names)
    st.metric(label, f.number(now["value"], unit))
    if now["value"] is None:
        components.text("quiet", metric, f"{when} · hidden: {sentences.hidden_because(now)}")
        return
    around = f.interval(now["ci_low"], now["ci_high"], unit) or "no interval"
    components.text("quiet", metric, f"{around} · {when} · {f.many(now['n_people'], 'person', 'people')}")
    history = shown.history.filter(pl.col("metric") == metric)
    trend = views.trend_frame(history, shown.cycles, now, unit)
    trend = trend.filter(pl.col("is_subject") & pl.col("is_complete")).with_columns(order=pl.int_range(pl.len()))
    if trend.filter(pl.col("value").is_not_null()).height > 1:
        drawn = charts.spark(trend, unit, shown.context.colours)
        components.chart(f"spark_{metric}", drawn, f"Small trend of {label}, with its 95% interval.")
    then = before(now, history, shown.cycles)
    word, feel = sentences.direction(change(now, then) if then else None, str(definition["good_direction"]))
    said = sentences.comparison(now, then, unit, shown.names)
    components.text(feel, metric, f"{word[0]} {said}" if word.startswith(("▲", "▼")) else sentences.opened(said))
