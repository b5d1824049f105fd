"""The phrases that texts are made of, in three languages and two banks, as flat arrays that thousands of rows choose from at once.

Here: reading phrases/*.txt, filling their slots, misspelling, and finding the phrases of a part and its group. Not here: which
phrase is chosen, and how phrases become sentences (sentences.py).

A heading such as ``[deed communication + open]`` names the part, its groups and the bank. Authors of the withheld bank never use
a head, situation, evidence or impact of the open one, so that what a model learnt from open texts can be judged on writers it
has never met; both banks share only subjects ("You") and what is too short to differ.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.history.structure import FAMILIES

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ASPECTS = ["communication", "teamwork", "delivery", "quality", "leadership", "technical", "customer", "workload", "growth", "pay",
           "recognition", "culture"]  # fmt: skip
LANGUAGES = ["en", "de", "es"]
BANKS = ["open", "withheld"]
OPEN, WITHHELD = range(2)
SIGNS = ("+", "-")
LEVELS = ("--", "-", "0", "+", "++")
SUBJECTS = ("deed", "advice", "product")
VOICES = ("you", "third", "self", "named", "called", "target")
YOU, THIRD, SELF, NAMED, CALLED, TARGET = range(6)
SPECIALS = ("on_track", "at_risk", "off_track", "completed", "goal_description", "pip_measure", "moved_down", "moved_up",
            "career_aspiration", "growth_opportunity", "mentoring")  # fmt: skip
OPENERS = ("thanks", "observation", "good_review", "mixed_review", "poor_review", "meeting")
CLOSERS = ("thanks", "observation", "review", "meeting")
EVIDENCE = ("+", "-", "advice", "goal", "measure")
IMPACT = ("+", "-", "advice")
ANY_FAMILY = len(FAMILIES)
PLACES = (*FAMILIES, "any")

PARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "empty": (), "deed": (tuple(ASPECTS), SIGNS), "advice": (tuple(ASPECTS),), "subject": (SUBJECTS, VOICES), "situation": (PLACES,),
    "before": (PLACES,), "product": (PLACES,), "result": (SIGNS,), "evidence": (EVIDENCE,), "impact": (IMPACT,), "vague": (), "filler": (),
    "plain": (LEVELS,), "named": (LEVELS, tuple(ASPECTS)), "topic": (tuple(ASPECTS), ("-", "0", "+")), "special": (SPECIALS,),
    "opener": (OPENERS,), "closer": (CLOSERS,), "colleague": (), "outsider": (),
}  # fmt: skip
BEHAVIOUR, SITUATION, PROOF, EFFECT = 1, 2, 4, 8
ELEMENTS = {"deed": BEHAVIOUR, "advice": BEHAVIOUR, "situation": SITUATION, "before": SITUATION, "product": SITUATION,
            "evidence": PROOF, "impact": EFFECT}  # fmt: skip
MARKS = {"s": SITUATION, "e": PROOF, "i": EFFECT}
SPACE_AFTER, SPACE_BEFORE = {"subject", "before"}, {"situation", "result", "evidence"}
MOST_FILLINGS = 40
CUSTOMERS = ["Halden Logistics", "Brightwater", "Norvia Foods", "Castell Media", "Orchard Bank", "Lumen Retail", "Tavira Hotels",
             "Greyfield Motors", "Oakmont Clinics", "Peloria", "Sandby Rail", "Verano Travel", "Kestrel Energy", "Milltown Paper",
             "Arcona Insurance", "Bluefjord"]  # fmt: skip
FILES = ("english.txt", "german.txt", "spanish.txt")
FOLDER = Path(__file__).parent / "phrases"
_WORD = re.compile(r"(?<=\s)[a-z]{5,}")
_LONG = 8


def first_cells() -> dict[str, int]:
    """Number of the first cell of each part; the groups of a part follow one another, the last one fastest."""
    sizes = [prod(len(group) for group in groups) for groups in PARTS.values()]
    return dict(zip(PARTS, itertools.accumulate(sizes, initial=0), strict=False))


CELL = first_cells()
CELLS = sum(prod(len(group) for group in groups) for groups in PARTS.values())


@dataclass(frozen=True)
class Phrases:
    """All phrases, in the order of `CELL`, per language and bank.

    `text` holds them four times over: as they are, with a capital, misspelt, and both. `elements` are the elements of
    specificity that a phrase brings (bits), `pattern` tells what differs by its slots only (0: nothing), `tail` the phrase that
    follows the name in it (0: none), `opens` whether nothing comes before what follows. `first` and `size` by language, bank
    and cell.
    """

    text: pl.Series
    elements: npt.NDArray[np.int8]
    pattern: Indices
    tail: Indices
    opens: npt.NDArray[np.bool_]
    first: Indices
    size: Indices

    @property
    def count(self) -> int:
        """Number of different phrases."""
        return len(self.elements)

    def pick(self, cell: Indices | int, language: Indices, bank: Indices, uniform: Floats) -> Indices:
        """A phrase of each `cell`; phrase 0, which is empty, where the cell has none."""
        size = self.size[language, bank, cell]
        return np.where(size > 0, self.first[language, bank, cell] + (uniform * size).astype(np.int64), 0)


def misspelt(phrase: str) -> str:
    """The phrase with one slip in a longer word, always the same one. Names and numbers are left alone."""
    words = list(_WORD.finditer(phrase))
    number = zlib.crc32(phrase.encode())
    if not words:
        return phrase
    word = words[number % len(words)]
    at = word.start() + 1 + number // 7 % (len(word[0]) - 2)
    slip = number // 101 % 3
    if slip == 0:
        return phrase[:at] + phrase[at] + phrase[at:]
    if slip == 1 and len(word[0]) >= _LONG:
        return phrase[:at] + phrase[at + 1 :]
    return phrase[:at] + phrase[at + 1] + phrase[at] + phrase[at + 2 :]


def _fillings(phrase: str, slots: dict[str, list[str]]) -> list[str]:
    """The phrase with each combination of values in its slots, or a spread of them where there are too many."""
    names = [name for name in re.findall(r"{(\w+)}", phrase) if name != "name"]
    combinations = list(itertools.product(*(slots[name] for name in names)))
    step = -(-len(combinations) // MOST_FILLINGS)
    filled = []
    for values in combinations[::step]:
        text = phrase
        for name, value in zip(names, values, strict=True):
            text = text.replace("{" + name + "}", value, 1)
        filled.append(text)
    return filled


def _blocks(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The headings of a file, split into words, each with its lines."""
    heading: list[str] = []
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            if heading:
                yield heading, lines
            heading, lines = line.strip("[]").split(), []
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    yield heading, lines


def _cell(part: str, groups: list[str]) -> int:
    number = 0
    for options, chosen in zip(PARTS[part], groups, strict=True):
        number = number * len(options) + options.index(chosen)
    return CELL[part] + number


def _spaced(part: str, phrase: str) -> str:
    """The phrase with the blanks that set it off from its neighbours."""
    if phrase == "-":
        return ""
    before = part in SPACE_BEFORE and not phrase.startswith(",")
    return f"{' ' * before}{phrase}{' ' * (part in SPACE_AFTER)}"


def _by_cell(path: Path) -> dict[tuple[int, int], list[tuple[str, int, int]]]:
    """Phrases, their elements and the number of their pattern by bank and cell."""
    patterns = itertools.count(1)
    slots, nouns = {"customer": CUSTOMERS}, {}
    cells: dict[tuple[int, int], list[tuple[str, int, int]]] = {}

    def add(bank: int, part: str, groups: list[str], lines: list[str], **fixed: list[str]) -> None:
        for line in lines:
            phrase, _, marks = line.partition(" /")
            elements = ELEMENTS.get(part, 0) | sum(MARKS[mark] for mark in marks)
            pattern = next(patterns)
            filled = [(_spaced(part, text), elements, pattern) for text in _fillings(phrase, slots | fixed)]
            cells.setdefault((bank, _cell(part, groups)), []).extend(filled)

    for (part, *groups), lines in _blocks(path):
        if part == "slot":
            slots[groups[0]] = lines
        elif part == "noun":
            nouns[groups[0]] = lines
        else:
            *named, bank_name = groups
            bank = BANKS.index(bank_name)
            if part in {"situation", "product"}:
                # What any job family can write about is in each one's cell too.
                for place in PLACES if named == ["any"] else named:
                    for spelt in ("situation", "before") if part == "situation" else (part,):
                        add(bank, spelt, [place], lines)
            elif part == "named":
                for aspect, noun in nouns.items():
                    add(bank, part, [*named, aspect], lines, aspect=noun)
            else:
                add(bank, part, named, lines)
    return cells


def _capital(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


@lru_cache(maxsize=1)
def read_phrases() -> Phrases:
    """All phrases of all languages; read once a process."""
    text, elements, pattern, tail = [""], [0], [0], [0]
    first = np.zeros((len(LANGUAGES), len(BANKS), CELLS), dtype=np.int64)
    size = np.zeros_like(first)
    size[:, :, CELL["empty"]] = 1
    for language, name in enumerate(FILES):
        for (bank, cell), phrases in sorted(_by_cell(FOLDER / name).items()):
            tails = {}
            for phrase, *_ in phrases:
                _, split, after = phrase.partition("{name}")
                if split and after not in tails:
                    tails[after] = len(text)
                    text.append(after)
                    elements.append(0)
                    pattern.append(0)
                    tail.append(0)
            first[language, bank, cell], size[language, bank, cell] = len(text), len(phrases)
            for phrase, marks, number in phrases:
                before, split, after = phrase.partition("{name}")
                text.append(before)
                elements.append(marks)
                pattern.append(number)
                tail.append(tails[after] if split else 0)
    wrong = [misspelt(phrase) for phrase in text]
    spelt = [*text, *map(_capital, text), *wrong, *map(_capital, wrong)]
    tails_of = np.array(tail)
    opens = np.array([not phrase for phrase in text]) & (tails_of == 0)
    return Phrases(pl.Series(spelt, dtype=pl.String), np.array(elements, dtype=np.int8), np.array(pattern), tails_of, opens, first, size)
