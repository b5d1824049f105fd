"""The settings of a generated company, every signal with a switch (zero turns it off, the other sign turns it round).

Here: size and time, and the reading of ``name=value``. Not here: the settings of each area (switches/), what a signal does
(see the module of its area), nor where files go.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from seeds.company.draws import Draws
from seeds.company.switches.compensation import CompensationSettings
from seeds.company.switches.engagement import EngagementSettings
from seeds.company.switches.exits import ExitSettings
from seeds.company.switches.feedback import FeedbackSettings
from seeds.company.switches.goals import GoalSettings
from seeds.company.switches.improvement import ImprovementSettings
from seeds.company.switches.learning import LearningSettings
from seeds.company.switches.organisation import OrganisationSettings
from seeds.company.switches.ratings import RatingSettings
from seeds.company.switches.reviews import ReviewSettings
from seeds.company.switches.talent import TalentSettings
from seeds.company.switches.text import TextSettings

DEFAULT_UNTIL = dt.date(2026, 6, 30)


class Parameters(
    TextSettings, TalentSettings, EngagementSettings, CompensationSettings, LearningSettings, FeedbackSettings, ImprovementSettings,
    ReviewSettings, GoalSettings, OrganisationSettings, ExitSettings, RatingSettings,
):  # fmt: skip
    """All that decides a company. Equal parameters give byte-identical files.

    Two companies that differ in `until` alone are the same company, seen on two days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    employees: int = Field(default=1000, ge=20, le=1_000_000, description="people active on the horizon, about")
    years: int = Field(default=3, ge=1, le=20, description="years of history up to the horizon")
    seed: int = Field(default=7, ge=0, description="of all randomness")
    horizon: dt.date = Field(default=DEFAULT_UNTIL, description="the day up to which the company is planned: a 30 June or 31 December")
    until: dt.date = Field(default=DEFAULT_UNTIL, description="the last day that is known; the horizon unless given")

    dirt: float = Field(default=0.0, ge=0, le=0.5, description="records that break their contract, per record of each table")

    @model_validator(mode="before")
    @classmethod
    def _until_defaults_to_the_horizon(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("until") is None:
            return {**given, "until": given.get("horizon", DEFAULT_UNTIL)}
        return given

    @model_validator(mode="after")
    def _time_makes_sense(self) -> Self:
        if (self.horizon.month, self.horizon.day) not in {(6, 30), (12, 31)}:
            message = f"horizon is {self.horizon}; it must be a 30 June or a 31 December"
            raise ValueError(message)
        if self.until < self.start:
            message = f"until is {self.until}, before the history begins on {self.start}: ask for more years, or another horizon"
            raise ValueError(message)
        return self

    @property
    def start(self) -> dt.date:
        """The first day of history, whatever `until` is."""
        first = self.horizon + dt.timedelta(days=1)
        return first.replace(year=first.year - self.years)

    @property
    def end(self) -> dt.date:
        """The last day of the half year that `until` lies in: what happens is played to here, and shown to `until`."""
        month, day = (6, 30) if self.until.month <= 6 else (12, 31)
        return dt.date(self.until.year, month, day)

    def draws(self, name: str) -> Draws:
        """The random draws of one name: what others draw never changes them."""
        return Draws(self.seed, name)

    @classmethod
    def made(cls, given: Mapping[str, object], settings: Iterable[str] = ()) -> Self:
        """Parameters of fields and of ``name=value`` settings; the settings count where both name a field.

        Raises ValueError that names the setting, for an unknown name or a value out of bounds.
        """
        changes: dict[str, object] = {}
        for setting in settings:
            name, separator, value = setting.partition("=")
            name = name.strip()
            if not separator:
                message = f"'{setting}' is not of the form name=value"
                raise ValueError(message)
            if name not in cls.model_fields:
                near = difflib.get_close_matches(name, cls.model_fields, n=3, cutoff=0.5) or sorted(cls.model_fields)
                message = f"there is no setting '{name}' of a company; did you mean: {', '.join(near)}?"
                raise ValueError(message)
            changes[name] = value.strip()
        try:
            return cls.model_validate({**given, **changes})
        except ValidationError as error:
            reasons = "; ".join(": ".join(filter(None, [".".join(map(str, each["loc"])), each["msg"]])) for each in error.errors())
            message = f"cannot apply settings: {reasons}"
            raise ValueError(message) from error

    def with_settings(self, settings: Iterable[str]) -> Self:
        """A copy with ``name=value`` settings applied. Raises ValueError as `made` does."""
        given = self.model_dump()
        if self.until == self.horizon:
            del given["until"]
        return self.made(given, settings)
