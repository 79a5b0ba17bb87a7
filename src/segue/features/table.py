"""ItemFeatures from a Library: one function per group; a new group is a function and its place in `GROUPS`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from scipy import sparse

from segue.features import lyrics as songs
from segue.features.groups import FeatureGroup, ItemFeatures
from segue.features.known import Known
from segue.features.metadata import collaborations, track_facts
from segue.features.playlist_words import playlist_words
from segue.features.tags import canonical, log_counts, smoothed, telling
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.tables import AUDIO_FEATURES

TOPICS = 16
BORROWED = 1.0
"""The words of its artists count for a track like those of so many people more."""


def item_features(
    library: Library,
    interactions: Interactions,
    hidden: sparse.csr_array | None = None,
    also_hidden: pl.DataFrame | None = None,
) -> ItemFeatures | None:
    """The features of the items of `interactions`, in their order; None when the catalogue knows nothing of them.

    `hidden`, of the shape of the interactions, marks pairs that nobody may know of: what a listener called an item that
    is hidden from them is left out. When the interactions are playlists whose genres are known, an item's genres are
    those of the playlists it may be seen in: the catalogue may have them from the very playlists that are hidden. An
    artist or a release has the features of its tracks. `also_hidden` names more such pairs (`listener_id`, `item_id`).
    """
    known = Known(library, interactions, hidden, also_hidden)
    made = [make(known) for make in GROUPS]
    kept = tuple(group for group in made if group is not None)
    if not kept:
        return None

    def remade(pairs: pl.DataFrame) -> ItemFeatures | None:
        more = pairs if also_hidden is None else pl.concat([also_hidden, pairs])
        return item_features(library, interactions, hidden, more)

    return ItemFeatures(interactions.item_ids, kept, remade if known.comes_from_listeners else None)


# -- words -------------------------------------------------------------------------------------------------------


def tags(known: Known) -> FeatureGroup | None:
    """Free words that people gave, spellings made one; tracks borrow those of their artists."""
    own = [_given(known.rows, _listed(known.library, known.level, "tags"), known.taggings(known.level))]
    if known.level != "track":
        own.append(_exploded(known.tracks, "tags"))
    sources = f"{known.level}s.tags, taggings.tag" + ("" if known.level == "track" else ", tracks.tags")
    return _words("tags", known, own, sources)


def genres(known: Known) -> FeatureGroup | None:
    """Genres and subgenres, spellings made one; tracks borrow those of their artists."""
    seen = known.playlist_genres()
    if seen is not None:
        return _words("genres", known, [seen.with_columns(weight=1.0)], "playlists.genres")
    own = [_exploded(known.tracks, column) for column in ("genres", "subgenres")]
    if known.level == "artist":
        own.append(_given(known.rows, _listed(known.library, "artist", "genres")))
    return _words("genres", known, own, "tracks.genres, tracks.subgenres, artists.genres")


def facts(known: Known) -> FeatureGroup | None:
    """Language, kind and explicitness, from the catalogue or else from the lyrics."""
    said = known.tracks.select("row", "language", "kind", "explicit", "lyrics")
    told = known.lyrics
    stated = said.with_columns(
        language=pl.coalesce("language", told["language"]), explicit=pl.coalesce("explicit", told["explicit"])
    )
    words = [
        stated.select("row", word=pl.format("language: {}", "language")),
        stated.filter(pl.col("kind") != "original").select("row", word="kind"),
        stated.filter("explicit").select("row", word=pl.lit("explicit")),
    ]
    rows = pl.concat([part.drop_nulls() for part in words]).with_columns(weight=1.0)
    return _counted("facts", known, rows, "tracks.language, tracks.kind, tracks.explicit, tracks.lyrics")


def instruments(known: Known) -> FeatureGroup | None:
    """What it is played on."""
    return _counted("instruments", known, _exploded(known.tracks, "instruments"), "tracks.instruments")


def playlists(known: Known) -> FeatureGroup | None:
    """Words of the titles of the playlists a track is in. Left out where playlists are what is learned from."""
    if known.level != "track" or known.interactions.signal == "playlists" or not known.library.playlists.height:
        return None
    found = playlist_words(known.library.playlists, known.interactions.item_ids, known.hidden_playlist_tracks())
    if not found.counts.nnz:
        return None
    return FeatureGroup(
        "playlists", log_counts(found.counts), tuple(found.words), telling(found.counts),
        source="playlists.title, playlists.description",
    )  # fmt: skip


# -- credits -----------------------------------------------------------------------------------------------------


def artists(known: Known) -> FeatureGroup | None:
    """Who made it; of an artist, who plays with them."""
    if known.level == "artist":
        together = collaborations(known.library).join(known.rows, left_on="artist_id", right_on="item_id")
        pairs = together.select("row", artist_id="other_artist_id")
    else:
        pairs = known.artists
    named = pairs.join(known.library.artists.select("artist_id", "name"), on="artist_id")
    sources = "tracks.artist_ids, tracks.featured_artist_ids, releases.artist_ids, relations.other_artist_id"
    return _credited("artists", known, named.select("row", code="artist_id", name="name"), sources)


def releases(known: Known) -> FeatureGroup | None:
    """Which release a track is on."""
    if known.level != "track":
        return None
    named = known.tracks.select("row", "release_id").join(known.library.releases, on="release_id")
    return _credited("releases", known, named.select("row", code="release_id", name="title"), "tracks.release_id")


def labels(known: Known) -> FeatureGroup | None:
    """Whose record label it came out on."""
    of_release = known.library.releases.select("release_id", "label").drop_nulls()
    named = known.tracks.select("row", "release_id").join(of_release, on="release_id").unique(["row", "label"])
    return _credited("labels", known, named.select("row", code="label", name="label"), "releases.label")


# -- numbers -----------------------------------------------------------------------------------------------------


def numeric(known: Known) -> FeatureGroup | None:
    """The year it came out, and its length (ln of milliseconds)."""
    stated = track_facts(known.library).select("track_id", pl.col("year").cast(pl.Float64))
    values = known.tracks.select(
        "row", "track_id", length=pl.when(pl.col("duration_ms") > 0).then("duration_ms").log()
    ).join(stated, on="track_id", how="left", maintain_order="left")  # fmt: skip
    return _numbers(
        "numeric", known, values.select("row", "year", "length"), "tracks.date, releases.date, tracks.duration_ms"
    )


def audio(known: Known) -> FeatureGroup | None:
    """The perceptual audio features."""
    return _numbers("audio", known, known.tracks.select("row", *AUDIO_FEATURES), "tracks.<feature>")


def sound(known: Known) -> FeatureGroup | None:
    """The timbre and rhythm vector of tracks whose audio was analysed."""
    vectors = known.tracks.select("row", "sound").drop_nulls()
    if not vectors.height:
        return None
    # Another version of the analysis may have had another length: what most have is what is compared.
    width = int(vectors["sound"].list.len().mode().min())  # type: ignore[arg-type]
    alike = vectors.filter(pl.col("sound").list.len() == width)
    names = [f"sound {place}" for place in range(width)]
    spread = alike.select("row", pl.col("sound").list.to_struct(fields=names)).unnest("sound")
    return _numbers("sound", known, spread, "tracks.sound")


def lyrics(known: Known) -> FeatureGroup | None:
    """What the words of a song are about, their mood, and how they are made."""
    told = known.lyrics
    if not told["words"].is_not_null().any():
        return None
    about = songs.topics(known.tracks["lyrics"], TOPICS)
    named = {
        f"about {', '.join(terms[:3])}": about.vectors[:, topic].astype(np.float64)
        for topic, terms in enumerate(about.terms)
    }
    values = told.select("sentiment", "distinct", "repetition", words=pl.col("words").log1p()).with_columns(
        known.tracks["row"], *(pl.Series(name, column) for name, column in named.items())
    )
    sung = values.filter(told["words"].is_not_null())
    return _numbers("lyrics", known, sung.select("row", pl.exclude("row")), "tracks.lyrics")


GROUPS: tuple[Callable[[Known], FeatureGroup | None], ...] = (
    tags, genres, facts, instruments, playlists, artists, releases, labels, numeric, audio, sound, lyrics,
)  # fmt: skip


# -- how groups are made -----------------------------------------------------------------------------------------


def _listed(library: Library, level: str, column: str) -> pl.DataFrame:
    """The words a table has in a list column: `item_id`, `word`, `weight`."""
    frame = getattr(library, f"{level}s")
    if column not in frame.columns:
        return pl.DataFrame(schema={"item_id": pl.String, "word": pl.String, "weight": pl.Float32})
    return _exploded(frame.rename({f"{level}_id": "item_id"}), column, "item_id")


def _exploded(frame: pl.DataFrame, column: str, key: str = "row") -> pl.DataFrame:
    rows = frame.select(key, word=column).explode("word").drop_nulls("word")
    if isinstance(rows.schema["word"], pl.Struct):
        rows = rows.unnest("word").rename({"tag": "word"})
    else:
        rows = rows.with_columns(weight=pl.lit(1.0, dtype=pl.Float32))
    return rows.select(key, "word", pl.col("weight").cast(pl.Float32).fill_null(1.0))


def _given(rows: pl.DataFrame, *parts: pl.DataFrame) -> pl.DataFrame:
    """Words by item id as words by row."""
    one = pl.lit(1.0, dtype=pl.Float32).alias("weight")
    weighed = [part if "weight" in part.columns else part.with_columns(one) for part in parts]
    return pl.concat(weighed).join(rows, on="item_id").select("row", "word", "weight")


def _words(name: str, known: Known, own: list[pl.DataFrame], source: str) -> FeatureGroup | None:
    """Words as given, spellings made one; at track level with what is said of, and of other tracks by, their artists."""
    given = pl.concat([part.select("row", "word", pl.col("weight").cast(pl.Float32)) for part in own])
    if known.level != "track":
        return _counted(name, known, given, source)
    makers = known.artists["artist_id"].unique().sort()
    places = makers.to_frame("item_id").with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64) + known.n_items)
    of_artists = [_listed(known.library, "artist", name)] + ([known.taggings("artist")] if name == "tags" else [])
    counts, words = _matrix(pl.concat([given, _given(places, *of_artists)]), known.n_items + len(makers))
    if not words:
        return None
    made_by = known.artists.join(places.rename({"row": "maker"}), left_on="artist_id", right_on="item_id")
    at = (made_by["row"].to_numpy(), made_by["maker"].to_numpy() - known.n_items)
    of_tracks = sparse.csr_array(
        sparse.coo_array((np.ones(made_by.height, np.float32), at), shape=(known.n_items, len(makers)))
    )
    each = np.maximum(np.diff(of_tracks.indptr), 1)
    shares = sparse.diags_array((1 / each).astype(np.float32)) @ of_tracks
    artist_of = sparse.csr_array(sparse.vstack([shares, sparse.eye_array(len(makers), dtype=np.float32)], format="csr"))
    lent = sparse.csr_array(smoothed(counts, artist_of, BORROWED)[: known.n_items])
    return _word_group(name, lent, words, f"{source}; those of its artists")


def _counted(name: str, known: Known, given: pl.DataFrame, source: str) -> FeatureGroup | None:
    counts, words = _matrix(given, known.n_items)
    return _word_group(name, counts, words, source)


def _word_group(name: str, counts: sparse.csr_array, words: tuple[str, ...], source: str) -> FeatureGroup | None:
    used = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]))
    if not len(used):
        return None
    kept = counts if len(used) == counts.shape[1] else sparse.csr_array(counts[:, used])
    return FeatureGroup(name, log_counts(kept), tuple(words[column] for column in used), telling(kept), source=source)


def _matrix(given: pl.DataFrame, n_rows: int) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """Words (`row`, `word`, `weight`) as a matrix of counts, with the words of its columns."""
    rows = canonical(given.rename({"row": "item"}))
    words = rows["word"].unique().sort()
    codes = words.to_frame("word").with_row_index("code")
    placed = rows.join(codes, on="word").sort("item", "code")
    entries = (placed["weight"].to_numpy(), (placed["item"].to_numpy(), placed["code"].to_numpy()))
    counts = sparse.csr_array(sparse.coo_array(entries, shape=(n_rows, len(words))), dtype=np.float32)
    return counts, tuple(words)


def _credited(name: str, known: Known, named: pl.DataFrame, source: str) -> FeatureGroup | None:
    """What at least two items share: columns `row`, `code` (an id) and `name` as ones."""
    shared = named.drop_nulls("code").unique(["row", "code"]).filter(pl.len().over("code") > 1)
    if not shared.height:
        return None
    codes = shared.select("code", "name").unique("code", keep="any").sort("code").with_row_index("column")
    placed = shared.select("row", "code").join(codes, on="code").sort("row", "column")
    entries = (
        np.ones(placed.height, dtype=np.float32),
        (placed["row"].to_numpy(), placed["column"].to_numpy()),
    )
    matrix = sparse.csr_array(sparse.coo_array(entries, shape=(known.n_items, codes.height)))
    return FeatureGroup(name, matrix, tuple(codes["name"].fill_null("")), telling(matrix), "credits", source)


def _numbers(name: str, known: Known, values: pl.DataFrame, source: str) -> FeatureGroup | None:
    """Standard scores of columns of values by `row` (the mean, where an item has several tracks)."""
    columns = [column for column in values.columns if column != "row"]
    each = values.group_by("row").agg(pl.col(columns).cast(pl.Float64).mean()) if values.height else values
    placed = known.rows.join(each, on="row", how="left", maintain_order="left")
    raw = placed.select(pl.col(columns).cast(pl.Float64)).to_numpy()
    there = np.isfinite(raw)
    used = np.flatnonzero(there.any(axis=0))
    if not len(used):
        return None
    raw, there = raw[:, used], there[:, used]
    counts = there.sum(axis=0)
    centre = np.where(there, raw, 0).sum(axis=0) / counts
    spread = np.sqrt(np.where(there, (raw - centre) ** 2, 0).sum(axis=0) / counts)
    spread = np.where(spread > 0, spread, 1)
    rows, places = np.nonzero(there)
    scores = ((raw - centre) / spread)[rows, places].astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    matrix = sparse.csr_array((scores, places.astype(np.int32), indptr), shape=there.shape)
    alike = np.ones(len(used), dtype=np.float32)
    return FeatureGroup(name, matrix, tuple(columns[place] for place in used), alike, "numbers", source, centre, spread)
