"""What goals and key results are called.

Here: wording by level and category, and by what is measured. Not here: anything that depends on how a goal goes.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from seeds.company.draws import Floats, Integers

CATEGORIES = ["business", "development", "personal", "team"]
BUSINESS, DEVELOPMENT, PERSONAL, TEAM = range(4)
LEVELS = ["company", "department", "team", "individual"]
COMPANY_LEVEL, DEPARTMENT_LEVEL, TEAM_LEVEL, INDIVIDUAL_LEVEL = range(4)

_WORDING: dict[tuple[int, int], list[tuple[str, str]]] = {
    (COMPANY_LEVEL, BUSINESS): [
        ("Grow recurring revenue by {}%", "8 12 15"), ("Keep {}% of customers", "90 93 95"),
        ("Enter {} new markets", "2 3"), ("Cut unit cost by {}%", "3 5 8"),
        ("Raise customer satisfaction by {} points", "3 5 8"), ("Bring {} products to the market", "2 3 4"),
    ],
    (DEPARTMENT_LEVEL, BUSINESS): [
        ("Shorten delivery time by {}%", "5 10 15"), ("Bring {}% more qualified leads", "10 15 20"),
        ("Reduce open incidents by {}%", "10 20 30"), ("Keep spending {}% below plan", "2 3 5"),
        ("Move {}% of customers to the new platform", "20 30 50"), ("Fill {}% of open roles on time", "80 90"),
    ],
    (TEAM_LEVEL, TEAM): [
        ("Deliver {} agreed milestones of the quarter", "2 3 4"), ("Halve the backlog older than {} weeks", "4 6 8"),
        ("Answer within {} hours", "4 8 24"), ("Share {} lessons with other teams", "2 3 4"),
        ("Automate {} manual steps", "2 3 6"), ("Document {} critical processes", "2 3 4"),
    ],
    (INDIVIDUAL_LEVEL, BUSINESS): [
        ("Complete {} customer projects", "2 3 5"), ("Close {} overdue actions", "5 8 10"),
        ("Improve the monthly report in {} steps", "2 3"), ("Reduce rework by {}%", "5 10 15"),
        ("Visit {} key accounts", "5 8 10"), ("Ship {} improvements", "3 5 8"),
        ("Resolve {} long-standing issues", "3 5 10"), ("Prepare {} forecasts within a day", "2 3"),
    ],
    (INDIVIDUAL_LEVEL, DEVELOPMENT): [
        ("Finish {} modules of the certification", "2 3 4"), ("Give {} talks to the team", "2 3"),
        ("Learn the basics of {} new tools", "2 3"), ("Shadow {} senior colleagues", "2 3"),
        ("Read and summarise {} papers", "2 3 4"),
    ],
    (INDIVIDUAL_LEVEL, PERSONAL): [
        ("Keep {} afternoons a week free of meetings", "2 3"), ("Practise a second language {} times a week", "2 3"),
        ("Take {} full weeks off", "2 3"), ("Ask for feedback {} times a month", "2 3"),
    ],
    (INDIVIDUAL_LEVEL, TEAM): [
        ("Mentor {} new colleagues", "2 3"), ("Review the work of {} peers each week", "2 3 4"),
        ("Organise {} team workshops", "2 3"), ("Cover for {} colleagues during leave", "2 3"),
    ],
}  # fmt: skip
MOST_PHRASES = max(map(len, _WORDING.values()))

_KEY_RESULTS = {
    "percent": ["Share of work delivered on the agreed day", "Answers within the agreed time", "Steps covered by automatic checks",
                "Customers who would recommend us", "Open points closed", "People who finished the training"],
    "number": ["Interviews with customers held", "Releases without rework", "Processes described", "New accounts opened",
               "Reviews done for other teams", "Improvements put to use"],
    "currency": ["Yearly revenue from new contracts", "Yearly spending saved", "Renewed contract value", "Qualified pipeline"],
    "boolean": ["Plan agreed with everybody concerned", "Old system switched off", "Audit passed", "Hand-over finished"],
}  # fmt: skip
METRICS = list(_KEY_RESULTS)
PERCENT, NUMBER, CURRENCY, BOOLEAN = range(4)


def titles(level: Integers, category: Integers, turn: Integers, uniform: Floats) -> pl.Series:
    """A title for each goal of the given level and category indices: phrases take turns, `uniform` (0 to 1) chooses the number."""
    wording: list[str] = []
    first = np.zeros((len(LEVELS), len(CATEGORIES), MOST_PHRASES), dtype=np.int64)
    count, phrases_of = np.ones_like(first), np.ones(first.shape[:2], dtype=np.int64)
    for (one, other), phrases in _WORDING.items():
        phrases_of[one, other] = len(phrases)
        for place, (phrase, numbers) in enumerate(phrases):
            first[one, other, place], count[one, other, place] = len(wording), len(numbers.split())
            wording += [phrase.format(number) for number in numbers.split()]
    at = (level, category, turn % phrases_of[level, category])
    return pl.Series("title", wording).gather(first[at] + np.floor(uniform * count[at]).astype(np.int64))


def key_result_titles(metric: Integers, turn: Integers) -> pl.Series:
    """A title for each key result of the given metric indices; they take turns."""
    size = np.array([len(phrases) for phrases in _KEY_RESULTS.values()])
    wording = [phrase for phrases in _KEY_RESULTS.values() for phrase in phrases]
    return pl.Series("title", wording).gather((np.cumsum(size) - size)[metric] + turn % size[metric])
