"""Keys for programs: seen, made and withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from segue.web.accounts.models import SCOPES, Token
from segue.web.accounts.tokens import MOST
from segue.web.api.auth import Caller, Needs
from segue.web.api.errors import Problem, not_found
from segue.web.api.paging import Cursor, Limit, Page, page_of

router = Router()
PREFIX = "/tokens"
TAG = "tokens"
Scope = Literal["read", "listen", "write", "import", "account", "staff"]
TokenId = Annotated[int, Path(ge=1, le=2**63 - 1, description="As the list of tokens has it.")]


class TokenOut(Schema):
    """A token, without its key."""

    id: int = Field(examples=[12])
    name: str = Field(examples=["phone"])
    scopes: list[Scope] = Field(examples=[["read", "listen"]])
    created: datetime
    last_used: datetime | None = Field(description="To the hour.")
    expires: datetime | None = Field(description="Null: when it is withdrawn.")


class NewTokenOut(TokenOut):
    """A new token, with its key: it is shown here, and never again."""

    key: str = Field(examples=["segue_0Zk1…"])


class NewToken(Schema):
    """What a token is for, what it may do, and for how long."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = Field(
        examples=["phone"]
    )
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES), examples=[["read", "listen"]])
    days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="How long it is valid; null: until it is withdrawn, or as long as the token that makes it.",
    )


@router.get("", auth=Needs("account"), response=Page[TokenOut], summary="My tokens", operation_id="tokens")
def tokens(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """The tokens of the account, the newest first; those that have expired too."""
    return page_of(Token.objects.filter(user=_caller(request).user), cursor, limit, "-created")


@router.post("", auth=Needs("account"), response={201: NewTokenOut}, summary="Make a token", operation_id="make_token")
def make_token(request: HttpRequest, body: NewToken) -> Status[Any]:
    """A new token. A token makes none that may do more, or that is valid longer, than itself."""
    caller = _caller(request)
    if more := set(body.scopes) - caller.scopes:
        raise Problem(403, "scope", f"You cannot give what you do not have: {', '.join(sorted(more))}.")
    if caller.user.tokens.count() >= MOST:
        raise Problem(409, "too-many", f"There are {MOST} tokens, which is the most: withdraw one first.")
    expires = None if body.days is None else timezone.now() + timedelta(days=body.days)
    own = Token.objects.filter(pk=caller.token_id or 0).values_list("expires", flat=True).first()
    if own is not None:
        expires = own if expires is None else min(own, expires)
    scopes = [scope for scope in SCOPES if scope in set[str](body.scopes)]
    token, key = Token.issue(caller.user, body.name, scopes, expires)
    return Status(201, {**TokenOut.from_orm(token).dict(), "key": key})


@router.delete("/{token_id}", auth=Needs("account"), response={204: None}, summary="Withdraw a token",
               operation_id="withdraw_token")  # fmt: skip
def withdraw_token(request: HttpRequest, token_id: TokenId) -> Status[None]:
    """Withdraw a token: it is of no use from now on."""
    deleted, _rows = Token.objects.filter(user=_caller(request).user, pk=token_id).delete()
    if not deleted:
        raise not_found("token")
    return Status(204, None)


def _caller(request: HttpRequest) -> Caller:
    return request.auth  # type: ignore[attr-defined]
