"""What the models were last built from: equal again, there is nothing to do.

Belongs here: hashing the inputs of a build and remembering its result. Does not belong here: building.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from orchestration.clock import Clock


def of_inputs(connection: duckdb.DuckDBPyConnection, clock: Clock, told: Iterable[str], code_hash: str) -> str:
    """A hash of accepted rows, clock, what the run was told, and code.

    Args:
        connection: the warehouse, loaded.
        clock: of this run; `known_at` stands in `told` where it was given, since by default it only moves on.
        told: options that change what is built.
        code_hash: of the files that decide what the models are.

    """
    rows = connection.execute(
        "select table_name, sum(n_new + n_changed + n_earlier + n_closed) from ops.loads group by table_name order by table_name"
    ).fetchall()
    released = connection.execute("select table_name, count(*) from ops.releases group by table_name order by table_name").fetchall()
    cut = connection.execute("select * from ops.cut_edges order by all").fetchall()
    parts = [rows, released, cut, str(clock.as_of), clock.business_timezone, list(told), duckdb.__version__, code_hash]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def last_build(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> dict[str, Any] | None:
    """What the last build said of itself, if its inputs were the same."""
    row = connection.execute("select result from ops.builds where fingerprint = $p", {"p": fingerprint}).fetchone()
    result: dict[str, Any] | None = json.loads(row[0]) if row else None
    return result


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Before a build: what stands is no longer sure, and a run that is killed now must not be taken for done."""
    connection.execute("delete from ops.builds")


def remember(connection: duckdb.DuckDBPyConnection, fingerprint: str, run_id: str, now: datetime, result: dict[str, Any]) -> None:
    """After a build that went through: what it was built from, and what it said."""
    connection.execute("insert into ops.builds values (?, ?, ?, ?)", [fingerprint, run_id, now, json.dumps(result)])
