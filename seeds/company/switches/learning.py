"""Settings of skills and learning.

Here: names, defaults, bounds. Not here: what they do (learning/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LearningSettings(BaseModel):
    """Settings of skills and learning; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skill_performance_effect: float = Field(default=0.35, description="level of all skills, per point of performance at entry")
    skill_tenure_effect: float = Field(default=0.10, description="level of all skills, per log(1 + years) before the history")
    skill_ability_sd: float = Field(default=0.25, ge=0, description="between people, in all their skills alike")
    skill_specific_sd: float = Field(default=0.35, ge=0, description="between the skills of a person")
    skill_growth_mean: float = Field(default=0.08, description="levels a year on the job, without any course")
    skill_growth_sd: float = Field(default=0.18, ge=0, description="of that growth between people")
    skill_assessments_per_year: float = Field(default=4.0, ge=0, le=40, description="per person, from all sources but courses")
    self_skill_bias: float = Field(default=0.35, description="levels by which people overrate themselves")
    manager_skill_bias: float = Field(default=0.0, description="levels by which managers overrate")
    peer_skill_bias: float = Field(default=0.15, description="levels by which peers overrate")
    review_skill_bias: float = Field(default=0.05, description="levels by which review forms overrate")
    test_skill_bias: float = Field(default=-0.05, description="levels by which tests overrate")
    certification_skill_bias: float = Field(default=0.10, description="levels by which certificates overrate")
    training_skill_bias: float = Field(default=0.20, description="levels by which trainers overrate")
    self_skill_noise: float = Field(default=0.50, ge=0, description="sd of one assessment around the true level")
    manager_skill_noise: float = Field(default=0.40, ge=0, description="sd of one assessment around the true level")
    peer_skill_noise: float = Field(default=0.55, ge=0, description="sd of one assessment around the true level")
    review_skill_noise: float = Field(default=0.45, ge=0, description="sd of one assessment around the true level")
    test_skill_noise: float = Field(default=0.15, ge=0, description="sd of one assessment around the true level")
    certification_skill_noise: float = Field(default=0.20, ge=0, description="sd of one assessment around the true level")
    training_skill_noise: float = Field(default=0.35, ge=0, description="sd of one assessment around the true level")
    skill_rater_sd: float = Field(default=0.15, ge=0, description="lasting leniency of a manager, or of oneself, with skills")
    course_effect_mean: float = Field(default=0.35, description="levels that a course adds, of those that add any")
    useless_course_share: float = Field(default=0.30, ge=0, le=1, description="of courses: they teach nothing whatever they say")
    course_assigned_rate: float = Field(default=0.10, ge=0, le=1, description="courses a person is given in a quarter")
    course_assignment_effect: float = Field(default=1.6, description="log rate of being given a course, per level short")
    course_chosen_rate: float = Field(default=0.08, ge=0, le=1, description="courses a person chooses in a quarter")
    course_improver_effect: float = Field(default=1.2, description="log rate of choosing a useless one, per sd of own growth")
