"""Frames of counts made ready to draw: stages, overdue goals, loads.

Belongs here: words and shares of published counts. Does not belong here: marks (bar_charts), fetching.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from dashboards import formats as f

BUCKETS = {"1_30": "1–30", "31_90": "31–90", "91_180": "91–180", "over_180": "over 180"}
STAGES = {
    "not_started": "Not started",
    "self_assessment": "Self-assessment",
    "manager_review": "Manager's review",
    "calibration": "Calibration",
    "delivery": "Delivery",
    "sign_off": "Sign-off",
    "completed": "Completed",
}


def stages_frame(funnel: pl.DataFrame) -> pl.DataFrame:
    """The stages of one cycle of one slice, the first (all of them are at least there) left out."""
    rows = funnel.filter(pl.col("stage") != "not_started").sort("stage_order")
    label = [
        f"{f.number(reached / of, 'share')} · {f.count(reached)}" if reached is not None and of else f.NONE
        for reached, of in rows.select("n_reached", "n_reviews").iter_rows()
    ]
    return rows.with_columns(
        words=pl.col("stage").replace_strict(STAGES, default=pl.col("stage")),
        label=pl.Series(label, dtype=pl.String),
        waiting=pl.col("n_at_stage").map_elements(f.count, return_dtype=pl.String),
    )


def progress_words(stages: pl.DataFrame, when: str) -> str:
    """How many reviews of a cycle are completed, and where the others stand."""
    n = stages["n_reviews"][0]
    if not n:
        return f"No review of {when} counts"
    done = int(stages.filter(pl.col("stage") == "completed")["n_reached"].sum())
    said = f"{f.number(done / n, 'share')} of {f.many(n, 'review')} in {when} {'is' if n == 1 else 'are'} completed"
    if not done:
        said = f"None of {f.many(n, 'review')} in {when} is completed yet"
    return said + standing_words(stages, n - done, "of the others " if done else "")


def later_words(stages: pl.DataFrame, when: str, due: date, as_of: date) -> str:
    """How far a cycle is: under way while a review is open and the day by which all were due has not passed."""
    n = int(stages["n_reviews"][0])
    n_open = n - int(stages.filter(pl.col("stage") == "completed")["n_reached"].sum())
    said = progress_words(stages, when)
    if not n_open:
        return f"{said}."
    return f"{said}: it is under way." if due >= as_of else f"{said}; {f.count(n_open)} stay{'s' if n_open == 1 else ''} open."


def standing_words(stages: pl.DataFrame, n_open: int, of: str) -> str:
    """Where most of the open reviews stand; more than anywhere else where no stage has more than half; nothing where two are even."""
    waiting = stages.filter(pl.col("stage") != "completed").sort("n_at_stage", "stage_order", descending=True)
    at = waiting["n_at_stage"].to_list()
    if n_open <= 0 or not at or not at[0] or (len(at) > 1 and at[0] == at[1]):
        return ""
    where = STAGES.get(waiting["stage"][0], waiting["stage"][0]).lower()
    if at[0] == n_open:
        return f", {'the others' if of else 'all'} stand at {where}"
    return f", most {of}stand at {where}" if 2 * at[0] > n_open else f", more {of}stand at {where} than anywhere else"


def buckets_frame(overdue: pl.DataFrame) -> pl.DataFrame:
    """The age buckets of one slice."""
    return overdue.sort("bucket_order").with_columns(
        words=pl.col("overdue_bucket").replace_strict(BUCKETS, default=pl.col("overdue_bucket")),
        label=pl.col("n_goals").map_elements(f.count, return_dtype=pl.String),
    )


def overdue_words(overdue: pl.DataFrame) -> str:
    """How many goals are overdue, and since when most are."""
    if overdue.is_empty():
        return "No goal has been due yet."
    row = overdue.row(0, named=True)
    if row["n_overdue"] is None:
        return f"Overdue goals are not shown: {f.reason(row['suppression_reason'], in_full=True)}."
    if not row["n_overdue"]:
        return f"No goal is overdue as of {f.day(row['as_of'])}."
    old = int(overdue.filter(pl.col("overdue_bucket") == "over_180")["n_goals"].sum())
    tail = f", {f.count(old)} of them for more than 180 days" if old else ""
    n = row["n_overdue"]
    return f"{f.many(n, 'goal is', 'goals are')} overdue as of {f.day(row['as_of'])}{tail}."


def shares_frame(overdue: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Groups by their share of overdue goals, hidden ones at the end."""
    rows = buckets_frame(overdue)
    who = f.members(rows["dimension"][0], rows["member_id"], names) if rows.height else {}
    made = rows.with_columns(
        who=pl.Series([who[key] for key in rows["member_id"]], dtype=pl.String),
        why=pl.col("suppression_reason").map_elements(f.reason, return_dtype=pl.String),
        share=pl.when(pl.col("n_due") > 0).then(pl.col("n_goals") / pl.col("n_due")),
        whole=pl.when(pl.col("n_due") > 0).then(pl.col("n_overdue") / pl.col("n_due")),
    )
    beside = [
        f"{f.number(whole, 'share')} · {f.count(n)} of {f.count(due)}" if whole is not None else ""
        for whole, n, due in made.select("whole", "n_overdue", "n_due").iter_rows()
    ]
    made = made.with_columns(beside=pl.Series(beside, dtype=pl.String))
    made = made.sort(pl.col("whole").is_null(), "whole", "who", "bucket_order", descending=[False, True, False, False], nulls_last=True)
    return made.with_columns(rank=pl.int_range(pl.len()))


def wide_shares(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a group, a column a bucket."""
    columns = [pl.col("n_goals").filter(pl.col("overdue_bucket") == bucket).first().alias(bucket) for bucket in BUCKETS]
    return frame.group_by("member_id", maintain_order=True).agg(
        pl.col("who", "whole", "n_overdue", "n_due", "n_people", "why").first(), *columns
    )


def loads_frame(loads: pl.DataFrame) -> pl.DataFrame:
    """Records by day and what became of them."""
    kinds = {
        "n_new": "new",
        "n_changed": "changed",
        "n_earlier": "earlier version",
        "n_unchanged": "unchanged",
        "n_quarantined": "held back",
    }
    days = loads.with_columns(day=pl.col("loaded_at").str.slice(0, 10))
    long = days.unpivot(on=list(kinds), index="day", variable_name="kind", value_name="n").group_by("day", "kind").agg(pl.col("n").sum())
    order = list(kinds)
    return (
        long.with_columns(
            outcome=pl.col("kind").replace_strict(kinds), rank=pl.col("kind").replace_strict({kind: at for at, kind in enumerate(order)})
        )
        .filter(pl.col("n") > 0)
        .sort("day", "rank")
    )
