"""Playlists that several make together: their owner gives out a link, and whoever opens it may become a member."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.listening.models import Listener
from segue.web.playlists.models import Invitation, Member, Playlist

MOST_MEMBERS = 50
MOST_INVITATIONS = 5
LASTS_MS = 7 * 86_400_000


def name_of(listener: Listener | None) -> str:
    """What a listener is called before others: as on their profile, else as in their account; never their address."""
    profile = getattr(listener, "profile", None)
    name = getattr(profile, "name", "") or getattr(getattr(listener, "user", None), "name", "")
    return name or _("Somebody")


def members_of(playlist: Playlist) -> QuerySet[Member]:
    """Who may change it beside its owner, the first first."""
    rows = Member.objects.filter(playlist=playlist).select_related("listener__user", "listener__profile")
    return rows.order_by("since_ms", "pk")


def is_member(playlist: Playlist, listener: Listener) -> bool:
    """Whether somebody may change a playlist that is not theirs."""
    return Member.objects.filter(playlist=playlist, listener=listener).exists()


def invitations_of(playlist: Playlist) -> QuerySet[Invitation]:
    """The links that still let somebody in, the one that lasts longest first."""
    return Invitation.objects.filter(playlist=playlist, ends_ms__gt=clock.now_ms()).order_by("-ends_ms", "-pk")


def invite(playlist: Playlist) -> Invitation:
    """A new link, for seven days. Raises `BadRequest` where there are many already."""
    with transaction.atomic():
        _lock(playlist)
        Invitation.objects.filter(playlist=playlist, ends_ms__lte=clock.now_ms()).delete()
        if invitations_of(playlist).count() >= MOST_INVITATIONS:
            raise BadRequest(_("There are %d links already: withdraw one first.") % MOST_INVITATIONS)
        return Invitation.objects.create(playlist=playlist, ends_ms=clock.now_ms() + LASTS_MS)


def withdraw(playlist: Playlist, invitation_id: int) -> None:
    """Let nobody in any more by a link. One that is not there is no error."""
    Invitation.objects.filter(playlist=playlist, pk=invitation_id).delete()


def invited_to(token: str) -> Playlist:
    """The playlist that a link leads to. Raises `NotFound` for one that has ended, was withdrawn, or never was."""
    found = None
    if "\0" not in token:
        rows = Invitation.objects.filter(token=token, ends_ms__gt=clock.now_ms(), playlist__listener__isnull=False)
        found = rows.select_related("playlist__listener__user", "playlist__listener__profile").first()
    if found is None:
        raise NotFound(_("This invitation has ended or was withdrawn. Ask for a new one."))
    return found.playlist


def join(listener: Listener, token: str) -> Playlist:
    """Become a member by a link; once is enough. Raises `NotFound`, and `BadRequest` where there are too many."""
    with transaction.atomic():
        playlist = invited_to(token)
        _lock(playlist)
        if playlist.listener_id == listener.pk or is_member(playlist, listener):
            return playlist
        if Member.objects.filter(playlist=playlist).count() >= MOST_MEMBERS:
            raise BadRequest(_("%d people change this playlist already, which is the most.") % MOST_MEMBERS)
        Member.objects.create(playlist=playlist, listener=listener, since_ms=clock.now_ms())
    return playlist


def remove(playlist: Playlist, member_id: int) -> None:
    """Take somebody out. The links go too, as they could come back by one."""
    with transaction.atomic():
        _lock(playlist)
        Member.objects.filter(playlist=playlist, pk=member_id).delete()
        Invitation.objects.filter(playlist=playlist).delete()


def leave(playlist: Playlist, listener: Listener) -> None:
    """Be no member any more."""
    Member.objects.filter(playlist=playlist, listener=listener).delete()


def _lock(playlist: Playlist) -> None:
    """Nobody else changes who may change it until the transaction ends. A write, as SQLite locks by nothing else."""
    if not Playlist.objects.filter(pk=playlist.pk).update(version=F("version")):
        raise NotFound("There is no playlist of that id.")
