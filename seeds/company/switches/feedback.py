"""Settings of continuous feedback.

Here: names, defaults, bounds. Not here: what they do (feedback/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FeedbackSettings(BaseModel):
    """Settings of continuous feedback; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feedback_rate: float = Field(default=0.25, ge=0, le=20, description="messages that a person gives per month, on average")
    feedback_giver_sd: float = Field(default=0.80, ge=0, le=2, description="between people: how much feedback they give (log)")
    feedback_department_sd: float = Field(default=0.35, ge=0, le=2, description="between departments: how much feedback they give (log)")
    feedback_silent_share: float = Field(default=0.10, ge=0, lt=1, description="departments in which hardly any feedback is given")
    feedback_intent_effect: float = Field(default=-0.70, description="on the log rate of giving feedback, once looking around")
    feedback_performance_effect: float = Field(default=1.0, description="log odds of praise, per point of the receiver's performance")
    praise_hub_sd: float = Field(default=0.70, ge=0, le=2, description="between people: how often they are chosen as receiver (log)")
    praise_tenure_effect: float = Field(default=0.60, description="log odds of being chosen as receiver, per log year of tenure")
    check_in_kept_share: float = Field(default=0.80, gt=0, lt=1, description="scheduled 1:1 meetings that are held, average manager")
    check_in_manager_sd: float = Field(default=0.70, ge=0, description="between managers: log odds of holding a 1:1 meeting")
    check_in_intent_effect: float = Field(default=-0.90, description="log odds of holding a 1:1 meeting, once looking around")
    mood_performance_effect: float = Field(default=0.50, description="mood in check-ins (1 to 5), per point of performance")
    mood_rating_effect: float = Field(default=0.20, description="mood in check-ins, per point of the last final rating above 3")
    mood_strain_effect: float = Field(default=-0.20, description="mood in check-ins, per standard deviation of the team's workload")
    mood_intent_effect: float = Field(default=-0.35, description="mood in check-ins, once looking around")
    development_notes_rate: float = Field(default=0.085, ge=0, le=1, description="development notes per person and month")
