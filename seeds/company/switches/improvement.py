"""Settings of improvement plans.

Here: names, defaults, bounds. Not here: what they do (history/plans.py, improvement/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ImprovementSettings(BaseModel):
    """Settings of improvement plans; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pip_share: float = Field(default=0.14, ge=0, le=1, description="low ratings (2 or less) followed by a plan")
    pip_success_share: float = Field(default=0.55, ge=0, le=1, description="of plans that reach their end, average person")
    checkpoint_outcome_effect: float = Field(default=1.2, description="how far a plan's true course shows at its checkpoints")
    checkpoint_missed_share: float = Field(default=0.12, ge=0, le=1, description="checkpoints that do not take place")
