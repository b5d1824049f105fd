"""Why a snapshot could not be made, in words that hold no value of any row.

Belongs here: what DuckDB, the disk and the warehouse say, as a PublishError. Does not belong here: what is refused on purpose
(exposures, checking, snapshot).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from orchestration.ingestion.readers import is_of_the_machine
from orchestration.publishing.exposures import PublishError
from orchestration.settings import Settings
from orchestration.warehouse import WarehouseError


@contextmanager
def in_words(settings: Settings) -> Iterator[None]:
    """Whatever DuckDB or the disk says, as a PublishError, which status.json quotes.

    DuckDB's own words may quote a value of a row: only the cause of the error has them.
    """
    try:
        yield
    except (duckdb.Error, OSError, WarehouseError) as error:
        first = type(error).__name__ if isinstance(error, duckdb.Error) or not str(error) else str(error).splitlines()[0]
        if not isinstance(error, WarehouseError) and is_of_the_machine(error):
            words = f"the disk or the memory is exhausted ({first}). Free space where {settings.published_folder} lies and run again"
        elif isinstance(error, duckdb.Error):
            words = f"the snapshot could not be written ({first}). Run again; if it stays so, a table does not fit the yml of its model"
        else:
            words = f"the snapshot could not be written: {first}"
        msg = f"{words}. People still read what they read before."
        raise PublishError(msg) from error
