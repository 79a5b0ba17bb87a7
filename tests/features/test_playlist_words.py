from itertools import count
from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.playlist_words import playlist_words, title_tokens, words_of
from segue.library.tables import PLAYLISTS
from tests.effort import examples


def playlists(*rows: tuple[str | None, str | None, list[str]]) -> pl.DataFrame:
    """Each row: title, owner, tracks."""
    number = count()
    return PLAYLISTS.conform(
        pl.DataFrame(
            [(f"p{next(number)}", *row) for row in rows],
            schema={
                "playlist_id": pl.String,
                "title": pl.String,
                "listener_id": pl.String,
                "track_ids": pl.List(pl.String),
            },
            orient="row",
        )
    )


def found(frame: pl.DataFrame, tracks: list[str], **limits) -> dict[str, set[str]]:
    words = playlist_words(frame, tracks, **limits)
    table = words_of(words, tracks, 100)
    return {track: set(table.filter(pl.col("track_id") == track)["word"]) for track in tracks}


GYM = playlists(
    *[("Gym", f"g{n}", ["lift", "both"]) for n in range(10)], *[("sleep", f"s{n}", ["rest", "both"]) for n in range(10)]
)


@pytest.mark.parametrize(
    ("title", "tokens"),
    [
        ("Chill Vibes", ["chill", "vibes"]),
        ("ChillVibes", ["chill", "vibes"]),
        ("NewFavouriteSongs", ["new", "favourite", "songs"]),
        ("RnB McDonald", ["r&b", "mcdonald"]),
        ("90's (R & B)", ["90's", "r&b"]),
        ("gym 💪🏽💪", ["gym", "💪", "💪"]),
        ("❤️‍🔥 summer ©", ["❤‍🔥", "summer"]),
        ("🇧🇷 Verão", ["🇧🇷", "verão"]),
        ("夏の歌", ["夏の歌"]),
        ("...", []),
        (None, []),
    ],
)
def test_titles_are_taken_apart(title, tokens):
    assert title_tokens(pl.Series([title], dtype=pl.String)).to_list() == [tokens]


def test_tracks_have_the_words_of_their_playlists_and_not_those_that_chance_gives():
    assert found(GYM, ["lift", "both", "rest", "unheard"]) == {
        "lift": {"gym"}, "both": set(), "rest": {"sleep"}, "unheard": set(),
    }  # fmt: skip


def test_a_word_that_a_track_avoids_is_not_its_word():
    frame = playlists(
        *[("gym", f"g{n}", ["t"] if n < 4 else ["u"]) for n in range(40)],
        *[("sleep", f"s{n}", ["t"]) for n in range(40)],
    )
    assert found(frame, ["t", "u"]) == {"t": {"sleep"}, "u": {"gym"}}


def test_the_score_is_the_root_of_the_likelihood_ratio():
    table = words_of(playlist_words(GYM, ["lift"]), ["lift"])
    # 2 x 2: ten playlists have both, ten have neither: G² = 2 * 20 ln 2.
    assert table["playlists"].to_list() == [10]
    assert table["score"].to_list() == pytest.approx([sqrt(40 * log(2))])


def test_hidden_pairs_count_as_if_they_were_not_there():
    pairs = pl.DataFrame({"playlist_id": [f"p{n}" for n in range(10)], "track_id": ["lift"] * 10})
    assert found(GYM, ["lift", "rest"], hidden=pairs) == {"lift": set(), "rest": {"sleep"}}
    without = GYM.with_columns(
        pl.when(pl.col("playlist_id").is_in(["p0", "p1"]))
        .then(pl.lit(["both"]))
        .otherwise("track_ids")
        .alias("track_ids")
    )
    hidden, removed = playlist_words(GYM, ["lift"], hidden=pairs.head(2)), playlist_words(without, ["lift"])
    assert words_of(hidden, ["lift"]).equals(words_of(removed, ["lift"]))


def test_one_owner_alone_gives_no_word():
    mine = playlists(*[("zzz", "me", ["a"]) for _ in range(10)], *[("other", f"o{n}", ["b"]) for n in range(10)])
    assert found(mine, ["a", "b"]) == {"a": set(), "b": {"other"}}
    assert found(mine, ["a"], least_owners=1) == {"a": {"zzz"}}
    unknown = mine.with_columns(listener_id=pl.lit(None, dtype=pl.String))
    assert found(unknown, ["a"]) == {"a": {"zzz"}}


def test_owners_are_counted_wherever_their_playlists_stand():
    turns = [("zzz", owner, ["a"]) for _ in range(6) for owner in ("x", "y")]
    frame = playlists(*turns, *[("other", f"o{n}", ["b"]) for n in range(12)])
    assert found(frame, ["a"], least_owners=2) == {"a": {"zzz"}}
    assert found(frame, ["a"], least_owners=3) == {"a": set()}


def test_spellings_are_one_and_pairs_that_belong_together_are_a_word():
    frame = playlists(
        *[("Hip-Hop", f"a{n}", ["t"]) for n in range(8)],
        *[("hiphop", f"b{n}", ["t"]) for n in range(3)],
        *[("quiet evening", f"c{n}", ["u"]) for n in range(11)],
    )
    table = words_of(playlist_words(frame, ["t", "u"]), ["t", "u"])
    assert table["word"].to_list() == ["hip hop", "quiet evening"]
    assert table["playlists"].to_list() == [11, 11]


def test_a_word_counts_once_in_a_playlist_and_so_does_a_track():
    frame = playlists(
        *[("sad sad sad", f"a{n}", ["t", "t"]) for n in range(6)], *[("glad", f"b{n}", ["u"]) for n in range(6)]
    )
    assert words_of(playlist_words(frame, ["t"]), ["t"])["playlists"].to_list() == [6]


def test_descriptions_tell_too_and_playlists_without_words_do_not_count():
    described = GYM.with_columns(description=pl.col("title"), title=pl.lit(None, dtype=pl.String))
    silent = playlists(*[(None, None, ["lift"]) for _ in range(30)]).with_columns(
        playlist_id=pl.lit("q") + pl.col("playlist_id")
    )
    assert found(pl.concat([described, silent]), ["lift", "rest"]) == {"lift": {"gym"}, "rest": {"sleep"}}


def test_only_the_most_telling_words_are_kept_best_first():
    frame = playlists(
        *[("wake" if n < 9 else "wake up", f"a{n}", ["t"]) for n in range(12)],
        *[("run", f"r{n}", ["t"]) for n in range(6)],
        *[("other", f"o{n}", ["u"]) for n in range(30)],
    )
    assert words_of(playlist_words(frame, ["t"]), ["t"])["word"].to_list()[:2] == ["wake", "run"]
    assert words_of(playlist_words(frame, ["t"], most_words=1), ["t"])["word"].to_list() == ["wake"]
    assert words_of(playlist_words(frame, ["t"]), ["t", "nobody"], k=1)["word"].to_list() == ["wake"]


def test_no_playlists_give_no_words():
    words = playlist_words(PLAYLISTS.empty(), ["a", "b"])
    assert words.words == ()
    assert words.counts.shape == words.scores.shape == (2, 0)
    assert words_of(words, ["a"]).height == 0
    assert playlist_words(GYM, []).counts.shape == (0, 0)


@settings(max_examples=examples(30), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["gym", "sad", "gym sad", "night drive", "🔥", None]),
            st.sampled_from(["x", "y", None]),
            st.lists(st.sampled_from(["a", "b", "c"]), max_size=4),
        ),
        max_size=20,
    )
)
def test_counts_are_those_of_counting_one_by_one(rows):
    frame = playlists(*rows)
    words = playlist_words(frame, ["a", "b", "c"], least_playlists=1, least_owners=1)
    assert (words.counts.indices == words.scores.indices).all()
    for row, word in zip(*np.nonzero(words.counts.toarray()), strict=True):
        shown = words.words[word]
        together = sum(title is not None and shown in title and "abc"[row] in tracks for title, _, tracks in rows)
        assert words.counts[row, word] == together
        assert words.scores[row, word] >= 3.29
