"""A run's steps one after the other, without Dagster's record: for tests of what the steps do."""

from datetime import datetime

from orchestration.pipeline import Pipeline
from orchestration.run_report import GateRefusedError, Observer, RunOptions, RunReport
from orchestration.settings import Settings


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
