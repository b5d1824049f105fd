"""Rows with dirt among them, and the list of it.

Here: which rows are broken, and how the broken ones get among the others. Not here: what can be wrong (faults.py, rules.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.dirt.contract import Table, tables
from seeds.company.dirt.faults import (
    DELETED,
    DELETION,
    FINDING,
    KEY,
    NONE,
    OTHER,
    Fault,
    column_faults,
    parents_deleted,
    text_column,
)
from seeds.company.dirt.rules import rule_faults
from seeds.company.parameters import Parameters
from seeds.company.sink import Rows

Indices = npt.NDArray[np.int64]

LISTED = dict.fromkeys(("table_name", "row_key", "kind", "column", "rule", "effect", "detail"), pl.String)
# The key of a copy that is told apart by its day: many years before any other.
DAYS_BEFORE, MOST_DAYS = 30 * 365, 30_000  # dates of contracts begin in 1900
# One table brings a column that is in no contract.
TABLE_OF_UNKNOWN, UNKNOWN_COLUMN = "training_courses", "vendor_code"


class _TableDirt:
    """The dirt of one table, chunk by chunk."""

    def __init__(self, table: Table, share: float, parameters: Parameters) -> None:
        self._table, self._share = table, share
        self._draws = parameters.draws("dirt").sub(table.name)
        self._text = text_column(table)
        self._faults: list[Fault] = []
        self._pending: set[int] = set()
        self._seen = self._planted = 0
        self._deletes = table.name in parents_deleted()
        self._tells_unknown = table.name == TABLE_OF_UNKNOWN

    def _learn(self, columns: list[str]) -> None:
        """The faults that a table with these columns can have; each rule is broken once at least."""
        known = {*columns, KEY, OTHER}
        every = [*column_faults(self._table), *rule_faults(self._table)]
        self._faults = [
            fault for fault in every
            if (fault.column is None or fault.column in known)
            and all(set(each.meta.root_names()) <= known for each in (fault.eligible, *fault.changes))
        ]  # fmt: skip
        self._pending = {number for number, fault in enumerate(self._faults) if fault.is_certain}

    def _assign(self, frame: pl.DataFrame) -> dict[int, Indices]:
        """Which rows of the chunk get which fault, each one at most."""
        place = self._seen + np.arange(len(frame))
        rows = np.flatnonzero(self._draws.chance(self._share, place))
        kinds = [fault.rule if fault.is_certain else fault.kind for fault in self._faults]
        weight = np.array([1 / kinds.count(kind) for kind in kinds])
        possible = np.stack([self._able(frame[rows], fault) for fault in self._faults], axis=1)
        cumulated = np.cumsum(possible * weight, axis=1)
        drawn = self._draws.sub("fault").uniform(place[rows]) * cumulated[:, -1]
        fault = (cumulated <= drawn[:, None]).sum(axis=1)
        found = {int(number): rows[fault == number] for number in np.unique(fault)}
        taken = np.zeros(len(frame), dtype=np.bool_)
        taken[rows] = True
        for number in sorted(self._pending - found.keys()):
            able = np.flatnonzero(self._able(frame, self._faults[number]) & ~taken)
            if len(able):
                row = able[int(self._draws.sub("certain").integers(0, len(able), number))]
                found[number], taken[row] = np.array([row]), True
        self._pending -= found.keys()
        return found

    def _able(self, rows: pl.DataFrame, fault: Fault) -> npt.NDArray[np.bool_]:
        """Which of the rows can be broken so."""
        able = rows.with_columns(able=fault.eligible.fill_null(value=False))["able"].to_numpy()
        return np.asarray(able, dtype=np.bool_)

    def _keyed(self, copies: pl.DataFrame, *, twins: bool) -> pl.DataFrame:
        """`copies` under new keys, where the table's key has a part that may be anything."""
        number = pl.Series("number", np.arange(self._planted, self._planted + len(copies)))
        self._planted += len(copies)
        keys = pl.select(pl.format("dirt-{}", pl.lit(number).cast(pl.String).str.zfill(6))).to_series()
        half = len(copies) // 2
        other = pl.concat([keys[half:], keys[:half]]) if twins else pl.Series(keys)
        copies = copies.with_columns(keys.alias(KEY), other.alias(OTHER))
        free = self._table.free_key
        if free is None:
            return copies
        if free.data_type == "text":
            return copies.with_columns(pl.col(KEY).alias(free.name))
        return copies.with_columns(pl.col(free.name) - pl.duration(days=pl.lit(DAYS_BEFORE + number % MOST_DAYS)))

    def _row_keys(self, rows: pl.DataFrame) -> pl.Series:
        """The key of each row as the loader writes it, null where a part of it is."""
        return rows.select(pl.concat_str([pl.col(name).cast(pl.String) for name in self._table.key], separator="|")).to_series()

    def _listed(self, fault: Fault, keys: pl.Series) -> Iterator[pl.DataFrame]:
        for rule in (fault.rule, *fault.found_as_well):
            effect = fault.effect if rule == fault.rule else FINDING
            yield pl.DataFrame(
                {"table_name": self._table.name, "row_key": keys, "kind": fault.kind, "column": fault.column, "rule": rule,
                 "effect": effect, "detail": fault.detail},
                schema=LISTED,
            )  # fmt: skip

    def _break(self, frame: pl.DataFrame, rows: Indices, fault: Fault) -> tuple[pl.DataFrame | None, pl.Series]:
        """Broken copies of `rows` (None: they are changed themselves) and the keys of what will be found."""
        originals = frame[rows]
        if fault.form == "changed":
            return None, self._row_keys(originals)
        if fault.form == "again":
            return originals, self._row_keys(originals)
        twins = fault.form == "twins"
        copies = self._keyed(pl.concat([originals, originals]) if twins else originals, twins=twins)
        copies = copies.with_columns(_typed(fault, frame)).drop(KEY, OTHER)
        keys = self._row_keys(copies)
        if fault.text is not None and fault.column in self._table.key:
            keys = pl.Series(keys.name, [None] * len(keys), dtype=pl.String)
        if fault.form == "second":
            keys = pl.concat([keys, self._row_keys(originals)])
        return copies, keys

    def planted(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The chunk with dirt in it, and the list of it."""
        if not self._faults:
            self._learn(frame.columns)
        columns, pieces, listed = frame.columns, [], [pl.DataFrame(schema=LISTED)]
        changed = frame
        for number, rows in self._assign(frame).items() if len(frame) else ():
            fault = self._faults[number]
            copies, keys = self._break(frame, rows, fault)
            listed += self._listed(fault, keys)
            if copies is None:
                here = pl.Series(np.isin(np.arange(len(frame)), rows))
                changed = changed.with_columns(
                    pl.when(here).then(each).otherwise(pl.col(each.meta.output_name())) for each in _typed(fault, frame)
                )
            else:
                pieces.append(self._as_text(copies.select(columns), fault))
        pieces.insert(0, self._as_text(changed))
        self._seen += len(frame)
        together = pl.concat(pieces)
        return self._with_more_columns(together, listed), pl.concat(listed)

    def _as_text(self, rows: pl.DataFrame, fault: Fault | None = None) -> pl.DataFrame:
        """The rows with the one column as text that must be able to hold what is no value."""
        if self._text is None or self._text.name not in rows.columns:
            return rows
        name = self._text.name
        word = fault.text if fault and fault.column == name else None
        return rows.with_columns(pl.col(name).cast(pl.String) if word is None else pl.lit(word).alias(name))

    def _with_more_columns(self, rows: pl.DataFrame, listed: list[pl.DataFrame]) -> pl.DataFrame:
        """Columns that say more: that a row has been deleted, to which others still refer; and one in no contract."""
        if self._table.name == TABLE_OF_UNKNOWN:
            rows = rows.with_columns(pl.lit("V-1").alias(UNKNOWN_COLUMN))
            if self._tells_unknown:
                unknown = Fault("unknown_column", UNKNOWN_COLUMN, FINDING, "unknown_columns", "a column in no contract")
                listed += self._listed(unknown, pl.Series([None], dtype=pl.String))
                self._tells_unknown = False
        if self._table.name in parents_deleted():
            rows = rows.with_columns(is_deleted=pl.lit(None, dtype=pl.Boolean))
            if self._deletes and len(rows):
                gone = rows[:1].with_columns(pl.lit(DELETED).alias(self._table.key[0]), is_deleted=pl.lit(value=True))
                rows = pl.concat([rows, gone])
                listed += self._listed(Fault(DELETION, None, NONE, detail="a deleted row that others refer to"), pl.Series([DELETED]))
                self._deletes = False
        return rows


def _typed(fault: Fault, frame: pl.DataFrame) -> list[pl.Expr]:
    """What the fault changes, in the types of the table's columns."""
    return [each.cast(frame.schema[each.meta.output_name()]) for each in fault.changes]


class Dirtied:
    """Rows on their way with dirt planted among them: about `share` of the rows of each table, and each rule once at least.

    Every broken row is listed in the truth `dirt`: its table and key, what is wrong with which column, and what must come of
    it: quarantine, a finding under the name of `rule`, or nothing (a row that comes twice, a deleted row for others to refer to).
    """

    def __init__(self, rows: Rows, share: float, parameters: Parameters) -> None:
        self._rows, self._share, self._parameters = rows, share, parameters
        self._tables: dict[str, _TableDirt] = {}

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of a contract table, with their dirt."""
        if name not in self._tables:
            self._tables[name] = _TableDirt(tables()[name], self._share, self._parameters)
        planted, listed = self._tables[name].planted(frame)
        self._rows.table(name, planted)
        self._rows.truth("dirt", listed)

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of what the pipeline must never read."""
        self._rows.truth(name, frame)
