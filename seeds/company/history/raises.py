"""How large raises and bonuses are: the merit matrix and its budget, bonuses, adjustments to the market and within the band.

Here: sizes, from ratings, positions in the band and draws. Not here: who is looked at and when (pay.py).
"""

from __future__ import annotations

import numpy as np

from seeds.company.compensation.market import PLACE_GROWTH
from seeds.company.days import Flags, Floats
from seeds.company.history.ledger import Indices
from seeds.company.parameters import Parameters

MIDDLE_RATING = 3.0
# A raise is smaller the higher its person stands in the band: this much of it per log point.
CENTRING, RAISE_NOISE, MOST_RAISE, LEAST_RAISE = 3.0, 0.15, 0.12, 0.002
# Where pay in the market grows faster the budget is larger, as a share of it per log point and year.
BUDGET_PER_GROWTH = 30.0
FAR_BELOW, MARKET_CLOSES, MOST_ADJUSTMENT = 0.12, 0.5, 0.10
EQUITY_FLOOR = -0.19
BONUS_NOISE, MOST_BONUS = 0.08, 2.0


def budget(place: Indices, parameters: Parameters) -> Floats:
    """Share of base pay that there is for raises, by place."""
    result: Floats = parameters.merit_budget * (1 + BUDGET_PER_GROWTH * PLACE_GROWTH[place])
    return result


def merit_weight(position: Floats, rating: Floats, drawn: Floats, parameters: Parameters) -> Floats:
    """The merit matrix: a raise as a multiple of an average one, by `position` (log of pay over its target) and rating."""
    by_rating = np.maximum(1 + parameters.merit_rating_effect * (np.nan_to_num(rating, nan=MIDDLE_RATING) - MIDDLE_RATING), 0)
    by_position = np.exp(-CENTRING * np.clip(position, -0.4, 0.4))
    result: Floats = by_rating * by_position * np.maximum(1 + RAISE_NOISE * drawn, 0)
    return result


def merit_shares(weight: Floats, pay: Floats, place: Indices, parameters: Parameters) -> Floats:
    """Raises as shares of `pay` that together spend each place's budget; the highest are cut, the lowest left out."""
    groups = len(PLACE_GROWTH)
    total = np.bincount(place, pay, groups)
    wanted = np.bincount(place, weight * pay, groups)
    level = np.divide(total, wanted, out=np.zeros(groups), where=wanted > 0)
    share = np.minimum(weight * level[place] * budget(place, parameters), MOST_RAISE)
    result: Floats = np.where(share < LEAST_RAISE, 0.0, share)
    return result


def bonus_share(rating: Floats, drawn: Floats, year: float, parameters: Parameters) -> Floats:
    """Bonus as a share of its target: the company's `year`, the rating, and a draw."""
    by_rating = 1 + parameters.bonus_rating_effect * (np.nan_to_num(rating, nan=MIDDLE_RATING) - MIDDLE_RATING)
    result: Floats = np.clip(year * by_rating * (1 + BONUS_NOISE * drawn), 0, MOST_BONUS)
    return result


def market_share(shortfall: Floats, chosen: Flags) -> Floats:
    """Adjustment of those chosen who are far below the market (log `shortfall`): part of the way, at most MOST_ADJUSTMENT."""
    result: Floats = np.where(chosen & (shortfall > FAR_BELOW), np.minimum(MARKET_CLOSES * shortfall, MOST_ADJUSTMENT), 0.0)
    return result


def equity_share(position: Floats, chosen: Flags) -> Floats:
    """Adjustment of those chosen who stand below the band: up to its lower end, at most MOST_ADJUSTMENT."""
    result: Floats = np.where(chosen & (position < EQUITY_FLOOR), np.minimum(EQUITY_FLOOR - position + 0.02, MOST_ADJUSTMENT), 0.0)
    return result
