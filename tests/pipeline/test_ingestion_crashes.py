"""A load that is killed, or that finds the disk full: the next run succeeds and comes to what an uninterrupted one does."""

from __future__ import annotations

import json
import random
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.pipeline.killed_load import POINTS, home_of, load_in_child
from tests.pipeline.landing_home import Home, departments, employee, positions

FIRST, SECOND = datetime(2026, 6, 1), datetime(2026, 6, 2)
N_RANDOM = 20
OF_THE_LOADER = {"load_id", "confirmed_by"}


def drop_first(home: Home) -> None:
    """What the home holds before the run that is disturbed."""
    home.drop("departments.csv", departments("D1", "D2"))
    home.drop("positions.csv", positions("P1"))
    home.drop("employees@2026-01-01.csv", [employee(f"E{i}", manager_id="E1") for i in range(300)])
    home.drop(
        "goals@2026-01-01.csv",
        [{"goal_id": "G1", "title": "a", "goal_level": "company", "start_date": "2025-01-01", "status": "completed"}],
    )


def drop_second(home: Home) -> None:
    """New, changed, late, bad and waiting rows, a waiting row whose parent comes, and a cycle."""
    home.drop("departments.csv", departments("D1", "D2", "D3", location="Köln"))
    rows = [employee(f"E{i}", location="moved", manager_id=f"E{(i + 1) % 400}") for i in range(200, 400)]
    home.drop("employees@2026-02-01.jsonl", "".join(json.dumps(row) + "\n" for row in rows) + '{"employee_id": \n')
    home.drop("employees@2025-12-01.csv", [employee(f"E{i}", department_id="D2") for i in range(0, 300, 3)])
    late = [employee("W1", department_id="D9"), employee("W2", department_id="D3"), employee("W3", hire_date="soon")]
    home.drop("employees.csv", late)
    duckdb.execute(
        f"copy (select 'E' || i as employee_id, date '2020-01-01' as effective_from, 'D1' as department_id, 'P1' as position_id, "
        f"'hire' as change_reason from range(500) t(i)) to '{home.landing}/job_history.parquet' (format parquet)"
    )
    home.drop(
        "goals@2026-02-01.csv",
        [
            {
                "goal_id": f"G{i}",
                "title": "a",
                "goal_level": "company",
                "start_date": "soon" if i == 7 else "2025-01-01",
                "status": "in_progress",
            }
            for i in range(50)
        ],
    )


@dataclass(frozen=True)
class Held:
    """Everything in a warehouse that does not depend on how often a run was begun."""

    raw: dict[str, list[tuple[object, ...]]]
    rest: dict[str, list[tuple[object, ...]]]
    seconds: float = field(default=0.0, compare=False)


def held(home: Home, seconds: float = 0.0) -> Held:
    raw = {}
    for table, contract in home.contracts.items():
        columns = ", ".join(c.name for c in contract.columns + contract.loader_columns if c.name not in OF_THE_LOADER)
        raw[table] = home.ask(f"select {columns} from raw.{table} order by all")
    rest = {
        "quarantine": home.ask("select * exclude (load_id) from quarantine.rows order by all"),
        "findings": home.ask("select * from ops.findings order by all"),
        "cut": home.ask("select * from ops.cut_edges order by all"),
        "releases": home.ask("select * from ops.releases order by all"),
        "people": home.ask("select source_system, employee_id, display_name from identity.person order by all"),
        "loads": home.ask(
            "select source_file, status, n_read, n_new, n_changed, n_unchanged, n_earlier, n_quarantined from ops.loads order by all"
        ),
    }
    return Held(raw, rest, seconds)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one run done and the files of the second dropped."""
    home = home_of(tmp_path_factory.mktemp("prepared"))
    drop_first(home)
    home.run(FIRST)
    drop_second(home)
    return home.folder


@pytest.fixture(scope="module")
def undisturbed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What the second run comes to when nothing happens to it."""
    home = copied(prepared, tmp_path_factory.mktemp("undisturbed"))
    started = time.monotonic()
    assert load_in_child(home.folder, SECOND) == (False, "")
    found = held(home, time.monotonic() - started)
    assert {table: len(rows) for table, rows in found.raw.items()} == {
        "departments": 5, "positions": 1, "employees": 601, "job_history": 400, "review_cycles": 0, "goals": 50,
    }  # fmt: skip
    assert found.rest["cut"] != []
    return found


def copied(prepared: Path, to: Path) -> Home:
    return home_of(Path(shutil.copytree(prepared, to / "home")))


def check_next_run(home: Home, expected: Held) -> None:
    """The next run succeeds, and the warehouse holds what it would have held."""
    home.run(SECOND)
    found = held(home)
    assert found.raw == expected.raw
    assert found.rest == expected.rest
    assert list(home.folder.glob("scratch-*")) == []


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_a_named_point_is_made_good_by_the_next(prepared: Path, undisturbed: Held, tmp_path: Path, point: str) -> None:
    home = copied(prepared, tmp_path)
    assert load_in_child(home.folder, SECOND, point=point) == (True, "")
    check_next_run(home, undisturbed)


def test_a_first_run_killed_while_the_warehouse_is_made_is_made_good_by_the_next(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    drop_first(home)
    assert load_in_child(tmp_path, FIRST, point="while the warehouse is made") == (True, "")
    assert {f.status for f in home.run(FIRST).files} == {"loaded"}


@pytest.mark.parametrize("seed", range(N_RANDOM))
def test_a_run_killed_at_a_random_moment_is_made_good_by_the_next(prepared: Path, undisturbed: Held, tmp_path: Path, seed: int) -> None:
    home = copied(prepared, tmp_path)
    load_in_child(home.folder, SECOND, after_seconds=random.Random(seed).uniform(0, undisturbed.seconds))
    check_next_run(home, undisturbed)


@pytest.mark.parametrize("most_bytes", [0, 20_000, 150_000])
def test_a_full_disk_is_a_clear_error_and_the_next_run_makes_it_good(
    prepared: Path, undisturbed: Held, tmp_path: Path, most_bytes: int
) -> None:
    """The log of the warehouse cannot grow: at once, at the first table, at the employees."""
    home = copied(prepared, tmp_path)
    killed, error = load_in_child(home.folder, SECOND, most_bytes=most_bytes)
    assert not killed
    assert "Could not write file" in error
    assert "File too large" in error
    assert home.ask("select count(*) from quarantine.files") == [(0,)]
    check_next_run(home, undisturbed)


def test_a_disk_that_is_full_at_the_end_loses_nothing(prepared: Path, undisturbed: Held, tmp_path: Path) -> None:
    """The log is written, but not what is folded into the warehouse file when it is closed."""
    home = copied(prepared, tmp_path)
    size = home.settings.warehouse_file.stat().st_size
    assert load_in_child(home.folder, SECOND, most_bytes=size + 4096) == (False, "")
    assert held(home) == undisturbed
    check_next_run(home, undisturbed)


def test_a_full_disk_while_a_file_is_mended_is_not_blamed_on_the_file(prepared: Path, tmp_path: Path) -> None:
    home = copied(prepared, tmp_path)
    (home.landing / "departments.csv").write_bytes(("department_id,name\n" + "".join(f"M{i},Köln\n" for i in range(3000))).encode("cp1252"))
    killed, error = load_in_child(home.folder, SECOND, most_bytes=20_000)
    assert (killed, "File too large" in error) == (False, True)
    assert home.ask("select count(*) from quarantine.files") == [(0,)]
    assert {f.status for f in home.run(SECOND).files} == {"loaded"}
    assert home.ask("select count(*) from raw.departments where name = 'Köln'") == [(3000,)]
