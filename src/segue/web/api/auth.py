"""Who asks: a token with scopes, or a session (then with a CSRF token for what changes something)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from segue.web.accounts.models import SCOPES, Token, User
from segue.web.api import limits
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
        if header:
            limits.may_guess(request)
        caller = self.of_token(request, header) if header else self.of_session(request)
        limits.account(request, caller.user.pk)
        if self.scope not in caller.scopes:
            raise Problem(403, "scope", f"This needs the scope {self.scope!r}; the token has {sorted(caller.scopes)}.")
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not used: `__call__` does it all."""
        raise AssertionError

    def of_token(self, request: HttpRequest, header: str) -> Caller:
        """The caller of an Authorization header."""
        kind, _, key = header.partition(" ")
        now = timezone.now()
        found = _read(key.strip(), now) if kind.lower() == "bearer" else None
        if found is None:
            limits.guessed(request)
            raise Problem(401, "token", "The token is unknown, withdrawn or has expired.",
                          headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})  # fmt: skip
        token_id, user, scopes, is_stale = found
        if is_stale:
            Token.objects.filter(pk=token_id).update(last_used=now)
        return Caller(user, self.allowed(user, scopes), token_id)

    def of_session(self, request: HttpRequest) -> Caller:
        """The caller of a session cookie."""
        if not request.user.is_authenticated:
            limits.anonymous(request)
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


# -- reading a token -----------------------------------------------------------------------------------------------------

# Every request of a program asks this first, so it is one statement that is written once: what is withdrawn, changed or played
# counts in the next request, whichever process answers it.
_OF_USER = tuple(
    field.attname  # in the order of the model's fields: `from_db` takes them so
    for field in User._meta.concrete_fields
    if field.attname in {"id", "email", "name", "is_staff", "is_superuser", "is_active", "language"}
)
_OF_LISTENER = tuple(field.attname for field in Listener._meta.concrete_fields)
_COLUMNS = [*(f"u.{name}" for name in _OF_USER), *(f"l.{name}" for name in _OF_LISTENER)]
_STATEMENT = (
    f"SELECT t.id, t.scopes, t.last_used IS NULL OR t.last_used < %s, {', '.join(_COLUMNS)}"  # noqa: S608
    f" FROM {Token._meta.db_table} t JOIN {User._meta.db_table} u ON u.id = t.user_id"
    f" LEFT JOIN {Listener._meta.db_table} l ON l.user_id = u.id"
    " WHERE t.digest = %s AND u.is_active AND (t.expires IS NULL OR t.expires > %s)"
)
_USER_AT, _LISTENER_AT = 3, 3 + len(_OF_USER)
_LANGUAGES_AT = _LISTENER_AT + _OF_LISTENER.index("languages")


def _read(key: str, now: datetime) -> tuple[int, User, list[str], bool] | None:
    """The token of a key, where it is valid: its id, its user (with the listener), its scopes, and whether it was long not used."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [adapt(now - timedelta(hours=1)), Token.digest_of(key), adapt(now)])
        row = cursor.fetchone()
    if row is None:
        return None
    user = User.from_db(connection.alias, _OF_USER, row[_USER_AT:_LISTENER_AT])
    if row[_LISTENER_AT] is not None:
        values = list(row[_LISTENER_AT:])
        values[_LANGUAGES_AT - _LISTENER_AT] = orjson.loads(row[_LANGUAGES_AT])
        listener = Listener.from_db(connection.alias, _OF_LISTENER, values)
        listener.user = user
    return row[0], user, orjson.loads(row[1]), bool(row[2])
