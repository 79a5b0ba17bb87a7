"""A whole Library into the database, in slices: tables may be larger than memory.

Loading twice changes nothing. Rows that are known are changed: the newer wins, and a null keeps what was known, as in
`Library.merge`. Each slice is a transaction: what was loaded before an interruption stays, and loading again completes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
from django.db import transaction

from segue.errors import BadFile
from segue.library.library import FORMAT, MANIFEST, Library
from segue.library.tables import TABLES
from segue.web.accounts.erasure import is_erased
from segue.web.catalog.load_listens import load_listens
from segue.web.catalog.load_lists import load_credits, load_entries
from segue.web.catalog.loading import Loading
from segue.web.catalog.rows import BY_KEY, MODELS, ROWS_OF_THEIR_OWN, clean, to_database
from segue.web.catalog.writing import Upsert, much_at_once, upsert
from segue.web.listening.models import Feedback, Listener, Tagging

_AT_ONCE = 1 << 14
_PLAYLISTS_AT_ONCE = 1 << 11  # each has many tracks
# Where a source knows no more than the id, its title is the id: a real one stays.
_TITLE = "CASE WHEN {{new}}.{0} = {{new}}.key THEN COALESCE({{old}}.{0}, {{new}}.{0}) ELSE COALESCE({{new}}.{0}, {{old}}.{0}) END"
_TELLING = {name: _TITLE.format(name) for name in ("title", "name")}
_HOW = {
    "artists": Upsert(MODELS["artists"], ("key",), sets=_TELLING),
    "releases": Upsert(MODELS["releases"], ("key",), sets=_TELLING),
    "tracks": Upsert(MODELS["tracks"], ("key",), sets=_TELLING),
    "listeners": Upsert(MODELS["listeners"], ("key",)),
    "playlists": Upsert(
        MODELS["playlists"], ("key",), sets=_TELLING, also={"version": "{old}.version + 1"},
        unless="{new}.modified_ms < {old}.modified_ms",
    ),
    "relations": Upsert(MODELS["relations"], ("artist_id", "other_artist_id", "kind")),
    "files": Upsert(MODELS["files"], ("path",)),
}  # fmt: skip


def load(library: Library, progress: Callable[[str], None] | None = None) -> dict[str, int]:
    """Put everything of a library into the database. How many rows are new or changed, by table.

    `left_out` beside the tables counts rows and references that name what is not there, or lack what they need. `progress` is told
    what is done now.
    """
    return _load({table.name: frame.lazy() for table, frame in library.frames()}, progress)


def load_path(path: Path, progress: Callable[[str], None] | None = None) -> dict[str, int]:
    """As `load`, of the directory that a library was saved in, which is read in slices. Raises `BadFile` when it is damaged."""
    try:
        return _load(scan(path), progress)
    except (pl.exceptions.PolarsError, FileNotFoundError) as error:
        raise BadFile(
            f"{path} is damaged, or was saved anew meanwhile: {(str(error).splitlines() or ['?'])[0]}"
        ) from error


def scan(path: Path) -> dict[str, pl.LazyFrame]:
    """The tables of a saved library, to be read in slices. Raises `BadFile` when there is none, or its manifest is damaged."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        stated, files = manifest["format"], {name: path / str(manifest["tables"][name]) for name in manifest["tables"]}
    except (FileNotFoundError, NotADirectoryError):
        raise BadFile(f"{path} holds no library: import something into it first (segue import PATH)") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BadFile(f"{path / MANIFEST} is damaged: save the library again from its source") from error
    if stated != FORMAT:
        raise BadFile(f"{path} has library format {stated!r}; this version reads format {FORMAT}")
    missing = [file for file in files.values() if not file.is_file()]
    if missing:
        raise BadFile(f"{path} is damaged: {missing[0].name} is not there; copy the library again")
    return {name: pl.scan_parquet(files[name]) if name in files else TABLES[name].empty().lazy() for name in TABLES}


def _load(frames: dict[str, pl.LazyFrame], progress: Callable[[str], None] | None) -> dict[str, int]:
    loading = Loading(frames, progress or (lambda _: None))
    steps: Mapping[str, Callable[[Loading, pl.DataFrame], int]] = {
        "listeners": _listeners, "playlists": _playlists, "tracks": _tracks, "releases": _releases,
        "feedback": _feedback, "taggings": _taggings,
    }  # fmt: skip
    try:
        with much_at_once():
            for table in MODELS:
                loading.say(f"loading {table}")
                if table == "listens":
                    load_listens(loading)
                    continue
                step = steps.get(table, lambda loading, part, table=table: _rows(loading, table, part))
                for part in loading.slices(table, _PLAYLISTS_AT_ONCE if table == "playlists" else _AT_ONCE):
                    with transaction.atomic():
                        loading.written[table] += step(loading, part)
    finally:
        loading.end()
    for table, rows in loading.left_out.items():
        if rows:
            loading.say(
                f"{table}: {rows:,} rows or references left out; they name what is not there, or lack what they need"
            )
    return {table: loading.written[table] for table in MODELS} | {"left_out": loading.left_out.total()}


def _rows(loading: Loading, table: str, part: pl.DataFrame) -> int:
    """Put rows of a table in as they are."""
    return _put(loading, table, _ready(loading, table, part))


def _releases(loading: Loading, part: pl.DataFrame) -> int:
    artists = part["artist_ids"].explode().drop_nulls().unique()
    known = loading.ids("artists", artists.to_frame().select(clean(pl.col("artist_ids"))).to_series())
    unknown = artists.filter(known.is_null())
    if unknown.len():
        there = pl.col("artist_ids").list.eval(pl.element().filter(~pl.element().is_in(unknown.implode())))
        whole, part = part, part.with_columns(there)
        loading.left_out["releases"] += int((whole["artist_ids"].list.len() - part["artist_ids"].list.len()).sum())
    return _rows(loading, "releases", part)


def _tracks(loading: Loading, part: pl.DataFrame) -> int:
    tracks = _ready(loading, "tracks", part, may_be_gone=("release_id",))
    written = _put(loading, "tracks", tracks)
    load_credits(loading, tracks)
    return written


def _listeners(loading: Loading, part: pl.DataFrame) -> int:
    listeners = _ready(loading, "listeners", part)
    loading.erased |= is_erased(listeners["key"])
    written = _put(loading, "listeners", listeners.filter(~pl.col("key").is_in(list(loading.erased))))
    # Somebody may have asked to be forgotten between the question and the writing.
    if late := is_erased(listeners["key"]) - loading.erased:
        Listener.objects.filter(key__in=late).delete()
        loading.erased |= late
    return written


def _playlists(loading: Loading, part: pl.DataFrame) -> int:
    playlists = _ready(loading, "playlists", part)
    # A playlist whose fields are as they were may have other tracks.
    written = max(_put(loading, "playlists", playlists), load_entries(loading, playlists))
    if written:
        loading.changed(playlists["listener_id"])
    return written


def _put(loading: Loading, table: str, rows: pl.DataFrame) -> int:
    written = upsert(_HOW[table], rows.drop(ROWS_OF_THEIR_OWN.get(table, ())))
    if table in BY_KEY:
        loading.learn(table, rows["key"])
    return written


def _ready(loading: Loading, table: str, part: pl.DataFrame, may_be_gone: tuple[str, ...] = ()) -> pl.DataFrame:
    """The rows of a slice as the database takes them, with their lists: whole, one for each key."""
    rows = to_database(table, part).with_columns(part.select(ROWS_OF_THEIR_OWN.get(table, ())))
    if table in BY_KEY and table != "playlists":
        rows = rows.with_columns(pl.coalesce(name, "key") for name in _TELLING if name in rows.columns)
    rows = loading.referred(table, rows, may_be_gone)
    return _one_each(table, loading.those(table, rows, _whole(table, rows)))


def _whole(table: str, rows: pl.DataFrame) -> pl.Expr:
    """Whether a row has everything that it must have."""
    needed = [
        field.column for field in MODELS[table]._meta.concrete_fields if not field.null and field.column in rows.columns
    ]
    return pl.all_horizontal(pl.col(needed).is_not_null())


def _one_each(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each key: the last, and what it leaves null from those before."""
    key = list(_HOW[table].key)
    if not rows.select(pl.struct(key).is_duplicated().any()).item():
        return rows
    titles = [name for name in _TELLING if name in rows.columns]
    telling = [
        pl.col(name).filter(pl.col(name) != pl.col("key")).last().fill_null(pl.col(name).drop_nulls().last())
        for name in titles
    ]
    others = [pl.col(name).drop_nulls().last() for name in rows.columns if name not in {*key, *titles}]
    return rows.group_by(key, maintain_order=True).agg(*telling, *others).select(rows.columns)


# -- what listeners said -------------------------------------------------------------------------------------------------


def _feedback(loading: Loading, part: pl.DataFrame) -> int:
    """What was said later stays, whole: that a word holds for ever is said by a null."""
    sets = {name: f"{{new}}.{name}" for name in ("rating", "time_ms", "expires_ms")}
    unless = "{new}.time_ms < {old}.time_ms OR ({new}.time_ms IS NULL AND {old}.time_ms IS NOT NULL)"
    return _said(loading, "feedback", part, Upsert(Feedback, ("listener_id", "kind"), sets=sets, unless=unless))


def _taggings(loading: Loading, part: pl.DataFrame) -> int:
    return _said(loading, "taggings", part, Upsert(Tagging, ("listener_id", "tag")))


def _said(loading: Loading, table: str, part: pl.DataFrame, how: Upsert) -> int:
    """Put in what listeners said of tracks and of artists, one word of a kind on each. Of both: of the track."""
    rows = loading.referred(table, to_database(table, part))
    named = pl.col("track_id").is_not_null() | pl.col("artist_id").is_not_null()
    rows = loading.those(table, rows, _whole(table, rows) & named).sort(
        "time_ms", nulls_last=False, maintain_order=True
    )
    written = 0
    for of, other in (("track_id", "artist_id"), ("artist_id", "track_id")):
        theirs = rows.filter(pl.col("track_id").is_not_null() if of == "track_id" else pl.col("track_id").is_null())
        key = (*how.key, of)
        latest = theirs.unique(key, keep="last", maintain_order=True).drop(other)
        written += upsert(replace(how, key=key, only=f"{of} IS NOT NULL"), latest)
    if written:
        loading.changed(rows["listener_id"])
    return written
