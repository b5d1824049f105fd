"""Skills and learning: sources measure as they are set to, courses do what the truth says, and both naive comparisons mislead.

True levels come from the truth or from the module that plays them (learning/levels.py); what is measured comes from the tables.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import polars as pl
import pytest

from seeds.company import Company, Parameters, generate
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.learning.levels import Levels
from seeds.company.learning.requirements import require

SIZE = 2500
UNTIL = dt.date(2026, 6, 30)
TABLES = ("employee_skills", "training_enrollments", "position_skill_requirements")
MANDATORY = ["C001", "C002", "C003"]


@cache
def made(*settings: str) -> Company:
    return generate(Parameters(employees=SIZE).with_settings(settings), tables=TABLES)


@cache
def pace() -> pl.DataFrame:
    """Own growth of each person, in standard deviations between people."""
    parameters = Parameters(employees=SIZE)
    history = History(parameters, simulation.simulate(structure.build(parameters), parameters))
    levels = Levels(history, require(parameters))
    return pl.DataFrame({"employee_id": history.employee_ids, "pace": levels.pace})


STANDING_STILL = ("skill_growth_mean=0", "skill_growth_sd=0", "course_effect_mean=0")


def _errors(company: Company) -> pl.DataFrame:
    """Measured less true level, of a company in which levels stand still."""
    true = company.truth["skill_levels"].rename({"level": "true"})
    # At the ends of the scale a level cannot be overrated, or underrated.
    joined = company.tables["employee_skills"].join(true, on=["employee_id", "skill_id"]).filter(pl.col("true").is_between(2.2, 3.8))
    return joined.select("source", error=pl.col("level") - pl.col("true"))


def test_each_source_measures_with_the_bias_and_noise_set_for_it():
    company = made(*STANDING_STILL)
    settings = company.parameters.model_dump()
    for (source,), rows in _errors(company).group_by("source"):
        error, count = rows["error"].to_numpy(), len(rows)
        rater = settings["skill_rater_sd"] if source in {"self", "manager", "review"} else 0.0
        rounding = (0.1 if source in {"test", "certification"} else 0.5) / np.sqrt(12)
        expected_sd = np.sqrt(settings[f"{source}_skill_noise"] ** 2 + rater**2 + rounding**2)
        # Four standard errors; leniency is shared by all that a person rates, so that there the mean moves by more.
        assert abs(error.mean() - settings[f"{source}_skill_bias"]) < 4 * expected_sd / np.sqrt(count) + rater / 8, source
        # Four standard errors of a standard deviation.
        assert abs(error.std() / expected_sd - 1) < 4 / np.sqrt(2 * count), source
    assert _errors(company)["source"].n_unique() == 7


def test_without_bias_and_noise_people_know_their_level():
    errors = _errors(made(*STANDING_STILL, "self_skill_bias=0", "self_skill_noise=0", "skill_rater_sd=0")).filter(source="self")
    # What is left is the step of half a point.
    assert len(errors) > 100
    assert errors["error"].abs().max() <= 0.25 + 1e-9


def test_a_position_asks_for_a_few_skills_and_most_of_what_matters_most():
    required = made().tables["position_skill_requirements"]
    counts = required.group_by("position_id").agg(pl.len(), must=(pl.col("importance") == "must").sum())
    assert counts["must"].min() >= 1
    assert counts["len"].is_between(3, 20).all()
    level = dict(required.group_by("importance").agg(pl.col("required_level").mean()).iter_rows())
    assert level["must"] > level["should"] > level["nice"]


def _completed(company: Company) -> pl.DataFrame:
    """person, course and skill of completed enrolments in courses that nobody has to take, with the true effect."""
    done = company.tables["training_enrollments"].filter(pl.col("completed_on").is_not_null() & ~pl.col("course_id").is_in(MANDATORY))
    return done.join(company.truth["course_effects"], on="course_id")


def test_courses_add_to_true_levels_what_the_truth_says():
    # Courses given whatever the level are the same ones in both companies, so that all the difference is what they teach.
    with_effect, without = made("course_assignment_effect=0"), made("course_assignment_effect=0", "course_effect_mean=0")
    enrolled = [company.tables["training_enrollments"].drop("score") for company in (with_effect, without)]
    assert enrolled[0].equals(enrolled[1])
    assert without.truth["course_effects"]["effect"].eq(0).all()
    both = with_effect.truth["skill_levels"].join(without.truth["skill_levels"], on=["employee_id", "skill_id"], suffix="_without")
    gained = _completed(with_effect).group_by("employee_id", "skill_id").agg(pl.col("effect").sum())
    both = both.join(gained, on=["employee_id", "skill_id"], how="left").with_columns(pl.col("effect").fill_null(0.0))
    inside = both.filter((pl.col("level") < 5) & (pl.col("level_without") > 1))
    assert (inside["effect"] > 0).sum() > 200
    assert (inside["level"] - inside["level_without"] - inside["effect"]).abs().max() < 1e-9


def test_a_negative_effect_makes_courses_harmful():
    effects = made("course_effect_mean=-0.3").truth["course_effects"]["effect"]
    assert effects.max() == 0
    assert effects.min() < -0.1


def _before(company: Company) -> pl.DataFrame:
    """Of courses given to people: the level last measured before, less the mean of that skill's measurements."""
    measured = company.tables["employee_skills"].filter(pl.col("source") != "training").sort("assessed_on")
    measured = measured.with_columns(against=pl.col("level") - pl.col("level").mean().over("skill_id", "source"))
    given = _completed(company).filter(pl.col("enrollment_id").str.ends_with("-A")).sort("assigned_on")
    found = given.join_asof(
        measured.select("employee_id", "skill_id", "assessed_on", "against"), left_on="assigned_on", right_on="assessed_on",
        by=["employee_id", "skill_id"], check_sortedness=False, allow_exact_matches=False,
    )  # fmt: skip
    return found.drop_nulls("against")


@pytest.mark.parametrize(("effect", "low", "high"), [(1.6, -1.2, -0.4), (0, -0.15, 0.15), (-1.6, 0.3, 1.2)])
def test_courses_are_given_because_a_level_was_measured_low(effect, low, high):
    # The standard error of the mean is about 0.05: levels vary by 0.9 and there are 150 to 400 such courses.
    before = _before(made(f"course_assignment_effect={effect}"))
    assert len(before) > 80
    assert low < before["against"].mean() < high


def test_comparing_before_and_after_overrates_courses_that_were_given():
    company = made()
    after = company.tables["employee_skills"].filter(pl.col("source") != "training").sort("assessed_on")
    after = after.with_columns(later=pl.col("level") - pl.col("level").mean().over("skill_id", "source"))
    rows = _before(company).sort("completed_on").join_asof(
        after.select("employee_id", "skill_id", "assessed_on", "later"), left_on="completed_on", right_on="assessed_on",
        by=["employee_id", "skill_id"], strategy="forward", check_sortedness=False, suffix="_after",
    ).drop_nulls("later")  # fmt: skip
    naive = (rows["later"] - rows["against"]).mean()
    # Regression to the mean adds about as much again as the effect itself; the standard error is about 0.06.
    assert naive > rows["effect"].mean() + 0.12
    # And who took courses is still below the others afterwards: comparing people says that courses harm.
    assert rows["later"].mean() < -0.05


@pytest.mark.parametrize(("effect", "low", "high"), [(1.2, 0.7, 1.7), (0, -0.25, 0.25), (-1.2, -1.7, -0.7)])
def test_useless_courses_are_chosen_by_people_who_improve_anyway(effect, low, high):
    # About 250 such courses at zero: a standard error of 0.06.
    chosen = _completed(made(f"course_improver_effect={effect}")).filter(pl.col("enrollment_id").str.ends_with("-S"))
    useless = chosen.filter(pl.col("effect") == 0).unique("enrollment_id").join(pace(), on="employee_id")
    assert len(useless) > 80
    assert low < useless["pace"].mean() < high


def test_enrolments_are_open_and_closed_as_of_the_last_day():
    rows = made().tables["training_enrollments"]
    assert set(rows["status"].unique()) == {"scheduled", "in_progress", "completed", "cancelled", "no_show"}
    assert (rows["completed_on"].is_not_null() == (rows["status"] == "completed")).all()
    assert rows.filter(pl.col("completed_on").is_null())["score"].null_count() == (rows["status"] != "completed").sum()
    due = rows.filter((pl.col("due_on") <= UNTIL) & (pl.col("status") != "cancelled"))
    on_time = (due["completed_on"] <= due["due_on"]).fill_null(value=False).mean()
    # Mandatory courses, most of all, are completed by 90 to 95 in a hundred; the free ones by far fewer.
    assert 0.80 < on_time < 0.97


def test_everybody_takes_the_yearly_course_and_nobody_a_free_one_twice():
    company = made()
    rows = company.tables["training_enrollments"]
    yearly = rows.filter(pl.col("enrollment_id").str.ends_with("-Y")).group_by(pl.col("assigned_on").dt.year(), "course_id").len()
    assert len(yearly) == 3
    assert yearly["len"].min() > 0.8 * SIZE
    free = rows.filter(~pl.col("course_id").is_in(MANDATORY))
    assert not free.select("employee_id", "course_id").is_duplicated().any()
