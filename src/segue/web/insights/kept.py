"""Boards made of rollups: what was made once is kept until there are new rollups."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import wraps

from segue.exploring.report import LeftOut, Section
from segue.web.insights import rollups
from segue.web.insights.base import Asked, section
from segue.web.insights.rollups import Rollups

MOST_KEPT = 64
NONE_YET = "the numbers are made once an hour, and none were made yet"

_kept: OrderedDict[tuple[str, str, Asked], Sequence[Section]] = OrderedDict()
_lock = threading.Lock()


def of_rollups(make: Callable[[Rollups, Asked], Sequence[Section]]) -> Callable[[Asked], Sequence[Section]]:
    """A board's `make`, of one that takes rollups too. Where there are none yet, the board says so."""
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(asked: Asked) -> Sequence[Section]:
        there = rollups.current()
        if there is None:
            return [section("none", "Not yet", [LeftOut("none", "All of this", NONE_YET)])]
        key = (name, str(there.path), asked)
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
        found = make(there, asked)
        with _lock:
            _kept[key] = found
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
        return found

    return made
