"""What goals are called.

Here: wording by level and category. Not here: anything that depends on how a goal goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

CATEGORIES = ["business", "development", "personal", "team"]
BUSINESS, DEVELOPMENT, PERSONAL, TEAM = range(4)
LEVELS = ["company", "department", "team", "individual"]
COMPANY_LEVEL, DEPARTMENT_LEVEL, TEAM_LEVEL, INDIVIDUAL_LEVEL = range(4)

_WORDING: dict[tuple[int, int], tuple[list[str], list[str]]] = {
    (COMPANY_LEVEL, BUSINESS): (
        ["Grow recurring revenue by {}%", "Keep {}% of customers", "Enter {} new markets", "Cut unit cost by {}%",
         "Raise customer satisfaction by {} points", "Bring {} products to the market"],
        ["3", "5", "8", "12", "90"],
    ),
    (DEPARTMENT_LEVEL, BUSINESS): (
        ["Shorten delivery time by {}%", "Bring {}% more qualified leads", "Reduce open incidents by {}%",
         "Keep spending {}% below plan", "Move {}% of customers to the new platform", "Fill {}% of open roles on time"],
        ["5", "10", "15", "20", "30"],
    ),
    (TEAM_LEVEL, TEAM): (
        ["Deliver {} agreed milestones of the quarter", "Halve the backlog older than {} weeks",
         "Answer within {} hours", "Share {} lessons with other teams", "Automate {} manual steps",
         "Document {} critical processes"],
        ["2", "3", "4", "6", "8"],
    ),
    (INDIVIDUAL_LEVEL, BUSINESS): (
        ["Complete {} customer projects", "Close {} overdue actions", "Improve the monthly report in {} steps",
         "Reduce rework by {}%", "Visit {} key accounts", "Ship {} improvements", "Resolve {} long-standing issues",
         "Prepare {} forecasts within a day"],
        ["2", "3", "5", "8", "10", "15"],
    ),
    (INDIVIDUAL_LEVEL, DEVELOPMENT): (
        ["Finish {} modules of the certification", "Give {} talks to the team", "Learn the basics of {} new tools",
         "Shadow {} senior colleagues", "Read and summarise {} papers"],
        ["1", "2", "3", "4"],
    ),
    (INDIVIDUAL_LEVEL, PERSONAL): (
        ["Keep {} afternoons a week free of meetings", "Practise a second language {} times a week",
         "Take {} full weeks off", "Ask for feedback {} times a month"],
        ["1", "2", "3"],
    ),
    (INDIVIDUAL_LEVEL, TEAM): (
        ["Mentor {} new colleagues", "Review the work of {} peers each week", "Organise {} team workshops",
         "Cover for {} colleagues during leave"],
        ["1", "2", "3", "4"],
    ),
}  # fmt: skip


def titles(level: npt.NDArray[np.int64], category: npt.NDArray[np.int64], random: np.random.Generator) -> pl.Series:
    """A title for each goal of the given level and category indices."""
    wording: list[str] = []
    offset = np.zeros((len(LEVELS), len(CATEGORIES)), dtype=np.int64)
    size = np.ones((len(LEVELS), len(CATEGORIES)), dtype=np.int64)
    for (one, other), (phrases, numbers) in _WORDING.items():
        offset[one, other] = len(wording)
        wording += [phrase.format(number) for phrase in phrases for number in numbers]
        size[one, other] = len(phrases) * len(numbers)
    chosen = offset[level, category] + (random.random(len(level)) * size[level, category]).astype(np.int64)
    return pl.Series("title", wording).gather(chosen)
