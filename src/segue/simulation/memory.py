"""What listening leaves behind in listeners: what they know, what they have had enough of, what they come to like."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from segue.demo.plays import Plays
from segue.simulation.world import WEEK_MS, World

WARMTH, BOREDOM = 0.6, 0.15
"""In units of misfit: how much a track gains by the logarithm of its plays of late, and loses by each of them."""
FORGETTING = 0.5 ** (1 / 4)
"""What a week leaves of a play, and of what was heard: half of it after four."""
OPENNESS = 0.25
"""The part of a listener's taste that is what they have heard of late; the rest stays their own."""
CURIOSITY = 0.01
"""What every scene has of anybody's ear, beside their taste."""
WINDOW = 4
"""Weeks of listening in which its breadth is seen."""


def appeal(exposure: np.ndarray) -> np.ndarray:
    """How much better a track suits for having been heard so often: more at first, less from about ten plays on.

    An inverted U, as liking by exposure has it (Montoya et al. 2017, "A re-examination of the mere exposure effect").
    """
    return np.asarray(WARMTH * np.log1p(exposure) - BOREDOM * exposure)


@dataclass(eq=False)
class Memory:
    """Changed by `remember` alone.

    Attributes:
        exposure: float32 (n_listeners, n_tracks): plays to the end, those of four weeks ago counting half.
        met: bool (n_listeners, n_tracks): what was ever begun.
        played: bool (n_listeners, n_tracks): what was ever played to the end.
        artists: bool (n_listeners, n_artists): whose music was ever played to the end.
        heard: float64 (n_listeners, n_scenes): the scenes of what was heard of late, rows adding up to 1.
        lately: how often something of each scene was played to the end, (n_listeners, n_scenes), in each of the last weeks.
    """

    exposure: np.ndarray
    met: np.ndarray
    played: np.ndarray
    artists: np.ndarray
    heard: np.ndarray
    lately: deque[np.ndarray]

    @classmethod
    def of(cls, world: World) -> Memory:
        """What the listeners of a world remember when the first week begins."""
        shape = (len(world.people), world.n_tracks)
        through = world.past.only(~world.past.skipped)
        weeks_ago = (world.starts_ms(0) - through.time_ms) / WEEK_MS
        ago = np.ceil(weeks_ago).astype(np.int64)
        lately = [scene_counts(world, through.only(ago == week)) for week in range(WINDOW, 0, -1)]
        memory = cls(
            np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_),
            np.zeros((len(world.people), len(world.catalogue.roster)), dtype=np.bool_),
            world.taste(0).copy(), deque(lately, maxlen=WINDOW),
        )  # fmt: skip
        memory._meet(world, world.past)
        np.add.at(memory.exposure, (through.listener, through.track), (FORGETTING**weeks_ago).astype(np.float32))
        return memory

    def taste(self, own: np.ndarray) -> np.ndarray:
        """The taste of listeners whose `own` is this, both shape (n_listeners, n_scenes): it leans to what was heard of late."""
        return (1 - OPENNESS) * own + OPENNESS * self.heard

    def remember(self, world: World, week: int, plays: Plays) -> None:
        """Add the listens of a week."""
        self._meet(world, plays)
        through = plays.only(~plays.skipped)
        self.exposure *= np.float32(FORGETTING)
        np.add.at(self.exposure, (through.listener, through.track), np.float32(1))
        self.lately.append(scene_counts(world, through))
        sums = np.zeros_like(self.heard)
        np.add.at(
            sums,
            through.listener,
            heard_as(self.taste(world.taste(week))[through.listener], world.scenes[through.track]),
        )
        total = sums.sum(axis=1, keepdims=True)
        shares = np.divide(sums, total, out=self.heard.copy(), where=total > 0)
        self.heard = FORGETTING * self.heard + (1 - FORGETTING) * shares

    def _meet(self, world: World, plays: Plays) -> None:
        through = plays.only(~plays.skipped)
        self.met[plays.listener, plays.track] = True
        self.played[through.listener, through.track] = True
        self.artists[through.listener, world.artist[through.track]] = True


def heard_as(taste: np.ndarray, scenes: np.ndarray) -> np.ndarray:
    """For which of a track's `scenes` somebody of a `taste` hears it, both shape (n, n_scenes); rows add up to 1.

    A track belongs to several scenes; who likes one of them hears it as that. (So listening by one's own taste leaves taste where
    it is.)
    """
    weights = scenes * (taste + CURIOSITY)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def scene_counts(world: World, plays: Plays) -> np.ndarray:
    """How often each listener played something whose main scene is each, int64, shape (n_listeners, n_scenes)."""
    counts = np.zeros((len(world.people), world.scenes.shape[1]), dtype=np.int64)
    np.add.at(counts, (plays.listener, world.scenes[plays.track].argmax(axis=1)), 1)
    return counts
