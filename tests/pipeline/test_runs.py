"""What a run promises: clocks, replays, gates, the lock, nothing done twice, and errors that say what to do."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import transform
from orchestration.cli import app
from orchestration.clock import ClockError
from orchestration.ingestion import landing
from orchestration.pipeline import Pipeline
from orchestration.run_report import RunError, RunOptions, RunReport
from orchestration.settings import Settings
from orchestration.transform import BuildReport
from tests import plain_runs as runner

DAY = date(2026, 6, 30)
JANUARY, FEBRUARY = datetime(2026, 1, 31), datetime(2026, 2, 28)  # extraction times that the files declare

DEPARTMENTS = "department_id,name,parent_department_id\nD1,Company,\nD2,Sales,D1\n"
POSITIONS = "position_id,title,job_level,role_track\nP1,Seller,3,individual_contributor\n"
EMPLOYEES = "employee_id,display_name,department_id,position_id,manager_id,hire_date\n" + "".join(
    f"E{i},Person {i},D2,P1,{'' if i == 1 else 'E1'},2020-01-01\n" for i in range(1, 7)
)
CYCLES = "review_cycle_id,name,cadence,period_start,period_end,sign_off_due\nC1,2025,annual,2025-01-01,2025-12-31,2026-01-31\n"


def reviews(*ratings: float) -> str:
    rows = "".join(
        f"R{i},C1,E{i},E1,completed,{rating},2026-01-10 09:00:00,2026-01-12 09:00:00\n" for i, rating in enumerate(ratings, start=1)
    )
    header = "review_id,review_cycle_id,employee_id,manager_id,stage,final_rating,employee_signed_at,manager_signed_at\n"
    return header + rows


def land(home: Path, **files: str) -> None:
    folder = home / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('__', '@')}.csv").write_text(text, encoding="utf-8")


def settings_of(home: Path) -> Settings:
    return Settings(home=home, settle_seconds=0, as_of=DAY)


def quick_run(settings: Settings, options: RunOptions | None = None, now: datetime | None = None) -> RunReport:
    """A run whose model tests are not what is asked about."""
    with runner.without_model_tests():
        return runner.run(settings, options, now=now)


def company_rating(home: Path) -> tuple[float, int]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "select numerator, denominator from marts.metric_values "
            "where metric = 'average_rating' and dimension = 'company' and period_type = 'cycle'"
        ).fetchone()
    assert row is not None
    return float(row[0]), int(row[1])


@pytest.fixture(scope="module")
def corrected_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings of five people extracted in January, one of them corrected from 5 to 2 in February's extract."""
    home = tmp_path_factory.mktemp("corrected")
    land(home, departments=DEPARTMENTS, positions=POSITIONS, employees=EMPLOYEES, review_cycles=CYCLES)
    for name in ("departments", "positions", "employees", "review_cycles"):
        source = home / "landing" / f"{name}.csv"
        source.rename(source.with_name(f"{name}@2026-01-31.csv"))
    land(home, **{"reviews__2026-01-31": reviews(3, 3, 4, 4, 5)})
    assert quick_run(settings_of(home)).exit_code == 0
    return home


def test_a_corrected_fact_changes_the_present_and_not_what_was_known(corrected_home: Path) -> None:
    """R4: 3+3+4+4+5 = 19 in January; the 5 became a 2, so 16 since February; asked as of January's knowledge, 19 again."""
    assert company_rating(corrected_home) == (19.0, 5)
    land(corrected_home, **{"reviews__2026-02-28": reviews(3, 3, 4, 4, 2)})
    assert runner.run(settings_of(corrected_home)).exit_code == 0
    assert company_rating(corrected_home) == (16.0, 5)

    replay = quick_run(settings_of(corrected_home), RunOptions(known_at=datetime(2026, 2, 1)))
    assert replay.is_replay
    assert replay.home != corrected_home
    assert company_rating(replay.home) == (19.0, 5)
    assert company_rating(corrected_home) == (16.0, 5), "a replay overwrites nothing"

    edge = quick_run(settings_of(corrected_home), RunOptions(known_at=FEBRUARY))
    assert company_rating(edge.home) == (16.0, 5), "what is recorded at a time is known at that time"


def test_equal_inputs_build_nothing_and_say_so(corrected_home: Path) -> None:
    again = runner.run(settings_of(corrected_home))
    assert again.nothing_to_do
    assert again.build.nodes == []
    assert again.published is not None
    assert not again.published.is_new
    assert again.exit_code == 0
    assert again.build.n_tests > 0, "the result of the build that stands is told again"


def test_an_earlier_business_day_is_a_replay(corrected_home: Path) -> None:
    """On 31 December 2025 the cycle has ended, yet no signature was there: nothing is completed."""
    replay = quick_run(settings_of(corrected_home), RunOptions(as_of=date(2025, 12, 31)))
    assert replay.is_replay
    with duckdb.connect(str(replay.home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select count(*) from marts.metric_values where metric = 'average_rating'").fetchone()
        stages = connection.execute("select distinct stage from marts.fct_review").fetchall()
    assert rows == (0,)
    assert ("completed",) not in stages


def test_known_before_anything_was_recorded_there_is_nothing(corrected_home: Path) -> None:
    replay = quick_run(settings_of(corrected_home), RunOptions(known_at=datetime(2025, 1, 1)))
    with duckdb.connect(str(replay.home / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.metric_values").fetchone() == (0,)
        assert connection.execute("select count(*) from marts.dim_employee").fetchone() == (0,)


def test_too_much_in_quarantine_refuses_the_gate_and_builds_all_the_same(tmp_path: Path) -> None:
    land(tmp_path, departments=DEPARTMENTS, positions=POSITIONS, employees=EMPLOYEES, review_cycles=CYCLES, reviews=reviews(3, 3, 9, 4))
    report = quick_run(settings_of(tmp_path))
    refused = [g for g in report.gate_results if not g.passed]
    assert report.exit_code == 3
    assert [(g.gate, g.subject) for g in refused] == [("held_back", "reviews")]
    assert refused[0].detail.startswith("1 of 4 records held back (25.0%, at most 2%)")
    assert company_rating(tmp_path) == (10.0, 3)
    again = quick_run(settings_of(tmp_path))
    assert again.nothing_to_do
    assert again.exit_code == 3, "a gate that refused refuses until its cause is mended"


def test_without_required_tables_the_run_says_which(tmp_path: Path) -> None:
    land(tmp_path, departments=DEPARTMENTS)
    with pytest.raises(RunError, match=r"no row of positions, employees has been accepted.*Land positions\.csv, employees\.csv"):
        runner.run(settings_of(tmp_path))


def test_a_synthetic_company_and_real_files_never_share_a_home(tmp_path: Path) -> None:
    land(tmp_path, departments=DEPARTMENTS)
    landing.mark_synthetic(tmp_path / "landing", DAY)
    with pytest.raises(RunError):
        runner.run(settings_of(tmp_path))
    (tmp_path / "landing" / landing.SETTINGS_FILE).unlink()
    with pytest.raises(ClockError, match=r"holds synthetic data.*never mixed"):
        runner.run(settings_of(tmp_path))


def test_two_systems_share_a_home_only_where_both_name_themselves(tmp_path: Path) -> None:
    land(tmp_path, departments=DEPARTMENTS)
    with pytest.raises(RunError):
        runner.run(settings_of(tmp_path))
    (tmp_path / "landing" / landing.SETTINGS_FILE).write_text('source_system = "workday"\n', encoding="utf-8")
    with pytest.raises(ClockError, match="each must name itself"):
        runner.run(settings_of(tmp_path))


def test_what_was_deleted_stays_where_the_past_was_in_it(tmp_path: Path) -> None:
    """R2, R3: people moved from Sales to Trade in 2026 and Sales was deleted; its reviews of 2025 stay in it and above it.

    The probation cycle was deleted too: its review belongs to no period, and the row is a finding.
    """
    land(tmp_path, positions=POSITIONS, employees=EMPLOYEES.replace("D2", "D3"), reviews=reviews(3, 3, 4, 4, 5))
    land(tmp_path, departments=DEPARTMENTS + "D3,Trade,D1\n")
    history = "employee_id,effective_from,department_id,position_id,manager_id,change_reason\n"
    moves = "".join(f"E{i},2020-01-01,D2,P1,,hire\nE{i},2026-03-01,D3,P1,,reorganisation\n" for i in range(1, 7))
    land(tmp_path, job_history=history + moves)
    extra = "C2,probation,probation,2025-01-01,2025-03-31,2025-04-30\n"
    land(tmp_path, review_cycles=CYCLES + extra)
    late = "R9,C2,E6,E1,completed,3,2025-04-01 09:00:00,2025-04-01 09:00:00\n"
    land(tmp_path, more_reviews=reviews() + late)
    (tmp_path / "landing" / "more_reviews.csv").rename(tmp_path / "landing" / "reviews@2026-04-01.csv")
    assert quick_run(settings_of(tmp_path)).exit_code == 0
    land(tmp_path, **{"departments__2199-01-01": "department_id,name,is_deleted\nD2,,true\n"})
    land(tmp_path, **{"review_cycles__2199-01-01": CYCLES.splitlines()[0] + ",is_deleted\nC2,,,,,,true\n"})
    assert quick_run(settings_of(tmp_path)).exit_code == 0
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        members = connection.execute(
            "select member_id, numerator::int, denominator from marts.metric_values "
            "where metric = 'average_rating' and dimension = 'department' and period_type = 'cycle' order by member_id"
        ).fetchall()
        periods = connection.execute("select count(*) from marts.metric_values where period_end is null or period_id = 'C2'").fetchone()
        findings = connection.execute(
            "select row_key from ops.findings where rule = 'review_cycle_id_exists' and resolved_at is null"
        ).fetchall()
        deleted = connection.execute("select department_key from marts.dim_department where is_deleted").fetchall()
    assert members == [("D1", 19, 5), ("D2", 19, 5)]
    assert periods == (0,)
    assert findings == [("R9",)]
    assert deleted == [("D2",)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--landing", "nowhere"], "there is no landing folder"),
        (["run", "--as-of", "30.06.2026"], "--as-of takes a day such as 2026-06-30"),
        (["run", "--known-at", "yesterday"], "--known-at takes a time"),
        (["run", "--system", "unheard_of"], "there is no such mapping"),
        (["generate", "--out", "x", "--set", "severity=1"], "severity"),
        (["generate", "--out", "x", "--format", "xml"], "file format 'xml' is unknown; there are: parquet, csv"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


def test_a_system_forgotten_once_does_not_bind_the_home(tmp_path: Path) -> None:
    """An export read without its --system is no contract table at all: nothing is accepted, and the next run may name it."""
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "HRDataset_v14.csv").write_text("EmpID,Department\n1,Sales\n", encoding="utf-8")
    with pytest.raises(RunError):
        runner.run(settings_of(tmp_path))
    with pytest.raises(RunError):  # the mapping asks for more columns, yet the origin is no objection
        runner.run(settings_of(tmp_path), RunOptions(system="hrdataset_v14"))


def test_a_cycle_in_a_file_of_a_later_hour_is_cut_all_the_same(tmp_path: Path) -> None:
    """An export that declares a local time is ahead of the clock of the run; what it says is judged at once."""
    cyclic = "department_id,name,parent_department_id\nD1,Company,D2\nD2,Sales,D1\n"
    land(tmp_path, **{"departments__2026-06-01T0900": cyclic}, positions=POSITIONS, employees=EMPLOYEES)
    quick_run(settings_of(tmp_path), now=datetime(2026, 6, 1, 8))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from ops.cut_edges where table_name = 'departments'").fetchone() == (1,)
        assert connection.execute("select count(*) from marts.dim_department").fetchone() == (2,)


def test_a_build_that_was_stopped_is_not_taken_for_done(corrected_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after dbt and before the result is noted: the next run of the old inputs builds again."""
    before = company_rating(corrected_home)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Pipeline, "_conclude", stopped)
        with pytest.raises(KeyboardInterrupt):
            quick_run(settings_of(corrected_home).model_copy(update={"as_of": date(2027, 6, 30)}))
    again = quick_run(settings_of(corrected_home))
    assert not again.nothing_to_do
    assert company_rating(corrected_home) == before


def test_a_test_that_fails_and_what_it_skips_are_not_remembered(corrected_home: Path, tmp_path: Path) -> None:
    """A key written twice past the loader: dbt skips what rests on it, so what stands is old and is not shown as new."""
    shutil.copy(corrected_home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    (tmp_path / "landing").mkdir()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("insert into raw.review_cycles select * from raw.review_cycles")
        connection.execute("delete from ops.builds")
    for _ in range(2):
        report = runner.run(settings_of(tmp_path))
        assert report.exit_code == 3
        assert report.build.skipped
        assert report.headlines is None
        assert not report.nothing_to_do


def test_what_was_loaded_and_not_built_is_not_published(corrected_home: Path) -> None:
    """The models stand for the rows of before: to publish them as the new state would show old numbers for ever."""
    settings = settings_of(corrected_home).model_copy(update={"as_of": date(2027, 1, 31)})
    with Pipeline(settings) as pipeline:
        pipeline.load()
        with pytest.raises(RunError, match="loads and builds everything"):
            pipeline.publish()
    with Pipeline(settings) as pipeline:
        pipeline.load()
        pipeline.build(only=("dim_department",))
        with pytest.raises(RunError, match="loads and builds everything"):
            pipeline.publish()
    assert not quick_run(settings).nothing_to_do


def test_a_day_that_has_not_come_is_a_replay_too(corrected_home: Path) -> None:
    """A year mistyped on the command line must not reach people."""
    replay = quick_run(settings_of(corrected_home), RunOptions(as_of=date(2062, 6, 30)))
    assert replay.is_replay
    assert replay.published is None


def test_a_contract_test_that_could_not_run_refuses(corrected_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = BuildReport(failed={"source_not_null_raw_goals": "Runtime Error"})
    monkeypatch.setattr(transform, "check_sources", lambda _settings: broken)
    report = quick_run(settings_of(corrected_home), RunOptions(check_sources=True))
    assert report.exit_code == 3
    assert [g.subject for g in report.refused] == ["source_not_null_raw_goals"]


def test_a_replay_that_was_killed_can_be_repeated(corrected_home: Path) -> None:
    replay = quick_run(settings_of(corrected_home), RunOptions(known_at=FEBRUARY))
    (replay.home / "warehouse.duckdb.wal").write_bytes(b"left behind by a process that was killed")
    assert quick_run(settings_of(corrected_home), RunOptions(known_at=FEBRUARY)).exit_code == 0


def test_a_selected_model_is_built_apart(corrected_home: Path) -> None:
    replay = runner.run(settings_of(corrected_home), RunOptions(select=("dim_department",)))
    assert replay.is_replay
    assert replay.build.n_models == 1


def test_sources_are_checked_when_asked_even_if_nothing_changed(corrected_home: Path) -> None:
    quick_run(settings_of(corrected_home))
    report = quick_run(settings_of(corrected_home), RunOptions(check_sources=True))
    assert report.nothing_to_do
    assert report.source_check is not None
    assert report.source_check.n_tests > 300


def test_a_wrong_time_zone_is_named(tmp_path: Path) -> None:
    land(tmp_path, departments=DEPARTMENTS)
    with pytest.raises(ClockError, match="no IANA time zone"):
        runner.run(Settings(home=tmp_path, settle_seconds=0, business_timezone="Mars/Olympus"))


def test_a_wrong_setting_is_named_and_ends_every_command_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_DAGSTER_PORT", "abc")
    for command in (["doctor"], ["run"], ["snapshots"], ["dagster"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2
        assert "PLUMBLINE_DAGSTER_PORT" in result.output
        assert "Traceback" not in result.output


def test_a_home_that_cannot_be_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", "/dev/null/x")
    for command in (["doctor"], ["run"], ["rollback"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 1
        assert result.exception is None or isinstance(result.exception, SystemExit), command


def test_ctrl_c_is_told_as_what_it_is(corrected_home: Path) -> None:
    """In the middle of a run that waits for nothing but the machine: stopped by a signal, in words, with status and lock in order."""
    environment = {**os.environ, "PLUMBLINE_HOME": str(corrected_home), "PLUMBLINE_AS_OF": "2028-01-31", "PLUMBLINE_SETTLE_SECONDS": "0"}
    command = [sys.executable, "-m", "orchestration.cli", "run"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever started these tests may have told them to ignore it
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=heard)  # noqa: PLW1509
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Building models"):
            process.send_signal(signal.SIGINT)
            break
    said = process.stdout.read()
    assert process.wait(60) == 130, said
    assert "stopped by you" in said
    assert "Traceback" not in said
    status = json.loads((corrected_home / "published" / "status.json").read_text(encoding="utf-8"))
    assert status["run"]["code"] == "PL-STOPPED"
    assert quick_run(settings_of(corrected_home)).exit_code == 0
