import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import BadRequest, NotFound
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.vocabulary import FILLERS, NOT, VOCABULARY
from segue.mixes.words import LONGEST, match, understand_words


def _one(text, engine):
    [found] = understand_words([text], engine)
    return found


def test_words_become_sounds_genres_and_tags(engine):
    found = _one("calm acoustic jazz for rain", engine)
    assert found.genres == ("jazz",)
    assert found.targets["energy"] == pytest.approx((0.2 + 0.25) / 2)
    assert found.targets["acousticness"] == pytest.approx((0.9 + 0.7) / 2)
    assert "acoustic" in found.tags
    assert found.unknown == ()


def test_the_longest_phrase_counts_in_any_spelling(engine):
    assert _one("Hip-Hop", engine).genres == ("hip hop",)
    assert _one("some HIPHOP please", engine).genres == ("hip hop",)
    no_words = _one("rock, no vocals", engine)
    assert no_words.genres == ("rock",)
    assert no_words.targets == {"instrumentalness": 0.9}
    assert _one("road trip", engine).targets["tempo"] == 120


def test_not_turns_a_word_round(engine):
    assert _one("not sad", engine).targets["valence"] == pytest.approx(0.85)
    assert _one("not fast", engine).targets["tempo"] == 90
    refused = _one("happy, not jazz", engine)
    assert refused.genres == ()
    assert refused.unknown == ("jazz",)


def test_what_is_not_understood_is_reported_and_nothing_at_all_is_an_error(engine):
    found = _one("happy zzyzx songs with a quxophone", engine)
    assert found.unknown == ("zzyzx", "quxophone")
    assert found.targets["valence"] == 0.9
    for text in ("zzyzx", "", "the music for my", "!!!"):
        with pytest.raises(NotFound, match=r"says nothing of music here: say how it should sound \(calm"):
            understand_words([text], engine)
    with pytest.raises(BadRequest, match="up to 200"):
        understand_words(["calm " * 60], engine)


def test_every_word_of_the_vocabulary_is_understood(engine):
    for word in VOCABULARY:
        assert _one(word, engine).targets, word
    assert not FILLERS & {word for phrase in VOCABULARY for word in [phrase]}
    for targets in VOCABULARY.values():
        for name, value in targets.items():
            assert name in AUDIO_FEATURES
            low, high = {"tempo": (60, 180), "loudness": (-25, 0)}.get(name, (0, 1))
            assert low <= value <= high


@given(st.text(max_size=LONGEST))
def test_any_text_is_understood_or_refused_in_one_line(engine, text):
    said = None
    try:
        found = _one(text, engine)
    except NotFound as error:
        said = str(error)
    if said is None:
        assert found.targets or found.genres or found.tags
    else:
        assert len(said.splitlines()) == 1


@given(st.lists(st.sampled_from(sorted([*VOCABULARY, *FILLERS, *NOT, "jazz", "zzyzx"])), max_size=8))
def test_nothing_that_was_said_is_lost(engine, said):
    text = " ".join(said)[:LONGEST]
    try:
        found = _one(text, engine)
    except NotFound:
        return
    assert ("zzyzx" in found.unknown) == ("zzyzx" in text.split())


def test_how_much_items_have_a_word(engine):
    group = engine.features.group("tags")
    column = group.names.index("calm")
    values = group.matrix[:, [column]].toarray().ravel()
    every = np.arange(len(engine.ids))
    found = match(["calm"], every, engine)
    assert found.max() == pytest.approx(1)
    assert (found[values > 0] > 0).all()
    picked = np.array([int(np.argmax(values)), 5, 9, 5])
    assert match(["calm"], picked, engine) == pytest.approx(found[picked])
    assert match(["no such tag"], picked, engine).tolist() == [0, 0, 0, 0]
    assert match(["calm", "chill"], every, engine) == pytest.approx(found + match(["chill"], every, engine))
