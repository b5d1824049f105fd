"""`python -m dashboards [--port N]`: serve the dashboards of PLUMBLINE_HOME on 127.0.0.1 until stopped.

Belongs here: arguments, the log, exit codes. Does not belong here: the server itself.
"""

from __future__ import annotations

import argparse
import sys

from dashboards.server import serve
from orchestration import logs, ports
from orchestration.settings import Settings


def main() -> int:
    """Exit code 0 when stopped, 2 where the port is taken."""
    settings = Settings()
    parser = argparse.ArgumentParser(prog="python -m dashboards", description="Serve the dashboards on 127.0.0.1.")
    parser.add_argument(
        "--port", type=int, default=settings.dashboard_port, help="Port on 127.0.0.1 (default: PLUMBLINE_DASHBOARD_PORT, else 8501)."
    )
    port = parser.parse_args().port
    logs.write_to(settings, "dashboards")
    try:
        serve(settings, port)
    except ports.PortError as taken:
        sys.stderr.write(f"{taken}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
