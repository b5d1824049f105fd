"""The organisation as seats: who would report to whom, in which department, at which place, if every seat were taken.

Here: the tree of seats, the department tree laid over it, the catalogue of positions. Not here: people, and what
happens over time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from seeds.company.days import NEVER, Days, Flags, day_number
from seeds.company.parameters import Parameters

Indices = npt.NDArray[np.int64]

DIVISIONS = ["Engineering", "Sales", "Operations", "Customer Support", "Product", "Marketing", "Finance", "People"]
FAMILIES = ["engineering", "sales", "operations", "support", "product", "marketing", "finance", "people"]
DIVISION_SHARE = np.array([0.28, 0.17, 0.16, 0.13, 0.08, 0.07, 0.06, 0.05])
UNITS = ["Platform", "North", "Field", "Core", "Growth", "South", "Planning", "Quality", "Partners", "East",
         "Design", "West", "Services", "Insights", "Tools", "Central", "Delivery", "Research", "Projects",
         "Programmes"]  # fmt: skip
CRAFTS = ["Engineer", "Account Executive", "Operations Specialist", "Support Specialist", "Product Analyst",
          "Marketing Specialist", "Financial Analyst", "People Partner"]  # fmt: skip
GRADES = ["Junior ", "", "Senior ", "Lead ", "Principal ", "Distinguished "]
HEADS = {5: "Team Lead", 6: "Senior Team Lead", 7: "Department Lead", 8: "Senior Department Lead", 9: "Director",
         10: "Senior Director", 11: "Vice President"}  # fmt: skip
LOCATIONS = ["Lisbon", "Kraków", "Manchester", "Toronto", "Pune", "Remote"]
COUNTRIES = ["PT", "PL", "GB", "CA", "IN", "DE"]
LOCATION_SHARE = np.array([0.28, 0.22, 0.18, 0.14, 0.12, 0.06])
EMPLOYMENT_TYPES = ["full_time", "part_time", "contract", "intern"]
FULL_TIME, PART_TIME, CONTRACT, INTERN = range(4)
MAX_LEVEL_OF_CRAFT = 6
CHIEF_LEVEL = 12
LARGEST_TEAM = 11
# How busy hiring is in each month, January first.
HIRING_SEASON = np.array([9, 8, 7, 6, 5, 4, 2, 3, 10, 8, 5, 1])


@dataclass(frozen=True)
class Structure:
    """Seats in order of depth (seat 0 is the chief executive's), and what is laid over them.

    `parents` holds one array per epoch: the seat each seat reports to (-1 for seat 0), valid from `epoch_starts`.
    `departments` likewise holds the department index of each seat.
    """

    parents: list[Indices]
    departments: list[Indices]
    epoch_starts: list[int]
    depth: Indices
    leads: Flags
    division: Indices
    level: Indices
    employment_type: Indices
    location: Indices
    opens_on: Days
    quality: npt.NDArray[np.float64]
    department_parent: Indices
    department_head_seat: Indices
    department_name: list[str]

    def parents_on(self, day: int) -> Indices:
        """The seat that each seat reports to on `day`."""
        return self.parents[int(np.searchsorted(self.epoch_starts, day, side="right")) - 1]

    @property
    def size(self) -> int:
        """Number of seats."""
        return len(self.depth)


def _split(sizes: Indices, random: np.random.Generator) -> tuple[Indices, Indices]:
    """Number of sub-teams and of direct single seats below leaders who have `sizes` people under them."""
    height = np.ceil(np.log(np.maximum(sizes, 2)) / np.log(8.5) - 1e-9)
    deep = np.clip(np.round(sizes ** (1 / height)), 5, 10).astype(np.int64)
    shallow = np.maximum(sizes // 8, 1)
    teams = np.where(sizes > 72, deep, shallow)
    singles = np.where(sizes > 72, random.integers(0, 3, len(sizes)), np.maximum(6 - shallow, 0))
    alone = sizes <= LARGEST_TEAM
    return np.where(alone, 0, teams), np.where(alone, sizes, singles)


def _tree(total: int, random: np.random.Generator) -> tuple[Indices, Indices, Indices, Indices]:
    """Parent, depth, division and people below of each of `total` seats, level by level."""
    parent, depth, division, below = [np.array([-1])], [np.array([0])], [np.array([-1])], [np.array([total - 1])]
    frontier, frontier_below, frontier_division, first = np.array([0]), below[0], division[0], 1
    while len(frontier):
        if len(depth) == 1:
            teams = np.array([np.clip(total // 25, 1, len(DIVISIONS))])
            singles = np.array([0])
            weights = DIVISION_SHARE[: teams[0]]
        else:
            teams, singles = _split(frontier_below, random)
            weights = random.uniform(0.8, 1.2, int(teams.sum()))
        owner = np.repeat(np.arange(len(frontier)), teams)
        share = np.cumsum(weights) - np.concatenate(([0.0], np.cumsum(weights)))[np.cumsum(teams) - teams][owner]
        share /= np.bincount(owner, weights, minlength=len(frontier))[owner]
        edge = np.round(share * (frontier_below - singles)[owner]).astype(np.int64)
        before = np.where(np.diff(owner, prepend=-1) != 0, 0, np.roll(edge, 1))
        team_below = edge - before - 1
        single_owner = np.repeat(np.arange(len(frontier)), singles)
        all_owner = np.concatenate((owner, single_owner))
        all_below = np.concatenate((team_below, np.zeros(len(single_owner), dtype=np.int64)))
        keep = all_below >= 0
        all_owner, all_below = all_owner[keep], all_below[keep]
        own_division = np.arange(len(all_owner)) if len(depth) == 1 else frontier_division[all_owner]
        parent.append(frontier[all_owner])
        division.append(own_division)
        below.append(all_below)
        depth.append(np.full(len(all_owner), len(depth)))
        seats = first + np.arange(len(all_owner))
        first += len(seats)
        open_ended = all_below > 0
        frontier, frontier_below = seats[open_ended], all_below[open_ended]
        frontier_division = own_division[open_ended]
    return np.concatenate(parent), np.concatenate(depth), np.concatenate(division), np.concatenate(below)


def _inherit(own: Indices, parent: Indices, depth: Indices) -> Indices:
    """For each seat its own value, or that of the nearest seat above that has one (-1: none of its own)."""
    value = own.copy()
    for level in range(1, int(depth.max()) + 1):
        seats = np.flatnonzero((depth == level) & (own < 0))
        value[seats] = value[parent[seats]]
    return value


def _reorganised(parent: Indices, movable: Flags, depth: Indices, division: Indices,
                 *, share: float, random: np.random.Generator) -> Indices:  # fmt: skip
    """Parents after some teams have changed places, each with another of its depth and division."""
    moved = np.flatnonzero(movable & (random.random(len(parent)) < share))
    group = depth[moved] * 100 + division[moved]
    shuffled = np.lexsort((random.random(len(moved)), group))
    after = parent.copy()
    after[moved[np.argsort(group, kind="stable")]] = parent[moved[shuffled]]
    return after


def _month(days: Days) -> Indices:
    """Number of the calendar month (0 to 11) of each day number."""
    result: Indices = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return result


def build(parameters: Parameters) -> Structure:
    """Seats for `parameters.employees` people at the end, a few of them vacant at any time."""
    random = parameters.draws("structure").generator()
    total = round(parameters.employees * 1.022) + 1
    parent, depth, division, below = _tree(total, random)
    size, leads = len(parent), below > 0
    start, horizon = day_number(parameters.start), day_number(parameters.horizon)

    heads = leads & ((depth <= 1) | ((below > LARGEST_TEAM) & (depth <= 4)))
    head_seats = np.flatnonzero(heads)
    own_department = np.full(size, -1)
    own_department[head_seats] = np.arange(len(head_seats))
    department = _inherit(own_department, parent, depth)
    movable = leads & ~heads
    after = _reorganised(parent, movable, depth, division, share=parameters.reorganisation_share, random=random)
    middle = start + (horizon - start) // 2

    height = depth.max() - depth
    craft_level = 1 + random.choice(4, size, p=[0.2, 0.4, 0.28, 0.12])
    lead_level = np.clip(4 + height + random.integers(0, 2, size), 5, 11)
    level = np.where(leads, lead_level, craft_level)
    level = np.where(depth == 1, np.where(leads, random.integers(10, 12, size), level), level)
    level[0] = CHIEF_LEVEL
    shares = [parameters.contract_share, parameters.intern_share, parameters.part_time_share]
    kind = random.random(size)
    employment_type = np.select(
        [leads, kind < shares[0], kind < sum(shares[:2]), kind < sum(shares)],
        [FULL_TIME, CONTRACT, INTERN, PART_TIME], FULL_TIME,
    )  # fmt: skip
    level = np.where(employment_type == INTERN, 1, level)

    sites = random.choice(len(LOCATIONS), size, p=LOCATION_SHARE)
    site = _inherit(np.where(leads, sites, -1), parent, depth)
    location = np.where(random.random(size) < 0.85, site, sites)
    new_share = 1 - (1 + parameters.growth_rate) ** -parameters.years
    is_new = ~leads & (random.random(size) < new_share)
    # Growth comes rather in the busy months of hiring: the busier of two days, if both are drawn.
    one, other = random.integers(start + 1, horizon + 1, (2, size))
    busier = HIRING_SEASON[_month(other)] > HIRING_SEASON[_month(one)]
    opens_on = np.where(is_new, np.where(busier & (random.random(size) < parameters.hiring_season), other, one), -NEVER)

    # Quality belongs to the team a seat leads; half of its variance is shared by the department.
    quality = np.sqrt(0.5) * (random.standard_normal(len(head_seats))[department] + random.standard_normal(size))
    return Structure(
        parents=[parent, after], departments=[department, _inherit(own_department, after, depth)],
        epoch_starts=[-NEVER, middle], depth=depth, leads=leads, division=division, level=level,
        employment_type=employment_type, location=location, opens_on=opens_on, quality=quality,
        department_parent=np.where(head_seats == 0, -1, department[np.maximum(parent[head_seats], 0)]),
        department_head_seat=head_seats, department_name=_department_names(head_seats, parent, department, division),
    )  # fmt: skip


def _department_names(seats: Indices, parent: Indices, department: Indices, division: Indices) -> list[str]:
    """Names that say the division, and below it a unit per level; siblings differ."""
    names: list[str] = []
    count: dict[int, int] = {}
    for number, seat in enumerate(seats):
        above = int(department[parent[seat]]) if number else -1
        sibling = count.get(above, 0)
        count[above] = sibling + 1
        if number == 0:
            names.append("Company")
        elif above == 0:
            names.append(DIVISIONS[int(division[seat])])
        else:
            unit = UNITS[(sibling + 3 * above) % len(UNITS)]
            names.append(f"{names[above]} {unit}")
    return names


def position_table() -> pl.DataFrame:
    """The catalogue of jobs: one row per division, track and level."""
    rows = []
    for family, craft, division in zip(FAMILIES, CRAFTS, DIVISIONS, strict=True):
        code = family[:3].upper()
        for level in range(1, MAX_LEVEL_OF_CRAFT + 1):
            title = f"{GRADES[level - 1]}{craft}"
            rows.append((f"{code}-IC{level:02d}", title, family, level, "individual_contributor", level >= 5))
        for level, title in HEADS.items():
            track = "executive" if level >= 10 else "manager"
            rows.append((f"{code}-M{level:02d}", f"{title}, {division}", family, level, track, level >= 9))
    rows.append(("EXE-M12", "Chief Executive", "executive", CHIEF_LEVEL, "executive", True))
    names = ["position_id", "title", "job_family", "job_level", "role_track", "is_critical_role"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(market_job_code=pl.format("MKT-{}", pl.col("position_id")))


def position_ids(division: Indices, level: Indices, leads: Flags) -> pl.Series:
    """The position of people at `level` who lead (or not) in `division` (-1: the chief executive)."""
    codes = pl.Series([family[:3].upper() for family in FAMILIES] + ["EXE"])
    frame = pl.DataFrame({"code": codes.gather(division % len(codes)), "level": level, "leads": leads})
    track = pl.when("leads").then(pl.lit("M")).otherwise(pl.lit("IC"))
    number = pl.col("level").cast(pl.String).str.zfill(2)
    return frame.select(pl.format("{}-{}{}", "code", track, number).alias("position_id")).to_series()
