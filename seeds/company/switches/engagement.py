"""Settings of surveys and leave.

Here: names, defaults, bounds. Not here: what they do (people/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EngagementSettings(BaseModel):
    """Settings of surveys and leave; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leave_rate: float = Field(default=0.10, ge=0, le=1, description="longer leaves begun per person-year")
    demographics_missing_share: float = Field(default=0.08, ge=0, le=1, description="people without a row of demographics")
    survey_participation: float = Field(default=0.66, gt=0, lt=1, description="who answers the half-yearly survey, not looking around")
    survey_silence_effect: float = Field(default=0.70, description="on the log odds of not answering it, once looking around")
    survey_score_intent_effect: float = Field(default=0.0, description="points of ten on its scores, once looking around")
    survey_workload_effect: float = Field(default=-0.9, description="points of ten on workload per sd of the team's workload")
    survey_growth_effect: float = Field(default=-0.5, description="points of ten on growth per year without promotion, third to sixth")
    survey_team_sd: float = Field(default=0.6, ge=0, description="points of ten between teams, lasting, in every driver")
    survey_person_sd: float = Field(default=1.2, ge=0, description="points of ten between people, lasting, in every driver")
    survey_noise_sd: float = Field(default=1.5, ge=0, description="points of ten, anything else in a single answer")
    pulse_participation: float = Field(default=0.10, ge=0, le=1, description="invited to a quarter's pulse survey and answering it")
    exit_survey_participation: float = Field(default=0.5, ge=0, le=1, description="leavers with notice who answer before their last day")
