"""What is asked of the Engine, and what it answers: frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, Literal, NamedTuple, get_args

from segue.errors import BadRequest
from segue.features.likeness import Shared
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.diversity import Rules

ReasonKind = Literal["played", "sounds", "listeners", "new", "related", "popular", "explore"]
ExclusionKind = Literal["item", "artist", "release"]


class Listen(NamedTuple):
    """Plays of one item: when last (ms since 1970 UTC, None where not known), how often, and whether it was skipped."""

    item_id: str
    time_ms: int | None = None
    plays: float = 1.0
    skipped: bool = False


@dataclass(frozen=True)
class History:
    """What is known of a listener, by item id. Ids that the snapshot does not have are left out.

    `listens` may stand in any order; those with a time say what was played in the latest sitting. `searches` are the items that
    were looked for of late.
    """

    listens: tuple[Listen, ...] = ()
    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    playlists: tuple[tuple[str, ...], ...] = ()
    searches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _not_a_text("history", self, "likes", "dislikes", "playlists", "searches")
        for playlist in self.playlists:
            if isinstance(playlist, str):
                raise BadRequest(f"history.playlists are lists of ids, not {playlist!r}")

    @classmethod
    def of(cls, plays: Mapping[str, float]) -> History:
        """A history from the number of plays of each item; one of less than 0 is a dislike."""
        listens = tuple(Listen(item_id, plays=number) for item_id, number in plays.items() if number > 0)
        return cls(listens, dislikes=tuple(item_id for item_id, number in plays.items() if number < 0))

    def __add__(self, other: History) -> History:
        """Both together."""
        return History(
            self.listens + other.listens, self.likes + other.likes, self.dislikes + other.dislikes,
            self.playlists + other.playlists, self.searches + other.searches,
        )  # fmt: skip

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Every item that is in it, once, as it first stands."""
        told = [listen.item_id for listen in self.listens] + [*self.likes, *self.dislikes]
        told += [item_id for playlist in self.playlists for item_id in playlist]
        return tuple(dict.fromkeys([*told, *self.searches]))


@dataclass(frozen=True)
class Context:
    """Where and when the listener is; None where not known.

    `now_ms` counts from 1970 UTC; `hour` (0-23), `weekday` (0 Monday) and `month` (1-12) are the listener's own. `country` is an
    ISO 3166-1 alpha-2 code, `age` in years.
    """

    now_ms: int | None = None
    hour: int | None = None
    weekday: int | None = None
    month: int | None = None
    device: str | None = None
    country: str | None = None
    age: int | None = None

    def __post_init__(self) -> None:
        for name, low, high in (("hour", 0, 23), ("weekday", 0, 6), ("month", 1, 12), ("age", 0, 130)):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Integral) and low <= int(value) <= high):
                raise BadRequest(f"context.{name} must be a whole number from {low} to {high}, not {value!r}")


@dataclass(frozen=True)
class Controls:
    """What the listener wants of it.

    Attributes:
        dial: 0 familiar to 1 unknown.
        explicit: whether tracks with explicit words are allowed.
        genres: only these, where any are named.
        decades: only these (1990 for the nineties), where any are named.
        languages: only these ISO 639-1 codes, where any are named; what has no words stays.
        ranges: lowest and highest value of audio features; what is not known is left out.
        targets: values of audio features to be near to.
        popularity: lowest and highest place by popularity, 0 the least played item to 1 the most.
    """

    dial: float = 0.5
    explicit: bool = True
    genres: tuple[str, ...] = ()
    decades: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    popularity: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if not 0 <= self.dial <= 1:
            raise BadRequest(f"controls.dial must be from 0 (familiar) to 1 (unknown), not {self.dial!r}")
        _not_a_text("controls", self, "genres", "languages")
        for kind in ("ranges", "targets"):
            for name in getattr(self, kind):
                if name not in AUDIO_FEATURES:
                    raise BadRequest(f"controls.{kind} has no feature {name!r}: it has {', '.join(AUDIO_FEATURES)}")
        for name, value in self.targets.items():
            if not math.isfinite(value):
                raise BadRequest(f"controls.targets.{name} must be a number, not {value!r}")


@dataclass(frozen=True)
class Exclusion:
    """Something not to be played: a track (or whatever the items are), a release or an artist, by id; until then, or for ever."""

    kind: ExclusionKind
    id: str
    until_ms: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(ExclusionKind):
            raise BadRequest(f"exclusion.kind must be {', '.join(get_args(ExclusionKind))}, not {self.kind!r}")


@dataclass(frozen=True)
class Exclusions:
    """What must not be in the answer.

    Attributes:
        never: what the listener does not want.
        heard_within_days: leave out what was heard (or liked) within so many days; None for ever.
        not_my_taste: items of the history that say nothing of the listener's taste (somebody else played them).
    """

    never: tuple[Exclusion, ...] = ()
    heard_within_days: float | None = None
    not_my_taste: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _not_a_text("exclusions", self, "not_my_taste")
        if self.heard_within_days is not None and not self.heard_within_days >= 0:
            raise BadRequest(f"exclusions.heard_within_days must be 0 or more, or None, not {self.heard_within_days!r}")


@dataclass(frozen=True)
class Request:
    """One question.

    Attributes:
        history: what is known of the listener.
        seeds: items to be near to, beside the history: they count as much as all of it together.
        n: how many.
        context, controls, exclusions: see there.
        rules: how the page is put together.
        within: only these items, where not None.
        exploration: the share of places, at most, given to a lottery among items that have little evidence; the dial bounds it
            (0.4 * dial), and each such place says with which probability it was drawn.
        seed: of that lottery.
        reasons: whether to say why.
    """

    history: History = field(default_factory=History)
    seeds: tuple[str, ...] = ()
    n: int = 20
    context: Context = field(default_factory=Context)
    controls: Controls = field(default_factory=Controls)
    exclusions: Exclusions = field(default_factory=Exclusions)
    rules: Rules = field(default_factory=Rules)
    within: tuple[str, ...] | None = None
    exploration: float = 0.0
    seed: int = 0
    reasons: bool = True

    def __post_init__(self) -> None:
        _not_a_text("request", self, "seeds", "within")
        if not (isinstance(self.n, Integral) and self.n >= 1):
            raise BadRequest(f"n must be a whole number, 1 or more, not {self.n!r}")
        if not 0 <= self.exploration <= 1:
            raise BadRequest(f"exploration must be from 0 to 1, not {self.exploration!r}")


@dataclass(frozen=True)
class Because:
    """A history item that a recommendation owes its place to; `share` is its part, 0 to 1."""

    item_id: str
    title: str
    artists: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Reason:
    """Why, in plain words (`text`).

    `because` names the history items behind it, the largest part first; `model`, the source whose contributions these are.
    """

    kind: ReasonKind
    text: str
    because: tuple[Because, ...] = ()
    model: str = ""


@dataclass(frozen=True)
class Recommendation:
    """One recommended (or similar) item.

    Attributes:
        source: what put it there most; `sources`: every source that proposed it.
        reasons: why, the strongest first.
        propensity: the probability with which the lottery drew it; None where it was not drawn.
        alike: what a similar item has in common with the one asked about.
    """

    item_id: str
    title: str
    artists: tuple[str, ...]
    score: float
    source: str
    sources: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    propensity: float | None = None
    alike: tuple[Shared, ...] = ()

    @property
    def because(self) -> tuple[Because, ...]:
        """The history items behind the first reason that names any."""
        return next((reason.because for reason in self.reasons if reason.because), ())


@dataclass(frozen=True)
class Answer:
    """Recommendations, best first, and the snapshot they come from."""

    snapshot: str
    recommendations: tuple[Recommendation, ...]


def _not_a_text(what: str, value: Any, *names: str) -> None:
    """One text where several are meant would be taken for its letters."""
    for name in names:
        if isinstance(getattr(value, name), str):
            raise BadRequest(f"{what}.{name} is a list of texts, not {getattr(value, name)!r}")
