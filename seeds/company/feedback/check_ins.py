"""The table check_ins: 1:1 meetings planned, held and missed, and the mood in them.

Here: how often a manager meets, which meetings are held, what mood is noted, and what that shows of intent. Not here: the wording
of notes (text/).

A meeting is entered two weeks ahead, with the boss of that day, unless one of the two is known to be leaving before it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from seeds.company.days import NEVER, Days, Flags, as_date, date_series, months_between
from seeds.company.draws import Draws
from seeds.company.feedback.mood import Mood, moods
from seeds.company.feedback.network import weekday
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows, words

CADENCES = ["weekly", "biweekly", "monthly", "quarterly", "ad_hoc"]
CADENCE_SHARE = [0.015, 0.08, 0.38, 0.335, 0.19]
AD_HOC_PER_MONTH = 0.2
AHEAD = 14
WEEKS = 5
PERSON_SD = 0.3
# How many days late a meeting is held, if it is; a weekend moves it on to Monday.
DELAYS, DELAY_SHARE = np.array([0, 1, 2, 5, 7]), np.array([0.86, 0.05, 0.04, 0.03, 0.02])
NOTES_SHARE, BY_MANAGER = 0.40, 0.65
FEELING_PER_MOOD, USUAL_MOOD, FEELING_SD = 0.45, 3.4, 0.2


@dataclass(frozen=True)
class Meetings:
    """One entry per meeting that has been entered. `entered` is the day of that, `team` the seat that leads the person's team."""

    person: Indices
    boss: Indices
    cadence: Indices
    day: Days
    entered: Days
    team: Indices

    @property
    def key(self) -> Indices:
        """Unique and lasting."""
        result: Indices = self.person * 2**17 + self.day
        return result


def _months(history: History) -> list[tuple[int, int]]:
    """Whole calendar months from the start to the last meeting that can be known."""
    until = as_date(history.until + AHEAD)
    end = (until.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return months_between(history.parameters.start, end)


def _planned(staff: pl.DataFrame, month: tuple[int, int], draws: Draws) -> tuple[Indices, Indices, Days]:
    """Row of `staff`, cadence and day of the meetings of a month, by the habit of each boss."""
    first, last = month
    person, boss = staff["person"].to_numpy(), staff["boss"].to_numpy()
    cadence = draws.sub("cadence").choice(CADENCE_SHARE, boss)
    wanted = (draws.sub("weekday").integers(0, 5, boss) + draws.sub("next").integers(0, 2, person)) % 5
    start = first + (wanted - weekday(np.full(len(person), first))) % 7
    day = start[:, None] + 7 * np.arange(WEEKS)
    week, nth = (day + 3) // 7, np.arange(WEEKS)
    own_week = draws.sub("week").integers(0, 4, person)
    of_month = draws.sub("ad_hoc_week").integers(0, 4, person, first)
    day_one = as_date(first)
    in_turn = (12 * day_one.year + day_one.month + draws.sub("turn").integers(0, 3, person)) % 3 == 0
    meets = np.stack(
        [
            np.ones(day.shape, dtype=np.bool_), (week + boss[:, None]) % 2 == 0, nth == own_week[:, None],
            (nth == own_week[:, None]) & in_turn[:, None],
            (nth == of_month[:, None]) & draws.sub("ad_hoc").chance(AD_HOC_PER_MONTH, person, first)[:, None],
        ]
    )[cadence, np.arange(len(person))]  # fmt: skip
    row, at = np.nonzero(meets & (day <= last))
    return row, cadence[row], day[row, at]


def _leaves_before(history: History, person: Indices, entered: Days, day: Days) -> Flags:
    """Whether each of `person` is gone on the day a meeting is entered, or known to be gone on its `day`."""
    asked = pl.DataFrame({"person": person, "entered": entered}).with_row_index("row").sort("entered")
    found = asked.join_asof(history.spells, left_on="entered", right_on="start", by="person", check_sortedness=False).sort("row")
    end, known_on = (found[name].fill_null(-NEVER).to_numpy() for name in ("end", "known_on"))
    result: Flags = (end < entered) | ((known_on <= entered) & (end < day))
    return result


def _entered(history: History, month: tuple[int, int]) -> Meetings:
    """The meetings of a month that are entered by the last day."""
    draws = history.parameters.draws("check_ins")
    planned_on = max(month[0] - AHEAD, history.start)
    staff = history.staff_on(planned_on).filter((pl.col("boss") >= 0) & ~pl.col("temporary"))
    row, cadence, day = _planned(staff, month, draws)
    known = day <= history.until + AHEAD
    row, cadence, day = row[known], cadence[known], day[known]
    person, entered = staff["person"].to_numpy()[row], np.maximum(day - AHEAD, history.start)
    where = history.assigned_on(person, entered)
    boss, seat = where["boss"].fill_null(-1).to_numpy(), where["seat"].fill_null(0).to_numpy()
    stands = (boss >= 0) & ~_leaves_before(history, person, entered, day)
    stands[stands] &= ~_leaves_before(history, boss[stands], entered[stands], day[stands])
    team = history.structure.parents_on(planned_on)[seat]
    return Meetings(*(part[stands] for part in (person, boss, cadence, day, entered, team)))


def _late_by(day: Days, last: Days) -> Indices:
    """Days from the planned to the day held, for each meeting and each of DELAYS; none beyond `last`, its month's end.

    A meeting that moved into the next month would say only then what its own month was like.
    """
    late = day[:, None] + DELAYS
    late += np.maximum(7 - weekday(late), 0) * (weekday(late) >= 5)
    result: Indices = np.where(late <= last[:, None], late - day[:, None], 0)
    return result


def _held(history: History, meetings: Meetings, evidence: Evidence) -> Days:
    """The day on which each meeting was held, NEVER if it was not, or not yet."""
    parameters, draws = history.parameters, history.parameters.draws("check_ins/held")
    person, boss, day = meetings.person, meetings.boss, meetings.day
    logit = np.log(parameters.check_in_kept_share / (1 - parameters.check_in_kept_share))
    logit = logit + parameters.check_in_manager_sd * draws.sub("manager").normal(boss) + PERSON_SD * draws.sub("person").normal(person)
    usual, if_looking = (1 / (1 + np.exp(-logit - effect)) for effect in (0.0, parameters.check_in_intent_effect))
    takes_place = draws.chance(np.where(history.looking(person, day), if_looking, usual), meetings.key)
    late = _late_by(day, np.array([last for _, last in history.months])[history.month_of(day)])
    delay = late[np.arange(len(day)), draws.sub("delay").choice(DELAY_SHARE, meetings.key)]
    last = np.minimum(history.last_day(person, meetings.entered), history.last_day(boss, meetings.entered))
    room = np.minimum(last, history.until) - day
    held = takes_place & (delay <= room)
    # A meeting that is going to be held late looks like a missed one until then.
    in_time = ((late <= room[:, None]) * DELAY_SHARE).sum(axis=1)
    ratio = np.where(held, np.log(if_looking / usual), np.log((1 - if_looking * in_time) / (1 - usual * in_time)))
    due = day <= history.until
    evidence.add(history.month_of(day[due]), person[due], ratio[due])
    return np.where(held, day + delay, NEVER)


def _notes(history: History, meetings: Meetings, held: Days, mood: Indices, ids: pl.Series, rows: Rows) -> pl.Series:
    """What was written down after some of the meetings held, by one of the two."""
    draws, key = history.parameters.draws("check_ins/notes"), meetings.key
    has = np.flatnonzero((held < NEVER) & draws.sub("has").chance(NOTES_SHARE, key))
    person, day = meetings.person[has], held[has]
    author = np.where(draws.sub("by_manager").chance(BY_MANAGER, key[has]), meetings.boss[has], person)
    of_mood = FEELING_PER_MOOD * (mood[has] - USUAL_MOOD)
    # Without a mood the note says nothing of intent: it goes by performance alone.
    feeling = np.where(mood[has] > 0, of_mood, history.performance(person, day)) + FEELING_SD * draws.sub("feeling").normal(key[has])
    written = history.writing.texts("check_in_notes", key=key[has], author=author, about=person, day=day, feeling=feeling)
    rows.truth("text_labels", written.labels("check_ins", "notes", ids.gather(has)))
    return pl.Series("notes", [None] * len(key), dtype=pl.String).scatter(has, written.text)


def _frame(history: History, meetings: Meetings, mood: Mood, rows: Rows, evidence: Evidence) -> pl.DataFrame:
    """The meetings as rows of the table; labels of their notes go to the truth."""
    held = _held(history, meetings, evidence)
    score = mood.noted(meetings.key, meetings.person, meetings.team, meetings.day, held, evidence)
    days = date_series("day", meetings.day)
    ids = pl.select(
        pl.format("C{}-{}", pl.lit(history.employee_id(meetings.person)).str.slice(1), pl.lit(days).dt.strftime("%y%m%d"))
    ).to_series()
    return pl.DataFrame(
        {
            "check_in_id": ids,
            "employee_id": history.employee_id(meetings.person),
            "manager_id": history.employee_id(meetings.boss),
            "cadence": words(CADENCES, meetings.cadence),
            "scheduled_on": days,
            "held_on": date_series("held_on", held),
            "mood_score": pl.Series(score).set(pl.Series(score == 0), None),
            "notes": _notes(history, meetings, held, score, ids, rows),
        }
    )


def write_check_ins(history: History, rows: Rows, evidence: Evidence) -> None:
    """Table `check_ins`, quarter by quarter."""
    mood, months = moods(history), _months(history)
    for number in range(0, len(months), 3):
        parts = [_entered(history, month) for month in months[number : number + 3]]
        meetings = Meetings(*(np.concatenate([getattr(part, name) for part in parts]) for name in Meetings.__annotations__))
        rows.table("check_ins", _frame(history, meetings, mood, rows, evidence))
