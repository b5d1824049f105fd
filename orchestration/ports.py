"""Ports on this machine: whether one is free.

Belongs here: asking the operating system. Does not belong here: any connection to elsewhere.
"""

from __future__ import annotations

import socket

HERE, FIRST, LAST = "127.0.0.1", 1024, 65535


class PortError(RuntimeError):
    """A port on which no server could listen. The message names the way out."""


def _why_not(port: int) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HERE, port))
        except PermissionError:
            return f"port {port} on {HERE} is kept for the system. Choose another"
        except OSError:
            return f"port {port} on {HERE} is in use by another process. Stop that one, or choose another"
    return None


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of this machine now."""
    return _why_not(port) is None


def require(port: int, variable: str) -> None:
    """Refuse a port that is taken or kept, before anything is started on it.

    Raises:
        PortError: no server could listen on it.

    """
    if why := _why_not(port):
        other = FIRST if port < FIRST else port + 1 if port < LAST else port - 1
        msg = f"{why}: --port {other}, or {variable}={other}"
        raise PortError(msg)
