"""Settings of continuous feedback.

Here: names, defaults, bounds. Not here: what they do (feedback/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FeedbackSettings(BaseModel):
    """Settings of continuous feedback; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feedback_rate: float = Field(default=0.27, ge=0, le=10, description="messages of feedback given per person-month, not looking around")
    feedback_intent_effect: float = Field(default=-0.60, ge=-5, le=2, description="log rate of giving feedback, once looking around")
    feedback_giver_sd: float = Field(default=0.80, ge=0, le=2, description="log rate of giving between people: hubs and silent ones")
    feedback_department_sd: float = Field(default=0.50, ge=0, le=2, description="log rate of giving between departments: silent corners")
    feedback_tenure_effect: float = Field(default=0.30, description="log rate of giving, per log(1 + years of tenure)")
    feedback_popularity_effect: float = Field(default=0.50, ge=0, le=1, description="messages that go to the better liked of two")
    check_in_held_share: float = Field(default=0.84, gt=0, lt=1, description="1:1s that take place, average manager, not looking around")
    check_in_manager_sd: float = Field(default=0.60, ge=0, description="log odds of holding them between managers")
    check_in_intent_effect: float = Field(default=-0.70, description="log odds of holding a 1:1, once looking around")
    mood_performance_effect: float = Field(default=0.50, description="points of mood, per point of performance")
    mood_workload_effect: float = Field(default=-0.15, description="points of mood, per sd of the team's workload")
    mood_intent_effect: float = Field(default=-0.25, description="points of mood, once looking around")
    development_note_rate: float = Field(default=1.1, ge=0, le=20, description="development notes per person-year")
