"""The door: named questions, answered with frames that are already cut to the viewer. Whatever is not allowed is refused.

Belongs here: who may ask what, with which values. Does not belong here: SQL (queries), pages (registry), drawing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.access import ALL_AGGREGATES, SCOPED, Viewer
from dashboards.queries import DEPARTMENT_TREE, DIMENSIONS, MEMBERS_OF, METRICS, PERIOD_TYPES, QUERIES, TABLES_THERE, Query
from dashboards.registry import BY_KEY
from dashboards.snapshots import LACKING, OTHER_VERSION, Snapshot

MOST_ANSWERS = 512


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The door does not answer; the reason is for the person who asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotPublished(Refused):
    """The snapshot lacks what the question reads."""


class Answers:
    """Answers given lately, each for one viewer and one snapshot. Safe from several threads."""

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> object | None:
        """The answer kept under that key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[object, ...], answer: object) -> None:
        """Keep an answer; the one asked for longest ago goes."""
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Domain:
    """What a snapshot has to be asked for: tables, metrics, periods, members, the department tree."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.tables = frozenset(snapshot.rows(TABLES_THERE)["name"].to_list())
        has = self.tables.__contains__
        self.metrics = frozenset(snapshot.rows(METRICS)["metric"].to_list()) if has("reference.metric_dictionary") else frozenset[str]()
        rows = [snapshot.rows(sql) for table, sql in MEMBERS_OF.items() if has(table)]
        placed = pl.concat(rows).unique() if rows else pl.DataFrame(schema=dict.fromkeys(("dimension", "member_id"), pl.String))
        self.members = frozenset(placed.select("dimension", "member_id").unique().iter_rows())
        periods = placed.select("period_type", "period_id").unique().iter_rows() if rows else ()
        self.periods = frozenset(p for p in periods if p[0])
        self.tree = (
            snapshot.rows(DEPARTMENT_TREE)
            if has("marts.dim_department")
            else pl.DataFrame(schema=dict.fromkeys(("department_key", "name", "parent_department_key"), pl.String))
        )

    def below(self, tops: tuple[str, ...]) -> frozenset[str]:
        """Those departments and all below them."""
        children: dict[str | None, list[str]] = {}
        for key, parent in self.tree.select("department_key", "parent_department_key").iter_rows():
            children.setdefault(parent, []).append(key)
        known = set(self.tree["department_key"].to_list())
        found: set[str] = set()
        waiting = [top for top in tops if top in known]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(children.get(key, []))
        return frozenset(found)


class Door:
    """Answers the questions of one viewer about one snapshot."""

    def __init__(
        self, viewer: Viewer | None, snapshot: Snapshot, status: Mapping[str, Any] | None = None, answers: Answers | None = None
    ) -> None:
        self.viewer = viewer
        self._snapshot = snapshot
        self._status = status or {}
        self._answers = answers or Answers()

    @property
    def _domain(self) -> Domain:
        key = ("domain", self._snapshot.snapshot_id)
        found = self._answers.get(key)
        if not isinstance(found, Domain):
            found = Domain(self._snapshot)
            self._answers.keep(key, found)
        return found

    def dimensions(self) -> tuple[str, ...]:
        """The dimensions whose slices this viewer may ask for."""
        if self.viewer is None or self.viewer.role not in ALL_AGGREGATES | SCOPED:
            return ()
        return DIMENSIONS if self.viewer.sees_everywhere else ("company", "department")

    def ask(self, page_key: str, query_name: str, **parameters: str) -> pl.DataFrame:
        """The answer to a named question of a page.

        Raises:
            Refused: nobody is signed in; the page or query is unknown, or not for this viewer; a parameter is missing, unknown
                or has a value that this viewer may not ask for.
            NotPublished: the snapshot lacks a table or column that the question reads.
        """
        query = self._allowed(page_key, query_name)
        if set(parameters) != set(query.parameters):
            wrong = ", ".join(sorted(set(parameters) ^ set(query.parameters)))
            msg = f"The question {query_name} takes other parameters ({wrong})."
            raise Refused(msg)
        if query.status is not None:
            return self._from_status(query.status)
        try:
            return self._from_snapshot(page_key, query_name, query, parameters)
        except LACKING as error:
            msg = f"This snapshot {OTHER_VERSION}"
            raise NotPublished(msg) from error

    def _from_snapshot(self, page_key: str, query_name: str, query: Query, parameters: Mapping[str, str]) -> pl.DataFrame:
        missing = [table for table in query.tables if table not in self._domain.tables]
        if missing:
            msg = f"This snapshot was published without {', '.join(missing)}. The next run publishes it."
            raise NotPublished(msg)
        self._checked(parameters)
        key = (self._snapshot.snapshot_id, self.viewer, page_key, query_name, *sorted(parameters.items()))
        found = self._answers.get(key)
        if not isinstance(found, pl.DataFrame):
            values = {**parameters, **(self._scope() if query.sliced else {})}
            found = self._snapshot.rows(query.sql, {name: value for name, value in values.items() if f"${name}" in query.sql})
            self._answers.keep(key, found)
        return found.clone()

    def _allowed(self, page_key: str, query_name: str) -> Query:
        if self.viewer is None:
            msg = "Nobody is signed in."
            raise Refused(msg)
        page = BY_KEY.get(page_key)
        if page is None or self.viewer.role not in page.roles:
            msg = "This page is not among those that your role sees."
            raise Refused(msg)
        if query_name not in page.queries or query_name not in QUERIES:
            msg = f"The page {page.title} does not ask for {query_name}."
            raise Refused(msg)
        return QUERIES[query_name]

    def _scope(self) -> dict[str, object]:
        viewer = self.viewer
        everywhere = viewer is not None and viewer.sees_everywhere
        tops = viewer.departments if viewer and viewer.departments is not None and self.dimensions() else ()
        return {"dimensions": list(self.dimensions()), "everywhere": everywhere, "departments": sorted(self._domain.below(tops or ()))}

    def _checked(self, parameters: Mapping[str, str]) -> None:
        if any(not isinstance(value, str) for value in parameters.values()):
            msg = "A parameter is not a text."
            raise Refused(msg)
        if "metric" in parameters and parameters["metric"] not in self._domain.metrics:
            msg = f"There is no metric {parameters['metric']}. Definitions lists those there are."
            raise Refused(msg)
        if "period_type" in parameters and parameters["period_type"] not in PERIOD_TYPES:
            msg = "A period is a review cycle, a quarter or a year."
            raise Refused(msg)
        if "period_id" in parameters and (parameters.get("period_type", "cycle"), parameters["period_id"]) not in self._domain.periods:
            msg = f"Nothing is published for the period {parameters['period_id']}."
            raise Refused(msg)
        dimension = parameters.get("dimension")
        if dimension is not None and dimension not in self.dimensions():
            if dimension in DIMENSIONS:
                msg = f"Your scope is made of departments; {dimension.replace('_', ' ')} would show people outside it."
                raise Refused(msg)
            msg = f"Nothing is published by {dimension}."
            raise Refused(msg)
        if "member_id" in parameters:
            self._checked_member(dimension or "", parameters["member_id"])

    def _checked_member(self, dimension: str, member_id: str) -> None:
        if dimension == "company" and member_id == "all":
            return
        there = (dimension, member_id) in self._domain.members
        if dimension == "department":
            there = member_id in set(self._domain.tree["department_key"].to_list())
            if not (self.viewer and self.viewer.sees_everywhere):
                there = there and member_id in self._domain.below((self.viewer.departments if self.viewer else None) or ())
        if not there:  # the same words for what is not there and what is out of scope: neither may be told from the other
            msg = f"{dimension.replace('_', ' ').capitalize()} {member_id} is not here, or not in your scope."
            raise Refused(msg)

    def _from_status(self, part: str) -> pl.DataFrame:
        found = self._status.get(part)
        rows = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        return pl.from_dicts([flat(row) for row in rows], infer_schema_length=None) if rows else pl.DataFrame()


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of status.json with what is nested one level deep named outer_inner."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{inner}": v for inner, v in value.items()}
        else:
            found[name] = value
    return found


def department_tree(snapshot: Snapshot) -> pl.DataFrame:
    """All departments, for the choice of a scope in development mode; empty where the snapshot has none that can be read."""
    try:
        return Domain(snapshot).tree
    except LACKING:
        return pl.DataFrame(schema=dict.fromkeys(("department_key", "name", "parent_department_key", "level"), pl.String))
