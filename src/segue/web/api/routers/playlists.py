"""Playlists and their tracks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.api.errors import Problem
from segue.web.api.idempotency import once
from segue.web.api.limits import costly
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.api.routers.catalogue import CatalogueTrack
from segue.web.catalog import lookup
from segue.web.discovery.answers import RecommendationsOut, documents
from segue.web.discovery.exposures import shown
from segue.web.discovery.pasted import keep_pasted
from segue.web.discovery.questions import Strict
from segue.web.listening.models import Listener
from segue.web.playlists import edits, files, services
from segue.web.playlists.models import Entry, Playlist
from segue.web.playlists.suggestions import suggestions

router = Router()
PREFIX = "/playlists"
TAG = "playlists"

Key = Annotated[
    str, Path(max_length=200, description="The playlist's id.", examples=["playlist-0b8f3f0f6f6d4a399f310c9bd1f26f0e"])
]
TrackKey = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(min_length=1, max_length=services.LONGEST_TITLE, examples=["Sunday morning"])]
Description = Annotated[str, Field(max_length=services.LONGEST_DESCRIPTION)]
Version = Annotated[
    int | None,
    Field(ge=0, lt=2**31, description="The version that was read: where it has another by now, nothing is done (409)."),
]
Tracks = Annotated[list[TrackKey], Field(max_length=services.MOST_TRACKS, examples=[["track:portishead/glory-box"]])]
Place = Annotated[int, Field(ge=0, le=services.MOST_TRACKS)]


class PlaylistOut(Schema):
    """A playlist without its tracks."""

    id: str
    title: str
    description: str | None
    public: bool = Field(description="Whether everybody who is signed in may see it.")
    mine: bool
    editable: bool = Field(
        description="Whether you may change its tracks, title and description: it is yours, or you are a member."
    )
    tracks: int = Field(description="How many tracks it has.")
    version: int = Field(description="Grows with each change; also sent as ETag.")
    modified_ms: int | None
    genres: list[str]
    followers: int | None


class EntryOut(Schema):
    """A track at a place of a playlist, counted from 0."""

    position: int
    track: CatalogueTrack


class NewPlaylist(Strict):
    """A playlist to be made."""

    title: Title
    description: Description | None = None
    public: bool = False
    tracks: Tracks = []


class PlaylistChange(Strict):
    """What shall be otherwise; what is left out stays."""

    title: Title | None = None
    description: Description | None = None
    public: bool | None = None
    version: Version = None


class TracksChange(Strict):
    """All tracks of a playlist."""

    tracks: Tracks
    version: Version = None


class TracksAdded(Strict):
    """Tracks to be put in: before the one at place `at`, else at the end."""

    tracks: Annotated[Tracks, Field(min_length=1)]
    at: Place | None = None
    version: Version = None


class EntriesMoved(Strict):
    """`count` entries from `start` on, so that the first of them is then at place `to`."""

    start: Place
    count: Annotated[int, Field(ge=1, le=services.MOST_TRACKS)] = 1
    to: Place
    version: Version = None


class EntriesRemoved(Strict):
    """The places of entries to be taken out."""

    positions: Annotated[list[Place], Field(min_length=1, max_length=services.MOST_TRACKS, examples=[[3, 4]])]
    version: Version = None


class PastedPlaylist(Strict):
    """A text to make a playlist of: "Artist - Title" lines, links, or the text of an M3U, XSPF, JSPF or CSV file."""

    text: Annotated[str, Field(min_length=1, max_length=3_000_000, examples=["Portishead - Glory Box\nBjörk - Jóga"])]
    title: Title | None = Field(None, description="Left out: what the text calls itself.")


class UnmatchedOut(Schema):
    """A line that no track was found for."""

    asked: str
    closest: list[str] = Field(description="What comes near.")
    problem: str | None


class ImportedPlaylist(Schema):
    """The playlist that was made, and the lines that no track was found for."""

    playlist: PlaylistOut
    unmatched: list[UnmatchedOut]


# -- playlists -----------------------------------------------------------------------------------------------------------


@router.get("", auth=Needs("read"), response=Page[PlaylistOut], summary="Your playlists", operation_id="playlists")
def own_playlists(
    request: HttpRequest, cursor: Cursor = None, limit: Limit = 50,
    shared: Annotated[bool, Query(description="Those of others that you are a member of, instead.")] = False,  # noqa: FBT002
) -> Any:  # fmt: skip
    """The one that was changed last first."""
    listener = _listener(request)
    mine = services.own(listener)
    playlists = services.counted(services.changed_by(listener).exclude(listener=listener) if shared else mine)
    return page_of(
        playlists, cursor, limit, order="-modified_ms", each=lambda one: _about(one, listener, editable=True)
    )


@router.post(
    "", auth=Needs("write"), response={201: PlaylistOut}, summary="Make a playlist", operation_id="make_playlist"
)
@once
def make(request: HttpRequest, response: HttpResponse, new: NewPlaylist) -> Any:
    """With tracks, or empty."""
    listener = _listener(request)
    made = services.make(listener, new.title, new.description, public=new.public, tracks=new.tracks)
    return Status(201, _answer(made.key, listener, response))


@router.post("/import", auth=Needs("write"), response={201: ImportedPlaylist}, summary="Make a playlist of a text",
             operation_id="import_playlist")  # fmt: skip
@once
@costly
def make_of_text(request: HttpRequest, response: HttpResponse, new: PastedPlaylist) -> Any:
    """Of "Artist - Title" lines, links, or the text of a file; 422 where none of it is in the catalogue."""
    listener = _listener(request)
    made, pasted = keep_pasted(listener, new.text, new.title)
    playlist = _answer(made.key, listener, response)
    return Status(201, {"playlist": playlist, "unmatched": pasted.unmatched})


# -- tracks of a playlist: before those of the playlist itself, whose id may hold slashes -----------------------------------


@router.post("/{path:key}/entries/move", auth=Needs("write"), response=PlaylistOut, summary="Move tracks of a playlist",
             operation_id="move_entries")  # fmt: skip
@once
def move(request: HttpRequest, response: HttpResponse, key: Key, moved: EntriesMoved) -> Any:
    """Take some out, and put them back together somewhere else."""
    return _edit(request, response, key, moved.version, lambda now: edits.move(now, moved.start, moved.count, moved.to))


@router.post("/{path:key}/entries/remove", auth=Needs("write"), response=PlaylistOut,
             summary="Remove tracks from a playlist", operation_id="remove_entries")  # fmt: skip
@once
def remove(request: HttpRequest, response: HttpResponse, key: Key, gone: EntriesRemoved) -> Any:
    """By their places: the same track may stand twice."""
    return _edit(request, response, key, gone.version, lambda now: edits.remove(now, gone.positions))


@router.get("/{path:key}/entries", auth=Needs("read"), response=Page[EntryOut], summary="The tracks of a playlist",
            operation_id="entries")  # fmt: skip
def entries(request: HttpRequest, key: Key, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """In order."""
    playlist = services.seen(_listener(request), key)
    rows = Entry.objects.filter(playlist=playlist).select_related("track").defer("track__lyrics", "track__sound")
    page = page_of(rows, cursor, limit, order="position")
    told = lookup.tracks([row.track for row in page["items"]])
    shown_ = [{"position": row.position, "track": track} for row, track in zip(page["items"], told, strict=True)]
    return page | {"items": shown_}


@router.post("/{path:key}/entries", auth=Needs("write"), response=PlaylistOut, summary="Add tracks to a playlist",
             operation_id="add_entries")  # fmt: skip
@once
def add(request: HttpRequest, response: HttpResponse, key: Key, added: TracksAdded) -> Any:
    """At the end, or before one of those that are there."""
    places = _places(request, key, added.tracks)
    return _edit(request, response, key, added.version, lambda now: edits.insert(now, places, added.at))


@router.put("/{path:key}/entries", auth=Needs("write"), response=PlaylistOut, summary="Replace the tracks of a playlist",
            operation_id="replace_entries")  # fmt: skip
def replace(request: HttpRequest, response: HttpResponse, key: Key, all_of_them: TracksChange) -> Any:
    """All of them."""
    places = _places(request, key, all_of_them.tracks)
    return _edit(request, response, key, all_of_them.version, lambda _: places)


@router.get("/{path:key}/suggestions", auth=Needs("read"), response=RecommendationsOut,
            summary="More like a playlist", operation_id="playlist_suggestions")  # fmt: skip
def more_like_it(request: HttpRequest, key: Key, n: Annotated[int, Query(ge=1, le=100)] = 20) -> Any:
    """Tracks that would go well with those that are on it; none for an empty playlist."""
    listener = _listener(request)
    answer = suggestions(services.seen(listener, key), listener, n)
    exposure = shown(listener, "playlist", answer.snapshot, answer.recommendations)
    return {"snapshot": answer.snapshot, "exposure": exposure, "recommendations": documents(answer.recommendations)}


@router.get("/{path:key}/export", auth=Needs("read"), summary="A playlist as a file", operation_id="export_playlist",
            openapi_extra={"responses": {200: {"description": "The file.", "content": {
                kind.partition(";")[0]: {"schema": {"type": "object" if "json" in kind else "string"}}
                for kind in files.CONTENT_TYPES.values()
            }}}})  # fmt: skip
def export(
    request: HttpRequest, key: Key, format: Annotated[Literal["m3u8", "xspf", "jspf", "csv"], Query()] = "m3u8"  # noqa: A002
) -> HttpResponse:  # fmt: skip
    """As M3U8, XSPF, JSPF or CSV: what other programs, and the import here, read."""
    file = files.export(services.seen(_listener(request), key), format)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    return response


# -- one playlist --------------------------------------------------------------------------------------------------------


@router.get("/{path:key}", auth=Needs("read"), response=PlaylistOut, summary="One playlist", operation_id="playlist")
def one(request: HttpRequest, response: HttpResponse, key: Key) -> Any:
    """One of yours, one that you are a member of, or a public one."""
    return _answer(key, _listener(request), response)


@router.patch("/{path:key}", auth=Needs("write"), response=PlaylistOut, summary="Rename, describe, show or hide a playlist",
              operation_id="change_playlist")  # fmt: skip
def change(request: HttpRequest, response: HttpResponse, key: Key, changes: PlaylistChange) -> Any:
    """What is left out stays. Only its owner shows or hides it."""
    listener = _listener(request)
    said = changes.model_dump(exclude={"version"}, exclude_none=True)
    found = services.changeable(listener, key) if changes.public is None else services.mine(listener, key)
    with _versions():
        services.describe(found, _version(request, changes.version), **said)
    return _answer(key, listener, response)


@router.delete("/{path:key}", auth=Needs("write"), response={204: None}, summary="Delete a playlist",
               operation_id="delete_playlist")  # fmt: skip
def delete(request: HttpRequest, key: Key) -> Any:
    """One of yours goes, with what stands on it."""
    with _versions():
        services.delete(services.mine(_listener(request), key), _version(request, None))
    return Status(204, None)


# -- what they share -----------------------------------------------------------------------------------------------------


def _listener(request: HttpRequest) -> Listener:
    listener: Listener = request.auth.listener  # type: ignore[attr-defined]
    return listener


def _edit(
    request: HttpRequest,
    response: HttpResponse,
    key: str,
    version: int | None,
    change: Callable[[list[int]], list[int]],
) -> dict[str, Any]:
    listener = _listener(request)
    with _versions():
        services.edit(services.changeable(listener, key), _version(request, version), change)
    return _answer(key, listener, response)


def _places(request: HttpRequest, key: str, tracks: list[str]) -> list[int]:
    """The tracks that are meant; somebody else's playlist is not there, whatever tracks were named."""
    services.changeable(_listener(request), key)
    return services.places_of(tracks)


@contextmanager
def _versions() -> Iterator[None]:
    try:
        yield
    except services.Stale as stale:
        raise Problem(409, "version", f"{stale}.", version=stale.version) from None


def _version(request: HttpRequest, said: int | None) -> int | None:
    """The version that was read, as `If-Match` or the body says. "*" is any."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return said
    match = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', header, re.ASCII)
    if match is None or said not in (None, int(match[1])):
        raise Problem(
            422, "if-match", "If-Match must be the version of the playlist, as its ETag says it, and as the body does."
        )
    return int(match[1])


def _answer(key: str, listener: Listener, response: HttpResponse) -> dict[str, Any]:
    playlist = services.seen(listener, key)
    response["ETag"] = f'"{playlist.version}"'
    return _about(playlist, listener, editable=services.changed_by(listener).filter(pk=playlist.pk).exists())


def _about(playlist: Playlist, listener: Listener, *, editable: bool) -> dict[str, Any]:
    return {
        "id": playlist.key, "title": playlist.title or "", "description": playlist.description, "public": playlist.public,
        "mine": playlist.listener_id == listener.pk, "editable": editable, "tracks": playlist.n_tracks,  # type: ignore[attr-defined]
        "version": playlist.version, "modified_ms": playlist.modified_ms, "genres": playlist.genres or [],
        "followers": playlist.followers,
    }  # fmt: skip
