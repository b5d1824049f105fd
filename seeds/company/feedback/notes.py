"""The table development_notes: what managers, mentors and people themselves write down about growth.

Here: who writes which note when. Not here: the wording (text/).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import as_date, date_series, quarters_between
from seeds.company.feedback.network import circle, network, workdays
from seeds.company.feedback.skills import skill_ids
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.sink import Rows, words

TYPES = ["coaching", "growth_opportunity", "career_aspiration", "mentoring"]
COACHING, GROWTH_OPPORTUNITY, CAREER_ASPIRATION, MENTORING = range(4)
TYPE_SHARE = [0.40, 0.25, 0.20, 0.15]
VISIBILITIES = ["private", "manager", "team", "company"]
VISIBILITY_SHARE = [0.40, 0.35, 0.10, 0.04, 0.11]
WITH_SKILL, FEELING_SD = 0.6, 0.3


def _month(history: History, month: tuple[int, int]) -> pl.DataFrame:
    """Person, author, kind, day and key of the notes of a month that are there by the last day."""
    parameters, draws = history.parameters, history.parameters.draws("development_notes")
    first, last = month
    everybody = history.staff_on(first)
    near = network(history, everybody, first)
    staff = everybody.filter((pl.col("boss") >= 0) & ~pl.col("temporary"))
    person = staff["person"].to_numpy()
    person = person[draws.chance(parameters.development_notes_rate, person, first)]
    days = workdays(first, last)
    day = days[draws.sub("day").integers(0, len(days), person, first)]
    there = (day <= history.until) & (history.last_day(person, np.full(len(person), first)) >= day)
    person, day = person[there], day[there]
    kind = draws.sub("type").choice(TYPE_SHARE, person, first)
    boss = history.assigned_on(person, day)["boss"].fill_null(-1).to_numpy()
    mentor = near.circles.choose(circle(history, person), person, draws.sub("mentor").uniform(person, first))
    mentor = np.where((mentor >= 0) & (history.last_day(np.maximum(mentor, 0), day) >= day), mentor, boss)
    author = np.select([kind == CAREER_ASPIRATION, kind == MENTORING], [person, mentor], boss)
    key = np.int64(first) * 2**24 + person
    return pl.DataFrame({"person": person, "author": author, "kind": kind, "day": day, "key": key}).filter(pl.col("author") >= 0)


def _texts(history: History, notes: pl.DataFrame, ids: pl.Series, rows: Rows) -> pl.DataFrame:
    """Body and skill_id of each note; labels go to the truth."""
    draws = history.parameters.draws("development_notes")
    kinds = notes["kind"].to_numpy()
    parts, aspect = [], np.full(len(kinds), -1)
    for number, name in enumerate(TYPES):
        mine = np.flatnonzero(kinds == number)
        person, author, day, key = (notes[column].to_numpy()[mine] for column in ("person", "author", "day", "key"))
        feeling = history.performance(person, day) + FEELING_SD * draws.sub("feeling").normal(key)
        written = history.writing.texts(name, key=key, author=author, about=person, day=day, feeling=feeling)
        rows.truth("text_labels", written.labels("development_notes", "body", ids.gather(mine)))
        aspect[mine] = written.aspect
        parts.append(pl.DataFrame({"row": mine, "body": written.text}))
    person, day, key = (notes[column].to_numpy() for column in ("person", "day", "key"))
    named = np.where(draws.sub("has_skill").chance(WITH_SKILL, key), aspect, -1)
    return pl.concat(parts).sort("row").with_columns(skill_ids(history, named, person, day, key))


def _frame(history: History, notes: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    draws, key = history.parameters.draws("development_notes"), notes["key"].to_numpy()
    days = date_series("day", notes["day"].to_numpy())
    ids = pl.select(
        pl.format("N{}-{}", pl.lit(history.employee_id(notes["person"])).str.slice(1), pl.lit(days).dt.strftime("%y%m"))
    ).to_series()
    texts = _texts(history, notes, ids, rows)
    visibility: Indices = draws.sub("visibility").choice(VISIBILITY_SHARE, key)
    return pl.DataFrame(
        {
            "development_note_id": ids,
            "employee_id": history.employee_id(notes["person"]),
            "author_employee_id": history.employee_id(notes["author"]),
            "note_type": words(TYPES, notes["kind"]),
            "noted_on": days,
            "visibility": words(VISIBILITIES, np.where(visibility < len(VISIBILITIES), visibility, -1)),
            "body": texts["body"],
            "skill_id": texts["skill_id"],
        }
    )


def write_notes(history: History, rows: Rows) -> None:
    """Table `development_notes`, quarter by quarter."""
    for first, last in quarters_between(history.parameters.start, as_date(history.until)):
        months = [month for month in history.months if first <= month[0] <= min(last, history.until)]
        rows.table("development_notes", _frame(history, pl.concat([_month(history, month) for month in months]), rows))
