"""Logs and records that a run writes beside the warehouse: their form, their rotation, and nothing about people in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from orchestration import gates, logs
from orchestration.contracts import load_contracts
from orchestration.gates import GateResult
from orchestration.pipeline import Pipeline
from orchestration.run_report import RunReport
from orchestration.settings import Settings

SAMPLE = 150  # values a column; their places are spread over the table
SHORTEST = 9  # letters, so that no word of the project's own is taken for one of a person


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """write_to is for whole processes; the next test gets the loggers back as they were."""
    logger = logging.getLogger(logs.ROOT)
    before = logger.level, logger.propagate, list(logger.handlers)
    yield
    for handler in logger.handlers:
        if handler not in before[2]:
            handler.close()
    logger.level, logger.propagate, logger.handlers[:] = before


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_run_leaves_one_object_a_line(tmp_path: Path) -> None:
    """Also one that failed, of whose error the kind and the place stand there, not the words."""
    settings = Settings(home=tmp_path)
    logs.write_to(settings, "run")
    pipeline = Pipeline(settings)
    error = OSError("words with a landing file's value, Pat Quill")
    with pytest.raises(OSError, match="landing"), pipeline, pipeline._step("load"):
        raise error
    said = lines(tmp_path / "logs" / "run.log")
    assert [line["message"] for line in said] == ["run begins", "step failed", "step ends", "run ends"]
    assert {line["run_id"] for line in said} == {pipeline.report.run_id}
    assert (said[1]["step"], said[1]["error"], said[1]["level"]) == ("load", "OSError", "error")
    assert str(said[1]["where"]).startswith("test_a_run_leaves_one_object_a_line:")
    assert (said[3]["outcome"], said[3]["code"]) == ("failed", "PL-LOAD")
    assert all(str(line["at"]).endswith("+00:00") for line in said)
    assert "Pat Quill" not in (tmp_path / "logs" / "run.log").read_text(encoding="utf-8")


def test_only_named_fields_are_written(tmp_path: Path) -> None:
    """What somebody hands over without thinking, such as a row, stays out."""
    logs.write_to(Settings(home=tmp_path), "run")
    logging.getLogger("plumbline.anything").info("said", extra={"code": "PL-GATE", "row": {"display_name": "Pat Quill"}})
    [line] = lines(tmp_path / "logs" / "run.log")
    assert set(line) == {"at", "level", "logger", "message", "code"}


def test_logs_are_rotated_and_the_oldest_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 2_000)
    monkeypatch.setattr(logs, "KEPT", 2)
    logs.write_to(Settings(home=tmp_path), "run")
    for i in range(100):
        logging.getLogger("plumbline.run").info("line", extra={"run_id": i})
    files = sorted((tmp_path / "logs").iterdir())
    assert [f.name for f in files] == ["run.log", "run.log.1", "run.log.2"]
    assert all(f.stat().st_size <= 2_000 for f in files)
    assert lines(files[0])[-1]["run_id"] == 99
    kept = [line["run_id"] for f in reversed(files) for line in lines(f)]
    assert kept == list(range(100 - len(kept), 100)), "the newest, whole and in order"


def test_a_second_home_in_the_same_process_writes_to_its_own_file_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        logs.write_to(Settings(home=tmp_path / name), "run")
        logging.getLogger("plumbline.run").info(name)
    assert [line["message"] for line in lines(tmp_path / "one" / "logs" / "run.log")] == ["one"]
    assert [line["message"] for line in lines(tmp_path / "two" / "logs" / "run.log")] == ["two"]


def test_a_refusal_tells_of_a_test_only_how_many_rows_it_found(tmp_path: Path) -> None:
    """An error in a test may quote a value; the words of a refusal go to Dagster's records, alerts and the status."""
    report = RunReport("a-run", tmp_path)
    report.gate_results = [
        GateResult(gates.SOURCE_TEST, "one", passed=False, detail="Conversion Error: Could not convert string 'Pat Quill' to INT32"),
        GateResult(gates.MODEL_TEST, "two", passed=False, detail="Got 1 result, configured to fail if != 0"),
    ]
    assert report.refusal() == (
        "not published: gate source_test refused one: the test could not be run; the log says more; "
        "gate model_test refused two: Got 1 result, configured to fail if != 0"
    )
    report.build.failed = {"dim_employee": "Conversion Error: 'Pat Quill'"}
    assert report.refusal() == "not published: dim_employee could not be built"


def personal_values(landing: Path) -> set[str]:
    """Values of the columns that the contracts class as direct or as text, as far as they are recognisable."""
    found: set[str] = set()
    for table, contract in load_contracts().items():
        file = landing / f"{table}.parquet"
        if not file.exists():
            continue
        frame = pl.read_parquet(file)
        for column in contract.columns:
            if column.sensitivity in {"direct", "text"} and column.name in frame.columns:
                values = frame[column.name].drop_nulls().cast(pl.String).unique().sort()
                found |= set(values.gather_every(max(1, values.len() // SAMPLE)).to_list())
    return {value for value in found if len(value) >= SHORTEST}


def test_a_run_of_the_demo_writes_nothing_about_people_beside_the_warehouse(demo_home: Path) -> None:
    """Logs, Dagster's records, dbt's logs and results, the status: no name, no address, no free text of the landing files."""
    values = personal_values(demo_home / "landing")
    assert len(values) > 250
    places = [demo_home / "dagster", demo_home / "dbt", demo_home / "published" / "status.json"]
    files = [f for place in places for f in ([place] if place.is_file() else place.rglob("*")) if f.is_file()]
    assert {f.name for f in files} >= {"status.json", "dbt.log", "run_results.json", "index.db", "runs.db"}
    leaking = [
        f"{value!r} in {file.relative_to(demo_home)}"
        for file in files
        for content in [file.read_bytes()]
        for value in values
        if value.encode() in content
    ]
    assert not leaking
