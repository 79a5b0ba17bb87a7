"""Tracks like a track."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.discovery import likenesses

router = Router()
PREFIX = "/similar"
TAG = "similar"


class SharedOut(Schema):
    """What two tracks have in common in one kind of knowledge of them."""

    group: str = Field(examples=["genres"])
    likeness: float = Field(description="Their cosine in it.", examples=[0.8])
    share: float = Field(description="Its part of all that is alike, 0 to 1.", examples=[0.4])
    what: list[str] = Field(description="What they share most.", examples=[["dream pop", "shoegaze"]])


class SimilarTrackOut(Schema):
    """A track that is like another."""

    track: str = Field(description="Its key.", examples=["demo:track:12"])
    title: str = Field(examples=["Paper Boats"])
    artists: list[str] = Field(examples=[["Northern Lights"]])
    score: float = Field(description="How much; what it counts in is the model's own.", examples=[0.73])
    alike: list[SharedOut] = Field(description="With `why`: what the two have in common, the most telling first.")


class SimilarOut(Schema):
    """The tracks most like one, the likest first."""

    snapshot: str = Field(examples=["20261121T030000"])
    tracks: list[SimilarTrackOut]


@router.get(
    "/{path:track}", auth=Needs("read"), response=SimilarOut, summary="Tracks like a track", operation_id="similar"
)
def similar(
    request: HttpRequest,
    track: str,
    n: Annotated[int, Query(ge=1, le=200, description="How many.")] = 20,
    why: Annotated[bool, Query(description="Whether to say what they have in common.")] = False,  # noqa: FBT002
) -> dict[str, Any]:
    """What is most like a track, in who plays it or in what it is. Other versions of it are left out."""
    snapshot, found = likenesses.similar(track, n, why=why)
    tracks = [
        {"track": one.item_id, "title": one.title, "artists": one.artists, "score": one.score,
         "alike": [vars(each) for each in one.alike]}
        for one in found
    ]  # fmt: skip
    return {"snapshot": snapshot, "tracks": tracks}
