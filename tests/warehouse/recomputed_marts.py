"""marts.goal_overdue, marts.goal_cascade and marts.review_funnel computed a second time, one goal or review at a time.

Here: counting by plain loops over the facts of recomputed_events, climbing trees by following one parent after the other.
Not here: what is due and where it counts (recomputed_events), nor anything of the SQL.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tests.warehouse.recomputed_events import Facts, Slice, goals_due, key_of

BUCKETS = {"1_30": range(1, 31), "31_90": range(31, 91), "91_180": range(91, 181), "over_180": range(181, 1_000_000)}
STAGES = ["not_started", "self_assessment", "manager_review", "calibration", "delivery", "sign_off", "completed"]
OF_ORGANISATION = {"company", "department"}


def goal_overdue(facts: Facts) -> pd.DataFrame:
    """marts.goal_overdue, computed anew; sorted by its key."""
    spells = facts.spells[(facts.spells.start_date <= facts.as_of) & ~(facts.spells.end_date < facts.as_of)]
    working = facts.owners[facts.owners.person_key.isin(set(spells.person_key))]
    with_owner = set(working.goal_key) | set(facts.goals[facts.goals.goal_level.isin(OF_ORGANISATION)].goal_key)
    due: Counter[Slice] = Counter()
    overdue: Counter[tuple[Slice, str]] = Counter()
    people: dict[Slice, set[str]] = defaultdict(set)
    for goal, is_counted, _, places in goals_due(facts):
        days = (facts.as_of - goal.target_date).days
        is_overdue = days > 0 and goal.status != "completed" and goal.goal_key in with_owner
        for place, owners in places.items() if is_counted else ():
            due[place] += 1
            people[place] |= owners
            if is_overdue:
                overdue[place, next(name for name, span in BUCKETS.items() if days in span)] += 1
    rows = [
        {
            "dimension": place[0],
            "member_id": place[1],
            "overdue_bucket": bucket,
            "bucket_order": order,
            "n_goals": overdue[place, bucket],
            "n_overdue": sum(overdue[place, name] for name in BUCKETS),
            "n_due": due[place],
            "n_people": len(people[place]),
            "as_of": facts.as_of,
        }
        for place in due
        for order, bucket in enumerate(BUCKETS, start=1)
    ]
    return pd.DataFrame(rows).sort_values(["dimension", "member_id", "bucket_order"], ignore_index=True)


def above(goal: Any, goals: dict[str, Any]) -> Iterator[Any]:
    """The goals of the organisation above a goal, the nearest first."""
    seen = {goal.goal_key}
    key = goal.parent_goal_key
    while key in goals and key not in seen:
        seen.add(key)
        if goals[key].goal_level in OF_ORGANISATION:
            yield goals[key]
        key = goals[key].parent_goal_key


def goal_cascade(facts: Facts) -> pd.DataFrame:
    """marts.goal_cascade, computed anew; sorted by its key."""
    goals = {goal.goal_key: goal for goal in facts.goals.itertuples()}
    stated = {key_of(goal.source_system, goal.goal_id): goal for goal in facts.stated_goals.itertuples()}
    owners = facts.owners.groupby("goal_key").person_key.apply(set).to_dict()
    named = facts.participants[facts.participants.participant_type.eq("employee") & facts.participants.role.isin(["owner", "co_owner"])]
    with_participant = {key_of(row.source_system, row.goal_id) for row in named.itertuples()}
    below: dict[str, list[Any]] = defaultdict(list)
    for goal in goals.values():
        if goal.goal_level not in OF_ORGANISATION and goal.start_date <= facts.as_of:
            for higher in above(goal, goals):
                below[higher.goal_key].append(goal)
    rows = []
    for key, goal in goals.items():
        if goal.goal_level not in OF_ORGANISATION:
            continue
        higher = list(above(goal, goals))
        counted = [g for g in below[key] if g.status != "cancelled"]
        progress = [float(g.progress_pct) for g in counted if not pd.isna(g.progress_pct)]
        has_owner = not pd.isna(stated[key].owner_employee_id) or key in with_participant
        due = goal.target_date
        rows.append(
            {
                "goal_key": key,
                "parent_goal_key": higher[0].goal_key if higher else None,
                "root_goal_key": higher[-1].goal_key if higher else key,
                "depth": len(higher),
                "goal_level": goal.goal_level,
                "title": stated[key].title,
                "department_key": goal.department_key if goal.goal_level == "department" else None,
                "start_date": goal.start_date,
                "target_date": due,
                "period_id": None if pd.isna(due) else f"{due.year}-Q{(due.month + 2) // 3}",
                "has_owner": has_owner,
                "own_status": None if has_owner else goal.status,
                "own_progress_pct": np.nan if has_owner else float(goal.progress_pct),
                "n_goals_below": len(counted),
                "n_completed_below": sum(g.status == "completed" for g in counted),
                "progress_below": sum(progress) / len(progress) if progress else np.nan,
                "n_people": len(set().union(*(owners.get(g.goal_key, set()) for g in counted))),
                "n_excluded": len(below[key]) - len(counted),
            }
        )
    return pd.DataFrame(rows).sort_values("goal_key", ignore_index=True)


def review_funnel(facts: Facts) -> pd.DataFrame:
    """marts.review_funnel, computed anew; sorted by its key."""
    found: dict[tuple[str, Slice], list[Any]] = defaultdict(list)
    for review in facts.counted_reviews().itertuples():
        if review.period_start <= facts.as_of:
            for place in facts.slices(review):
                found[review.review_cycle_key, place].append(review)
    rows = []
    for (cycle, place), reviews in found.items():
        stages = [STAGES.index(review.stage) for review in reviews if review.stage != "cancelled"]
        rows += [
            {
                "period_type": "cycle",
                "period_id": cycle,
                "period_start": reviews[0].period_start,
                "period_end": reviews[0].period_end,
                "dimension": place[0],
                "member_id": place[1],
                "stage": stage,
                "stage_order": order + 1,
                "n_at_stage": stages.count(order),
                "n_reached": sum(reached >= order for reached in stages),
                "n_reviews": len(stages),
                "n_people": len({review.person_key for review in reviews if review.stage != "cancelled"}),
                "n_excluded": len(reviews) - len(stages),
                "is_complete": reviews[0].period_end <= facts.as_of,
            }
            for order, stage in enumerate(STAGES)
        ]
    return pd.DataFrame(rows).sort_values(["period_id", "dimension", "member_id", "stage_order"], ignore_index=True)
