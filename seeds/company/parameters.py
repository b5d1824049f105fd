"""The settings of a generated company, every signal with a switch (zero turns it off, the other sign turns it round).

Here: names, defaults, bounds, and the reading of ``name=value``. Not here: what a signal does (see the module of its
area), nor where files go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import IntEnum
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

DEFAULT_UNTIL = dt.date(2026, 6, 30)


class Area(IntEnum):
    """Random streams, one per area. Add at the end only: a number given away belongs to its area for good."""

    STRUCTURE = 0
    NAMES = 1
    PEOPLE = 2
    EXITS = 3
    MOVES = 4
    RATINGS = 5
    REVIEWS = 6
    GOALS = 7
    PLANS = 8
    GOAL_UPDATES = 9
    PIPS = 10


class Parameters(BaseModel):
    """All that decides a company. Equal parameters give byte-identical files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # size and time
    employees: int = Field(default=1000, ge=20, le=1_000_000, description="people active on the last day, about")
    years: int = Field(default=3, ge=1, le=20, description="years of history that end on `until`")
    seed: int = Field(default=7, ge=0, description="of all randomness")
    until: dt.date = Field(default=DEFAULT_UNTIL, description="the last day that is known")

    # performance, on the rating scale
    performance_mean: float = Field(default=2.95, ge=1, le=5, description="of all people")
    performance_sd: float = Field(default=0.40, ge=0, description="between people, lasting")
    trend_sd: float = Field(default=0.25, ge=0, description="within a person over time (local trend that fades)")

    # ratings
    compression_mean: float = Field(default=0.90, description="slope of a rating on performance; 0: ratings say nothing")
    compression_sd: float = Field(default=0.10, ge=0, description="between raters")
    severity_sd: float = Field(default=0.25, ge=0, description="between raters; added to each rating, negative is strict")
    severity_drift_sd: float = Field(default=0.04, ge=0, description="random walk of a rater's severity per half year")
    severity_quality_correlation: float = Field(default=0.30, ge=-1, le=1, description="lenient raters lead good teams")
    team_quality_sd: float = Field(default=0.15, ge=0, description="between teams, half of its variance between departments")
    rater_ratee_sd: float = Field(default=0.20, ge=0, description="this rater's view of this person, lasting")
    rating_noise_sd: float = Field(default=0.20, ge=0, description="anything else in a single rating")
    calibration_down_share: float = Field(default=0.09, ge=0, le=1, description="ratings moved down by half a point")
    calibration_up_share: float = Field(default=0.04, ge=0, le=1, description="ratings moved up by half a point")
    scale_tightening: float = Field(default=0.0, description="added to every rating in the last third of the time")

    # exits
    voluntary_rate: float = Field(default=0.105, ge=0, le=1, description="voluntary exits per person-year, about")
    intent_effect: float = Field(default=1.0, ge=0, le=1, description="0: people leave whatever their intent")
    tenure_effect: float = Field(default=1.0, description="on the log odds of starting to look around, as those below")
    pay_effect: float = Field(default=0.30, description="per standard deviation of pay below the market, stronger for stars")
    rating_change_effect: float = Field(default=0.50, description="per point that the rating fell")
    manager_change_effect: float = Field(default=0.50, description="in the half year after a change of manager")
    season_effect: float = Field(default=0.20, description="busy months against quiet ones")
    macro_sd: float = Field(default=0.20, ge=0, description="labour market, shared by all, autoregressive")
    frailty_variance: float = Field(default=0.40, ge=0, description="of the gamma multiplier of a person's hazard")
    involuntary_rate: float = Field(default=0.012, ge=0, le=1, description="dismissals per person-year without a low rating")
    low_rating_exit_rate: float = Field(default=0.06, ge=0, description="more dismissals per person-year after a low rating")
    rehire_share: float = Field(default=0.03, ge=0, le=1, description="of hires: people who had left of their own will")

    # organisation
    growth_rate: float = Field(default=0.06, ge=0, le=1, description="of headcount, per year")
    promotion_rate: float = Field(default=0.09, ge=0, le=1, description="per person-year, without change of seat")
    internal_manager_share: float = Field(default=0.60, ge=0, le=1, description="leading seats filled from the team")
    transfer_share: float = Field(default=0.12, ge=0, le=1, description="other seats filled from elsewhere in the company")
    reorganisation_share: float = Field(default=0.20, ge=0, le=1, description="teams that change place, once, mid-way")
    layoff_share: float = Field(default=0.0, ge=0, le=1, description="of people, in one month two thirds of the way")
    contract_share: float = Field(default=0.025, ge=0, le=1, description="of seats: people on a contract that ends")
    intern_share: float = Field(default=0.015, ge=0, le=1, description="of seats: interns")
    part_time_share: float = Field(default=0.08, ge=0, le=1, description="of seats: part-time work")

    # goals
    goals_per_quarter: float = Field(default=2.2, ge=0, le=10, description="individual goals per person")
    goal_on_time_share: float = Field(default=0.60, gt=0, lt=1, description="met by their first date, average person")
    goal_performance_effect: float = Field(default=0.60, description="log odds of meeting the date, per point of performance")
    goal_intent_effect: float = Field(default=-0.60, description="log odds of meeting the date, once looking around")
    goal_cancelled_share: float = Field(default=0.06, ge=0, le=1, description="of goals, more of those that slip")
    goal_retargeted_share: float = Field(default=0.08, ge=0, le=1, description="target dates moved out when slipping")
    goal_updates_mean: float = Field(default=1.6, ge=0, description="updates per goal over its time")
    shared_goal_share: float = Field(default=0.05, ge=0, le=1, description="business goals of a person that a team mate shares")

    # reviews and plans
    review_late_share: float = Field(default=0.13, ge=0, le=1, description="reviews signed after their due date")
    review_unfinished_share: float = Field(default=0.02, ge=0, le=1, description="reviews that stop on the way for good")
    review_late_low_rating_effect: float = Field(default=0.60, description="log odds of lateness, per point below average")
    pip_share: float = Field(default=0.14, ge=0, le=1, description="low ratings (2 or less) followed by a plan")
    pip_success_share: float = Field(default=0.55, ge=0, le=1, description="of plans that reach their end, average person")

    @property
    def start(self) -> dt.date:
        """The first day of history."""
        day_after = self.until + dt.timedelta(days=1)
        first_of_month = day_after.replace(day=1)
        return first_of_month.replace(year=first_of_month.year - self.years)

    def random(self, area: Area) -> np.random.Generator:
        """The random stream of one area: what another area draws never changes it."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(int(area),)))

    def with_settings(self, settings: Iterable[str]) -> Self:
        """A copy with ``name=value`` settings applied.

        Raises ValueError that names the setting, for an unknown name or a value out of bounds.
        """
        changes: dict[str, str] = {}
        for setting in settings:
            name, separator, value = setting.partition("=")
            name = name.strip()
            if not separator:
                message = f"'{setting}' is not of the form name=value"
                raise ValueError(message)
            if name not in type(self).model_fields:
                known = ", ".join(type(self).model_fields)
                message = f"there is no setting '{name}' of a company; there are: {known}"
                raise ValueError(message)
            changes[name] = value.strip()
        try:
            return type(self).model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            reasons = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            message = f"cannot apply settings: {reasons}"
            raise ValueError(message) from error
