"""The listener's stations."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints, model_validator

from segue.mixes.station_state import Seed
from segue.web.api.auth import Needs
from segue.web.api.idempotency import once
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.discovery import stations
from segue.web.discovery.answers import RecommendationOut, documents
from segue.web.discovery.models import Station
from segue.web.discovery.questions import Key, Strict, Time

router = Router()
PREFIX = "/stations"
TAG = "stations"

Name = Annotated[str, StringConstraints(max_length=200)]


class SeedIn(Strict):
    """What a station grows from."""

    kind: Literal["track", "artist", "genre", "tag", "playlist", "words"] = Field(examples=["words"])
    said: (
        Annotated[str, StringConstraints(min_length=1, max_length=500)]
        | Annotated[list[Key], Field(min_length=1, max_length=1000)]
    ) = Field(
        description="The key of the track or artist, the genre, the tag, the keys of the tracks of a playlist, or words.",
        examples=["calm piano for rain"],
    )

    @model_validator(mode="after")
    def fits(self) -> SeedIn:
        """A playlist is a list of keys, and nothing else is."""
        if isinstance(self.said, list) != (self.kind == "playlist"):
            raise ValueError("said is a list of keys for a playlist, and a text for everything else")
        return self


class NewStation(Strict):
    """A station to begin."""

    seed: SeedIn
    mood: Name = Field(default="", description="Words for how it should sound.", examples=["happy"])
    name: Name = Field(
        default="", description="What to call it; left out, it is named after its seed.", examples=["Rainy days"]
    )


class StationOut(Schema):
    """A station."""

    id: uuid.UUID
    name: str = Field(examples=["calm piano for rain"])
    kind: str = Field(description="What it grew from.", examples=["words"])
    count: int = Field(description="How many tracks were played on it.", examples=[12])
    created_ms: int = Field(examples=[1795264496000])
    played_ms: int = Field(description="When it was last played; when it began, where it never was.")


class HowMany(Strict):
    """How far to look ahead."""

    n: int = Field(default=5, ge=1, le=50, description="How many tracks.")


class NextOut(Schema):
    """What a station plays next, in order. Send its `exposure` with what becomes of the tracks."""

    snapshot: str = Field(examples=["20261121T030000"])
    exposure: uuid.UUID | None = Field(description="Null in private sessions.")
    tracks: list[RecommendationOut]


class PlayedIn(Strict):
    """What became of a track of a station."""

    track: Key = Field(description="Its key.", examples=["demo:track:12"])
    time_ms: Time = Field(description="When it began.", examples=[1795264496000])
    outcome: Literal["played", "skipped", "liked", "disliked"] = Field(examples=["skipped"])
    exposure: uuid.UUID | None = Field(default=None, description="The one it was given with.")


@router.post(
    "", auth=Needs("write"), response={201: StationOut}, summary="Begin a station", operation_id="begin_station"
)
@once
def begin(request: HttpRequest, new: NewStation) -> Status[dict[str, Any]]:
    """A new station from a track, an artist, a genre, a tag, a playlist or words. 404 says what to say instead."""
    said = tuple(new.seed.said) if isinstance(new.seed.said, list) else new.seed.said
    station = stations.begin(request.auth.listener, Seed(new.seed.kind, said), new.mood, new.name)  # type: ignore[attr-defined]
    return Status(201, _document(station))


@router.get("", auth=Needs("read"), response=Page[StationOut], summary="Your stations", operation_id="stations")
def listed(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Your stations, those begun last first."""
    mine = stations.stations_of(request.auth.listener)  # type: ignore[attr-defined]
    return page_of(mine, cursor, limit, order="-created_ms", each=_document)


@router.get("/{uuid:station}", auth=Needs("read"), response=StationOut, summary="One station", operation_id="station")
def one(request: HttpRequest, station: uuid.UUID) -> dict[str, Any]:
    """A station of yours."""
    return _document(stations.station_of(request.auth.listener, station))  # type: ignore[attr-defined]


@router.delete("/{uuid:station}", auth=Needs("write"), response={204: None}, summary="Delete a station",
               operation_id="delete_station")  # fmt: skip
def delete(request: HttpRequest, station: uuid.UUID) -> Status[None]:
    """A station of yours goes; what was played on it stays among your listens."""
    stations.station_of(request.auth.listener, station).delete()  # type: ignore[attr-defined]
    return Status(204, None)


@router.post("/{uuid:station}/next", auth=Needs("read"), response=NextOut, summary="What a station plays next",
             operation_id="next_of_station")  # fmt: skip
def coming(request: HttpRequest, station: uuid.UUID, how: HowMany) -> dict[str, Any]:
    """A look ahead: nothing is noted until a track is said to be played. Ask again after each: what became of it counts."""
    listener = request.auth.listener  # type: ignore[attr-defined]
    snapshot, exposure, tracks = stations.look_ahead(listener, stations.station_of(listener, station), how.n)
    return {"snapshot": snapshot, "exposure": exposure, "tracks": documents(tracks)}


@router.post("/{uuid:station}/played", auth=Needs("listen"), response=StationOut, summary="What became of a track",
             operation_id="played_on_station")  # fmt: skip
def played(request: HttpRequest, station: uuid.UUID, told: PlayedIn) -> dict[str, Any]:
    """Note what became of a track. It is a listen as any other: it need not be sent again. Told twice, it counts once.

    In a private session the station steers by it until the session ends, and nothing stays of it.
    """
    listener = request.auth.listener  # type: ignore[attr-defined]
    found = stations.station_of(listener, station)
    return _document(
        stations.note(listener, found, stations.Played(told.track, told.time_ms, told.outcome, told.exposure))
    )


def _document(station: Station) -> dict[str, Any]:
    state = stations.state_kept(station)
    return {
        "id": station.pk, "name": station.name, "kind": state.kind, "count": state.count, "created_ms": station.created_ms,
        "played_ms": station.played_ms,
    }  # fmt: skip
