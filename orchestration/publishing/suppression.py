"""The SELECT that makes a published table: columns and rows left out, numbers about too few people hidden.

Belongs here: hiding, as `config.meta.publish` says. Does not belong here: whether it was hidden (checking, which shares no code
with this).
"""

from __future__ import annotations

from orchestration.ingestion.sql_names import quoted
from orchestration.publishing.exposures import Exposed
from orchestration.publishing.meta import Part, Publish

TOO_FEW = "too_few_people"  # the only reason, whatever the rule: a reason of its own for 0% and 100% would tell the value
Parameters = dict[str, object]


def create(table: Exposed) -> str:
    """SQL that creates the empty table, its types those of the contract."""
    columns = [f"{quoted(name)} {data_type}" for name, data_type in table.columns]
    if table.how.people:
        columns += ["is_reportable boolean", "suppression_reason varchar"]
    return f"create table {quoted(table.schema)}.{quoted(table.name)} ({', '.join(columns)})"


def fill(table: Exposed, database: str) -> tuple[str, Parameters]:
    """SQL that fills it from an attached warehouse, and its parameters. The order is that of what is shown, so that it tells nothing."""
    how, parameters = table.how, Parameters()
    kept = " and ".join(f"not {_is_among(c, v, parameters)}" for c, v in how.without.items()) or "true"
    rows = f"select * from {database}.{quoted(table.schema)}.{quoted(table.name)} where {kept}"
    if how.people:
        rows = f"select *, {_reason(how, parameters)} as suppression_reason from ({rows})"
    shown = [_shown(name, how, parameters) for name, _ in table.columns]
    if how.people:
        shown += ["suppression_reason is null as is_reportable", "suppression_reason"]
    into = f"{quoted(table.schema)}.{quoted(table.name)}"
    return f"insert into {into} select * from (select {', '.join(shown)} from ({rows})) order by all", parameters


def _is_among(column: str, values: tuple[str, ...], parameters: Parameters) -> str:
    name = f"v{len(parameters)}"
    parameters[name] = list(values)
    return f"coalesce(list_contains(${name}, cast({quoted(column)} as varchar)), false)"


def _applies(only: dict[str, tuple[str, ...]], parameters: Parameters) -> str:
    return " and ".join(_is_among(c, v, parameters) for c, v in only.items()) or "true"


def _reason(how: Publish, parameters: Parameters) -> str:
    people = f"coalesce({quoted(how.people or '')}, 0)"
    hidden = f"{people} < {how.at_least}"
    if how.extremes:
        share = quoted(how.extremes.share)
        applies = _applies(how.extremes.only, parameters)
        hidden += f" or ({people} < {how.extremes.at_least} and ({share} <= 0 or {share} >= 1) and {applies})"
    return f"case when {hidden} then '{TOO_FEW}' end"


def _shown(name: str, how: Publish, parameters: Parameters) -> str:
    column = quoted(name)
    if not how.people or name not in how.hidden:
        return column
    shown = "suppression_reason is null"
    if how.intervals and name in how.intervals.columns:
        few = f"{quoted(how.people)} < {how.intervals.at_least} and {_applies(how.intervals.only, parameters)}"
        shown += f" and not ({few})"
    for part in how.parts:
        if name in part.hidden:
            shown += f" and {_is_enough(part)}"
    return f"case when {shown} then {column} end as {column}"


def _is_enough(part: Part) -> str:
    people, of = quoted(part.people), quoted(part.of)
    rest = f"({of} = {people} or {of} - {people} >= {part.rest_at_least})"
    return f"coalesce({people} >= {part.at_least} and {rest}, false)"
