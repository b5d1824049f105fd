"""Who writes, and how: language, phrase bank, warmth, vagueness, slips, length; and the names that texts can mention.

Here: what is lasting in a person, and who could be named on a day. Not here: any text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.people.names import FAMILY, GIVEN, names_and_addresses
from seeds.company.text.phrases import ANY_FAMILY, LANGUAGES, OPEN, WITHHELD, Floats, Indices

if TYPE_CHECKING:
    from seeds.company.history.record import History

VAGUENESS_SD, LENGTH_SD, TYPO_SD = 0.9, 0.5, 0.9
ENTHUSIASTIC, CASUAL = 0.2, 0.12
CLOSE_SEATS = 5
_WORDS = """
April Christian Faith Frank Grace Harper Hope Iris Ivy Jasmine Joy Justice Luna Mark May Mercy Milan Paloma Pascal Patience Rich Robin
Rose Santiago Sienna Sky Summer Violet Will Ángel Linda
Bell Best Bishop Brook Cash Cook Cruz Day Driver Early Fields Frost Good Grant Hall Hill King Kiss Land Long Love Marsh Page Palmer
Park Paz Pope Price Reyes Rich Santos Stein Stone Strong Vogel Weiss West White Winter Wise Wolf Young
"""
WORDS = frozenset(_WORDS.split())
OUTSIDE_GIVEN = [
    "Tobias",
    "Ingrid",
    "Marcello",
    "Beatrix",
    "Desmond",
    "Hannelore",
    "Florin",
    "Yvonne",
    "Ruben",
    "Solveig",
    "Clara",
    "Anselm",
]
OUTSIDE_FAMILY = ["Renner", "Brandauer", "Whitlock", "Castellucci", "Okonjo", "Verhoeven", "Lindgård", "Marchetti", "Hollis", "Abelson"]
PHONES = ["+44 20 7946 0{:03d}", "+49 30 23125 {:03d}", "+1 202 555 0{:03d}"]


@dataclass(frozen=True)
class Style:
    """How each person writes; the last entry, reached as -1, is the system's.

    `language`, `bank`, `family`: indices. `warmth`: added to the tone. `vagueness`: log odds of a sentence that says nothing
    specific. `length`: multiplies the number of further sentences. `typos`: share of sentences with one. `enthusiastic`
    writers use exclamation marks, `casual` ones leave out the last full stop.
    """

    language: Indices
    bank: Indices
    family: Indices
    warmth: Floats
    vagueness: Floats
    length: Floats
    typos: Floats
    enthusiastic: npt.NDArray[np.bool_]
    casual: npt.NDArray[np.bool_]


def _first_families(history: History) -> Indices:
    """Job family of the first seat of each person: what they write about (a later transfer does not change it)."""
    stints = history.workforce.workplace.stints
    person, seat = stints["person"], stints["seat"]
    family = np.full(len(history.people), ANY_FAMILY)
    who, row = np.unique(person, return_index=True)
    division = history.structure.division[seat[row]]
    family[who] = np.where(division < 0, ANY_FAMILY, division)
    return family


def styles(history: History) -> Style:
    """The style of everybody ever hired."""
    parameters, draws = history.parameters, history.parameters.draws("text/author")
    who = np.arange(len(history.people))
    speaks_other = draws.sub("language").chance(parameters.text_other_language_share, who)
    language = speaks_other * draws.sub("which").integers(1, len(LANGUAGES), who)
    is_withheld = draws.sub("bank").chance(parameters.text_withheld_share, who)
    odds = np.log(parameters.text_vague_share / (1 - parameters.text_vague_share))
    typos = parameters.text_typo_share * np.exp(TYPO_SD * draws.sub("typos").normal(who) - TYPO_SD**2 / 2)
    return Style(
        language=np.append(language, 0), bank=np.append(np.where(is_withheld, WITHHELD, OPEN), OPEN),
        family=np.append(_first_families(history), ANY_FAMILY),
        warmth=np.append(parameters.text_warmth_sd * draws.sub("warmth").normal(who), 0.0),
        vagueness=np.append(odds + VAGUENESS_SD * draws.sub("vagueness").normal(who), odds),
        length=np.append(np.exp(LENGTH_SD * draws.sub("length").normal(who)), 1.0), typos=np.append(typos, 0.0),
        enthusiastic=np.append(draws.sub("enthusiastic").chance(ENTHUSIASTIC, who), False),
        casual=np.append(draws.sub("casual").chance(CASUAL, who), False),
    )  # fmt: skip


def outsiders() -> list[str]:
    """Invented people of customers; none of these names is dealt out to an employee."""
    return [f"{given} {family}" for given in OUTSIDE_GIVEN if given not in GIVEN for family in OUTSIDE_FAMILY if family not in FAMILY]


def _contact(name: str, number: int) -> str:
    """The name with an address or a number under which nobody can be reached."""
    if number % 2:
        return f"{name} ({PHONES[number % len(PHONES)].format(100 + number % 90)})"
    return f"{name} ({name.lower().replace(' ', '.').replace('å', 'a')}@example.org)"


@dataclass
class Names:
    """The names in texts as one series: none, then first and full names and full names with address of everybody, then outsiders."""

    history: History
    _teams: dict[int, tuple[Indices, Indices]] = field(default_factory=dict)

    @cached_property
    def people(self) -> pl.DataFrame:
        """display_name and work_email by person."""
        return names_and_addresses(len(self.history.people), self.history.parameters.draws("names"))

    @cached_property
    def text(self) -> pl.Series:
        """All names; 0 is empty."""
        given = pl.col("display_name").str.split(" ").list.first()
        contact = pl.format("{} ({})", "display_name", "work_email")
        own = [self.people.select(name=part)["name"] for part in (given, pl.col("display_name"), contact)]
        outside = outsiders()
        contacts = [_contact(name, number) for number, name in enumerate(outside)]
        return pl.concat([pl.Series("name", [""]), *own, pl.Series("name", outside + contacts)])

    def given(self, person: Indices) -> Indices:
        """Where the first name of each of `person` is; the empty name below zero."""
        return np.where(person >= 0, person + 1, 0)

    def full(self, person: Indices, *, contact: npt.NDArray[np.bool_]) -> Indices:
        """Where the full name of each of `person` is, with the address if `contact`."""
        return np.where(person >= 0, 1 + person + len(self.history.people) * (1 + contact), 0)

    def outside(self, uniform: Floats, *, contact: npt.NDArray[np.bool_]) -> Indices:
        """Where the name of a random outsider is."""
        count = len(outsiders())
        return 1 + 3 * len(self.history.people) + (uniform * count).astype(np.int64) + count * contact

    def _team(self, month: int) -> tuple[Indices, Indices]:
        """Staff on the first day of the month, team by team, and where each person stands in that line (-1: not there)."""
        if month not in self._teams:
            staff = self.history.staff_on(self.history.months[month][0]).sort("boss", "person")["person"].to_numpy()
            place = np.full(len(self.history.people), -1, dtype=np.int64)
            place[staff] = np.arange(len(staff))
            self._teams[month] = (staff, place)
        return self._teams[month]

    def colleagues(self, about: Indices, author: Indices, day: Indices, uniform: Floats) -> Indices:
        """Somebody from the team of each of `about`, employed on `day` and neither of the two; -1 where there is none."""
        found = np.full(len(about), -1)
        month = np.maximum(self.history.month_of(day), 0)
        near = np.where(about >= 0, about, author)
        step = 1 + (uniform * CLOSE_SEATS).astype(np.int64)
        for number in np.unique(month):
            rows = np.flatnonzero((month == number) & (near >= 0))
            staff, place = self._team(int(number))
            here = place[near[rows]]
            found[rows] = np.where(here >= 0, staff[(here + step[rows]) % len(staff)], -1)
        there = (found >= 0) & (found != about) & (found != author)
        there[there] = self.history.last_day(found[there], day[there]) >= day[there]
        return np.where(there, found, -1)


def hard_to_redact(history: History) -> pl.DataFrame:
    """Names that are also words, of people hired by the last day, and outsiders: employee_id (theirs: null), name, reason."""
    names = Names(history).people.with_columns(employee_id=history.employee_ids, hired=pl.Series(history.people["first_hired"]))
    parts = pl.col("display_name").str.split(" ").list.eval(pl.element().str.split("-").explode())
    ours = (
        names.filter(pl.col("hired") <= history.until)
        .select("employee_id", name=parts).explode("name")
        .filter(pl.col("name").is_in(sorted(WORDS))).unique().sort("employee_id", "name")
        .with_columns(reason=pl.lit("name_is_a_word"))
    )  # fmt: skip
    others = pl.DataFrame({"name": outsiders()}).select(
        pl.lit(None, dtype=pl.String).alias("employee_id"), "name", reason=pl.lit("outside_roster")
    )
    return pl.concat([ours, others])
