"""What the links of letters open: pages with one button, for which nobody has to sign in. The link says whose they are."""

from __future__ import annotations

from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from segue.errors import NotFound
from segue.web import clock
from segue.web.catalog.models import Track
from segue.web.digest import joining, links
from segue.web.digest.models import Letter, Used
from segue.web.listening.feedback import Kind, give_feedback
from segue.web.listening.models import listener_of
from segue.web.shown import rows_of

log = structlog.get_logger()
_METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Ask for the weekly letter (`on=1`), or for no more of them (`on=0`)."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    if request.POST.get("on") != "1":
        joining.leave(listener.pk)
        messages.success(request, _("No more letters come."))
        return redirect("accounts_profile")
    try:
        joining.ask(listener)
    except OSError as error:
        log.error("letter_not_sent", letter="digest/confirm", problem=str(error), kind=type(error).__name__)  # noqa: TRY400
        messages.error(request, _("The letter could not be sent just now. Try again in a few minutes."))
    else:
        text = _("A letter is on its way to %(address)s. Open the link in it, and the weekly ones begin.")
        messages.success(request, text % {"address": request.user.email})
    return redirect("accounts_profile")


@never_cache
@require_http_methods(_METHODS)
def begin(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm that one wants the letter."""
    found = links.began(token)
    if found is None:
        return _page(request, "gone", status=404)
    if request.method != "POST":
        return _page(request, "begin", address=found.address)
    return (
        _page(request, "begun", address=found.address) if joining.confirm(found) else _page(request, "gone", status=404)
    )


@csrf_exempt
@never_cache
@require_http_methods(_METHODS)
def end(request: HttpRequest, token: str) -> HttpResponse:
    """End the letters: by the button, or by a mail program's own POST (RFC 8058), which has neither cookies nor a form of ours.

    The signature in the address takes the place of the form's token: nobody else can make it.
    """
    found = links.ended(token)
    if found is None:
        return _page(request, "gone", status=404)
    if request.method != "POST":
        return _page(request, "ended" if found.state == "off" else "end", address=found.address)
    joining.leave(found.listener_id)
    return _page(request, "ended", address=found.address)


@never_cache
@require_http_methods(_METHODS)
def say(request: HttpRequest, token: str) -> HttpResponse:
    """Like or dislike a track of a letter, once."""
    held = links.Say.read(token)
    letter = None if held is None else _letter(held)
    track = None if held is None or letter is None else Track.objects.filter(key=held.track).first()
    if held is None or letter is None or track is None:
        return _page(request, "gone", status=404)
    shown: dict[str, Any] = {"row": rows_of([track])[0], "kind": held.kind}
    if letter.used.filter(track_key=held.track, kind=held.kind).exists():
        return _page(request, "used", **shown)
    if request.method != "POST":
        return _page(request, "say", **shown)
    try:
        return _page(request, _said(letter, held), **shown)
    except IntegrityError:
        return _page(request, "used", **shown)
    except NotFound:
        return _page(request, "gone", status=404)


def _letter(held: links.Say) -> Letter | None:
    """The letter that a link stands in. A link of a preview stands in none, also when the letter of that week went out."""
    found = Letter.objects.filter(
        listener_id=held.listener_id, week=held.week, claimed_ms=held.made_ms, listener__user__is_active=True
    )
    return found.select_related("listener").first()


def _said(letter: Letter, held: links.Say) -> str:
    """Say it, and use the link up; the page that tells. In a private session neither happens."""
    now_ms = clock.now_ms()
    if letter.listener.is_private(now_ms):
        return "private"
    kind: Kind = "like" if held.kind == "like" else "dislike"
    with transaction.atomic():
        Used.objects.create(letter=letter, track_key=held.track, kind=held.kind, time_ms=now_ms)
        give_feedback(letter.listener, kind, held.track, exposure_id=held.exposure)
    return "said"


def _page(request: HttpRequest, what: str, status: int = 200, **shown: Any) -> HttpResponse:
    """One of the pages; none of them is for search engines, and where a link leads is told to nobody."""
    answer = render(request, "digest/page.html", {"what": what, **shown}, status=status)
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
