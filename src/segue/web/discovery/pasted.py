"""What people paste when they first come: "Artist - Title" lines, links, the text of a playlist file; and the tracks it means."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl
from django.utils.translation import gettext as _

from segue.errors import BadRequest, SegueError, UnknownFormat
from segue.library.library import Library
from segue.library.matching import Matcher, normalise
from segue.sources import lines, registry
from segue.sources.online import links
from segue.sources.online.settings import OnlineSettings
from segue.web.catalog import lookup, search
from segue.web.catalog.models import Track
from segue.web.listening.models import Listener
from segue.web.playlists import services
from segue.web.playlists.models import Playlist

MOST_LINES = 10_000
MOST_LINKS = 3
_LONGEST_LINE = 300
_CHUNK = 900


class Wanted(NamedTuple):
    """A track as it was pasted: `asked` is how; `problem` says why it cannot be looked for."""

    asked: str
    title: str | None = None
    artist: str | None = None
    release: str | None = None
    mbid: str | None = None
    isrc: str | None = None
    spotify_uri: str | None = None
    duration_ms: int | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Matched:
    """A track that was found: its key and name, and how it was told ("id", "text", "version" or "fuzzy")."""

    asked: str
    key: str
    name: str
    how: str


@dataclass(frozen=True)
class Unmatched:
    """A line that no track was found for; `closest` are names that come near, `problem` says what is wrong with the line."""

    asked: str
    closest: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Pasted:
    """What a text meant, in its order; `title` is what the text calls itself."""

    title: str | None
    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]

    @property
    def tracks(self) -> tuple[str, ...]:
        """The keys of what was found, in order."""
        return tuple(one.key for one in self.matched)


def read_pasted(text: str, *, online: bool = True) -> Pasted:
    """Which tracks of the catalogue a text means; nothing in it is taken for anything but text.

    A playlist file (M3U, XSPF, JSPF, CSV, or an export that is one text) is read as one; else each line is a track, or a link
    to a track or playlist of a service that is known here. With `online`, up to three playlist links are fetched, from those
    services only. Lines after the first 10,000 are left out.
    """
    plain = text.replace("\0", " ").encode("utf-8", "replace").decode().lstrip("\ufeff").strip()
    title, wanted = _of_file(plain) or _of_lines(plain, online=online)
    return _matched(title, wanted[:MOST_LINES])


def keep_pasted(listener: Listener, text: str, title: str | None = None) -> tuple[Playlist, Pasted]:
    """Make a playlist of what was pasted. See `keep`. Not within a transaction: links take their time."""
    pasted = read_pasted(text)
    return keep(listener, pasted, title), pasted


def keep(listener: Listener, pasted: Pasted, title: str | None = None) -> Playlist:
    """Make a playlist of what was found: from then on it counts as what the listener knows.

    Raises `BadRequest`, with what comes near, where nothing was found.
    """
    if not pasted.matched:
        raise BadRequest(_('none of that is in the catalogue; write "Artist - Title" lines') + _hint(pasted))
    named = (title or pasted.title or _("Pasted"))[: services.LONGEST_TITLE]
    return services.make(listener, named, tracks=pasted.tracks[: services.MOST_TRACKS])


def _hint(pasted: Pasted) -> str:
    for one in pasted.unmatched:
        if one.problem:
            return f". {one.problem}"
        if one.closest:
            return ". " + _("Did you mean %(names)s?") % {"names": (" " + _("or") + " ").join(one.closest)}
    return ""


# -- reading -------------------------------------------------------------------------------------------------------------


def _of_file(plain: str) -> tuple[str | None, list[Wanted]] | None:
    """The tracks of a playlist file; None where the text is none that a reader knows."""
    if not plain:
        return None
    with tempfile.TemporaryDirectory(prefix="segue-") as folder:
        # Some formats are told by their first letters, others by their name only.
        for name in ("pasted", "pasted.csv"):
            path = Path(folder) / name
            path.write_text(plain, encoding="utf-8")
            try:
                if registry.detect(path) == "lines":
                    continue
                library = registry.read([path]).library
            except UnknownFormat:
                continue
            except SegueError as error:
                return None, [Wanted(_shown(plain), problem=str(error).replace(str(path), "this text"))]
            return _of_library(library)
    return None


def _of_library(library: Library) -> tuple[str | None, list[Wanted]]:
    """What was put on a playlist, else what was played or said, else every track; in order."""
    title = None
    keys: list[str] = []
    for row in library.playlists.iter_rows(named=True):
        title = title or row["title"]
        keys += row["track_ids"] or ()
    for frame in (library.listens, library.feedback, library.tracks):
        keys = keys or frame["track_id"].cast(pl.String).drop_nulls().unique(maintain_order=True).to_list()
    artists = dict(library.artists.select("artist_id", "name").iter_rows())
    releases = dict(library.releases.select("release_id", "title").iter_rows())
    rows = {row["track_id"]: row for row in library.tracks.iter_rows(named=True)}
    return (None if title == "pasted" else title), [
        _wanted(rows[key], artists, releases) for key in keys if key in rows
    ]


def _wanted(row: dict, artists: dict[str, str], releases: dict[str, str]) -> Wanted:
    names = [artists[key] for key in row["artist_ids"] or () if key in artists]
    artist = names[0] if names else None
    asked = f"{artist} - {row['title']}" if artist else row["title"]
    return Wanted(
        asked, row["title"], artist, releases.get(row["release_id"]), row["mbid"], row["isrc"], row["spotify_uri"],
        row["duration_ms"],
    )  # fmt: skip


def _of_lines(plain: str, *, online: bool) -> tuple[str | None, list[Wanted]]:
    found: list[Wanted] = []
    title, fetched = None, 0
    for line in plain.splitlines()[:MOST_LINES]:
        if not line.strip():
            continue
        link = links.recognise(line)
        if link is not None and link.service == "spotify" and link.kind == "track":
            found.append(Wanted(_shown(line), spotify_uri=f"spotify:track:{link.id}"))
        elif link is not None:
            fetched += 1
            name, behind = _behind(line, link, may_fetch=online and fetched <= MOST_LINKS)
            title = title or name
            found += behind
        else:
            found.append(_of_line(line))
    return title, found


def _of_line(line: str) -> Wanted:
    if links.looks_like_a_link(line):
        return Wanted(_shown(line), problem="This is no link to a track or a playlist that is understood here.")
    read = lines.parse_line(line[:_LONGEST_LINE])
    if read is None:
        return Wanted(_shown(line), title=" ".join(line.split())[:_LONGEST_LINE])
    return Wanted(_shown(line), read.title, read.artist)


def _behind(line: str, link: links.Link, *, may_fetch: bool) -> tuple[str | None, list[Wanted]]:
    """The tracks behind a link to a playlist, an album or a listener."""
    if not may_fetch:
        return None, [
            Wanted(_shown(line), problem=f"Only {MOST_LINKS} links are followed at a time: paste it again by itself.")
        ]
    try:
        return _of_library(links.fetch(link, OnlineSettings.from_env(os.environ)))
    except SegueError as error:
        return None, [Wanted(_shown(line), problem=str(error))]


def _shown(line: str) -> str:
    plain = " ".join(line.split())
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


# -- matching ------------------------------------------------------------------------------------------------------------


def _matched(title: str | None, wanted: Sequence[Wanted]) -> Pasted:
    """What each wanted track is. Search proposes; `Matcher` decides as it does for imports."""
    asked = [one for one in wanted if one.problem is None]
    keys = list(dict.fromkeys(_candidates(asked)))
    library = lookup.library_of(lookup.in_order(Track.objects.defer("lyrics", "sound"), keys))
    answers = iter(_answers(asked, library))
    names = _names(library)
    matched: list[Matched] = []
    unmatched: list[Unmatched] = []
    for one in wanted:
        if one.problem is not None:
            unmatched.append(Unmatched(one.asked, problem=one.problem))
            continue
        key, how, closest = next(answers)
        if key is not None:
            matched.append(Matched(one.asked, key, names[key], how or ""))
        else:
            unmatched.append(Unmatched(one.asked, tuple(dict.fromkeys(names[near] for near in closest))))
    return Pasted(title, tuple(matched), tuple(unmatched))


def _candidates(asked: Sequence[Wanted]) -> Iterator[str]:
    """Keys of tracks that may be meant: by their ids, and by their names."""
    for name in ("spotify_uri", "mbid", "isrc"):
        values = sorted({value for one in asked if (value := getattr(one, name))})
        for start in range(0, len(values), _CHUNK):
            yield from Track.objects.filter(**{f"{name}__in": values[start : start + _CHUNK]}).values_list(
                "key", flat=True
            )
    named = [(one.artist, one.title) for one in asked if one.title is not None]
    for keys in search.tracks_named(named):
        yield from keys


def _answers(asked: Sequence[Wanted], library: Library) -> list[tuple[str | None, str | None, list[str]]]:
    """For each: the key of the track, how it was told, and the keys of what comes near."""
    if not asked or not library.tracks.height:
        return [(None, None, []) for _ in asked]
    columns = ("mbid", "isrc", "spotify_uri", "artist", "title", "release", "duration_ms")
    queries = pl.DataFrame(
        {name: [getattr(one, name) for one in asked] for name in columns},
        schema={name: pl.Int64 if name == "duration_ms" else pl.String for name in columns},
    )
    found = Matcher(library).match(queries).select("track_id", "how", "closest").rows()
    by_title = _by_title(library)
    # A title without an artist means the best known track that is called so.
    alone = [by_title.get(normalise(one.title)) if one.title and one.artist is None else None for one in asked]
    return [
        (guess, "text", []) if key is None and guess is not None else (key, how, near)
        for (key, how, near), guess in zip(found, alone, strict=True)
    ]


def _by_title(library: Library) -> dict[str, str]:
    """The most popular track of each title, normalised."""
    ranked = library.tracks.sort("popularity", "track_id", descending=[False, True], nulls_last=False)
    return {normalise(title): key for key, title in ranked.select("track_id", "title").iter_rows()}


def _names(library: Library) -> dict[str, str]:
    """What people call each track: "Artist - Title"."""
    artists = dict(library.artists.select("artist_id", "name").iter_rows())
    rows = library.tracks.select("track_id", "title", "artist_ids").iter_rows()
    return {
        key: " - ".join([*[artists[one] for one in (by or ())[:1] if one in artists], title]) for key, title, by in rows
    }
