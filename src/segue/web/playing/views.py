"""Answers to the player: thin over the functions of this app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segue.web import clock
from segue.web.api.errors import Problem
from segue.web.listening.models import listener_of
from segue.web.playing import going_on, latest, made
from segue.web.playing.answering import answered, read, track_of
from segue.web.playing.files import file_of
from segue.web.playing.playable import playable_of
from segue.web.playing.rows import as_json
from segue.web.playing.sending import opened, sent


@require_safe
@answered
def audio(request: HttpRequest, key: str) -> HttpResponseBase:
    """The audio of a track: its file, or what is made for a track of the demo's world."""
    track = track_of(key)
    file = file_of(track)
    if file is not None and (found := opened(file.path)) is not None:
        return sent(request, found, file.type)
    if not made.can_be_made(track):
        raise Problem(404, "not-found", _("There is no audio of this track here that a browser can play."))
    piece = made.piece_of(track, lambda: made.spend(request))
    if (found := opened(piece.path, piece.tag)) is None:
        raise Problem(503, "busy", _("This track could not be read just now. Try again."))
    return sent(request, found, made.TYPE)


@require_safe
@answered
def playable(request: HttpRequest, key: str) -> HttpResponseBase:
    """What of a track can be played here, and where else it can be heard."""
    return JsonResponse(playable_of(track_of(key)))


@require_safe
@answered
def lyrics(request: HttpRequest, key: str) -> HttpResponseBase:
    """The words of a track."""
    return JsonResponse({"lyrics": track_of(key).lyrics or None})


@require_POST
@answered
def coming(request: HttpRequest) -> HttpResponseBase:
    """What plays next: on a station, or on from what was played."""
    listener = listener_of(request.user)
    return JsonResponse(going_on.coming(listener, read(request, going_on.Asked)))


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def what_was_playing(request: HttpRequest) -> HttpResponseBase:
    """What was playing last, to go on with it elsewhere; or a note of it."""
    listener = listener_of(request.user)
    if request.method == "POST":
        latest.note(listener, read(request, latest.Told), clock.now_ms())
        return HttpResponse(status=204)
    found = latest.latest_of(listener)
    if found is None:
        return JsonResponse({"track": None, "position_ms": 0, "page": "", "title": "", "time_ms": None})
    return JsonResponse(
        {"track": as_json(found.track), "position_ms": found.position_ms, "page": found.page, "title": found.title,
         "time_ms": found.time_ms}
    )  # fmt: skip
