"""Opening the warehouse file: one policy for every connection, the run lock, schema versions and migrations.

Belongs here: how the DuckDB file is opened, locked and brought to the present shape. Does not belong here: what is
put into it (ingestion/, dbt).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.settings import Settings

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
UPDATE, ANOTHER_HOME = "`git pull && make setup`", "`PLUMBLINE_HOME=data/mine plumbline run`"


class WarehouseError(RuntimeError):
    """The warehouse file cannot be used as it is. The message says why and what to do."""


@contextmanager
def run_lock(settings: Settings, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Hold the home's run lock; wait for a run that holds it, and say so through `tell`.

    The operating system releases the lock when the process ends, however it ends.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with settings.lock_file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            tell(f"another run ({handle.read().strip() or 'unknown process'}) holds {settings.lock_file}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}")
        handle.flush()
        yield


def connect(path: Path, settings: Settings, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file under the project's policy: UTC, no extension downloads, settings set after connecting.

    Raises:
        WarehouseError: another process has it open, or it is not a DuckDB file that this version can read.

    """
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            msg = f"{path} is open in another process. Close it (a DuckDB shell, a notebook) and run again."
        else:
            msg = (
                f"{path} cannot be opened as a DuckDB 2.0 file ({str(error).splitlines()[0]}). Move it away or set another PLUMBLINE_HOME."
            )
        raise WarehouseError(msg) from error
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set threads = $threads", {"threads": settings.threads})
    if settings.memory_limit:
        connection.execute("set memory_limit = $limit", {"limit": settings.memory_limit})
    return connection


@contextmanager
def open_warehouse(settings: Settings, contracts: dict[str, Contract]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the home's warehouse for writing, brought to the present schema version and contracts."""
    settings.home.mkdir(parents=True, exist_ok=True)
    connection = connect(settings.warehouse_file, settings)
    try:
        migrate(connection, settings.warehouse_file)
        ensure_raw_tables(connection, contracts)
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # a failed statement or a full disk has already ended the transaction
            connection.execute("rollback")
        raise


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Bring the file to the newest schema version, one migration a transaction, after a copy beside it.

    Returns:
        The version it has now.

    Raises:
        WarehouseError: the file is foreign or was made by a newer Plumbline.

    """
    steps = _migrations()
    present = schema_version(connection)
    if present is None:
        msg = f"{path} holds tables but no ops.schema_version: it was not made by Plumbline. Use another home: {ANOTHER_HOME}"
        raise WarehouseError(msg)
    newest = newest_version()
    if present > newest:
        msg = f"{path} has schema version {present}; this Plumbline knows {newest}. Update Plumbline ({UPDATE}), then run again."
        raise WarehouseError(msg)
    missing = [v for v in sorted(steps) if v > present]
    if present and missing:
        connection.execute("checkpoint")
        shutil.copy2(path, path.with_name(f"{path.name}.before-v{missing[0]}"))
    for version in missing:
        connection.execute("begin")
        connection.execute("create schema if not exists ops")
        connection.execute(
            "create table if not exists ops.schema_version (version integer primary key, name varchar, applied_at timestamp)"
        )
        connection.execute(steps[version].read_text(encoding="utf-8"))
        connection.execute(
            "insert into ops.schema_version values ($version, $name, current_timestamp::timestamp)",
            {"version": version, "name": steps[version].stem},
        )
        connection.execute("commit")
    return newest


def _migrations() -> dict[int, Path]:
    return {int(p.name.split("_")[0]): p for p in sorted(MIGRATIONS.glob("*.sql"))}


def newest_version() -> int:
    """The schema version that this code makes."""
    return max(_migrations())


def schema_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The version of an open file; 0 of an empty one, None of one that Plumbline has not made."""
    tables = {f"{s}.{t}" for s, t in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()}
    if tables and "ops.schema_version" not in tables:
        return None
    if not tables:
        return 0
    row = connection.execute("select coalesce(max(version), 0) from ops.schema_version").fetchone()
    return int(row[0]) if row else 0


def ensure_raw_tables(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> None:
    """Create every raw table of the contracts, empty and typed, and add columns that a contract has gained.

    Raises:
        WarehouseError: a contract changed the type of a column that the warehouse already holds.

    """
    known: dict[str, dict[str, str]] = {}
    for table, column, data_type in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'raw'"
    ).fetchall():
        known.setdefault(table, {})[column] = data_type.lower()
    for table, contract in contracts.items():
        wanted = contract.columns + contract.loader_columns
        if table not in known:
            body = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in wanted)
            connection.execute(f'create table raw."{table}" ({body})')
            continue
        for column in wanted:
            has = known[table].get(column.name)
            if has is None:
                connection.execute(f'alter table raw."{table}" add column "{column.name}" {column.duckdb_type}')
            elif has != column.duckdb_type:
                msg = (
                    f"raw.{table}.{column.name} is {has} in {connection.execute('select current_database()').fetchone()}, "
                    f"the contract says {column.duckdb_type}: add a migration under orchestration/migrations"
                )
                raise WarehouseError(msg)
