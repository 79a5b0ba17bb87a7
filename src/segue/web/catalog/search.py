"""Finds artists, tracks, releases, genres and playlists by what people type: beginnings of words, mistyped ones, any script."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import structlog
import tantivy

from segue.errors import Busy
from segue.library.titles import parse_title
from segue.web.catalog import entries
from segue.web.catalog.entries import Bounds, Entry
from segue.web.catalog.matches import Asked, ranked
from segue.web.catalog.plain import from_database, own_playlists, seen_playlists
from segue.web.catalog.shelf import KINDS, Note, Shelf, entry_of
from segue.web.catalog.words import LONGEST, folded, is_unspaced, joined
from segue.web.listening.models import Listener
from segue.web.playlists.models import Playlist

__all__ = [
    "KINDS",
    "Found",
    "find",
    "forget_listener",
    "genres",
    "is_there",
    "playlist_changed",
    "rebuild",
    "tracks_named",
]

log = structlog.get_logger()
SMALL = 50_000
"""A catalogue of so many names is indexed when somebody searches and there is no index; a larger one is not waited for."""
_CATCH_UP = 5_000
LONGEST_WHOLE = 100
_LONGEST_MISTYPED = 30
_CATALOGUE, _PLAYLISTS = Shelf("catalogue"), Shelf("playlists")
_Must, _Should = tantivy.Occur.Must, tantivy.Occur.Should
_Reader = tuple[tantivy.Searcher, tantivy.Schema, Note]


class Found(NamedTuple):
    """One thing found: `subtitle` says by whom or what it is; `score` orders what one search found."""

    kind: str
    key: str
    title: str
    subtitle: str
    score: float


def find(words: str, kinds: Collection[str] = (), limit: int = 20, listener: Listener | None = None) -> list[Found]:
    """What was meant, the best first: of these kinds, or of all; a listener's own playlists are found by that listener only.

    Any text may be asked. Where there is no index and the catalogue is too large to wait for one, the database finds names
    that begin so.
    """
    search = Asked.of(words)
    wanted = [kind for kind in KINDS if not kinds or kind in kinds]
    if not search.words or limit < 1:
        return []
    catalogue = [kind for kind in wanted if kind != "playlist"]
    found: list[Entry] = []
    if catalogue:
        reader = _catalogue_reader()
        found += (
            from_database(search, catalogue, limit) if reader is None else _candidates(reader, search, catalogue, limit)
        )
    if "playlist" in wanted:
        found += _playlists(search, limit, listener)
    return [
        Found(
            entry.kind,
            entry.key,
            entry.title,
            " · ".join(filter(None, (", ".join(entry.by), entry.about))),
            round(score, 4),
        )
        for score, entry in ranked(search, found, limit)
    ]


def tracks_named(names: Sequence[tuple[str | None, str]], thorough: int = 500) -> list[list[str]]:
    """For each artist (or None) and title: keys of the tracks that may be meant, in no order.

    The same names are looked up for all; mistyped ones, which takes longer, for the first `thorough` that have none.
    """
    reader = _catalogue_reader()
    found = []
    for artist, title in names:
        keys = [] if reader is None else _same_names(reader, artist, title)
        if not keys and thorough > 0:
            thorough -= 1
            keys = [hit.key for hit in find(f"{artist or ''} {title}", ("track",), 8)]
        found.append(keys)
    return found


def _same_names(reader: _Reader, artist: str | None, title: str) -> list[str]:
    """Keys of the tracks of that title, or that song, by that artist."""
    searcher, schema, _ = reader
    query = tantivy.Query
    by = [query.term_query(schema, "track_words", word) for word in Asked.of(artist or "").words]
    song = parse_title(title[:LONGEST]).core
    names = dict.fromkeys(joined(folded(name))[:LONGEST_WHOLE] for name in (title, song))
    whole = query.boolean_query([(_Should, query.term_query(schema, "track_joined", name)) for name in names])
    hits = searcher.search(
        query.boolean_query([(_Must, part) for part in (whole, *by)]),
        limit=20,
        count=False,
        order_by_field="popularity",
    ).hits
    return [entry_of(searcher.doc(place)).key for _, place in hits]


def genres(limit: int = 200) -> list[Entry]:
    """Genres and tags of the catalogue, the most given first; none where there is no index yet."""
    reader = _catalogue_reader()
    if reader is None:
        return []
    searcher, schema, _ = reader
    query = tantivy.Query.term_query(schema, "kind", "genre")
    hits = searcher.search(query, limit=limit, count=False, order_by_field="popularity").hits
    return [entry_of(searcher.doc(place)) for _, place in hits]


def is_there() -> bool:
    """Whether there is an index of the catalogue."""
    return _CATALOGUE.reader() is not None


def rebuild(progress: Callable[[str], None] = lambda _: None, wait_s: float = 0) -> int:
    """Make the index anew from the database, beside the one in use; the number of names. `progress` hears lines of text.

    Raises `Busy` where another process is still making it after `wait_s`.
    """
    with _CATALOGUE.changing(wait_s):
        number = _CATALOGUE.replace(chain(entries.catalogue(), _genres()), _note, _every_so_often(progress))
    with _PLAYLISTS.changing(wait_s=30):
        return number + _PLAYLISTS.replace(entries.public_playlists(), dict, lambda _: None)


def _every_so_often(progress: Callable[[str], None]) -> Callable[[int], None]:
    said = 0

    def told(number: int) -> None:
        nonlocal said
        if number >= said + 50_000:
            said = number
            progress(f"search: {number:,} names")

    return told


def playlist_changed(key: str) -> None:
    """Find a playlist as it is now: by its new title, or not at all where it is private or gone. Call it after the commit."""
    about = ("key", "title", "followers", "listener_id")
    row = Playlist.objects.filter(key=key, public=True, title__isnull=False).values_list(*about).first()
    try:
        with _PLAYLISTS.changing(wait_s=5):
            if _PLAYLISTS.reader() is None:
                _PLAYLISTS.replace(entries.public_playlists(), dict, lambda _: None)
            else:
                _PLAYLISTS.add([[entries.playlist(*row)]] if row else [], without=() if row else [("playlist", key)])
    except Busy:
        # What is private or gone is never shown all the same: `_playlists` asks the database.
        log.warning("search_index_busy")


def forget_listener(listener_id: int) -> None:
    """Take what a listener made out of the index, and off the disk. Raises `Busy` where that has to wait for very long."""
    with _PLAYLISTS.changing(wait_s=60):
        _PLAYLISTS.replace(entries.public_playlists(without=listener_id), dict, lambda _: None)
        _PLAYLISTS.tidy()


# -- the index as it should be -------------------------------------------------------------------------------------------


def _genres() -> Iterator[list[Entry]]:
    yield entries.genres()


def _note() -> Note:
    return {name: list(ends) for name, ends in Bounds.now()._asdict().items()}


def _catalogue_reader() -> _Reader | None:
    """The index, brought up to date where that is quick; None where there is none."""
    reader, now = _CATALOGUE.reader(), Bounds.now()
    made_of = Bounds(tuple(reader[2]["first"]), tuple(reader[2]["last"])) if reader else Bounds((0, 0, 0), (0, 0, 0))
    if reader is not None and made_of == now:
        return reader
    grown = reader is not None and _has_grown(made_of, now)
    try:
        if grown and _number(now) - _number(made_of) <= _CATCH_UP:
            with _CATALOGUE.changing():
                _CATALOGUE.add(entries.catalogue(made_of.last), {"first": list(now.first), "last": list(now.last)})
        elif _number(now) <= SMALL:
            rebuild()
    except Busy:
        return reader
    return _CATALOGUE.reader()


def _number(bounds: Bounds) -> int:
    """About how many names that is."""
    return sum(last - first for first, last in zip(*bounds, strict=True))


def _has_grown(before: Bounds, now: Bounds) -> bool:
    """Whether the database is the one that was indexed, with more in it."""
    ends = zip(before.first, before.last, now.first, now.last, strict=True)
    return all(last <= newest and first in (0, oldest) for first, last, oldest, newest in ends)


# -- candidates ----------------------------------------------------------------------------------------------------------


def _candidates(reader: _Reader, search: Asked, kinds: Collection[str], limit: int) -> list[Entry]:
    """What may be meant, in no order: the most popular of each way to match."""
    searcher, schema, _ = reader
    places: dict[tuple[int, int], tantivy.DocAddress] = {}
    for kind in kinds:
        for query in _queries(schema, search, kind):
            hits = searcher.search(query, limit=limit + 20, count=False, order_by_field="popularity").hits
            places |= {(place.segment_ord, place.doc): place for _, place in hits}
    return [entry_of(searcher.doc(place)) for place in places.values()]


def _queries(schema: tantivy.Schema, search: Asked, kind: str) -> Iterator[tantivy.Query]:
    """Ways to match: the whole name, its beginning, its words; then with one letter wrong, then with two."""
    query, words, whole = tantivy.Query, f"{kind}_words", f"{kind}_joined"
    said = search.joined[:LONGEST_WHOLE]
    yield query.term_query(schema, whole, said)
    yield query.fuzzy_term_query(schema, whole, said, distance=0, prefix=True)
    if len(said) == 1 and not is_unspaced(said):
        # Half of everything has a word that begins so.
        return
    most = max(_slips(said), *map(_slips, search.words))
    for slips in range(most + 1):
        parts = [
            query.fuzzy_term_query(
                schema, words, word, distance=min(slips, _slips(word)),
                prefix=place == len(search.words) - 1 and not is_unspaced(word),
            )
            if min(slips, _slips(word)) or place == len(search.words) - 1
            else query.term_query(schema, words, word)
            for place, word in enumerate(search.words)
        ]  # fmt: skip
        yield query.boolean_query([(_Must, part) for part in parts])
        if slips and _slips(said) >= slips:
            yield query.fuzzy_term_query(schema, whole, said, distance=slips, prefix=slips == 1)
    if len(search.words) > 2:
        some = [(_Should, query.term_query(schema, words, word)) for word in search.words]
        yield query.boolean_query(some, minimum_number_should_match=len(some) - 1)


def _slips(word: str) -> int:
    """How many letters of a word may be wrong."""
    if is_unspaced(word) or not 4 <= len(word) <= _LONGEST_MISTYPED:
        return 0
    return 1 if len(word) < 8 else 2


# -- playlists -----------------------------------------------------------------------------------------------------------


def _playlists(search: Asked, limit: int, listener: Listener | None) -> list[Entry]:
    """Public playlists, as the database says they are now, and the listener's own."""
    reader = _PLAYLISTS.reader()
    if reader is None:
        try:
            with _PLAYLISTS.changing():
                _PLAYLISTS.replace(entries.public_playlists(), dict, lambda _: None)
        except Busy:
            return own_playlists(search, listener)
        reader = _PLAYLISTS.reader()
    found = _candidates(reader, search, ("playlist",), limit) if reader is not None else []
    own = own_playlists(search, listener)
    mine = {entry.key for entry in own}
    return own + [entry for entry in seen_playlists(found) if entry.key not in mine]
