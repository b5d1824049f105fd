"""What the proof reads off a page and how it says a number itself.

Belongs here: the written rules of showing numbers (pages.md) in a second hand, values out of tables, downloads and charts,
collecting differences. Does not belong here: what the numbers are (landing_oracle), the pages' own formats.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
from streamlit.testing.v1 import AppTest

from tests.dashboards.reading import inside, table

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HIDDEN_WORDS = {"too_few_people": "too few people"}  # whatever the rule
SIGNED = re.compile(r"\(([+−]?[\d.]+) to ([+−]?[\d.]+)(?: points)?\)")


def rounded(value: float, places: int) -> str:
    """Half away from zero: percent after the noise of binary fractions is off, ratings as a browser does it."""
    exact = Decimal(value) if places else Decimal(str(round(value, 9)))
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def headline(value: float, unit: str) -> str:
    """71%, not 71.3%; ratings with two decimals; a dash where there is none; <1% and >99% instead of a wrong 0% and 100%."""
    if math.isnan(value):
        return "–"
    if unit != "share":
        return rounded(value, 2)
    percent = rounded(100 * value, 0)
    if percent in {"0", "100"} and value not in {0, 1}:
        return "<1%" if percent == "0" else ">99%"
    return f"{percent}%"


def around(low: float, high: float, unit: str) -> str:
    """68–74, 2.82–2.95."""
    if math.isnan(low):
        return ""
    return f"{rounded(100 * low, 0)}–{rounded(100 * high, 0)}" if unit == "share" else f"{rounded(low, 2)}–{rounded(high, 2)}"


def day(value: pd.Timestamp) -> str:
    """30 Jun 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def thousands(n: float) -> str:
    """12 345 with thin spaces."""
    return f"{int(n):,}".replace(",", "\u202f")


def people(n: float, one: str = "person", several: str = "people") -> str:
    """1 person, 127 people."""
    return f"{thousands(n)} {one if n == 1 else several}"


def signed_pair(words: str) -> tuple[float, float] | None:
    """The two ends of (−4 to +10 points)."""
    found = SIGNED.search(words)
    return None if found is None else tuple(float(part.replace("−", "-")) for part in found.groups())  # type: ignore[return-value]


@dataclass
class Differences:
    """What a page shows and should not, or does not show and should."""

    where: str
    found: list[str] = field(default_factory=list)
    n_compared: int = 0

    def equal(self, what: str, shown: object, expected: object) -> None:
        """Two texts or counts."""
        self.n_compared += 1
        if shown != expected:
            self.found.append(f"{self.where}: {what}: shown {shown!r}, expected {expected!r}")

    def near(self, what: str, shown: Any, expected: Any, within: float = 1e-9) -> None:
        """Two numbers, both missing or as near as floating point sums are."""
        self.n_compared += 1
        a, b = (math.nan if v is None or pd.isna(v) else float(v) for v in (shown, expected))
        if not (math.isnan(a) and math.isnan(b)) and not abs(a - b) <= within * max(1.0, abs(b)):
            self.found.append(f"{self.where}: {what}: shown {a!r}, expected {b!r}")

    def said(self, what: str, shown: str, *parts: str) -> None:
        """Parts that must stand in a text."""
        for part in parts:
            self.n_compared += 1
            if part not in shown:
                self.found.append(f"{self.where}: {what}: {part!r} is not in {shown!r}")

    def rows(self, what: str, shown: pd.DataFrame, expected: pd.DataFrame, key: list[str], numbers: list[str], scale: float = 1) -> None:
        """Rows by key: none missing, none too many, each number the same."""
        shown, expected = (frame.set_index(key).sort_index() for frame in (shown, expected))
        self.equal(f"{what}, rows", sorted(map(str, shown.index)), sorted(map(str, expected.index)))
        if list(shown.index) != list(expected.index):
            return
        for name in numbers:
            for at, (a, b) in enumerate(zip(shown[name], expected[name], strict=True)):
                self.near(f"{what}, {name} of {shown.index[at]}", a, b * scale)


@dataclass
class Opened:
    """A page as rendered, with what its tables download."""

    at: AppTest
    downloads: dict[str, str]

    def words(self, key: str) -> str:
        """Words in a container."""
        return "\n".join(str(getattr(e, "value", "") or getattr(e.proto, "body", "")) for e in inside(self.at, key))

    def has_table(self, key: str) -> bool:
        """Whether there is a table of that name."""
        return any(element.type == "dataframe" for element in inside(self.at, f"table_{key}"))

    def table(self, key: str) -> pd.DataFrame:
        """A table as shown: shares stand in percent."""
        return table(self.at, key).copy()

    def download(self, key: str) -> pd.DataFrame:
        """The same rows as downloaded, under the names of the table's columns."""
        found = pd.read_csv(io.StringIO(self.downloads[f"csv_{key}"]), keep_default_na=False, na_values=[""])
        assert len(found.columns) == len(self.table(key).columns)
        return found.set_axis(self.table(key).columns, axis=1)

    def charted(self, key: str, *columns: str) -> Iterator[pd.DataFrame]:
        """The data of a chart that have all of these columns."""
        for frame in self.charts(inside(self.at, f"chart_{key}")):
            if set(columns) <= set(frame.columns):
                yield frame

    def charts(self, elements: Iterable[Any] | None = None) -> Iterator[pd.DataFrame]:
        """The data of all charts."""
        for element in self.at.get("vega_lite_chart") if elements is None else elements:
            for data in element.proto.datasets if element.type == "vega_lite_chart" else ():
                yield pa.ipc.open_stream(data.data.data).read_pandas()


Opens = Callable[..., Opened]
