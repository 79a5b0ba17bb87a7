import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.explicit_words import ANYWHERE, BY_LANGUAGE
from segue.features.lyrics import DESCRIPTION, LANGUAGES, _varimax, describe, topics, words_of
from tests.effort import examples

VERSES = {
    "en": "We walk along the river and the moon is looking down\nI sing a little song for you, the last one in the town",
    "de": "Wir gehen am Fluss entlang und der Mond schaut zu\nIch singe dir ein kleines Lied und du machst die Augen zu",
    "fr": "Nous marchons le long de la rivière, la lune nous regarde\nje chante une chanson pour toi, il se fait tard",
    "es": "Caminamos por la orilla del río y la luna nos mira\ncanto una canción pequeña para ti, mi vida",
    "pt": "Caminhamos pela margem e a lua olha para nós\ncanto uma canção para ti, ouve a minha voz",
    "it": "Camminiamo lungo il fiume e la luna ci guarda\ncanto una canzone per te e la notte tarda",
    "sv": "Vi går längs med ån och månen tittar på\njag sjunger en visa för dig när natten är blå",
    "fi": "Kävelemme joen rantaa ja kuu katsoo meitä\nlaulan sinulle pienen laulun tänä yönä",
    "pl": "Idziemy wzdłuż rzeki a księżyc patrzy na nas\nśpiewam ci piosenkę dziś w nocy",
    "tr": "Nehir boyunca yürüyoruz ve ay bize bakıyor\nsana küçük bir şarkı söylüyorum bu gece",
    "ru": "Мы идём вдоль реки, и луна смотрит на нас\nя пою тебе песню в этот поздний час",
    "ja": "川のそばを歩いて月が見ている\n君に小さな歌を歌う",
    "ko": "우리는 강가를 걷고 달이 우리를 보네\n너에게 작은 노래를 부른다",
}
DANISH = "Vi går langs åen og månen kigger på\njeg elsker den dejlige nat, og jeg er glad for dig"


def of(*lyrics: str | None) -> pl.DataFrame:
    return describe(pl.Series(lyrics, dtype=pl.String))


def test_languages_of_invented_verses_are_recognised():
    found = of(*VERSES.values())
    assert found["language"].to_list() == list(VERSES)
    assert found["language_confidence"].min() > 0.9


@pytest.mark.parametrize("lyrics", ["hello", "la la la la la la\nla la la la la la", "na na na na na hey hey"])
def test_too_little_text_has_no_language(lyrics):
    assert of(lyrics)["language"].to_list() == [None]


def test_a_repeated_refrain_of_syllables_does_not_hide_the_language():
    refrain = "\noh oh na na na hey"
    assert of("ich singe dir ein Lied in der Nacht" + refrain * 40)["language"].to_list() == ["de"]


def test_where_there_are_no_lyrics_nothing_is_known():
    found = of(None, "", "[Instrumental]")
    assert found.schema == DESCRIPTION
    assert found["words"].to_list() == [None, 0, 0]
    assert all(found[column].null_count() == 3 for column in found.columns if column != "words")
    assert of().schema == DESCRIPTION


def test_marks_of_sections_and_times_are_not_sung():
    marked = "[ar:Nobody]\n[00:12.50]Red moon\n[Verse 2: Someone]\nVerse 2:\n"
    marked += "<00:13.00>blue <00:14.10>sun (x2)\nChorus\n(Repeat chorus)"
    assert words_of(pl.Series([marked])).to_list() == [["red", "moon", "blue", "sun"]]
    assert words_of(pl.Series(["(oh no) my universe"])).to_list() == [["oh", "no", "my", "universe"]]


def test_words_keep_their_apostrophes_and_marks():
    assert words_of(pl.Series(["Don’t stop, हिन्दी!", "月と花", None])).to_list() == [
        ["don’t", "stop", "हिन्दी"], ["月", "と", "花"], None,
    ]  # fmt: skip


def test_distinct_words_are_a_share():
    assert of("one two three four", "one one one one")["distinct"].to_list() == [1, 0.25]


def test_distinct_words_do_not_sink_with_length():
    fifty = " ".join(f"w{n}" for n in range(50))
    assert of(fifty, f"{fifty} {fifty} {fifty}")["distinct"].to_list() == [1, 1]
    # 51 words, two windows: the first holds 50 different words, the second w1 twice.
    assert of(f"{fifty} w1")["distinct"].item() == pytest.approx((50 + 49) / 2 / 50)


def test_repetition_is_the_share_of_lines_heard_before():
    assert of("Up we go\nup, we go!\n\nup we go\nand down", "one\ntwo")["repetition"].to_list() == [0.5, 0]


def test_sentiment_is_the_sum_of_valences_over_five_for_each_word_and_two_more():
    # AFINN: love 3, hate -3, happy 3, bad -3, terrible -3.
    happy = "I love the river in the morning and I am happy by the water"
    mixed = "I love the river in the morning and I hate the water in the evening"
    bad = "This is a terrible river in the morning, with bad water in the evening"
    assert of(happy, mixed, bad)["sentiment"].to_list() == pytest.approx([6 / 20, 0, -6 / 20])


def test_sentiment_is_known_in_danish_and_not_in_german():
    found = of(DANISH, VERSES["de"])
    assert found["language"].to_list() == ["da", "de"]
    assert found["sentiment"][0] > 0
    assert found["sentiment"][1] is None


EXPLICIT = {
    "en": "what a shit day it was when we walked along the river",
    "de": "was für eine Scheiße, sage ich dir heute Nacht und morgen wieder",
    "fr": "quelle merde, je te le dis cette nuit et encore demain matin",
    "es": "qué mierda, te lo digo esta noche y mañana otra vez, mi vida",
    "pt": "que merda, eu digo para você esta noite e amanhã também",
    "it": "che cazzo, te lo dico questa notte e ancora domani mattina",
    "sv": "vilken kuk, det säger jag dig i natt och i morgon igen",
}


def test_each_language_has_its_words():
    found = of(*EXPLICIT.values())
    assert found["language"].to_list() == list(EXPLICIT)
    assert found["explicit"].to_list() == [True] * 7
    assert set(EXPLICIT) == set(BY_LANGUAGE)


@pytest.mark.parametrize(
    "word", ["f**k", "F**KING", "f***", "sh!t", "b*tches", "*shit*", "motherf***er", "#fuck!", "f@ck"]
)
def test_masked_words_are_explicit(word):
    assert of(f"I say {word} to the river and the moon, and I walk away")["explicit"].to_list() == [True]


@pytest.mark.parametrize(
    "innocent",
    [
        "Hit the ship with class, a cocktail dressing in Scunthorpe, and the shitake of the house",
        "Vi dansar hela natten tills det är slut och solen går upp igen över sjön",
        "Der Fluss ist dick und der Mond ist rund, ich gehe mit dir durch die Nacht",
        "Con te voglio ballare e con la luna cantare questa notte d'estate",
        "s!ng with me **** in the morning, rock & roll and $$$ for all of us, hey!!!",
    ],
)
def test_innocent_words_are_not(innocent):
    assert of(innocent)["explicit"].to_list() == [False]


def test_without_a_list_nobody_knows_but_some_words_are_understood_anywhere():
    found = of(VERSES["fi"], VERSES["fi"] + "\nfuck", "shit", "hello")
    assert found["explicit"].to_list() == [None, True, True, None]


def test_word_lists_are_lower_case_whole_words():
    for words in (ANYWHERE, *BY_LANGUAGE.values()):
        assert len(set(words)) == len(words)
        assert all(word == word.lower() and word.isalpha() for word in words)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.none() | st.text("ab lov[]()x2:*!\n'é月", max_size=40), max_size=5))
def test_whatever_the_text_the_numbers_are_in_range(lyrics):
    found = of(*lyrics)
    assert found.height == len(lyrics)
    for column, least in (("distinct", 0), ("repetition", 0), ("language_confidence", 0), ("sentiment", -1)):
        assert found[column].drop_nulls().is_between(least, 1).all()
    assert found["language"].drop_nulls().is_in(LANGUAGES).all()
    assert found["words"].is_null().to_list() == [text is None for text in lyrics]


# -- topics ------------------------------------------------------------------------------------------------------

SEA = ["sea wave ship sail", "wave ship salt sea", "sail salt sea wave", "ship sail salt sea"]
CITY = ["street neon taxi light", "neon taxi crowd street", "light crowd street neon", "taxi light crowd street"]


def test_songs_of_two_kinds_have_two_topics_with_their_words():
    songs = pl.Series([*SEA, *CITY, None, "zebra"])
    found = topics(songs, 2)
    assert found.vectors.shape == (10, 2)
    assert found.vectors.dtype == np.float32
    about = {frozenset(terms) for terms in found.terms}
    assert about == {
        frozenset({"sea", "wave", "ship", "sail", "salt"}), frozenset({"street", "neon", "taxi", "light", "crowd"})
    }  # fmt: skip
    sea = next(topic for topic, terms in enumerate(found.terms) if "sea" in terms)
    assert (found.vectors[:4, sea] > 0.5).all()
    assert found.vectors[:4, 1 - sea] == pytest.approx(0, abs=1e-5)
    assert not found.vectors[8:].any()
    assert found.explained[0] >= found.explained[1] > 0
    assert sum(found.explained) <= 1 + 1e-5


def test_one_topic_of_equal_texts_holds_everything():
    found = topics(pl.Series(["moon river"] * 2), 5)
    assert found.terms == (("moon", "river"),)
    assert found.vectors == pytest.approx(np.ones((2, 1)))
    assert found.explained == pytest.approx((1,))


def test_words_that_half_of_a_language_has_are_left_out():
    english = [f"and the {song} I am walking with you along the river tonight" for song in (*SEA, *CITY)]
    german = [
        f"und der {word} ich gehe mit dir heute Nacht am Fluss entlang"
        for word in ("Berg", "Wald", "Berg", "Wald", "See")
    ]
    terms = {term for topic in topics(pl.Series(english + german), 4).terms for term in topic}
    assert {"sea", "neon", "berg"} <= terms
    assert not {"and", "the", "river", "und", "der", "fluss"} & terms


@pytest.mark.parametrize(
    "lyrics", [[], [None], ["", "x"], ["alone in here"], ["single", "single"], ["same words here"] * 9]
)
def test_too_little_text_has_no_topics(lyrics):
    found = topics(pl.Series(lyrics, dtype=pl.String), 3)
    assert found.vectors.shape == (len(lyrics), 0)
    assert found.terms == found.explained == ()


def test_mixed_directions_are_turned_to_the_simple_ones():
    simple = np.array([[0.6, 0.8, 0, 0], [0, 0, 0.8, 0.6]])
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    found = np.abs(_varimax(turn @ simple))
    assert found[np.argsort(found[:, 0])[::-1]] == pytest.approx(simple, abs=1e-6)


def test_the_words_of_a_topic_weigh_for_it():
    songs = [" ".join(words) for group in (SEA, CITY) for words in zip(*(song.split() for song in group), strict=True)]
    for seed in range(8):
        found = topics(pl.Series([*SEA, *CITY, *songs]), 6, seed)
        strongest = np.abs(found.vectors).argmax(axis=0)
        assert (found.vectors[strongest, range(len(found.terms))] > 0).all()


def test_no_topics_asked_for_are_none():
    assert topics(pl.Series([*SEA, *CITY]), 0).terms == ()


def test_the_same_seed_gives_the_same_bits():
    songs = pl.Series([*SEA, *CITY])
    one, other = topics(songs, 3, seed=4), topics(songs, 3, seed=4)
    assert (one.vectors == other.vectors).all()
    assert one.terms == other.terms
