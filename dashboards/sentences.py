"""The answer in a sentence: where a figure stands, whether it moved, who differs, with direction and certainty.

Belongs here: words made from published figures. A change or a difference is claimed only where its interval excludes zero.
Does not belong here: the statistics (comparison), drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards import formats as f
from dashboards.comparison import Change, change, lacking

Row = Mapping[str, Any]

SUBJECTS = {
    "reviewed person": ("reviewed person", "reviewed people"),
    "goal owner": ("goal owner", "goal owners"),
    "person on a plan": ("person on a plan", "people on plans"),
}


def period_name(row: Row, cycles: Mapping[str, str]) -> str:
    """Annual review 2025, Q2 2026, 2025."""
    period = str(row["period_id"])
    if row["period_type"] == "cycle":
        return cycles.get(period, period)
    if row["period_type"] == "quarter":
        year, quarter = period.split("-")
        return f"{quarter} {year}"
    return period


def spoken(row: Row, cycles: Mapping[str, str]) -> str:
    """The period as a sentence says it: 2025; 2026 so far (to 30 Jun) where it is not over."""
    name, as_of = period_name(row, cycles), row.get("as_of")
    if row["is_complete"]:
        return name
    return f"{name} so far" + (f" (to {f.day(as_of, with_year=False)})" if as_of else "")


def opened(words: str) -> str:
    """Words with a capital."""
    return words[:1].upper() + words[1:]


def subjects(row: Row, data_subject: str) -> str:
    """850 goal owners."""
    one, several = SUBJECTS.get(data_subject, ("person", "people"))
    n = row["n_people"]
    return "" if n is None else f.many(float(n), one, several)


def direction(moved: Change | None, good_direction: str) -> tuple[str, str]:
    """A word with its sign, and whether that is good, bad or neither: ("▲ higher", "good")."""
    if moved is None:
        return "", "plain"
    if not moved.is_clear:
        return "no clear change", "plain"
    up = moved.difference > 0
    feel = "plain" if good_direction == "none" else "good" if up == (good_direction == "higher") else "bad"
    return ("▲ higher" if up else "▼ lower"), feel


def moved_words(moved: Change, unit: str, then: str) -> str:
    """4 points above Q1 2026 (1 to 7); no clear change from Q1 2026 (−3 to +2 points)."""
    if moved.low is None or moved.high is None:
        return f"how it moved since {then} cannot be said: too few {moved.lacking} behind it for an interval"
    low, high = (f.signed(limit, unit, is_not_zero=moved.is_clear) for limit in (moved.low, moved.high))
    if not moved.is_clear:
        return f"no clear change from {then} ({low} to {high}{' points' if unit == 'share' else ''})"
    return f"{f.points(moved.difference, unit)} {'above' if moved.difference > 0 else 'below'} {then} ({low} to {high})"


NOTHING_BEFORE = {
    "cycle": "with no earlier cycle of its kind to compare with",
    "quarter": "with no figure for the quarter before to compare with",
    "year": "with no figure for the year before to compare with",
}


def comparison(now: Row, then: Row | None, unit: str, cycles: Mapping[str, str]) -> str:
    """The comparison with the period before in words; says what is missing where there is none.

    A period that is not over is compared with none, and of one whose ratings are not final it says how many are.
    """
    if now["value"] is None:
        return ""
    if now.get("not_final"):
        return str(now["not_final"])
    if not now["is_complete"]:
        return ""
    if then is None:
        return NOTHING_BEFORE[str(now["period_type"])]
    moved = change(dict(now), dict(then))
    name = period_name(then, cycles)
    if moved is None:
        return f"while {name}, the one before, is hidden"
    return moved_words(moved, unit, name)


def answer(label: str, now: Row | None, then: Row | None, unit: str, cycles: Mapping[str, str], apart: str = "", waiting: str = "") -> str:
    """The sentence of a metric. `waiting`: what is waited for where there is no row."""
    if now is None:
        return f"No {label.lower()} yet: {waiting or 'nothing was counted in a period that is over'}."
    name = spoken(now, cycles)
    if now["value"] is None:
        return f"{label} of {name} is not shown: {hidden_because(now, in_full=True)}."
    value = f.with_interval(now["value"], now["ci_low"], now["ci_high"], unit)
    said, compared = f"{label} in {name} is {value}", comparison(now, then, unit, cycles)
    said += f"{'; ' if now.get('not_final') else ', '}{compared}" if compared else ""
    return said + (f"; {apart}." if apart else ".")


def hidden_because(row: Row, *, in_full: bool = False) -> str:
    """Why a row has no value."""
    if row.get("is_reportable") is False:
        return f.reason(str(row["suppression_reason"]), in_full=in_full)
    return "nothing was counted"


def no_interval(row: Row) -> str:
    """Why a shown figure has no interval."""
    return f"too few {lacking(dict(row))} for an interval"


COMPARED = (
    "A change is called clear where the approximate 95% interval of the difference excludes zero; it takes the two figures as independent. "
    "Groups are called away from the company where their interval, widened for the number of groups and for few managers, excludes its "
    "value. A period that is not over is not compared with another one."
)


def apart(found: pl.DataFrame, groups: pl.DataFrame, dimension: str, names: dict[str, str], reference: str) -> str:
    """Who lies clearly away from a reference: Sales lies above the company, or that none can be told apart."""
    several = f.DIMENSION_PLURALS[dimension]
    n_compared = groups["value"].count()
    if n_compared < 2:
        return ""
    if found.is_empty():
        return f"none of the {n_compared} {several} can be told apart from {reference}"
    called, parts = f.members(dimension, groups["member_id"], names), []
    for side in ("above", "below"):
        who = [called[key] for key in found.filter(pl.col("side") == side)["member_id"].to_list()]
        if who:
            parts.append(f"{f.listed(who)} {'lies' if len(who) == 1 else 'lie'} clearly {side}")
    return " and ".join(parts) + f" {reference}"


def distribution_answer(levels: pl.DataFrame, labels: Mapping[int, str], name: str) -> str:
    """What the ratings of a period look like beside the declared reference."""
    if levels.is_empty():
        return "No final ratings yet."
    if levels["share"].null_count():
        return f"The ratings of {name} are not shown: {f.reason(levels['suppression_reason'][0], in_full=True)}."
    top = levels.sort("share", "level", descending=[True, False]).row(0, named=True)
    n = f.many(float(top["n_rated"]), "rating")
    said = f"{f.number(top['share'], 'share')} of {n} in {name} are “{labels.get(top['level'], top['level'])}”, the most common level."
    if top.get("not_final"):
        return f"{said[:-1]}; {top['not_final']}."
    if top["reference_share"] is None:
        return said
    return f"{said} The declared reference has {f.number(top['reference_share'], 'share')} there."


def calibration_words(levels: pl.DataFrame) -> str:
    """How many of the ratings moved between levels, as far as the two distributions show: where both are of the same ratings."""
    if levels.is_empty() or levels["share"].null_count() or has_not_final(levels):
        return ""
    n, of = levels["n_rated_before_calibration"][0], levels["n_rated"][0]
    if n is None:
        return f"The managers' ratings before calibration are not shown: they, or the ratings without one, are of {f.FEW}."
    if n != of:
        have = f"{f.count(n)} of {f.many(of, 'rating')} {'has' if n == 1 else 'have'} a manager's rating"
        return f"{have}; the two distributions are not comparable."
    moved = float((levels["share"] - levels["share_before_calibration"]).abs().sum()) / 2
    if moved < 0.005:
        return "Before and after calibration the levels are distributed alike."
    return f"Calibration changed the level of at least {f.number(moved, 'share')} of the ratings, as the two distributions show."


def has_not_final(levels: pl.DataFrame) -> bool:
    """Whether the ratings of a period are not final yet."""
    return "not_final" in levels.columns and bool(levels["not_final"][0])
