"""What is planted in pay comes out of the tables again, and nothing does where it is switched off."""

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest

from seeds.company import Parameters
from seeds.company.compensation import tables as pay_tables
from seeds.company.compensation.market import CURRENCIES, CURRENCY_OF
from seeds.company.days import NEVER, day_number
from seeds.company.history import simulation, structure
from seeds.company.history.demographics import FEMALE, GENDERS, MALE
from seeds.company.history.record import History
from seeds.company.history.structure import CONTRACT, INTERN, LOCATIONS
from seeds.company.sink import Evidence, Kept

# Ten times the people of the shared company: effects of a few percent stand out, and pay alone is made in half a second.
MANY = 4000


@cache
def played(*settings, employees=MANY, until=None):
    """The history and the tables of pay of a company; `until` as year, month, day."""
    parameters = Parameters(employees=employees, **({"until": dt.date(*until)} if until else {})).with_settings(settings)
    history = History(parameters, simulation.simulate(structure.build(parameters), parameters))
    kept = Kept()
    pay_tables.write(history, kept, Evidence(1, 1))
    return history, kept.tables(), kept.truths()


def yearly(records, history):
    """Records with `yearly` full-time pay in their own currency, and the person's number."""
    numbers = pl.DataFrame({"employee_id": history.employee_ids, "person": np.arange(len(history.people)),
                            "share": history.people["fte_pct"] / 100, "kind": history.people["employment_type"]})  # fmt: skip
    per_year = pl.when(pl.col("pay_period") == "month").then(12).otherwise(1)
    full_time = pl.when(pl.col("amount_basis") == "actual").then(pl.col("share")).otherwise(1)
    return records.join(numbers, on="employee_id").with_columns(yearly=pl.col("base_amount") * per_year / full_time)


def job_on(history, person, day):
    """Level, family (index) and place (index) of each of `person` on its day."""
    job = history.assigned_on(person, day)
    seat = job["seat"].to_numpy()
    return job["level"].to_numpy(), history.structure.division[seat], history.structure.location[seat]


def in_force(history, tables, day):
    """The staff on `day` with pay: person, yearly, level, family, place."""
    staff = history.staff_on(day).filter(~pl.col("temporary")).select("person")
    as_of = pl.col("effective_from") <= pl.lit(day, dtype=pl.Int32).cast(pl.Date)
    latest = yearly(tables["compensation_records"].filter(as_of), history).sort("effective_from").group_by("person").last()
    rows = staff.join(latest.select("person", "yearly", "currency"), on="person", how="inner")
    person = rows["person"].to_numpy()
    level, family, place = job_on(history, person, np.full(len(rows), day))
    return rows.with_columns(level=level, family=family, place=place)


def slopes(outcome, *columns):
    """Coefficients of `columns` in a regression of `outcome` with a constant."""
    design = np.column_stack([np.ones(len(outcome)), *columns])
    return np.linalg.lstsq(design, outcome, rcond=None)[0][1:]


def dummies(codes):
    return (codes[:, None] == np.unique(codes)[1:]).astype(float)


def compa(history, tables, day):
    """Log of pay over the middle of its band on `day`, from the tables of both."""
    pay = in_force(history, tables, day)
    pay = pay.with_columns(
        job_family=pl.Series([*structure.FAMILIES, "executive"]).gather(pay["family"] % 9),
        location=pl.Series(LOCATIONS).gather(pay["place"]),
    )
    first = dt.date(1970 + int(np.datetime64(day, "D").astype("datetime64[Y]").astype(int)), 1, 1)
    bands = tables["salary_bands"].filter(pl.col("effective_from") == first)
    rows = pay.join(bands, left_on=["job_family", "level", "location"], right_on=["job_family", "job_level", "location"], how="left")
    return rows.with_columns(compa=(pl.col("yearly") / pl.col("band_mid")).log())


@pytest.mark.parametrize("gap", [-0.08, 0.0, 0.08])
def test_the_direct_pay_gap_is_what_is_planted_for_people_in_the_same_job(gap):
    history, tables, truth = played(f"gender_pay_gap={gap}")
    pay = in_force(history, tables, history.until)
    gender = history.people["gender"][pay["person"].to_numpy()]
    jobs = [dummies(pay[name].to_numpy()) for name in ("level", "family", "place")]
    found = slopes(np.log(pay["yearly"].to_numpy()), gender == FEMALE, gender == GENDERS.index("non_binary"), *jobs)[0]
    # Pay varies by about 0.09 within a job, so that the standard error is 0.003 with some 3,700 people: four of those.
    assert found == pytest.approx(gap, abs=0.012)
    assert truth["pay_gap"].filter(pl.col("measure") == "direct")["value"].item() == gap


@pytest.mark.parametrize(("effect", "sign"), [(-0.4, -1), (0.0, 0), (0.4, 1)])
def test_the_share_of_women_moves_with_the_level_as_set(effect, sign):
    history, _, truth = played(f"gender_level_effect={effect}", "gender_pay_gap=0")
    staff = history.staff_on(history.until)
    gender = history.people["gender"][staff["person"].to_numpy()]
    level = staff["level"].to_numpy()
    step = level[gender == FEMALE].mean() - level[gender == MALE].mean()
    # Levels vary by 1.6: the standard error of the difference is 0.05; the effect set here makes it about 0.8.
    assert step * sign > 0.4 if sign else abs(step) < 0.2
    through = truth["pay_gap"].filter(pl.col("measure") == "through_level")["value"].item()
    assert through * sign > 0.07 if sign else abs(through) < 0.04


def test_the_raw_gap_is_wider_than_the_direct_one_when_levels_differ():
    _, _, truth = played("gender_level_effect=-0.4", "gender_pay_gap=0")
    values = dict(truth["pay_gap"].iter_rows())
    assert values["direct"] == 0
    assert values["total"] < -0.07


def test_without_men_there_is_no_gap_between_women_and_men():
    _, _, truth = played("women_share=0.999999", employees=60)
    assert dict(truth["pay_gap"].iter_rows()) == {"direct": Parameters().gender_pay_gap, "through_level": None, "total": None}


def decided(history, tables, kind):
    """Applied decisions of a kind with the last rating before it, pay on the day, and what the job and the band say."""
    rows = tables["compensation_decisions"].filter((pl.col("decision_type") == kind) & (pl.col("status") == "applied"))
    reviews = history.workforce.reviews.frame()
    names = pl.DataFrame({"cycle": np.arange(len(history.cycles)), "name": [cycle.review_cycle_id for cycle in history.cycles]})
    reviews = reviews.join(names, on="cycle").with_columns(history.employee_id(reviews["person"]))
    reviews = reviews.select(pl.format("{}-{}", "name", "employee_id").alias("review_id"), "final_rating", "person")
    return rows.join(reviews, on="review_id", how="inner")


def merit(history, tables):
    """Raises of April 2025 with `raise` (share of pay), `final_rating`, and `compa` on the day before."""
    before = compa(history, tables, day_number(dt.date(2025, 3, 1)))
    rows = decided(history, tables, "merit").filter(pl.col("effective_on") == dt.date(2025, 4, 1))
    rows = rows.join(before.select("person", "yearly", "compa", "level"), on="person", how="inner")
    share = history.people["fte_pct"][rows["person"].to_numpy()] / 100
    return rows.with_columns(pl.Series("raise", rows["amount"].to_numpy() / (rows["yearly"].to_numpy() * share)))


@pytest.mark.parametrize("effect", [0.6, 0.0, -0.3])
def test_raises_grow_with_the_rating_as_set_among_people_who_stand_alike_in_their_band(effect):
    history, tables, _ = played(f"merit_rating_effect={effect}")
    rows = merit(history, tables)
    by_rating, by_position = slopes(rows["raise"].to_numpy(), rows["final_rating"].to_numpy(), rows["compa"].to_numpy())
    # An average raise is merit_budget (0.035), a little more where pay grows faster; a fifth of tolerance for the rounding of
    # pay, the floor at zero and the spread of positions. Standard error: raises vary by 0.015 over 3,000 people.
    assert by_rating == pytest.approx(0.038 * effect, abs=0.2 * 0.038 * abs(effect) + 0.0015)
    assert by_position < -0.05


def test_raises_of_a_year_spend_the_budget():
    for budget in (0.035, 0.02):
        history, tables, _ = played(f"merit_budget={budget}", employees=1000)
        rows = tables["compensation_decisions"].filter(
            (pl.col("decision_type") == "merit") & (pl.col("effective_on") == dt.date(2025, 4, 1)) & (pl.col("currency") == "GBP")
        )
        pay = in_force(history, tables, day_number(dt.date(2025, 3, 1))).filter(pl.col("currency") == "GBP")
        share = history.people["fte_pct"][pay["person"].to_numpy()] / 100
        # People hired in the last months get none, the highest raises are cut, and promotions of 1 March come on top.
        assert budget * 0.8 < rows["amount"].sum() / (pay["yearly"].to_numpy() * share).sum() < budget * 1.1


@pytest.mark.parametrize("effect", [0.35, 0.0])
def test_bonuses_follow_the_target_and_the_rating_as_set(effect):
    history, tables, _ = played(f"bonus_rating_effect={effect}")
    rows = decided(history, tables, "bonus").filter(pl.col("effective_on") == dt.date(2025, 3, 25))
    records = yearly(tables["compensation_records"].filter(pl.col("effective_from") < dt.date(2025, 3, 1)), history)
    latest = records.sort("effective_from").group_by("person").last().select("person", "yearly", "share", "bonus_target_pct")
    rows = rows.join(latest, on="person", how="inner")
    # Whole years only: others are paid in proportion.
    rows = rows.filter(pl.Series(history.people["started"][rows["person"].to_numpy()] <= day_number(dt.date(2024, 1, 1))))
    of_target = rows["amount"] / (rows["yearly"] * rows["share"] * rows["bonus_target_pct"] / 100)
    level = of_target.mean()
    slope = slopes(of_target.to_numpy(), rows["final_rating"].to_numpy())[0]
    assert 0.75 < level < 1.35
    # The company's year moves all bonuses alike; a few people changed family without a new record of pay.
    assert slope / level == pytest.approx(effect, abs=0.05)


def test_pay_lies_around_the_middle_of_the_band_as_in_most_organisations():
    history, tables, _ = played()
    rows = compa(history, tables, history.until)
    assert rows["band_mid"].null_count() == 0
    ratio = np.exp(rows["compa"].to_numpy())
    assert 0.96 < ratio.mean() < 1.05
    assert 0.07 < ratio.std() < 0.13
    # Published surveys find nearly all pay between 80 and 120 percent of the middle.
    assert 0.90 < ((ratio >= 0.8) & (ratio <= 1.2)).mean() < 1


def test_bands_are_in_order_and_rise_with_the_level_and_the_year():
    _, tables, _ = played()
    bands = tables["salary_bands"]
    assert (bands["band_min"] < bands["band_mid"]).all()
    assert (bands["band_mid"] < bands["band_max"]).all()
    by_level = bands.sort("job_level").with_columns(
        step=(pl.col("band_mid") / pl.col("band_mid").shift(1).over("job_family", "location", "effective_from"))
    )
    assert by_level["step"].drop_nulls().is_between(1.18, 1.26).all()
    yearly_growth = bands.sort("effective_from").group_by("job_family", "job_level", "location").agg(
        growth=(pl.col("band_mid").last() / pl.col("band_mid").first()).log() / (pl.len() - 1)
    )  # fmt: skip
    # The market grows by 3.2 percent a year, in some places faster, each family by its own chances.
    assert 0.02 < yearly_growth["growth"].mean() < 0.055


def test_two_providers_describe_the_market_with_percentiles_in_order_and_gaps():
    _, tables, _ = played()
    rows = tables["market_salary_benchmarks"]
    assert rows["provider"].n_unique() == 2
    for lower, higher in (("p10", "p25"), ("p25", "p50"), ("p50", "p75"), ("p75", "p90")):
        assert (rows[lower] < rows[higher]).all()
    coverage = rows.group_by("provider", "as_of").len()["len"] / (105 * 6)
    assert coverage.min() < 0.8
    assert coverage.max() > 0.85
    latest = rows.filter(pl.col("as_of") == dt.date(2026, 3, 1))
    family = structure.position_table().select("market_job_code", "job_family")
    latest = latest.join(family, on="market_job_code")
    bands = tables["salary_bands"].filter(pl.col("effective_from") == dt.date(2026, 1, 1))
    pairs = latest.join(bands, on=["job_family", "job_level", "location"])
    difference = np.log(pairs["p50"].to_numpy() / pairs["band_mid"].to_numpy())
    # Bands trail the market by a few months; a survey cell is off by 2.5 percent.
    assert abs(difference.mean()) < 0.05
    assert difference.std() < 0.05


def test_currencies_follow_the_place_and_moves_keep_the_place_in_the_band():
    history, tables, _ = played()
    records = yearly(tables["compensation_records"], history).sort("person", "effective_from")
    records = records.with_columns(
        before=pl.col("yearly").shift(1).over("person"), left=pl.col("currency").shift(1).over("person"),
        day=pl.col("effective_from").cast(pl.Int32).cast(pl.Int64),
    )  # fmt: skip
    inside = records.filter(pl.col("day") >= history.start)
    place = job_on(history, inside["person"].to_numpy(), inside["day"].to_numpy())[2]
    assert (inside["currency"].to_numpy() == np.array(CURRENCIES)[CURRENCY_OF[place]]).all()
    moved = inside.filter((pl.col("change_reason") == "unknown") & (pl.col("left") == "INR") & (pl.col("currency") == "EUR"))
    back = inside.filter((pl.col("change_reason") == "unknown") & (pl.col("left") == "EUR") & (pl.col("currency") == "INR"))
    assert len(moved) + len(back) >= 5
    assert (moved["yearly"] < moved["before"] / 15).all()
    assert (back["yearly"] > back["before"] * 15).all()


def test_an_applied_decision_is_the_difference_between_two_records():
    history, tables, _ = played()
    records = yearly(tables["compensation_records"], history).sort("person", "effective_from")
    records = records.with_columns(
        more=(pl.col("yearly") - pl.col("yearly").shift(1).over("person")) * pl.col("share"),
        moves=pl.col("currency") != pl.col("currency").shift(1).over("person"),
    )
    raises = tables["compensation_decisions"].filter((pl.col("decision_type") != "bonus") & (pl.col("status") == "applied"))
    alone = raises.filter(pl.len().over("employee_id", "effective_on") == 1)
    pairs = alone.join(records, left_on=["employee_id", "effective_on"], right_on=["employee_id", "effective_from"], how="left")
    assert pairs["more"].null_count() == 0
    # Who moves to another place on the day changes currency too: one record for both. Places that share the euro differ in pay,
    # and a leading seat may be there. Monthly and part-time amounts are rounded to cents.
    stayed = pairs.filter(~pl.col("moves"))
    agrees = (stayed["more"] - stayed["amount"]).abs() <= 0.13
    assert agrees.filter(stayed["decision_type"] == "merit").mean() > 0.999
    assert agrees.mean() > 0.99


def test_nobody_is_paid_before_they_come_or_raised_after_they_leave_and_contractors_never_are():
    history, tables, _ = played()
    records = yearly(tables["compensation_records"], history)
    person, day = records["person"].to_numpy(), records["effective_from"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    assert (history.last_day(person, day) > -NEVER).all()
    assert (records["kind"] != CONTRACT).all()
    assert set(records["person"]) == set(
        np.flatnonzero((history.people["employment_type"] != CONTRACT) & (history.people["first_hired"] <= history.until))
    )
    decisions = tables["compensation_decisions"]
    applied = decisions.filter(pl.col("status") == "applied").join(records.select("employee_id", "person").unique(), on="employee_id")
    day = applied["effective_on"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    assert (history.last_day(applied["person"].to_numpy(), day) > -NEVER).all()
    assert (history.people["employment_type"][applied["person"].to_numpy()] < INTERN).all()
    assert {"proposed", "approved", "rejected", "applied"} == set(decisions["status"])


@pytest.mark.parametrize("earlier", [(2025, 3, 20), (2025, 12, 31), (2026, 6, 20)])
def test_an_earlier_day_shows_the_beginning_of_the_same_pay(earlier):
    _, now, _ = played("gender_pay_gap=-0.03", employees=600)
    _, then, _ = played("gender_pay_gap=-0.03", employees=600, until=earlier)
    day = dt.date(*earlier)
    for table, column in (("compensation_records", "effective_from"), ("salary_bands", "effective_from"), ("fx_rates", "rate_date")):
        assert then[table].equals(now[table].filter(pl.col(column) <= day)), table
    assert set(then["market_salary_benchmarks"].rows()) <= set(now["market_salary_benchmarks"].rows())
    waiting = then["compensation_decisions"].filter(pl.col("effective_on") > day)
    assert set(waiting["status"]) <= {"proposed", "approved", "rejected"}
    assert len(waiting) > 0
    both = then["compensation_decisions"].join(now["compensation_decisions"], on="decision_id", suffix="_now", maintain_order="left")
    assert len(both) == len(then["compensation_decisions"])
    done = both.filter((pl.col("effective_on") <= day) | (pl.col("status") == "rejected"))
    for name in ("employee_id", "review_id", "decision_type", "effective_on", "amount", "currency"):
        assert both[name].equals(both[f"{name}_now"], check_names=False), name
    assert done["status"].equals(done["status_now"], check_names=False)
    known = now["compensation_decisions"].filter(pl.col("effective_on") <= day)
    assert set(known["decision_id"]) == set(then["compensation_decisions"].filter(pl.col("effective_on") <= day)["decision_id"])


def test_a_pay_adjustment_reaches_everybody_once():
    history, tables, _ = played("pay_adjustment=0.05", employees=600)
    everybody = tables["compensation_decisions"].filter(pl.col("decision_id").str.contains("-ALL-"))
    day = everybody["effective_on"].unique().item()
    staff = history.staff_on(day_number(day)).filter(~pl.col("temporary"))
    assert len(everybody) >= len(staff) - 5
    records = yearly(tables["compensation_records"], history).sort("person", "effective_from")
    records = records.with_columns(step=(pl.col("yearly") / pl.col("yearly").shift(1).over("person")) - 1)
    # Pay is rounded to fifties.
    assert records.filter(pl.col("effective_from") == day)["step"].median() == pytest.approx(0.05, abs=0.002)
    _, without, _ = played("pay_adjustment=0", employees=600)
    assert not without["compensation_decisions"]["decision_id"].str.contains("-ALL-").any()


@pytest.mark.parametrize("step", [0.3, 0.0])
def test_the_pound_jumps_once_when_told_to(step):
    _, tables, _ = played(f"fx_step={step}", employees=600)
    rates = tables["fx_rates"].filter(pl.col("from_currency") == "GBP").sort("rate_date")
    moves = (rates["rate"].log() - rates["rate"].log().shift(1)).drop_nulls()
    # A month moves a rate by 1.1 percent; five of those are out of reach.
    jumps = moves.filter(moves.abs() > 0.055)
    assert jumps.exp().to_list() == ([pytest.approx(1 + step, rel=0.06)] if step else [])
    age = rates["rate_date"].diff().dt.total_days().drop_nulls()
    assert age.max() <= 31


def test_pay_below_the_market_is_measured_in_standard_deviations():
    history, _, _ = played()
    staff = history.staff_on(history.until).filter(~pl.col("temporary"))["person"].to_numpy()
    gap = history.workforce.workplace.pay.gap_to_market(history.people, staff, history.until)
    assert abs(gap.mean()) < 0.4
    assert 0.55 < gap.std() < 1.1


def test_adjustments_to_the_market_go_to_those_far_below_it():
    _, tables, _ = played()
    _, without, _ = played("market_adjustment_share=0", employees=600)
    share = (tables["compensation_decisions"]["decision_type"] == "market_adjustment").sum() / MANY / 3
    assert 0.01 < share < 0.10
    assert not (without["compensation_decisions"]["decision_type"] == "market_adjustment").any()


def test_a_decision_names_only_a_review_that_had_been_delivered(company):
    decisions = company.tables["compensation_decisions"].drop_nulls("review_id")
    named = decisions.join(company.tables["reviews"], on="review_id", how="left")
    assert len(named) > 4000
    assert named["final_rating"].null_count() == 0
    assert named["delivered_at"].null_count() == 0
