"""Making rollups: listens are read once, as they lie, and put in files by listener; then some listeners at a time are added up."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from segue.errors import Busy
from segue.web import clock
from segue.web.catalog.reading import one_moment
from segue.web.insights.rollups import listening, people, shelves
from segue.web.insights.rollups.listening import Part
from segue.web.insights.rollups.reading import DRAFT, FORMAT, MANIFEST, Rollups, all_made, current, folder
from segue.web.insights.rollups.rows import listens, one_row

LISTENS_AT_ONCE = 400_000
"""So many are added up at a time, or those of one listener, where they are more."""
_SPILLED_AT_ONCE = 1 << 20
_ROW_GROUP = 1 << 15
_KEPT = 2
"""The latest, and the one before, which pages that are being made may still read."""
_SUMS = {"track_weeks": ["week", "track"], "artist_weeks": ["week", "artist"], "genre_weeks": ["week", "genre"],
         "hours": ["day", "hour"], "returns": ["day", "away"]}  # fmt: skip
_COUNTED = {
    "listens": "COUNT(*), MAX(id) FROM listening_listen",
    "listeners": "COUNT(*), SUM(version) FROM listening_listener",
    "feedback": "COUNT(*), MAX(id) FROM listening_feedback",
    "exposures": "COUNT(*), MAX(shown_ms) FROM discovery_exposure",
    "outcomes": "COUNT(*), MAX(id) FROM discovery_outcome",
    "credits": "COUNT(*), MAX(id) FROM catalog_credit",
}

Say = Callable[[float, str], None]


def changed() -> bool:
    """Whether anything was listened to, said, shown or erased since the latest were made."""
    there = current()
    return there is None or there.manifest["of"] != _state()


def make(say: Say | None = None) -> Rollups:
    """Make them anew, of the database as it is at one moment; what was there stays until they are whole.

    `say` is told how far it is (0 to 1), and what is done. Raises `Busy` where another process is making them.
    """
    say = say or (lambda _share, _doing: None)
    with _alone():
        for left in folder().glob(f"{DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        draft = folder() / f"{DRAFT}{os.getpid()}"
        try:
            _write(draft, say)
            draft.rename(folder() / f"{_next_ms():015d}-{FORMAT}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _clear(_KEPT)
    made = current()
    assert made is not None
    return made


def forget_old() -> None:
    """Delete all but the latest: who was erased since must not stay in those before until anything else happens."""
    with _alone():
        _clear(1)


def _clear(keep: int) -> None:
    kept = all_made()[-keep:]
    for old in folder().iterdir():
        if old.is_dir() and old not in kept:
            shutil.rmtree(old, ignore_errors=True)


def _next_ms() -> int:
    """Now; later than all that are there, whatever the clock did."""
    made = all_made()
    return max(clock.now_ms(), int(made[-1].name.partition("-")[0]) + 1 if made else 0)


@contextmanager
def _alone() -> Iterator[None]:
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("the numbers of the dashboard are being made already: wait until that is done") from None
        yield


def _state() -> dict[str, list[int]]:
    """What differs when anything counts that did not."""
    return {name: [int(value or 0) for value in one_row(f"SELECT {what}")] for name, what in _COUNTED.items()}


def _write(draft: Path, say: Say) -> None:
    begun, made_ms = time.monotonic(), clock.now_ms()
    parts = draft / "parts"
    parts.mkdir(parents=True)
    with one_moment():
        say(0.0, "reading the catalogue and who listens")
        state, catalogue, everybody = _state(), people.catalogue(), people.listeners()
        cuts = _spilled(parts, state["listens"][0], say)
        say(0.4, "reading what was shown")
        shelf_days = _summed(shelves.shelf_days(), shelves.KEYS)
    heard = []
    for number, (first, last) in enumerate(pairwise(cuts)):
        say(0.5 + 0.4 * number / len(cuts), f"adding up listeners, {number + 1} of {len(cuts) - 1}")
        mine = pl.col("listener").is_between(first, last, closed="left")
        part = Part.of(_spilled_of(parts, "listens", mine), catalogue)
        heard.append(listening.heard(part))
        said = _spilled_of(parts, "said", mine).group_by("listener", "day").sum()
        days = listening.days(part, said)
        for name, frame in {
            "days": days, "returns": listening.returns(days), "hours": listening.hours(part, everybody.select("listener", "zone")),
            "track_weeks": listening.track_weeks(part), "artist_weeks": listening.artist_weeks(part),
            "genre_weeks": listening.genre_weeks(part),
        }.items():  # fmt: skip
            frame.write_parquet(parts / f"{name}.{number}.parquet", compression="lz4", row_group_size=_ROW_GROUP)
    say(0.9, "putting it together")
    _together(draft, parts)
    _with_sums(everybody, heard).write_parquet(draft / "listeners.parquet")
    shelf_days.write_parquet(draft / "shelf_days.parquet")
    shutil.rmtree(parts)
    manifest = {
        "made_ms": made_ms,
        "last_day": _last_day(draft, made_ms),
        "listens": state["listens"][0],
        "seconds": round(time.monotonic() - begun, 2),
        "of": state,
    }
    (draft / MANIFEST).write_text(json.dumps(manifest))
    _flush(draft)


# -- by listener ---------------------------------------------------------------------------------------------------------


def _spilled(parts: Path, rows: int, say: Say) -> list[int]:
    """Put listens and what was said into files, each in the order of listeners; gives where to cut listeners into ranges."""
    counts = pl.DataFrame(schema={"listener": pl.Int64, "len": pl.Int64})
    done = 0
    for number, frame in enumerate(_gathered(listens(), _SPILLED_AT_ONCE)):
        _spill(parts / f"spilled.listens.{number}.parquet", frame)
        more = frame.group_by("listener").len().cast(pl.Int64)
        counts = pl.concat([counts, more]).group_by("listener").sum()
        done += frame.height
        say(0.02 + 0.38 * min(done / max(rows, 1), 1.0), f"reading listens: {done:,}")
    for number, frame in enumerate(_gathered(people.said(), _SPILLED_AT_ONCE)):
        _spill(parts / f"spilled.said.{number}.parquet", frame)
    ordered = counts.sort("listener")
    place = ordered["len"].cum_sum() // LISTENS_AT_ONCE
    first = ordered.filter(place != place.shift(1))["listener"].to_list()
    return [0, *first, 2**62]


def _gathered(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of at least so many, but for the last; at least one frame where there is one."""
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(one.height for one in waiting) >= rows:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _spill(file: Path, frame: pl.DataFrame) -> None:
    frame.sort("listener").write_parquet(file, compression="lz4", row_group_size=_ROW_GROUP)


_SPILLED_AS: dict[str, dict[str, Any]] = {
    "listens": dict.fromkeys(("listener", "track", "artist", "time_ms", "ms_played", "skipped", "plays"), pl.Int64),
    "said": {"listener": pl.Int64, "day": pl.Date, "likes": pl.Int64, "dislikes": pl.Int64},
}


def _spilled_of(parts: Path, what: str, mine: pl.Expr) -> pl.DataFrame:
    """The rows of some listeners: files and groups of rows in which there are none are not read."""
    files = sorted(parts.glob(f"spilled.{what}.*"))
    frames = [pl.scan_parquet(file).filter(mine).collect() for file in files]
    return pl.concat([pl.DataFrame(schema=_SPILLED_AS[what]), *frames])


# -- together ------------------------------------------------------------------------------------------------------------


def _together(draft: Path, parts: Path) -> None:
    """The sums of all ranges of listeners, which have nobody in common, as the tables."""
    for name, keys in _SUMS.items():
        whole = pl.scan_parquet(parts / f"{name}.*.parquet").group_by(keys).sum().sort(keys)
        whole.sink_parquet(draft / f"{name}.parquet", row_group_size=_ROW_GROUP)
    days = pl.scan_parquet(parts / "days.*.parquet")
    month = pl.col("day").dt.truncate("1mo")
    days.clear().collect().write_parquet(draft / "days-none.parquet")
    for first in days.select(month.unique()).collect().to_series().sort():
        mine = days.filter(month == first, pl.col("day").is_between(first, first + timedelta(days=31)))
        mine.collect().sort("day", "listener").write_parquet(
            draft / f"days-{first:%Y-%m}.parquet", row_group_size=_ROW_GROUP
        )


def _last_day(draft: Path, made_ms: int) -> str | None:
    """The last day of which there are listens, as 2026-11-21; those of clocks that are ahead of ours left aside."""
    today = pl.select(listening.day_of(pl.lit(made_ms))).item()
    played = pl.scan_parquet(draft / "days-*.parquet").filter(pl.col("listens") > 0, pl.col("day") <= today)
    last = played.select(pl.col("day").max()).collect().item()
    return last and str(last)


def _with_sums(everybody: pl.DataFrame, heard: Sequence[pl.DataFrame]) -> pl.DataFrame:
    whole = everybody.join(pl.concat(heard), on="listener", how="left", maintain_order="left")
    return whole.select("listener", "account", "country", "birth_year", "gender", "first_day", "last_day",
                        pl.col("listens").fill_null(0), "signed_up")  # fmt: skip


def _summed(frames: Iterable[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """Frames of sums, added up as they come."""
    total: pl.DataFrame | None = None
    for some in _gathered(frames, _ROW_GROUP):
        total = (some if total is None else pl.concat([total, some])).group_by(keys).sum()
    assert total is not None
    return total.sort(keys)


def _flush(draft: Path) -> None:
    """Bring all files to the disk before they get the name by which they are found."""
    for file in draft.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
