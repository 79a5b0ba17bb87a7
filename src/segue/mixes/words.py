"""From words to music: "calm piano for rain" as sounds, genres and tags to look for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from segue.engine.engine import Engine
from segue.errors import BadRequest, NotFound
from segue.features.groups import FeatureGroup
from segue.features.tags import tag_key
from segue.library.titles import normalise
from segue.mixes.vocabulary import FILLERS, NOT, VOCABULARY, Targets

LONGEST = 200
"""Nobody says more characters of what they want to hear."""
MOST_NAMES = 5_000
"""Of a group of words, so many are understood: those that most items have."""
GROUPS = ("tags", "genres", "playlists")
"""The groups of features whose words may be said, the plainest first."""
_PHRASE = 4


@dataclass(frozen=True)
class Words:
    """What a text was taken for.

    Attributes:
        text: what was said.
        targets: values of audio features to be near to, as in `Controls.targets`.
        genres: names of `Facts.genre_names`.
        tags: other words that items have, as they are spelt here.
        unknown: what was not understood, in the order it was said.
    """

    text: str
    targets: Targets = field(default_factory=dict)
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def understand_words(texts: Sequence[str], engine: Engine) -> list[Words]:
    """What is meant by each text: words of `VOCABULARY`, genres, and words that items of the snapshot have, in any spelling.

    The longest phrase that means something counts. A word of the vocabulary says how music should sound, and is looked for among
    the tags as well; "not" (no, without, less) before one turns its shares round. What means nothing is reported in `unknown`.

    Raises `NotFound`, with examples, where nothing at all was understood; `BadRequest` for a text of over 200 characters.
    """
    names = names_of(engine)
    return [_understood(text, names) for text in texts]


def match(tags: Sequence[str], items: np.ndarray, engine: Engine) -> np.ndarray:
    """How much items have these words, 0 to 1 for each word, added up: float32, shape (n,).

    1 is what the item has that has most of the word, in the group where the item has most of it.
    """
    found = np.zeros(len(items), dtype=np.float32)
    if engine.features is None:
        return found
    for tag in tags:
        best = np.zeros(len(items), dtype=np.float32)
        for group, column in names_of(engine).columns(tag):
            matrix = engine.features.groups[group].matrix
            most = names_of(engine).most[group][column]
            best = np.maximum(best, _column(matrix, column, items) / max(most, np.float32(1e-6)))
        found += best
    return found


# -- what may be said ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Names:
    """Genres and words of items by key (`tag_key`).

    Attributes:
        genres: the name in `Facts.genre_names` of each key.
        tags: of each key, the spelling and (group, column) of each group that has it.
        most: of each group, by its place in the features, the largest value in each column.
    """

    genres: dict[str, str]
    tags: dict[str, tuple[str, list[tuple[int, int]]]]
    most: dict[int, np.ndarray]

    def genre(self, said: str) -> str | None:
        """The genre of that name, in any spelling."""
        [key] = _keys([said])
        return self.genres.get(key) if key is not None else None

    def tag(self, said: str) -> str | None:
        """The word that items have, in any spelling."""
        [key] = _keys([said])
        return self.tags[key][0] if key in self.tags else None

    def commonest(self, n: int) -> list[str]:
        """Some words that many items have."""
        return [spelling for spelling, _ in list(self.tags.values())[:n]]

    def columns(self, tag: str) -> list[tuple[int, int]]:
        """Where a word stands in the features: (place of the group, column)."""
        [key] = _keys([tag])
        return self.tags[key][1] if key in self.tags else []


_known: WeakKeyDictionary[Engine, Names] = WeakKeyDictionary()


def names_of(engine: Engine) -> Names:
    """What may be said of the music of a snapshot; read once for each engine, for making keys takes time."""
    found = _known.get(engine)
    if found is None:
        found = _known[engine] = _names(engine)
    return found


def _names(engine: Engine) -> Names:
    called = engine.catalogue.facts.genre_names
    genres = {key: name for key, name in zip(_keys(called), called, strict=True) if key is not None}
    tags: dict[str, tuple[str, list[tuple[int, int]]]] = {}
    most = {}
    groups = () if engine.features is None else engine.features.groups
    for name in GROUPS:
        for place, group in enumerate(groups):
            if group.name == name:
                columns, most[place] = _telling(group)
                for key, column in zip(_keys([group.names[one] for one in columns]), columns, strict=True):
                    if key is not None:
                        tags.setdefault(key, (group.names[column], []))[1].append((place, column))
    return Names(genres, tags, most)


def _telling(group: FeatureGroup) -> tuple[list[int], np.ndarray]:
    """The columns that most items have, the commonest first; and the largest value of each column."""
    matrix = group.matrix
    n_columns = matrix.shape[1]
    used = np.bincount(matrix.indices, minlength=n_columns)
    most = np.zeros(n_columns, dtype=np.float32)
    np.maximum.at(most, matrix.indices, matrix.data)
    order = np.argsort(-used, kind="stable")
    common = order[used[order] > 0][:MOST_NAMES].tolist()
    return [column for column in common if not FILLERS & set(_ends(group.names[column]))], most


def _ends(name: str) -> list[str]:
    """The first and the last word: a phrase out of a playlist's title that has a filler there ("for cooking") is half a phrase."""
    words = normalise(name).split()
    return [words[0], words[-1]] if words else []


def _keys(names: Sequence[str]) -> list[str | None]:
    return tag_key(pl.Series(names, dtype=pl.String)).to_list()


def _column(matrix: object, column: int, items: np.ndarray) -> np.ndarray:
    """One column of a CSR matrix at some rows, float32, shape (n,)."""
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data  # type: ignore[attr-defined]
    starts, ends = indptr[items].astype(np.int64), indptr[items + 1].astype(np.int64)
    lengths = ends - starts
    total = np.concatenate([[0], np.cumsum(lengths)])
    entries = np.repeat(starts - total[:-1], lengths) + np.arange(total[-1])
    hits = np.flatnonzero(indices[entries] == column)
    found = np.zeros(len(items), dtype=np.float32)
    found[np.searchsorted(total, hits, side="right") - 1] = data[entries[hits]]
    return found


# -- what was said -------------------------------------------------------------------------------------------------------


def _understood(text: str, names: Names) -> Words:
    if len(text) > LONGEST:
        raise BadRequest(f"{text[:40]!r}… is {len(text)} characters long: say it in up to {LONGEST}")
    said = normalise(text).split()
    phrases = {
        (start, length): " ".join(said[start : start + length])
        for start in range(len(said)) for length in range(1, min(_PHRASE, len(said) - start) + 1)
    }  # fmt: skip
    keys = dict(zip(phrases.values(), _keys(list(phrases.values())), strict=True))
    targets: dict[str, list[float]] = {}
    genres: list[str] = []
    tags: list[str] = []
    unknown: list[str] = []
    place = 0
    while place < len(said):
        length = _longest(said, place, lambda phrase: phrase in VOCABULARY or _named(keys.get(phrase), names))
        phrase = " ".join(said[place : place + length])
        turned = place > 0 and said[place - 1] in NOT and phrase not in NOT
        key = keys[phrase]
        if phrase in VOCABULARY:
            for feature, value in VOCABULARY[phrase].items():
                targets.setdefault(feature, []).append(_turned(feature, value) if turned else value)
            if key in names.tags and not turned:
                tags.append(names.tags[key][0])
        elif _named(key, names) and phrase not in FILLERS and not turned:
            (genres if key in names.genres else tags).append(
                names.genres[key] if key in names.genres else names.tags[key][0]  # type: ignore[index]
            )
        elif phrase not in FILLERS and phrase not in NOT:
            unknown.append(phrase)
        place += length
    if not (targets or genres or tags):
        raise NotFound(f"{text!r} says nothing of music here: {_examples(names)}")
    means = {feature: float(np.mean(values)) for feature, values in targets.items()}
    return Words(text, means, *(tuple(dict.fromkeys(found)) for found in (genres, tags, unknown)))


def _longest(said: Sequence[str], place: int, means: Callable[[str], bool]) -> int:
    """How many words from this place on mean something together: 1 where none do."""
    for length in range(min(_PHRASE, len(said) - place), 1, -1):
        if means(" ".join(said[place : place + length])):
            return length
    return 1


def _named(key: str | None, names: Names) -> bool:
    return key is not None and (key in names.genres or key in names.tags)


def _turned(feature: str, value: float) -> float:
    """The other end of a feature: a share of 0.2 becomes 0.8; tempo and loudness are turned round their usual middle."""
    middle = {"tempo": 120.0, "loudness": -10.0}.get(feature, 0.5)
    return 2 * middle - value


def _examples(names: Names) -> str:
    some = [*list(names.genres.values())[:2], *(name for name, _ in list(names.tags.values())[:1])]
    return f"say how it should sound (calm, happy, fast, for sleep) or what it is ({', '.join(some) or 'acoustic'})"
