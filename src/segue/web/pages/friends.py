"""Friends: follow, see what they show, ask for a track and answer with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from segue.errors import BadRequest, NotFound
from segue.web.api.limits import take
from segue.web.catalog.search import find as find_music
from segue.web.covers.recipes import of_music
from segue.web.discovery.wording import told_mix
from segue.web.listening.models import Listener, listener_of
from segue.web.sharing.drawer import links
from segue.web.shown import Row, Tile, recommended, rows_of, rows_of_keys
from segue.web.social import asks, people
from segue.web.social.forms import ProfileForm
from segue.web.social.models import Ask, Profile
from segue.web.social.shown import Shown, blend_of, may_blend, shown_to
from segue.web.tiles import artist_tiles, playlist_tile

CHANGES_A_MINUTE = 30
SEARCHES_A_MINUTE = 60
_LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Person:
    """Somebody in a list: what they are called, where their page is, and their picture."""

    name: str
    handle: str
    cover: str
    accepted: bool = True

    @classmethod
    def of(cls, profile: Profile, *, accepted: bool = True) -> Person:
        """Of a profile."""
        cover = of_music("person", profile.handle).url
        return cls(people.name_of(profile), profile.handle, cover, accepted)


@login_required
@require_safe
def friends(request: HttpRequest) -> HttpResponse:
    """Whom one follows, who asks what, and who follows one."""
    listener = listener_of(request.user)
    mine = people.profile_of(listener)
    followed = [Person.of(one, accepted=accepted) for one, accepted in people.followed_by(listener)]
    return render(request, "pages/friends.html", {
        "mine": mine, "link": _link(mine), "q": _searched(request), "found": _found(request, listener),
        "followed": followed, "wanting": [Person.of(one) for one in people.wanting(listener)],
        "followers": [Person.of(one) for one in people.followers_of(listener)],
        "blocked": [Person.of(one) for one in people.blocked_by(listener)],
        "asked": [(one, Person.of(one.asker.profile)) for one in asks.open_to(listener)[: asks.SHOWN]],
        "asks": _asks(listener),
    })  # fmt: skip


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Those who are found by name: a part of the page."""
    listener = listener_of(request.user)
    found = {"q": _searched(request), "found": _found(request, listener)}
    return render(request, "pages/friends_found.html", found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What others see of one, to be read and changed."""
    mine = people.profile_of(listener_of(request.user))
    if request.method != "POST":
        suggested = {} if mine.name else {"name": getattr(request.user, "name", "")}
        return render(request, "pages/friends_profile.html", {"form": ProfileForm(instance=mine, initial=suggested)})
    form = ProfileForm(request.POST, instance=mine)
    if not form.is_valid():
        return render(request, "pages/friends_profile.html", {"form": form}, status=422)
    form.save()
    messages.success(request, _("Your profile is saved."))
    return redirect("friends")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, handle: str) -> HttpResponse:
    """Somebody: what they allow this viewer to see. A POST changes what is between the two (`do`)."""
    listener = listener_of(request.user)
    try:
        found = people.met(listener, handle)
    except NotFound:
        return _missing(request)
    if request.method == "POST":
        return _change(request, listener, found)
    shown, own = shown_to(listener, found), found.listener_id == listener.pk
    stands = people.between(listener, found.listener)
    artists = None if shown.artists is None else artist_tiles(shown.artists, {})
    return render(request, "pages/person.html", {
        "person": Person.of(found), "own": own, "stands": stands, "shown": shown, "blend": may_blend(listener, found),
        "plays": None if shown.plays is None else rows_of(shown.plays, listener), "longest": asks.LONGEST,
        "artists": artists, "playlists": _playlists(shown), "mine": people.profile_of(listener),
    })  # fmt: skip


@login_required
@require_safe
def blend(request: HttpRequest, handle: str) -> HttpResponse:
    """The mix for two: a part of a person's page, as it takes a moment to make."""
    listener = listener_of(request.user)
    try:
        found = people.met(listener, handle)
    except NotFound:
        return _missing(request)
    if not may_blend(listener, found):
        return _missing(request)
    made = blend_of(listener, found.listener)
    mix = made and told_mix(made)
    rows = recommended(mix.tracks, listener) if mix is not None else []
    return render(request, "pages/person_blend.html", {"person": Person.of(found), "mix": mix, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """What one was asked, a search for the track to answer with, and the answer."""
    listener = listener_of(request.user)
    question = asks.open_to(listener).filter(pk=number).first() if number < 2**63 else None
    if request.method == "POST" and request.POST.get("do") == "away":
        return _take_away(request, listener, number)
    if question is None:
        return _missing(request)
    problem, words = "", request.POST.get("words", "")
    if request.method == "POST":
        try:
            asks.answer(listener, number, request.POST.get("track", ""), words)
        except BadRequest as error:
            problem = str(error)
        except NotFound:
            return _missing(request)
        else:
            messages.success(request, _("Your answer is sent."))
            return redirect("friends")
    q = request.GET.get("q", "")[:_LONGEST_SEARCH]
    chosen = request.POST.get("track", "")
    found = {"question": question, "person": Person.of(question.asker.profile), "q": q, "problem": problem,
             "words": words, "chosen": chosen, "rows": _tracks(q, chosen, listener), "longest": asks.LONGEST}  # fmt: skip
    part = request.headers.get("HX-Target") == "found-tracks"
    template = "pages/ask_found.html" if part else "pages/ask.html"
    return render(request, template, found, status=422 if problem else 200)


# -- what is changed -----------------------------------------------------------------------------------------------------


def _change(request: HttpRequest, listener: Listener, found: Profile) -> HttpResponse:
    """What a form of a person's page, or of the lists, asks for."""
    do, back = request.POST.get("do", ""), request.POST.get("from", "")
    to = reverse("friends") if back == "friends" else reverse("person", args=[found.handle])
    if take(f"friends:{request.user.pk}", CHANGES_A_MINUTE).wait_s:
        messages.error(request, _("That was a lot in a minute. Wait a moment, then go on."))
        return redirect(to)
    if do in {"follow", "ask"} and not people.profile_of(listener).name:
        messages.error(request, _("Say what you are called first, so that they know who asks."))
        return redirect("friends_profile")
    if do not in _CHANGES and do != "ask":
        return _missing(request)
    try:
        if do == "ask":
            asks.ask(listener, found.listener, request.POST.get("words", ""))
        else:
            _CHANGES[do](listener, found.listener)
    except BadRequest as error:
        messages.error(request, str(error))
        return redirect(to)
    except NotFound:
        return _missing(request)
    if said := _said(do, people.name_of(found)):
        messages.success(request, said)
    return redirect("friends" if do == "block" else to)


_CHANGES: dict[str, Callable[[Listener, Listener], None]] = {
    "follow": people.follow, "unfollow": people.unfollow, "accept": people.accept, "remove": people.remove,
    "block": people.block, "unblock": people.unblock,
}  # fmt: skip


def _said(do: str, name: str) -> str:
    """What came of it, in words."""
    words = {
        "follow": _("%(name)s is asked. You see what they show once they say yes."),
        "accept": _("%(name)s follows you now."),
        "remove": _("%(name)s does not follow you."),
        "block": _("%(name)s is blocked and does not see you any more."),
        "unblock": _("%(name)s is let in again."),
        "ask": _("%(name)s is asked. The answer comes to your friends page."),
    }
    return words[do] % {"name": name} if do in words else ""


def _take_away(request: HttpRequest, listener: Listener, number: int) -> HttpResponse:
    try:
        asks.take_away(listener, number)
    except NotFound:
        return _missing(request)
    messages.success(request, _("The question is gone."))
    return redirect("friends")


# -- what is shown -------------------------------------------------------------------------------------------------------


def _missing(request: HttpRequest) -> HttpResponse:
    return render(request, "404.html", status=404)


def _link(mine: Profile) -> str:
    return settings.URL + reverse("person", args=[mine.handle])


def _searched(request: HttpRequest) -> str:
    return people.one_line(request.GET.get("q", ""))[: people.LONGEST_NAME]


def _found(request: HttpRequest, listener: Listener) -> list[Person]:
    q = _searched(request)
    if not q or take(f"friends-find:{request.user.pk}", SEARCHES_A_MINUTE).wait_s:
        return []
    return [Person.of(one) for one in people.search(listener, q)]


def _asks(listener: Listener) -> list[tuple[Ask, Person, list[Row]]]:
    """What one asked, of whom, and the track that was answered."""
    found = asks.of(listener)
    tracks = list({one.track_id: one.track for one in found if one.track is not None}.values())
    rows = {track.pk: row for track, row in zip(tracks, rows_of(tracks, listener), strict=True)}
    return [
        (one, Person.of(one.asked.profile), [rows[one.track_id]] if one.track_id in rows else [])
        for one in found
    ]  # fmt: skip


def _tracks(q: str, chosen: str, listener: Listener) -> list[Row]:
    """The tracks that are found, after the one that was chosen before."""
    keys = [one.key for one in find_music(q, ("track",), 8)] if q.strip() and "\0" not in q else []
    return rows_of_keys(dict.fromkeys([*([chosen] if chosen else []), *keys]), listener)


def _playlists(shown: Shown) -> list[Tile]:
    return [
        playlist_tile(one.key, one.title or _("Playlist"), ngettext("%(n)d track", "%(n)d tracks", n) % {"n": n})
        for one in shown.playlists or () for n in [one.n_tracks]  # type: ignore[attr-defined]
    ]  # fmt: skip


PATHS = [
    path("friends/", friends, name="friends"),
    path("friends/links/", links, name="shares"),
    path("friends/profile/", profile, name="friends_profile"),
    path("friends/find/", find, name="friends_find"),
    path("friends/asks/<int:number>/", answer, name="friends_answer"),
    path("friends/<slug:handle>/", person, name="person"),
    path("friends/<slug:handle>/blend/", blend, name="person_blend"),
]
