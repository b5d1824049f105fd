"""1:1 meetings: planned at the cadence of the team, held or missed, with the mood of the person.

Here: the table check_ins. A meeting is in the calendar two weeks ahead and stays there when one of the two leaves. Who looks around
misses more of them, and is in a lower mood. Not here: words (text/).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Flags, Floats, date_series
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows, words

CADENCES = ["weekly", "biweekly", "monthly", "quarterly", "ad_hoc"]
CADENCE_SHARE = [0.01, 0.09, 0.50, 0.33, 0.07]
AD_HOC = 4
# Every so many days; what is arranged ad hoc takes place in some of the weeks that a monthly meeting would.
EVERY = np.array([7, 14, 28, 91, 28])
AD_HOC_SHARE = 0.35
AHEAD = 14
MOST_IN_A_MONTH = 5
LATE_SHARE, MOST_DAYS_LATE = 0.15, 4
MOOD_SHARE, MOOD_MEAN, MOOD_SCALE, MOOD_PERSON_SD = 0.70, 3.6, 0.45, 0.40
NOTES_SHARE, FEELING_NOISE = 0.40, 0.45


def _logistic(values: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-values))
    return result


def _arranged(history: History, number: int) -> pl.DataFrame:
    """Meetings that are put into calendars in the month: person, boss, seat, cadence, appears, scheduled."""
    first, last = history.months[number]
    draws = history.parameters.draws("check_ins")
    staff = history.staff_on(first).filter(~pl.col("temporary") & (pl.col("boss") >= 0))
    person, boss = staff["person"].to_numpy(), staff["boss"].to_numpy()
    cadence = draws.sub("cadence").choice(CADENCE_SHARE, boss)
    every = EVERY[cadence]
    # Day 0 was a Thursday: 4 to 8 days later it is Monday to Friday.
    offset = 4 + draws.sub("weekday").integers(0, 5, person) + 7 * draws.sub("week").integers(0, every // 7, person)
    begins = first + (offset - first) % every
    slot = np.tile(np.arange(MOST_IN_A_MONTH), len(person))
    row = np.repeat(np.arange(len(person)), MOST_IN_A_MONTH)
    day = begins[row] + slot * every[row]
    takes = (cadence[row] != AD_HOC) | draws.sub("ad hoc").chance(AD_HOC_SHARE, person[row], day)
    kept = np.flatnonzero((day <= last) & (day <= history.until) & takes)
    kept = kept[(history.last_day(person[row[kept]], day[kept]) >= day[kept]) & (history.last_day(boss[row[kept]], day[kept]) >= day[kept])]
    row, day = row[kept], day[kept]
    arranged: pl.DataFrame = staff[row]
    return arranged.with_columns(cadence=pl.Series(cadence[row]), appears=pl.Series(day), scheduled=pl.Series(day + AHEAD))


def _mood_chance(score: Indices, mean: Floats) -> Floats:
    """P(score) of a logistic variable around `mean`, rounded and kept within 1 to 5."""
    upper = np.where(score == 5, 1.0, _logistic((score + 0.5 - mean) / MOOD_SCALE))
    lower = np.where(score == 1, 0.0, _logistic((score - 0.5 - mean) / MOOD_SCALE))
    result: Floats = np.maximum(upper - lower, 1e-12)
    return result


def _held(history: History, person: Indices, boss: Indices, scheduled: Days, looking: Flags) -> tuple[Days, Floats]:
    """The day on which each meeting takes place (NEVER: missed), and what that says about looking around."""
    parameters, draws = history.parameters, history.parameters.draws("check_ins")
    share = parameters.check_in_held_share
    odds = np.log(share / (1 - share)) + parameters.check_in_manager_sd * draws.sub("manager").normal(boss)
    chances = [_logistic(odds + parameters.check_in_intent_effect * state) for state in (0, 1)]
    happens = draws.sub("held").chance(np.where(looking, chances[1], chances[0]), person, scheduled)
    late = draws.sub("late").chance(LATE_SHARE, person, scheduled)
    day = scheduled + np.where(late, draws.sub("days late").integers(1, MOST_DAYS_LATE + 1, person, scheduled), 0)
    there = (history.last_day(person, scheduled) >= day) & (history.last_day(boss, scheduled) >= day)
    ratio = np.where(happens, np.log(chances[1] / chances[0]), np.log((1 - chances[1]) / (1 - chances[0])))
    return np.where(happens & there, day, NEVER), np.where(there, ratio, 0.0)


def _moods(history: History, meetings: pl.DataFrame, looking: Flags) -> tuple[Indices, Floats]:
    """The mood in each meeting (-1: not asked), and what it says about looking around."""
    parameters, draws = history.parameters, history.parameters.draws("check_ins.mood")
    person, scheduled = meetings["person"].to_numpy(), meetings["scheduled"].to_numpy()
    parent = history.structure.parents[0][meetings["seat"].to_numpy()]
    mean = MOOD_MEAN + MOOD_PERSON_SD * draws.sub("person").normal(person)
    mean = mean + parameters.mood_performance_effect * history.performance(person, scheduled)
    mean = mean + parameters.mood_workload_effect * history.strain(parent, scheduled)
    uniform = draws.uniform(person, scheduled)
    lower = mean + parameters.mood_intent_effect
    drawn = np.where(looking, lower, mean) + MOOD_SCALE * np.log(uniform / (1 - uniform))
    mood = np.clip(np.round(drawn), 1, 5).astype(np.int64)
    asked = draws.sub("asked").chance(MOOD_SHARE, person, scheduled)
    ratio = np.log(_mood_chance(mood, lower) / _mood_chance(mood, mean))
    return np.where(asked, mood, -1), np.where(asked, ratio, 0.0)


def write_check_ins(history: History, number: int, rows: Rows, evidence: Evidence) -> None:
    """The meetings that month `number` puts into calendars, as they stand on the last day."""
    meetings = _arranged(history, number)
    person, boss, scheduled = (meetings[name].to_numpy() for name in ("person", "boss", "scheduled"))
    is_over = scheduled <= history.until
    looking = np.zeros(len(person), dtype=np.bool_)
    looking[is_over] = history.looking(person[is_over], scheduled[is_over])
    held, of_meeting = _held(history, person, boss, scheduled, looking)
    mood, of_mood = _moods(history, meetings, looking)
    takes_place = is_over & (held < NEVER)
    evidence.add(history.month_of(scheduled)[is_over], person[is_over], (of_meeting + takes_place * of_mood)[is_over])
    known = takes_place & (held <= history.until)
    draws = history.parameters.draws("check_ins.notes")
    noted = np.flatnonzero(known & draws.chance(NOTES_SHARE, person, scheduled))
    who, day = person[noted], scheduled[noted]
    feeling = history.performance(who, day) + FEELING_NOISE * draws.sub("feeling").normal(who, day)
    author = np.where(draws.sub("by boss").chance(0.6, who, day), boss[noted], who)
    written = history.writing.texts(
        "check_in_notes", key=who * 2**20 + day, author=author, about=who, day=held[noted], feeling=feeling
    )  # fmt: skip
    employee = history.employee_id(person)
    dates = date_series("scheduled_on", scheduled)
    ids = pl.select(pl.format("C{}-{}", pl.lit(dates).dt.strftime("%Y%m%d"), pl.lit(employee))).to_series()
    rows.truth("text_labels", written.labels("check_ins", "notes", ids.gather(noted)))
    notes = pl.Series("notes", [None] * len(person), dtype=pl.String).scatter(noted, written.text)
    frame = pl.DataFrame(
        {
            "check_in_id": ids.alias("check_in_id"),
            "employee_id": employee,
            "manager_id": history.employee_id(boss, "manager_id"),
            "cadence": words(CADENCES, meetings["cadence"]),
            "scheduled_on": dates,
            "held_on": date_series("held_on", np.where(known, held, NEVER)),
            "mood_score": pl.Series(mood, dtype=pl.Int64).set(pl.Series(~known | (mood < 0)), None),
            "notes": notes,
        }
    )
    rows.table("check_ins", frame)
