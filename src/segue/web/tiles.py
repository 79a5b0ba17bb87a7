"""Tiles of artists, releases, playlists and genres. One query for all tiles of a kind, however many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from segue.web.catalog.discography import contents
from segue.web.catalog.lookup import in_order
from segue.web.catalog.models import Artist, Release
from segue.web.covers.art import art_url, pictured_releases
from segue.web.covers.recipes import Recipe, of_music
from segue.web.shown import Tile


def cover_of_artist(artist: Artist) -> Recipe:
    """What an artist's picture is drawn from."""
    return of_music("person", artist.key, None, artist.genres or ())


def cover_of_release(release: Release, sound: Mapping[str, float]) -> Recipe:
    """What a release's picture is drawn from: how its tracks sound (`discography.contents`)."""
    return of_music("release", release.key, sound)


def artist_tiles(artists: Sequence[Artist], about: Mapping[str, str] | None = None) -> list[Tile]:
    """Round tiles, in order; `about` says by key what stands below the name, else it is the first genre."""
    tiles = []
    for one in artists:
        href = reverse("artist", args=[one.key])
        said = about.get(one.key, "") if about is not None else next(iter(one.genres or ()), "")
        tiles.append(Tile(one.name, href, cover_of_artist(one).url, said[:1].upper() + said[1:], play=href, round=True))
    return tiles


def artist_tiles_of_keys(keys: Sequence[str], about: Mapping[str, str] | None = None) -> list[Tile]:
    """Tiles for keys, in order; who is not there is left out."""
    return artist_tiles(in_order(Artist.objects.defer("bio", "tags"), keys), about)


def release_tiles(releases: Sequence[Release], about: Mapping[str, str] | None = None) -> list[Tile]:
    """Tiles, in order; `about` as for artists, else the year."""
    sums, tiles = contents(releases), []
    with_art = pictured_releases(one.pk for one in releases)
    for one in releases:
        href = reverse("release", args=[one.key])
        said = about.get(one.key, "") if about is not None else str(one.date.year) if one.date else ""
        sound = sums[one.pk].sound if one.pk in sums else {}
        cover = art_url(with_art[one.pk]) if one.pk in with_art else cover_of_release(one, sound).url
        tiles.append(Tile(one.title, href, cover, said, play=href))
    return tiles


def release_tiles_of_keys(keys: Sequence[str], about: Mapping[str, str] | None = None) -> list[Tile]:
    """Tiles for keys, in order; what is not there is left out."""
    return release_tiles(in_order(Release.objects.all(), keys), about)


def playlist_tile(key: str, title: str, about: str) -> Tile:
    """A playlist's tile."""
    href = reverse("playlist", args=[key])
    return Tile(title, href, of_music("playlist", key).url, about, play=href)


def how_long(length_ms: int | None) -> str:
    """A length as "43 min" or "1 h 12 min"; empty where it is not known."""
    if length_ms is None:
        return ""
    hours, minutes = divmod(max(round(length_ms / 60_000), 1), 60)
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes} if hours else _("%s min") % minutes
