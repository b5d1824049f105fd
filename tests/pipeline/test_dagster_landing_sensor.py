"""The landing sensor: it waits until files are settled, then starts one run for them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from dagster import RunRequest, build_sensor_context

from orchestration.defs.automation import settled_files
from orchestration.settings import Settings

LONG_AGO = 3600.0


@dataclass
class Watched:
    """A landing folder and the sensor that looks at it, with what the sensor remembers."""

    folder: Path
    cursor: str | None = None

    def write(self, name: str, content: str, age: float = LONG_AGO) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        os.utime(file, (time.time() - age,) * 2)

    def look(self) -> RunRequest | str:
        """What the sensor says at one look: the run that it starts, or why it does not."""
        sensor = settled_files(Settings(home=self.folder.parent, settle_seconds=2))
        with build_sensor_context(cursor=self.cursor) as context:
            said = sensor.evaluate_tick(context)
        self.cursor = said.cursor
        requests = said.run_requests or []
        assert len(requests) + (said.skip_message is not None) == 1, "one run or one reason why not"
        return requests[0] if requests else str(said.skip_message)

    def starts(self) -> bool:
        """Whether a run starts at this look."""
        return isinstance(self.look(), RunRequest)


@pytest.fixture
def landing(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "landing")


def test_without_files_it_says_that_there_is_nothing(landing: Watched) -> None:
    assert landing.look() == f"there is nothing in {landing.folder}"
    landing.folder.mkdir()
    (landing.folder / "employees").mkdir()
    assert landing.look() == f"there is nothing in {landing.folder}"


def test_a_file_that_grows_is_waited_for_and_then_starts_one_run(landing: Watched) -> None:
    for rows in (1, 2, 3):
        landing.write("employees.csv", "row\n" * rows)
        assert landing.look() == "files are arriving; waiting until they have settled"
    request = landing.look()
    assert isinstance(request, RunRequest)
    assert request.run_key is None, "with a key, Dagster would start no run for a state of the folder that it has seen before"
    for _ in range(2):
        assert landing.look() == "nothing has changed since the last run that this sensor started"


def test_a_file_seen_alike_twice_still_waits_until_it_is_old_enough(landing: Watched) -> None:
    landing.write("employees.csv", "row\n", age=0)
    assert not landing.starts()
    assert not landing.starts(), "alike, but changed less than two seconds ago"
    os.utime(landing.folder / "employees.csv", (time.time() - LONG_AGO,) * 2)
    assert not landing.starts(), "another time is another state"
    assert landing.starts()


def test_each_change_starts_another_run_also_back_to_what_was_there_before(landing: Watched) -> None:
    landing.write("employees.csv", "row\n")
    landing.look()
    first = landing.look()
    landing.write("reviews/2026.csv", "row\n")
    assert not landing.starts()
    second = landing.look()
    landing.write("employees.csv", "Row\n", age=LONG_AGO / 2)  # as long as before
    assert not landing.starts()
    third = landing.look()
    (landing.folder / "employees.csv").rename(landing.folder.parent / "taken away")
    assert not landing.starts()
    fourth = landing.look()
    (landing.folder.parent / "taken away").rename(landing.folder / "employees.csv")
    assert not landing.starts()
    fifth = landing.look()
    assert [type(found) for found in (first, second, third, fourth, fifth)] == [RunRequest] * 5


def test_a_hidden_file_that_never_rests_keeps_nobody_waiting(landing: Watched) -> None:
    landing.write("employees.csv", "row\n")
    landing.write(".heartbeat", "1")
    landing.look()
    landing.write(".heartbeat", "12", age=0)
    assert isinstance(landing.look(), RunRequest)


def test_an_unfinished_file_delays_while_it_grows_and_not_once_it_is_left_lying(landing: Watched) -> None:
    landing.write("employees.csv", "row\n")
    landing.write("reviews.csv.part", "r")
    assert not landing.starts()
    landing.write("reviews.csv.part", "row\nro")
    assert not landing.starts(), "somebody is still at it"
    assert landing.starts(), "left lying, it holds up nobody"


def test_unfinished_files_alone_start_nothing(landing: Watched) -> None:
    landing.write("employees.csv.part", "row\n")
    landing.write(".employees.csv.swp", "row\n")
    landing.look()
    assert landing.look() == f"there is nothing in {landing.folder}"
    (landing.folder / "employees.csv.part").rename(landing.folder / "employees.csv")
    assert not landing.starts()
    assert landing.starts()


def test_a_file_dated_in_the_future_is_not_waited_for(landing: Watched) -> None:
    """A file server whose clock is ahead, an archive from another time zone: the loader takes such files, so must the sensor."""
    landing.write("employees.csv", "row\n", age=-LONG_AGO)
    assert not landing.starts()
    assert landing.starts()
