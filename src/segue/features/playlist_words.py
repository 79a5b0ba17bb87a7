"""What playlists call the tracks in them: the words of titles that go with a track more often than chance has it.

A thousand people who put a track into "gym" say more of it than its genre does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
from scipy import sparse

from segue.features.tags import canonical

# What the root of G² (one degree of freedom) exceeds by chance once in a thousand.
_SURE = 3.29
# A word that is nearly always half of a pair ("hip" of "hip hop") is not shown alone.
_HALF = 0.8
_PLAYLISTS_AT_ONCE = 50_000
_TRACKS_AT_ONCE = 65_536

_CAMEL = r"(\p{Ll}{2})(\p{Lu}\p{Ll}{2})"
_UNSEEN = r"[\x{FE0E}\x{FE0F}\x{1F3FB}-\x{1F3FF}]"
_SAID = (
    r"[\p{L}\p{M}\p{N}]+(?:['’`´&][\p{L}\p{M}\p{N}]+)*"
    r"|[\x{1F1E6}-\x{1F1FF}]{2}|\p{Extended_Pictographic}(?:\x{200D}\p{Extended_Pictographic})*"
)
_SIGNS = ("©", "®", "™")
# A year joins no pair: "hits 2020" tells no more than "hits" and "2020".
_JOINS = r"^[\p{L}\p{M}\p{N}]"
_YEAR = r"^(?:19|20)\d\d$"
_ONE_LETTER = r"^[\p{L}\p{N}]$"
# What is one word to everybody, however it is spaced.
_ONE_WORD = r"(?i)\b(r|d|rock|drum)\s*(?:&|and|['’]?n['’]?)\s*(b|bass|roll)\b"


@dataclass(frozen=True, eq=False)
class TrackWords:
    """The telling words of tracks: CSR, float32, shape (n_tracks, n_words), the same entries in both.

    `counts`: playlists that have the track and the word. `scores`: the root of Dunning's G², how many standard errors
    that is above chance. `words` are shown in their most frequent spelling.
    """

    track_ids: tuple[str, ...]
    words: tuple[str, ...]
    counts: sparse.csr_array
    scores: sparse.csr_array


def playlist_words(
    playlists: pl.DataFrame,
    track_ids: Sequence[str] | np.ndarray,
    hidden: pl.DataFrame | None = None,
    least_playlists: int = 3,
    least_owners: int = 2,
    most_words: int = 24,
) -> TrackWords:
    """The words of the playlists that tracks are in, rows in the order of `track_ids`.

    `playlists` conforms to `PLAYLISTS`. Titles and descriptions are taken apart into words (CamelCase too), emoji, and pairs
    of words that stand together more often than chance has it; spellings are one by `tag_key`. A word counts once for each
    playlist. A track has a word when at least `least_playlists` playlists, of at least `least_owners` owners, have both
    (an owner who is not known is one of their own), they meet more often than chance has it by the log-likelihood ratio
    (Dunning 1993) at p < 0.001, and it is among its `most_words` with the highest ratio.

    The pairs of `hidden` (columns `playlist_id`, `track_id`) count as if the playlist did not have the track.
    """
    named = playlists.filter(pl.col("title").is_not_null() | pl.col("description").is_not_null())
    # Playlists of one owner stand together, so that owners are counted by looking at the one before.
    owner = pl.coalesce("listener_id", pl.lit("\0") + pl.col("playlist_id")).rank("dense").cast(pl.Int32)
    ordered = named.with_columns(owner=owner).sort("owner", maintain_order=True).with_row_index("row")
    ids = [str(track) for track in track_ids]
    titled, words = _titled(ordered, least_playlists)
    members = _members(ordered, ids, hidden)
    counts, scores = _met(members, titled, ordered["owner"].to_numpy(), (least_playlists, least_owners, most_words))
    used = np.flatnonzero(np.bincount(counts.indices, minlength=len(words)))
    return TrackWords(
        tuple(ids),
        tuple(words[word] for word in used),
        sparse.csr_array(counts[:, used]),
        sparse.csr_array(scores[:, used]),
    )


def words_of(found: TrackWords, track_ids: Sequence[str], k: int = 10) -> pl.DataFrame:
    """The `k` most telling words of each of these tracks: columns `track_id`, `word`, `playlists` and `score`, best first.

    Tracks that are not in `found`, or have no words, have no rows.
    """
    places = {track: row for row, track in enumerate(found.track_ids)}
    rows = []
    for track in track_ids:
        row = places.get(track)
        if row is None:
            continue
        span = slice(found.scores.indptr[row], found.scores.indptr[row + 1])
        order = np.argsort(-found.scores.data[span], kind="stable")[:k] + span.start
        rows += [
            (track, found.words[found.scores.indices[at]], int(found.counts.data[at]), float(found.scores.data[at]))
            for at in order
        ]
    schema = {"track_id": pl.String, "word": pl.String, "playlists": pl.Int32, "score": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row")


# -- titles ------------------------------------------------------------------------------------------------------


def title_tokens(titles: pl.Series) -> pl.Series:
    """The words and emoji of titles in order, lower-case: a list for each, empty for null. "ChillVibes" is two words."""
    spread = titles.fill_null("").str.normalize("NFKC").str.replace_all(_UNSEEN, "")
    spread = spread.str.replace_all(_CAMEL, "$1 $2").str.replace_all(_ONE_WORD, "$1&$2").str.to_lowercase()
    return spread.str.extract_all(_SAID).list.eval(pl.element().filter(~pl.element().is_in(_SIGNS)))


def _titled(playlists: pl.DataFrame, least: int) -> tuple[sparse.csr_array, list[str]]:
    """Which playlist has which word, CSR of ones, shape (n_playlists, n_words), and the words."""
    tokens = pl.concat([_tokens(playlists, column) for column in ("title", "description")])
    pairs = _telling_pairs(tokens, least)
    single = tokens.filter(~pl.col("token").str.contains(_ONE_LETTER)).select("row", word="token").unique()
    single = single.join(_halves(single, pairs), on="word", how="anti")
    both = pl.concat([single, pairs.select("row", "word")]).rename({"row": "item"})
    said = canonical(both.with_columns(weight=pl.lit(1.0)))
    words = said.group_by("word").agg(playlists=pl.len()).filter(pl.col("playlists") >= least).sort("word")
    entries = said.join(words.with_row_index("code"), on="word")
    place = (entries["item"].to_numpy(), entries["code"].to_numpy())
    ones = np.ones(entries.height, dtype=np.int32)
    matrix = sparse.csr_array(sparse.coo_array((ones, place), shape=(playlists.height, words.height)))
    matrix.sort_indices()
    return matrix, words["word"].to_list()


def _tokens(playlists: pl.DataFrame, column: str) -> pl.DataFrame:
    """Columns `row`, `token` and `after`, the word that follows it in the same text (null at the end, at emoji and at years)."""
    tokens = playlists.select("row", token=title_tokens(playlists[column])).explode("token").drop_nulls()
    joins = pl.col("token").str.contains(_JOINS) & ~pl.col("token").str.contains(_YEAR)
    follows = joins & joins.shift(-1) & (pl.col("row") == pl.col("row").shift(-1))
    return tokens.with_columns(after=pl.when(follows).then(pl.col("token").shift(-1)))


def _telling_pairs(tokens: pl.DataFrame, least: int) -> pl.DataFrame:
    """Words that follow each other more often than chance has it: columns `row`, `word` (both), `token` and `after`."""
    following = tokens.drop_nulls("after").filter(pl.col("token") != pl.col("after"))
    met = following.group_by("token", "after").agg(met=pl.len(), playlists=pl.col("row").n_unique())
    met = met.with_columns(first=pl.col("met").sum().over("token"), second=pl.col("met").sum().over("after"))
    met = met.filter(pl.col("playlists") >= least)
    both, first, second = (met[name].to_numpy().astype(np.int64) for name in ("met", "first", "second"))
    ratios = _root_ratios(both, first, second, following.height)
    telling = met.filter(pl.Series(ratios >= _SURE)).select("token", "after")
    return (
        following.join(telling, on=["token", "after"])
        .select("row", "token", "after", word=pl.col("token") + " " + pl.col("after"))
        .unique()
    )


def _halves(single: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The words that nearly always stand in one and the same pair."""
    alone = single.group_by("word").agg(playlists=pl.len())
    in_pairs = (
        pl.concat([pairs.select("row", "word", half=side) for side in ("token", "after")])
        .group_by("half", "word")
        .agg(paired=pl.len())
    )
    return (
        in_pairs.group_by(word="half")
        .agg(pl.col("paired").max())
        .join(alone, on="word")
        .filter(pl.col("paired") >= _HALF * pl.col("playlists"))
        .select("word")
    )


# -- tracks ------------------------------------------------------------------------------------------------------


def _members(playlists: pl.DataFrame, track_ids: list[str], hidden: pl.DataFrame | None) -> sparse.csr_array:
    """Which track is in which playlist, CSR of ones, shape (n_tracks, n_playlists), without what is hidden, rows in order."""
    codes = pl.DataFrame({"track_id": track_ids}, schema={"track_id": pl.String}).with_row_index("track")
    tracks = [np.zeros(0, dtype=np.int32)]
    rows = [np.zeros(0, dtype=np.int32)]
    for part in playlists.select("row", "playlist_id", track_id="track_ids").iter_slices(_PLAYLISTS_AT_ONCE):
        pairs = part.explode("track_id").join(codes, on="track_id")
        if hidden is not None:
            secret = hidden.select(pl.col("playlist_id", "track_id").cast(pl.String))
            pairs = pairs.join(secret, on=["playlist_id", "track_id"], how="anti")
        tracks.append(pairs["track"].to_numpy().astype(np.int32))
        rows.append(pairs["row"].to_numpy().astype(np.int32))
    place = (np.concatenate(tracks), np.concatenate(rows))
    ones = np.ones(len(place[0]), dtype=np.int8)
    return sparse.csr_array(sparse.coo_array((ones, place), shape=(len(track_ids), playlists.height)))


def _met(
    members: sparse.csr_array, titled: sparse.csr_array, owner: np.ndarray, limits: tuple[int, int, int]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """How often tracks and words meet and the root of G² of that, both CSR of shape (n_tracks, n_words)."""
    least_playlists, least_owners, most_words = limits
    playlists_with = np.bincount(titled.indices, minlength=titled.shape[1])
    empty = sparse.csr_array((0, titled.shape[1]), dtype=np.float32)
    counts, scores = [empty], [empty]
    for start in range(0, members.shape[0], _TRACKS_AT_ONCE):
        part = members[start : start + _TRACKS_AT_ONCE]
        words = np.full((part.shape[0], most_words), -1, dtype=np.int32)
        met = np.zeros(words.shape, dtype=np.float32)
        score = np.zeros(words.shape, dtype=np.float32)
        _find_words(
            part.indptr, part.indices, titled.indptr, titled.indices, owner, playlists_with, least_playlists, least_owners,
            words, met, score,
        )  # fmt: skip
        row, place = np.nonzero(words >= 0)
        at = (row, words[row, place])
        shape = (part.shape[0], titled.shape[1])
        counts.append(sparse.csr_array(sparse.coo_array((met[row, place], at), shape=shape)))
        scores.append(sparse.csr_array(sparse.coo_array((score[row, place], at), shape=shape)))
    both = [sparse.csr_array(sparse.vstack(parts, format="csr")) for parts in (counts, scores)]
    for matrix in both:
        matrix.sort_indices()
    return both[0], both[1]


@numba.njit(nogil=True, cache=True)
def _find_words(  # type: ignore[no-untyped-def]  # pragma: no cover
    track_ptr, track_playlists, word_ptr, words_in, owner, playlists_with, least_playlists, least_owners,
    words, counts, scores,
):  # fmt: skip
    """For each track walk its playlists and their words, and keep the best words, the highest ratio first."""
    n_words, n_playlists, most = len(playlists_with), len(owner), words.shape[1]
    met = np.zeros(n_words, dtype=np.int64)
    owners = np.zeros(n_words, dtype=np.int64)
    last_owner = np.zeros(n_words, dtype=np.int64)
    touched = np.zeros(n_words, dtype=np.int64)
    for track in range(len(track_ptr) - 1):
        n_touched = 0
        for entry in range(track_ptr[track], track_ptr[track + 1]):
            playlist = track_playlists[entry]
            for at in range(word_ptr[playlist], word_ptr[playlist + 1]):
                word = words_in[at]
                if met[word] == 0:
                    touched[n_touched] = word
                    n_touched += 1
                if met[word] == 0 or last_owner[word] != owner[playlist]:
                    owners[word] += 1
                    last_owner[word] = owner[playlist]
                met[word] += 1
        n_kept = 0
        n_in = track_ptr[track + 1] - track_ptr[track]
        for place in range(n_touched):
            word = touched[place]
            if met[word] >= least_playlists and owners[word] >= least_owners:
                score = _root_ratio(met[word], n_in, playlists_with[word], n_playlists)
                if score >= _SURE:
                    n_kept = _keep(words[track], counts[track], scores[track], n_kept, most, word, met[word], score)
            met[word] = 0
            owners[word] = 0


@numba.njit(nogil=True, cache=True)
def _keep(words, counts, scores, n_kept, most, word, count, score):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put a word where it belongs among the best so far; of equal scores the lower word comes first."""
    place = n_kept
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and words[place - 1] > word)):
        if place < most:
            words[place], counts[place], scores[place] = words[place - 1], counts[place - 1], scores[place - 1]
        place -= 1
    if place < most:
        words[place], counts[place], scores[place] = word, count, score
    return min(n_kept + 1, most)


@numba.njit(nogil=True, cache=True)
def _root_ratio(both, one, other, every):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The root of G² = 2 sum k ln(k / expected k) over the 2 x 2 table; 0 where they meet no oftener than expected."""
    if both * every <= one * other:
        return 0.0
    total = 0.0
    for count, margin in (
        (both, one * other),
        (one - both, one * (every - other)),
        (other - both, (every - one) * other),
        (every - one - other + both, (every - one) * (every - other)),
    ):
        if count > 0:
            total += count * np.log(count / margin * every)
    return np.sqrt(2 * max(total, 0.0))


@numba.njit(nogil=True, cache=True)
def _root_ratios(both, one, other, every):  # type: ignore[no-untyped-def]  # pragma: no cover
    found = np.zeros(len(both))
    for pair in range(len(both)):
        found[pair] = _root_ratio(both[pair], one[pair], other[pair], every)
    return found
