"""Who may change a playlist: its owner's links, joining by one, leaving."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from segue.errors import BadRequest, NotFound
from segue.web.listening.models import Listener, listener_of
from segue.web.pages.playlist import for_playlist
from segue.web.playlists import members, services, shown
from segue.web.playlists.models import Playlist


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_playlist(services.changeable)
def people(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """Who may change it: a part of a page. Its owner makes links, withdraws them, and takes members out."""
    mine, wrong = playlist.listener_id == listener.pk, ""
    if request.method == "POST":
        if not mine:
            return render(request, "404.html", status=404)
        try:
            _do(playlist, request.POST.get("do", ""), request.POST.get("id", ""))
        except BadRequest as error:
            wrong = str(error)
    links = [
        {"id": one.pk, "ends": datetime.fromtimestamp(one.ends_ms / 1000).astimezone(),
         "address": request.build_absolute_uri(reverse("playlist_join", args=[one.token]))}
        for one in (members.invitations_of(playlist) if mine else ())
    ]  # fmt: skip
    about = {
        "playlist": playlist, "mine": mine, "wrong": wrong, "links": links, "owner": members.name_of(playlist.listener),
        "members": [(one.pk, members.name_of(one.listener), one.listener_id == listener.pk)
                    for one in members.members_of(playlist)],
    }  # fmt: skip
    return render(request, "pages/playlist_people.html", about, status=422 if wrong else 200)


@require_POST
@for_playlist(services.seen)
def leave(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """Be no member any more."""
    members.leave(playlist, listener)
    messages.success(request, _("You left “%s”.") % playlist)
    return redirect("playlists")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to; a member by POST."""
    listener = listener_of(request.user)
    try:
        playlist = members.join(listener, token) if request.method == "POST" else members.invited_to(token)
    except (NotFound, BadRequest) as error:
        status = 404 if isinstance(error, NotFound) else 422
        return render(request, "pages/playlist_join.html", {"wrong": str(error)}, status=status)
    if services.changed_by(listener).filter(pk=playlist.pk).exists():
        return redirect("playlist", playlist.key)
    about = {"playlist": playlist, "owner": members.name_of(playlist.listener), "facts": shown.facts(playlist)}
    return render(request, "pages/playlist_join.html", about)


def _do(playlist: Playlist, what: str, which: str) -> None:
    """What the owner asks for. Raises `BadRequest`."""
    number = int(which) if which.isascii() and which.isdigit() and len(which) < 18 else 0
    if what == "invite":
        members.invite(playlist)
    elif what == "withdraw":
        members.withdraw(playlist, number)
    elif what == "remove":
        members.remove(playlist, number)
    else:
        raise BadRequest(_("That cannot be done here."))


PATHS = [
    path("playlists/join/<str:token>/", join, name="playlist_join"),
    path("playlists/<path:key>/people/", people, name="playlist_people"),
    path("playlists/<path:key>/leave/", leave, name="playlist_leave"),
]
