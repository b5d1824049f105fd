"""The source contracts, read from the dbt source files under models/sources.

Belongs here: turning those files into typed objects. Does not belong here: any list of tables or columns (the files
are the only one), and what is done with a contract (ingestion/).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

SOURCES = Path(__file__).resolve().parent.parent / "models" / "sources"
SHARED_FILE = "every_table.yml"
WORD = re.compile(r"\b[a-z_][a-z_0-9]*\b")

DUCKDB_TYPES = {
    "text": "varchar",
    "int": "bigint",
    "date": "date",
    "timestamp": "timestamp",
    "bool": "boolean",
    "json": "json",
    "uhugeint": "uhugeint",
}


class ContractError(ValueError):
    """A contract file says something that the loader does not understand. The message names file, table, column."""


@dataclass(frozen=True)
class Parent:
    """What a column refers to: the key of another table."""

    table: str
    column: str
    holds_back: bool  # True: a row without its parent waits in quarantine; False: it stays, with a finding


@dataclass(frozen=True)
class Column:
    """One column of a contract: name, type and the rules of its values."""

    name: str
    data_type: str
    description: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None
    parent: Parent | None = None
    sensitivity: str | None = None
    open_end: bool = False

    @property
    def duckdb_type(self) -> str:
        """The DuckDB type that the column has in raw."""
        return DUCKDB_TYPES.get(self.data_type, self.data_type)


@dataclass(frozen=True)
class Rule:
    """A rule over several columns or rows of a table; `must` is SQL that is true or null for every good row."""

    name: str
    effect: str
    must: str | None = None
    no_cycle_through: str | None = None
    unique_together: tuple[str, ...] = ()
    cuts: str | None = None
    joined_to: str | None = None
    joined_by: str | None = None

    def columns_named(self, columns: tuple[str, ...]) -> list[str]:
        """Those of `columns` that the rule's SQL speaks of, in the order of the table."""
        words = set(WORD.findall(re.sub(r"'[^']*'", "", self.must or "")))
        return [c for c in columns if c in words]


@dataclass(frozen=True)
class Contract:
    """What a source table holds: key, columns, rules."""

    table: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    optional_columns: tuple[Column, ...]
    loader_columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    required: bool = False
    area: str = ""
    description: str = ""
    fingerprint: str = field(default="", compare=False)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns that a source may bring: the table's own, then those that every table has."""
        return self.own_columns + self.optional_columns

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of `columns`."""
        return tuple(c.name for c in self.columns)

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """Columns that tell rows of this table apart in the whole warehouse."""
        return ("source_system", *self.key)

    @cached_property
    def parents(self) -> tuple[tuple[Column, Parent], ...]:
        """The columns that refer to another table, with what they refer to."""
        return tuple((c, c.parent) for c in self.own_columns if c.parent)

    @cached_property
    def depends_on(self) -> frozenset[str]:
        """Tables whose rows must be loaded before this one's."""
        return frozenset(p.table for _, p in self.parents if p.holds_back and p.table != self.table)


def _column(spec: dict[str, Any], where: str) -> Column:
    meta = spec.get("config", {}).get("meta", {})
    found: dict[str, Any] = {}
    for test in spec.get("data_tests", []):
        name, body = (test, {}) if isinstance(test, str) else next(iter(test.items()))
        arguments = body.get("arguments", {})
        if name == "not_null":
            found["required"] = True
        elif name == "accepted_values":
            found["allowed"] = tuple(str(v) for v in arguments["values"])
        elif name == "in_range":
            found["low"], found["high"] = str(arguments["min_value"]), str(arguments["max_value"])
        elif name == "relationships":
            match = re.fullmatch(r"source\('raw', '(\w+)'\)", arguments["to"])
            if not match:
                msg = f"{where}: relationships must name a raw source, it names {arguments['to']}"
                raise ContractError(msg)
            severity = body.get("config", {}).get("severity", "error")
            found["parent"] = Parent(match.group(1), arguments["field"], holds_back=severity == "error")
        else:
            msg = f"{where}: the test {name} is not one that loading knows"
            raise ContractError(msg)
    data_type = spec["data_type"]
    if data_type not in DUCKDB_TYPES and not re.fullmatch(r"decimal\(\d+,\d+\)", data_type):
        msg = f"{where}: the type {data_type} is not one of {', '.join(DUCKDB_TYPES)}, decimal(p,s)"
        raise ContractError(msg)
    return Column(
        name=spec["name"],
        data_type=data_type,
        description=spec.get("description", ""),
        sensitivity=meta.get("class"),
        open_end=bool(meta.get("open_end")),
        **found,
    )


def _rule(spec: dict[str, Any], where: str) -> Rule:
    if spec["effect"] not in {"finding", "quarantine"}:
        msg = f"{where}: the effect of rule {spec['rule']} must be finding or quarantine"
        raise ContractError(msg)
    return Rule(
        name=spec["rule"],
        effect=spec["effect"],
        must=spec.get("must"),
        no_cycle_through=spec.get("no_cycle_through"),
        unique_together=tuple(spec.get("unique_together", ())),
        cuts=spec.get("cuts"),
        joined_to=spec.get("joined_to"),
        joined_by=spec.get("joined_by"),
    )


def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (safe loader)
    return loaded


@cache
def load_contracts(folder: Path = SOURCES) -> dict[str, Contract]:
    """All contracts by table name, parents before the tables that wait for them.

    Args:
        folder: where the dbt source files are.

    Raises:
        ContractError: a file holds a type, a test or a rule that loading does not know.

    """
    shared = _read(folder / SHARED_FILE)["sources"][0]["config"]["meta"]
    optional = tuple(_column(c, SHARED_FILE) for c in shared["optional_columns"])
    of_loader = tuple(_column(c, SHARED_FILE) for c in shared["loader_columns"])
    found: dict[str, Contract] = {}
    for path in sorted(folder.glob("*.yml")):
        for source in _read(path)["sources"]:
            if source["name"] != "raw":
                continue
            for spec in source["tables"]:
                table, meta = spec["name"], spec["config"]["meta"]
                where = f"{path.name}, table {table}"
                enforced = json.dumps([meta, shared, [{**c, "description": ""} for c in spec["columns"]]], sort_keys=True)
                found[table] = Contract(
                    table=table,
                    key=tuple(meta["key"]),
                    own_columns=tuple(_column(c, f"{where}, column {c['name']}") for c in spec["columns"]),
                    optional_columns=optional,
                    loader_columns=of_loader,
                    rules=tuple(_rule(r, where) for r in meta.get("rules", [])),
                    required=bool(meta.get("required")),
                    area=path.stem,
                    description=spec.get("description", ""),
                    fingerprint=hashlib.sha256(enforced.encode()).hexdigest(),
                )
    return _parents_first(found)


def _parents_first(contracts: dict[str, Contract]) -> dict[str, Contract]:
    ordered: dict[str, Contract] = {}
    waiting = dict(contracts)
    while waiting:
        free = [t for t, c in waiting.items() if c.depends_on <= ordered.keys()]
        if not free:
            msg = f"these tables wait for each other's rows, or for a table without a contract: {', '.join(waiting)}"
            raise ContractError(msg)
        for table in free:
            ordered[table] = waiting.pop(table)
    return ordered
