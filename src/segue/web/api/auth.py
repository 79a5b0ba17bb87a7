"""Who asks: a token with scopes, or a session (then with a CSRF token for what changes something)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import LazyObject
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from segue.web.accounts.models import SCOPES, Token, User
from segue.web.api import limits
from segue.web.api.errors import Problem
from segue.web.listening.models import Listener, listener_of


@dataclass(frozen=True)
class Caller:
    """Who asks, and what they may do. It is `request.auth` in every operation.

    `found` is the account with its listener, as read with a token; its rows become objects when they are asked for.
    """

    user_id: int
    scopes: frozenset[str]
    token_id: int | None
    found: User | _Found

    @cached_property
    def user(self) -> User:
        """The account."""
        return self.found if isinstance(self.found, User) else self.found.user()

    @cached_property
    def listener(self) -> Listener:
        """The listener of the account."""
        there = None if isinstance(self.found, User) else self.found.listener()
        return there or listener_of(self.user)


class Needs(HttpBearer):
    """Authentication of an operation that needs a scope."""

    openapi_name = "token"

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES, scope
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> Caller:
        """The caller. Raises `Problem`: 401 for nobody, 403 for one without the scope."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if header:
            limits.may_guess(request)
        caller = self.of_token(request, header) if header else self.of_session(request)
        limits.account(request, caller.user_id)
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
        if found.is_stale:
            Token.objects.filter(pk=found.token_id).update(last_used=now)
        return Caller(found.user_id, self.allowed(found.scopes, is_staff=found.is_staff), found.token_id, found)

    def of_session(self, request: HttpRequest) -> Caller:
        """The caller of a session cookie."""
        if not request.user.is_authenticated:
            limits.anonymous(request)
            raise Problem(401, "signed-out", "Sign in, or send a token as Authorization: Bearer …",
                          headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
        if check_csrf(request) is not None:
            raise Problem(403, "csrf", "The CSRF token is missing or wrong: send it as X-CSRFToken.")
        # The user itself, not what stands for it until it is asked for.
        user = request.user._wrapped if isinstance(request.user, LazyObject) else request.user
        assert isinstance(user, User)
        return Caller(user.pk, self.allowed(SCOPES, is_staff=user.is_staff), None, user)

    @staticmethod
    def allowed(scopes: Iterable[str], *, is_staff: bool) -> frozenset[str]:
        """The scopes that count: "staff" only for staff."""
        return frozenset(scopes) & (_OF_STAFF if is_staff else _OF_ALL)


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
_LISTENER_AT = len(_OF_USER)
_STAFF_AT = _OF_USER.index("is_staff")
_LANGUAGES_AT = _OF_LISTENER.index("languages")
_OF_STAFF = frozenset(SCOPES)
_OF_ALL = _OF_STAFF - {"staff"}


class _Found(NamedTuple):
    """What was read with a token.

    Attributes:
        token_id: of the token.
        scopes: of the token.
        is_stale: whether it was long not used.
        row: the columns of the account, then those of its listener.
    """

    token_id: int
    scopes: list[str]
    is_stale: bool
    row: Sequence[Any]

    @property
    def user_id(self) -> int:
        found: int = self.row[0]
        return found

    @property
    def is_staff(self) -> bool:
        return bool(self.row[_STAFF_AT])

    def user(self) -> User:
        """The account."""
        return User.from_db(connection.alias, _OF_USER, self.row[:_LISTENER_AT])

    def listener(self) -> Listener | None:
        """The listener of the account; None where it has none yet."""
        values = list(self.row[_LISTENER_AT:])
        if values[0] is None:
            return None
        values[_LANGUAGES_AT] = orjson.loads(values[_LANGUAGES_AT])
        return Listener.from_db(connection.alias, _OF_LISTENER, values)


def _read(key: str, now: datetime) -> _Found | None:
    """The token of a key with its account and listener, where it is valid."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [adapt(now - timedelta(hours=1)), Token.digest_of(key), adapt(now)])
        row = cursor.fetchone()
    return None if row is None else _Found(row[0], orjson.loads(row[1]), bool(row[2]), row[3:])
