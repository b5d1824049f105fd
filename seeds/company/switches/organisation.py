"""Settings of the organisation.

Here: names, defaults, bounds. Not here: what they do (history/structure.py, history/moves.py).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class OrganisationSettings(BaseModel):
    """Settings of the organisation; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    growth_rate: float = Field(default=0.06, ge=0, le=1, description="of headcount, per year")
    promotion_rate: float = Field(default=0.09, ge=0, le=1, description="per person-year, without change of seat")
    internal_manager_share: float = Field(default=0.60, ge=0, le=1, description="leading seats filled from the team")
    transfer_share: float = Field(default=0.12, ge=0, le=1, description="other seats filled from elsewhere in the company")
    reorganisation_share: float = Field(default=0.20, ge=0, le=1, description="teams that change place, once, mid-way")
    layoff_share: float = Field(default=0.0, ge=0, le=1, description="of people, in one month two thirds of the way")
    contract_share: float = Field(default=0.025, ge=0, le=1, description="of seats: people on a contract that ends")
    intern_share: float = Field(default=0.015, ge=0, le=1, description="of seats: interns")
    part_time_share: float = Field(default=0.08, ge=0, le=1, description="of seats: part-time work")
    hiring_freeze_months: int = Field(default=0, ge=0, le=24, description="months without hires, from the middle of the history")
    hiring_season: float = Field(default=0.6, ge=0, le=1, description="0: new seats open evenly over the year; 1: in the busy months")
