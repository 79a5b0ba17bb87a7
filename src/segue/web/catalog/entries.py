"""What can be found, read from the database as a stream: a bounded number of rows is in memory at any time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from segue.library.titles import slug
from segue.web.catalog.models import Artist, Credit, Release, Track
from segue.web.catalog.popularity import Popularity
from segue.web.playlists.models import Playlist

CHUNK = 5_000
# A word that somebody once gave a track is no kind of music.
_FEWEST_OF_TAG = 3


class Entry(NamedTuple):
    """One thing that can be found; `by` are the names of its artists, `popularity` is 0 to 1."""

    kind: str
    key: str
    title: str
    by: tuple[str, ...]
    popularity: float
    about: str = ""
    owner: int = 0


class Bounds(NamedTuple):
    """The first and last primary key of artists, releases and tracks (0 where there are none)."""

    first: tuple[int, ...]
    last: tuple[int, ...]

    @classmethod
    def now(cls) -> Bounds:
        """As the database is; one query that looks at both ends of three indexes."""
        quoted = [connection.ops.quote_name(model._meta.db_table) for model in (Artist, Release, Track)]
        ends = [f"(SELECT COALESCE({end}(id), 0) FROM {table})" for end in ("MIN", "MAX") for table in quoted]  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(ends)}")
            found = cursor.fetchone()
        return cls(tuple(found[:3]), tuple(found[3:]))


def catalogue(after: tuple[int, ...] = (0, 0, 0)) -> Iterator[list[Entry]]:
    """Artists, releases and tracks with a primary key above these, in chunks."""
    popularity = Popularity()
    yield from _artists(popularity, after[0])
    yield from _releases(popularity, after[1])
    yield from _tracks(popularity, after[2])


def _chunks(rows: QuerySet[Any, tuple[Any, ...]], after: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by primary key, which is their first column."""
    while some := list(rows.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        yield some
        after = some[-1][0]


def _artists(popularity: Popularity, after: int) -> Iterator[list[Entry]]:
    for rows in _chunks(Artist.objects.values_list("pk", "key", "name", "popularity", "genres"), after):
        _, keys, names, stated, genres = zip(*rows, strict=True)
        shares = popularity.of_artists(keys, stated)
        yield [
            Entry("artist", key, name, (), share, ", ".join((said or ())[:2]))
            for key, name, share, said in zip(keys, names, shares, genres, strict=True)
        ]


def _releases(popularity: Popularity, after: int) -> Iterator[list[Entry]]:
    for rows in _chunks(Release.objects.values_list("pk", "key", "title", "artist_keys", "date"), after):
        keys = [row[1] for row in rows]
        wanted = {key for row in rows for key in row[3] or ()}
        names = (
            dict(Artist.objects.filter(key__in=wanted).values_list("key", "name"))
            if len(wanted) < 900
            else _names(wanted)
        )
        shares = popularity.of_releases(keys)
        yield [
            Entry("release", key, title, tuple(names[one] for one in by or () if one in names), share,
                  str(date.year) if date else "")
            for (_, key, title, by, date), share in zip(rows, shares, strict=True)
        ]  # fmt: skip


def _names(keys: set[str]) -> dict[str, str]:
    """Names of many artists: SQLite takes so many values in one query only."""
    found: dict[str, str] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), 900):
        found |= Artist.objects.filter(key__in=ordered[start : start + 900]).values_list("key", "name")
    return found


def _tracks(popularity: Popularity, after: int) -> Iterator[list[Entry]]:
    for rows in _chunks(Track.objects.values_list("pk", "key", "title", "popularity"), after):
        credited = Credit.objects.filter(track_id__gte=rows[0][0], track_id__lte=rows[-1][0])
        by: dict[int, list[str]] = defaultdict(list)
        for track, name in credited.order_by("track_id", "featured", "position").values_list(
            "track_id", "artist__name"
        ):
            by[track].append(name)
        shares = popularity.of_tracks([row[1] for row in rows], [row[3] for row in rows])
        yield [
            Entry("track", key, title, tuple(dict.fromkeys(by[pk])), share)
            for (pk, key, title, _), share in zip(rows, shares, strict=True)
        ]


def genres() -> list[Entry]:
    """Genres, and tags that several artists or tracks have, as most write them."""
    called, given = Counter[str](), Counter[str]()
    for model in (Artist, Track):
        said = model.objects.exclude(genres__isnull=True, tags__isnull=True)
        for rows in _chunks(said.values_list("pk", "genres", "tags"), 0):
            for _, named, tags in rows:
                called.update(named or ())
                given.update({one["tag"] for one in tags or ()}.difference(named or ()))
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in (called + given).items():
        spelt[slug(name)][name] = count
    is_genre = set(map(slug, called))
    most = max((names.total() for names in spelt.values()), default=1)
    return [
        Entry("genre", key, names.most_common(1)[0][0], (), names.total() / most, "genre" if key in is_genre else "tag")
        for key, names in spelt.items()
        if key and (key in is_genre or names.total() >= _FEWEST_OF_TAG)
    ]


def public_playlists(without: int | None = None) -> Iterator[list[Entry]]:
    """Playlists that everybody may see, in chunks; `without` those of one listener."""
    wanted = Playlist.objects.filter(public=True).exclude(title__isnull=True)
    if without is not None:
        wanted = wanted.exclude(listener_id=without)
    for rows in _chunks(wanted.values_list("pk", "key", "title", "followers", "listener_id"), 0):
        yield [playlist(key, title, followers, owner) for _, key, title, followers, owner in rows]


def playlist(key: str, title: str, followers: int | None, owner: int | None) -> Entry:
    """A playlist as it is found."""
    followed = max(followers or 0, 0)
    return Entry("playlist", key, title, (), followed / (followed + 100), owner=owner or 0)
