"""dbt in this process: models and their tests built once a phase, with progress and results as plain objects.

Belongs here: calling dbt. Does not belong here: what the models say (models/), when they are built (runner).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from orchestration.settings import CHECKOUT, Settings

PROJECT = CHECKOUT / "dbt_project"
FINISHED = {"LogModelResult", "LogTestResult", "LogSeedResult", "LogNodeResult"}
BUILD_OPTIONS = ("--resource-types", "model", "seed", "test", "--exclude", "source:*")
IN_REACH = ("--indirect-selection", "buildable")  # of a part: no test of a model that the part does not build or rest on
KEPT_MANIFESTS = 3
_PARSED: dict[str, Any] = {}  # the manifest of the present code, by its hash
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Node:
    """What dbt did to one model, seed or test: dbt's unique id, its status and words, how long it took."""

    unique_id: str
    status: str
    message: str
    seconds: float


@dataclass
class BuildReport:
    """What one dbt call did. `failed` holds node name and message; tests that found rows are in `failed_tests`."""

    nodes: list[Node] = field(default_factory=list)
    n_models: int = 0
    n_tests: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    failed_tests: dict[str, str] = field(default_factory=dict)
    warned_tests: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    seconds_by_node: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Every model was built anew; tests may have found something. What a failure skipped is as it was before."""
        return not self.failed and not self.skipped


class TransformError(RuntimeError):
    """dbt could not run at all. The message is dbt's own."""


def arguments(command: str, settings: Settings, *extra: str) -> list[str]:
    """The command line of a dbt call on this project, for the home's warehouse."""
    return [
        "--quiet", "--log-level-file", "info", command, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(settings.transform_folder / "target"), "--log-path", str(settings.transform_folder / "logs"),
        *extra,
    ]  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    """Variables that dbt needs to find the home's warehouse."""
    return {
        "PLUMBLINE_WAREHOUSE": str(settings.warehouse_file.resolve()),
        "PLUMBLINE_THREADS": str(settings.threads),
        "PLUMBLINE_MEMORY_LIMIT": settings.memory_limit,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def build(
    settings: Settings,
    select: tuple[str, ...] = (),
    progress: Progress = lambda _name, _done, _total: None,
    *,
    with_learned: bool = True,
) -> BuildReport:
    """Build seeds, models and their data tests. The warehouse file must not be open in this process.

    Args:
        settings: whose home.
        select: dbt selectors; empty builds everything.
        progress: told the node that has finished, how many have, and how many there are.
        with_learned: also what rests on a learned model: what carries the tag `learned`.

    Raises:
        TransformError: dbt could not parse the project or open the warehouse.

    """
    extra = [*BUILD_OPTIONS, *([] if with_learned else ["tag:learned"]), *(["--select", *select, *IN_REACH] if select else [])]
    return call(arguments("build", settings, *extra), settings, progress)


def check_sources(settings: Settings) -> BuildReport:
    """Run the contracts' own dbt tests on raw: the oracle of what loading let in."""
    return call(arguments("test", settings, "--select", "source:raw", "--indirect-selection", "eager"), settings)


def call(
    command: list[str],
    settings: Settings,
    progress: Progress = lambda _name, _done, _total: None,
    *,
    own_parse: bool = False,
) -> BuildReport:
    """Call dbt in this process and close its connections afterwards; `own_parse` where the command changes vars."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415  (dbt takes seconds to import)
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    def listen(event: Any) -> None:  # noqa: ANN401  (a protobuf message of dbt)
        if event.info.name in FINISHED:
            total = getattr(event.data, "total", 0) or getattr(event.data, "num_models", 0)
            progress(event.data.node_info.node_name, event.data.index, total)

    with _in_environment(settings), contextlib.redirect_stdout(io.StringIO()):
        try:
            outcome = dbtRunner(manifest=None if own_parse else _manifest(settings), callbacks=[listen]).invoke(command)
        finally:
            DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        msg = f"dbt could not run: {outcome.exception}. Its log: {settings.transform_folder / 'logs' / 'dbt.log'}"
        raise TransformError(msg) from outcome.exception
    return _report(outcome.result)


@contextlib.contextmanager
def _in_environment(settings: Settings) -> Iterator[None]:
    """The variables that dbt's profile reads, while dbt runs in this process."""
    settings.transform_folder.mkdir(parents=True, exist_ok=True)
    before = {name: os.environ.get(name) for name in environment(settings)}
    os.environ.update(environment(settings))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _manifest(settings: Settings) -> Any:  # noqa: ANN401  (dbt's own object)
    """The parsed project: parsed once for a state of the code and kept beside it, since parsing takes most of a small build's time.

    Raises:
        TransformError: the project does not parse.

    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415
    from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder  # noqa: PLC0415  (dbt spells it so)

    code = code_hash()
    if code not in _PARSED:
        file, graph = _kept("parsed", ".msgpack"), _kept("graph", ".json")
        if file.exists() and graph.exists():
            manifest = Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)
            (settings.transform_folder / "target").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(graph, settings.transform_folder / "target" / "manifest.json")  # which parsing would have written
        else:
            outcome = dbtRunner().invoke(arguments("parse", settings))
            if outcome.exception is not None or not outcome.success:
                msg = f"dbt could not parse the project: {outcome.exception}. Its log: {settings.transform_folder / 'logs' / 'dbt.log'}"
                raise TransformError(msg) from outcome.exception
            manifest = outcome.result
            _keep(graph, json.dumps(manifest.writable_manifest().to_dict(omit_none=False), default=str).encode())
            _keep(file, manifest.to_msgpack(extended_mashumaro_encoder))
        _PARSED.clear()
        _PARSED[code] = manifest
    return _PARSED[code]


def manifest_file(settings: Settings) -> Path:
    """The project's parsed manifest as JSON, made where the present state of the code has none yet: what Dagster's graph is read from.

    It lies beside the code, not in a home: it says nothing of one, and every process that shows the graph reads it.
    """
    file = _kept("graph", ".json")
    if not file.exists():
        with _in_environment(settings), contextlib.redirect_stdout(io.StringIO()):
            _PARSED.clear()  # so that it is written
            _manifest(settings)
    return file


def _kept(name: str, ending: str) -> Path:
    """Where a form of the parsed project is kept: of this state of the code, read by this dbt."""
    return PROJECT / "target" / f"{name}-{metadata.version('dbt-core')}-{code_hash()[:16]}{ending}"


def _keep(file: Path, content: bytes) -> None:
    """Write it whole or not at all, and let go of those of older code."""
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(file)
    for old in sorted(file.parent.glob(f"{file.name.split('-')[0]}-*{file.suffix}"), key=lambda p: p.stat().st_mtime)[:-KEPT_MANIFESTS]:
        old.unlink(missing_ok=True)


def _report(result: Any) -> BuildReport:  # noqa: ANN401  (dbt's own result object)
    report = BuildReport()
    for node in result:
        kind, name, status = node.node.resource_type, node.node.name, str(node.status)
        report.seconds_by_node[name] = node.execution_time
        report.nodes.append(Node(node.node.unique_id, status, str(node.message), node.execution_time))
        if kind in {"test", "unit_test"}:
            report.n_tests += 1
            if status == "fail":
                report.failed_tests[name] = str(node.message)
            elif status == "warn":
                report.warned_tests[name] = str(node.message)
        else:
            report.n_models += 1
        if status == "skipped" and kind not in {"test", "unit_test"}:
            report.skipped.append(name)
        if status in {"error", "runtime error"}:
            report.failed[name] = str(node.message)
    return report


def code_hash() -> str:
    """A hash of every file that decides what the models are."""
    digest = hashlib.sha256()
    for path in code_files():
        digest.update(path.relative_to(CHECKOUT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def code_files() -> list[Path]:
    """Every file that decides what the models are, for the fingerprint of a build."""
    roots = [CHECKOUT / "models", PROJECT / "macros", PROJECT / "tests", CHECKOUT / "seeds" / "reference"]
    found = [p for root in roots for p in root.rglob("*") if p.suffix in {".sql", ".yml", ".csv"}]
    return sorted([*found, PROJECT / "dbt_project.yml", PROJECT / "profiles.yml", Path(__file__)])
