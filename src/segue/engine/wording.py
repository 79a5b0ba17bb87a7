"""Reasons in plain words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numba
import numpy as np

from segue.engine.request import Because, Reason
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import Catalogue
from segue.ranking.reasons import in_words

SOUNDS = frozenset({"feature-ridge", "newcomers", "content", "kmeans"})
"""Parts of a model that judge by what an item is like, not by who plays it."""

_WORDS = {
    "energy": ("calm", "energetic"), "valence": ("dark", "happy"), "tempo": ("slow", "fast"), "acousticness": ("", "acoustic"),
    "instrumentalness": ("", "instrumental"), "danceability": ("", "danceable"), "speechiness": ("", "spoken"),
    "liveness": ("", "live"),
}  # fmt: skip
_TELLING = 0.7
"""A sound is worth a word from so many standard deviations off the middle."""
_MOST_WORDS = 4


def artist_names(because: Sequence[Because]) -> list[str]:
    """Whose music it is: each artist once; the title of what has no artist."""
    names = [one.artists[0] if one.artists else one.title for one in because]
    return list(dict.fromkeys(names))


def name_of(because: Because) -> str:
    """Artist - Title, or the name alone for an artist."""
    artist = because.artists[0] if because.artists else ""
    return because.title if artist in {"", because.title} else f"{artist} - {because.title}"


def owes_to(because: Sequence[Because], part: str, verbs: Collection[str], words: Sequence[str]) -> Reason:
    """What the model owes it to, and what the listener did with these; `words` say what it shares in sound with the first."""
    if part in SOUNDS:
        said = f": {', '.join(words)}" if words else ""
        return Reason("sounds", f"sounds like {name_of(because[0])}{said}", tuple(because), part)
    return Reason("played", in_words(artist_names(because), verbs), tuple(because), part)


def listeners(n: int) -> Reason:
    """How many of the listener's community of taste play it."""
    return Reason("listeners", f"{n:,} listeners with your taste play this")


def new(artist: str, *, own: bool) -> Reason:
    """It came out lately."""
    return Reason("new", f"new from {artist}, whom you play" if own else f"new from {artist}")


def related(artist: str, to: str) -> Reason:
    """The artist has to do with one the listener plays."""
    return Reason("related", f"{artist} is close to {to}, whom you play")


def explored() -> Reason:
    """The lottery drew it."""
    return Reason("explore", "something different, to find out whether you like it")


def crowd(name: str) -> Reason:
    """A crowd's favourite. That is said by rank: in a small crowd, even a favourite is not played by many."""
    kind, _, value = name.partition("-")
    text = {
        "country": f"among the most played in {value}", "age": f"among the most played by listeners aged {value}",
        "community": "among the most played by listeners with your taste", "trending": "among the most played these days",
    }.get(kind, "among the most played")  # fmt: skip
    return Reason("popular", text)


def rest(*, played: bool) -> Reason:
    """It fills a page for which there are too few favourites."""
    text = "among the most played of what fits" if played else "nobody has played it yet, and little else fits"
    return Reason("popular", text)


class Sounds:
    """Words for how items sound, by the standard scores of their audio features."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._facts = catalogue.facts
        audio = np.asarray(self._facts.audio, dtype=np.float64)
        known = np.isfinite(audio)
        count = np.maximum(known.sum(axis=0), 1)
        self._mean = np.where(known, audio, 0).sum(axis=0) / count
        spread = np.sqrt(np.where(known, (audio - self._mean) ** 2, 0).sum(axis=0) / count)
        self._spread = np.where(spread > 0, spread, 1)
        self._names = [_WORDS.get(name, ("", "")) for name in AUDIO_FEATURES]

    def alike(self, item: int, other: int) -> list[str]:
        """What can be said of both: how they sound, and the genres they share."""
        scores = (np.asarray(self._facts.audio[[item, other]]) - self._mean) / self._spread
        low, high = scores.min(axis=0), scores.max(axis=0)
        strength = np.nan_to_num(np.where(low > 0, low, np.where(high < 0, -high, 0)))
        found = []
        for column in np.argsort(-strength, kind="stable"):
            word = self._names[column][int(low[column] > 0)]
            if strength[column] >= _TELLING and word:
                found.append(word)
        shared = np.intersect1d(self._genres(item), self._genres(other))
        names = [self._facts.genre_names[code] for code in shared]
        return [*found[: _MOST_WORDS - min(len(names), 1)], *names][:_MOST_WORDS]

    def _genres(self, item: int) -> np.ndarray:
        genres = self._facts.genres
        return genres.indices[genres.indptr[item] : genres.indptr[item + 1]]


def closest_artist(catalogue: Catalogue, artist: int, own: np.ndarray) -> int:
    """Which of the listener's own artists (codes) has most to do with an artist; -1 for none."""
    related_to = catalogue.relations.related
    return int(_strongest(related_to.indptr, related_to.indices, related_to.data, own, artist))


@numba.njit(nogil=True, cache=True)
def _strongest(indptr, indices, data, rows, column):  # type: ignore[no-untyped-def]  # pragma: no cover
    best, found = np.float32(0), -1
    for row in rows:
        for entry in range(indptr[row], indptr[row + 1]):
            if indices[entry] == column and data[entry] > best:
                best, found = data[entry], row
    return found
