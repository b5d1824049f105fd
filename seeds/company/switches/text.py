"""Settings of texts.

Here: names, defaults, bounds. Not here: what they do (text/).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TextSettings(BaseModel):
    """Settings of texts; zero turns a signal off, the other sign turns it round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_feeling_effect: float = Field(default=0.60, description="tone of a text (-1 to 1) per point of performance the author sees")
    text_warmth_sd: float = Field(default=0.20, ge=0, description="between authors: how kindly they write, whatever happened")
    text_tone_noise_sd: float = Field(default=0.30, ge=0, description="between texts of one author, whatever happened")
    text_vague_share: float = Field(default=0.25, gt=0, lt=1, description="sentences without anything specific, average author")
    text_typo_share: float = Field(default=0.05, ge=0, le=1, description="sentences with a typing error, average author")
    text_other_language_share: float = Field(default=0.10, ge=0, le=1, description="authors who write German or Spanish")
    text_withheld_share: float = Field(default=0.20, ge=0, le=1, description="authors who write from the withheld phrase bank only")
    text_mention_share: float = Field(default=0.05, ge=0, le=1, description="texts that name a colleague or somebody outside")
