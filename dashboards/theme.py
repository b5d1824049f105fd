"""The look: colours for light and dark, Streamlit's own theme made from them, one Altair theme, a little style sheet.

Belongs here: tokens and what is made from them alone. Does not belong here: charts, components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FONT = "Source Sans"  # delivered with Streamlit: no other host is asked


@dataclass(frozen=True)
class Tokens:
    """Colours of one mode. Text colours have a contrast of 4.5:1 or more on background and surface."""

    background: str
    surface: str
    ink: str
    muted: str
    grid: str
    accent: str
    good: str
    bad: str
    warn: str
    reference: str
    categories: tuple[str, ...]  # Okabe-Ito, told apart by colour-blind people
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]  # five, blue below to orange above, around the middle


OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")

LIGHT = Tokens(
    background="#ffffff",
    surface="#f8fafc",
    ink="#1f2937",
    muted="#5b6472",
    grid="#e5e7eb",
    accent="#3b5bdb",
    good="#0f766e",
    bad="#c2410c",
    warn="#b45309",
    reference="#9ca3af",
    categories=OKABE_ITO,
    sequential=("#c7d2fe", "#93a5f5", "#5f78e6", "#3b5bdb", "#2a3f9d"),
    diverging=("#b45309", "#f0b97a", "#cfd6df", "#8fa6f0", "#3b5bdb"),
)
DARK = Tokens(
    background="#0f1420",
    surface="#171e2d",
    ink="#e5e9f0",
    muted="#a3adbd",
    grid="#2a3344",
    accent="#8da2fb",
    good="#5eead4",
    bad="#fdba74",
    warn="#fcd34d",
    reference="#6b7688",
    categories=OKABE_ITO,
    sequential=("#5668b8", "#6a7dd2", "#7f93ea", "#a3b4ff", "#cbd5ff"),
    diverging=("#f59e0b", "#a8783c", "#4b5567", "#5f78d0", "#8da2fb"),
)


def tokens(mode: str | None) -> Tokens:
    """The colours of a mode; light where the browser has not said which."""
    return DARK if mode == "dark" else LIGHT


MARK = '<path d="M{x} 3v15" stroke="{line}" stroke-width="2.4" stroke-linecap="round"/><path d="M{left} 17h11L{x} 29z" fill="{fill}"/>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 32" width="{width}" height="32">{inside}</svg>'


def icon(colours: Tokens) -> str:
    """A plumb line, as an SVG."""
    mark = MARK.format(x=16, left=10.5, line=colours.reference, fill=colours.accent)
    return SVG.format(width=32, inside=mark)


def logo(colours: Tokens) -> str:
    """The plumb line and the name."""
    mark = MARK.format(x=8, left=2.5, line=colours.reference, fill=colours.accent)
    name = f'<text x="22" y="22" font-family="system-ui, sans-serif" font-size="18" font-weight="650" fill="{colours.ink}">Plumbline</text>'
    return SVG.format(width=136, inside=mark + name)


def streamlit_options() -> dict[str, Any]:
    """Streamlit's settings for the look: both modes, so that a browser's choice decides."""
    options: dict[str, Any] = {
        "theme.font": "sans-serif",
        "theme.baseRadius": "0.625rem",
        "theme.headingFontSizes": ["1.9rem", "1.3rem", "1.05rem", "1rem", "1rem", "1rem"],
        "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
        "theme.metricValueFontSize": "2.1rem",
        "theme.metricValueFontWeight": 600,
        "theme.showSidebarBorder": True,
    }
    for mode, colours in (("light", LIGHT), ("dark", DARK)):
        options |= {
            f"theme.{mode}.primaryColor": colours.accent,
            f"theme.{mode}.backgroundColor": colours.background,
            f"theme.{mode}.secondaryBackgroundColor": colours.surface,
            f"theme.{mode}.textColor": colours.ink,
            f"theme.{mode}.linkColor": colours.accent,
            f"theme.{mode}.borderColor": colours.grid,
            f"theme.{mode}.grayTextColor": colours.muted,
            f"theme.{mode}.sidebar.backgroundColor": colours.surface,
            f"theme.{mode}.sidebar.secondaryBackgroundColor": colours.background,
            f"theme.{mode}.chartCategoricalColors": list(colours.categories),
        }
    return options


def altair_theme(colours: Tokens) -> dict[str, Any]:
    """The configuration of every chart."""
    text = {"labelColor": colours.muted, "titleColor": colours.muted, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **text,
            "gridColor": colours.grid,
            "domainColor": colours.grid,
            "tickColor": colours.grid,
            "ticks": False,
            "labelPadding": 8,
            "titlePadding": 10,
            "domain": False,
        },
        "axisX": {"grid": False, "labelFlush": False},
        "axisBand": {"grid": False},
        "legend": {**text, "orient": "top", "symbolType": "square", "title": None, "offset": 6},
        "text": {"font": FONT, "fontSize": 12, "color": colours.ink},
        "bar": {"cornerRadiusEnd": 3},
        "range": {"category": list(colours.categories), "heatmap": list(colours.sequential)},
    }


def style_sheet(colours: Tokens) -> str:
    """What Streamlit's own settings cannot say."""
    voices = "".join(
        f'[class*="st-key-{voice}_"] [data-testid="stText"] * {{ {rule} }}\n'
        for voice, rule in {
            "scope": f"color: {colours.muted}; font-size: .95rem;",
            "answer": f"color: {colours.ink}; font-size: 1.3rem; line-height: 1.5; text-wrap: pretty;",
            "quiet": f"color: {colours.muted}; font-size: .86rem; line-height: 1.4;",
            "beside": f"color: {colours.muted}; font-size: 1rem; white-space: nowrap;",
            "plain": f"color: {colours.ink}; font-size: .88rem; line-height: 1.4;",
            "good": f"color: {colours.good}; font-size: .88rem; line-height: 1.4; font-weight: 600;",
            "bad": f"color: {colours.bad}; font-size: .88rem; line-height: 1.4; font-weight: 600;",
            "banner": f"color: {colours.ink}; font-size: .875rem; line-height: 1.45;",
            "empty": f"color: {colours.muted};",
        }.items()
    )
    return f"""<style>
    .block-container {{ max-width: 1180px; padding-top: 2.75rem; padding-bottom: 4rem; }}
    {voices}
    [class*="st-key-scope_"] {{ margin-top: -.9rem; }}
    [class*="st-key-answer_"] {{ max-width: 47rem; }}
    [data-testid="stText"] {{ white-space: pre-wrap; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }}
    [data-testid="stMetricValue"] {{ font-variant-numeric: tabular-nums; line-height: 1.15; }}
    [data-testid="stMetricLabel"] * {{ color: {colours.ink}; font-weight: 600; font-size: .95rem; }}
    [class*="st-key-banner_"] {{ border-left: 3px solid {colours.warn}; background: {colours.surface}; border-radius: .4rem;
        padding: .55rem .9rem; }}
    [class*="st-key-alert_"] {{ border-left: 3px solid {colours.bad}; background: {colours.surface}; border-radius: .4rem;
        padding: .7rem .9rem; }}
    [class*="st-key-alert_"] [class*="st-key-quiet_"] {{ padding: 0; }}
    [class*="st-key-empty_"] {{ border: 1px dashed {colours.reference}; border-radius: .6rem; padding: 1.1rem 1.2rem; }}
    [class*="st-key-card_"] {{ height: 100%; }}
    [class*="st-key-card_"] > :last-child {{ margin-top: auto; }}
    [class*="st-key-value_"] {{ align-items: baseline; }}
    .pl-title {{ font-size: 1.12rem; font-weight: 600; color: {colours.ink}; margin: 1.4rem 0 0; padding: 0; line-height: 1.35;
        overflow-wrap: anywhere; }}
    .pl-note {{ color: {colours.muted}; font-size: .88rem; margin: .15rem 0 0; line-height: 1.4; }}
    .pl-facts {{ display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: .5rem 1rem;
        margin: 0 !important; padding: 0 !important; font-size: .93rem; }}
    .pl-facts dt {{ color: {colours.muted}; }} .pl-facts dd {{ margin: 0; color: {colours.ink}; }}
    .pl-tree {{ font-size: .93rem; color: {colours.ink}; }}
    .pl-tree details > div, .pl-tree details > details {{ margin-left: 1.25rem; }}
    .pl-tree summary, .pl-tree .leaf {{ display: grid; grid-template-columns: 1.1rem minmax(0, 1fr) 7.5rem 11rem; gap: .75rem;
        align-items: center; padding: .5rem .25rem; border-bottom: 1px solid {colours.grid}; list-style: none; }}
    .pl-tree summary {{ cursor: pointer; }}
    .pl-tree summary::-webkit-details-marker {{ display: none; }}
    .pl-tree summary::before {{ content: "›"; color: {colours.muted}; font-size: 1.5rem; line-height: 1; text-align: center; }}
    .pl-tree details[open] > summary::before {{ transform: rotate(90deg); }}
    .pl-tree .leaf::before {{ content: ""; }}
    .pl-tree small {{ color: {colours.muted}; display: block; font-size: .82rem; }}
    .pl-tree .bar {{ height: .5rem; border-radius: .25rem; background: {colours.grid}; overflow: hidden; }}
    .pl-tree .bar > i {{ display: block; height: 100%; background: {colours.accent}; border-radius: .25rem; }}
    .pl-tree .n {{ color: {colours.muted}; text-align: right; font-variant-numeric: tabular-nums; font-size: .86rem; }}
    @media (max-width: 640px) {{
        .block-container {{ padding: 4.5rem 1rem 3rem; }}
        [class*="st-key-answer_"] [data-testid="stText"] * {{ font-size: 1.12rem; }}
        .pl-facts {{ grid-template-columns: minmax(0, 1fr); gap: .1rem; }} .pl-facts dd {{ margin-bottom: .6rem; }}
        .pl-tree summary, .pl-tree .leaf {{ grid-template-columns: 1.1rem minmax(0, 1fr) 4.5rem; gap: .25rem .5rem; }}
        .pl-tree .n {{ grid-column: 2 / 4; text-align: left; }}
        .pl-tree details > div, .pl-tree details > details {{ margin-left: .6rem; }}
    }}
    </style>"""
