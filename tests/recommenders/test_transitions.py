import numpy as np
import polars as pl
import pytest

from segue.library import Interactions, Library
from segue.recommenders.transitions import Transitions


def interactions(*sequences: str) -> Interactions:
    rows = [(f"u{n}", item, place) for n, sequence in enumerate(sequences) for place, item in enumerate(sequence)]
    listeners, tracks, positions = map(list, zip(*rows, strict=True))
    frame = pl.DataFrame({"listener_id": listeners, "track_id": tracks, "position": positions})
    return Interactions.from_library(Library.of(listens=frame), ordered=True)


def test_weights_by_hand():
    model = Transitions(window=2, decay=1.0, from_power=0, to_power=0, evenness=1).fit(interactions("abcd", "ab"))
    expected = [[0, 2, 1 / 2, 0], [2, 0, 1, 1 / 2], [1 / 2, 1, 0, 1], [0, 1 / 2, 1, 0]]
    np.testing.assert_allclose(model.weights.toarray(), expected)


def test_popularity_powers_and_evenness_by_hand():
    model = Transitions(from_power=1, to_power=0.5, evenness=2).fit(interactions("ab", "a"))
    assert model.weights.toarray()[0, 1] == pytest.approx((1 / 2) ** 2)
    assert model.weights.toarray()[1, 0] == pytest.approx((1 / 2**0.5) ** 2)


def test_what_stands_next_comes_before_what_is_merely_in_the_same_history():
    model = Transitions().fit(interactions("abxyzw", "abuvts", "abmnop"))
    assert model.similar(np.array([0]), 1).items[0, 0] == 1


def test_counting_in_batches_changes_nothing(monkeypatch):
    whole = Transitions().fit(interactions("abcde", "cdeab", "eadcb"))
    monkeypatch.setattr("segue.recommenders.transitions._Pairs.BATCH", 7)
    parts = Transitions().fit(interactions("abcde", "cdeab", "eadcb"))
    np.testing.assert_allclose(parts.weights.toarray(), whole.weights.toarray(), rtol=1e-6)
