"""Artists that have to do with an artist."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from segue.mixes.related_artists import RelatedArtist
from segue.web.api.auth import Needs
from segue.web.discovery import artists
from segue.web.discovery.answers import ReasonOut, reason

router = Router()
PREFIX = "/related"
TAG = "related"


class BestTrackOut(Schema):
    """The track of an artist that most listeners play."""

    track: str = Field(description="Its key.", examples=["demo:track:12"])
    title: str = Field(examples=["Paper Boats"])
    artists: list[str] = Field(examples=[["Northern Lights"]])


class RelatedArtistOut(Schema):
    """An artist that has to do with another, and why."""

    artist: str = Field(description="Its key.", examples=["demo:artist:7"])
    name: str = Field(examples=["Northern Lights"])
    score: float = Field(description="0 to 1.", examples=[0.64])
    reasons: list[ReasonOut]
    best: BestTrackOut | None


class RelatedOut(Schema):
    """The artists that have most to do with one, those with most first."""

    snapshot: str = Field(examples=["20261121T030000"])
    artists: list[RelatedArtistOut]


@router.get(
    "/{path:artist}",
    auth=Needs("read"),
    response=RelatedOut,
    summary="Artists related to an artist",
    operation_id="related",
)
def related(
    request: HttpRequest,
    artist: str,
    n: Annotated[int, Query(ge=1, le=100, description="How many.")] = 20,
) -> dict[str, Any]:
    """Who worked together, is said to be similar, has the same listeners or sounds alike; each with reasons."""
    snapshot, found = artists.related(artist, n)
    return {"snapshot": snapshot, "artists": [_document(one) for one in found]}


def _document(one: RelatedArtist) -> dict[str, Any]:
    best = one.best and {"track": one.best.item_id, "title": one.best.title, "artists": one.best.artists}
    reasons = [reason(each) for each in one.reasons]
    return {"artist": one.artist_id, "name": one.name, "score": one.score, "reasons": reasons, "best": best}
