"""Surveys, leave and demographics: who answers what, and what the tables hold on a day."""

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest

from seeds.company import Parameters, generate
from seeds.company.days import as_date, day_number
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.people import engagement
from seeds.company.people.answers import GROWTH, WORKLOAD, Asked, scores
from seeds.company.sink import Evidence, Kept

TABLES = ("leave_periods", "employee_demographics", "engagement_responses")
SIZE = 2000
MIDDLE = dt.date(2025, 3, 31)


@cache
def made(**settings: float) -> tuple[History, dict[str, pl.DataFrame], np.ndarray]:
    """The history of a company, its tables, and the evidence of intent that was handed over."""
    parameters = Parameters(employees=SIZE, **settings)
    # Settings of surveys do not reach the simulation, so that one serves all.
    simulated = made()[0].workforce if settings else simulation.simulate(structure.build(parameters), parameters)
    history = History(parameters, simulated)
    rows, evidence = Kept(), Evidence(len(history.people), len(history.months))
    engagement.write(history, rows, evidence)
    return history, rows.tables(), evidence.log_ratio()


def invited(history: History) -> pl.DataFrame:
    """Everybody invited to each wave of the half-yearly survey but the last: month, person, looking."""
    waves = []
    for number, (first, _) in enumerate(history.months[:-2]):
        opens = first + engagement.SURVEY_DAY - 1
        if as_date(first).month in engagement.SURVEY_MONTHS:
            staff = history.staff_on(opens).filter(~pl.col("temporary")).select("person")
            looking = history.looking(staff["person"].to_numpy(), np.full(len(staff), opens))
            waves.append(staff.with_columns(month=pl.lit(number), looking=pl.Series(looking)))
    return pl.concat(waves)


def asked_in_the_middle(history: History) -> Asked:
    """Everybody employed in the middle of the history."""
    day = (history.start + history.end) // 2
    staff = history.staff_on(day)
    return Asked(staff["person"].to_numpy(), np.full(len(staff), day), staff["seat"].to_numpy(), staff["boss"].to_numpy())


def shown_on(tables: dict[str, pl.DataFrame], day: dt.date) -> dict[str, pl.DataFrame]:
    """What of the tables of a later day had been there by the end of `day`."""
    leave = tables["leave_periods"].filter(pl.col("starts_on") <= day)
    return {
        "leave_periods": leave.with_columns(ends_on=pl.when(pl.col("ends_on") <= day).then("ends_on")),
        "engagement_responses": tables["engagement_responses"].filter(pl.col("responded_on") <= day),
    }


@pytest.mark.parametrize("until", [MIDDLE, dt.date(2025, 5, 15)], ids=["between waves", "while a survey is open"])
def test_an_earlier_day_shows_what_had_come_by_then(until: dt.date) -> None:
    later = generate(Parameters(employees=300), tables=TABLES).tables
    earlier = generate(Parameters(employees=300, until=until), tables=TABLES).tables
    for name, frame in shown_on(later, until).items():
        key = frame.columns[:2] if name == "leave_periods" else ["response_id"]
        assert frame.sort(key).equals(earlier[name].sort(key)), name
        assert len(frame) > 0
    described = earlier["employee_demographics"]
    assert described.equals(later["employee_demographics"].join(described, on="employee_id", how="semi"))


def test_people_who_look_around_answer_less_by_the_odds_that_are_set() -> None:
    history, tables, _ = made()
    answered = tables["engagement_responses"].filter(survey_type="engagement").select("employee_id", "responded_on").unique()
    month = history.month_of(answered["responded_on"].to_physical().to_numpy())
    answers = answered.select("employee_id", month=pl.Series(month, dtype=pl.Int32), answered=True)
    rows = invited(history).with_columns(employee_id=history.employee_id(invited(history)["person"]))
    rows = rows.join(answers, on=["employee_id", "month"], how="left")
    share = dict(rows.group_by("looking").agg(pl.col("answered").fill_null(value=False).mean()).iter_rows())
    count = dict(rows.group_by("looking").len().iter_rows())
    odds = {who: np.log(p / (1 - p)) for who, p in share.items()}
    error = np.sqrt(sum(1 / (n * share[who] * (1 - share[who])) for who, n in count.items()))
    # Three standard errors; a few leave between the question and their answer, which the tenth allows for.
    assert odds[False] - odds[True] == pytest.approx(history.parameters.survey_silence_effect, abs=3 * error + 0.1)


@pytest.mark.parametrize("settings", [{}, {"survey_score_intent_effect": -0.7, "survey_silence_effect": 0.0}])
def test_the_evidence_is_a_likelihood_ratio(settings: dict[str, float]) -> None:
    history, _, log_ratio = made(**settings)
    rows = invited(history)
    ratio = np.exp(log_ratio[rows["month"].to_numpy(), rows["person"].to_numpy()].astype(float))
    looking = rows["looking"].to_numpy()
    # The mean of a likelihood ratio is 1 where the lower hypothesis holds, that of its inverse where the upper one does.
    for values in (ratio[~looking], 1 / ratio[looking]):
        assert values.mean() == pytest.approx(1, abs=3 * values.std() / np.sqrt(len(values)))
    assert ratio[looking].mean() > 1.02


def test_silence_says_nothing_with_the_switch_off_and_the_opposite_when_turned_round() -> None:
    assert not made(survey_silence_effect=0.0)[2].any()
    usual, turned = made()[2], made(survey_silence_effect=-0.7)[2]
    history = made()[0]
    everybody = np.arange(len(history.people))
    looking = np.stack([history.looking(everybody, np.full(len(everybody), first)) for first, _ in history.months])
    assert usual[looking].sum() > 0
    assert turned[looking].sum() > 0
    answered = [
        each[1]["engagement_responses"].filter(survey_type="engagement").height for each in (made(), made(survey_silence_effect=-0.7))
    ]
    assert answered[1] > answered[0]


@pytest.mark.parametrize("effect", [-0.9, 0.0, 0.9])
def test_answers_on_workload_follow_the_strain_of_the_team(effect: float) -> None:
    history = made(survey_workload_effect=effect)[0] if effect != -0.9 else made()[0]
    asked = asked_in_the_middle(history)
    other = made(survey_workload_effect=0.0)[0]
    driver = np.full(len(asked.person), WORKLOAD)
    # The same people on the same day but for the effect; a scale of five has 0.4 points per point of ten.
    difference = scores(history, asked, driver, 5) - scores(other, asked, driver, 5)
    team = structure_seat(history, asked)
    strain = history.strain(team, asked.day)
    slope = np.polyfit(strain, difference, 1)[0]
    assert slope == pytest.approx(0.4 * effect, abs=0.05)


def structure_seat(history: History, asked: Asked) -> np.ndarray:
    """The seat above each one's."""
    return history.structure.parents_on(int(asked.day[0]))[asked.seat]


def test_answers_on_growth_fall_with_the_years_without_promotion() -> None:
    history = made()[0]
    asked = asked_in_the_middle(history)
    levels = history.workforce.workplace.levels.frame().filter(pl.col("day") <= asked.day[0])
    since = dict(levels.group_by("person").agg(pl.col("day").max()).iter_rows())
    years = (asked.day - np.array([since[each] for each in asked.person])) / 365.25
    score = scores(history, asked, np.full(len(asked.person), GROWTH), 5)
    # Two points of ten after four years too many are 0.8 of five; the top of the scale swallows some.
    assert score[years < 2].mean() - score[years > 6].mean() == pytest.approx(0.75, abs=0.2)


def test_anonymous_answers_cannot_be_traced_and_carry_the_department() -> None:
    history, tables, _ = made()
    anonymous = tables["engagement_responses"].filter(pl.col("survey_type").is_in(["pulse", "enps"]))
    assert anonymous["employee_id"].null_count() == len(anonymous) > 1000
    assert anonymous["department_id"].null_count() == 0
    assert anonymous["responded_on"].n_unique() == 12  # closing days alone
    # In the order of the table, neighbours are of one department no more often than by chance: it is not the order of people.
    pulse = anonymous.filter(survey_id="PULSE-2025-Q1")
    neighbours = (pulse["department_id"] == pulse["department_id"].shift(1)).mean()
    by_chance = (pulse["department_id"].value_counts()["count"] / len(pulse)).pow(2).sum()
    assert neighbours < by_chance + 0.08
    numbers = pulse["response_id"].str.extract(r"(\d+)$").cast(pl.UInt64)
    assert numbers.max() > len(history.people)


def test_answers_come_from_people_who_are_there() -> None:
    history, tables, _ = made()
    named = tables["engagement_responses"].drop_nulls("employee_id")
    numbers = {name: number for number, name in enumerate(history.employee_ids)}
    person = named["employee_id"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    day = named["responded_on"].to_physical().cast(pl.Int64).to_numpy()
    assert (history.last_day(person, day) >= day).all()
    kinds = dict(named.group_by("survey_type").agg(pl.col("employee_id").n_unique()).iter_rows())
    leavers = history.spells.filter(pl.col("notice_on").is_between(history.start, history.end) & (pl.col("end") <= history.until)).height
    assert 0.35 * leavers < kinds["exit"] < 0.65 * leavers  # half of those with notice
    assert kinds["onboarding"] > 100


def test_no_answer_is_given_twice() -> None:
    responses = made()[1]["engagement_responses"]
    assert responses["response_id"].n_unique() == len(responses)


def test_a_few_percent_are_on_leave_whoever_they_are() -> None:
    history, tables, _ = made()
    leave = tables["leave_periods"]
    assert leave.select("employee_id", "starts_on").is_unique().all()
    for day in (dt.date(2023, 8, 31), dt.date(2024, 12, 31), dt.date(2026, 6, 30)):
        away = leave.filter((pl.col("starts_on") <= day) & (pl.col("ends_on").fill_null(dt.date(2199, 1, 1)) >= day))
        assert 0.01 < len(away) / len(history.staff_on(day_number(day))) < 0.05
        assert away["employee_id"].is_unique().all()
    assert leave["ends_on"].null_count() > 0  # some are still away
    assert (leave["ends_on"] - leave["starts_on"]).dt.total_days().max() > 180


def test_demographics_are_of_most_people_and_of_nobody_else() -> None:
    history, tables, _ = made()
    rows = tables["employee_demographics"]
    hired = (history.people["first_hired"] <= history.until).sum()
    assert len(rows) / hired == pytest.approx(1 - history.parameters.demographics_missing_share, abs=0.02)
    assert rows["employee_id"].is_unique().all()
    assert rows["birth_year"].is_between(1940, 2010).all()
    assert set(rows["gender"].unique()) <= {"female", "male", "non_binary", "other", "undisclosed"}
