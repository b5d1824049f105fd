"""The landing folder: which files are for what, when they were extracted, whether they are still being written."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.ingestion import landing
from orchestration.ingestion.landing import LandingError, parse_time

TABLES = {"employees", "goals"}


def look(folder: Path, subjects: set[str] | None = TABLES) -> landing.Landing:
    return landing.look(folder, subjects, settle_seconds=0)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("20260131", datetime(2026, 1, 31)),
        ("2026-01-31T06:30:00Z", datetime(2026, 1, 31, 6, 30)),
        ("2026-01-31T06:30", datetime(2026, 1, 31, 6, 30)),
        ("2026-01-31 06:30:15", datetime(2026, 1, 31, 6, 30, 15)),
        ("20260131T063015", datetime(2026, 1, 31, 6, 30, 15)),
        ("2026-01-31_06-30-15", datetime(2026, 1, 31, 6, 30, 15)),
        ("2026-01-31T060000+0200", datetime(2026, 1, 31, 4)),
        ("2026-01-31T23:30:00-01:00", datetime(2026, 2, 1, 0, 30)),
        ("2024-02-29", datetime(2024, 2, 29)),
    ],
)
def test_extraction_times_are_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-02-30", "2026-13-01", "31.01.2026", "2026-01-31T25:00", "0000-00-00", "0001-01-01T00:00+05:00", "2026-01-31x"],
)
def test_other_texts_are_no_extraction_times(text: str) -> None:
    assert parse_time(text) is None


def test_files_come_in_the_order_of_their_times_and_those_without_last(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "employees.csv",
        "employees@2026-02-01.csv",
        "employees/b@2026-01-01.jsonl.gz",
        "goals@2026-01-15.PARQUET",
        "employees/2025.xlsx",
        "goals.csv.gz",
    )
    found = look(tmp_path).files
    assert [(f.name, f.subject, f.file_format, f.declared_at) for f in found] == [
        ("employees/b@2026-01-01.jsonl.gz", "employees", "jsonl.gz", datetime(2026, 1, 1)),
        ("goals@2026-01-15.PARQUET", "goals", "parquet", datetime(2026, 1, 15)),
        ("employees@2026-02-01.csv", "employees", "csv", datetime(2026, 2, 1)),
        ("employees.csv", "employees", "csv", None),
        ("employees/2025.xlsx", "employees", "xlsx", None),
        ("goals.csv.gz", "goals", "csv.gz", None),
    ]


def test_files_of_a_system_are_named_after_their_export(tmp_path: Path) -> None:
    touch(tmp_path, "HRDataset_v14.csv", "sub/Leave@2026-01-31.csv")
    assert [(f.name, f.subject) for f in look(tmp_path, None).files] == [
        ("sub/Leave@2026-01-31.csv", "Leave"),
        ("HRDataset_v14.csv", "HRDataset_v14"),
    ]


def test_files_that_are_for_no_table_or_no_format_are_named_with_the_reason(tmp_path: Path) -> None:
    touch(tmp_path, "staff.csv", "employees.docx", "employees@soon.csv", "employees@.csv", "goals@2026-02-30.csv", "README")
    found = look(tmp_path)
    assert found.files == ()
    assert {name: words.split(" (")[0] for name, words in found.not_understood.items()} == {
        "staff.csv": "no contract table is named staff",
        "employees.docx": "not a format that is read",
        "README": "not a format that is read",
        "employees@soon.csv": "its extraction time 'soon' is not a date or ISO time",
        "employees@.csv": "its extraction time '' is not a date or ISO time",
        "goals@2026-02-30.csv": "its extraction time '2026-02-30' is not a date or ISO time",
    }


def test_hidden_and_unfinished_files_are_passed_over(tmp_path: Path) -> None:
    touch(
        tmp_path,
        ".employees.csv",
        ".hidden/employees.csv",
        "employees.csv.part",
        "employees.csv.tmp",
        "goals.csv.CRDOWNLOAD",
        "goals.csv.filepart",
    )
    found = look(tmp_path)
    assert (found.files, found.not_understood) == ((), {})


def test_no_landing_folder_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match=r"there is no landing folder .*nowhere\. Create it"):
        look(tmp_path / "nowhere")


def test_the_manifest_declares_system_modes_and_times(tmp_path: Path) -> None:
    touch(tmp_path, "employees.csv", "employees@2026-03-01.csv", "goals.csv")
    (tmp_path / "_landing.toml").write_text(
        'source_system = "acme"\n[employees]\nmode = "snapshot"\n[goals]\nmode = "delta"\n'
        '[files."employees.csv"]\nextracted_at = 2026-01-31T06:00:00+02:00\n'
        '[files."employees@2026-03-01.csv"]\nextracted_at = 2026-02-01\n[files."goals.csv"]\nextracted_at = "2026-01-01"\n',
        encoding="utf-8",
    )
    found = look(tmp_path)
    assert (found.source_system, found.modes) == ("acme", {"employees": "snapshot", "goals": "delta"})
    assert {f.name: f.declared_at for f in found.files} == {
        "employees.csv": datetime(2026, 1, 31, 4),
        "employees@2026-03-01.csv": datetime(2026, 2, 1),
        "goals.csv": datetime(2026, 1, 1),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mode = ", "is not valid TOML"),
        ('[staff]\nmode = "snapshot"', r"\[staff\] must name a contract table"),
        ('[employees]\nmode = "full"', r"\[employees\] must name a contract table and set mode"),
        ('[employees]\nmod = "snapshot"', r"\[employees\] must name a contract table and set mode"),
        ("[employees]", r"\[employees\] must name a contract table and set mode"),
        ("employees = 5", r"\[employees\] must name a contract table and set mode"),
        ("[employees]\nmode = [1]", r"\[employees\] must name a contract table and set mode"),
        ("source_system = 5", "source_system must be a name"),
        ('source_system = " "', "source_system must be a name"),
        ("files = 5", r"\[files.* must set extracted_at"),
        ('[files]\n"employees.csv" = 5', r"\[files.* must set extracted_at"),
        ('[files."employees.csv"]\nextracted = 2026-01-01', r"\[files.* must set extracted_at"),
        ("[company]\nuntil = 5", r"\[company\] .* must give until"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "_landing.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LandingError, match=words) as caught:
        look(tmp_path)
    assert str(tmp_path / "_landing.toml") in str(caught.value)


def test_a_declared_time_that_is_none_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "employees.csv")
    (tmp_path / "_landing.toml").write_text('[files."employees.csv"]\nextracted_at = "soon"\n', encoding="utf-8")
    assert "'soon'" in look(tmp_path).not_understood["employees.csv"]


def test_a_marked_company_is_told_from_real_files(tmp_path: Path) -> None:
    assert look(tmp_path).synthetic_until is None
    landing.mark_synthetic(tmp_path, date(2025, 12, 31))
    assert look(tmp_path).synthetic_until == date(2025, 12, 31)


def fresh(path: Path, seconds_ago: float = 0.0) -> None:
    """Let a file look as if it had been written this long ago."""
    moment = datetime.now(UTC).timestamp() - seconds_ago
    os.utime(path, (moment, moment))


def test_a_file_that_grows_while_it_is_looked_at_is_left_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "employees.csv", "employees@2026-01-01.csv", "goals.csv", "goals@2026-01-01.csv")
    for name in ("employees.csv", "goals.csv", "goals@2026-01-01.csv"):
        fresh(tmp_path / name)
    fresh(tmp_path / "employees@2026-01-01.csv", seconds_ago=60)
    waits: list[float] = []

    def copied_on(seconds: float) -> None:
        waits.append(seconds)
        (tmp_path / "employees.csv").write_text("xy", encoding="utf-8")
        (tmp_path / "goals@2026-01-01.csv").unlink()

    monkeypatch.setattr(landing.time, "sleep", copied_on)
    found = landing.look(tmp_path, TABLES, settle_seconds=30)
    assert waits == [30]
    assert found.unsettled == ("employees.csv", "goals@2026-01-01.csv")
    assert [f.name for f in found.files] == ["employees@2026-01-01.csv", "goals.csv"]


def test_nothing_is_waited_for_where_all_files_are_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "employees.csv")
    fresh(tmp_path / "employees.csv", seconds_ago=60)
    monkeypatch.setattr(landing.time, "sleep", lambda _: pytest.fail("it waited"))
    assert [f.name for f in landing.look(tmp_path, TABLES, settle_seconds=30).files] == ["employees.csv"]
