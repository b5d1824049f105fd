"""What a page is given besides the door, and the choice of whose figures it shows.

Belongs here: what all pages share in one rerun. Does not belong here: drawing of a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from dashboards.data import Door, Refused
from dashboards.filters import Bar
from dashboards.formats import DIMENSION_PLURALS, DIMENSION_WORDS
from dashboards.snapshots import About
from dashboards.theme import Tokens
from dashboards.views import department_names, tree_options

EVERYONE = "all"


@dataclass(frozen=True)
class PageContext:
    """The snapshot in words, the colours of the browser's mode, the filters of this rerun."""

    about: About
    colours: Tokens
    bar: Bar = field(default_factory=Bar)


@dataclass(frozen=True)
class Subject:
    """Whose figures are shown: the company, or a department with all below it."""

    dimension: str
    member_id: str
    name: str
    names: dict[str, str]

    @property
    def department(self) -> str | None:
        """The department_key; None for the whole company."""
        return None if self.is_company else self.member_id

    @property
    def is_company(self) -> bool:
        """Whether it is the whole company."""
        return self.dimension == "company"


def subject(bar: Bar, door: Door, departments: pl.DataFrame) -> Subject:
    """The choice of a department.

    Raises:
        Refused: the viewer's scope holds no department.
    """
    names = department_names(departments)
    options = tree_options(departments.filter(~pl.col("is_deleted").fill_null(value=False)))
    everywhere = door.viewer is not None and door.viewer.sees_everywhere
    if everywhere:
        options = {EVERYONE: "Whole company"} | options
    if not options:
        msg = "No department is in your scope, so there is nothing to show. Whoever manages access adds one."
        raise Refused(msg)
    missing = "Department “{asked}” is not here, or not in your scope; what you see is another view."
    picked = bar.choose("department", "Whose figures", options, next(iter(options)), missing)
    if picked == EVERYONE and everywhere:
        return Subject("company", "all", "Whole company", names)
    return Subject("department", picked, names[picked], names)


def dimension(bar: Bar, door: Door) -> str:
    """The choice of the dimension by which groups are compared."""
    options = {d: DIMENSION_PLURALS[d].capitalize() for d in door.dimensions() if d in DIMENSION_PLURALS}
    known = " and ".join(DIMENSION_PLURALS[d] for d in options)
    missing = "Groups by “{asked}” are not shown to you: your view is made of " + known + "; another cut would show people outside it."
    if len(options) == len(DIMENSION_PLURALS):
        missing = "There is no dimension “{asked}”. There are: " + ", ".join(DIMENSION_WORDS[d] for d in options) + "."
    return bar.choose("dimension", "Compare groups by", options, next(iter(options)), missing)
