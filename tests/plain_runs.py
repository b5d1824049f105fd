"""A run's steps one after the other, without Dagster's record: for tests of what the steps do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from orchestration import transform
from orchestration.observer import Observer
from orchestration.pipeline import Pipeline
from orchestration.run_report import GateRefusedError, RunOptions, RunReport
from orchestration.settings import Settings


@contextmanager
def without_model_tests() -> Iterator[None]:
    """Builds make the models and leave out their tests, which take most of a small build: where these are not what is asked about."""
    kinds, *rest = transform.BUILD_OPTIONS
    options = (kinds, *(word for word in rest if word != "test"))
    with patch.object(transform, "BUILD_OPTIONS", options):
        yield


def run(settings: Settings, options: RunOptions | None = None, observer: Observer | None = None, now: datetime | None = None) -> RunReport:
    """The same steps in the same order as the job `pipeline` has them (test_dagster_graph holds that), and the same report."""
    with Pipeline(settings, options, observer, now) as pipeline:
        pipeline.load()
        pipeline.build()
        try:
            pipeline.publish()
        except GateRefusedError as refused:
            pipeline.report.error = refused
    return pipeline.report
