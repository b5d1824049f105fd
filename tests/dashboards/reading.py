"""What a person, or somebody who looks behind the page, can read of an AppTest run.

Belongs here: collecting texts, figures, bytes. Does not belong here: tests.
"""

from __future__ import annotations

import struct
from typing import Any

from streamlit.testing.v1 import AppTest


def texts(at: AppTest) -> list[str]:
    """Words on the page, in their order."""
    return [str(element.value) for element in at.get("text")]


def said(at: AppTest) -> str:
    """All words on the page."""
    return "\n".join([*texts(at), *(element.proto.body for element in at.get("html"))])


def metrics(at: AppTest) -> dict[str, str]:
    """Figures by their label."""
    return {metric.label: metric.value for metric in at.metric}


def sent(at: AppTest) -> bytes:
    """Everything that the page sends to the browser: words, tables, charts with their data."""
    found = b""

    def walk(node: Any) -> None:
        nonlocal found
        if hasattr(node, "children"):
            if getattr(node, "proto", None) is not None:
                found += node.proto.SerializeToString()
            for child in node.children.values():
                walk(child)
        elif getattr(node, "proto", None) is not None:
            found += node.proto.SerializeToString()

    walk(at._tree)
    return found


def as_double(value: float) -> bytes:
    """A number as it stands in the data of a table or chart."""
    return struct.pack("<d", value)


def inside(at: AppTest, key: str) -> list[Any]:
    """Elements in the container of that key."""
    found: list[Any] = []

    def walk(node: Any, within: bool) -> None:
        if hasattr(node, "children"):
            here = str(getattr(getattr(node, "proto", None), "id", "")).endswith(f"-{key}")
            for child in node.children.values():
                walk(child, within or here)
        elif within:
            found.append(node)

    walk(at._tree, False)
    return found


def table(at: AppTest, key: str) -> Any:
    """The rows of the table in the container `table_<key>`, a pandas frame."""
    frames = [element for element in inside(at, f"table_{key}") if element.type == "dataframe"]
    if not frames:
        msg = f"no table {key} on the page"
        raise AssertionError(msg)
    return frames[0].value
