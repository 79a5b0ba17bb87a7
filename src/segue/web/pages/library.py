"""What is one's own: likes, history, artists that one follows, and what is never to be played."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import EmptyPage, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from segue.errors import NotFound
from segue.web.catalog.models import Artist, Track
from segue.web.covers.recipes import of_music
from segue.web.listening import feedback, lists, undoing
from segue.web.listening.history import id_of
from segue.web.listening.models import Feedback, Listen, Listener, listener_of
from segue.web.listening.slices import latest
from segue.web.listening.zones import zone
from segue.web.shown import Row, rows_of, rows_of_keys

SHOWN = 50
MOST_PLAYED = 500
"""So many likes are played as one list."""
MOST_SAID = 200
_TOO_LONG = 200


@dataclass(frozen=True)
class Played:
    """A listen on a page: its row (None where only the artist is known), and when it was, by the listener's clock."""

    listen: Listen
    row: Row | None
    at: datetime | None

    @property
    def id(self) -> str:
        """What it is called outside."""
        return id_of(self.listen)

    @property
    def clock(self) -> datetime | None:
        """What the listener's clock showed: without a time zone, as templates would turn it to another."""
        return None if self.at is None else self.at.replace(tzinfo=None)

    @property
    def title(self) -> str:
        """What was played, as far as it is known."""
        return self.row.title if self.row else self.listen.artist.name if self.listen.artist else ""


@dataclass(frozen=True)
class Day:
    """A day of listening; without a `name` where it goes on from the page before."""

    name: str
    plays: tuple[Played, ...]


@dataclass(frozen=True)
class Never:
    """What is not to be played: a track's row, or an artist, and until when (None: for good)."""

    row: Row | None = None
    artist: Artist | None = None
    cover: str = ""
    until: datetime | None = None


@login_required
@require_safe
def likes(request: HttpRequest) -> HttpResponse:
    """The tracks that one likes. With `all`, many at once: to be played."""
    n = MOST_PLAYED if "all" in request.GET else SHOWN
    return render(request, "pages/library.html", _likes(request, n))


@login_required
@require_safe
def more_likes(request: HttpRequest) -> HttpResponse:
    """The likes that follow: a part of the page."""
    return render(request, "pages/library_rows.html", _likes(request, SHOWN))


def _likes(request: HttpRequest, n: int) -> dict[str, Any]:
    listener, words = _mine(request), lists.plain_words(request.GET.get("q", ""))
    wanted = lists.said(listener, "like", of="track", words=words)
    found, after = latest(wanted, request.GET.get("after", ""), n)
    return {
        "tracks": rows_of([one.track for one in found if one.track], listener), "words": words, "total": wanted.count(),
        "more": _more("library_more", after, q=words),
    }  # fmt: skip


@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """What was played, day by day, by the listener's clock and calendar."""
    return render(request, "pages/history.html", _history(request))


@login_required
@require_safe
def more_history(request: HttpRequest) -> HttpResponse:
    """The listens that follow: a part of the page."""
    return render(request, "pages/history_days.html", _history(request))


def _history(request: HttpRequest) -> dict[str, Any]:
    listener, wanted = _mine(request), _filter(request.GET)
    where = zone(listener)
    found, after = latest(lists.played(listener, wanted, where), request.GET.get("after", ""), SHOWN)
    plays = _plays(found, listener, where)
    asked = {
        "q": wanted.words, "artist": wanted.artist, "since": wanted.since or "", "until": wanted.until or "",
        "skipped": request.GET.get("skipped", "") if wanted.skipped is not None else "",
    }  # fmt: skip
    last = plays[-1].at if plays else None
    return {
        "days": _days(plays, request.GET.get("day", "")), "asked": asked, "filtered": any(asked.values()),
        "artist": Artist.objects.filter(key=wanted.artist).first() if wanted.artist else None,
        "more": _more("history_more", after, day=f"{last:%Y-%m-%d}" if last else "-", **asked),
    }  # fmt: skip


def _filter(given: QueryDict) -> lists.Filter:
    """What is asked for; what cannot be read is left out."""

    def day(name: str) -> date | None:
        try:
            return parse_date(given.get(name, "")[:10])
        except ValueError:
            return None

    skipped = {"yes": True, "no": False}.get(given.get("skipped", ""))
    artist = given.get("artist", "").replace("\0", "")[:_TOO_LONG]
    return lists.Filter(lists.plain_words(given.get("q", "")), artist, day("since"), day("until"), skipped)


def _plays(found: list[Listen], listener: Listener, where: ZoneInfo) -> list[Played]:
    rows = {row.id: row for row in rows_of_keys({one.track.key for one in found if one.track}, listener)}
    return [
        Played(
            one, rows.get(one.track.key) if one.track else None,
            None if one.time_ms is None else datetime.fromtimestamp(one.time_ms / 1000, UTC).astimezone(where),
        )
        for one in found
    ]  # fmt: skip


def _days(plays: list[Played], begun: str) -> list[Day]:
    """Listens by days; the first one goes on without a name where it is the day that has `begun`."""
    found: list[Day] = []
    for of, theirs in groupby(plays, lambda one: one.at.date() if one.at else None):
        goes_on = begun == ("-" if of is None else of.isoformat())
        found.append(Day("" if goes_on and not found else _called(of, plays), tuple(theirs)))
    return found


def _called(day: date | None, plays: list[Played]) -> str:
    """What a day is called, seen from today where the listener is."""
    if day is None:
        return _("At some time")
    here = next((one.at.tzinfo for one in plays if one.at is not None), UTC)
    today = timezone.now().astimezone(here).date()
    ago = (today - day).days
    if ago in {0, 1}:
        return _("Today") if ago == 0 else _("Yesterday")
    return date_format(day, "l, j F" if day.year == today.year else "l, j F Y")


@login_required
@require_POST
def delete_listen(request: HttpRequest) -> HttpResponse:
    """Delete one listen; what comes in its place has the way back."""
    taken = undoing.take_out(_mine(request), request.POST.get("listen", ""))
    if request.headers.get("HX-Target", "").startswith("listen-"):
        return render(request, "pages/history_gone.html", {"taken": taken}, status=200 if taken else 404)
    return redirect("history")


@login_required
@require_POST
def restore_listen(request: HttpRequest) -> HttpResponse:
    """Bring back what was deleted a moment ago."""
    listener = _mine(request)
    back = undoing.put_back(listener, request.POST.get("word", "")[:2000])
    plays = _plays([back] if back is not None else [], listener, zone(listener))
    if not plays:
        return render(request, "pages/history_gone.html", {"taken": None}, status=404)
    return render(request, "pages/history_row.html", {"play": plays[0]})


@login_required
@require_safe
def followed(request: HttpRequest) -> HttpResponse:
    """The artists that one follows: those one likes."""
    listener, words = _mine(request), lists.plain_words(request.GET.get("q", ""))
    wanted = lists.said(listener, "like", of="artist", words=words).order_by("artist__name", "pk")
    try:
        page = Paginator(wanted, MOST_SAID).page(request.GET.get("page", "1")[:6])
    except (EmptyPage, ValueError):
        page = Paginator(wanted, MOST_SAID).page(1)
    artists = [
        (one.artist, of_music("artist", one.artist.key, None, one.artist.genres).url) for one in page if one.artist
    ]
    return render(request, "pages/followed.html", {"artists": artists, "words": words, "page": page})


@login_required
@require_safe
def never(request: HttpRequest) -> HttpResponse:
    """What is not played again, what comes less often, and what somebody else played."""
    listener = _mine(request)
    where = zone(listener)
    others = list(lists.of_others(listener)[:MOST_SAID])
    return render(request, "pages/never.html", {
        "tracks": _said(lists.said(listener, "never", of="track"), listener, where),
        "artists": _said(lists.said(listener, "never", of="artist"), listener, where),
        "less": [
            *_said(lists.said(listener, "dislike", of="track"), listener, where),
            *_said(lists.said(listener, "dislike", of="artist"), listener, where),
        ],
        "others": rows_of([one.track for one in others], listener),
    })  # fmt: skip


def _said(rows: Any, listener: Listener, where: ZoneInfo) -> list[Never]:
    words: list[Feedback] = latest(rows, "", MOST_SAID)[0]
    until = [
        None
        if one.expires_ms is None
        else datetime.fromtimestamp(min(one.expires_ms / 1000, 9e10), UTC).astimezone(where).replace(tzinfo=None)
        for one in words
    ]
    tracks: list[Track] = [one.track for one in words if one.track]
    shown = {row.id: row for row in rows_of(tracks, listener)}
    return [
        Never(row=shown[one.track.key], until=end) if one.track
        else Never(artist=one.artist, until=end,
                   cover=of_music("artist", one.artist.key, None, one.artist.genres).url if one.artist else "")
        for one, end in zip(words, until, strict=True)
    ]  # fmt: skip


@login_required
@require_POST
def is_mine(request: HttpRequest) -> HttpResponse:
    """A track that was said to be somebody else's counts after all."""
    try:
        feedback.not_my_taste(_mine(request), request.POST.get("track", ""), add=False)
    except NotFound:
        return render(request, "404.html", status=404)
    return redirect("exclusions")


def _mine(request: HttpRequest) -> Listener:
    return listener_of(request.user)


def _more(name: str, after: str, **asked: Any) -> str:
    """Where what follows is; empty where nothing does."""
    given = {key: value for key, value in asked.items() if value}
    return f"{reverse(name)}?{urlencode({**given, 'after': after})}" if after else ""


PATHS = [
    path("library/", likes, name="library"),
    path("library/more/", more_likes, name="library_more"),
    path("library/history/", history, name="history"),
    path("library/history/more/", more_history, name="history_more"),
    path("library/history/delete/", delete_listen, name="listen_delete"),
    path("library/history/restore/", restore_listen, name="listen_restore"),
    path("library/artists/", followed, name="followed"),
    path("library/never/", never, name="exclusions"),
    path("library/never/mine/", is_mine, name="is_mine"),
]
