"""Who follows whom: asking, accepting, ending it, and keeping somebody out. Whoever is blocked is answered as by nobody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.listening.models import Listener
from segue.web.social.models import Ask, Block, Follow, Profile

MOST_FOLLOWED = 1_000
MOST_WAITING = 1_000
"""So many requests may wait for an answer of one listener: what comes then is refused."""
FOUND = 20
SHORTEST_SEARCH = 2
LONGEST_NAME = 80
RESERVED = frozenset({"links", "profile", "find", "asks", "friends", "segue", "admin"})
"""Handles that are, or may become, addresses of ours."""
_TURNS = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Letters that show nothing, or turn what follows: a name must not look like another's."""


@dataclass(frozen=True)
class Between:
    """How one listener (the first) stands to another.

    Attributes:
        follows, asked: whether the first follows the other, or asked to.
        followed, wanted: whether the other follows the first, or asked to.
    """

    follows: bool = False
    asked: bool = False
    followed: bool = False
    wanted: bool = False

    @property
    def mutual(self) -> bool:
        """Whether both follow each other."""
        return self.follows and self.followed


def one_line(text: str) -> str:
    """Text in one line, without letters that show nothing."""
    shown = (" " if unicodedata.category(one) in {"Cc", "Cs"} else one for one in text if one not in _TURNS)
    return " ".join("".join(shown).split())


def profile_of(listener: Listener) -> Profile:
    """The profile of a listener; made when first asked for."""
    return Profile.objects.get_or_create(listener=listener)[0]


def name_of(profile: Profile | None) -> str:
    """What somebody is called here."""
    return (profile.name if profile is not None else "") or _("Somebody without a name")


def met(listener: Listener, handle: str) -> Profile:
    """The profile of a handle, for a listener who may know that it is there. Raises `NotFound`."""
    found = None
    if "\0" not in handle:
        found = Profile.objects.select_related("listener__user").filter(_active(), handle=handle.lower()).first()
    if found is None or Block.objects.filter(blocker=found.listener, blocked=listener).exists():
        raise NotFound("There is nobody of that name.")
    return found


def between(listener: Listener, other: Listener) -> Between:
    """How a listener stands to another."""
    rows = Follow.objects.filter(Q(follower=listener, followed=other) | Q(follower=other, followed=listener))
    found = {(row.follower_id == listener.pk, row.accepted) for row in rows}
    return Between((True, True) in found, (True, False) in found, (False, True) in found, (False, False) in found)


def search(listener: Listener, words: str) -> list[Profile]:
    """Those whose names have these words in them, of those who want to be found. None for fewer than two letters."""
    words = one_line(words)[:LONGEST_NAME]
    if len(words) < SHORTEST_SEARCH:
        return []
    kept_out = Block.objects.filter(blocked=listener).values("blocker_id")
    return list(
        Profile.objects.filter(_active(), findable=True, name__icontains=words)
        .exclude(listener=listener)
        .exclude(listener__in=kept_out)
        .order_by("name", "pk")[:FOUND]
    )


# -- lists ---------------------------------------------------------------------------------------------------------------


def followed_by(listener: Listener) -> list[tuple[Profile, bool]]:
    """Whom a listener follows or asked to, by name, and whether that was accepted."""
    rows = Follow.objects.filter(follower=listener).select_related("followed__profile").order_by("pk")[:MOST_FOLLOWED]
    return _by_name([(_profile(row.followed), row.accepted) for row in rows])


def followers_of(listener: Listener) -> list[Profile]:
    """Who follows a listener, by name."""
    rows = Follow.objects.filter(followed=listener, accepted=True).select_related("follower__profile")
    return [one for one, _ in _by_name([(_profile(row.follower), True) for row in rows.order_by("pk")[:MOST_FOLLOWED]])]


def wanting(listener: Listener) -> list[Profile]:
    """Who asked to follow a listener, the latest first."""
    rows = Follow.objects.filter(followed=listener, accepted=False).select_related("follower__profile")
    return [_profile(row.follower) for row in rows.order_by("-pk")[:100]]


def blocked_by(listener: Listener) -> list[Profile]:
    """Whom a listener keeps out."""
    rows = Block.objects.filter(blocker=listener).select_related("blocked__profile").order_by("-pk")[:MOST_FOLLOWED]
    return [_profile(row.blocked) for row in rows]


def _profile(listener: Listener) -> Profile:
    found: Profile | None = getattr(listener, "profile", None)
    return found or profile_of(listener)


def _by_name(people: list[tuple[Profile, bool]]) -> list[tuple[Profile, bool]]:
    return sorted(people, key=lambda one: (one[0].name.casefold(), one[0].pk))


def _active() -> Q:
    return Q(listener__user__is_active=True)


# -- changing ------------------------------------------------------------------------------------------------------------


def follow(listener: Listener, other: Listener) -> None:
    """Ask to follow somebody; asked again, nothing changes. Raises `BadRequest` where it cannot be."""
    if other.pk == listener.pk:
        raise BadRequest(_("This is you."))
    with transaction.atomic():
        _alone(listener)
        if Follow.objects.filter(follower=listener, followed=other).exists():
            return
        if Follow.objects.filter(follower=listener).count() >= MOST_FOLLOWED:
            raise BadRequest(_("You follow as many as one can: stop following somebody first."))
        if Follow.objects.filter(followed=other, accepted=False).count() >= MOST_WAITING:
            raise BadRequest(_("Too many wait for an answer already. Try again another day."))
        Block.objects.filter(blocker=listener, blocked=other).delete()
        Follow.objects.create(follower=listener, followed=other, since_ms=clock.now_ms())


def unfollow(listener: Listener, other: Listener) -> None:
    """Follow somebody no longer, or no longer ask to."""
    Follow.objects.filter(follower=listener, followed=other).delete()


def accept(listener: Listener, other: Listener) -> None:
    """Let somebody follow who asked to. Raises `NotFound` for who did not."""
    if not Follow.objects.filter(follower=other, followed=listener, accepted=False).update(accepted=True):
        raise NotFound("They did not ask.")


def remove(listener: Listener, other: Listener) -> None:
    """Let somebody follow no longer, or decline; what they asked and is not answered goes with it. They are not told."""
    with transaction.atomic():
        Follow.objects.filter(follower=other, followed=listener).delete()
        Ask.objects.filter(asker=other, asked=listener, answered_ms=None).delete()


def block(listener: Listener, other: Listener) -> None:
    """Have nothing to do with somebody any more, in either direction. Raises `BadRequest` for oneself, or for too many."""
    if other.pk == listener.pk:
        raise BadRequest(_("This is you."))
    with transaction.atomic():
        _alone(listener)
        if Block.objects.filter(blocker=listener).count() >= MOST_FOLLOWED:
            raise BadRequest(_("You block as many as one can: let somebody in again first."))
        Block.objects.get_or_create(blocker=listener, blocked=other, defaults={"since_ms": clock.now_ms()})
        both = Q(follower=other, followed=listener) | Q(follower=listener, followed=other)
        Follow.objects.filter(both).delete()
        Ask.objects.filter(Q(asker=other, asked=listener) | Q(asker=listener, asked=other)).delete()


def unblock(listener: Listener, other: Listener) -> None:
    """Let somebody find one again."""
    Block.objects.filter(blocker=listener, blocked=other).delete()


def _alone(listener: Listener) -> None:
    """Make others that change the same listener wait: what is counted stays true."""
    list(Listener.objects.select_for_update().filter(pk=listener.pk))
