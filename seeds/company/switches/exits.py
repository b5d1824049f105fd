"""Settings of exits.

Here: names, defaults, bounds. Not here: what they do (history/exits.py).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ExitSettings(BaseModel):
    """Settings of exits; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voluntary_rate: float = Field(default=0.12, ge=0, le=0.4, description="voluntary exits per person-year; above 0.2 a tenth too few")
    intent_effect: float = Field(default=1.0, ge=0, le=1, description="0: people leave whatever their intent")
    tenure_effect: float = Field(default=1.0, description="on the log odds of starting to look around, as those below")
    rating_effect: float = Field(default=0.15, description="per point of the last rating below the mean")
    pay_effect: float = Field(default=0.30, description="per standard deviation of pay below the market, stronger for stars")
    rating_change_effect: float = Field(default=0.50, description="per point that the rating fell")
    manager_change_effect: float = Field(default=0.50, description="in the half year after a change of manager")
    manager_severity_effect: float = Field(default=0.30, description="per point of the manager's strictness")
    workload_effect: float = Field(default=0.25, description="per standard deviation of the team's workload")
    stagnation_effect: float = Field(default=0.12, description="per year without promotion, from the third to the sixth")
    team_exits_effect: float = Field(default=0.20, description="per exit in the team in the last three months, at most three")
    season_effect: float = Field(default=0.20, description="busy months against quiet ones")
    macro_sd: float = Field(default=0.20, ge=0, description="labour market, shared by all, autoregressive")
    frailty_variance: float = Field(default=0.40, ge=0, description="of the gamma multiplier of a person's hazard")
    involuntary_rate: float = Field(default=0.012, ge=0, le=1, description="dismissals per person-year without a low rating")
    low_rating_exit_rate: float = Field(default=0.06, ge=0, description="more dismissals per person-year after a low rating")
    risk_months: int = Field(default=6, ge=1, le=12, description="months between the days from which true risks are worked out")
    risk_futures: int = Field(default=25, ge=25, le=1000, description="futures that true risks are averaged over")
    rehire_share: float = Field(default=0.03, ge=0, le=1, description="of hires: people who had left of their own will")
