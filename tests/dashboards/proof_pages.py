"""Each page's named numbers against those of the landing files.

Belongs here: which number stands where. Does not belong here: what the numbers are (landing_oracle_figures), which row is meant
(proof_views), how pages are read and numbers said (proof_reading), tests.
"""

from __future__ import annotations

from html import escape

import pandas as pd

from tests.dashboards.landing_oracle import REGULAR, STAGES
from tests.dashboards.landing_oracle_figures import BUCKETS, Figures
from tests.dashboards.proof_reading import HIDDEN_WORDS, Differences, Opened, around, headline, people, signed_pair
from tests.dashboards.proof_views import Row, View, chosen, groups_of, named_period, not_compared, of_slice, spoken, the_one_before, unit
from tests.dashboards.reading import metrics

LABELS = {
    "goal_completion_rate": "Goal completion rate", "review_completion_rate": "Review completion rate", "average_rating": "Average rating",
    "top_performer_ratio": "Top performer ratio", "pip_success_rate": "Improvement plan success rate",
}  # fmt: skip
TABLE = ["value", "ci_low", "ci_high", "numerator", "denominator", "n_people", "n_excluded"]
LEVELS = {1: "Unsatisfactory", 2: "Needs Improvement", 3: "Meets Expectations", 4: "Exceeds Expectations", 5: "Outstanding"}


def compared(d: Differences, figures: Figures, what: str, words: str, now: Row, then: Row | None, of: str, metric: str) -> None:
    """The comparison: above, below or no clear change, with its interval (two figures taken as independent); none too early."""
    instead = not_compared(figures, now, metric)
    if instead is not None:
        d.equal(what, words.startswith(instead) and not {"above", "below", "change"} & set(words.split()), True)
        return
    if then is None:
        d.said(what, words, "to compare with")
        return
    d.said(what, words, named_period(figures, then))
    if not then["is_reportable"]:
        d.said(what, words, "hidden")
        return
    if pd.isna(now["ci_low"]) or pd.isna(then["ci_low"]):
        d.said(what, words, "cannot be said")
        return
    moved = now["value"] - then["value"]
    half = sum(((row["ci_high"] - row["ci_low"]) / 2) ** 2 for row in (now, then)) ** 0.5
    is_clear = abs(moved) > half
    d.said(what, words, ("above" if moved > 0 else "below") if is_clear else "o clear change")
    found, times = signed_pair(words), 100 if of == "share" else 1
    for name, end, value in zip(("from", "to"), found or (None, None), (moved - half, moved + half), strict=True):
        d.near(f"{what}, {name}", end, times * value, within=0.5001 if of == "share" else 0.00501)


def in_table(d: Differences, page: Opened, key: str, expected: pd.DataFrame, by: list[str], numbers: dict[str, float]) -> None:
    """A table as shown and as downloaded, and why what is hidden is hidden. `numbers`: column and what the page multiplies it with."""
    if expected.empty:
        d.equal(f"table {key} is there", page.has_table(key), False)
        return
    if not page.has_table(key):
        d.found.append(f"{d.where}: there is no table {key}")
        return
    shown, downloaded = page.table(key), page.download(key)
    for name, times in numbers.items():
        d.rows(f"table {key}", shown, expected, by, [name], times)
        d.rows(f"download {key}", downloaded, expected, by, [name])
    if "is_reportable" in expected:
        d.equal(f"table {key} says why", "why" in shown, not expected.is_reportable.all())
    if "why" in shown and "is_reportable" in expected:
        words = expected.suppression_reason.map(HIDDEN_WORDS).fillna("")
        d.equal(f"table {key}, why", sorted(zip(shown[by[0]], shown.why, strict=True)), sorted(zip(expected[by[0]], words, strict=True)))


def overview(d: Differences, page: Opened, figures: Figures, view: View) -> None:
    """The six figures; the one looked into over time and by group."""
    shown = metrics(page.at)
    history = of_slice(figures.values[figures.values.breakdown == ""], view.slice)
    for metric, label in LABELS.items():
        rows = history[history.metric == metric]
        now, quiet, of = chosen(figures, rows, view, metric), page.words(f"quiet_{metric}"), unit(metric)
        d.equal(label, shown.get(label), headline(now["value"], of) if now else "–")
        if now is None:
            d.said(label, quiet, "Nothing was counted")
        elif not now["is_reportable"]:
            d.said(label, quiet, named_period(figures, now), HIDDEN_WORDS[now["suppression_reason"]])
        else:
            d.said(
                label,
                quiet,
                around(now["ci_low"], now["ci_high"], of) or "no interval",
                named_period(figures, now),
                people(now["n_people"]),
            )
            words = "".join(page.words(f"{feel}_{metric}") for feel in ("good", "bad", "plain"))
            compared(d, figures, f"{label}, comparison", words, now, the_one_before(figures, rows, now, metric), of, metric)
    if view.metric == "rating_distribution":
        levels_by_group(d, page, figures, view)
    else:
        looked_into(d, page, figures, view)
    distribution_card(d, shown, page, figures, view)


def distribution_card(d: Differences, shown: dict[str, str], page: Opened, figures: Figures, view: View) -> None:
    """The most common level."""
    rows = of_slice(figures.distribution, view.slice)
    now = chosen(figures, rows, view, "rating_distribution")
    if now is None or not now["is_reportable"]:
        d.equal("Rating distribution", shown.get("Rating distribution"), "–")
        return
    levels = rows[(rows.period_type == now["period_type"]) & (rows.period_id == now["period_id"])]
    top = levels.share.max()
    said = {f"{headline(top, 'share')} at level {level}" for level in levels[levels.share == top].level}
    d.equal("Rating distribution is the most common level", shown.get("Rating distribution") in said, True)
    d.said("Rating distribution", page.words("quiet_rating_distribution"), named_period(figures, now), people(now["n_rated"]))


def looked_into(d: Differences, page: Opened, figures: Figures, view: View) -> None:
    """The sentence, the trend and the groups of a figure."""
    of, label = unit(view.metric), LABELS[view.metric]
    values = figures.values[(figures.values.metric == view.metric) & (figures.values.breakdown == "")]
    rows = of_slice(values, view.slice)
    now = chosen(figures, rows, view, view.metric)
    if now is None:
        d.said("answer", page.words("answer_main"), f"No {label.lower()} yet")
        return
    answer, when = page.words("answer_main"), spoken(figures, now)
    if now["is_reportable"]:
        interval = around(now["ci_low"], now["ci_high"], of)
        d.said("answer", answer, f"{label} in {when} is {headline(now['value'], of)}" + (f" ({interval})" if interval else ""))
    else:
        d.said("answer", answer, f"{label} of {when} is not shown: {HIDDEN_WORDS[now['suppression_reason']]}")
    over_time(d, page, figures, rows, now)
    groups = groups_of(figures, values[(values.period_type == now["period_type"]) & (values.period_id == now["period_id"])], view)
    times = 100.0 if of == "share" else 1.0
    in_table(d, page, "groups", groups, ["who"], {name: times if name in {"value", "ci_low", "ci_high"} else 1.0 for name in TABLE})


def over_time(d: Differences, page: Opened, figures: Figures, rows: pd.DataFrame, now: Row) -> None:
    """Every period of the trend."""
    expected = rows[rows.period_type == now["period_type"]]
    if now["period_type"] == "cycle":
        cadence = figures.cycles[now["period_id"]]["cadence"]
        alike = REGULAR if cadence in REGULAR else (cadence,)
        expected = expected[[figures.cycles[key]["cadence"] in alike for key in expected.period_id]]
    drawn = list(page.charted("trend", "is_current", "value", "ci_low"))
    found = pd.concat(drawn).drop_duplicates("period_id") if drawn else expected.iloc[:0]
    d.rows(
        "trend",
        found,
        expected[expected.is_reportable | expected.period_id.isin(found.period_id)],
        ["period_id"],
        ["value", "ci_low", "ci_high"],
    )


def levels_by_group(d: Differences, page: Opened, figures: Figures, view: View) -> None:
    """Five shares a group."""
    now = chosen(figures, of_slice(figures.distribution, view.slice), view, "rating_distribution")
    if now is None or not now["is_reportable"]:
        d.equal("table groups is there", page.has_table("groups"), False)
        return
    frame = figures.distribution
    groups = groups_of(figures, frame[(frame.period_type == now["period_type"]) & (frame.period_id == now["period_id"])], view)
    wide = groups.assign(name="level_" + groups.level.astype(str)).pivot(index="who", columns="name", values="share")
    firsts = groups.drop_duplicates("who").set_index("who")[["n_rated", "is_reportable", "suppression_reason"]]
    in_table(d, page, "groups", wide.join(firsts).reset_index(), ["who"], {f"level_{at}": 100.0 for at in range(1, 6)} | {"n_rated": 1.0})


def goals(d: Differences, page: Opened, figures: Figures, view: View) -> None:
    """Completion by quarter and department, what is overdue, the cascade."""
    looked_into(d, page, figures, view)
    own = of_slice(figures.overdue, view.slice)
    if own.empty or not own.is_reportable.all():
        d.equal("Overdue goals", "Overdue goals" in metrics(page.at), False)
    else:
        d.equal("Overdue goals", metrics(page.at).get("Overdue goals"), people(own.n_overdue.iloc[0], "", "").strip())
        d.rows("overdue by age", next(page.charted("overdue", "overdue_bucket")), own, ["overdue_bucket"], ["n_goals"])
        groups = groups_of(figures, figures.overdue, view)
        wide = groups.pivot(index="who", columns="overdue_bucket", values="n_goals")
        firsts = groups.drop_duplicates("who").set_index("who")
        wide = wide.join(
            firsts[["n_overdue", "n_due", "is_reportable", "suppression_reason"]].assign(whole=firsts.n_overdue / firsts.n_due)
        )
        in_table(
            d, page, "overdue", wide.reset_index(), ["who"], {"whole": 100.0, "n_overdue": 1.0, "n_due": 1.0} | dict.fromkeys(BUCKETS, 1.0)
        )
    now = chosen(
        figures, of_slice(figures.values[figures.values.metric == "goal_completion_rate"], view.slice), view, "goal_completion_rate"
    )
    if now is not None:
        cascade(d, page, figures, view, now)


def cascade(d: Differences, page: Opened, figures: Figures, view: View, now: Row) -> None:
    """Goals of the company and of the departments in view that run in the period, with what is below them."""
    end = figures.end(now["period_type"], now["period_id"])
    start = pd.Period(now["period_id"].replace("-", "")).start_time
    goals = figures.cascade[(figures.cascade.start_date <= end) & ~(figures.cascade.target_date < start)]
    if view.slice[0] == "department":
        inside = [key for key in figures.names if view.slice[1] in figures.landing.above(key)]
        goals = goals[goals.department_key.isna() | goals.department_key.isin(inside)]
    goals = goals.assign(place=goals.department_key.map(figures.names).fillna("Company"), progress=goals.progress_below / 100)
    numbers = ["progress", "n_completed_below", "n_goals_below", "n_people"]
    key = ["title", "place", "target_date", "number"]
    shown = page.table("cascade")
    frames = [goals, shown.assign(progress=shown.progress / 100), page.download("cascade")]
    for at, frame in enumerate(frames):  # two of one name stand in the order of their numbers
        ordered = frame.assign(target_date=pd.to_datetime(frame.target_date)).sort_values(numbers)
        frames[at] = ordered.assign(number=ordered.groupby(["title", "place", "target_date"], dropna=False).cumcount())
    d.rows("table cascade", frames[1], frames[0], key, numbers)
    d.rows("download cascade", frames[2], frames[0], key, numbers)
    drawn = page.words("cascade")
    for row in goals[goals.is_reportable & (goals.n_goals_below > 0)].itertuples():
        d.said(
            "cascade",
            drawn,
            escape(headline(row.progress, "share")) + f" · {row.n_completed_below:.0f} of {row.n_goals_below:.0f} completed",
        )


def reviews(d: Differences, page: Opened, figures: Figures, view: View) -> None:
    """The stages of a cycle, on time by stage, ratings before and after calibration."""
    levels = of_slice(figures.distribution, view.slice)
    rated = chosen(figures, levels[levels.is_reportable & (levels.period_type == "cycle")], view, "rating_distribution")
    rows = of_slice(figures.funnel.assign(period_type="cycle"), view.slice)
    if rated is None or view.period:
        rated = chosen(figures, rows, view, "review_completion_rate")
    if rated is None:
        d.equal("Reviews", "Reviews" in metrics(page.at), False)
        return
    cycle = rated["period_id"]
    stages = rows[rows.period_id == cycle].set_index("stage")
    if stages.is_reportable.all():
        shown, first = metrics(page.at), stages.iloc[0]
        counts = {"Reviews": first.n_reviews, "Completed": stages.n_at_stage["completed"], "Cancelled, left out": first.n_excluded}
        for label, n in counts.items():
            d.equal(label, shown.get(label), people(n, "", "").strip())
        words = dict(
            zip(STAGES[1:], ["Self-assessment", "Manager's review", "Calibration", "Delivery", "Sign-off", "Completed"], strict=True)
        )
        expected = stages.loc[list(words)].assign(words=list(words.values())).reset_index()
        in_table(d, page, "funnel", expected, ["words"], dict.fromkeys(["n_reached", "n_at_stage", "n_reviews"], 1.0))
        values = of_slice(figures.values[figures.values.metric == "review_stage_on_time_rate"], view.slice)
        values = values[values.period_id == cycle].assign(who=lambda rows: rows.breakdown.map(words))
        numbers = {name: 100.0 if name in {"value", "ci_low", "ci_high"} else 1.0 for name in TABLE[:5]}
        in_table(d, page, "stages", values, ["who"], numbers)
    now = levels[(levels.period_type == "cycle") & (levels.period_id == cycle)]
    if now.empty or not now.is_reportable.all():
        d.equal("table distribution is there", page.has_table("distribution"), False)
        return
    numbers = {"share": 100.0, "n": 1.0, "share_before_calibration": 100.0, "n_before_calibration": 1.0, "reference_share": 100.0}
    in_table(d, page, "distribution", now.assign(label=now.level.map(LEVELS)), ["label"], numbers | {"n_at_lower_bound": 1.0})
    four = now[now.level == 4].iloc[0]
    d.said(
        "at the lower bound",
        page.words("quiet_bound"),
        headline(four.n_at_lower_bound / four.n_rated, "share"),
        f"({four.n_at_lower_bound:.0f} of the {four.n:.0f} ",
    )
