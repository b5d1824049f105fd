"""Every page: who may see it, what it is for, what it may ask. A page or query that does not stand here does not exist.

Belongs here: declarations. Does not belong here: drawing, SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.access import EVERY_ROLE
from dashboards.queries import QUERIES


@dataclass(frozen=True)
class Page:
    """A page of the navigation.

    Attributes:
        key: its name in the URL, and of its module in app_pages.
        group: its heading in the navigation; '' stands above all groups.
        icon: a Material symbol, delivered with Streamlit.
        purpose: what it is for, in a sentence.
        queries: names it may ask the door.
    """

    key: str
    title: str
    group: str
    icon: str
    roles: tuple[str, ...]
    purpose: str
    queries: tuple[str, ...]

    @property
    def module(self) -> str:
        """The module that draws it."""
        return f"dashboards.app_pages.{self.key}"

    @property
    def tables(self) -> frozenset[str]:
        """Published tables that its queries read, but for the snapshot's own."""
        return frozenset(t for name in self.queries for t in QUERIES[name].tables if not t.startswith("snapshot."))


AGGREGATES = ("leader", "hr_partner", "analyst")
SLICED = ("departments", "cycles", "definitions")

PAGES: tuple[Page, ...] = (
    Page(
        "overview",
        "Overview",
        "",
        ":material/space_dashboard:",
        AGGREGATES,
        "The six figures of performance management: where they stand, how they moved, where they differ.",
        (*SLICED, "rating_scale", "review_funnel", "slice_history", "metric_members", "distribution_history", "distribution_members"),
    ),
    Page(
        "goals",
        "Goals",
        "Performance",
        ":material/flag:",
        AGGREGATES,
        "Whether goals are reached in time, what is overdue, and how company goals are carried by those below.",
        (*SLICED, "metric_history", "metric_members", "goals_overdue", "goal_cascade"),
    ),
    Page(
        "reviews",
        "Reviews",
        "Performance",
        ":material/rate_review:",
        AGGREGATES,
        "How far the reviews of a cycle have come, whether stages are on time, and how ratings are distributed.",
        (*SLICED, "rating_scale", "rating_reference", "review_funnel", "metric_history", "distribution_history"),
    ),
    Page(
        "data",
        "Data",
        "Trust",
        ":material/database:",
        ("data_admin", "analyst"),
        "How the last run went, how fresh the numbers are, and what was held back or doubtful.",
        ("run", "run_clock", "gates", "source_tables", "loads", "quarantine", "findings", "published_tables"),
    ),
    Page(
        "definitions",
        "Definitions",
        "Trust",
        ":material/menu_book:",
        EVERY_ROLE,
        "What each figure means exactly, and the rating scale.",
        ("definitions", "rating_scale", "rating_reference"),
    ),
)
BY_KEY = {page.key: page for page in PAGES}


def pages_of(role: str) -> list[Page]:
    """The pages that a role sees, in the order of the navigation."""
    return [page for page in PAGES if role in page.roles]
