"""What each text is to be: what its author wants to say, in what voice, in how many sentences.

Here: the wish behind each text. Not here: the sentences that fulfil it (sentences.py), whole texts (compose.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds.company.parameters import Parameters
from seeds.company.text.authors import Style
from seeds.company.text.kinds import Kind
from seeds.company.text.phrases import ASPECTS, CALLED, NAMED, SELF, SPECIALS, THIRD, YOU, Floats, Indices
from seeds.company.text.sentences import Coins

MOST_SENTENCES = 4
SAME_VAGUENESS_SD = 0.8
NAMED_SHARE, CALLED_SHARE = 0.08, 0.06
UNSURE_SD = 0.3


@dataclass
class Outline:
    """One entry per text.

    `tone`: about -1 to 1; `vague`: probability that a sentence says nothing specific; `sign`, `special`, `aspect`, `asked`,
    `voice`: see Wish (sentences.py); `body`: sentences besides an opener, a closer and one that mentions somebody; `turn`:
    which of the phrases that fit come first.
    """

    author: Indices
    about: Indices
    day: Indices
    language: Indices
    bank: Indices
    tone: Floats
    vague: Floats
    sign: Indices
    special: Indices
    aspect: Indices
    asked: npt.NDArray[np.bool_]
    voice: Indices
    body: Indices
    opens: npt.NDArray[np.bool_]
    closes: npt.NDArray[np.bool_]
    mentions: npt.NDArray[np.bool_]
    turn: Floats

    @property
    def count(self) -> Indices:
        """Number of sentences."""
        result: Indices = self.body + self.opens + self.closes + self.mentions
        return result


def _voice(kind: Kind, author: Indices, about: Indices, coins: Coins) -> Indices:
    """Whom the first sentence speaks of: "you" can be called by name, a third person named, oneself is "I"."""
    other = NAMED if kind.voice == THIRD else CALLED if kind.voice == YOU else kind.voice
    by_name = (coins.next() < (NAMED_SHARE if kind.voice == THIRD else CALLED_SHARE)) & (about >= 0)
    about_oneself = (author == about) & (author >= 0) & (kind.voice in {THIRD, YOU})
    return np.where(about_oneself, SELF, np.where(by_name, other, kind.voice))


def outline(
    kind: Kind, coins: Coins, style: Style, parameters: Parameters,
    *, author: Indices, about: Indices, day: Indices, feeling: Floats, situation: Indices, aspect: Indices,
) -> Outline:  # fmt: skip
    """What the authors want to say in texts of one kind; arguments as of `Writing.texts`, -1 where nothing is given."""
    tone = kind.shift + parameters.text_feeling_effect * feeling + style.warmth[author]
    tone = tone + parameters.text_tone_noise_sd * coins.normal()
    sign, special = np.full(len(author), kind.sign), np.full(len(author), -1)
    if kind.situation_sign:
        signs = np.array(kind.situation_sign)
        likely = np.where(feeling + UNSURE_SD * coins.normal() >= 0, int(np.argmax(signs > 0)), int(np.argmax(signs < 0)))
        situation = np.where(situation < 0, likely, np.minimum(situation, len(signs) - 1))
        sign = signs[situation]
    if kind.special:
        first = np.array([SPECIALS.index(name) for name in kind.special])
        special = first[np.maximum(situation, 0)] if kind.situation_sign else np.full(len(author), first[0])
    odds = style.vagueness[author] + SAME_VAGUENESS_SD * coins.normal()
    vague = 0.0 if kind.vague == 0 else 1 / (1 + np.exp(-odds - np.log(kind.vague)))
    mean = kind.more * style.length[author]
    further = np.log(coins.next()) / np.log(np.maximum(mean, 1e-6) / (1 + mean))
    drawn = np.searchsorted(np.cumsum(kind.weights) / np.sum(kind.weights), coins.next()).clip(max=len(ASPECTS) - 1)
    voice = _voice(kind, author, about, coins)
    return Outline(
        author, about, day, style.language[author], style.bank[author], tone, np.broadcast_to(vague, tone.shape), sign, special,
        np.where(aspect < 0, drawn, aspect), aspect >= 0, voice, 1 + np.minimum(further.astype(np.int64), MOST_SENTENCES - 1),
        coins.next() < kind.opener[1], coins.next() < kind.closer[1], coins.next() < parameters.text_mention_share,
        coins.next(),
    )  # fmt: skip
