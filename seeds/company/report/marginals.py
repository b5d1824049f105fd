"""What a company looks like from outside, each figure beside what has been published of real ones.

Here: which figures, between which bounds they are believable, and where that is from. Not here: computing them (the modules
beside this one). Bounds are wider than sampling makes necessary for 1,000 people and three years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seeds.company.report import doings, pay, ratings, workforce
from seeds.company.report.ratings import MANAGER, PEER, SELF
from seeds.company.report.reading import Source, single

# A rating belongs to the level whose lower bound it reaches (seeds/reference/rating_scale.csv).
EXCEEDS, MEETS = 3.5, 2.5
LOWEST_USUAL, HIGHEST_USUAL = 0.80, 1.20


@dataclass(frozen=True)
class Marginal:
    """A figure (None: too little data for it), where it is believable, what has been published, and by whom."""

    name: str
    value: float | None
    low: float
    high: float
    published: str
    source: str
    is_share: bool = False

    @property
    def is_believable(self) -> bool | None:
        """Whether it lies between its bounds; None without a figure."""
        return None if self.value is None else self.low <= self.value <= self.high


def _share(values: list[float], low: float, high: float) -> float | None:
    return sum(low <= value < high for value in values) / len(values) if values else None


def _of_people(source: Source) -> list[Marginal]:
    turnover, tenure = workforce.turnover(source), workforce.tenure(source)
    return [
        Marginal(
            # The rate differs much by country and year; a company of office jobs lies in the lower half.
            "Voluntary exits per person-year", turnover.voluntary, 0.08, 0.18, "11.9% (Canada 2024), 17.3% (United States 2023)",
            "Mercer, US and Canada Turnover Surveys 2023 and 2024", is_share=True,
        ),
        Marginal(
            # Published as voluntary against total; what remains differs by definition, hence the wide bounds.
            "Other exits per person-year", turnover.other, 0.005, 0.08, "about 7% (24.7% in all less 17.3%, adjacent years)",
            "Mercer, US Turnover Survey 2022 and 2023; not one sample, so only the order of size counts", is_share=True,
        ),
        Marginal(
            # Farber shows the hazard falling with tenure after a peak in the first year, for all kinds of jobs; here it peaks after
            # the first and the second anniversary, as office jobs are said to. About 100 exits on either side: an error of 15%.
            "Voluntary exits, second and third year of tenure against the sixth and later (ratio)", turnover.early_against_late, 1.0, 3.0,
            "above 1: falls with tenure after an early peak",
            "Farber, H. S. (1999), Mobility and stability: the dynamics of job change in labor markets, Handbook of Labor Economics 3B",
        ),
        Marginal(
            "Median years of tenure", tenure.median, 2.5, 5.5, "3.9 (all), 3.5 (private sector), January 2024",
            "US Bureau of Labor Statistics, Employee Tenure in 2024 (USDL-24-1971)",
        ),
        Marginal(
            "People with up to one year of tenure", tenure.share_up_to_one, 0.10, 0.30, "22%, January 2024",
            "US Bureau of Labor Statistics, Employee Tenure in 2024 (USDL-24-1971)", is_share=True,
        ),
        Marginal(
            # The median is between Gallup's five to six for all kinds of managers and the means of surveys of larger companies.
            "Median span of control", single(workforce.spans(source)["reports"].median()), 6.0, 8.0,
            "median 5 to 6, mean 12.1; means of 9 to 10 elsewhere",
            "Gallup (2025), What is the optimal span of control; Deloitte as cited by Namely: mean 9.7",
        ),
    ]  # fmt: skip


def _of_ratings(source: Source) -> list[Marginal]:
    final = ratings.final_ratings(source).to_list()
    return [
        Marginal(
            # We know of no representative survey of private firms; the public figure is the lenient end.
            "Final ratings at 'Exceeds' or above", _share(final, EXCEEDS, 9), 0.20, 0.36, "61% in the US government, uncalibrated, 2013",
            "US Government Accountability Office (2016), GAO-16-520R, as the lenient end; a quarter to a third is our aim",
            is_share=True,
        ),
        Marginal(
            "Final ratings below 'Meets'", _share(final, 0, MEETS), 0.04, 0.20, "1% in the US government; 10% in forced rankings",
            "GAO-16-520R (2016); the usual 20-70-10 of forced rankings, e.g. Grote (2005), Forced Ranking", is_share=True,
        ),
        Marginal(
            "Managers: correlation of two managers' ratings of one person", ratings.agreement_of_managers(source), 0.45, 0.60,
            ".52; .45 for administrative and .61 for research ratings",
            "Viswesvaran, Ones and Schmidt (1996), J. Applied Psychology 81; Salgado and Moscoso (2019), Frontiers in Psychology 10",
        ),
        Marginal(
            "Peers: correlation of two peers' ratings of one person", ratings.agreement(source, PEER, PEER), 0.25, 0.50, ".42; .37",
            "Viswesvaran, Ones and Schmidt (1996); Conway and Huffcutt (1997), Human Performance 10",
        ),
        Marginal(
            "Manager and peer: correlation", ratings.agreement(source, MANAGER, PEER), 0.25, 0.50, ".34",
            "Conway and Huffcutt (1997), Human Performance 10",
        ),
        Marginal(
            # Somewhat above what has been published: people here know better how they do than people do.
            "Manager and self: correlation", ratings.agreement(source, MANAGER, SELF), 0.10, 0.60, ".22",
            "Conway and Huffcutt (1997); Heidemeier and Moser (2009), J. Applied Psychology 94",
        ),
        Marginal(
            "Self above the manager's rating, in standard deviations", ratings.leniency_of_self(source), 0.10, 0.70, "0.32",
            "Heidemeier and Moser (2009), J. Applied Psychology 94",
        ),
        Marginal(
            # Theirs are idiosyncratic rater effects (53%, 62%) and error (18%, 11%): both lie within the person who is rated.
            "Variance of ratings by others that is the raters', not the person's", ratings.rater_share(source), 0.45, 0.78,
            "53% and 62% rater, 18% and 11% error, 21% and 25% performance",
            "Scullen, Mount and Goff (2000), J. Applied Psychology 85", is_share=True,
        ),
    ]  # fmt: skip


def _of_pay_and_hiring(source: Source) -> list[Marginal]:
    compa = pay.compa_ratios(source)["compa_ratio"]
    return [
        Marginal(
            "Median compa-ratio", single(compa.median()), 0.93, 1.06, "1.00 by design of the bands",
            "WorldatWork, base pay administration: the middle of a band is the market rate",
        ),
        Marginal(
            "Standard deviation of compa-ratios", single(compa.std()), 0.05, 0.16,
            "about 0.10: bands of 80 to 120% that hold nearly everybody",
            "WorldatWork, base pay administration; the standard deviation is our reading of it",
        ),
        Marginal(
            "Compa-ratios from 0.80 to 1.20", _share(compa.to_list(), LOWEST_USUAL, HIGHEST_USUAL), 0.85, 1.0, "nearly all",
            "WorldatWork, base pay administration", is_share=True,
        ),
        Marginal(
            "Merit increase, median of those given", pay.merit_increase(source), 0.015, 0.06, "3.5 to 4% budgeted in 2023 and 2024",
            "WorldatWork, Salary Budget Survey 2023-2024 (quoted from memory)", is_share=True,
        ),
        Marginal(
            "Mean pay of women below that of men, unadjusted, within countries", pay.gender_gap(source), 0.0, 0.30,
            "12.0% in the European Union, 2023",
            "Eurostat, gender pay gap in unadjusted form (quoted from memory)", is_share=True,
        ),
        Marginal(
            # Observed among those hired, so that it is lower than the .19 to .42 corrected for restriction of range.
            "Interviews: correlation with the first rating of those hired", doings.interview_validity(source), -0.10, 0.45,
            ".42 structured, .19 unstructured, corrected",
            "Sackett, Zhang, Berry and Lievens (2022), J. Applied Psychology 107",
        ),
        Marginal(
            "Net promoter score of the employer", doings.net_promoters(source), -0.15, 0.45, "10 to 30 is called usual",
            "consultants' benchmarks; no study known to us", is_share=True,
        ),
    ]  # fmt: skip


AREAS: tuple[Callable[[Source], list[Marginal]], ...] = (_of_people, _of_ratings, _of_pay_and_hiring)


def marginals(source: Source) -> list[Marginal]:
    """All figures of a company."""
    return [marginal for area in AREAS for marginal in area(source)]
