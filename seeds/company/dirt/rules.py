"""How each rule over several columns or rows is broken.

Here: one recipe per rule of the contracts, which breaks that rule and no other. Not here: faults of single columns (faults.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from seeds.company.dirt.contract import Table
from seeds.company.dirt.faults import ACCEPTED_ONLY_IF, CHANGED_IN_PLACE, FINDING, KEY, OTHER, Fault, Form

DAY = pl.duration(days=1)


def _set(**values: pl.Expr) -> tuple[pl.Expr, ...]:
    return tuple(value.alias(name) for name, value in values.items())


def _there(*names: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(name).is_not_null() for name in names)


_NOTHING = pl.lit(None)
# Table and rule: the column that is told, how it looks, what changes, and in which rows it can.
Recipe = tuple[str, str, tuple[pl.Expr, ...], pl.Expr]
RECIPES: dict[tuple[str, str], Recipe] = {
    ("employees", "terminated_after_hired"): (
        "termination_date", "the day before the hire", _set(termination_date=pl.col("hire_date") - DAY), _there("termination_date"),
    ),
    ("employees", "own_manager"): ("manager_id", "the person itself", _set(manager_id=pl.col(KEY)), _there("manager_id")),
    ("employees", "manager_tree_has_no_cycle"): (
        "manager_id", "two people manage each other", _set(manager_id=pl.col(OTHER)), _there("manager_id"),
    ),
    ("employees", "exit_has_type"): ("termination_type", "empty", _set(termination_type=_NOTHING), _there("termination_type")),
    ("employment_spells", "spell_ends_after_start"): (
        "end_date", "the day before the start", _set(end_date=pl.col("start_date") - DAY), _there("end_date"),
    ),
    ("departments", "department_tree_has_no_cycle"): (
        "parent_department_id", "two departments above each other", _set(parent_department_id=pl.col(OTHER)), _there("department_id"),
    ),
    ("job_history", "history_within_employment"): ("effective_from", "years before the hire", (), _there("effective_from")),
    ("engagement_responses", "score_within_scale"): (
        "score", "above the scale", _set(score=pl.col("score_max") + 1), pl.col("score_max") < 10,
    ),
    ("review_cycles", "cycle_ends_after_start"): (
        "period_end", "the first day", _set(period_end=pl.col("period_start")), _there("period_start"),
    ),
    ("reviews", "one_review_per_person_and_cycle"): ("employee_id", "a second review", (), _there("employee_id")),
    ("reviews", "completed_has_rating"): ("final_rating", "empty", _set(final_rating=_NOTHING), pl.col("stage") == "completed"),
    ("reviews", "stages_in_order"): (
        "self_submitted_at", "after the manager's", _set(self_submitted_at=pl.col("manager_submitted_at") + DAY),
        _there("self_submitted_at", "manager_submitted_at"),
    ),
    ("calibration_adjustments", "move_has_reason"): (
        "reason", "empty", _set(reason=_NOTHING), pl.col("rating_before") != pl.col("rating_after"),
    ),
    ("goals", "target_after_start"): ("target_date", "the day before", _set(target_date=pl.col("start_date") - DAY), _there("target_date")),
    ("goals", "completed_has_date"): ("completed_date", "empty", _set(completed_date=_NOTHING), pl.col("status") == "completed"),
    ("goals", "completed_after_start"): (
        "completed_date", "the day before", _set(completed_date=pl.col("start_date") - DAY), pl.col("status") == "completed",
    ),
    ("goals", "individual_goal_has_owner"): (
        "owner_employee_id", "empty", _set(owner_employee_id=_NOTHING), pl.col("goal_level").is_in(["individual", "team"]),
    ),
    ("goals", "department_goal_has_department"): (
        "department_id", "empty", _set(department_id=_NOTHING), pl.col("goal_level") == "department",
    ),
    ("goals", "goal_tree_has_no_cycle"): (
        "parent_goal_id", "two goals above each other", _set(parent_goal_id=pl.col(OTHER)), _there("goal_id"),
    ),
    ("feedback", "not_to_oneself"): (
        "from_employee_id", "the receiver", _set(from_employee_id=pl.col("to_employee_id")), _there("to_employee_id"),
    ),
    ("pips", "plan_closes_after_start"): (
        "closed_on", "the day before the start", _set(closed_on=pl.col("start_date") - DAY), pl.col("closed_on").is_not_null(),
    ),
    ("pips", "closed_has_outcome"): ("outcome", "empty", _set(outcome=_NOTHING), pl.col("status") == "closed"),
    ("pips", "usual_length"): ("planned_days", "45", _set(planned_days=pl.lit(45)), _there("planned_days")),
    ("salary_bands", "band_in_order"): (
        "band_min", "above the maximum", _set(band_min=pl.col("band_max") + 1), _there("band_min", "band_mid"),
    ),
    ("market_salary_benchmarks", "percentiles_in_order"): ("p25", "above the median", _set(p25=pl.col("p50") + 1), _there("p25", "p50")),
    ("fx_rates", "rate_positive"): ("rate", "0", _set(rate=pl.lit(0.0)), _there("rate")),
}  # fmt: skip
TWINS = ("manager_tree_has_no_cycle", "department_tree_has_no_cycle", "goal_tree_has_no_cycle")
SECOND = ("one_review_per_person_and_cycle",)


def _form(table: Table, rule: str, effect: str) -> Form:
    if rule in TWINS:
        return "twins"
    if rule in SECOND:
        return "second"
    return "changed" if effect == FINDING and table.name in CHANGED_IN_PLACE else "copy"


def rule_faults(table: Table) -> Iterator[Fault]:
    """A fault for each rule of the table. Raises KeyError for a rule that no recipe here breaks."""
    for rule, effect in table.rules:
        column, detail, changes, eligible = RECIPES[table.name, rule]
        if effect == FINDING:
            eligible &= ACCEPTED_ONLY_IF.get(table.name, pl.lit(value=True))
        yield Fault("rule", column, effect, rule, detail, changes, eligible, _form(table, rule, effect), is_certain=True)
