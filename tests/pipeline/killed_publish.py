"""A home to publish from, made without dbt; publishing in a process of its own that is killed or finds the disk full; a reader beside it.

Belongs here: the warehouse and the yml that publishing tests share, and what happens in child processes. Does not belong here:
what must hold.
"""

from __future__ import annotations

import json
import resource
import signal
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb

from orchestration import publishing
from orchestration.observer import Silent
from orchestration.publishing import Published, PublishError, folder, snapshot
from orchestration.settings import Settings
from tests.pipeline.killed import kill_at

FIRST = datetime(2026, 6, 1, 6, 0)
CHILDREN = get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.pipeline.killed_publish"])

FIGURES = """
    models:
      - name: figures
        description: One row per metric and slice.
        config:
          meta:
            publish:
              without: {dimension: [manager]}
              left_out_columns: [remark]
              people: n_people
              at_least: 5
              numbers: [numerator, value, n_people]
              not_about_people: [level]
              intervals: {columns: [ci_low, ci_high], at_least: 10, only: {metric: [rating]}}
              extremes: {share: value, at_least: 20, only: {metric: [success]}}
        columns:
          - {name: metric, data_type: varchar}
          - {name: dimension, data_type: varchar}
          - {name: member_id, data_type: varchar}
          - {name: level, data_type: integer}
          - {name: numerator, data_type: bigint}
          - {name: value, data_type: double}
          - {name: ci_low, data_type: double}
          - {name: ci_high, data_type: double}
          - {name: n_people, data_type: bigint}
          - {name: remark, data_type: varchar}
"""
PLACES = """
    models:
      - name: places
        config: {meta: {publish: {left_out_columns: [head_person_key]}}}
        columns:
          - {name: place, data_type: varchar}
          - {name: floor_area, data_type: "decimal(18,4)"}
          - {name: head_person_key, data_type: varchar}
"""
WORDS = """
    seeds:
      - name: words
        config: {column_types: {word: varchar, weight: double}}
        columns: [{name: word}, {name: weight}]
"""
EXPOSURES = """
    exposures:
      - {name: page, type: dashboard, owner: {name: x}, depends_on: [ref('figures'), ref("places"), "ref( 'words' )"]}
      - {name: other, type: dashboard, owner: {name: x}, depends_on: [ref('figures')]}
"""
FIGURE_TYPES = (
    "metric varchar, dimension varchar, member_id varchar, level integer, numerator bigint, value double, ci_low double, "
    "ci_high double, n_people bigint, remark varchar"
)
Figure = tuple[str, str, str, int | None, float | None]


@dataclass
class Home:
    """A home with a warehouse and the yml of its published tables."""

    folder: Path
    keep: int = 10
    n_published: int = 0
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(home=self.folder, keep_snapshots=self.keep)

    @classmethod
    def made(cls, folder: Path) -> Home:
        """A home with the usual yml and a warehouse without figures."""
        home = cls(folder)
        home.describe_all()
        home.build()
        return home

    @property
    def published(self) -> Path:
        """The published folder."""
        return self.settings.published_folder

    @property
    def models(self) -> Path:
        """The folder of models."""
        return self.folder / "models"

    def describe(self, name: str, text: str) -> None:
        """Write a yml file under models or seeds."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def describe_all(self, figures: str = FIGURES) -> None:
        """Write the usual yml."""
        self.describe("models/marts/figures.yml", figures)
        self.describe("models/marts/places.yml", PLACES)
        self.describe("seeds/words.yml", WORDS)
        self.describe("models/exposures.yml", EXPOSURES)

    def write(self, *statements: str) -> None:
        """Change the warehouse."""
        with duckdb.connect(str(self.settings.warehouse_file)) as connection:
            for statement in statements:
                connection.execute(statement)

    def build(self, figures: str = "select null, null, null, null, null, null, null, null, null, null where false") -> None:
        """Make the warehouse; `figures` selects the rows of marts.figures."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(
            "create schema ops", "create schema identity", "create schema marts", "create schema reference",
            "create table ops.clock as select date '2026-05-31' as as_of, timestamp '2026-06-01' as known_at, 'UTC' as business_timezone",
            "create table ops.origin as select 'synthetic' as kind, 'default' as source_system",
            "create table identity.person as select 'abcdef123456' as person_key, 'Pat Q' as display_name, 'pat@example.org' as work_email",
            "create table marts.places as select 'here' as place, 12.5::decimal(18,4) as floor_area, 'abcdef123456' as head_person_key",
            "create table reference.words as select 'often' as word, 0.5::double as weight",
            f"create table marts.figures ({FIGURE_TYPES})",
            f"insert into marts.figures {figures}",
        )  # fmt: skip

    def publish(self, fingerprint: str | None = None, observer: Any = None, now: datetime | None = None) -> Published:
        """Publish; a new fingerprint each time where none is given, a minute after the time before."""
        self.n_published += 1
        return publishing.publish(
            self.settings,
            fingerprint=fingerprint or f"inputs {self.n_published}",
            run_id=f"run {self.n_published}",
            now=now or FIRST + timedelta(minutes=self.n_published),
            observer=observer or Silent(),
            models=self.models,
            seeds=self.folder / "seeds",
        )

    def ask(self, sql: str, snapshot_id: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query on a snapshot, by default the one that people read."""
        name = snapshot_id or (self.published / "CURRENT").read_text(encoding="utf-8").strip()
        with duckdb.connect(str(self.published / f"{name}.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def left_behind(self) -> list[str]:
        """Whatever lies in the published folder and should not."""
        names = {p.name for p in self.published.iterdir()} - {"CURRENT", ".lock", "status.json"}
        return sorted(n for n in names if not (n.endswith(".duckdb") and not n.startswith(".")))


def figure(
    member: str, n_people: int | None, *, metric: str = "rate", dimension: str = "location", value: float | None = 0.5, remark: str = "x"
) -> str:
    """An insert of one row of marts.figures, its other numbers made from its people."""
    of_people = "null" if n_people is None else str(n_people)
    share = "null" if value is None else str(value)
    return (
        f"insert into marts.figures values ('{metric}', '{dimension}', '{member}', 3, {n_people or 7}, {share}, 0.25, 0.75, "
        f"{of_people}, '{remark}')"
    )


def many_figures(n: int) -> str:
    """A SELECT of n rows for marts.figures, about 0 to 39 people each."""
    return (
        "select 'rating', case when i % 7 = 0 then 'manager' else 'location' end, 'member ' || i, (i % 5)::integer, i, (i % 1000) / 1000, "
        f"random(), random(), i % 40, 'remark ' || i from range({n}) t(i)"
    )


# ------------------------------------------------------------------ killed


POINTS: dict[str, Callable[[], None]] = {
    "before_tables": lambda: kill_at(snapshot, "write_tables"),
    "after_tables": lambda: kill_at(snapshot, "write_about"),
    "before_check": lambda: kill_at(snapshot, "audit"),
    "after_check": lambda: kill_at(snapshot, "audit", after=True),
    "after_fsync": lambda: kill_at(folder, "seal", after=True),
    "after_mark": lambda: kill_at(folder, "mark_unfinished", after=True),
    "after_rename": lambda: kill_at(folder, "give_final_name", after=True),
    "before_current": lambda: kill_at(folder, "set_current"),
    "after_current_tmp": lambda: kill_at(folder, "write_beside", after=True),
    "after_swap": lambda: kill_at(folder, "set_current", after=True),
    "before_retention": lambda: kill_at(folder, "retain"),
    "in_retention": lambda: kill_at(folder, "delete"),
    "after_a_deletion": lambda: kill_at(folder, "delete", after=True),
}
SWAPPED = ("after_swap", "before_retention", "in_retention", "after_a_deletion")


def _child(home: Home, point: str | None, most_bytes: int | None, talk: Connection) -> None:
    if point:
        POINTS[point]()
    if most_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    try:
        talk.send(home.publish().snapshot_id)
    except PublishError as error:
        talk.send(f"refused: {error}")
        if talk.recv() == "again":  # once there is room, in the same process
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            home.write("create table ops.after_it as select 1 as a")  # as a run does, which goes on with the warehouse
            talk.send(home.publish().snapshot_id)


@contextmanager
def publishing_child(home: Home, *, point: str | None = None, most_bytes: int | None = None) -> Iterator[tuple[Any, Connection]]:
    """A child process that publishes, and the pipe to talk with it."""
    here, there = CHILDREN.Pipe(duplex=True)
    child = CHILDREN.Process(target=_child, args=(home, point, most_bytes, there))
    child.start()
    there.close()
    try:
        yield child, here
    finally:
        child.kill()
        child.join()
        here.close()


def publish_in_child(home: Home, *, point: str | None = None, after_seconds: float | None = None) -> bool:
    """Publish in a child process; whether it was killed, by itself at a point or from here after some time."""
    with publishing_child(home, point=point) as (child, _):
        child.join(after_seconds)
        if child.exitcode is None:
            child.kill()
            child.join()
        assert child.exitcode in {0, -signal.SIGKILL}, child.exitcode
        return child.exitcode == -signal.SIGKILL


# ------------------------------------------------------------------ a reader


def _read(published: str, stop: Connection) -> None:
    """Open what CURRENT names, again and again, and see whether it is whole; shares no code with publishing."""
    n_reads, seen, errors = 0, set(), []
    while not stop.poll():
        current = Path(published, "CURRENT")
        if not current.exists():
            time.sleep(0.001)
            continue
        try:
            name = current.read_text(encoding="utf-8").strip()
            with duckdb.connect(f"{published}/{name}.duckdb", read_only=True) as connection:
                told = connection.execute("select n_rows from snapshot.tables where table_name = 'figures'").fetchall()
                counted = connection.execute("select count(*), count(distinct member_id), sum(n_people) from marts.figures").fetchall()
                about = connection.execute("select snapshot_id from snapshot.about").fetchall()
            if about != [(name,)] or told[0][0] != counted[0][0]:
                errors.append(f"{name}: {about} {told} {counted}")
        except Exception as error:  # noqa: BLE001  (told to the parent)
            errors.append(f"{type(error).__name__}: {error}")
        n_reads += 1
        seen.add(name)
        time.sleep(0.01)  # people are slower still; without it the reader takes a core from who publishes
    stop.send(json.dumps([n_reads, sorted(seen), errors]))


@dataclass
class Readings:
    """What a reader saw in the end."""

    n_reads: int = 0
    seen: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def reader(home: Home) -> Iterator[Readings]:
    """A process that reads all the while; its readings are complete after the block."""
    here, there = CHILDREN.Pipe(duplex=True)
    child = CHILDREN.Process(target=_read, args=(str(home.published), there))
    child.start()
    there.close()
    readings = Readings()
    try:
        yield readings
        here.send("stop")
        assert here.poll(60)
        readings.n_reads, readings.seen, readings.errors = json.loads(here.recv())
    finally:
        child.kill()
        child.join()
