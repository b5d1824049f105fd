"""The `plumbline` command.

Belongs here: which commands there are. Does not belong here: what they do (commands/).
Exit codes: 0 done and every gate passed, 1 failed, 2 used wrongly, 3 a gate refused.
"""

from __future__ import annotations

import typer

from orchestration.commands import companies, looking, runs, serving
from orchestration.commands.words import FAILED, USED_WRONGLY

__all__ = ["FAILED", "USED_WRONGLY", "app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plumbline: performance-management analytics, from files to exact numbers.",
)
for command in (
    runs.run, companies.generate, runs.demo, serving.dashboard, serving.dagster, looking.quarantine, looking.snapshots, looking.rollback,
    looking.doctor, looking.bench,
):  # fmt: skip
    app.command()(command)


if __name__ == "__main__":
    app()
