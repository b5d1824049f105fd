"""Frames made ready to draw: names instead of keys, numbers as they are shown, what is hidden and why.

Belongs here: columns that charts and tables need. Does not belong here: marks (charts), fetching, comparison of figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from dashboards import formats as f
from dashboards.comparison import REGULAR, cadences
from dashboards.sentences import hidden_because, no_interval, period_name


def department_names(departments: pl.DataFrame) -> dict[str, str]:
    """Names by department_key; two of one name are told apart by their key."""
    names = dict(departments.select("department_key", "name").iter_rows())
    seen: dict[str, int] = {}
    for name in names.values():
        seen[name] = seen.get(name, 0) + 1
    return {key: name if seen[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def cycle_names(cycles: pl.DataFrame) -> dict[str, str]:
    """Names by review_cycle_key; where one repeats the year of its last day follows, and where that repeats its key."""
    rows = cycles.select("review_cycle_key", "name", "period_end").rows()
    seen = Counter(name for _, name, _ in rows)
    names = {key: name if seen[name] == 1 else f"{name} {end.year}" for key, name, end in rows}
    seen = Counter(names.values())
    return {key: name if seen[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def texts(row: Mapping[str, object], unit: str) -> dict[str, object]:
    """What a reader sees of a row: shown, short, n, why it is hidden."""
    value, low, high = (row[k] if isinstance(row[k], float) else None for k in ("value", "ci_low", "ci_high"))
    n, people = row["denominator"], row["n_people"]
    why = hidden_because(row) if value is None else ""
    few = "" if value is None or low is not None else f" ({no_interval(row)})"
    return {
        "shown": f.with_interval(value, low, high, unit) + few if value is not None else f"{f.NONE} ({why})",  # type: ignore[arg-type]
        "short": f.number(value, unit),  # type: ignore[arg-type]
        "n": f"{f.count(n)} events, {f.many(people, 'person', 'people')}" if isinstance(n, float) and isinstance(people, int) else f.NONE,
        "short_n": f"n {f.count(n)}" if isinstance(n, float) else "",
        "why": why,
        "label": f"{f.NONE}  {why}" if why else "",
    }


def with_texts(frame: pl.DataFrame, unit: str) -> pl.DataFrame:
    """A frame of metric_values with what a reader sees of each row."""
    made = [texts(row, unit) for row in frame.iter_rows(named=True)]
    schema = dict.fromkeys(("shown", "short", "n", "short_n", "why", "label"), pl.String)
    return pl.concat([frame, pl.DataFrame(made, schema=schema)], how="horizontal")


def trend_frame(history: pl.DataFrame, cycles: pl.DataFrame, current: Mapping[str, object], unit: str) -> pl.DataFrame:
    """Periods of the type of the current row in their order, ready for `charts.trend` and `charts.spark`."""
    names, kinds = cycle_names(cycles), cadences(cycles)
    kind = kinds.get(str(current["period_id"]))
    rows = history.filter(pl.col("period_type") == current["period_type"]).sort("period_end", "period_start", "period_id")
    if current["period_type"] == "cycle":  # those that come round beside each other; probation and ad hoc ones beside their like
        alike = [key for key, other in kinds.items() if other == kind or {kind, other} <= set(REGULAR)]
        rows = rows.filter(pl.col("period_id").is_in(alike))
    made = with_texts(rows, unit)
    period = [period_name(row, names) for row in rows.iter_rows(named=True)]
    subject = [current["period_type"] != "cycle" or kinds.get(key) == kind for key in rows["period_id"].to_list()]
    over, final = pl.col("is_complete"), pl.col("not_final")
    status = pl.when(~over).then(pl.lit("so far: the period is not over")).when(final != "").then(final).otherwise(pl.lit("complete"))
    return made.with_columns(
        order=pl.int_range(pl.len()),
        period=pl.Series(period, dtype=pl.String),
        is_subject=pl.Series(subject, dtype=pl.Boolean),
        is_current=pl.col("period_id") == str(current["period_id"]),
        status=status,
        is_complete=over & (final == ""),
    )


def with_period_names(rows: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """Periods with their names, for the choice of one."""
    names = cycle_names(cycles)
    return rows.with_columns(name=pl.Series([period_name(row, names) for row in rows.iter_rows(named=True)], dtype=pl.String))


def value_of(history: pl.DataFrame, now: Mapping[str, object]) -> float | None:
    """The value of the same period in another history, such as the company's."""
    rows = history.filter((pl.col("period_type") == now["period_type"]) & (pl.col("period_id") == now["period_id"]))
    return None if rows.is_empty() else rows["value"][0]


def compared_with(company: pl.DataFrame, trend: pl.DataFrame) -> pl.DataFrame:
    """The company's values in the periods of a trend that can be compared, to stand behind it."""
    wanted = trend.filter(pl.col("is_subject") & pl.col("is_complete")).select("period_id", "period", "order")
    rows = company.filter(pl.col("period_type") == (trend["period_type"][0] if trend.height else "")).join(wanted, on="period_id")
    shown = rows.filter(pl.col("value").is_not_null()).sort("order")
    return shown.with_columns(who=pl.lit("Whole company"), is_last=pl.col("order") == pl.col("order").max())


def members_frame(members: pl.DataFrame, names: dict[str, str], unit: str, sides: pl.DataFrame, *, in_order: bool = False) -> pl.DataFrame:
    """Groups ready for `charts.dots`: shown ones by value (or by their own order), hidden ones at the end."""
    made = with_texts(members, unit)
    called = f.members(members["dimension"][0], members["member_id"], names) if members.height else {}
    side = dict(sides.select("member_id", "side").iter_rows()) if sides.height else {}
    made = made.with_columns(
        who=pl.Series([called[key] for key in members["member_id"]], dtype=pl.String),
        side=pl.Series([side.get(key, "") for key in members["member_id"].to_list()], dtype=pl.String),
        own_order=pl.col("member_id").cast(pl.Int64, strict=False),
    )
    by = ["own_order"] if in_order else ["value"]
    made = made.with_columns(
        beside=pl.col("short_n") + pl.col("side").replace_strict({"above": "  ▲ above", "below": "  ▼ below"}, default="")
    )
    made = made.sort(pl.col("value").is_null(), *by, "who", descending=[False, not in_order, False], nulls_last=True)
    return made.with_columns(rank=pl.int_range(pl.len()))


def children(departments: pl.DataFrame, key: str | None) -> list[str]:
    """Departments directly below one; below the single top that is not deleted where none is named."""
    if key is None:
        known = set(departments["department_key"].to_list())
        standing = departments.filter(~pl.col("is_deleted").fill_null(value=False))
        tops = [k for k, parent in standing.select("department_key", "parent_department_key").iter_rows() if parent not in known]
        if len(tops) != 1:
            return tops
        key = tops[0]
    return departments.filter(pl.col("parent_department_key") == key)["department_key"].to_list()


def below(departments: pl.DataFrame, key: str) -> list[str]:
    """A department and all below it."""
    found, waiting = [], [key]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.append(at)
            waiting.extend(departments.filter(pl.col("parent_department_key") == at)["department_key"].to_list())
    return found


def tree_options(departments: pl.DataFrame) -> dict[str, str]:
    """Departments in the order of their tree, indented, by key."""
    names = department_names(departments)
    known = set(names)
    below: dict[str | None, list[str]] = {}
    for key, parent in departments.select("department_key", "parent_department_key").iter_rows():
        below.setdefault(parent if parent in known else None, []).append(key)
    found: dict[str, str] = {}

    def walk(parent: str | None, depth: int) -> None:
        for key in sorted(below.get(parent, []), key=lambda k: (names[k].casefold(), k)):
            if key not in found:
                found[key] = "\u2003" * depth + names[key]
                walk(key, depth + 1)

    walk(None, 0)
    return found


def levels_frame(levels: pl.DataFrame, labels: Mapping[int, str]) -> pl.DataFrame:
    """Rows of rating_distribution with the words of the scale and numbers as shown."""
    return levels.with_columns(
        label=pl.col("level").replace_strict(dict(labels), default=pl.col("level").cast(pl.String), return_dtype=pl.String),
        shown=pl.col("share").map_elements(lambda v: f.number(v, "share"), return_dtype=pl.String),
        of=pl.format("{} of {}", pl.col("n"), pl.col("n_rated")),
    )
