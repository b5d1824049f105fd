"""Who leaves and why: the planted drivers are there, can be switched off and turned round, and the true risks are true.

The drivers are found again by a regression (statsmodels) on who begins to look around; the filter is held against all paths
that there are, the risks against a chain worked out by hand and against what happened, which is a witness of its own: futures
are branched before it.
"""

from __future__ import annotations

import datetime as dt
from itertools import product

import duckdb
import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from polars.testing import assert_frame_equal
from scipy import stats

from seeds.company import Company, Parameters, generate
from seeds.company.history import exits, simulation, structure
from seeds.company.history.frailty import frailty_points
from seeds.company.history.risk import HORIZONS, Filter, Risks, exits_in_time
from seeds.company.history.workforce import Workforce
from tests.company.contract_breaches import number

UNTIL = dt.date(2026, 6, 30)
# Terms of the hazard of beginning to look around that a reader of the state can see, and the setting of each.
TERMS = ["manager_change_effect", "rating_change_effect", "stagnation_effect", "workload_effect", "season_effect", "tenure_effect"]
TURNED = [f"{name}={value}" for name, value in zip(TERMS, ("-0.5", "0", "-0.12", "0", "0", "-1"), strict=True)]
# Without what the regression does not see: pay, teams' exits and frailty add noise that would pull all terms towards zero.
PLAIN = ["frailty_variance=0", "macro_sd=0", "pay_effect=0", "team_exits_effect=0", "manager_severity_effect=0", "rating_effect=0",
         "pip_share=0"]  # fmt: skip


def _tenure(years: np.ndarray) -> np.ndarray:
    bumps = [0.75 * np.exp(-(((years - 1) / 0.20) ** 2) / 2), 0.55 * np.exp(-(((years - 2) / 0.25) ** 2) / 2)]
    return sum(bumps) - 0.07 * np.minimum(years, 10)


class Watched:
    """At the end of each month notes the state that the next month begins with, and then who began to look around."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.began: list[np.ndarray] = []
        self._state: tuple[np.ndarray, np.ndarray] | None = None

    def after_month(self, played: Workforce, month: int) -> None:
        rates = played.rates[-1]
        if self._state is not None:
            state, looked = self._state
            known = rates.who[(rates.who < len(looked))]
            fresh = known[~looked[known]]
            self.rows.append(state[fresh])
            self.began.append(np.isin(fresh, rates.who[rates.looking]))
        people, day = played.people, played.months[month][1] + 1
        parent = played.structure.parents_on(day)
        quarter_begins = (np.datetime64(0, "D") + day).astype(object).month in {1, 4, 7, 10}
        state = np.column_stack(
            [
                day - people["boss_changed_on"] < 183,
                np.clip(people["rating_drop"], -1, 2),
                np.clip((day - people["level_since"]) / 365.25 - 2, 0, 4),
                np.full(len(people), np.nan) if quarter_begins else played.strain.now(parent[np.maximum(people["seat"], 0)]),
                np.full(len(people), 1.0 if (np.datetime64(0, "D") + day).astype(object).month in {1, 2, 3, 9} else -0.5),
                _tenure((day - people["started"]) / 365.25),
            ]
        )
        self._state = (state, people["intent"].copy())


@pytest.mark.parametrize("settings", [[], TURNED], ids=["as given", "switched off or turned round"])
def test_a_regression_finds_the_drivers_that_were_planted(settings: list[str]) -> None:
    parameters = Parameters(employees=8000, seed=3).with_settings([*PLAIN, *settings])
    watched = Watched()
    simulation.simulate(structure.build(parameters), parameters, watched.after_month)
    rows, began = np.concatenate(watched.rows), np.concatenate(watched.began)
    seen = ~np.isnan(rows).any(axis=1)
    model = sm.GLM(began[seen].astype(float), sm.add_constant(rows[seen]), family=sm.families.Binomial(sm.families.links.CLogLog()))
    fit = model.fit()
    assert began.sum() > 2000
    for place, name in enumerate(TERMS, start=1):
        # Four standard errors; and half a month's difference in the clock of tenure, boss and level takes up to a tenth.
        planted = getattr(parameters, name)
        assert abs(fit.params[place] - planted) < 4 * fit.bse[place] + 0.1 * abs(planted), (name, fit.params[place], fit.bse[place])


def test_the_rate_of_leaving_is_the_one_that_was_asked_for() -> None:
    for asked in (0.06, 0.12, 0.20):
        parameters = Parameters(employees=8000, years=3, voluntary_rate=asked)
        played = simulation.simulate(structure.build(parameters), parameters)
        years = sum(len(rates.who) for rates in played.rates) / 12
        spells = played.workplace.spells
        left = (spells["exit_type"] == 0) & (spells["notice_on"] >= played.months[0][0]) & (spells["notice_on"] < exits.NEVER)
        # About 24,000 person-years: a standard error of 2% of the rate; the labour market moves it by another 10%.
        assert abs(left.sum() / years / asked - 1) < 0.2, asked


def test_most_who_leave_had_looked_around_and_gave_notice_in_time(database: duckdb.DuckDBPyConnection) -> None:
    notice = "select termination_date - notice_given_on as days from employees where termination_type = 'voluntary'"
    low, high = (number(database, f"select {side}(days) from ({notice})") for side in ("min", "max"))
    assert (low, high) >= (14, 30)
    assert high <= 90
    parameters = Parameters(employees=4000)
    played = simulation.simulate(structure.build(parameters), parameters)
    quits = [(rates.looking.mean(), (rates.hazard * rates.looking).sum() / rates.hazard.sum()) for rates in played.rates]
    share, of_quits = np.mean(quits, axis=0)
    assert share < 0.15
    assert of_quits > 0.8


def test_low_performers_are_dismissed_and_stars_leave_for_pay() -> None:
    parameters = Parameters(employees=8000, pay_effect=0.6)
    played = simulation.simulate(structure.build(parameters), parameters)
    spells = played.workplace.spells.frame().filter(pl.col("end") < exits.NEVER, pl.col("rating").is_not_nan())
    by_kind = dict(spells.group_by("exit_type").agg(low=(pl.col("rating") <= 2).mean()).iter_rows())
    assert by_kind[1] > 2 * by_kind[0]


# ------------------------------------------------------------------------------------------------------------ truth
def test_frailty_points_integrate_the_gamma_distribution() -> None:
    for variance in (0.2, 0.4, 1.0):
        points, weights = frailty_points(variance)
        gamma = stats.gamma(1 / variance, scale=variance)
        for rate in (0.01, 0.05, 0.3):
            assert (weights * np.exp(-rate * points)).sum() == pytest.approx(gamma.expect(lambda g, r=rate: np.exp(-r * g)), abs=1e-5)
    assert [list(part) for part in frailty_points(0)] == [[1.0], [1.0]]


def test_the_filter_agrees_with_all_paths_there_are() -> None:
    """Four people, five months: the sum over every path of looking or not, for each frailty point."""
    parameters, months = Parameters(frailty_variance=0.4), 5
    points, weights = frailty_points(0.4)
    random = np.random.default_rng(1)
    onset = random.uniform(0.01, 0.3, (months, 4)).astype(np.float32)
    ratio = random.normal(0, 1, (months, 4)).astype(np.float32)
    who = np.arange(4, dtype=np.int32)
    state = Filter(4, parameters)
    for month in range(months):
        nothing = np.zeros(4, dtype=np.float32)
        state.month(month, exits.Rates(who, onset[month], nothing > 1, nothing, nothing), ratio[month])
    first = exits.LOOKING_AT_START * parameters.voluntary_rate
    stays = [np.exp(-exits.quit_rate(parameters, looking=looking)) for looking in (False, True)]
    for person in range(4):
        expected = np.zeros((2, len(points)))
        for point, (frailty, weight) in enumerate(zip(points, weights, strict=True)):
            for path in product((0, 1), repeat=months + 1):
                chance = weight * (first if path[0] else 1 - first)
                for month in range(months):
                    start = 1 - np.exp(-onset[month, person] * frailty)
                    leaves = (1 - exits.SETTLES, exits.SETTLES) if path[month] else (start, 1 - start)
                    chance *= leaves[0] if path[month + 1] else leaves[1]
                    chance *= stays[path[month + 1]] * np.exp(ratio[month, person] * path[month + 1])
                expected[path[-1], point] += chance
        assert state.belief(np.array([person]))[:, :, 0] == pytest.approx(expected / expected.sum(), rel=1e-3)


def test_a_risk_without_drivers_is_that_of_a_chain_worked_out_by_hand() -> None:
    names = ["tenure", "pay", "rating", "rating_change", "manager_change", "manager_severity", "workload", "stagnation", "team_exits",
             "season"]  # fmt: skip
    still = [*(f"{name}_effect=0" for name in names), "macro_sd=0", "frailty_variance=0", "involuntary_rate=0", "low_rating_exit_rate=0",
             "pip_share=0", "layoff_share=0"]  # fmt: skip
    parameters = Parameters(employees=100, years=1).with_settings(still)
    risks = Risks(parameters)
    played = simulation.simulate(structure.build(parameters), parameters, risks.after_month)
    origin = risks.origins[0]
    start = 1 - np.exp(-exits.START * parameters.voluntary_rate)
    move = np.array([[1 - start, start], [exits.SETTLES, 1 - exits.SETTLES]])
    leave = np.array([1 - np.exp(-exits.quit_rate(parameters, looking=looking)) for looking in (False, True)])
    young = (origin.day + 400 - played.people["born"][origin.who]) / 365.25 < exits.RETIREMENT_AGE
    months = simulation.months_between(dt.date(1970, 1, 1) + dt.timedelta(days=origin.day + 1), dt.date(2027, 12, 31))
    for place, horizon in enumerate(HORIZONS):
        for looking in (0, 1):
            there, total = np.eye(2)[looking], 0.0
            for first, last in months[:12]:
                there = there @ move
                days = [(origin.day + horizon - day - notice >= 0) for day in range(first, last + 1) for notice in range(30, 91)]
                total += (there * leave).sum() * np.mean(days)
                there = there * (1 - leave)
            assert origin.grid[place, looking, 0][young] == pytest.approx(np.full(young.sum(), total), rel=2e-3)


def test_exits_in_time_count_days_and_notices() -> None:
    for first, last, origin, horizon in ((100, 130, 90, 90), (100, 130, 90, 60), (150, 180, 90, 90), (100, 130, 95, 365)):
        counted = np.mean([[day + notice <= origin + horizon for notice in range(30, 91)] for day in range(first, last + 1)])
        assert exits_in_time(first, last, origin, horizon) == pytest.approx(counted)


@pytest.fixture(scope="module")
def judged(company: Company, database: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """True risks beside what happened, where the time is over."""
    return (
        database.cursor()
        .sql(f"""
        select r.*, exists (
            select 1 from employees e left join employment_spells s using (employee_id)
            where e.employee_id = r.employee_id and coalesce(s.termination_type, e.termination_type) = 'voluntary'
            and coalesce(s.end_date, e.termination_date) > r.origin
            and coalesce(s.end_date, e.termination_date) <= r.origin + r.horizon_days::int
        ) as has_left
        from truth.attrition_risk r where r.origin + r.horizon_days::int <= date '{UNTIL}'
    """)
        .pl()
    )


def _auc(left: np.ndarray, score: np.ndarray) -> float:
    return float(stats.mannwhitneyu(score[left], score[~left]).statistic / (left.sum() * (~left).sum()))


@pytest.mark.parametrize("horizon", HORIZONS)
def test_true_risks_agree_with_what_happened(judged: pl.DataFrame, horizon: int) -> None:
    rows = judged.filter(pl.col("horizon_days") == horizon)
    left = rows["has_left"].to_numpy()
    scores = {name: rows[name].to_numpy() for name in ("risk_full", "risk_observable")}
    for name, score in scores.items():
        # People repeat over the origins, and the labour market is shared: three times the error of independent rows.
        error = 3 * np.sqrt((score * (1 - score)).sum()) / len(score)
        assert abs(score.mean() - left.mean()) < 3 * error, name
    auc = {name: _auc(left, score) for name, score in scores.items()}
    assert auc["risk_full"] > auc["risk_observable"] > 0.6, auc


def test_risks_grow_with_the_horizon_and_hazards_are_chances(judged: pl.DataFrame, database: duckdb.DuckDBPyConnection) -> None:
    wide = judged.pivot("horizon_days", index=["employee_id", "origin"], values="risk_observable").drop_nulls()
    assert (wide["90"] <= wide["180"]).all()
    assert (wide["180"] <= wide["365"]).all()
    assert number(database, "select min(risk_observable) from truth.attrition_risk") > 0
    assert number(database, "select max(risk_full) from truth.attrition_risk") < 1
    yearly = number(database, "select sum(hazard) / count(*) * 12 from truth.attrition_hazard")
    assert 0.09 < yearly < 0.16


def test_trends_are_slopes_of_the_true_performance(company: Company) -> None:
    performance = company.truth["performance"].with_columns(
        years=pl.col("review_cycle_id").str.head(4).cast(pl.Float64)
        + pl.when(pl.col("review_cycle_id").str.ends_with("H1")).then(0.5).otherwise(1.0)
    )
    person = performance.group_by("employee_id").agg(pl.len()).filter(pl.col("len") == 6)["employee_id"].sort()[5]
    mine = performance.filter(pl.col("employee_id") == person)
    slope = np.polyfit(mine["years"], mine["value"], 1)[0]
    told = dict(company.truth["trend"].iter_rows())[person]
    assert told == pytest.approx(slope, abs=0.01)  # half years are of 181 and 184 days


def test_true_risks_of_an_origin_do_not_depend_on_what_came_after_it() -> None:
    until = dt.date(2025, 12, 31)
    settings = Parameters(employees=400, years=2)
    then, now = (generate(each).truth["attrition_risk"] for each in (settings.with_settings([f"until={until}"]), settings))
    assert then["origin"].max() == until < now["origin"].max()
    then, now = (risks.filter(pl.col("origin") <= until).sort("employee_id", "origin", "horizon_days") for risks in (then, now))
    assert_frame_equal(then, now, abs_tol=1e-9)
