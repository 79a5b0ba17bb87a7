"""Named random streams: each part of the world draws from its own, so a change to one leaves the others alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

Pick = Callable[[Sequence[T]], T]


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of that name; the same seed and name give the same numbers on every machine."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def dice(rng: np.random.Generator, block: int = 4096) -> Iterator[int]:
    """Endless whole numbers below 2**31, drawn in blocks because single draws are slow."""
    while True:
        yield from rng.integers(1 << 31, size=block).tolist()


class Chooser:
    """Picks from short sequences, many times over, at the cost of one number each."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._dice = dice(rng)

    def one(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[next(self._dice) % len(options)]

    def some(self, options: Sequence[T], n: int) -> list[T]:
        """`n` different options (all, when there are fewer), in random order."""
        left = list(options)
        return [left.pop(next(self._dice) % len(left)) for _ in range(min(n, len(left)))]

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return next(self._dice) % n

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return next(self._dice) < share * (1 << 31)


def categorical(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """One column per row of `weights` (n, k), drawn in proportion to the row; shape (n,)."""
    edges = np.cumsum(weights, axis=1)
    at = rng.random(len(weights)) * edges[:, -1]
    return np.asarray(np.minimum((edges <= at[:, None]).sum(axis=1), weights.shape[1] - 1))


def draws(rng: np.random.Generator, weights: np.ndarray, n: int) -> np.ndarray:
    """`n` places drawn in proportion to `weights` (k,); shape (n,)."""
    edges = np.cumsum(weights)
    return np.asarray(np.minimum(np.searchsorted(edges, rng.random(n) * edges[-1], side="right"), len(weights) - 1))
