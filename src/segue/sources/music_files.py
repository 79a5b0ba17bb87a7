"""What the tags of an audio file say: its own, and, where they say nothing, the names of the file and its folders."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from segue.library.titles import normalise
from segue.sources.music_lyrics import SUFFIXES as LYRICS_SUFFIXES
from segue.sources.music_lyrics import words_beside, words_of
from segue.sources.music_names import Names, names_in
from segue.sources.values import isrc, mbid, text, whole

# Raise it when the same file would now be read otherwise: what was read before is then read again.
TAGS_VERSION = 1

_COVERS = re.compile(r"(?:cover|folder|front)\.(?:jpe?g|png)", re.IGNORECASE)
_DATE = re.compile(r"(?P<year>\d{4})(?:[-./](?P<month>\d{1,2})(?:[-./](?P<day>\d{1,2}))?)?(?![\d])", re.ASCII)
_COMPACT_DATE = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", re.ASCII)
_DECIBELS = re.compile(r"\s*([-+]?\d{1,3}(?:[.,]\d+)?)\s*(?:dB)?\s*", re.IGNORECASE | re.ASCII)
_GUEST = re.compile(r"\s+[(\[]?(?:feat\.?|ft\.?|featuring)\s+(?P<names>.+?)[)\]]?\s*$", re.IGNORECASE)
_BETWEEN_GUESTS = re.compile(r"\s*[,&;]\s*")
_BETWEEN_ARTISTS = re.compile(r"\s*(?:;|\s/\s|\\\\)\s*")
_BETWEEN_CREDITS = re.compile(
    r"\s*(?:,|;|/|&|\+|\bfeat\b\.?|\bft\b\.?|\bfeaturing\b|\band\b|\bx\b|\bvs\b\.?)\s*", re.IGNORECASE
)
_BETWEEN_GENRES = re.compile(r"\s*(?:[;|,]|\s/\s|\\\\)\s*")
_NOBODY = frozenset({"unknown artist", "unknown", "<unknown>", "no artist", "artist", "n a", "none"})
_MANY = frozenset(
    {"various artists", "various", "va", "v a", "diverse", "verschiedene interpreten", "multiple artists"}
)
_KINDS = {"podcast": "podcast", "audiobook": "audiobook", "audiobooks": "audiobook", "podcasts": "podcast"}
# ISO 639-2 codes (both where there are two) and English names of what is sung most, as ISO 639-1.
_LANGUAGES = {
    name: code
    for code, names in {
        "ar": "ara arabic", "cs": "ces cze czech", "da": "dan danish", "de": "deu ger german deutsch",
        "el": "ell gre greek", "en": "eng english", "es": "spa spanish", "fa": "fas per persian", "fi": "fin finnish",
        "fr": "fra fre french", "he": "heb hebrew", "hi": "hin hindi", "hu": "hun hungarian", "id": "ind indonesian",
        "is": "isl ice icelandic", "it": "ita italian", "ja": "jpn japanese", "ko": "kor korean", "la": "lat latin",
        "nl": "nld dut dutch", "no": "nor nob nno norwegian", "pl": "pol polish", "pt": "por portuguese",
        "ro": "ron rum romanian", "ru": "rus russian", "sv": "swe swedish", "tr": "tur turkish", "uk": "ukr ukrainian",
        "zh": "zho chi cmn chinese",
    }.items()
    for name in (code, *names.split())
}  # fmt: skip
_CODECS = {
    "vorbis": "ogg", "opus": "opus", "speex": "speex", "flac": "flac", "alac": "alac", "audio/mpeg": "mp3",
    "audio/wav": "wav", "audio/mp4": "aac", "audio/aiff": "aiff", "audio/x-ms-wma": "wma", "audio/ogg": "ogg",
}  # fmt: skip
# Opus writes gains in 256ths of a decibel towards -23 LUFS, ReplayGain towards -18 (RFC 7845, 5.2.1).
_R128_UNIT, _R128_OFFSET_DB = 256, 5.0
_LARGEST_GAIN_DB = 60.0


class Beside(NamedTuple):
    """What lies beside an audio file and belongs to it, by name: the words and the cover."""

    lyrics: str | None = None
    cover: str | None = None


def lyrics_beside(path: Path, names: Collection[str]) -> str | None:
    """Which of the names in its folder is of the words of an audio file."""
    return next((name for suffix in LYRICS_SUFFIXES if (name := path.stem + suffix) in names), None)


def cover_in(names: Collection[str]) -> str | None:
    """Which of the names in a folder is the cover's."""
    return min(filter(_COVERS.fullmatch, names), default=None)


@dataclass(frozen=True)
class TaggedFile:
    """One audio file as its tags describe it; what they do not say, or not legibly, is None or empty.

    `artist_mbids` are of `artists` and then `featured`, in order; there are as many or none.
    """

    path: Path
    title: str
    artists: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    artist_mbids: tuple[str, ...] = ()
    album: str | None = None
    album_artists: tuple[str, ...] = ()
    album_artist_mbids: tuple[str, ...] = ()
    compilation: bool = False
    track_number: int | None = None
    disc_number: int | None = None
    date: date | None = None
    date_precision: str | None = None
    genres: tuple[str, ...] = ()
    songwriters: tuple[str, ...] = ()
    label: str | None = None
    language: str | None = None
    explicit: bool | None = None
    kind: str | None = None
    mbid: str | None = None
    release_mbid: str | None = None
    isrc: str | None = None
    lyrics: str | None = None
    replaygain_track_db: float | None = None
    replaygain_album_db: float | None = None
    has_cover: bool = False
    codec: str | None = None
    duration_ms: int | None = None
    sample_rate: int | None = None
    channels: int | None = None

    def to_json(self) -> str:
        """All of it but the path, as JSON."""
        document = {name: value for name, value in asdict(self).items() if name != "path" and value not in (None, ())}
        if self.date is not None:
            document["date"] = self.date.isoformat()
        return json.dumps(document, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, path: Path, document: str) -> TaggedFile:
        """What `to_json` wrote."""
        values: dict[str, Any] = json.loads(document)
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        if "date" in values:
            values["date"] = date.fromisoformat(values["date"])
        return cls(path, **values)


def read_tags(path: Path, below: Path | None = None, beside: Beside | None = None) -> TaggedFile:
    """What an audio file says of itself. Never fails: a file whose tags cannot be read is known by its names.

    Args:
        path: the file.
        below: the folder that holds all the music, whose own name says nothing of it.
        beside: what lies beside the file, where that is known already.
    """
    said = _Said.read(path)
    names = names_in(path, below)
    if beside is None:
        listed = _names_in_folder(path.parent)
        beside = Beside(lyrics_beside(path, listed), cover_in(listed))
    return replace(
        _credited(path, said, names),
        **_dated(said, names),
        track_number=said.number("track") or names.track_number,
        disc_number=said.number("disc") or names.disc_number,
        genres=_genres(said),
        songwriters=tuple(_split(said.all("composer"), _BETWEEN_ARTISTS)),
        label=said.first("label", "publisher", "organization"),
        language=_language(said),
        explicit=_explicit(said),
        kind=next((_KINDS[genre.lower()] for genre in said.all("genre") if genre.lower() in _KINDS), None),
        isrc=next(filter(None, map(isrc, said.all("isrc"))), None),
        lyrics=_lyrics(path, said, beside),
        replaygain_track_db=_gain(said, "track"),
        replaygain_album_db=_gain(said, "album"),
        has_cover=said.has_cover or beside.cover is not None,
        **said.sound(path),
    )


class _Said:
    """The fields of a file's tags, by name without case, spaces and underscores."""

    def __init__(self, fields: dict[str, list[str]], properties: dict[str, Any], *, has_cover: bool) -> None:
        self._fields = fields
        self._properties = properties
        self.has_cover = has_cover

    @classmethod
    def read(cls, path: Path) -> _Said:
        from tinytag import TinyTag, TinyTagException  # noqa: PLC0415 (optional)

        try:
            tag = TinyTag.get(path, image=True)
        except (TinyTagException, OSError):
            return cls({}, {}, has_cover=False)
        found: dict[str, list[str]] = {}
        properties = {}
        for name, value in tag.as_dict().items():
            if isinstance(value, list):
                key = "".join(filter(str.isalnum, name.lower()))
                found.setdefault(key, []).extend(_mended(str(one)) for one in value)
            else:
                properties[name] = value
        return cls(found, properties, has_cover=tag.images.any is not None)

    def raw(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from self._fields.get(name, ())

    def all(self, *names: str) -> list[str]:
        """The legible values of some fields, as lines of text, each once."""
        parts = (text(part) for value in self.raw(*names) for part in value.split("\x00"))
        return list(dict.fromkeys(part for part in parts if part and "\ufffd" not in part))

    def first(self, *names: str) -> str | None:
        return next(iter(self.all(*names)), None)

    def damaged(self, name: str) -> str | None:
        """A value of which letters were lost, for want of a better one."""
        return next((text(value) for value in self.raw(name) if "\ufffd" in value), None)

    def number(self, name: str) -> int | None:
        return whole(self.first(name)) or None

    def sound(self, path: Path) -> dict[str, Any]:
        """What is said of the audio: codec, length, sample rate and channels."""
        mime = str(self._properties.get("mime_type", ""))
        codec = next((short for name, short in _CODECS.items() if name in mime), path.suffix.lower().lstrip("."))
        seconds = self._properties.get("duration")
        known = isinstance(seconds, (int, float)) and math.isfinite(seconds) and 0 < seconds < 1e7
        return {
            "codec": codec or None,
            "duration_ms": round(seconds * 1000) if known and isinstance(seconds, (int, float)) else None,
            "sample_rate": whole(self._properties.get("samplerate")) or None,
            "channels": _at_most(whole(self._properties.get("channels")) or None, 1024),
        }


def _at_most(number: int | None, most: int) -> int | None:
    return number if number is not None and number <= most else None


def _mended(value: str) -> str:
    """UTF-8 that was taken for Latin-1 ("BjÃ¶rk") as what was meant; anything else as it is."""
    if value.isascii():
        return value
    for encoding in ("latin-1", "cp1252"):
        try:
            return value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return value


def _names_in_folder(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208 (names only)
    except OSError:
        return frozenset()


# -- who and what ------------------------------------------------------------------------------------------------


def _credited(path: Path, said: _Said, names: Names) -> TaggedFile:
    title = said.first("title") or names.title or said.damaged("title") or path.stem
    credits_ = _known(said.all("artist"))
    if not credits_:
        guessed = names.artist if names.artist is not None and normalise(names.artist) not in _NOBODY else None
        credits_ = [guessed or said.damaged("artist") or ""]
    ids = _mbids(said, "musicbrainzartistid")
    artists, featured = _artists(credits_, len(ids))
    album_artists = _known(said.all("albumartist"))
    many = [name for name in album_artists if normalise(name) in _MANY]
    album_ids = _mbids(said, "musicbrainzalbumartistid")
    whose = tuple(_artists([name for name in album_artists if name not in many], len(album_ids))[0])
    return TaggedFile(
        path,
        title,
        tuple(artists),
        tuple(featured),
        ids if len(ids) == len(artists) + len(featured) else (),
        said.first("album") or names.album or said.damaged("album"),
        whose,
        album_ids if len(album_ids) == len(whose) else (),
        bool(many) or (said.first("compilation", "itunescompilation", "cpil", "tcmp") or "0").lower() in ("1", "true"),
        mbid=next(iter(_mbids(said, "ufid", "musicbrainztrackid", "musicbrainzrecordingid")), None),
        release_mbid=next(iter(_mbids(said, "musicbrainzalbumid", "musicbrainzreleaseid")), None),
    )


def _known(names: list[str]) -> list[str]:
    return [name for name in names if normalise(name) not in _NOBODY]


def _mbids(said: _Said, *names: str) -> tuple[str, ...]:
    """MusicBrainz ids, each once; ID3 writes several into one value, with slashes between, and links before them."""
    parts = (part for value in said.raw(*names) for part in re.split(r"[\x00;/,\s]", value))
    return tuple(dict.fromkeys(filter(None, map(mbid, parts))))


def _artists(credited: list[str], n_ids: int) -> tuple[list[str], list[str]]:
    """The artists and the guests of some credits; `n_ids`, how many there should be, tells "A & B" from a duo's name."""
    names = list(dict.fromkeys(_split(credited, _BETWEEN_ARTISTS)))
    # ARTIST=A feat. B beside ARTISTS=A, ARTISTS=B: the joint credit says nothing new.
    joint = [name for name in names if sum(other != name and other in name for other in names) > 1]
    artists, guests = [], []
    for name in (name for name in names if name not in joint):
        match = _GUEST.search(name)
        artists.append(name[: match.start()].strip() if match else name)
        guests += _split([match["names"]], _BETWEEN_GUESTS) if match else []
    if len(artists) + len(guests) < n_ids and len(names) == 1:
        apart = _split(names, _BETWEEN_CREDITS)
        if len(apart) == n_ids:
            first = len(apart) - len(guests)
            artists, guests = apart[:first], apart[first:]
    guests += [part for name in joint if (match := _GUEST.search(name)) for part in artists if part in match["names"]]
    artists = [name for name in dict.fromkeys(artists) if name and name not in guests]
    return artists, list(dict.fromkeys(guests))


def _split(values: list[str], between: re.Pattern[str]) -> list[str]:
    return list(dict.fromkeys(part for value in values for part in map(text, between.split(value)) if part))


# -- the rest ----------------------------------------------------------------------------------------------------


def _dated(said: _Said, names: Names) -> dict[str, Any]:
    written = [*said.all("year", "date", "releasedate", "originaldate", "originalyear", "tdrl", "tdor", "tory")]
    found = [day for day in map(_day, written) if day is not None]
    if names.year:
        found.append((date(names.year, 1, 1), "year"))
    return {"date": found[0][0], "date_precision": found[0][1]} if found else {}


def _day(written: str) -> tuple[date, str] | None:
    """A date and its precision from text: "1999", "1999-05", "1999-05-01T…", "19990501", "5 May 1999" (its year)."""
    match = _COMPACT_DATE.fullmatch(written) or _DATE.match(written)
    if match is not None:
        parts = [int(part or 0) for part in match.group("year", "month", "day")]
        for precision, numbers in (("day", parts), ("month", [*parts[:2], 1]), ("year", [parts[0], 1, 1])):
            try:
                day = date(*numbers)
            except ValueError:
                continue
            return (day, precision) if 1500 <= day.year <= 2100 else None
    year = _YEAR.search(written)
    return (date(int(year[0]), 1, 1), "year") if year else None


def _genres(said: _Said) -> tuple[str, ...]:
    genres = {normalise(genre): genre for genre in reversed(_split(said.all("genre"), _BETWEEN_GENRES))}
    return tuple(reversed([genre for genre in genres.values() if not genre.isdecimal()]))


def _language(said: _Said) -> str | None:
    words = (word for value in said.all("language") for word in re.split(r"[^a-z]+", value.lower()))
    return next((_LANGUAGES[word] for word in words if word in _LANGUAGES), None)


def _explicit(said: _Said) -> bool | None:
    """Whether the words are marked as explicit (1; 4 is how iTunes once wrote it) or clean (2); 0 says nothing."""
    marked = said.first("itunesadvisory", "rtng", "explicit")
    return {"1": True, "4": True, "true": True, "2": False, "false": False}.get((marked or "").lower())


def _lyrics(path: Path, said: _Said, beside: Beside) -> str | None:
    embedded = (words_of(value) for value in said.raw("lyrics", "unsyncedlyrics", "syncedlyrics"))
    words = next((words for words in embedded if words and "\ufffd" not in words), None)
    return words or (words_beside(path.with_name(beside.lyrics)) if beside.lyrics else None)


def _gain(said: _Said, of: str) -> float | None:
    """The gain asked for, in dB: ReplayGain's, or Opus's as ReplayGain would have it."""
    match = _DECIBELS.fullmatch(said.first(f"replaygain{of}gain") or "")
    if match is not None:
        gain = float(match[1].replace(",", "."))
    else:
        r128 = re.fullmatch(r"[-+]?\d{1,6}", said.first(f"r128{of}gain") or "", re.ASCII)
        if r128 is None:
            return None
        gain = int(r128[0]) / _R128_UNIT + _R128_OFFSET_DB
    return gain if abs(gain) <= _LARGEST_GAIN_DB else None
