"""status.json: how a run went and what stands, without any value of a row, whatever came before."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publishing
from orchestration.clock import Clock, ClockError
from orchestration.contracts import Column, Contract
from orchestration.gates import HELD_BACK, MODEL_TEST, SOURCE_TEST, GateResult
from orchestration.publishing import reasons, status
from orchestration.transform import BuildReport, TransformError
from orchestration.warehouse import WarehouseError, open_warehouse
from tests.pipeline import killed_publish
from tests.pipeline.landing_home import Home, employee, with_organisation

SECRET = "Zzsecret"
SECRET_NUMBER = "918273645"
EARLY, LATE = datetime(2026, 6, 1, 5), datetime(2026, 6, 1, 5, 1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def a_run(outcome: str = "published", **more: Any) -> dict[str, Any]:
    """What a run says of itself."""
    told = {
        "run_id": "r1",
        "started_at": EARLY,
        "finished_at": LATE,
        "outcome": outcome,
        "code": None,
        "words": "ok",
        "seconds": {"load": 1.5},
    }
    return told | more


def written(home: Home, run: dict[str, Any] | None = None, *, opened: bool = True, **more: Any) -> dict[str, Any]:
    """The status after a run, as its readers find it."""
    if opened:
        with open_warehouse(home.settings, home.contracts) as connection:
            told = publishing.write_status(home.settings, run=run or a_run(), connection=connection, contracts=home.contracts, **more)
    else:
        told = publishing.write_status(home.settings, run=run or a_run(), connection=None, contracts=home.contracts, **more)
    assert json.loads((home.settings.published_folder / "status.json").read_text(encoding="utf-8")) == told
    assert sorted(p.name for p in home.settings.published_folder.iterdir() if p.name.endswith(".tmp")) == []
    return told


# ------------------------------------------------------------------ what is told


def test_a_status_has_the_form_that_its_readers_expect(home: Home) -> None:
    with_organisation(home)
    home.drop("employees.csv", [employee("E1"), employee("E2", hire_date="soon")])
    home.run(EARLY)
    told = written(
        home,
        gates=[GateResult(HELD_BACK, "employees", passed=False, detail="1 of 2 records held back")],
        clock=Clock(date(2026, 6, 30), EARLY, "UTC"),
        models=BuildReport(n_models=2, n_tests=3, seconds_by_node={"a": 0.5, "b": 1.25}),
    )
    assert told | {"tables": [], "loads": [], "written_at": "", "quarantine": []} == {
        "format": 1, "written_at": "", "last_good_at": "2026-06-01T05:01:00Z", "stale_after_hours": 36.0,
        "run": a_run(started_at="2026-06-01T05:00:00Z", finished_at="2026-06-01T05:01:00Z"),
        "clock": {"as_of": "2026-06-30", "known_at": "2026-06-01T05:00:00Z", "business_timezone": "UTC"},
        "snapshot": None,
        "gates": [{"gate": "held_back", "subject": "employees", "passed": False, "detail": "1 of 2 records held back"}],
        "tables": [], "loads": [], "quarantine": [],
        "findings": [{
            "rule": "newest_version_in_quarantine", "table_name": "employees", "severity": "serious", "n": 1,
            "first_seen": "2026-06-01T05:00:00Z", "last_seen": "2026-06-01T05:00:00Z",
        }],
        "models": {"n_models": 2, "n_tests": 3, "slowest": [{"name": "b", "seconds": 1.25}, {"name": "a", "seconds": 0.5}]},
    }  # fmt: skip
    assert told["written_at"].endswith("Z")
    assert [t["table_name"] for t in told["tables"]] == sorted(
        home.contracts, key=lambda t: (home.contracts[t].area, list(home.contracts).index(t))
    )
    assert next(t for t in told["tables"] if t["table_name"] == "employees") == {
        "table_name": "employees", "area": home.contracts["employees"].area, "n_standing": 1, "n_waiting": 1, "n_waiting_files": 0,
        "last_extracted_at": "2026-06-01T05:00:00Z", "last_loaded_at": "2026-06-01T05:00:00Z",
    }  # fmt: skip
    assert next(one for one in told["loads"] if one["table_name"] == "employees") == {
        "run_id": "run 2026-06-01T05:00:00", "loaded_at": "2026-06-01T05:00:00Z", "table_name": "employees", "n_files": 1, "n_read": 2,
        "n_new": 1, "n_changed": 0, "n_unchanged": 0, "n_earlier": 0, "n_quarantined": 1, "n_closed": 0,
    }  # fmt: skip
    assert told["quarantine"] == [{
        "table_name": "employees", "reason": "hire_date is not a date that exists (YYYY-MM-DD, without a time)", "n_rows": 1,
        "first_seen": "2026-06-01T05:00:00Z", "last_seen": "2026-06-01T05:00:00Z",
    }]  # fmt: skip


def test_the_loads_of_a_run_are_added_up_by_table_and_the_newest_come_first(home: Home) -> None:
    home.drop("departments@2026-01-01.csv", "department_id,name\nD1,a\nD2,b\n")
    home.drop("departments@2026-02-01.csv", "department_id,name\nD1,c\n")
    home.run()
    home.drop("departments@2026-03-01.csv", "department_id,name\nD3,d\n")
    home.run()
    told = [(one["table_name"], one["n_files"], one["n_read"], one["n_new"], one["n_changed"]) for one in written(home)["loads"]]
    assert told == [("departments", 1, 1, 1, 0), ("departments", 2, 3, 2, 1)]


def test_only_the_newest_loads_are_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "MOST_LOADS", 3)
    for n in range(5):
        home.drop("departments.csv", f"department_id,name\nD{n},a\n")
        home.run()
    assert [one["loaded_at"] for one in written(home)["loads"]] == ["2026-06-06T06:00:00Z", "2026-06-05T06:00:00Z", "2026-06-04T06:00:00Z"]


def test_what_has_left_quarantine_and_what_was_deleted_is_not_told(home: Home) -> None:
    home.drop("departments.csv", "department_id,name,is_deleted\nD1,a,\nD2,,\nD3,c,true\n")
    home.run()
    assert [q["reason"] for q in written(home)["quarantine"]] == ["name is missing"]
    home.drop("departments.csv", "department_id,name,is_deleted\nD1,a,\nD2,b,\nD3,c,true\n")
    home.run()
    told = written(home)
    assert told["quarantine"] == []
    assert [(t["n_standing"], t["n_waiting"]) for t in told["tables"] if t["table_name"] == "departments"] == [(2, 0)]


def test_a_row_with_several_reasons_is_told_once_for_each_kind(home: Home) -> None:
    header = "goal_id,title,goal_level,start_date,status,progress_pct"
    home.drop("goals.csv", f"{header}\nG1,,company,soon,in_progress,400\nG2,,company,never,in_progress,1\n")
    home.run()
    assert [(q["reason"].split(" is ")[0], q["n_rows"]) for q in written(home)["quarantine"]] == [
        ("start_date", 2), ("title", 2), ("progress_pct", 1),
    ]  # fmt: skip


def test_the_snapshot_that_people_read_is_told(tmp_path: Path) -> None:
    home = killed_publish.Home(tmp_path / "home")
    home.describe_all()
    home.build()
    first = home.publish().snapshot_id
    home.publish()
    publishing.rollback(home.settings, first)
    told = publishing.write_status(home.settings, run=a_run("unchanged"), connection=None)
    assert told["snapshot"] == {
        "snapshot_id": first, "published_at": "2026-06-01T06:01:00Z", "as_of": "2026-05-31", "n_tables": 3, "n_rows": 2,
        "n_not_reportable": 0,
    }  # fmt: skip
    path = home.published / f"{first}.duckdb"
    path.chmod(0o600)
    path.write_bytes(b"")
    assert publishing.write_status(home.settings, run=a_run("failed"), connection=None)["snapshot"] is None


# ------------------------------------------------------------------ no value of any row


def bad_rows(contract: Contract) -> list[dict[str, str]]:
    """Rows that break everything that a contract says: unreadable, not allowed, without parent; out of range; missing."""

    def unreadable(column: Column) -> str:
        return SECRET

    def outside(column: Column) -> str:
        if column.data_type == "date":
            return "1809-08-07"
        if column.data_type == "timestamp":
            return "1809-08-07T06:05:04"
        if column.data_type == "bool":
            return "true"
        if column.data_type == "json":
            return json.dumps({"findings": [{"rule": SECRET, "detail": SECRET}]})
        return column.allowed[0] if column.allowed else SECRET if column.data_type == "text" else SECRET_NUMBER

    columns = [c for c in contract.columns if c.name not in {"source_system", "is_deleted"}]
    empty = {c.name: "" for c in columns} | {"source_updated_at": "2026-01-01T00:00:00"}
    return [{c.name: unreadable(c) for c in columns}, {c.name: outside(c) for c in columns}, empty]


def landed_badly(home: Home) -> None:
    """Every kind of reason for which a row or a file can wait, each with a value to be recognised by."""
    for table, contract in home.contracts.items():
        home.drop(f"{table}@2026-01-01.csv", bad_rows(contract))
    with_organisation(home)  # good ones beside them
    home.drop("employees@2026-01-02.csv", [employee("E1", manager_id=SECRET, source_note=json.dumps({"findings": [{"rule": SECRET}]}))])
    home.drop(
        "employees@2026-01-03.csv",
        [
            employee(f"{SECRET}2", hire_date="soon"),
            employee("E4", department_id=f"{SECRET}9"),
            employee("E3", hire_date="2020-02-02", termination_date="2019-01-01"),
        ],
    )
    home.drop(
        "reviews@2026-01-03.csv", [{"review_id": SECRET, "review_cycle_id": SECRET, "employee_id": f"{SECRET}2", "stage": "completed"}]
    )
    home.drop("salary_bands@2026-01-02.csv", [{
        "job_family": SECRET, "job_level": 1, "location": SECRET, "effective_from": "2020-01-01", "currency": "EUR",
        "band_min": SECRET_NUMBER, "band_mid": 2, "band_max": 3,
    }])  # fmt: skip
    home.drop("market_salary_benchmarks@2026-01-02.csv", [{
        "market_job_code": SECRET, "job_level": 1, "location": SECRET, "as_of": "2020-01-01", "provider": SECRET, "currency": "EUR",
        "p10": SECRET_NUMBER, "p25": 2, "p50": 3, "p75": 4, "p90": 5,
    }])  # fmt: skip
    home.drop(
        "fx_rates@2026-01-02.csv", [{"rate_date": "2020-01-01", "from_currency": "EUR", "to_currency": "USD", "rate": f"-{SECRET_NUMBER}"}]
    )
    home.drop("review_cycles@2026-01-02.csv", [{
        "review_cycle_id": SECRET, "name": SECRET, "cadence": "annual", "period_start": "2020-01-02", "period_end": "2020-01-01",
        "sign_off_due": "2020-01-01",
    }])  # fmt: skip
    home.drop("departments@2026-02-01.csv", f'department_id,name\nD5,a,{SECRET}\nD6\nD7,"{SECRET}"x\nD8,good\n')
    home.drop(
        "departments@2026-02-02.jsonl",
        f'{{"department_id": "D8", "name": "{SECRET}\n["{SECRET}"]\n{{"department_id": "D9", "name": "c"}}\n',
    )
    home.drop("positions@2026-02-01.csv", "")
    home.drop("positions@2026-02-02.csv", f"position_id,title,title\n{SECRET},{SECRET},x\n")
    home.drop("positions@2026-02-03.csv", f"{SECRET},{SECRET}b\n1,2\n")
    home.drop("positions@2026-02-04.csv", f"position_id,{SECRET}\n{SECRET},x\n")
    home.drop("positions@2026-02-05.csv", f'position_id,title\nP5,"{SECRET}\nP6,b\nP7,c\n')
    home.drop("positions@2026-02-06.parquet", SECRET.encode() * 100)
    home.drop("positions@2026-02-07.xlsx", SECRET.encode() * 100)
    home.drop("positions@2026-02-08.jsonl", "")
    home.drop(f"{SECRET}.csv", f"{SECRET}\n1\n")


def test_no_value_of_a_row_is_in_a_status_whatever_the_reason_for_which_it_waits(home: Home) -> None:
    landed_badly(home)
    home.run()
    home.drop("HRDataset_v14.csv", f"{SECRET},{SECRET}2\n{SECRET},{SECRET}\n")
    home.run(system="hrdataset_v14")
    kept = str(home.ask("select reasons, root_cause from quarantine.rows union all select [reason], reason from quarantine.files"))
    for place in (kept, str(home.findings())):  # the values are in the warehouse, so that they could have come out
        assert SECRET in place
    assert SECRET_NUMBER in kept
    assert "1809-08-07" in kept

    told = written(home)
    text = json.dumps(told)
    for value in (SECRET, SECRET.lower(), SECRET_NUMBER, "1809", "soon"):
        assert value not in text
    found = {(q["table_name"], q["reason"]) for q in told["quarantine"]}
    assert not [q for q in found if reasons.ANOTHER in q[1]]
    assert reasons.NOTED in {f["rule"] for f in told["findings"]}
    assert missing_kinds(home, found) == []


def missing_kinds(home: Home, found: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Kinds that should have been told and were not."""
    expected = {
        ("goals", "progress_pct is outside its range"),
        ("goals", "progress_pct is not a number (digits and a decimal point, no thousands separators)"),
        ("goals", "title is missing"),
        ("goals", "goal_level is not one of the allowed values"),
        ("goals", "start_date is not a date that exists (YYYY-MM-DD, without a time)"),
        ("goals", "start_date is outside its range"),
        ("goals", "source_updated_at is not an ISO 8601 timestamp (YYYY-MM-DDTHH:MM:SS, zone optional)"),
        ("goals", "source_note is not JSON"),
        ("employees", "department_id refers to a row of departments that has not come"),
        ("employees", "terminated_after_hired does not hold"),
        ("reviews", "employee_id refers to a row of employees that is in quarantine"),
        ("salary_bands", "band_in_order does not hold"),
        ("market_salary_benchmarks", "percentiles_in_order does not hold"),
        ("fx_rates", "rate_positive does not hold"),
        ("review_cycles", "cycle_ends_after_start does not hold"),
        ("departments", "the record has more fields than the header"),
        ("departments", "the record has fewer fields than the header"),
        ("departments", "a quoted field does not end with its quote"),
        ("departments", "the line is not valid JSON"),
        ("departments", "the line is not a JSON object"),
        ("positions", "a whole file: it is empty"),
        ("positions", "a whole file: a column stands twice in it"),
        ("positions", "a whole file: none of its columns is one of the contract's"),
        ("positions", "a whole file: it lacks the required column title"),
        ("positions", "a whole file: a quote in it is not closed"),
        ("positions", "a whole file: it cannot be read as parquet"),
        ("positions", "a whole file: it cannot be read as xlsx"),
        ("employees", "a whole file: the mapping of its system does not fit it"),
    }
    for table, contract in home.contracts.items():  # every column of every contract was broken in some way
        for column in contract.own_columns:
            if column.required or column.data_type != "text" or column.allowed:
                kinds = {r for t, r in found if t == table and r.startswith(f"{column.name} ")}
                expected |= set() if kinds else {(table, f"{column.name} …")}
    return sorted(expected - found)


@pytest.mark.parametrize("reason", [f"something new about {SECRET}", f"title is {SECRET} of a new kind", "", f"{SECRET} is missing"])
def test_a_reason_that_nobody_thought_of_is_told_without_its_words(home: Home, reason: str) -> None:
    sql = f"select {reasons.kind_of_row(home.contracts['goals'], '$reason')}"
    kind = duckdb.execute(sql, {"reason": reason}).fetchall()[0][0]
    assert SECRET not in kind
    assert kind in {reasons.ANOTHER, "title is outside its range"}
    assert SECRET not in reasons.kind_of_file(home.contracts["goals"], reason)


@pytest.mark.parametrize("gate", [MODEL_TEST, SOURCE_TEST])
@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("Got 3 results, configured to fail if != 0", True),
        ("Got 1 result, configured to fail if != 0", True),
        ("190 tests found nothing", True),
        (f"Runtime Error: Could not convert string '{SECRET}' to INT32", False),
        (f"Got 3 results, configured to fail if != 0 {SECRET}", False),
    ],
)
def test_of_a_test_of_models_only_how_many_rows_it_found_is_told(home: Home, gate: str, detail: str, shown: bool) -> None:
    told = written(home, gates=[GateResult(gate, "a_test", passed=False, detail=detail)])
    assert told["gates"][0]["detail"] == (detail if shown else "the test could not be run; the log says more")


def test_an_error_of_a_library_is_told_by_its_kind_and_one_of_ours_by_its_first_line() -> None:
    assert publishing.words_of(ClockError("mend the clock\nmore")) == "mend the clock"
    assert publishing.words_of(WarehouseError("it is open elsewhere")) == "it is open elsewhere"
    for error in (
        duckdb.ConversionException(f"Could not convert '{SECRET}'"),
        ValueError(SECRET),
        TransformError(f"dbt: {SECRET}"),
        ClockError(""),
    ):
        words = publishing.words_of(error)
        assert SECRET not in words
        assert type(error).__name__ in words


# ------------------------------------------------------------------ what came before


def test_a_run_that_failed_before_the_warehouse_opened_keeps_what_was_told_of_it(home: Home) -> None:
    with_organisation(home)
    home.drop("employees.csv", [employee("E1"), employee("E2", hire_date="soon")])
    home.run()
    before = written(
        home, gates=[GateResult(HELD_BACK, "a", passed=True, detail="b")], clock=Clock(date(2026, 6, 30), EARLY, "UTC"),
        models=BuildReport(n_models=2, n_tests=3, seconds_by_node={"a": 0.5}),
    )  # fmt: skip
    later = a_run("failed", run_id="r2", finished_at=datetime(2026, 6, 2), code="PL-LOAD", words="no landing folder")
    after = written(home, later, opened=False, models=BuildReport())
    assert after["run"]["run_id"] == "r2"
    assert after["run"]["code"] == "PL-LOAD"
    assert after["last_good_at"] == before["last_good_at"] == "2026-06-01T05:01:00Z"
    assert before["tables"] != []
    for part in ("tables", "loads", "quarantine", "findings", "gates", "clock", "models"):
        assert after[part] == before[part], part


@pytest.mark.parametrize(("outcome", "is_good"), [("published", True), ("unchanged", True), ("refused", False), ("failed", False)])
def test_a_run_is_good_where_people_read_what_it_made_or_what_stands(home: Home, outcome: str, is_good: bool) -> None:
    assert written(home, a_run(outcome))["last_good_at"] == ("2026-06-01T05:01:00Z" if is_good else None)
    written(home, a_run())
    later = written(home, a_run(outcome, finished_at=datetime(2026, 6, 3)))
    assert later["last_good_at"] == ("2026-06-03T00:00:00Z" if is_good else "2026-06-01T05:01:00Z")


def test_without_a_status_there_is_nothing_to_read(home: Home) -> None:
    assert publishing.read_status(home.settings) == {}


def test_an_outcome_that_nobody_knows_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="outcome is one of published"):
        written(home, a_run("fine"))


def test_a_run_that_built_nothing_keeps_the_slowest_models_of_the_build_before(home: Home) -> None:
    written(home, models=BuildReport(n_models=2, n_tests=3, seconds_by_node={"a": 0.5}))
    told = written(home, models=BuildReport(n_models=2, n_tests=4))
    assert told["models"] == {"n_models": 2, "n_tests": 4, "slowest": [{"name": "a", "seconds": 0.5}]}


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"format": 2, "tables": [1]}',
        b'{"format": 1, "tables": 3, "gates": {}, "models": [], "last_good_at": 5}',
    ],
)
def test_a_broken_status_before_is_as_good_as_none(home: Home, before: bytes) -> None:
    home.settings.published_folder.mkdir()
    (home.settings.published_folder / "status.json").write_bytes(before)
    assert isinstance(publishing.read_status(home.settings), dict)
    told = written(home, a_run("failed"), opened=False)
    assert publishing.read_status(home.settings) == told
    assert (told["tables"], told["gates"], told["last_good_at"], told["clock"]) == ([], [], None, None)
    assert told["models"] == {"n_models": 0, "n_tests": 0, "slowest": []}
