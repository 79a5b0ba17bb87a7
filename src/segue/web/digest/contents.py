"""What stands in a letter, before it is written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.translation import gettext as _

from segue.engine.request import Recommendation
from segue.mixes.base import Mix
from segue.web.accounts.adapters import at_home
from segue.web.catalog.models import Track
from segue.web.digest.links import Say
from segue.web.digest.numbers import Numbers, numbers_of
from segue.web.digest.weeks import DAY_MS, Week
from segue.web.discovery import exposures
from segue.web.discovery.front import front
from segue.web.discovery.mixes import mixes_of
from segue.web.discovery.questions import Question, request_of
from segue.web.discovery.serving import engine
from segue.web.discovery.wording import told_mix
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener, Search
from segue.web.shown import Row, recommended

SURFACE = "digest"
HIGHLIGHTS, NEW, SEARCHES, ARTISTS, EACH = 5, 4, 1, 2, 2
_OWN = "whom you play"
"""What the Release Radar says of an artist who is no stranger."""
_ASKED = 40
_SEEDS = 3
_SEARCHED_FOR_DAYS = 7


@dataclass(frozen=True)
class Line:
    """A track of a letter: how it is shown, where it leads, and the links that say something of it."""

    row: Row
    href: str
    like: str
    dislike: str


@dataclass(frozen=True)
class Shelf:
    """Tracks under a title; `why` says what they have in common, `href` leads to all of them."""

    title: str
    why: str
    lines: list[Line]
    href: str = ""
    more: int = 0


@dataclass(frozen=True)
class Page:
    """A shelf as a page of recommendations, to be noted when the letter has gone out."""

    id: UUID
    surface: str
    snapshot: str
    tracks: str


@dataclass(frozen=True)
class Contents:
    """A letter's contents.

    Attributes:
        week: of which Monday it is.
        weekly: Discover Weekly, by its first tracks; None for who is hardly known.
        new: new releases of artists they play.
        lately: what comes of what they searched and played of late.
        numbers: the week before; None where nothing was played in it.
        pages: all that it recommends.
    """

    week: Week
    weekly: Shelf | None
    new: Shelf | None
    lately: list[Shelf] = field(default_factory=list)
    numbers: Numbers | None = None
    pages: list[Page] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to recommend: then no letter goes out."""
        return self.weekly is None and self.new is None and not self.lately


@dataclass
class _Shown:
    """What was put into the letter so far."""

    listener: Listener
    week: Week
    at_ms: int
    snapshot: str
    items: set[str] = field(default_factory=set)
    pages: list[Page] = field(default_factory=list)

    def lines(self, tracks: Sequence[Recommendation], shelf: str) -> list[Line]:
        self.items |= {one.item_id for one in tracks}
        page = Page(uuid4(), f"{SURFACE}:{shelf}", self.snapshot, exposures.as_json(tracks))
        self.pages.append(page)
        return [self._line(row, page.id) for row in recommended(tracks, self.listener)]

    def _line(self, row: Row, exposure: UUID) -> Line:
        like, dislike = (
            Say(self.listener.pk, self.week.name, kind, row.id, exposure, self.at_ms).address()
            for kind in ("like", "dislike")
        )
        return Line(row, at_home(reverse("track", args=[row.id])), like, dislike)


def contents_of(listener: Listener, week: Week, at_ms: int) -> Contents:
    """What the letter of a week says to a listener at a time (ms since 1970 UTC); no track twice. Raises `BadSnapshot`."""
    snapshot, made = mixes_of(listener, week.made_ms(at_ms), only=("discover-weekly", "release-radar"))
    by_key = {mix.key: mix for mix in made}
    shown = _Shown(listener, week, at_ms, snapshot)
    weekly = _of_mix(by_key.get("discover-weekly"), HIGHLIGHTS, shown)
    new = _released(by_key.get("release-radar"), shown)
    lately = [*_searched(listener, at_ms, shown), *_played(listener, shown)]
    numbers = numbers_of(listener, week.before())
    return Contents(week, weekly, new, lately, numbers if numbers.plays else None, shown.pages)


def _of_mix(mix: Mix | None, n: int, shown: _Shown, title: str = "") -> Shelf | None:
    if mix is None:
        return None
    told = told_mix(mix)
    tracks = [one for one in mix.tracks if one.item_id not in shown.items][:n]
    lines = shown.lines(tracks, mix.key)
    href = at_home(reverse("mix", args=[mix.key]))
    return Shelf(title or told.title, told.sentence, lines, href, len(mix.tracks)) if lines else None


def _released(mix: Mix | None, shown: _Shown) -> Shelf | None:
    """What is new of artists they play before what is new of others near to them; the title says which it is."""
    if mix is None:
        return None
    own = [any(reason.kind == "new" and _OWN in reason.text for reason in one.reasons) for one in mix.tracks]
    order = sorted(range(len(own)), key=lambda place: not own[place])
    title = (
        _("New from artists you play")
        if all(own[place] for place in order[:NEW])
        else _("New from artists you play, and others near to them")
    )
    return _of_mix(replace(mix, tracks=tuple(mix.tracks[place] for place in order)), NEW, shown, title)


# -- of late -------------------------------------------------------------------------------------------------------------


def _played(listener: Listener, shown: _Shown) -> list[Shelf]:
    """Because of artists they played lately (or like): by others, owed to what they played of them."""
    shelves = []
    for one in front(listener, 1, ARTISTS, EACH + HIGHLIGHTS).because:
        tracks = [track for track in one.tracks if track.item_id not in shown.items][:EACH]
        words = _("Because you listened to %(artist)s") if one.played else _("Because you like %(artist)s")
        why = (
            _("By others, owed to what you played of theirs.")
            if one.played
            else _("By others, owed to what you like of theirs.")
        )
        if tracks:
            shelves.append(Shelf(words % {"artist": one.artist}, why, shown.lines(tracks, "because")))
    return shelves


def _searched(listener: Listener, at_ms: int, shown: _Shown) -> list[Shelf]:
    """Because of what they searched for in the last week: near to what they found."""
    latest = Search.objects.filter(
        listener=listener, time_ms__gt=at_ms - _SEARCHED_FOR_DAYS * DAY_MS, time_ms__lte=at_ms
    )
    shelves: list[Shelf] = []
    words: set[str] = set()
    for search in latest.select_related("track", "artist").order_by("-time_ms", "-pk")[:20]:
        seeds = _found_by(search)
        if len(shelves) == SEARCHES or not seeds or search.words.casefold() in words:
            continue
        words.add(search.words.casefold())
        tracks = _near(listener, seeds, shown.items, at_ms)
        if tracks:
            title = _("Because you searched for “%(words)s”") % {"words": search.words}
            why = _("Near to what you found.")
            shelves.append(Shelf(title, why, shown.lines(tracks, "searched")))
    return shelves


def _found_by(search: Search) -> list[str]:
    """The tracks that a search led to: the one that answered it, or the most popular ones of the artist who did."""
    if search.track is not None:
        return [search.track.key]
    if search.artist_id is None:
        return []
    theirs = Track.objects.filter(credits__artist=search.artist_id, credits__featured=False)
    return list(theirs.order_by("-popularity", "pk").values_list("key", flat=True)[:_SEEDS])


def _near(listener: Listener, seeds: Sequence[str], but: Set[str], at_ms: int) -> list[Recommendation]:
    """Tracks whose reasons name a seed, those whose first reason does before others."""
    asked = request_of(Question(n=_ASKED, seeds=list(seeds)), known_of(listener, at_ms))
    [found] = engine().recommend([asked])
    own = set(seeds)
    owed = [(_place(one, own), one) for one in found.recommendations if one.item_id not in but | own]
    return [one for place, one in sorted(owed, key=lambda pair: pair[0]) if place < 2][:EACH]


def _place(one: Recommendation, seeds: Set[str]) -> int:
    told = [any(of.item_id in seeds for of in reason.because) for reason in one.reasons]
    return 0 if told[:1] == [True] else 1 if any(told) else 2


def all_lines(contents: Contents) -> Iterable[Line]:
    """Every track of a letter."""
    for shelf in (contents.weekly, contents.new, *contents.lately):
        yield from shelf.lines if shelf is not None else ()


def note(listener: Listener, pages: Iterable[Page]) -> None:
    """Note what a letter recommends as shown: it has gone out."""
    for one in pages:
        exposures.noted(listener, one.surface, one.snapshot, one.tracks, one.id)
