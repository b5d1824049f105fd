"""The company's numbers in a few lines, read from the marts while a run still holds the lock.

Belongs here: which period is shown. Does not belong here: computing (models/) and drawing (summary).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Headline:
    """One metric of the company in its latest complete period with a value."""

    metric: str
    label: str
    period: str
    value: float
    ci_low: float | None
    ci_high: float | None
    n: float
    n_excluded: int
    unit: str


@dataclass(frozen=True)
class LevelShare:
    """One level of the company's rating distribution."""

    level: int
    label: str
    n: int
    share: float
    reference_share: float | None


@dataclass(frozen=True)
class Headlines:
    """The six metrics: five values and the distribution of ratings."""

    metrics: tuple[Headline, ...]
    levels_period: str
    levels: tuple[LevelShare, ...]


def read(connection: duckdb.DuckDBPyConnection) -> Headlines | None:
    """The latest complete quarter with a value, else the latest complete period; None where the marts were never built."""
    built = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name in ('metric_values', 'rating_distribution')"
    ).fetchone()
    if built != (2,):
        return None
    metrics = connection.execute(
        "with company as (select * from marts.metric_values where dimension = 'company' and breakdown = '' and value is not null "
        "and is_complete), ranked as (select *, row_number() over (partition by metric order by period_type = 'quarter' desc, "
        "period_end desc, period_type, period_id) as place from company) "
        "select r.metric, d.label, r.period_id, cast(r.value as double), cast(r.ci_low as double), cast(r.ci_high as double), "
        "cast(r.denominator as double), r.n_excluded, d.unit "
        "from ranked r join reference.metric_dictionary d using (metric) where place = 1 order by r.metric"
    ).fetchall()
    levels = connection.execute(
        "with company as (select * from marts.rating_distribution where dimension = 'company' and period_type = 'year'), "
        "latest as (select max(period_id) as period_id from company where n > 0 and is_complete) "
        "select c.period_id, c.level, s.label, c.n, cast(c.share as double), cast(c.reference_share as double) "
        "from company c join latest using (period_id) "
        "join reference.rating_scale s on s.level = c.level and s.scale = 'default' order by c.level"
    ).fetchall()
    return Headlines(
        tuple(Headline(*row) for row in metrics), levels[0][0] if levels else "", tuple(LevelShare(*row[1:]) for row in levels)
    )
