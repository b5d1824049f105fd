"""Sentences claim what the figures bear; numbers are written as pages.md says.

Belongs here: formats, comparison, sentences. Does not belong here: pages.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from scipy import stats

from dashboards import formats as f
from dashboards.comparison import before, change, current, natural_type, told_apart, widening
from dashboards.components import as_csv
from dashboards.counts import STAGES, later_words, progress_words
from dashboards.filters import end_of
from dashboards.sentences import answer, calibration_words, direction, distribution_answer, moved_words
from dashboards.settling import first_finishers, marked, unsettled
from dashboards.student import quantile
from dashboards.views import children, cycle_names
from tests.dashboards.comparison_simulation import rate

CYCLES = pl.DataFrame(
    {
        "review_cycle_key": ["a24", "m25", "a25", "p26"],
        "name": ["Annual 2024", "Mid 2025", "Annual 2025", "Probation"],
        "cadence": ["annual", "semi_annual", "annual", "probation"],
        "period_end": [date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 3, 31)],
    }
)
NAMES = dict(CYCLES.select("review_cycle_key", "name").iter_rows())


def row(
    value: float | None, half: float | None, period: str = "2026-Q2", kind: str = "quarter", end: date = date(2026, 6, 30)
) -> dict[str, object]:
    low, high = (None, None) if half is None or value is None else (value - half, value + half)
    start = end.replace(day=1) - timedelta(days=59) if kind == "quarter" else end.replace(month=1, day=1)
    told = {"period_type": kind, "period_id": period, "period_start": start.replace(day=1), "period_end": end, "member_id": period}
    why = None if value is not None else "too_few_people"
    shown = {"value": value, "ci_low": low, "ci_high": high, "is_complete": True, "is_reportable": value is not None}
    shown |= {"n_clusters": 20, "ci_method": "cluster_t"}
    return told | shown | {"suppression_reason": why}


def period_of(row: dict[str, Any] | None) -> object:
    """The period of a row that must be there."""
    assert row is not None
    return row["period_id"]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.713, "share", "71%"),
        (0.715, "share", "72%"),
        (0.0, "share", "0%"),
        (0.0049, "share", "<1%"),
        (0.005, "share", "1%"),
        (0.9951, "share", ">99%"),
        (1.0, "share", "100%"),
        (2.885, "rating", "2.88"),
        (3.0, "rating", "3.00"),
        (None, "share", "–"),
    ],
)
def test_numbers_of_headlines(value: float | None, unit: str, shown: str) -> None:
    assert f.number(value, unit) == shown


def test_intervals_and_differences() -> None:
    assert f.with_interval(0.71, 0.68, 0.74, "share") == "71% (68–74)"
    assert f.with_interval(2.89, 2.82, 2.95, "rating") == "2.89 (2.82–2.95)"
    assert f.with_interval(0.5, None, None, "share") == "50%"
    assert [f.points(v, "share") for v in (0.04, -0.01, 0.001)] == ["4 points", "1 point", "less than a point"]
    assert [f.signed(v, "share") for v in (0.04, -0.031, 0.001, -0.001)] == ["+4", "−3", "0", "0"]
    assert f.signed(-0.05, "rating") == "−0.05"


def test_counts_days_ages_and_lists() -> None:
    assert f.count(12345) == "12\u202f345"
    assert f.many(1, "plan") == "1 plan"
    assert f.many(1200, "person", "people") == "1\u202f200 people"
    assert f.day(date(2026, 6, 30)) == "30 Jun 2026"
    assert [f.age(timedelta(minutes=m)) for m in (1, 90, 360, 3 * 24 * 60)] == ["just now", "90 min ago", "6 h ago", "3 days ago"]
    assert f.listed(["A", "B", "C"]) == "A, B and C"
    assert f.listed(["A", "B", "C", "D", "E"]) == "A, B and 3 others"


def test_a_change_is_claimed_only_where_its_interval_excludes_zero() -> None:
    # standard errors 0.03/1.96 each: the difference has a half-width of 0.03 * sqrt(2) = 0.0424
    clear = change(row(0.71, 0.03), row(0.66, 0.03))
    assert clear is not None
    assert (clear.low, clear.high) == pytest.approx((0.05 - 0.03 * 2**0.5, 0.05 + 0.03 * 2**0.5))
    assert clear.is_clear
    assert moved_words(clear, "share", "Q1 2026") == "5 points above Q1 2026 (+1 to +9)"
    barely = change(row(0.705, 0.03), row(0.66, 0.03))
    assert barely is not None
    assert moved_words(barely, "share", "Q1 2026") == "5 points above Q1 2026 (+0.3 to +9)"
    vague = change(row(0.70, 0.03), row(0.66, 0.03))
    assert vague is not None
    assert not vague.is_clear
    assert moved_words(vague, "share", "Q1 2026") == "no clear change from Q1 2026 (0 to +8 points)"


def test_without_an_interval_no_change_is_claimed() -> None:
    unknown = change(row(0.9, None), row(0.1, 0.01))
    assert unknown is not None
    assert not unknown.is_clear
    assert "cannot be said: too few people behind it" in moved_words(unknown, "share", "2024")
    few = change(row(0.9, 0.1), row(0.1, None) | {"ci_method": "too_few_clusters"})
    assert few is not None
    assert "cannot be said: too few managers behind it" in moved_words(few, "share", "2024")
    assert change(row(None, None), row(0.5, 0.1)) is None


@pytest.mark.parametrize(
    ("difference", "good", "expected"),
    [
        (0.1, "higher", ("▲ higher", "good")),
        (-0.1, "higher", ("▼ lower", "bad")),
        (-0.1, "lower", ("▼ lower", "good")),
        (0.1, "none", ("▲ higher", "plain")),
        (0.001, "higher", ("no clear change", "plain")),
    ],
)
def test_direction_has_a_sign_and_a_word(difference: float, good: str, expected: tuple[str, str]) -> None:
    assert direction(change(row(0.5 + difference, 0.01), row(0.5, 0.01)), good) == expected


def test_the_answer_says_what_is_missing() -> None:
    assert (
        answer("Goal completion rate", None, None, "share", {})
        == "No goal completion rate yet: nothing was counted in a period that is over."
    )
    assert (
        answer("X", row(None, None), None, "share", {})
        == "X of Q2 2026 is not shown: too few people (fewer than 5, or than a figure of this kind needs)."
    )
    assert (
        answer("X", row(0.5, 0.1), None, "share", {})
        == "X in Q2 2026 is 50% (40–60), with no figure for the quarter before to compare with."
    )
    assert answer("X", row(0.5, 0.1), row(None, None, "2026-Q1"), "share", {}).endswith("while Q1 2026, the one before, is hidden.")


def test_groups_are_told_apart_with_intervals_widened_for_their_number() -> None:
    def members(n: int) -> pl.DataFrame:
        return pl.DataFrame([row(0.55, 0.045, "far"), *(row(0.5, 0.045, f"m{k}") for k in range(n - 1))])

    assert told_apart(members(1), 0.5)["member_id"].to_list() == ["far"]
    assert told_apart(members(20), 0.5).is_empty()
    assert told_apart(members(1), None).is_empty()
    assert told_apart(
        pl.DataFrame([row(None, None)], schema_overrides={"value": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64}), 0.5
    ).is_empty()


def test_few_managers_and_many_groups_widen_as_student_has_it() -> None:
    for groups in (1, 3, 20):
        for managers in (3, 4, 10, 300):
            jointly, alone = (stats.t.ppf(1 - 0.025 / n, managers - 1) for n in (groups, 1))
            assert widening(groups, managers, "cluster_t") == pytest.approx(jointly / alone)
            assert widening(groups, managers, "cluster_wilson") == pytest.approx(jointly / stats.norm.ppf(0.975))
    assert max(abs(quantile(p, df) / stats.t.ppf(p, df) - 1) for p in (0.6, 0.975, 0.9999) for df in range(1, 401)) < 1e-8
    assert 0 < quantile(0.9999, 5000) / stats.t.ppf(0.9999, 5000) - 1 < 0.01


@pytest.mark.parametrize("managers", [3, 6, 30])
@pytest.mark.parametrize("metric", ["average_rating", "goal_completion_rate"])
def test_of_groups_that_are_alike_one_is_called_away_in_about_one_company_of_twenty_at_most(metric: str, managers: int) -> None:
    assert rate(metric, managers, groups=8, times=300) <= 0.08  # five percent, and what 300 companies can be off by chance


def test_the_period_before_is_of_the_same_cadence_or_the_one_just_before() -> None:
    cycles = pl.DataFrame([row(3.0, 0.1, key, "cycle", end) for key, end in CYCLES.select("review_cycle_key", "period_end").iter_rows()])
    found = before(cycles.row(2, named=True), cycles, CYCLES)
    assert found is not None
    assert found["period_id"] == "a24"
    assert before(cycles.row(1, named=True), cycles, CYCLES) is None
    quarters = pl.DataFrame([row(0.5, 0.1, "2025-Q4", end=date(2025, 12, 31)), row(0.6, 0.1, "2026-Q2")])
    assert before(quarters.row(1, named=True), quarters, CYCLES) is None


def test_a_period_that_is_not_over_or_not_final_is_neither_default_nor_compared() -> None:
    def quarter(at: int, **more: object) -> dict[str, object]:
        start = date(2025, 3 * at - 2, 1)
        end = date(2025 + at // 4, 3 * at % 12 + 1, 1) - timedelta(days=1)
        told = {"period_start": start, "period_id": f"2025-Q{at}", "period_end": end, "not_final": "", "as_of": date(2025, 11, 30)}
        return row(0.1 * at, 0.01) | told | more

    first = quarter(3, not_final="27 of 900 reviews are final so far")
    quarters = pl.DataFrame([quarter(1), quarter(2), first, quarter(4, is_complete=False)], infer_schema_length=None)
    default = current(quarters, "quarter", None, None, CYCLES)
    assert default is not None
    assert default["period_id"] == "2025-Q2"
    assert period_of(before(default, quarters, CYCLES)) == "2025-Q1"
    assert before(quarters.row(2, named=True), quarters, CYCLES) is None
    assert before(quarters.row(3, named=True), quarters, CYCLES) is None
    after = quarter(4, not_final="")
    assert before(after, quarters, CYCLES) is None
    assert first_finishers(quarters, "quarter", None) == "27 of 900 reviews are final so far"
    assert first_finishers(quarters, "quarter", date(2025, 6, 30)) == ""
    assert answer("X", first, None, "share", {}) == "X in Q3 2025 is 30% (29–31); 27 of 900 reviews are final so far."
    assert answer("X", quarters.row(3, named=True), None, "share", {}) == "X in Q4 2025 so far (to 30 Nov) is 40% (39–41)."
    assert answer("X", None, None, "share", {}, waiting="27 of 900 reviews are final so far") == (
        "No x yet: 27 of 900 reviews are final so far."
    )


@pytest.mark.parametrize(
    ("done", "of", "due", "as_of", "is_settled"),
    [
        (855, 900, None, "2025-12-31", True),
        (854, 900, None, "2025-12-31", False),
        (27, 900, None, "2026-03-01", False),
        (27, 900, None, "2026-03-02", True),
        (27, 900, date(2026, 2, 20), "2026-04-21", False),
        (27, 900, date(2026, 2, 20), "2026-04-22", True),
        (0, 0, None, "2025-12-31", True),
        (None, None, None, "2025-12-31", False),
    ],
)
def test_ratings_are_final_at_95_percent_or_60_days_after_sign_off_was_due(
    done: int | None, of: int | None, due: date | None, as_of: str, is_settled: bool
) -> None:
    cycles = pl.DataFrame(
        {
            "review_cycle_key": ["a", "m", "p", "q"],
            "cadence": ["annual", "semi_annual", "probation", "ad_hoc"],
            "period_end": [date(2025, 12, 31), date(2025, 6, 30), date(2025, 11, 30), date(2025, 11, 30)],
            "sign_off_due": [due, date(2025, 7, 31), date(2026, 11, 30), date(2026, 11, 30)],
        },
        schema_overrides={"sign_off_due": pl.Date},
    )
    counts = {"period_id": ["a", "m", "p"], "stage": ["completed"] * 3, "n_reached": [done, 850, 1], "n_reviews": [of, 900, 10]}
    waiting = unsettled(cycles, pl.DataFrame(counts), date.fromisoformat(as_of))
    assert waiting.pop(("cycle", "p")) == "1 of 10 reviews are final so far"  # one of another kind stands for itself only
    if is_settled or done is None:
        assert set(waiting) == (set() if is_settled else {("cycle", "a"), ("quarter", "2025-Q4"), ("year", "2025")})
        assert all("is not shown: too few people" in words for words in waiting.values())
        return
    here = f"{done} of 900 reviews are final so far"
    assert waiting == {
        ("cycle", "a"): here,
        ("quarter", "2025-Q4"): here,
        ("year", "2025"): f"{f.count(done + 850)} of 1\u202f800 reviews are final so far",
    }


def test_only_figures_made_of_final_ratings_wait_for_them() -> None:
    history = pl.DataFrame(
        [
            {"metric": metric, "period_type": "cycle", "period_id": "c", "dimension": dimension}
            for metric in ("average_rating", "review_completion_rate")
            for dimension in ("company", "department")
        ]
    )
    said = marked(history, date(2026, 6, 30), {("cycle", "c"): "1 of 9 reviews are final so far"})
    assert said["not_final"].to_list() == [
        "1 of 9 reviews are final so far",
        "1 of 9 reviews are final so far in the whole company",
        "",
        "",
    ]
    levels = marked(history.drop("metric").head(1), date(2026, 6, 30), {("cycle", "c"): "x"})
    assert levels["not_final"].to_list() == ["x"]
    assert marked(history, date(2026, 6, 30))["not_final"].unique().to_list() == [""]


def test_where_the_open_reviews_stand_is_claimed_as_far_as_it_is_so() -> None:
    def stages(*at: int) -> pl.DataFrame:
        rows = {"stage": list(STAGES), "stage_order": range(1, 8), "n_at_stage": at, "n_reviews": [sum(at)] * 7}
        return pl.DataFrame(rows | {"n_reached": [sum(at[k:]) for k in range(7)]})

    assert progress_words(stages(0, 2, 0, 2, 3, 3, 90), "X") == "90% of 100 reviews in X are completed"
    assert progress_words(stages(0, 2, 0, 2, 5, 1, 90), "X").endswith(", more of the others stand at delivery than anywhere else")
    assert progress_words(stages(0, 2, 0, 2, 6, 0, 90), "X").endswith(", most of the others stand at delivery")
    assert progress_words(stages(0, 0, 0, 0, 0, 10, 90), "X").endswith(", the others stand at sign-off")
    assert progress_words(stages(40, 30, 20, 10, 0, 0, 0), "X") == (
        "None of 100 reviews in X is completed yet, more stand at not started than anywhere else"
    )
    due, after = date(2026, 8, 1), date(2026, 8, 2)
    assert later_words(stages(0, 0, 0, 0, 0, 10, 90), "X", due, due).endswith("sign-off: it is under way.")
    assert later_words(stages(0, 0, 0, 0, 0, 10, 90), "X", due, after).endswith("sign-off; 10 stay open.")
    assert later_words(stages(0, 0, 0, 0, 0, 1, 99), "X", due, after).endswith("; 1 stays open.")
    assert later_words(stages(0, 0, 0, 0, 0, 0, 100), "X", due, due) == "100% of 100 reviews in X are completed."


def test_names_are_as_their_source_has_them_and_never_fall_together() -> None:
    assert f.members("location", ["New York", "são paulo", "IT hub"], {}) == {key: key for key in ("New York", "são paulo", "IT hub")}
    assert f.members("job_family", ["IT", "people_ops"], {}) == {"IT": "IT", "people_ops": "People ops"}
    assert list(f.members("role_track", ["a_b", "a b", "c"], {}).values()) == ["A b (a_b)", "A b (a b)", "C"]
    rows = [("a", "Annual", 2024), ("b", "Annual", 2025), ("c", "Mid", 2025), ("d", "Mid", 2025), ("e", "Annual 2024", 2025)]
    cycles = pl.DataFrame(
        [{"review_cycle_key": key, "name": name, "period_end": date(year, 12, 31)} for key, name, year in rows],
    )
    expected = {"a": "Annual 2024 (a)", "b": "Annual 2025", "c": "Mid 2025 (c)", "d": "Mid 2025 (d)", "e": "Annual 2024 (e)"}
    assert cycle_names(cycles) == expected


def test_a_deleted_root_leaves_the_single_top() -> None:
    rows = [("D1", None, False), ("D2", "D1", False), ("D9", None, True)]
    departments = pl.DataFrame(rows, schema=["department_key", "parent_department_key", "is_deleted"], orient="row")
    assert children(departments, None) == ["D2"]


def test_the_latest_period_is_complete_comes_round_and_shows_something() -> None:
    rows = [row(3.0, 0.1, key, "cycle", end) for key, end in CYCLES.select("review_cycle_key", "period_end").iter_rows()]
    found = current(pl.DataFrame(rows), "cycle", None, None, CYCLES)
    assert found is not None
    assert found["period_id"] == "a25"
    assert period_of(current(pl.DataFrame(rows), "cycle", None, date(2025, 7, 1), CYCLES)) == "m25"
    rows[2] |= {"value": None}
    assert period_of(current(pl.DataFrame(rows), "cycle", None, None, CYCLES)) == "m25"
    assert period_of(current(pl.DataFrame(rows), "cycle", "p26", None, CYCLES)) == "p26"
    assert current(pl.DataFrame(rows), "year", None, None, CYCLES) is None


def test_each_metric_is_read_first_by_the_period_that_suits_it() -> None:
    assert natural_type("average_rating", "cycle; quarter, year of period_end") == "cycle"
    assert natural_type("goal_completion_rate", "quarter, year of target_date") == "quarter"
    assert natural_type("pip_success_rate", "quarter, year of closed_on") == "year"


@pytest.mark.parametrize(
    ("kind", "period", "end"),
    [
        ("quarter", "2025-Q4", date(2025, 12, 31)),
        ("quarter", "2026-Q1", date(2026, 3, 31)),
        ("year", "2025", date(2025, 12, 31)),
        ("cycle", "c", date(2025, 1, 1)),
        ("quarter", "x", None),
        ("year", "x", None),
        ("cycle", "x", None),
        ("quarter", "2026-Q7", None),
    ],
)
def test_the_last_day_of_a_period(kind: str, period: str, end: date | None) -> None:
    assert end_of(kind, period, {"c": date(2025, 1, 1)}) == end


def test_the_distribution_in_a_sentence() -> None:
    levels = pl.DataFrame(
        {
            "level": [1, 2, 3, 4, 5],
            "share": [0.0, 0.1, 0.5, 0.3, 0.1],
            "share_before_calibration": [0.0, 0.1, 0.4, 0.4, 0.1],
            "n_rated": [100] * 5,
            "n_rated_before_calibration": [100] * 5,
            "reference_share": [0.02, 0.08, 0.6, 0.2, 0.1],
            "suppression_reason": [None] * 5,
        }
    )
    assert (
        distribution_answer(levels, {3: "Meets"}, "2025")
        == "50% of 100 ratings in 2025 are “Meets”, the most common level. The declared reference has 60% there."
    )
    assert calibration_words(levels) == "Calibration changed the level of at least 10% of the ratings, as the two distributions show."
    fewer = levels.with_columns(n_rated_before_calibration=pl.lit(98))
    assert calibration_words(fewer) == "98 of 100 ratings have a manager's rating; the two distributions are not comparable."
    gone = levels.with_columns(pl.lit(None).alias(name) for name in ("n_rated_before_calibration", "share_before_calibration"))
    assert calibration_words(gone) == (
        "The managers' ratings before calibration are not shown: they, or the ratings without one, are of too few people."
    )
    first = levels.with_columns(not_final=pl.lit("100 of 900 reviews are final so far"))
    assert distribution_answer(first, {3: "Meets"}, "2025").endswith("the most common level; 100 of 900 reviews are final so far.")
    assert calibration_words(first) == ""
    hidden = levels.with_columns(share=pl.lit(None, dtype=pl.Float64), suppression_reason=pl.lit("too_few_people"))
    assert (
        distribution_answer(hidden, {}, "2025")
        == "The ratings of 2025 are not shown: too few people (fewer than 5, or than a figure of this kind needs)."
    )
    assert distribution_answer(levels.clear(), {}, "2025") == "No final ratings yet."


def test_a_download_holds_no_formula() -> None:
    made = as_csv(pl.DataFrame({"Department": ["=1+1", "+x", "-y", "@z", "Sales", None], "Value": [-1.0, 2.0, 3.0, 4.0, 5.0, None]}))
    assert made.splitlines() == ["Department,Value", "'=1+1,-1.0", "'+x,2.0", "'-y,3.0", "'@z,4.0", "Sales,5.0", ","]
