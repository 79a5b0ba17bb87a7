"""Mixes: what is put together for one, and what one likes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import date as written
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from segue.errors import BadRequest, BadSnapshot
from segue.mixes.base import Mix
from segue.mixes.saying import lead_artists
from segue.web.api.errors import Problem
from segue.web.covers.recipes import of_mix
from segue.web.discovery import exposures
from segue.web.discovery.mixes import mix_of, mixes_of
from segue.web.discovery.wording import listed, told_mix
from segue.web.listening.models import Listener, listener_of
from segue.web.listening.zones import zone
from segue.web.playlists import services
from segue.web.shown import Tile, recommended

GROUPS: tuple[tuple[str | Promise, str | Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("Every week"), gettext_lazy("New to you, from all that you play and like."),
     ("discover-weekly", "hidden-gems")),
    (gettext_lazy("Every day"), gettext_lazy("One for each of your tastes, and what is new from artists you play."),
     ("daily-mix", "release-radar")),
    (gettext_lazy("Yours again"), gettext_lazy("What you cannot leave alone, and what you have not heard for long."),
     ("on-repeat", "rewind")),
    (gettext_lazy("Right now"), gettext_lazy("For this hour, and what others play these days."), ("time-of-day", "trending")),
)  # fmt: skip
_ON_A_COVER = 24
"""A longer name would need more than the two lines that a cover has room for, and stands below it."""
NOT_READY = gettext_lazy("Recommendations are not ready yet: they are being learned. Come back in a moment.")


@dataclass(frozen=True)
class Card:
    """A mix in a few words: `name` without the artists it is named after, `by` with them; `until` says when it is made anew."""

    key: str
    name: str
    by: str
    sentence: str
    until: str
    cover: str
    href: str
    n: int

    @property
    def tile(self) -> Tile:
        """The same as a picture with a name."""
        short = len(self.name) <= _ON_A_COVER
        return Tile(self.name, self.href, self.cover, self.by or self.sentence, self.href, titled=short)


def card_of(mix: Mix, listener: Listener) -> Card:
    """A mix as it stands on a page."""
    mix = told_mix(mix)
    name, named, by = mix.title.partition(": ")
    href = reverse("mix", args=[mix.key])
    return Card(
        mix.key, name, by if named else "", mix.sentence, anew(mix.until, listener), of_mix(mix.cover).url, href,
        len(mix.tracks),
    )  # fmt: skip


def names_in(mix: Mix, n: int = 3) -> str:
    """The artists a mix has most of: "Portishead, Tricky and Massive Attack"."""
    return listed(lead_artists(mix.tracks)[:n])


def anew(until: datetime | None, listener: Listener) -> str:
    """When a mix is made anew, by the listener's clock; empty where it has no term."""
    if until is None:
        return ""
    here = zone(listener)
    local, today = until.astimezone(here), datetime.now(UTC).astimezone(here).date()
    if local.date() == today:
        return _("Made anew at %(time)s.") % {"time": written(local, "H:i")}
    if local.date() == today + timedelta(days=1):
        return _("Made anew tomorrow.")
    return _("Made anew on %(day)s.") % {"day": written(local, "l")}


@login_required
@require_safe
def mixes(request: HttpRequest) -> HttpResponse:
    """All that is put together for the listener, by how often it is made."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    try:
        _snapshot, found = mixes_of(listener)
    except BadSnapshot:
        return render(request, "pages/mixes.html", {"problem": NOT_READY})
    left = {mix.key: mix for mix in found}
    groups = []
    for title, about, names in GROUPS:
        mine = [mix for name in names for mix in found if mix.key == name or mix.key.startswith(f"{name}-")]
        groups.append((title, about, [card_of(left.pop(mix.key), listener) for mix in mine]))
    groups.append((_("More"), "", [card_of(mix, listener) for mix in left.values()]))
    shown = [(title, about, cards, _until(cards)) for title, about, cards in groups if cards]
    return render(request, "pages/mixes.html", {"groups": shown})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mix(request: HttpRequest, key: str) -> HttpResponse:
    """One mix; sent, it is kept as a playlist."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    try:
        snapshot, found = mix_of(listener, key)
    except BadSnapshot:
        return render(request, "pages/mixes.html", {"problem": NOT_READY})
    except Problem:
        return render(request, "pages/mix_gone.html", status=404)
    if request.method == "POST":
        return _keep(request, listener, told_mix(found))
    exposure = exposures.shown(listener, f"mix:{key}"[:80], snapshot, found.tracks)
    rows = recommended(found.tracks, listener, exposure)
    total_ms = sum(row.length_ms or 0 for row in rows)
    shown = {"mix": told_mix(found), "card": card_of(found, listener), "tracks": rows, "minutes": round(total_ms / 60_000),
             "surface": f"mix:{key}"}  # fmt: skip
    return render(request, "pages/mix.html", shown)


def _keep(request: HttpRequest, listener: Listener, found: Mix) -> HttpResponse:
    """The mix as a playlist of the listener's own, which no longer changes by itself."""
    there = recommended(found.tracks, listener)
    title = f"{found.title}, {written(datetime.now(UTC).astimezone(zone(listener)), 'j F Y')}"
    try:
        made = services.make(
            listener, title[: services.LONGEST_TITLE], found.sentence, tracks=[row.id for row in there]
        )
    except BadRequest as error:
        messages.error(request, str(error).capitalize())
        return redirect("mix", found.key)
    messages.success(request, _("Kept as a playlist: it stays as it is now."))
    return redirect("playlist", made.key)


def _until(cards: list[Card]) -> str:
    """When all of them are made anew, where that is at one time."""
    said = {card.until for card in cards}
    return said.pop() if len(said) == 1 else ""


PATHS = [path("mixes/", mixes, name="mixes"), path("mixes/<str:key>/", mix, name="mix")]
