"""What a load does with good, bad, late, repeated and conflicting input, told by small landing folders."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.contracts import Column, load_contracts
from orchestration.ingestion import landing, mappings
from orchestration.ingestion.landing import LandingError
from orchestration.ingestion.readers import UnreadableFileError
from tests.pipeline.landing_home import (
    FIRST_RUN,
    Home,
    csv_text,
    departments,
    employee,
    of_file,
    outcomes,
    positions,
    with_organisation,
)

# A set of tables that refer to no others: fewer tables, faster tests.
SOME = ("departments", "positions", "employees", "job_history", "review_cycles", "goals", "goal_updates", "pips", "pip_checkpoints")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    contracts = load_contracts()
    return Home(tmp_path, {table: contracts[table] for table in contracts if table in SOME})


def standing(home: Home, table: str, column: str, key: str, at: str = "2099-01-01") -> dict[str, object]:
    """What a table's keys had in a column at a known_at; keys that did not exist then are absent."""
    rows = home.ask(
        f"select {key}, {column}, coalesce(is_deleted, false) from raw.{table} where recorded_at <= $at::timestamp "
        "and (superseded_at is null or superseded_at > $at::timestamp)",
        {"at": at},
    )
    assert len(rows) == len({row[0] for row in rows}), "two versions of one key stand"
    return {key_: value for key_, value, is_deleted in rows if not is_deleted}


def names(home: Home, at: str = "2099-01-01") -> dict[str, object]:
    return standing(home, "departments", "name", "department_id", at)


def department(name: str, key: str = "D1", **more: object) -> list[dict[str, object]]:
    return [{"department_id": key, "name": name, **more}]


def goal(goal_id: str, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "goal_id": goal_id,
        "title": "A goal",
        "goal_level": "company",
        "start_date": "2025-01-01",
        "status": "in_progress",
    }
    return row | more


def kept(home: Home, table: str) -> list[tuple[object, ...]]:
    """row_key, times_seen, resolution of the table's quarantine rows."""
    return home.ask(
        "select row_key, times_seen, resolution from quarantine.rows where table_name = $table order by row_key, first_seen, record",
        {"table": table},
    )


# ---------------------------------------------------------------------------------------------- good files of every format


def test_every_format_and_place_of_a_file_is_read(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.drop("departments@2026-01-01.csv", department("csv", "D1"))
    home.drop("departments/two.csv.gz", gzip.compress(csv_text(department("gz", "D2"), ";").encode()))
    home.drop("departments/three.jsonl", json.dumps(department("jsonl", "D3")[0]))
    home.drop("departments/four.jsonl.gz", gzip.compress(json.dumps(department("jsonl.gz", "D4")[0]).encode()))
    duckdb.execute(f"copy (select 'D5' as department_id, 'parquet' as name) to '{home.landing}/departments.parquet' (format parquet)")
    report = home.run()
    assert names(home) == {"D1": "csv", "D2": "gz", "D3": "jsonl", "D4": "jsonl.gz", "D5": "parquet"}
    assert sum(f.outcomes["new"] for f in report.files) == 5
    assert home.ask("select count(*) from duckdb_tables() where schema_name = 'raw'") == [(43,)]


def test_a_row_carries_where_it_came_from(home: Home) -> None:
    home.drop("departments@2026-01-31T06:00:00Z.csv", departments("D1", "D2", parent_department_id="", location="Köln 👩‍💻"))
    home.drop("positions.csv", positions("P1"))
    home.run(FIRST_RUN)
    columns = (
        "source_system, recorded_at, superseded_at, source_file, record_number, confirmed_by, location, parent_department_id, is_deleted"
    )
    rows = home.ask(f"select {columns} from raw.departments order by record_number")
    at = datetime(2026, 1, 31, 6)
    name = "departments@2026-01-31T06:00:00Z.csv"
    assert rows == [("default", at, None, name, n, None, "Köln 👩‍💻", None, None) for n in (1, 2)]
    assert home.ask("select recorded_at from raw.positions") == [(FIRST_RUN,)]
    assert (
        home.ask("select d.load_id = l.load_id, l.n_read, l.n_new, l.status from raw.departments d join ops.loads l using (source_file)")
        == [(True, 2, 2, "loaded")] * 2
    )


def test_the_landings_system_and_a_files_own_are_kept_apart(home: Home) -> None:
    home.drop("_landing.toml", 'source_system = "acme"\n')
    home.drop("departments.csv", [*department("of acme"), {"department_id": "D1", "name": "of beta", "source_system": "beta"}])
    home.drop("positions.csv", positions("P1"))
    home.drop("employees.csv", [employee("E1"), employee("E2", source_system="beta")])
    home.run()
    assert home.ask("select source_system, name from raw.departments order by 1") == [("acme", "of acme"), ("beta", "of beta")]
    assert home.column("select employee_id from raw.employees") == ["E1"]
    assert home.reasons("employees") == [["position_id refers to positions P1, which has not come"]]


def test_every_accepted_employee_gets_one_permanent_random_key(home: Home) -> None:
    with_organisation(home).drop("employees.csv", [employee("E1", work_email="a@x"), employee("E2")])
    home.run()
    before = dict(home.ask("select employee_id, person_key from identity.person"))
    home.drop("employees.csv", [employee("E1", display_name="New Name"), employee("E3")])
    home.run()
    after = dict(home.ask("select employee_id, person_key from identity.person"))
    assert after.keys() == {"E1", "E2", "E3"}
    assert before.items() <= after.items()
    assert all(len(key) == 12 and int(key, 16) >= 0 for key in after.values())
    assert len(set(after.values())) == 3
    assert home.ask("select display_name, work_email from identity.person where employee_id = 'E1'") == [("New Name", None)]


# --------------------------------------------------------------------------------------------------------------- quarantine


def test_a_bad_row_is_kept_whole_with_every_reason_in_words(home: Home) -> None:
    with_organisation(home)
    bad = employee(
        "E2",
        display_name="",
        fte_pct="140",
        employment_type="Full Time",
        hire_date="2024-02-30",
        department_id="D9",
        is_regrettable="maybe",
    )
    home.drop("employees.csv", [employee("E1"), bad])
    report = home.run()
    assert outcomes(report, "employees.csv") == {"new": 1, "quarantined": 1}
    assert home.reasons("employees") == [
        [
            "display_name is missing",
            "employment_type is 'Full Time', allowed full_time, part_time, contract, intern, temporary",
            "fte_pct is 140, allowed 0..100",
            "hire_date is '2024-02-30', not a date that exists (YYYY-MM-DD, without a time)",
            "is_regrettable is 'maybe', not true or false",
            "department_id refers to departments D9, which has not come",
        ]
    ]
    [row] = home.ask(
        "select source_file, record_number, row_key, record, root_cause, waits_for_parent, times_seen, resolved_at from quarantine.rows"
    )
    assert row[:3] == ("employees.csv", 2, "E2")
    assert {k: v for k, v in json.loads(row[3]).items() if v is not None} == {k: v for k, v in bad.items() if v != ""}
    assert row[4:] == ("employees E2: display_name is missing", False, 1, None)


def test_a_rule_over_several_columns_quarantines_with_its_values(home: Home) -> None:
    with_organisation(home).drop(
        "employees.csv", [employee("E1", termination_date="2019-12-31"), employee("E2", termination_date="9999-12-31")]
    )
    home.run()
    assert home.reasons("employees") == [
        ["terminated_after_hired: termination_date >= hire_date does not hold (hire_date 2020-01-01, termination_date 2019-12-31)"]
    ]
    assert home.ask("select employee_id, termination_date from raw.employees") == [("E2", None)]


def test_a_broken_rule_with_effect_finding_leaves_the_row_and_is_resolved_when_mended(home: Home) -> None:
    home.drop("goals.csv", [goal("G1", target_date="2024-12-31"), goal("G2")])
    home.run()
    assert home.findings("target_after_start") == [
        ("target_after_start", "goals", "G1", "target_date >= start_date does not hold (start_date 2025-01-01, target_date 2024-12-31)")
    ]
    assert home.column("select goal_id from raw.goals order by 1") == ["G1", "G2"]
    home.drop("goals.csv", [goal("G1", target_date="2025-12-31")])
    home.run()
    assert home.findings("target_after_start") == []
    assert home.ask("select first_seen, last_seen, resolved_at from ops.findings where rule = 'target_after_start'") == [
        (FIRST_RUN + timedelta(days=1), FIRST_RUN + timedelta(days=1), FIRST_RUN + timedelta(days=2))
    ]


def test_an_unknown_parent_that_does_not_hold_back_is_a_finding_until_it_comes(home: Home) -> None:
    with_organisation(home).drop("employees.csv", [employee("E1", manager_id="E2")])
    home.run()
    assert home.findings() == [("manager_id_is_known", "employees", "E1", "manager_id refers to employees E2, which has never come")]
    home.drop("employees.csv", [employee("E2")])
    home.run()
    assert home.findings() == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("departments.parquet", b"garbage" * 100, "it cannot be read as parquet"),
        ("departments.xlsx", b"garbage" * 100, "it cannot be read as xlsx"),
        ("departments.csv.gz", b"garbage" * 100, "it cannot be read as csv.gz"),
        ("departments.csv", bytes(range(256)) * 9, "none of its columns is one of the contract's"),
        ("departments.csv", b"", "it is empty: not even a header line"),
        ("departments.csv", b"department_id,location\nD1,x\n", "it lacks the required column name"),
        ("departments.csv", b'department_id,name\nD1,"a\nD2,b\nD3,c\n', "record 1 opens a quote that is not closed"),
    ],
)
def test_an_unreadable_file_is_quarantined_whole_and_the_run_goes_on(home: Home, name: str, content: bytes, words: str) -> None:
    home.drop("departments@2026-01-01.csv", department("good"))
    home.drop(name, content)
    report = home.run()
    bad = of_file(report, name)
    assert (bad.status, bad.n_read, bad.outcomes) == ("quarantined", 0, {})
    assert bad.detail.startswith(words)
    assert [(rule, key) for rule, _, key, _ in home.findings() if rule != "file_not_utf8"] == [("file_in_quarantine", name)]
    assert home.ask("select source_file, reason, resolved_at from quarantine.files") == [(name, bad.detail, None)]
    assert names(home) == {"D1": "good"}
    assert home.run().files == []


def test_a_mended_file_resolves_what_was_said_of_it(home: Home) -> None:
    home.drop("departments.csv", "department_id,location\nD1,x\n")
    home.run()
    home.drop("departments.csv", department("a"))
    home.run()
    assert home.findings() == []
    assert home.column("select resolved_at is not null from quarantine.files") == [True]
    assert names(home) == {"D1": "a"}


def test_a_header_only_file_is_loaded_with_nothing(home: Home) -> None:
    home.drop("departments.csv", "department_id,name\n")
    report = home.run()
    assert (of_file(report, "departments.csv").status, of_file(report, "departments.csv").n_read) == ("loaded", 0)
    assert home.findings() == []
    assert home.ask("select n_read, n_new, n_quarantined from ops.loads") == [(0, 0, 0)]


def test_a_file_with_fewer_columns_than_the_contract_is_fine_where_they_are_optional(home: Home) -> None:
    assert len(home.contracts["employees"].own_columns) == 16
    full = employee("E1", work_email="a@x", location="Köln", country="DE", employment_type="full_time", fte_pct="100")
    with_organisation(home).drop("employees.csv", [full])
    home.drop("employees/lacking.csv", [{k: v for k, v in full.items() if k != "hire_date"}])
    report = home.run()
    assert len(full) == 10
    assert outcomes(report, "employees.csv") == {"new": 1}
    assert of_file(report, "employees/lacking.csv").detail == "it lacks the required column hire_date"
    assert home.ask("select hire_date, fte_pct, termination_date, manager_id from raw.employees") == [(date(2020, 1, 1), 100, None, None)]


def test_records_with_too_few_and_too_many_fields_are_quarantined_one_by_one(home: Home) -> None:
    home.drop("departments.csv", "department_id,name,location\nD1,a\nD2,b,x\n\nD3,c,y,z\nD4,d,w\n")
    report = home.run()
    assert outcomes(report, "departments.csv") == {"new": 2, "quarantined": 2}
    assert home.ask("select record_number, record, reasons, row_key from quarantine.rows order by 1") == [
        (1, "D1,a", ["the record has 2 fields, the header has 3"], None),
        (3, "D3,c,y,z", ["the record has more fields than the 3 of the header"], None),
    ]
    assert home.ask("select record_number, department_id from raw.departments order by 1") == [(2, "D2"), (4, "D4")]


SECRET = "DE89-3704"


def test_columns_outside_the_contract_are_reported_once_a_file_and_kept_out_of_the_warehouse(home: Home) -> None:
    with_organisation(home)
    private = {"iban": SECRET, "Home Address": f"{SECRET} street"}
    bad = [employee("E1", **private), employee("E2", hire_date="soon", **private), employee("E3", department_id="D9", **private)]
    home.drop("employees@2026-01-01.csv", bad)
    home.drop("employees@2026-01-02.csv", csv_text(bad) + f"E4,x,{SECRET}\n" + ",".join(["E5"] * 6 + [SECRET] * 6) + "\n")
    broken = '{"employee_id": "E8", "iban": "' + SECRET + '", "oops'
    home.drop("employees@2026-01-03.jsonl", "".join(json.dumps(row) + "\n" for row in bad) + broken + f'\n["{SECRET}"]\n')
    home.drop("employees@2026-01-04.jsonl", json.dumps(employee("E6")) + "\n" + broken + "\n")
    home.drop("employees@2026-01-05.csv", f"{SECRET},John\nE1,x\n")
    home.drop("employees@2026-01-06.parquet", (home.landing / "employees@2026-01-01.csv").read_bytes())
    report = home.run()
    told = [(key, detail) for _, _, key, detail in home.findings("unknown_columns")]
    assert told == [
        ("employees@2026-01-01.csv", "not in the contract, kept out: iban, Home Address"),
        ("employees@2026-01-02.csv", "not in the contract, kept out: iban, Home Address"),
        ("employees@2026-01-03.jsonl", "not in the contract, kept out: Home Address, iban"),
    ]
    assert of_file(report, "employees@2026-01-02.csv").outcomes == {"unchanged": 1, "quarantined": 4}
    assert [f.n_read for f in report.files if f.table == "employees"] == [3, 5, 5, 2, 0, 0]
    everything = home.ask("select schema_name, table_name from duckdb_tables()")
    for schema, table in everything:
        found = home.ask(f'select count(*) from {schema}."{table}" t where contains(t::varchar, $secret)', {"secret": SECRET})
        assert found == [(0,)], f"{schema}.{table} holds a value that should have been left in the file"
    assert SECRET.encode() not in (home.folder / "warehouse.duckdb").read_bytes()


def test_a_full_export_that_repeats_a_bad_row_for_thirty_days_has_it_once_in_quarantine(home: Home) -> None:
    first = date(2026, 1, 1)
    for day in range(30):
        rows = [*departments("D1", "D2"), {"department_id": "D3", "name": ""}]
        home.drop(f"departments@{first + timedelta(days=day)}.csv", rows)
        if day in {0, 4, 29}:  # several files a run, one file a run
            home.run()
    assert home.ask("select row_key, times_seen, first_seen, last_seen, source_file, resolved_at from quarantine.rows") == [
        ("D3", 30, datetime(2026, 1, 1), datetime(2026, 1, 30), "departments@2026-01-30.csv", None)
    ]
    assert home.ask("select sum(n_read), sum(n_new), sum(n_unchanged), sum(n_quarantined) from ops.loads") == [(90, 2, 58, 30)]
    assert home.ask("select count(*) from raw.departments") == [(2,)]


def test_an_older_sighting_of_a_bad_row_leaves_its_newest_as_it_is(home: Home) -> None:
    bad = department("")
    home.drop("departments@2026-01-03.csv", bad)
    home.run()
    home.drop("departments@2026-01-02.csv", department("good"))
    home.drop("departments@2026-01-01.csv", bad)
    home.run()
    assert home.ask("select times_seen, first_seen, last_seen, source_file, resolved_at from quarantine.rows") == [
        (2, datetime(2026, 1, 1), datetime(2026, 1, 3), "departments@2026-01-03.csv", None)
    ]
    assert [rule for rule, *_ in home.findings()] == ["newest_version_in_quarantine"]


def test_a_key_whose_newest_version_is_in_quarantine_is_a_finding_until_a_newer_one_is_accepted(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", departments("D1", "D2"))
    home.drop("departments@2026-01-02.csv", department(""))
    home.run()
    assert home.findings() == [
        (
            "newest_version_in_quarantine",
            "departments",
            "D1",
            (
                "the newest version (departments@2026-01-02.csv) is in quarantine: name is missing; "
                "the version recorded at 2026-01-01 00:00:00 counts"
            ),
        )
    ]
    home.drop("departments@2026-01-03.csv", department("mended"))
    home.run()
    assert home.findings() == []
    assert kept(home, "departments") == [("D1", 1, "a newer version was accepted")]


def test_a_late_bad_row_older_than_what_was_accepted_is_no_finding(home: Home) -> None:
    home.drop("departments@2026-01-02.csv", departments("D1"))
    home.run()
    home.drop("departments@2026-01-01.csv", department(""))
    home.run()
    assert home.findings() == []
    assert kept(home, "departments") == [("D1", 1, "a newer version was accepted")]


# ------------------------------------------------------------------------------------------------------------------ parents


def test_a_child_waits_for_its_parent_and_is_released_when_it_comes(home: Home) -> None:
    home.drop("employees@2026-01-01.csv", [employee("E1"), employee("E2")])
    assert outcomes(home.run(), "employees@2026-01-01.csv") == {"quarantined": 2}
    assert home.reasons("employees")[0] == [
        "department_id refers to departments D1, which has not come",
        "position_id refers to positions P1, which has not come",
    ]
    home.drop("departments.csv", departments("D1"))
    home.run()
    assert home.reasons("employees") == [["position_id refers to positions P1, which has not come"]] * 2
    home.drop("positions.csv", positions("P1"))
    report = home.run()
    assert report.released == {"new": 2}
    assert home.ask("select employee_id, recorded_at, source_file, record_number from raw.employees order by 1") == [
        (key, datetime(2026, 1, 1), "employees@2026-01-01.csv", n) for n, key in enumerate(("E1", "E2"), start=1)
    ]
    assert kept(home, "employees") == [(key, 1, "released: its parent came") for key in ("E1", "E2")]
    assert home.ask("select row_key, outcome, run_id from ops.releases order by 1") == [
        (key, "new", f"run {(FIRST_RUN + timedelta(days=3)).isoformat()}") for key in ("E1", "E2")
    ]
    assert home.findings() == []
    assert home.column("select employee_id from identity.person order by 1") == ["E1", "E2"]


def test_waiting_rows_of_a_named_system_are_released_within_it(home: Home) -> None:
    home.drop("_landing.toml", 'source_system = "acme"\n')
    home.drop("positions.csv", positions("P1"))
    home.drop("employees.csv", [employee("E1")])
    home.run()
    home.drop("departments.csv", departments("D1"))
    assert home.run().released == {"new": 1}
    assert home.ask("select source_system, employee_id from raw.employees") == [("acme", "E1")]


def test_waiting_versions_are_released_in_their_order(home: Home) -> None:
    home.drop("positions.csv", positions("P1"))
    home.drop("employees@2026-01-02.csv", [employee("E1", location="second")])
    home.drop("employees@2026-01-01.csv", [employee("E1", location="first")])
    home.run()
    home.drop("departments.csv", departments("D1"))
    assert home.run().released == {"new": 1, "changed": 1}
    assert standing(home, "employees", "location", "employee_id", "2026-01-01 12:00") == {"E1": "first"}
    assert standing(home, "employees", "location", "employee_id") == {"E1": "second"}


def test_a_row_that_waits_in_two_files_of_one_time_counts_by_the_later_file_whichever_came_first(home: Home) -> None:
    with_organisation(home, departments_known=())
    home.drop("employees/b@2026-01-01.csv", [employee("E1", location="older"), employee("E1", location="newer")])
    home.run()
    home.drop("employees/a@2026-01-01.csv", [employee("E1", location="newer")])  # seen again, but at an earlier place
    home.run()
    home.drop("departments.csv", departments("D1"))
    home.run()
    assert standing(home, "employees", "location", "employee_id") == {"E1": "newer"}


def test_a_waiting_row_is_not_released_when_something_newer_of_its_key_was_accepted(home: Home) -> None:
    with_organisation(home)
    home.drop("employees@2026-01-01.csv", [employee("E1", department_id="D9")])
    home.run()
    home.drop("employees@2026-01-02.csv", [employee("E1", location="newer")])
    home.run()
    assert kept(home, "employees") == [("E1", 1, "a newer version was accepted")]
    home.drop("departments/late.csv", departments("D9"))
    assert home.run().released == {}
    assert home.ask("select location from raw.employees") == [("newer",)]


def test_of_two_waiting_versions_the_older_is_given_up_once_the_newer_is_released(home: Home) -> None:
    with_organisation(home)
    home.drop("employees@2026-01-01.csv", [employee("E1", department_id="D8")])
    home.drop("employees@2026-01-02.csv", [employee("E1", department_id="D9")])
    home.run()
    home.drop("departments/d9.csv", departments("D9"))
    assert home.run().released == {"new": 1}
    home.drop("departments/d8.csv", departments("D8"))
    assert home.run().released == {}
    assert home.column("select department_id from raw.employees") == ["D9"]
    assert sorted(resolution for *_, resolution in kept(home, "employees")) == ["a newer version was accepted", "released: its parent came"]
    assert home.findings() == []


def test_a_row_with_a_fault_of_its_own_is_not_released_by_its_parent(home: Home) -> None:
    home.drop("employees.csv", [employee("E1", hire_date="soon")])
    home.run()
    with_organisation(home)
    assert home.run().released == {}
    assert kept(home, "employees") == [("E1", 1, None)]


def test_the_root_cause_is_named_through_two_levels_and_the_whole_line_is_released(home: Home) -> None:
    with_organisation(home)
    home.drop("employees.csv", [employee("E1", hire_date="soon")])
    home.drop(
        "pips.csv",
        [{"pip_id": "I1", "employee_id": "E1", "performance_gap": "x", "start_date": "2025-01-01", "planned_days": 30, "status": "active"}],
    )
    home.drop("pip_checkpoints.csv", [{"pip_checkpoint_id": "C1", "pip_id": "I1", "scheduled_on": "2025-01-10"}])
    home.run()
    cause = "employees E1: hire_date is 'soon', not a date that exists (YYYY-MM-DD, without a time)"
    assert home.ask("select table_name, root_cause, waits_for_parent from quarantine.rows order by 1") == [
        ("employees", cause, False), ("pip_checkpoints", cause, True), ("pips", cause, True),
    ]  # fmt: skip
    assert home.reasons("pip_checkpoints") == [[f"pip_id refers to pips I1, which is in quarantine ({cause})"]]
    home.drop("employees.csv", [employee("E1", department_id="D9")])
    home.run()
    assert {c for (c,) in home.ask("select root_cause from quarantine.rows where waits_for_parent")} == {"departments D9 has not come"}
    home.drop("departments/late.csv", departments("D9"))
    assert home.run().released == {"new": 3}
    assert home.column("select pip_checkpoint_id from raw.pip_checkpoints") == ["C1"]
    assert home.findings() == []


def test_a_parent_once_accepted_stays_a_parent(home: Home) -> None:
    with_organisation(home)
    home.run()
    home.drop("departments.csv", departments("D1", is_deleted="true"))
    home.drop("employees.csv", [employee("E1")])
    assert outcomes(home.run(), "employees.csv") == {"new": 1}


# ----------------------------------------------------------------------------------------------------------------- versions


def test_conflicting_rows_in_two_files_are_versions_in_the_order_of_the_files_names(home: Home) -> None:
    home.drop("departments/b.csv", department("of b"))
    home.drop("departments/a.csv", department("of a"))
    report = home.run()
    assert (outcomes(report, "departments/a.csv"), outcomes(report, "departments/b.csv")) == ({"new": 1}, {"changed": 1})
    assert names(home) == {"D1": "of b"}


def test_conflicting_rows_in_one_file_are_versions_in_the_order_of_the_records(home: Home) -> None:
    home.drop("departments.csv", [*department("first"), *department("second"), *department("second"), *department("first")])
    assert outcomes(home.run(), "departments.csv") == {"new": 1, "changed": 2, "unchanged": 1}
    assert names(home) == {"D1": "first"}
    assert home.ask("select count(*) from raw.departments") == [(3,)]


def test_a_revert_in_a_rewritten_file_is_three_versions(home: Home) -> None:
    for name in ("A", "B", "A"):
        home.drop("departments.csv", department(name))
        home.run()
    days = [FIRST_RUN + timedelta(days=n) for n in (1, 2, 3)]
    assert home.ask("select name, recorded_at, superseded_at from raw.departments order by recorded_at") == [
        ("A", days[0], days[1]), ("B", days[1], days[2]), ("A", days[2], None),
    ]  # fmt: skip


@pytest.mark.parametrize("runs", [1, 3])
def test_a_revert_in_dated_files_is_three_versions(home: Home, runs: int) -> None:
    for day, name in enumerate(("A", "B", "A"), start=1):
        home.drop(f"departments@2026-01-0{day}.csv", department(name))
        if runs == 3:
            home.run()
    home.run()
    days = [datetime(2026, 1, n) for n in (1, 2, 3)]
    assert home.ask("select name, recorded_at, superseded_at from raw.departments order by recorded_at") == [
        ("A", days[0], days[1]), ("B", days[1], days[2]), ("A", days[2], None),
    ]  # fmt: skip


def test_an_unchanged_row_keeps_its_version_and_notes_who_confirmed_it(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", departments("D1"))
    home.run()
    home.drop("departments@2026-01-02.jsonl", json.dumps(departments("D1", location="")[0]))
    report = home.run()
    assert outcomes(report, "departments@2026-01-02.jsonl") == {"unchanged": 1}
    assert home.ask("select recorded_at, l.source_file from raw.departments d join ops.loads l on l.load_id = d.confirmed_by") == [
        (datetime(2026, 1, 1), "departments@2026-01-02.jsonl")
    ]


def test_a_late_file_becomes_a_version_between_two_others(home: Home) -> None:
    for day, name in ((1, "A"), (20, "C")):
        home.drop(f"departments@2026-01-{day:02d}.csv", department(name))
        home.run()
    home.drop("departments@2026-01-10.csv", department("B"))
    assert outcomes(home.run(), "departments@2026-01-10.csv") == {"earlier": 1}
    read = [names(home, f"2026-01-{day}").get("D1") for day in ("01", "09", "10", "19", "20", "31")]
    assert read == ["A", "A", "B", "B", "C", "C"]
    assert names(home, "2025-12-31") == {}


def test_a_late_file_between_two_that_agreed_splits_what_they_said(home: Home) -> None:
    for day in (1, 20):
        home.drop(f"departments@2026-01-{day:02d}.csv", department("A"))
        home.run()
    home.drop("departments@2026-01-10.csv", department("B"))
    home.run()
    assert [names(home, f"2026-01-{day}")["D1"] for day in ("09", "10", "19", "20")] == ["A", "B", "B", "A"]
    assert home.ask("select count(*) from raw.departments where superseded_at is null") == [(1,)]
    home.drop("departments@2026-01-21.csv", department("A"))
    assert outcomes(home.run(), "departments@2026-01-21.csv") == {"unchanged": 1}


def test_a_late_file_that_says_the_same_makes_the_version_known_earlier(home: Home) -> None:
    home.drop("departments@2026-01-10.csv", department("A"))
    home.run()
    home.drop("departments@2026-01-05.csv", department("A"))
    home.run()
    assert [names(home, f"2026-01-{day}") for day in ("04", "05", "10")] == [{}, {"D1": "A"}, {"D1": "A"}]


def test_the_sources_own_time_orders_versions_before_the_files_do(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", department("newer", source_updated_at="2025-12-20T10:00:00"))
    home.run()
    home.drop("departments@2026-01-05.csv", department("older", source_updated_at="2025-12-10T10:00:00+02:00"))
    home.drop("departments@2026-01-06.csv", department("undated"))
    report = home.run()
    assert outcomes(report, "departments@2026-01-05.csv") == {"earlier": 1}
    assert outcomes(report, "departments@2026-01-06.csv") == {"earlier": 1}
    assert names(home) == names(home, "2026-01-05") == {"D1": "newer"}
    home.drop("departments@2026-01-03.csv", department("newest", source_updated_at="2025-12-24"))
    assert outcomes(home.run(), "departments@2026-01-03.csv") == {"changed": 1}
    assert [names(home, f"2026-01-{day}")["D1"] for day in ("02", "03", "06")] == ["newer", "newest", "newest"]


def test_a_late_file_with_the_sources_newest_row_ends_all_that_stood_after_it(home: Home) -> None:
    for day, name in ((1, "A"), (5, "B"), (3, "C")):
        updated = {"A": "2025-12-01", "B": "2025-12-02", "C": "2025-12-03"}[name]
        home.drop(f"departments@2026-01-0{day}.csv", department(name, source_updated_at=updated))
        home.run()
    assert [names(home, f"2026-01-0{day}")["D1"] for day in (1, 2, 3, 4, 5, 6)] == ["A", "A", "C", "C", "C", "C"]


def test_a_mended_file_of_the_same_time_counts_after_what_it_held_before(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", [*department("", "D0"), *department("wrong")])
    home.run()
    home.drop("departments@2026-01-01.csv", department("right"))  # a record fewer: D1 has a lower number than it had
    assert outcomes(home.run(), "departments@2026-01-01.csv") == {"changed": 1}
    assert names(home) == names(home, "2026-01-01") == {"D1": "right"}


def test_a_mended_file_that_has_a_key_twice_counts_after_what_it_held_before_too(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", [*departments("D2", "D3"), *department("wrong")])
    home.run()
    home.drop("departments@2026-01-01.csv", [*department("half right"), *department("right")])
    home.run()
    assert names(home)["D1"] == "right"


@pytest.mark.parametrize("is_last", [True, False])
def test_a_bad_row_beside_a_confirming_one_in_a_file_counts_by_its_place(home: Home, is_last: bool) -> None:
    home.drop("departments@2026-01-01.csv", department("A"))
    home.run()
    rows = [*department("A"), *department("")] if is_last else [*department(""), *department("A")]
    home.drop("departments@2026-01-02.csv", rows)
    home.run()
    for _ in ("at once", "after the next load of the table"):
        assert kept(home, "departments") == [("D1", 1, None if is_last else "a newer version was accepted")]
        assert [rule for rule, *_ in home.findings()] == (["newest_version_in_quarantine"] if is_last else [])
        home.drop("departments@2026-01-03.csv", departments("D2"))
        home.run()


def test_a_row_that_the_source_deleted_is_gone_from_then_on(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", departments("D1", "D2"))
    home.drop("departments@2026-01-02.csv", departments("D1", is_deleted="true"))
    home.run()
    assert names(home, "2026-01-01").keys() == {"D1", "D2"}
    assert names(home).keys() == {"D2"}


# ---------------------------------------------------------------------------------------------------------------- snapshots


def snapshot_home(home: Home, n: int = 10) -> Home:
    home.drop("_landing.toml", '[departments]\nmode = "snapshot"\n')
    home.drop("departments@2026-01-01.csv", departments(*(f"D{i}" for i in range(n))))
    home.run()
    return home


def test_a_snapshot_closes_the_keys_it_lacks(home: Home) -> None:
    snapshot_home(home).drop("departments@2026-01-02.csv", departments(*(f"D{i}" for i in range(8))))
    report = home.run()
    assert of_file(report, "departments@2026-01-02.csv").n_closed == 2
    assert outcomes(report, "departments@2026-01-02.csv") == {"unchanged": 8}
    assert len(names(home, "2026-01-01 23:00")) == 10
    assert names(home).keys() == {f"D{i}" for i in range(8)}
    closing = home.ask(
        "select name, is_deleted, source_file, record_number from raw.departments where department_id = 'D9' and superseded_at is null"
    )
    assert closing == [("Department D9", True, "departments@2026-01-02.csv", None)]
    assert home.ask("select sum(n_closed), sum(n_read) from ops.loads") == [(2, 18)]


def test_a_delta_file_closes_nothing(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", departments("D1", "D2"))
    home.drop("departments@2026-01-02.csv", departments("D1"))
    home.run()
    assert names(home).keys() == {"D1", "D2"}


@pytest.mark.parametrize("left", [5, 0])
def test_a_snapshot_without_half_of_the_keys_closes_none_and_says_so(home: Home, left: int) -> None:
    content = csv_text(departments(*(f"D{i}" for i in range(left)))) if left else "department_id,name\n"
    snapshot_home(home).drop("departments@2026-01-02.csv", content)
    report = home.run()
    words = f"{10 - left} of 10 known keys are absent from this snapshot, more than 20%: none was closed"
    assert of_file(report, "departments@2026-01-02.csv").detail == words
    assert home.findings() == [("snapshot_lacks_keys", "departments", "departments@2026-01-02.csv", words)]
    assert len(names(home)) == 10


def test_what_else_is_said_of_a_refused_snapshot_stays_said(home: Home) -> None:
    snapshot_home(home).drop("departments@2026-01-02.csv", departments("D1", iban="x"))
    home.run()
    assert [rule for rule, *_ in home.findings()] == ["snapshot_lacks_keys", "unknown_columns"]


def test_a_snapshot_with_a_record_that_has_no_key_closes_none(home: Home) -> None:
    snapshot_home(home).drop("departments@2026-01-02.csv", csv_text(departments(*(f"D{i}" for i in range(9)))) + "D9,Department, Nine\n")
    report = home.run()
    assert "1 of its records have no key that can be read: none was closed" in of_file(report, "departments@2026-01-02.csv").detail
    assert len(names(home)) == 10


def test_a_bad_row_in_a_snapshot_is_not_absent(home: Home) -> None:
    snapshot_home(home).drop(
        "departments@2026-01-02.csv", [*departments(*(f"D{i}" for i in range(9))), {"department_id": "D9", "name": ""}]
    )
    home.run()
    assert len(names(home)) == 10


def test_an_unreadable_snapshot_closes_none(home: Home) -> None:
    snapshot_home(home).drop("departments@2026-01-02.parquet", b"garbage")
    home.run()
    assert len(names(home)) == 10


def test_the_files_of_one_time_are_one_snapshot(home: Home) -> None:
    home.drop("_landing.toml", '[departments]\nmode = "snapshot"\n')
    parts = {"a": [f"D{i}" for i in range(4)], "b": [f"D{i}" for i in range(4, 10)]}
    for day in (1, 2):
        for part, keys in parts.items():
            home.drop(f"departments/{part}@2026-01-0{day}.csv", departments(*(k for k in keys if day == 1 or k != "D9")))
        report = home.run()
    assert sum(f.n_closed for f in report.files) == 1
    assert names(home).keys() == {f"D{i}" for i in range(9)}
    assert home.findings() == []


def test_a_key_that_reappears_in_a_snapshot_exists_again(home: Home) -> None:
    snapshot_home(home)
    for day, n in ((2, 9), (3, 10)):
        home.drop(f"departments@2026-01-0{day}.csv", departments(*(f"D{i}" for i in range(n)), source_updated_at="2025-12-01"))
        home.run()
    assert [("D9" in names(home, f"2026-01-0{day}")) for day in (1, 2, 3)] == [True, False, True]
    home.drop("departments@2026-01-04.csv", departments(*(f"D{i}" for i in range(9)), source_updated_at="2025-12-01"))
    home.run()
    assert "D9" not in names(home)


def test_a_snapshot_of_one_system_closes_nothing_of_another(home: Home) -> None:
    snapshot_home(home)
    home.drop("departments@2026-01-02.csv", departments("D1", source_system="beta"))
    home.run()
    assert home.ask("select count(*) from raw.departments where superseded_at is null and not coalesce(is_deleted, false)") == [(11,)]


# -------------------------------------------------------------------------------------------------- which files are read


def test_an_unchanged_file_is_not_read_again(home: Home) -> None:
    home.drop("departments.csv", departments("D1"))
    home.run()
    report = home.run()
    assert (report.files, report.n_unchanged_files, report.changed_tables) == ([], 1, set())
    home.drop("departments.csv", departments("D1"))  # written again with the same bytes
    assert home.run().n_unchanged_files == 1
    home.drop("departments/copy.csv", departments("D1"))
    assert outcomes(home.run(), "departments/copy.csv") == {"unchanged": 1}


def test_a_file_replaced_by_another_of_the_same_size_is_read(home: Home) -> None:
    home.drop("departments.csv", department("A"))
    home.run()
    home.drop("departments.csv", department("B"))
    assert outcomes(home.run(), "departments.csv") == {"changed": 1}


def test_a_file_that_is_still_being_written_is_left_for_the_next_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.drop("departments.csv", "department_id,name\nD1,a\nD2,b")

    def copied_on(_: float) -> None:
        path.write_text("department_id,name\nD1,a\nD2,beta\nD3,c\n", encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(landing.time, "sleep", copied_on)
        patch.setattr(landing, "_settled", lambda files, _: settled(files, 30))
        report = home.run()
    assert (report.files, report.unsettled) == ([], ("departments.csv",))
    home.run()
    assert names(home) == {"D1": "a", "D2": "beta", "D3": "c"}


settled: Callable[[list[landing.LandedFile], float], tuple[list[landing.LandedFile], list[str]]] = landing._settled


def test_files_for_no_table_are_named_until_they_are_gone(home: Home) -> None:
    path = home.drop("staff.csv", "a\n1\n")
    report = home.run()
    assert report.not_understood == {"staff.csv": "no contract table is named staff"}
    assert home.findings() == [("file_not_understood", "landing", "staff.csv", "no contract table is named staff")]
    path.unlink()
    home.run()
    assert home.findings() == []


def test_no_landing_folder_is_an_error_that_says_what_to_do(home: Home) -> None:
    home.landing.rmdir()
    with pytest.raises(LandingError, match=r"there is no landing folder .* Create it"):
        home.run()


def with_new_column(home: Home) -> Home:
    """The same home under contracts whose departments have one column more."""
    contract = home.contracts["departments"]
    wider = replace(contract, own_columns=(*contract.own_columns, Column("floor", "int")), fingerprint="wider")
    changed = Home(home.folder, home.contracts | {"departments": wider})
    changed.n_runs = home.n_runs
    return changed


def test_a_changed_contract_reads_files_anew_without_making_old_content_the_newest(home: Home) -> None:
    home.drop("departments/a.csv", department("old", floor=3))
    home.run()
    home.drop("departments/b.csv", department("new"))
    home.run()
    wider = with_new_column(home)
    report = wider.run()
    assert (outcomes(report, "departments/a.csv"), outcomes(report, "departments/b.csv")) == ({"earlier": 1}, {"unchanged": 1})
    assert names(wider) == {"D1": "new"}
    first, second = FIRST_RUN + timedelta(days=1), FIRST_RUN + timedelta(days=2)
    stood = "superseded_at is distinct from recorded_at"
    assert wider.ask(f"select name, floor, recorded_at, superseded_at from raw.departments where {stood} order by 3") == [
        ("old", 3, first, second), ("new", None, second, None),
    ]  # fmt: skip
    assert wider.run().files == []


def write_mapping(folder: Path, sql: str, table: str = "departments", system: str = "acme") -> None:
    (folder / system).mkdir(parents=True, exist_ok=True)
    (folder / system / f"{table}.sql").write_text(sql, encoding="utf-8")


@pytest.fixture
def mapping_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mappings"
    monkeypatch.setattr(mappings, "FOLDER", folder)
    return folder


def test_a_mapping_fills_tables_from_exports_through_the_same_checks(home: Home, mapping_folder: Path) -> None:
    write_mapping(
        mapping_folder, """select record_number, "ID" as department_id, "Label" as name, '{"assumed": "x"}' as source_note from "Units" """
    )
    home.drop("Units.csv", 'ID,Label,Secret\nD1,"a\nb",x\n\nD2,,x\nD3,c\n{D4},d,x\n')
    report = home.run(system="acme")
    assert outcomes(report, "Units.csv") == {"new": 2, "quarantined": 2}
    assert home.ask("select source_system, department_id, name, record_number, source_note from raw.departments order by 4") == [
        ("acme", "D1", "a\nb", 1, '{"assumed": "x"}'), ("acme", "{D4}", "d", 4, '{"assumed": "x"}'),
    ]  # fmt: skip
    assert home.ask("select record_number, reasons, row_key from quarantine.rows order by 1") == [
        (2, ["name is missing"], "D2"), (3, ["the record has 2 fields, the header has 3"], None),
    ]  # fmt: skip
    assert home.run(system="acme").n_unchanged_files == 1


def test_lines_of_an_export_that_are_no_records_are_quarantined_too(home: Home, mapping_folder: Path) -> None:
    write_mapping(mapping_folder, 'select record_number, id as department_id, label as name from "Units"')
    home.drop("Units.jsonl", '{"id": "D1", "label": "a"}\n{"id": "D2", \n{"id": "D3", "label": "c"}\n')
    assert outcomes(home.run(system="acme"), "Units.jsonl") == {"new": 2, "quarantined": 1}
    assert home.ask("select department_id, record_number from raw.departments order by 1") == [("D1", 1), ("D3", 3)]


def test_a_mended_mapping_reads_its_exports_anew_at_the_time_they_were_first_read(home: Home, mapping_folder: Path) -> None:
    write_mapping(mapping_folder, 'select id as department_id, label as name from "Units"')
    home.drop("Units.csv", "id,label\nD1,a\n")
    home.run(system="acme")
    write_mapping(mapping_folder, 'select id as department_id, upper(label) as name from "Units"')
    report = home.run(system="acme")
    assert outcomes(report, "Units.csv") == {"changed": 1}
    assert names(home, (FIRST_RUN + timedelta(days=1, hours=1)).isoformat()) == names(home) == {"D1": "A"}


def test_the_states_of_an_export_are_versions_and_none_sees_a_later_file(home: Home, mapping_folder: Path) -> None:
    write_mapping(mapping_folder, 'select id as department_id, label as name from "Units"')
    sql = 'select p.id as position_id, coalesce(u.label, p.title) as title from "Jobs" p left join "Units" u using (id)'
    write_mapping(mapping_folder, sql, table="positions")
    home.drop("Jobs@2026-01-01.csv", "id,title\nD1,job\n")
    home.drop("Units@2026-01-02.csv", "id,label\nD1,unit\n")
    report = home.run(system="acme")
    assert standing(home, "positions", "title", "position_id") == {"D1": "unit"}
    first = of_file(report, "Jobs@2026-01-01.csv")
    assert (first.table, first.status) == ("positions", "quarantined")
    assert "does not fit it" in first.detail


def test_an_unknown_system_and_a_mapping_outside_the_contract_are_refused(home: Home, mapping_folder: Path) -> None:
    write_mapping(mapping_folder, 'select id as department_id, label as name, iban from "Units"')
    home.drop("Units.csv", "id,label,iban\nD1,a,x\n")
    with pytest.raises(mappings.MappingError, match="there is no mapping for the system 'other'; there is one for: acme"):
        home.run(system="other")
    with pytest.raises(mappings.MappingError, match=r"acme/departments.sql makes columns that the contract does not have: iban"):
        home.run(system="acme")


# ------------------------------------------------------------------------------------------------------------------- cycles


def cut(home: Home) -> list[tuple[str, str, str]]:
    return home.ask("select table_name, column_name, row_key from ops.cut_edges order by all")


def test_an_employee_who_manages_themselves_stays_and_the_edge_is_cut(home: Home) -> None:
    with_organisation(home).drop("employees.csv", [employee("E1", manager_id="E1"), employee("E2", manager_id="E1")])
    home.run()
    assert cut(home) == [("employees", "manager_id", "E1")]
    assert [(rule, key) for rule, _, key, _ in home.findings()] == [("own_manager", "E1")]
    home.drop("employees.csv", [employee("E1")])
    home.run()
    assert (cut(home), home.findings()) == ([], [])


def test_a_cycle_of_managers_is_cut_at_its_youngest_edge(home: Home) -> None:
    with_organisation(home)
    home.drop(
        "employees@2026-01-01.csv",
        [employee("E1", manager_id="E2"), employee("E2"), employee("E3", manager_id="E2"), employee("E4", manager_id="E1")],
    )
    home.run()
    assert cut(home) == []
    home.drop("employees@2026-01-02.csv", [employee("E2", manager_id="E3"), employee("E1", manager_id="E2", location="moved")])
    home.run()
    assert cut(home) == [("employees", "manager_id", "E2")]
    assert [(key, detail) for _, _, key, detail in home.findings("manager_tree_has_no_cycle")] == [
        ("E2", "it is part of a cycle through manager_id of 2 rows; its own edge is the youngest and is cut"),
        ("E3", "it is part of a cycle through manager_id of 2 rows; the edge of E2 is cut"),
    ]
    home.drop("employees@2026-01-03.csv", [employee("E2")])
    home.run()
    assert (cut(home), home.findings()) == ([], [])


def test_several_cycles_with_tails_are_each_cut_once(home: Home) -> None:
    with_organisation(home)
    edges = {"A1": "A2", "A2": "A3", "A3": "A1", "B1": "B2", "B2": "B1", "T1": "A1", "T2": "T1", "U1": "B1", "R": "", "S": "R", "C": "C"}
    home.drop("employees.csv", [employee(key, manager_id=manager) for key, manager in edges.items()])
    home.run()
    edges |= {key: "" for _, _, key in cut(home)}
    assert [key[0] for _, _, key in cut(home)] == ["A", "B", "C"]
    for start in edges:
        seen = {start}
        at = edges[start]
        while at:
            assert at not in seen
            seen.add(at)
            at = edges[at]


def test_a_cycle_of_departments_and_of_goals_is_cut(home: Home) -> None:
    home.drop("departments.csv", [*department("a", "D1", parent_department_id="D2"), *department("b", "D2", parent_department_id="D1")])
    home.drop(
        "goals.csv",
        [
            goal("G1", parent_goal_id="G2"),
            goal("G2", parent_goal_id="G3"),
            goal("G3", parent_goal_id="G1"),
            goal("G4", parent_goal_id="G4"),
        ],
    )
    home.run()
    assert [(table, column) for table, column, _ in cut(home)] == [
        ("departments", "parent_department_id"), ("goals", "parent_goal_id"), ("goals", "parent_goal_id"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------ interrupted runs


def test_rules_of_tables_that_an_interrupted_run_loaded_are_checked_by_the_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with_organisation(home).drop("employees.csv", [employee("E1", manager_id="E1")])
    home.drop("goals.csv", [goal("G1")])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("orchestration.ingestion.rules.check", killed)
        with pytest.raises(KeyboardInterrupt):
            home.run()
    assert {table for _, table, _, _ in home.findings("rules_not_checked")} == {"departments", "positions", "employees", "goals"}
    assert cut(home) == []
    report = home.run()
    assert report.files == []
    assert cut(home) == [("employees", "manager_id", "E1")]
    assert home.findings("rules_not_checked") == []


def test_what_a_killed_run_left_behind_is_removed(home: Home) -> None:
    left = home.folder / "scratch-abc"
    left.mkdir()
    (left / "employees.csv.mended.csv").write_text("x", encoding="utf-8")
    home.run()
    assert not left.exists()


def test_an_error_of_the_machine_stops_the_run_and_blames_no_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop("departments.csv", departments("D1"))

    def full(*_: object) -> None:
        msg = "Could not write all bytes: No space left on device"
        raise duckdb.IOException(msg)

    with monkeypatch.context() as patch:
        patch.setattr("orchestration.ingestion.stage.insert", full)
        with pytest.raises(duckdb.IOException, match="No space left"):
            home.run()
    assert home.ask("select count(*) from ops.files") == [(0,)]
    assert outcomes(home.run(), "departments.csv") == {"new": 1}


def test_a_file_that_cannot_be_opened_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop("departments.csv", departments("D1"))

    def denied(_: Path) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("orchestration.ingestion.encoding.content_hash", denied)
        assert home.run().not_understood == {"departments.csv": "it cannot be opened (Permission denied)"}
    assert outcomes(home.run(), "departments.csv") == {"new": 1}


def test_unreadable_files_have_an_error_type_of_their_own() -> None:
    assert issubclass(UnreadableFileError, ValueError)


def test_a_number_that_is_none_in_parquet_is_quarantined_and_the_rest_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    numbers = {"cost": [float("nan"), 2.5, None], "duration_hours": [1.0, float("inf"), 3.0]}
    rows = {"course_id": ["C1", "C2", "C3"], "title": ["a", "b", "c"], **numbers}
    pl.DataFrame(rows).write_parquet(home.landing / "training_courses.parquet")
    home.run()
    held = {key: reasons[0] for key, reasons in home.ask("select row_key, reasons from quarantine.rows")}
    assert set(held) == {"C1", "C2"}
    assert "cost" in held["C1"]
    assert "duration_hours" in held["C2"]
    assert home.ask("select course_id, cost from raw.training_courses") == [("C3", None)]
