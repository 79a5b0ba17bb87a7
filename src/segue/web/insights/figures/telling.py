"""Figures out of what may not be there, and numbers in sentences."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

from segue.errors import NotEnoughData
from segue.exploring.report import Figure, LeftOut
from segue.exploring.shapes import Shape
from segue.web.insights import rollups
from segue.web.insights.base import LEAST_SEEN, Numbers
from segue.web.insights.nightly import details

Told = tuple[str, str, Shape | Numbers]
"""A finding, a unit, and what is drawn."""
MOST_KEPT = 300

_kept: OrderedDict[tuple[Any, ...], Figure | LeftOut] = OrderedDict()
_lock = threading.Lock()


def figure(name: str, title: str, make: Callable[[], Told]) -> Figure | LeftOut:
    """A figure; why there is none, where `make` raises `NotEnoughData`.

    Where `make` is a `partial`, what it told is kept until the numbers are made anew.
    """
    if not isinstance(make, partial):
        return _told(name, title, make)
    rolled_up, detailed = rollups.current(), details.current()
    key = (
        name,
        make.func,
        make.args,
        tuple(make.keywords.items()),
        rolled_up and rolled_up.path,
        detailed and detailed.path,
    )
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    found = _told(name, title, make)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _told(name: str, title: str, make: Callable[[], Told]) -> Figure | LeftOut:
    try:
        finding, unit, shape = make()
    except NotEnoughData as lack:
        return LeftOut(name, title, str(lack).rstrip("."))
    return Figure(name, title, finding, unit, shape)  # type: ignore[arg-type]


def rolled() -> rollups.Rollups:
    """The rollups. Raises `NotEnoughData`, saying which job makes them."""
    found = rollups.current()
    if found is None:
        raise NotEnoughData("its numbers were not made yet: run the job “Numbers of the dashboard”")
    return found


def enough(people: float | None, shown: float | None = None) -> int | float | None:
    """A number of people, or what is `shown` of so many; None where they are too few."""
    if people is None or people < LEAST_SEEN:
        return None
    return people if shown is None else shown


def change(now: float, before: float | None) -> float | None:
    """By how many percent it changed, without more digits than it needs; None where it was nothing."""
    return round(100 * (now / before - 1), 1) if before else None


def part_of(part: float, whole: float) -> float | None:
    """Percent, to a tenth; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def started(text: str) -> str:
    """A sentence, with a capital."""
    return text[:1].upper() + text[1:]


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th: up to the 20th."""
    return f"{number}{_ENDINGS.get(number, 'th')}"
