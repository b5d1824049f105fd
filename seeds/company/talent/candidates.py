"""Who applies for an opening, how good they are and how far they come.

Here: sources (referrals more common in some departments than in others), true quality by source, the stages of an application.
Each opening has one candidate who will take the job if nobody inside the company does; how good that one is does not depend on
when and whether it comes to that. Not here: interviews (interviews.py), tables.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Days, Floats
from seeds.company.draws import Draws
from seeds.company.history.ledger import Indices
from seeds.company.history.record import History
from seeds.company.history.structure import INTERN
from seeds.company.parameters import Parameters
from seeds.company.talent.vacancies import NEW

SOURCES = ["job_board", "referral", "headhunter", "social_media", "campus", "direct", "other"]
REFERRAL, CAMPUS = 1, 4
# Shares of applications and of hires: referred people are a tenth of those who apply and more than a quarter of those hired.
# The shares of hires but referrals are of those that are not.
APPLICATION_SHARE = np.array([0.46, 0.10, 0.06, 0.16, 0.07, 0.12, 0.03])
HIRE_SHARE = np.array([0.44, 0.0, 0.14, 0.16, 0.08, 0.15, 0.03])
CAMPUS_OF_INTERNS = 8.0
# Quality of hire in standard deviations of lasting performance, before it is centred.
QUALITY = np.array([-0.25, 0.35, 0.15, -0.15, -0.10, 0.05, 0.0])
SELECTED_MEAN, SELECTED_VARIANCE = 0.85, 0.56
RATERS_SHARE = 0.35
APPLIES_AFTER_DAYS, LATEST = 14.0, 90
EARLY_DAYS, EARLY_DAYS_WITH_NOTICE = 4, 22
PASSES_SCREENING = 0.30
WITHDRAWS, WITHDRAWS_AFTER = 0.09, 12.0
DECLINES_OFFER = 0.05
KNOWN_AGAIN_SHARE = 0.06
REJECTED, WITHDRAWN = range(2)


def impression_correlation(parameters: Parameters) -> float:
    """Correlation of the impression a candidate makes on all interviewers alike with lasting performance, of all who apply."""
    return float(np.clip(parameters.interview_validity / np.sqrt(1 - RATERS_SHARE), -1, 1))


def source_quality(parameters: Parameters) -> Floats:
    """Mean quality of hire of each source, in standard deviations of lasting performance; its mean over hires is zero."""
    shares = _hire_shares(parameters.referral_share, np.zeros(1))[0]
    centred: Floats = parameters.source_quality_effect * (QUALITY - shares @ QUALITY)
    return centred


def source_truth(parameters: Parameters) -> pl.DataFrame:
    """Truth `source_quality`: what coming from a source is worth in a hire, on the rating scale."""
    return pl.DataFrame({"source": SOURCES, "effect": source_quality(parameters) * parameters.performance_sd})


def _hire_shares(referral_share: float, tilt: Floats) -> Floats:
    """Shares of sources (columns) of hires, with `tilt` added to the log odds of a referral (rows)."""
    odds = referral_share / (1 - referral_share) * np.exp(tilt)
    referral = odds / (1 + odds)
    shares = HIRE_SHARE * (1 - referral[:, None])
    shares[:, REFERRAL] = referral
    return shares


def promised_quality(parameters: Parameters, seat: Indices, number: Indices) -> Floats:
    """Lasting performance, in standard deviations, of the person from outside who would be the `number`th in `seat`.

    The people hired get just this (history/moves.py), so that it is there to be seen in interviews before anybody is hired.
    """
    return parameters.draws("performance of those hired").normal(seat, number)


def department_tilt(history: History) -> Floats:
    """What is added to the log odds of a referral in each department: more where the teams are good."""
    structure = history.structure
    leads = np.flatnonzero(structure.leads)
    department = structure.departments[0][leads]
    count = len(structure.department_name)
    mean = np.bincount(department, structure.quality[leads], minlength=count) / np.maximum(np.bincount(department, minlength=count), 1)
    result: Floats = history.parameters.referral_department_effect * mean / np.sqrt(0.5)
    return result


def _drawn(weights: Floats, uniform: Floats) -> Indices:
    """A column for each row of `weights`, in proportion to them."""
    total = np.cumsum(weights, axis=1)
    result: Indices = (total < (uniform * total[:, -1])[:, None]).sum(axis=1)
    return result


def _sources_and_quality(
    parameters: Parameters, rows: pl.DataFrame, tilt: Floats, keys: tuple[npt.ArrayLike, ...]
) -> tuple[Indices, Floats]:
    """Source and true quality of each candidate; the promised ones have theirs, and a source that fits it."""
    draws, mean = parameters.draws("candidates"), source_quality(parameters)
    shares = _hire_shares(parameters.referral_share, np.zeros(1))[0]
    within = np.sqrt(max(1 - shares @ mean**2, 0.1))
    promised = promised_quality(parameters, rows["seat"].to_numpy(), rows["number"].to_numpy())
    likely = np.exp(-(((promised[:, None] - mean) / within) ** 2) / 2)
    tilted = tilt[rows["department"].to_numpy()]
    interns = 1 + (CAMPUS_OF_INTERNS - 1) * ((rows["kind"].to_numpy() == INTERN)[:, None] & (np.arange(len(SOURCES)) == CAMPUS))
    applying = APPLICATION_SHARE * np.exp(tilted[:, None] * (np.arange(len(SOURCES)) == REFERRAL))
    first = rows["is_promised"].to_numpy()
    weights = interns * np.where(first[:, None], _hire_shares(parameters.referral_share, tilted) * likely, applying)
    source = _drawn(weights, draws.sub("source").uniform(*keys))
    below = SELECTED_MEAN * impression_correlation(parameters)
    quality = mean[source] - below + within * draws.sub("quality").normal(*keys)
    return source, np.where(first, promised, quality)


def _impressions(parameters: Parameters, quality: Floats, is_promised: npt.NDArray[np.bool_], keys: tuple[npt.ArrayLike, ...]) -> Floats:
    """The impression each candidate makes on all interviewers alike; the promised ones are those who made the best of some."""
    correlation = impression_correlation(parameters)
    draws = parameters.draws("candidates").sub("impression").normal(*keys)
    anyone = correlation * (quality + SELECTED_MEAN * correlation) + np.sqrt(1 - correlation**2) * draws - 0.2
    slope = correlation * SELECTED_VARIANCE
    best = SELECTED_MEAN + slope * quality + np.sqrt(SELECTED_VARIANCE - slope**2) * draws
    result: Floats = np.where(is_promised, best, anyone)
    return result


def _stages(draws: Draws, rows: pl.DataFrame, keys: tuple[npt.ArrayLike, ...]) -> dict[str, Days | npt.NDArray[np.bool_]]:
    """The days on which each application moves on, were it not for the others: invited, decided, offered, over, and how it ends."""
    applied, first = rows["applied"].to_numpy(), rows["is_promised"].to_numpy()
    screened = applied + 1 + draws.sub("screened").poisson(3.0, *keys)
    passes = first | draws.sub("passes").chance(PASSES_SCREENING, *keys)
    meets = screened + 3 + draws.sub("meets").poisson(4.0, *keys)
    decided = meets + 5 + draws.sub("decides").poisson(4.0, *keys)
    declines = ~first & passes & draws.sub("declines").chance(DECLINES_OFFER, *keys)
    over = np.where(passes, decided + 1, screened + 2 + draws.sub("turned down").poisson(3.0, *keys))
    over = np.where(declines, decided + 4 + draws.sub("thinks").poisson(4.0, *keys), over)
    leaves = applied + 1 + draws.sub("withdraws after").exponential(WITHDRAWS_AFTER, *keys).astype(np.int64)
    leaves = np.where(~first & draws.sub("withdraws").chance(WITHDRAWS, *keys), leaves, NEVER)
    over = np.where(first, NEVER, np.minimum(over, leaves))
    return {
        "screened": screened, "invited": np.where(passes, screened + 1, NEVER), "meets": np.where(passes, meets, NEVER),
        "offered": np.where(first | declines, decided, NEVER), "over": over, "withdrew": declines | (leaves <= over),
    }  # fmt: skip


def candidates(history: History, rows: pl.DataFrame, tilt: Floats) -> pl.DataFrame:
    """One row per candidate of the openings `rows`, with all days that may come: the columns of `openings`, and those below.

    application_id, place (in the opening), is_promised, applied, screened, invited, meets, offered, over (on its own account, with
    `withdrew`), closes (the opening), hired, source (index), quality, impression, candidate (number that names nobody).
    """
    parameters, draws = history.parameters, history.parameters.draws("candidates")
    seat, day = rows["seat"].to_numpy(), rows["number"].to_numpy()
    count = 1 + draws.sub("count").poisson(parameters.applications_per_opening - 1, seat, day)
    which = np.repeat(np.arange(len(rows)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    each = rows[which].with_columns(place=pl.Series(place), is_promised=pl.Series((place == 0) & (seat[which] >= 0)))
    keys = (seat[which], day[which], place)
    early = draws.sub("early").integers(0, np.where(each["noticed"].to_numpy(), EARLY_DAYS_WITH_NOTICE, EARLY_DAYS), *keys)
    later = np.minimum(draws.sub("applies").exponential(APPLIES_AFTER_DAYS, *keys).astype(np.int64), LATEST)
    applied = each["opened"].to_numpy() + np.where(each["is_promised"].to_numpy(), early, later)
    each = each.with_columns(applied=pl.Series(applied))
    # Numbered by day, so that nothing in an identifier says who will be hired.
    order = np.lexsort((draws.sub("tie").uniform(*keys), applied, which))
    rank = np.empty_like(place)
    rank[order] = place + 1
    source, quality = _sources_and_quality(parameters, each, tilt, keys)
    each = each.with_columns(
        rank=pl.Series(rank), source=pl.Series(source), quality=pl.Series(quality),
        impression=pl.Series(_impressions(parameters, quality, each["is_promised"].to_numpy(), keys)),
        candidate=pl.Series(_references(history, each, keys)),
        **{name: pl.Series(value) for name, value in _stages(draws, each, keys).items()},
    )  # fmt: skip
    # The opening ends all that is open; who is hired from outside has at least applied by then.
    closes = pl.min_horizontal("filled", "given_up")
    number = pl.col("rank").cast(pl.String).str.zfill(2)
    hired = pl.col("is_promised") & (pl.col("how") == NEW)
    return each.with_columns(
        applied=pl.when(hired).then(pl.min_horizontal("applied", "filled")).otherwise("applied"),
        hired=pl.when(hired).then("filled").otherwise(NEVER), closes=closes,
        application_id=pl.format("{}-A{}", "requisition_id", number),
    ).filter((pl.col("applied") < closes) | hired)  # fmt: skip


def reference(history: History, *keys: npt.ArrayLike) -> Indices:
    """A number for each candidate that names nobody."""
    bits = history.parameters.draws("candidates").sub("reference").bits(*keys)
    return (bits % np.uint64(10**12)).astype(np.int64)


def _references(history: History, rows: pl.DataFrame, keys: tuple[npt.ArrayLike, ...]) -> Indices:
    """References of candidates; some of them come again, in the same division within a year."""
    draws = history.parameters.draws("candidates").sub("again")
    again = ~rows["is_promised"].to_numpy() & draws.chance(KNOWN_AGAIN_SHARE, *keys)
    pool = max(3, history.parameters.employees // 100)
    which = draws.sub("one of").integers(0, pool, *keys)
    shared = reference(history, -1 - rows["division"].to_numpy(), -rows["opened"].to_numpy() // 365, which)
    return np.where(again, shared, reference(history, *keys))
