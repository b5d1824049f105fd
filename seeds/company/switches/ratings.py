"""Settings of performance and ratings.

Here: names, defaults, bounds. Not here: what they do (history/ratings.py).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RatingSettings(BaseModel):
    """Settings of performance and ratings; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    performance_mean: float = Field(default=2.95, ge=1, le=5, description="of all people")
    performance_sd: float = Field(default=0.40, ge=0, description="between people, lasting")
    trend_sd: float = Field(default=0.25, ge=0, description="within a person over time (local trend that fades)")
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
