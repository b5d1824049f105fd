"""Settings of recruitment and succession.

Here: names, defaults, bounds. Not here: what they do (talent/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TalentSettings(BaseModel):
    """Settings of recruitment and succession; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    applications_per_opening: float = Field(default=5.5, ge=1, le=50, description="mean number of candidates")
    abandoned_openings: float = Field(default=0.08, ge=0, le=1, description="openings given up, per opening that comes about")
    referral_share: float = Field(default=0.28, gt=0, lt=0.9, description="of hires, in an average department")
    referral_department_effect: float = Field(default=1.0, description="log odds of a referral, per sd of the department's quality")
    source_quality_effect: float = Field(default=1.0, ge=-2, le=2, description="size of the sources' differences in quality of hire")
    interview_validity: float = Field(default=0.30, ge=-0.8, le=0.8, description="correlation of one rating with lasting performance")
    potential_performance_effect: float = Field(default=0.45, ge=-0.95, le=0.95, description="correlation of potential with performance")
    potential_tenure_effect: float = Field(default=-0.20, description="judged potential in sd, per log(1 + years of tenure)")
    potential_noise_share: float = Field(default=0.40, ge=0, le=1, description="of the variance of one judgement of potential")
    succession_potential_effect: float = Field(default=0.9, description="log odds of being named, per sd of potential")
    readiness_experience_effect: float = Field(default=0.5, description="readiness in sd, per log(1 + years in the seat)")
