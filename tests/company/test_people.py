"""The organisation and its people: the tree, who was where when, how people come and go.

Bands are wide on purpose: they say what a reader of the demo would believe of a company of this size, not what the
generator happens to give. Where the band follows from sampling error, the comment says so.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest

from seeds.company import Company, Parameters, generate
from seeds.company.history.ledger import ORDINARY, VOLUNTARY
from seeds.company.people import tables
from tests.company.conftest import SIZE
from tests.company.contract_breaches import number

UNTIL = dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def database(company: Company, database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The company with `spells`, every spell of everybody."""
    connection = database.cursor()
    connection.execute("""
        create or replace temp table spells as
        select employee_id, start_date, coalesce(end_date, date '2199-12-31') as end_date, termination_type from employment_spells
        union all
        select employee_id, hire_date, coalesce(termination_date, date '2199-12-31'), termination_type
        from employees where employee_id not in (select employee_id from employment_spells)
    """)
    return connection


def test_headcount_at_the_end_is_what_was_asked_for(database: duckdb.DuckDBPyConnection) -> None:
    active = number(database, f"select count(*) from spells where date '{UNTIL}' between start_date and end_date")
    # Some 2% of seats are vacant at any time, give or take sqrt(SIZE * 2%) = 4.5 of them.
    assert abs(active - SIZE) <= 0.02 * SIZE


def test_leavers_stay_in_the_history(database: duckdb.DuckDBPyConnection) -> None:
    left = number(database, f"select count(*) from employees where termination_date <= date '{UNTIL}'")
    assert left > 0.2 * SIZE
    # Rehired people are in employment_spells, with every spell, and nobody else is.
    once = "select employee_id from employment_spells group by all having count(*) < 2"
    assert number(database, f"select count(*) from ({once})") == 0


def test_spells_of_a_person_do_not_overlap_and_end_as_the_employee_does(database: duckdb.DuckDBPyConnection) -> None:
    overlaps = """select count(*) from (
        select start_date <= lag(end_date) over (partition by employee_id order by start_date) as bad from spells
    ) where bad"""
    assert number(database, overlaps) == 0
    disagree = """select count(*) from employees join (
        select employee_id, min(start_date) as first, max(end_date) as last from spells group by all
    ) using (employee_id) where hire_date <> first or coalesce(termination_date, date '2199-12-31') <> last"""
    assert number(database, disagree) == 0


def test_last_row_of_the_job_history_is_the_employees_row(database: duckdb.DuckDBPyConnection) -> None:
    columns = ["department_id", "position_id", "manager_id", "location", "employment_type", "fte_pct"]
    same = " and ".join(f"e.{name} is not distinct from h.{name}" for name in columns)
    last = """select * from job_history
        qualify row_number() over (partition by employee_id order by effective_from desc) = 1"""
    assert number(database, f"select count(*) from employees e join ({last}) h using (employee_id) where {same}") == (
        number(database, "select count(*) from employees")
    )


def test_job_history_begins_with_a_hire_in_every_spell(database: duckdb.DuckDBPyConnection) -> None:
    hires = "select count(*) from spells s join job_history h using (employee_id)"
    begun = number(database, f"{hires} where h.effective_from = s.start_date and h.change_reason = 'hire'")
    assert begun == number(database, "select count(*) from spells")
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
    led = number(database, "select count(*) from intervals where manager_id is not null")
    assert number(database, active.format(until=UNTIL)) == led
    # Only the chief executive has none.
    alone = "select count(distinct employee_id) from job_history where manager_id is null"
    assert number(database, alone) == 1


def test_people_and_their_managers_work_in_the_same_branch(database: duckdb.DuckDBPyConnection) -> None:
    """A manager's department is the person's own or the one above it, unless a vacancy is filled in from higher up."""
    near = """select avg((e.department_id = m.department_id or d.parent_department_id = m.department_id)::int)
        from employees e join employees m on m.employee_id = e.manager_id
        join departments d on d.department_id = e.department_id where e.termination_date is null"""
    assert number(database, near) > 0.95


def test_spans_and_depth_are_believable(database: duckdb.DuckDBPyConnection) -> None:
    span = f"""select count(*) as reports from employees where manager_id is not null
        and (termination_date is null or termination_date > date '{UNTIL}') group by manager_id"""
    low, middle, high = (number(database, f"select quantile_cont(reports, {share}) from ({span})") for share in (0.05, 0.5, 0.95))
    assert low >= 3
    assert 5 <= middle <= 12
    assert high <= 13
    depth = """with recursive tree as (
        select department_id, 1 as depth from departments where parent_department_id is null union all
        select d.department_id, depth + 1 from departments d join tree on d.parent_department_id = tree.department_id
    ) select max(depth) from tree"""
    assert number(database, depth) == 3


def test_department_tree_grows_deeper_with_the_company() -> None:
    large = generate(Parameters(employees=10_000, years=1), tables=("departments",))
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


PERSON_YEARS = f"""(select sum(date_diff('day', greatest(start_date, date '2023-07-01'),
    least(end_date, date '{UNTIL}')) + 1) / 365.25 from spells join employees using (employee_id)
    where end_date >= date '2023-07-01' and employment_type in ('full_time', 'part_time'))"""


def test_voluntary_turnover_is_that_of_an_ordinary_company(database: duckdb.DuckDBPyConnection) -> None:
    # 8% to 14% a year; about 2,700 person-years, so that the standard error is 0.6 points.
    rate = f"""select count(*) / {PERSON_YEARS} from spells where termination_type = 'voluntary'
        and end_date between date '2023-07-01' and date '{UNTIL}'"""
    assert 0.08 <= number(database, rate) <= 0.14


def test_promotions_and_dismissals_are_believable(database: duckdb.DuckDBPyConnection) -> None:
    promotions = """select count(*) from job_history
        where change_reason = 'promotion' and effective_from > date '2023-07-01'"""
    assert 0.04 <= number(database, f"select ({promotions}) / {PERSON_YEARS}") <= 0.14
    dismissals = f"select count(*) / {PERSON_YEARS} from spells where termination_type = 'involuntary'"
    assert 0.01 <= number(database, dismissals) <= 0.05


def test_improvement_plans_are_rare_and_succeed_about_half_the_time(database: duckdb.DuckDBPyConnection) -> None:
    # 2% to 4% of people a year: some 80 plans, so that their success rate has a standard error of 5.5 points.
    assert 0.018 <= number(database, f"select count(*) / {PERSON_YEARS} from pips") <= 0.042
    rate = """select avg((outcome is not distinct from 'successful')::int) from pips
        where status in ('closed', 'cancelled')"""
    assert 0.40 <= number(database, rate) <= 0.65


@pytest.mark.parametrize("layoff_share", [0.0, 0.1])
def test_reasons_of_exits_say_what_they_came_of(layoff_share: float) -> None:
    settings = ["pip_share=1", f"layoff_share={layoff_share}"]
    made = generate(Parameters(employees=800).with_settings(settings), tables=("employees", "pips")).tables
    gone = made["employees"].drop_nulls("termination_date")
    by_type = {kind: set(rows["termination_reason"]) for (kind,), rows in gone.group_by("termination_type")}
    assert by_type["retirement"] == {"Retired"}
    assert by_type["end_of_contract"] == {"Contract ended"}
    assert by_type["voluntary"].isdisjoint(by_type["involuntary"])
    assert ("Role no longer needed" in by_type["involuntary"]) == (layoff_share > 0)
    ended = gone.join(made["pips"].filter(further_action="termination").unique("employee_id"), on="employee_id", how="semi")
    of_plan = ended.filter(termination_type="involuntary")["termination_reason"]
    assert len(of_plan) > 5
    assert set(of_plan) == {"Results below expectations"}


def test_who_is_paid_below_the_market_names_pay_more_often() -> None:
    last = pl.DataFrame({"person": np.arange(4000), "start": 0, "exit_type": VOLUNTARY, "cause": ORDINARY, "rating": 3.0,
                         "pay_gap": np.repeat([-1.5, 1.5], 2000)})  # fmt: skip
    pay = tables.exit_reasons(last, Parameters().draws("employees")) == "Better pay elsewhere"
    well, badly = pay[:2000].mean(), pay[2000:].mean()
    # One standard deviation of pay multiplies the odds by e: a share of 0.05 against 0.53, with a standard error of 0.01.
    assert well == pytest.approx(0.053, abs=0.03)
    assert badly == pytest.approx(0.528, abs=0.04)
