"""What items are called, as plain arrays: memory-mapped, and shared by processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from segue.engine.ids import packed, unpacked


@dataclass(frozen=True, eq=False)
class Names:
    """Titles and artists of items, in their order.

    Attributes:
        titles, title_offsets: the titles' UTF-8 bytes, and where each starts; likewise for the names of `artists`.
        credits, credit_offsets: the artists of each item, as places in `artists`, the main one first.
    """

    titles: np.ndarray
    title_offsets: np.ndarray
    artists: np.ndarray
    artist_offsets: np.ndarray
    credits: np.ndarray
    credit_offsets: np.ndarray

    def __post_init__(self) -> None:
        for offsets, end in (
            (self.title_offsets, len(self.titles)),
            (self.artist_offsets, len(self.artists)),
            (self.credit_offsets, len(self.credits)),
        ):
            if not len(offsets) or offsets[0] != 0 or offsets[-1] != end or (np.diff(offsets) < 0).any():
                raise ValueError("these are not the offsets of names")
        if len(self.credits) and not 0 <= self.credits.min() <= self.credits.max() < len(self.artist_offsets) - 1:
            raise ValueError("credits are of artists that are not there")

    @classmethod
    def of(cls, table: pl.DataFrame) -> Self:
        """From columns `title` and `artists` (a list of names)."""
        credited = table["artists"].explode(empty_as_null=False, keep_nulls=False).drop_nulls()
        known = credited.unique().sort()
        counts = table["artists"].list.drop_nulls().list.len().fill_null(0).to_numpy()
        codes = np.searchsorted(known.to_numpy().astype(object), credited.to_numpy().astype(object))
        return cls(
            *packed(table["title"].to_list()), *packed(known.to_list()), codes.astype(np.int32),
            np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.title_offsets) - 1

    def titles_of(self, places: np.ndarray) -> list[str]:
        """The titles of items, int64 (n,)."""
        return unpacked(self.titles, self.title_offsets, places)

    def artists_of(self, places: np.ndarray) -> list[tuple[str, ...]]:
        """The artists' names of items, int64 (n,), the main one first."""
        starts, ends = self.credit_offsets[places], self.credit_offsets[places + 1]
        counts = ends - starts
        firsts = np.cumsum(counts) - counts
        entries = np.repeat(starts - firsts, counts) + np.arange(int(counts.sum()))
        names = unpacked(self.artists, self.artist_offsets, self.credits[entries])
        return [
            tuple(names[first : first + count])
            for first, count in zip(firsts.tolist(), counts.tolist(), strict=True)
        ]  # fmt: skip
