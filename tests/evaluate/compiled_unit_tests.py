"""dbt's unit tests as plain queries, so that a changed model is judged in milliseconds.

Here: having dbt compile its unit tests once, taking them apart into fixtures, model and expectation, running one against
any text of the model. Not here: how models are changed.
"""

import json
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from orchestration import transform
from orchestration.ingestion import landing
from orchestration.settings import Settings
from seeds.company.parameters import Parameters
from seeds.company.writing import write
from tests.plain_runs import run

FIXTURE = "__dbt__cte__"
ACTUAL_BEGINS, ACTUAL_ENDS = "from (", ") _dbt_internal_unit_test_actual"
PEOPLE = 60
SECONDS = 5


@dataclass(frozen=True)
class UnitTest:
    """One unit test: the query around the model's, and the fixtures that stand for its inputs."""

    name: str
    model: str
    before: str
    after: str
    fixtures: str

    def query(self, model_sql: str) -> str:
        """The test over another text of the model. It returns actual and expected rows, told apart by the last column."""
        text = model_sql.strip()
        for opening in ("WITH RECURSIVE ", "WITH "):
            if text.startswith(opening):
                return f"{self.before}with recursive {self.fixtures}, {text.removeprefix(opening)}{self.after}"
        return f"{self.before}with recursive {self.fixtures} {text}{self.after}"


@dataclass(frozen=True)
class Model:
    """A model's query without fixtures, and its unit tests."""

    name: str
    tree: exp.Expression
    unit_tests: list[UnitTest]


def compile_models(home: Path) -> dict[str, Model]:
    """Build a small company in home, run dbt's unit tests there, and return each tested model with its tests.

    Raises:
        AssertionError: the company could not be built, or a unit test fails as it is.

    """
    settings = Settings(home=home, settle_seconds=0)
    parameters = Parameters(employees=PEOPLE)
    write(parameters, home)
    landing.mark_synthetic(home / "landing", parameters.until)
    built = run(settings)
    assert built.exit_code == 0, built.build.failed
    tested = transform.call(transform.arguments("test", settings, "--select", "test_type:unit"), settings)
    assert not tested.failed, tested.failed
    assert not tested.failed_tests, tested.failed_tests
    return read_models(settings.transform_folder / "target")


def read_models(target: Path) -> dict[str, Model]:
    """Each model with unit tests, from what dbt left in its target folder."""
    described = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["unit_tests"].values()
    files = defaultdict(list)
    for path in (target / "run").rglob("*.sql"):
        files[path.stem].append(path)
    trees: dict[str, exp.Expression] = {}
    unit_tests: dict[str, list[UnitTest]] = defaultdict(list)
    for unit_test in described:
        written = files[unit_test["name"]]
        assert len(written) == 1, f"unit tests need names of their own: {unit_test['name']} in {written}"
        tree, taken_apart = take_apart(unit_test["name"], unit_test["model"], written[0].read_text(encoding="utf-8"))
        trees[unit_test["model"]] = tree
        unit_tests[unit_test["model"]].append(taken_apart)
    return {name: Model(name, trees[name], unit_tests[name]) for name in sorted(trees)}


def take_apart(name: str, model: str, text: str) -> tuple[exp.Expression, UnitTest]:
    """The model's query without fixtures, and the unit test without the model."""
    begin = text.index(ACTUAL_BEGINS) + len(ACTUAL_BEGINS)
    end = text.index(ACTUAL_ENDS)
    tree = sqlglot.parse_one(text[begin:end], dialect="duckdb")
    with_ = tree.args["with_"]
    fixtures = [cte for cte in with_.expressions if cte.alias.startswith(FIXTURE)]
    own = [cte for cte in with_.expressions if not cte.alias.startswith(FIXTURE)]
    if own:
        with_.set("expressions", own)
    else:
        with_.pop()
    fixture_sql = ", ".join(cte.sql(dialect="duckdb") for cte in fixtures)
    return tree, UnitTest(name, model, text[:begin], text[end:], fixture_sql)


class Judge:
    """Runs unit tests in an empty DuckDB, for which they bring all they need."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set threads = 1; set memory_limit = '1GB'; set TimeZone = 'UTC'")

    def rows_agree(self, unit_test: UnitTest, model_sql: str) -> bool:
        """Whether the model's rows are the expected ones. A query that does not end within seconds does not agree.

        Raises:
            duckdb.BinderException, duckdb.ParserException: the text is not a query at all.

        """
        watch = threading.Timer(SECONDS, self.connection.interrupt)
        watch.start()
        try:
            rows = self.connection.execute(unit_test.query(model_sql)).fetchall()
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
            raise
        except duckdb.Error:
            return False
        finally:
            watch.cancel()
        actual, expected = (Counter(row[:-1] for row in rows if row[-1] == label) for label in ("actual", "expected"))
        return actual == expected
