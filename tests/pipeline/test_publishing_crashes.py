"""A publish that is killed, or that finds the disk full: people read a whole snapshot all the while, and the next publish works."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from orchestration import publishing
from tests.pipeline.killed_publish import (
    POINTS,
    SWAPPED,
    Home,
    many_figures,
    publish_in_child,
    publishing_child,
    reader,
)

N_RANDOM = 20
N_FIGURES = 25_000
KEEP = 3


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse and nothing published."""
    home = Home(tmp_path_factory.mktemp("built") / "home")
    home.describe_all()
    home.build(many_figures(N_FIGURES))
    return home.folder


@pytest.fixture(scope="module")
def read(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home with three snapshots."""
    home = Home(Path(shutil.copytree(built, tmp_path_factory.mktemp("read") / "home")), keep=KEEP)
    for _ in range(KEEP):
        home.publish()
    return home.folder


def copied(folder: Path, to: Path) -> Home:
    home = Home(Path(shutil.copytree(folder, to / "home")), keep=KEEP)
    home.n_published = len(publishing.snapshots(home.settings))
    return home


def check_and_go_on(home: Home) -> None:
    """CURRENT names a whole snapshot, a rollback works, the next publish works and leaves nothing behind."""
    read = publishing.current(home.settings)
    assert read is not None
    listed = publishing.snapshots(home.settings)
    assert [s.is_damaged for s in listed] == [False] * len(listed)
    assert [s.id for s in listed if s.is_current] == [read]
    back = publishing.rollback(home.settings)
    assert back.id == max(s.id for s in listed if s.id < read)
    assert publishing.current(home.settings) == back.id
    home.n_published += 10  # the time goes on, whatever became of the publish that was killed
    published = home.publish()
    assert published.is_new
    assert publishing.current(home.settings) == published.snapshot_id
    assert home.left_behind() == []
    assert len(publishing.snapshots(home.settings)) == home.keep


@pytest.mark.parametrize("point", POINTS)
def test_a_publish_killed_at_a_named_point_is_made_good_by_the_next(read: Path, tmp_path: Path, point: str) -> None:
    home = copied(read, tmp_path)
    before = publishing.current(home.settings)
    with reader(home) as readings:
        assert publish_in_child(home, point=point)
        assert (publishing.current(home.settings) != before) == (point in SWAPPED)
        check_and_go_on(home)
    assert readings.errors == []
    assert readings.n_reads > 0


@pytest.mark.parametrize("point", [p for p in POINTS if p not in SWAPPED])
def test_a_publish_killed_before_the_swap_is_done_again_from_equal_inputs(read: Path, tmp_path: Path, point: str) -> None:
    """What was never read is no snapshot from which a person has rolled back."""
    home = copied(read, tmp_path)
    assert publish_in_child(home, point=point)
    assert home.publish().is_new  # the same fingerprint as the child's: it has its own count
    assert home.left_behind() == []


def test_a_publish_killed_after_the_swap_is_not_done_again_from_equal_inputs(read: Path, tmp_path: Path) -> None:
    home = copied(read, tmp_path)
    assert publish_in_child(home, point="after_swap")
    assert not home.publish().is_new
    assert home.left_behind() == []
    assert len(publishing.snapshots(home.settings)) == home.keep


@pytest.mark.parametrize("point", [p for p in POINTS if p not in {"in_retention", "after_a_deletion"}])
def test_a_first_publish_that_is_killed_leaves_nothing_that_people_could_read(built: Path, tmp_path: Path, point: str) -> None:
    home = copied(built, tmp_path)
    assert publish_in_child(home, point=point)
    if point in SWAPPED:
        assert [(s.is_current, s.is_damaged) for s in publishing.snapshots(home.settings)] == [(True, False)]
    else:
        assert publishing.current(home.settings) is None
        assert publishing.snapshots(home.settings) == []
    home.n_published += 1
    assert home.publish().is_new
    assert home.left_behind() == []


def test_publishes_killed_at_random_moments_are_made_good_by_the_next(read: Path, tmp_path: Path) -> None:
    home = copied(read, tmp_path)
    started = time.monotonic()
    assert not publish_in_child(home)
    seconds = time.monotonic() - started
    home.n_published += 1
    with reader(home) as readings:
        killed = [publish_in_child_and_go_on(home, random.Random(seed).uniform(0, seconds)) for seed in range(N_RANDOM)]
    assert readings.errors == []
    assert readings.n_reads > N_RANDOM
    assert sum(killed) > N_RANDOM // 3


def publish_in_child_and_go_on(home: Home, after_seconds: float) -> bool:
    killed = publish_in_child(home, after_seconds=after_seconds)
    check_and_go_on(home)
    return killed


@pytest.mark.parametrize("most_bytes", [0, 4096, 300_000, 1_000_000])
def test_a_full_disk_is_told_in_words_and_the_next_publish_in_the_same_process_works(read: Path, tmp_path: Path, most_bytes: int) -> None:
    home = copied(read, tmp_path)
    before = publishing.current(home.settings)
    assert (home.published / f"{before}.duckdb").stat().st_size > most_bytes
    with reader(home) as readings:
        with publishing_child(home, most_bytes=most_bytes) as (_, talk):
            words = talk.recv()
            assert words.startswith("refused: ")
            assert "People still read what they read before" in words
            assert "xhausted" in words or "disk" in words
            assert publishing.current(home.settings) == before
            assert home.left_behind() == []
            talk.send("again")
            assert talk.recv() == publishing.current(home.settings) != before
        check_and_go_on(home)
    assert readings.errors == []


def test_a_file_system_without_room_is_told_in_words_and_works_again_once_there_is_room(built: Path, tmp_path: Path) -> None:
    home = copied(built, tmp_path)
    home.published.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", home.published], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a file system of a fixed size can be mounted by root only")
    try:
        with publishing_child(home) as (_, talk):
            words = talk.recv()
            assert words.startswith("refused: ")
            assert "Free space" in words
            assert publishing.current(home.settings) is None
            assert home.left_behind() == []
            subprocess.run(["mount", "-o", "remount,size=64m", home.published], check=True)
            talk.send("again")
            assert talk.recv() == publishing.current(home.settings)
    finally:
        subprocess.run(["umount", home.published], check=True)
