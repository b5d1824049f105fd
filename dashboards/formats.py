"""Numbers, days and ages as people read them.

Belongs here: value in, text out. Does not belong here: sentences (sentences), statistics (comparison).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

NONE = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FEW = "too few people"  # whatever the rule: the rules that hide stand in one column, so that none tells of a figure
IN_FULL = f"{FEW} (fewer than 5, or than a figure of this kind needs)"
DIMENSION_WORDS = {
    "company": "company",
    "department": "department",
    "location": "location",
    "job_level": "job level",
    "role_track": "role track",
    "job_family": "job family",
}
DIMENSION_PLURALS = {
    "department": "departments",
    "location": "locations",
    "job_level": "job levels",
    "role_track": "role tracks",
    "job_family": "job families",
}


def whole(value: float) -> int:
    """Rounded to the nearest whole number, halves away from zero, as people round."""
    return int(abs(value) + 0.5 + 1e-9) * (1 if value >= 0 else -1)


def rating(value: float) -> str:
    """Two decimals, rounded as the browser rounds in tables and charts: 3.125 is 3.13 everywhere."""
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def number(value: float | None, unit: str) -> str:
    """A value in a headline: 71%, 2.89. A share is called 0% or 100% only where it is: otherwise <1% and >99%."""
    if value is None:
        return NONE
    if unit != "share":
        return rating(value)
    if 0 < value < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= value < 1 else f"{whole(100 * value)}%"


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval beside a headline: 68–74, 2.82–2.95; empty where there is none."""
    if low is None or high is None:
        return ""
    return f"{whole(100 * low)}–{whole(100 * high)}" if unit == "share" else f"{rating(low)}–{rating(high)}"


def with_interval(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """71% (68–74)."""
    around = interval(low, high, unit)
    return number(value, unit) + (f" ({around})" if around else "")


def points(difference: float, unit: str) -> str:
    """The size of a difference: 4 points, 0.12."""
    if unit == "share":
        n = whole(100 * abs(difference))
        return "less than a point" if n == 0 else f"{n} point{'' if n == 1 else 's'}"
    return rating(abs(difference))


def signed(value: float, unit: str, *, is_not_zero: bool = False) -> str:
    """+4 or −4 (points), +0.12. A limit that is known not to be zero does not read as zero: +0.4."""
    text = str(whole(100 * abs(value))) if unit == "share" else rating(abs(value))
    if is_not_zero and not float(text):
        text = f"{100 * abs(value):.1f}" if unit == "share" else f"{abs(value):.3f}"
    return ("−" if value < 0 else "+") + text if float(text) else text


def count(n: float | None) -> str:
    """Thousands with thin spaces: 12 345."""
    return NONE if n is None else f"{whole(n):,}".replace(",", "\u202f")


def many(n: float, one: str, several: str | None = None) -> str:
    """1 plan, 12 plans."""
    return f"{count(n)} {one if n == 1 else several or one + 's'}"


def day(value: date | None, *, with_year: bool = True) -> str:
    """30 Jun 2026."""
    return NONE if value is None else f"{value.day} {MONTHS[value.month - 1]}" + (f" {value.year}" if with_year else "")


def age(elapsed: timedelta) -> str:
    """Just now, 6 h ago, 3 days ago."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 2:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def member(dimension: str, member_id: str, names: dict[str, str]) -> str:
    """A slice as people name it; places and names are as their source writes them."""
    if dimension == "department":
        return names.get(member_id, member_id)
    if dimension == "company":
        return "Whole company"
    if dimension == "job_level":
        return f"Level {member_id}"
    if dimension == "location":
        return member_id
    words = member_id.replace("_", " ")
    return words[:1].upper() + words[1:]


def members(dimension: str, member_ids: Iterable[str], names: dict[str, str]) -> dict[str, str]:
    """Slices of one dimension as people name them, by member_id; two that would read alike are told apart by their own words."""
    said = {key: member(dimension, key, names) for key in member_ids}
    seen = Counter(said.values())
    return {key: words if seen[words] == 1 else f"{words} ({key})" for key, words in said.items()}


def reason(code: str | None, *, in_full: bool = False) -> str:
    """Why a figure is hidden, in words."""
    return "" if not code else IN_FULL if in_full else FEW


def listed(words: list[str], most: int = 3) -> str:
    """A, B and C; A, B and 4 others."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} others"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""
