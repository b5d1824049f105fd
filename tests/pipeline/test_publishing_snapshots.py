"""Which snapshot people read: publishing anew, rollback, damage, other versions, retention.

Belongs here: several snapshots beside each other. Does not belong here: what is in one (test_publishing), kills (test_publishing_crashes).
"""

from __future__ import annotations

import fcntl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import publishing
from orchestration.observer import Silent
from orchestration.publishing import PublishError, folder
from tests.pipeline.killed_publish import FIGURES, FIRST, Home, figure


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path / "home")


def test_equal_inputs_publish_nothing(home: Home) -> None:
    first = home.publish("a")
    again = home.publish("a")
    assert (again.snapshot_id, again.is_new) == (first.snapshot_id, False)
    assert (again.n_tables, again.n_rows, again.n_not_reportable) == (first.n_tables, first.n_rows, first.n_not_reportable)
    assert len(publishing.snapshots(home.settings)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("models/marts/figures.yml", FIGURES.replace("at_least: 5", "at_least: 6")),
     ("models/exposures.yml", "exposures: [{name: page, depends_on: [\"ref('places')\"]}]")],
)  # fmt: skip
def test_equal_inputs_are_published_anew_when_what_is_published_has_changed(home: Home, name: str, text: str) -> None:
    home.publish("a")
    home.describe(name, text)
    assert home.publish("a").is_new


def test_a_rollback_is_not_undone_by_equal_inputs_and_is_by_others(home: Home) -> None:
    ids = [home.publish(f).snapshot_id for f in "abc"]
    assert publishing.rollback(home.settings, ids[0]).id == ids[0]
    again = home.publish("c")
    assert (again.snapshot_id, again.is_new) == (ids[0], False)
    assert publishing.current(home.settings) == ids[0]
    other = home.publish("a")  # equal to what is read, but not to the newest
    assert other.is_new
    assert publishing.current(home.settings) == other.snapshot_id


def test_a_rollback_goes_to_the_snapshot_before_or_to_the_one_that_is_named(home: Home) -> None:
    ids = [home.publish().snapshot_id for _ in range(3)]
    assert publishing.rollback(home.settings).id == ids[1]
    back = publishing.rollback(home.settings)
    assert (back.id, back.is_current, back.is_damaged) == (ids[0], True, False)
    with pytest.raises(PublishError, match="oldest snapshot"):
        publishing.rollback(home.settings)
    assert publishing.rollback(home.settings, ids[2]).id == ids[2]  # and forward again
    assert [s.id for s in publishing.snapshots(home.settings) if s.is_current] == [ids[2]]


@pytest.mark.parametrize("name", ["20990101T000000000000", "../warehouse", "x", "20269999T999999999999"])
def test_a_rollback_to_an_unknown_snapshot_is_refused_with_those_that_there_are(home: Home, name: str) -> None:
    read = home.publish().snapshot_id
    with pytest.raises(PublishError, match=f"there is no snapshot .*{read}"):
        publishing.rollback(home.settings, name)
    assert publishing.current(home.settings) == read


def test_without_any_snapshot_a_rollback_says_so(home: Home) -> None:
    with pytest.raises(PublishError, match="no snapshot is read now"):
        publishing.rollback(home.settings)
    assert publishing.snapshots(home.settings) == []


def damaged(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    path.chmod(0o600)
    if how == "empty":
        content = bytearray()
    elif how == "cut":
        content = content[: len(content) // 2]
    elif how == "no database":
        content = bytearray(b"x" * len(content))
    else:  # one byte of a block of data
        place = content.index(b"MEMBER-IN-THE-FILE")
        content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["empty", "cut", "no database", "one byte"])
def test_a_damaged_snapshot_is_listed_as_damaged_and_nobody_goes_back_to_it(home: Home, how: str) -> None:
    home.write(figure("MEMBER-IN-THE-FILE", 30))
    old, read = home.publish().snapshot_id, home.publish().snapshot_id
    damaged(home.published / f"{old}.duckdb", how)
    assert [(s.id, s.is_damaged, s.is_current) for s in publishing.snapshots(home.settings)] == [(read, False, True), (old, True, False)]
    with pytest.raises(PublishError, match=f"{old} is damaged"):
        publishing.rollback(home.settings, old)
    assert publishing.current(home.settings) == read
    assert home.publish().is_new


def changed_by_hand(home: Home, snapshot_id: str, *statements: str) -> None:
    path = home.published / f"{snapshot_id}.duckdb"
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_snapshot_holds_the_number_of_its_format(home: Home) -> None:
    home.publish()
    assert home.ask("select format, typeof(format) from snapshot.about") == [(1, "INTEGER")]
    assert [s.format_ok for s in publishing.snapshots(home.settings)] == [True]


OTHER_FORMATS = {
    "absent": ["alter table snapshot.about drop column format"],
    "null": ["update snapshot.about set format = null"],
    "later": ["update snapshot.about set format = 2"],
    "later with other columns": ["update snapshot.about set format = 2", "alter table snapshot.about drop column origin"],
}


@pytest.mark.parametrize("other", OTHER_FORMATS)
def test_nobody_goes_back_to_a_snapshot_of_another_version(home: Home, other: str) -> None:
    old, read = home.publish().snapshot_id, home.publish().snapshot_id
    changed_by_hand(home, old, *OTHER_FORMATS[other])
    for named in (old, None):
        with pytest.raises(PublishError, match=f"{old} was published by another version of Plumbline"):
            publishing.rollback(home.settings, named)
    assert publishing.current(home.settings) == read
    listed = publishing.snapshots(home.settings)
    assert [(s.id, s.format_ok) for s in listed] == [(read, True), (old, False)]
    is_read = other != "later with other columns"
    assert listed[1].is_damaged == (not is_read)
    assert (listed[1].published_at is not None, listed[1].n_rows is not None) == (is_read, is_read)  # or the list says damaged
    assert home.publish().is_new


def test_a_snapshot_of_another_version_is_read_until_a_run_publishes_anew(home: Home) -> None:
    read = home.publish("a").snapshot_id
    changed_by_hand(home, read, *OTHER_FORMATS["absent"])
    assert [(s.id, s.is_current, s.is_damaged) for s in publishing.snapshots(home.settings)] == [(read, True, False)]
    assert publishing.about(home.settings, read).snapshot_id == read
    published = home.publish("a")
    assert published.is_new
    assert [(s.id, s.format_ok) for s in publishing.snapshots(home.settings)] == [(published.snapshot_id, True), (read, False)]


def test_a_snapshot_that_lost_rows_by_hand_is_damaged(home: Home) -> None:
    home.write(figure("one", 30), figure("two", 30))
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from marts.figures where member_id = 'one'")
    assert [s.is_damaged for s in publishing.snapshots(home.settings)] == [True]


def test_a_snapshot_under_another_ones_name_is_damaged(home: Home) -> None:
    first = home.publish().snapshot_id
    (home.published / f"{first}.duckdb").rename(home.published / "20260601T050000000000.duckdb")
    assert [s.is_damaged for s in publishing.snapshots(home.settings)] == [True]


@pytest.mark.parametrize("content", [None, b"", b"nonsense\n", b"\xff\xfe", b"20990101T000000000000\n", b"../warehouse\n"])
def test_a_missing_or_broken_current_is_mended_by_the_next_publish(home: Home, content: bytes | None) -> None:
    first = home.publish("a").snapshot_id
    current = home.published / "CURRENT"
    current.unlink()
    if content is not None:
        current.write_bytes(content)
    assert publishing.current(home.settings) is None
    assert [(s.id, s.is_current) for s in publishing.snapshots(home.settings)] == [(first, False)]
    assert publishing.rollback(home.settings, first).id == first
    current.unlink()
    published = home.publish("a")
    assert published.is_new
    assert publishing.current(home.settings) == published.snapshot_id


def test_a_damaged_snapshot_that_people_would_read_is_replaced_although_inputs_are_equal(home: Home) -> None:
    damaged(home.published / f"{home.publish('a').snapshot_id}.duckdb", "cut")
    assert home.publish("a").is_new


def test_the_oldest_snapshots_go_and_the_one_that_is_read_stays_with_all_newer_ones(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", keep=2)
    home.describe_all()
    home.build()
    ids = [home.publish(f).snapshot_id for f in "abcd"]
    assert [s.id for s in publishing.snapshots(home.settings)] == [ids[3], ids[2]]
    publishing.rollback(home.settings)
    home.settings.keep_snapshots = 1
    home.publish("d")
    assert [s.id for s in publishing.snapshots(home.settings)] == [ids[3], ids[2]]
    last = home.publish("e").snapshot_id
    assert [s.id for s in publishing.snapshots(home.settings)] == [last]


def test_who_has_a_snapshot_open_keeps_reading_it_when_it_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", keep=1)
    home.describe_all()
    home.build("select 'rate', 'location', 'm' || i, 1, i, 0.5, 0.1, 0.9, 9, '' from range(50000) t(i)")
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        home.publish()
        assert not path.exists()
        assert connection.execute("select count(*), count(distinct member_id) from marts.figures").fetchall() == [(50000, 50000)]


def test_a_clock_that_was_set_back_does_not_make_a_snapshot_look_older(home: Home) -> None:
    first = home.publish(now=FIRST)
    second = home.publish(now=FIRST - timedelta(days=1))
    assert second.snapshot_id > first.snapshot_id
    assert publishing.about(home.settings, second.snapshot_id).published_at == FIRST - timedelta(days=1)
    assert publishing.current(home.settings) == second.snapshot_id


def test_a_snapshot_is_read_only(home: Home) -> None:
    path = home.published / f"{home.publish().snapshot_id}.duckdb"
    assert path.stat().st_mode & 0o222 == 0


def test_what_killed_publishes_left_is_deleted_and_nothing_else(home: Home) -> None:
    home.published.mkdir()
    for name in (
        ".20260101T000000000000.tmp.duckdb",
        ".20260101T000000000000.tmp.duckdb.wal",
        "20260101T000000000000.duckdb.wal",
        ".CURRENT.tmp",
    ):
        (home.published / name).write_bytes(b"x")
    (home.published / ".20260101T000000000000.tmp.duckdb.tmp").mkdir()
    (home.published / ".20260101T000000000000.tmp.duckdb.tmp" / "block").write_bytes(b"x")
    (home.published / "status.json").write_text("{}")
    home.publish()
    assert home.left_behind() == []
    assert (home.published / "status.json").read_text() == "{}"


def test_a_rollback_waits_until_a_snapshot_has_taken_its_place(home: Home) -> None:
    """Else it could be to a snapshot that retention is about to delete."""
    ids = [home.publish().snapshot_id for _ in range(2)]
    done = threading.Event()

    def go_back() -> None:
        publishing.rollback(home.settings, ids[0])
        done.set()

    thread = threading.Thread(target=go_back)
    with folder.swapping(home.published):
        thread.start()
        assert not done.wait(0.3)
    thread.join(30)
    assert done.is_set()
    assert publishing.current(home.settings) == ids[0]


@pytest.mark.parametrize("step", ["mark_unfinished", "give_final_name", "set_current", "finish", "retain"])
def test_a_snapshot_takes_its_place_while_no_rollback_can_come_between(home: Home, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    held: list[bool] = []
    original = getattr(folder, step)

    def watched(*arguments: Any) -> None:
        with (home.published / folder.LOCK).open("a") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
            else:
                held.append(False)
        original(*arguments)

    monkeypatch.setattr(folder, step, watched)
    home.publish("a")
    home.publish("a")
    assert held == [True] * (2 if step == "retain" else 1)


def test_a_publish_tells_how_far_it_is(home: Home) -> None:
    class Told(Silent):
        def __init__(self) -> None:
            self.steps: list[str] = []
            self.tables: list[tuple[str, int, int]] = []

        def step(self, name: str) -> None:
            self.steps.append(name)

        def progress(self, name: str, done: int, total: int) -> None:
            self.tables.append((name, done, total))

    told = Told()
    home.publish(observer=told)
    assert told.steps == ["Publishing"]
    assert told.tables == [("marts.figures", 1, 3), ("marts.places", 2, 3), ("reference.words", 3, 3)]


def test_a_folder_that_cannot_be_written_is_told_in_words(home: Home) -> None:
    home.published.write_text("a file stands where the folder should be")
    with pytest.raises(PublishError, match="could not be written"):
        home.publish()
