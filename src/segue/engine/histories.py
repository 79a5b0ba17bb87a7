"""Histories from what people say and bring: names they like, files of what they played, listeners of the library."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from segue.engine.engine import Engine
from segue.engine.request import History, Listen
from segue.errors import NotFound
from segue.library.interactions import Interactions, Level
from segue.library.library import Library
from segue.library.matching import Matcher, normalise, parse_title

TRACKS_OF_ARTIST = 10
"""How many of a liked artist's most played tracks stand for the artist."""
_QUERY = ("mbid", "isrc", "spotify_uri", "artist", "title", "release", "duration_ms")
_YEAR = re.compile(r"(?P<title>.+?)\s*[(\[](?P<year>(?:19|20)\d\d)[)\]]")


@dataclass(frozen=True)
class Understood:
    """What one liked name was taken for: the items, by id; `meaning` says it in words."""

    asked: str
    meaning: str
    item_ids: tuple[str, ...]


def understand(likes: Sequence[str], library: Library, engine: Engine) -> list[Understood]:
    """Which items are meant by names: "Artist", "Artist - Title", "Artist - Title (2011)" for the version of a year, or "Title".

    At track level an artist stands for its most played tracks; at artist level a track stands for its artist. Raises
    `NotFound`, with the closest guesses, for a name that means nothing here.
    """
    matcher = Matcher(library)
    return [_meaning(text.strip(), library, engine, matcher) for text in likes]


def history_of_likes(understood: Sequence[Understood]) -> History:
    """Each liked item once."""
    return History(likes=tuple(dict.fromkeys(name for one in understood for name in one.item_ids)))


def history_of_listener(listener_id: str, library: Library, engine: Engine, now_ms: int | None = None) -> History:
    """What is known of a listener of the library, now or at a time. Raises `NotFound` when there is no such listener."""
    if listener_id not in library.listeners["listener_id"]:
        examples = ", ".join(library.listeners["listener_id"].head(3))
        there = f"there is {examples}, …" if examples else "nobody has listened yet"
        raise NotFound(f"no listener {listener_id!r} in the library; {there}")
    moment_ms = int(time.time() * 1000) if now_ms is None else now_ms
    [history] = histories_of([listener_id], library, engine.manifest.level, moment_ms)
    return history


def histories_of(listener_ids: Sequence[str], library: Library, level: Level, now_ms: int) -> list[History]:
    """What is known of each of these listeners, in order: listens, likes, dislikes and playlists, at a level.

    One entry per item and whether it was skipped, with the time of the last such listen. Feedback that has expired at
    `now_ms` (ms since 1970 UTC) is left out.
    """
    wanted = pl.DataFrame({"listener_id": listener_ids}, schema={"listener_id": pl.String}).unique()
    mine = pl.col("listener_id").cast(pl.String).is_in(wanted["listener_id"].implode())
    listens = with_items(library.listens.filter(mine), library, level)
    played = listens.group_by("listener_id", "item_id", pl.col("skipped").fill_null(value=False), maintain_order=True).agg(
        pl.col("time").max().dt.epoch("ms"), pl.col("plays").fill_null(1).sum().cast(pl.Float64)
    )  # fmt: skip
    held = pl.col("expires").is_null() | (pl.col("expires").dt.epoch("ms") > now_ms)
    said = with_items(library.feedback.filter(mine & held), library, level)
    owned = library.playlists.filter(pl.col("listener_id").is_in(wanted["listener_id"].implode()))
    found: dict[str, list[list]] = {listener_id: [[], [], [], []] for listener_id in listener_ids}
    for listener_id, item_id, skipped, time_ms, plays in played.iter_rows():
        found[listener_id][0].append(Listen(item_id, time_ms, plays, skipped))
    middle = library.feedback.filter(pl.col("kind") == "rating")["rating"].median()
    # A rating without its value says nothing.
    telling = said.filter((pl.col("kind") != "rating") | pl.col("rating").is_not_null())
    for listener_id, item_id, kind, rating in telling.select("listener_id", "item_id", "kind", "rating").iter_rows():
        likes = kind == "like" or (kind == "rating" and rating >= middle)
        found[listener_id][1 if likes else 2].append(item_id)
    if level == "track":
        for listener_id, track_ids in owned.select("listener_id", "track_ids").drop_nulls().iter_rows():
            found[listener_id][3].append(tuple(track_ids))
    return [History(*(tuple(column) for column in found[listener_id])) for listener_id in listener_ids]


def with_items(rows: pl.DataFrame, library: Library, level: Level) -> pl.DataFrame:
    """Listens or feedback with the item at a level; rows that name none are left out."""
    rows = rows.with_columns(pl.col("listener_id", "track_id", "artist_id").cast(pl.String))
    if level == "track":
        return rows.with_columns(item_id="track_id").drop_nulls("item_id")
    target = pl.col("release_id") if level == "release" else pl.col("artist_ids").list.first()
    of_track = library.tracks.select("track_id", item_id=target)
    joined = rows.join(of_track, on="track_id", how="left", maintain_order="left")
    if level == "artist":
        joined = joined.with_columns(pl.coalesce("item_id", "artist_id").alias("item_id"))
    return joined.drop_nulls("item_id")


@dataclass(frozen=True)
class Sought:
    """One track (or artist) that somebody brought, and which item it is.

    `item_id` and `name` are None where nothing was found, or what was found is no item: then `unheard` tells whether it
    is in the library all the same, and `closest` names what comes near.
    """

    asked: str
    item_id: str | None = None
    name: str | None = None
    unheard: bool = False
    closest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Brought:
    """A history or playlist that somebody brought, as items: their weights, and what became of each track."""

    history: History
    matched: tuple[Sought, ...]
    unmatched: tuple[Sought, ...]


def match_library(personal: Library, library: Library, engine: Engine) -> Brought:
    """What was played (or liked, or put on a playlist) in a personal library, as items of the snapshot.

    Tracks are joined as `align` joins them: by ids, by names, by names without version and credit, by likeness. Raises
    `NotEnoughData` when nothing was played at the snapshot's level.
    """
    matcher = Matcher(library)
    level: Level = "artist" if engine.manifest.level == "artist" else "track"
    interactions = Interactions.from_library(personal, level)
    wanted = pl.Series(interactions.item_ids.tolist(), dtype=pl.String)
    links = (_artist_links if level == "artist" else _track_links)(personal, wanted, library, engine, matcher)
    weights = np.asarray(interactions.matrix.sum(axis=0)).ravel()
    history: dict[str, float] = {}
    for link, weight in zip(links, weights, strict=True):
        if link.item_id is not None:
            history[link.item_id] = history.get(link.item_id, 0.0) + float(weight)
    found, missing = (
        tuple(one for one in links if (one.item_id is not None) == is_found) for is_found in (True, False)
    )
    return Brought(History.of(history), found, missing)


def _track_links(
    personal: Library, wanted: pl.Series, library: Library, engine: Engine, matcher: Matcher
) -> list[Sought]:
    """What each wanted track is, in order."""
    named = _named(personal, wanted)
    found = matcher.match(named.select(*_QUERY))
    same = wanted.is_in(library.tracks["track_id"].implode())
    known = pl.select(pl.when(same).then(wanted).otherwise(found["track_id"])).to_series()
    item_of = _items_of_tracks(known, library, engine)
    names = _track_names([*known.drop_nulls(), *found["closest"].explode().drop_nulls()], library)
    rows = zip(named["asked"], wanted, known, found["closest"], strict=True)
    return [
        _sought(asked or own_id, track_id, item_of.get(track_id or ""), names.get(track_id or ""),
                [names[one] for one in closest])
        for asked, own_id, track_id, closest in rows
    ]  # fmt: skip


def _artist_links(
    personal: Library, wanted: pl.Series, library: Library, engine: Engine, matcher: Matcher
) -> list[Sought]:
    """What each wanted artist is, in order: by id, by name, or as the artist of a track that was joined."""
    columns = ["artist_id", "name", "mbid", "spotify_uri"]
    named = wanted.alias("artist_id").to_frame().join(
        personal.artists.select(columns), on="artist_id", how="left", maintain_order="left"
    )  # fmt: skip
    found = matcher.match_artists(named["name"])
    known = {name: dict(library.artists.select(name, "artist_id").drop_nulls().iter_rows()) for name in columns[2:]}
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    by_tracks = _artists_of_tracks(personal, wanted.filter(found["artist_id"].is_null()), library, matcher)
    links = []
    for row, guess, closest in zip(named.iter_rows(named=True), found["artist_id"], found["closest"], strict=True):
        own_id = row["artist_id"] if row["artist_id"] in names else None
        by_id = known["mbid"].get(row["mbid"]) or known["spotify_uri"].get(row["spotify_uri"])
        artist_id = own_id or by_id or guess or by_tracks.get(row["artist_id"])
        item_id = artist_id if artist_id in engine.ids else None
        near = [names[one] for one in closest]
        links.append(_sought(row["name"] or row["artist_id"], artist_id, item_id, names.get(artist_id), near))
    return links


def _artists_of_tracks(personal: Library, artist_ids: pl.Series, library: Library, matcher: Matcher) -> dict[str, str]:
    """For artists that their names do not tell: the artist of the first of their tracks that is found."""
    main = pl.col("artist_ids").list.first()
    theirs = _named(personal, personal.tracks.filter(main.is_in(artist_ids.implode()))["track_id"])
    found = matcher.match(theirs.select(*_QUERY))["track_id"]
    of_track = library.tracks.select("track_id", found_artist=main)
    linked = theirs.select("artist_id", found.alias("track_id")).join(of_track, on="track_id", maintain_order="left")
    return dict(linked.select("artist_id", "found_artist").drop_nulls().reverse().iter_rows())


def _sought(asked: str, known_id: str | None, item_id: str | None, name: str | None, closest: Sequence[str]) -> Sought:
    if item_id is not None:
        return Sought(asked, item_id, name)
    return Sought(asked, unheard=known_id is not None, closest=tuple(closest))


def _named(personal: Library, track_ids: pl.Series) -> pl.DataFrame:
    """The rows of these tracks, in order, with the names that a query takes and, as `asked`, what people call them."""
    artists = personal.artists.select(artist_id="artist_id", artist="name")
    releases = personal.releases.select("release_id", release="title")
    return (
        track_ids.alias("track_id").to_frame()
        .join(personal.tracks, on="track_id", how="left", maintain_order="left")
        .with_columns(artist_id=pl.col("artist_ids").list.first())
        .join(artists, on="artist_id", how="left", maintain_order="left")
        .join(releases, on="release_id", how="left", maintain_order="left")
        .with_columns(asked=pl.concat_str("artist", "title", separator=" - ", ignore_nulls=True).replace("", None))
    )  # fmt: skip


def _items_of_tracks(track_ids: pl.Series, library: Library, engine: Engine) -> dict[str, str]:
    """The item that stands for each track at the snapshot's level, where there is one."""
    rows = library.tracks.filter(pl.col("track_id").is_in(track_ids.drop_nulls().implode())).select(
        "track_id", item_id=f"{engine.manifest.level}_id"
    )
    return {track_id: item_id for track_id, item_id in rows.iter_rows() if item_id in engine.ids}


def _meaning(text: str, library: Library, engine: Engine, matcher: Matcher) -> Understood:
    artist, dash, title = (part.strip() for part in text.partition(" - "))
    closest: list[str] = []
    if dash and library.tracks.height:
        track_id, near = _meant(artist, title, library, matcher)
        if track_id is not None:
            return _track(text, track_id, library, engine)
        closest += _track_names(near, library).values()
    name = artist if dash and not library.tracks.height else text
    found = matcher.match_artists([name]).row(0, named=True)
    if found["artist_id"] is not None:
        return _artist(text, found["artist_id"], library, engine)
    named = _titled(text, library, engine)
    if named is not None:
        return _track(text, named, library, engine)
    closest += library.artists.filter(pl.col("artist_id").is_in(found["closest"]))["name"].to_list()
    hint = f"; did you mean {' or '.join(closest[:3])}?" if closest else "; write Artist, or Artist - Title"
    raise NotFound(f"nothing here is called {text!r}{hint}")


def _titled(title: str, library: Library, engine: Engine) -> str | None:
    """The track of exactly that title, whoever made it: of several, the one most listeners play."""
    wanted = normalise(title)
    alike = library.tracks.filter(pl.col("title").str.to_lowercase().str.contains(title.lower(), literal=True))
    exact = alike.filter(pl.Series([normalise(name) == wanted for name in alike["title"]], dtype=pl.Boolean))
    if not wanted or not exact.height:
        return None
    played = engine.items.select(track_id="item_id", listeners="listeners")
    ranked = exact.select("track_id").join(played, on="track_id", how="left", maintain_order="left")
    return str(ranked.sort("listeners", "track_id", descending=[True, False], nulls_last=True)["track_id"][0])


def _meant(artist: str, title: str, library: Library, matcher: Matcher) -> tuple[str | None, list[str]]:
    """The track of that title, which may end with a year; or those that come near.

    Where a title with its year is no track's title, it is the version of that year, or whichever is found without.
    """
    dated = _YEAR.fullmatch(title)
    titles = [title, dated["title"]] if dated else [title]
    query = pl.DataFrame({"artist": [artist or None] * len(titles), "title": titles})
    whole, *plain = matcher.match(query).iter_rows(named=True)
    if dated and whole["how"] != "text" and plain[0]["track_id"] is not None:
        return _of_year(plain[0]["track_id"], int(dated["year"]), library), []
    return whole["track_id"], whole["closest"] or (plain[0]["closest"] if plain else [])


def _of_year(track_id: str, year: int, library: Library) -> str:
    """The version of a track that came out in a year; the track itself where there is none."""
    track = library.tracks.row(by_predicate=pl.col("track_id") == track_id, named=True)
    main = pl.col("artist_ids").list.first()
    dates = library.releases.select("release_id", released="date")
    core = normalise(parse_title(track["title"]).core)
    same_year = (
        library.tracks.filter(main.eq_missing(pl.lit(track["artist_ids"][0] if track["artist_ids"] else None)))
        .join(dates, on="release_id", how="left", maintain_order="left")
        .filter(pl.coalesce("date", "released").dt.year() == year)
    )
    versions = [
        one for one, title in same_year.select("track_id", "title").iter_rows()
        if normalise(parse_title(title).core) == core
    ]  # fmt: skip
    return track_id if track_id in versions or not versions else str(versions[0])


def _track(text: str, track_id: str, library: Library, engine: Engine) -> Understood:
    track = library.tracks.row(by_predicate=pl.col("track_id") == track_id, named=True)
    if engine.manifest.level == "track" and track_id in engine.ids:
        return Understood(text, f"the track {track['title']}", (track_id,))
    if engine.manifest.level == "release" and track["release_id"] in engine.ids:
        return Understood(text, f"the release of {track['title']}", (track["release_id"],))
    artist_id = next((one for one in track["artist_ids"] or () if one in library.artists["artist_id"]), None)
    if artist_id is None:
        raise NotFound(f"{track['title']} is in the library, but the snapshot does not know it: like something else")
    return _artist(text, artist_id, library, engine)


def _artist(text: str, artist_id: str, library: Library, engine: Engine) -> Understood:
    name = library.artists.row(by_predicate=pl.col("artist_id") == artist_id, named=True)["name"]
    if engine.manifest.level == "artist":
        items = [artist_id] if artist_id in engine.ids else []
    else:
        by_artist = library.tracks.filter(pl.col("artist_ids").list.contains(artist_id))
        column = f"{engine.manifest.level}_id"
        ids = by_artist[column].drop_nulls().unique(maintain_order=True)
        known = engine.items.filter(pl.col("item_id").is_in(ids.implode()))
        items = known.sort("listeners", "item_id", descending=[True, False])["item_id"].head(TRACKS_OF_ARTIST).to_list()
    if not items:
        why = "nobody had played them when it was made, or they came later"
        raise NotFound(f"{name} is in the library, but the snapshot does not know them: {why}; train again to be sure")
    return Understood(text, f"the artist {name}", tuple(items))


def _track_names(track_ids: Sequence[str], library: Library) -> dict[str, str]:
    """What people call these tracks, by id and in this order."""
    wanted = pl.DataFrame({"track_id": track_ids}, schema={"track_id": pl.String}).unique(maintain_order=True)
    tracks = library.tracks.filter(pl.col("track_id").is_in(wanted["track_id"].implode()))
    named = wanted.join(_named(library, tracks["track_id"]), on="track_id", maintain_order="left")
    return dict(named.select("track_id", "asked").iter_rows())
