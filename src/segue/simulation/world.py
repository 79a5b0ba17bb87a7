"""The world of a simulation: the demo world up to a Monday, and the sessions that its listeners will hold by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from segue.demo.catalogue import Catalogue, make_catalogue
from segue.demo.listeners import Listeners, make_listeners, months_of
from segue.demo.mixtapes import playlist_frame
from segue.demo.opinions import feedback_frame
from segue.demo.plays import Plays, listen_frame, make_plays
from segue.demo.sessions import DAY_MS, DAYS, FIRST_WEEKDAY, YEAR_START, Sessions, make_sessions
from segue.library import Library

MOST_WEEKS = 30
"""More would leave too little of the year to learn from."""
ROOM = 3.5
"""How many times larger the catalogue is than the crowd: a page a week would soon use up a small one."""
WEEK_MS = 7 * DAY_MS
YEAR_START_MS = int(YEAR_START.astype("datetime64[ms]").astype(np.int64))


@dataclass(frozen=True, eq=False)
class World:
    """What is true, and what was listened to before the first week.

    Attributes:
        seed: of everything.
        weeks: how many are to be simulated.
        catalogue, people: the hidden truth: whom each track pleases, what each listener likes.
        held: every session of the year; those from the first week on are the listeners' own to come.
        past: the listens before the first week.
        start_day: the Monday on which the first week begins, in days from 2025-01-01.
    """

    seed: int
    weeks: int
    catalogue: Catalogue
    people: Listeners
    held: Sessions
    past: Plays
    start_day: int

    @property
    def n_tracks(self) -> int:
        """Number of tracks, those to come included."""
        return self.catalogue.discography.n_tracks

    @property
    def artist(self) -> np.ndarray:
        """The artist of each track, int64, shape (n_tracks,)."""
        return self.catalogue.discography.artist

    @property
    def scenes(self) -> np.ndarray:
        """Whom each track pleases, shape (n_tracks, n_scenes), rows adding up to 1."""
        return self.catalogue.discography.scenes

    @cached_property
    def track_ids(self) -> list[str]:
        """The id of each track."""
        return self.catalogue.tracks["track_id"].to_list()

    @cached_property
    def tracks_by_id(self) -> dict[str, int]:
        """The place of each track id."""
        return {track_id: place for place, track_id in enumerate(self.track_ids)}

    def starts_ms(self, week: int) -> int:
        """When a week begins (the first is 0), in ms from 2025-01-01 UTC."""
        return self.start_day * DAY_MS + week * WEEK_MS

    def month(self, week: int) -> int:
        """The month, 0 to 11, in which a week begins."""
        return int(months_of(np.array([self.start_day + 7 * week]))[0])

    def taste(self, week: int) -> np.ndarray:
        """What listeners would listen to by themselves in a week, shape (n_listeners, n_scenes), rows adding up to 1."""
        return np.asarray(self.people.taste[:, self.month(week)])

    def out(self, week: int) -> np.ndarray:
        """Which tracks have come out when a week begins, bool, shape (n_tracks,)."""
        return np.asarray(self.catalogue.discography.day <= YEAR_START + np.timedelta64(self.start_day + 7 * week, "D"))

    def library(self, week: int, listens: pl.DataFrame, likes: pl.DataFrame) -> Library:
        """All that anybody but the listeners can know when a week begins; `listens` and `likes` came since the first one.

        Without lyrics: reading them takes a third of the time of training, and nobody here chooses by them.
        """
        date = pl.lit(YEAR_START + np.timedelta64(self.start_day + 7 * week, "D")).cast(pl.Date)
        return Library.of(
            artists=self.catalogue.artists,
            releases=self.catalogue.releases.filter(pl.col("date").cast(pl.Date) <= date),
            tracks=self.catalogue.tracks.drop("lyrics").filter(pl.col("date").cast(pl.Date) <= date),
            listeners=self.people.frame,
            listens=pl.concat([self._listens, listens]),
            feedback=pl.concat([self._feedback, likes], how="diagonal"),
            playlists=self._playlists,
        )

    @cached_property
    def _listens(self) -> pl.DataFrame:
        return listen_frame(self.catalogue, self.people, self.past)

    @cached_property
    def _feedback(self) -> pl.DataFrame:
        """What would expire is left out: whether it has, the clock of this machine would say."""
        return feedback_frame(self.seed, self.catalogue, self.people, self.past).filter(pl.col("expires").is_null())

    @cached_property
    def _playlists(self) -> pl.DataFrame:
        made = playlist_frame(self.seed, self.catalogue, self.people, self.past)
        return made.filter(pl.col("modified").dt.epoch("ms") < YEAR_START_MS + self.starts_ms(0))


def make_world(seed: int, scale: float, weeks: int) -> World:
    """The world whose last `weeks` weeks of 2025 are to be simulated: about 1,000 listeners times `scale`.

    Raises `ValueError` for a scale of 0 or less, and for weeks that leave too little of the year to learn from.
    """
    if scale <= 0 or not 1 <= weeks <= MOST_WEEKS:
        raise ValueError(f"scale {scale} is not above 0, or {weeks} is not from 1 to {MOST_WEEKS} weeks")
    catalogue = make_catalogue(seed, max(min(ROOM * scale, 1.0), scale))
    people = make_listeners(seed, scale, catalogue)
    held = make_sessions(seed, people)
    latest = DAYS - 7 * weeks
    start_day = latest - (latest + FIRST_WEEKDAY) % 7
    played = make_plays(seed, catalogue, people, held)
    past = played.only(played.time_ms < start_day * DAY_MS)
    return World(seed, weeks, catalogue, people, held, past, start_day)
