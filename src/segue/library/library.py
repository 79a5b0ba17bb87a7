"""The Library: catalogue, listeners, listens, feedback and playlists, as one value."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Self

import polars as pl

from segue.errors import BadFile, InvalidTable
from segue.library import tables
from segue.library.tables import TABLES, Problem, Table

MANIFEST = "library.json"
_OWN_FILE = re.compile(rf"({'|'.join(TABLES)})\.([0-9a-f]{{12}}\.parquet|draft\.parquet\.[0-9]+)")
FORMAT = 1

# A play with a time is one event; a count without a time is replaced by a newer count of the same source.
_EVENT_KEYS = {
    "listens": ("listener_id", "track_id", "artist_id", "time", "position", "_counted_by"),
    "feedback": ("listener_id", "track_id", "artist_id", "kind", "time"),
    "taggings": ("listener_id", "track_id", "artist_id", "tag"),
    "relations": ("artist_id", "other_artist_id", "kind"),
}


def _empty(table: Table) -> pl.DataFrame:
    return field(default_factory=table.empty)


@dataclass(frozen=True, eq=False)
class Library:
    """Typed tables together, as a value: what models learn from.

    Every frame conforms to its schema in `segue.library.tables`. Nothing changes in place: `merge` and `until` return
    new libraries that share the frames they did not change.
    """

    artists: pl.DataFrame = _empty(tables.ARTISTS)
    releases: pl.DataFrame = _empty(tables.RELEASES)
    tracks: pl.DataFrame = _empty(tables.TRACKS)
    listeners: pl.DataFrame = _empty(tables.LISTENERS)
    listens: pl.DataFrame = _empty(tables.LISTENS)
    feedback: pl.DataFrame = _empty(tables.FEEDBACK)
    taggings: pl.DataFrame = _empty(tables.TAGGINGS)
    playlists: pl.DataFrame = _empty(tables.PLAYLISTS)
    relations: pl.DataFrame = _empty(tables.RELATIONS)
    files: pl.DataFrame = _empty(tables.FILES)

    @classmethod
    def of(cls, **frames: pl.DataFrame) -> Self:
        """A library of these frames, each conformed to its table.

        Columns may be absent. Listeners that occur only in listens, feedback or playlists are added to `listeners`.
        Raises `InvalidTable` for an unknown table or column, or values of the wrong type.
        """
        unknown = set(frames) - set(TABLES)
        if unknown:
            raise InvalidTable(f"there is no table {sorted(unknown)[0]!r}: the tables are {', '.join(TABLES)}")
        return cls(**{name: TABLES[name].conform(frame) for name, frame in frames.items()})._with_listeners()

    def _with_listeners(self) -> Self:
        seen = [
            self.listens["listener_id"].unique().cast(pl.String),
            self.feedback["listener_id"].unique().cast(pl.String),
            self.taggings["listener_id"].unique().cast(pl.String),
            self.playlists["listener_id"].unique(),
        ]
        missing = pl.concat(seen).drop_nulls().unique()
        missing = missing.filter(~missing.is_in(self.listeners["listener_id"].implode())).sort()
        if missing.is_empty():
            return self
        added = tables.LISTENERS.conform(missing.alias("listener_id").to_frame())
        return replace(self, listeners=pl.concat([self.listeners, added]))

    def frames(self) -> Iterator[tuple[Table, pl.DataFrame]]:
        """Each table with its frame."""
        for column in fields(self):
            yield TABLES[column.name], getattr(self, column.name)

    def counts(self) -> dict[str, int]:
        """Rows of each table."""
        return {table.name: frame.height for table, frame in self.frames()}

    def memory_bytes(self) -> int:
        """What the frames take in memory, in bytes."""
        return sum(int(frame.estimated_size()) for _, frame in self.frames())

    def fingerprint(self) -> str:
        """16 hexadecimal digits that change when any row does; the order of rows does not matter."""
        digest = hashlib.sha256()
        for table, frame in self.frames():
            rows = frame.with_columns(pl.col(tables.REPEATED_ID).cast(pl.String)).hash_rows(seed=0)
            total = int(rows.cast(pl.Decimal(38, 0)).sum() or 0) if frame.height else 0
            digest.update(f"{table.name} {frame.height} {total}\n".encode())
        return digest.hexdigest()[:16]

    # -- checking ------------------------------------------------------------------------------------------------

    def problems(self, limit: int = 20) -> list[Problem]:
        """What is wrong with the rows: bad values, repeated keys, ids that no table has; `limit` per table."""
        found: list[Problem] = []
        for table, frame in self.frames():
            found += table.problems(frame, limit)
            found += self._dangling(table, frame, limit)
        if self.listens.height:
            nameless = self.listens.select(
                (pl.col("track_id").is_null() & pl.col("artist_id").is_null()).arg_true()
            ).to_series()
            found += [
                Problem("listens", int(row), "track_id", "is missing, and so is artist_id") for row in nameless[:limit]
            ]
        return found

    def _dangling(self, table: Table, frame: pl.DataFrame, limit: int) -> list[Problem]:
        found: list[Problem] = []
        for column in table.columns:
            if column.refers_to is None or not frame.height:
                continue
            target, key = column.refers_to.split(".")
            known = getattr(self, target)[key]
            value = frame.select(row=pl.int_range(pl.len()), value=pl.col(column.name)).drop_nulls("value")
            if column.dtype == tables.NAMES:
                value = value.explode("value")
            distinct = value["value"].unique().cast(pl.String)
            dangling = distinct.filter(~distinct.is_in(known.implode())).drop_nulls()
            if dangling.is_empty():
                continue
            rows = value.filter(pl.col("value").cast(pl.String).is_in(dangling.implode())).head(limit)
            found += [
                Problem(table.name, row, column.name, f"{bad!r} is not in {target}") for row, bad in rows.iter_rows()
            ]
        return found

    def validate(self) -> Self:
        """The library itself; raises `InvalidTable` that names the first bad rows."""
        found = self.problems()
        if found:
            more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
            raise InvalidTable("; ".join(str(problem) for problem in found[:3]) + more)
        return self

    # -- combining -----------------------------------------------------------------------------------------------

    def merge(self, other: Library) -> Library:
        """Both together; where both have a row, the newer (`other`) wins and fills what it leaves null from the older.

        Merging the same library twice changes nothing: a timed listen is one event wherever it came from, and a count
        of plays replaces the count the same source gave before.
        """
        merged = {}
        for table, mine in self.frames():
            theirs = getattr(other, table.name)
            if not theirs.height:
                merged[table.name] = mine
            elif table.name in _EVENT_KEYS:
                merged[table.name] = _merge_events(table.name, mine, theirs)
            else:
                merged[table.name] = _merge_rows(table, mine, theirs)
        return Library(**merged)

    def until(self, time: datetime) -> Library:
        """What was known before `time` (exclusive): later listens, feedback, taggings and playlists are left out.

        Events without a time are left out too: nobody can say that they came before. A playlist that does not say when it
        was changed stays.
        """
        return replace(
            self,
            listens=self.listens.filter(pl.col("time") < time),
            feedback=self.feedback.filter(pl.col("time") < time),
            taggings=self.taggings.filter(pl.col("time") < time),
            playlists=self.playlists.filter(pl.col("modified").is_null() | (pl.col("modified") < time)),
        )

    # -- on disk -------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write a directory of Parquet files, one per table, named by `library.json`.

        The manifest is replaced last, in one rename: interrupted at any point, the directory still opens as the old
        library. Tables that did not change are not written again.
        """
        path.mkdir(parents=True, exist_ok=True)
        names = {}
        for table, frame in self.frames():
            names[table.name] = _write_table(path, table.name, frame)
        manifest = {"format": FORMAT, "tables": names, "rows": self.counts()}
        write_atomically(path / MANIFEST, json.dumps(manifest, indent=1).encode())
        for stale in path.iterdir():
            if _OWN_FILE.fullmatch(stale.name) and stale.name not in names.values():
                stale.unlink(missing_ok=True)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The library in a directory that `save` wrote. Raises `BadFile` when there is none, or it is damaged."""
        try:
            manifest = json.loads((path / MANIFEST).read_text())
        except FileNotFoundError:
            raise BadFile(f"{path} holds no library: import something into it first (segue import PATH)") from None
        except ValueError as error:
            raise BadFile(f"{path / MANIFEST} is damaged: {error}") from error
        stated = manifest.get("format") if isinstance(manifest, dict) else None
        if stated != FORMAT:
            raise BadFile(f"{path} has library format {stated!r}; this version reads format {FORMAT}")
        try:
            return cls(
                **{
                    name: TABLES[name].conform(pl.read_parquet(path / file))
                    for name, file in manifest["tables"].items()
                }
            )
        except (OSError, KeyError, AttributeError, pl.exceptions.PolarsError) as error:
            raise BadFile(f"{path} is damaged: {(str(error).splitlines() or ['?'])[0]}") from error


def _write_table(path: Path, name: str, frame: pl.DataFrame) -> str:
    """Write one table under a name made from its bytes; return the name."""
    draft = path / f"{name}.draft.parquet.{os.getpid()}"
    frame.write_parquet(draft, compression="zstd", compression_level=3, statistics=True)
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        os.fsync(file.fileno())
    final = path / f"{name}.{digest}.parquet"
    draft.replace(final)
    return final.name


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader, or a crash, sees the old content or the new."""
    draft = path.with_name(f"{path.name}.draft.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _merge_rows(table: Table, mine: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    [key] = table.key
    both = pl.concat([mine, theirs])
    if not both[key].is_duplicated().any():
        return both
    newest = [pl.col(name).drop_nulls().last() for name in table.schema if name not in {key, "title", "name"}]
    # Where a source knows no more than the id, its title is the id: a real one stays.
    telling = [
        pl.col(name).filter(pl.col(name) != pl.col(key)).last().fill_null(pl.col(name).last())
        for name in ("title", "name")
        if name in table.schema
    ]
    return both.group_by(key, maintain_order=True).agg(*telling, *newest).select(table.schema.names())


def _counted(listens: pl.DataFrame) -> pl.DataFrame:
    """Rows that tell plays of the same thing apart by nothing, added up: no play is lost when keys are compared."""
    bare = pl.col("time").is_null() & pl.col("position").is_null()
    untold = listens.filter(bare)
    key = ["listener_id", "track_id", "artist_id", "source"]
    if not untold.select(pl.struct(key).is_duplicated()).to_series().any():
        return listens
    others = [pl.col(name).last() for name in listens.columns if name not in {*key, "plays"}]
    summed = untold.group_by(key, maintain_order=True).agg(pl.col("plays").fill_null(1).sum().cast(pl.Int32), *others)
    return pl.concat([listens.filter(~bare), summed.select(listens.columns)])


def _merge_events(name: str, mine: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    if name == "listens":
        theirs = _counted(theirs)
    both = pl.concat([mine, theirs])
    if name == "listens":
        counted_by = pl.when(pl.col("time").is_null()).then(pl.col("source"))
        both = both.with_columns(counted_by.alias("_counted_by"))
    key = [column for column in _EVENT_KEYS[name] if column in both.columns]
    merged = both.unique(subset=key, keep="last", maintain_order=True)
    return merged.select(TABLES[name].schema.names())
