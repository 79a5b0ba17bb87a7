"""One playlist: its head, its tracks a part at a time, what is changed of it, and what would go with it.

Tracks are moved, taken out and added by the API (playlists.js), which members may use as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazily
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segue.errors import BadRequest, BadSnapshot, NotFound
from segue.web.covers.recipes import of_music
from segue.web.discovery import exposures
from segue.web.listening.models import Listener, listener_of
from segue.web.playlists import files, members, services, shown
from segue.web.playlists.models import Playlist
from segue.web.playlists.suggestions import suggestions
from segue.web.shown import recommended, rows_of
from segue.web.tiles import how_long

AT_ONCE = 100
PLAYED_AT_ONCE = 500
"""A longer playlist is played from its first so many, or from so many of it by chance."""
SUGGESTED = 8
FORMATS = (
    ("m3u8", lazily("M3U8, for most players")), ("xspf", lazily("XSPF, with ids and times")),
    ("jspf", lazily("JSPF, for ListenBrainz")), ("csv", lazily("CSV, for a spreadsheet")),
)  # fmt: skip

View = Callable[..., HttpResponse]


def for_playlist(find: Callable[[Listener, str], Playlist]) -> Callable[[View], View]:
    """A view of a playlist that `find` finds for who asks: signed in, and 404 for what is not there or not for them."""

    def wrap(view: View) -> View:
        @login_required
        @functools.wraps(view)
        def answer(request: HttpRequest, key: str, **more: Any) -> HttpResponse:
            listener = listener_of(request.user)
            try:
                return view(request, find(listener, key), listener, **more)
            except NotFound:
                return render(request, "404.html", status=404)

        return answer

    return wrap


@require_safe
@for_playlist(services.seen)
def page(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """The playlist with its first tracks."""
    return render(request, "pages/playlist.html", _whole(playlist, listener))


@require_safe
@for_playlist(services.seen)
def rows(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """Some more tracks: a part of the page. With `play`, a list to be played whole; `play=drawn`, of any of its tracks."""
    how = request.GET.get("play")
    if how:
        found = shown.drawn(playlist, PLAYED_AT_ONCE) if how == "drawn" else shown.part(playlist, 0, PLAYED_AT_ONCE)
        return render(request, "pages/playlist_played.html", {"playlist": playlist, "tracks": rows_of(found, listener)})
    start = _number(request.GET.get("from"), services.MOST_TRACKS)
    may_edit = _may_edit(playlist, listener)
    said = {"playlist": playlist, "may_edit": may_edit, "stale": request.GET.get("version") != str(playlist.version)}
    if not said["stale"]:
        found = shown.part(playlist, start, AT_ONCE)
        said |= {"tracks": rows_of(found, listener), "more": len(found) == AT_ONCE, "signs": _signs(may_edit)}
    return render(request, "pages/playlist_rows.html", said)


@require_safe
@for_playlist(services.seen)
def entry(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """What can be done with a track where it stands: a part of a page."""
    place = _number(request.GET.get("at"), services.MOST_TRACKS)
    found = rows_of(shown.part(playlist, place, 1), listener)
    if not found:
        return render(request, "404.html", status=404)
    about = {"track": found[0], "playlist": playlist, "place": place + 1, "may_edit": _may_edit(playlist, listener)}
    return render(request, "pages/playlist_entry.html", about)


@require_http_methods(["GET", "HEAD", "POST"])
@for_playlist(services.changeable)
def edit(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """Its title and description: a form in the place of its head."""
    if request.method != "POST":
        return render(request, "pages/playlist_edit.html", {"playlist": playlist})
    title, description = request.POST.get("title", ""), request.POST.get("description", "").replace("\r\n", "\n")
    try:
        services.describe(playlist, None, title=title, description=description)
    except BadRequest:
        wrong = _("A title has 1 to %(title)d letters, a description %(description)s at most.") % {
            "title": services.LONGEST_TITLE, "description": f"{services.LONGEST_DESCRIPTION:,}"}  # fmt: skip
        playlist = services.seen(listener, playlist.key)
        typed = {"wrong": wrong, "title": title, "description": description}
        return render(request, "pages/playlist.html", _whole(playlist, listener) | {"typed": typed}, status=422)
    return redirect("playlist", playlist.key)


@require_safe
@for_playlist(services.seen)
def more(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """What else can be done with it: a part of a page."""
    about = {
        "playlist": playlist, "mine": playlist.listener_id == listener.pk, "formats": FORMATS,
        "member": members.is_member(playlist, listener),
    }  # fmt: skip
    return render(request, "pages/playlist_more.html", about)


@require_POST
@for_playlist(services.mine)
def public(request: HttpRequest, playlist: Playlist, _listener: Listener) -> HttpResponse:
    """Show it to everybody who is signed in, or to nobody else."""
    shows = request.POST.get("public") == "yes"
    services.describe(playlist, None, public=shows)
    said = (
        _("Everybody here can see it now.")
        if shows
        else _("Nobody else can see it now, except who changes it with you.")
    )
    messages.success(request, said)
    return redirect("playlist", playlist.key)


@require_http_methods(["GET", "HEAD", "POST"])
@for_playlist(services.mine)
def delete(request: HttpRequest, playlist: Playlist, _listener: Listener) -> HttpResponse:
    """A question, then it is gone."""
    if request.method != "POST":
        return render(request, "pages/playlist_delete.html", {"playlist": playlist, "facts": shown.facts(playlist)})
    services.delete(playlist)
    messages.success(request, _("“%s” is deleted.") % playlist)
    return redirect("playlists")


@require_safe
@for_playlist(services.seen)
def export(request: HttpRequest, playlist: Playlist, _listener: Listener) -> HttpResponse:
    """The playlist as a file."""
    wanted = request.GET.get("format", "m3u8")
    if wanted not in files.CONTENT_TYPES:
        raise NotFound("There is no such format.")
    file = files.export(playlist, wanted)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    return response


@require_safe
@for_playlist(services.seen)
def more_like_it(request: HttpRequest, playlist: Playlist, listener: Listener) -> HttpResponse:
    """What would go well with it: a part of the page, asked for again when its tracks change."""
    about: dict[str, Any] = {"playlist": playlist, "may_edit": _may_edit(playlist, listener)}
    try:
        answer = suggestions(playlist, listener, SUGGESTED)
    except BadSnapshot:
        return render(request, "pages/playlist_suggestions.html", about | {"learning": True})
    exposure = exposures.shown(listener, "playlist", answer.snapshot, answer.recommendations)
    about["tracks"] = recommended(answer.recommendations, listener, exposure)
    return render(request, "pages/playlist_suggestions.html", about)


def _whole(playlist: Playlist, listener: Listener) -> dict[str, Any]:
    """What the page shows."""
    found = shown.part(playlist, 0, AT_ONCE)
    mine, may_edit = playlist.listener_id == listener.pk, _may_edit(playlist, listener)
    owner = None if mine else members.name_of(playlist.listener)
    about = shown.facts(playlist)
    return {
        "playlist": playlist, "mine": mine, "owner": owner, "may_edit": may_edit, "signs": _signs(may_edit),
        "facts": about, "length": how_long(about.length_ms or None), "cover": of_music("playlist", playlist.key).url,
        "tracks": rows_of(found, listener), "more": about.tracks > len(found),
    }  # fmt: skip


def _signs(may_edit: bool) -> str:  # noqa: FBT001
    """What a row has beside its usual signs."""
    return "pages/playlist_handle.html" if may_edit else ""


def _may_edit(playlist: Playlist, listener: Listener) -> bool:
    return playlist.listener_id == listener.pk or members.is_member(playlist, listener)


def _number(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


PATHS = [
    path("playlists/<path:key>/rows/", rows, name="playlist_rows"),
    path("playlists/<path:key>/entry/", entry, name="playlist_entry"),
    path("playlists/<path:key>/edit/", edit, name="playlist_edit"),
    path("playlists/<path:key>/more/", more, name="playlist_more"),
    path("playlists/<path:key>/public/", public, name="playlist_public"),
    path("playlists/<path:key>/delete/", delete, name="playlist_delete"),
    path("playlists/<path:key>/export/", export, name="playlist_export"),
    path("playlists/<path:key>/suggestions/", more_like_it, name="playlist_suggestions"),
]
