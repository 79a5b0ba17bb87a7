"""Pages that belong to no app: where one begins, and what one said there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from segue.errors import BadSnapshot, SegueError
from segue.web.discovery.questions import Question
from segue.web.discovery.recommend import answer
from segue.web.listening.feedback import Kind, give_feedback
from segue.web.listening.models import listener_of

SHOWN = 20
_KINDS: dict[str, Kind] = {"like": "like", "dislike": "dislike"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Recommendations for who is signed in; for others, what this is."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    listener = listener_of(request.user)
    if not listener.welcomed and not listener.listens.exists() and not listener.feedback.exists():
        return redirect("welcome")
    try:
        tracks = answer(listener, Question(n=SHOWN)).recommendations
    except BadSnapshot:
        return render(
            request, "home.html", {"problem": _("Recommendations are not ready yet: they are being learned.")}
        )
    return render(request, "home.html", {"tracks": tracks})


@login_required
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Note a like or a dislike of a track, and show the page anew."""
    kind = _KINDS.get(request.POST.get("kind", ""))
    if kind is not None:
        try:
            give_feedback(listener_of(request.user), kind, track_key=request.POST.get("track", ""))
        except SegueError:
            return render(request, "404.html", status=404)
    return redirect("home")


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from here."""
    return render(request, "403.html", status=403)
