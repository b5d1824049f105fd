"""Goals: completed in time by quarter and department, carried by whom, overdue since when.

Belongs here: asking, saying and drawing. Does not belong here: SQL, statistics.

Keys that a test can read (CSS class `st-key-<key>`): `scope_line`, `answer_main`, `chart_trend`, `chart_groups`, `table_groups`,
`cascade`, `table_cascade`, an st.metric `Overdue goals`, `chart_overdue`, `chart_overdue_groups`, `table_overdue`,
`facts_main`, `hidden_main`.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import bar_charts, cascade, charts, components, counts, sentences, settling, views
from dashboards import formats as f
from dashboards.comparison import before, current, told_apart
from dashboards.data import Door
from dashboards.page_context import PageContext, Subject, subject

METRIC, UNIT = "goal_completion_rate", "share"
Row = dict[str, Any]


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    bar = context.bar
    definition = door.ask("goals", "definitions").row(by_predicate=pl.col("metric") == METRIC, named=True)
    cycles = door.ask("goals", "cycles")
    departments = door.ask("goals", "departments")
    whose = subject(bar, door, departments)
    history = door.ask("goals", "metric_history", metric=METRIC, dimension=whose.dimension, member_id=whose.member_id)
    history = settling.marked(history, context.about.as_of)
    names = views.cycle_names(cycles)
    chosen = bar.period(views.with_period_names(history, cycles), cycles, ("quarter", "year"))
    now = current(history, chosen.period_type, chosen.period_id, chosen.until, cycles)
    people = sentences.subjects(now, str(definition["data_subject"])) if now else ""
    when = sentences.period_name(now, names) if now else ""
    components.heading("Goals", [whose.name, people, when, *components.age_parts(context.about)])
    components.notices(bar)
    if now is None:
        components.empty(
            "main", f"No goal of {whose.name} was due in a period that is over. Figures come with `goals` that have a target date."
        )
        return
    groups = completion(door, context, definition, history, now, whose, cycles)
    tree_of(door, whose, now, departments)
    gone = overdue(door, context, whose, departments)
    components.computed("main", definition, now, [("Comparison", sentences.COMPARED)])
    components.hidden("main", {f"departments in {when}": groups, "periods": history, "groups of overdue goals": gone})


def completion(
    door: Door, context: PageContext, definition: Row, history: pl.DataFrame, now: Row, whose: Subject, cycles: pl.DataFrame
) -> pl.DataFrame:
    """The sentence, the trend, the departments of the chosen period."""
    names, label = views.cycle_names(cycles), str(definition["label"])
    when = sentences.period_name(now, names)
    company = door.ask("goals", "metric_history", metric=METRIC, dimension="company", member_id="all")
    reference = views.value_of(company, now)
    place = {"period_type": now["period_type"], "period_id": now["period_id"], "dimension": "department"}
    groups = door.ask("goals", "metric_members", metric=METRIC, **place)
    groups = groups.filter(pl.col("member_id").is_in(views.children(door.ask("goals", "departments"), whose.department)))
    apart = told_apart(groups, reference)
    said = sentences.apart(apart, groups, "department", whose.names, "the company") if reference is not None else ""
    components.text("answer", "main", sentences.answer(label, now, before(now, history, cycles), UNIT, names, said))
    trend = views.trend_frame(history, cycles, now, UNIT)
    behind = None if whose.is_company else views.compared_with(company, trend)
    note = f"{charts.trend_note(trend)} A goal counts where it was completed on or before its target date."
    drawn = charts.trend(trend, UNIT, context.colours, behind)
    components.figure("trend", f"{label} over time: {whose.name}", note, drawn, f"{label} over time with 95% intervals.")
    frame = views.members_frame(groups, whose.names, UNIT, apart)
    if frame.is_empty():
        components.empty("groups", f"{whose.name} has no departments below it with goals due in {when}.")
        return groups
    drawn = charts.dots(frame, UNIT, context.colours, reference, "company")
    note = "Each with all departments below it. Whisker: 95% interval. n: goals due. ▲ or ▼: clearly away from the company."
    title = f"{label} by {components.groups_title('department', whose)}, {when}"
    components.figure("groups", title, note, drawn, f"{label} by department with 95% intervals; the table below has the same figures.")
    columns = components.members_columns("department", label, UNIT)
    components.table("groups", frame, columns, f"{METRIC}_{now['period_id']}_by_department.csv")
    return groups


def tree_of(door: Door, whose: Subject, now: Row, departments: pl.DataFrame) -> None:
    """Company goals and the department goals below them that run in the chosen period."""
    goals = cascade.running(door.ask("goals", "goal_cascade"), now["period_start"], now["period_end"])
    if not whose.is_company:
        inside = views.below(departments, whose.member_id)
        goals = goals.filter((pl.col("goal_level") == "company") | pl.col("department_key").is_in(inside))
    words = (
        f"Goals from {f.day(now['period_start'])} to {f.day(now['period_end'])}. Bar: mean progress of the goals of people and teams below."
    )
    components.title("How company goals are carried", words)
    if goals.is_empty():
        components.empty("cascade", "No company or department goal runs in this period. They come with `goals` of these levels.")
        return
    listed, left_out = cascade.not_too_many(goals, views.children(departments, whose.department))
    with st.container(key="cascade"):
        st.html(cascade.html(listed, whose.names))
        components.text("quiet", "cascade_left_out", left_out)
    with st.expander("The same goals as a table", icon=":material/table_rows:"):
        columns = {
            "title": ("Goal", "text"),
            "place": ("Of", "text"),
            "target_date": ("Due", "day"),
            "progress": ("Progress below", UNIT),
            "n_completed_below": ("Completed below", "count"),
            "n_goals_below": ("Goals below", "count"),
            "n_people": ("Owners below", "count"),
            "why": ("Hidden because", "text"),
        }
        components.table("cascade", cascade.table(goals, whose.names), columns, "goal_cascade.csv", height=420)


def overdue(door: Door, context: PageContext, whose: Subject, departments: pl.DataFrame) -> pl.DataFrame:
    """Overdue goals by age, and by department as a share of those due."""
    own = door.ask("goals", "goals_overdue", dimension=whose.dimension).filter(pl.col("member_id") == whose.member_id)
    shown = counts.buckets_frame(own)
    components.title("Overdue goals", counts.overdue_words(shown))
    if shown.is_empty() or shown["n_goals"].null_count():
        return own
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.metric("Overdue goals", f.count(shown["n_overdue"][0]))
        components.chart("overdue", bar_charts.buckets(shown, context.colours), "Overdue goals by days overdue.")
    groups = door.ask("goals", "goals_overdue", dimension="department")
    groups = groups.filter(pl.col("member_id").is_in(views.children(departments, whose.department)))
    if groups.is_empty():
        return own
    frame = counts.shares_frame(groups, whose.names)
    with right:
        components.chart(
            "overdue_groups", bar_charts.shares(frame, context.colours), "Overdue goals by department, as a share of goals due so far."
        )
    with st.expander("The same as a table", icon=":material/table_rows:"):
        columns = {
            "who": ("Department", "text"),
            "whole": ("Share overdue", UNIT),
            "n_overdue": ("Overdue", "count"),
            "n_due": ("Due so far", "count"),
        }
        columns |= {bucket: (f"{words} days", "count") for bucket, words in counts.BUCKETS.items()} | {"why": ("Hidden because", "text")}
        components.table("overdue", counts.wide_shares(frame), columns, "goals_overdue_by_department.csv")
    return groups.unique("member_id")
