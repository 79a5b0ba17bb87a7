"""What is known of a listener, as the Engine and mixes take it. Read from the database once for each version of the listener."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from segue.engine.engine import Engine
from segue.engine.request import Context, Controls, Exclusion, Exclusions, History
from segue.errors import BadSnapshot
from segue.mixes.base import For
from segue.web import clock
from segue.web.listening import told
from segue.web.listening.models import Listener
from segue.web.listening.zones import zone

SEARCH_COUNTS_FOR_MS = 7 * 86_400_000
TRACKS_OF_SEARCHED_ARTIST = 5
TRACKS_OF_LIKED_ARTIST = 10
"""How many of an artist's most played tracks stand for the artist, where items are tracks."""
_KEPT_LISTENS = 400_000
"""How much a process keeps: listens of all listeners together, some 160 bytes each."""
_KEPT_MS = 600_000
"""What was read longer ago is forgotten: the catalogue may have changed, and nothing of somebody erased may stay for long."""
_ALWAYS = (-(2**63), 2**63)


class _Moment(NamedTuple):
    """What is known from one time to another (ms since 1970 UTC): between them nothing expires."""

    since_ms: int
    until_ms: int
    history: History
    exclusions: Exclusions


@dataclass
class _Kept:
    """What was read of one listener, under which version, and what it last came to."""

    key: str
    version: int
    snapshot: str
    read_ms: int
    facts: told.Facts
    moment: _Moment

    @property
    def size(self) -> int:
        return 100 + len(self.facts.listens)


def known_of(listener: Listener, at_ms: int | None = None) -> For:
    """A listener, as known now, asking at a time (ms since 1970 UTC; now where None).

    Listens each for themselves (the latest 10,000), likes, dislikes, playlists and the searches of the last week; what must not
    be played; the clock and calendar where the listener is. Items are of the level of the snapshot in use.
    """
    now_ms = clock.now_ms()
    at_ms = now_ms if at_ms is None else at_ms
    engine = _engine()
    kept = _kept(listener, engine, now_ms)
    moment = kept.moment
    if not moment.since_ms <= at_ms < moment.until_ms:
        moment = kept.moment = _moment(kept.facts, engine, at_ms)
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    controls = Controls(min(max(listener.dial, 0.0), 1.0), listener.explicit)
    return For(listener.key, moment.history, at, _context(listener, at, at_ms), controls, moment.exclusions)


def forget(listener_id: int) -> None:
    """Forget what this process keeps of a listener."""
    with _lock:
        _drop(listener_id)


def forget_all() -> None:
    """Forget what this process keeps of all listeners."""
    with _lock:
        for listener_id in list(_cache):
            _drop(listener_id)


# -- what is kept --------------------------------------------------------------------------------------------------------

_lock = threading.Lock()
_cache: OrderedDict[int, _Kept] = OrderedDict()
_size = 0


def _kept(listener: Listener, engine: Engine | None, now_ms: int) -> _Kept:
    snapshot = engine.manifest.name if engine is not None else ""
    with _lock:
        found = _cache.get(listener.pk)
        if found is not None:
            _cache.move_to_end(listener.pk)
    if (
        found is not None
        and found.key == listener.key
        and found.version == listener.version
        and found.snapshot == snapshot
        and now_ms - found.read_ms < _KEPT_MS
    ):
        return found
    facts = told.facts_of(listener.pk, engine.manifest.level if engine is not None else "track")
    made = _Kept(listener.key, listener.version, snapshot, now_ms, facts, _moment(facts, engine, now_ms))
    _keep(listener.pk, made)
    return made


def _keep(listener_id: int, kept: _Kept) -> None:
    global _size  # noqa: PLW0603
    with _lock:
        _drop(listener_id)
        _cache[listener_id] = kept
        _size += kept.size
        while len(_cache) > 1:
            oldest = next(iter(_cache))
            if _size <= _KEPT_LISTENS and kept.read_ms - _cache[oldest].read_ms < _KEPT_MS:
                break
            _drop(oldest)


def _drop(listener_id: int) -> None:
    global _size  # noqa: PLW0603
    dropped = _cache.pop(listener_id, None)
    if dropped is not None:
        _size -= dropped.size


def _engine() -> Engine | None:
    """The Engine in use; None where there is no snapshot yet: then items are tracks."""
    from segue.web.discovery.serving import engine  # noqa: PLC0415

    try:
        return engine()
    except BadSnapshot:
        return None


# -- what it comes to ----------------------------------------------------------------------------------------------------


def _moment(facts: told.Facts, engine: Engine | None, at_ms: int) -> _Moment:
    """What holds at a time, and for how long."""
    since, until = _ALWAYS
    ends = [word.expires_ms for word in facts.words if word.expires_ms is not None]
    for end in [*ends, *(search.time_ms + SEARCH_COUNTS_FOR_MS for search in facts.searches)]:
        since, until = (max(since, end), until) if end <= at_ms else (since, min(until, end))
    words = [word for word in facts.words if word.expires_ms is None or word.expires_ms > at_ms]
    searches = [search for search in facts.searches if search.time_ms + SEARCH_COUNTS_FOR_MS > at_ms]
    looked_for = tuple(
        item_id
        for search in searches
        for item_id in _items(search.item_id, search.artist_id, engine, TRACKS_OF_SEARCHED_ARTIST)
    )
    likes = _of_words(words, engine, "like")
    dislikes = _of_words(words, engine, "dislike")
    history = History(facts.listens, likes, dislikes, facts.playlists, looked_for)
    return _Moment(since, until, history, Exclusions(tuple(_never(words)), not_my_taste=facts.not_my_taste))


def _of_words(words: list[told.Word], engine: Engine | None, kind: str) -> tuple[str, ...]:
    """The items that are liked or disliked, each once: as in histories of a Library, a track never to be played is disliked."""
    found: list[str] = []
    for word in words:
        if word.kind == kind or (kind == "dislike" and word.kind == "never" and word.item_id is not None):
            found += _items(word.item_id, word.artist_id, engine, TRACKS_OF_LIKED_ARTIST)
    return tuple(dict.fromkeys(found))


def _never(words: list[told.Word]) -> list[Exclusion]:
    found = []
    for word in words:
        if word.kind == "never" and word.track_id is not None:
            found.append(Exclusion("item", word.track_id, word.expires_ms))
        elif word.kind == "never" and word.artist_id is not None:
            found.append(Exclusion("artist", word.artist_id, word.expires_ms))
    return found


def _items(item_id: str | None, artist_id: str | None, engine: Engine | None, n: int) -> tuple[str, ...]:
    """An item; or those that stand for an artist: the most played ones."""
    if item_id is not None:
        return (item_id,)
    if artist_id is None or engine is None:
        return ()
    if engine.manifest.level == "artist":
        return (artist_id,)
    codes = engine.asking.codes.artists([artist_id])
    if not len(codes):
        return ()
    theirs = engine.catalogue.facts.items_of_artist
    first, end = theirs.indptr[codes[0]], theirs.indptr[codes[0] + 1]
    return tuple(engine.ids.names(theirs.indices[first : min(end, first + n)]))


def _context(listener: Listener, at: datetime, at_ms: int) -> Context:
    country = listener.country or None
    local = at.astimezone(zone(listener))
    born = listener.birth_year
    age = None if born is None else min(max(local.year - born, 0), 130)
    return Context(at_ms, local.hour, local.weekday(), local.month, country=country, age=age)
