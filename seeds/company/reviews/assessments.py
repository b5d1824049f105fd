"""What each rater handed in: tables review_assessments and review_assessment_items.

Here: one row per review and rater with texts, items with a halo. Not here: who is asked and what they think (raters.py), the
ratings of managers and of people themselves (history/ratings.py).

Identifiers: the review's, then S (self), M (manager), P1 to P3 (peers), R1 to R3 (reports).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Cycle, Flags, Floats, date_series, timestamp_series
from seeds.company.history.ledger import Indices
from seeds.company.history.ratings import half_points
from seeds.company.history.record import History
from seeds.company.reviews.raters import PEER, PEERS, asked_of_others
from seeds.company.reviews.stages import DAY, MANAGER, NO_TIME, SELF, TIMES
from seeds.company.reviews.templates import RATED_ITEMS, item_ids
from seeds.company.sink import Rows, words

SLOTS = ["S", "M", "P1", "P2", "P3", "R1", "R2", "R3"]
SELF_SLOT, MANAGER_SLOT, FIRST_PEER, FIRST_REPORT = 0, 1, 2, 5
RELATIONSHIPS = ["self", "manager", *["peer"] * 3, *["direct_report"] * 3]
TEXTS = {"strengths": 0.50, "areas_for_growth": 0.42, "comment": 0.30}
KINDS = {"strengths": "strengths", "areas_for_growth": "areas_for_growth", "comment": "assessment_comment"}
# How much better a relation makes one write: people of themselves, peers, those who are led.
WARMTH = np.array([0.20, 0.0, *[0.10] * 3, *[-0.05] * 3])
ITEM_TRAIT_SD, ITEM_NOISE_SD = 0.35, 0.30
ITEM_MISSING_SHARE, ITEM_COMMENT_SHARE = 0.04, 0.08


def spread(texts: pl.Series, where: Flags) -> pl.Series:
    """`texts` on the rows of `where`, null on the others."""
    place = np.cumsum(where) - 1
    if len(texts) == 0:
        return pl.Series([None] * len(where), dtype=pl.String)
    return texts.gather(np.maximum(place, 0)).set(pl.Series(~where), None)


def _own_and_managers(reviews: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """The rows of the people themselves, where the cycle has self assessments, and of their managers."""
    every = reviews.with_row_index("row").with_columns(manager_asked=pl.max_horizontal("row_appears", "manager_since"))
    slots = [SELF_SLOT, MANAGER_SLOT] if cycle.self_assessment_due < NEVER else [MANAGER_SLOT]
    # In the order of SELF_SLOT and MANAGER_SLOT.
    who, asked = ("person", "manager"), ("row_appears", "manager_asked")
    time, rating, opinion = (TIMES[SELF], TIMES[MANAGER]), ("self_rating", "manager_rating"), ("self_opinion", "manager_opinion")
    return pl.concat(
        every.select(
            "row", "person", pl.lit(slot).alias("slot"), reviewer=who[slot], requested_on=asked[slot], submitted=time[slot],
            rating=rating[slot], opinion=opinion[slot],
        )
        for slot in slots
    )  # fmt: skip


def _others(reviews: pl.DataFrame, cycle: Cycle, history: History) -> pl.DataFrame:
    """The rows of peers and reports."""
    parameters = history.parameters
    asked = asked_of_others(reviews, cycle, history)
    keys = tuple(asked[name].to_numpy() for name in ("reviewer", "person", "cycle_key"))
    has_rating = (asked["submitted"].to_numpy() < NO_TIME) & ~parameters.draws("reviews.others without rating").chance(
        parameters.review_rating_missing_share, *keys
    )
    rating = pl.Series(half_points(parameters.performance_mean + asked["opinion"].to_numpy()))
    first = pl.when(pl.col("kind") == PEER).then(FIRST_PEER).otherwise(FIRST_PEER + PEERS)
    return asked.select(
        "row", "person", "reviewer", "requested_on", "submitted", "opinion", slot=(first + pl.col("number")).cast(pl.Int32),
        rating=rating.set(pl.Series(~has_rating), None),
    )  # fmt: skip


def _assessments(reviews: pl.DataFrame, cycle: Cycle, history: History) -> pl.DataFrame:
    """One row per review and rater, ordered by review and slot, with identifiers and a key."""
    rows = _own_and_managers(reviews, cycle)
    if cycle.cadence == "annual" and len(reviews):
        rows = pl.concat([rows, _others(reviews, cycle, history).select(rows.columns)])
    rows = rows.sort("row", "slot")
    of_review = rows["row"].to_numpy()
    slot = rows["slot"].to_numpy().astype(np.int64)
    review_id = reviews["review_id"].gather(of_review)
    return rows.with_columns(
        review_id.alias("review_id"),
        pl.Series("key", (reviews["review_key"].to_numpy()[of_review] << 3) | slot),
        pl.select(pl.format("{}-{}", pl.lit(review_id), pl.lit(pl.Series(SLOTS).gather(slot)))).to_series().alias("assessment_id"),
    )


def _texts(rows: pl.DataFrame, column: str, history: History, sink: Rows) -> pl.Series:
    """Column `column` of the assessments handed in that have it, null for the others; its labels go to the truth."""
    draws = history.parameters.draws("reviews.texts").sub(column)
    key = rows["key"].to_numpy()
    has = (rows["submitted"].to_numpy() < NO_TIME) & draws.chance(TEXTS[column], key)
    chosen = rows.filter(pl.Series(has, dtype=pl.Boolean))
    written = history.writing.texts(
        KINDS[column], key=key[has], author=chosen["reviewer"].to_numpy(), about=chosen["person"].to_numpy(),
        day=chosen["submitted"].to_numpy() // DAY, feeling=chosen["opinion"].to_numpy() + WARMTH[chosen["slot"].to_numpy()],
    )  # fmt: skip
    sink.truth("text_labels", written.labels("review_assessments", column, chosen["assessment_id"]))
    return spread(written.text, has)


def _item_ratings(common: Floats, person: Indices, number: Indices, key: Indices, history: History) -> pl.Series:
    """Ratings of single items: a halo of the overall one (`common`, as deviation) and what is the item's own; a few missing."""
    parameters = history.parameters
    draws = parameters.draws("reviews.items")
    trait = ITEM_TRAIT_SD * draws.sub("trait").normal(person, number)
    noise = ITEM_NOISE_SD * draws.sub("noise").normal(key)
    rating = half_points(parameters.performance_mean + parameters.item_halo * common + (1 - parameters.item_halo) * trait + noise)
    return pl.Series(rating).set(pl.Series(draws.sub("missing").chance(ITEM_MISSING_SHARE, key)), None)


def _items(rows: pl.DataFrame, reviews: pl.DataFrame, history: History, sink: Rows) -> pl.DataFrame:
    """Table `review_assessment_items`: the rated items of what people and managers handed in (`rows`)."""
    number = np.tile(np.arange(RATED_ITEMS), len(rows))
    of_row = np.repeat(np.arange(len(rows)), RATED_ITEMS)
    assessed = rows[of_row]
    template = reviews["template"].to_numpy()[assessed["row"].to_numpy()]
    key = (assessed["key"].to_numpy() << 2) | number
    person, opinion = assessed["person"].to_numpy(), assessed["opinion"].to_numpy()
    comments = history.parameters.draws("reviews.items").sub("comment").chance(ITEM_COMMENT_SHARE, key)
    chosen = assessed.filter(pl.Series(comments, dtype=pl.Boolean))
    written = history.writing.texts(
        "item_comment", key=key[comments], author=chosen["reviewer"].to_numpy(), about=person[comments],
        day=chosen["submitted"].to_numpy() // DAY, feeling=opinion[comments] + WARMTH[chosen["slot"].to_numpy()],
    )  # fmt: skip
    items = item_ids(template, number)
    ids = pl.select(pl.format("{}/{}", pl.lit(chosen["assessment_id"]), pl.lit(items.filter(pl.Series(comments, dtype=pl.Boolean)))))
    sink.truth("text_labels", written.labels("review_assessment_items", "comment", ids.to_series()))
    return pl.DataFrame(
        {
            "assessment_id": assessed["assessment_id"],
            "review_template_item_id": items,
            "rating": _item_ratings(opinion, person, number, key, history),
            "comment": spread(written.text, comments),
        }
    )


def write(reviews: pl.DataFrame, cycle: Cycle, history: History, sink: Rows) -> None:
    """The assessments of one cycle; items and opinions of peers and reports in annual ones only."""
    rows = _assessments(reviews, cycle, history)
    slot, reviewer = rows["slot"].to_numpy(), rows["reviewer"].to_numpy()
    sink.table("review_assessments", pl.DataFrame({
        "assessment_id": rows["assessment_id"],
        "review_id": rows["review_id"],
        "reviewer_employee_id": history.employee_id(np.where(slot >= FIRST_REPORT, -1, reviewer)),
        "relationship": words(RELATIONSHIPS, slot),
        "requested_on": date_series("requested_on", rows["requested_on"].to_numpy()),
        "submitted_at": timestamp_series("submitted_at", rows["submitted"].to_numpy()),
        "rating": rows["rating"],
        **{column: _texts(rows, column, history, sink) for column in TEXTS},
    }))  # fmt: skip
    itemised = (pl.col("slot") < FIRST_PEER) & (pl.col("submitted") < NO_TIME) & pl.lit(cycle.cadence == "annual")
    sink.table("review_assessment_items", _items(rows.filter(itemised), reviews, history, sink))
