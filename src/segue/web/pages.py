"""Pages that belong to no app: where one begins, what one said there, one's mixes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from segue.engine.request import Recommendation
from segue.errors import BadSnapshot, SegueError
from segue.web.api.errors import Problem
from segue.web.discovery import exposures
from segue.web.discovery.mixes import mix_of, mixes_of
from segue.web.discovery.questions import Question
from segue.web.discovery.recommend import answer
from segue.web.listening.feedback import Kind, Said, give_feedback, take_back
from segue.web.listening.models import Listener, listener_of

SHOWN = 20
_KINDS: dict[str, Kind] = {"like": "like", "dislike": "dislike"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Recommendations for who is signed in; for others, what this is."""
    if not request.user.is_authenticated:
        return render(request, "home.html", {"signup": settings.SIGNUP})
    listener = listener_of(request.user)
    if not listener.welcomed and not listener.listens.exists() and not listener.feedback.exists():
        return redirect("welcome")
    return render(request, "home.html", _for(listener))


@login_required
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Note a like or a dislike of a track, or take both back, and show the recommendations anew: part of a page to htmx."""
    listener, kind, track = listener_of(request.user), request.POST.get("kind", ""), request.POST.get("track", "")
    try:
        if kind in _KINDS:
            said = give_feedback(listener, _KINDS[kind], track_key=track, exposure_id=_id(request.POST.get("exposure")))
        else:
            said = take_back(listener, track_key=track)
    except SegueError:
        return render(request, "404.html", status=404)
    told = _told(said, request.POST.get("title", "")[:500])
    if request.headers.get("HX-Request") != "true":
        messages.success(request, told)
        return redirect("home")
    return render(request, "tracks.html", _for(listener) | {"told": told, "about": track, "undo": kind in _KINDS})


@login_required
@require_safe
def mixes(request: HttpRequest) -> HttpResponse:
    """The list of one's mixes: a part of the page where one begins."""
    try:
        _snapshot, found = mixes_of(listener_of(request.user))
    except BadSnapshot:
        found = []
    return render(request, "mixes.html", {"mixes": [(one, _cover(one.key, *one.cover.item_ids)) for one in found]})


@login_required
@require_safe
def mix(request: HttpRequest, key: str) -> HttpResponse:
    """One mix, with its tracks."""
    listener = listener_of(request.user)
    try:
        snapshot, found = mix_of(listener, key)
    except (Problem, BadSnapshot):
        return render(request, "404.html", status=404)
    exposures.shown(listener, f"mix:{found.key}", snapshot, found.tracks)
    return render(request, "mix.html", {"mix": found, "tracks": _with_covers(found.tracks)})


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon without being told."""
    return redirect(static("segue/mark.svg"), permanent=True)


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from here."""
    return render(request, "403.html", status=403)


def _for(listener: Listener) -> dict[str, Any]:
    """What is recommended now, or why nothing can be."""
    try:
        found = answer(listener, Question(n=SHOWN))
    except BadSnapshot:
        return {"problem": _("Recommendations are not ready yet: they are being learned. Come back in a moment.")}
    exposure = exposures.shown(listener, "home", found.snapshot, found.recommendations)
    return {"tracks": _with_covers(found.recommendations), "exposure": exposure}


def _with_covers(tracks: Iterable[Recommendation]) -> list[tuple[Recommendation, dict[str, int]]]:
    return [(one, _cover(one.item_id)) for one in tracks]


def _cover(*keys: str) -> dict[str, int]:
    """Two hues (degrees) and where shapes are in a square of 44: the same for the same keys."""
    chance = blake2b("\0".join(keys).encode(), digest_size=7).digest()
    hue = chance[0] * 360 // 256
    return {
        "hue": hue, "other": (hue + 30 + chance[1] // 2) % 360,
        **{name: 4 + byte % 37 for name, byte in zip("xyz", chance[2:5], strict=True)},
        "large": 10 + chance[5] % 10, "small": 4 + chance[6] % 8, "line": 1 + chance[6] % 3,
    }  # fmt: skip


def _told(said: Said, title: str) -> str:
    """What is noted now, in a line."""
    if said.private:
        return _("You listen in private: nothing is noted.")
    if said.like:
        return _("You like {title}. The list is made anew.").format(title=title)
    if said.dislike:
        return _("You do not like {title}. The list is made anew.").format(title=title)
    return _("Taken back.")


def _id(text: str | None) -> uuid.UUID | None:
    """An id that a form sent; None for what is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
