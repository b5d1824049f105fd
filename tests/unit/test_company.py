"""The generated company: it keeps the contracts, its magnitudes are believable, and each switch does what it says.

Bands are wide on purpose: they say what a reader of the demo would believe of a company of this size, not what the
generator happens to give. Where the band follows from sampling error, the comment says so.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from orchestration.contracts import Column, Contract, Rule, load_contracts
from seeds.company import Company, Parameters, generate, write

SIZE = 1000
UNTIL = dt.date(2026, 6, 30)
CONTRACTS = load_contracts()
TABLES = ["departments", "positions", "employees", "employment_spells", "job_history", "goals", "goal_participants",
          "goal_updates", "review_cycles", "reviews", "pips"]  # fmt: skip
PHYSICAL = {"text": pl.String, "int": pl.Int64, "date": pl.Date, "timestamp": pl.Datetime("us"), "bool": pl.Boolean}
FIRST_LEVEL_4_RATING = 3.5


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(Parameters(employees=SIZE))


@pytest.fixture(scope="module")
def database(company: Company) -> duckdb.DuckDBPyConnection:
    return _database(company.tables)


def _database(tables: dict[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """The tables, with `spells` (every spell of everybody) beside them."""
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(f"{name}_frame", frame)
        connection.execute(f"create table {name} as select * from {name}_frame")
    connection.execute("""
        create table spells as
        select employee_id, start_date, coalesce(end_date, date '2199-12-31') as end_date, termination_type
        from employment_spells
        union all
        select employee_id, hire_date, coalesce(termination_date, date '2199-12-31'), termination_type
        from employees where employee_id not in (select employee_id from employment_spells)
    """)
    return connection


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = connection.execute(sql).fetchone()
    assert row is not None, sql
    assert row[0] is not None, sql
    return float(row[0])


def _column_breaches(contract: Contract, column: Column, frame: pl.DataFrame) -> dict[str, str]:
    """What a column must not hold: the breach in words, and SQL that counts the rows with it."""
    name, value = contract.table, f't."{column.name}"'
    rows = f"select count(*) from {name} t where {value} is not null and"
    wanted = PHYSICAL.get(column.data_type, pl.Float64)
    found = {}
    if frame[column.name].dtype != wanted:
        found[f"{column.name} is {frame[column.name].dtype}, not {wanted}"] = "select 1"
    if column.required:
        found[f"{column.name} missing"] = f"select count(*) from {name} t where {value} is null"
    if column.allowed:
        found[f"{column.name} not allowed"] = f"{rows} {value} not in {(*column.allowed, '')}"
    if column.low is not None:
        found[f"{column.name} out of range"] = f"{rows} not {value} between {column.low} and {column.high}"
    if column.parent:
        parents = f"(select {column.parent.column} from {column.parent.table})"
        found[f"{column.name} without parent"] = f"{rows} {value} not in {parents}"
    return found


def _rule_breaches(contract: Contract, rule: Rule) -> dict[str, str]:
    """What breaks a rule over several columns or rows, as above."""
    name = contract.table
    if rule.must:
        joined = f" join {rule.joined_to} using ({rule.joined_by})" if rule.joined_to else ""
        return {rule.name: f"select count(*) from {name}{joined} where not ({rule.must})"}
    if rule.unique_together:
        columns = ", ".join(rule.unique_together)
        return {rule.name: f"select count(*) - count(distinct ({columns})) from {name}"}
    return {rule.name: f"""
        with recursive climb as (
            select {contract.key[0]} as child, {rule.no_cycle_through} as above, 1 as steps from {name}
            union all
            select climb.child, up.{rule.no_cycle_through}, steps + 1
            from climb join {name} up on up.{contract.key[0]} = climb.above where steps < 40
        )
        select count(*) from climb where steps >= 40 and above is not null"""}  # fmt: skip


def _breaches(contract: Contract, tables: dict[str, pl.DataFrame]) -> list[str]:
    """Every way in which a table breaks its contract, in words."""
    frame = tables[contract.table]
    key = ", ".join(contract.key)
    checks = {"key not unique": f"select count(*) - count(distinct ({key})) from {contract.table}"}
    for rule in contract.rules:
        checks |= _rule_breaches(contract, rule)
    for column in contract.own_columns:
        if column.name in frame.columns:
            checks |= _column_breaches(contract, column, frame)
    unknown = [f"{name} is not in the contract" for name in frame.columns if name not in contract.column_names]
    absent = [f"{column.name} is absent" for column in contract.own_columns
              if column.required and column.name not in frame.columns]  # fmt: skip
    connection = _database(tables)
    return unknown + absent + [what for what, sql in checks.items() if _number(connection, sql)]


def _latest_events(company: Company) -> dt.date:
    """The last day on which anything happened (a future last day or target date is a plan, not an event)."""
    columns = {
        "goals": ["completed_date", "cancelled_on", "created_on"], "goal_updates": ["updated_on"],
        "pips": ["start_date", "closed_on"], "job_history": ["effective_from"],
        "employees": ["hire_date", "notice_given_on"],
        "reviews": [name for name in company.tables["reviews"].columns if name.endswith("_at")],
    }  # fmt: skip
    latest = pl.concat(
        company.tables[table].select(pl.max_horizontal(pl.col(names).cast(pl.Date).max()).alias("day")) for table, names in columns.items()
    )["day"].max()
    assert isinstance(latest, dt.date)
    return latest


@pytest.mark.parametrize("table", TABLES)
def test_table_keeps_its_contract(company: Company, table: str) -> None:
    assert _breaches(CONTRACTS[table], company.tables) == []


def test_the_contract_check_sees_what_is_broken(company: Company) -> None:
    """The check above is worth something only if it fails on broken rows."""
    reviews = company.tables["reviews"]
    broken = reviews.with_columns(
        manager_rating=pl.lit(7.0), employee_id=pl.lit("nobody"), stage=pl.lit("done"), extra=pl.lit(1),
        due_date=pl.lit("soon"),
        delivered_at=pl.col("self_submitted_at") - pl.duration(days=1), review_id=pl.lit("one"),
    )  # fmt: skip
    found = " / ".join(_breaches(CONTRACTS["reviews"], company.tables | {"reviews": broken}))
    for word in ("extra is not", "manager_rating out of range", "employee_id without parent", "stage not allowed",
                 "key not unique", "due_date is String", "stages_in_order",
                 "one_review_per_person_and_cycle"):  # fmt: skip
        assert word in found
    employees = company.tables["employees"]
    loop = employees.with_columns(manager_id=pl.col("employee_id").shift(1).fill_null(employees["employee_id"][-1]))
    assert "manager_tree_has_no_cycle" in " ".join(_breaches(CONTRACTS["employees"], company.tables | {"employees": loop}))


def test_all_tables_of_the_company_are_checked_and_filled(company: Company) -> None:
    assert sorted(company.tables) == sorted(TABLES)
    assert all(len(frame) for frame in company.tables.values())


# ---------------------------------------------------------------------------------------------------- determinism
def test_same_seed_gives_the_same_company_and_another_seed_another() -> None:
    one, again = (generate(Parameters(employees=150, years=2, seed=3)) for _ in range(2))
    other = generate(Parameters(employees=150, years=2, seed=4))
    for name, frame in {**one.tables, **one.truth}.items():
        assert frame.equals({**again.tables, **again.truth}[name]), name
    assert not one.tables["employees"].equals(other.tables["employees"])


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_writing_again_touches_no_file(tmp_path: Path, file_format: str) -> None:
    parameters = Parameters(employees=60, years=1)
    paths = write(generate(parameters), tmp_path, file_format)  # type: ignore[arg-type]
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths}
    write(generate(parameters), tmp_path, file_format)  # type: ignore[arg-type]
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths} == before
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == sorted(
        [f"landing/{table}.{file_format}" for table in TABLES]
        + ["truth/parameters.json", "truth/performance.parquet", "truth/rater_severity.parquet"]
    )


def test_a_table_is_never_left_in_two_formats(tmp_path: Path) -> None:
    company = generate(Parameters(employees=60, years=1))
    write(company, tmp_path, "csv")
    write(company, tmp_path, "parquet")
    assert {path.suffix for path in (tmp_path / "landing").iterdir()} == {".parquet"}


def test_written_parameters_make_the_same_company(tmp_path: Path) -> None:
    company = generate(Parameters(employees=60, years=1).with_settings(["severity_sd=0.4", "until=2025-03-31"]))
    write(company, tmp_path)
    read = Parameters.model_validate_json((tmp_path / "truth" / "parameters.json").read_text(encoding="utf-8"))
    assert read == company.parameters


def test_settings_that_do_not_exist_or_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="severty_sd"):
        Parameters().with_settings(["severty_sd=0"])
    with pytest.raises(ValueError, match="severity_sd"):
        Parameters().with_settings(["severity_sd=-1"])
    with pytest.raises(ValueError, match="name=value"):
        Parameters().with_settings(["severity_sd"])


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Parameters.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("settings", [["employees=20"], ["until=2026-02-11"], ["years=1", "growth_rate=0"]])
def test_small_and_odd_companies_keep_the_contracts(settings: list[str]) -> None:
    company = generate(Parameters(employees=90).with_settings(settings))
    filled = {name: frame for name, frame in company.tables.items() if name in TABLES}
    assert {name: _breaches(CONTRACTS[name], filled) for name in TABLES} == {name: [] for name in TABLES}
    assert _latest_events(company) <= company.parameters.until


# ---------------------------------------------------------------------------------------------------- people
def test_headcount_at_the_end_is_what_was_asked_for(database: duckdb.DuckDBPyConnection) -> None:
    active = _number(database, f"select count(*) from spells where date '{UNTIL}' between start_date and end_date")
    # Some 2% of seats are vacant at any time, give or take sqrt(SIZE * 2%) = 4.5 of them.
    assert abs(active - SIZE) <= 0.02 * SIZE


def test_leavers_stay_in_the_history(database: duckdb.DuckDBPyConnection) -> None:
    left = _number(database, f"select count(*) from employees where termination_date <= date '{UNTIL}'")
    assert left > 0.2 * SIZE
    # Rehired people are in employment_spells, with every spell, and nobody else is.
    once = "select employee_id from employment_spells group by all having count(*) < 2"
    assert _number(database, f"select count(*) from ({once})") == 0


def test_spells_of_a_person_do_not_overlap_and_end_as_the_employee_does(database: duckdb.DuckDBPyConnection) -> None:
    overlaps = """select count(*) from (
        select start_date <= lag(end_date) over (partition by employee_id order by start_date) as bad from spells
    ) where bad"""
    assert _number(database, overlaps) == 0
    disagree = """select count(*) from employees join (
        select employee_id, min(start_date) as first, max(end_date) as last from spells group by all
    ) using (employee_id) where hire_date <> first or coalesce(termination_date, date '2199-12-31') <> last"""
    assert _number(database, disagree) == 0


def test_last_row_of_the_job_history_is_the_employees_row(database: duckdb.DuckDBPyConnection) -> None:
    columns = ["department_id", "position_id", "manager_id", "location", "employment_type", "fte_pct"]
    same = " and ".join(f"e.{name} is not distinct from h.{name}" for name in columns)
    last = """select * from job_history
        qualify row_number() over (partition by employee_id order by effective_from desc) = 1"""
    assert _number(database, f"select count(*) from employees e join ({last}) h using (employee_id) where {same}") == (
        _number(database, "select count(*) from employees")
    )


def test_job_history_begins_with_a_hire_in_every_spell(database: duckdb.DuckDBPyConnection) -> None:
    hires = "select count(*) from spells s join job_history h using (employee_id)"
    begun = _number(database, f"{hires} where h.effective_from = s.start_date and h.change_reason = 'hire'")
    assert begun == _number(database, "select count(*) from spells")
    reasons = {row[0] for row in database.execute("select distinct change_reason from job_history").fetchall()}
    assert reasons >= {"hire", "promotion", "transfer", "manager_change", "reorganisation"}


INTERVALS = """
    select h.*, least(s.end_date, coalesce(lead(effective_from) over own - 1, date '2199-12-31')) as last_day
    from job_history h asof join spells s on h.employee_id = s.employee_id and h.effective_from >= s.start_date
    window own as (partition by h.employee_id order by effective_from)
"""


def test_a_manager_is_employed_on_every_day_of_the_interval_and_leads(database: duckdb.DuckDBPyConnection) -> None:
    active = """select count(*) from intervals i where manager_id is not null and exists (
        select 1 from spells s where s.employee_id = i.manager_id
        and s.start_date <= i.effective_from and s.end_date >= least(i.last_day, date '{until}'))"""
    database.execute(f"create or replace temp view intervals as {INTERVALS}")
    led = _number(database, "select count(*) from intervals where manager_id is not null")
    assert _number(database, active.format(until=UNTIL)) == led
    # Only the chief executive has none.
    alone = "select count(distinct employee_id) from job_history where manager_id is null"
    assert _number(database, alone) == 1


def test_people_and_their_managers_work_in_the_same_branch(database: duckdb.DuckDBPyConnection) -> None:
    """A manager's department is the person's own or the one above it, unless a vacancy is filled in from higher up."""
    near = """select avg((e.department_id = m.department_id or d.parent_department_id = m.department_id)::int)
        from employees e join employees m on m.employee_id = e.manager_id
        join departments d on d.department_id = e.department_id where e.termination_date is null"""
    assert _number(database, near) > 0.95


def test_spans_and_depth_are_believable(database: duckdb.DuckDBPyConnection) -> None:
    span = f"""select count(*) as reports from employees where manager_id is not null
        and (termination_date is null or termination_date > date '{UNTIL}') group by manager_id"""
    low, middle, high = (_number(database, f"select quantile_cont(reports, {share}) from ({span})") for share in (0.05, 0.5, 0.95))
    assert low >= 3
    assert 5 <= middle <= 12
    assert high <= 13
    depth = """with recursive tree as (
        select department_id, 1 as depth from departments where parent_department_id is null union all
        select d.department_id, depth + 1 from departments d join tree on d.parent_department_id = tree.department_id
    ) select max(depth) from tree"""
    assert _number(database, depth) == 3


def test_department_tree_grows_deeper_with_the_company() -> None:
    large = generate(Parameters(employees=10_000, years=1, goals_per_quarter=0))
    parent = dict(large.tables["departments"].select("department_id", "parent_department_id").iter_rows())

    def depth(department: str) -> int:
        above = parent[department]
        return 1 if above is None else 1 + depth(above)

    assert max(depth(department) for department in parent) == 4


def test_names_repeat_but_addresses_do_not_and_some_are_not_ascii(company: Company) -> None:
    employees = company.tables["employees"]
    assert employees["work_email"].is_unique().all()
    assert employees["work_email"].str.contains(r"^[a-z]+\.[a-z]+\d*@example\.com$").all()
    share = np.mean([not name.isascii() for name in employees["display_name"]])
    assert 0.1 < share < 0.6
    words = {"Grace", "Hope", "Will", "Mark", "Rose", "May", "Joy"}
    assert words & {name.split()[0] for name in employees["display_name"]}


# ---------------------------------------------------------------------------------------------------- magnitudes
PERSON_YEARS = f"""(select sum(date_diff('day', greatest(start_date, date '2023-07-01'),
    least(end_date, date '{UNTIL}')) + 1) / 365.25 from spells join employees using (employee_id)
    where end_date >= date '2023-07-01' and employment_type in ('full_time', 'part_time'))"""


def test_voluntary_turnover_is_that_of_an_ordinary_company(database: duckdb.DuckDBPyConnection) -> None:
    # 8% to 14% a year; about 2,700 person-years, so that the standard error is 0.6 points.
    rate = f"""select count(*) / {PERSON_YEARS} from spells where termination_type = 'voluntary'
        and end_date between date '2023-07-01' and date '{UNTIL}'"""
    assert 0.08 <= _number(database, rate) <= 0.14


def test_a_quarter_to_a_third_of_ratings_exceed_expectations(database: duckdb.DuckDBPyConnection) -> None:
    # company.md: about a quarter to a third; 4,000 ratings of 120 managers leave a standard error near 2 points.
    share = f"select avg((final_rating >= {FIRST_LEVEL_4_RATING})::int) from reviews where final_rating is not null"
    assert 0.23 <= _number(database, share) <= 0.35
    halves = "select count(*) from reviews where final_rating * 2 <> round(final_rating * 2)"
    assert _number(database, halves) == 0


def test_most_goals_are_met_in_time_but_far_from_all(database: duckdb.DuckDBPyConnection) -> None:
    rate = f"""select avg((status = 'completed' and completed_date <= target_date)::int) from goals
        where target_date <= date '{UNTIL}' and status <> 'cancelled'"""
    assert 0.55 <= _number(database, rate) <= 0.75


def test_most_reviews_are_signed_on_schedule_but_not_all(database: duckdb.DuckDBPyConnection) -> None:
    rate = f"""select avg((stage = 'completed' and greatest(employee_signed_at, manager_signed_at)::date <= due)::int)
        from (select *, coalesce(due_date, sign_off_due) as due from reviews join review_cycles using (review_cycle_id))
        where due <= date '{UNTIL}' and stage <> 'cancelled'"""
    assert 0.75 <= _number(database, rate) <= 0.92


def test_improvement_plans_are_rare_and_succeed_about_half_the_time(database: duckdb.DuckDBPyConnection) -> None:
    # 2% to 4% of people a year: some 80 plans, so that their success rate has a standard error of 5.5 points.
    assert 0.018 <= _number(database, f"select count(*) / {PERSON_YEARS} from pips") <= 0.042
    rate = """select avg((outcome is not distinct from 'successful')::int) from pips
        where status in ('closed', 'cancelled')"""
    assert 0.40 <= _number(database, rate) <= 0.65


def test_promotions_and_dismissals_are_believable(database: duckdb.DuckDBPyConnection) -> None:
    promotions = """select count(*) from job_history
        where change_reason = 'promotion' and effective_from > date '2023-07-01'"""
    assert 0.04 <= _number(database, f"select ({promotions}) / {PERSON_YEARS}") <= 0.14
    dismissals = f"select count(*) / {PERSON_YEARS} from spells where termination_type = 'involuntary'"
    assert 0.01 <= _number(database, dismissals) <= 0.05


# ---------------------------------------------------------------------------------------------------- what exists
def test_goals_cascade_from_the_company_to_each_person(database: duckdb.DuckDBPyConnection) -> None:
    steps = database.execute("""select distinct g.goal_level, p.goal_level from goals g
        join goals p on p.goal_id = g.parent_goal_id""").fetchall()
    levels = ["company", "department", "team", "individual"]
    assert {(low, high) for high, low in pairwise(levels)} <= set(steps)
    assert all(levels.index(low) > levels.index(high) for low, high in steps)
    individual = "from goals where goal_level = 'individual'"
    aligned = _number(database, f"select avg((parent_goal_id is not null)::int) {individual}")
    assert 0.5 < aligned < 0.95


def test_every_kind_of_goal_review_and_plan_occurs(company: Company, database: duckdb.DuckDBPyConnection) -> None:
    expected: dict[tuple[str, str], set[str | int]] = {
        ("goals", "goal_category"): {"business", "development", "personal", "team"},
        ("goals", "status"): {"in_progress", "completed", "cancelled"},
        ("goal_participants", "participant_type"): {"employee", "department"},
        ("reviews", "stage"): {"not_started", "self_assessment", "manager_review", "calibration", "completed",
                               "cancelled"},
        ("review_cycles", "cadence"): {"annual", "semi_annual", "probation"},
        ("pips", "planned_days"): {30, 60, 90},
        ("employees", "employment_type"): {"full_time", "part_time", "contract", "intern"},
        ("employees", "termination_type"): {"voluntary", "involuntary", "end_of_contract"},
    }  # fmt: skip
    for (table, column), kinds in expected.items():
        assert kinds <= set(company.tables[table][column].unique()), (table, column)
    assert company.tables["goals"]["start_date"].min() == company.parameters.start
    moved = _number(database, "select count(*) from goals where target_date > baseline_target_date")
    late = _number(database, "select count(*) from goals where completed_date > target_date")
    assert moved > 0
    assert late > 0


def test_a_plan_of_someone_who_leaves_is_cancelled_on_the_last_day(database: duckdb.DuckDBPyConnection) -> None:
    cancelled = "from pips join spells using (employee_id) where status = 'cancelled' and closed_on = end_date"
    assert _number(database, f"select count(*) {cancelled}") > 0
    beyond = f"""select count(*) from pips p where not exists (
        select 1 from spells s where s.employee_id = p.employee_id and s.start_date <= p.start_date
        and s.end_date >= coalesce(p.closed_on, date '{UNTIL}'))"""
    assert _number(database, beyond) == 0


def test_nothing_happens_after_the_last_day_but_what_is_announced(company: Company) -> None:
    assert _latest_events(company) == UNTIL
    assert company.tables["employees"]["termination_date"].max() > UNTIL  # type: ignore[operator]


def test_review_in_flight_knows_only_what_its_stage_has_reached(company: Company) -> None:
    running = company.tables["reviews"].filter(pl.col("review_cycle_id") == "2026-H1")
    assert running["final_rating"].null_count() == len(running)
    early = running.filter(pl.col("stage").is_in(["not_started", "self_assessment", "manager_review"]))
    # A review with its self assessment handed in is at the manager's: no rating by the manager yet.
    assert early["manager_rating"].null_count() == len(early) > 0


# ------------------------------------------------------------------------------------------------ truth and switches
def _manager_variance(settings: list[str]) -> tuple[float, float]:
    """Variance between raters of the mean excess of rating over performance, and what noise alone would make of it."""
    quiet = ["compression_mean=1", "compression_sd=0", "team_quality_sd=0", "trend_sd=0.25", *settings]
    company = generate(Parameters(employees=SIZE, years=2, goals_per_quarter=0).with_settings(quiet))
    excess = (
        company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
        .filter(pl.col("manager_rating").is_not_null())
        .with_columns(excess=pl.col("manager_rating") - pl.col("value"))
        .group_by("manager_id", "employee_id").agg(pl.col("excess").mean())
        .group_by("manager_id").agg(pl.col("excess").mean(), spread=pl.col("excess").var(), people=pl.len())
        .filter(pl.col("people") >= 4)
    )  # fmt: skip
    noise = (excess["spread"] / excess["people"]).to_numpy().mean()
    return float(excess["excess"].to_numpy().var()), float(noise)


def test_severity_switched_off_leaves_no_manager_effect_beyond_noise() -> None:
    between, noise = _manager_variance(["severity_sd=0", "severity_drift_sd=0"])
    # A mean square over some 100 raters: its ratio to the noise has a standard error near sqrt(2 / 100) = 0.14.
    assert between / noise < 1.45
    between, noise = _manager_variance([])
    assert between / noise > 3


def test_true_severity_explains_how_raters_differ(company: Company) -> None:
    reviews = company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
    excess = (
        reviews.filter(pl.col("manager_rating").is_not_null())
        .group_by("manager_id").agg(excess=(pl.col("manager_rating") - pl.col("value")).mean(), count=pl.len())
        .filter(pl.col("count") >= 15)
        .join(company.truth["rater_severity"], left_on="manager_id", right_on="employee_id")
    )  # fmt: skip
    assert np.corrcoef(excess["excess"], excess["severity"])[0, 1] > 0.6


def test_ratings_without_compression_say_nothing_about_performance() -> None:
    flat = ["compression_mean=0", "compression_sd=0"]
    company = generate(Parameters(employees=SIZE, years=2, goals_per_quarter=0).with_settings(flat))
    rated = company.tables["reviews"].join(company.truth["performance"], on=["employee_id", "review_cycle_id"])
    rated = rated.filter(pl.col("manager_rating").is_not_null())
    # About 2,500 pairs, several of one person: three standard errors are 0.1.
    assert abs(np.corrcoef(rated["manager_rating"], rated["value"])[0, 1]) < 0.1


def test_calibration_moves_more_down_than_up(company: Company) -> None:
    moved = company.tables["reviews"].filter(pl.col("final_rating") != pl.col("manager_rating"))
    down = moved.filter(pl.col("final_rating") < pl.col("manager_rating"))
    assert 0.55 < len(down) / len(moved) < 0.95


def test_rates_set_to_zero_switch_their_events_off(company: Company) -> None:
    off = ["voluntary_rate=0", "involuntary_rate=0", "low_rating_exit_rate=0", "pip_share=0", "promotion_rate=0",
           "reorganisation_share=0", "transfer_share=0", "contract_share=0", "intern_share=0", "shared_goal_share=0",
           "goal_retargeted_share=0", "review_late_share=0", "review_unfinished_share=0"]  # fmt: skip
    full, company = company, generate(Parameters(employees=300, years=1).with_settings(off))
    employees, history = company.tables["employees"], company.tables["job_history"]
    assert {name: frame.schema for name, frame in company.tables.items()} == {name: frame.schema for name, frame in full.tables.items()}
    assert set(employees["termination_type"].drop_nulls()) <= {"retirement"}
    assert len(company.tables["pips"]) == 0
    recent = history.filter(pl.col("effective_from") > dt.date(2025, 7, 1))
    assert set(recent["change_reason"]) <= {"hire", "manager_change", "promotion"}
    goals = company.tables["goals"]
    assert (goals["target_date"] == goals["baseline_target_date"]).all()
    assert "employee" not in set(company.tables["goal_participants"]["participant_type"])
    ended = company.tables["reviews"].filter(pl.col("review_cycle_id") == "2025-FY", pl.col("stage") != "cancelled")
    assert (ended["stage"] == "completed").all()
    assert ended.select(pl.max_horizontal("employee_signed_at", "manager_signed_at").dt.date().max()).item() <= (
        dt.date(2025, 12, 31) + dt.timedelta(days=52)
    )


def test_wrong_sign_turns_an_effect_round() -> None:
    """Low performers meet more goals when the effect of performance on goals is negative."""
    slopes = []
    for value in ("1", "-1"):
        company = generate(Parameters(employees=300, years=2).with_settings([f"goal_performance_effect={value}"]))
        level = company.truth["performance"].group_by("employee_id").agg(pl.col("value").mean())
        goals = company.tables["goals"].filter(pl.col("goal_level") == "individual", pl.col("target_date") <= UNTIL)
        met = goals.with_columns(met=(pl.col("completed_date") <= pl.col("target_date")).fill_null(value=False))
        met = met.join(level, left_on="owner_employee_id", right_on="employee_id")
        slopes.append(np.corrcoef(met["met"].cast(pl.Float64), met["value"])[0, 1])
    assert slopes[0] > 0.05
    assert slopes[1] < -0.05


def test_a_new_draw_of_goals_leaves_people_and_ratings_alone() -> None:
    one = generate(Parameters(employees=150, years=1))
    other = generate(Parameters(employees=150, years=1, goals_per_quarter=1.0))
    assert not one.tables["goals"].equals(other.tables["goals"])
    for name in ("employees", "job_history", "reviews", "pips"):
        assert one.tables[name].equals(other.tables[name]), name
