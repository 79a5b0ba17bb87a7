"""What listeners do in a week: they go down the page they are shown, and they listen to what they choose by themselves.

Who skips what follows the demo world's own rule (`segue.demo.plays`), from tastes that nobody else knows. All chance is drawn
beforehand for the week, by listener and track (`Luck`), so that two policies which show a listener the same track in the same
week meet the same luck (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.opinions import LIKE_ODDS
from segue.demo.plays import FAME_PULL, NEWNESS, Plays
from segue.demo.sessions import YEAR_START, Sessions
from segue.demo.streams import categorical, stream
from segue.simulation.memory import OPENNESS, Memory, appeal
from segue.simulation.world import World

PAGE = 30
STAYS, STAYS_AFTER_SKIP = 0.97, 0.90
"""The odds to look at the next place of the page after a track that was played, and after one that was skipped."""
PER_LIKING = 0.45
"""What a unit of liking, a logarithm of how often a track is chosen, takes off the misfit."""
PAGE_HOUR_MS = 12 * 3_600_000
PAUSE_MS = 1_000


@dataclass(frozen=True, eq=False)
class Luck:
    """The chance of one week: uniform numbers, the same whatever is shown.

    Attributes:
        skips, cuts, likes: (n_listeners, n_tracks): whether a track on the page is skipped, when, and whether it is liked.
        stays: (n_listeners, PAGE): whether the listener goes on to the next place.
    """

    skips: np.ndarray
    cuts: np.ndarray
    likes: np.ndarray
    stays: np.ndarray

    @classmethod
    def of(cls, world: World, week: int) -> Luck:
        """The luck of a week of a world."""
        rng = stream(world.seed, f"page {week}")
        n, n_tracks = len(world.people), world.n_tracks
        skips, cuts, likes = rng.random((3, n, n_tracks), dtype=np.float32)
        return cls(skips, cuts, likes, rng.random((n, PAGE), dtype=np.float32))


@dataclass(frozen=True, eq=False)
class Seen:
    """What became of the pages of one week; all of shape (n_listeners, PAGE).

    `tracks` is -1 where a page was shorter. A track that was `reached` was either played to the end or `skipped`.
    """

    tracks: np.ndarray
    reached: np.ndarray
    skipped: np.ndarray
    liked: np.ndarray

    @property
    def through(self) -> np.ndarray:
        """What was played to the end."""
        return self.reached & ~self.skipped


def suiting(world: World, taste: np.ndarray, listener: np.ndarray, track: np.ndarray) -> np.ndarray:
    """How well tracks suit listeners of a `taste` (n_listeners, n_scenes), on the page, in units of misfit taken off.

    The demo world's rule. On a page nobody is in one scene, so its part counts by how likely each is. `listener` and `track`
    are broadcast against each other.
    """
    fits = np.einsum("...s,...s->...", taste[listener], world.scenes[track])
    return np.asarray(PER_LIKING * world.people.liking[listener, track] + 1.5 * np.sqrt(fits) + 0.8 * fits)


def skip_odds(misfit: np.ndarray) -> np.ndarray:
    """The probability that a track is skipped (the demo world's logistic)."""
    return np.asarray(1 / (1 + np.exp(0.95 - 1.1 * misfit)))


def go_down(world: World, memory: Memory, week: int, tracks: np.ndarray, luck: Luck) -> Seen:
    """What listeners do with the pages `tracks`, int64, shape (n_listeners, PAGE)."""
    listener = np.arange(len(tracks))[:, np.newaxis]
    shown = np.maximum(tracks, 0)
    taste = memory.taste(world.taste(week))
    misfit = 1.2 - suiting(world, taste, listener, shown) - appeal(memory.exposure[listener, shown])
    would_skip = luck.skips[listener, shown] < skip_odds(misfit)
    going = np.where(would_skip, STAYS_AFTER_SKIP, STAYS)
    goes_on = (luck.stays < going)[:, :-1].cumprod(axis=1, dtype=np.int64).astype(np.bool_)
    reached = np.concatenate([np.ones((len(tracks), 1), dtype=np.bool_), goes_on], axis=1) & (tracks >= 0)
    liking = LIKE_ODDS * np.clip(1.2 - misfit, 0.1, 3)
    liked = reached & ~would_skip & (luck.likes[listener, shown] < liking)
    return Seen(tracks, reached, reached & would_skip, liked)


def page_plays(world: World, week: int, seen: Seen, luck: Luck) -> Plays:
    """The listens on the pages, one after the other from Monday noon UTC."""
    listener, place = np.nonzero(seen.reached)
    track, skipped = seen.tracks[listener, place], seen.skipped[listener, place]
    ms_played = _ms_played(world, track, skipped, luck.cuts[listener, track])
    started = _one_after_another(listener, ms_played, np.full(len(track), world.starts_ms(week) + PAGE_HOUR_MS))
    return Plays(listener, track, started, ms_played, skipped, np.zeros(len(track)))


def own_plays(world: World, memory: Memory, week: int) -> Plays:
    """What listeners play by themselves in a week: the demo world's sessions, each of tracks that they draw by their own liking.

    A session keeps its scene, except that some follow what was heard of late; and what is known, and not yet boring, is chosen
    more often. All chance is that of the session, so policies differ by what they did to listeners alone.
    """
    rows = np.flatnonzero(
        (world.held.start_ms >= world.starts_ms(week)) & (world.held.start_ms < world.starts_ms(week + 1))
    )
    held, rng = world.held, stream(world.seed, f"own {week}")
    n, n_tracks = len(rows), world.n_tracks
    listener, scene = held.listener[rows], _scenes(rng, memory, held, rows)
    score = _own_scores(world, memory, week, listener, scene) - np.log(
        np.maximum(rng.standard_exponential((n, n_tracks)), 1e-300)
    )
    order = np.argsort(-score, axis=1, kind="stable")[:, : int(held.length[rows].max(initial=1))]
    wanted = (np.arange(order.shape[1]) < held.length[rows, np.newaxis]) & np.isfinite(
        np.take_along_axis(score, order, axis=1)
    )
    session, place = np.nonzero(wanted)
    track, who = order[session, place], listener[session]
    taste = memory.taste(world.taste(week))
    fits = (taste[who] * world.scenes[track]).sum(axis=1)
    here, strange = world.scenes[track, scene[session]], held.strange[rows][session]
    misfit = 1.2 - suiting(world, taste, who, track) + 0.8 * fits - 0.8 * here + 0.8 * strange
    luck, cuts = rng.random((2, n, n_tracks), dtype=np.float32)
    skipped = luck[session, track] < skip_odds(misfit - appeal(memory.exposure[who, track]))
    ms_played = _ms_played(world, track, skipped, cuts[session, track])
    started = _one_after_another(session, ms_played, held.start_ms[rows][session])
    return Plays(who, track, started, ms_played, skipped, misfit)


def _scenes(rng: np.random.Generator, memory: Memory, held: Sessions, rows: np.ndarray) -> np.ndarray:
    """The scene of each session: the demo world's, or, as often as taste is open to it, one of what was heard of late."""
    heard = categorical(rng, memory.heard[held.listener[rows]])
    return np.where(rng.random(len(rows)) < OPENNESS, heard, held.scene[rows])


def _own_scores(world: World, memory: Memory, week: int, listener: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """Log weight of each track in each session, -inf for what is not out or not of the scene, shape (n_sessions, n_tracks)."""
    made = world.catalogue.discography
    of_scene = world.scenes[:, scene].T
    score = world.people.liking[listener] + np.log(np.maximum(of_scene, 1e-9)) + FAME_PULL * np.log(made.fame)
    score += appeal(memory.exposure[listener]) / PER_LIKING
    age = (YEAR_START + np.timedelta64(world.start_day + 7 * week, "D") - made.day).astype(np.int64)
    score += np.where((age >= 0) & (age < 120), NEWNESS * np.exp(-np.maximum(age, 0) / 25), 0)
    score[:, age < 0] = -np.inf
    score[of_scene <= 0.02] = -np.inf
    return np.asarray(score)


def _ms_played(world: World, track: np.ndarray, skipped: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """For how long each listen goes on: to the end, or for 2 to 28 seconds."""
    duration = world.catalogue.discography.duration_ms[track]
    return np.where(skipped, np.minimum(2_000 + 26_000 * cut**1.5, 0.9 * duration), duration).astype(np.int64)


def _one_after_another(group: np.ndarray, ms_played: np.ndarray, start_ms: np.ndarray) -> np.ndarray:
    """When each listen begins, where those of a group (which stand together) follow each other from its start."""
    spent = ms_played + PAUSE_MS
    before = np.cumsum(spent) - spent
    first = np.concatenate([[True], group[1:] != group[:-1]])[: len(group)]
    return np.asarray(start_ms + before - np.maximum.accumulate(np.where(first, before, 0)))
