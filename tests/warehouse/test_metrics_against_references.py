"""Metrics and intervals agree with computations that share no code with the SQL: pandas, scipy, statsmodels."""

import csv
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from jinja2 import Environment, FileSystemLoader
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from seeds.reference import make_limits
from tests.warehouse import recomputed_marts, recomputed_metrics
from tests.warehouse.recomputed_events import Facts
from tests.warehouse.recomputed_metrics import SLICE_KEY

CHECKOUT = Path(__file__).parents[2]
REFERENCE = CHECKOUT / "seeds" / "reference"
STATISTICS = CHECKOUT / "dbt_project" / "macros" / "statistics"


@pytest.fixture(scope="module")
def facts(demo_warehouse: Path) -> Facts:
    return Facts(demo_warehouse)


@pytest.fixture(scope="module")
def published(demo_warehouse: Path) -> pd.DataFrame:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        values = connection.execute("select * from marts.metric_values").df()
    return values.sort_values(SLICE_KEY, ignore_index=True)


def macro(call: str) -> str:
    """The SQL of a call of a statistics macro. `return` is dbt's own; jinja knows it as a value."""
    environment = Environment(loader=FileSystemLoader(STATISTICS), autoescape=False)
    environment.globals["return"] = lambda value: value
    macros = "".join((STATISTICS / name).read_text() for name in ("quantiles.sql", "clusters.sql", "wilson.sql", "garwood.sql"))
    return environment.from_string(macros + "{{ " + call + " }}").render().strip()


def calculate(call: str, **columns: float | None) -> float:
    """The value of a macro over one row of columns."""
    row = ", ".join(f"cast({'null' if value is None else repr(value)} as double) as {name}" for name, value in columns.items())
    with duckdb.connect() as connection:
        return connection.execute(f"select {macro(call)} from (select {row})").fetchone()[0]


def test_every_value_interval_and_count_equals_the_one_computed_in_pandas(facts: Facts, published: pd.DataFrame) -> None:
    expected = recomputed_metrics.metric_values(facts)
    assert set(published.metric) == {
        "average_rating", "top_performer_ratio", "goal_completion_rate", "review_completion_rate", "pip_success_rate",
        "review_stage_on_time_rate",
    }  # fmt: skip
    assert set(published[published.metric == "review_stage_on_time_rate"].breakdown) == {
        "self_assessment", "manager_review", "calibration", "delivery", "sign_off",
    }  # fmt: skip
    assert set(published.dimension) == {"company", "department", "location", "job_level", "role_track", "job_family", "manager"}
    assert published[SLICE_KEY].to_dict("records") == expected[SLICE_KEY].to_dict("records")
    for column in ("n_clusters", "n_people", "n_excluded", "is_complete", "period_start", "period_end"):
        assert published[column].tolist() == expected[column].tolist(), column
    for column in ("numerator", "denominator", "value", "ci_low", "ci_high"):
        np.testing.assert_allclose(published[column], expected[column], rtol=0, atol=1e-9, err_msg=column)


def test_every_level_count_and_share_equals_the_one_computed_in_pandas(facts: Facts, demo_warehouse: Path) -> None:
    expected = recomputed_metrics.rating_distribution(facts)
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        actual = connection.execute("select * from marts.rating_distribution").df()
    actual = actual.sort_values([*SLICE_KEY[2:], "level"], ignore_index=True)
    for column in (*SLICE_KEY[2:], "level", "n", "n_before_calibration"):
        assert actual[column].tolist() == expected[column].tolist(), column
    for column in ("share", "share_before_calibration"):
        np.testing.assert_allclose(actual[column], expected[column], rtol=0, atol=1e-12, err_msg=column)


@pytest.mark.parametrize("mart", ["goal_overdue", "goal_cascade", "review_funnel"])
def test_every_number_of_a_mart_equals_the_one_counted_in_python(facts: Facts, demo_warehouse: Path, mart: str) -> None:
    expected = getattr(recomputed_marts, mart)(facts)
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        actual = connection.execute(f"select * from marts.{mart}").df()
    assert set(actual.columns) == set(expected.columns)
    key = [c for c in ("goal_key", "period_id", "dimension", "member_id", "stage_order", "bucket_order") if c in actual]
    actual, expected = (frame.sort_values(key, ignore_index=True)[expected.columns] for frame in (actual, expected))
    assert len(actual) == len(expected) > 0
    for column in expected.columns:
        if expected[column].dtype == float:
            np.testing.assert_allclose(actual[column].astype(float), expected[column], rtol=0, atol=1e-9, err_msg=column)
        else:
            assert actual[column].astype(object).where(actual[column].notna(), None).tolist() == (
                expected[column].astype(object).where(expected[column].notna(), None).tolist()
            ), column


def test_the_demo_has_something_of_everything_that_the_marts_count(demo_warehouse: Path) -> None:
    """The test above could otherwise agree on zeros."""
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        buckets = connection.execute("select min(n_goals) from marts.goal_overdue where dimension = 'company'").fetchone()
        cascade = connection.execute(
            "select max(depth), max(n_excluded), count(own_status), count(*) - count(own_status) from marts.goal_cascade"
        ).fetchone()
        stages = connection.execute("select count(distinct stage) from marts.review_funnel where n_at_stage > 0").fetchone()
    assert buckets[0] > 0
    assert all(n > 0 for n in cascade)
    assert stages == (len(recomputed_marts.STAGES),)


def test_a_mart_holds_no_title_of_a_goal_of_a_person(facts: Facts, demo_warehouse: Path) -> None:
    stated = facts.stated_goals
    of_people = set(stated[stated.goal_level.isin(["individual", "team"])].title)
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        texts = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where schema_name in ('intermediate', 'marts') and data_type = 'VARCHAR'"
        ).fetchall()
        cells = [f'select distinct "{column}" from {schema}."{table}"' for schema, table, column in texts]
        shown = {value for cell in cells for (value,) in connection.execute(cell).fetchall()}
    own_words = set(stated[~stated.goal_level.isin(["individual", "team"])].title)
    assert of_people
    assert shown >= own_words
    assert shown & of_people <= own_words


def test_a_missing_interval_is_stated_and_only_for_fewer_than_three_clusters(published: pd.DataFrame) -> None:
    few = published.n_clusters < 3
    assert few.any()
    assert not few.all()
    assert published.ci_low.isna().equals(few)
    assert published.ci_high.isna().equals(few)
    assert (published.ci_method == "too_few_clusters").equals(few)
    assert set(published[~few & (published.metric == "average_rating")].ci_method) == {"cluster_t"}
    assert set(published[~few & (published.metric != "average_rating")].ci_method) == {"cluster_wilson"}


def test_interval_of_the_mean_rating_is_that_of_statsmodels(facts: Facts, published: pd.DataFrame) -> None:
    """OLS on a constant with cluster-robust errors is the mean with its interval.

    statsmodels' small-sample factor is G/(G-1) * (n-1)/(n-k); with the constant alone k is 1 and its second part is 1, so
    that it equals R8's G/(G-1). Its t has G - 1 degrees of freedom as well.
    """
    reviews = facts.counted_reviews()
    reviews = reviews[(reviews.stage == "completed") & (reviews.period_end <= facts.as_of) & reviews.final_rating.notna()]
    cycles = published[(published.metric == "average_rating") & (published.period_type == "cycle") & (published.n_clusters >= 3)]
    compared = cycles[cycles.dimension.isin(["company", "location"])]
    assert len(compared) > 10
    for row in compared.itertuples():
        of_cycle = reviews[reviews.review_cycle_key == row.period_id]
        rated = of_cycle if row.dimension == "company" else of_cycle[of_cycle.location == row.member_id]
        groups = rated.cluster_key.astype("category").cat.codes
        fitted = sm.OLS(rated.final_rating.astype(float).to_numpy(), np.ones(len(rated))).fit(
            cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
        )
        low, high = fitted.conf_int(alpha=0.05)[0]
        assert row.value == pytest.approx(fitted.params[0], abs=1e-9)
        assert row.ci_low == pytest.approx(max(1.0, low), abs=1e-9)
        assert row.ci_high == pytest.approx(min(5.0, high), abs=1e-9)


@pytest.mark.parametrize("df", [201, 350, 1_000, 9_999, 1_000_000])
def test_t_beyond_the_table_is_that_of_scipy(df: int) -> None:
    assert calculate("t_quantile_975('tabulated', 'df')", tabulated=None, df=df) == pytest.approx(stats.t.ppf(0.975, df), abs=1e-10)


def test_t_within_the_table_is_the_tabulated_one() -> None:
    assert calculate("t_quantile_975('tabulated', 'df')", tabulated=12.5, df=1) == 12.5


@pytest.mark.parametrize(("proportion", "n"), [(0.5, 25.0), (0.2, 50.0), (0.0, 3.0), (1.0, 3.0), (0.97, 12.25), (0.0004, 250_000.0)])
def test_wilson_limits_are_those_of_statsmodels(proportion: float, n: float) -> None:
    low, high = proportion_confint(proportion * n, n, method="wilson")
    assert calculate("wilson_lower('p', 'n')", p=proportion, n=n) == pytest.approx(low, abs=1e-12)
    assert calculate("wilson_upper('p', 'n')", p=proportion, n=n) == pytest.approx(high, abs=1e-12)


def test_no_number_of_events_gives_no_limits() -> None:
    assert calculate("wilson_lower('p', 'n')", p=0.5, n=None) is None
    assert calculate("wilson_upper('p', 'n')", p=0.5, n=None) is None
    assert calculate("mean_lower('m', 'v', 'q', '1')", m=3, v=None, q=2) is None
    assert calculate("mean_upper('m', 'v', 'q', '5')", m=3, v=None, q=2) is None


@pytest.mark.parametrize("events", [1_001, 2_500, 40_000])
def test_poisson_limits_beyond_the_table_are_near_the_exact_ones(events: int) -> None:
    """1e-6 of the limit: what Wilson and Hilferty's cube reaches from 1,000 events on (make_limits.LARGEST_COUNT)."""
    exact_low, exact_high = stats.chi2.ppf(0.025, 2 * events) / 2, stats.chi2.ppf(0.975, 2 * events + 2) / 2
    assert calculate("garwood_lower('tabulated', 'events')", tabulated=None, events=events) == pytest.approx(exact_low, rel=1e-6)
    assert calculate("garwood_upper('tabulated', 'events')", tabulated=None, events=events) == pytest.approx(exact_high, rel=1e-6)


def test_poisson_limits_within_the_table_are_the_tabulated_ones() -> None:
    assert calculate("garwood_lower('tabulated', 'events')", tabulated=0.5, events=3) == 0.5
    assert calculate("garwood_upper('tabulated', 'events')", tabulated=8.5, events=3) == 8.5


@pytest.mark.parametrize(
    ("proportion", "variance", "n", "expected"),
    [(0.5, 0.01, 100, 4.0), (0.5, 0.001, 100, 1.0), (0.0, 0.0, 7, 1.0), (1.0, 0.0, 7, 1.0), (0.5, None, 100, None)],
)
def test_design_effect_is_the_ratio_of_variances_and_never_below_one(
    proportion: float, variance: float | None, n: int, expected: float | None
) -> None:
    assert calculate("design_effect('p', 'v', 'n')", p=proportion, v=variance, n=n) == expected


@pytest.mark.parametrize("table", ["t_quantiles.csv", "poisson_limits.csv"])
def test_tables_of_limits_are_what_scipy_computes(table: str, tmp_path: Path) -> None:
    make_limits.write(tmp_path)
    committed, computed = (list(csv.reader((folder / table).open(encoding="utf-8"))) for folder in (REFERENCE, tmp_path))
    assert committed[0] == computed[0]
    np.testing.assert_allclose(np.array(committed[1:], dtype=float), np.array(computed[1:], dtype=float), rtol=1e-12)


def test_tables_of_limits_reach_the_warehouse_undamaged(demo_warehouse: Path) -> None:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        quantiles = connection.execute("select df, quantile_975 from reference.t_quantiles order by df").fetchall()
        limits = connection.execute("select events, lower_limit, upper_limit from reference.poisson_limits order by events").fetchall()
    np.testing.assert_allclose(quantiles, make_limits.t_quantiles(), rtol=1e-14)
    np.testing.assert_allclose(limits, make_limits.poisson_limits(), rtol=1e-14)


def test_reference_shares_of_a_scale_add_up_to_one(demo_warehouse: Path) -> None:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        totals = connection.execute("select sum(reference_share) from reference.rating_reference group by scale").fetchall()
    assert totals == [(pytest.approx(1.0),)]
