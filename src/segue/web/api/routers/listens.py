"""What was played: sent in batches, late and in any order; acknowledged when it is on the disk."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from segue.web.api import listen_batches
from segue.web.api.auth import Needs
from segue.web.api.errors import not_found
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.listening import history
from segue.web.listening.record import record_listens

router = Router()
PREFIX = "/listens"
TAG = "listens"

Since = Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="Not before, in ms since 1970 UTC.")]
Until = Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="Before, in ms since 1970 UTC.")]


class UnknownOut(Schema):
    """A listen whose track or artist is not in the catalogue: it was not recorded."""

    place: int = Field(description="Its place in the batch, from 0.", examples=[3])
    key: str = Field(examples=["spotify:track:4uLU6hMCjMI75M1A2tKUQC"])


class RecordedOut(Schema):
    """What came of a batch."""

    recorded: int = Field(description="How many are new.", examples=[2])
    known: int = Field(description="How many were there before, or stood in the batch twice.", examples=[0])
    unknown: list[UnknownOut]
    private: bool = Field(description="Whether a private session goes on: then nothing was recorded.", examples=[False])


class NamedOut(Schema):
    """An id and its name."""

    id: str = Field(examples=["artist:portishead"])
    name: str = Field(examples=["Portishead"])


class PlayedOut(Schema):
    """The track that was played."""

    id: str = Field(examples=["track:portishead/glory-box"])
    title: str = Field(examples=["Glory Box"])
    artists: list[NamedOut] = Field(description="The main one first.")


class ListenOut(Schema):
    """One listen."""

    id: str = Field(description="To delete it by.", examples=["9f86d081884c7d65"])
    track: PlayedOut | None
    artist: NamedOut | None = Field(description="Whose music was played, where the track is not known.")
    time_ms: int | None = Field(description="When it began; null for a count of plays.", examples=[1_795_264_496_000])
    ms_played: int | None = Field(examples=[305_000])
    skipped: bool | None = Field(examples=[False])
    plays: int = Field(description="How many plays this stands for.", examples=[1])
    source: str | None = Field(description="Where it came from.", examples=["api"])


@router.post("", auth=Needs("listen"), response=RecordedOut, summary="Send listens", operation_id="record_listens",
             openapi_extra=listen_batches.BODY)  # fmt: skip
def record(request: HttpRequest) -> HttpResponse:
    """Up to 1,000 listens, late and in any order. The answer comes when they are on the disk.

    A listen that is sent again is not recorded again: it is known by the `id` that you give it or, without one, by its track and
    time. Where one cannot be, nothing of the batch is recorded, and the problem names its place. In a private session nothing is
    recorded.
    """
    done = record_listens(request.auth.listener, listen_batches.read(request))  # type: ignore[attr-defined]
    body = {
        "recorded": done.recorded, "known": done.known_already, "private": done.private,
        "unknown": [{"place": place, "key": key} for place, key in done.unknown],
    }  # fmt: skip
    return HttpResponse(orjson.dumps(body), content_type="application/json; charset=utf-8")


@router.get("", auth=Needs("read"), response=Page[ListenOut], summary="What you played", operation_id="listens")
def listed(
    request: HttpRequest, since_ms: Since = None, until_ms: Until = None, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Your listens, the latest first; those without a time come last, and only where no time is asked for."""
    mine = history.listens_of(request.auth.listener, since_ms, until_ms)  # type: ignore[attr-defined]
    page = page_of(mine, cursor, limit, order="-time_ms")
    return page | {"items": history.as_shown(page["items"])}


@router.delete("/{listen}", auth=Needs("write"), response={204: None}, summary="Delete a listen",
               operation_id="delete_listen")  # fmt: skip
def delete(request: HttpRequest, listen: str) -> Status[None]:
    """A listen of yours goes, and counts no more."""
    if not history.delete(request.auth.listener, listen):  # type: ignore[attr-defined]
        raise not_found("listen")
    return Status(204, None)
