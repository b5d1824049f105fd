"""Random landing folders over several runs against the plain model of the contract's text (ingestion_model).

`PLUMBLINE_HYPOTHESIS=long` looks at many more of them, other ones each time.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestration.contracts import SOURCES, Contract, load_contracts
from orchestration.warehouse import connect, ensure_raw_tables, migrate
from tests.pipeline.ingestion_model import KEY, MOST_VANISH_PCT, PARENT, TABLES, File, Model, Values
from tests.pipeline.landing_home import FAR, Home, csv_text, load

IS_LONG = os.environ.get("PLUMBLINE_HYPOTHESIS") == "long"
FIRST_DAY = datetime(2026, 1, 1)
FIRST_RUN = datetime(2026, 6, 1)


def profile(n_examples: int) -> settings:
    """The same examples each time, or in the long profile many others."""
    return settings(
        max_examples=n_examples * 20 if IS_LONG else n_examples,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )


# ------------------------------------------------------------------------------------------------------------- the contracts


def columns_of(table: str) -> list[str]:
    parent = [PARENT[table][1]] if table in PARENT else []
    return [KEY[table], "label", *parent, "size", "source_updated_at", "is_deleted"]


def described(table: str) -> dict[str, object]:
    """The dbt source table of one of the model's tables."""
    key: dict[str, object] = {"name": KEY[table], "data_type": "text", "data_tests": ["not_null"]}
    label = {"name": "label", "data_type": "text", "data_tests": ["not_null"]}
    size = {"name": "size", "data_type": "int", "data_tests": [{"in_range": {"arguments": {"min_value": 1, "max_value": 2}}}]}
    columns = [key, label, size]
    if table in PARENT:
        parent, column = PARENT[table]
        refers = {"relationships": {"arguments": {"to": f"source('raw', '{parent}')", "field": column}}}
        columns.append({"name": column, "data_type": "text", "data_tests": ["not_null", refers]})
    return {"name": table, "config": {"meta": {"key": [KEY[table]]}}, "columns": columns}


@cache
def contracts() -> dict[str, Contract]:
    """Contracts of the model's tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(SOURCES / "every_table.yml", folder)
        body = {"version": 2, "sources": [{"name": "raw", "tables": [described(t) for t in TABLES]}]}
        (folder / "model.yml").write_text(yaml.safe_dump(body), encoding="utf-8")
        return load_contracts(folder)


# ---------------------------------------------------------------------------------------------------------- random landings


@dataclass(frozen=True)
class Drop:
    """A file put into the landing folder."""

    table: str
    part: str
    day: int | None
    file_format: str
    records: tuple[Mapping[str, str] | None, ...]

    @property
    def name(self) -> str:
        at = "" if self.day is None else f"@2026-01-{self.day:02d}"
        return f"{self.table}/{self.part}{at}.{self.file_format}"

    def extracted_at(self, now: datetime) -> datetime:
        return now if self.day is None else FIRST_DAY + timedelta(days=self.day - 1)

    def content(self, folder: Path) -> bytes:
        """The file's bytes; a record that is None is one that cannot be split."""
        names = columns_of(self.table)
        if self.file_format == "parquet":
            rows = [{n: (r or {}).get(n) for n in names} for r in self.records if r is not None]
            frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
            frame.write_parquet(folder / "drop.parquet", statistics=False)
            return (folder / "drop.parquet").read_bytes()
        if self.file_format == "jsonl":
            lines = ['{"label' if r is None else json.dumps({n: r.get(n) for n in names}) for r in self.records]
            return "".join(line + "\n" for line in lines).encode()
        delimiter = ";" if self.file_format == "csv.gz" else ","
        header = csv_text([dict.fromkeys(names, "")], delimiter).splitlines()[0]
        lines = [header, *("broken" if r is None else delimiter.join(r.get(n, "") for n in names) for r in self.records)]
        text = "".join(line + "\n" for line in lines).encode()
        return gzip.compress(text, mtime=0) if self.file_format == "csv.gz" else text

    def read(self, now: datetime) -> File:
        records = tuple(r for r in self.records if r is not None) if self.file_format == "parquet" else self.records
        shape = "jsonl" if self.file_format == "jsonl" else "table"
        return File(self.table, self.name, self.extracted_at(now), records, shape)


def mostly(*values: str | None, seldom: Sequence[str | None] = ()) -> st.SearchStrategy[str | None]:
    return st.sampled_from([*values * 4, *seldom])


@st.composite
def records(draw: st.DrawFn, table: str) -> Mapping[str, str] | None:
    if draw(st.integers(0, 19)) == 0:
        return None
    fields = {
        KEY[table]: draw(mostly("1", "2", seldom=("3", None))),
        "label": draw(mostly("a", "a", "b", seldom=(None,))),
        "size": draw(mostly(None, "1", "2", seldom=("9", "x"))),
        "source_updated_at": draw(st.sampled_from([None, None, None, "2025-12-01 00:00:00", "2025-12-02 00:00:00"])),
        "is_deleted": draw(mostly(None, None, seldom=("true",))),
    }
    if table in PARENT:
        fields[PARENT[table][1]] = draw(mostly("1", "2", seldom=("3", "4", None)))
    return {name: value for name, value in fields.items() if value is not None}


@st.composite
def drops(draw: st.DrawFn, tables: Sequence[str] = TABLES) -> Drop:
    table = draw(st.sampled_from(tables))
    file_format = draw(st.sampled_from(["csv", "csv", "jsonl", "parquet", "csv.gz"]))
    least = 1 if file_format == "jsonl" else 0
    rows = draw(st.lists(records(table), min_size=least, max_size=7))
    return Drop(table, draw(st.sampled_from("ab")), draw(st.sampled_from([None, 1, 2, 3, 4])), file_format, tuple(rows))


@st.composite
def landings(draw: st.DrawFn) -> list[list[Drop]]:
    """Drops of up to four runs, about few tables at once, so that they meet."""
    tables = draw(st.sampled_from([("sites",), ("teams",), ("teams", "members"), ("teams", "members", "notes"), TABLES]))
    return draw(st.lists(st.lists(drops(tables), min_size=1, max_size=4), min_size=1, max_size=4))


# ---------------------------------------------------------------------------------------------------------------- both sides


@dataclass
class Side:
    """A warehouse in memory and the model, given the same files."""

    home: Home
    connection: duckdb.DuckDBPyConnection
    model: Model = field(default_factory=Model)
    held: dict[str, bytes] = field(default_factory=dict)
    n_runs: int = 0

    def run(self, files: Sequence[Drop]) -> None:
        """Drop files, load them, and let the model load those that are new or changed."""
        self.n_runs += 1
        now = FIRST_RUN + timedelta(days=self.n_runs)
        to_read: dict[str, File] = {}
        by_name = {d.name: d for d in files}
        for name, drop in by_name.items():
            content = drop.content(self.home.folder)
            if self.held.get(name) != content:
                to_read[name] = drop.read(now)
            self.held[name] = content
            self.home.drop(name, content)
        expected = self.model.run(list(to_read.values()))
        report = load(self.connection, self.home, now)
        assert {f.source_file: f.outcomes.get("quarantined", 0) for f in report.files} == expected
        for file in report.files:
            assert file.status == "loaded", file.detail
            assert file.n_read == len(to_read[file.source_file].records) == sum(file.outcomes.values())

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def versions(self, table: str) -> list[tuple[str, Values, datetime, datetime | None]]:
        """Key, values, recorded_at, superseded_at of all versions."""
        names = columns_of(table)
        selected = ", ".join(f"{n}::varchar" for n in names)
        rows = self.ask(f"select recorded_at, superseded_at, {selected} from raw.{table}")
        found = []
        for recorded_at, superseded_at, *fields in rows:
            values = tuple(sorted((n, v) for n, v in zip(names, fields, strict=True) if v is not None))
            found.append((dict(values)[KEY[table]], values, recorded_at, superseded_at))
        return found

    def standing(self, table: str, known_at: datetime) -> dict[str, Values]:
        """The values of each key that exists at a time; two versions at once are an error."""
        found: dict[str, Values] = {}
        for key, values, recorded_at, superseded_at in self.versions(table):
            if recorded_at <= known_at and (superseded_at is None or superseded_at > known_at):
                assert key not in found, f"two versions of {key} stand at {known_at}"
                found[key] = values
        return {k: v for k, v in found.items() if dict(v).get("is_deleted") != "true"}

    def moments(self, table: str) -> list[datetime]:
        times = {t for _, _, *both in self.versions(table) for t in both if t is not None}
        return [FIRST_DAY - timedelta(days=1), *sorted(times), FAR]


@contextmanager
def side(folder: Path) -> Iterator[Side]:
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder, contracts())
    home.settings = home.settings.model_copy(update={"max_vanish_pct": MOST_VANISH_PCT, "threads": 1})
    home.drop("_landing.toml", '[sites]\nmode = "snapshot"\n')
    connection = connect(Path(":memory:"), home.settings)
    try:
        migrate(connection, Path(":memory:"))
        ensure_raw_tables(connection, contracts())
        yield Side(home, connection)
    finally:
        connection.close()


def check_places(now: Side) -> None:
    """Every record is in raw or in quarantine, and nothing else is there."""
    for name, table in now.model.tables.items():
        accepted = {(key, r.values) for key, rows in table.accepted.items() for r in rows}
        versions = now.versions(name)
        assert {(key, values) for key, values, *_ in versions} == accepted
        assert Counter(key for key, *_, superseded_at in versions if superseded_at is None) == Counter(table.accepted.keys())
        seen: Counter[object] = Counter()
        for kept in table.kept:
            seen[kept.key] += kept.times_seen
        quarantine = f"from quarantine.rows where table_name = '{name}'"
        assert Counter(dict(map(tuple, now.ask(f"select row_key, sum(times_seen)::bigint {quarantine} group by 1")))) == seen
        unresolved = Counter(key for (key,) in now.ask(f"select row_key {quarantine} and resolved_at is null"))
        assert unresolved == Counter(k.key for k in table.unresolved())
        waiting = Counter(key for (key,) in now.ask(f"select row_key {quarantine} and resolved_at is null and waits_for_parent"))
        assert waiting == Counter(k.key for k in table.unresolved() if k.waits)
        findings = now.ask(
            "select row_key from ops.findings where rule = 'newest_version_in_quarantine' and resolved_at is null "
            f"and table_name = '{name}'"
        )
        assert {key for (key,) in findings} == unresolved.keys() - {None}
        n_new = now.ask(
            f"select (select coalesce(sum(n_new), 0) from ops.loads where table_name = '{name}') + "
            f"(select count(*) from ops.releases where table_name = '{name}' and outcome = 'new')"
        )
        assert n_new == [(len(table.accepted),)]
    sums = "n_read <> n_new + n_changed + n_unchanged + n_earlier + n_quarantined"
    assert now.ask(f"select source_file from ops.loads where {sums}") == []


def check_versions(now: Side) -> None:
    """What counts for each key, and that at any time at most one version of it stands."""
    for name, table in now.model.tables.items():
        assert now.standing(name, FAR) == table.standing(FAR)
        for moment in now.moments(name):
            now.standing(name, moment)


@given(runs=landings())
@profile(30)
def test_random_landings_come_to_what_the_contract_says(tmp_path_factory: pytest.TempPathFactory, runs: list[list[Drop]]) -> None:
    with side(tmp_path_factory.getbasetemp() / "random") as both:
        for files in runs:
            both.run(files)
            check_places(both)
            check_versions(both)


@given(files=st.lists(drops(("teams", "sites")), min_size=2, max_size=7), together=st.booleans())
@profile(14)
def test_history_reads_at_any_time_as_it_was_told(tmp_path_factory: pytest.TempPathFactory, files: list[Drop], together: bool) -> None:
    """Files in one run, or one after the other in the order of their times."""
    ordered = sorted({d.name: d for d in files}.values(), key=lambda d: (d.extracted_at(FIRST_RUN), d.name))
    with side(tmp_path_factory.getbasetemp() / "history") as both:
        for batch in [ordered] if together else [[d] for d in ordered]:
            both.run(batch)
        for name in ("teams", "sites"):
            for moment in both.moments(name):
                assert both.standing(name, moment) == both.model.tables[name].standing(moment)


@given(files=st.lists(drops(("teams", "members", "notes")), min_size=2, max_size=7), order=st.randoms(use_true_random=False))
@profile(14)
def test_one_run_and_one_file_a_run_in_any_order_come_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, files: list[Drop], order: object
) -> None:
    """Files without a time of their own keep their order: it is the runs that date them."""
    distinct = sorted({d.name: d for d in files}.values(), key=lambda d: d.name)
    dated = [d for d in distinct if d.day is not None]
    order.shuffle(dated)  # type: ignore[attr-defined]
    folder = tmp_path_factory.getbasetemp()
    with side(folder / "one") as one, side(folder / "many") as many:
        one.run(distinct)
        for drop in [*dated, *(d for d in distinct if d.day is None)]:
            many.run([drop])
        for name in TABLES:
            assert one.standing(name, FAR) == many.standing(name, FAR)
            check_places(many)
