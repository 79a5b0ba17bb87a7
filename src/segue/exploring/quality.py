"""What is missing, and which rows a careful person would look at before believing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Cell, Shape, Table, numbers
from segue.exploring.view import View
from segue.exploring.wording import counted, percent, verb

PROBLEMS_PER_TABLE = 1_000
MS_PER_HOUR = 3_600_000
EPOCH_ENDS = datetime(1971, 1, 1, tzinfo=UTC)
EARLIEST_DATE = datetime(1890, 1, 1, tzinfo=UTC).date()


@dataclass(frozen=True)
class Check:
    """Rows of a table that are suspect where `suspect` is true; `noun` and `what` say what they are."""

    table: str
    noun: str
    what: str
    suspect: pl.Expr


def missing(view: View) -> tuple[str, str, Shape]:
    """For every column that some rows have and others lack, the share that lack it."""
    shares, absent = {}, 0
    for table, frame in view.library.frames():
        for column in table.columns if frame.height else ():
            lacking = _lacking(frame[column.name])
            if lacking == frame.height:
                absent += 1
            elif lacking:
                shares[f"{table.name}: {column.name.replace('_', ' ')}"] = lacking / frame.height
    empty = f"{counted(absent, 'more column')} {verb(absent, 'is', 'are')} empty throughout"
    if not shares:
        raise NotEnoughData(f"every column is either full or empty: {empty}")
    order = sorted(shares, key=lambda name: (-shares[name], name))
    widest = percent(shares[order[0]])
    gaps = f"{counted(len(shares), 'column')} {verb(len(shares), 'has', 'have')} gaps"
    finding = f"{gaps}, the widest {order[0]}, where {widest} of the rows have no value; {empty}."
    return finding, "% missing", Bars(tuple(order), numbers((100 * shares[name] for name in order), 2), "column")


def suspects(view: View) -> tuple[str, str, Shape]:
    """How many rows each check finds suspect, with the first of them."""
    rows: list[tuple[Cell, ...]] = []
    largest, told, done = 0, "", 0
    for check in _checks(view):
        frame = getattr(view.library, check.table)
        if not frame.height:
            continue
        done += 1
        found = frame.select(check.suspect.fill_null(value=False).arg_true()).to_series()
        if len(found):
            rows.append((counted(len(found), check.noun), check.what, _example(frame.row(int(found[0]), named=True))))
        if len(found) > largest:
            largest, told = (
                len(found),
                f"{', most often' if told else ''}: {counted(len(found), check.noun)} {check.what}",
            )
    if not done:
        raise NotEnoughData("there are no rows to check")
    found_by = counted(len(rows), "check")
    for (table, column, why), count in _problems(view):
        most = "at least " if count >= PROBLEMS_PER_TABLE else ""
        rows.append((f"{most}{counted(count, 'row')} of {table}", f"{column} {why}", ""))
    shape = Table(("rows", "what about them", "first"), tuple(rows))
    if not rows:
        return f"None of {done} checks found anything.", "rows", shape
    broken = len(rows) - int(found_by.partition(" ")[0])
    rules = f"; {counted(broken, 'rule')} of the tables {verb(broken, 'is', 'are')} broken" if broken else ""
    return f"{found_by} of {done} found something{told}{rules}.", "rows", shape


def _lacking(column: pl.Series) -> int:
    lacking = column.is_null()
    if isinstance(column.dtype, pl.List):
        lacking |= (column.list.len() == 0).fill_null(value=False)
    return int(lacking.sum())


def _problems(view: View) -> list[tuple[tuple[str, str, str], int]]:
    """What breaks the tables' own rules, counted by kind; the ids in "'x' is not in tracks" are left off."""
    kinds = Counter(
        (one.table, one.column.replace("_", " "), f"is not in {one.why.rpartition(' ')[2]}" if "not in" in one.why else one.why)
        for one in view.library.problems(PROBLEMS_PER_TABLE)
    )  # fmt: skip
    return kinds.most_common()


def _checks(view: View) -> Iterator[Check]:
    tomorrow = view.now + timedelta(days=1)
    yield from _of_tracks(tomorrow)
    yield from _of_listens(tomorrow)
    name = pl.col("name").str.strip_chars().str.to_lowercase()
    yield Check("artists", "artist", "without a name", _blank("name"))
    yield Check("artists", "artist", "of a name that another has", name.is_duplicated() & (name != ""))
    yield Check("releases", "release", "without a title", _blank("title"))
    yield Check("releases", "release", "from the future", pl.col("date") > tomorrow.date())
    born = pl.col("birth_year")
    yield Check("listeners", "listener", "older than 110 or younger than 5",
                (born < view.now.year - 110) | (born > view.now.year - 5))  # fmt: skip
    lists = pl.col("track_ids").list
    yield Check("playlists", "playlist", "without a track", lists.len().fill_null(0) == 0)
    yield Check("playlists", "playlist", "with a track twice", lists.n_unique() < lists.len())
    yield Check("playlists", "playlist", "without a title", _blank("title"))


def _of_tracks(tomorrow: datetime) -> Iterator[Check]:
    title = pl.col("title").str.strip_chars().str.to_lowercase()
    same = pl.struct(title.alias("title"), pl.col("artist_ids").list.first().alias("artist"))
    yield Check("tracks", "track", "without a title", _blank("title"))
    yield Check("tracks", "track", "of a title and artist that another has",
                same.is_duplicated() & pl.col("artist_ids").is_not_null() & (title != ""))  # fmt: skip
    yield Check("tracks", "track", "of no artist", pl.col("artist_ids").list.len() == 0)
    yield Check("tracks", "track", "of length 0", pl.col("duration_ms") == 0)
    yield Check("tracks", "track", "longer than an hour", pl.col("duration_ms") > MS_PER_HOUR)
    yield Check("tracks", "track", "at tempo 0", pl.col("tempo") == 0)
    yield Check("tracks", "track", "from the future", pl.col("date") > tomorrow.date())
    yield Check("tracks", "track", "from before there were records (1890)", pl.col("date") < EARLIEST_DATE)


def _of_listens(tomorrow: datetime) -> Iterator[Check]:
    time = pl.col("time")
    moment = pl.struct("listener_id", time.dt.truncate("1s").alias("second"))
    yield Check("listens", "listen", "from the future", time > tomorrow)
    yield Check("listens", "listen", "from 1970, where clocks that do not know the time begin", time < EPOCH_ENDS)
    yield Check("listens", "listen", "of a listener who began another at the same second",
                time.is_not_null() & moment.is_duplicated())  # fmt: skip
    yield Check("listens", "listen", "played for 0 ms and not skipped",
                (pl.col("ms_played") == 0) & ~pl.col("skipped").fill_null(value=True))  # fmt: skip
    yield Check("listens", "listen", "that took more than a day", pl.col("ms_played") > 24 * MS_PER_HOUR)


def _blank(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().fill_null("") == ""


def _example(row: dict[str, object]) -> str:
    """What a person can find the row by: its name and id, or what was listened to and when; never who listened."""
    keys = ("title", "name", "track_id", "artist_id", "release_id", "playlist_id", "time")
    found = [str(row[key]) for key in keys if row.get(key) not in {None, ""}]
    return ", ".join(found[:3])


RECIPES = (Recipe("missing", "Missing values", missing), Recipe("suspects", "Suspect rows", suspects))
