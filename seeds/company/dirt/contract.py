"""What the source contracts ask of each table, as far as it can be broken.

Here: reading models/sources. Not here: how it is broken (faults.py, rules.py). The loader has its own reader; the generator is
to know nothing of the loader, or it could not prove it wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from orchestration.settings import CHECKOUT

SOURCES = CHECKOUT / "models" / "sources"


@dataclass(frozen=True)
class Parent:
    """The table that a column refers to; `holds_back`: a row without it waits in quarantine, else there is a finding."""

    table: str
    holds_back: bool


@dataclass(frozen=True)
class Column:
    """One column of a table and what its values must be."""

    name: str
    data_type: str
    required: bool
    allowed: tuple[str, ...]
    limits: tuple[float, float] | None
    parent: Parent | None

    @property
    def is_decimal(self) -> bool:
        """Whether it holds numbers with decimals."""
        return self.data_type.startswith("decimal")


@dataclass(frozen=True)
class Table:
    """A contract: its key, columns and the names of its rules with the effect of a breach."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[tuple[str, str], ...]

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)

    @property
    def free_key(self) -> Column | None:
        """The part of the key that may be anything (text rather than a date), None where all of it is prescribed."""
        free = [column for column in map(self.column, self.key) if not column.parent and not column.allowed]
        texts = [column for column in free if column.data_type == "text"]
        dates = [column for column in free if column.data_type == "date"]
        return next(iter(texts + dates), None)


def _column(spec: dict[str, Any]) -> Column:
    tests: dict[str, dict[str, Any]] = {}
    for test in spec.get("data_tests", []):
        tests |= {test: {}} if isinstance(test, str) else test
    limits = tests.get("in_range", {}).get("arguments")
    relation = tests.get("relationships")
    parent = None
    if relation:
        table = relation["arguments"]["to"].split("'")[3]
        parent = Parent(table, relation["config"]["severity"] == "error")
    return Column(
        name=spec["name"], data_type=spec["data_type"], required="not_null" in tests,
        allowed=tuple(map(str, tests.get("accepted_values", {}).get("arguments", {}).get("values", ()))),
        limits=(float(limits["min_value"]), float(limits["max_value"])) if limits else None, parent=parent,
    )  # fmt: skip


@cache
def tables() -> dict[str, Table]:
    """All contracts by table."""
    found = {}
    for path in sorted(SOURCES.glob("*.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for spec in source["tables"] if source["name"] == "raw" else []:
                meta = spec["config"]["meta"]
                rules = tuple((rule["rule"], rule["effect"]) for rule in meta.get("rules", []))
                found[spec["name"]] = Table(spec["name"], tuple(meta["key"]), tuple(map(_column, spec["columns"])), rules)
    return found
