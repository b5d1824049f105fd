"""The models' own tests: dbt unit tests (the rules of the metrics by hand-made cases) and the contracts' oracle on raw."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import transform
from orchestration.contracts import load_contracts
from orchestration.settings import Settings

RULES = ("r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "m1", "m1b", "m2", "m3", "m4", "m5", "m6", "m7")


def unit_test_names() -> list[str]:
    models = Path(transform.CHECKOUT) / "models"
    blocks = [
        p.read_text(encoding="utf-8").split("unit_tests:", 1)[1]
        for p in models.rglob("*.yml")
        if "unit_tests:" in p.read_text(encoding="utf-8")
    ]
    return [name for block in blocks for name in re.findall(r"^  - name: (\w+)$", block, flags=re.MULTILINE)]


@pytest.fixture(scope="module")
def own_copy(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """dbt writes while it tests: a copy of the built company."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copy(demo_home / "warehouse.duckdb", home / "warehouse.duckdb")
    return Settings(home=home)


def test_every_rule_of_the_metrics_has_a_unit_test_that_names_it() -> None:
    names = unit_test_names()
    assert len(names) == len(set(names))
    missing = [rule for rule in RULES if not any(re.match(rf"{rule}_", name) for name in names)]
    assert not missing


def test_all_dbt_unit_tests_pass(own_copy: Settings) -> None:
    report = transform.call(transform.arguments("test", own_copy, "--select", "test_type:unit"), own_copy)
    assert report.n_tests == len(unit_test_names())
    assert not report.failed, report.failed
    assert not report.failed_tests, report.failed_tests


def test_a_unit_test_that_fails_is_reported(own_copy: Settings) -> None:
    """The test above can fail: a rating scale with another bound breaks M3's case."""
    those_of_m7 = [f"unit_test:{name}" for name in unit_test_names() if name.startswith("m7_")]
    report = transform.call(
        transform.arguments("test", own_copy, "--select", *those_of_m7, "--vars", "{days_to_leave_after_plan: 3}"),
        own_copy,
        own_parse=True,
    )
    assert report.n_tests == len(those_of_m7)
    assert report.failed_tests


def test_what_loading_let_in_keeps_its_contract_by_the_contracts_own_tests(own_copy: Settings) -> None:
    report = transform.check_sources(own_copy)
    assert report.n_tests > 300
    assert not report.failed, report.failed
    assert not report.failed_tests, report.failed_tests
    assert not report.warned_tests, report.warned_tests


def test_the_oracle_sees_a_row_that_breaks_its_contract(own_copy: Settings) -> None:
    """The tests above can fail: one wrong value, one missing parent, one repeated key written past the loader."""
    with duckdb.connect(str(own_copy.warehouse_file)) as connection:
        connection.execute("update raw.goals set progress_pct = 140 where rowid = 0")
        connection.execute("update raw.reviews set employee_id = 'nobody' where rowid = 0")
        connection.execute("insert into raw.departments select * from raw.departments limit 1")
    failed = transform.check_sources(own_copy).failed_tests
    assert any("in_range" in name and "progress_pct" in name for name in failed)
    assert any("relationships" in name and "reviews" in name for name in failed)
    assert any("unique_current_key" in name and "departments" in name for name in failed)


def test_marts_keep_contracts_and_hold_no_identifiers(demo_warehouse: Path) -> None:
    identifiers = {c.name for contract in load_contracts().values() for c in contract.columns if c.sensitivity == "direct"} | {
        "employee_id"
    }
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where schema_name in ('intermediate', 'marts', 'features', 'insights')"
        ).fetchall()
    assert columns
    assert not [c for c in columns if c[2] in identifiers]
