"""How tables, columns and words are written in SQL.

Belongs here: identifiers and literals. Does not belong here: anything computed from them (checks).
"""

from __future__ import annotations

from collections.abc import Callable


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text literal, for words of the contract only; values of files are passed as parameters or columns."""
    return "'" + text.replace("'", "''") + "'"


def source_name(column: str) -> str:
    """What the field of a column is called before it is typed."""
    return quoted(f"s_{column}")


def value_name(column: str) -> str:
    """What the typed value of a column is called."""
    return quoted(f"v_{column}")


def attempt_name(column: str) -> str:
    """What the first, cheap attempt at a value is called."""
    return quoted(f"f_{column}")


def of_alias(alias: str) -> Callable[[str], str]:
    """How the columns of a table alias are written."""
    return lambda name: f"{alias}.{quoted(name)}"
