"""The commands as a person calls them: what they print, what they write, how they end."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from orchestration import bench
from orchestration.bench_figures import LIMITS, Measured
from orchestration.cli import app
from orchestration.ingestion.load import Loader


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLUMBLINE_SETTLE_SECONDS", "0")
    monkeypatch.setenv("PLUMBLINE_AS_OF", "2026-06-30")
    (tmp_path / "home" / "landing").mkdir(parents=True)
    return tmp_path / "home"


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, " ".join(result.output.split())


def test_generate_writes_a_company_that_says_it_is_one(tmp_path: Path) -> None:
    code, said = call("generate", "--employees", "30", "--years", "1", "--format", "csv", "--out", str(tmp_path))
    assert code == 0
    assert "rows in" in said
    assert pl.read_csv(tmp_path / "landing" / "employees.csv").height >= 30
    assert "until = 2026-06-30" in (tmp_path / "landing" / "_landing.toml").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "truth" / "parameters.json").read_text(encoding="utf-8"))["employees"] == 30


def test_generate_describes_a_company_and_its_settings_on_a_page_of_its_own(tmp_path: Path) -> None:
    small = ["--employees", "30", "--years", "1", "--set", "severity_sd=0.125", "--dirt", "0.02"]
    code, said = call("generate", "--out", str(tmp_path), "--describe", *small)
    assert code == 0
    assert "company.html" in said
    page = (tmp_path / "company.html").read_text(encoding="utf-8")
    assert "severity_sd" in page
    assert "0.125" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert pl.read_parquet(tmp_path / "truth" / "dirt.parquet").height > 10


def test_generate_without_a_folder_asks_for_one() -> None:
    code, said = call("generate")
    assert code == 2
    assert "--out is missing" in said


def test_a_run_and_the_view_of_its_quarantine(home: Path) -> None:
    """One department is bad, so one employee waits for it: 25% of departments and 20% of employees are held back."""
    landing = home / "landing"
    (landing / "departments.csv").write_text("department_id,name\nD1,One\nD2,Two\nD3,Three\nD4,\n", encoding="utf-8")
    (landing / "positions.csv").write_text("position_id,title\nP1,Clerk\n", encoding="utf-8")
    people = "".join(f"E{i},Name{i},D{i},P1,2020-01-01\n" for i in (1, 2, 3, 4)) + "E5,Name5,D1,P1,2020-01-01\n"
    (landing / "employees.csv").write_text("employee_id,display_name,department_id,position_id,hire_date\n" + people, encoding="utf-8")
    (landing / "goals.parquet").write_bytes(b"no parquet at all")

    code, said = call("run")
    assert code == 3
    assert "Refused by gate held_back, departments: 1 of 4 records held back (25.0%, at most 2%)" in said
    assert "Refused by gate held_back, employees: 1 of 5 records held back" in said
    assert "whole files held back: goals.parquet" in said

    code, said = call("quarantine")
    assert code == 0
    assert "goals.parquet: it cannot be read as parquet" in said
    assert "departments.csv record 4: name is missing" in said
    assert "employees.csv record 4: department_id refers to departments D4, which is in quarantine" in said
    assert "(departments D4: name is missing)" in said
    assert "Name4" not in said, "reasons name keys, not people"
    code, said = call("quarantine", "--dismiss", "no longer sent")
    assert code == 2
    code, said = call("quarantine", "--dismiss", "no longer sent", "--table", "goals")
    assert "1 records and files of goals dismissed" in said
    code, said = call("run")
    assert "goals.parquet" not in said
    code, said = call("quarantine", "--table", "positions")
    assert said == "Quarantine is empty."


def test_quarantine_before_the_first_run_says_what_to_do(home: Path) -> None:
    code, said = call("quarantine")
    assert code == 0
    assert "run `plumbline run` first" in said


def test_a_full_disk_ends_the_run_with_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Loader) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Loader, "run", full)
    code, said = call("run")
    assert code == 1
    assert "No space left on device" in said
    assert "run again and it goes on from there" in said


def test_the_bench_measures_and_writes_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "REPEATS", 1)
    out = tmp_path / "bench.json"
    code, said = call("bench", "--only", "ingest", "--rows", "2000", "--out", str(out))
    assert code == 0, said
    figures = json.loads(out.read_text(encoding="utf-8"))
    expected = {f"{what} {kind}" for what in ("ingest", "new file", "same file") for kind in ("csv", "parquet")}
    assert set(figures["figures"]) == expected
    assert figures["at_most"] == {name: LIMITS[name] for name in expected}
    assert all(m["seconds"] > 0 and m["peak_mb"] > 0 for measured in figures["measured"].values() for m in measured)


def test_the_bench_of_the_generator_makes_companies_and_compares_their_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def here(command: list[str]) -> Measured:
        code, said = call(*command[3:])
        assert code == 0, said
        made.append(command[3:])
        return Measured(seconds=len(made), peak_mb=100 * len(made))

    monkeypatch.setattr(bench, "measure", here)
    for name, people in (("SMALL", 20), ("MIDDLE", 30), ("LARGE", 40)):
        monkeypatch.setattr(bench, name, people)
    out = tmp_path / "bench.json"
    code, said = call("bench", "--only", "generate", "--out", str(out))
    assert code == 0, said
    assert [(command[-3], command[-1]) for command in made] == [("20", "3"), ("30", "3"), ("30", "6"), ("40", "3")]
    assert json.loads(out.read_text(encoding="utf-8"))["figures"] == {
        "generate 1,000 people": 1, "generate 100,000 people": 4, "generate 100,000 people, memory": 400,
        "generate 6 years against 3, memory": 1.5,
    }  # fmt: skip


def test_an_unknown_part_of_the_bench_is_named() -> None:
    code, said = call("bench", "--only", "everything")
    assert code != 0
    assert "--only takes generate, ingest, run, scale, again" in said
