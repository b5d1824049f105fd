"""Reviews: how far a cycle has come, whether its stages are on time, how its ratings are distributed.

Belongs here: asking, saying and drawing. Does not belong here: SQL, statistics.

Keys that a test can read (CSS class `st-key-<key>`): `scope_line`, `answer_main`, st.metric `Reviews`, `Completed`, `Cancelled`,
`chart_funnel`, `table_funnel`, `chart_stages`, `table_stages`, `plain_distribution`, `chart_distribution`, `quiet_bound`,
`table_distribution`, `facts_main`, `hidden_main`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboards import bar_charts, charts, components, counts, distributions, level_charts, sentences, settling, views
from dashboards import formats as f
from dashboards.comparison import current, regular
from dashboards.data import Door
from dashboards.filters import keep
from dashboards.page_context import PageContext, Subject, subject

STAGES, DISTRIBUTION = "review_stage_on_time_rate", "rating_distribution"
Row = dict[str, Any]


def render(door: Door, context: PageContext) -> None:
    """Draw the page."""
    bar = context.bar
    definitions = door.ask("reviews", "definitions")
    cycles = door.ask("reviews", "cycles")
    whose = subject(bar, door, door.ask("reviews", "departments"))
    funnel = door.ask("reviews", "review_funnel", dimension=whose.dimension, member_id=whose.member_id)
    levels = door.ask("reviews", "distribution_history", dimension=whose.dimension, member_id=whose.member_id)
    company = door.ask("reviews", "review_funnel", dimension="company", member_id="all")
    levels = settling.marked(levels, context.about.as_of, settling.unsettled(cycles, company, context.about.as_of))
    names = views.cycle_names(cycles)
    begun = cycle_rows(funnel)
    chosen = bar.period(views.with_period_names(begun, cycles), cycles, ("cycle",))
    now = opening(begun, levels, chosen.period_id, chosen.until, cycles)
    when = sentences.period_name(now, names) if now else ""
    people = f.many(now["n_people"], "reviewed person", "reviewed people") if now and now["n_people"] is not None else ""
    components.heading("Reviews", [whose.name, people, when, *components.age_parts(context.about)])
    components.notices(bar)
    if now is None:
        components.empty("main", f"No review of {whose.name} in a cycle that has begun. They come with `review_cycles` and `reviews`.")
        return
    stages = funnel.filter(pl.col("period_id") == now["period_id"])
    later(begun, now, funnel, cycles, context.about.as_of)
    progress(context, stages, when, now)
    on_time = on_time_by_stage(door, context, whose, now, when)
    of_cycle = levels.filter((pl.col("period_type") == "cycle") & (pl.col("period_id") == now["period_id"])).sort("level")
    ratings(door, context, of_cycle, whose, when)
    by_metric = {row["metric"]: row for row in definitions.iter_rows(named=True)}
    if DISTRIBUTION in by_metric:
        reference = ("Declared reference", reference_words(door.ask("reviews", "rating_reference"), door.ask("reviews", "rating_scale")))
        components.computed("main", by_metric[DISTRIBUTION], None, [reference, settling.FACT, *stage_facts(by_metric.get(STAGES))])
    components.hidden("main", {"cycles": begun, "stages on time": on_time, "levels of the distribution": of_cycle})


def cycle_rows(funnel: pl.DataFrame) -> pl.DataFrame:
    """One row a cycle, in the columns by which a period is chosen; its value is the number of reviews."""
    return funnel.group_by("period_id", "period_start", "period_end", "is_complete", maintain_order=True).agg(
        period_type=pl.lit("cycle").first(),
        value=pl.col("n_reviews").first().cast(pl.Float64),
        n_people=pl.col("n_people").first(),
        is_reportable=pl.col("is_reportable").first(),
        suppression_reason=pl.col("suppression_reason").first(),
    )


def opening(begun: pl.DataFrame, levels: pl.DataFrame, period: str | None, until: date | None, cycles: pl.DataFrame) -> Row | None:
    """The chosen cycle; else the latest that comes round and whose ratings are final; else the latest that has begun."""
    final = (pl.col("period_type") == "cycle") & pl.col("share").is_not_null() & (pl.col("not_final") == "")
    rated = levels.filter(final)["period_id"].to_list()
    first = None if period else current(begun.filter(pl.col("period_id").is_in(rated)), "cycle", None, until, cycles)
    return first or current(begun, "cycle", period, until, cycles)


def progress(context: PageContext, stages: pl.DataFrame, when: str, now: Row) -> None:
    """The sentence and the funnel."""
    frame = counts.stages_frame(stages)
    if now["value"] is None:
        components.text("answer", "main", f"The reviews of {when} are not shown: {sentences.hidden_because(now, in_full=True)}.")
        return
    n, done = now["value"], int(frame.filter(pl.col("stage") == "completed")["n_reached"].sum())
    left_out = stages["n_excluded"][0]
    components.text("answer", "main", f"{counts.progress_words(stages, when)}.")
    with st.container(key="numbers", horizontal=True, gap="medium"):
        st.metric("Reviews", f.count(n), width="content")
        st.metric("Completed", f.count(done), width="content")
        st.metric("Cancelled, left out", f.count(left_out), width="content")
    alt = "Reviews that have reached each stage; the table below has the same figures."
    components.figure(
        "funnel",
        f"Stages of {when}",
        "Bar: reviews at the stage or beyond. Grey: all reviews of the cycle.",
        bar_charts.funnel(frame, context.colours),
        alt,
    )
    with st.expander("The same as a table", icon=":material/table_rows:"):
        columns = {
            "words": ("Stage", "text"),
            "n_reached": ("Reached", "count"),
            "n_at_stage": ("Now at it", "count"),
            "n_reviews": ("Reviews", "count"),
        }
        components.table("funnel", frame, columns, f"review_stages_{now['period_id']}.csv")


def later(begun: pl.DataFrame, now: Row, funnel: pl.DataFrame, cycles: pl.DataFrame, as_of: date) -> None:
    """A later cycle that has begun: how far it is, and the way there."""
    rows = regular(begun, cycles).filter((pl.col("period_end") > now["period_end"]) & pl.col("value").is_not_null())
    if rows.is_empty():
        return
    row = rows.sort("period_end").row(-1, named=True)
    name = views.cycle_names(cycles).get(row["period_id"], row["period_id"])
    due = cycles.filter(pl.col("review_cycle_key") == row["period_id"])["sign_off_due"].to_list()
    words = counts.later_words(funnel.filter(pl.col("period_id") == row["period_id"]), name, (due and due[0]) or row["period_end"], as_of)
    with st.container(key="banner_under_way", horizontal=True, vertical_alignment="center"):
        st.text(words)
        st.button("Show it", key="show_under_way", type="tertiary", on_click=show_cycle, args=(row["period_id"],))


def show_cycle(period: str) -> None:
    """Choose a cycle."""
    keep("by", "cycle")
    keep("period", period)


def on_time_by_stage(door: Door, context: PageContext, whose: Subject, now: Row, when: str) -> pl.DataFrame:
    """Whether each stage was done by the cycle's due date."""
    history = door.ask("reviews", "metric_history", metric=STAGES, dimension=whose.dimension, member_id=whose.member_id)
    rows = history.filter((pl.col("period_type") == "cycle") & (pl.col("period_id") == now["period_id"]))
    if rows.is_empty():
        components.title("On time by stage")
        components.empty("stages", f"No stage of {when} has been due yet, or the cycle names no due dates. They come with `review_cycles`.")
        return rows
    order = list(counts.STAGES)
    frame = views.with_texts(rows, "share").with_columns(
        who=pl.col("breakdown").replace_strict(counts.STAGES, default=pl.col("breakdown")),
        rank=pl.col("breakdown").replace_strict({stage: at for at, stage in enumerate(order)}, default=99),
        side=pl.lit(""),
        beside=pl.col("short_n"),
    )
    drawn = charts.dots(frame, "share", context.colours, None, "")
    components.figure(
        "stages",
        f"On time by stage, {when}",
        "By the cycle's due date of each stage. Whisker: 95% interval. n: reviews due.",
        drawn,
        "Share of reviews on time at each stage.",
    )
    with st.expander("The same as a table", icon=":material/table_rows:"):
        columns = {"who": ("Stage", "text"), "value": ("On time", "share"), "ci_low": ("95% from", "share"), "ci_high": ("95% to", "share")}
        columns |= {"numerator": ("On time, reviews", "count"), "denominator": ("Due", "count"), "why": ("Hidden because", "text")}
        components.table("stages", frame.sort("rank"), columns, f"stages_on_time_{now['period_id']}.csv")
    return rows


def ratings(door: Door, context: PageContext, levels: pl.DataFrame, whose: Subject, when: str) -> None:
    """The distribution before and after calibration beside the reference."""
    scale = door.ask("reviews", "rating_scale")
    labels = distributions.scale_labels(scale)
    if levels.is_empty() or levels["share"].null_count():
        components.title("Ratings before and after calibration")
        words = sentences.distribution_answer(levels, labels, when)
        components.empty("ratings", words if levels.height else f"No final ratings in {when} yet. They come when reviews are completed.")
        return
    frame = views.levels_frame(levels, labels)
    said = f"{sentences.distribution_answer(levels, labels, when)} {sentences.calibration_words(levels)}"
    both = not frame["share_before_calibration"].null_count()
    components.title(
        f"Ratings {'before and ' * both}after calibration: {whose.name}, {when}",
        "Dashed outline: the declared reference, diagnostic only; no rating is fitted to it.",
    )
    components.text("plain", "distribution", said)
    alt = f"Shares of the five levels {'before and ' * both}after calibration, beside the declared reference."
    components.chart("distribution", level_charts.columns(frame, context.colours, before=both), alt)
    components.text("quiet", "bound", bound_words(levels, scale))
    with st.expander("The same as a table", icon=":material/table_rows:"):
        columns = {"label": ("Level", "text"), "share": ("After calibration", "share"), "n": ("Ratings", "count")}
        columns |= {"share_before_calibration": ("Before", "share"), "n_before_calibration": ("Ratings before", "count")}
        columns |= {"reference_share": ("Reference", "share"), "n_at_lower_bound": ("Exactly at the lower bound", "count")}
        components.table("distribution", frame, columns, "rating_distribution.csv")


def bound_words(levels: pl.DataFrame, scale: pl.DataFrame) -> str:
    """How many ratings stand exactly where a level begins: with half points many do, and the level says more than the rating."""
    four = levels.filter(pl.col("level") == 4)
    bound = scale.filter(pl.col("level") == 4)
    if four.is_empty() or bound.is_empty():
        return ""
    n, of, rated = four["n_at_lower_bound"][0], four["n"][0], four["n_rated"][0]
    at, label = float(bound["lower_bound"][0]), bound["label"][0]
    said = f"{f.number(n / rated, 'share')} of all ratings are exactly {at:g}, where “{label}” begins"
    return f"{said} ({f.count(n)} of the {f.count(of)} at that level)."


def stage_facts(definition: Row | None) -> list[tuple[str, str]]:
    """The definition of stages on time, beside that of the distribution."""
    if definition is None:
        return []
    return [(str(definition["label"]), f"{definition['definition']} {definition['numerator']} / {definition['denominator']}.")]


def reference_words(reference: pl.DataFrame, scale: pl.DataFrame) -> str:
    """The declared share of each level: Unsatisfactory 2%, Needs Improvement 8% and so on."""
    labels = distributions.scale_labels(scale)
    rows = reference.select("level", "reference_share").iter_rows()
    return ", ".join(f"{labels.get(level, level)} {f.number(share, 'share')}" for level, share in rows)
