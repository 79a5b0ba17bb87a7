import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse

from segue.features.rows import largest_of_rows
from segue.features.spellings import PHRASES, WHOLE, WORDS
from segue.features.tags import canonical, log_counts, smoothed, tag_key, telling

PIECES = [
    "rock",
    " ",
    "-",
    "'n'",
    "&",
    "+",
    "80's",
    "1980s",
    "music",
    "s",
    "the ",
    "R",
    "b",
    "<3",
    "♥",
    "favourite",
    "É",
    "が",
    "ﬁ",
]
AWKWARD = st.text(max_size=14) | st.lists(st.sampled_from([*PIECES, *WORDS, *WHOLE]), max_size=6).map("".join)


def keys(*words: str | None) -> list[str | None]:
    return tag_key(pl.Series(words, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    "spellings",
    [
        ("Hip-Hop", "hip hop", "HipHop", "hip_hop", " HIP  HOP "),
        ("R&B", "rnb", "R'n'B", "r and b", "Rhythm & Blues", "rhythm and blues", "r n b", "ＲｎＢ"),
        ("drum and bass", "Drum & Bass", "dnb", "d'n'b", "D&B", "drum'n'bass", "drum n bass", "drum and bass music"),
        ("80s", "80's", "’80s", "1980s", "1980's", "eighties", "Eighties", "the 80s", "años 80", "années 80"),
        ("00s", "2000s", "noughties"),
        ("female vocalists", "female vocalist", "female vocals", "female-vocalist", "Female Voices", "female singer"),
        ("favourite", "favorite", "favourites", "Favorites", "faves", "fav"),
        ("favourite songs", "favorite song", "fav songs", "favouritesongs"),
        ("lo-fi", "lofi", "Lo Fi", "low-fi"),
        ("synthpop", "synth pop", "synth-pop"),
        ("k-pop", "kpop", "Korean Pop"),
        ("alt-country", "alt. country", "alternative country"),
        ("rock 'n' roll", "rock'n roll", "Rock & Roll", "rock and roll", "rocknroll", "rock n' roll"),
        ("reggaetón", "Reggaeton"),
        ("world music", "world"),
        ("The Paper Kites", "paper kites"),
        ("<3", "♥", "❤️"),
        ("Remixes", "remix"),
        ("OST", "Original Soundtrack", "soundtracks"),
    ],
)
def test_spellings_of_one_word_have_one_key(spellings):
    assert len(set(keys(*spellings))) == 1


@pytest.mark.parametrize(
    "different",
    [
        ("electronica", "electronic", "electro"),
        ("beat", "beats"),
        ("blues", "blue"),
        ("bass", "bas"),
        ("pop rock", "rock pop"),
        ("good music", "good"),
        ("film music", "film"),
        ("the roots", "roots"),
        ("chill", "chillout"),
        ("love", "<3"),
        ("female", "female vocalists", "male vocalists"),
        ("british", "uk", "england"),
        ("1980", "1980s"),
        ("1920s", "2020s"),
        ("1 2", "12"),
        ("house", "deep house"),
        ("христос", "христа"),
    ],
)
def test_different_words_keep_different_keys(different):
    assert len(set(keys(*different))) == len(different)


@pytest.mark.parametrize("word", ["シティーポップ", "हिन्दी", "한국", "русскоерадио", "!!!", ":)", "24/7"])
def test_other_scripts_and_signs_stay(word):
    assert keys(word) == [word]


def test_nothing_has_no_key():
    assert keys("", "  ", None, "\u200b") == [None, None, None, None]


@given(AWKWARD)
@example("eigh ties")
def test_the_key_of_a_key_is_itself(word):
    [key] = keys(word)
    if key is not None:
        assert keys(key) == [key]


def test_the_tables_lead_to_keys_that_stay():
    for word in (*WORDS.values(), *WHOLE.values()):
        assert keys(word) == [word]
    assert all(keys(instead.strip())[0] for _, instead in PHRASES if "\\" not in instead)


def test_keys_come_in_the_order_of_the_words_and_from_categories_too():
    words = pl.Series("tag", ["Rock", None, "hip hop", "ROCK"], dtype=pl.Categorical())
    assert tag_key(words).to_list() == ["rock", None, "hiphop", "rock"]
    assert tag_key(words).name == "tag"


# -- canonical ---------------------------------------------------------------------------------------------------


def test_each_word_is_shown_as_most_people_write_it():
    words = pl.DataFrame(
        {
            "item": [1, 1, 2, 3, 3],
            "word": ["Hip Hop", "hip-hop", "hip-hop", "HipHop", " "],
            "weight": [2.0, 3.0, None, 1.0, 9.0],
        }
    )
    # hip-hop has 3 + 1, Hip Hop 2, HipHop 1; an empty word is no word.
    assert canonical(words).to_dict(as_series=False) == {
        "item": [1, 2, 3],
        "word": ["hip-hop", "hip-hop", "hip-hop"],
        "weight": [5.0, 1.0, 1.0],
    }


def test_equal_spellings_go_to_the_first_in_the_alphabet():
    words = pl.DataFrame({"item": ["a", "b"], "word": ["lofi", "lo-fi"], "weight": [1.0, 1.0]})
    assert canonical(words)["word"].to_list() == ["lo-fi", "lo-fi"]


@given(st.lists(st.tuples(st.integers(0, 3), AWKWARD, st.integers(1, 9)), max_size=8))
def test_making_words_canonical_loses_no_weight_and_twice_changes_nothing(rows):
    schema = {"item": pl.Int64, "word": pl.String, "weight": pl.Float32}
    words = pl.DataFrame(rows, schema=schema, orient="row")
    once = canonical(words)
    assert once["weight"].sum() == sum(weight for _, word, weight in rows if keys(word) != [None])
    assert canonical(once).equals(once)


# -- counts ------------------------------------------------------------------------------------------------------


def csr(rows) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, dtype=np.float32))


def test_an_item_without_words_borrows_the_mean_of_its_artist():
    words = csr([[4, 0], [0, 2], [0, 0], [6, 0]])
    artists = csr([[1, 0], [1, 0], [1, 0], [0, 1]])
    # The first artist's items with words have on average 2 of the first and 1 of the second.
    expected = [[4 + 0.5 * 2, 0.5 * 1], [0.5 * 2, 2 + 0.5 * 1], [0.5 * 2, 0.5 * 1], [6 + 0.5 * 6, 0]]
    assert smoothed(words, artists, strength=0.5).toarray() == pytest.approx(np.array(expected))


def test_an_item_of_two_artists_borrows_half_of_each():
    words = csr([[2, 0], [0, 6], [0, 0]])
    artists = csr([[1, 0], [0, 1], [0.5, 0.5]])
    assert smoothed(words, artists).toarray()[2].tolist() == [1, 3]


def test_without_strength_or_artists_counts_stay():
    words = csr([[2, 0], [0, 3]])
    assert (smoothed(words, csr([[1], [1]]), strength=0) != words).nnz == 0
    assert (smoothed(words, csr([[0], [0]])) != words).nnz == 0


def test_an_artist_lends_no_more_than_fifty_words():
    words = csr([list(range(1, 71)), [0] * 70])
    lent = smoothed(words, csr([[1], [1]])).toarray()[1]
    assert lent.tolist() == [0] * 20 + list(range(21, 71))


def test_counts_weigh_by_their_logarithm_and_words_by_their_rarity():
    counts = csr([[1, 3, 0], [0, 1, 0]])
    assert log_counts(counts).toarray() == pytest.approx(np.log([[2, 4, 1], [1, 2, 1]]))
    assert telling(counts) == pytest.approx([np.log(3), np.log(2), 0])


@given(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=5), st.integers(0, 5))
def test_the_largest_of_each_row_are_kept(rows, k):
    kept = largest_of_rows(csr(rows), k).toarray()
    for row, found in zip(rows, kept, strict=True):
        best = sorted((-value, place) for place, value in enumerate(row) if value)[:k]
        assert sorted((-value, place) for place, value in enumerate(found) if value) == best


def test_more_votes_against_a_word_than_for_it_say_nothing():
    counts = sparse.csr_array(np.array([[-3.0, 2.0]], dtype=np.float32))
    assert log_counts(counts).toarray().tolist() == [[0, pytest.approx(np.log(3))]]
