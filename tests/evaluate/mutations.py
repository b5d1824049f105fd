"""Single small errors in a SQL query: the ways in which a rule gets lost.

Here: which errors there are, on sqlglot's tree. Not here: which queries are changed or what finds the errors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

Change = tuple[str, exp.Expression | None]
"""Name of the operator, and what stands in the node's place; None takes the node away."""

SWAPPED: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.LTE: (exp.LT,),
    exp.LT: (exp.LTE,),
    exp.GTE: (exp.GT,),
    exp.GT: (exp.GTE,),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.And: (exp.Or,),
    exp.Or: (exp.And,),
    exp.Add: (exp.Sub,),
    exp.Sub: (exp.Add,),
    exp.Mul: (exp.Div,),
    exp.Div: (exp.Mul,),
}
RENAMED: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.Sum: (exp.Max, exp.Count),
    exp.Max: (exp.Min,),
    exp.Min: (exp.Max,),
    exp.Lead: (exp.Lag,),
    exp.Lag: (exp.Lead,),
    exp.RowNumber: (exp.Rank,),
    exp.Greatest: (exp.Least,),
    exp.Least: (exp.Greatest,),
}
TRUNCATED = {"QUARTER": "MONTH", "YEAR": "QUARTER", "MONTH": "QUARTER", "DAY": "MONTH"}


@dataclass(frozen=True)
class Mutant:
    """A query with one error. `name` is stable as long as the query's text is."""

    name: str
    sql: str


def mutants(query: exp.Expression) -> Iterator[Mutant]:
    """Every mutant of a query, one change each."""
    seen: dict[str, int] = {}
    for index, node in enumerate(query.walk()):
        for operator, replacement in changes(node):
            copy = query.copy()
            target = _node(copy, index)
            before = _shortened(target.parent if isinstance(target, exp.Literal) and target.parent else target)
            if replacement is None:
                target.pop()
                after = "nothing"
            else:
                target.replace(replacement)
                after = _shortened(replacement)
            name = f"{operator}: {before} => {after}"
            seen[name] = seen.get(name, 0) + 1
            yield Mutant(name if seen[name] == 1 else f"{name} (no. {seen[name]})", copy.sql(dialect="duckdb"))


def changes(node: exp.Expression) -> Iterator[Change]:
    """What can go wrong at one node."""
    for kind, others in SWAPPED.items():
        if type(node) is kind:
            yield from (("operator", other(this=node.this.copy(), expression=node.expression.copy())) for other in others)
    for kind, others in RENAMED.items():
        if type(node) is kind:
            yield from (("function", _renamed(node, other)) for other in others)
    for operator in OPERATORS:
        yield from operator(node)


def _logic(node: exp.Expression) -> Iterator[Change]:
    if isinstance(node, exp.And | exp.Or):
        yield "condition dropped", node.this.copy()
        if not isinstance(node.this, type(node)):
            yield "condition dropped", node.expression.copy()
    if isinstance(node, exp.Where | exp.Having) and not isinstance(node.this, exp.And):
        yield "filter dropped", None
    if isinstance(node, exp.Not):
        yield "negation dropped", node.this.copy()
    if isinstance(node, exp.Is | exp.Exists) and not isinstance(node.parent, exp.Not):
        yield "negated", exp.Not(this=exp.Paren(this=node.copy()))
    if isinstance(node, exp.Between):
        value, low, high = node.this, node.args["low"], node.args["high"]
        yield "between", exp.and_(exp.GT(this=value.copy(), expression=low.copy()), exp.LTE(this=value.copy(), expression=high.copy()))
        yield "between", exp.and_(exp.GTE(this=value.copy(), expression=low.copy()), exp.LT(this=value.copy(), expression=high.copy()))
    if isinstance(node, exp.Boolean):
        yield "boolean", exp.Boolean(this=not node.this)


def _literals(node: exp.Expression) -> Iterator[Change]:
    if isinstance(node, exp.In):
        values = node.expressions
        for dropped in range(len(values) if len(values) > 1 else 0):
            kept = [value.copy() for position, value in enumerate(values) if position != dropped]
            yield "member dropped", exp.In(this=node.this.copy(), expressions=kept)
    if isinstance(node, exp.Interval) and node.this is not None and str(node.this.this).isdigit():
        yield "interval", exp.Interval(this=exp.Literal.string(str(int(node.this.this) + 1)), unit=node.args["unit"].copy())
    if not isinstance(node, exp.Literal) or node.find_ancestor(exp.DataType, exp.Interval) or _only_says_that_a_row_exists(node):
        return
    if node.is_string and isinstance(node.parent, exp.EQ | exp.NEQ | exp.If):
        yield "text", exp.Literal.string(f"{node.this}_")
    if not node.is_string and str(node.this).isdigit():
        yield "number", exp.Literal.number(int(node.this) + 1)
        if int(node.this) > 0:
            yield "number", exp.Literal.number(int(node.this) - 1)
    elif not node.is_string:
        yield "number", exp.Literal.number(float(node.this) * 1.01)


def _only_says_that_a_row_exists(node: exp.Expression) -> bool:
    return isinstance(node.parent, exp.Select) and isinstance(node.parent.parent, exp.Exists)


def _missing_values(node: exp.Expression) -> Iterator[Change]:
    if isinstance(node, exp.Coalesce) and node.expressions:
        yield "default dropped", node.this.copy()
        yield "only the default", node.expressions[-1].copy()
    if isinstance(node, exp.Nullif | exp.Sqrt | exp.Pow | exp.Round):
        yield "function dropped", node.this.copy()
    if isinstance(node, exp.Round):
        yield "function", exp.Floor(this=node.this.copy())


def _shape(node: exp.Expression) -> Iterator[Change]:
    if isinstance(node, exp.Join) and node.args.get("on") is not None:
        side = "" if node.side == "LEFT" else "LEFT"
        yield "join", _with(node, side=side, kind="")
    if isinstance(node, exp.Window):
        partition = node.args.get("partition_by") or []
        for dropped in range(len(partition)):
            yield "partition", _with(node, partition_by=[column.copy() for n, column in enumerate(partition) if n != dropped])
    if isinstance(node, exp.Ordered):
        yield "order", _with(node, desc=not node.args.get("desc"))
        if len(node.parent.expressions) > 1:
            yield "order dropped", None
    if isinstance(node, exp.Distinct):
        yield "distinct dropped", node.expressions[0].copy() if node.expressions else None
    if isinstance(node, exp.Union) and node.args.get("distinct"):
        yield "union all", _with(node, distinct=False)
    if isinstance(node, exp.GroupingSets):
        for dropped in range(len(node.expressions)):
            yield "grouping set dropped", _with(node, expressions=[g.copy() for n, g in enumerate(node.expressions) if n != dropped])
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc) and node.args["unit"].name.upper() in TRUNCATED:
        yield "date unit", _with(node, unit=exp.var(TRUNCATED[node.args["unit"].name.upper()]))


def _cases(node: exp.Expression) -> Iterator[Change]:
    if not isinstance(node, exp.Case):
        return
    branches, default = node.args["ifs"], node.args.get("default")
    for dropped in range(len(branches)):
        kept = [branch.copy() for position, branch in enumerate(branches) if position != dropped]
        yield "branch dropped", _with(node, ifs=kept) if kept else (default.copy() if default else exp.Null())
    if default is not None:
        yield "else dropped", _with(node, default=None)
    if len(branches) == 1 and default is not None:
        swapped = exp.If(this=branches[0].this.copy(), true=default.copy())
        yield "branches swapped", _with(node, ifs=[swapped], default=branches[0].args["true"].copy())


OPERATORS: tuple[Callable[[exp.Expression], Iterator[Change]], ...] = (_logic, _literals, _missing_values, _shape, _cases)


def _with(node: exp.Expression, **arguments: object) -> exp.Expression:
    copy = node.copy()
    for name, value in arguments.items():
        copy.set(name, value)
    return copy


def _renamed(node: exp.Expression, kind: type[exp.Expression]) -> exp.Expression:
    return kind(**{name: value for name, value in node.copy().args.items() if name in kind.arg_types})


def _node(tree: exp.Expression, index: int) -> exp.Expression:
    for position, node in enumerate(tree.walk()):
        if position == index:
            return node
    raise IndexError(index)


def _shortened(node: exp.Expression) -> str:
    text = " ".join(node.sql(dialect="duckdb", comments=False).split())
    return text if len(text) <= 110 else f"{text[:70]} … {text[-37:]}"
