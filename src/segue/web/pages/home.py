"""Where one begins: what is worth playing now, shelf by shelf; for who is not signed in, what this is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from segue.errors import BadSnapshot
from segue.web.discovery import exposures
from segue.web.discovery.questions import Question
from segue.web.discovery.recommend import answer
from segue.web.listening.models import Listener, listener_of
from segue.web.pages.shown import recommended

SHOWN = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Recommendations for who is signed in; for others, what this is."""
    if not request.user.is_authenticated:
        return render(request, "pages/front.html", {"signup": settings.SIGNUP})
    listener = listener_of(request.user)
    if not listener.welcomed and not listener.listens.exists() and not listener.feedback.exists():
        return redirect("welcome")
    return render(request, "pages/home.html", _for(listener))


@login_required
@require_safe
def for_you(request: HttpRequest) -> HttpResponse:
    """The recommendations alone: asked for again when something was said."""
    return render(request, "pages/for_you.html", _for(listener_of(request.user)))


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
    return {"tracks": recommended(found.recommendations, listener, exposure)}


PATHS = [
    path("", home, name="home"),
    path("for-you/", for_you, name="for_you"),
    path("favicon.ico", icon),
]
