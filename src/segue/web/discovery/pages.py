"""The first visit: pick a few artists, or paste what you like; then there is something to recommend by."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from segue.errors import BadSnapshot, SegueError
from segue.web.catalog.lookup import in_order
from segue.web.catalog.models import Artist
from segue.web.discovery.pasted import keep_pasted
from segue.web.discovery.wall import choose, wall
from segue.web.listening.models import Listener, listener_of
from segue.web.tiles import cover_of_artist

SHOWN = 30
MOST_PICKED = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The wall of artists, and a place to paste a playlist."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    if request.method != "POST":
        return render(request, "discovery/welcome.html", _on_the_wall(request, listener))
    picked, text = request.POST.getlist("artist")[:MOST_PICKED], request.POST.get("pasted", "").strip()
    try:
        if picked:
            choose(listener, picked)
        if text:
            keep_pasted(listener, text)
    except SegueError as error:
        said = {"problem": str(error), "pasted": text}
        return render(request, "discovery/welcome.html", _on_the_wall(request, listener) | said, status=422)
    if not picked and not text:
        said = {"problem": _("Pick an artist or two, or paste a few lines.")}
        return render(request, "discovery/welcome.html", _on_the_wall(request, listener) | said, status=422)
    Listener.objects.filter(pk=listener.pk).update(welcomed=True)
    return redirect("home")


@login_required
@require_safe
def artists(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes with each letter of the search."""
    assert request.user.is_authenticated
    return render(request, "discovery/wall.html", _on_the_wall(request, listener_of(request.user)))


def _on_the_wall(request: HttpRequest, listener: Listener) -> dict[str, object]:
    """The artists to pick from, after those that were picked already: what is looked for meanwhile does not lose them."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    picked = (request.GET.getlist("artist") or request.POST.getlist("artist"))[:MOST_PICKED]
    try:
        found = wall(SHOWN, words or None, tuple(picked), country=listener.country)
    except BadSnapshot:
        return {
            "problem": _("The artists are not here yet: they are being learned. Come back in a moment."),
            "q": words,
        }
    shown = {artist.key: artist for artist in (*in_order(Artist.objects.defer("bio", "tags"), picked), *found)}
    artists = [(artist, cover_of_artist(artist).url) for artist in shown.values()]
    return {"artists": artists, "found": len(found), "picked": picked, "q": words}
