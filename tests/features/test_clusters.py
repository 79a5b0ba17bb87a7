"""Clusters whose right answer can be seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.metrics import silhouette_score

from segue.errors import NotEnoughData
from segue.features import FeatureGroup
from segue.features.clusters import Measures, cluster, describe, genre_vectors
from tests.effort import examples


def blobs(sizes=(30, 20, 10), seed=0):
    """Tight clouds far from each other, the largest first, and which cloud each point is of."""
    noise = np.random.default_rng(seed)
    middles = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])[: len(sizes)]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (middles[labels] + noise.normal(scale=0.1, size=(len(labels), 3))).astype(np.float32), labels


def words_of(rows, names):
    matrix = sparse.csr_array(np.array(rows, dtype=np.float32))
    return FeatureGroup("words", matrix, names, np.ones(len(names), dtype=np.float32))


def test_as_many_clusters_are_found_as_there_are_clouds_the_largest_first():
    vectors, labels = blobs()
    found = cluster(vectors)
    assert found.k == 3
    assert found.labels.tolist() == labels.tolist()
    assert found.labels.dtype == np.int32
    assert np.allclose(found.centres[1], vectors[labels == 1].mean(axis=0), atol=1e-4)
    assert found.distances[0] == pytest.approx(np.linalg.norm(vectors[0] - found.centres[0]), rel=1e-4)


def test_silhouettes_are_those_of_the_whole_when_the_sample_holds_it():
    vectors, labels = blobs()
    found = cluster(vectors, candidates=(2, 3, 4))
    assert set(found.silhouettes) == {2, 3, 4}
    assert found.silhouettes[3] == pytest.approx(silhouette_score(vectors, labels), abs=1e-5)
    assert max(found.silhouettes, key=lambda k: found.silhouettes[k]) == 3


def test_the_same_seed_gives_the_same_bits():
    vectors = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    one, other = (cluster(vectors, candidates=(4, 5), sample=50, seed=3) for _ in range(2))
    assert one.labels.tobytes() == other.labels.tobytes()
    assert one.centres.tobytes() == other.centres.tobytes()
    assert one.silhouettes == other.silhouettes


def test_a_number_that_is_given_is_taken_as_far_as_there_are_distinct_vectors():
    vectors, _ = blobs()
    assert cluster(vectors, 5).k == 5
    assert cluster(np.zeros((7, 2), dtype=np.float32), 5).k == 1
    assert cluster(np.zeros((7, 2), dtype=np.float32)).k == 1
    assert cluster(np.zeros((1, 2), dtype=np.float32)).labels.tolist() == [0]
    with pytest.raises(NotEnoughData):
        cluster(np.zeros((0, 2), dtype=np.float32))


@settings(max_examples=examples(25), deadline=None)
@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=st.floats(-9, 9, width=32)))
def test_every_vector_has_a_cluster_and_every_cluster_a_vector(vectors):
    found = cluster(vectors, candidates=(2, 3))
    assert len(found.labels) == len(vectors)
    assert np.bincount(found.labels, minlength=found.k).min() > 0
    assert np.all(np.diff(np.bincount(found.labels)) <= 0)


def test_a_cluster_is_called_by_its_words_and_what_stands_out():
    vectors, labels = blobs((30, 20))
    rap, loud = labels == 0, labels == 1
    words = words_of(np.stack([rap, rap, loud, np.ones(50)], axis=1), ("hip hop", "hip-hop", "metal", "music"))
    values = np.stack([np.where(rap, 0.4, 0.1), np.where(loud, -4.0, -12.0)], axis=1)
    values[1:6, 1] = -4.0  # some of them are loud as well, so that being spoken stands out more
    values[0] = np.nan
    first, second = describe(cluster(vectors, 2), Measures(values, ("speechiness", "loudness")), words)
    assert first.name == "hip hop: spoken, quiet"
    assert second.name == "metal: little speech, loud"
    assert (first.size, second.size) == (30, 20)
    # Shrunk by ten everyday items: (30 + 10 x 0.6) / (30 + 10) / 0.6.
    assert first.words[0].word == "hip hop"
    assert first.words[0].lift == pytest.approx(1.5)
    assert first.words[0].share == 1
    assert [word.word for word in first.words] == ["hip hop"]
    assert first.features[0].mean == pytest.approx(0.4)
    # 29 at 0.4 and 20 at 0.1 have a mean of 13.6 / 49 and a deviation of 0.3 sqrt(29 x 20) / 49.
    assert first.features[0].z == pytest.approx((0.4 - 13.6 / 49) / (0.3 * np.sqrt(29 * 20) / 49))


def test_representatives_are_nearest_the_centre_and_equal_names_are_told_apart():
    vectors = np.array([[0], [1], [5], [100], [101], [102]], dtype=np.float32)
    first, second = describe(cluster(vectors, 2))
    assert {first.representatives[0], second.representatives[0]} == {1, 4}
    assert [first.name, second.name] == ["nothing that stands out (1)", "nothing that stands out (2)"]


def test_a_genre_lies_at_the_mean_of_its_items():
    vectors = np.array([[0.0, 2.0], [4.0, 2.0], [8.0, 8.0]])
    membership = sparse.csr_array(np.array([[5, 0, 0], [1, 1, 0], [0, 1, 0]]))
    assert genre_vectors(vectors, membership).tolist() == [[2, 2], [6, 5], [0, 0]]
