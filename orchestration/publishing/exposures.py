"""What is published: the models and seeds that a dbt exposure names, each with how numbers about few people are hidden in it.

Belongs here: reading models/exposures.yml and the yml beside each model, and refusing what it does not allow. Does not belong
here: the SQL that hides (suppression), dbt's manifest (7 s to make).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from orchestration.contracts import load_contracts
from orchestration.publishing.meta import Publish
from orchestration.settings import CHECKOUT

MODELS, SEEDS = CHECKOUT / "models", CHECKOUT / "seeds" / "reference"
EXPOSURES = "exposures.yml"
MAY_BE_PUBLISHED = ("marts", "insights")
SEED_SCHEMA = "reference"
MADE_HERE = ("is_reportable", "suppression_reason")
REF = re.compile(r"ref\('(\w+)'\)")
NUMERIC = re.compile(r"(?i)^(u?(tiny|small|big|huge)?int(eger)?|double|float|real|(decimal|numeric)(\(\d+, ?\d+\))?)$")
OF_A_PERSON = re.compile(
    r"(?i)^(?!(is|has|n)_)(.*_)?(person_(key|id)|employee_(key|id|number)|e?mail|(display|first|last|full|preferred|employee|person)_name|phone|address"
    r"|(manager|owner|reviewer|rater|mentor|author|interviewer|candidate|facilitator|head|supervisor)(_(id|key|name))?)$"
)


class PublishError(RuntimeError):
    """Nothing was published, or a snapshot cannot be used; what people read is as before. The message says why and what to do."""


@dataclass(frozen=True)
class Exposed:
    """A table that is published: its columns with their types, and how."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    how: Publish

    @property
    def full_name(self) -> str:
        """The table as it is called in texts and in the warehouse."""
        return f"{self.schema}.{self.name}"


def read(models: Path = MODELS, seeds: Path = SEEDS) -> tuple[Exposed, ...]:
    """Everything that any exposure depends on, by schema and name.

    Args:
        models: the folder of models, with exposures.yml in it.
        seeds: the folder of seeds and the yml files that describe them.

    Raises:
        PublishError: an exposure names what may not be published, or a model does not say how (default deny).

    """
    described = {s["name"]: s for path in sorted(seeds.glob("*.yml")) for s in _yml(path).get("seeds", [])}
    found = [_seed(described[n]) if n in described else _model(n, models) for n in sorted(_named(models / EXPOSURES))]
    for table in found:
        _refuse_people(table)
    return tuple(sorted(found, key=lambda t: (t.schema, t.name)))


def _yml(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {}  # noqa: S506 (safe loader)
    except yaml.YAMLError as error:
        msg = f"{path.name} is not valid YAML ({' '.join(str(error).split())})"
        raise PublishError(msg) from error
    return loaded


def _named(path: Path) -> set[str]:
    if not path.is_file():
        msg = f"{path.name} is missing beside the models: it names what is published"
        raise PublishError(msg)
    found: set[str] = set()
    for exposure in _yml(path).get("exposures", []):
        for text in exposure.get("depends_on", []):
            match = REF.fullmatch(str(text).replace('"', "'").replace(" ", ""))
            if not match:
                msg = f"{path.name}, exposure {exposure.get('name')}: {text} is not a ref('model'); only those are published"
                raise PublishError(msg)
            found.add(match.group(1))
    if not found:
        msg = f"{path.name} names nothing: no exposure depends on a model"
        raise PublishError(msg)
    return found


def _seed(spec: dict[str, Any]) -> Exposed:
    types = spec.get("config", {}).get("column_types", {})
    columns = tuple((c["name"], types.get(c["name"]) or c.get("data_type", "")) for c in spec.get("columns", []))
    untyped = [n for n, data_type in columns if not data_type]
    if untyped or not columns:
        msg = f"seed {spec['name']} is exposed, but config.column_types does not give the type of {untyped or 'any column'}"
        raise PublishError(msg)
    return Exposed(SEED_SCHEMA, spec["name"], columns, _how(spec, spec["name"], required=False))


def _model(name: str, models: Path) -> Exposed:
    paths = [p for layer in MAY_BE_PUBLISHED for p in sorted((models / layer).rglob(f"{name}.yml"))]
    specs = [(p, s) for p in paths for s in _yml(p).get("models", []) if s["name"] == name]
    if len(specs) != 1:
        layers = " or ".join(f"models/{layer}" for layer in MAY_BE_PUBLISHED)
        msg = f"an exposure names {name}, which is neither a seed nor a model described by {name}.yml under {layers}"
        raise PublishError(msg)
    path, spec = specs[0]
    how = _how(spec, name, required=True)
    given = {c["name"]: c.get("data_type") for c in spec.get("columns", [])}
    untyped = [n for n, data_type in given.items() if not data_type]
    if untyped or not given:
        msg = f"{name}.yml gives no data_type for {', '.join(untyped) or 'any column'}; a published model needs its contract"
        raise PublishError(msg)
    _refuse_unclear(name, given, how)
    kept = tuple((n, str(t)) for n, t in given.items() if n not in how.left_out_columns)
    return Exposed(path.relative_to(models).parts[0], name, kept, how)


def _how(spec: dict[str, Any], name: str, *, required: bool) -> Publish:
    metas = (spec.get("meta"), spec.get("config", {}).get("meta"))
    said = [m["publish"] for m in metas if m and "publish" in m]
    if not said and required:
        msg = f"an exposure names {name}, but {name}.yml does not say under config.meta.publish how it is published"
        raise PublishError(msg)
    try:
        return Publish.model_validate((said[0] if said else None) or {})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        msg = f"config.meta.publish of {name} is not understood ({faults})"
        raise PublishError(msg) from error


def _refuse_unclear(name: str, columns: dict[str, str | None], how: Publish) -> None:
    """Refuse columns that do not exist, and numbers of which it is not said whether they are about people."""
    where = f"config.meta.publish of {name}"
    only = [*(how.intervals.only if how.intervals else ()), *(how.extremes.only if how.extremes else ())]
    named = [*how.without, *how.left_out_columns, *how.hidden, *how.not_about_people, *only]
    unknown = sorted(set(named) - columns.keys())
    if unknown:
        msg = f"{where} names {', '.join(unknown)}, which the model does not have"
        raise PublishError(msg)
    both = sorted(set(how.hidden) & {*how.not_about_people, *how.left_out_columns, *how.without, *only})
    if both:
        msg = f"{where}: {', '.join(both)} cannot be hidden and something else at once"
        raise PublishError(msg)
    if how.people is None:
        if how.hidden or how.not_about_people:
            msg = f"{where} names numbers, but no column `people` that says how many people they are about"
            raise PublishError(msg)
        return
    loose = [
        n for n, t in columns.items() if NUMERIC.match(t or "") and n not in {*how.hidden, *how.not_about_people, *how.left_out_columns}
    ]
    if loose:
        msg = f"{where} must say of the column(s) {', '.join(loose)} whether they are `numbers` (hidden) or `not_about_people`"
        raise PublishError(msg)
    if any(rule is not None and rule.at_least < how.at_least for rule in (how.intervals, how.extremes, *how.parts)):
        msg = f"{where}: at_least of intervals, extremes and parts must not be below {how.at_least}"
        raise PublishError(msg)
    _refuse_unclear_parts(where, how)
    taken = [n for n in MADE_HERE if n in columns]
    if taken:
        msg = f"{name} has the column(s) {', '.join(taken)}, which publishing adds itself: rename them in the model"
        raise PublishError(msg)


def _refuse_unclear_parts(where: str, how: Publish) -> None:
    of_parts = [n for part in how.parts for n in part.hidden]
    other = {how.people, *(part.of for part in how.parts), *(how.intervals.columns if how.intervals else ())}
    twice = sorted({n for n in of_parts if of_parts.count(n) > 1 or n in other})
    if twice:
        msg = f"{where}: {', '.join(twice)} cannot be hidden by two rules: each number is one of one part, or of none"
        raise PublishError(msg)


def _refuse_people(table: Exposed) -> None:
    refused = [n for n, _ in table.columns if is_of_a_person(n)]
    if refused:
        msg = (
            f"{table.full_name} would publish {', '.join(refused)}, which says who a person is: put it under left_out_columns of "
            "config.meta.publish, or do not expose the table"
        )
        raise PublishError(msg)


def is_of_a_person(column: str) -> bool:
    """Whether a column is called like something that says who a person is, here or in the contract of any source."""
    return bool(OF_A_PERSON.match(column)) or column.lower() in _named_in_contracts()


@cache
def _named_in_contracts() -> frozenset[str]:
    told = [c for contract in load_contracts().values() for c in contract.columns]
    refers = {c.name for c in told if c.parent and c.parent.table == "employees"}
    return frozenset(refers | {c.name for c in told if c.sensitivity in {"direct", "demographic"}})
