"""The house of the dashboards: pages hold no SQL and open nothing, ask only what is declared, and all is declared.

Belongs here: laws that reading the code can decide, each tried on a planted breach. Does not belong here: what pages show.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from dashboards import registry
from dashboards.access import ROLES
from dashboards.queries import QUERIES
from dashboards.registry import BY_KEY, PAGES
from orchestration.settings import CHECKOUT

HOUSE = CHECKOUT / "dashboards"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HOUSE / "app_pages").glob("*.py")) if path.stem != "__init__"}
MAY_OPEN = {"snapshots", "server", "answers", "timing"}  # modules that touch files or connections
MAY_HOLD_SQL = {"queries", "snapshots", "timing"}  # timing measures beside the door, it shows nothing
DRAWING = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HOUSE.glob("*.py"))}
SQL = re.compile(r"(?is)\b(select\b.+\bfrom\b|insert\s+into|with\s+\w+\s+as\s*\(|attach\b|pragma\b)")


def imported(text: str) -> set[str]:
    """Names of modules imported anywhere."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def opens(text: str) -> set[str]:
    """Ways to a file or a connection."""
    found = {name for name in imported(text) if name.split(".")[0] in {"duckdb", "pathlib", "os", "io", "shutil", "sqlite3", "pyarrow"}}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in {
                "open",
                "read_text",
                "read_bytes",
                "write_text",
                "read_csv",
                "read_parquet",
                "scan_parquet",
                "cursor",
                "execute",
                "eval",
                "exec",
            }:
                found.add(called)
        if isinstance(node, ast.Attribute) and node.attr in {"connection", "_snapshot", "_answers", "_domain"}:
            found.add(node.attr)
    return found


def holds_sql(text: str) -> list[str]:
    """Texts that look like SQL, docstrings aside."""
    tree = ast.parse(text)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    plain = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs]
    made = ["?".join(str(v.value) for v in n.values if isinstance(v, ast.Constant)) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)]
    return [text for text in (*plain, *made) if SQL.search(text)]


def asked(text: str) -> list[tuple[str | None, str | None]]:
    """(page, query) of each `door.ask(...)`; None where it is not a literal."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ask":
            literals = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in node.args[:2]]
            found.append(tuple([*literals, None, None][:2]))
    return found


def undeclared(pages: dict[str, str], shared: dict[str, str]) -> set[str]:
    """What pages ask and the registry does not declare, what it declares and none asks, what is not literal, pages without entry."""
    breaches = {f"page {name} is not declared" for name in pages if name not in BY_KEY}
    breaches |= {f"page {page.key} has no file" for page in PAGES if page.key not in pages}
    uses: dict[str, set[str]] = {page.key: set() for page in PAGES}
    for name, text in {**pages, **shared}.items():
        for page, query in asked(text):
            if page is None or query is None:
                breaches.add(f"{name} asks without a literal name")
            elif name in pages and page != name:
                breaches.add(f"{name} asks in the name of {page}")
            elif page not in BY_KEY or query not in BY_KEY[page].queries:
                breaches.add(f"{name} asks {page} for {query}, which is not declared")
            else:
                uses[page].add(query)
    for page in PAGES:
        breaches |= {f"{page.key} declares {query} and never asks" for query in set(page.queries) - uses[page.key]}
    return breaches


SHARED = {name: text for name, text in DRAWING.items() if name not in {"data", "timing"}}


def test_every_question_of_a_page_is_declared_and_every_declared_one_is_asked() -> None:
    assert undeclared(SOURCES, SHARED) == set()


@pytest.mark.parametrize(
    "breach",
    [
        {"payroll": 'def render(door, context):\n    door.ask("payroll", "pay")'},
        {"goals": 'def render(door, context):\n    door.ask("goals", "rating_scale")'},
        {"goals": 'def render(door, context):\n    door.ask("overview", "slice_history")'},
        {"goals": "def render(door, context):\n    door.ask('goals', name)"},
        {"goals": "def render(door, context):\n    door.ask(page_key='goals', query_name='cycles')"},
        {"goals": "def render(door, context):\n    pass"},
    ],
)
def test_the_law_of_questions_finds_a_breach(breach: dict[str, str]) -> None:
    assert undeclared({**SOURCES, **breach}, SHARED)


def test_a_page_without_a_file_is_found() -> None:
    assert "page goals has no file" in undeclared({k: v for k, v in SOURCES.items() if k != "goals"}, SHARED)


def test_pages_open_nothing_and_hold_no_sql() -> None:
    for name, text in SOURCES.items():
        assert (name, opens(text), holds_sql(text)) == (name, set(), [])


def test_sql_and_files_stand_in_their_own_modules_only() -> None:
    assert {name for name, text in DRAWING.items() if holds_sql(text)} <= MAY_HOLD_SQL
    assert {name for name, text in DRAWING.items() if "duckdb" in imported(text)} == {"snapshots"}
    leaks = {name: opens(text) for name, text in DRAWING.items() if name not in MAY_OPEN | {"data"}}
    assert {name: what for name, what in leaks.items() if what} == {"app": {"pathlib", "pathlib.Path"}}


@pytest.mark.parametrize(
    "text",
    [
        "import duckdb",
        "from pathlib import Path",
        "open('x')",
        "door._snapshot.rows('x')",
        "import polars as pl\npl.read_csv('x')",
        "x.connection",
    ],
)
def test_the_law_of_files_finds_a_breach(text: str) -> None:
    assert opens(text)


@pytest.mark.parametrize(
    "text", ["q = 'select 1 from t'", "q = f'SELECT {x} FROM marts.t'", "q = 'with a as (select 1)'", "q = \"attach 'x'\""]
)
def test_the_law_of_sql_finds_a_breach(text: str) -> None:
    assert holds_sql(text)


def test_pages_are_whole() -> None:
    assert len({page.key for page in PAGES}) == len({page.title for page in PAGES}) == len(PAGES)
    for page in PAGES:
        assert page.roles
        assert set(page.roles) <= set(ROLES)
        assert set(page.queries) <= set(QUERIES)
        assert page.purpose.endswith(".")
        assert page.key in SOURCES
        assert "Keys that a test can read" in (ast.get_docstring(ast.parse(SOURCES[page.key])) or "")
    assert {query for page in PAGES for query in page.queries} == set(QUERIES)


def test_definitions_are_for_everyone_and_data_for_those_who_run_it() -> None:
    assert set(BY_KEY["definitions"].roles) == set(ROLES)
    assert set(BY_KEY["data"].roles) == {"data_admin", "analyst"}
    for key in ("overview", "goals", "reviews"):
        assert set(BY_KEY[key].roles) == {"leader", "hr_partner", "analyst"}


def exposures(path: Path) -> dict[str, set[str]]:
    """Tables that each exposure depends on, as the door names them."""
    seeds = {p.stem for p in (CHECKOUT / "seeds" / "reference").glob("*.csv")}
    found = {}
    for exposure in yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]:
        names = [re.fullmatch(r"ref\('(\w+)'\)", text)[1] for text in exposure["depends_on"]]  # type: ignore[index]
        found[exposure["name"]] = {f"reference.{name}" if name in seeds else f"marts.{name}" for name in names}
    return found


def test_each_page_reads_what_its_exposure_publishes() -> None:
    assert {page.key: set(page.tables) for page in PAGES} == exposures(CHECKOUT / "models" / "exposures.yml")


def test_sql_reads_the_tables_that_its_query_declares() -> None:
    for name, query in QUERIES.items():
        read = set(re.findall(r"(?:from|join)\s+((?:marts|reference|snapshot)\.\w+)", query.sql))
        assert (name, read) == (name, set(query.tables))
        assert query.sliced == ("$departments" in query.sql), name
        assert bool(query.sql) != bool(query.status), name
        declared = set(query.parameters) | {"dimensions", "everywhere", "departments"}
        assert set(re.findall(r"\$(\w+)", query.sql)) <= declared, name


def test_every_mart_with_slices_is_read_cut_to_the_viewer() -> None:
    sliced = {
        "marts.metric_values",
        "marts.rating_distribution",
        "marts.review_funnel",
        "marts.goal_overdue",
        "marts.goal_cascade",
        "marts.dim_department",
    }
    for name, query in QUERIES.items():
        assert query.sliced == bool(sliced & set(query.tables)), name


def test_registry_is_the_only_list_of_pages() -> None:
    assert [page.key for page in registry.pages_of("leader")] == ["overview", "goals", "reviews", "definitions"]
    assert [page.key for page in registry.pages_of("data_admin")] == ["data", "definitions"]
    assert [page.key for page in registry.pages_of("employee")] == ["definitions"]
    assert registry.pages_of("nobody") == []
