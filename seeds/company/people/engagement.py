"""The tables of surveys, leave and demographics.

Here: which surveys there are, who is asked and who answers. Not here: what they answer (answers.py), the rows of leave and
demographics (leave.py, disclosed.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Flags, Floats, as_date, date_series
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import CONTRACT
from seeds.company.people.answers import BELONGING, DRIVERS, GROWTH, MANAGER, PAY, RECOMMEND, TEN, WORKLOAD, Asked, evidence_of, scores
from seeds.company.people.disclosed import employee_demographics
from seeds.company.people.leave import leave_periods
from seeds.company.people.tables import department_ids
from seeds.company.sink import Evidence, Rows, words

FIVE = 5
# The half-yearly survey is open for two weeks of May and of November; each person gets two questions and one of the rest.
SURVEY_MONTHS, SURVEY_DAY, OPEN_DAYS = (5, 11), 8, 14
ALWAYS_ASKED, ASKED_IN_TURN = (WORKLOAD, GROWTH), (MANAGER, PAY, BELONGING)
# The pulse closes in the middle of a quarter's last month: would you recommend us, and one topic in turn.
PULSE_MONTHS, PULSE_DAY = (3, 6, 9, 12), 15
PULSE_TOPICS = (WORKLOAD, BELONGING, GROWTH, PAY)
ONBOARDING_DAYS, ONBOARDING_PARTICIPATION, ONBOARDING_TOPICS = (50, 75), 0.6, (BELONGING, MANAGER)
ONBOARDING_LIFT = 0.6
EXIT_DAYS_BEFORE, EXIT_TOPICS = 12, (WORKLOAD, GROWTH, PAY)
EXIT_LIFT = -1.2

COLUMNS = {
    "response_id": pl.String, "survey_id": pl.String, "survey_type": pl.String, "employee_id": pl.String, "department_id": pl.String,
    "driver": pl.String, "score": pl.Float64, "score_max": pl.Float64, "responded_on": pl.Date,
}  # fmt: skip


def _asked(staff: pl.DataFrame, day: int) -> Asked:
    person, seat, boss = (staff[name].to_numpy() for name in ("person", "seat", "boss"))
    return Asked(person, np.full(len(person), day), seat, boss)


def _identified(
    history: History, asked: Asked, department: pl.Series, driver: Indices, score: Floats, day: Days, survey: str, survey_type: str
) -> pl.DataFrame:
    """Answers of people who are named."""
    who = history.employee_id(asked.person)
    rows = pl.DataFrame({"who": who, "driver": words(DRIVERS, driver), "department_id": department_ids(department)})
    return rows.select(
        response_id=pl.format("{}-{}-{}", pl.lit(survey), "who", "driver"), survey_id=pl.lit(survey), survey_type=pl.lit(survey_type),
        employee_id="who", department_id="department_id", driver="driver", score=pl.Series(score), score_max=pl.lit(float(FIVE)),
        responded_on=date_series("day", day),
    )  # fmt: skip


def _half_yearly(history: History, opens: int, evidence: Evidence) -> pl.DataFrame:
    """One wave. Who looks around answers less; nothing else about answering depends on the person."""
    parameters, label = history.parameters, as_date(opens)
    draws, wave = parameters.draws("surveys").sub("half_yearly"), f"ENG-{label.year}-{label.month:02d}"
    staff = history.staff_on(opens).filter(~pl.col("temporary"))
    person = staff["person"].to_numpy()
    looking = history.looking(person, np.full(len(person), opens))
    usual = parameters.survey_participation
    less = 1 / (1 + (1 - usual) / usual * np.exp(parameters.survey_silence_effect))
    responds_on = opens + draws.sub("day").integers(0, OPEN_DAYS, person, opens)
    willing = draws.sub("answers").chance(np.where(looking, less, usual), person, opens)
    seen_until = np.minimum(history.last_day(person, np.full(len(person), opens)), history.until)
    answered = willing & (responds_on <= seen_until)

    # Silence says little before the survey closes: whoever has not answered by a day may still do so.
    gone = np.clip((seen_until - opens + 1) / OPEN_DAYS, 0, 1)
    silent = np.log((1 - less * gone) / (1 - usual * gone))
    month = history.month_of(np.full(len(person), opens))
    evidence.add(month, person, np.where(answered, np.log(less / usual), silent))

    turn = np.array(ASKED_IN_TURN)[draws.sub("turn").integers(0, len(ASKED_IN_TURN), person, opens)]
    driver = np.stack([np.full(len(person), topic) for topic in ALWAYS_ASKED] + [turn], axis=1)[answered].ravel()
    row = np.repeat(np.flatnonzero(answered), len(ALWAYS_ASKED) + 1)
    asked = _asked(staff[row], opens)
    score = scores(history, asked, driver, FIVE)
    evidence.add(history.month_of(asked.day), asked.person, evidence_of(history, asked, driver, score, FIVE))
    return _identified(history, asked, staff["department"][row], driver, score, responds_on[row], wave, "engagement")


def _pulse(history: History, closes: int) -> pl.DataFrame:
    """One wave, anonymous: neither the identifiers nor the order of answers say who gave them."""
    parameters, label = history.parameters, as_date(closes)
    draws = parameters.draws("surveys").sub("pulse")
    quarter = f"{label.year}-Q{label.month // 3}"
    staff = history.staff_on(closes).filter(~pl.col("temporary"))
    person = staff["person"].to_numpy()
    staff = staff.filter(pl.Series(draws.sub("answers").chance(parameters.pulse_participation, person, closes)))
    asked = _asked(staff, closes)
    waves = []
    topic = PULSE_TOPICS[(label.year * 4 + label.month // 3) % len(PULSE_TOPICS)]
    for name, survey_type, driver, best in (("PULSE", "pulse", topic, FIVE), ("ENPS", "enps", RECOMMEND, TEN)):
        number = draws.sub(name).bits(asked.person, closes)
        wave = f"{name}-{quarter}"
        waves.append(
            pl.DataFrame({"number": number, "department_id": department_ids(staff["department"])}).select(
                response_id=pl.format("{}-{}", pl.lit(wave), "number"), survey_id=pl.lit(wave), survey_type=pl.lit(survey_type),
                employee_id=pl.lit(None, dtype=pl.String), department_id="department_id", driver=pl.lit(DRIVERS[driver]),
                score=pl.Series(scores(history, asked, np.full(len(staff), driver), best)), score_max=pl.lit(float(best)),
                responded_on=pl.lit(label),
            )
        )  # fmt: skip
    return pl.concat(waves).sort("response_id")


def _one_time(
    history: History, spells: pl.DataFrame, day: Days, topics: tuple[int, ...], survey: str, lift: float, evidence: Evidence | None = None
) -> pl.DataFrame:
    """The answers of each of `spells` on its `day`, to all `topics`, each `lift` points of ten better than otherwise.

    Without `evidence` they say nothing new of intent: notice was given before.
    """
    row = np.repeat(np.arange(len(spells)), len(topics))
    person, when = spells["person"].to_numpy()[row], day[row]
    place = history.assigned_on(person, when).with_columns(pl.col("seat", "boss").fill_null(-1))
    asked = Asked(person, when, place["seat"].to_numpy(), place["boss"].to_numpy())
    driver = np.tile(np.array(topics, dtype=np.int64), len(spells))
    score = scores(history, asked, driver, FIVE, lift)
    if evidence is not None:
        evidence.add(history.month_of(when), person, evidence_of(history, asked, driver, score, FIVE, lift))
    answers = _identified(history, asked, place["department"], driver, score, when, survey.upper(), survey)
    # A person who came back answers again: the day keeps the identifiers apart.
    return answers.with_columns(response_id=pl.format("{}-{}", "response_id", "responded_on"))


def _onboarding(history: History, evidence: Evidence) -> pl.DataFrame:
    """New people, about two months after they came, if they are still there."""
    draws = history.parameters.draws("surveys").sub("onboarding")
    spells = history.spells.filter(pl.col("start") >= history.start - ONBOARDING_DAYS[0])
    person, start = spells["person"].to_numpy(), spells["start"].to_numpy()
    day = start + draws.sub("day").integers(*ONBOARDING_DAYS, person, start)
    answers = draws.sub("answers").chance(ONBOARDING_PARTICIPATION, person, start)
    answers &= (day <= np.minimum(spells["end"].to_numpy(), history.until)) & _is_permanent(history, person)
    return _one_time(history, spells.filter(pl.Series(answers)), day[answers], ONBOARDING_TOPICS, "onboarding", ONBOARDING_LIFT, evidence)


def _exit(history: History) -> pl.DataFrame:
    """Leavers who gave notice, in their last days, after the notice."""
    draws = history.parameters.draws("surveys").sub("exit")
    spells = history.spells.filter((pl.col("notice_on") < NEVER) & (pl.col("known_on") <= history.until))
    person, start, end = (spells[name].to_numpy() for name in ("person", "start", "end"))
    day = end - draws.sub("day").integers(1, EXIT_DAYS_BEFORE, person, start)
    answers = draws.sub("answers").chance(history.parameters.exit_survey_participation, person, start) & _is_permanent(history, person)
    answers &= (day > spells["notice_on"].to_numpy()) & (day >= history.start) & (day <= history.until)
    return _one_time(history, spells.filter(pl.Series(answers)), day[answers], EXIT_TOPICS, "exit", EXIT_LIFT)


def _is_permanent(history: History, person: Indices) -> Flags:
    permanent: Flags = history.people["employment_type"][person] < CONTRACT
    return permanent


def write(history: History, rows: Rows, evidence: Evidence) -> None:
    """The tables `leave_periods`, `employee_demographics` and `engagement_responses`, the last one wave by wave."""
    rows.table("leave_periods", leave_periods(history))
    rows.table("employee_demographics", employee_demographics(history))
    rows.table("engagement_responses", pl.DataFrame(schema=COLUMNS))
    for first, _ in history.months:
        month = as_date(first).month
        if month in SURVEY_MONTHS and first + SURVEY_DAY - 1 <= history.until:
            rows.table("engagement_responses", _half_yearly(history, first + SURVEY_DAY - 1, evidence))
        if month in PULSE_MONTHS and first + PULSE_DAY - 1 <= history.until:
            rows.table("engagement_responses", _pulse(history, first + PULSE_DAY - 1))
    rows.table("engagement_responses", _onboarding(history, evidence))
    rows.table("engagement_responses", _exit(history))
