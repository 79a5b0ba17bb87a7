"""What Segue makes of your listening, and what you say to it."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from segue.errors import NotFound
from segue.web.api.auth import Needs
from segue.web.api.errors import not_found
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.api.routers.catalogue import FeaturesOut
from segue.web.api.routers.listens import NamedOut, PlayedOut
from segue.web.listening import feedback
from segue.web.listening.changing import changed
from segue.web.listening.history import tracks_named
from segue.web.listening.models import Listener, NotMyTaste
from segue.web.listening.taste import taste_of

router = Router()
PREFIX = "/taste"
TAG = "taste"

Key = Annotated[str, Path(max_length=200, description="The id.", examples=["track:portishead/glory-box"])]
Days = Annotated[int | None, Query(ge=1, le=36_500, description="Of the last so many days; left out, of all times.")]


class PlayedArtistOut(Schema):
    """An artist, and how often they were played."""

    artist: NamedOut
    plays: int = Field(examples=[214])


class PlayedTrackOut(Schema):
    """A track, and how often it was played."""

    track: PlayedOut
    plays: int = Field(examples=[37])


class GenreOut(Schema):
    """A genre, and its share of what was played."""

    name: str = Field(examples=["trip hop"])
    share: float = Field(description="0 to 1.", examples=[0.31])


class DecadeOut(Schema):
    """A decade, and how often its music was played."""

    decade: int = Field(examples=[1990])
    plays: int = Field(examples=[410])


class TasteOut(Schema):
    """What was played most, and what it is like. Skips, and what is not of your taste, do not count."""

    since_ms: int | None = Field(description="From when on; null for all times.", examples=[1_787_488_496_000])
    plays: int = Field(examples=[1302])
    skips: int = Field(examples=[77])
    ms_played: int = Field(description="For how long, as far as it is known.", examples=[301_000_000])
    tracks: int = Field(description="How many different ones.", examples=[412])
    artists: int = Field(description="How many different ones.", examples=[96])
    top_artists: list[PlayedArtistOut]
    top_tracks: list[PlayedTrackOut]
    genres: list[GenreOut]
    decades: list[DecadeOut]
    features: FeaturesOut


class SettingsOut(Schema):
    """What you want of recommendations."""

    dial: float = Field(description="0 familiar to 1 unknown.", examples=[0.5])
    explicit: bool = Field(description="Whether explicit words are allowed.", examples=[True])


class SettingsIn(Schema):
    """What you want of recommendations; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"dial": 0.7}})

    dial: float = Field(0.5, ge=0, le=1, description="0 familiar to 1 unknown.")
    explicit: bool = Field(default=True, description="Whether explicit words are allowed.")


class NotMineOut(Schema):
    """Whether a track says nothing of your taste."""

    not_my_taste: bool = Field(description="In a private session it stays as it is.")


class NotMineItem(Schema):
    """A track that says nothing of your taste."""

    track: PlayedOut


@router.get("", auth=Needs("read"), response=TasteOut, summary="Your taste", operation_id="taste")
def taste(request: HttpRequest, days: Days = None) -> Any:
    """What you play most, and what it is like."""
    return taste_of(request.auth.listener, days)  # type: ignore[attr-defined]


@router.get(
    "/settings", auth=Needs("read"), response=SettingsOut, summary="What you want", operation_id="taste_settings"
)
def settings(request: HttpRequest) -> Any:
    """How far from the familiar recommendations go, and whether explicit words are allowed."""
    return request.auth.listener  # type: ignore[attr-defined]


@router.put("/settings", auth=Needs("write"), response=SettingsOut, summary="Say what you want",
            operation_id="change_taste_settings")  # fmt: skip
def change_settings(request: HttpRequest, body: SettingsIn) -> Any:
    """It counts in the very next recommendation."""
    listener: Listener = request.auth.listener  # type: ignore[attr-defined]
    given = body.dict(exclude_unset=True)
    with transaction.atomic():
        changed(listener)
        if given:
            Listener.objects.filter(pk=listener.pk).update(**given)
    for name, value in given.items():
        setattr(listener, name, value)
    return listener


@router.get("/not-my-taste", auth=Needs("read"), response=Page[NotMineItem], summary="What is not of your taste",
            operation_id="not_my_taste")  # fmt: skip
def listed(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Tracks that somebody else played under your name; those said last first."""
    mine = NotMyTaste.objects.filter(listener_id=request.auth.listener.pk)  # type: ignore[attr-defined]
    page = page_of(mine, cursor, limit, order="-id")
    named = tracks_named(row.track_id for row in page["items"])
    return page | {"items": [{"track": named[row.track_id]} for row in page["items"]]}


@router.put("/not-my-taste/{path:key}", auth=Needs("write"), response=NotMineOut, summary="Say that it is not of your taste",
            operation_id="add_not_my_taste")  # fmt: skip
def add(request: HttpRequest, key: Key) -> Any:
    """Somebody else played it: your listens stay, but it says nothing of you from now on."""
    return _say(request, key, add=True)


@router.delete("/not-my-taste/{path:key}", auth=Needs("write"), response=NotMineOut,
               summary="Say that it is of your taste after all", operation_id="remove_not_my_taste")  # fmt: skip
def remove(request: HttpRequest, key: Key) -> Any:
    """It counts again."""
    return _say(request, key, add=False)


def _say(request: HttpRequest, key: str, *, add: bool) -> dict[str, bool]:
    try:
        return {"not_my_taste": feedback.not_my_taste(request.auth.listener, key, add=add)}  # type: ignore[attr-defined]
    except NotFound:
        raise not_found("track") from None
