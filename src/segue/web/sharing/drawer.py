"""Making a link in the app: a drawer that makes, shows, changes and ends it; and the list of all of one's links."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from segue.errors import BadRequest, NotFound
from segue.web.api.limits import take
from segue.web.discovery.wording import title_in_language
from segue.web.listening.models import Listener, listener_of
from segue.web.sharing import links as of_listener
from segue.web.sharing.contents import LONGEST_KEY, frozen
from segue.web.sharing.models import Share
from segue.web.social.people import profile_of

CHANGES_A_MINUTE = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """The drawer for what `kind` and `key` name: its link, or what a link would show. A POST changes it (`do`)."""
    listener = listener_of(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    kind, key = asked.get("kind", ""), asked.get("key", "")
    if kind not in Share.KINDS or "\0" in key or len(key) > LONGEST_KEY:
        return render(request, "404.html", status=404)
    problem = ""
    try:
        if request.method == "POST":
            _change(request, listener, kind, key)
        title = _called(kind, frozen(listener, kind, key)[0])
    except NotFound:
        return render(request, "404.html", status=404)
    except BadRequest as error:
        problem, title = str(error), _("Taste")
    made = of_listener.latest(listener, kind, key)
    return render(request, "sharing/drawer.html", {
        "kind": kind, "key": key, "title": title, "problem": problem, "share": made, "name": profile_of(listener).name,
        "link": made and link_of(made), "of_now": made is None or of_listener.is_of_now(made),
        "alone": settings.SINGLE_USER,
    })  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """All of one's links; a POST ends one."""
    listener = listener_of(request.user)
    if request.method == "POST":
        try:
            of_listener.revoke(of_listener.mine(listener, request.POST.get("token", "")))
        except NotFound:
            return render(request, "404.html", status=404)
        messages.success(request, _("The link is revoked: whoever opens it finds nothing."))
        return redirect("shares")
    made = [(one, _called(one.kind, one.title), link_of(one)) for one in of_listener.of(listener)[: of_listener.MOST]]
    return render(request, "sharing/links.html", {"links": made})


def _called(kind: str, title: str) -> str:
    """What is shared, in the language of who reads."""
    return title_in_language(title) if kind == "mix" else title


def link_of(made: Share) -> str:
    """The address that a link has for everybody."""
    return str(settings.URL) + reverse("shared", args=[made.token])


def _change(request: HttpRequest, listener: Listener, kind: str, key: str) -> None:
    """Make, list or end the link. Raises `NotFound` and `BadRequest`."""
    if take(f"share:{request.user.pk}", CHANGES_A_MINUTE).wait_s:
        raise BadRequest(_("That was a lot in a minute. Wait a moment, then go on."))
    do = request.POST.get("do", "")
    if do == "make":
        of_listener.make(listener, kind, key)
        return
    made = of_listener.mine(listener, request.POST.get("token", ""))
    if do == "revoke":
        of_listener.revoke(made)
    elif do == "list":
        of_listener.list_for_search_engines(made, listed=request.POST.get("listed") == "1")
    else:
        raise NotFound("There is nothing of that name to do.")
