"""What a mix is: a playlist that Segue makes for somebody, with a title, a sentence, a cover and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Protocol

from segue.engine.engine import Engine
from segue.engine.request import Context, Controls, Exclusions, History, Recommendation


@dataclass(frozen=True)
class Cover:
    """A recipe for a picture: the same recipe gives the same picture, wherever it is drawn.

    Attributes:
        pattern: the kind of drawing: waves, rings, blocks, dots, rays or mosaic.
        hue: 0-359, by what the music is like.
        brightness: 0 dark to 1 light, by how happy it sounds.
        energy: 0 calm to 1 busy.
        seed: of everything else.
        words: what is written on it.
        item_ids: up to four items whose own pictures may be shown, for a mosaic.
    """

    pattern: str
    hue: int
    brightness: float
    energy: float
    seed: int
    words: str
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mix:
    """A made playlist.

    Attributes:
        key: unique among the mixes of one listener: "discover-weekly", "daily-mix-2".
        title: what it is called.
        sentence: what is in it, and why.
        cover: its picture.
        tracks: in order, each with reasons.
        until: when it is made anew; None where it has no term.
    """

    key: str
    title: str
    sentence: str
    cover: Cover
    tracks: tuple[Recommendation, ...]
    until: datetime | None = None


@dataclass(frozen=True)
class For:
    """Whom a mix is for, and when.

    Attributes:
        listener_id: only to make chance the listener's own; the engine does not know listeners.
        history: what is known of them.
        at: the time of asking.
        context, controls, exclusions: as in a request; `context.now_ms` is `at`, where it is not set.
    """

    listener_id: str
    history: History
    at: datetime
    context: Context = field(default_factory=Context)
    controls: Controls = field(default_factory=Controls)
    exclusions: Exclusions = field(default_factory=Exclusions)

    @property
    def now_ms(self) -> int:
        """The time of asking, in ms since 1970 UTC."""
        return int(self.at.timestamp() * 1000)

    @property
    def week(self) -> str:
        """The ISO week of asking: "2026-W05"."""
        year, week, _ = self.at.astimezone(UTC).isocalendar()
        return f"{year}-W{week:02}"


class MakesMixes(Protocol):
    """A product: one file of this package that ends with `MIX = …`; its name is the module's, with dashes.

    The mixes are a function of the listener, the time and the snapshot: the same ones give the same mixes.
    """

    title: str
    """What the product is called."""

    def make(self, listeners: Sequence[For], engine: Engine) -> list[tuple[Mix, ...]]:
        """The mixes of each listener, in order; none where too little is known of them."""
        ...


def seed_of(*parts: str) -> int:
    """A seed from words: the same words, the same seed, on every machine."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest())
