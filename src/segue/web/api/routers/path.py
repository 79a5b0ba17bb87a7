"""The way from one track to another."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from segue.mixes.path import MOST_STEPS
from segue.web.api.auth import Needs
from segue.web.discovery import likenesses
from segue.web.discovery.answers import RecommendationOut, documents
from segue.web.discovery.questions import Key

router = Router()
PREFIX = "/path"
TAG = "similar"


class PathOut(Schema):
    """A way between two tracks, both included."""

    snapshot: str = Field(examples=["20261121T030000"])
    tracks: list[RecommendationOut]
    jumps: list[float] = Field(description="How like each track but the first is to the one before it: 1 the same.")
    direct: float = Field(description="How like the last is to the first.", examples=[0.12])


@router.get("", auth=Needs("read"), response=PathOut, summary="From one track to another", operation_id="path",
            openapi_extra={"responses": {404: {}}})  # fmt: skip
def path(
    request: HttpRequest,
    first: Annotated[Key, Query(alias="from", description="The key of the first track.")],
    last: Annotated[Key, Query(alias="to", description="The key of the last track.")],
    n: Annotated[int, Query(ge=1, le=MOST_STEPS, description="How many tracks stand between.")] = 8,
) -> dict[str, Any]:
    """A path in smooth steps: every track is further on the way, and the largest jump is as small as it can be.

    What the account excludes does not stand between.
    """
    snapshot, found = likenesses.path(request.auth.listener, first, last, n)  # type: ignore[attr-defined]
    return {
        "snapshot": snapshot, "tracks": documents(found.tracks), "jumps": list(found.jumps), "direct": found.direct,
    }  # fmt: skip
