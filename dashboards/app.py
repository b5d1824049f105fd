"""The frame around the pages: who looks, at which snapshot, the navigation, the states in which there is nothing to show.

Belongs here: what happens in every rerun. Does not belong here: content of pages, SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module

import streamlit as st

from dashboards import components
from dashboards.access import ROLES, SCOPED, Viewer, banner, who
from dashboards.data import Answers, Door, NotPublished, Refused, department_tree
from dashboards.filters import Bar
from dashboards.page_context import PageContext
from dashboards.registry import PAGES, Page, pages_of
from dashboards.snapshots import NothingPublishedError, Shelf, Snapshot, about, read_status
from dashboards.theme import icon, logo, style_sheet, tokens
from orchestration.settings import Settings

FIRST_ROLE = "leader"


@st.cache_resource(show_spinner=False)
def shelf(folder: str) -> Shelf:
    """The published folder, shared by all sessions."""
    from pathlib import Path  # noqa: PLC0415 - a page never sees a path

    return Shelf(Path(folder))


@st.cache_resource(show_spinner=False)
def answers(folder: str) -> Answers:
    """Answers given lately; each is kept for one viewer and one snapshot."""
    return Answers() if folder else Answers(0)


def looking_as(settings: Settings, bar: Bar, snapshot: Snapshot | None) -> tuple[Viewer | None, str]:
    """The viewer, and the name of the scope; in development mode the choice stands in the sidebar."""
    if not settings.development_mode:
        return who(settings, None), ""
    role = bar.choose("as", "Look as", ROLES, FIRST_ROLE, "There is no role “{asked}”.")
    if role not in SCOPED or snapshot is None:
        return who(settings, role), ""
    tree = department_tree(snapshot)
    names = dict(tree.select("department_key", "name").iter_rows())
    if not names:
        return who(settings, role), ""
    tops = [key for key, level in tree.select("department_key", "level").iter_rows() if level == 2] or list(names)
    scope = bar.choose("scope", "HR partner of", names, tops[0], "There is no department “{asked}” to be HR partner of.")
    return who(settings, role, [scope]), names[scope]


def drawing(page: Page, viewer: Viewer, door: Door | None, context: PageContext | None, trouble: str) -> Callable[[], None]:
    """What st.navigation calls for a page."""

    def draw() -> None:
        if viewer.role not in page.roles:
            components.heading(page.title, [])
            components.alert("refused", "This is not shown.", f"The page {page.title} is not among those that your role sees.")
            first = pages_of(viewer.role)[0]
            st.page_link(st.session_state["pages"][first.key], label=f"Go to {first.title}", icon=first.icon)
            return
        if door is None or context is None:
            components.heading(page.title, [page.purpose])
            components.empty("no_snapshot", trouble)
            return
        try:
            import_module(page.module).render(door, context)
        except NotPublished as missing:
            components.empty("not_published", missing.reason)
        except Refused as refusal:
            components.alert("refused", "This is not shown.", refusal.reason)

    draw.__name__ = page.key
    return draw


def navigation(viewer: Viewer, door: Door | None, context: PageContext | None, trouble: str = "") -> None:
    """The pages of the role, and the one that was chosen. A page for others is not listed, and says so when its address is opened."""
    mine = pages_of(viewer.role)
    made: dict[str, list[object]] = {}
    links = {}
    for page in [*mine, *(page for page in PAGES if page not in mine)]:
        entry = st.Page(
            drawing(page, viewer, door, context, trouble),
            title=page.title,
            icon=page.icon,
            url_path=page.key,
            visibility="visible" if page in mine else "hidden",
        )
        made.setdefault(page.group, []).append(entry)
        links[page.key] = entry
    st.session_state["pages"] = links

    def first() -> None:
        st.session_state["carried"] = list(context.bar.notices) if context else []
        st.switch_page(links[mine[0].key], query_params=dict(st.query_params))

    # Streamlit gives its default page no address of its own: a page that only leads to the role's first keeps every address the same
    made.setdefault("", []).append(st.Page(first, title="Plumbline", url_path="start", default=True, visibility="hidden"))
    chosen = st.navigation(made)  # type: ignore[arg-type]  # lists of pages by group
    chosen.run()


def nobody() -> None:
    """Nobody is signed in: what to do, and no data, whatever page was opened."""

    def draw() -> None:
        components.heading("Plumbline", ["performance management, measured plainly"])
        components.alert(
            "nobody",
            "Nobody is signed in, so nothing is shown.",
            "There is no login yet. To look at made-up people, start the dashboards in development mode: PLUMBLINE_DEVELOPMENT_MODE=true. "
            "Do not do so with real people's data: whoever opens the pages could then choose whom to be.",
        )

    start = st.Page(draw, title="Plumbline", url_path="start", default=True)  # the default page has no address of its own (navigation)
    st.navigation([start, *(st.Page(draw, title=page.title, url_path=page.key) for page in PAGES)], position="hidden").run()


def main() -> None:
    """One rerun: one viewer, one snapshot."""
    settings = Settings()
    colours = tokens(st.context.theme.type)
    st.set_page_config(page_title="Plumbline", page_icon=icon(colours), layout="wide")
    st.logo(logo(colours), size="large", icon_image=icon(colours))
    st.html(style_sheet(colours))
    if not settings.development_mode:
        nobody()
        return
    folder = settings.published_folder
    bar = Bar(st.session_state.pop("carried", []))
    status = read_status(folder)
    try:
        with shelf(str(folder.resolve())).borrowed() as snapshot:
            told = about(snapshot, status, settings.stale_after_hours, datetime.now(UTC))
            viewer, scope_name = looking_as(settings, bar, snapshot)
            if viewer is None:
                nobody()
                return
            components.text("banner", "development", banner(viewer, told.origin, scope_name))
            components.stale(told)
            door = Door(viewer, snapshot, status, answers(str(folder.resolve())))
            navigation(viewer, door, PageContext(told, colours, bar))
    except NothingPublishedError as trouble:
        viewer, _ = looking_as(settings, bar, None)
        if viewer is None:
            nobody()
            return
        why = (status.get("run") or {}).get("words")
        words = f"{trouble}" + (f" The last run: {why}" if why else "")
        components.text("banner", "development", banner(viewer, "synthetic"))
        navigation(viewer, None, None, words)


main()
