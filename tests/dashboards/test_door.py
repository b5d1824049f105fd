"""The door: default deny, scope, domains, caches.

Belongs here: what Door answers and refuses. Does not belong here: pages.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboards.access import ROLES, Viewer, banner, who
from dashboards.data import Answers, Door, NotPublished, Refused
from dashboards.queries import DIMENSIONS, QUERIES
from dashboards.registry import PAGES
from dashboards.snapshots import Shelf, Snapshot, opened
from orchestration.settings import Settings
from tests.dashboards.made_snapshot import write_snapshot

LEADER = Viewer("l", "leader", None)
PARTNER = Viewer("p", "hr_partner", ("D2",))
SLICE = {"dimension": "department", "member_id": "D4"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    path = write_snapshot(tmp_path_factory.mktemp("door"))
    return Snapshot(path.stem, opened(path))


def values(page: str, query: str, role_sees_all: bool) -> dict[str, str]:
    """Values that are allowed for a query's parameters."""
    known = {"dimension": "company", "member_id": "all", "metric": "goal_completion_rate", "period_type": "quarter", "period_id": "2026-Q2"}
    return {name: known[name] for name in QUERIES[query].parameters}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_its_roles_and_refuses_all_others(snapshot: Snapshot, role: str) -> None:
    door = Door(Viewer("x", role, ("D2",) if role == "hr_partner" else None), snapshot, {"run": {"a": 1}})
    for page in PAGES:
        for query in QUERIES:
            if role in page.roles and query in page.queries:
                assert isinstance(door.ask(page.key, query, **values(page.key, query, True)), pl.DataFrame)
            else:
                with pytest.raises(Refused):
                    door.ask(page.key, query, **values(page.key, query, True))


def test_nobody_gets_nothing(snapshot: Snapshot) -> None:
    door = Door(None, snapshot)
    assert door.dimensions() == ()
    for page in PAGES:
        for query in page.queries:
            with pytest.raises(Refused, match="Nobody is signed in"):
                door.ask(page.key, query, **values(page.key, query, True))


def test_a_role_that_is_unknown_gets_nothing(snapshot: Snapshot) -> None:
    door = Door(Viewer("x", "ceo", None), snapshot)
    with pytest.raises(Refused):
        door.ask("definitions", "definitions")


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("slice_history", {}),
        ("slice_history", {"dimension": "company", "member_id": "all", "extra": "1"}),
        ("slice_history", {"dimension": "manager", "member_id": "M1"}),
        ("slice_history", {"dimension": "company", "member_id": "none"}),
        ("slice_history", {"dimension": "department", "member_id": "D99"}),
        ("slice_history", {"dimension": "location", "member_id": "' or 1=1 --"}),
        ("slice_history", {"dimension": ["company"], "member_id": "all"}),
        ("metric_members", {"metric": "salary", "period_type": "quarter", "period_id": "2026-Q2", "dimension": "department"}),
        ("metric_members", {"metric": "average_rating", "period_type": "day", "period_id": "2026-Q2", "dimension": "department"}),
        ("metric_members", {"metric": "average_rating", "period_type": "quarter", "period_id": "1999-Q1", "dimension": "department"}),
        ("metric_members", {"metric": "average_rating", "period_type": "quarter", "period_id": "2026-Q2", "dimension": "dimension"}),
    ],
)
def test_a_value_outside_its_domain_is_refused(snapshot: Snapshot, query: str, parameters: dict[str, str]) -> None:
    with pytest.raises(Refused):
        Door(LEADER, snapshot).ask("overview", query, **parameters)


def test_leader_gets_the_published_rows_as_they_are(snapshot: Snapshot) -> None:
    found = Door(LEADER, snapshot).ask(
        "overview", "metric_members", metric="goal_completion_rate", period_type="quarter", period_id="2026-Q2", dimension="department"
    )
    assert dict(found.select("member_id", "value").iter_rows()) == pytest.approx(
        {"D1": 0.71, "D2": 0.73, "D3": 0.51, "D4": 0.71, "D5": 0.71, "D6": None}, nan_ok=True
    )
    tiny = found.filter(pl.col("member_id") == "D6")
    assert tiny.select("value", "ci_low", "ci_high", "numerator", "denominator", "n_people", "n_excluded").row(0) == (None,) * 7
    assert tiny["suppression_reason"][0] == "too_few_people"


def test_hr_partner_sees_the_scope_and_the_company_and_nothing_else(snapshot: Snapshot) -> None:
    door = Door(PARTNER, snapshot)
    found = door.ask(
        "overview", "metric_members", metric="goal_completion_rate", period_type="quarter", period_id="2026-Q2", dimension="department"
    )
    assert set(found["member_id"]) == {"D2", "D4", "D5"}
    assert set(door.ask("overview", "departments")["department_key"]) == {"D2", "D4", "D5"}
    assert door.ask("overview", "slice_history", dimension="company", member_id="all").height > 0
    assert set(door.ask("goals", "goals_overdue", dimension="department")["member_id"]) == {"D2", "D4", "D5"}
    assert set(door.ask("goals", "goal_cascade")["goal_key"]) == {"G1", "G2", "G4"}
    for dimension in set(DIMENSIONS) - {"company", "department"}:
        with pytest.raises(Refused, match="outside"):
            door.ask("goals", "goals_overdue", dimension=dimension)
    with pytest.raises(Refused) as out_of_scope:
        door.ask("overview", "slice_history", dimension="department", member_id="D3")
    with pytest.raises(Refused) as not_there:
        door.ask("overview", "slice_history", dimension="department", member_id="D9")
    assert out_of_scope.value.reason.replace("D3", "D9") == not_there.value.reason


@pytest.mark.parametrize("departments", [(), ("D99",), None])
def test_an_empty_unknown_or_missing_scope_holds_no_department(snapshot: Snapshot, departments: tuple[str, ...] | None) -> None:
    door = Door(Viewer("p", "hr_partner", departments), snapshot)
    assert door.ask("overview", "departments").height == 0
    with pytest.raises(Refused):
        door.ask("overview", "slice_history", **SLICE)


def test_answers_of_one_viewer_or_snapshot_are_not_given_to_another(snapshot: Snapshot, tmp_path: Path) -> None:
    answers = Answers()
    assert Door(LEADER, snapshot, answers=answers).ask("overview", "departments").height == 6
    assert Door(PARTNER, snapshot, answers=answers).ask("overview", "departments").height == 3
    path = write_snapshot(
        tmp_path,
        "20260702T050000000000",
        changed={
            "marts.dim_department": pl.DataFrame(
                {"department_key": ["D1"], "name": ["Company"], "parent_department_key": [None], "level": [1], "is_deleted": [False]},
                schema_overrides={"parent_department_key": pl.String},
            )
        },
    )
    assert Door(LEADER, Snapshot(path.stem, opened(path)), answers=answers).ask("overview", "departments").height == 1


def test_the_same_question_is_answered_from_the_cache(snapshot: Snapshot) -> None:
    class Counting(Answers):
        hits = 0

        def get(self, key: tuple[object, ...]) -> object | None:
            found = super().get(key)
            self.hits += isinstance(found, pl.DataFrame)
            return found

    answers = Counting()
    for _ in range(3):
        Door(LEADER, snapshot, answers=answers).ask("overview", "cycles")
    assert answers.hits == 2


def test_the_cache_forgets_what_was_asked_longest_ago() -> None:
    answers = Answers(2)
    for key in "abc":
        answers.keep((key,), key)
    assert [answers.get((key,)) for key in "abc"] == [None, "b", "c"]


def test_a_table_that_the_snapshot_lacks_is_named(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, without=("marts.goal_cascade",))
    with pytest.raises(NotPublished, match=r"marts\.goal_cascade"):
        Door(LEADER, Snapshot(path.stem, opened(path))).ask("goals", "goal_cascade")


def test_the_snapshot_cannot_be_written_and_reads_nothing_outside_it(snapshot: Snapshot, tmp_path: Path) -> None:
    outside = tmp_path / "x.csv"
    outside.write_text("a\n1\n")
    for sql in (
        "create table t (a int)",
        f"select * from '{outside}'",
        f"attach '{tmp_path / 'y.duckdb'}'",
        "set enable_external_access = true",
        "set threads = 1",
    ):
        with pytest.raises(duckdb.Error):
            snapshot.connection.cursor().execute(sql)
    frame = pl.DataFrame({"a": [1]})
    assert frame.height
    with pytest.raises(duckdb.Error):
        snapshot.rows("select * from frame")


def test_without_development_mode_nobody_is_signed_in() -> None:
    assert all(who(Settings(development_mode=False), role) is None for role in ROLES)


def test_development_mode_takes_known_roles_only() -> None:
    settings = Settings(development_mode=True)
    assert who(settings, "ceo") is None
    assert who(settings, None) is None
    partner = who(settings, "hr_partner", ["D2"])
    assert partner is not None
    assert (partner.departments, partner.is_development, partner.sees_everywhere) == (("D2",), True, False)
    leader = who(settings, "leader", ["D2"])
    assert leader is not None
    assert leader.sees_everywhere


def test_the_banner_says_that_there_is_no_login_and_warns_of_real_data() -> None:
    assert "no login" in banner(LEADER, "synthetic")
    assert "must not be used" not in banner(LEADER, "synthetic")
    assert "must not be used with real people's data" in banner(PARTNER, "real", "Engineering")
    assert "HR partner of Engineering" in banner(PARTNER, "synthetic", "Engineering")
    assert "must not" in banner(LEADER, "")


def test_shelf_closes_what_is_no_longer_current_once_nobody_reads_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    write_snapshot(tmp_path, "20260701T050000000000")
    with shelf.borrowed() as first:
        write_snapshot(tmp_path, "20260702T050000000000")
        with shelf.borrowed() as second:
            assert second.snapshot_id > first.snapshot_id
            assert first.rows("select 1 as a").height == 1
    with shelf.borrowed() as third:
        assert third is second
    with pytest.raises(duckdb.Error):
        first.rows("select 1 as a")
