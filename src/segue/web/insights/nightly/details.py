"""What boards need beside the rollups, worked out once a day: a directory of Parquet tables, replaced as a whole.

tracks        track, artist (the first), country (of that artist), released
shown_tracks  week, track, shown, weight (by place), played, liked, disliked
reasons       week, surface, source, reason, shown, played, skipped, liked, disliked, listeners
examples      week, reason, because, track (keys), liked, disliked
starts        week, newcomers, and how many of them played something recommended within 1, 7 and 28 days
words         of, word, times, listeners, before (listeners in the four weeks before)
problems      problem, number, key, title, artist: some of each, with the number of all
quality       by, segment, listeners, hit_rate, ndcg
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

from segue.errors import NotEnoughData
from segue.library.library import write_atomically
from segue.web import clock
from segue.web.insights import rollups

ABOUT = "about.json"
_MADE_BY = {
    "catalogue": ("tracks", "problems"), "words": ("words", "clouds"), "exposed": ("shown_tracks", "reasons", "examples"),
    "starts": ("starts",), "quality": ("quality",),
}  # fmt: skip
PARTS = {table: part for part, tables in _MADE_BY.items() for table in tables}
"""Which part makes each table."""
KEPT = 2
"""The one in use, and the one before: somebody may be reading it."""

Tables = Mapping[str, pl.DataFrame]
Part = tuple[Tables, dict[str, Any]]


@dataclass(frozen=True)
class Details:
    """One making of them; `said` is what its parts say of themselves, `with_rollups` whether there were any."""

    path: Path
    made_ms: int
    said: dict[str, Any]
    with_rollups: bool

    def frame(self, name: str) -> pl.DataFrame:
        """A table. Raises `NotEnoughData`, saying why, where this making has none."""
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            raise NotEnoughData(
                self.said.get(PARTS[name], {}).get("lack", "the next nightly making of details will have it")
            )
        return pl.read_parquet(path)


def current() -> Details | None:
    """The latest making; None where there was none yet."""
    for path in _made():
        try:
            about = json.loads((path / ABOUT).read_text())
        except (OSError, ValueError):
            continue
        return Details(path, about["made_ms"], about["said"], about["with_rollups"])
    return None


def required() -> Details:
    """The latest making. Raises `NotEnoughData`, saying which job makes it."""
    found = current()
    if found is None:
        raise NotEnoughData("it is worked out every night, and was not yet: run the job “Details for the dashboard”")
    return found


def make(
    parts: Mapping[str, Callable[[Details | None], Part]], progress: Callable[[float, str], None]
) -> dict[str, int]:
    """Make all parts anew (each is given the making before), and use them; the rows of each table.

    A part that has nothing to go by raises `NotEnoughData`, and has no tables then. Killed at any point, the making before stays.
    """
    before, made_ms = current(), clock.now_ms()
    directory = _directory()
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f".draft-{made_ms}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    rows: dict[str, int] = {}
    said: dict[str, Any] = {}
    for place, (name, part) in enumerate(parts.items()):
        progress(place / len(parts), name)
        try:
            tables, said[name] = part(before)
        except NotEnoughData as lack:
            said[name] = {"lack": str(lack)}
            continue
        for table, frame in tables.items():
            frame.write_parquet(draft / f"{table}.parquet")
            rows[table] = frame.height
    about = {"made_ms": made_ms, "said": said, "with_rollups": rollups.current() is not None}
    write_atomically(draft / ABOUT, json.dumps(about).encode())
    shutil.rmtree(directory / f"{made_ms:014d}", ignore_errors=True)
    draft.rename(directory / f"{made_ms:014d}")
    _clear(directory)
    return rows


def _directory() -> Path:
    return Path(settings.HOME.path) / "details"


def _made() -> list[Path]:
    """The latest first."""
    directory = _directory()
    there = directory.iterdir() if directory.is_dir() else ()
    return sorted((path for path in there if path.name.isdecimal()), reverse=True)


def _clear(directory: Path) -> None:
    old = [path for path in directory.iterdir() if path.name.startswith(".draft-")] + _made()[KEPT:]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
