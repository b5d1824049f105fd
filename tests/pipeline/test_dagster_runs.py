"""Runs as Dagster records them: a part from an empty home, a whole run, refused ones, failed ones, and what is tried again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetKey, AssetSelection, DagsterEventType, DagsterInstance, DagsterRunStatus, EventLogEntry, RunsFilter
from dagster._core.execution.plan import active
from typer.testing import CliRunner

from orchestration import publishing, runner, transform
from orchestration.cli import app
from orchestration.definitions import build_defs
from orchestration.defs.history import open_history, silent_logger
from orchestration.defs.quality import GATES, SNAPSHOT
from orchestration.ingestion.landing import LandingError
from orchestration.pipeline import Pipeline
from orchestration.settings import Settings
from tests.pipeline.landing_home import csv_text

DAY = date(2026, 6, 30)
QUIET, QUIETLY = {"silent": silent_logger()}, {"loggers": {"silent": {}}}
PLANTED = ("Quillfeather", "zebulonmail", "Wurzelsatz", "ratinglike")  # in a name, an address, a free text, a bad value


def land(home: Path, **tables: list[dict[str, object]]) -> None:
    (home / "landing").mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (home / "landing" / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")


def small_company(home: Path) -> None:
    """Six people in one department, five reviews of one cycle, one improvement plan."""
    people = [f"E{i}" for i in range(1, 7)]
    land(
        home,
        departments=[{"department_id": "D1", "name": "Company"}],
        positions=[{"position_id": "P1", "title": "Seller"}],
        employees=[
            {"employee_id": e, "display_name": f"{e} Quillfeather", "work_email": f"{e}@zebulonmail.example", "department_id": "D1",
             "position_id": "P1", "manager_id": None if e == "E1" else "E1", "hire_date": "2020-01-01"} for e in people
        ],
        review_cycles=[{"review_cycle_id": "C1", "name": "2025", "cadence": "annual", "period_start": "2025-01-01",
                        "period_end": "2025-12-31", "sign_off_due": "2026-01-31"}],
        reviews=reviews(people),
        pips=[{"pip_id": "I1", "employee_id": "E2", "manager_id": "E1", "performance_gap": "Wurzelsatz", "start_date": "2026-05-01",
               "planned_days": 90, "status": "active"}],
    )  # fmt: skip


def reviews(people: list[str], rating: object = 3) -> list[dict[str, object]]:
    return [
        {"review_id": f"R{e}", "review_cycle_id": "C1", "employee_id": e, "manager_id": "E1", "stage": "completed", "final_rating": rating,
         "employee_signed_at": "2026-01-10 09:00:00", "manager_signed_at": "2026-01-12 09:00:00"} for e in people
    ]  # fmt: skip


def settings_of(home: Path) -> Settings:
    return Settings(home=home, settle_seconds=0, as_of=DAY)


def command_line(home: Path, *arguments: str) -> tuple[int, str]:
    said = {"PLUMBLINE_HOME": str(home), "PLUMBLINE_AS_OF": DAY.isoformat(), "PLUMBLINE_SETTLE_SECONDS": "0"}
    result = CliRunner(env=said).invoke(app, list(arguments))
    return result.exit_code, " ".join(result.output.split())


def unattended(settings: Settings, assets: AssetSelection | None = None) -> bool:
    """A run as schedule, sensor and Dagster's pages start it, of all or of some assets; whether it went well."""
    definitions = build_defs(settings, loggers=QUIET)
    with open_history(settings) as instance:
        if assets is None:
            return definitions.resolve_job_def("pipeline").execute_in_process(QUIETLY, instance=instance, raise_on_error=False).success
        chosen = assets.resolve(definitions.resolve_asset_graph())
        job = definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(QUIETLY, instance=instance, asset_selection=sorted(chosen), raise_on_error=False).success


@dataclass
class Recorded:
    """What the home's instance says of its newest run, read with Dagster's own storage."""

    status: DagsterRunStatus
    events: list[EventLogEntry]

    def of(self, kind: DagsterEventType) -> list[Any]:
        return [e.dagster_event for e in self.events if e.dagster_event and e.dagster_event.event_type == kind]

    @property
    def materialised(self) -> set[str]:
        return {e.asset_key.to_user_string() for e in self.of(DagsterEventType.ASSET_MATERIALIZATION)}

    @property
    def checks(self) -> dict[tuple[str, str], Any]:
        """By asset and name."""
        found = [e.event_specific_data for e in self.of(DagsterEventType.ASSET_CHECK_EVALUATION)]
        return {(c.asset_key.to_user_string(), c.check_name): c for c in found}


@contextmanager
def stock_instance(home: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert type(instance.event_log_storage).__module__.startswith("dagster.")
        yield instance


def newest_run(home: Path) -> Recorded:
    with stock_instance(home) as instance:
        [run] = instance.get_runs(limit=1)
        return Recorded(run.status, list(instance.all_logs(run.run_id)))


def status_of(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "published" / "status.json").read_text(encoding="utf-8"))
    return found


def relations(home: Path) -> set[str]:
    """Tables and views of models in the warehouse."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name || '/' || table_name from duckdb_tables() union all "
            "select schema_name || '/' || view_name from duckdb_views() where not internal"
        ).fetchall()
    return {name for (name,) in rows if name.split("/")[0] in {"staging", "intermediate", "marts", "reference"}}


LEAF = AssetSelection.assets(AssetKey(["marts", "fct_pip"])).upstream()


@dataclass
class Story:
    """A home that began empty: what was seen after a part was asked for, and after the whole run that followed."""

    home: Path
    part: Recorded
    part_went_well: bool
    built_by_part: set[str]
    published_by_part: list[str]
    whole_code: int
    whole: Recorded


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = tmp_path_factory.mktemp("story")
    small_company(home)
    went_well = unattended(settings_of(home), LEAF)
    part, built = newest_run(home), relations(home)
    published = sorted(p.name for p in (home / "published").iterdir()) if (home / "published").exists() else []
    code, _ = command_line(home, "run")
    return Story(home, part, went_well, built, published, code, newest_run(home))


def test_a_leaf_is_materialised_from_an_empty_home(story: Story, tmp_path: Path) -> None:
    """Only what it rests on is built, tested and recorded; nothing is published, and people are told of no run."""
    wanted = {k.to_user_string() for k in LEAF.resolve(build_defs(settings_of(tmp_path)).resolve_asset_graph())}
    assert {"raw/pips", "ops/clock", "staging/stg_pips", "intermediate/int_pip_states"} < wanted
    assert story.part_went_well
    assert story.part.status == DagsterRunStatus.SUCCESS
    assert story.part.materialised == wanted
    assert story.built_by_part == {name for name in wanted if name.split("/")[0] in {"staging", "intermediate", "marts", "reference"}}
    assert ("marts/fct_pip", "not_null_fct_pip_person_key") in story.part.checks
    assert all(check.passed for check in story.part.checks.values())
    assert {asset for asset, _ in story.part.checks} <= wanted
    assert story.published_by_part == []


def test_the_whole_run_after_it_builds_everything_and_publishes(story: Story) -> None:
    assert story.whole_code == 0
    assert story.whole.status == DagsterRunStatus.SUCCESS
    graph = build_defs(settings_of(story.home)).resolve_asset_graph()
    assert story.whole.materialised == {k.to_user_string() for k in graph.get_all_asset_keys()}
    assert len(story.whole.checks) == len(graph.asset_check_keys)
    assert publishing.current(settings_of(story.home)) is not None
    assert status_of(story.home)["run"]["outcome"] == "published"


def test_a_check_alone_builds_nothing(story: Story, tmp_path: Path) -> None:
    """Dagster's pages can ask for one check of one model."""
    home = Path(shutil.copytree(story.home, tmp_path / "home"))
    settings = settings_of(home)
    definitions = build_defs(settings, loggers=QUIET)
    key = next(k for k in definitions.resolve_asset_graph().asset_check_keys if k.name == "not_null_fct_pip_person_key")
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection=set(), asset_check_selection={key})
    with open_history(settings) as instance:
        assert job.execute_in_process(QUIETLY, instance=instance, raise_on_error=False).success
    found = newest_run(home)
    assert found.materialised == set()
    assert set(found.checks) == {("marts/fct_pip", "not_null_fct_pip_person_key")}
    assert status_of(home)["run"] == status_of(story.home)["run"], "a part is no run that people are told of"


def test_the_snapshot_alone_is_not_published_and_says_how(story: Story, tmp_path: Path) -> None:
    home = Path(shutil.copytree(story.home, tmp_path / "home"))
    assert not unattended(settings_of(home), AssetSelection.assets(SNAPSHOT))
    found = newest_run(home)
    [failure] = found.of(DagsterEventType.STEP_FAILURE)
    assert "published by a run that loads and builds everything: `plumbline run`" in str(failure.event_specific_data)
    assert found.of(DagsterEventType.STEP_UP_FOR_RETRY) == []
    assert publishing.current(settings_of(home)) == publishing.current(settings_of(story.home))


@dataclass
class Refused:
    """A run that may not publish, begun from the story's end."""

    home: Path
    code: int
    said: str
    found: Recorded


def refuse(story: Story, home: Path) -> Refused:
    code, said = command_line(home, "run")
    return Refused(home, code, said, newest_run(home))


@pytest.fixture(scope="module")
def held_back(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Refused:
    """One of seven reviews has a rating that is none."""
    home = Path(shutil.copytree(story.home, tmp_path_factory.mktemp("held_back") / "home"))
    land(home, **{"reviews@2026-06-01": [{**reviews(["E1"], "ratinglike")[0], "review_id": "R9"}]})
    return refuse(story, home)


@pytest.fixture(scope="module")
def found_by_a_test(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Refused:
    """A cycle stands twice in raw, past the loader."""
    home = Path(shutil.copytree(story.home, tmp_path_factory.mktemp("found") / "home"))
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("insert into raw.review_cycles select * from raw.review_cycles")
        connection.execute("delete from ops.builds")
    with pytest.MonkeyPatch.context() as patched:  # the few models that it is about, which takes a fifth of the time
        patched.setattr(transform, "BUILD_OPTIONS", (*transform.BUILD_OPTIONS, "--select", "+dim_review_cycle"))
        return refuse(story, home)


@pytest.mark.parametrize(
    ("case", "gate", "subject"),
    [("held_back", "held_back", "reviews"), ("found_by_a_test", "model_test", "unique_contract_key_stg_review_cycles_review_cycles")],
)
def test_a_gate_that_refuses_leaves_people_with_the_snapshot_before(
    story: Story, request: pytest.FixtureRequest, case: str, gate: str, subject: str
) -> None:
    refused: Refused = request.getfixturevalue(case)
    assert refused.code == 3, refused.said
    assert f"Refused by gate {gate}, {subject}" in refused.said
    assert refused.found.status == DagsterRunStatus.FAILURE
    assert "published/snapshot" not in refused.found.materialised
    assert "raw/reviews" in refused.found.materialised
    check = refused.found.checks["published/snapshot", GATES]
    assert not check.passed
    assert f"gate {gate} refused {subject}" in check.metadata["words"].value
    assert refused.found.of(DagsterEventType.STEP_UP_FOR_RETRY) == []
    status = status_of(refused.home)
    assert (status["run"]["outcome"], status["run"]["code"]) == ("refused", "PL-GATE")
    assert (gate, subject) in {(g["gate"], g["subject"]) for g in status["gates"] if not g["passed"]}
    before = publishing.current(settings_of(story.home))
    assert publishing.current(settings_of(refused.home)) == before
    assert status["snapshot"]["snapshot_id"] == before
    names = {p.name for p in (refused.home / "published").glob("*.duckdb")}
    assert names == {p.name for p in (story.home / "published").glob("*.duckdb")}


def test_the_check_of_the_table_says_what_is_held_back(held_back: Refused) -> None:
    check = held_back.found.checks["raw/reviews", "held_back"]
    assert not check.passed
    assert check.metadata["words"].value.startswith("1 of 7 records held back (14.3%, at most 2%)")
    assert held_back.found.checks["raw/goals", "held_back"].metadata["words"].value == "nothing of it has come"


def test_the_check_of_the_model_failed_too(found_by_a_test: Refused) -> None:
    assert not found_by_a_test.found.checks["staging/stg_review_cycles", "unique_contract_key_stg_review_cycles_review_cycles"].passed


def test_what_runs_write_down_beside_the_warehouse_holds_nothing_about_people(
    story: Story, held_back: Refused, found_by_a_test: Refused
) -> None:
    """Names, addresses, texts and bad values of the landing files are in none of the logs and records of all these runs."""
    for home in (story.home, held_back.home, found_by_a_test.home):
        files = [p for folder in ("logs", "dagster", "dbt", "published") for p in (home / folder).rglob("*") if p.is_file()]
        assert {p.parts[len(home.parts)] for p in files} == {"logs", "dagster", "dbt", "published"}
        leaking = [f"{word} in {p.relative_to(home)}" for p in files for word in PLANTED if word.encode() in p.read_bytes()]
        assert not leaking
    said = (held_back.home / "logs" / "run.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["outcome"] for line in said if json.loads(line)["message"] == "run ends"] == ["published", "refused"]
    assert "ratinglike" in str(kept_reasons(held_back.home)), "the planted value is where it belongs"


def kept_reasons(home: Path) -> list[Any]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select reasons from quarantine.rows").fetchall()


def test_what_only_a_person_can_mend_is_not_tried_again(tmp_path: Path) -> None:
    """There is no landing folder: neither a run in front of a person nor one of the schedule comes back to it."""
    with pytest.raises(LandingError):
        runner.run(settings_of(tmp_path))
    assert not unattended(settings_of(tmp_path))
    with stock_instance(tmp_path) as instance:
        runs = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
        assert len(runs) == 2
        for run in runs:
            events = Recorded(run.status, list(instance.all_logs(run.run_id)))
            assert events.of(DagsterEventType.STEP_UP_FOR_RETRY) == []
            [failure] = events.of(DagsterEventType.STEP_FAILURE)
            assert "there is no landing folder" in failure.event_specific_data.error_display_string
    assert status_of(tmp_path)["run"]["code"] == "PL-LOAD"


class Clock:
    """Stands in for the time between two tries."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, list[float]()

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waited.append(round(seconds))
        self.now += seconds


def test_an_unexpected_error_is_tried_again_only_where_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule's run: twice again, after 20 and 60 seconds. The command line: at once the person's turn."""
    clock = Clock()
    monkeypatch.setattr(active, "time", clock)

    def full(pipeline: Pipeline) -> None:
        with pipeline._step("load"):
            raise OSError(28, "No space left on device for Quillfeather")

    monkeypatch.setattr(Pipeline, "load", full)
    assert not unattended(settings_of(tmp_path))
    assert clock.waited == [20, 60]
    found = newest_run(tmp_path)
    assert len(found.of(DagsterEventType.STEP_RESTARTED)) == 2
    assert "An unexpected error (OSError) ended the run" in str(found.events)
    assert "full (test_dagster_runs.py:" in str(found.events), "where it was, for whoever looks into it"
    assert "Quillfeather" not in str(found.events), "words of a library may quote a value"
    assert status_of(tmp_path)["run"]["outcome"] == "failed"
    with pytest.raises(OSError, match="No space left"):
        runner.run(settings_of(tmp_path))
    assert clock.waited == [20, 60]
    assert newest_run(tmp_path).of(DagsterEventType.STEP_UP_FOR_RETRY) == []


def test_an_error_that_has_passed_by_the_second_try_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, tries = Clock(), list[int]()
    monkeypatch.setattr(active, "time", clock)
    load = Pipeline.load

    def flaky(pipeline: Pipeline) -> None:
        tries.append(1)
        if len(tries) == 1:
            with pipeline._step("load"):
                raise OSError(5, "Input/output error")
        load(pipeline)

    monkeypatch.setattr(Pipeline, "load", flaky)
    small_company(tmp_path)
    assert unattended(settings_of(tmp_path), AssetSelection.assets(AssetKey(["raw", "employees"])))
    assert clock.waited == [20]
    assert newest_run(tmp_path).materialised == {"raw/employees"}


def test_a_run_that_failed_leaves_no_sign_of_life(story: Story, held_back: Refused) -> None:
    """The signs by which killed runs are told from living ones go with their runs."""
    for home in (story.home, held_back.home):
        assert list((home / "dagster" / "running").iterdir()) == []
