"""The measures of a simulated week, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.simulation import measures

ARTIST = np.array([0, 0, 1, 2])


def flags(*rows):
    return np.array([[mark == "x" for mark in row] for row in rows])


def test_skips_and_likes_count_what_was_reached():
    reached, skipped, liked = (
        flags("xxxx", "xx..", "...."),
        flags("x...", "xx..", "...."),
        flags(".xx.", "....", "...."),
    )
    assert measures.skip_rate(reached, skipped) == pytest.approx([0.25, 1, np.nan], nan_ok=True)
    assert measures.likes_per_100(reached, liked) == pytest.approx([50, 0, np.nan], nan_ok=True)


def test_discovery_counts_artists_that_were_not_known():
    tracks = np.array([[0, 1, 2, 3], [2, 3, -1, -1]])
    through = flags("xx.x", "xx..")
    known = np.array([[True, False, False], [False, False, True]])
    # The first played tracks 0 and 1 (artist 0, known) and 3 (artist 2, new); the second 2 (new) and 3 (known).
    assert measures.discovery(tracks, through, ARTIST, known) == pytest.approx([1 / 3, 1 / 2])


def test_diversity_is_one_less_the_mean_cosine():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]])
    # Cosines of the pairs: 1, 0, 0 and, for the second page, 0.6.
    assert measures.diversity(np.array([[0, 1, 2], [0, 3, -1]]), vectors) == pytest.approx([1 - 1 / 3, 0.4])


def test_the_entropy_of_some_plays_is_the_mean_over_all_ways_to_draw_them():
    # Two plays of (2, 1, 0): three ways, of which one is twice the first kind (0 bits) and two are one of each (1 bit).
    found = measures.entropy_of_some(np.array([[2, 1, 0], [1, 0, 0]]), m=2)
    assert found == pytest.approx([2 / 3, np.nan], nan_ok=True)


def test_the_entropy_of_all_plays_is_shannons():
    counts = np.array([[1, 1, 2], [4, 0, 0]])
    assert measures.entropy_of_some(counts, m=4) == pytest.approx(measures.entropy(counts))
    assert measures.entropy(counts) == pytest.approx([1.5, 0])
    assert np.isnan(measures.entropy(np.zeros((1, 3)))).all()


def test_the_entropy_of_draws_is_the_mean_over_all_draws():
    # Two draws of (1/2, 1/2) differ half of the time: 1 bit; of (1, 0) never.
    found = measures.entropy_of_draws(np.array([[0.5, 0.5], [1.0, 0.0]]), m=2)
    assert found == pytest.approx([0.5, 0])
    # Draws from a very large number of plays are draws from their shares.
    many = measures.entropy_of_some(np.array([[700_000, 200_000, 100_000]]), m=5)
    assert measures.entropy_of_draws(np.array([[0.7, 0.2, 0.1]]), m=5) == pytest.approx(many, rel=1e-4)


@given(st.lists(st.integers(0, 8), min_size=2, max_size=5), st.integers(1, 6))
def test_drawn_entropy_is_what_chance_gives(counts, m):
    found = measures.entropy_of_some(np.array([counts]), m)[0]
    if sum(counts) < m:
        assert np.isnan(found)
        return
    assert -1e-9 <= found <= np.log2(min(m, len(counts))) + 1e-9
    more = measures.entropy_of_some(np.array([counts]), m + 1)[0]
    assert np.isnan(more) or more >= found - 1e-9


def test_unequal_artists_and_the_share_of_the_catalogue():
    # Artist 0 has all four places, or each of two has two; the mean absolute difference over twice the mean.
    assert measures.artist_gini(np.array([[0, 1], [1, 0]]), ARTIST, 2) == pytest.approx(0.5)
    assert measures.artist_gini(np.array([[0, 2], [1, 2]]), ARTIST, 2) == pytest.approx(0)
    assert np.isnan(measures.artist_gini(np.full((2, 2), -1), ARTIST, 2))
    assert measures.coverage(np.array([[0, 1], [1, -1]]), np.array([True, True, True, False])) == pytest.approx(2 / 3)


def test_homogeneity_is_the_mean_jaccard_of_pairs():
    tracks = np.array([[0, 1, 2], [1, 2, 3], [4, -1, -1]])
    # 0 and 1 share two of four, 0 and 2 nothing.
    assert measures.homogeneity(tracks, np.array([[0, 1], [0, 2]])) == pytest.approx(0.25)


def test_pairs_are_of_two():
    pairs = measures.random_pairs(3, np.random.default_rng(0), 200)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert set(pairs.ravel().tolist()) == {0, 1, 2}
