"""What all commands share: the terminal, exit codes, reading days and times.

Belongs here: talking to the person who typed a command. Does not belong here: commands.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, tzinfo
from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from orchestration.ingestion.landing import parse_time
from orchestration.settings import Settings

LOG_WIDTH = 120  # where the output is no terminal
FAILED, USED_WRONGLY = 1, 2
STOPPED = 130  # by Ctrl-C, as shells have it

console = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
errors = Console(stderr=True)


def stop(words: str, code: int) -> NoReturn:
    """End with words on standard error and an exit code."""
    errors.print(f"[bold red]plumbline:[/] {words}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def the_settings() -> Settings:
    """The settings of the environment; a wrong one ends the command with its name."""
    try:
        return Settings()
    except ValidationError as error:
        words = "; ".join(f"PLUMBLINE_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors(include_input=False))
        stop(f"{words}. README, Settings, says what each takes", USED_WRONGLY)


def day(text: str | None, option: str) -> date | None:
    """A day that an option was given."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(f"{option} takes a day such as 2026-06-30, not {text!r}", USED_WRONGLY)


def moment(text: str | None, option: str, day_begins_in: tzinfo) -> datetime | None:
    """A time that an option was given, as naive UTC."""
    if text is None:
        return None
    found = parse_time(text, day_begins_in)
    if found is None:
        stop(f"{option} takes a time such as 2026-06-30 or 2026-06-30T18:00:00Z, not {text!r}", USED_WRONGLY)
    return found
