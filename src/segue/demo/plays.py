"""What is played in each session of the demo world: a year of listens, as arrays and as a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.demo.catalogue import Catalogue
from segue.demo.discography import SEASONS
from segue.demo.listeners import MONTHS, Listeners
from segue.demo.sessions import DAY_MS, DAYS, LONGEST, YEAR_START, Sessions
from segue.demo.sounds import SCENES
from segue.demo.streams import draws, stream
from segue.library.tables import REPEATED_ID

FAME_PULL = 1.45
CROWD = 0.1
CRUSH = 1.2
NEWNESS = 1.6
TEMPO_SPREAD = 0.16
WINTER = np.array([3.0, 2.0, 0.5, -1.5, -3, -4, -4, -4, -2.5, -1, 1.0, 3.2])
SUMMER = np.array([-3.0, -2.5, -1.5, -0.3, 1.0, 2.0, 2.6, 2.2, 0.5, -1.5, -2.5, -3.0])


@dataclass(frozen=True, eq=False)
class Plays:
    """One entry per listen, by time; `time_ms` counts from 2025-01-01 UTC."""

    listener: np.ndarray
    track: np.ndarray
    time_ms: np.ndarray
    ms_played: np.ndarray
    skipped: np.ndarray
    misfit: np.ndarray

    def __len__(self) -> int:
        return len(self.listener)

    def only(self, rows: np.ndarray) -> Plays:
        """These rows (indices or flags) of every column."""
        return Plays(self.listener[rows], self.track[rows], self.time_ms[rows], self.ms_played[rows],
                     self.skipped[rows], self.misfit[rows])  # fmt: skip


def make_plays(seed: int, catalogue: Catalogue, people: Listeners, held: Sessions) -> Plays:
    """The listens of all sessions, within 2025 UTC."""
    chosen = _choose(seed, catalogue, people, held)
    _follow_albums(catalogue, held, chosen)
    session, place = np.nonzero(chosen >= 0)
    track = chosen[session, place]
    rng = stream(seed, "crowd")
    astray = (rng.random(len(track)) < CROWD) & ~held.album[session]
    charts = draws(rng, catalogue.discography.fame, len(track))
    out = catalogue.discography.day[charts] <= held.date[session]
    track = np.where(astray & out, charts, track)
    misfit = _misfit(catalogue, people, held, session, track)
    listened = _listen(stream(seed, "skips"), catalogue, held, session, track, misfit)
    return listened.only(np.lexsort((listened.listener, listened.time_ms)))


def _choose(seed: int, catalogue: Catalogue, people: Listeners, held: Sessions) -> np.ndarray:
    """Tracks of each session in order, -1 where it has ended; shape (n_sessions, LONGEST).

    Within a scene every session draws different tracks in proportion to weights, by Gumbel noise and sorting (Vieira
    2014, "Gumbel-max trick and weighted reservoir sampling").
    """
    rng = stream(seed, "plays")
    made = catalogue.discography
    crush = _crushes(stream(seed, "crushes"), catalogue, people)
    chosen = np.full((len(held), LONGEST), -1, dtype=np.int64)
    for scene in range(len(SCENES)):
        rows = np.flatnonzero(held.scene == scene)
        tracks = np.flatnonzero(made.scenes[:, scene] > 0.02)
        if not len(rows) or not len(tracks):
            continue
        score = _scores(rng, catalogue, people, held, crush, rows, tracks, scene)
        n_top = min(LONGEST, len(tracks))
        top = np.argpartition(-score, n_top - 1, axis=1)[:, :n_top]
        found = np.take_along_axis(score, top, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        best = tracks[np.take_along_axis(top, order, axis=1)]
        wanted = np.minimum(held.length[rows], np.isfinite(found).sum(axis=1))
        chosen[rows[:, None], np.arange(n_top)] = np.where(np.arange(n_top) < wanted[:, None], best, -1)
    return chosen


def _scores(rng: np.random.Generator, catalogue: Catalogue, people: Listeners, held: Sessions, crush: np.ndarray,
            rows: np.ndarray, tracks: np.ndarray, scene: int) -> np.ndarray:  # fmt: skip
    """Log weight plus Gumbel noise of each track in each session, -inf before it is out."""
    made = catalogue.discography
    listener, month = held.listener[rows], held.month[rows]
    known = np.log(made.scenes[tracks, scene]) + FAME_PULL * np.log(made.fame[tracks])
    score = people.liking[np.ix_(listener, tracks)] + known
    score += CRUSH * (made.artist[tracks] == crush[listener, month][:, None])
    tempo = np.log(made.sound["tempo"][tracks])
    pace = tempo[rng.integers(0, len(tracks), len(rows))]
    score -= ((tempo - pace[:, None]) / TEMPO_SPREAD) ** 2 / 2
    score += _season(made.season[tracks], month, people.southern[listener])
    age = (held.date[rows][:, None] - made.day[tracks]).astype(np.int64)
    recent = age < 120
    score[recent] += NEWNESS * np.exp(-age[recent] / 25)
    score -= np.log(np.maximum(rng.standard_exponential(score.shape), 1e-300))
    score[age < 0] = -np.inf
    return np.asarray(score)


def _season(season: np.ndarray, month: np.ndarray, southern: np.ndarray) -> np.ndarray:
    """Log weight by month of winter and summer songs, shape (n_sessions, n_tracks); the south is half a year off."""
    month = (month + 6 * southern) % MONTHS
    by_season = np.zeros((len(SEASONS), MONTHS))
    by_season[SEASONS.index("winter")], by_season[SEASONS.index("summer")] = WINTER, SUMMER
    return np.asarray(by_season[season][:, month].T)


def _crushes(rng: np.random.Generator, catalogue: Catalogue, people: Listeners) -> np.ndarray:
    """The artist that each listener plays much of in each month, shape (n, 12): one of their scenes, often unknown."""
    roster = catalogue.roster
    scene = np.concatenate([np.argmax(np.cumsum(people.taste[:, month], axis=1) > rng.random((len(people), 1)), axis=1)
                            for month in range(MONTHS)])  # fmt: skip
    edges = np.cumsum(roster.scenes.T * roster.fame**0.5, axis=1)
    at = rng.random(len(scene)) * edges[scene, -1]
    artist = np.minimum((edges[scene] <= at[:, None]).sum(axis=1), len(roster) - 1)
    return np.asarray(artist.reshape(MONTHS, len(people)).T)


def _follow_albums(catalogue: Catalogue, held: Sessions, chosen: np.ndarray) -> None:
    """In album sessions, replace what follows the first track by the release it is on, from the start (in place)."""
    release_of = catalogue.discography.release_of
    starts = np.searchsorted(release_of, np.arange(release_of[-1] + 1))
    sizes = np.bincount(release_of)
    rows = np.flatnonzero(held.album & (chosen[:, 0] >= 0))
    release = release_of[chosen[rows, 0]]
    long_enough = sizes[release] >= 4
    rows, release = rows[long_enough], release[long_enough]
    place = np.arange(LONGEST)
    n_tracks = np.minimum(np.maximum(held.length[rows], 4), sizes[release])
    chosen[rows] = np.where(place < n_tracks[:, None], starts[release][:, None] + place, -1)


def _misfit(catalogue: Catalogue, people: Listeners, held: Sessions, session: np.ndarray,
            track: np.ndarray) -> np.ndarray:  # fmt: skip
    """How little each listen suits its listener and its session, about 0 on average, shape (n_listens,)."""
    made, listener = catalogue.discography, held.listener[session]
    taste = people.taste[listener, held.month[session]]
    suits = (taste * made.scenes[track]).sum(axis=1)
    here = made.scenes[track, held.scene[session]]
    return np.asarray(1.2 - 0.45 * people.liking[listener, track] - 1.5 * np.sqrt(suits) - 0.8 * here
                      + 0.8 * held.strange[session])  # fmt: skip


def _listen(rng: np.random.Generator, catalogue: Catalogue, held: Sessions, session: np.ndarray, track: np.ndarray,
            misfit: np.ndarray) -> Plays:  # fmt: skip
    """When each track begins and for how long it plays; sessions that would overlap are put off."""
    n = len(track)
    duration = catalogue.discography.duration_ms[track]
    skipped = rng.random(n) < 1 / (1 + np.exp(0.95 - 1.1 * misfit))
    early = rng.random(n) < 0.8
    heard = np.where(early, 2_000 + 26_000 * rng.random(n) ** 1.5, duration * (0.15 + 0.6 * rng.random(n)))
    ms_played = np.where(skipped, np.minimum(heard, duration * 0.9), duration).astype(np.int64)
    spent = ms_played + rng.integers(300, 2_500, n)
    first = np.concatenate([[True], session[1:] != session[:-1]])
    before = np.cumsum(spent) - spent
    since_start = before - np.maximum.accumulate(np.where(first, before, 0))
    time_ms = _put_off(held, session, spent)[session] + since_start
    inside = (time_ms >= 0) & (time_ms < DAYS * DAY_MS)
    return Plays(held.listener[session], track, time_ms, ms_played, skipped, misfit).only(inside)


def _put_off(held: Sessions, session: np.ndarray, spent: np.ndarray) -> np.ndarray:
    """Session starts moved to after the end of the listener's session before: a running maximum of slack."""
    lasts = np.bincount(session, spent, len(held)).astype(np.int64) + 60_000
    before = np.cumsum(lasts) - lasts
    far_apart = held.listener * (4 * DAYS * DAY_MS + int(lasts.sum()))
    return np.asarray(np.maximum.accumulate(held.start_ms - before + far_apart) - far_apart + before)


def listen_frame(catalogue: Catalogue, people: Listeners, played: Plays) -> pl.DataFrame:
    """The listens as a frame, sorted by time."""
    listener_ids = people.frame["listener_id"].cast(REPEATED_ID)
    track_ids = catalogue.tracks["track_id"].cast(REPEATED_ID)
    frame = pl.DataFrame({
        "listener_id": listener_ids.gather(played.listener),
        "track_id": track_ids.gather(played.track),
        "time": YEAR_START + played.time_ms.astype("timedelta64[ms]"),
        "ms_played": played.ms_played,
        "skipped": played.skipped,
        "plays": np.ones(len(played), dtype=np.int32),
    })  # fmt: skip
    return frame.with_columns(source=pl.lit("demo", dtype=REPEATED_ID), time=pl.col("time").dt.replace_time_zone("UTC"))
