"""Settings of pay and of who people are.

Here: names, defaults, bounds. Not here: what they do (history/pay.py, history/demographics.py, compensation/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CompensationSettings(BaseModel):
    """Settings of pay; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    women_share: float = Field(default=0.46, gt=0, lt=1, description="women among people hired at job level 3")
    gender_level_effect: float = Field(default=-0.20, ge=-2, le=2, description="log odds that a hire is a woman, per job level")
    gender_pay_gap: float = Field(default=-0.03, ge=-0.5, le=0.5, description="log pay of women against men in the same job")
    compa_sd: float = Field(default=0.115, ge=0, le=0.3, description="log pay of new hires around what their job pays")
    merit_budget: float = Field(default=0.035, ge=0, le=0.3, description="of base pay, for raises each April")
    merit_rating_effect: float = Field(default=0.60, ge=-1, le=1, description="raise per rating point above 3, as share of an average one")
    bonus_rating_effect: float = Field(default=0.35, ge=-1, le=1, description="bonus per rating point above 3, as share of its target")
    market_growth: float = Field(default=0.032, ge=-0.2, le=0.3, description="log pay in the market, per year")
    market_drift_sd: float = Field(default=0.015, ge=0, le=0.2, description="of a job family's growth in the market, per year")
    market_adjustment_share: float = Field(default=0.35, ge=0, le=1, description="of people far below the market, each half year")
    pay_adjustment: float = Field(default=0.0, gt=-0.5, le=1, description="share added to all pay in one month, three quarters of the way")
    fx_step: float = Field(default=0.0, gt=-0.9, le=5, description="share that the pound gains in one month, three fifths of the way")
