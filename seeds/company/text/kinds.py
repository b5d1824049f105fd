"""The kinds of texts: who speaks to whom, how long, about what, in which mood.

Here: one description per kind, and the tone of each sort of sentence. Not here: phrases, and the choice among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seeds.company.text.phrases import ASPECTS, TARGET, THIRD, YOU

# Sorts of sentences; the first two say nothing that could be checked.
PLAIN, FILLER, DEED, ADVICE, PRODUCT, SPECIAL, TOPIC = range(7)
CONCRETE = ("deed", "advice", "product", "special", "topic")

LEVEL_TONE = (-0.8, -0.4, 0.0, 0.4, 0.8)
DEED_TONE, PRODUCT_TONE, IMPACT_TONE, TOPIC_TONE, ADVICE_TONE = 0.5, 0.6, 0.2, 0.5, -0.1
SPECIAL_TONE = {"on_track": 0.4, "at_risk": -0.3, "off_track": -0.6, "completed": 0.7, "goal_description": 0.0, "pip_measure": 0.0,
                "moved_down": -0.4, "moved_up": 0.4, "career_aspiration": 0.2, "growth_opportunity": 0.3, "mentoring": 0.0}  # fmt: skip
SPECIAL_ASPECT = {"on_track": "delivery", "at_risk": "delivery", "off_track": "delivery", "completed": "delivery",
                  "career_aspiration": "growth", "growth_opportunity": "growth", "mentoring": "growth"}  # fmt: skip
OPENER_TONE = {"thanks": 0.4, "observation": 0.0, "good_review": 0.5, "mixed_review": 0.0, "poor_review": -0.4, "meeting": 0.0}
CLOSER_TONE = {"thanks": 0.3, "observation": 0.0, "review": 0.0, "meeting": 0.0}
REVIEW_OPENERS = ("poor_review", "mixed_review", "good_review")
CLASSES = ["strength", "growth_area", "suggestion", "other"]
STRENGTH, GROWTH_AREA, SUGGESTION, OTHER = range(4)

WORK = {"communication": 3, "teamwork": 3, "delivery": 3, "quality": 3, "leadership": 1, "technical": 2, "customer": 1.5, "workload": 1,
        "growth": 1, "recognition": 0.5, "culture": 0.7, "pay": 0.05}  # fmt: skip
LEADING = {"leadership": 4, "communication": 3, "workload": 2, "recognition": 2, "growth": 1.5, "pay": 1, "culture": 1.5, "teamwork": 1,
           "delivery": 0.5, "quality": 0.3, "technical": 0.2, "customer": 0.2}  # fmt: skip
TALK = {"workload": 3, "growth": 2, "pay": 1, "recognition": 1, "culture": 1, "teamwork": 1.5, "delivery": 2.5, "communication": 1,
        "quality": 0.7, "leadership": 0.5, "technical": 0.7, "customer": 0.7}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How texts of one kind are made.

    `voice`: of the sentences about behaviour (a self-assessment turns it to "I"). `mix`: weights of the sorts in CONCRETE.
    `more`: mean number of sentences after the first. `shift`: of the tone. `sign`: +1 or -1 if behaviour is always praised or
    always criticised. `vague`: multiplies the odds with which the author writes vaguely. `filler`: share of those sentences that
    say nothing at all. `opener`, `closer`: group and share of texts that have one. `special`: part of the phrases of this kind,
    by situation if there are several. `situation_sign`: what a situation (0, 1, …) says of behaviour.
    """

    mix: tuple[float, float, float, float, float]
    voice: int = THIRD
    more: float = 0.0
    shift: float = 0.0
    sign: int = 0
    vague: float = 1.0
    filler: float = 0.15
    opener: tuple[str, float] = ("observation", 0.0)
    closer: tuple[str, float] = ("observation", 0.0)
    special: tuple[str, ...] = ()
    situation_sign: tuple[int, ...] = ()
    evidence: str = ""
    aspects: dict[str, float] = field(default_factory=lambda: WORK)

    @property
    def weights(self) -> list[float]:
        """Weight of each aspect."""
        return [self.aspects[name] for name in ASPECTS]


GOAL_STATES = ("on_track", "at_risk", "off_track", "completed")
KINDS = {
    "review_summary": Kind((0.62, 0.20, 0.18, 0, 0), more=1.7, filler=0.25, opener=("review", 0.35), closer=("review", 0.2)),
    "strengths": Kind((0.85, 0, 0.15, 0, 0), more=0.5, shift=0.5, sign=1),
    "areas_for_growth": Kind((0.50, 0.45, 0.05, 0, 0), more=0.3, shift=-0.4, sign=-1, vague=0.7),
    "assessment_comment": Kind((0.65, 0.20, 0.15, 0, 0), more=0.7, filler=0.2),
    "item_comment": Kind((0.85, 0.15, 0, 0, 0), more=0.1),
    "calibration_reason": Kind((0.25, 0, 0, 0.75, 0), more=0.15, vague=0.2, special=("moved_down", "moved_up"), situation_sign=(-1, 1)),
    "praise": Kind((0.78, 0, 0.22, 0, 0), YOU, 0.5, 0.6, 1, 0.8, 0.05, ("thanks", 0.4), ("thanks", 0.2)),
    "constructive": Kind((0.55, 0.40, 0.05, 0, 0), YOU, 0.7, -0.4, -1, 0.5, 0.2, ("observation", 0.35), ("observation", 0.25)),
    "suggestion": Kind((0.1, 0.9, 0, 0, 0), YOU, 0.3, -0.1, -1, 0.3, 0.6, ("observation", 0.2), ("observation", 0.15)),
    "requested": Kind((0.68, 0.24, 0.08, 0, 0), YOU, 0.8, 0.1, filler=0.2, opener=("observation", 0.15), closer=("observation", 0.2)),
    "upward": Kind((0.65, 0.35, 0, 0, 0), YOU, 0.6, 0.0, opener=("observation", 0.2), closer=("observation", 0.1), aspects=LEADING),
    "check_in_notes": Kind((0.25, 0.15, 0, 0, 0.6), more=0.8, vague=0.6, filler=0.6, opener=("meeting", 0.3), closer=("meeting", 0.25),
                           aspects=TALK),
    "coaching": Kind((0.35, 0.65, 0, 0, 0), more=0.5, vague=0.6, filler=0.6, opener=("meeting", 0.15), closer=("meeting", 0.15)),
    "growth_opportunity": Kind((0, 0.4, 0, 0.6, 0), more=0.3, vague=0.4, filler=1.0, special=("growth_opportunity",)),
    "career_aspiration": Kind((0, 0.12, 0, 0.88, 0), more=0.3, vague=0.3, filler=1.0, special=("career_aspiration",)),
    "mentoring": Kind((0, 0.4, 0, 0.6, 0), more=0.4, vague=0.4, filler=1.0, opener=("meeting", 0.2), closer=("meeting", 0.2),
                      special=("mentoring",)),
    "pip_gap": Kind((0.9, 0, 0.1, 0, 0), more=0.8, shift=-0.7, sign=-1, vague=0.0, filler=0.0),
    "pip_target": Kind((0, 1, 0, 0, 0), TARGET, 0.05, vague=0.0),
    "pip_measure": Kind((0, 0, 0, 1, 0), vague=0.0, special=("pip_measure",), evidence="measure"),
    "checkpoint_notes": Kind((0.7, 0.3, 0, 0, 0), more=0.6, vague=0.7, opener=("meeting", 0.2), closer=("meeting", 0.2),
                             situation_sign=(1, 1, -1, -1)),
    "goal_description": Kind((0, 0.1, 0, 0.9, 0), TARGET, 0.3, vague=0.15, filler=1.0, special=("goal_description",)),
    "goal_update_comment": Kind((0, 0.06, 0, 0.94, 0), more=0.15, vague=0.25, filler=1.0, special=GOAL_STATES, evidence="goal",
                                situation_sign=(1, -1, -1, 1)),
}  # fmt: skip
