"""The schemas of the Library's tables: every column, its type, unit and meaning.

A `Table` says what a frame must look like (`conform`) and what its rows must hold (`problems`). Ids that repeat in
millions of rows (in `listens` and `feedback`) are dictionary-encoded, so that a listen takes about 32 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from segue.errors import InvalidTable

TIME = pl.Datetime("ms", "UTC")
REPEATED_ID = pl.Categorical()
TAGS = pl.List(pl.Struct({"tag": pl.String, "weight": pl.Float32}))
NAMES = pl.List(pl.String)
VECTOR = pl.List(pl.Float32)

TRACK_KINDS = (
    "original", "cover", "remix", "live", "remaster", "podcast", "audiobook", "film", "book",
)  # fmt: skip
FEEDBACK_KINDS = ("like", "dislike", "never", "rating")
RELATION_KINDS = ("member", "collaboration", "similar", "other")
DATE_PRECISIONS = ("year", "month", "day")
GENDERS = ("female", "male", "other")

AUDIO_FEATURES = (
    "acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence", "loudness",
    "tempo",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and what its values may be."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    required: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] | None = None
    refers_to: str | None = None


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row: `row` counts from 0."""

    table: str
    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.table}, row {self.row}, column {self.column}: {self.why}"


@dataclass(frozen=True)
class Table:
    """A named, typed, keyed table."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and Polars types, in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A frame of this schema with no rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with every column of the schema, in order and of the right type; absent columns are null.

        Raises `InvalidTable` for a column the schema does not have, or values that cannot be of its type.
        """
        known = {column.name for column in self.columns}
        for name in frame.columns:
            if name not in known:
                raise InvalidTable(f"{self.name} has no column {name!r}: it has {', '.join(sorted(known))}")
        if frame.schema == self.schema:
            return frame
        parts = []
        for name, dtype in self.schema.items():
            if name not in frame.columns:
                parts.append(pl.lit(None, dtype=dtype).alias(name))
                continue
            try:
                parts.append(pl.lit(frame.get_column(name).cast(dtype)).alias(name))
            except pl.exceptions.PolarsError as error:
                reason = str(error).splitlines()[0]
                raise InvalidTable(f"{self.name}, column {name}: cannot be {dtype}: {reason}") from error
        if not frame.width:
            return self.empty()
        return frame.select(parts)

    def problems(self, frame: pl.DataFrame, limit: int = 20) -> list[Problem]:
        """What is wrong with the rows of a conforming frame: missing, out of range, not one of the values, repeated."""
        found: list[Problem] = []
        for column in self.columns:
            for bad, why in self._checks(column):
                rows = frame.select(bad.fill_null(value=False).arg_true()).to_series().head(limit)
                found += [Problem(self.name, int(row), column.name, why) for row in rows]
        if self.key:
            repeated = frame.select(pl.struct(self.key).is_duplicated().arg_true()).to_series().head(limit)
            found += [Problem(self.name, int(row), "+".join(self.key), "is not unique") for row in repeated]
        return found[:limit]

    def _checks(self, column: Column) -> list[tuple[pl.Expr, str]]:
        value = pl.col(column.name)
        checks: list[tuple[pl.Expr, str]] = []
        if column.required:
            checks.append((value.is_null(), "is missing"))
        if column.required and column.dtype in (pl.String, REPEATED_ID):
            checks.append((value.cast(pl.String) == "", "is empty"))
        if column.minimum is not None:
            checks.append((value < column.minimum, f"is below {column.minimum:g}"))
        if column.maximum is not None:
            checks.append((value > column.maximum, f"is above {column.maximum:g}"))
        if column.values is not None:
            checks.append((~value.cast(pl.String).is_in(column.values), f"is not one of {', '.join(column.values)}"))
        return checks


def _share(name: str, meaning: str) -> Column:
    return Column(name, pl.Float32, meaning, minimum=0, maximum=1)


ARTISTS = Table(
    "artists",
    "Those who made the music (or the film, or the book).",
    ("artist_id",),
    (
        Column("artist_id", pl.String, "The id, unique in the library", required=True),
        Column("name", pl.String, "The name as people write it", required=True),
        Column("mbid", pl.String, "MusicBrainz artist id"),
        Column("spotify_uri", pl.String, "spotify:artist:…"),
        Column("country", pl.String, "ISO 3166-1 alpha-2 code"),
        Column("genres", NAMES, "Genres, the most telling first"),
        Column("tags", TAGS, "Free words people gave it, with how many gave it"),
        Column("bio", pl.String, "Who they are, in a few sentences"),
        Column("popularity", pl.Float32, "As the source states it", minimum=0, maximum=100),
    ),
)

RELEASES = Table(
    "releases",
    "Albums, singles and EPs.",
    ("release_id",),
    (
        Column("release_id", pl.String, "The id, unique in the library", required=True),
        Column("title", pl.String, "The title", required=True),
        Column("artist_ids", NAMES, "Its artists, the main one first", refers_to="artists.artist_id"),
        Column("date", pl.Date, "When it came out"),
        Column("date_precision", pl.String, "What of the date is known", values=DATE_PRECISIONS),
        Column("mbid", pl.String, "MusicBrainz release id"),
        Column("spotify_uri", pl.String, "spotify:album:…"),
        Column("label", pl.String, "Record label"),
    ),
)

TRACKS = Table(
    "tracks",
    "What is played: songs, and items of other kinds (podcasts, audiobooks, films, books).",
    ("track_id",),
    (
        Column("track_id", pl.String, "The id, unique in the library", required=True),
        Column("title", pl.String, "The title", required=True),
        Column("artist_ids", NAMES, "Its artists, the main one first", refers_to="artists.artist_id"),
        Column("featured_artist_ids", NAMES, "Guests", refers_to="artists.artist_id"),
        Column("songwriters", NAMES, "Names of those who wrote it"),
        Column("producers", NAMES, "Names of those who produced it"),
        Column("release_id", pl.String, "The release it is on", refers_to="releases.release_id"),
        Column("date", pl.Date, "When it came out"),
        Column("date_precision", pl.String, "What of the date is known", values=DATE_PRECISIONS),
        Column("duration_ms", pl.Int64, "Length", unit="ms", minimum=0),
        Column("genres", NAMES, "Genres, the most telling first"),
        Column("subgenres", NAMES, "Finer genres"),
        Column("tags", TAGS, "Free words people gave it, with how many gave it"),
        Column("language", pl.String, "ISO 639-1 code of the words"),
        Column("instruments", NAMES, "Instruments heard"),
        Column("kind", pl.String, "What it is", values=TRACK_KINDS),
        Column("work_id", pl.String, "Shared by all versions of one song"),
        Column("explicit", pl.Boolean, "Whether the words are explicit"),
        Column("popularity", pl.Float32, "As the source states it", minimum=0, maximum=100),
        Column("mbid", pl.String, "MusicBrainz recording id"),
        Column("isrc", pl.String, "International Standard Recording Code"),
        Column("spotify_uri", pl.String, "spotify:track:…"),
        _share("acousticness", "How acoustic it sounds"),
        _share("danceability", "How easy it is to dance to"),
        _share("energy", "How intense it sounds"),
        _share("instrumentalness", "How likely it is without words"),
        _share("liveness", "How likely it was played to an audience"),
        _share("speechiness", "How much of it is spoken"),
        _share("valence", "How happy it sounds"),
        Column("loudness", pl.Float32, "Mean loudness", unit="dB", minimum=-100, maximum=20),
        Column("tempo", pl.Float32, "Tempo", unit="beats per minute", minimum=0, maximum=1000),
        Column("key", pl.Int8, "Pitch class of the key, 0 is C; null when unknown", minimum=0, maximum=11),
        Column("mode", pl.Int8, "1 major, 0 minor", minimum=0, maximum=1),
        Column("sound", VECTOR, "Timbre and rhythm as a vector: tracks that sound alike lie close together"),
        Column("lyrics", pl.String, "The words"),
    ),
)

LISTENERS = Table(
    "listeners",
    "Those music is recommended to. Everything but the id is optional.",
    ("listener_id",),
    (
        Column("listener_id", pl.String, "The id, unique in the library", required=True),
        Column("country", pl.String, "ISO 3166-1 alpha-2 code"),
        Column("birth_year", pl.Int16, "Year of birth", minimum=1880, maximum=2100),
        Column("gender", pl.String, "As the listener states it", values=GENDERS),
    ),
)

LISTENS = Table(
    "listens",
    "Plays. Of a track, or of an artist where the source knows no more. Without a time: a count of plays.",
    (),
    (
        Column("listener_id", REPEATED_ID, "Who listened", required=True, refers_to="listeners.listener_id"),
        Column("track_id", REPEATED_ID, "What was played", refers_to="tracks.track_id"),
        Column("artist_id", REPEATED_ID, "Whose music, where the track is not known", refers_to="artists.artist_id"),
        Column("time", TIME, "When it began; null when not known"),
        Column(
            "position",
            pl.Int32,
            "Place among the listener's listens, where their order is known but no time",
            minimum=0,
        ),
        Column("ms_played", pl.Int32, "For how long", unit="ms", minimum=0),
        Column("skipped", pl.Boolean, "Whether the listener moved on before the end"),
        Column("plays", pl.Int32, "How many plays this row stands for (1 when it has a time)", minimum=1),
        Column("source", REPEATED_ID, "Where the row came from"),
    ),
)

FEEDBACK = Table(
    "feedback",
    "What listeners said of tracks and artists.",
    (),
    (
        Column("listener_id", REPEATED_ID, "Who said it", required=True, refers_to="listeners.listener_id"),
        Column("track_id", REPEATED_ID, "Of which track", refers_to="tracks.track_id"),
        Column("artist_id", REPEATED_ID, "Or of which artist", refers_to="artists.artist_id"),
        Column("kind", pl.String, "like, dislike, never (do not play again) or rating", required=True,
               values=FEEDBACK_KINDS),
        Column("rating", pl.Float32, "The rating, on the source's own scale, for kind rating"),
        Column("time", TIME, "When"),
        Column("expires", TIME, "Until when it holds; null for ever"),
    ),
)  # fmt: skip

TAGGINGS = Table(
    "taggings",
    "Words that listeners gave tracks and artists, one row each time. Kept apart from the catalogue's own `tags`, so that"
    " an evaluation can leave out what a listener said of the items hidden from them.",
    (),
    (
        Column("listener_id", REPEATED_ID, "Who said it", required=True, refers_to="listeners.listener_id"),
        Column("track_id", REPEATED_ID, "Of which track", refers_to="tracks.track_id"),
        Column("artist_id", REPEATED_ID, "Or of which artist", refers_to="artists.artist_id"),
        Column("tag", REPEATED_ID, "The word", required=True),
        Column("time", TIME, "When"),
    ),
)

PLAYLISTS = Table(
    "playlists",
    "Ordered lists of tracks.",
    ("playlist_id",),
    (
        Column("playlist_id", pl.String, "The id, unique in the library", required=True),
        Column("title", pl.String, "The title"),
        Column("listener_id", pl.String, "Its owner", refers_to="listeners.listener_id"),
        Column("description", pl.String, "What its owner wrote about it"),
        Column("track_ids", NAMES, "The tracks in order; the same track may stand twice", refers_to="tracks.track_id"),
        Column("genres", NAMES, "Genres it is filed under"),
        Column("followers", pl.Int32, "How many follow it", minimum=0),
        Column("modified", TIME, "When it was last changed"),
    ),
)

RELATIONS = Table(
    "relations",
    "Who has to do with whom, as a source says it.",
    (),
    (
        Column("artist_id", pl.String, "Of which artist it is said", required=True, refers_to="artists.artist_id"),
        Column("other_artist_id", pl.String, "The other artist", required=True, refers_to="artists.artist_id"),
        Column("kind", pl.String, "member (the artist is, or was, one of the other), collaboration, similar, or other",
               required=True, values=RELATION_KINDS),
        Column("strength", pl.Float32, "How strong the source says it is", minimum=0, maximum=1),
        Column("source", pl.String, "Who says it"),
    ),
)  # fmt: skip

FILES = Table(
    "files",
    "Audio files on this machine, as a scan found them.",
    ("path",),
    (
        Column("path", pl.String, "Where it is: an absolute path", required=True),
        Column("track_id", pl.String, "The track in it", required=True, refers_to="tracks.track_id"),
        Column("content_id", pl.String, "The same for the same bytes, wherever they lie", required=True),
        Column("size_bytes", pl.Int64, "Size", unit="bytes", minimum=0),
        Column("modified", TIME, "When it was last changed"),
        Column("duration_ms", pl.Int64, "Length", unit="ms", minimum=0),
        Column("codec", pl.String, "How it is encoded: ogg, mp3, flac, …"),
        Column("sample_rate", pl.Int32, "Sample rate", unit="Hz", minimum=1),
        Column("channels", pl.Int16, "Number of channels", minimum=1),
        Column("track_number", pl.Int32, "Its number on the release", minimum=0),
        Column("disc_number", pl.Int32, "The disc it is on", minimum=0),
        Column("replaygain_track_db", pl.Float32, "The gain its tags ask for when it is played alone", unit="dB"),
        Column("replaygain_album_db", pl.Float32, "The gain its tags ask for when its release is played", unit="dB"),
        Column("has_cover", pl.Boolean, "Whether a cover picture is embedded or lies beside it"),
    ),
)

TABLES = {
    table.name: table
    for table in (ARTISTS, RELEASES, TRACKS, LISTENERS, LISTENS, FEEDBACK, TAGGINGS, PLAYLISTS, RELATIONS, FILES)
}
