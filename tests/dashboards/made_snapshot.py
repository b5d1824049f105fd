"""A published folder made from frames, without dbt: one small company whose every figure is known.

Belongs here: the published schema with deterministic numbers, suppressed rows among them. Does not belong here: tests.

The company: D1 > (D2 Engineering > (D4 Core, D5 Edge), D3 Sales, D6 Tiny). D6 has four people: hidden everywhere, as is
the location Vilnius. Hidden numbers do not stand in the file, as in a real snapshot.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from orchestration.settings import CHECKOUT

AS_OF = date(2026, 6, 30)
QUARTERS = {
    "2025-Q3": (date(2025, 7, 1), date(2025, 9, 30)),
    "2025-Q4": (date(2025, 10, 1), date(2025, 12, 31)),
    "2026-Q1": (date(2026, 1, 1), date(2026, 3, 31)),
    "2026-Q2": (date(2026, 4, 1), date(2026, 6, 30)),
}
YEARS = {
    "2024": (date(2024, 1, 1), date(2024, 12, 31)),
    "2025": (date(2025, 1, 1), date(2025, 12, 31)),
    "2026": (date(2026, 1, 1), date(2026, 12, 31)),
}
CYCLES = {
    "c24": ("Annual review 2024", "annual", date(2024, 1, 1), date(2024, 12, 31)),
    "c25m": ("Mid-year review 2025", "semi_annual", date(2025, 1, 1), date(2025, 6, 30)),
    "c25": ("Annual review 2025", "annual", date(2025, 1, 1), date(2025, 12, 31)),
    "c26p": ("Probation 2026", "probation", date(2026, 1, 1), date(2026, 3, 31)),
    "c26m": ("Mid-year review 2026", "semi_annual", date(2026, 1, 1), date(2026, 6, 30)),
}
DEPARTMENTS = [
    ("D1", "Company", None, 1),
    ("D2", "Engineering", "D1", 2),
    ("D3", "Sales", "D1", 2),
    ("D6", "Tiny", "D1", 2),
    ("D4", "Core <b>x</b>", "D2", 3),
    ("D5", "Edge", "D2", 3),
]
SLICES = {
    ("company", "all"): 400,
    ("department", "D1"): 400,
    ("department", "D2"): 240,
    ("department", "D3"): 156,
    ("department", "D4"): 140,
    ("department", "D5"): 100,
    ("department", "D6"): 4,
    ("location", "Lisbon"): 397,
    ("location", "Vilnius"): 3,
    ("job_level", "2"): 300,
    ("job_level", "10"): 100,
    ("role_track", "manager"): 50,
    ("role_track", "individual_contributor"): 350,
    ("job_family", "sales"): 160,
    ("job_family", "engineering"): 240,
}
STAGES = ("not_started", "self_assessment", "manager_review", "calibration", "delivery", "sign_off", "completed")
# goal completion: D3 is far below the rest, and 2026-Q2 is clearly above 2026-Q1
GOALS = {"2025-Q3": 0.60, "2025-Q4": 0.61, "2026-Q1": 0.60, "2026-Q2": 0.71}
AT_STAGE = {
    "c24": (0, 0, 0, 0, 0, 0, 400),
    "c25m": (0, 0, 0, 0, 0, 0, 400),
    "c25": (2, 2, 2, 2, 2, 10, 380),
    "c26p": (0, 0, 0, 0, 0, 0, 40),
    "c26m": (20, 30, 300, 50, 0, 0, 0),
}
LEVELS = {1: (4, 3), 2: (36, 40), 3: (240, 217), 4: (100, 120), 5: (20, 20)}  # after, before calibration, of 400


def shown_or_not(numbers: dict[str, Any], is_shown: bool) -> dict[str, Any]:
    """Numbers as published: none of them where the group is too small, and the reason."""
    kept = numbers if is_shown else dict.fromkeys(numbers)
    return kept | {"is_reportable": is_shown, "suppression_reason": None if is_shown else "too_few_people"}


def place(slice_: tuple[str, str]) -> dict[str, str]:
    """The columns of a slice."""
    return {"dimension": slice_[0], "member_id": slice_[1]}


def period(kind: str, key: str) -> dict[str, Any]:
    """The columns of a period."""
    start, end = CYCLES[key][2:] if kind == "cycle" else (QUARTERS if kind == "quarter" else YEARS)[key]
    return {"period_type": kind, "period_id": key, "period_start": start, "period_end": end, "is_complete": end <= AS_OF}


def value_row(metric: str, kind: str, key: str, slice_: tuple[str, str], value: float, n: int, breakdown: str = "") -> dict[str, Any]:
    """A row of metric_values as published; the interval is that of a share from n events, or 0.06 either side of a rating."""
    people = n if metric == "pip_success_rate" else SLICES[slice_]
    half = 0.06 if metric == "average_rating" else 0.98 / n**0.5
    numbers = {
        "numerator": value * n, "denominator": float(n), "value": value, "ci_low": value - half, "ci_high": value + half,
        "n_clusters": 20, "n_people": people, "n_excluded": 7,
    }  # fmt: skip
    told = {"metric": metric, "breakdown": breakdown, "estimator": "ratio", "ci_method": "cluster_wilson", "definition_version": "1"}
    return told | period(kind, key) | place(slice_) | shown_or_not(numbers, people >= 5)


def metric_values(more: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    """All metrics of all slices."""
    rows = list(more or [])
    for slice_, n in SLICES.items():
        off = {("department", "D3"): -0.2, ("department", "D2"): 0.02}.get(slice_, 0.0)
        for quarter, value in GOALS.items():
            rows.append(value_row("goal_completion_rate", "quarter", quarter, slice_, value + off, 3 * n))
        rows += [value_row("goal_completion_rate", "year", year, slice_, v + off, 12 * n) for year, v in (("2025", 0.61), ("2026", 0.66))]
        for cycle, rating in (("c24", 3.10), ("c25m", 3.30), ("c25", 3.21), ("c26p", 3.02)):
            rows.append(value_row("average_rating", "cycle", cycle, slice_, rating, n))
            rows.append(value_row("top_performer_ratio", "cycle", cycle, slice_, rating / 10, n))
            rows.append(value_row("review_completion_rate", "cycle", cycle, slice_, 0.87, n))
            for at, stage in enumerate(STAGES[1:6]):
                rows.append(value_row("review_stage_on_time_rate", "cycle", cycle, slice_, 0.90 - 0.05 * at, n, stage))
        rows += [value_row("average_rating", "year", year, slice_, v, n) for year, v in (("2024", 3.11), ("2025", 3.22))]
    for year, value, n in (("2024", 0.5, 30), ("2025", 0.55, 40), ("2026", 0.5, 4)):
        rows.append(value_row("pip_success_rate", "year", year, ("company", "all"), value, n))
    return pl.DataFrame(rows, infer_schema_length=None)


def rating_distribution() -> pl.DataFrame:
    """Five levels of cycles with ratings."""
    rows = []
    for slice_, n in SLICES.items():
        for cycle in ("c24", "c25m", "c25", "c26p"):
            for level, (after, before) in LEVELS.items():
                numbers = {
                    "n": round(after * n / 400), "n_rated": n, "share": after / 400, "n_at_lower_bound": 60 if level == 4 else 0,
                    "n_before_calibration": round(before * n / 400), "n_rated_before_calibration": n,
                    "share_before_calibration": before / 400,
                }  # fmt: skip
                told = {"level": level, "reference_share": (0.02, 0.08, 0.6, 0.2, 0.1)[level - 1], "definition_version": "1"}
                rows.append(period("cycle", cycle) | place(slice_) | told | shown_or_not(numbers, n >= 20))
    return pl.DataFrame(rows, infer_schema_length=None)


def review_funnel(changed: dict[str, tuple[int, ...]] | None = None) -> pl.DataFrame:
    """Seven stages of every cycle and slice."""
    rows = []
    for slice_, n in SLICES.items():
        for cycle, at in (AT_STAGE | (changed or {})).items():
            scaled = [round(k * n / 400) for k in at]
            whole = {"n_reviews": sum(scaled), "n_people": sum(scaled), "n_excluded": 5}
            for order, stage in enumerate(STAGES, 1):
                numbers = {"n_at_stage": scaled[order - 1], "n_reached": sum(scaled[order - 1 :])} | whole
                told = {"stage": stage, "stage_order": order}
                rows.append(period("cycle", cycle) | place(slice_) | told | shown_or_not(numbers, n >= 5))
    return pl.DataFrame(rows, infer_schema_length=None)


def first_finishers(n_final: int = 27) -> dict[str, pl.DataFrame]:
    """Tables of the company on the last day of c26m: a few reviews are completed, and their ratings are high."""
    ratings = [
        value_row(metric, kind, key, slice_, value, n_final)
        for slice_ in SLICES
        for kind, key in (("cycle", "c26m"), ("quarter", "2026-Q2"))
        for metric, value in (("average_rating", 3.9), ("top_performer_ratio", 0.48))
    ]
    levels = rating_distribution()
    here = levels.filter((pl.col("period_type") == "cycle") & (pl.col("period_id") == "c25m"))
    here = here.with_columns(**{name: pl.lit(value) for name, value in period("cycle", "c26m").items()})
    return {
        "marts.metric_values": metric_values(ratings),
        "marts.review_funnel": review_funnel({"c26m": (0, 0, 300, 400 - 300 - n_final, 0, 0, n_final)}),
        "marts.rating_distribution": pl.concat([levels, here.select(levels.columns)]),
    }


def goal_overdue() -> pl.DataFrame:
    """Four buckets of every slice."""
    rows = []
    for slice_, n in SLICES.items():
        parts = [n // 40, n // 20, n // 10, n // 4]
        for order, (bucket, k) in enumerate(zip(("1_30", "31_90", "91_180", "over_180"), parts, strict=True), 1):
            numbers = {"n_goals": k, "n_overdue": sum(parts), "n_due": 10 * n, "n_people": n}
            told = {"overdue_bucket": bucket, "bucket_order": order, "as_of": AS_OF}
            rows.append(place(slice_) | told | shown_or_not(numbers, n >= 5))
    return pl.DataFrame(rows, infer_schema_length=None)


Below = tuple[int, int, float, int]


def goal(key: str, parent: str | None, depth: int, title: str, department: str | None, below: Below | None) -> dict[str, Any]:
    """A row of goal_cascade; `below` None is hidden."""
    names = ("n_goals_below", "n_completed_below", "progress_below", "n_people")
    numbers = dict(zip(names, below or (None,) * 4, strict=True)) | {"n_excluded": 1}
    own = {"own_status": None, "own_progress_pct": None} if department else {"own_status": "in_progress", "own_progress_pct": 40.0}
    told = {
        "goal_key": key, "parent_goal_key": parent, "root_goal_key": "G1" if parent else key, "depth": depth, "title": title,
        "goal_level": "department" if department else "company", "department_key": department, "start_date": date(2026, 1, 1),
        "target_date": AS_OF, "period_id": "2026-Q2", "has_owner": department is not None,
    }  # fmt: skip
    return told | own | shown_or_not(numbers, below is not None)


def goal_cascade() -> pl.DataFrame:
    """A company goal with three goals below it, one of them hidden, and one without a parent."""
    return pl.DataFrame(
        [
            goal("G1", None, 0, "Keep 90% of customers", None, (200, 120, 78.0, 100)),
            goal("G2", "G1", 1, "<script>alert(1)</script> **bold** [x](http://y)", "D2", (120, 80, 80.0, 60)),
            goal("G3", "G1", 1, "Fill open roles", "D3", (80, 40, 75.0, 40)),
            goal("G4", "G2", 2, "Ship it", "D4", None),
            goal("G5", None, 0, "Alone", "D3", (20, 10, 50.0, 10)),
        ],
        infer_schema_length=None,
    )


def cycle(key: str) -> dict[str, Any]:
    """A row of dim_review_cycle."""
    name, cadence, start, end = CYCLES[key]
    due = ("self_assessment_due", "manager_review_due", "calibration_due", "delivery_due", "sign_off_due")
    told = {"review_cycle_key": key, "review_cycle_id": key, "source_system": "default", "name": name, "cadence": cadence}
    return told | {"period_start": start, "period_end": end} | dict.fromkeys(due, end + timedelta(days=30))


def department(key: str, name: str, parent: str | None, level: int) -> dict[str, Any]:
    """A row of dim_department."""
    told = {"department_key": key, "name": name, "parent_department_key": parent, "level": level, "path": key}
    return told | {"cost_center": None, "location": None, "is_deleted": False}


def tables() -> dict[str, pl.DataFrame]:
    """Every published table."""
    reference = CHECKOUT / "seeds" / "reference"
    return {
        "marts.metric_values": metric_values(),
        "marts.rating_distribution": rating_distribution(),
        "marts.review_funnel": review_funnel(),
        "marts.goal_overdue": goal_overdue(),
        "marts.goal_cascade": goal_cascade(),
        "marts.dim_department": pl.DataFrame([department(*row) for row in DEPARTMENTS], infer_schema_length=None),
        "marts.dim_review_cycle": pl.DataFrame([cycle(key) for key in CYCLES], infer_schema_length=None),
        "reference.metric_dictionary": pl.read_csv(reference / "metric_dictionary.csv", schema_overrides={"version": pl.String}),
        "reference.rating_scale": pl.read_csv(reference / "rating_scale.csv"),
        "reference.rating_reference": pl.read_csv(reference / "rating_reference.csv"),
    }


def write_snapshot(
    folder: Path,
    snapshot_id: str = "20260701T050000000000",
    *,
    changed: dict[str, pl.DataFrame] | None = None,
    without: tuple[str, ...] = (),
    origin: str = "synthetic",
    published_at: datetime | None = None,
) -> Path:
    """Write one snapshot and make it current."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{snapshot_id}.duckdb"
    published_at = (published_at or datetime.now(UTC)).replace(tzinfo=None)
    made = {name: frame for name, frame in (tables() | (changed or {})).items() if name not in without}
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "reference", "snapshot"):
            connection.execute(f"create schema {schema}")
        for name, frame in made.items():
            connection.register("made", frame.to_arrow())
            connection.execute(f"create table {name} as select * from made")
            connection.unregister("made")
        connection.execute(
            "create table snapshot.about as select ? as snapshot_id, ?::timestamp as published_at, ?::date as as_of, "
            "?::timestamp as known_at, 'UTC' as business_timezone, 'run-1' as run_id, 'f' as fingerprint, ? as origin",
            [snapshot_id, published_at, AS_OF, published_at, origin],
        )
        connection.execute("create table snapshot.tables (schema_name varchar, table_name varchar, n_rows bigint, n_not_reportable bigint)")
        for name, frame in made.items():
            hidden = frame.filter(~pl.col("is_reportable")).height if "is_reportable" in frame.columns else 0
            connection.execute("insert into snapshot.tables values (?, ?, ?, ?)", [*name.split("."), frame.height, hidden])
    (folder / "CURRENT").write_text(f"{snapshot_id}\n", encoding="utf-8")
    return path


def write_status(
    folder: Path, *, outcome: str = "published", words: str = "1 234 rows were published.", good_hours_ago: float = 1.0
) -> None:
    """Write status.json as a run does."""
    now = datetime.now(UTC)

    def at(hours: float) -> str:
        return (now - timedelta(hours=hours)).isoformat(timespec="seconds").replace("+00:00", "Z")

    is_good = outcome == "published"
    counts = {
        "n_files": 1,
        "n_read": 1003,
        "n_new": 900,
        "n_changed": 100,
        "n_unchanged": 0,
        "n_earlier": 0,
        "n_quarantined": 3,
        "n_closed": 0,
    }
    seen = {"first_seen": at(1), "last_seen": at(1)}
    run = {"run_id": "run-1", "started_at": at(0.6), "finished_at": at(0.5), "outcome": outcome, "code": None if is_good else "PL-GATE"}
    goals = {"table_name": "goals", "area": "goals", "n_standing": 1000, "n_waiting": 3, "n_waiting_files": 0}
    pips = {"table_name": "pips", "area": "improvement", "n_standing": 0, "n_waiting": 0, "n_waiting_files": 0}
    status = {
        "format": 1,
        "written_at": at(0.5),
        "last_good_at": at(good_hours_ago),
        "stale_after_hours": 36.0,
        "run": run | {"words": words, "seconds": {"load": 3.1, "build": 12.0, "publish": 1.2}},
        "clock": {"as_of": "2026-06-30", "known_at": at(1), "business_timezone": "UTC"},
        "snapshot": None,
        "gates": [
            {"gate": "held_back", "subject": "goals", "passed": is_good, "detail": "3 of 1,003 records held back (0.3%, at most 2%)"}
        ],
        "tables": [
            goals | {"last_extracted_at": at(5), "last_loaded_at": at(1)},
            pips | {"last_extracted_at": None, "last_loaded_at": None},
        ],
        "loads": [{"run_id": "run-1", "loaded_at": at(1), "table_name": "goals"} | counts],
        "quarantine": [{"table_name": "goals", "reason": "target_date is not a date", "n_rows": 3} | seen],
        "findings": [{"rule": "goal_without_owner", "table_name": "goals", "severity": "warning", "n": 12} | seen],
        "models": {"n_models": 91, "n_tests": 190, "slowest": []},
    }
    (folder / "status.json").write_text(json.dumps(status), encoding="utf-8")
