"""Settings of reviews.

Here: names, defaults, bounds. Not here: what they do (reviews/), the law of managers' ratings (history/ratings.py).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ReviewSettings(BaseModel):
    """Settings of reviews; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    review_late_share: float = Field(default=0.13, ge=0, le=1, description="reviews signed after their due date")
    review_unfinished_share: float = Field(default=0.02, ge=0, le=1, description="reviews that stop on the way for good")
    review_late_low_rating_effect: float = Field(default=0.60, description="log odds of lateness, per point below average")
    review_dropped_on_notice_share: float = Field(default=0.40, ge=0, le=1, description="reviews dropped once the person gave notice")
    review_row_on_touch_share: float = Field(default=0.10, ge=0, le=1, description="departments where a review exists once touched")
    review_rating_missing_share: float = Field(default=0.03, ge=0, le=1, description="handed in without rating (self, peers, reports)")
    assessment_unsubmitted_share: float = Field(default=0.15, ge=0, le=1, description="peers and reports asked who never answer")
    peer_choice_friendship: float = Field(default=1.2, description="pull of friendship (one sd) on whom people ask as peers")
    peer_friend_effect: float = Field(default=0.20, description="points that a peer adds per sd of friendship")
    peer_compression: float = Field(default=0.80, description="slope of peers' and reports' ratings on performance")
    peer_severity_sd: float = Field(default=0.25, ge=0, description="between peers and reports; added to each rating of theirs")
    peer_noise_sd: float = Field(default=0.35, ge=0, description="anything else in a single rating by a peer or report")
    item_halo: float = Field(default=0.70, description="slope of an item's rating on the overall one; 1: nothing but halo")
    calibration_confirmed_share: float = Field(default=0.04, ge=0, le=1, description="ratings discussed and left as they were, about")
