"""What the people who run the service pick: as listeners see it, and where staff make it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segue.errors import BadRequest, NotFound
from segue.web.accounts.staff import for_staff
from segue.web.catalog import search
from segue.web.covers.recipes import of_music
from segue.web.editorial import picks
from segue.web.editorial.models import Pick
from segue.web.listening.models import listener_of
from segue.web.listening.zones import zone
from segue.web.shown import Tile, rows_of_keys

FOUND = 8
_COUNTRY = re.compile(r"[A-Z]{2}")


def tile_of(pick: Pick) -> Tile:
    """A pick as it stands on the front page."""
    href = reverse("pick", args=[pick.pk])
    return Tile(pick.title, href, cover_of(pick), pick.sentence, href)


def cover_of(pick: Pick) -> str:
    """The address of its picture."""
    return of_music("playlist", f"pick-{pick.pk}").url


class PickForm(forms.Form):
    """What staff write of a pick. Times are theirs, by the clock of `zone`."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=100)
    sentence = forms.CharField(
        label=gettext_lazy("Sentence"), max_length=300, required=False,
        help_text=gettext_lazy("One line that says why: it stands below the title."),
    )  # fmt: skip
    playlist = forms.CharField(
        label=gettext_lazy("Playlist"), max_length=500, required=False,
        help_text=gettext_lazy("The address or key of a public playlist, or of one of yours."),
    )  # fmt: skip
    tracks = forms.CharField(
        label=gettext_lazy("Or tracks"), required=False, max_length=60_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("A key on each line, in order. The search below adds them."),
    )  # fmt: skip
    countries = forms.CharField(
        label=gettext_lazy("Countries"), max_length=800, required=False,
        help_text=gettext_lazy("Two letters each, as SE, NO. Empty: everywhere."),
    )  # fmt: skip
    starts = forms.DateTimeField(
        label=gettext_lazy("From"), widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    ends = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: until somebody takes it away."),
    )  # fmt: skip

    def clean_countries(self) -> tuple[str, ...]:
        """Codes in capitals, each once."""
        codes = tuple(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["countries"].strip().upper())))
        if wrong := [code for code in codes if code and not _COUNTRY.fullmatch(code)]:
            raise forms.ValidationError(_("%(code)s is no country: two letters each, as SE.") % {"code": wrong[0][:20]})
        return tuple(code for code in codes if code)

    def clean_playlist(self) -> str:
        """The key, out of an address where one was pasted."""
        said: str = self.cleaned_data["playlist"].strip()
        return said.partition("/playlists/")[2].strip("/") if "/playlists/" in said else said

    def wanted(self, clock: ZoneInfo) -> picks.Wanted:
        """What was written, as the app takes it."""
        said = self.cleaned_data
        keys = (line.strip() for line in said["tracks"].splitlines())
        return picks.Wanted(
            said["title"], said["sentence"], said["playlist"], tuple(dict.fromkeys(key for key in keys if key)),
            said["countries"], _ms(said["starts"], clock), _ms(said["ends"], clock) if said["ends"] else None,
        )  # fmt: skip


def _ms(when: datetime, clock: ZoneInfo) -> int:
    return int(when.replace(tzinfo=clock).timestamp() * 1000)


def _when(ms: int | None, clock: ZoneInfo) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone(clock)


# -- as listeners see them -----------------------------------------------------------------------------------------------


@login_required
@require_safe
def pick(request: HttpRequest, pick_id: int) -> HttpResponse:
    """One pick; staff see it before its time as well, and what its state is."""
    assert request.user.is_authenticated
    listener = listener_of(request.user)
    try:
        found = picks.of_id(pick_id) if request.user.is_staff else picks.seen(listener, pick_id)
    except NotFound:
        raise Http404 from None
    shown = {"pick": found, "cover": cover_of(found), "tracks": rows_of_keys(picks.track_keys(found), listener)}
    if request.user.is_staff:
        shown["state"] = picks.state_of(found)
    return render(request, "pages/editorial_pick.html", shown)


# -- where staff make them -----------------------------------------------------------------------------------------------


@for_staff
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All picks, as they stand on the front page."""
    assert request.user.is_authenticated
    clock = zone(listener_of(request.user))
    rows = [
        {"pick": one, "tile": tile_of(one), "state": picks.state_of(one), "starts": _when(one.starts_ms, clock),
         "ends": _when(one.ends_ms, clock)}
        for one in Pick.objects.all()
    ]  # fmt: skip
    return render(request, "pages/editorial.html", {"rows": rows})


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a pick."""
    return _edited(request, None)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pick_id: int) -> HttpResponse:
    """Change a pick."""
    return _edited(request, _there(pick_id))


@for_staff
@require_POST
def move(request: HttpRequest, pick_id: int) -> HttpResponse:
    """Up or down, by one place."""
    picks.move(_there(pick_id), -1 if request.POST.get("to") == "up" else 1)
    return redirect("editorial")


@for_staff
@require_POST
def delete(request: HttpRequest, pick_id: int) -> HttpResponse:
    """Take a pick away; its playlist stays."""
    _there(pick_id).delete()
    messages.success(request, _("The pick is gone. Its tracks and playlist are where they were."))
    return redirect("editorial")


def _there(pick_id: int) -> Pick:
    try:
        return picks.of_id(pick_id)
    except NotFound:
        raise Http404 from None


def _edited(request: HttpRequest, found: Pick | None) -> HttpResponse:
    """The form: to begin with, looking for tracks, with one of them added, or saved."""
    assert request.user.is_authenticated
    clock = zone(listener_of(request.user))
    shown: dict[str, Any] = {"pick": found, "clock": clock.key, "q": request.POST.get("q", "")[:200]}
    if request.method != "POST":
        return render(request, "pages/editorial_form.html", shown | {"form": PickForm(initial=_initial(found, clock))})
    if "find" in request.POST or "add" in request.POST:
        written = request.POST.copy()
        if key := request.POST.get("add", "").strip()[:200]:
            written["tracks"] = f"{written.get('tracks', '').rstrip()}\n{key}".lstrip()
        keys = [hit.key for hit in search.find(shown["q"], ("track",), FOUND)]
        shown |= {"form": PickForm(initial=written.dict()), "found": rows_of_keys(keys), "looked": True}
        return render(request, "pages/editorial_form.html", shown)
    form = PickForm(request.POST)
    if form.is_valid():
        try:
            saved = picks.save(request.user, form.wanted(clock), found)
        except BadRequest as error:
            form.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            messages.success(request, _("Saved. This is how listeners see it."))
            return redirect("pick", saved.pk)
    return render(request, "pages/editorial_form.html", shown | {"form": form}, status=422)


def _initial(found: Pick | None, clock: ZoneInfo) -> dict[str, Any]:
    if found is None:
        return {"starts": datetime.now(UTC).astimezone(clock).replace(tzinfo=None)}
    starts, ends = _when(found.starts_ms, clock), _when(found.ends_ms, clock)
    return {
        "title": found.title, "sentence": found.sentence, "playlist": found.playlist.key if found.playlist else "",
        "tracks": "\n".join(found.track_keys), "countries": ", ".join(found.countries),
        "starts": starts and starts.replace(tzinfo=None), "ends": ends and ends.replace(tzinfo=None),
    }  # fmt: skip


PATHS = [
    path("picks/<int:pick_id>/", pick, name="pick"),
    path("editorial/", listed, name="editorial"),
    path("editorial/new/", new, name="editorial_new"),
    path("editorial/<int:pick_id>/", edit, name="editorial_edit"),
    path("editorial/<int:pick_id>/move/", move, name="editorial_move"),
    path("editorial/<int:pick_id>/delete/", delete, name="editorial_delete"),
]
