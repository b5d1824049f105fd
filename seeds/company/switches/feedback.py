"""Settings of continuous feedback.

Here: names, defaults, bounds. Not here: what they do (feedback/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FeedbackSettings(BaseModel):
    """Settings of continuous feedback; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")


