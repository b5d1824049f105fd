"""What all steps share: owners, retries, row counts, and which errors a retry cannot mend.

Belongs here: rules about steps as Dagster sees them, names that several steps use. Does not belong here: gates (gates),
models' tests (models/).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from dagster import AssetKey, Backoff, Failure, RetryPolicy

from orchestration.clock import ClockError
from orchestration.ingestion.landing import LandingError
from orchestration.ingestion.mappings import MappingError
from orchestration.pipeline import Pipeline
from orchestration.publishing import words_of
from orchestration.run_report import GateRefusedError, RunError, was_stopped
from orchestration.settings import Settings
from orchestration.warehouse import connect

SNAPSHOT, GATES = AssetKey(["published", "snapshot"]), "gates"  # what people read, and the check that says whether it may be renewed
OWNERS = ["team:people-analytics"]
RETRIES = RetryPolicy(max_retries=2, delay=20, backoff=Backoff.EXPONENTIAL)
FOR_A_PERSON = (LandingError, MappingError, ClockError, RunError, GateRefusedError)  # the same again would end the same


@contextmanager
def without_retry(pipeline: Pipeline) -> Iterator[None]:
    """Errors that only a person can mend end the run at once; so does any error where somebody sits in front of it.

    Dagster records the words of our own errors. Those of libraries may quote a value of a row: of these only kind and place.

    Raises:
        Failure: in place of them.

    """
    try:
        yield
    except FOR_A_PERSON as error:
        raise Failure(str(error), allow_retries=False) from error
    except BaseException as error:  # noqa: BLE001  (a Failure takes its place)
        if was_stopped(error):  # to be stopped is no reason to try again
            msg = "the run was stopped"
            raise Failure(msg, allow_retries=False) from None
        frames = " < ".join(f"{f.name} ({Path(f.filename).name}:{f.lineno})" for f in reversed(extract_tb(error.__traceback__)))
        words = f"{words_of(error)} {type(error).__name__} in {frames}"
        raise Failure(words, allow_retries=not pipeline.is_attended) from None


def row_counts(settings: Settings, schemas: Sequence[str]) -> dict[tuple[str, str], int]:
    """Rows of every table of the schemas: (schema, table) to count. Views are left out."""
    connection = connect(settings.warehouse_file, settings)
    try:
        names = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in (select unnest($schemas))", {"schemas": list(schemas)}
        ).fetchall()
        if not names:
            return {}
        counted = " union all ".join(f"""select '{s}', '{t}', count(*) from "{s}"."{t}" """ for s, t in names)  # names of our own tables
        return {(s, t): n for s, t, n in connection.execute(counted).fetchall()}
    finally:
        connection.close()
