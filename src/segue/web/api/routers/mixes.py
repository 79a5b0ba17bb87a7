"""The listener's mixes."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from segue.mixes.base import Mix
from segue.web.api.auth import Needs
from segue.web.discovery import exposures
from segue.web.discovery.answers import RecommendationOut, documents
from segue.web.discovery.mixes import mix_of, mixes_of
from segue.web.discovery.mixes import trending as trending_in
from segue.web.listening.models import Listener

router = Router()
PREFIX = "/mixes"
TAG = "mixes"


class CoverOut(Schema):
    """A recipe for a picture: the same recipe gives the same picture, wherever it is drawn."""

    pattern: str = Field(description="waves, rings, blocks, dots, rays or mosaic.", examples=["waves"])
    hue: int = Field(ge=0, le=359, examples=[210])
    brightness: float = Field(description="0 dark to 1 light.", examples=[0.6])
    energy: float = Field(description="0 calm to 1 busy.", examples=[0.3])
    seed: str = Field(description="Of everything else: a whole number of 64 bits, in digits.", examples=["7418529630"])
    words: str = Field(description="What is written on it.", examples=["Discover Weekly"])
    tracks: list[str] = Field(description="Up to four tracks whose own pictures may be shown, for a mosaic.")


class MixOut(Schema):
    """A mix, without its tracks."""

    key: str = Field(examples=["discover-weekly"])
    title: str = Field(examples=["Discover Weekly"])
    sentence: str = Field(examples=["New to you, from all that you like: mostly dream pop and jazz."])
    cover: CoverOut
    until_ms: int | None = Field(description="When it is made anew, in ms since 1970 UTC; null where it has no term.")


class MixesOut(Schema):
    """Every mix that there is for the listener now."""

    snapshot: str = Field(examples=["20261121T030000"])
    mixes: list[MixOut]


class FullMixOut(MixOut):
    """A mix with its tracks. Send its `exposure` with the listens that come of it."""

    snapshot: str = Field(examples=["20261121T030000"])
    exposure: uuid.UUID | None = Field(description="Null in private sessions.")
    tracks: list[RecommendationOut]


@router.get("", auth=Needs("read"), response=MixesOut, summary="Your mixes", operation_id="mixes")
def mixes(request: HttpRequest) -> dict[str, Any]:
    """Discover Weekly, daily mixes and the others. Of whom too little is known, there are few or none.

    Weekly ones are made on Monday, daily ones at midnight, by UTC; a like, a dislike or an exclusion changes them at once.
    """
    snapshot, found = mixes_of(request.auth.listener)  # type: ignore[attr-defined]
    return {"snapshot": snapshot, "mixes": [_document(one) for one in found]}


@router.get("/{key}", auth=Needs("read"), response=FullMixOut, summary="One mix", operation_id="mix")
def mix(request: HttpRequest, key: str) -> dict[str, Any]:
    """A mix with its tracks, each with reasons."""
    listener = request.auth.listener  # type: ignore[attr-defined]
    return _full(listener, *mix_of(listener, key))


@router.get(
    "/trending/{country}",
    auth=Needs("read"),
    response=FullMixOut,
    summary="Trending in a country",
    operation_id="trending",
)
def trending(
    request: HttpRequest,
    country: Annotated[str, Path(pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.", examples=["SE"])],
) -> dict[str, Any]:
    """What listeners in a country play these days; there is none of a country with fewer than 20 listeners."""
    listener = request.auth.listener  # type: ignore[attr-defined]
    return _full(listener, *trending_in(listener, country))


def _full(listener: Listener, snapshot: str, found: Mix) -> dict[str, Any]:
    exposure = exposures.shown(listener, f"mix:{found.key}", snapshot, found.tracks)
    return {**_document(found), "snapshot": snapshot, "exposure": exposure, "tracks": documents(found.tracks)}


def _document(one: Mix) -> dict[str, Any]:
    cover = {
        "pattern": one.cover.pattern, "hue": one.cover.hue, "brightness": one.cover.brightness, "energy": one.cover.energy,
        "seed": str(one.cover.seed), "words": one.cover.words, "tracks": one.cover.item_ids,
    }  # fmt: skip
    until = None if one.until is None else int(one.until.timestamp() * 1000)
    return {"key": one.key, "title": one.title, "sentence": one.sentence, "cover": cover, "until_ms": until}
