"""Ports on this machine: whether one is free.

Belongs here: asking the operating system. Does not belong here: any connection to elsewhere.
"""

from __future__ import annotations

import socket

HERE, LAST = "127.0.0.1", 65535


class PortError(RuntimeError):
    """A port that something else listens on. The message names the way out."""


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of this machine now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HERE, port))
        except OSError:
            return False
    return True


def require(port: int, variable: str) -> None:
    """Refuse a port that is taken, before anything is started on it.

    Raises:
        PortError: it is taken.

    """
    if not is_free(port):
        other = port + 1 if port < LAST else port - 1
        msg = f"port {port} on {HERE} is in use by another process. Stop that one, or choose another: --port {other}, or {variable}={other}"
        raise PortError(msg)
