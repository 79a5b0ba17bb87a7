"""The rollups that are there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

MANIFEST = "manifest.json"
DRAFT = ".draft-"
FORMAT = 1
"""Larger when the tables change: what another version of Segue made is not read."""
_MADE = re.compile(rf"\d{{15}}-{FORMAT}")


@dataclass(frozen=True)
class Rollups:
    """Tables of one moment, read when they are asked for. Counts are of plays; see the package for what counts.

    Attributes:
        path: the directory, whose name is when it was made.
    """

    path: Path

    @property
    def name(self) -> str:
        """Another name, other numbers."""
        return self.path.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """`made_ms`, `listens` (rows of the database), `seconds`, and `of`: counts of the database that tell whether it changed.

        `last_day` is the last day, up to that on which they were made, of which there are listens; None where there are none.
        """
        found: dict[str, Any] = json.loads((self.path / MANIFEST).read_text())
        return found

    @property
    def listeners(self) -> pl.LazyFrame:
        """Everybody: listener, account (bool), country, birth_year, gender, first_day, last_day, listens, signed_up.

        `first_day` and `last_day` are of listens with a time; `signed_up` is the day of the account.
        """
        return self._scan("listeners.parquet")

    @property
    def days(self) -> pl.LazyFrame:
        """What a listener did on a day.

        Columns: listener, day, listens, skips, known, ms_played, sessions, new_artists, artists, likes, dislikes.

        `known` counts the listens of which it is known whether they were skipped. A session begins with a listen 30 minutes or
        more after the end of the one before (as `library.sittings`), and counts on the day it begins. `artists` are the main
        artists of what was played, each once; `new_artists` those never heard before. Likes and dislikes ("never" is one)
        are those that still hold, on the day they were said. On a day of likes alone, `listens` is 0.
        """
        return self._scan("days-*.parquet")

    @property
    def hours(self) -> pl.LazyFrame:
        """When people play, by their own clocks: day (theirs), hour (0-23), listens, listeners (of that hour of that day)."""
        return self._scan("hours.parquet")

    @property
    def returns(self) -> pl.LazyFrame:
        """Who came back: day, away (days since the last day on which they listened, 1 or more), listeners."""
        return self._scan("returns.parquet")

    @property
    def track_weeks(self) -> pl.LazyFrame:
        """Week, track, listens, skips, listeners."""
        return self._scan("track_weeks.parquet")

    @property
    def artist_weeks(self) -> pl.LazyFrame:
        """Week, artist, listens, skips, listeners: a listen counts for each main artist of its track."""
        return self._scan("artist_weeks.parquet")

    @property
    def genre_weeks(self) -> pl.LazyFrame:
        """Week, genre, listens, skips, listeners: a listen counts for each genre of its track (else of its main artists)."""
        return self._scan("genre_weeks.parquet")

    @property
    def shelf_days(self) -> pl.LazyFrame:
        """What came of recommendations shown on a day.

        Columns: day, surface, source, snapshot, pages, shown, played, through, skipped, liked, disliked.

        `pages` counts those with a track of that source: of several sources, they do not add up. `shown` counts tracks on pages,
        `played` those that were begun, `skipped` those of them that were skipped, `through` the others. Whatever comes
        of a page counts on the day it was shown.
        """
        return self._scan("shelf_days.parquet")

    def _scan(self, files: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.path / files)


def folder() -> Path:
    """Where rollups are kept."""
    path: Path = settings.HOME.path / "insights"
    return path


def current() -> Rollups | None:
    """The latest; None before the first were made."""
    made = all_made()
    return _of(made[-1]) if made else None


def all_made() -> list[Path]:
    """The directories of those that are there, the oldest first."""
    try:
        return sorted(path for path in folder().iterdir() if _MADE.fullmatch(path.name))
    except FileNotFoundError:
        return []


@lru_cache(maxsize=2)
def _of(path: Path) -> Rollups:
    return Rollups(path)
