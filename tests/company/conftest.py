"""The company that the tests of the generator share: 1,000 people, made once a session and read by all."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from seeds.company import Company, Parameters, write
from tests.built_once import built_once

SIZE = 1000


def _company(folder: Path) -> None:
    write(Parameters(employees=SIZE), folder)


@pytest.fixture(scope="session")
def company_folder(session_folder: Path) -> Path:
    """landing/ and truth/ of the company."""
    return built_once(session_folder, "company", _company)


@pytest.fixture(scope="session")
def company(company_folder: Path) -> Company:
    """The company of `company_folder`, in memory."""
    tables, truth = (
        {path.stem: pl.read_parquet(path) for path in (company_folder / name).glob("*.parquet")} for name in ("landing", "truth")
    )
    return Company(Parameters(employees=SIZE), tables, truth)


@pytest.fixture(scope="session")
def database(company_folder: Path) -> duckdb.DuckDBPyConnection:
    """The tables of the company as views, truth in the schema `truth`."""
    connection = duckdb.connect()
    connection.execute("create schema truth")
    for schema, name in (("main", "landing"), ("truth", "truth")):
        for path in (company_folder / name).glob("*.parquet"):
            connection.execute(f"create view {schema}.{path.stem} as select * from read_parquet('{path}')")
    return connection
