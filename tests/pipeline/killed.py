"""A process that kills itself at a named point of the code, as kill -9 or a power cut would.

Belongs here: how it dies. Does not belong here: where (killed_load, killed_publish), what must hold afterwards.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def kill(*_: object, **__: object) -> None:
    """End this process at once: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(place: Any, name: str, *, after: bool = False, when: Callable[..., bool] = lambda *_: True) -> None:
    """Replace a function by one that ends the process before or after it, when its arguments say so."""
    original = getattr(place, name)

    def replaced(*arguments: Any, **named: Any) -> Any:
        hit = when(*arguments)
        if hit and not after:
            kill()
        result = original(*arguments, **named)
        if hit:
            kill()
        return result

    setattr(place, name, replaced)
