"""A rehearsal on a home of this machine: accounts and tokens for listeners of its library, and a look at its server's clock."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.contrib.auth.hashers import make_password
from django.db import transaction

from segue.errors import SegueError
from segue.simulation.site import CLOCK
from segue.web.accounts.models import TOKEN_PREFIX, Token, User
from segue.web.discovery import exposures
from segue.web.discovery.models import Exposure
from segue.web.listening.models import Listener

NAME = "simulation"
DOMAIN = "@listeners.invalid"
_AT_ONCE = 500
_WITHIN_MS = 10 * 60_000


@contextmanager
def tokens(keys: Sequence[str]) -> Iterator[list[str]]:
    """A token for each of these listeners of the library, with an account where they have none; the tokens go in the end.

    Raises `SegueError` where one of them is not in the database, or is somebody with an account of their own.
    """
    made = _tokens(keys)
    try:
        yield made
    finally:
        Token.objects.filter(name=NAME, user__email__endswith=DOMAIN).delete()


def _tokens(keys: Sequence[str]) -> list[str]:
    listeners: dict[str, Listener] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = Listener.objects.filter(key__in=keys[start : start + _AT_ONCE]).select_related("user")
        listeners |= {one.key: one for one in some}
    if missing := [key for key in keys if key not in listeners]:
        raise SegueError(
            f"the home's database has no listener {missing[0]!r}: serve it once, with the library of the same world"
        )
    if taken := [one for one in listeners.values() if one.user is not None and not one.user.email.endswith(DOMAIN)]:
        raise SegueError(
            f"the listener {taken[0].key!r} is somebody with an account: use a home that is for rehearsals alone"
        )
    new = [listeners[key] for key in keys if listeners[key].user is None]
    with transaction.atomic():
        User.objects.bulk_create(
            [User(email=f"{secrets.token_hex(8)}{DOMAIN}", password=make_password(None)) for _ in new]
        )
        waiting = User.objects.filter(email__endswith=DOMAIN, listener=None)
        for listener, user in zip(new, waiting, strict=False):
            listener.user = user
        Listener.objects.bulk_update(new, ["user"], batch_size=_AT_ONCE)
        secret = [TOKEN_PREFIX + secrets.token_urlsafe(32) for _ in keys]
        Token.objects.bulk_create([
            Token(
                user=listeners[key].user, name=NAME, scopes=["read", "listen", "write"], digest=Token.digest_of(one)
            )
            for key, one in zip(keys, secret, strict=True)
        ])  # fmt: skip
    return secret


def check_clock(key: str, now_ms: int) -> None:
    """Raises `SegueError` where what a listener was just shown was not noted at the time that the clock says."""
    for _ in range(50):
        exposures.flush()
        found = (
            Exposure.objects.filter(listener__key=key).order_by("-shown_ms").values_list("shown_ms", flat=True).first()
        )
        if found is not None and abs(found - now_ms) < _WITHIN_MS:
            return
        time.sleep(0.1)
    raise SegueError(
        "the site does not go by this home's clock, or is not served from this home: start it with"
        f" SEGUE_CLOCK_FILE=HOME/{CLOCK} segue serve --home HOME"
    )
