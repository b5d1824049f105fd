"""Messages of feedback: praise above all, to team mates, leaders, reports and colleagues elsewhere.

Here: who writes to whom when, and the table feedback. Giving varies between people (long-tenured hubs), between departments
(silent corners), and drops when somebody looks around. Not here: words (text/), meetings (check_ins.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import Days, Floats, timestamp_series
from seeds.company.draws import Draws
from seeds.company.feedback.colleagues import Colleagues, preferred
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.learning.skills import SKILLS
from seeds.company.sink import Evidence, Rows, words

DAYS_OF_YEAR, DAY = 365.25, 86_400
TYPICAL_TENURE = 4.0
MOST_PER_MONTH = 31
TYPES = ["praise", "constructive", "suggestion", "requested", "upward"]
PRAISE, CONSTRUCTIVE, SUGGESTION, REQUESTED, UPWARD = range(5)
VISIBILITY = ["private", "manager", "team", "company"]
TEAM, LEADER, REPORT, ELSEWHERE = range(4)
TO_LEADERS_SHARE, TO_STAFF_SHARE = [0.30, 0.10, 0.42, 0.18], [0.66, 0.12, 0.0, 0.22]
SAME_DEPARTMENT = 0.6
# Types by relation (rows TEAM to ELSEWHERE) and visibility by type (rows of TYPES), both as shares.
TYPE_SHARE = [[0.78, 0.04, 0.09, 0.09, 0.0], [0.40, 0.0, 0.0, 0.08, 0.52], [0.58, 0.24, 0.10, 0.08, 0.0], [0.84, 0.02, 0.07, 0.07, 0.0]]
SEEN_BY_SHARE = [[0.05, 0.15, 0.45, 0.35], [0.55, 0.45, 0, 0], [0.35, 0.35, 0.30, 0], [0.40, 0.45, 0.15, 0], [0.70, 0.30, 0, 0]]
FEELING_OF_TYPE = np.array([0.45, -0.55, -0.10, 0.05, 0.0])
FEELING_NOISE, SKILL_SHARE = 0.40, 0.30


def giving_rates(history: History, staff: pl.DataFrame, day: int) -> Floats:
    """Messages per month that each of `staff` would give, were nobody looking around."""
    parameters, draws = history.parameters, history.parameters.draws("feedback.giving")
    person, department = staff["person"].to_numpy(), staff["department"].to_numpy()
    years = np.maximum(day - staff["started"].to_numpy(), 0) / DAYS_OF_YEAR
    spreads = parameters.feedback_giver_sd, parameters.feedback_department_sd
    log_rate = spreads[0] * draws.sub("person").normal(person) + spreads[1] * draws.sub("department").normal(department)
    log_rate = log_rate - (spreads[0] ** 2 + spreads[1] ** 2) / 2
    log_rate = log_rate + parameters.feedback_tenure_effect * (np.log1p(years) - np.log1p(TYPICAL_TENURE))
    result: Floats = np.minimum(parameters.feedback_rate * np.exp(log_rate), MOST_PER_MONTH / 3)
    return result


def _receivers(history: History, colleagues: Colleagues, giver: pl.DataFrame, key: Indices, draws: Draws) -> tuple[Indices, Indices]:
    """The receiver of each message (-1: nobody was there) and the relation to them."""
    person, boss, department = (giver[name].to_numpy() for name in ("person", "boss", "department"))
    leads = history.structure.leads[giver["seat"].to_numpy()]
    to_staff, to_leaders = (draws.sub("relation").choice(share, key) for share in (TO_STAFF_SHARE, TO_LEADERS_SHARE))
    relation = np.where(leads, to_leaders, to_staff)
    one, other, where = (draws.sub(name).uniform(key) for name in ("one", "other", "where"))
    liking = history.parameters.draws("feedback.popularity").normal(np.arange(len(history.people)))
    drawn = draws.sub("liked").chance(history.parameters.feedback_popularity_effect, key)

    def of(uniform: Floats) -> Indices:
        elsewhere = np.where(where < SAME_DEPARTMENT, colleagues.in_department(department, uniform), colleagues.anybody(uniform))
        options = [colleagues.led_by(boss, uniform), boss, colleagues.led_by(person, uniform)]
        picked = np.select([relation == number for number in (TEAM, LEADER, REPORT)], options, elsewhere)
        return np.where(picked == person, -1, picked)

    return preferred(of(one), of(other), liking, drawn=drawn), relation


def _days(month: tuple[int, int], key: Indices, draws: Draws) -> Days:
    """A day of the month for each; a weekend's goes back to the Friday before, if that is in the month."""
    first, last = month
    day = draws.sub("day").integers(first, last + 1, key)
    weekday = (day + 3) % 7
    result: Days = np.maximum(day - np.maximum(weekday - 4, 0), first)
    return result


def write_messages(history: History, number: int, rows: Rows, evidence: Evidence) -> None:
    """The messages of month `number` up to the last day, and what their number says of each giver's intent."""
    month, parameters, draws = history.months[number], history.parameters, history.parameters.draws("feedback.message")
    staff = history.staff_on(month[0])
    person = staff["person"].to_numpy()
    rate, effect = giving_rates(history, staff, month[0]), parameters.feedback_intent_effect
    thinned = rate * np.exp(effect * history.looking(person, np.full(len(person), month[0])))
    count = np.minimum(draws.sub("count").poisson(thinned, person, month[0]), MOST_PER_MONTH)
    index = np.repeat(np.arange(len(person)), count)
    place = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    giver = staff[index]
    key = (month[0] * 2**24 + person[index]) * 32 + place
    day = _days(month, key, draws)
    receiver, relation = _receivers(history, Colleagues(staff), giver, key, draws)
    there = (receiver >= 0) & (history.last_day(person[index], day) >= day)
    there[there] = history.last_day(receiver[there], day[there]) >= day[there]
    # Some messages find nobody: what is seen is thinned at random, so that its rate is that share of the whole.
    _tell(evidence, number, person, rate, np.bincount(index[there], minlength=len(person)), effect, share=there.mean() if len(there) else 1)
    keep = np.flatnonzero(there & (day <= history.until))
    _hand_over(history, giver[keep], receiver[keep], relation[keep], day[keep], key[keep], place[keep], month[0], rows)


def _tell(evidence: Evidence, month: int, person: Indices, rate: Floats, seen: Indices, effect: float, *, share: float) -> None:
    """Log ratio of a Poisson count with `rate` against one with exp(effect) times as much."""
    ratio = seen * effect - share * rate * np.expm1(effect)
    evidence.add(np.full(len(person), month), person, ratio)


def _hand_over(history: History, giver: pl.DataFrame, receiver: Indices, relation: Indices, day: Days, key: Indices, place: Indices,
               first: int, rows: Rows) -> None:  # fmt: skip
    draws, person = history.parameters.draws("feedback.message"), giver["person"].to_numpy()
    kinds = np.stack([draws.sub("type").choice(share, key) for share in TYPE_SHARE])
    kind = kinds[relation, np.arange(len(key))]
    seen_by = np.stack([draws.sub("visibility").choice(share, key) for share in SEEN_BY_SHARE])[kind, np.arange(len(key))]
    seconds = day * DAY + draws.sub("time").integers(8 * 3600, 18 * 3600, key)
    feeling = history.performance(receiver, day) + FEELING_NOISE * draws.sub("feeling").normal(key) + FEELING_OF_TYPE[kind]
    skill = np.where(draws.sub("has skill").chance(SKILL_SHARE, key), draws.sub("skill").integers(0, len(SKILLS), key), -1)
    label = str(np.datetime64(first, "D"))[:7].replace("-", "")
    from_id = history.employee_id(person)
    ids = pl.select(pl.format("F{}-{}-{}", pl.lit(label), pl.lit(from_id), pl.lit(pl.Series(place)))).to_series()
    body = pl.Series("body", [None] * len(key), dtype=pl.String)
    for number, name in enumerate(TYPES):
        which = np.flatnonzero(kind == number)
        written = history.writing.texts(
            name, key=key[which], author=person[which], about=receiver[which], day=day[which], feeling=feeling[which]
        )  # fmt: skip
        body = body.scatter(which, written.text)
        rows.truth("text_labels", written.labels("feedback", "body", ids.gather(which)))
    frame = pl.DataFrame(
        {
            "feedback_id": ids.alias("feedback_id"),
            "from_employee_id": from_id,
            "to_employee_id": history.employee_id(receiver),
            "feedback_type": words(TYPES, kind),
            "visibility": words(VISIBILITY, seen_by),
            "given_at": timestamp_series("given_at", seconds),
            "body": body,
            "goal_id": pl.Series([None] * len(key), dtype=pl.String),
            "skill_id": words([each[0] for each in SKILLS], skill),
        }
    )
    rows.table("feedback", frame)
