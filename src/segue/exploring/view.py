"""A library as the figures look at it: what counts as listening here, item by item, and what things are called."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import polars as pl
from scipy import sparse

from segue.errors import NotEnoughData
from segue.library.interactions import SIGNALS, Interactions, Level, Signal
from segue.library.library import Library

Made = TypeVar("Made")


@dataclass(frozen=True)
class Wording:
    """What the signal is called: `unit` is one of it, `who` gives it, `all` is all of it together, which `goes` somewhere."""

    unit: str
    who: str
    all: str
    goes: str


WORDINGS: dict[Signal, Wording] = {
    "listens": Wording("play", "listener", "all listening", "goes"),
    "feedback": Wording("rating", "listener", "all ratings", "go"),
    "playlists": Wording("place in playlists", "playlist", "all places in playlists", "go"),
}


@dataclass(frozen=True, eq=False)
class Heard:
    """What is played at one level: interactions, and `plays` of each item, float64 (n_items,)."""

    interactions: Interactions
    amounts: sparse.csr_array
    noun: str

    @cached_property
    def plays(self) -> np.ndarray:
        """All of each item, in the order of the interactions' items."""
        return np.asarray(self.amounts.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def ranked(self) -> np.ndarray:
        """Items (columns), the most played first; equal ones by id."""
        return np.argsort(-self.plays, kind="stable")


@dataclass(frozen=True, eq=False)
class View:
    """A library with a seed, the moment that counts as now, and at which levels to look; `made` keeps what is costly."""

    library: Library
    seed: int
    now: datetime
    levels: tuple[Level, ...]
    made: dict[Hashable, object] = field(default_factory=dict)

    @cached_property
    def signal(self) -> Signal:
        """What tells of listening here: the first of listens, feedback and playlists that has rows."""
        found: list[Signal] = [signal for signal in SIGNALS if getattr(self.library, signal).height]
        if not found:
            raise NotEnoughData("the library has no listens, no feedback and no playlists")
        return found[0]

    @cached_property
    def wording(self) -> Wording:
        """What that is called."""
        return WORDINGS[self.signal]

    @cached_property
    def heard(self) -> dict[Level, Heard]:
        """What is played at each level where anything is. Raises `NotEnoughData` when there is none."""
        found: dict[Level, Heard] = {}
        for level in self.levels:
            try:
                interactions = Interactions.from_library(self.library, level, self.signal, skip_weight=1.0)
            except NotEnoughData:
                continue
            amounts = sparse.csr_array(interactions.positive, dtype=np.float64)
            if self.signal != "listens":
                amounts = sparse.csr_array(interactions.matrix, dtype=np.float64)
                amounts.data[:] = 1  # a rating of 0 is a rating
            found[level] = Heard(interactions, amounts, self.noun(level))
        if not found:
            raise NotEnoughData(f"the library has no {self.signal} of {' or '.join(map(self.nouns, self.levels))}")
        return found

    @cached_property
    def main(self) -> Heard:
        """What is played at the finest level there is."""
        return next(iter(self.heard.values()))

    def noun(self, level: Level) -> str:
        """What an item of a level is called: a track is a film where all tracks are films."""
        kinds = self.library.tracks["kind"].unique().drop_nulls().to_list() if level == "track" else []
        return kinds[0] if len(kinds) == 1 and kinds[0] in {"film", "book", "podcast", "audiobook"} else level

    def nouns(self, level: Level) -> str:
        """The plural of that."""
        return f"{self.noun(level)}s"

    @cached_property
    def tracks(self) -> pl.DataFrame:
        """The tracks by id, each once."""
        return self.library.tracks.unique("track_id", keep="first").drop_nulls("track_id").sort("track_id")

    @cached_property
    def track_ids(self) -> np.ndarray:
        """Their ids, object (n_tracks,), sorted."""
        return self.tracks["track_id"].to_numpy().astype(object)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made the first time it is asked for under this key."""
        if key not in self.made:
            self.made[key] = make()
        return cast("Made", self.made[key])

    def labels(self, level: Level, ids: Sequence[str]) -> list[str]:
        """What items are called: the name of an artist; "artist – title" of a track or release."""
        wanted = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
        names = self.library.artists.select("artist_id", artist="name").unique("artist_id", maintain_order=True)
        if level == "artist":
            known = wanted.join(names, left_on="id", right_on="artist_id", how="left", maintain_order="left")
            return known.select(pl.coalesce("artist", "id")).to_series().to_list()
        frame = getattr(self.library, f"{level}s").select(
            pl.col(f"{level}_id").alias("id"), "title", artist_id=pl.col("artist_ids").list.first()
        )
        known = wanted.join(
            frame.unique("id", maintain_order=True), on="id", how="left", maintain_order="left"
        ).join(names, on="artist_id", how="left", maintain_order="left")  # fmt: skip
        title = pl.coalesce("title", "id")
        named = pl.when(pl.col("artist").is_null()).then(title).otherwise(pl.format("{} – {}", "artist", title))
        return known.select(named.alias("label")).to_series().to_list()
