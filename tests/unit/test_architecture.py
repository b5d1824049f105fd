"""The house holds: who imports whom, which model reads which, how large a file may be, what it may not be called.

Belongs here: laws about the code that reading it can decide. Does not belong here: style (ruff, sqlfluff), types (mypy),
what the documents say (test_documentation).

Each law is a function from text to what breaks it, tried on a planted breach first: a law that finds nothing in it would
hold for nothing.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.contracts import load_contracts
from orchestration.settings import CHECKOUT

PACKAGES = ("orchestration", "ml", "seeds", "dashboards")
LEAVES = ("orchestration.settings", "orchestration.logs", "orchestration.ports", "orchestration.audit")
MAY_IMPORT = {
    "orchestration": ("orchestration", "ml", "seeds"),
    "ml": ("ml",),
    "seeds": ("seeds", "orchestration.settings"),
    "dashboards": ("dashboards", "ml", *LEAVES),
}
WITH_DAGSTER = re.compile(r"orchestration(\.defs\..+|\.defs|\.definitions|\.runner)")
FORBIDDEN_EVERYWHERE = {
    "storage that runs code when it is read": ("pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"),
    "the network": (
        "socket", "ssl", "ftplib", "smtplib", "telnetlib", "xmlrpc", "http.client", "urllib.request", "urllib3", "requests", "httpx",
        "aiohttp", "websockets", "boto3", "fsspec",
    ),
    "frames other than Polars": ("pandas",),
}  # fmt: skip
MAY_CONNECT = {
    "orchestration.alerts": ("smtplib", "ssl", "http.client", "urllib.request"),
    "orchestration.ports": ("socket",),
}
FORBIDDEN_IN = {
    "ml": ("dagster", "duckdb", "dbt", "streamlit", "pydantic_settings", "typer"),
    "seeds": ("dagster", "duckdb", "dbt", "streamlit", "typer"),
    "dashboards": ("dagster", "dbt", "typer"),
    "orchestration": ("streamlit",),
}
WRITES_THE_TRUTH = "orchestration.commands.companies"
MOST_LINES_PYTHON, MOST_LINES_MART, MOST_LINES_STAGING = 250, 150, 40
BEGINS_WITH = {"staging": ("stg_",), "intermediate": ("int_",), "intermediate/metrics": ("int_",), "marts": ("dim_", "fct_")}
SAYS_NOTHING = re.compile(r"(?i)^(utils?|helpers?|common|managers?|misc|miscellaneous|stuff)$")
CLASS_SAYS_NOTHING = re.compile(r"(Utils?|Helpers?|Manager|Misc)$")

# Which layer reads which. The models of metrics are a layer of their own: they read facts, and only metrics read them.
READS = {
    "sources": set(),
    "staging": {"source:raw", "source:ops"},
    "intermediate": {"staging", "intermediate", "reference", "source:ops", "source:identity"},
    "marts": {"intermediate", "marts", "reference", "source:ops", "source:identity"},
    "intermediate/metrics": {"intermediate", "intermediate/metrics", "marts", "reference", "source:ops"},
    "marts/metrics": {"intermediate", "intermediate/metrics", "marts", "reference", "source:ops"},
    "features": {"staging", "intermediate", "marts", "reference", "source:ops"},
    "insights": {"intermediate", "marts", "marts/metrics", "features", "insights", "reference", "source:ml", "source:ops"},
}

MADE_BY_TOOLS = (".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "target", "logs")
MADE_BY_RUNS = (CHECKOUT / "data", CHECKOUT / "artefacts")
OF_THE_MACHINE = re.compile(r"(?<![\w.}*])/" + r"(?:work|root)/")
HERE = r"(?:localhost|127\.0\.0\.1|\[::1\])"
REGISTRY_HERE = re.compile(rf"(?i)https?://{HERE}\S*[/+](?:simple|pypi|index|npm)|index.?url\W+\S*{HERE}")


@cache
def text_of(path: Path) -> str:
    """The text of a file of the project."""
    return path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Module:
    """A Python module of the project by its dotted name."""

    name: str
    text: str = field(repr=False)
    lines: int
    is_package: bool = False

    @property
    def package(self) -> str:
        """The package of the house that it belongs to."""
        return self.name.split(".")[0]


@cache
def tree(module: Module) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(module.text)


def modules(*packages: str) -> list[Module]:
    """The modules of those packages that exist."""
    found = []
    for path in (p for package in packages for p in sorted((CHECKOUT / package).rglob("*.py"))):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found.append(Module(name, text_of(path), len(text_of(path).splitlines()), is_package))
    return found


def imported(module: Module) -> set[str]:
    """Dotted names that a module imports, anywhere in it; of `from a import b` that is a.b."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module.name.split(".")[: None if module.is_package else -1]
            base = above[: len(above) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                found.add(str(node.args[0].value))
    return found


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def against_the_arrows(module: Module) -> set[str]:
    """Imports of the project that the house does not allow to this module."""
    of_leaves = () if module.name == LEAVES[0] else LEAVES[:1]
    allowed = of_leaves if module.name in LEAVES else MAY_IMPORT[module.package]
    return {name for name in imported(module) if within(name, PACKAGES) and not within(name, allowed)}


def forbidden_imports(module: Module) -> set[str]:
    """Imports of libraries that do not belong into this module."""
    unwanted = tuple(name for names in FORBIDDEN_EVERYWHERE.values() for name in names) + FORBIDDEN_IN[module.package]
    if not WITH_DAGSTER.fullmatch(module.name):
        unwanted += ("dagster",)
    return {name for name in imported(module) if within(name, unwanted) and not within(name, MAY_CONNECT.get(module.name, ()))}


def swallowed_errors(module: Module) -> list[int]:
    """Lines with an `except` that takes everything and does not raise it again."""
    found = []
    for node in ast.walk(tree(module)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else set()
        raises = any(isinstance(n, ast.Raise) for statement in node.body for n in ast.walk(statement))
        if node.type is None or (names & {"Exception", "BaseException"} and not raises):
            found.append(node.lineno)
    return found


def names_that_say_nothing(module: Module) -> set[str]:
    """Parts of the module's name, and classes in it, that say nothing."""
    classes = {n.name for n in ast.walk(tree(module)) if isinstance(n, ast.ClassDef)}
    return {part for part in module.name.split(".") if SAYS_NOTHING.match(part)} | {c for c in classes if CLASS_SAYS_NOTHING.search(c)}


def texts_that_name_the_truth(module: Module) -> set[str]:
    """Texts of a module, docstrings apart, that could lead to the truth behind a synthetic company."""
    if module.package == "seeds" or module.name == WRITES_THE_TRUTH:
        return set()
    alone = {node.value for node in ast.walk(tree(module)) if isinstance(node, ast.Expr)}  # docstrings lead nowhere
    texts = {node for node in ast.walk(tree(module)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {str(node.value) for node in texts - alone if re.search(r"\btruth\b", str(node.value))}


def planted(name: str, text: str) -> Module:
    """A module that breaks a law."""
    return Module(name, text, len(text.splitlines()))


ALL = modules(*PACKAGES)


def breaches(law: Callable[[Module], object]) -> dict[str, object]:
    """What breaks a law, by module."""
    return {module.name: breach for module in ALL if (breach := law(module))}


# ------------------------------------------------------------------ Python


def test_imports_follow_the_arrows() -> None:
    assert breaches(against_the_arrows) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ml.rater", "from orchestration.settings import Settings"),
        ("ml.rater", "import seeds.company"),
        ("seeds.company.days", "from orchestration import runner"),
        ("seeds.company.days", "import orchestration"),
        ("seeds.company.days", "from orchestration import settings, runner"),
        ("orchestration.runner", "def f():\n    import dashboards.app"),
        ("orchestration.ingestion.load", "from importlib import import_module\nimport_module('dashboards.data')"),
        ("orchestration.settings", "from orchestration.clock import Clock"),
        ("orchestration.settings", "from . import clock"),
        ("dashboards.data", "from orchestration.warehouse import connect"),
        ("dashboards.data", "from seeds.company import generate"),
    ],
)
def test_the_law_of_arrows_finds_a_breach(name: str, text: str) -> None:
    assert against_the_arrows(planted(name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orchestration.cli", "from orchestration import runner\nfrom seeds.company import generate\nimport ml.attrition"),
        ("orchestration.ingestion.load", "from . import merge\nfrom ..contracts import Contract"),
        ("seeds.company.days", "from orchestration.settings import CHECKOUT"),
        ("seeds.company.days", "from orchestration import settings"),
        ("dashboards.data", "from orchestration.audit import note\nfrom dashboards.theme import ink\nimport ml.evaluation"),
    ],
)
def test_the_law_of_arrows_lets_pass_what_is_allowed(name: str, text: str) -> None:
    assert against_the_arrows(planted(name, text)) == set()


def test_no_library_is_imported_where_it_does_not_belong() -> None:
    assert breaches(forbidden_imports) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orchestration.cli", "import pickle"),
        ("ml.rater", "from joblib import dump"),
        ("ml.rater", "import duckdb"),
        ("seeds.company.days", "import pandas as pd"),
        ("orchestration.cli", "from urllib.request import urlopen"),
        ("orchestration.cli", "from urllib import request"),
        ("orchestration.gates", "import dagster as dg"),
    ],
)
def test_the_law_of_libraries_finds_a_breach(name: str, text: str) -> None:
    assert forbidden_imports(planted(name, text))


def test_no_error_is_swallowed_unnamed() -> None:
    assert breaches(swallowed_errors) == {}


@pytest.mark.parametrize("handler", ["except:", "except Exception:", "except (OSError, BaseException):"])
def test_the_law_of_errors_finds_a_breach(handler: str) -> None:
    assert swallowed_errors(planted("orchestration.cli", f"try:\n    f()\n{handler}\n    pass\n"))


def test_modules_stay_under_their_size() -> None:
    assert breaches(lambda m: m.lines if m.lines >= MOST_LINES_PYTHON else 0) == {}


def test_modules_open_with_a_docstring() -> None:
    assert breaches(lambda m: not ast.get_docstring(tree(m))) == {}


def test_no_name_says_nothing() -> None:
    assert breaches(names_that_say_nothing) == {}


@pytest.mark.parametrize(("name", "text"), [("orchestration.utils", ""), ("ml.common.text", ""), ("ml.text", "class RunManager: ...")])
def test_the_law_of_names_finds_a_breach(name: str, text: str) -> None:
    assert names_that_say_nothing(planted(name, text))


def test_nothing_outside_the_generator_names_the_truth_behind_a_company() -> None:
    assert breaches(texts_that_name_the_truth) == {}
    sql = [path for path in files() if path.suffix in {".sql", ".yml"} and "tests" not in path.parts]
    assert [path.name for path in sql if re.search(r"truth/|\btruth\.\w", text_of(path))] == []


def test_the_law_of_the_truth_finds_a_breach() -> None:
    assert texts_that_name_the_truth(planted("ml.risk", "path = home / 'truth' / 'attrition_hazard.parquet'")) == {"truth"}
    assert texts_that_name_the_truth(planted("ml.risk", '"""Nothing of the truth."""')) == set()


def test_every_package_that_exists_is_read() -> None:
    here = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} - {"tests"}
    assert here == {m.package for m in ALL}
    assert {"orchestration", "seeds"} <= here


def test_every_folder_of_tests_is_run() -> None:
    run = tomllib.loads(text_of(CHECKOUT / "pyproject.toml"))["tool"]["pytest"]["ini_options"]["testpaths"]
    assert sorted(run) == sorted({str(path.parent.relative_to(CHECKOUT)) for path in (CHECKOUT / "tests").rglob("test_*.py")})


# ------------------------------------------------------------------ models


@cache
def model_files() -> list[Path]:
    """Every model of the project."""
    return sorted((CHECKOUT / "models").rglob("*.sql"))


def layer(path: Path) -> str:
    """The layer of a model: its first folder; the metrics of a layer are one of their own."""
    parts = path.relative_to(CHECKOUT / "models").parts
    return f"{parts[0]}/metrics" if parts[1] == "metrics" else parts[0]


SEEDS = {path.stem: "reference" for path in (CHECKOUT / "seeds" / "reference").glob("*.csv")}
LAYERS = SEEDS | {path.stem: layer(path) for path in model_files()}
REF = re.compile(r"\bref\(\s*'(\w+)'\s*\)")
SOURCE = re.compile(r"\bsource\(\s*'(\w+)'\s*,\s*[\w']+\s*\)")
FROM = re.compile(r"\b(?:from|join)\s+\(?(\w+\.\w+)", re.IGNORECASE)


@cache
def macros() -> dict[str, str]:
    """The body of each macro that the project defines."""
    found: dict[str, str] = {}
    for path in (CHECKOUT / "dbt_project" / "macros").rglob("*.sql"):
        found |= dict(re.findall(r"{%-?\s*macro (\w+)\(.*?-?%}(.*?){%-?\s*endmacro", text_of(path), re.DOTALL))
    return found


def with_macros(sql: str) -> str:
    """SQL with the bodies of the macros that it calls behind it, and theirs."""
    seen: set[str] = set()
    waiting = [sql]
    while waiting:
        called = set(re.findall(r"\b(\w+)\s*\(", waiting.pop())) & macros().keys() - seen
        seen |= called
        waiting += [macros()[name] for name in called]
    return "\n".join([sql, *(macros()[name] for name in sorted(seen))])


def read_by(sql: str) -> set[tuple[str, str]]:
    """What a model reads, as (name, layer): models and seeds by ref, sources by source, also through macros."""
    whole = with_macros(sql)
    return {(name, LAYERS.get(name, "unknown")) for name in REF.findall(whole)} | {(s, f"source:{s}") for s in SOURCE.findall(whole)}


def against_the_layers(of_layer: str, sql: str) -> set[str]:
    """What a model of a layer reads and should not, and tables that it names without ref or source."""
    return {name for name, read in read_by(sql) if read not in READS[of_layer]} | set(FROM.findall(_code(sql)))


def _code(sql: str) -> str:
    """SQL without comments, Jinja and the `from` inside expressions (`extract(year from x.y)`, `is distinct from x.y`)."""
    bare = re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}|--[^\n]*", "", sql, flags=re.DOTALL)
    return re.sub(r"(?i)distinct\s+from|\bextract\s*\([^)]*\)", "", bare)


def test_models_read_only_what_their_layer_may() -> None:
    found = {path.stem: against_the_layers(layer(path), text_of(path)) for path in model_files()}
    assert {model: names for model, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("of_layer", "sql"),
    [
        ("marts", "select * from {{ ref('stg_goals') }}"),
        ("marts", "select * from {{ source('raw', 'goals') }}"),
        ("marts", "{{ current_version('goals') }}"),
        ("marts", "select * from {{ ref('int_metric_totals') }}"),
        ("staging", "select * from {{ ref('stg_goals') }}"),
        ("staging", "select * from {{ ref('rating_scale') }}"),
        ("staging", "select * from {{ source('identity', 'person') }}"),
        ("intermediate", "select * from {{ source('raw', 'goals') }}"),
        ("intermediate", "select * from {{ ref('fct_goal') }}"),
        ("marts/metrics", "select * from {{ ref('stg_reviews') }}"),
        ("intermediate", "select * from raw.goals"),
        ("marts", "select * from {{ ref('no_such_model') }}"),
    ],
)
def test_the_law_of_layers_finds_a_breach(of_layer: str, sql: str) -> None:
    assert against_the_layers(of_layer, sql)


def test_every_layer_of_models_has_a_law() -> None:
    assert {layer(path) for path in model_files()} <= READS.keys()


def test_nothing_reads_itself_round_about() -> None:
    reads = {path.stem: {name for name, _ in read_by(text_of(path)) if name in LAYERS} for path in model_files()}
    waiting = {name: needed & reads.keys() for name, needed in reads.items()}
    while free := {name for name, needed in waiting.items() if not needed}:
        waiting = {name: needed - free for name, needed in waiting.items() if name not in free}
    assert waiting == {}


@cache
def yml_of(path: Path) -> dict[str, Any]:
    """The yml beside a model."""
    found: dict[str, Any] = yaml.load(text_of(path.with_suffix(".yml")), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


def test_each_model_has_its_yml_beside_it_with_nothing_of_another() -> None:
    for path in model_files():
        content = yml_of(path)
        assert [model["name"] for model in content["models"]] == [path.stem]
        assert {test["model"] for test in content.get("unit_tests", [])} <= {path.stem}


def test_no_yml_stands_without_its_model_but_that_of_the_exposures() -> None:
    folder = CHECKOUT / "models"
    lonely = [p for p in folder.rglob("*.yml") if "sources" not in p.parts and not p.with_suffix(".sql").exists()]
    assert lonely == [folder / "exposures.yml"]


def test_models_stay_under_their_size() -> None:
    lines = {path: len(text_of(path).splitlines()) for path in model_files()}
    most = {path: MOST_LINES_STAGING if layer(path) == "staging" else MOST_LINES_MART for path in lines}
    assert {path.stem: n for path, n in lines.items() if n >= most[path]} == {}


def test_models_are_named_after_their_layer() -> None:
    assert [path.stem for path in model_files() if not path.stem.startswith(BEGINS_WITH.get(layer(path), ("",)))] == []


def test_every_contract_table_is_staged() -> None:
    staged = {path.stem.removeprefix("stg_") for path in model_files() if layer(path) == "staging"}
    assert load_contracts().keys() <= staged


def test_marts_carry_no_column_that_identifies_a_person() -> None:
    columns = [c for contract in load_contracts().values() for c in contract.columns]
    identifying = {"employee_id"} | {c.name for c in columns if c.sensitivity == "direct"}
    for path in (p for p in model_files() if layer(p).startswith("marts")):
        names = {column["name"] for column in yml_of(path)["models"][0]["columns"]}
        assert not {n for n in names if n in identifying or n.endswith("_employee_id")}, path.stem


# ------------------------------------------------------------------ files


def files() -> Iterator[Path]:
    """Every file of the project that is not made by a tool."""
    for folder, folders, names in os.walk(CHECKOUT):
        ours = [f for f in folders if f not in MADE_BY_TOOLS and not f.endswith(".egg-info")]
        folders[:] = [f for f in ours if Path(folder) / f not in MADE_BY_RUNS]
        yield from (Path(folder) / name for name in names if name != ".git")


def of_the_machine(text: str) -> list[str]:
    """Places of the machine that the project was written on, and of a package index on it."""
    return OF_THE_MACHINE.findall(text) + REGISTRY_HERE.findall(text)


def test_no_file_names_a_place_of_the_machine_it_was_written_on() -> None:
    found = {}
    for path in files():
        content = path.read_bytes()
        if path.suffix in {".duckdb", ".wal"} or b"\0" in content[:1024]:
            continue
        if places := of_the_machine(content.decode("utf-8", "replace")):
            found[str(path.relative_to(CHECKOUT))] = places
    assert found == {}


@pytest.mark.parametrize("folder", ["work", "root"])
def test_the_law_of_places_finds_a_breach(folder: str) -> None:
    assert of_the_machine(f"read('/{folder}/data.csv')")
    assert of_the_machine("--index-" + "url http://localhost:3141/x")
    assert of_the_machine("see http://127.0.0.1:3141/+" + "simple")


@pytest.mark.parametrize("lock", ["requirements.lock", "setup.lock"])
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = text_of(CHECKOUT / lock)
    assert "://" not in text
    assert "--index-url" not in text
    pinned = re.findall(r"^\S+==\S+.*$", text, re.MULTILINE)
    assert pinned
    assert [line for line in pinned if not line.endswith("\\")] == []
    assert text.count("--hash=sha256:") >= len(pinned)


def test_no_folder_or_file_has_a_name_that_says_nothing() -> None:
    parts = {(path, part) for path in files() for part in path.relative_to(CHECKOUT).with_suffix("").parts}
    assert sorted(str(path) for path, part in parts if SAYS_NOTHING.match(part)) == []
