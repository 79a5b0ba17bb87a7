"""Names as they are compared, for millions of them: most at once, natively, and the others one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import polars as pl

from segue.library.titles import normalise, parse_title

_TITLE_KEYS = {"title_key": pl.String, "core": pl.String, "recording": pl.String, "sung": pl.String}
_ARTIST_KEYS = {"artist_key": pl.String, "lead": pl.String}
_LEAD = re.compile(
    r"\s*(?:\bfeat\b\.?|\bft\b\.?|\bfeaturing\b|\bwith\b|\bvs\b\.?|\bx\b|\band\b|[,;&/×])\s*", re.IGNORECASE
)
_PERHAPS_JOINT = r"(?i)[,;&/]|\b(?:feat|ft|featuring|with|vs|x|and)\b"
# Where `normalise` does more than to replace characters: P!nk, Ke$ha, "Larks, The".
_IN_DISGUISE = r"[a-z]![a-z]|[a-z]\$|\$[a-z]|, *the *$"
_ASCII = "^[ -~]*$"
# Where what `parse_title` may read as more than the song begins.
_TAIL = r"(?i) ?[(\[]| - | f(?:ea)?t"
# Longer titles are not taken apart.
_LONGEST = 400


def title_keys(titles: pl.Series) -> pl.DataFrame:
    """Each distinct title, and of it: the whole, the core, what makes it another recording, and the last two together.

    Columns: title, title_key, core, recording, sung; all but the first normalised.
    """
    distinct = titles.drop_nulls().unique().alias("title").to_frame()
    keyed = distinct.with_columns(title_key=_plain_key("title")).drop_nulls("title_key")
    whole = pl.col("title").str.replace_all("  +", " ").str.strip_chars(" ")
    keyed = keyed.with_columns(place=whole.str.find(_TAIL))
    bare = keyed.filter(pl.col("place").is_null()).select(
        "title", "title_key", core="title_key", recording=pl.lit(""), sung="title_key"
    )  # fmt: skip
    split = keyed.filter(pl.col("place").is_not_null() & (pl.col("title").str.len_bytes() <= _LONGEST)).select(
        "title", "title_key", head=whole.str.slice(0, "place"), tail=whole.str.slice("place")
    )
    # A tail says the same after any plain word, and many titles share it.
    said = distinct_keys(split["tail"], _said_by, {"recording": pl.String})
    versions = (
        split.with_columns(core=_plain_key("head"))
        .join(said, on="tail")
        .drop_nulls(["core", "recording"])
        .with_columns(sung=pl.concat_str("core", "recording", separator=" ").str.strip_chars(" "))
        .select(bare.columns)
    )
    known = pl.concat([bare, versions])
    others = distinct.join(known, on="title", how="anti")["title"]
    return pl.concat([known, distinct_keys(others, _title_keys, _TITLE_KEYS).select(known.columns)])


def artist_keys(names: pl.Series) -> pl.DataFrame:
    """Each distinct name, whole and, of a joint name, the first act, both normalised: artist, artist_key, lead."""
    distinct = names.drop_nulls().unique().alias("artist").to_frame()
    single = ~pl.col("artist").str.contains(_PERHAPS_JOINT)
    keyed = distinct.with_columns(artist_key=pl.when(single).then(_plain_key("artist")))
    known = keyed.drop_nulls("artist_key").with_columns(lead="artist_key")
    others = keyed.filter(pl.col("artist_key").is_null())["artist"]
    return pl.concat([known, distinct_keys(others, _artist_keys, _ARTIST_KEYS).select(known.columns)])


def normalised(texts: pl.Series) -> pl.Series:
    """What `normalise` makes of each text; null stays null."""
    keyed = texts.alias("text").to_frame().with_columns(key=_plain_key("text"))
    others = keyed.filter(pl.col("key").is_null())["text"]
    slow = distinct_keys(others, lambda text: (normalise(text),), {"slow": pl.String})
    found = keyed.join(slow, on="text", how="left", maintain_order="left")
    return found.select(pl.coalesce("key", "slow").alias(texts.name)).to_series()


def distinct_keys(
    texts: pl.Series, keys: Callable[[str], tuple[str | None, ...]], schema: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    """Each distinct text with its keys: the work is done once for each."""
    known = texts.drop_nulls().unique()
    frame = pl.DataFrame([keys(text) for text in known], schema=schema, orient="row")
    return frame.with_columns(known.alias(texts.name))


def _plain_key(name: str) -> pl.Expr:
    """What `normalise` makes of the texts (ASCII) that it only replaces characters in; null for all others."""
    letters = pl.col(name).str.to_lowercase().str.replace_all("['`]", "")
    words = letters.str.replace_all("[&+]", " and ").str.replace_all("[^a-z0-9]+", " ").str.strip_chars(" ")
    key = words.str.replace("^(?:the )+", "")
    special = letters.str.contains(_IN_DISGUISE) | key.is_in(["", "and"])
    return pl.when(pl.col(name).str.contains(_ASCII) & ~special).then(key)


def _said_by(tail: str) -> tuple[str | None]:
    """What a tail makes of a recording; None where it is, or part of it is, not read off the title."""
    parsed = parse_title(f"x{tail}")
    return (parsed.recording if parsed.core == "x" else None,)


def _title_keys(title: str) -> tuple[str, str, str, str]:
    parsed = parse_title(title)
    core = normalise(parsed.core)
    return normalise(title), core, parsed.recording, f"{core} {parsed.recording}".strip()


def _artist_keys(name: str) -> tuple[str, str]:
    lead = next((part for part in _LEAD.split(name) if part), name)
    return normalise(name), normalise(lead)
