"""Making, changing and ending public links."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.listening.models import Listener
from segue.web.sharing.contents import LONGEST_KEY, frozen
from segue.web.sharing.models import Share

MOST = 500
_LONGEST_TITLE = 500


def of(listener: Listener) -> QuerySet[Share]:
    """The links of a listener, the latest first."""
    return Share.objects.filter(listener=listener).order_by("-time_ms", "-pk")


def latest(listener: Listener, kind: str, key: str) -> Share | None:
    """The latest link of a listener to something."""
    return of(listener).filter(kind=kind, key=key).first()


def is_of_now(share: Share) -> bool:
    """Whether what a link shows is what would be shared now."""
    if share.kind == "playlist":
        return True
    try:
        return bool(_plain(frozen(share.listener, share.kind, share.key)[1]) == _plain(share.shown))
    except (NotFound, BadRequest):
        return True


def make(listener: Listener, kind: str, key: str) -> Share:
    """A link; the one there is, where it shows the same. Raises `NotFound` and `BadRequest` as `frozen`, and for too many."""
    if "\0" in key or len(key) > LONGEST_KEY:
        raise NotFound("There is nothing of that id.")
    title, shown = frozen(listener, kind, key)
    with transaction.atomic():
        list(Listener.objects.select_for_update().filter(pk=listener.pk))
        found = latest(listener, kind, key)
        if found is not None and _plain(found.shown) == _plain(shown):
            return found
        if of(listener).count() >= MOST:
            raise BadRequest(_("You have as many links as one can have: revoke some first."))
        return Share.objects.create(
            listener=listener, kind=kind, key=key, title=title[:_LONGEST_TITLE], shown=shown,
            time_ms=clock.now_ms(),
        )  # fmt: skip


def mine(listener: Listener, token: str) -> Share:
    """A link of the listener's own. Raises `NotFound`, for somebody else's too."""
    found = None if "\0" in token else of(listener).filter(token=token).first()
    if found is None:
        raise NotFound("There is no such link.")
    return found


def public(token: str) -> Share:
    """The link of a token, for anybody. Raises `NotFound` where there is none, or its maker may not sign in any more."""
    there = Share.objects.select_related("listener__profile").filter(listener__user__is_active=True)
    found = None if "\0" in token else there.filter(token=token).first()
    if found is None:
        raise NotFound("There is no such link.")
    return found


def list_for_search_engines(share: Share, *, listed: bool) -> None:
    """Let search engines find a link, or not."""
    Share.objects.filter(pk=share.pk).update(listed=listed)
    share.listed = listed


def revoke(share: Share) -> None:
    """End a link: whoever opens it finds nothing."""
    share.delete()


def _plain(value: object) -> object:
    """As JSON has it: tuples are lists."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
