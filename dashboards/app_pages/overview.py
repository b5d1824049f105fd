"""Overview: the six figures, how they moved, where they differ.

Belongs here: asking, saying and drawing. Does not belong here: SQL, statistics.

Keys that a test can read (CSS class `st-key-<key>`): `scope_line`, `answer_main`; for each metric `card_<metric>` with an
st.metric labelled as the dictionary has it (value), `quiet_<metric>` (interval, period, people) and `good_`/`bad_`/`plain_<metric>`
(comparison); `chart_trend`, `chart_groups`, `table_groups`, `facts_main`, `hidden_main`. The distribution chosen as the figure
to look into has the same keys.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import charts, components, distributions, sentences, settling, views
from dashboards import formats as f
from dashboards.comparison import before, told_apart
from dashboards.data import Door
from dashboards.filters import USUAL, USUAL_HELP
from dashboards.page_context import PageContext, dimension, subject
from dashboards.six_figures import DISTRIBUTION, Overview, cards, of_metric, period_options, the_six

Row = dict[str, Any]


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    bar = context.bar
    definitions = the_six(door.ask("overview", "definitions"))
    cycles = door.ask("overview", "cycles")
    departments = door.ask("overview", "departments")
    whose = subject(bar, door, departments)
    as_of = context.about.as_of
    waiting = settling.unsettled(cycles, door.ask("overview", "review_funnel", dimension="company", member_id="all"), as_of)
    history = door.ask("overview", "slice_history", dimension=whose.dimension, member_id=whose.member_id)
    levels = door.ask("overview", "distribution_history", dimension=whose.dimension, member_id=whose.member_id)
    history, levels = settling.marked(history, as_of, waiting), settling.marked(levels, as_of, waiting)
    chosen = bar.period(period_options(history, levels, cycles), cycles, ("cycle", "quarter", "year"), USUAL, USUAL_HELP)
    labels = dict(definitions.select("metric", "label").iter_rows())
    metric = bar.choose("metric", "Figure to look into", labels, next(iter(labels)), "There is no figure “{asked}”.")
    by = dimension(bar, door)
    found = {d["metric"]: of_metric(d, history, levels, chosen, cycles) for d in definitions.iter_rows(named=True)}
    rows = {name: row for name, (row, _) in found.items()}
    waits = {name: words for name, (_, words) in found.items()}
    shown = Overview(context, whose, definitions, cycles, departments, history, levels, rows, waits, metric, by)

    now = shown.found[metric]
    people = sentences.subjects(now, str(shown.definition["data_subject"])) if now else ""
    components.heading("Overview", [whose.name, people, shown.when, *components.age_parts(context.about)])
    components.notices(bar)
    if metric == DISTRIBUTION:
        distribution(door, shown, now)
    else:
        figure(door, shown, now)


def figure(door: Door, shown: Overview, now: Row | None) -> None:
    """The chosen figure: its sentence, its trend, its groups, the table behind."""
    definition, whose, by = shown.definition, shown.whose, shown.by
    metric, unit, label = shown.metric, str(definition["unit"]), str(definition["label"])
    history = shown.history.filter(pl.col("metric") == metric)
    if now is None:
        components.text("answer", "main", sentences.answer(label, None, None, unit, shown.names, waiting=shown.waiting[metric]))
        cards(shown)
        words = f"{label} has no figures for {whose.name} in this period. They come with the first run after something was counted."
        components.empty("main", "" if shown.waiting[metric] else words)
        components.computed("main", definition, None, more_facts(metric))
        return
    groups = door.ask("overview", "metric_members", metric=metric, period_type=now["period_type"], period_id=now["period_id"], dimension=by)
    company = door.ask("overview", "slice_history", dimension="company", member_id="all").filter(pl.col("metric") == metric)
    reference = None if now["not_final"] else views.value_of(company, now)  # the first finishers of groups are not compared
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
        note = "Whisker: 95% interval. n: what was counted." + charts.APART_NOTE * (reference is not None)
        alt = f"{label} by {f.DIMENSION_WORDS[by]} with 95% intervals; the table below has the same figures."
        components.figure("groups", f"{label} by {components.groups_title(by, whose)}, {shown.when}", note, drawn, alt)
        columns = components.members_columns(by, label, unit)
        components.table("groups", frame, columns, f"{metric}_{now['period_id']}_by_{by}.csv")
    components.computed("main", definition, now, more_facts(metric))
    components.hidden("main", {f"{f.DIMENSION_PLURALS[by]} in {shown.when}": frame, "periods of the trend": trend})


def more_facts(metric: str) -> list[tuple[str, str]]:
    """What the dictionary does not say: how figures are compared, and when one made of ratings is final."""
    return [("Comparison", sentences.COMPARED), *([settling.FACT] if metric in settling.FINAL_RATINGS else [])]


def distribution(door: Door, shown: Overview, now: Row | None) -> None:
    """The distribution as the chosen figure: five columns, and groups as bars from low to high."""
    labels = distributions.scale_labels(door.ask("overview", "rating_scale"))
    levels = distributions.of_period(shown.levels, now)
    said = sentences.distribution_answer(levels, labels, sentences.spoken(now, shown.names) if now else "")
    said = sentences.answer("final ratings", None, None, "share", {}, waiting=waits) if (waits := shown.waiting[DISTRIBUTION]) else said
    components.text("answer", "main", said)
    cards(shown)
    groups = levels.clear()
    if now is None or levels.is_empty() or levels["share"].null_count():
        components.empty("main", said)
    else:
        groups = door.ask(
            "overview", "distribution_members", period_type=now["period_type"], period_id=now["period_id"], dimension=shown.by
        )
        if shown.by == "department":
            groups = groups.filter(pl.col("member_id").is_in(views.children(shown.departments, shown.whose.department)))
        distributions.closer(shown.context.colours, shown.whose, shown.when, shown.by, labels, levels, groups)
    components.computed("main", shown.definition, None, [settling.FACT])
    by = f"{f.DIMENSION_PLURALS[shown.by]} in {shown.when}"
    components.hidden("main", {by: groups.unique("member_id"), "periods": distributions.as_values(shown.levels)})
