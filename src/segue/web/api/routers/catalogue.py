"""Artists, releases, tracks and genres."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.api.errors import not_found
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.catalog import lookup, search
from segue.web.catalog.models import Artist, Credit, Release, Track

router = Router()
PREFIX = ""
TAG = "catalogue"

Key = Annotated[str, Path(max_length=200, description="The id.", examples=["track:portishead/glory-box"])]


class CatalogueName(Schema):
    """An id and its name."""

    id: str = Field(examples=["artist:portishead"])
    name: str = Field(examples=["Portishead"])


class FeaturesOut(Schema):
    """How it sounds, one track or many in the mean; null where that is not known."""

    acousticness: float | None = Field(description="0 to 1, as the others without a unit.")
    danceability: float | None
    energy: float | None = Field(examples=[0.42])
    instrumentalness: float | None
    liveness: float | None
    speechiness: float | None
    valence: float | None = Field(description="0 sad to 1 happy.")
    loudness: float | None = Field(description="dB", examples=[-11.2])
    tempo: float | None = Field(description="Beats per minute.", examples=[119.9])


class AudioFeatures(FeaturesOut):
    """How a track sounds; null where that is not known."""

    key: int | None = Field(description="Pitch class, 0 is C.")
    mode: int | None = Field(description="1 major, 0 minor.")


class CatalogueTrack(Schema):
    """A track."""

    id: str = Field(examples=["track:portishead/glory-box"])
    title: str = Field(examples=["Glory Box"])
    artists: list[CatalogueName] = Field(description="The main one first.")
    featured_artists: list[CatalogueName]
    release: CatalogueName | None
    date: str | None = Field(description="As far as it is known: a year, a month or a day.", examples=["1994-08-22"])
    duration_ms: int | None = Field(examples=[305_000])
    genres: list[str] = Field(examples=[["trip hop"]])
    subgenres: list[str]
    tags: list[str]
    language: str | None = Field(examples=["en"])
    instruments: list[str]
    songwriters: list[str]
    producers: list[str]
    kind: str | None = Field(examples=["original"])
    work_id: str | None = Field(description="Shared by all versions of one song.")
    explicit: bool | None
    popularity: float | None = Field(description="0 to 100, as the source states it.")
    mbid: str | None
    isrc: str | None
    spotify_uri: str | None
    features: AudioFeatures
    has_file: bool = Field(description="Whether there is an audio file of it here.")


class WholeTrack(CatalogueTrack):
    """A track with its words."""

    lyrics: str | None


class CatalogueArtist(Schema):
    """An artist."""

    id: str = Field(examples=["artist:portishead"])
    name: str = Field(examples=["Portishead"])
    country: str | None = Field(examples=["GB"])
    genres: list[str] = Field(examples=[["trip hop"]])
    tags: list[str]
    bio: str | None
    popularity: float | None = Field(description="0 to 100, as the source states it.")
    mbid: str | None
    spotify_uri: str | None


class CatalogueRelease(Schema):
    """An album, single or EP."""

    id: str = Field(examples=["release:portishead/dummy"])
    title: str = Field(examples=["Dummy"])
    artists: list[CatalogueName]
    date: str | None = Field(examples=["1994"])
    label: str | None
    mbid: str | None
    spotify_uri: str | None


class WholeRelease(CatalogueRelease):
    """A release with its tracks, in order."""

    tracks: list[CatalogueTrack]


class Genre(Schema):
    """A genre, or a tag that people gave."""

    id: str = Field(examples=["trip-hop"])
    name: str = Field(examples=["trip hop"])
    kind: Literal["genre", "tag"]


class Genres(Schema):
    """Genres and tags, the most given first."""

    items: list[Genre]


class Tracks(Schema):
    """Tracks, in the order in which they were asked for."""

    items: list[CatalogueTrack]


Ids = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Query(
        min_length=1,
        max_length=lookup.MOST,
        description="Repeat it for each track.",
        examples=[["track:portishead/glory-box"]],
    ),
]


@router.get("/tracks", auth=Needs("read"), response=Tracks, summary="Several tracks", operation_id="tracks")
def several_tracks(request: HttpRequest, ids: Ids) -> Any:
    """Those that are not there are left out."""
    return {"items": lookup.tracks(lookup.in_order(Track.objects.defer("lyrics", "sound"), ids))}


@router.get("/tracks/{path:key}", auth=Needs("read"), response=WholeTrack, summary="One track", operation_id="track")
def one_track(request: HttpRequest, key: Key) -> Any:
    """With its lyrics, where they are known."""
    found = lookup.one(Track.objects.defer("sound"), key)
    if found is None:
        raise not_found("track")
    return lookup.tracks([found], whole=True)[0]


@router.get("/artists/{path:key}/tracks", auth=Needs("read"), response=Page[CatalogueTrack],
            summary="Tracks of an artist", operation_id="artist_tracks")  # fmt: skip
def tracks_of_artist(request: HttpRequest, key: Key, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The most popular first; also those on which the artist is a guest."""
    credited = Credit.objects.filter(artist=_artist(key)).values("track_id")
    page = page_of(Track.objects.defer("lyrics", "sound").filter(pk__in=credited), cursor, limit, order="-popularity")
    return page | {"items": lookup.tracks(page["items"])}


@router.get("/artists/{path:key}/releases", auth=Needs("read"), response=Page[CatalogueRelease],
            summary="Releases of an artist", operation_id="artist_releases")  # fmt: skip
def releases_of_artist(request: HttpRequest, key: Key, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The newest first."""
    page = page_of(lookup.releases_of(_artist(key)), cursor, limit, order="-date")
    return page | {"items": lookup.releases(page["items"])}


@router.get(
    "/artists/{path:key}", auth=Needs("read"), response=CatalogueArtist, summary="One artist", operation_id="artist"
)
def one_artist(request: HttpRequest, key: Key) -> Any:
    """Who they are."""
    return lookup.artists([_artist(key)])[0]


@router.get(
    "/releases/{path:key}", auth=Needs("read"), response=WholeRelease, summary="One release", operation_id="release"
)
def one_release(request: HttpRequest, key: Key) -> Any:
    """With its tracks, at most 1,000."""
    found = lookup.one(Release.objects.all(), key)
    if found is None:
        raise not_found("release")
    return lookup.releases([found])[0] | {"tracks": lookup.tracks(lookup.tracks_on(found))}


@router.get("/genres", auth=Needs("read"), response=Genres, summary="Genres", operation_id="genres")
def genres(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Any:
    """Genres and tags of the catalogue, the most given first."""
    return {"items": [{"id": one.key, "name": one.title, "kind": one.about} for one in search.genres(limit)]}


def _artist(key: str) -> Artist:
    found = lookup.one(Artist.objects.all(), key)
    if found is None:
        raise not_found("artist")
    return found
