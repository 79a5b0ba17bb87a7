"""Joins an incoming library to an existing one: the same artist, release or track gets the id it already has."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import polars as pl

from segue.library.library import Library
from segue.library.matching import ARTIST_THRESHOLD, THRESHOLD, Matcher, distinct_keys
from segue.library.tables import NAMES, TABLES, Column, Table
from segue.library.titles import normalise, parse_title, slug

_KEYS = {"artists": "artist_id", "releases": "release_id", "tracks": "track_id"}


@dataclass(frozen=True)
class Joined:
    """How many rows of one table were joined to existing ones, by what, and how many are new."""

    id: int = 0
    text: int = 0
    version: int = 0
    fuzzy: int = 0
    new: int = 0

    @classmethod
    def of(cls, links: pl.DataFrame) -> Joined:
        """The counts of the column `how`, where null is new."""
        counted = dict(links["how"].fill_null("new").value_counts().iter_rows())
        return cls(**{field.name: counted.get(field.name, 0) for field in fields(cls)})

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, field.name)} {field.name}" for field in fields(self))


@dataclass(frozen=True)
class AlignmentReport:
    """What `align` joined."""

    tracks: Joined
    artists: Joined
    releases: Joined

    def __str__(self) -> str:
        return f"tracks: {self.tracks}; artists: {self.artists}; releases: {self.releases}"


def align(incoming: Library, existing: Library, threshold: float = THRESHOLD) -> tuple[Library, AlignmentReport]:
    """The incoming library with the existing ids of what is already there, so that merging the two joins them up.

    A row that is joined by id or text keeps what the existing row says and fills what that leaves null; one that is
    joined by version or likeness gives way to the existing row. New tracks get their kind and their work: a live
    version of an existing song is a track of its own that shares the song's `work_id`.

    Args:
        incoming: what is added: a person's history, a playlist.
        existing: what is there, with works (`with_works`).
        threshold: how alike artist and title must be, 0..100.
    """
    matcher = Matcher(existing)
    tracks = _track_links(incoming, existing, matcher, threshold)
    artists = _artist_links(incoming, existing, matcher, threshold, tracks)
    releases = _release_links(incoming, existing, artists)
    links = {"tracks": tracks, "artists": artists, "releases": releases}
    renamed = _renamed(incoming, links)
    joined = {
        name: _joined(TABLES[name], getattr(renamed, name), getattr(existing, name), links[name]) for name in links
    }
    aligned = replace(renamed, **joined)
    works = pl.concat([_works(existing), _works(aligned)]).unique("key", keep="first", maintain_order=True)
    return _filled(aligned, works), AlignmentReport(
        *(Joined.of(links[field.name]) for field in fields(AlignmentReport))
    )


def with_works(library: Library) -> Library:
    """The library with `work_id` and `kind` of its tracks filled where they are null.

    Versions of one song by one artist share a work; where one of them has a `work_id`, that is the one.
    """
    return _filled(library, _works(library))


# -- works -------------------------------------------------------------------------------------------------------


def _said(library: Library) -> pl.DataFrame:
    """What the names of each track say, in order: (work_id as it is, key: the work by its names, said_kind)."""
    named = _named(library).with_columns(pl.col("artist").fill_null(""))
    cores = distinct_keys(named["title"], _core, {"core": pl.String, "said_kind": pl.String})
    artists = distinct_keys(named["artist"], lambda name: (slug(name),), {"by": pl.String})
    return (
        named.join(cores, on="title", how="left", maintain_order="left")
        .join(artists, on="artist", how="left", maintain_order="left")
        .select(library.tracks["work_id"], "said_kind", key=pl.format("work:{}/{}", "by", "core"))
    )


def _core(title: str) -> tuple[str, str]:
    parsed = parse_title(title)
    return slug(parsed.core), parsed.kind


def _works(library: Library) -> pl.DataFrame:
    """The work that each key stands for: (key, known)."""
    said = _said(library).with_columns(known=pl.col("work_id").fill_null(pl.col("key")))
    # Where some versions have a work already, it is the one.
    return (
        said.sort(pl.col("work_id").is_null(), "known")
        .unique("key", keep="first", maintain_order=True)
        .select("key", "known")
    )


def _filled(library: Library, works: pl.DataFrame) -> Library:
    said = _said(library).join(works, on="key", how="left", maintain_order="left")
    tracks = library.tracks.with_columns(
        work_id=pl.coalesce(library.tracks["work_id"], said["known"], said["key"]),
        kind=pl.coalesce(library.tracks["kind"], said["said_kind"]),
    )
    return replace(library, tracks=tracks)


def _named(library: Library) -> pl.DataFrame:
    """Title and main artist's name of each track, in order."""
    names = library.artists.select("artist_id", artist="name")
    return library.tracks.select("title", "track_id", artist_id=pl.col("artist_ids").list.first()).join(
        names, on="artist_id", how="left", maintain_order="left"
    )


# -- links: (key, to, how), one row for each incoming row ---------------------------------------------------------


def _track_links(incoming: Library, existing: Library, matcher: Matcher, threshold: float) -> pl.DataFrame:
    titles = incoming.releases.select("release_id", release="title")
    queries = incoming.tracks.select("mbid", "isrc", "spotify_uri", "release_id", "duration_ms").with_columns(
        _named(incoming).select("artist", "title")
    ).join(titles, on="release_id", how="left", maintain_order="left").drop("release_id")  # fmt: skip
    found = matcher.match(queries, threshold)
    links = incoming.tracks.select("track_id", to=found["track_id"], how=found["how"])
    return _same_ids_first(links, "track_id", existing.tracks["track_id"])


def _artist_links(
    incoming: Library, existing: Library, matcher: Matcher, threshold: float, tracks: pl.DataFrame
) -> pl.DataFrame:
    """By id, then by name; a name that is only alike counts where a track of both was joined, too."""
    found = matcher.match_artists(incoming.artists["name"], threshold)
    named = incoming.artists.select("artist_id", "mbid", "spotify_uri", "name").with_columns(
        found["artist_id"].alias("to"), found["how"], found["score"]
    )
    mine = incoming.tracks.select("track_id", artist_id=pl.col("artist_ids").list.first())
    theirs = existing.tracks.select(to_track="track_id", to=pl.col("artist_ids").list.first())
    together = (
        tracks.drop_nulls("to").select("track_id", to_track="to")
        .join(mine, on="track_id").join(theirs, on="to_track").select("artist_id", "to").unique()
    )  # fmt: skip
    certain = (pl.col("how") == "text") | (pl.col("score") >= max(threshold, ARTIST_THRESHOLD)) | pl.col("together")
    links = (
        named.join(together.with_columns(together=True), on=["artist_id", "to"], how="left", maintain_order="left")
        .with_columns(certain=certain.fill_null(value=False))
        .select(
            "artist_id", "mbid", "spotify_uri",
            to=pl.when("certain").then("to"), how=pl.when("certain").then("how"),
        )
    )  # fmt: skip
    return _same_ids_first(_by_ids(links, existing.artists, "artist_id"), "artist_id", existing.artists["artist_id"])


def _release_links(incoming: Library, existing: Library, artists: pl.DataFrame) -> pl.DataFrame:
    """By id, then by title and main artist: another edition is another release."""

    def keyed(library: Library) -> pl.DataFrame:
        key = pl.Series([normalise(title or "") for title in library.releases["title"]], dtype=pl.String)
        return library.releases.select(
            "release_id", "mbid", "spotify_uri", artist_id=pl.col("artist_ids").list.first(), title=key
        )

    mine = keyed(incoming).join(artists.select("artist_id", "to"), on="artist_id", how="left", maintain_order="left")
    theirs = keyed(existing).select("title", to_artist="artist_id", to="release_id").unique(
        ["title", "to_artist"], keep="first", maintain_order=True
    )  # fmt: skip
    links = (
        mine.rename({"to": "to_artist"})
        .join(theirs, on=["title", "to_artist"], how="left", maintain_order="left")
        .with_columns(how=pl.when(pl.col("to").is_not_null()).then(pl.lit("text")))
    )
    linked = _by_ids(links, existing.releases, "release_id")
    return _same_ids_first(linked, "release_id", existing.releases["release_id"])


def _by_ids(links: pl.DataFrame, existing: pl.DataFrame, key: str) -> pl.DataFrame:
    """The links with what an outside id says before what names say."""
    for name in ("mbid", "spotify_uri"):
        known = existing.select(pl.col(name), found=pl.col(key)).drop_nulls(name).unique(name, keep="first")
        links = (
            links.join(known, on=name, how="left", maintain_order="left")
            .with_columns(
                to=pl.coalesce("found", "to"),
                how=pl.when(pl.col("found").is_not_null()).then(pl.lit("id")).otherwise("how"),
            )
            .drop("found")
        )
    return links.select(key, "to", "how")


def _same_ids_first(links: pl.DataFrame, key: str, existing: pl.Series) -> pl.DataFrame:
    """An id that is already there is itself."""
    same = pl.col(key).is_in(existing.implode())
    return links.select(
        key,
        to=pl.when(same).then(key).otherwise("to"),
        how=pl.when(same).then(pl.lit("id")).otherwise("how"),
    )


# -- renaming ----------------------------------------------------------------------------------------------------


def _renamed(library: Library, links: dict[str, pl.DataFrame]) -> Library:
    """The library with every id, and every column that refers to one, linked."""
    frames = {}
    for table, frame in library.frames():
        for column in table.columns:
            target = _target(table, column)
            if target in links and frame.height:
                moved = links[target].drop_nulls("to").filter(pl.col("to") != pl.col(_KEYS[target]))
                frame = _replaced(frame, column, moved.select(old=_KEYS[target], new="to"))  # noqa: PLW2901 (a fold)
        frames[table.name] = frame
    return Library(**frames)


def _target(table: Table, column: Column) -> str | None:
    if table.key == (column.name,):
        return table.name
    return column.refers_to.split(".")[0] if column.refers_to else None


def _replaced(frame: pl.DataFrame, column: Column, moved: pl.DataFrame) -> pl.DataFrame:
    if not moved.height:
        return frame
    ids = pl.element() if column.dtype == NAMES else pl.col(column.name).cast(pl.String)
    new = ids.replace(moved["old"], moved["new"])
    change = pl.col(column.name).list.eval(new) if column.dtype == NAMES else new.cast(column.dtype)
    return frame.with_columns(change.alias(column.name))


def _joined(table: Table, mine: pl.DataFrame, theirs: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """One row for each id: what exists, filled by rows that were joined by id or text, and the new rows."""
    [key] = table.key
    how = links["how"]
    old = theirs.filter(pl.col(key).is_in(links["to"].drop_nulls().unique().implode()))
    telling = mine.filter(how.is_null() | how.is_in(["id", "text"]))
    others = [name for name in table.schema if name != key]
    return pl.concat([old, telling]).group_by(key, maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in others
    )  # fmt: skip
