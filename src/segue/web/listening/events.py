"""What tells two listens of one listener apart: one signed 64-bit number, the same on every machine and in every version.

As in `Library.merge`, a listen with a time is one event wherever it came from, and a count without a time is one for each source.
Events of what was played are 0 or more, those of ids that senders give are below 0: the unique index finds the latter alone.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

NONE = -1
"""Stands for a track, an artist or a position that is not there."""
NO_TIME = -(2**63)
"""Stands for a time that is not known: -1 is a time, the last ms of 1969."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def events(track: Numbers, artist: Numbers, time_ms: Numbers, position: Numbers, source: Numbers) -> Numbers:
    """The event of each listen; all arguments and the answer are of one length.

    `track` and `artist` are primary keys or `NONE`, `position` may be `NONE`, `time_ms` `NO_TIME`; `source` is what `source_code`
    gives, and counts only where there is no time.
    """
    counted_by = np.where(time_ms == NO_TIME, source, 0)
    state = np.zeros(len(track), np.uint64)
    for part in (track, artist, time_ms, position, counted_by):
        state = _mixed(state ^ np.ascontiguousarray(part, np.int64).view(np.uint64))
    return (state >> np.uint64(1)).view(np.int64)


def event_of_listen(
    track: int | None,
    artist: int | None,
    time_ms: int | None,
    position: int | None = None,
    source: str | None = None,
) -> int:
    """The event of one listen, the same as among others in `events`: primary keys, and None for what is not there."""
    numbers = (
        NONE if track is None else track,
        NONE if artist is None else artist,
        NO_TIME if time_ms is None else time_ms,
        NONE if position is None else position,
        source_code(source),
    )
    return int(events(*(np.array([number], np.int64) for number in numbers))[0])


def event_of_client_id(client_id: str) -> int:
    """The event of a listen that its sender gave an id: what is sent again is the same event, whatever else it says."""
    return -1 - (_digest(client_id, b"client id") >> 1)


def source_code(source: str | None) -> int:
    """A number for a source's name; None has one too."""
    return 0 if source is None else _digest(source, b"source") - 2**63


def _digest(text: str, what: bytes) -> int:
    """64 bits of BLAKE2b, 0 or more: numbers of different kinds of text have nothing in common."""
    found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=what).digest()
    return int.from_bytes(found, "little")


def _mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One step of splitmix64 (Steele, Lea & Flood 2014): each bit of the answer depends on every bit given."""
    state = state + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
