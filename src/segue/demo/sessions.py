"""When the listeners of the demo world sit down to listen, and to what: a year of sessions.

A session is a stretch of listening in one scene, at one tempo. Its hour follows the listener's clock, its scene the
hour, the month, and the session before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.demo.listeners import Listeners, choose_scenes, months_of
from segue.demo.sounds import HOUR_EDGES, HOURS, SCENES
from segue.demo.streams import draws, stream

YEAR_START = np.datetime64("2025-01-01", "D")
DAYS = 365
DAY_MS = 86_400_000
FIRST_WEEKDAY = 2  # 2025-01-01 was a Wednesday; 0 is Monday
SAME_AGAIN = 0.35
ALBUM_SHARE = 0.13
MEAN_LENGTH = 8.0
LONGEST = 30

# Listening per hour of the local day, from midnight: on working days and on days off.
WORKDAY = np.array([3, 2, 1, 1, 1, 2, 4, 8, 9, 7, 6, 6, 7, 6, 6, 7, 9, 11, 11, 10, 10, 9, 8, 5.0])
DAY_OFF = np.array([6, 5, 3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 8.0])
CHRONOTYPE_SHIFT = np.array([-1, 0, 2])


@dataclass(frozen=True, eq=False)
class Sessions:
    """One entry per session, by listener and then by time.

    `start_ms` counts from 2025-01-01 UTC; `day`, `month` and `hour` are the listener's own. `length` is the number of
    tracks wanted; `album` sessions play one release in order.
    """

    listener: np.ndarray
    start_ms: np.ndarray
    day: np.ndarray
    month: np.ndarray
    hour: np.ndarray
    scene: np.ndarray
    strange: np.ndarray
    album: np.ndarray
    length: np.ndarray

    def __len__(self) -> int:
        return len(self.listener)

    @property
    def date(self) -> np.ndarray:
        """The UTC date of each start (datetime64): what came out on it or before can be played."""
        return np.asarray(YEAR_START + (self.start_ms // DAY_MS).astype("timedelta64[D]"))


def make_sessions(seed: int, people: Listeners) -> Sessions:
    """All sessions of the year. `strange` ones explore a scene that is not the listener's own."""
    rng = stream(seed, "sessions")
    listener = np.repeat(np.arange(len(people)), people.sessions)
    day = people.joined_day[listener] + (rng.random(len(listener)) * (DAYS - people.joined_day[listener])).astype(int)
    day = _to_weekends(rng, day, people.joined_day[listener])
    hour = _hours(rng, day, people.chronotype[listener])
    local_ms = day * DAY_MS + hour * 3_600_000 + rng.integers(0, 3_600_000, len(listener))
    order = np.lexsort((local_ms, listener))
    day, hour, local_ms = day[order], hour[order], local_ms[order]
    month = months_of(day)
    strange = rng.random(len(listener)) < people.curiosity[listener]
    return Sessions(
        listener=listener,
        start_ms=local_ms - (people.utc_offset[listener] * 3_600_000).astype(np.int64),
        day=day,
        month=month,
        hour=hour,
        scene=_scenes(rng, people, listener, month, hour, strange),
        strange=strange,
        album=rng.random(len(listener)) < ALBUM_SHARE,
        length=np.minimum(rng.geometric(1 / MEAN_LENGTH, len(listener)) + 1, LONGEST),
    )


def _to_weekends(rng: np.random.Generator, day: np.ndarray, earliest: np.ndarray) -> np.ndarray:
    """Some of the days moved to the Saturday or Sunday of their week, so that weekends hold more."""
    moved = rng.random(len(day)) < 0.08
    weekday = (day + FIRST_WEEKDAY) % 7
    target = day - weekday + 5 + rng.integers(0, 2, len(day))
    return np.asarray(np.where(moved, target, day).clip(earliest, DAYS - 1))


def _hours(rng: np.random.Generator, day: np.ndarray, chronotype: np.ndarray) -> np.ndarray:
    """The local hour of each session: working days and days off differ, and so do early and late people."""
    off = (day + FIRST_WEEKDAY) % 7 >= 5
    hour = np.where(off, draws(rng, DAY_OFF, len(day)), draws(rng, WORKDAY, len(day)))
    return np.asarray((hour + CHRONOTYPE_SHIFT[chronotype]) % 24)


def _scenes(rng: np.random.Generator, people: Listeners, listener: np.ndarray, month: np.ndarray, hour: np.ndarray,
            strange: np.ndarray) -> np.ndarray:  # fmt: skip
    by_hour = np.array([HOURS[scene.hours] for scene in SCENES])[:, np.searchsorted(HOUR_EDGES, hour, side="right")].T
    size = np.array([scene.size for scene in SCENES])
    liked = np.where(strange[:, None], size / size.sum(), people.taste[listener, month]) * by_hour
    new_listener = np.concatenate([[True], listener[1:] != listener[:-1]])
    again = (rng.random(len(listener)) < SAME_AGAIN) & ~new_listener & ~strange
    again &= ~np.concatenate([[False], strange[:-1]])
    return choose_scenes(rng, liked, again)
