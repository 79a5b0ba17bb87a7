"""Who one is: the profile, private sessions, everything that is held, and leaving."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from segue.web import clock
from segue.web.accounts.models import SCOPES
from segue.web.api.auth import Caller, Needs
from segue.web.api.errors import Problem
from segue.web.api.limits import costly
from segue.web.listening.models import Listener

router = Router()
PREFIX = "/me"
TAG = "me"
LONGEST_PRIVATE_MS = 30 * 86_400_000
Scope = Literal["read", "listen", "write", "import", "account", "staff"]
Gender = Literal["female", "male", "other"]


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError("is no time zone, as Europe/Stockholm") from None
    return name


class Me(Schema):
    """An account and its listener."""

    name: str = Field(examples=["Anna"])
    email: str | None = Field(description="Null for a token without the scope account.", examples=["anna@example.org"])
    scopes: list[Scope] = Field(description="What this caller may do.", examples=[["read", "listen"]])
    country: str | None = Field(description="ISO 3166-1 alpha-2.", examples=["SE"])
    birth_year: int | None = Field(examples=[1984])
    gender: str | None = Field(examples=["female"])
    languages: list[str] = Field(
        description="ISO 639-1 codes that are understood, the best first.", examples=[["sv", "en"]]
    )
    timezone: str = Field(examples=["Europe/Stockholm"])
    dial: float = Field(description="0 familiar to 1 unknown.", examples=[0.5])
    explicit: bool = Field(description="Whether explicit words are allowed.", examples=[True])
    private_until_ms: int | None = Field(description="Until when nothing is recorded, in ms since 1970 UTC; else null.")


class MeIn(Schema):
    """What changes; what is left out stays. Null clears where there may be nothing."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"dial": 0.7, "timezone": "Europe/Stockholm"}}
    )

    name: str = Field("", max_length=100)
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None = Field(
        None, description="ISO 3166-1 alpha-2."
    )
    birth_year: int | None = Field(None, ge=1880, le=2100)
    gender: Gender | None = None
    languages: list[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]] = Field([], max_length=20)
    timezone: Annotated[str, AfterValidator(_zone)] = Field("UTC", min_length=1, max_length=64)
    dial: float = Field(0.5, ge=0, le=1)
    explicit: bool = True
    private_until_ms: int | None = Field(
        None, ge=0, le=4_102_444_800_000,
        description="Begin a private session, in which nothing is recorded, until then (30 days at most); null ends it.",
    )  # fmt: skip


class Leaving(Schema):
    """That one means it."""

    model_config = ConfigDict(extra="forbid")

    confirm: str = Field(max_length=254, description="The address of the account.", examples=["anna@example.org"])


def _caller(request: HttpRequest) -> Caller:
    return request.auth  # type: ignore[attr-defined]


def _me(caller: Caller) -> dict[str, Any]:
    listener = caller.listener
    now_ms = clock.now_ms()
    told = ("country", "birth_year", "gender", "languages", "timezone", "dial", "explicit")
    return {
        "name": caller.user.name,
        "email": caller.user.email if "account" in caller.scopes else None,
        "scopes": [scope for scope in SCOPES if scope in caller.scopes],
        "private_until_ms": listener.private_until_ms if listener.is_private(now_ms) else None,
        **{name: getattr(listener, name) for name in told},
    }


@router.get("", auth=Needs("read"), response=Me, summary="Who am I", operation_id="me")
def me(request: HttpRequest) -> dict[str, Any]:
    """The account of the token or session, its profile and settings."""
    return _me(_caller(request))


@router.patch("", auth=Needs("write"), response=Me, summary="Change my profile", operation_id="change_me")
def change_me(request: HttpRequest, body: MeIn) -> dict[str, Any]:
    """Change what is sent; it counts in the very next recommendation."""
    caller, given = _caller(request), body.dict(exclude_unset=True)
    until = given.get("private_until_ms")
    if until is not None and until > clock.now_ms() + LONGEST_PRIVATE_MS:
        raise Problem(422, "invalid", "body.private_until_ms: a private session lasts 30 days at most.")
    listener = caller.listener
    with transaction.atomic():
        if "name" in given:
            caller.user.name = given.pop("name").strip()
            caller.user.save(update_fields=["name"])
        if given:
            Listener.objects.filter(pk=listener.pk).update(**given)
            Listener.changed(listener.pk)
    for name, value in given.items():
        setattr(listener, name, value)
    return _me(caller)


@router.get("/export", auth=Needs("account"), summary="Everything held about me", operation_id="export_me",
            openapi_extra={"responses": {200: {"content": {"application/zip": {
                "schema": {"type": "string", "format": "binary"}}}}}})  # fmt: skip
@costly
def export_me(request: HttpRequest) -> StreamingHttpResponse:
    """A zip with everything that is held about the account, as JSON and CSV, and a page that says what each file is."""
    from segue.web.accounts.personal_data import parts_of_zip  # noqa: PLC0415

    response = StreamingHttpResponse(parts_of_zip(_caller(request).user), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="segue-{timezone.now():%Y-%m-%d}.zip"'
    return response


@router.delete("", auth=Needs("account"), response={204: None}, summary="Erase my account", operation_id="erase_me")
def erase_me(request: HttpRequest, body: Leaving) -> Status[None]:
    """Erase the account and everything that was said, played and made by it. It cannot be undone."""
    from segue.web.accounts.erasure import erase  # noqa: PLC0415

    user = _caller(request).user
    if body.confirm.strip().casefold() != user.email.casefold():
        raise Problem(422, "confirm", "confirm must be the address of the account: nothing was erased.")
    erase(user)
    return Status(204, None)
