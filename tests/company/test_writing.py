"""A company as files, its settings, and that equal settings give equal bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from seeds.company import Parameters, generate, write
from seeds.company.company import TABLES
from seeds.company.draws import Draws

SMALL = Parameters(employees=60, years=1)
FEW = ("employees", "reviews", "reviews", "pips", "goals")


def test_same_settings_give_the_same_company_and_another_seed_another() -> None:
    one, again = (generate(SMALL) for _ in range(2))
    other = generate(SMALL.with_settings(["seed=4"]), tables=("employees",))
    assert set(one.tables) == set(TABLES)
    for name, frame in {**one.tables, **one.truth}.items():
        assert frame.equals({**again.tables, **again.truth}[name]), name
    assert not one.tables["employees"].equals(other.tables["employees"])


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_writing_again_touches_no_file(tmp_path: Path, file_format: Any) -> None:
    def state() -> dict[Path, tuple[int, int, bytes]]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in files}

    rows = write(SMALL, tmp_path, file_format)
    before = state()
    assert write(SMALL, tmp_path, file_format) == rows
    assert state() == before
    assert {path.name for path in (tmp_path / "landing").iterdir()} == {f"{table}.{file_format}" for table in TABLES}
    assert {path.name for path in (tmp_path / "truth").iterdir()} >= {"parameters.json", "performance.parquet", "attrition_risk.parquet"}
    read: Callable[..., pl.DataFrame] = pl.read_parquet if file_format == "parquet" else pl.read_csv
    for table, count in rows.items():
        options = {} if file_format == "parquet" else {"infer_schema": False}
        assert read(tmp_path / "landing" / f"{table}.{file_format}", **options).height == count, table


def test_a_landing_never_holds_a_mixture(tmp_path: Path) -> None:
    write(SMALL, tmp_path, "csv")
    write(SMALL, tmp_path, "parquet", tables=("employees",))
    assert [path.name for path in (tmp_path / "landing").iterdir()] == ["employees.parquet"]
    assert [path.name for path in (tmp_path / "truth").iterdir() if path.suffix == ".parquet"] == []
    with pytest.raises(ValueError, match="xml"):
        write(SMALL, tmp_path, "xml")
    with pytest.raises(ValueError, match="salaries"):
        write(SMALL, tmp_path, tables=("salaries",))


def test_written_parameters_make_the_same_company(tmp_path: Path) -> None:
    parameters = SMALL.with_settings(["severity_sd=0.4", "until=2026-03-31"])
    write(parameters, tmp_path, tables=("employees",))
    read = Parameters.model_validate_json((tmp_path / "truth" / "parameters.json").read_text(encoding="utf-8"))
    assert read == parameters


def test_settings_that_do_not_exist_or_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"severty_sd.*did you mean: severity_sd"):
        Parameters().with_settings(["severty_sd=0"])
    with pytest.raises(ValueError, match="severity_sd"):
        Parameters().with_settings(["severity_sd=-1"])
    with pytest.raises(ValueError, match="name=value"):
        Parameters().with_settings(["severity_sd"])
    with pytest.raises(ValueError, match="30 June or a 31 December"):
        Parameters().with_settings(["horizon=2026-03-31"])
    with pytest.raises(ValueError, match="before the history begins on 2023-07-01"):
        Parameters().with_settings(["until=2023-06-30"])


def test_time_is_planned_by_the_horizon_whatever_the_last_day() -> None:
    moved = Parameters().with_settings(["horizon=2020-12-31", "years=2"])
    assert (moved.start, moved.until, moved.end) == (dt.date(2019, 1, 1), dt.date(2020, 12, 31), dt.date(2020, 12, 31))
    early = Parameters().with_settings(["until=2024-02-29"])
    assert (early.start, early.end) == (dt.date(2023, 7, 1), dt.date(2024, 6, 30))


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Parameters.model_fields.items() if not field.description] == []


def test_progress_is_told_of_every_step() -> None:
    told: list[tuple[str, int, int]] = []
    write_nothing = type("Nothing", (), {"table": lambda *_: None, "truth": lambda *_: None})()
    from seeds.company.company import make

    make(SMALL, write_nothing, progress=lambda name, done, total: told.append((name, done, total)))
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert {total for _, _, total in told} == {len(told)}


def test_a_new_draw_of_goals_leaves_people_and_ratings_alone() -> None:
    one, other = (generate(SMALL.with_settings(settings), tables=FEW) for settings in ([], ["goals_per_quarter=1.0"]))
    assert not one.tables["goals"].equals(other.tables["goals"])
    for name in ("employees", "reviews", "pips"):
        assert one.tables[name].equals(other.tables[name]), name


def test_the_pipeline_ran_on_a_company_whose_truth_cannot_be_read(demo_home: Path) -> None:
    """The demo that all tests share was built beside files of truth that hold nothing but these words."""
    files = list((demo_home / "truth").iterdir())
    assert len(files) > 5
    assert {path.read_text(encoding="utf-8") for path in files} == {"never read by the pipeline"}
    assert (demo_home / "published" / "CURRENT").exists()


# ------------------------------------------------------------------------------------------------------------ draws
KEYS = np.arange(200_000)


def test_draws_have_the_distributions_they_are_named_after() -> None:
    draws = Draws(7, "test")
    assert stats.kstest(draws.uniform(KEYS), "uniform").pvalue > 1e-3
    assert stats.kstest(draws.normal(KEYS), "norm").pvalue > 1e-3
    assert stats.kstest(draws.exponential(3.0, KEYS), stats.expon(scale=3).cdf).pvalue > 1e-3
    for mean in (0.05, 1.5, 20.0):
        counts = np.bincount(draws.poisson(mean, KEYS))
        expected = stats.poisson(mean).pmf(np.arange(len(counts)))
        enough = expected * len(KEYS) > 20
        assert stats.chisquare(counts[enough], expected[enough] / expected[enough].sum() * counts[enough].sum()).pvalue > 1e-3
    share = np.bincount(draws.choice([1, 2, 5], KEYS)) / len(KEYS)
    assert share == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.005)
    whole = draws.integers(np.array([3, -2]), np.array([7, 0]), KEYS[:50_000, None], np.arange(2))
    assert (whole.min(axis=0).tolist(), whole.max(axis=0).tolist()) == ([3, -2], [6, -1])


def test_draws_depend_on_seed_name_and_keys_and_on_nothing_else() -> None:
    draws = Draws(7, "test")
    all_at_once = draws.uniform(KEYS, 5)
    assert (draws.uniform(KEYS[::-1], 5)[::-1] == all_at_once).all()
    assert draws.uniform(KEYS[17:18], 5)[0] == all_at_once[17]
    others = [draws.uniform(KEYS, 6), draws.uniform(5, KEYS), draws.sub("other").uniform(KEYS, 5), Draws(8, "test").uniform(KEYS, 5)]
    for other in others:
        # Independent: five standard errors of a correlation of 200,000 pairs.
        assert abs(np.corrcoef(all_at_once, other)[0, 1]) < 5 / np.sqrt(len(KEYS))
    pairs = stats.kendalltau(all_at_once[:-1][:20_000], all_at_once[1:][:20_000])
    assert abs(pairs.statistic) < 0.025


def test_negative_keys_and_single_keys_are_keys_too() -> None:
    draws = Draws(7, "test")
    assert draws.uniform(-1) != draws.uniform(1)
    assert 0 < float(draws.uniform(3, -4)) < 1
    assert np.ndim(draws.normal(3)) == 0
