"""Opening snapshots: none, unreadable, deleted meanwhile; freshness.

Belongs here: Shelf, status.json, about. Does not belong here: who may see what.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.snapshots import NothingPublishedError, Shelf, about, read_status
from tests.dashboards.made_snapshot import write_snapshot, write_status

FIRST, SECOND = "20260701T050000000000", "20260702T050000000000"


def test_nothing_published_says_how_to_publish(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="plumbline run"), Shelf(tmp_path).borrowed():
        pass


@pytest.mark.parametrize("named", ["", "../../etc/passwd", "x", "20260701", "20260701T050000000000; rm"])
def test_current_that_names_no_snapshot_is_refused(tmp_path: Path, named: str) -> None:
    (tmp_path / "CURRENT").write_text(named)
    with pytest.raises(NothingPublishedError, match="does not name a snapshot"), Shelf(tmp_path).borrowed():
        pass


def test_a_broken_snapshot_is_named_with_the_way_out(tmp_path: Path) -> None:
    write_snapshot(tmp_path, FIRST).write_bytes(b"not a database")
    with pytest.raises(NothingPublishedError, match="plumbline rollback"), Shelf(tmp_path).borrowed():
        pass


def test_a_snapshot_deleted_between_current_and_opening_is_looked_for_again(tmp_path: Path) -> None:
    write_snapshot(tmp_path, FIRST)
    write_snapshot(tmp_path, SECOND)

    class Late(Shelf):
        asked = 0

        def current_id(self) -> str:
            self.asked += 1
            if self.asked == 1:
                (self.folder / f"{FIRST}.duckdb").unlink()
                return FIRST
            return super().current_id()

    shelf = Late(tmp_path)
    with shelf.borrowed() as snapshot:
        assert snapshot.snapshot_id == SECOND
    assert shelf.asked == 2


def test_a_snapshot_is_kept_as_long_as_it_is_read_though_deleted_and_replaced(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, FIRST)
    shelf = Shelf(tmp_path)
    with shelf.borrowed() as snapshot:
        write_snapshot(tmp_path, SECOND)
        path.unlink()
        with shelf.borrowed():
            pass
        assert snapshot.rows("select count(*) as n from marts.metric_values")["n"][0] > 0


def test_many_threads_read_one_snapshot(tmp_path: Path) -> None:
    write_snapshot(tmp_path, FIRST)
    shelf, found = Shelf(tmp_path), []

    def read() -> None:
        for _ in range(10):
            with shelf.borrowed() as snapshot:
                found.append(snapshot.rows("select count(*) as n from marts.metric_values where dimension = $d", {"d": "company"})["n"][0])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert len(set(found)) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}'])
def test_a_status_that_cannot_be_understood_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    assert read_status(tmp_path) == {}


def test_numbers_are_stale_once_the_last_good_run_is_too_old(tmp_path: Path) -> None:
    write_snapshot(tmp_path, FIRST)
    now = datetime.now(UTC)
    with Shelf(tmp_path).borrowed() as snapshot:
        fresh = about(snapshot, {"last_good_at": now.isoformat(), "stale_after_hours": 36.0}, 36, now + timedelta(hours=35))
        assert fresh.stale_since is None
        run = {"outcome": "failed", "words": "The disk is full."}
        old = about(snapshot, {"last_good_at": now.isoformat(), "run": run, "stale_after_hours": 36.0}, 36, now + timedelta(hours=37))
        assert old.stale_since == now + timedelta(hours=36)
        assert old.stale_why == "The disk is full."
        assert about(snapshot, {}, 1, now + timedelta(hours=3)).stale_why == "No run has finished since."


def test_a_whole_status_is_read(tmp_path: Path) -> None:
    write_status(tmp_path)
    assert read_status(tmp_path)["run"]["outcome"] == "published"
