"""Item ids as plain arrays: found natively, memory-mapped, and shared by processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np

_UNKNOWN = -1
# Text that Python holds and UTF-8 does not know (half a character, read from a broken file) is an id as well.
_BROKEN = "surrogatepass"
# An entry of the table: the upper half of the hash of an id above its place, or nothing.
_PLACE = np.uint64(0xFFFFFFFF)
_NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)
# The 64-bit FNV-1a hash (Fowler, Noll & Vo).
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_ONE = np.uint64(1)
_FOLD = np.uint64(32)


@dataclass(frozen=True, eq=False)
class Ids:
    """Distinct ids in the order of their UTF-8 bytes, which is that of their code points, and so that of Python.

    An id is found by its hash, in memory that is touched three times: searching the sorted text by halves takes ten times as long.

    Attributes:
        text: uint8 (n_bytes,): all ids, one after the other.
        offsets: int64 (n_ids + 1,): where each starts in it, and where the last one ends.
        table: uint64 (a power of 2, over n_ids): the place of each id, at its hash or soon after it (linear probing).
    """

    text: np.ndarray
    offsets: np.ndarray
    table: np.ndarray

    def __post_init__(self) -> None:
        # Native code trusts these without looking again.
        offsets, size = self.offsets, len(self.table)
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(self.text) or (np.diff(offsets) < 0).any():
            raise ValueError("these are not the offsets of ids")
        filled = self.table != _NOTHING
        if size & (size - 1) or filled.all() or (self.table[filled] & _PLACE >= len(self)).any():
            raise ValueError("this is not the table of ids")

    @classmethod
    def of(cls, ids: Sequence[str]) -> Ids:
        """Of sorted, distinct ids. Raises `ValueError` when they are not."""
        if any(one >= other for one, other in pairwise(ids)):
            raise ValueError("ids must be sorted and distinct")
        text, offsets = packed(ids)
        table = np.full(1 << (2 * len(ids)).bit_length(), _NOTHING)
        _enter(text, offsets, table)
        table.flags.writeable = False
        return cls(text, offsets, table)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __contains__(self, wanted: object) -> bool:
        return isinstance(wanted, str) and bool(self.places([wanted])[0] != _UNKNOWN)

    def places(self, ids: Sequence[str]) -> np.ndarray:
        """The place of each id, int64, shape (n,); -1 for one that is not here."""
        text, offsets = packed(ids)
        places = np.empty(len(ids), dtype=np.int64)
        _find(_plain(self.text), _plain(self.offsets), _plain(self.table), text, offsets, places)
        return places

    def names(self, places: Sequence[int] | np.ndarray) -> list[str]:
        """The ids at these places, shape (n,). Raises `IndexError` for a place that is not here."""
        wanted = np.asarray(places, dtype=np.int64)
        outside = wanted[(wanted < 0) | (wanted >= len(self))]
        if len(outside):
            raise IndexError(f"no id at place {outside[0]}: there are {len(self)}")
        return unpacked(self.text, self.offsets, wanted)


def unpacked(text: np.ndarray, offsets: np.ndarray, places: np.ndarray) -> list[str]:
    """The texts at these places of what `packed` made."""
    starts, ends = offsets[places].tolist(), offsets[places + 1].tolist()
    data = text.data
    return [str(data[start:end], "utf-8", _BROKEN) for start, end in zip(starts, ends, strict=True)]


def packed(ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The UTF-8 bytes of texts, one after the other, and their offsets; both read-only, as what is memory-mapped is."""
    joined = "".join(ids)
    encoded = ids if joined.isascii() else [text.encode("utf-8", _BROKEN) for text in ids]
    offsets = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(ids)), out=offsets[1:])
    offsets.flags.writeable = False
    return np.frombuffer(joined.encode("utf-8", _BROKEN), dtype=np.uint8), offsets


def _plain(array: np.ndarray) -> np.ndarray:
    """The same memory without what the class of memory-mapped arrays adds to the price of every call."""
    return array.view(np.ndarray)


@numba.njit(nogil=True, cache=True)
def _hash(text, start, end):  # type: ignore[no-untyped-def]  # pragma: no cover
    value = _FNV_START
    for byte in range(start, end):
        value = (value ^ np.uint64(text[byte])) * _FNV_PRIME
    return value ^ (value >> _FOLD)


@numba.njit(nogil=True, cache=True)
def _enter(text, offsets, table):  # type: ignore[no-untyped-def]  # pragma: no cover
    mask = np.uint64(len(table) - 1)
    for place in range(len(offsets) - 1):
        value = _hash(text, offsets[place], offsets[place + 1])
        slot = value & mask
        while table[slot] != _NOTHING:
            slot = (slot + _ONE) & mask
        table[slot] = (value & ~_PLACE) | np.uint64(place)


@numba.njit(nogil=True, cache=True)
def _find(text, offsets, table, wanted, wanted_offsets, places):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the place of each wanted text, or -1: each step for all of them, so that memory is fetched for many at once."""
    n, mask = len(places), np.uint64(len(table) - 1)
    values = np.empty(n, dtype=np.uint64)
    slots = np.empty(n, dtype=np.uint64)
    for query in range(n):
        values[query] = _hash(wanted, wanted_offsets[query], wanted_offsets[query + 1])
        slots[query] = values[query] & mask
    _probe(table, values, slots, places)
    starts, ends = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for query in range(n):
        if places[query] >= 0:
            starts[query], ends[query] = offsets[places[query]], offsets[places[query] + 1]
    for query in range(n):
        first, last = wanted_offsets[query], wanted_offsets[query + 1]
        # Another text with the same half of a hash is one in thousands of millions.
        while places[query] >= 0 and not _same(text, starts[query], ends[query], wanted, first, last):
            slots[query] = (slots[query] + _ONE) & mask
            _probe(table, values[query : query + 1], slots[query : query + 1], places[query : query + 1])
            if places[query] >= 0:
                starts[query], ends[query] = offsets[places[query]], offsets[places[query] + 1]


@numba.njit(nogil=True, cache=True)
def _probe(table, values, slots, places):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move each slot on to where the table holds that half of the hash, and write the place there, or -1."""
    mask = np.uint64(len(table) - 1)
    for query in range(len(places)):
        slot = slots[query]
        while table[slot] != _NOTHING and (table[slot] ^ values[query]) > _PLACE:
            slot = (slot + _ONE) & mask
        slots[query] = slot
        places[query] = -1 if table[slot] == _NOTHING else np.int64(table[slot] & _PLACE)


@numba.njit(nogil=True, cache=True)
def _same(text, start, end, wanted, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    if end - start != last - first:
        return False
    for byte in range(end - start):  # noqa: SIM110 (Numba knows no all() of a generator)
        if text[start + byte] != wanted[first + byte]:
            return False
    return True
