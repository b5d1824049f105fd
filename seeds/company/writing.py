"""Files of a company: what the systems would drop in the landing, and the truth apart from it.

Here: names and formats of files, written as the rows come, and leaving alone a file whose content has not changed (so that
the next run has nothing to do). Not here: content.
"""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal, Protocol

import polars as pl
import pyarrow.parquet as pq

from seeds.company.company import TABLES, Progress, make, silent
from seeds.company.parameters import Parameters

FileFormat = Literal["parquet", "csv"]
FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")
ROWS_PER_GROUP = 250_000


def known_format(name: str) -> FileFormat:
    """The file format of that name. Raises ValueError for one that is not written."""
    for known in FORMATS:
        if name == known:
            return known
    message = f"file format '{name}' is unknown; there are: {', '.join(FORMATS)}"
    raise ValueError(message)


class _Open(Protocol):
    def write(self, frame: pl.DataFrame) -> None: ...

    def close(self) -> None: ...


class _Parquet:
    """A parquet file that grows; small chunks are gathered into groups of some size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None
        self._waiting: list[pl.DataFrame] = []
        self._rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        self._waiting.append(frame)
        self._rows += frame.height
        if self._rows >= ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        table = pl.concat(self._waiting).to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", compression_level=1)
        self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        if self._waiting:
            self._flush()
        self._writer.close()


class _Csv:
    """A csv file that grows."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._begun = False

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_csv(self._file, datetime_format="%Y-%m-%d %H:%M:%S", include_header=not self._begun)
        self._begun = True

    def close(self) -> None:
        self._file.close()


_WRITERS: dict[FileFormat, Callable[[Path], _Open]] = {"parquet": _Parquet, "csv": _Csv}


def _replace_if_different(draft: Path, path: Path) -> None:
    """The draft takes the place of `path`, unless both hold the same bytes: then the file there stays untouched."""
    if path.exists() and filecmp.cmp(draft, path, shallow=False):
        draft.unlink()
    else:
        draft.replace(path)


class Files:
    """Rows written to `out_dir`/landing and `out_dir`/truth as they come; `close` puts the files in place."""

    def __init__(self, out_dir: Path, file_format: FileFormat) -> None:
        self._folders = {"landing": out_dir / "landing", "truth": out_dir / "truth"}
        self._format: dict[str, FileFormat] = {"landing": file_format, "truth": "parquet"}
        self._open: dict[tuple[str, str], _Open] = {}
        self.rows: dict[str, int] = {}
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    def _draft(self, folder: str, name: str) -> Path:
        return self._folders[folder] / f".{name}.tmp"

    def _write(self, folder: str, name: str, frame: pl.DataFrame) -> None:
        if (folder, name) not in self._open:
            self._open[folder, name] = _WRITERS[self._format[folder]](self._draft(folder, name))
        self._open[folder, name].write(frame)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of a contract table."""
        self._write("landing", name, frame)
        self.rows[name] = self.rows.get(name, 0) + frame.height

    def truth(self, name: str, frame: pl.DataFrame) -> None:
        """More rows of what the pipeline must never read."""
        self._write("truth", name, frame)

    def close(self, parameters: Parameters) -> list[Path]:
        """Put all files in place, and the parameters beside the truth; returns their paths.

        Tables of a company that were there and are not written now, or are there in the other format, are removed, and so is
        the truth of another company: the folders would hold a mixture.
        """
        written = []
        for (folder, name), file in self._open.items():
            file.close()
            path = self._folders[folder] / f"{name}.{self._format[folder]}"
            _replace_if_different(self._draft(folder, name), path)
            written.append(path)
        landed = {self._folders["landing"] / f"{table}.{ending}" for table in TABLES for ending in FORMATS}
        for stale in (landed | set(self._folders["truth"].glob("*.parquet"))) - set(written):
            stale.unlink(missing_ok=True)
        path, draft = self._folders["truth"] / "parameters.json", self._draft("truth", "parameters")
        draft.write_text(parameters.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _replace_if_different(draft, path)
        return [*written, path]


def write(
    parameters: Parameters, out_dir: Path, file_format: str = "parquet",
    *, tables: Collection[str] | None = None, progress: Progress = silent,
) -> dict[str, int]:  # fmt: skip
    """Make a company and write `out_dir`/landing/<table>.<format>, truth/<name>.parquet and truth/parameters.json.

    With `tables` only these. Equal parameters give equal bytes; a file that would not change is not touched. Returns the
    number of rows by table. Raises ValueError for an unknown format or table.
    """
    files = Files(out_dir, known_format(file_format))
    make(parameters, files, tables=tables, progress=progress)
    files.close(parameters)
    return files.rows
