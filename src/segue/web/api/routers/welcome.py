"""The first visit: artists to pick from, and what was picked or pasted."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.api.errors import Problem
from segue.web.api.idempotency import once
from segue.web.api.limits import costly
from segue.web.api.routers.catalogue import CatalogueArtist
from segue.web.api.routers.playlists import UnmatchedOut
from segue.web.catalog import lookup
from segue.web.discovery import wall
from segue.web.discovery.pasted import keep, read_pasted
from segue.web.discovery.questions import Key, Strict
from segue.web.listening.models import Listener

router = Router()
PREFIX = "/welcome"
TAG = "welcome"


class Artists(Schema):
    """Artists to pick from."""

    items: list[CatalogueArtist]


class Picked(Strict):
    """What somebody likes."""

    artists: list[Key] = Field([], max_length=wall.MOST_CHOSEN, examples=[["artist:portishead"]])
    pasted: str | None = Field(
        None, max_length=3_000_000, description='"Artist - Title" lines, links, or the text of a playlist file.',
        examples=["Portishead - Glory Box"],
    )  # fmt: skip


class Welcomed(Schema):
    """What became of it."""

    artists: int = Field(description="How many artists are liked now.")
    tracks: int = Field(description="How many of their tracks.")
    playlist: str | None = Field(description="The id of the playlist that was made of the text.")
    matched: int = Field(description="How many of its lines were found.")
    unmatched: list[UnmatchedOut]


@router.get(
    "/artists", auth=Needs("read"), response=Artists, summary="Artists to pick from", operation_id="welcome_artists"
)
def artists(
    request: HttpRequest,
    q: Annotated[str | None, Query(max_length=1000, description="Only artists that are called so.")] = None,
    near: Annotated[
        list[Key], Query(max_length=wall.MOST_CHOSEN, description="Artists that were picked; repeat it for each.")
    ] = [],  # noqa: B006
    n: Annotated[int, Query(ge=1, le=100)] = 30,
) -> Any:
    """A wall of artists from all kinds of music; with `near`, half of them are like those."""
    listener: Listener = request.auth.listener  # type: ignore[attr-defined]
    return {"items": lookup.artists(wall.wall(n, q, near, listener.country))}


@router.post("", auth=Needs("write"), response=Welcomed, summary="Say what you like", operation_id="welcome")
@once
@costly
def welcome(request: HttpRequest, picked: Picked) -> Any:
    """Like these artists and their best known tracks, and make a playlist of a text; recommendations follow at once."""
    text = (picked.pasted or "").strip()
    if not picked.artists and not text:
        raise Problem(422, "empty", "Name an artist, or paste a few lines.")
    listener: Listener = request.auth.listener  # type: ignore[attr-defined]
    # Before the transaction: links take their time.
    pasted = read_pasted(text)
    with transaction.atomic():
        tracks = wall.choose(listener, picked.artists)
        playlist = keep(listener, pasted) if text else None
    return {
        "artists": len(set(picked.artists)), "tracks": tracks, "playlist": playlist.key if playlist else None,
        "matched": len(pasted.matched), "unmatched": pasted.unmatched,
    }  # fmt: skip
