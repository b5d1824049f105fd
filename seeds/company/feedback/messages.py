"""The table feedback: who tells whom what, month by month.

Here: how many messages each person gives, to whom, of which type, and what that shows of intent. Not here: the network
(network.py), the wording (text/).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import Days, Floats, as_date, quarters_between, timestamp_series
from seeds.company.draws import Draws
from seeds.company.feedback.network import Network, circle, network, workdays
from seeds.company.feedback.skills import skill_ids
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows, words

TYPES = ["praise", "constructive", "suggestion", "requested", "upward"]
VISIBILITIES = ["private", "manager", "team", "company"]
# How a message divides over types, to one's own manager and to others, before the receiver's performance has its say.
TO_MANAGER = np.array([0.45, 0.0, 0.10, 0.0, 0.45])
TO_OTHERS = np.array([0.66, 0.12, 0.10, 0.12, 0.0])
LEANING = np.array([1.0, -0.8, 0.0, 0.0, 0.0])
SEEN_BY = np.array([[0.08, 0.17, 0.40, 0.35], [0.65, 0.35, 0, 0], [0.45, 0.25, 0.30, 0], [0.60, 0.40, 0, 0], [0.80, 0.20, 0, 0]])
# Shares of messages by whom they go to; the rest goes to the team.
TO_BOSS, TO_FRIEND, TO_REPORT = 0.12, 0.20, 0.40
SILENCE = 0.08
LIKING_SD, FEELING_SD = 0.25, 0.35
OPENS_AT, OPEN_HOURS = 8, 10
DAY, HOUR = 86_400, 3_600
WITH_SKILL = 0.5


@dataclass(frozen=True)
class Messages:
    """One entry per message that is known: `number` counts the giver's messages of the month that begins on `month`."""

    month: Days
    giver: Indices
    receiver: Indices
    number: Indices
    day: Days
    boss: Indices

    @property
    def key(self) -> Indices:
        """Unique and lasting."""
        result: Indices = (self.month * 2**24 + self.giver) * 256 + self.number
        return result


def giving(history: History, person: Indices, department: Indices) -> Floats:
    """Messages that each of `person` gives a month, in the `department` they are in, unless they look around."""
    parameters, draws = history.parameters, history.parameters.draws("feedback/giving")
    own = np.exp(parameters.feedback_giver_sd * draws.sub("person").normal(person) - parameters.feedback_giver_sd**2 / 2)
    sd = parameters.feedback_department_sd
    common = np.exp(sd * draws.sub("department").normal(department) - sd**2 / 2)
    share = parameters.feedback_silent_share
    silent = np.where(draws.sub("silent").chance(share, department), SILENCE, 1.0) / (1 - share * (1 - SILENCE))
    return parameters.feedback_rate * own * common * silent


def _receivers(history: History, near: Network, giver: Indices, boss: Indices, key: tuple[Indices, ...], draws: Draws) -> Indices:
    """Whom each message goes to: a report, the boss, a friend or somebody of the team (the boss, if there is nobody)."""
    whom, which = draws.sub("whom").uniform(*key), draws.sub("which").uniform(*key)
    report = near.teams.choose(giver, giver, which)
    friend = near.circles.choose(circle(history, giver), giver, which)
    mate = near.teams.choose(boss, giver, which)
    for_reports = np.where(report >= 0, TO_REPORT, 0.0)
    chosen = np.select(
        [whom < for_reports, whom < for_reports + TO_BOSS, whom < for_reports + TO_BOSS + TO_FRIEND], [report, boss, friend], mate
    )
    return np.where(chosen < 0, boss, chosen)


def _month(history: History, number: int, evidence: Evidence) -> Messages:
    """The messages of one month, by those who are there when it begins (the chief executive gives none)."""
    parameters, draws = history.parameters, history.parameters.draws("feedback/message")
    first, last = history.months[number]
    staff = history.staff_on(first)
    near = network(history, staff, first)
    staff = staff.filter(pl.col("boss") >= 0)
    person, boss = staff["person"].to_numpy(), staff["boss"].to_numpy()
    rate = giving(history, person, staff["department"].to_numpy())
    looking = history.looking(person, np.full(len(person), first))
    effect = parameters.feedback_intent_effect
    count = draws.sub("count").poisson(rate * np.exp(effect * looking), person, first)
    row = np.repeat(np.arange(len(person)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    giver, key = person[row], (person[row], np.full(len(row), first), nth)

    days = workdays(first, last)
    day = days[draws.sub("day").integers(0, len(days), *key)]
    last_seen = np.minimum(history.last_day(person, np.full(len(person), first)), history.until)
    seen = day <= last_seen[row]
    exposed = np.searchsorted(days, last_seen, side="right") / len(days)
    told = np.bincount(row[seen], minlength=len(person))
    # Poisson: the messages seen, in the part of the month that is over and in which the person was there.
    evidence.add(np.full(len(person), number), person, told * effect - rate * exposed * np.expm1(effect))

    receiver = _receivers(history, near, giver, boss[row], key, draws)
    giver, receiver, day, nth = giver[seen], receiver[seen], day[seen], nth[seen]
    # Who has left in the meantime is not written to: their message goes to the giver's boss of that day.
    boss_then = history.assigned_on(giver, day)["boss"].fill_null(-1).to_numpy()
    receiver = np.where(history.last_day(receiver, day) >= day, receiver, boss_then)
    there = receiver >= 0
    return Messages(*(part[there] for part in (np.full(len(giver), first), giver, receiver, nth, day, boss_then)))


def _types(history: History, messages: Messages, feeling: Floats, draws: Draws) -> Indices:
    """Index into TYPES: the better the receiver does, the more praise, the less criticism."""
    base = np.where((messages.receiver == messages.boss)[:, None], TO_MANAGER, TO_OTHERS)
    weight = base * np.exp(history.parameters.feedback_performance_effect * feeling[:, None] * LEANING)
    cumulated = np.cumsum(weight, axis=1)
    drawn = draws.sub("type").uniform(messages.key) * cumulated[:, -1]
    result: Indices = (drawn[:, None] >= cumulated[:, :-1]).sum(axis=1)
    return result


def _frame(history: History, messages: Messages, rows: Rows) -> pl.DataFrame:
    """The messages as rows of the table; their labels go to the truth."""
    draws, key = history.parameters.draws("feedback/message"), messages.key
    liking = LIKING_SD * draws.sub("liking").normal(messages.giver, messages.receiver)
    feeling = history.performance(messages.receiver, messages.day) + liking + FEELING_SD * draws.sub("feeling").normal(key)
    kind = _types(history, messages, feeling, draws)
    cumulated = np.cumsum(SEEN_BY, axis=1)[kind]
    visibility = (draws.sub("visibility").uniform(key)[:, None] >= cumulated[:, :-1]).sum(axis=1)
    seconds = messages.day * DAY + OPENS_AT * HOUR + draws.sub("time").integers(0, OPEN_HOURS * HOUR, key)
    month = {number: as_date(number).strftime("%y%m") for number in np.unique(messages.month).tolist()}
    ids = pl.select(
        pl.format(
            "F{}-{}-{}", pl.lit(history.employee_id(messages.giver)).str.slice(1),
            pl.lit(pl.Series(messages.month)).replace_strict(month, return_dtype=pl.String), pl.lit(pl.Series(messages.number + 1)),
        )
    ).to_series()  # fmt: skip
    parts, aspect = [], np.full(len(key), -1)
    for number, name in enumerate(TYPES):
        mine = np.flatnonzero(kind == number)
        written = history.writing.texts(
            name, key=key[mine], author=messages.giver[mine], about=messages.receiver[mine], day=messages.day[mine], feeling=feeling[mine]
        )
        rows.truth("text_labels", written.labels("feedback", "body", ids.gather(mine)))
        aspect[mine] = written.aspect
        parts.append(pl.DataFrame({"row": mine, "body": written.text}))
    texts = pl.concat(parts).sort("row")
    named = np.where(draws.sub("has_skill").chance(WITH_SKILL, key), aspect, -1)
    return pl.DataFrame(
        {
            "feedback_id": ids,
            "from_employee_id": history.employee_id(messages.giver),
            "to_employee_id": history.employee_id(messages.receiver),
            "feedback_type": words(TYPES, kind),
            "visibility": words(VISIBILITIES, visibility),
            "given_at": timestamp_series("given_at", seconds),
            "body": texts["body"],
            "goal_id": pl.Series([None] * len(ids), dtype=pl.String),
            "skill_id": skill_ids(history, named, messages.receiver, messages.day, key),
        }
    )


def write_messages(history: History, rows: Rows, evidence: Evidence) -> None:
    """Table `feedback`, quarter by quarter."""
    starts = [first for first, _ in history.months]
    for first, last in quarters_between(history.parameters.start, as_date(history.until)):
        numbers = [number for number, start in enumerate(starts) if first <= start <= min(last, history.until)]
        months = [_month(history, number, evidence) for number in numbers]
        merged = Messages(*(np.concatenate([getattr(month, name) for month in months]) for name in Messages.__annotations__))
        rows.table("feedback", _frame(history, merged, rows))
