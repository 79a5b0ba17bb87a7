"""Who asks: a token with scopes, or a session (then with a CSRF token for what changes something)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from segue.web.accounts.models import SCOPES, Token, User
from segue.web.api.errors import Problem
from segue.web.listening.models import Listener, listener_of


@dataclass(frozen=True)
class Caller:
    """Who asks, and what they may do. It is `request.auth` in every operation."""

    user: User
    scopes: frozenset[str]
    token_id: int | None

    @cached_property
    def listener(self) -> Listener:
        """The listener of the account."""
        return listener_of(self.user)


class Needs(HttpBearer):
    """Authentication of an operation that needs a scope."""

    openapi_name = "token"

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES, scope
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> Caller:
        """The caller. Raises `Problem`: 401 for nobody, 403 for one without the scope."""
        header = request.headers.get("Authorization", "")
        caller = self.of_token(header) if header else self.of_session(request)
        if self.scope not in caller.scopes:
            raise Problem(403, "scope", f"This needs the scope {self.scope!r}; the token has {sorted(caller.scopes)}.")
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not used: `__call__` does it all."""
        raise AssertionError

    def of_token(self, header: str) -> Caller:
        """The caller of an Authorization header."""
        kind, _, key = header.partition(" ")
        now = timezone.now()
        valid = Q(expires__isnull=True) | Q(expires__gt=now)
        found = (
            Token.objects.select_related("user__listener")
            .filter(valid, digest=Token.digest_of(key.strip()), user__is_active=True)
            .first()
            if kind.lower() == "bearer"
            else None
        )
        if found is None:
            raise Problem(401, "token", "The token is unknown, withdrawn or has expired.",
                          headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})  # fmt: skip
        if found.last_used is None or (now - found.last_used).total_seconds() > 3600:
            Token.objects.filter(pk=found.pk).update(last_used=now)
        return Caller(found.user, self.allowed(found.user, found.scopes), found.pk)

    def of_session(self, request: HttpRequest) -> Caller:
        """The caller of a session cookie."""
        if not request.user.is_authenticated:
            raise Problem(401, "signed-out", "Sign in, or send a token as Authorization: Bearer …",
                          headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
        if check_csrf(request) is not None:
            raise Problem(403, "csrf", "The CSRF token is missing or wrong: send it as X-CSRFToken.")
        assert isinstance(request.user, User)
        return Caller(request.user, self.allowed(request.user, SCOPES), None)

    @staticmethod
    def allowed(user: User, scopes: Any) -> frozenset[str]:
        """The scopes that count: "staff" only for staff."""
        return frozenset(scopes) & (frozenset(SCOPES) if user.is_staff else frozenset(SCOPES) - {"staff"})
