"""The committed results of the mutation evaluation belong to the SQL and tests as they are, and are good enough."""

import json
from typing import Any

import pytest
import sqlglot

from tests.evaluate import mutants
from tests.evaluate.compiled_unit_tests import Judge, UnitTest
from tests.evaluate.mutations import mutants as mutants_of

LEAST_KILL_SHARE = 0.9
"""metrics.md: the tests kill at least nine of ten."""

LEAST_MUTANTS = 300


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return json.loads(mutants.RESULTS.read_text(encoding="utf-8"))


def test_results_are_those_of_the_code_as_it_is(results: dict[str, Any]) -> None:
    assert results["code_hash"] == mutants.code_hash(), "models, macros or unit tests have changed since: run make evaluate"


def test_unit_tests_kill_nine_mutants_of_ten(results: dict[str, Any]) -> None:
    counts = results["mutants"]
    assert counts["killed"] + counts["survived"] >= LEAST_MUTANTS
    assert counts["kill_share"] == round(counts["killed"] / (counts["killed"] + counts["survived"]), 4)
    assert counts["kill_share"] >= LEAST_KILL_SHARE


def test_no_judged_model_is_without_a_unit_test_that_kills(results: dict[str, Any]) -> None:
    counts = results["mutants"]["models"]
    assert set(counts) == {path.stem for path in mutants.judged_files()}
    assert {name for name, found in counts.items() if found["judged"] and not found["killed"]} == set()


def test_every_equivalent_mutant_is_proven_and_still_survives(results: dict[str, Any]) -> None:
    known = mutants.equivalent_mutants()
    assert all(len(reason) > 20 for reason in known.values())
    survivors = {(name, mutant) for name, counts in results["mutants"]["models"].items() for mutant in counts["equivalent"]}
    assert survivors == set(known)


def test_small_errors_are_made_one_at_a_time() -> None:
    query = sqlglot.parse_one("with a as (select 1 as x) select sum(x) as n from a where x <= 2 and x = 1", dialect="duckdb")
    made = {mutant.name for mutant in mutants_of(query)}
    assert {
        "operator: x <= 2 => x < 2",
        "operator: x = 1 => x <> 1",
        "operator: x <= 2 AND x = 1 => x <= 2 OR x = 1",
        "condition dropped: x <= 2 AND x = 1 => x <= 2",
        "condition dropped: x <= 2 AND x = 1 => x = 1",
        "function: SUM(x) => COUNT(x)",
        "function: SUM(x) => MAX(x)",
        "number: x <= 2 => 3",
    } <= made
    assert "SELECT SUM(x) AS n FROM a WHERE x < 2 AND x = 1" in {mutant.sql.partition(") ")[2] for mutant in mutants_of(query)}


def test_a_changed_boundary_is_noticed_and_an_unchanged_model_passes() -> None:
    unit_test = UnitTest(
        name="boundary",
        model="model",
        before="select *, 'actual' as label from (",
        after=") union all select 2, 'expected'",
        fixtures="given as (select unnest([2, 3]) as x)",
    )
    judge = Judge()
    assert judge.rows_agree(unit_test, "SELECT x FROM given WHERE x <= 2")
    assert not judge.rows_agree(unit_test, "SELECT x FROM given WHERE x < 2")
    assert not judge.rows_agree(unit_test, "WITH a AS (SELECT x FROM given) SELECT x FROM a")
