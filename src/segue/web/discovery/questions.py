"""What may be asked of the Engine over HTTP: every part of its Request, with bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from segue.engine.request import Context, Controls, Exclusion, Exclusions, History, Listen, Request
from segue.mixes.base import For, seed_of
from segue.ranking.diversity import Rules

Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Value = Annotated[float, Field(ge=-1000, le=1000)]
Time = Annotated[int, Field(ge=0, le=4_102_444_800_000)]
"""Ms since 1970 UTC, to the year 2100."""
Feature = Literal[
    "acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence", "loudness", "tempo"
]  # fmt: skip
MOST = 200


class Strict(Schema):
    """What clients send: a field that there is not is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class AskedControls(Strict):
    """What is wanted. What is left out is as the account has it."""

    dial: Share | None = Field(default=None, description="0 familiar to 1 unknown.", examples=[0.7])
    explicit: bool | None = Field(default=None, description="Whether explicit words are allowed.")
    genres: list[Word] = Field(
        default=[], max_length=50, description="Only these, in any spelling.", examples=[["jazz"]]
    )
    decades: list[Annotated[int, Field(ge=1000, le=2990)]] = Field(
        default=[], max_length=50, description="Only these: 1990 for the nineties.", examples=[[1990]]
    )
    languages: list[Word] = Field(
        default=[], max_length=50, description="Only these ISO 639-1 codes; what has no words stays."
    )
    ranges: dict[Feature, tuple[Value, Value]] = Field(
        default={}, description="Lowest and highest value of audio features.", examples=[{"energy": [0, 0.5]}]
    )
    targets: dict[Feature, Value] = Field(
        default={}, description="Values of audio features to be near to.", examples=[{"tempo": 120}]
    )
    popularity: tuple[Share, Share] = Field(
        default=(0.0, 1.0), description="Lowest and highest place by popularity, 0 the least played."
    )


class AskedContext(Strict):
    """Where and when. What is left out is as the account and the clock have it."""

    hour: int | None = Field(default=None, ge=0, le=23, description="The listener's own.", examples=[20])
    weekday: int | None = Field(default=None, ge=0, le=6, description="0 for Monday.")
    month: int | None = Field(default=None, ge=1, le=12)
    device: Word | None = None
    country: str | None = Field(
        default=None, pattern=r"^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.", examples=["SE"]
    )
    age: int | None = Field(default=None, ge=0, le=130)


class AskedExclusion(Strict):
    """Something that must not come: for ever, or until a time."""

    kind: Literal["track", "artist", "release"]
    key: Key
    until_ms: Time | None = None


class AskedExclusions(Strict):
    """What must not come, beside what the account excludes."""

    never: list[AskedExclusion] = Field(default=[], max_length=1000)
    heard_within_days: Annotated[float, Field(ge=0, le=36500)] | None = Field(
        default=None, description="Nothing heard within so many days; left out: nothing ever heard.", examples=[30]
    )
    not_my_taste: list[Key] = Field(
        default=[], max_length=1000, description="Tracks of the history that somebody else played."
    )


class AskedListen(Strict):
    """Plays of one track."""

    track: Key
    time_ms: Time | None = None
    plays: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    skipped: bool = False


class AskedHistory(Strict):
    """A history to answer by instead of the account's: then nothing of the account is used, and nothing is noted."""

    listens: list[AskedListen] = Field(default=[], max_length=10_000)
    likes: list[Key] = Field(default=[], max_length=10_000)
    dislikes: list[Key] = Field(default=[], max_length=10_000)


class AskedRules(Strict):
    """How the page is put together. Each rule is off at 0, false or null."""

    diversity: Share = Rules.diversity
    per_artist: Annotated[int, Field(ge=0, le=MOST)] | None = Rules.per_artist
    per_release: Annotated[int, Field(ge=0, le=MOST)] | None = Rules.per_release
    one_version: bool = Rules.one_version
    apart: bool = Rules.apart
    calibration: Share = Rules.calibration
    small_artists: Share = Rules.small_artists


class Question(Strict):
    """What is asked. Everything may be left out."""

    n: int = Field(default=20, ge=1, le=MOST, description="How many tracks.", examples=[10])
    controls: AskedControls = AskedControls()
    context: AskedContext = AskedContext()
    exclusions: AskedExclusions = AskedExclusions()
    seeds: list[Key] = Field(default=[], max_length=100, description="Tracks to be near to, beside the history.")
    history: AskedHistory | None = None
    within: list[Key] | None = Field(default=None, max_length=10_000, description="Choose among these tracks only.")
    rules: AskedRules = AskedRules()
    exploration: Share = Field(default=0.0, description="The share of places, at most, that goes to a lottery.")
    seed: int | None = Field(
        default=None, ge=0, lt=2**31, description="Of that lottery; left out: another with every change."
    )
    reasons: bool = Field(default=True, description="Whether to say why.")


def request_of(asked: Question, known: For) -> Request:
    """The question as the Engine takes it, for a listener as `known`.

    With a history of its own, nothing but the time is taken of `known`.
    """
    anonymous = asked.history is not None
    one = For("", _history(asked.history), known.at) if asked.history is not None else known
    lottery = seed_of(one.listener_id, str(one.now_ms // 1000)) % 2**31 if asked.seed is None else asked.seed
    return Request(
        one.history,
        tuple(asked.seeds),
        asked.n,
        _context(asked.context, Context() if anonymous else one.context, one.now_ms),
        _controls(asked.controls, one.controls),
        _exclusions(asked.exclusions, one.exclusions),
        Rules(**asked.rules.dict()),
        None if asked.within is None else tuple(asked.within),
        asked.exploration,
        lottery,
        asked.reasons,
    )


def _history(asked: AskedHistory) -> History:
    listens = tuple(Listen(one.track, one.time_ms, one.plays, one.skipped) for one in asked.listens)
    return History(listens, tuple(asked.likes), tuple(asked.dislikes))


def _context(asked: AskedContext, known: Context, now_ms: int) -> Context:
    told = {name: value for name in AskedContext.model_fields if (value := getattr(asked, name)) is not None}
    names = ("hour", "weekday", "month", "device", "country", "age")
    return Context(now_ms, **{name: told.get(name, getattr(known, name)) for name in names})


def _controls(asked: AskedControls, known: Controls) -> Controls:
    """What is asked, over what the account says where it is left out."""
    return Controls(
        known.dial if asked.dial is None else asked.dial,
        known.explicit if asked.explicit is None else asked.explicit,
        tuple(asked.genres) or known.genres,
        tuple(asked.decades) or known.decades,
        tuple(asked.languages) or known.languages,
        dict(known.ranges) | dict(asked.ranges.items()),
        dict(known.targets) | dict(asked.targets.items()),
        asked.popularity if "popularity" in asked.model_fields_set else known.popularity,
    )


def _exclusions(asked: AskedExclusions, known: Exclusions) -> Exclusions:
    """What is excluded here, and what the account excludes: nobody asks that away."""
    never = (Exclusion("item" if one.kind == "track" else one.kind, one.key, one.until_ms) for one in asked.never)
    given = "heard_within_days" in asked.model_fields_set
    return Exclusions(
        (*known.never, *never),
        asked.heard_within_days if given else known.heard_within_days,
        (*known.not_my_taste, *asked.not_my_taste),
    )
