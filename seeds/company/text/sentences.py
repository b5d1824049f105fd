"""Sentences: which phrases make up each of thousands at once, and what that makes of their tone, aspect and specificity.

Here: the choice of sort, aspect and phrases of every sentence, and its labels. Not here: how many sentences a text has and what
the author wants to say (compose.py).

A sentence is: lead, subject, name, rest of the subject, situation (German), head, situation, evidence, impact, vague end, stop.
Its specificity is the number of elements that it has (behaviour, situation or product, evidence, impact), less one for a vague
end; sentences that only judge, or say nothing, have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.draws import Draws
from seeds.company.text import kinds, phrases
from seeds.company.text.kinds import ADVICE, DEED, FILLER, GROWTH_AREA, OTHER, PLAIN, PRODUCT, SPECIAL, STRENGTH, SUGGESTION, TOPIC
from seeds.company.text.phrases import ASPECTS, CELL, LANGUAGES, Phrases

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

GERMAN = LANGUAGES.index("de")
NAMED_SHARE, NAMED_SHARE_IF_ASKED = 0.5, 0.85
VAGUE_END = 0.35
BITS = 16
POPULATION = np.array([int(number).bit_count() for number in range(16)])
"""Number of elements by their bits."""


class Coins:
    """Uniform numbers by the same keys, one after the other; four are cut out of each draw."""

    def __init__(self, draws: Draws, *keys: npt.ArrayLike) -> None:
        self._draws, self._keys, self._taken = draws, keys, 0
        self._word = np.empty(0, dtype=np.uint64)

    def next(self) -> Floats:
        """Above 0 and below 1, to 16 bits."""
        part = self._taken % 4
        if part == 0:
            self._word = self._draws.bits(*self._keys, self._taken)
        self._taken += 1
        piece = (self._word >> np.uint64(BITS * part)) & np.uint64(0xFFFF)
        result: Floats = (piece.astype(np.float64) + 0.5) / 65536
        return result

    def normal(self) -> Floats:
        """Roughly standard normal: the sum of four."""
        result: Floats = (self.next() + self.next() + self.next() + self.next() - 2) * np.sqrt(3)
        return result


@dataclass
class Wish:
    """What the sentences are to be, one entry per sentence.

    `tone`: what the text wants to say (about -1 to 1); `aspect`: of the text, `asked` if the caller gave it; `free`: this
    sentence may turn to another; `vague`: probability of saying nothing specific; `sign`: +1 or -1 where behaviour is always good
    or bad, else 0; `special`: index into SPECIALS, -1 without; `voice`: see VOICES.
    """

    language: Indices
    bank: Indices
    family: Indices
    tone: Floats
    aspect: Indices
    asked: Flags
    free: Flags
    vague: Floats
    sign: Indices
    special: Indices
    voice: Indices
    typo: Floats
    turn: Floats


@dataclass
class Sentences:
    """Phrases of each sentence, and its labels. `aspect` -1: none."""

    subject: Indices
    before: Indices
    head: Indices
    after: Indices
    evidence: Indices
    impact: Indices
    vague: Indices
    tone: Floats
    aspect: Indices
    specificity: Indices
    sort: Indices


def _drawn_aspect(kind: kinds.Kind, wish: Wish, coins: Coins) -> Indices:
    other = np.searchsorted(np.cumsum(kind.weights) / np.sum(kind.weights), coins.next()).clip(max=len(ASPECTS) - 1)
    return np.where(wish.free & (coins.next() < 0.5), other, wish.aspect)


def _sorts(kind: kinds.Kind, wish: Wish, aspect: Indices, sign: Indices, table: Phrases, coins: Coins) -> Indices:
    """Sort of each sentence; a topic that has no phrases becomes a deed."""
    weights = np.array(kind.mix)
    concrete = np.array([DEED, ADVICE, PRODUCT, SPECIAL, TOPIC])[
        np.searchsorted(np.cumsum(weights) / weights.sum(), coins.next()).clip(max=len(weights) - 1)
    ]
    empty = np.where(coins.next() < kind.filler, FILLER, PLAIN)
    chosen = np.where(coins.next() < wish.vague, empty, concrete)
    has_topic = table.size[wish.language, wish.bank, CELL["topic"] + 3 * aspect + sign + 1] > 0
    # A product has no aspect of its own.
    return np.where(((chosen == TOPIC) & ~has_topic) | ((chosen == PRODUCT) & wish.asked), DEED, chosen)


def _level(wish: Wish, coins: Coins) -> Indices:
    """How good a plain judgement is, 0 (worst) to 4, around the wish."""
    level = np.round(2 * wish.tone + 0.7 * coins.normal()).clip(-2, 2)
    level = np.where(wish.sign > 0, level.clip(1, 2), np.where(wish.sign < 0, level.clip(-2, -1), level))
    result: Indices = level.astype(np.int64) + 2
    return result


def make(kind: kinds.Kind, wish: Wish, table: Phrases, coins: Coins) -> Sentences:
    """The sentences that `wish` asks for, of one kind of text."""
    language, bank = wish.language, wish.bank
    aspect = _drawn_aspect(kind, wish, coins)
    likes = coins.next() < 1 / (1 + np.exp(-4 * wish.tone - 0.4))
    sign = np.where(wish.sign != 0, wish.sign, np.where(likes, 1, -1))
    # A conversation also has topics without any judgement.
    topic_sign = np.where(coins.next() < 0.3, 0, sign)
    sort = _sorts(kind, wish, aspect, topic_sign, table, coins)
    level = _level(wish, coins)
    named = coins.next() < np.where(wish.asked, NAMED_SHARE_IF_ASKED, NAMED_SHARE)
    bad = (sign < 0).astype(np.int64)

    is_plain, is_deed, is_advice, is_product = sort == PLAIN, sort == DEED, sort == ADVICE, sort == PRODUCT
    is_special, is_topic = sort == SPECIAL, sort == TOPIC
    plain_cell = np.where(named, CELL["named"] + len(ASPECTS) * level + aspect, CELL["plain"] + level)
    special = np.maximum(wish.special, 0)
    head_cell = np.select(
        [is_plain, sort == FILLER, is_deed, is_advice, is_product, is_special],
        [plain_cell, CELL["filler"], CELL["deed"] + 2 * aspect + bad, CELL["advice"] + aspect, CELL["product"] + wish.family,
         CELL["special"] + special], CELL["topic"] + 3 * aspect + topic_sign + 1,
    )  # fmt: skip
    heads = table.size[language, bank, head_cell]
    turn = (np.floor(wish.turn % 1 * heads) + np.floor(wish.turn)) % np.maximum(heads, 1)
    head = table.first[language, bank, head_cell] + turn.astype(np.int64)
    subject_sort = np.select([is_deed, is_advice, is_product], [0, 1, 2], -1)
    subject_cell = np.where(subject_sort < 0, CELL["empty"], CELL["subject"] + subject_sort * len(phrases.VOICES) + wish.voice)
    subject = table.pick(subject_cell, language, bank, coins.next())

    specific = 1 - wish.vague
    acts = is_deed | is_advice
    evidence_set = phrases.EVIDENCE.index(kind.evidence) if kind.evidence else -1
    with_situation = (coins.next() < 0.15 + 0.6 * specific) & (acts | (is_special & (kind.evidence == "goal")))
    under_way = is_special & (evidence_set >= 0) & (special != phrases.SPECIALS.index("completed"))  # what is done has no rest
    with_evidence = (coins.next() < 0.05 + 0.5 * specific**2) & (acts | under_way)
    with_impact = (coins.next() < 0.10 + 0.45 * specific**2) & acts
    with_vague = (coins.next() < VAGUE_END * wish.vague) & (acts | is_topic)

    def part(name: str, group: npt.ArrayLike, wanted: Flags) -> Indices:
        return table.pick(np.where(wanted, CELL[name] + np.asarray(group), CELL["empty"]), language, bank, coins.next())

    german_order = (language == GERMAN) & acts
    before = part("before", wish.family, with_situation & german_order)
    after = part("situation", wish.family, with_situation & ~german_order)
    proof_group = np.where(is_special, max(evidence_set, 0), np.where(is_advice, 2, bad))
    evidence = np.where(is_product, part("result", bad, is_product), part("evidence", proof_group, with_evidence))
    impact = part("impact", np.where(is_advice, 2, bad), with_impact)
    vague = part("vague", 0, with_vague)

    bits = table.elements[head] | table.elements[before] | table.elements[after] | table.elements[evidence] | table.elements[impact]
    specificity = np.maximum(POPULATION[bits] - with_vague, 0)
    special_tone = np.array([kinds.SPECIAL_TONE[name] for name in phrases.SPECIALS])[special]
    tone = np.select(
        [is_plain, is_deed, is_advice, is_product, is_special, is_topic],
        [np.array(kinds.LEVEL_TONE)[level], sign * (kinds.DEED_TONE + kinds.IMPACT_TONE * with_impact), kinds.ADVICE_TONE,
         sign * kinds.PRODUCT_TONE, special_tone, kinds.TOPIC_TONE * topic_sign], 0.0,
    )  # fmt: skip
    special_aspect = np.array([_aspect_of(name) for name in phrases.SPECIALS])[special]
    no_aspect = (sort == FILLER) | is_product | (is_plain & ~named)
    said = np.where(no_aspect, -1, np.where(is_special, special_aspect, aspect))

    starts = table.opens[subject]
    misspelt = coins.next() < wish.typo
    head = head + table.count * (starts + 2 * misspelt)
    sorts = np.select([is_advice, tone > 0.2, tone < -0.2], [SUGGESTION, STRENGTH, GROWTH_AREA], OTHER)
    return Sentences(subject, before, head, after, evidence, impact, vague, tone, said, specificity, sorts)


def _aspect_of(special: str) -> int:
    name = kinds.SPECIAL_ASPECT.get(special)
    return -1 if name is None else ASPECTS.index(name)


def spelt(sentences: Sentences, names: pl.Series, name: Indices, lead: Indices, stop: Indices, table: Phrases) -> pl.Series:
    """The sentences as text. `name`: index into `names`; `lead`: 1 sets a blank before; `stop`: see STOPS."""
    text = table.text
    columns = [
        pl.Series(LEADS).gather(lead), text.gather(sentences.subject), names.gather(name), text.gather(table.tail[sentences.subject]),
        text.gather(sentences.before), text.gather(sentences.head), text.gather(sentences.after), text.gather(sentences.evidence),
        text.gather(sentences.impact), text.gather(sentences.vague), pl.Series(STOPS).gather(stop),
    ]  # fmt: skip
    return pl.select(pl.concat_str(columns)).to_series()


LEADS = ["", " "]
STOPS = [".", "!", ""]
FULL_STOP, EXCLAMATION, NO_STOP = range(3)
