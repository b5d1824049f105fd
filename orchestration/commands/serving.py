"""`plumbline dashboard`, `dagster`: servers on this machine only.

Belongs here: starting them. Does not belong here: what they serve (dashboards/, definitions).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration import ports
from orchestration.clock import ClockError, zone
from orchestration.commands.words import FAILED, USED_WRONGLY, console, stop, the_settings
from orchestration.settings import CHECKOUT, Settings


def dashboard(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1. Default: PLUMBLINE_DASHBOARD_PORT, 8501.")] = None,
    development: Annotated[
        bool, typer.Option("--development", help="No login: whoever opens a page chooses a role. For synthetic data only.")
    ] = False,
) -> None:
    """Serve the dashboards of PLUMBLINE_HOME."""
    settings = the_settings()
    if development:
        settings = settings.model_copy(update={"development_mode": True})
    serve_dashboards(settings, port or settings.dashboard_port)


def serve_dashboards(settings: Settings, port: int) -> None:
    """Serve until the person stops it."""
    _require(port, "PLUMBLINE_DASHBOARD_PORT")
    console.print(f"Dashboards on http://{ports.HERE}:{port} (Ctrl-C ends them)", highlight=False)
    said = {
        "PLUMBLINE_HOME": str(settings.home.resolve()), "PLUMBLINE_DEVELOPMENT_MODE": str(settings.development_mode).lower(),
    }  # fmt: skip
    _serve([sys.executable, "-m", "dashboards", "--port", str(port)], said)


def dagster(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1. Default: PLUMBLINE_DAGSTER_PORT, 3000.")] = None,
) -> None:
    """Serve Dagster's pages for PLUMBLINE_HOME: the graph, its runs, the daily schedule, the landing sensor, alerts."""
    settings = the_settings()
    port = port or settings.dagster_port
    _require(port, "PLUMBLINE_DAGSTER_PORT")
    try:
        zone(settings.business_timezone)
    except ClockError as error:
        stop(str(error), USED_WRONGLY)
    from orchestration.defs.history import write_configuration  # noqa: PLC0415  (Dagster takes seconds to import)

    write_configuration(settings)
    console.print(f"Dagster on http://{ports.HERE}:{port} (Ctrl-C ends it; schedule and sensors work while it runs)", highlight=False)
    said = {"DAGSTER_HOME": str(settings.dagster_folder.resolve()), "PLUMBLINE_HOME": str(settings.home.resolve())}
    if settings.landing is not None:
        said["PLUMBLINE_LANDING"] = str(settings.landing.resolve())
    command = Path(sys.executable).with_name("dagster")
    _serve([str(command), "dev", "--module-name", "orchestration.definitions", "--host", ports.HERE, "--port", str(port)], said)


def _require(port: int, variable: str) -> None:
    try:
        ports.require(port, variable)
    except ports.PortError as error:
        stop(str(error), USED_WRONGLY)


def _serve(command: list[str], said: dict[str, str]) -> None:
    """Run a server in a session of its own, and take it along when this process is told to end."""
    environment = {**os.environ, **said, "DO_NOT_TRACK": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}
    server = subprocess.Popen(command, env=environment, cwd=CHECKOUT, start_new_session=True)  # noqa: S603  (our own commands)

    def end(number: int, _frame: object) -> None:
        os.killpg(server.pid, signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = server.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if code > 0:
        stop(f"the server ended with exit code {code}; its last words stand above", FAILED)
