"""How alike two names are, and which pairs of many names are worth comparing."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

# A key that more names than this share says too little to be worth its pairs.
_COMMONEST = 200
# Of the names that share a key with a query, those that share the most keys are compared.
_COMPARED = 40
_QUERIES_AT_ONCE = 20_000
_NUMBER = re.compile(r"\d+|\b(?:ii|iii|iv|vi|vii|viii|ix|xi|xii)\b")


def alike(left: list[str], right: list[str]) -> np.ndarray:
    """How alike normalised names are, pair by pair: 0..100, float32, shape (n,).

    The better of two: the share of letters kept by the cheapest insertions and deletions, spaces aside (so that "ac dc"
    is "acdc"), and the same with the words in order of the alphabet (so that "lennon john" is "john lennon").
    """
    squashed = [[name.replace(" ", "") for name in names] for names in (left, right)]
    by_letter = process.cpdist(*squashed, scorer=fuzz.ratio)
    by_word = process.cpdist(left, right, scorer=fuzz.token_sort_ratio)
    return np.asarray(np.maximum(by_letter, by_word), dtype=np.float32)


def numbers(name: str) -> str:
    """The numbers a name holds, Roman ones from II too: "Part 1" and "Part 2" are alike, and not the same."""
    return " ".join(sorted(_NUMBER.findall(name)))


def likely_pairs(queries: pl.DataFrame, known: pl.DataFrame, at_least: float) -> pl.DataFrame:
    """Pairs of names of one group that are at least so much alike (0..100).

    Both frames have columns `group` and `name` of distinct rows. Returns columns `group`, `name`, `known` and `alike`.
    Only names that share a word, a beginning or an end are compared, and of those the 40 that share the most for each
    query: what nearly all names have in common makes no pair.
    """
    empty = pl.DataFrame(schema={"group": pl.String, "name": pl.String, "known": pl.String, "alike": pl.Float32})
    if not queries.height or not known.height:
        return empty
    right = _with_keys(known).rename({"name": "known"})
    right = right.filter(pl.len().over("group", "key") <= _COMMONEST)
    parts = [_compared(part, right, at_least) for part in queries.select("group", "name").iter_slices(_QUERIES_AT_ONCE)]
    return pl.concat([empty, *parts])


def _compared(queries: pl.DataFrame, right: pl.DataFrame, at_least: float) -> pl.DataFrame:
    pairs = (
        _with_keys(queries)
        .join(right, on=["group", "key"])
        .group_by("group", "name", "known")
        .agg(shared=pl.len())
        .sort("shared", "known", descending=[True, False])
        .group_by("group", "name", maintain_order=True)
        .head(_COMPARED)
        .select("group", "name", "known")
    )
    scores = alike(pairs["name"].to_list(), pairs["known"].to_list())
    return pairs.with_columns(alike=pl.Series(scores, dtype=pl.Float32)).filter(pl.col("alike") >= at_least)


def _with_keys(names: pl.DataFrame) -> pl.DataFrame:
    """Each name once for each key: its words of three letters or more, and how it begins and ends, spaces aside."""
    squashed = pl.col("name").str.replace_all(" ", "", literal=True)
    words = pl.col("name").str.split(" ").list.eval(pl.element().filter(pl.element().str.len_chars() >= 3))
    ends = pl.concat_list(
        pl.lit("^") + squashed.str.head(3),
        pl.lit("^") + squashed.str.head(6),
        squashed.str.tail(3) + pl.lit("$"),
        squashed.str.tail(6) + pl.lit("$"),
    )
    return names.with_columns(key=pl.concat_list(words, ends)).explode("key").unique()
