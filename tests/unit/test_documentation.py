"""The documents say what there is: every command, option, setting, target, metric, table, column and exit code.

Belongs here: README, CONTRIBUTING, CONTEXT and CHANGELOG against the code, and descriptions beside models and contracts.
Does not belong here: whether the code does what they say (the other tests).
"""

from __future__ import annotations

import csv
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
import yaml

from dashboards.access import EVERY_ROLE
from dashboards.registry import PAGES
from orchestration import cli, gates
from orchestration.contracts import load_contracts
from orchestration.gates import GateResult
from orchestration.ingestion import landing
from orchestration.ingestion.mappings import systems
from orchestration.run_report import RunReport
from orchestration.settings import CHECKOUT, Settings

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CONTEXT.md", "CHANGELOG.md", "docs/company.md")
FOLDERS = ("orchestration", "seeds", "models", "dbt_project", "tests", "ml", "dashboards", ".ci")  # what a path in a document begins with
NOT_A_SETTING = {"PLUMBLINE_WAREHOUSE"}  # tells dbt where the warehouse is; set by the run
OF_A_HOME = {landing.SETTINGS_FILE, Settings().lock_file.name}
SHELLS = ("sh", "bash", "console")
COMMANDS: dict[str, Any] = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@cache
def text_of(document: str) -> str:
    """The text of a document."""
    return (CHECKOUT / document).read_text(encoding="utf-8")


def blocks(document: str) -> list[tuple[str, str]]:
    """Language and text of the fenced blocks of a document."""
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text_of(document), re.MULTILINE | re.DOTALL)
    return [(language, body) for language, body in found]


def prose(document: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^ *```\w*\n.*?^ *```$", "", text_of(document), flags=re.MULTILINE | re.DOTALL)


def inline_code(document: str) -> list[str]:
    """What stands between single backticks, on one line or broken over two."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(document))]


def section(document: str, heading: str) -> str:
    """The text under a heading, up to the next of its level or above; a heading that is not there fails the test."""
    match = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", prose(document), re.MULTILINE | re.DOTALL)
    assert match, f"{document} has no section {heading!r}"
    level = len(match.group(1))
    rest = prose(document)[match.end(1) + 1 :]
    end = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def first_cells(text: str) -> list[str]:
    """The code in the first column of the tables of a text."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def options_of(command: Any) -> set[str]:
    """The options that a command takes, --help left out."""
    names = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return {name for name in names if name.startswith("-")} - {"--help"}


# ------------------------------------------------------------------ commands and exit codes


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_readme_documents_a_command_with_exactly_its_options(name: str) -> None:
    told = section("README.md", f"plumbline {name}")
    assert set(first_cells(told)) == options_of(COMMANDS[name])


def test_readme_documents_no_command_that_is_not_there() -> None:
    headings = re.findall(r"^### plumbline (\S+)$", text_of("README.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_and_option_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    unexplained = [p.name for p in command.params if options_of(command) & set(p.opts) and not p.help]
    assert unexplained == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_readme_gives_the_default_of_an_option(name: str) -> None:
    told = section("README.md", f"plumbline {name}")
    for parameter in COMMANDS[name].params:
        default = parameter.default
        if isinstance(default, bool) or default is None or default == () or parameter.required:
            continue
        [row] = [line for line in told.splitlines() if line.startswith(f"| `{parameter.opts[0]}`")]
        assert str(default) in row, f"{parameter.opts[0]}: the default is {default}"


def command_lines() -> Iterator[tuple[str, str]]:
    """Every call of plumbline in the documents: where, and the line without variables before it."""
    for document in DOCUMENTS:
        lines = [line for language, body in blocks(document) if language in SHELLS for line in body.splitlines()]
        for line in [*lines, *inline_code(document)]:
            called = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(plumbline [a-z].*)", line.strip())
            if called:
                yield document, called.group(1)


@pytest.mark.parametrize(("document", "line"), sorted(set(command_lines())))
def test_a_command_line_in_a_document_parses(document: str, line: str) -> None:
    _, name, *arguments = shlex.split(line, comments=True)
    assert name in COMMANDS, f"{document}: there is no command {name}"
    if arguments:
        COMMANDS[name].make_context(name, arguments)


def test_a_command_line_with_an_unknown_option_would_not_parse() -> None:
    with pytest.raises(Exception, match="--no-such-option"):
        COMMANDS["run"].make_context("run", ["--no-such-option"])


def test_options_named_in_prose_are_options_of_some_command() -> None:
    known = {option for command in COMMANDS.values() for option in options_of(command)} | {"--help"}
    for document in DOCUMENTS:
        named = {code.split()[0].split("=")[0] for code in inline_code(document) if code.startswith("--")}
        assert named <= known, document


def test_readme_documents_exactly_the_exit_codes() -> None:
    failed = RunReport("", Path())
    failed.build.failed["model"] = "words"
    refused = RunReport("", Path(), gate_results=[GateResult("held_back", "goals", passed=False, detail="")])
    codes = {RunReport("", Path()).exit_code, failed.exit_code, refused.exit_code, cli.FAILED, cli.USED_WRONGLY}
    told = re.findall(r"^\| (\d) \|", section("README.md", "What happens to a bad row"), re.MULTILINE)
    assert sorted(map(int, told)) == sorted(codes)


def test_readme_documents_exactly_the_gates() -> None:
    names = {value for name, value in vars(gates).items() if name.isupper() and isinstance(value, str) and value.isidentifier()}
    told = re.findall(r"^\| (\w+_\w+) \|", section("README.md", "What happens to a bad row"), re.MULTILINE)
    assert set(told) == names


def test_readme_documents_exactly_the_pages_with_what_they_answer_and_for_whom() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section("README.md", "Dashboards"), re.MULTILINE)
    told = [row for row in rows if row[0] not in {"page", "---"}]
    wanted = [(p.title, p.purpose, "every role" if set(p.roles) == set(EVERY_ROLE) else ", ".join(p.roles)) for p in PAGES]
    assert told == wanted


def test_the_pictures_that_readme_shows_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text_of("README.md"))
    assert pictures
    assert [p for p in pictures if not (CHECKOUT / p).is_file()] == []


# ------------------------------------------------------------------ settings, targets, systems, files


def _default(value: object, variable: str) -> str:
    if variable == "PLUMBLINE_LANDING":
        return "`landing` in the home"
    if value is None:
        return "none"
    return "empty" if value == "" else f"`{value}`"


def test_readme_documents_exactly_the_settings_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(PLUMBLINE_\w+)` \| (.*?) \|", section("README.md", "Settings"), re.MULTILINE)
    wanted = {f"PLUMBLINE_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert dict(rows) == {variable: _default(value, variable) for variable, value in wanted.items()}


def test_each_setting_explains_itself() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_documents_name_no_variable_that_is_not_a_setting() -> None:
    known = {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields} | NOT_A_SETTING
    for document in DOCUMENTS:
        assert set(re.findall(r"PLUMBLINE_[A-Z_]+", text_of(document))) <= known, document


def make_targets() -> set[str]:
    """Targets of the Makefile that are for people."""
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    return set(phony.split())


def test_readme_documents_exactly_the_make_targets() -> None:
    told = {cell.split()[1] for cell in first_cells(section("README.md", "Start")) if cell.startswith("make ")}
    assert told == make_targets()


def test_make_help_lists_every_target() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE)) == make_targets()


def test_documents_name_no_target_that_is_not_there() -> None:
    for document in DOCUMENTS:
        lines = [line for language, body in blocks(document) if language in SHELLS for line in body.splitlines()]
        named = {m.group(1) for code in [*lines, *inline_code(document)] if (m := re.match(r"make ([a-z]+)", code))}
        assert named <= make_targets(), document


def test_readme_names_every_system_that_has_a_mapping() -> None:
    assert sorted(first_cells(section("README.md", "Exports of a system"))) == systems()


def test_readme_names_every_format_and_ending_that_landing_knows() -> None:
    told = section("README.md", "Bring your own files")
    formats = [ending.lstrip(".") for ending in landing.FORMATS]
    assert [f for f in formats if not re.search(rf"\b{re.escape(f)}\b", told)] == []
    assert [e for e in landing.UNFINISHED if f"`{e}`" not in told] == []
    assert landing.SETTINGS_FILE in told


def test_the_example_of_landing_settings_is_understood(tmp_path: Path) -> None:
    [example] = [body for language, body in blocks("README.md") if language == "toml"]
    (tmp_path / landing.SETTINGS_FILE).write_text(example, encoding="utf-8")
    declared = list(tomllib.loads(example)["files"])
    for name in declared:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("employee_id\n", encoding="utf-8")
    found = landing.look(tmp_path, set(load_contracts()), settle_seconds=0)
    assert found.modes == {"employees": "snapshot"}
    assert found.source_system == "hris"
    assert [f.name for f in found.files if f.declared_at is not None] == declared


# ------------------------------------------------------------------ contracts, metrics, marts


def test_readme_lists_every_contract_table_under_its_area() -> None:
    listed: dict[str, str] = {}
    area = ""
    for cell, table in re.findall(r"^\| (\w*) ?\| `(\w+)`", section("README.md", "Contracts"), re.MULTILINE):
        area = cell or area
        listed[table] = area
    assert listed == {table: contract.area for table, contract in load_contracts().items()}


def test_readme_marks_the_required_tables() -> None:
    marked = set(re.findall(r"\| `(\w+)` \(required\) \|", section("README.md", "Contracts")))
    assert marked == {table for table, contract in load_contracts().items() if contract.required}


def test_readme_gives_the_number_of_contract_tables() -> None:
    told = re.findall(r"\b(\d+) (?:are checked|tables)", text_of("README.md"))
    assert set(map(int, told)) == {len(load_contracts())}


def test_each_contract_says_what_a_row_of_it_is() -> None:
    assert [table for table, contract in load_contracts().items() if not contract.description.startswith("One row per ")] == []


def test_each_column_of_a_contract_is_described() -> None:
    columns = {table: contract.columns + contract.loader_columns for table, contract in load_contracts().items()}
    assert [f"{table}.{c.name}" for table, named in columns.items() for c in named if not c.description.strip()] == []


def metric_dictionary() -> list[dict[str, str]]:
    """The rows of the metric dictionary."""
    with (CHECKOUT / "seeds" / "reference" / "metric_dictionary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_readme_defines_exactly_the_metrics_of_the_dictionary_in_its_words() -> None:
    rows = [line for line in section("README.md", "Metrics").splitlines() if re.match(r"\| `\w+` \| [^|]+ \| [^|]+ \| [^|]+ \|", line)]
    told = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in rows]
    wanted = [(f"`{m['metric']}`", m["label"], m["numerator"], m["denominator"], m["excluded"], m["periods"]) for m in metric_dictionary()]
    assert told == wanted


@pytest.mark.parametrize("metric", metric_dictionary(), ids=lambda m: m["metric"])
def test_the_dictionary_says_everything_of_a_metric(metric: dict[str, str]) -> None:
    assert [column for column, value in metric.items() if not (value or "").strip()] == []


def model_files() -> list[Path]:
    """Every model of the project."""
    return sorted(path for path in (CHECKOUT / "models").rglob("*.sql"))


@cache
def described(path: Path) -> dict[str, Any]:
    """The entry of a model in the yml beside it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(path.with_suffix(".yml").read_text(encoding="utf-8"), Loader=loader)  # (safe loader)
    [model] = [m for m in content["models"] if m["name"] == path.stem]
    found: dict[str, Any] = model
    return found


def test_each_model_says_what_a_row_of_it_is() -> None:
    assert [path.stem for path in model_files() if not described(path)["description"].startswith("One row per ")] == []


def test_each_column_that_a_model_names_is_described() -> None:
    columns = {path.stem: described(path).get("columns", []) for path in model_files()}
    assert [f"{model}.{c['name']}" for model, named in columns.items() for c in named if not c.get("description", "").strip()] == []


def marts() -> list[Path]:
    """The models that people read."""
    return [path for path in model_files() if path.is_relative_to(CHECKOUT / "models" / "marts")]


@pytest.mark.parametrize("path", marts(), ids=lambda p: p.stem)
def test_a_mart_names_every_column_with_its_type(path: Path) -> None:
    columns = described(path)["columns"]
    assert columns
    assert [c["name"] for c in columns if not c.get("data_type")] == []


def test_the_columns_of_marts_are_enforced_so_that_none_is_missing_in_their_descriptions() -> None:
    project = yaml.safe_load((CHECKOUT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["models"]["plumbline"]["marts"]["+contract"] == {"enforced": True}
    assert [path.stem for path in marts() if described(path).get("config", {}).get("contract", {}).get("enforced") is False] == []


def test_readme_lists_every_mart() -> None:
    listed = [cell.removeprefix("marts.") for cell in first_cells(section("README.md", "Metrics")) if cell.startswith("marts.")]
    assert sorted(listed) == sorted(path.stem for path in marts())


def test_readme_lists_every_schema() -> None:
    migrations = "".join(p.read_text(encoding="utf-8") for p in (CHECKOUT / "orchestration" / "migrations").glob("*.sql"))
    own = set(re.findall(r"create (?:schema if not exists|table) (\w+)", migrations))
    project = yaml.safe_load((CHECKOUT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    folders = [*project["models"]["plumbline"].values(), project["seeds"]["plumbline"]]
    schemas = own | {folder["+schema"] for folder in folders}
    listed = [cell for cell in first_cells(section("README.md", "How it is built")) if cell.isidentifier()]
    assert set(listed) == schemas


@pytest.fixture(scope="module")
def empty_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory warehouse with every mart and every table of the loader, empty."""
    connection = duckdb.connect()
    connection.execute("create schema ops")
    connection.execute("create schema marts")
    for migration in sorted((CHECKOUT / "orchestration" / "migrations").glob("*.sql")):
        connection.execute(migration.read_text(encoding="utf-8"))
    for path in marts():
        columns = ", ".join(f'"{c["name"]}" {c["data_type"]}' for c in described(path)["columns"])
        connection.execute(f"create table marts.{path.stem} ({columns})")
    yield connection
    connection.close()


def sql_examples() -> list[str]:
    """The statements of README's SQL blocks."""
    return [s for language, body in blocks("README.md") if language == "sql" for s in body.split(";") if s.strip()]


@pytest.mark.parametrize("statement", sql_examples())
def test_an_sql_example_runs(empty_warehouse: duckdb.DuckDBPyConnection, statement: str) -> None:
    assert empty_warehouse.execute(statement).description


def test_the_python_example_runs(empty_warehouse: duckdb.DuckDBPyConnection) -> None:
    [example] = [body for language, body in blocks("README.md") if language == "python"]
    [query] = re.findall(r'\.sql\("(.*)"\)', example)
    compile(example, "README.md", "exec")
    assert empty_warehouse.execute(query).description


# ------------------------------------------------------------------ the documents themselves


def headings(document: str) -> list[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(document)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        assert (CHECKOUT / (file or document)).exists(), target
        assert not anchor or anchor in headings(file or document), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_a_document_names_exist(document: str) -> None:
    for code in inline_code(document):
        word = re.sub(r"<\w+>", "*", code)
        folder, slash, _ = word.partition("/")
        is_path = folder in FOLDERS and slash and re.fullmatch(r"[\w.*/-]+", word)
        if is_path or (re.fullmatch(r"[A-Z]+\.md|\w+\.(lock|toml)", word) and word not in OF_A_HOME):
            assert any(CHECKOUT.glob(word)), f"{document} names {code}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_nothing_of_the_machine_it_was_written_on(document: str) -> None:
    assert re.findall(r"(?<![\w.}])/(?:work|root|tmp|home|Users)/|localhost|\.\./", text_of(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_leaves_nothing_open(document: str) -> None:
    assert re.findall(r"\b(?:TODO|FIXME|TBD|XXX)\b", text_of(document)) == []


def test_contributing_says_why_each_dependency_is_there() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    name = re.compile(r"[A-Za-z0-9_.-]+")
    wanted = {m.group() for r in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]] if (m := name.match(r))}
    rows = dict(re.findall(r"^\| `([\w.-]+)` \| (.*) \|$", section("CONTRIBUTING.md", "Dependencies"), re.MULTILINE))
    assert set(rows) == wanted
    assert all(rows.values())


def test_every_word_of_the_glossary_has_a_definition_and_what_to_avoid() -> None:
    entries = re.split(r"^### ", text_of("CONTEXT.md"), flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        word, _, rest = entry.partition("\n")
        definition, found, avoid = rest.partition("\nAvoid: ")
        assert found, f"{word} has no line of what to avoid"
        assert definition.strip(), word
        assert avoid.strip(), word


def test_the_changelog_keeps_its_form() -> None:
    titles = re.findall(r"^## (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert titles[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", title) for title in titles[1:])
    assert set(re.findall(r"^### (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)) <= CHANGES
