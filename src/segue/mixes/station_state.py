"""What a Station remembers: a frozen value that outlives a restart as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, NamedTuple, Self, get_args

from segue.errors import BadRequest
from segue.library.tables import AUDIO_FEATURES

VERSION = 1
REPEAT_MS = 3 * 3_600_000
"""A track does not come back within three hours."""
ARTIST_GAP = 5
"""Nor an artist within so many tracks."""
REMEMBERED = 100
"""So many plays are remembered however long ago they were; all of the last three hours; and what was liked or disliked."""
MOST_OPINIONS = 300

Outcome = Literal["played", "skipped", "liked", "disliked"]
SeedKind = Literal["track", "artist", "genre", "tag", "playlist", "words"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
KINDS: tuple[SeedKind, ...] = get_args(SeedKind)


class Play(NamedTuple):
    """A track of the station, when it began (ms since 1970 UTC), and what became of it."""

    item_id: str
    at_ms: int
    outcome: Outcome


@dataclass(frozen=True)
class Seed:
    """What a station grows from.

    `said` is an item id (track), an artist id, the name of a genre or a tag, the item ids of a playlist, or words. `name` is what
    people call it; without one, it is looked up.
    """

    kind: SeedKind
    said: str | tuple[str, ...]
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadRequest(f"a station cannot start from {self.kind!r}: it starts from {', '.join(KINDS)}")
        if not self.said or isinstance(self.said, str) == (self.kind == "playlist"):
            what = "the ids of its tracks" if self.kind == "playlist" else "a text"
            raise BadRequest(f"the seed of a {self.kind} station must be {what}, not {self.said!r}")


@dataclass(frozen=True)
class StationState:
    """A station, and what was played on it. Only ids and names: it goes on with another snapshot.

    Attributes:
        kind, name: what it grew from, and what that is called.
        item_ids: its seeds, those that fit best first.
        genres: it keeps to these, while there is anything left.
        tags: words that its tracks should have.
        targets: values of audio features to be near to: its mood.
        plays: what was played, the latest last.
        count: how many were played in all.
        chance: the seed of its chance: two stations of the same seeds and another chance differ.
    """

    kind: SeedKind
    name: str
    item_ids: tuple[str, ...]
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    targets: tuple[tuple[str, float], ...] = ()
    plays: tuple[Play, ...] = ()
    count: int = 0
    chance: int = 0

    def to_json(self) -> str:
        """The state as JSON text."""
        return json.dumps({"version": VERSION, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote. Raises `BadRequest` for what is no state of this version, and for fields there should not be."""
        try:
            stored = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"the state of a station is no JSON ({error}): start the station anew") from None
        if not isinstance(stored, dict) or stored.get("version") != VERSION:
            version = stored.get("version") if isinstance(stored, dict) else None
            raise BadRequest(f"the state of a station is of version {version!r}, not {VERSION}: start the station anew")
        known = {field.name for field in fields(cls)}
        for name in sorted(stored.keys() ^ (known | {"version"})):
            wrong = "has no field" if name in known else "has an unknown field"
            raise BadRequest(f"the state of a station {wrong} {name!r}: start the station anew")
        try:
            return cls(**_checked(stored))
        except (TypeError, ValueError) as error:
            raise BadRequest(f"the state of a station is damaged ({error}): start the station anew") from None


def played(state: StationState, item_id: str, at_ms: int, outcome: Outcome) -> StationState:
    """The state after a track. Of one that was told of before, at the same time, what is told last counts.

    So a player may tell "played" when a track begins, and "liked" or "skipped" when that is known. Raises `BadRequest` for another
    outcome.
    """
    if outcome not in OUTCOMES:
        raise BadRequest(f"what became of a track is {', '.join(OUTCOMES)}, not {outcome!r}")
    play = Play(item_id, int(at_ms), outcome)
    told = [place for place, one in enumerate(state.plays) if (one.item_id, one.at_ms) == (item_id, play.at_ms)]
    if told:
        place = told[-1]
        return replace(state, plays=(*state.plays[:place], play, *state.plays[place + 1 :]))
    return replace(state, plays=_kept((*state.plays, play)), count=state.count + 1)


def leaning(state: StationState, targets: Mapping[str, float]) -> StationState:
    """The state with another mood: values of audio features to be near to. Raises `BadRequest` for a feature there is not."""
    for name in targets:
        if name not in AUDIO_FEATURES:
            raise BadRequest(f"a station cannot lean to {name!r}: it can to {', '.join(AUDIO_FEATURES)}")
    return replace(state, targets=tuple(sorted((name, float(value)) for name, value in targets.items())))


def _kept(plays: tuple[Play, ...]) -> tuple[Play, ...]:
    """What is worth remembering: a station has no end, and its state must not grow for ever."""
    if len(plays) <= REMEMBERED:
        return plays
    since = max(play.at_ms for play in plays) - REPEAT_MS
    old, late = plays[:-REMEMBERED], plays[-REMEMBERED:]
    opinions = [place for place, play in enumerate(old) if play.outcome in ("liked", "disliked")][-MOST_OPINIONS:]
    kept = set(opinions) | {place for place, play in enumerate(old) if play.at_ms > since}
    return (*(play for place, play in enumerate(old) if place in kept), *late)


def _checked(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, of the right types. Raises `TypeError` or `ValueError` for what is not."""
    found: dict[str, Any] = {}
    for name in ("kind", "name"):
        found[name] = _of(str, stored[name], name)
    if found["kind"] not in KINDS:
        raise ValueError(f"kind {found['kind']!r} is not one of {', '.join(KINDS)}")
    for name in ("item_ids", "genres", "tags"):
        found[name] = tuple(_of(str, one, name) for one in _of(list, stored[name], name))
    pairs = [_of(list, one, "targets") for one in _of(list, stored["targets"], "targets")]
    found["targets"] = tuple(
        (_of(str, name, "targets"), float(_of((int, float), value, "targets"))) for name, value in pairs
    )
    if strange := [name for name, _ in found["targets"] if name not in AUDIO_FEATURES]:
        raise ValueError(f"targets has {strange[0]!r}")
    plays = [_of(list, one, "plays") for one in _of(list, stored["plays"], "plays")]
    found["plays"] = tuple(
        Play(_of(str, item_id, "plays"), _of(int, at_ms, "plays"), _of(str, outcome, "plays"))
        for item_id, at_ms, outcome in plays
    )
    if strange := [play.outcome for play in found["plays"] if play.outcome not in OUTCOMES]:
        raise ValueError(f"an outcome is {strange[0]!r}")
    for name in ("count", "chance"):
        found[name] = _of(int, stored[name], name)
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _of(kind: type | tuple[type, ...], value: Any, name: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name} holds {value!r}")
    return value
