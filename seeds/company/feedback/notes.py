"""Development notes: coaching, opportunities, aspirations, mentoring.

Here: the table development_notes. Not here: words (text/).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import date_series
from seeds.company.feedback.colleagues import Colleagues
from seeds.company.history.record import History
from seeds.company.learning.skills import SKILLS
from seeds.company.sink import Rows, words

TYPES = ["coaching", "growth_opportunity", "career_aspiration", "mentoring"]
BY_LEADER, BY_ONESELF, BY_MENTOR = range(3)
AUTHOR_SHARE = [0.60, 0.25, 0.15]
TYPE_SHARE = [[0.52, 0.38, 0.0, 0.10], [0.0, 0.20, 0.80, 0.0], [0.0, 0.0, 0.0, 1.0]]
VISIBILITY = ["private", "manager", "team"]
VISIBILITY_SHARE = [0.45, 0.50, 0.05]
MOST_PER_MONTH = 8
SKILL_SHARE, FEELING_NOISE = 0.5, 0.40


def write_notes(history: History, number: int, rows: Rows) -> None:
    """The notes of month `number` up to the last day."""
    first, last = history.months[number]
    draws = history.parameters.draws("development_notes")
    staff = history.staff_on(first).filter(~pl.col("temporary") & (pl.col("boss") >= 0))
    rate = np.full(len(staff), history.parameters.development_note_rate / 12)
    count = np.minimum(draws.sub("count").poisson(rate, staff["person"].to_numpy(), first), MOST_PER_MONTH)
    index = np.repeat(np.arange(len(staff)), count)
    place = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    about = staff[index]
    person, boss = about["person"].to_numpy(), about["boss"].to_numpy()
    key = (first * 2**24 + person) * MOST_PER_MONTH + place
    day = draws.sub("day").integers(first, last + 1, key)
    by = draws.sub("author").choice(AUTHOR_SHARE, key)
    mentor = Colleagues(staff).in_department(about["department"].to_numpy(), draws.sub("mentor").uniform(key))
    author = np.select([by == BY_LEADER, by == BY_ONESELF], [boss, person], np.where(mentor == person, boss, mentor))
    there = (history.last_day(person, day) >= day) & (history.last_day(author, day) >= day)
    keep = np.flatnonzero(there & (day <= history.until))
    person, author, day, key, place, by = (each[keep] for each in (person, author, day, key, place, by))
    kinds = np.stack([draws.sub("type").choice(share, key) for share in TYPE_SHARE])
    kind = kinds[by, np.arange(len(key))]
    feeling = history.performance(person, day) + FEELING_NOISE * draws.sub("feeling").normal(key)
    label, employee = str(np.datetime64(first, "D"))[:7].replace("-", ""), history.employee_id(person)
    ids = pl.select(pl.format("N{}-{}-{}", pl.lit(label), pl.lit(employee), pl.lit(pl.Series(place)))).to_series()
    body = pl.Series("body", [None] * len(key), dtype=pl.String)
    for code, name in enumerate(TYPES):
        which = np.flatnonzero(kind == code)
        written = history.writing.texts(
            name, key=key[which], author=author[which], about=person[which], day=day[which], feeling=feeling[which]
        )  # fmt: skip
        body = body.scatter(which, written.text)
        rows.truth("text_labels", written.labels("development_notes", "body", ids.gather(which)))
    skill = np.where(draws.sub("has skill").chance(SKILL_SHARE, key), draws.sub("skill").integers(0, len(SKILLS), key), -1)
    frame = pl.DataFrame(
        {
            "development_note_id": ids.alias("development_note_id"),
            "employee_id": employee,
            "author_employee_id": history.employee_id(author, "author_employee_id"),
            "note_type": words(TYPES, kind),
            "noted_on": date_series("noted_on", day),
            "visibility": words(VISIBILITY, draws.sub("visibility").choice(VISIBILITY_SHARE, key)),
            "body": body,
            "skill_id": words([each[0] for each in SKILLS], skill),
        }
    )
    rows.table("development_notes", frame)
