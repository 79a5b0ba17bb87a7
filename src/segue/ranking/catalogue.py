"""What the stages of ranking know of the items: plain arrays in item order, memory-mapped, shared by processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

UNKNOWN = -1
DAY_PARTS = ("night", "morning", "midday", "afternoon", "evening", "late")
"""Six stretches of four hours of the listener's own clock, from midnight."""


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of each item. Codes are -1, numbers NaN, where nothing is known.

    Attributes:
        artist: int32 (n_items,): the main artist, as a place in `artist_ids`.
        release: int32 (n_items,): the release.
        work: int32 (n_items,): shared by all versions of one song; every item has one.
        day: int32 (n_items,): days from 1970-01-01 to when it came out; `NO_DAY` where not known.
        to_the_day: bool (n_items,): whether it came out on that very day; else in that month or year, of which it is the first.
        explicit: int8 (n_items,): 1 yes, 0 no.
        language: int16 (n_items,): as a place in `languages`.
        audio: float32 (n_items, n_audio): `AUDIO_FEATURES` of the library, in that order and in their units.
        genres: CSR float32 (n_items, n_genres): shares of the genres of `genre_names`, rows adding up to 1 (or empty).
        popularity: float32 (n_items,): share of the listeners who play it.
        rank: float32 (n_items,): its place by popularity, 0 the least played to 1 the most.
        artist_rank: float32 (n_items,): the same of its artist's listeners; NaN without an artist.
        credited: CSR bool (n_items, n_credited): everybody whose it is, guests too, as places in `credited_ids`.
        items_of_artist: CSR (n_artists, n_items): each artist's items, the most played first (indices are NOT sorted).
    """

    artist: np.ndarray
    release: np.ndarray
    work: np.ndarray
    day: np.ndarray
    to_the_day: np.ndarray
    explicit: np.ndarray
    language: np.ndarray
    audio: np.ndarray
    genres: sparse.csr_array
    popularity: np.ndarray
    rank: np.ndarray
    artist_rank: np.ndarray
    credited: sparse.csr_array
    items_of_artist: sparse.csr_array
    artist_ids: tuple[str, ...]
    artist_names: tuple[str, ...]
    credited_ids: tuple[str, ...]
    release_ids: tuple[str, ...]
    genre_names: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.artist)


NO_DAY = -(2**31)


@dataclass(frozen=True, eq=False)
class Space:
    """Items as short dense vectors: near each other where they sound, or are listened to, alike.

    Attributes:
        vectors: float32 (n_items, d), of length 1 (0 where nothing is known): half from who plays them, half from what they
            are like, so that a dot product is the mean of two cosines.
        near: CSR float32 (n_items, n_items): each item's most alike others by content, and how much (0 to 1), the most
            alike first.
    """

    vectors: np.ndarray
    near: sparse.csr_array


@dataclass(frozen=True, eq=False)
class Relations:
    """Artists that have to do with each other.

    Attributes:
        related: CSR float32 (n_artists, n_artists): how much (0 to 1), from the library's relations, from shared credits,
            and from who is played by the same listeners; the strongest first.
    """

    related: sparse.csr_array


@dataclass(frozen=True, eq=False)
class Crowds:
    """What groups of listeners play: never of fewer than 20, so that nobody shows.

    Attributes:
        names: of each group: "overall", "trending", "country-SE", "age-20-29", "community-0", …
        sizes: int32 (n_groups,): listeners in each.
        top: CSR float32 (n_groups, n_items): the share of the group's listeners who play its most played items; for
            "trending" and the groups where times are known, of late.
        centroids: float32 (n_communities, d): the middle of each community of taste, in `Space.vectors`, of length 1.
        players: CSR int32 (n_communities, n_items): how many of the community play an item, where at least 20 do.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    top: sparse.csr_array
    centroids: np.ndarray
    players: sparse.csr_array

    def group(self, name: str) -> int:
        """The row of a group, or -1."""
        return self.names.index(name) if name in self.names else UNKNOWN


@dataclass(frozen=True, eq=False)
class Moments:
    """When items are played.

    Attributes:
        hours: float32 (n_items, 6): log of how much more an item is played in each of `DAY_PARTS` than items are, shrunk
            towards its artist, its genres and 0 where it is played little; width 0 where no times are known.
        months: float32 (n_items, 12): the same by month of the year, with the seasons of the north; width 0 likewise.
    """

    hours: np.ndarray
    months: np.ndarray


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All of it."""

    facts: Facts
    space: Space
    relations: Relations
    crowds: Crowds
    moments: Moments
