"""Settings of goals.

Here: names, defaults, bounds. Not here: what they do (goals/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GoalSettings(BaseModel):
    """Settings of goals; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goals_per_quarter: float = Field(default=2.2, ge=0, le=10, description="individual goals per person")
    goal_on_time_share: float = Field(default=0.60, gt=0, lt=1, description="met by their first date, average person")
    goal_performance_effect: float = Field(default=0.60, description="log odds of meeting the date, per point of performance")
    goal_intent_effect: float = Field(default=-0.60, ge=-5, le=5, description="log odds of meeting the date, looking around near the end")
    goal_cancelled_share: float = Field(default=0.06, ge=0, le=1, description="of goals, owners who leave aside")
    goal_slip_cancel_effect: float = Field(default=1.0, ge=0, le=2, description="slipping goals are cancelled more; 0: all alike")
    goal_retargeted_share: float = Field(default=0.08, ge=0, le=1, description="target dates moved out when slipping")
    goal_leaver_cancelled_share: float = Field(default=0.60, ge=0, le=1, description="open goals cancelled on the owner's last day")
    goal_updates_mean: float = Field(default=1.75, ge=0, le=10, description="updates per goal and quarter that it is open")
    goal_update_intent_effect: float = Field(default=-0.70, ge=-5, le=2, description="log rate of updates, once looking around")
    goal_late_update_share: float = Field(default=0.25, ge=0, le=1, description="updates typed in the last days of a quarter")
    shared_goal_share: float = Field(default=0.05, ge=0, le=1, description="business goals of a person that a team mate shares")
    cross_functional_goal_share: float = Field(default=0.08, ge=0, le=1, description="department goals shared with another one")
    goal_key_result_share: float = Field(default=0.08, ge=0, le=1, description="individual goals with key results")
