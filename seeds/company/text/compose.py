"""Free texts of all kinds, composed for thousands of rows at once, and what is true about each.

Here: openers, closers, people mentioned, texts out of sentences, and the labels of the whole. Not here: what an author wants to
say (outline.py), single sentences (sentences.py), phrases (phrases.py, phrases/*.txt), kinds (kinds.py), authors and names
(authors.py).

A text follows how its author sees the matter (`feeling`), the situation, the author's own warmth, vagueness and length, and
chance. Labels of a text: tone is the mean of its sentences' tones; specificity that of its most specific sentence; aspect and
sentence_class those of its first sentence that has an aspect (aspect null where none has: "Good job." is about nothing);
phrase_bank says which bank the author writes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.text.authors import Names, Style, styles
from seeds.company.text.kinds import CLASSES, CLOSER_TONE, KINDS, OPENER_TONE, REVIEW_OPENERS, Kind
from seeds.company.text.outline import MOST_SENTENCES, Outline, outline
from seeds.company.text.phrases import (
    ASPECTS,
    BANKS,
    CALLED,
    CELL,
    CLOSERS,
    LANGUAGES,
    NAMED,
    OPENERS,
    Floats,
    Indices,
    Phrases,
    read_phrases,
)
from seeds.company.text.sentences import EXCLAMATION, FULL_STOP, NO_STOP, Coins, Sentences, Wish, make, spelt

if TYPE_CHECKING:
    from seeds.company.history.record import History

__all__ = ["ASPECTS", "Writing", "Written"]

OUTSIDE_SHARE, CONTACT_SHARE = 0.35, 0.15
GOOD_REVIEW = 0.25
SPANISH = LANGUAGES.index("es")


@dataclass(frozen=True)
class Written:
    """Texts, and what is true about each of them (indices into LANGUAGES, BANKS, ASPECTS or -1, CLASSES)."""

    text: pl.Series
    language: Indices
    bank: Indices
    tone: Floats
    aspect: Indices
    specificity: Indices
    sentence_class: Indices

    def labels(self, source_table: str, source_field: str, source_ids: pl.Series) -> pl.DataFrame:
        """text_labels(source_table, source_id, source_field, language, tone, aspect, specificity, sentence_class, phrase_bank)."""
        aspect = pl.Series(ASPECTS, dtype=pl.String).gather(np.maximum(self.aspect, 0)).set(pl.Series(self.aspect < 0), None)
        return pl.DataFrame({"source_id": source_ids}).select(
            pl.lit(source_table).alias("source_table"), pl.col("source_id").cast(pl.String), pl.lit(source_field).alias("source_field"),
            pl.Series("language", LANGUAGES).gather(self.language), pl.Series("tone", self.tone.round(3)), aspect.alias("aspect"),
            pl.Series("specificity", self.specificity.astype(np.int64)),
            pl.Series("sentence_class", CLASSES).gather(self.sentence_class), pl.Series("phrase_bank", BANKS).gather(self.bank),
        )  # fmt: skip


class Writing:
    """Writes all texts of a company."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._parameters = history.parameters
        self._names = Names(history)

    @cached_property
    def _styles(self) -> Style:
        return styles(self._history)

    @cached_property
    def _phrases(self) -> Phrases:
        return read_phrases()

    def texts(
        self, kind: str, *, key: Indices, author: Indices, about: Indices, day: Indices, feeling: Floats,
        situation: Indices | None = None, aspect: Indices | None = None,
    ) -> Written:  # fmt: skip
        """One text of `kind` per row; arrays of one length.

        `key`: unique and stable whole numbers, per kind. `author`: person who writes (-1: the system); `about`: person written
        about (-1: none); `day`: day number; `feeling`: how the author sees it, in points of performance from the average.
        `situation`: code of the kind, -1 unknown (goal_update_comment: on track, at risk, off track, completed;
        calibration_reason: moved down, up; checkpoint_notes: improving, on track, behind, at risk). `aspect`: index into
        ASPECTS, -1: drawn. Raises KeyError for a kind that does not exist.
        """
        spec, draws = KINDS[kind], self._parameters.draws(f"text/{kind}")
        key = np.asarray(key, dtype=np.int64)
        coins = Coins(draws, key)
        none = np.full(len(key), -1)
        texts = outline(
            spec, coins, self._styles, self._parameters, author=np.asarray(author), about=np.asarray(about), day=np.asarray(day),
            feeling=np.nan_to_num(np.asarray(feeling, dtype=np.float64)),
            situation=none if situation is None else np.asarray(situation), aspect=none if aspect is None else np.asarray(aspect),
        )  # fmt: skip
        count = texts.count
        row = np.repeat(np.arange(len(key)), count)
        place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return self._written(spec, texts, row, place, Coins(draws.sub("sentence"), key[row], place), coins)

    def _written(self, kind: Kind, texts: Outline, row: Indices, place: Indices, coins: Coins, of_text: Coins) -> Written:
        """Sentences, and the texts that they make; `row` is the text of each sentence, `place` its place in it."""
        style, table, author = self._styles, self._phrases, texts.author[row]
        first = place == texts.opens[row]
        from_end = texts.count[row] - 1 - place
        is_opener, is_closer = texts.opens[row] & (place == 0), texts.closes[row] & (from_end == 0)
        is_mention = texts.mentions[row] & (from_end == texts.closes[row])
        voice = np.where(first | ~np.isin(texts.voice[row], (NAMED, CALLED)), texts.voice[row], kind.voice)
        about = np.where(texts.about >= 0, texts.about, texts.author)
        wish = Wish(
            texts.language[row], texts.bank[row], style.family[about][row], texts.tone[row], texts.aspect[row], texts.asked[row], ~first,
            texts.vague[row], texts.sign[row], texts.special[row], voice, style.typos[author], texts.turn[row] + place,
        )  # fmt: skip
        made = make(kind, wish, table, coins)
        speaks_by_name = first & np.isin(voice, (NAMED, CALLED)) & (table.tail[made.subject] > 0)
        name = np.where(speaks_by_name, self._names.given(texts.about[row]), 0)
        formal = is_opener | is_closer
        cell = np.where(is_opener, self._opener(kind, wish.tone), CELL["closer"] + CLOSERS.index(kind.closer[0]))
        mention_cell, mention_name = self._mentions(texts, of_text)
        cell = np.where(is_mention, mention_cell[row], cell)
        name = np.where(is_mention, mention_name[row], np.where(formal, 0, name))
        fixed = table.pick(cell, wish.language, wish.bank, coins.next())
        tone = np.array([*OPENER_TONE.values(), *CLOSER_TONE.values()])[
            np.where(is_opener, cell - CELL["opener"], np.where(is_closer, len(OPENERS) + cell - CELL["closer"], 0))
        ]
        _replace(made, formal | is_mention, fixed, np.where(is_mention, 0.0, tone))
        kept = ~_repeated(table.pattern[made.head % table.count], row) & ~(is_mention & (name == 0))
        last = from_end == 0
        # Spanish would need a second mark, at the beginning.
        shouts = style.enthusiastic[author] & (made.tone >= 0.4) & (coins.next() < 0.5) & (wish.language != SPANISH)
        stop = np.where(shouts, EXCLAMATION, np.where(style.casual[author] & last, NO_STOP, FULL_STOP))
        flat = spelt(made, self._names.text, name, (place > 0).astype(np.int64), stop, table)
        return _whole(texts, row, made, flat.set(pl.Series(~kept), ""), kept)

    def _opener(self, kind: Kind, tone: Floats) -> Indices:
        if kind.opener[0] != "review":
            return np.full(len(tone), CELL["opener"] + OPENERS.index(kind.opener[0]))
        by_tone = np.array([OPENERS.index(name) for name in REVIEW_OPENERS])
        result: Indices = CELL["opener"] + by_tone[1 + (tone > GOOD_REVIEW) - (tone < -GOOD_REVIEW)]
        return result

    def _mentions(self, texts: Outline, coins: Coins) -> tuple[Indices, Indices]:
        """Cell of the phrase and index of the name for texts that mention somebody; the empty ones for the rest."""
        rows = np.flatnonzero(texts.mentions)
        outside, contact, which = (coins.next()[rows] for _ in range(3))
        is_outside, has_contact = outside < OUTSIDE_SHARE, contact < CONTACT_SHARE
        colleague = self._names.colleagues(texts.about[rows], texts.author[rows], texts.day[rows], which)
        by_full_name = (outside - OUTSIDE_SHARE) / (1 - OUTSIDE_SHARE) < 0.4
        inside = np.where(by_full_name | has_contact, self._names.full(colleague, contact=has_contact), self._names.given(colleague))
        cell, name = np.full(len(texts.mentions), CELL["empty"]), np.zeros(len(texts.mentions), dtype=np.int64)
        name[rows] = np.where(is_outside, self._names.outside(which, contact=has_contact), inside)
        cell[rows] = np.where(is_outside, CELL["outsider"], CELL["colleague"])
        return cell, name


def _replace(made: Sentences, rows: npt.NDArray[np.bool_], phrase: Indices, tone: Floats) -> None:
    """Make each of `rows` the one phrase, which says nothing about behaviour."""
    made.subject[rows] = phrase[rows]
    for part in (made.before, made.head, made.after, made.evidence, made.impact, made.vague, made.specificity):
        part[rows] = 0
    made.tone[rows], made.aspect[rows], made.sort[rows] = tone[rows], -1, CLASSES.index("other")


def _repeated(pattern: Indices, row: Indices) -> npt.NDArray[np.bool_]:
    """Sentences of the `pattern` of one before them in the same text, where a small bank has no other left."""
    again = np.zeros(len(row), dtype=np.bool_)
    for back in range(1, MOST_SENTENCES):
        again[back:] |= (pattern[back:] == pattern[:-back]) & (row[back:] == row[:-back]) & (pattern[back:] > 0)
    return again


def _whole(texts: Outline, row: Indices, made: Sentences, flat: pl.Series, kept: npt.NDArray[np.bool_]) -> Written:
    """Texts out of their sentences; those not `kept` are empty and do not count."""
    count = texts.count
    start = np.cumsum(count) - count
    pool = pl.concat([pl.Series([""], dtype=pl.String), flat])
    columns = [pool.gather(np.where(count > number, start + number + 1, 0)) for number in range(int(count.max(initial=1)))]
    aspect, sort = np.full(len(count), -1), made.sort[np.minimum(start + texts.opens, max(len(row) - 1, 0))]
    telling = np.flatnonzero((made.aspect >= 0) & kept)[::-1]
    # Written from the back: what stays is the first sentence that has an aspect.
    aspect[row[telling]], sort[row[telling]] = made.aspect[telling], made.sort[telling]
    tone = np.bincount(row, made.tone * kept, minlength=len(count)) / np.maximum(np.bincount(row, kept, minlength=len(count)), 1)
    specificity = np.maximum.reduceat(made.specificity * kept, start) if len(row) else np.zeros(0, dtype=np.int64)
    return Written(
        pl.select(pl.concat_str(columns)).to_series().alias("text"), texts.language, texts.bank, tone, aspect, specificity, sort
    )  # fmt: skip
