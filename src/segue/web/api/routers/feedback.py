"""Likes, dislikes, ratings, and what should never be played."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field, model_validator

from segue.errors import NotFound
from segue.web import clock
from segue.web.api.auth import Needs
from segue.web.api.errors import not_found
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.api.routers.listens import NamedOut, PlayedOut
from segue.web.listening import feedback
from segue.web.listening.history import tracks_named
from segue.web.listening.models import Feedback

router = Router()
PREFIX = "/feedback"
TAG = "feedback"

Key = Annotated[str, Path(max_length=200, description="The id.", examples=["track:portishead/glory-box"])]
Kind = Literal["like", "dislike", "never", "rating"]
OneKind = Annotated[Kind | None, Query(description="Only this kind.")]
_LATEST_MS = 4_102_444_800_000


class WordIn(Schema):
    """What you say of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"kind": "like"}})

    kind: Kind
    rating: float | None = Field(None, ge=0, le=5, description="With the kind rating: 0 to 5.", examples=[4.5])
    expires_ms: int | None = Field(
        None, ge=0, le=_LATEST_MS, description="Until when it holds, in ms since 1970 UTC; null for ever."
    )
    exposure: UUID | None = Field(None, description="The `exposure` of the page of recommendations that it was on.")

    @model_validator(mode="after")
    def fits(self) -> WordIn:
        """A rating has a value, and nothing else has."""
        if (self.kind == "rating") != (self.rating is not None):
            raise ValueError("rating belongs to the kind rating: give both, or neither")
        if self.expires_ms is not None and self.expires_ms <= clock.now_ms():
            raise ValueError("expires_ms must be a time to come, in ms since 1970 UTC")
        return self


class SaidOut(Schema):
    """What you say of a track or artist now."""

    like: bool = Field(examples=[True])
    dislike: bool
    never: bool = Field(description="Whether it is not to be played.")
    never_until_ms: int | None = Field(description="Until when; null for ever.")
    rating: float | None = Field(description="0 to 5.", examples=[4.5])
    private: bool = Field(description="Whether a private session goes on: then nothing was changed.")


class WordOut(Schema):
    """One thing you said."""

    kind: Kind
    track: PlayedOut | None
    artist: NamedOut | None
    rating: float | None
    time_ms: int | None = Field(examples=[1_795_264_496_000])
    expires_ms: int | None = Field(description="Until when it holds; null for ever.")


@router.get("", auth=Needs("read"), response=Page[WordOut], summary="What you said", operation_id="feedback")
def listed(request: HttpRequest, kind: OneKind = None, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """What you said of tracks and artists, the latest first; what has expired too."""
    mine = Feedback.objects.filter(listener_id=request.auth.listener.pk).select_related("artist")  # type: ignore[attr-defined]
    page = page_of(mine if kind is None else mine.filter(kind=kind), cursor, limit, order="-time_ms")
    rows: list[Feedback] = page["items"]
    named = tracks_named(row.track_id for row in rows if row.track_id is not None)
    items = [
        {
            "kind": row.kind, "track": named.get(row.track_id or 0), "rating": row.rating, "time_ms": row.time_ms,
            "artist": None if row.artist is None else {"id": row.artist.key, "name": row.artist.name},
            "expires_ms": row.expires_ms,
        }
        for row in rows
    ]  # fmt: skip
    return page | {"items": items}


@router.get("/tracks/{path:key}", auth=Needs("read"), response=SaidOut, summary="What you say of a track",
            operation_id="feedback_on_track")  # fmt: skip
def of_track(request: HttpRequest, key: Key) -> Any:
    """Whether you like it, and so on."""
    return _of(request, "track", key)


@router.put("/tracks/{path:key}", auth=Needs("write"), response=SaidOut, summary="Say something of a track",
            operation_id="give_feedback_on_track")  # fmt: skip
def on_track(request: HttpRequest, key: Key, word: WordIn) -> Any:
    """It counts in the very next recommendation. A like takes back a dislike and a never, and either of them takes back a like."""
    return _give(request, "track", key, word)


@router.delete("/tracks/{path:key}", auth=Needs("write"), response=SaidOut, summary="Take back what you said of a track",
               operation_id="take_back_feedback_on_track")  # fmt: skip
def off_track(request: HttpRequest, key: Key, kind: OneKind = None) -> Any:
    """One kind, or all that you said of it."""
    return _take(request, "track", key, kind)


@router.get("/artists/{path:key}", auth=Needs("read"), response=SaidOut, summary="What you say of an artist",
            operation_id="feedback_on_artist")  # fmt: skip
def of_artist(request: HttpRequest, key: Key) -> Any:
    """Whether you like them, and so on."""
    return _of(request, "artist", key)


@router.put("/artists/{path:key}", auth=Needs("write"), response=SaidOut, summary="Say something of an artist",
            operation_id="give_feedback_on_artist")  # fmt: skip
def on_artist(request: HttpRequest, key: Key, word: WordIn) -> Any:
    """It counts in the very next recommendation. Of an artist that is never to be played, no track is recommended."""
    return _give(request, "artist", key, word)


@router.delete("/artists/{path:key}", auth=Needs("write"), response=SaidOut,
               summary="Take back what you said of an artist", operation_id="take_back_feedback_on_artist")  # fmt: skip
def off_artist(request: HttpRequest, key: Key, kind: OneKind = None) -> Any:
    """One kind, or all that you said of them."""
    return _take(request, "artist", key, kind)


def _of(request: HttpRequest, what: str, key: str) -> feedback.Said:
    try:
        return feedback.said_of(request.auth.listener, **{f"{what}_key": key})  # type: ignore[attr-defined]
    except NotFound:
        raise not_found(what) from None


def _give(request: HttpRequest, what: str, key: str, word: WordIn) -> feedback.Said:
    about: dict[str, Any] = {f"{what}_key": key, "expires_ms": word.expires_ms, "rating": word.rating}
    try:
        return feedback.give_feedback(
            request.auth.listener, word.kind, exposure_id=word.exposure, **about  # type: ignore[attr-defined]
        )  # fmt: skip
    except NotFound:
        raise not_found(what) from None


def _take(request: HttpRequest, what: str, key: str, kind: Kind | None) -> feedback.Said:
    try:
        return feedback.take_back(request.auth.listener, kind, **{f"{what}_key": key})  # type: ignore[attr-defined]
    except NotFound:
        raise not_found(what) from None
