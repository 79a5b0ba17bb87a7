"""What lyrics tell: language, how many words and how different, repetition, mood, explicit words, and topics.

The estimates are simple and say so: what a song is about, or means, is beyond counting words.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from threadpoolctl import threadpool_limits

from segue.features.explicit_words import ANYWHERE, BY_LANGUAGE
from segue.features.tags import log_counts, telling

DESCRIPTION = pl.Schema(
    {
        "language": pl.String,
        "language_confidence": pl.Float32,
        "words": pl.Int32,
        "distinct": pl.Float32,
        "repetition": pl.Float32,
        "sentiment": pl.Float32,
        "explicit": pl.Boolean,
    }
)
# Languages that songs on record are sung in, of those the identifier knows: the more it may choose from, the oftener a
# chorus of "la la la" is Esperanto.
LANGUAGES = (
    "af", "am", "ar", "az", "be", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr",
    "ga", "gl", "gu", "he", "hi", "hr", "ht", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ku", "lo",
    "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "ne", "nl", "no", "pa", "pl", "ps", "pt", "ro", "ru", "si", "sk", "sl",
    "so", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "xh", "yo", "zh", "zu",
)  # fmt: skip
LEAST_CONFIDENCE = 0.7
LEAST_LETTERS = 20
SENTIMENT_LANGUAGES = ("da", "en")

# Words in a window over which distinct words are counted.
_WINDOW = 50
# Words of no mood that are added to every text, so that one word alone does not decide.
_NEUTRAL = 2
_HIGHEST_VALENCE = 5

# A word that a greater share of the texts in its language has is a stop word, where there are that many texts to tell.
_COMMONEST = 0.5
_LEAST_TEXTS = 4
_TERMS = 10

_SECTIONS = (
    "pre[- ]?chorus|post[- ]?chorus|chorus|verse|bridge|intro|outro|hook|refrain|interlude|coda|couplet|strophe|strofa|"
    "ritornello|estribillo|estrofa|refrão|refräng|vers"
)
_NOT_SUNG = (
    r"\[[^\]\n]*\]|<\d+:\d\d(?:[.:]\d+)?>"
    rf"|\((?i:x ?\d+|\d+ ?x|(?:repeat|{_SECTIONS})\b[^)\n]*)\)"
    rf"|(?im:^[ \t]*(?:{_SECTIONS})[ \t]*\d*[ \t]*(?:\(?(?:x ?\d+|\d+ ?x)\)?)?[ \t]*:?[ \t]*$)"
)
# A word, with the apostrophes in it; where people write without spaces, a letter.
_WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}]|[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]+(?:['’][\p{L}\p{M}\p{N}]+)*"
_MASK = "*#@$!%&"
_MASKED_WORD = r"[\p{L}\p{M}*#@$!%&]+"


def describe(lyrics: pl.Series) -> pl.DataFrame:
    """What the words of songs tell, one row for each text, columns of `DESCRIPTION`; all null where there is no text.

    Section marks ("[Chorus]", "(x2)") and LRC times are left out first.

    - `language`: ISO 639-1, of `LANGUAGES`, by py3langid from the different lines of the text; null below 20 letters or
      a `language_confidence` (0..1, the identifier's normalised probability) of 0.7.
    - `words`: how many (letters, in Chinese and Japanese).
    - `distinct`: the mean share of different words in a window of 50 (moving-average type-token ratio, Covington &
      McFall 2010), which does not sink with length; of a shorter text, in all of it.
    - `repetition`: the share of lines that repeat an earlier one.
    - `sentiment`: -1..1, sum of AFINN valences (Nielsen 2011; -5..5) / (5 (n + 2)), n the words that have one; in English
      and Danish, else null. Negation and irony are not understood.
    - `explicit`: whether a word of the short lists in `explicit_words.py` occurs, whole, also masked ("f**k"); null where
      none does and the language has no list.
    """
    text = _sung(lyrics)
    words = text.str.to_lowercase().str.extract_all(_WORD)
    counts = words.list.len().cast(pl.Int32)
    language, confidence = _languages(text)
    lines = _lines(text)
    return pl.DataFrame(
        {
            "language": language,
            "language_confidence": confidence,
            "words": counts,
            "distinct": [_distinct(found) for found in words],
            "repetition": (1 - lines.list.n_unique() / lines.list.len()).fill_nan(None),
            "sentiment": [
                _sentiment(song, code) for song, code in zip(text.to_list(), language.to_list(), strict=True)
            ],
            "explicit": _explicit(text, language, counts),
        },
        schema=DESCRIPTION,
    )


def words_of(lyrics: pl.Series) -> pl.Series:
    """The words of each text in order, lower-case, without what is not sung: a list for each, null for null."""
    return _sung(lyrics).str.to_lowercase().str.extract_all(_WORD)


def _sung(lyrics: pl.Series) -> pl.Series:
    return lyrics.cast(pl.String).str.normalize("NFC").str.replace_all(_NOT_SUNG, "")


def _lines(text: pl.Series) -> pl.Series:
    """The lines of each text that have letters, as compared: letters, digits and single spaces."""
    return (
        text.str.to_lowercase()
        .str.split("\n")
        .list.eval(pl.element().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars())
        .list.eval(pl.element().filter(pl.element() != ""))
    )


# -- language ----------------------------------------------------------------------------------------------------


def _languages(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    identifier = _identifier()
    codes: list[str | None] = []
    confidences: list[float | None] = []
    for song in text:
        once = "\n".join(dict.fromkeys(song.split("\n"))) if song else ""
        if sum(map(str.isalpha, once)) < LEAST_LETTERS:
            codes.append(None)
            confidences.append(None)
            continue
        code, confidence = identifier.classify(once.lower())
        codes.append(code if confidence >= LEAST_CONFIDENCE else None)
        confidences.append(confidence)
    return pl.Series(codes, dtype=pl.String), pl.Series(confidences, dtype=pl.Float32)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


# -- words -------------------------------------------------------------------------------------------------------


def _distinct(words: list[str] | None) -> float | None:
    if words is None or not len(words):
        return None
    words = list(words)
    size = min(_WINDOW, len(words))
    inside: dict[str, int] = {}
    for word in words[:size]:
        inside[word] = inside.get(word, 0) + 1
    total = len(inside)
    for gone, come in zip(words, words[size:], strict=False):
        inside[gone] -= 1
        if not inside[gone]:
            del inside[gone]
        inside[come] = inside.get(come, 0) + 1
        total += len(inside)
    return total / (size * (len(words) - size + 1))


def _sentiment(song: str | None, language: str | None) -> float | None:
    if song is None or language not in SENTIMENT_LANGUAGES:
        return None
    valences = _valences(language).scores(song)
    return float(sum(valences) / (_HIGHEST_VALENCE * (len(valences) + _NEUTRAL)))


@cache
def _valences(language: str) -> Any:
    with warnings.catch_warnings():
        # Its source has an escape that Python 3.12 deprecates, which is said when it is first compiled.
        warnings.simplefilter("ignore")
        from afinn import Afinn  # noqa: PLC0415
    return Afinn(language=language)


# -- explicit words ----------------------------------------------------------------------------------------------


def _explicit(text: pl.Series, language: pl.Series, counts: pl.Series) -> pl.Series:
    """Each different word is judged once for each language it is sung in."""
    sung = pl.DataFrame({"text": text, "language": language, "words": counts}).with_row_index("row")
    said = sung.select("row", "language", word=pl.col("text").str.to_lowercase().str.extract_all(_MASKED_WORD)).explode(
        "word"
    )
    different = said.select("word", "language").unique().drop_nulls("word")
    bad = different.filter([_is_explicit(word, code) for word, code in different.iter_rows()])
    rows = said.join(bad, on=["word", "language"], nulls_equal=True)["row"].unique()
    found = pl.col("row").is_in(rows.implode())
    listed = pl.col("language").is_in(list(BY_LANGUAGE))
    answer = pl.when(found).then(statement=True).when(listed & (pl.col("words") > 0)).then(statement=False)
    return sung.select(answer.otherwise(None).alias("explicit"))["explicit"]


def _is_explicit(word: str, language: str | None) -> bool:
    plain = word.strip(_MASK)
    if plain == "" or plain in ANYWHERE or plain in BY_LANGUAGE.get(language or "", ()):
        return plain != ""
    masked = word.rstrip("!%&").lstrip(_MASK)
    if not any(sign in masked for sign in _MASK):
        return False
    pattern = re.compile("".join("." if letter in _MASK else re.escape(letter) for letter in masked))
    return any(pattern.fullmatch(known) for known in (*ANYWHERE, *BY_LANGUAGE.get(language or "", ())))


# -- topics ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Topics:
    """What texts are about: `vectors`, float32, shape (n_texts, k), how much each is about each topic.

    `terms` are the ten words of each topic that weigh most, first first; `explained` is the share of the texts' squared
    length that each topic holds, which goes down. A text without words that tell has a row of zeros.
    """

    vectors: np.ndarray
    terms: tuple[tuple[str, ...], ...]
    explained: tuple[float, ...]


def topics(lyrics: pl.Series, n_topics: int, seed: int = 0) -> Topics:
    """At most `n_topics` topics of texts: latent semantic analysis (Deerwester et al. 1990), turned to be readable.

    Words weigh ln(1 + count) * idf, texts have length 1. The directions of the truncated SVD are rotated by varimax (Kaiser
    1958), so that a topic is made of few words; each points to where its heaviest words are positive. Words that half the
    texts of their language have are left out. Few texts give fewer topics, or none.
    """
    weights, words = _weighted_words(lyrics)
    k = min(n_topics, *weights.shape)
    if k < 1 or weights.shape[1] < 2:
        return Topics(np.zeros((len(lyrics), 0), dtype=np.float32), (), ())
    from sklearn.preprocessing import normalize  # noqa: PLC0415
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415

    weights = normalize(weights)
    with threadpool_limits(1):  # the order of a sum must not hang on how many cores there are
        _, sizes, found = randomized_svd(weights, k, n_iter=7, random_state=seed)
        directions = _varimax(found[sizes > 1e-5 * sizes[0]].astype(np.float64))
    directions *= np.where((directions**3).sum(axis=1, keepdims=True) < 0, -1, 1)
    vectors = np.asarray(weights @ directions.T)
    explained = (vectors**2).sum(axis=0) / weights.multiply(weights).sum()
    order = np.argsort(-explained, kind="stable")
    return Topics(
        vectors[:, order].astype(np.float32),
        tuple(_terms(directions[topic], words) for topic in order),
        tuple(float(share) for share in explained[order]),
    )


def _terms(direction: np.ndarray, words: list[str]) -> tuple[str, ...]:
    heaviest = np.argsort(-direction, kind="stable")[:_TERMS]
    return tuple(words[word] for word in heaviest if direction[word] > 0.05 * direction[heaviest[0]])


def _weighted_words(lyrics: pl.Series) -> tuple[sparse.csr_array, list[str]]:
    """ln(1 + count) * idf of the words that tell, float32, shape (n_texts, n_words), and the words."""
    text = _sung(lyrics)
    told = pl.DataFrame({"language": _languages(text)[0], "word": text.str.to_lowercase().str.extract_all(_WORD)})
    counts = (
        told.with_row_index("row")
        .explode("word")
        .filter(pl.col("word").str.contains(r"^(?:[\p{Han}\p{Hiragana}\p{Katakana}]|\p{L}.+)$"))
        .group_by("row", "language", "word")
        .agg(count=pl.len())
    )
    texts = pl.col("row").n_unique().over("language")
    share = pl.len().over("language", "word") / texts
    counts = counts.filter((texts < _LEAST_TEXTS) | (share <= _COMMONEST)).filter(pl.len().over("word") > 1)
    words = counts["word"].unique().sort()
    codes = words.to_frame("word").with_row_index("column")
    counts = counts.join(codes, on="word").sort("row", "column")
    entries = (counts["count"].to_numpy(), (counts["row"].to_numpy(), counts["column"].to_numpy()))
    matrix = sparse.csr_array(sparse.coo_array(entries, shape=(len(lyrics), len(words))), dtype=np.float32)
    return sparse.csr_array(log_counts(matrix) * telling(matrix)), words.to_list()


def _varimax(directions: np.ndarray, rounds: int = 30) -> np.ndarray:
    """Orthonormal rows, shape (k, n), turned among themselves so that the variance of their squares is greatest."""
    loadings, k = directions.T, len(directions)
    rotation = np.eye(k)
    reached = 0.0
    for _ in range(rounds):
        # The rows stay of length 1, so the variance of their squares is greatest where the sum of their fourth powers is.
        turned = loadings @ rotation
        left, sizes, right = np.linalg.svd(loadings.T @ (turned * turned * turned))  # ** 3 is far slower
        rotation = left @ right
        if sizes.sum() <= reached * (1 + 1e-6):
            break
        reached = sizes.sum()
    return np.asarray((loadings @ rotation).T)
