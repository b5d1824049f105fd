"""Dirt: every planted breach of a contract is quarantined or found by loading, and nothing else is."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from orchestration.contracts import load_contracts
from seeds.company import Parameters, make
from seeds.company.company import TABLES
from seeds.company.dirt import Dirtied, contract
from seeds.company.dirt.faults import FINDING, NONE, QUARANTINE, column_faults
from seeds.company.dirt.rules import RECIPES, rule_faults
from seeds.company.writing import FileFormat, Files
from tests.pipeline.landing_home import Home

SHARE = 0.03
PARAMETERS = Parameters(employees=250)


class Chunks:
    """The rows of a company as they came, to be handed on more than once."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, pl.DataFrame]] = []

    def table(self, name: str, frame: pl.DataFrame) -> None:
        self.rows.append((name, frame))

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        pass


@pytest.fixture(scope="module")
def chunks() -> Chunks:
    made = Chunks()
    make(PARAMETERS, made, tables=TABLES)
    return made


def landed(folder: Path, chunks: Chunks, share: float, file_format: FileFormat) -> Home:
    """A home into which the company has been loaded, with this share of dirt in it."""
    files = Files(folder, file_format)
    rows = Dirtied(files, share, PARAMETERS) if share else files
    for name, frame in chunks.rows:
        rows.table(name, frame)
    files.close(PARAMETERS)
    home = Home(folder)
    home.run()
    return home


@pytest.fixture(scope="module")
def clean(chunks: Chunks, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return landed(tmp_path_factory.mktemp("clean"), chunks, 0.0, "parquet")


@pytest.fixture(scope="module", params=["parquet", "csv"])
def dirty(request: pytest.FixtureRequest, chunks: Chunks, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, pl.DataFrame, str]:
    folder = tmp_path_factory.mktemp("dirty")
    home = landed(folder, chunks, SHARE, request.param)
    return home, pl.read_parquet(folder / "truth" / "dirt.parquet"), request.param


def test_a_clean_company_breaks_no_contract(clean: Home) -> None:
    assert clean.ask("select table_name, row_key, reasons from quarantine.rows") == []
    assert clean.findings() == []


def test_what_is_quarantined_is_what_was_planted_to_be(dirty: tuple[Home, pl.DataFrame, str]) -> None:
    home, dirt, _ = dirty
    planted = Counter(dirt.filter(effect=QUARANTINE).select("table_name", "row_key").iter_rows())
    # Records without a key may be the same in every field; then they are one row, seen so often.
    held = home.ask("select table_name, row_key, sum(times_seen) from quarantine.rows where resolved_at is null group by all")
    assert {(table, key): int(n) for table, key, n in held} == dict(planted)


def test_what_is_found_is_what_was_planted_to_be(dirty: tuple[Home, pl.DataFrame, str]) -> None:
    home, dirt, ending = dirty
    planted = set(dirt.filter(effect=FINDING).select("rule", "table_name", "row_key").iter_rows())
    # A column outside the contract is said of the file; of a key whose newest row is in quarantine that is said too.
    planted = {(rule, table, key if rule != "unknown_columns" else f"{table}.{ending}") for rule, table, key in planted}
    held = dirt.filter(pl.col("row_key").is_not_null(), effect=QUARANTINE)
    planted |= {("newest_version_in_quarantine", *row) for row in held.select("table_name", "row_key").iter_rows()}
    assert {finding[:3] for finding in home.findings()} == planted


def standing(home: Home) -> set[tuple[str, str]]:
    """Table and key of every row that counts."""
    rows = (f"select '{table}', concat_ws('|', {', '.join(found.key)}) from raw.{table} where superseded_at is null"
            for table, found in home.contracts.items())  # fmt: skip
    return set(home.ask(" union all ".join(rows)))


def test_no_good_row_is_lost(dirty: tuple[Home, pl.DataFrame, str], clean: Home) -> None:
    home, dirt, _ = dirty
    good, counted = standing(clean), standing(home)
    assert good <= counted
    # What counts besides was planted: rows with a finding, and the deleted ones that others refer to.
    planted = dirt.filter(pl.col("effect") != QUARANTINE).drop_nulls("row_key")
    assert counted - good <= set(planted.select("table_name", "row_key").iter_rows())
    assert len(counted - good) > 100


def test_every_kind_and_every_rule_is_planted(dirty: tuple[Home, pl.DataFrame, str]) -> None:
    _, dirt, _ = dirty
    possible = {fault.kind for table in contract.tables().values() for fault in column_faults(table)}
    assert set(dirt["kind"]) == possible | {"rule", "deleted", "unknown_column"}
    rules = {(table, rule.name) for table, found in load_contracts().items() for rule in found.rules}
    assert set(dirt.filter(kind="rule").select("table_name", "rule").unique().iter_rows()) == rules
    types = {contract.tables()[table].column(column).data_type.split("(")[0] for table, column in
             dirt.filter(kind="unreadable").select("table_name", "column").iter_rows()}  # fmt: skip
    assert types == {"int", "decimal", "date", "timestamp", "bool"}


def test_as_much_is_planted_as_was_asked_for(dirty: tuple[Home, pl.DataFrame, str], chunks: Chunks) -> None:
    _, dirt, _ = dirty
    rows = sum(len(frame) for _, frame in chunks.rows)
    # Beyond the share: both rows of a cycle, the original of a second review, each rule once, deleted rows.
    assert SHARE * 0.9 < len(dirt) / rows < SHARE * 1.25


def test_the_generator_reads_the_contracts_as_the_loader_does() -> None:
    mine, theirs = contract.tables(), load_contracts()
    assert mine.keys() == theirs.keys()
    for table, found in theirs.items():
        assert mine[table].key == found.key
        assert mine[table].rules == tuple((rule.name, rule.effect) for rule in found.rules)
        for column, other in zip(mine[table].columns, found.own_columns, strict=True):
            parent = (other.parent.table, other.parent.holds_back) if other.parent else None
            limits = (float(other.low), float(other.high)) if other.low is not None and other.high is not None else None
            assert (column.name, column.data_type, column.required, column.allowed, column.limits) == (
                other.name, other.data_type, other.required, other.allowed, limits,
            )  # fmt: skip
            assert (column.parent and (column.parent.table, column.parent.holds_back)) == parent


def test_there_is_a_recipe_for_every_rule_and_for_no_other() -> None:
    rules = {(table, name) for table, found in contract.tables().items() for name, _ in found.rules}
    assert set(RECIPES) == rules
    assert sum(len(list(rule_faults(found))) for found in contract.tables().values()) == len(rules)


def test_effects_are_told_apart(dirty: tuple[Home, pl.DataFrame, str]) -> None:
    _, dirt, _ = dirty
    assert dirt.filter(effect=NONE)["kind"].unique().sort().to_list() == ["deleted", "repeated"]
