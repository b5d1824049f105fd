"""Files of a company: what the systems would drop in the landing, and the truth apart from it.

Here: names and formats of files, and leaving alone a file whose content has not changed (so that the next run has
nothing to do). Not here: content.
"""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Literal

import polars as pl

from seeds.company.company import Company

FileFormat = Literal["parquet", "csv"]
FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")
ROWS_PER_GROUP = 250_000


def _write_frame(frame: pl.DataFrame, path: Path, file_format: FileFormat) -> None:
    if file_format == "csv":
        frame.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")
    else:
        frame.write_parquet(path, compression="zstd", row_group_size=ROWS_PER_GROUP)


def _replace_if_different(draft: Path, path: Path) -> None:
    """The draft takes the place of `path`, unless both hold the same bytes: then the file there stays untouched."""
    if path.exists() and filecmp.cmp(draft, path, shallow=False):
        draft.unlink()
    else:
        draft.replace(path)


def _write_all(frames: dict[str, pl.DataFrame], directory: Path, file_format: FileFormat) -> list[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in frames.items():
        path, draft = directory / f"{name}.{file_format}", directory / f".{name}.tmp"
        _write_frame(frame, draft, file_format)
        _replace_if_different(draft, path)
        for other in FORMATS:
            if other != file_format:
                (directory / f"{name}.{other}").unlink(missing_ok=True)
        written.append(path)
    return written


def write(company: Company, out_dir: Path, file_format: FileFormat = "parquet") -> list[Path]:
    """Write `out_dir`/landing/<table>.<format>, truth/<name>.parquet and truth/parameters.json; returns their paths.

    Equal parameters give equal bytes. A file that would not change is not touched; a table left there in the other
    format is removed, since the landing would hold it twice. Raises ValueError for an unknown format.
    """
    if file_format not in FORMATS:
        message = f"file format '{file_format}' is unknown; there are: {', '.join(FORMATS)}"
        raise ValueError(message)
    written = _write_all(company.tables, out_dir / "landing", file_format)
    written += _write_all(company.truth, out_dir / "truth", "parquet")
    path, draft = out_dir / "truth" / "parameters.json", out_dir / "truth" / ".parameters.tmp"
    draft.write_text(company.parameters.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _replace_if_different(draft, path)
    return [*written, path]
