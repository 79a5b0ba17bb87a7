"""What the listeners of the demo world say of tracks and artists: like, dislike, and "never play this"."""

from __future__ import annotations

import numpy as np
import polars as pl

from segue.demo.catalogue import Catalogue
from segue.demo.listeners import Listeners
from segue.demo.plays import Plays
from segue.demo.sessions import YEAR_START
from segue.demo.streams import stream

LIKE_ODDS = 0.05
DISLIKE_ODDS = 0.03
NEVER_ODDS = 0.012
NEVER_ARTIST_ODDS = 0.03
AWAY = np.timedelta64(90, "D")


def feedback_frame(seed: int, catalogue: Catalogue, people: Listeners, played: Plays) -> pl.DataFrame:
    """At most one opinion of a track per listener, given while it played, plus a few of whole artists; by time.

    Nobody plays again what they have said "never" of.
    """
    rng = stream(seed, "opinions")
    n_tracks = catalogue.discography.n_tracks
    talkative = rng.gamma(1.0, 1.0, len(people))[played.listener]
    luck = rng.random(len(played))
    pair = played.listener * n_tracks + played.track
    last = _is_last(pair)
    likes = ~played.skipped & (luck < LIKE_ODDS * talkative * np.clip(1.2 - played.misfit, 0.1, 3))
    dislikes = played.skipped & (luck < DISLIKE_ODDS * talkative * np.clip(0.5 + played.misfit, 0.1, 3))
    nevers = played.skipped & last & (luck > 1 - NEVER_ODDS * talkative * np.clip(0.5 + played.misfit, 0.1, 3))
    said = np.flatnonzero(likes | dislikes | nevers)
    rows = said[_is_last(pair[said])]
    kind = np.where(likes[rows], "like", np.where(nevers[rows], "never", "dislike"))
    of_tracks = _frame(people, played, rows, kind, rng).with_columns(
        track_id=catalogue.tracks["track_id"].gather(played.track[rows])
    )
    artist = catalogue.discography.artist[played.track]
    closing = _is_last(played.listener * len(catalogue.roster) + artist)
    rows = np.flatnonzero(played.skipped & closing & (rng.random(len(played)) < NEVER_ARTIST_ODDS * talkative))
    of_artists = _frame(people, played, rows, np.full(len(rows), "never"), rng).with_columns(
        artist_id=catalogue.artists["artist_id"].gather(artist[rows])
    )
    return pl.concat([of_tracks, of_artists], how="diagonal").sort("time", "listener_id")


def _is_last(keys: np.ndarray) -> np.ndarray:
    """Whether each entry is the last one with its key."""
    last = np.zeros(len(keys), dtype=bool)
    _, first_from_end = np.unique(keys[::-1], return_index=True)
    last[len(keys) - 1 - first_from_end] = True
    return last


def _frame(people: Listeners, played: Plays, rows: np.ndarray, kind: np.ndarray,
           rng: np.random.Generator) -> pl.DataFrame:  # fmt: skip
    at = played.time_ms[rows] + np.round(played.ms_played[rows] * 0.9).astype(np.int64)
    time = YEAR_START + at.astype("timedelta64[ms]")
    expires = np.where((kind == "never") & (rng.random(len(rows)) < 0.3), time + AWAY, np.datetime64("NaT"))
    return pl.DataFrame({
        "listener_id": people.frame["listener_id"].gather(played.listener[rows]),
        "kind": kind,
        "time": time,
        "expires": expires.astype("datetime64[ms]"),
    }).with_columns(pl.col("time", "expires").dt.replace_time_zone("UTC"))  # fmt: skip
