"""What the front page recommends beside mixes: for the listener, and because of artists they play lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from segue.engine.engine import Engine
from segue.engine.request import Recommendation, Request
from segue.mixes.base import For
from segue.ranking.catalogue import UNKNOWN
from segue.web.discovery.questions import Question, request_of
from segue.web.discovery.serving import engine
from segue.web.experiments.assignment import plan_of
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener

SURFACE = "home"
LATELY = 300
"""So many of the latest listens say what was played lately."""
SEEDS = 5
ASKED = 40
LEAST = 3
"""Of a shelf with fewer tracks, nothing is shown."""


@dataclass(frozen=True)
class Because:
    """Tracks that are owed to an artist the listener played (or likes), none of them by that artist.

    `played` says which of the two.
    """

    artist_id: str
    artist: str
    played: bool
    tracks: tuple[Recommendation, ...]


@dataclass(frozen=True)
class Front:
    """What is recommended now, and by which snapshot; no track stands twice."""

    snapshot: str
    for_you: tuple[Recommendation, ...]
    because: tuple[Because, ...]


def for_you(listener: Listener, n: int) -> tuple[str, tuple[Recommendation, ...]]:
    """The snapshot, and `n` tracks for a listener. Raises `BadSnapshot`."""
    current = plan_of(listener, SURFACE).engine(engine())
    [found] = current.recommend([request_of(Question(n=n), known_of(listener))])
    return current.manifest.name, found.recommendations


def front(listener: Listener, n: int, artists: int, each: int) -> Front:
    """`n` tracks for a listener, and `each` because of so many artists; all asked at once. Raises `BadSnapshot`."""
    current, known = plan_of(listener, SURFACE).engine(engine()), known_of(listener)
    lately = _lately(known, current)[:artists]
    asked = [request_of(Question(n=n), known), *(_near(one.seeds, known) for one in lately)]
    mine, *others = (found.recommendations for found in current.recommend(asked))
    shown = {one.item_id for one in mine}
    because = []
    for artist, found in zip(lately, others, strict=True):
        tracks = _owed(found, artist, shown, each)
        if len(tracks) >= LEAST:
            shown |= {one.item_id for one in tracks}
            because.append(Because(artist.id, artist.name, artist.played, tracks))
    return Front(current.manifest.name, mine, tuple(because))


@dataclass(frozen=True)
class _Artist:
    """An artist of late: `seeds` are the tracks of theirs that were played or liked, the latest first."""

    id: str
    name: str
    played: bool
    seeds: tuple[str, ...]


def _near(seeds: tuple[str, ...], known: For) -> Request:
    return request_of(Question(n=ASKED, seeds=list(seeds)), known)


def _owed(found: Iterable[Recommendation], artist: _Artist, shown: Set[str], n: int) -> tuple[Recommendation, ...]:
    """Those whose reasons name a track of the artist, where the first reason does, before others."""
    own = set(artist.seeds)

    def place(one: Recommendation) -> int:
        told = [any(of.item_id in own for of in reason.because) for reason in one.reasons]
        return 0 if told[:1] == [True] else 1 if any(told) else 2

    fitting = [one for one in found if one.item_id not in shown and artist.name not in one.artists]
    owed = sorted((one for one in fitting if place(one) < 2), key=place)
    return tuple(owed[:n])


def _lately(known: For, current: Engine) -> list[_Artist]:
    """The artists of the latest listens that were not skipped, those played most first; without listens, of the latest likes."""
    if current.manifest.level != "track":
        return []
    listens = [one.item_id for one in known.history.listens if not one.skipped][-LATELY:]
    unwelcome = {*known.history.dislikes, *known.exclusions.not_my_taste}
    played = bool(listens)
    items = [one for one in reversed(listens or known.history.likes) if one not in unwelcome]
    return _artists(items, current, played=played)


def _artists(items: Sequence[str], current: Engine, *, played: bool) -> list[_Artist]:
    facts, counted, seeds = current.catalogue.facts, Counter[int](), dict[int, dict[str, None]]()
    for item, place in zip(items, current.places(items).tolist(), strict=True):
        code = int(facts.artist[place]) if place >= 0 else UNKNOWN
        if code != UNKNOWN:
            counted[code] += 1
            seeds.setdefault(code, {})[item] = None
    return [
        _Artist(facts.artist_ids[code], facts.artist_names[code], played, tuple(seeds[code])[:SEEDS])
        for code, _ in counted.most_common()
    ]
