"""The two clocks of a run and where a home's data come from.

Belongs here: ops.clock, ops.origin. Does not belong here: what models do with the clocks (models/).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from orchestration.ingestion.landing import Landing
from orchestration.settings import Settings


class ClockError(ValueError):
    """A time zone or a clock that cannot be used, or data that may not share a home. The message says what to do."""


@dataclass(frozen=True)
class Clock:
    """As of which business day, and knowing what had been recorded by when (naive UTC)."""

    as_of: date
    known_at: datetime
    business_timezone: str


def zone(name: str) -> ZoneInfo:
    """The named time zone.

    Raises:
        ClockError: there is none of that name.

    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"PLUMBLINE_BUSINESS_TIMEZONE is {name!r}, which is no IANA time zone (such as Europe/Berlin)"
        raise ClockError(msg) from error


def home_day(connection: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> date:
    """The business day of a home: what is set, else a synthetic company's last day, else today in the business time zone."""
    business_zone = zone(settings.business_timezone)
    row = connection.execute("select max(last_day) from ops.origin where kind = 'synthetic'").fetchone()
    synthetic: date | None = row[0] if row else None
    return settings.as_of or synthetic or now.replace(tzinfo=UTC).astimezone(business_zone).date()


def set_clock(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: date | None,
    known_at: datetime | None,
    now: datetime,
    at_least: datetime | None = None,
) -> Clock:
    """Write ops.clock and return it.

    Args:
        connection: the warehouse.
        settings: whose home.
        as_of: None takes the home's day.
        known_at: None takes everything recorded, files that declare a later time than now included.
        now: the time of the run, naive UTC.
        at_least: where known_at is None, a time that it must reach.

    """
    as_of = as_of or home_day(connection, settings, now)
    if known_at is None:
        row = connection.execute("select max(extracted_at) from ops.loads").fetchone()
        known_at = max([now, *(t for t in (at_least, row[0] if row else None) if t is not None)])
    connection.execute("begin")
    connection.execute("delete from ops.clock")
    connection.execute(
        "insert into ops.clock values ($as_of, $known_at, $tz)", {"as_of": as_of, "known_at": known_at, "tz": settings.business_timezone}
    )
    connection.execute("commit")
    return Clock(as_of, known_at, settings.business_timezone)


def note_origin(connection: duckdb.DuckDBPyConnection, landing: Landing, source_system: str, now: datetime) -> None:
    """Note, before anything is loaded, where this home's data come from.

    Raises:
        ClockError: a synthetic company and real files, or two systems of which one does not name itself.

    """
    kind = "real" if landing.synthetic_until is None else "synthetic"
    known = connection.execute("select distinct kind, source_system from ops.origin").fetchall()
    for known_kind, known_system in known:
        if known_kind != kind:
            msg = (
                f"this home holds {known_kind} data; {landing.folder} holds {kind} data. They are never mixed: "
                "set another PLUMBLINE_HOME for one of them."
            )
            raise ClockError(msg)
        if known_system != source_system and "default" in {known_system, source_system}:
            msg = (
                f"this home holds rows of the system {known_system!r}; those of {landing.folder} come as {source_system!r}. "
                'Where two systems share a home, each must name itself: put source_system = "name" at the top of '
                f"{landing.folder}/_landing.toml, or set another PLUMBLINE_HOME."
            )
            raise ClockError(msg)
    if (kind, source_system) not in known or kind == "synthetic":
        connection.execute("delete from ops.origin where kind = $kind and source_system = $system", {"kind": kind, "system": source_system})
        connection.execute(
            "insert into ops.origin values ($kind, $system, $until, $now)",
            {"kind": kind, "system": source_system, "until": landing.synthetic_until, "now": now},
        )


def forget_empty_origin(connection: duckdb.DuckDBPyConnection, source_system: str) -> None:
    """After a load: a system of which no row was ever accepted (a forgotten --system, say) binds the home to nothing."""
    connection.execute(
        "delete from ops.origin where source_system = $system and not exists (select 1 from ops.loads l "
        "where l.source_system = $system and l.n_new + l.n_changed + l.n_unchanged + l.n_earlier > 0)",
        {"system": source_system},
    )
