"""Changes of a list: pure functions. What they leave is a new list; what cannot be raises `BadRequest`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from segue.errors import BadRequest

T = TypeVar("T")


def insert(items: Sequence[T], new: Sequence[T], at: int | None = None) -> list[T]:
    """With `new` before the item at a place, counted from 0; at the end without one."""
    place = len(items) if at is None else at
    if not 0 <= place <= len(items):
        raise BadRequest(f"at must be from 0 to {len(items)}, not {at}")
    return [*items[:place], *new, *items[place:]]


def remove(items: Sequence[T], places: Sequence[int]) -> list[T]:
    """Without the items at these places."""
    gone = set(places)
    wrong = next((place for place in places if not 0 <= place < len(items)), None)
    if wrong is not None:
        raise BadRequest(
            f"positions must be from 0 to {len(items) - 1}, not {wrong}" if items else "there is nothing to remove"
        )
    return [item for place, item in enumerate(items) if place not in gone]


def move(items: Sequence[T], start: int, count: int, to: int) -> list[T]:
    """With `count` items from `start` on taken out and put back so that the first of them is at place `to`."""
    if not (count >= 1 and start >= 0 and start + count <= len(items)):
        raise BadRequest(f"start and count must name entries that are there: there are {len(items)}")
    moved = items[start : start + count]
    rest = [*items[:start], *items[start + count :]]
    if not 0 <= to <= len(rest):
        raise BadRequest(f"to must be from 0 to {len(rest)}, not {to}")
    return [*rest[:to], *moved, *rest[to:]]
