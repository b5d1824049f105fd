"""Whom people ask for an opinion beside their manager: three peers, and for those who lead up to three reports.

Here: who is asked, when, whether they answer, and the opinion they have. Not here: tables (assessments.py), what managers
and the people themselves give (history/ratings.py).

Peers are mostly of the same team and chosen for friendship, and friends rate more kindly: what peers say is biased.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import Cycle, Days, Floats
from seeds.company.draws import Keys
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.parameters import Parameters
from seeds.company.reviews.stages import DAY, NO_TIME, early_days, office_hours

PEERS, REPORTS = 3, 3
PEER, REPORT = range(2)
TEAM_CANDIDATES, OTHER_CANDIDATES = 14, 4
# On the scale of the other pulls on a choice (a Gumbel variable): team mates rather than others of the department.
TEAM_PULL = 2.6
ASKED_AFTER_DAYS = (1, 11)
ANSWER_DAYS = 6.0
WINDOW_DAYS = 21
LENIENCY = np.array([0.10, 0.18])
SETTLED_DAYS = 60


def friendship(one: Indices, other: Indices, parameters: Parameters) -> Floats:
    """How close each two people are: standard normal, lasting, the same from both sides."""
    return parameters.draws("friendship").normal(np.minimum(one, other), np.maximum(one, other))


def _neighbours(group: Indices, steps: Indices) -> tuple[Indices, npt.NDArray[np.bool_]]:
    """Rows of the same `group`, so many `steps` (per row, each more than 0) further on in a ring; and whether it is that long."""
    order = np.argsort(group, kind="stable")
    grouped = group[order]
    first = np.searchsorted(grouped, grouped, side="left")
    size = np.searchsorted(grouped, grouped, side="right") - first
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - first
    firsts, sizes = np.empty_like(place), np.empty_like(place)
    firsts[order], sizes[order] = first, size
    there = steps < sizes[:, None]
    return order[firsts[:, None] + (place[:, None] + steps) % sizes[:, None]], there


def _peers(staff: pl.DataFrame, cycle_key: int, parameters: Parameters) -> pl.DataFrame:
    """Three colleagues for each of `staff`: columns person, reviewer, number (from 0)."""
    person, boss, department = (staff[name].to_numpy() for name in ("person", "boss", "department"))
    draws = parameters.draws("reviews.peers")
    team = np.broadcast_to(np.arange(1, TEAM_CANDIDATES + 1), (len(staff), TEAM_CANDIDATES))
    mates, is_mate = _neighbours(boss, team)
    size = staff.select(pl.len().over("department")).to_series().to_numpy()
    jump = draws.sub("jump").integers(1, np.maximum(size - OTHER_CANDIDATES, 2), person, cycle_key)
    others, is_other = _neighbours(department, jump[:, None] + np.arange(OTHER_CANDIDATES))
    is_other = is_other & (boss[others] != boss[:, None]) & (boss[others] != person[:, None]) & (person[others] != boss[:, None])
    candidates = person[np.hstack((mates, others))]
    score = parameters.peer_choice_friendship * friendship(person[:, None], candidates, parameters)
    score = score - np.log(-np.log(draws.uniform(person[:, None], candidates, cycle_key)))
    score[:, :TEAM_CANDIDATES] += TEAM_PULL
    score = np.where(np.hstack((is_mate, is_other)), score, -np.inf)
    best = np.argsort(-score, axis=1, kind="stable")[:, :PEERS]
    chosen = np.take_along_axis(candidates, best, axis=1)
    found = np.isfinite(np.take_along_axis(score, best, axis=1)).ravel()
    frame = {
        "person": np.repeat(person, PEERS), "reviewer": chosen.ravel(), "number": np.tile(np.arange(PEERS), len(staff)),
    }  # fmt: skip
    return pl.DataFrame(frame).filter(pl.Series(found))


def _reports(staff: pl.DataFrame, opens: int, cycle_key: int, parameters: Parameters) -> pl.DataFrame:
    """Up to three of the people whom each leader leads: columns person (the leader), reviewer, number (from 0)."""
    settled = staff.filter((pl.col("started") <= opens - SETTLED_DAYS) & (pl.col("boss") >= 0))
    draw = parameters.draws("reviews.reports").uniform(settled["person"].to_numpy(), cycle_key)
    picked = settled.select(person="boss", reviewer="person", draw=pl.Series(draw)).sort("person", "draw")
    picked = picked.with_columns(number=pl.int_range(pl.len()).over("person"))
    return picked.filter(pl.col("number") < REPORTS).drop("draw")


def _answers(asked_on: Days, due: int, kind: Indices, parameters: Parameters, *keys: Keys) -> Indices:
    """The second at which each of those asked would answer; NO_TIME: never, or not before answers are closed."""
    draws = parameters.draws("reviews.answers")
    day = asked_on + 1 + early_days(ANSWER_DAYS, draws, *keys, kind)
    second = office_hours(day, draws.sub("hour"), *keys, kind)
    never = draws.sub("never").chance(parameters.assessment_unsubmitted_share, *keys, kind)
    closes = np.maximum(due, asked_on + WINDOW_DAYS)
    return np.where(never | (second // DAY > closes), NO_TIME, second)


def _opinion(asked: pl.DataFrame, parameters: Parameters) -> Floats:
    """What each reviewer thinks, as deviation from the mean performance."""
    reviewer, person, kind, key = (asked[name].to_numpy() for name in ("reviewer", "person", "kind", "cycle_key"))
    draws = parameters.draws("reviews.opinions")
    severity = parameters.peer_severity_sd * draws.sub("severity").normal(reviewer)
    noise = parameters.peer_noise_sd * draws.sub("noise").normal(reviewer, person, key)
    kindness = parameters.peer_friend_effect * friendship(reviewer, person, parameters)
    true = asked["performance"].to_numpy() - parameters.performance_mean
    result: Floats = LENIENCY[kind] + parameters.peer_compression * true + kindness + severity + noise
    return result


def asked_of_others(reviews: pl.DataFrame, cycle: Cycle, history: History) -> pl.DataFrame:
    """Peers and reports asked about each of `reviews` by the last day.

    Columns: row (of the review), person, reviewer, kind (PEER, REPORT), number (from 0), requested_on, submitted (second,
    NO_TIME: not yet), opinion.
    """
    parameters = history.parameters
    key = int(reviews["cycle_key"][0])
    staff = history.staff_on(cycle.opens).filter(~pl.col("temporary"))
    known = reviews.with_row_index("row").select("row", "person", "cycle_key", "row_appears", "person_end", "performance")
    peers = _peers(staff.filter(pl.col("boss") >= 0), key, parameters).with_columns(kind=pl.lit(PEER))
    reports = _reports(staff, cycle.opens, key, parameters).with_columns(kind=pl.lit(REPORT))
    columns = ["person", "reviewer", "number", "kind"]
    asked = pl.concat([peers.select(columns), reports.select(columns)]).join(known, on="person", how="inner").sort("row", "kind", "number")
    person, reviewer, kind = (asked[name].to_numpy() for name in ("person", "reviewer", "kind"))
    planned = cycle.opens + parameters.draws("reviews.asks").integers(*ASKED_AFTER_DAYS, person, key)
    requested_on = np.maximum(planned, asked["row_appears"].to_numpy())
    there = np.minimum(history.last_day(reviewer, np.full(len(asked), cycle.opens)), asked["person_end"].to_numpy())
    answers = _answers(requested_on, cycle.manager_review_due, kind, parameters, reviewer, person, key)
    last = (np.minimum(there, history.until) + 1) * DAY - 1
    asked = asked.with_columns(
        requested_on=pl.Series(requested_on), submitted=pl.Series(np.where(answers <= last, answers, NO_TIME)),
        opinion=pl.Series(_opinion(asked, parameters)),
    )  # fmt: skip
    return asked.filter(pl.Series((requested_on <= there) & (requested_on <= history.until)))
