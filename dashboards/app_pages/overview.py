"""Overview: the six figures, how they moved, where they differ.

Belongs here: asking, saying and drawing. Does not belong here: SQL, statistics.

Keys that a test can read (CSS class `st-key-<key>`): `scope_line`, `answer_main`; for each metric `card_<metric>` with an
st.metric labelled as the dictionary has it (value), `quiet_<metric>` (interval, period, people) and `good_`/`bad_`/`plain_<metric>`
(comparison); `chart_trend`, `chart_groups`, `table_groups`, `facts_main`, `hidden_main`. The distribution chosen as the figure
to look into has the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, components, distributions, sentences, views
from dashboards import formats as f
from dashboards.comparison import before, change, current, natural_type, told_apart
from dashboards.data import Door
from dashboards.filters import USUAL, USUAL_HELP, Chosen, keep
from dashboards.page_context import PageContext, Subject, dimension, subject

DISTRIBUTION = "rating_distribution"
SIX = ("goal_completion_rate", "review_completion_rate", "average_rating", "top_performer_ratio", DISTRIBUTION, "pip_success_rate")
Row = dict[str, Any]


@dataclass(frozen=True)
class Overview:
    """What was asked for and chosen in one rerun.

    Attributes:
        found: for each metric the row that the chosen period stands for.
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


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    bar = context.bar
    definitions = the_six(door.ask("overview", "definitions"))
    cycles = door.ask("overview", "cycles")
    departments = door.ask("overview", "departments")
    whose = subject(bar, door, departments)
    history = door.ask("overview", "slice_history", dimension=whose.dimension, member_id=whose.member_id)
    levels = door.ask("overview", "distribution_history", dimension=whose.dimension, member_id=whose.member_id)
    chosen = bar.period(period_options(history, levels, cycles), cycles, ("cycle", "quarter", "year"), USUAL, USUAL_HELP)
    labels = dict(definitions.select("metric", "label").iter_rows())
    metric = bar.choose("metric", "Figure to look into", labels, next(iter(labels)), "There is no figure “{asked}”.")
    by = dimension(bar, door)
    found = {d["metric"]: of_metric(d, history, levels, chosen, cycles) for d in definitions.iter_rows(named=True)}
    shown = Overview(context, whose, definitions, cycles, departments, history, levels, found, metric, by)

    now = found[metric]
    people = sentences.subjects(now, str(shown.definition["data_subject"])) if now else ""
    components.heading("Overview", [whose.name, people, shown.when, *components.age_parts(context.about)])
    components.notices(bar)
    if metric == DISTRIBUTION:
        distribution(door, shown, now)
    else:
        figure(door, shown, now)


def the_six(definitions: pl.DataFrame) -> pl.DataFrame:
    """The entries of the six figures, in their order on the page."""
    order = pl.col("metric").replace_strict({name: at for at, name in enumerate(SIX)}, default=None)
    return definitions.with_columns(at=order).filter(pl.col("at").is_not_null()).sort("at")


def of_metric(definition: Row, history: pl.DataFrame, levels: pl.DataFrame, chosen: Chosen, cycles: pl.DataFrame) -> Row | None:
    """The row of a metric that the chosen period stands for."""
    metric = str(definition["metric"])
    kind = natural_type(metric, str(definition["periods"])) if chosen.period_type == "cycle" else chosen.period_type
    period = chosen.period_id if kind == chosen.period_type else None
    rows = distributions.as_values(levels) if metric == DISTRIBUTION else history.filter(pl.col("metric") == metric)
    return current(rows, kind, period, chosen.until, cycles)


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
            with st.container(key=f"card_{metric}", gap="xxsmall", height="stretch"):
                if metric == DISTRIBUTION:
                    distributions.card(shown.context.colours, definition, shown.levels, shown.found[metric], shown.names)
                else:
                    card(shown, definition, shown.found[metric])
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


def card(shown: Overview, definition: Row, now: Row | None) -> None:
    """One figure: value, interval, small trend, comparison."""
    metric, unit, label = str(definition["metric"]), str(definition["unit"]), str(definition["label"])
    if now is None:
        st.metric(label, f.NONE)
        components.text("quiet", metric, "Nothing was counted in this period.")
        return
    when = sentences.period_name(now, shown.names)
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
    components.text(feel, metric, f"{word[0]} {said}" if word.startswith(("▲", "▼")) else said[:1].upper() + said[1:])


def figure(door: Door, shown: Overview, now: Row | None) -> None:
    """The chosen figure: its sentence, its trend, its groups, the table behind."""
    definition, whose, by = shown.definition, shown.whose, shown.by
    metric, unit, label = shown.metric, str(definition["unit"]), str(definition["label"])
    history = shown.history.filter(pl.col("metric") == metric)
    if now is None:
        components.text("answer", "main", sentences.answer(label, None, None, unit, shown.names))
        cards(shown)
        words = f"{label} has no figures for {whose.name} in this period. They come with the first run after something was counted."
        components.empty("main", words)
        components.computed("main", definition, None)
        return
    groups = door.ask("overview", "metric_members", metric=metric, period_type=now["period_type"], period_id=now["period_id"], dimension=by)
    company = door.ask("overview", "slice_history", dimension="company", member_id="all").filter(pl.col("metric") == metric)
    reference = views.value_of(company, now)
    if by == "department":
        groups = groups.filter(pl.col("member_id").is_in(views.children(shown.departments, whose.department)))
    apart = told_apart(groups, reference)
    said = (
        sentences.apart(apart, groups, by, whose.names, "the company")
        if reference is not None and (whose.is_company or by == "department")
        else ""
    )
    components.text("answer", "main", sentences.answer(label, now, before(now, history, shown.cycles), unit, shown.names, said))
    cards(shown)

    trend = views.trend_frame(history, shown.cycles, now, unit)
    behind = None if whose.is_company else views.compared_with(company, trend)
    drawn = charts.trend(trend, unit, shown.context.colours, behind)
    components.figure(
        "trend", f"{label} over time: {whose.name}", charts.trend_note(trend), drawn, f"{label} over time with 95% intervals."
    )
    frame = views.members_frame(groups, whose.names, unit, apart, in_order=by == "job_level")
    components.one_dimension(by, whose)
    if frame.is_empty():
        components.empty("groups", f"{whose.name} has no {f.DIMENSION_PLURALS[by]} below it with figures in {shown.when}.")
    else:
        drawn = charts.dots(frame, unit, shown.context.colours, reference, "company")
        note = "Whisker: 95% interval. n: what was counted. Strong colour, ▲ or ▼: clearly away from the company."
        alt = f"{label} by {f.DIMENSION_WORDS[by]} with 95% intervals; the table below has the same figures."
        components.figure("groups", f"{label} by {components.groups_title(by, whose)}, {shown.when}", note, drawn, alt)
        columns = components.members_columns(by, label, unit)
        components.table("groups", frame, columns, f"{metric}_{now['period_id']}_by_{by}.csv")
    components.computed("main", definition, now, [("Comparison", sentences.COMPARED)])
    components.hidden("main", {f"{f.DIMENSION_PLURALS[by]} in {shown.when}": frame, "periods of the trend": trend})


def distribution(door: Door, shown: Overview, now: Row | None) -> None:
    """The distribution as the chosen figure: five columns, and groups as bars from low to high."""
    labels = distributions.scale_labels(door.ask("overview", "rating_scale"))
    levels = distributions.of_period(shown.levels, now)
    components.text("answer", "main", sentences.distribution_answer(levels, labels, shown.when))
    cards(shown)
    groups = levels.clear()
    if now is None or levels.is_empty() or levels["share"].null_count():
        components.empty("main", sentences.distribution_answer(levels, labels, shown.when))
    else:
        groups = door.ask(
            "overview", "distribution_members", period_type=now["period_type"], period_id=now["period_id"], dimension=shown.by
        )
        if shown.by == "department":
            groups = groups.filter(pl.col("member_id").is_in(views.children(shown.departments, shown.whose.department)))
        distributions.closer(shown.context.colours, shown.whose, shown.when, shown.by, labels, levels, groups)
    components.computed("main", shown.definition, None)
    by = f"{f.DIMENSION_PLURALS[shown.by]} in {shown.when}"
    components.hidden("main", {by: groups.unique("member_id"), "periods": distributions.as_values(shown.levels)})
