"""The time on the wall. In a rehearsal (`segue simulate --site`) it is ahead of the machine's by what a file says."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from segue.errors import BadSetting
from segue.web import environment

HERE = ("127.0.0.1", "localhost", "::1")


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000 + _ahead_ms()


def _ahead_ms() -> int:
    file = _file()
    if file is None:
        return 0
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


@cache
def _file() -> Path | None:
    """The file that moves this clock, if the process was started with one. Raises `BadSetting` where others reach the service."""
    named = environment.text("SEGUE_CLOCK_FILE")
    if named and urlsplit(environment.text("SEGUE_URL")).hostname not in HERE:
        raise BadSetting(
            "SEGUE_CLOCK_FILE is for rehearsals on this machine: leave it out where SEGUE_URL is an address for others"
        )
    return Path(named) if named else None
