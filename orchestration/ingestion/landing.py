"""The landing folder: which files are there, what table each is for, when it was extracted, whether it is settled.

Belongs here: names, times, `_landing.toml`. Does not belong here: what stands inside a data file (readers).
"""

from __future__ import annotations

import re
import time
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, Literal, cast, get_args

FORMATS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet", ".xlsx")
SETTINGS_FILE = "_landing.toml"
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
UNDATED = datetime(1, 1, 1)  # noqa: DTZ001  (only sorted by)
Mode = Literal["delta", "snapshot"]


class LandingError(ValueError):
    """The landing folder or its `_landing.toml` cannot be used. The message says where and what to do."""


@dataclass(frozen=True)
class LandedFile:
    """A file in the landing folder. `name` is its path below the folder; `subject` the table (or export) it is for."""

    path: Path
    name: str
    subject: str
    file_format: str
    declared_at: datetime | None
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Landing:
    """What one look at the landing folder found."""

    folder: Path
    source_system: str | None
    synthetic_until: date | None  # the last day of a generated company; None for real files
    modes: dict[str, Mode]
    files: tuple[LandedFile, ...]
    unsettled: tuple[str, ...] = ()
    not_understood: dict[str, str] = field(default_factory=dict)


def parse_time(text: str, day_begins_in: tzinfo = UTC) -> datetime | None:
    """The extraction time that a file name or manifest declares, naive UTC; None where it is none.

    `2026-01-31`, `20260131`, `2026-01-31T06:00:00Z`, `2026-01-31T060000+0200` and the like. A time without a zone is UTC;
    a day without a time begins where `day_begins_in` says, so that it is the same day in the business time zone.
    """
    compact = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T_ ](\d{2})[:-]?(\d{2})(?:[:-]?(\d{2}))?)?(Z|[+-]\d{2}:?\d{2})?", text)
    if not compact:
        return None
    year, month, day, hour, minute, second, zone = compact.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    try:
        if hour is None and zone is None:
            found = datetime(int(year), int(month), int(day), tzinfo=day_begins_in)
        else:
            found = datetime.fromisoformat(f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}")
        return found.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _read_settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS_FILE
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not valid TOML ({error}). Mend or remove it."
        raise LandingError(msg) from error


def _name_parts(file_name: str) -> tuple[str, str | None, str] | None:
    """Split `employees@2026-01-31.csv` into stem, time text and format; None where the format is not one we read."""
    for ending in sorted(FORMATS, key=len, reverse=True):
        if file_name.lower().endswith(ending):
            stem = file_name[: -len(ending)]
            base, at, when = stem.partition("@")
            return base, (when if at else None), ending.lstrip(".")
    return None


def look(folder: Path, subjects: set[str] | None, *, settle_seconds: float, day_begins_in: tzinfo = UTC) -> Landing:
    """List the settled files of the landing folder in order of extraction time and name.

    Args:
        folder: the landing folder.
        subjects: table names that files may be for; None takes any name (the exports of a system).
        settle_seconds: a file changed less than this ago is looked at again after the wait, and left for the next
            run if it changed meanwhile.
        day_begins_in: the time zone in which a declared day without a time begins: the business time zone.

    Raises:
        LandingError: the folder is missing, or `_landing.toml` is wrong.

    """
    if not folder.is_dir():
        msg = f"there is no landing folder {folder}. Create it and put files such as employees.csv into it, or name another with --landing."
        raise LandingError(msg)
    settings = _read_settings(folder)
    declared = _declared_times(folder, settings)
    modes = _modes(folder, settings, subjects)
    found: list[LandedFile] = []
    strange: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in Path(name).parts) or name == SETTINGS_FILE or name.lower().endswith(UNFINISHED):
            continue
        landed = _describe(path, name, subjects, declared.get(name), day_begins_in)
        if isinstance(landed, str):
            strange[name] = landed
        else:
            found.append(landed)
    settled, unsettled = _settled(found, settle_seconds)
    settled.sort(key=lambda f: (f.declared_at is None, f.declared_at or UNDATED, f.name))
    return Landing(
        folder=folder,
        source_system=_source_system(folder, settings),
        synthetic_until=_synthetic_until(folder, settings),
        modes=modes,
        files=tuple(settled),
        unsettled=tuple(unsettled),
        not_understood=strange,
    )


def _wrong(folder: Path, words: str) -> LandingError:
    return LandingError(f"{folder / SETTINGS_FILE}: {words}")


def _declared_times(folder: Path, settings: dict[str, Any]) -> dict[str, object]:
    files = settings.get("files", {})
    entries = files.values() if isinstance(files, dict) else [None]
    if not all(isinstance(entry, dict) and set(entry) == {"extracted_at"} for entry in entries):
        raise _wrong(folder, '[files."employees.csv"] must set extracted_at, and nothing else')
    return {name: entry["extracted_at"] for name, entry in files.items()}


def _modes(folder: Path, settings: dict[str, Any], subjects: set[str] | None) -> dict[str, Mode]:
    modes: dict[str, Mode] = {}
    for table, entry in settings.items():
        if table in {"files", "source_system", "company"}:
            continue
        mode = entry.get("mode") if isinstance(entry, dict) and set(entry) == {"mode"} else None
        if (subjects is not None and table not in subjects) or mode not in get_args(Mode):
            raise _wrong(folder, f'[{table}] must name a contract table and set mode = "delta" or "snapshot", and nothing else')
        modes[table] = cast("Mode", mode)
    return modes


def _source_system(folder: Path, settings: dict[str, Any]) -> str | None:
    name = settings.get("source_system")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise _wrong(folder, 'source_system must be a name in quotes, such as source_system = "acme_hr"')
    return name


def _synthetic_until(folder: Path, settings: dict[str, Any]) -> date | None:
    company = settings.get("company")
    if company is None:
        return None
    until = company.get("until") if isinstance(company, dict) else None
    if not isinstance(until, date):
        raise _wrong(folder, "[company] marks generated data and must give until = YYYY-MM-DD")
    return until


def _describe(path: Path, name: str, subjects: set[str] | None, declared: object, day_begins_in: tzinfo) -> LandedFile | str:
    parts = _name_parts(path.name)
    if parts is None:
        return f"not a format that is read ({', '.join(FORMATS)})"
    base, when, file_format = parts
    below = Path(name).parent.parts
    if subjects is None:
        subject = base
    elif below:
        subject = below[0]
    else:
        subject = base
    if subjects is not None and subject not in subjects:
        return f"no contract table is named {subject}"
    text = declared.isoformat() if isinstance(declared, datetime) else (when if declared is None else str(declared))
    declared_at = None
    if text is not None:
        declared_at = parse_time(text, day_begins_in)
        if declared_at is None:
            return f"its extraction time {text!r} is not a date or ISO time (employees@2026-01-31.csv)"
    stat = path.stat()
    return LandedFile(path, name, subject, file_format, declared_at, stat.st_size, stat.st_mtime_ns)


def _settled(files: list[LandedFile], settle_seconds: float) -> tuple[list[LandedFile], list[str]]:
    now = time.time()
    fresh = [f for f in files if now - f.modified_ns / 1e9 < settle_seconds]
    if not fresh:
        return files, []
    time.sleep(settle_seconds)
    changed: set[str] = set()
    for file in fresh:
        try:
            stat = file.path.stat()
        except FileNotFoundError:
            changed.add(file.name)
            continue
        if (stat.st_size, stat.st_mtime_ns) != (file.size_bytes, file.modified_ns):
            changed.add(file.name)
    return [f for f in files if f.name not in changed], sorted(changed)


def mark_synthetic(folder: Path, until: date) -> None:
    """Say in `_landing.toml` that the files are of a generated company, known up to a day."""
    text = f"# Generated data: never mixed with real files in one home.\n[company]\nuntil = {until.isoformat()}\n"
    path = folder / SETTINGS_FILE
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
