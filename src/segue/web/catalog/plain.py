"""What the database itself finds: names that begin so, where there is no index, and playlists as they are now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count, F, QuerySet

from segue.web.catalog.entries import Entry
from segue.web.catalog.matches import WORST, Asked, quality
from segue.web.catalog.models import Artist, Release, Track
from segue.web.catalog.words import folded
from segue.web.listening.models import Listener
from segue.web.playlists.models import Playlist

_MOST_OWN = 2_000


def from_database(search: Asked, kinds: Collection[str], limit: int) -> list[Entry]:
    """Artists, tracks and releases whose name begins with what was asked, the most popular first."""
    found: list[Entry] = []
    most = F("popularity").desc(nulls_last=True)
    if "artist" in kinds:
        artists = Artist.objects.filter(name__istartswith=search.name).order_by(most, "pk")[:limit]
        found += [Entry("artist", one.key, one.name, (), (one.popularity or 0) / 100) for one in artists]
    if "track" in kinds:
        tracks = Track.objects.filter(title__istartswith=search.name).order_by(most, "pk").prefetch_related("artists")
        found += [
            Entry("track", one.key, one.title, tuple(by.name for by in one.artists.all()), (one.popularity or 0) / 100)
            for one in tracks[:limit]
        ]
    if "release" in kinds:
        releases = Release.objects.filter(title__istartswith=search.name).order_by("pk")[:limit]
        found += [Entry("release", one.key, one.title, (), 0.0) for one in releases]
    return found


def seen_playlists(found: Sequence[Entry]) -> list[Entry]:
    """Those of the playlists found that are public now, as they are called now."""
    if not found:
        return []
    popularity = {entry.key: entry.popularity for entry in found}
    now = _counted(Playlist.objects.filter(key__in=popularity, public=True, title__isnull=False))
    return [Entry("playlist", key, title, (), popularity[key], _tracks(number)) for key, title, number in now]


def own_playlists(search: Asked, listener: Listener | None) -> list[Entry]:
    """The listener's own playlists that match, public or not."""
    if listener is None:
        return []
    found = Playlist.objects.filter(listener=listener, title__isnull=False).order_by("-modified_ms", "-pk")
    titles = found.values_list("pk", "key", "title")[:_MOST_OWN]
    matching = [
        pk for pk, key, title in titles
        if quality(search, Entry("playlist", key, title or "", (), 0.0), folded(title or ""), ()) >= WORST
    ][:100]  # fmt: skip
    if not matching:
        return []
    mine = _counted(Playlist.objects.filter(pk__in=matching))
    return [Entry("playlist", key, title, (), 0.5, _tracks(number)) for key, title, number in mine]


def _counted(rows: QuerySet[Playlist]) -> list[tuple[str, str, int]]:
    """Key, title and number of tracks of playlists."""
    counted = rows.annotate(n=Count("entries")).values_list("key", "title", "n")
    return [(key, title or "", number) for key, title, number in counted]


def _tracks(number: int) -> str:
    return "1 track" if number == 1 else f"{number:,} tracks"
