"""How many small errors in the SQL of metrics and rules do the unit tests notice? `python -m tests.evaluate.mutants`.

Here: which models are judged, counting, and writing tests/evaluate/results.json. Not here: the errors themselves
(mutations) and how a unit test is run (compiled_unit_tests).
"""

import hashlib
import json
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.evaluate.compiled_unit_tests import Judge, Model, compile_models
from tests.evaluate.mutations import Mutant, mutants

CHECKOUT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
EQUIVALENT = HERE / "equivalent_mutants.toml"
JUDGED = (
    "models/staging/stg_departments.sql",
    "models/staging/stg_employees_versions.sql",
    "models/intermediate/**/*.sql",
    "models/marts/goals/*.sql",
    "models/marts/reviews/fct_review.sql",
    "models/marts/improvement/*.sql",
    "models/marts/metrics/*.sql",
)
"""Models that carry a rule of metrics.md; of staging, which is one macro, the two with unit tests.

A model without a unit test is judged too, and all its mutants survive.
"""

MOST_PER_MODEL = 200
"""Of a model with more mutants a sample with a fixed seed is judged."""

INVALID, KILLED, SURVIVED = "invalid", "killed", "survived"


def judged_files() -> list[Path]:
    """The SQL files of the judged models."""
    return sorted({path for pattern in JUDGED for path in CHECKOUT.glob(pattern)})


def code_hash() -> str:
    """Changes when a judged model, a macro, a unit test's rows or this evaluation changes; not with descriptions."""
    digest = hashlib.sha256()
    sources = [
        *judged_files(),
        *sorted((CHECKOUT / "dbt_project" / "macros").rglob("*.sql")),
        CHECKOUT / "dbt_project" / "dbt_project.yml",
        *(HERE / name for name in ("mutations.py", "compiled_unit_tests.py", "mutants.py", "equivalent_mutants.toml")),
    ]
    for path in sources:
        digest.update(f"{path.relative_to(CHECKOUT)}\n".encode() + path.read_bytes())
    for path in judged_files():
        described = path.with_suffix(".yml")
        unit_tests = (yaml.safe_load(described.read_text(encoding="utf-8")) or {}).get("unit_tests", []) if described.exists() else []
        tested = [{name: value for name, value in unit_test.items() if name != "description"} for unit_test in unit_tests]
        digest.update(json.dumps(tested, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def equivalent_mutants() -> dict[tuple[str, str], str]:
    """Mutants that no test can tell from the model, with the proof of it, by model and name."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    return {(entry["model"], entry["name"]): entry["reason"] for entry in entries}


def sampled(model: Model) -> list[Mutant]:
    """All mutants of a model, or a sample with a fixed seed."""
    found = list(mutants(model.tree))
    if len(found) <= MOST_PER_MODEL:
        return found
    return random.Random(model.name).sample(found, MOST_PER_MODEL)


def verdict(judge: Judge, model: Model, mutant: Mutant) -> str:
    """Whether a unit test notices the mutant."""
    try:
        return SURVIVED if all(judge.rows_agree(unit_test, mutant.sql) for unit_test in model.unit_tests) else KILLED
    except duckdb.Error:
        return INVALID


def judge_model(judge: Judge, model: Model) -> Iterator[tuple[str, str]]:
    """Name and verdict of each mutant, once the unchanged model has passed."""
    unchanged = model.tree.sql(dialect="duckdb")
    for unit_test in model.unit_tests:
        assert judge.rows_agree(unit_test, unchanged), f"{model.name}: {unit_test.name} fails on the model as it is"
    for mutant in sampled(model):
        yield mutant.name, verdict(judge, model, mutant)


def evaluate() -> dict[str, Any]:
    """Judge every model and return what results.json holds under `mutants`."""
    with tempfile.TemporaryDirectory() as folder:
        models = compile_models(Path(folder))
    known, judge = equivalent_mutants(), Judge()
    by_model: dict[str, dict[str, Any]] = {}
    for name in (path.stem for path in judged_files()):
        verdicts = list(judge_model(judge, models[name])) if name in models else []
        survivors = [mutant for mutant, found in verdicts if found == SURVIVED]
        by_model[name] = {
            "unit_tests": len(models[name].unit_tests) if name in models else 0,
            "judged": sum(found != INVALID for _, found in verdicts),
            "invalid": sum(found == INVALID for _, found in verdicts),
            "killed": sum(found == KILLED for _, found in verdicts),
            "equivalent": sorted(mutant for mutant in survivors if (name, mutant) in known),
            "survivors": sorted(mutant for mutant in survivors if (name, mutant) not in known),
        }
        sys.stdout.write(f"{name:32} {by_model[name]['killed']:4} of {by_model[name]['judged']:4} killed\n")
        sys.stdout.flush()
    killed = sum(counts["killed"] for counts in by_model.values())
    survived = sum(len(counts["survivors"]) for counts in by_model.values())
    return {
        "killed": killed,
        "survived": survived,
        "equivalent": sum(len(counts["equivalent"]) for counts in by_model.values()),
        "kill_share": round(killed / (killed + survived), 4),
        "models": by_model,
    }


def main() -> None:
    """Evaluate and write the results beside this file."""
    before = code_hash()
    found = evaluate()
    RESULTS.write_text(json.dumps({"mutants": found, "code_hash": before}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    share = f"{found['kill_share']:.1%}"
    sys.stdout.write(
        f"{found['killed']} mutants killed, {found['survived']} survived ({share} killed), {found['equivalent']} proven equivalent\n"
    )


if __name__ == "__main__":
    main()
