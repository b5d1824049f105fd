"""The contract files as objects: what is read from them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration.contracts import SOURCES, Column, Contract, ContractError, Parent, Rule, load_contracts

SHARED = yaml.safe_load((SOURCES / "every_table.yml").read_text(encoding="utf-8"))

COLUMNS = [
    {"name": "team_id", "data_type": "text", "description": "Key.", "data_tests": ["not_null"]},
    {
        "name": "size",
        "data_type": "int",
        "description": "Heads.",
        "data_tests": [{"in_range": {"arguments": {"min_value": 1, "max_value": 9}}}],
    },
    {
        "name": "kind",
        "data_type": "text",
        "config": {"meta": {"class": "text"}},
        "data_tests": [{"accepted_values": {"arguments": {"values": ["a", "b"]}}}],
    },
    {"name": "ended_on", "data_type": "date", "config": {"meta": {"open_end": True}}},
]


def source(folder: Path, tables: list[dict[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "every_table.yml").write_text(yaml.safe_dump(SHARED), encoding="utf-8")
    body = {"version": 2, "sources": [{"name": "raw", "tables": tables}]}
    (folder / "area.yml").write_text(yaml.safe_dump(body), encoding="utf-8")
    return folder


def table(name: str = "teams", columns: list[dict[str, object]] | None = None, **meta: object) -> dict[str, object]:
    return {"name": name, "config": {"meta": {"key": ["team_id"]} | meta}, "columns": columns or COLUMNS}


def refers(to: str, severity: str | None = None) -> dict[str, object]:
    test: dict[str, object] = {"arguments": {"to": f"source('raw', '{to}')", "field": "team_id"}}
    if severity:
        test["config"] = {"severity": severity}
    return {"name": f"{to}_id", "data_type": "text", "data_tests": [{"relationships": test}]}


def test_a_contract_holds_types_rules_and_classes(tmp_path: Path) -> None:
    rule = {"rule": "small", "must": "size < 5 and kind <> 'size'", "effect": "quarantine"}
    contract = load_contracts(source(tmp_path / "a", [table(rules=[rule], required=True)]))["teams"]
    assert contract.own_columns == (
        Column("team_id", "text", "Key.", required=True),
        Column("size", "int", "Heads.", low="1", high="9"),
        Column("kind", "text", allowed=("a", "b"), sensitivity="text"),
        Column("ended_on", "date", open_end=True),
    )
    assert [c.duckdb_type for c in contract.own_columns] == ["varchar", "bigint", "varchar", "date"]
    assert contract.column_names == (
        "team_id",
        "size",
        "kind",
        "ended_on",
        "source_system",
        "source_updated_at",
        "is_deleted",
        "source_note",
    )
    assert (contract.identity, contract.required, contract.area) == (("source_system", "team_id"), True, "area")
    assert contract.rules == (Rule("small", "quarantine", must="size < 5 and kind <> 'size'"),)
    assert contract.rules[0].columns_named(contract.column_names) == ["size", "kind"]


def test_a_parent_holds_back_unless_its_severity_is_warn(tmp_path: Path) -> None:
    tables = [table("members", [*COLUMNS, refers("teams"), refers("groups", "warn")]), table("teams"), table("groups")]
    contracts = load_contracts(source(tmp_path / "a", tables))
    assert [p for _, p in contracts["members"].parents] == [Parent("teams", "team_id", True), Parent("groups", "team_id", False)]
    assert contracts["members"].depends_on == {"teams"}
    assert list(contracts).index("teams") < list(contracts).index("members")


def test_tables_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    tables = [table("one", [*COLUMNS, refers("two")]), table("two", [*COLUMNS, refers("one")])]
    with pytest.raises(ContractError, match=r"wait for each other's rows.*one, two"):
        load_contracts(source(tmp_path / "a", tables))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"name": "x", "data_type": "money"}, "area.yml, table teams, column x: the type money is not one of"),
        ({"name": "x", "data_type": "text", "data_tests": ["unique"]}, "area.yml, table teams, column x: the test unique is not one"),
        (
            {"name": "x", "data_type": "text", "data_tests": [{"relationships": {"arguments": {"to": "ref('y')", "field": "z"}}}]},
            "column x: relationships must name a raw source",
        ),
    ],
)
def test_what_loading_does_not_know_is_refused_with_its_place(tmp_path: Path, column: dict[str, object], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        load_contracts(source(tmp_path / "a", [table(columns=[*COLUMNS, column])]))


def test_a_rule_of_unknown_effect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="the effect of rule r must be finding or quarantine"):
        load_contracts(source(tmp_path / "a", [table(rules=[{"rule": "r", "effect": "warning", "must": "true"}])]))


def test_the_fingerprint_changes_with_what_is_enforced_and_with_nothing_else(tmp_path: Path) -> None:
    def fingerprint(name: str, columns: list[dict[str, object]]) -> str:
        return load_contracts(source(tmp_path / name, [table(columns=columns)]))["teams"].fingerprint

    same = fingerprint("a", COLUMNS)
    assert same == fingerprint("b", [{**c, "description": "Other words."} for c in COLUMNS])
    assert same != fingerprint("c", [*COLUMNS, {"name": "x", "data_type": "text"}])
    assert same != fingerprint("d", [{**c, "data_tests": []} for c in COLUMNS])


# ------------------------------------------------------------------------------------------------ the project's own files


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return load_contracts()


def test_all_tables_are_there_and_parents_come_before_those_that_wait_for_them(contracts: dict[str, Contract]) -> None:
    assert len(contracts) == 43
    assert [t for t, c in contracts.items() if c.required] == ["departments", "positions", "employees"]
    seen: set[str] = set()
    for name, contract in contracts.items():
        assert contract.depends_on <= seen
        seen.add(name)


def test_every_parent_and_key_names_a_column_that_exists(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        own = {c.name: c for c in contract.own_columns}
        assert all(own[k].required for k in contract.key), name
        for column, parent in contract.parents:
            assert contracts[parent.table].key == (parent.column,), (name, column.name)
            assert own[column.name].data_type == "text"


def test_every_rule_names_columns_that_exist(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        for rule in contract.rules:
            assert rule.must or rule.no_cycle_through or rule.unique_together, (name, rule.name)
            if rule.must:
                assert rule.columns_named(contract.column_names), (name, rule.name)
            assert {rule.no_cycle_through, rule.cuts, rule.joined_by, *rule.unique_together} - {None} <= set(contract.column_names)
            assert rule.effect == "finding" or not rule.joined_to, (name, rule.name)


def test_end_dates_may_be_open_and_dates_of_other_kinds_may_not(contracts: dict[str, Contract]) -> None:
    open_ended = {f"{t}.{c.name}" for t, contract in contracts.items() for c in contract.columns if c.open_end}
    assert {"employees.termination_date", "employment_spells.end_date", "leave_periods.ends_on"} <= open_ended
    assert not {"employees.hire_date", "goals.created_on", "review_cycles.period_start"} & open_ended


def test_every_column_is_described(contracts: dict[str, Contract]) -> None:
    assert [f"{t}.{c.name}" for t, contract in contracts.items() for c in contract.columns if not c.description.strip()] == []
