from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from segue.library.records import load_record, save_record
from segue.library.sittings import Sittings
from segue.metrics import roc_auc
from segue.ranking.following import near_and_next
from segue.ranking.sequence import SequenceModel, learn_sequence
from tests.effort import examples

NAMES = "abcdefghijklmnop"
HOUR_MS = 3_600_000


def sittings(*texts: str, apart_ms: int = 0) -> Sittings:
    """One sitting for each text; a letter is an item, a capital one was skipped."""
    listens = "".join(texts)
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)])
    skipped = np.array([letter.isupper() for letter in listens], dtype=np.bool_)
    time_ms = np.repeat(np.arange(len(texts), dtype=np.int64) * apart_ms, np.diff(starts))
    listener = np.arange(len(texts), dtype=np.int32) % 7
    return Sittings(indices(listens.lower()), ~skipped, skipped, time_ms, starts, listener)


def indices(letters: str) -> np.ndarray:
    return np.array([NAMES.index(letter) for letter in letters], dtype=np.int32)


def heard(text: str) -> tuple[np.ndarray, np.ndarray]:
    return indices(text.lower()), np.array([letter.isupper() for letter in text], dtype=np.bool_)


def moods(n: int, seed: int = 0) -> Sittings:
    """Sittings in one of two moods (a to h, i to p); who skips the first track skips most of that mood."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(n):
        mood = NAMES[:8] if rng.random() < 0.5 else NAMES[8:]
        tired = rng.random() < 0.3
        tracks = rng.permutation(list(mood))[:6]
        texts.append("".join(t.upper() if rng.random() < (0.85 if tired else 0.1) else t for t in tracks))
    return sittings(*texts, apart_ms=HOUR_MS)


@pytest.fixture(scope="module")
def model() -> SequenceModel:
    return learn_sequence(moods(500), len(NAMES))


# -- counting --------------------------------------------------------------------------------------------------------


def test_votes_by_hand():
    near, following = near_and_next(sittings("abc", "ab"), 4)
    value = np.array([(2 * 2**-0.15) ** 0.9, (2**-0.2) ** 0.9])
    total = 2 + 2**-0.2
    expected = value / value.sum() * total / (total + 5)
    np.testing.assert_allclose(near.toarray()[0], [0, *expected, 0], rtol=1e-5)
    assert following.toarray()[0].tolist() == pytest.approx([0, 2 / 22, 0, 0])
    assert following.toarray()[1].tolist() == pytest.approx([0, 0, 1 / 21, 0])
    assert not following.toarray()[2:].any()


def test_a_skip_counts_against_what_was_skipped_next_and_the_one_played_after_it_follows():
    _, following = near_and_next(sittings("aBc", "ab", "ab"), 3)
    assert following.toarray()[0].tolist() == pytest.approx([0, 1.8 / 2.8 * 2.8 / 22.8, 1 / 2.8 * 2.8 / 22.8])


def test_nothing_follows_what_was_skipped():
    assert not near_and_next(sittings("Ab"), 2)[1].nnz


def test_sittings_do_not_run_into_each_other():
    assert near_and_next(sittings("a", "b"), 2)[0].nnz == 0


def test_what_is_played_of_late_gets_more_of_the_votes():
    texts = ["abc"] * 30 + ["ad"] * 30
    late = near_and_next(sittings(*texts, apart_ms=5 * 24 * HOUR_MS), 4)[0].toarray()
    alike = near_and_next(sittings(*texts), 4)[0].toarray()
    assert late[0, 3] / late[0, 1] > alike[0, 3] / alike[0, 1]


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.text(alphabet="abcdefABCDEF", min_size=1, max_size=12), max_size=12))
def test_votes_are_few_and_add_up_to_less_than_one(texts):
    for votes in near_and_next(sittings(*texts), 6):
        assert isinstance(votes, sparse.csr_array)
        assert (votes.data > 0).all()
        assert (votes.sum(axis=1) < 1).all()
        assert not votes.diagonal().any()
        assert votes.has_sorted_indices


def test_at_most_a_hundred_neighbours():
    n = 150
    items = np.random.default_rng(0).permutation(np.tile(np.arange(n, dtype=np.int32), 8))
    played = np.ones(8 * n, dtype=np.bool_)
    one = Sittings(items, played, ~played, np.zeros(8 * n, np.int64), np.array([0, 8 * n]), np.zeros(1, np.int32))
    near, _ = near_and_next(one, n)
    assert np.diff(near.indptr).tolist() == [100] * n


# -- what comes next -------------------------------------------------------------------------------------------------


def test_what_comes_next_is_what_came_next():
    learned = learn_sequence(sittings(*["abcd"] * 20), 6)
    assert learned.propose(*heard("b"), 1)[0].tolist() == [2]
    assert learned.propose(*heard("ab"), 2)[0].tolist() == [2, 3]


def test_a_score_by_hand():
    learned = learn_sequence(sittings("ab", "cd"), 5)
    vote = 1 / (1 + 5)
    follows = 1 / (1 + 20)
    score = learned.next_scores(*heard("aC"), indices("bd"))
    common = learned.common / 4
    assert score.tolist() == pytest.approx([common + vote + learned.follow * follows, common - learned.against * vote])


@settings(max_examples=examples(80), deadline=None)
@given(st.text(alphabet=NAMES + NAMES.upper(), max_size=10), st.sampled_from(NAMES))
def test_a_skip_raises_nothing_and_lowers_what_is_near(model, before, skipped):
    everything = np.arange(len(NAMES))
    then = model.next_scores(*heard(before), everything)
    now = model.next_scores(*heard(before + skipped.upper()), everything)
    assert (now <= then).all()
    near = model.near[[NAMES.index(skipped)]].indices
    assert (now[near] < then[near]).all()
    own = NAMES.index(skipped)
    assert now[own] < then[own]


def test_after_skips_the_other_mood_is_proposed(model):
    assert set(model.propose(*heard("a"), 5)[0]) <= set(range(8))
    assert set(model.propose(*heard("iABC"), 5)[0]) <= set(range(8, 16))


def test_what_sounds_like_a_skipped_item_goes_down_though_nobody_has_played_it():
    vectors = np.zeros((16, 2), np.float32)
    vectors[:8, 0] = vectors[8:15, 1] = 1
    vectors[15, 0] = 1
    learned = learn_sequence(sittings("bc", "ij"), 16, vectors)
    before, after = (learned.next_scores(*heard(text), np.array([15])) for text in ("i", "iB"))
    assert after < before
    assert learned.next_scores(*heard("b"), np.array([15])) > learned.next_scores(*heard("i"), np.array([15]))


def test_nothing_heard_yet_gives_what_is_played_most():
    learned = learn_sequence(sittings("ab", "ac", "ad", "bd", "bA"), 6)
    assert learned.propose(*heard(""), 3)[0].tolist() == [0, 1, 3]
    items, scores = learned.propose(*heard(""), 6)
    assert items.tolist() == learned.by_popularity.tolist()
    assert (np.diff(scores) <= 0).all()


@settings(max_examples=examples(40), deadline=None)
@given(st.text(alphabet=NAMES + NAMES.upper(), max_size=10), st.integers(0, 20))
def test_proposals_are_the_best_by_score_without_the_sitting(model, text, k):
    session, skipped = heard(text)
    items, scores = model.propose(session, skipped, k)
    everything = np.setdiff1d(np.arange(len(NAMES)), session)
    all_scores = model.next_scores(session, skipped, everything)
    best = everything[np.lexsort((everything, -all_scores))][:k]
    assert items.tolist() == best.tolist()
    np.testing.assert_array_equal(scores, model.next_scores(session, skipped, items))


# -- skips -----------------------------------------------------------------------------------------------------------


def test_a_skip_is_likelier_after_skips(model):
    after_skips, after_plays = (model.skip_probability(*heard(text), indices("d"))[0] for text in ("ABC", "abc"))
    assert after_skips > 0.6
    assert after_plays < 0.3


def test_it_tells_skips_of_sittings_that_it_has_not_seen(model):
    later = moods(150, seed=9)
    place = later.places()
    chosen = np.flatnonzero(place > 0)
    chances = [model.skip_probability(later.items[n - place[n] : n], later.skipped[n - place[n] : n], later.items[n : n + 1])[0]
               for n in chosen]  # fmt: skip
    assert roc_auc(np.array(chances), later.skipped[chosen]) > 0.75


def test_with_few_sittings_a_skip_is_as_likely_as_it_was_for_the_item():
    learned = learn_sequence(sittings("aB", "aB", "ab"), 3, artists=np.array([0, 1, -1]))
    overall = 2.5 / 7
    of_b = (2 + 20 * overall) / (3 + 20)
    expected = [(10 * (20 * overall) / 23) / 13, (2 + 10 * of_b) / 13, overall]
    assert learned.skip_probability(*heard(""), np.arange(3)).tolist() == pytest.approx(expected, rel=1e-5)


def test_no_skips_known():
    learned = learn_sequence(sittings(*["abcde", "edcba", "badce"] * 100, apart_ms=HOUR_MS), 5)
    assert learned.skip_probability(*heard("ab"), np.arange(5)).tolist() == [0] * 5


def test_no_sittings_at_all():
    learned = learn_sequence(sittings(), 3)
    assert learned.propose(*heard("a"), 2)[0].tolist() == [1, 2]
    assert learned.next_scores(*heard(""), np.arange(3)).tolist() == [0] * 3
    assert not learned.skip_probability(*heard("a"), np.arange(3)).any()


# -- as a value ------------------------------------------------------------------------------------------------------


def test_the_same_sittings_give_the_same_model(model):
    again = learn_sequence(moods(500), len(NAMES))
    for field in fields(model):
        one, two = getattr(model, field.name), getattr(again, field.name)
        if isinstance(one, sparse.csr_array):
            one, two = one.toarray(), two.toarray()
        np.testing.assert_array_equal(one, two)


def test_saved_and_loaded_it_answers_the_same(model, tmp_path):
    save_record(model, tmp_path / "sequence")
    loaded = load_record(SequenceModel, tmp_path / "sequence")
    everything = np.arange(len(NAMES))
    for ask in (SequenceModel.next_scores, SequenceModel.skip_probability):
        np.testing.assert_array_equal(ask(loaded, *heard("abC"), everything), ask(model, *heard("abC"), everything))
    np.testing.assert_array_equal(loaded.propose(*heard("abC"), 4)[0], model.propose(*heard("abC"), 4)[0])
