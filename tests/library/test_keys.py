"""Names that are compared all at once have the same keys as one by one."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.library import Library
from segue.library.keys import _artist_keys, _title_keys, artist_keys, normalised, title_keys
from segue.library.matching import Matcher, normalise

PIECES = [
    *"abcTHE  '`&+!$.,-/()[]1é×\t",
    "the ",
    "The ",
    " feat. ",
    " (Live)",
    " - ",
    ", the",
    " x ",
    "and",
    " (feat. B)",
    " 2011 Remaster",
    "[",
    ")",
    " feather",
]
LETTERS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.lists(LETTERS | st.text(), max_size=30))
def test_keys_made_at_once_are_those_made_one_by_one(texts):
    titles = title_keys(pl.Series("title", texts, dtype=pl.String))
    artists = artist_keys(pl.Series("artist", texts, dtype=pl.String))
    assert sorted(titles.rows()) == sorted((text, *_title_keys(text)) for text in set(texts))
    assert sorted(artists.rows()) == sorted((text, *_artist_keys(text)) for text in set(texts))
    assert normalised(pl.Series("x", [*texts, None], dtype=pl.String)).to_list() == [*map(normalise, texts), None]


@pytest.mark.parametrize(
    "name", ["P!nk", "Ke$ha", "!!!", "&", "The The", "the", "Larks, The", "R&B", "Guns N' Roses", " "]
)
def test_artists_are_found_by_the_name_they_have(name):
    catalogue = Library.of(artists=pl.DataFrame({"artist_id": ["a"], "name": [name]}))
    found = Matcher(catalogue).match_artists([name])
    assert found["artist_id"].to_list() == (["a"] if normalise(name) else [None])
