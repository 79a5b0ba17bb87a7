"""Tags and genres as words: which spellings are one, and how much a word says of an item."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import polars as pl
from scipy import sparse

from segue.features.rows import largest_of_rows
from segue.features.spellings import DECADE, PARTS, PHRASES, WHOLE, WORDS
from segue.library.titles import normalise

# What an item may borrow from its artists: their commonest words. All of them would fill memory and tell nothing.
_BORROWED = 50

_UNSEEN = re.compile("[\ufe0e\ufe0f\u200b-\u200f\u2060\ufeff]")
_HEART = re.compile("<3+|[♥❤]")
_N = re.compile(r"(?<=\w)(?:\s*['’`´]\s*n\s*['’`´]\s*|\s+n['’`´]?\s+|\s*['’`´]n\s+)(?=\w)")


def tag_key(words: pl.Series) -> pl.Series:
    """A key, the same for all spellings of one tag or genre: "Hip-Hop", "hiphop" and "hip hop" are "hiphop".

    Case, width, accents, signs, spaces, British and American, plurals of what tags are made of, decades ("eighties",
    "1980's"), and the synonyms in `spellings.py` do not count. Words of other scripts and signs alone ("<3") stay. Empty
    and null are null. Strings in, strings out, element by element; the key of a key is itself.
    """
    name = words.name
    strings = words.cast(pl.String)
    known = strings.unique().drop_nulls()
    keys = pl.Series([_key(word) or None for word in known], dtype=pl.String)
    table = pl.DataFrame({"word": known, "key": keys})
    joined = pl.DataFrame({"word": strings}).join(table, on="word", how="left", maintain_order="left")
    return joined["key"].alias(name)


def canonical(words: pl.DataFrame) -> pl.DataFrame:
    """The words of items with spellings made one: each shown in the spelling that has the greatest weight in all.

    Takes and returns columns `item` (of any type), `word` and `weight` (how many gave it; null counts as 1), one row
    per item and word, sorted by them. Equal spellings go to the first in the alphabet. Empty words are dropped.
    """
    keyed = words.select(
        "item", pl.col("word").cast(pl.String).str.strip_chars(), pl.col("weight").cast(pl.Float32).fill_null(1.0)
    ).with_columns(key=tag_key(words["word"]))
    shown = (
        keyed.drop_nulls("key")
        .group_by("key", "word")
        .agg(pl.col("weight").sum())
        .sort("key", "weight", "word", descending=[False, True, False])
        .unique("key", keep="first", maintain_order=True)
        .select("key", "word")
    )
    return (
        keyed.select("item", "key", "weight")
        .group_by("item", "key")
        .agg(pl.col("weight").sum())
        .join(shown, on="key")
        .select("item", "word", "weight")
        .sort("item", "word")
    )


def smoothed(item_words: sparse.csr_array, artist_of: sparse.csr_array, strength: float = 1.0) -> sparse.csr_array:
    """Counts of words with those of the items' artists added, for items of which little has been said.

    `item_words` W, shape (n_items, n_words); `artist_of` A, shape (n_items, n_artists), rows that sum to 1 (or to 0 where
    no artist is known). The counts become W + strength * A M, where row a of M is the mean of the rows of W that have
    words, weighted by A[:, a]: the artist counts as `strength` items more (a Dirichlet prior; Zhai & Lafferty 2004,
    section 3). Only the 50 commonest words of an artist are lent. Float32.
    """
    has_words = np.diff(item_words.indptr) > 0
    worded = sparse.csr_array(artist_of.T * has_words)
    share = np.asarray(worded.sum(axis=1)).ravel()
    per_artist = sparse.diags_array(np.divide(1, share, out=np.zeros(len(share)), where=share > 0))
    mean = largest_of_rows(sparse.csr_array(per_artist @ worded @ item_words), _BORROWED)
    return sparse.csr_array(item_words + strength * (artist_of @ mean), dtype=np.float32)


def log_counts(counts: sparse.csr_array) -> sparse.csr_array:
    """ln(1 + count) of each entry, float32: the tenth person who gives a word adds less than the second.

    A count below 0 (votes against) is 0.
    """
    data = np.log1p(np.maximum(counts.data, 0)).astype(np.float32)
    return sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)


def telling(counts: sparse.csr_array) -> np.ndarray:
    """How much each word tells, float32, shape (n_words,): ln(1 + items / items with the word); 0 for a word of none."""
    items_with = np.bincount(counts.indices[counts.data > 0], minlength=counts.shape[1])
    ratio = np.divide(counts.shape[0], items_with, out=np.zeros(len(items_with)), where=items_with > 0)
    return np.log1p(ratio).astype(np.float32)


def _key(word: str) -> str:
    """One round after another until nothing changes, so that the key of a key is itself."""
    key = _round(word)
    while (after := _round(key)) != key:
        key = after
    return key


def _round(word: str) -> str:
    text = " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", word)).casefold().split())
    if not any(letter.isalpha() for letter in text):
        return _HEART.sub("<3", unicodedata.normalize("NFKC", text))
    spaced = normalise(_HEART.sub(" love ", _N.sub(" and ", text)))
    if " " not in spaced and text.startswith("the ") and not DECADE.fullmatch(spaced):
        # The Roots, The Queen and The Voice are names; "the 80s" are the 80s, and The Pink Floyd are Pink Floyd.
        spaced = f"the {spaced}"
    spaced = " ".join(_decade(WORDS.get(part, part)) for part in spaced.split())
    for pattern, instead in PHRASES:
        spaced = pattern.sub(instead, spaced)
    return _whole(_squashed(spaced))


def _decade(word: str) -> str:
    match = DECADE.fullmatch(word)
    return f"{match[1] or match[2]}s" if match else word


def _squashed(spaced: str) -> str:
    """Without spaces, but where two numbers would run into one."""
    return re.sub(r"(?<!\d) | (?!\d)", "", spaced)


def _whole(key: str) -> str:
    for pattern, instead in PARTS:
        key = pattern.sub(instead, key)
    return WHOLE.get(key, key)
