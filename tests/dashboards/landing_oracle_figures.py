"""Every published figure of a company, from its landing files: totals, intervals, what is hidden and why.

Belongs here: sums of events, R8, the rules of hiding (pages.md, disclosure.md). Does not belong here: what an event is
(landing_oracle_events), how a page words it (landing_oracle_pages).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.stats.proportion import proportion_confint

from tests.dashboards.landing_oracle import REGULAR, STAGES, Landing
from tests.dashboards.landing_oracle_events import LEVEL_BOUNDS, found_in, goals_due, level, rated_reviews

KEY = ["metric", "breakdown", "period_type", "period_id", "dimension", "member_id"]
SLICE = ["dimension", "member_id"]
NUMBERS = ["numerator", "denominator", "value", "ci_low", "ci_high", "n_clusters", "n_people", "n_excluded"]
BUCKETS = {"1_30": (1, 30), "31_90": (31, 90), "91_180": (91, 180), "over_180": (181, 10**6)}
REFERENCE = (0.02, 0.08, 0.60, 0.20, 0.10)
PEOPLE, PEOPLE_OF_INTERVALS, PEOPLE_OF_LEVELS, PEOPLE_OF_ALL_OR_NONE = 5, 10, 20, 20
SETTLED_SHARE, SETTLED_DAYS = 0.95, 60


def interval(metric: str, x: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """R8: a sample of managers, fewer than three say nothing."""
    names, where = np.unique(clusters, return_inverse=True)
    n, g = len(x), len(names)
    if g < 3:
        return np.nan, np.nan
    value = x.mean()
    variance = g / (g - 1) * np.square(np.bincount(where, weights=x - value)).sum() / n**2
    if metric == "average_rating":
        half = special.stdtrit(g - 1, 0.975) * np.sqrt(variance)
        return max(1.0, value - half), min(5.0, value + half)
    plain = value * (1 - value) / n
    deff = max(1.0, variance / plain) if plain > 0 else 1.0
    low, high = proportion_confint(value * n / deff, n / deff, alpha=0.05, method="wilson")
    return float(low), float(high)


def hidden(frame: pd.DataFrame, rows: pd.Series, numbers: list[str]) -> pd.DataFrame:
    """Rows without their numbers, with the one reason that there is."""
    frame.loc[rows & frame.is_reportable, "suppression_reason"] = "too_few_people"
    frame.loc[rows, "is_reportable"] = False
    frame.loc[~frame.is_reportable, numbers] = np.nan
    return frame


def inside_period(day: pd.Timestamp, period: str) -> bool:
    """Whether a day lies in a quarter or year."""
    whole = pd.Period(period.replace("-", ""))
    return bool(whole.start_time <= day <= whole.end_time)


def open_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of which nothing is hidden yet."""
    return pd.DataFrame(rows).assign(is_reportable=True, suppression_reason=None).astype({"suppression_reason": object})


class Figures:
    """All published figures of a landing folder on a day."""

    def __init__(self, folder: Path, as_of: str) -> None:
        self.as_of = pd.Timestamp(as_of)
        self.landing = Landing(folder, self.as_of)
        departments = self.landing.tables["departments"]
        self.names = departments.set_index("department_id").name.to_dict()
        self.parents, self.cycles = self.landing.parents, self.landing.cycles

    def end(self, kind: str, period: str) -> pd.Timestamp:
        """The last day of a period."""
        return self.cycles[period]["period_end"] if kind == "cycle" else pd.Period(period.replace("-", "")).end_time.normalize()

    @cached_property
    def stages(self) -> pd.DataFrame:
        """Completed and all uncancelled reviews of each cycle of the whole company."""
        rows = self.landing.reviews[self.landing.reviews.stage != "cancelled"]
        return rows.assign(is_done=rows.stage == "completed").groupby("review_cycle_id").is_done.agg(["sum", "count"])

    def first_finishers(self, kind: str, period: str) -> str:
        """How many ratings of a period are final, where they are not enough; empty where they are."""
        inside = [period] if kind == "cycle" else [
            key for key, cycle in self.cycles.items() if cycle["cadence"] in REGULAR and inside_period(cycle["period_end"], period)
        ]  # fmt: skip
        done = of = 0
        is_settled = True
        for key in inside:
            n_done, n = self.stages.loc[key] if key in self.stages.index else (0, 0)
            due = self.cycles[key]["sign_off_due"]
            due = self.cycles[key]["period_end"] if pd.isna(due) else pd.Timestamp(due)
            is_settled &= bool(n_done >= SETTLED_SHARE * n or (self.as_of - due).days > SETTLED_DAYS)
            done, of = done + n_done, of + n
        return "" if is_settled else f"{done:,} of {of:,} reviews are final so far".replace(",", "\u202f")

    @cached_property
    def values(self) -> pd.DataFrame:
        """The published metric_values."""
        events = found_in(self.landing)
        whole = events.atoms.merge(events.periods, on="event").merge(events.places, on="event")
        rows = []
        for key, members in whole.groupby(KEY, sort=True):
            one_each = members.drop_duplicates("event")
            counted = one_each[one_each.is_counted]
            x = counted.x.to_numpy()
            low, high = interval(key[0], x, counted.cluster.to_numpy())
            rows.append(dict(zip(KEY, key, strict=True)) | {
                "numerator": x.sum(), "denominator": float(len(x)), "value": x.mean() if len(x) else np.nan, "ci_low": low, "ci_high": high,
                "n_clusters": counted.cluster.nunique(), "n_people": members[members.is_counted].person.nunique(),
                "n_excluded": len(one_each) - len(counted), "is_complete": self.end(key[2], key[3]) <= self.as_of,
            })  # fmt: skip
        frame = open_frame(rows).astype(dict.fromkeys(NUMBERS, float))
        few = frame.n_people < PEOPLE
        few_rated = (frame.metric == "average_rating") & (frame.n_people < PEOPLE_OF_INTERVALS)
        sensitive = frame.metric.isin(["pip_success_rate", "top_performer_ratio"])
        all_or_none = sensitive & frame.value.isin([0.0, 1.0]) & (frame.n_people < PEOPLE_OF_ALL_OR_NONE)
        frame.loc[few_rated, ["ci_low", "ci_high"]] = np.nan
        return hidden(frame.assign(is_all_or_none=all_or_none & ~few), few | all_or_none, NUMBERS)

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """The published rating_distribution."""
        found: dict[tuple[str, ...], list[tuple[float, float]]] = {}
        for review, periods in rated_reviews(self.landing):
            if not pd.isna(review.final_rating):
                for place in self.landing.slices(review.employee_id, review.period_end):
                    for period in periods:
                        found.setdefault((*period, *place), []).append((review.final_rating, review.manager_rating))
        rows = []
        for key, pairs in found.items():
            after, before = [a for a, _ in pairs], [level(b) for _, b in pairs if not pd.isna(b)]
            for at in range(1, 6):
                n = sum(level(a) == at for a in after)
                bound = 1.0 if at == 1 else LEVEL_BOUNDS[at - 2]
                rows.append(dict(zip(KEY[2:], key, strict=True)) | {
                    "level": at, "n": n, "n_rated": len(after), "share": n / len(after), "n_at_lower_bound": after.count(bound),
                    "n_before_calibration": before.count(at), "n_rated_before_calibration": len(before),
                    "share_before_calibration": before.count(at) / len(before) if before else np.nan, "reference_share": REFERENCE[at - 1],
                })  # fmt: skip
        numbers = [
            "n",
            "n_rated",
            "share",
            "n_before_calibration",
            "n_rated_before_calibration",
            "share_before_calibration",
            "n_at_lower_bound",
        ]
        frame = open_frame(rows).astype(dict.fromkeys(numbers, float))
        without = frame.n_rated - frame.n_rated_before_calibration
        few_before = (frame.n_rated_before_calibration < PEOPLE_OF_LEVELS) | without.between(1, PEOPLE - 1)
        frame.loc[few_before, [name for name in numbers if name.endswith("before_calibration")]] = np.nan
        return hidden(frame, frame.n_rated < PEOPLE_OF_LEVELS, numbers)

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """The published review_funnel."""
        found: dict[tuple[str, ...], list[str]] = {}
        for review in self.landing.reviews.itertuples():
            cycle = self.cycles[review.review_cycle_id]
            if cycle["period_start"] <= self.as_of:
                for place in self.landing.slices(review.employee_id, cycle["period_end"]):
                    found.setdefault((review.review_cycle_id, *place), []).append(review.stage)
        rows = []
        for (cycle_id, dimension, member), stages in found.items():
            at = [STAGES.index(stage) for stage in stages if stage != "cancelled"]
            for order, stage in enumerate(STAGES):
                rows.append({
                    "period_id": cycle_id, "dimension": dimension, "member_id": member, "stage": stage, "n_at_stage": at.count(order),
                    "n_reached": sum(a >= order for a in at), "n_reviews": len(at), "n_people": len(at),
                    "n_excluded": len(stages) - len(at),
                })  # fmt: skip
        numbers = ["n_at_stage", "n_reached", "n_reviews", "n_people", "n_excluded"]
        frame = open_frame(rows).astype(dict.fromkeys(numbers, float))
        return hidden(frame, frame.n_people < PEOPLE, numbers)

    @cached_property
    def overdue(self) -> pd.DataFrame:
        """The published goal_overdue."""
        rows = []
        for goal, counted, _, places in goals_due(self.landing):
            if counted:
                days = (self.as_of - goal.target_date).days
                carried = goal.goal_level not in {"individual", "team"} or any(
                    self.landing.was_active(person, self.as_of) for person in self.landing.owners(goal)
                )
                late = days if goal.status != "completed" and carried else 0
                rows += [(goal.goal_id, late, *place) for place in places]
        frame = pd.DataFrame(rows, columns=["goal", "days", *SLICE, "person"])
        made: list[dict[str, object]] = []
        for key, members in frame.groupby(SLICE):
            days = members.drop_duplicates("goal").days
            inside = {bucket: int(days.between(*bounds).sum()) for bucket, bounds in BUCKETS.items()}
            all_of = {"n_overdue": sum(inside.values()), "n_due": len(days), "n_people": members.person.nunique()}
            made += [dict(zip(SLICE, key, strict=True)) | {"overdue_bucket": bucket, "n_goals": n} | all_of for bucket, n in inside.items()]
        numbers = ["n_goals", "n_overdue", "n_due", "n_people"]
        made_frame = open_frame(made).astype(dict.fromkeys(numbers, float))
        return hidden(made_frame, made_frame.n_people < PEOPLE, numbers)

    @cached_property
    def cascade(self) -> pd.DataFrame:
        """The published goal_cascade: company and department goals, and what people and teams have below them."""
        goals = {row.goal_id: row for row in self.landing.tables["goals"].itertuples()}
        progress, shown = self.landing.progress(), {"company", "department"}

        def higher(goal_id: str) -> list[str]:
            chain, key = [], goals[goal_id].parent_goal_id
            while isinstance(key, str) and key in goals and key not in chain:
                chain.append(key)
                key = goals[key].parent_goal_id
            return [key for key in chain if goals[key].goal_level in shown]

        below: dict[str, list[str]] = {}
        for key, goal in goals.items():
            if goal.goal_level not in shown and goal.start_date <= self.as_of:
                for over in higher(key):
                    below.setdefault(over, []).append(key)
        rows = []
        for key, goal in goals.items():
            if goal.goal_level in shown:
                counted = [k for k in below.get(key, []) if goals[k].status != "cancelled"]
                known = [progress[k] for k in counted if k in progress]
                rows.append({
                    "goal_key": key, "parent_goal_key": next(iter(higher(key)), None), "title": goal.title, "start_date": goal.start_date,
                    "target_date": goal.target_date, "department_key": goal.department_id if goal.goal_level == "department" else None,
                    "n_goals_below": len(counted), "n_completed_below": sum(goals[k].status == "completed" for k in counted),
                    "progress_below": np.mean(known) if known else np.nan,
                    "n_people": len({person for k in counted for person in self.landing.owners(goals[k])}),
                    "n_excluded": len(below.get(key, [])) - len(counted),
                })  # fmt: skip
        numbers = ["n_goals_below", "n_completed_below", "progress_below", "n_people", "n_excluded"]
        frame = open_frame(rows).astype(dict.fromkeys(numbers, float))
        return hidden(frame, frame.n_people < PEOPLE, numbers)
