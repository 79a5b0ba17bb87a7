"""What a request asks for, in codes of the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from itertools import islice

import numpy as np
import polars as pl

from segue.engine.request import Controls, Exclusions, Request
from segue.errors import BadRequest
from segue.features.tags import tag_key
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import Facts
from segue.ranking.filters import Wanted

Index = Callable[[Sequence[str]], np.ndarray]
"""The places of item ids, -1 for those that the snapshot does not have."""

_COLUMN = {name: column for column, name in enumerate(AUDIO_FEATURES)}
_SHOWN = 5


class Codes:
    """The codes of what `Facts` names. Each kind of name is read when one of that kind is first asked for."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def genres(self, names: Sequence[str]) -> np.ndarray:
        """The codes of genres, in any spelling (`tag_key`): int64, ascending. Raises `BadRequest` for one that is not there."""
        # Making keys takes a hundred times as long as looking up a name that is spelt as it is here.
        known = all(name in self._genres for name in names)
        keys = names if known else tag_key(pl.Series(names, dtype=pl.String))
        return _codes("genre", names, keys, self._genres, self.facts.genre_names)

    def languages(self, names: Sequence[str]) -> np.ndarray:
        """The codes of languages (ISO 639-1, of any case): int64, ascending. Raises `BadRequest` for one that is not there."""
        keys = [name.strip().casefold() for name in names]
        return _codes("language", names, keys, self._languages, self.facts.languages)

    def artists(self, ids: Iterable[str]) -> np.ndarray:
        """The codes of artist ids, without those whose no item is: int64."""
        return np.array([self._artists[one] for one in ids if one in self._artists], dtype=np.int64)

    def credited(self, ids: Iterable[str]) -> np.ndarray:
        """The codes of artist ids in `Facts.credited`, guests too, without those that are not there: int64."""
        return np.array([self._credited[one] for one in ids if one in self._credited], dtype=np.int64)

    def releases(self, ids: Iterable[str]) -> np.ndarray:
        """The codes of release ids, without those that are not there: int64."""
        return np.array([self._releases[one] for one in ids if one in self._releases], dtype=np.int64)

    @cached_property
    def _genres(self) -> dict[str, list[int]]:
        """The codes behind each key, and behind each name as it is spelt here."""
        keys = tag_key(pl.Series(self.facts.genre_names, dtype=pl.String))
        by_key = _by_key(keys)
        named = {name: by_key[key] for name, key in zip(self.facts.genre_names, keys, strict=True) if key is not None}
        return named | by_key

    @cached_property
    def _languages(self) -> dict[str, list[int]]:
        return _by_key(name.casefold() for name in self.facts.languages)

    @cached_property
    def _artists(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.facts.artist_ids)}

    @cached_property
    def _credited(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.facts.credited_ids)}

    @cached_property
    def _releases(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.facts.release_ids)}


def wanted_of(request: Request, codes: Codes, index: Index, now_ms: int) -> Wanted:
    """What the controls and exclusions of a request, and its `within`, ask of items.

    What `heard_within_days` and `not_my_taste` leave out is not in it: that depends on the history. Ids that the snapshot
    does not have are ignored, and so are exclusions whose time is over at `now_ms`. Raises `BadRequest` for a genre,
    language, decade or range that does not exist.
    """
    asked: dict[str, object] = {}
    controls = request.controls
    if controls.genres:
        asked["genres"] = codes.genres(controls.genres)
    if controls.languages:
        asked["languages"] = codes.languages(controls.languages)
    if controls.decades:
        asked["decades"] = _decades(controls.decades)
    if controls.ranges:
        asked["ranges"] = _ranges(controls.ranges)
    if request.exclusions.never:
        asked |= _never(request.exclusions, now_ms, codes, index)
    if request.within is not None:
        places = index(request.within)
        asked["within"] = np.unique(places[places >= 0])
    return Wanted(explicit=controls.explicit, popularity=_popularity(controls), **asked)  # type: ignore[arg-type]


def _never(exclusions: Exclusions, now_ms: int, codes: Codes, index: Index) -> dict[str, object]:
    ids: dict[str, list[str]] = {"item": [], "artist": [], "release": []}
    for exclusion in exclusions.never:
        if exclusion.until_ms is None or exclusion.until_ms > now_ms:
            ids[exclusion.kind].append(exclusion.id)
    places = index(ids["item"]) if ids["item"] else np.zeros(0, dtype=np.int64)
    return {
        # Nobody who does not want a song wants its remaster.
        "never_works": np.unique(codes.facts.work[places[places >= 0]]),
        "never_releases": codes.releases(ids["release"]),
        "never_credited": codes.credited(ids["artist"]),
    }


def _decades(decades: Sequence[int]) -> np.ndarray:
    for decade in decades:
        if decade % 10 or decade < 1000:
            raise BadRequest(f"controls.decades has {decade!r}: a decade is named by its first year, as 1990")
    return np.array(sorted(set(decades)), dtype=np.int64)


def _ranges(ranges: Mapping[str, tuple[float, float]]) -> tuple[tuple[int, float, float], ...]:
    for name, (low, high) in ranges.items():
        if not low <= high:
            raise BadRequest(f"controls.ranges.{name} goes from {low!r} to {high!r}: the lowest value comes first")
    return tuple((_COLUMN[name], low, high) for name, (low, high) in ranges.items())


def _popularity(controls: Controls) -> tuple[float, float]:
    low, high = controls.popularity
    if not 0 <= low <= high <= 1:
        raise BadRequest(f"controls.popularity goes from {low!r} to {high!r}: both are from 0 to 1, the lowest first")
    return low, high


def _by_key(keys: Iterable[str | None]) -> dict[str, list[int]]:
    """The codes behind each key; names that are all signs have none."""
    found: dict[str, list[int]] = {}
    for code, key in enumerate(keys):
        if key is not None:
            found.setdefault(key, []).append(code)
    return found


def _codes(what: str, names: Sequence[str], keys: Iterable[str | None], known: Mapping[str, list[int]],
           called: Sequence[str]) -> np.ndarray:  # fmt: skip
    found: set[int] = set()
    for name, key in zip(names, keys, strict=True):
        if key is None or key not in known:
            raise BadRequest(
                f"controls.{what}s has {name!r}, which nothing here is: {_instead(key or '', known, called)}"
            )
        found.update(known[key])
    return np.array(sorted(found), dtype=np.int64)


def _instead(key: str, known: Mapping[str, list[int]], called: Sequence[str]) -> str:
    """What to write instead: the closest names, or else the first of all."""
    close = get_close_matches(key, known, n=_SHOWN)
    if close:
        return f"perhaps {', '.join(repr(called[known[one][0]]) for one in close)}?"
    if not known:
        return "leave it out"
    more = ", …" if len(known) > _SHOWN else ""
    return f"there are {', '.join(repr(called[codes[0]]) for codes in islice(known.values(), _SHOWN))}{more}"
