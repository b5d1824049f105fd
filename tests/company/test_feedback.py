"""Continuous feedback of the synthetic company: who gives and gets it, 1:1 meetings, and what both show of intent."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from seeds.company import Parameters
from seeds.company.feedback import tables
from seeds.company.feedback.messages import TYPES
from seeds.company.feedback.mood import probability
from seeds.company.feedback.network import groups
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Kept

PEOPLE = 1000
UNTIL = dt.date(2026, 6, 30)


@dataclass(frozen=True)
class Played:
    """A history, what the area made of it, and what that shows of intent (log ratios by month and person)."""

    history: History
    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]
    evidence: np.ndarray

    @property
    def looking(self) -> np.ndarray:
        """By month and person."""
        everybody = np.arange(len(self.history.people))
        return np.stack([self.history.looking(everybody, np.full(len(everybody), first)) for first, _ in self.history.months])

    @property
    def people(self) -> pl.DataFrame:
        return pl.DataFrame({"person": np.arange(len(self.history.people)), "employee_id": self.history.employee_ids})

    @property
    def exposed(self) -> pl.DataFrame:
        """Person, month, department and looking of everybody who is there when a month begins, but the chief executive."""
        months = [
            self.history.staff_on(first).filter(pl.col("boss") >= 0).with_columns(month=pl.lit(number, dtype=pl.Int64))
            for number, (first, _) in enumerate(self.history.months) if first <= self.history.until
        ]  # fmt: skip
        rows = pl.concat(months)
        return rows.with_columns(looking=pl.Series(self.looking[rows["month"].to_numpy(), rows["person"].to_numpy()]))

    def counted(self, whose: str) -> pl.DataFrame:
        """`exposed` with the number of messages of each month, given or received (`whose` column)."""
        months = {dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + first): n for n, (first, _) in enumerate(self.history.months)}
        rows = self.tables["feedback"].select(
            pl.col(whose).alias("employee_id"),
            month=pl.col("given_at").dt.date().dt.month_start().replace_strict(months, return_dtype=pl.Int64),
        )
        counts = rows.join(self.people, on="employee_id").group_by("person", "month").agg(messages=pl.len())
        return self.exposed.join(counts, on=["person", "month"], how="left").with_columns(pl.col("messages").fill_null(0))


def played(**settings: object) -> Played:
    parameters = Parameters(**({"employees": PEOPLE} | settings))
    history = History(parameters, simulation.simulate(structure.build(parameters), parameters))
    kept, evidence = Kept(), Evidence(len(history.people), len(history.months))
    tables.write(history, kept, evidence)
    return Played(history, kept.tables(), kept.truths(), evidence.log_ratio().astype(np.float64))


@pytest.fixture(scope="module")
def usual() -> Played:
    return played()


OFF = {"feedback_intent_effect": 0, "check_in_intent_effect": 0, "mood_intent_effect": 0, "mood_performance_effect": 0,
       "praise_tenure_effect": 0, "feedback_performance_effect": 0, "feedback_silent_share": 0, "feedback_department_sd": 0,
       "mood_rating_effect": 0, "mood_strain_effect": 0, "text_feeling_effect": 0}  # fmt: skip


@pytest.fixture(scope="module")
def off() -> Played:
    """The same company with all signals switched off."""
    return played(**OFF)


@pytest.fixture(scope="module")
def turned() -> Played:
    """The same company with the signals turned round."""
    return played(feedback_intent_effect=0.7, check_in_intent_effect=0.9, mood_intent_effect=0.5, mood_performance_effect=-0.5,
                  praise_tenure_effect=-0.6, feedback_performance_effect=-1.0, employees=600)  # fmt: skip


def held_odds(made: Played) -> float:
    """Log odds ratio of meetings held, by people who look around against the rest."""
    rows = made.tables["check_ins"].filter(pl.col("scheduled_on") <= UNTIL).join(made.people, on="employee_id")
    day = rows["scheduled_on"].to_physical().to_numpy().astype(np.int64)
    looking, held = made.history.looking(rows["person"].to_numpy(), day), rows["held_on"].is_not_null().to_numpy()
    share = [held[looking == value].mean() for value in (False, True)]
    return float(np.log(share[1] / (1 - share[1])) - np.log(share[0] / (1 - share[0])))


def rate_ratio(made: Played) -> float:
    rates = made.counted("from_employee_id").group_by("looking").agg(pl.col("messages").mean()).sort("looking")["messages"]
    return float(np.log(rates[1] / rates[0]))


def test_as_many_rows_as_planned(usual: Played) -> None:
    """Per 1,000 people and three years about 9,000, 26,000 and 3,000; one draw of a company may differ by a fifth."""
    for table, rows in (("feedback", 9_000), ("check_ins", 26_000), ("development_notes", 3_000)):
        assert 0.8 * rows < usual.tables[table].height < 1.2 * rows


def test_identifiers_are_unique_and_texts_are_labelled(usual: Played) -> None:
    labels = usual.truth["text_labels"]
    for table, key, text in (("feedback", "feedback_id", "body"), ("check_ins", "check_in_id", "notes"),
                             ("development_notes", "development_note_id", "body")):  # fmt: skip
        rows = usual.tables[table]
        assert rows[key].n_unique() == rows.height
        named = labels.filter((pl.col("source_table") == table) & (pl.col("source_field") == text))["source_id"]
        assert sorted(named) == sorted(rows.filter(pl.col(text).is_not_null())[key])


def test_praise_is_most_common_and_upward_goes_up(usual: Played) -> None:
    rows = usual.tables["feedback"]
    shares = dict(rows["feedback_type"].value_counts(normalize=True).iter_rows())
    assert set(shares) == set(TYPES)
    assert shares["praise"] > 0.5
    upward = rows.filter(pl.col("feedback_type") == "upward").join(usual.people, left_on="from_employee_id", right_on="employee_id")
    day = upward["given_at"].dt.date().to_physical().to_numpy().astype(np.int64)
    boss = usual.history.assigned_on(upward["person"].to_numpy(), day)["boss"]
    assert usual.history.employee_id(boss).to_list() == upward["to_employee_id"].to_list()
    assert upward.height > 100


def test_evidence_of_intent_is_exact(usual: Played) -> None:
    """A likelihood ratio has mean 1 under the state in its denominator, whatever is drawn: within four standard errors."""
    there = usual.evidence != 0
    for state, sign in ((~usual.looking, 1), (usual.looking, -1)):
        ratio = np.exp(sign * usual.evidence[there & state])
        assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(len(ratio))
        assert len(ratio) > 1000
    assert usual.evidence[usual.looking].mean() > usual.evidence[~usual.looking].mean() + 0.05


def test_evidence_is_exact_in_the_middle_of_a_month() -> None:
    """On the 10th part of the month's messages and meetings are still to come; the last month alone must stay exact."""
    made = played(until="2026-06-10", years=1, employees=2500, feedback_rate=1.0)
    last, looking = made.evidence[-1], made.looking[-1]
    for state, sign in ((~looking, 1), (looking, -1)):
        ratio = np.exp(sign * last[state & (last != 0)])
        assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(len(ratio))


def test_signals_thin_out_with_intent_by_their_switches(usual: Played, off: Played, turned: Played) -> None:
    """About 3,000 person-months with intent: standard errors of 0.05 to 0.09; the planted sizes are -0.7 and -0.9."""
    assert -1.0 < rate_ratio(usual) < -0.4
    assert abs(rate_ratio(off)) < 0.25
    assert rate_ratio(turned) > 0.3
    # Managers differ, so that the odds ratio of all is a little nearer to 0 than that of one of them.
    assert -1.15 < held_odds(usual) < -0.55
    assert abs(held_odds(off)) < 0.25
    assert held_odds(turned) > 0.4
    assert not off.evidence.any()


def hub_correlation(made: Played) -> float:
    """Between the log of tenure and messages received a month, per person."""
    rows = made.counted("to_employee_id").group_by("person").agg(pl.col("messages").mean(), pl.len(), pl.col("started").last())
    rows = rows.filter(pl.col("len") >= 6).with_columns(tenure=(made.history.until - pl.col("started")).log1p())
    return float(np.corrcoef(rows["tenure"], rows["messages"])[0, 1])


def test_hubs_of_praise_have_long_been_there(usual: Played, off: Played, turned: Played) -> None:
    """1,200 people: a correlation of chance stays within 0.09 (three standard errors), though leaders get more and stay longer."""
    received = usual.tables["feedback"]["to_employee_id"].value_counts()["count"].sort(descending=True)
    assert received.head(len(received) // 10).sum() / received.sum() > 0.25
    assert hub_correlation(usual) > 0.08
    assert hub_correlation(usual) > hub_correlation(off) + 0.05
    assert hub_correlation(turned) < hub_correlation(off) - 0.05


def test_some_departments_are_silent_corners(usual: Played, off: Played) -> None:
    """Departments of 200 person-months or more, of which about 50 messages are expected: fewer than 8 are no accident."""

    def silent(made: Played) -> int:
        rows = made.counted("from_employee_id").group_by("department").agg(pl.col("messages").sum(), pl.len())
        return rows.filter((pl.col("len") >= 200) & (pl.col("messages") < 0.04 * pl.col("len"))).height

    assert silent(usual) >= 1
    assert silent(off) == 0


def praise_slope(made: Played) -> float:
    """Difference in the share of praise between messages to the better and the poorer half of receivers."""
    rows = made.tables["feedback"].join(made.people, left_on="to_employee_id", right_on="employee_id")
    day = rows["given_at"].dt.date().to_physical().to_numpy().astype(np.int64)
    performance = made.history.performance(rows["person"].to_numpy(), day)
    praise = (rows["feedback_type"] == "praise").to_numpy()
    return float(praise[performance > 0].mean() - praise[performance <= 0].mean())


def test_praise_follows_performance_loosely(usual: Played, off: Played, turned: Played) -> None:
    """8,000 messages: a difference of shares has a standard error of 0.011."""
    assert 0.05 < praise_slope(usual) < 0.35
    assert abs(praise_slope(off)) < 0.035
    assert praise_slope(turned) < -0.05


def test_meetings_are_planned_kept_and_missed(usual: Played) -> None:
    rows = usual.tables["check_ins"]
    due = rows.filter(pl.col("scheduled_on") <= UNTIL)
    assert 0.70 < 1 - due["held_on"].null_count() / due.height < 0.85
    ahead = rows.filter(pl.col("scheduled_on") > UNTIL)
    assert ahead.height > 100
    assert ahead["held_on"].null_count() == ahead.height
    assert ahead["scheduled_on"].max() <= UNTIL + dt.timedelta(days=14)
    late = (rows["held_on"] - rows["scheduled_on"]).dt.total_days().drop_nulls()
    assert late.min() == 0
    assert late.max() <= 9
    assert 0.08 < (late > 0).mean() < 0.2
    assert (rows["scheduled_on"].dt.weekday() <= 5).all()
    assert (rows["held_on"].drop_nulls().dt.weekday() <= 5).all()
    assert rows.filter(pl.col("held_on").is_null() & (pl.col("mood_score").is_not_null() | pl.col("notes").is_not_null())).height == 0
    gaps = rows.sort("scheduled_on").with_columns(
        gap=(pl.col("scheduled_on") - pl.col("scheduled_on").shift(1).over("employee_id", "manager_id", "cadence")).dt.total_days()
    )
    median = dict(gaps.group_by("cadence").agg(pl.col("gap").median()).iter_rows())
    assert median["weekly"] == 7
    assert median["biweekly"] == 14
    assert 25 <= median["monthly"] <= 35
    assert 85 <= median["quarterly"] <= 95


def mood_correlation(made: Played) -> float:
    rows = made.tables["check_ins"].filter(pl.col("mood_score").is_not_null()).join(made.people, on="employee_id")
    day = rows["held_on"].to_physical().to_numpy().astype(np.int64)
    return float(np.corrcoef(made.history.performance(rows["person"].to_numpy(), day), rows["mood_score"])[0, 1])


def test_mood_follows_performance(usual: Played, off: Played, turned: Played) -> None:
    """Some 1,200 people with moods of their own: chance alone stays within about 0.06."""
    assert mood_correlation(usual) > 0.1
    assert abs(mood_correlation(off)) < 0.07
    assert mood_correlation(turned) < -0.02


def test_probabilities_of_moods_add_up() -> None:
    middle = np.linspace(-1, 7, 50)
    total = sum(probability(np.full(50, score), middle) for score in range(1, 6))
    assert np.allclose(total, 1)


def test_nobody_is_chosen_by_themselves_and_weights_decide() -> None:
    team = groups(np.array([1, 1, 1, 2]), np.array([10, 11, 12, 13]), np.array([1.0, 3.0, 6.0, 1.0]), 20)
    uniform = (np.arange(10_000) + 0.5) / 10_000
    chosen = team.choose(np.full(10_000, 1), np.full(10_000, 11), uniform)
    assert np.bincount(chosen, minlength=14)[10:].tolist() == [pytest.approx(1429, abs=2), 0, pytest.approx(8571, abs=2), 0]
    assert team.choose(np.array([2, 2, 3]), np.array([13, 10, 10]), np.full(3, 0.5)).tolist() == [-1, 13, -1]


@pytest.mark.parametrize("day", [dt.date(2026, 6, 9), dt.date(2025, 11, 20)])
def test_an_earlier_day_shows_the_same_meetings_as_far_as_known(usual: Played, day: dt.date) -> None:
    """Meetings ahead are there two weeks before; what was held later looks missed until then."""
    then = played(until=day).tables["check_ins"]
    known = usual.tables["check_ins"].filter(pl.col("scheduled_on") <= day + dt.timedelta(days=14))
    has_been = pl.col("held_on") <= day
    told = known.with_columns(pl.when(has_been).then(name).alias(name) for name in ("held_on", "mood_score", "notes"))
    assert then.sort("check_in_id").equals(told.sort("check_in_id"))
    assert then.filter(pl.col("scheduled_on") > day).height > 50
