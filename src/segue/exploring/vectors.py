"""Items as vectors to cluster and map: by how they sound, by what people call them, or by who plays them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.exploring.called import called, made_by
from segue.exploring.genres import standard_scores
from segue.exploring.sounds import measured
from segue.exploring.view import View
from segue.exploring.wording import plural
from segue.features.clusters import Measures
from segue.features.groups import FeatureGroup, scale_columns, unit_rows
from segue.library.interactions import Level

DIMENSIONS = 24
FEWEST = 12
FEWEST_WORDS = 3
FEWEST_LISTENERS = 5


@dataclass(frozen=True, eq=False)
class Vectors:
    """Items with vectors, float32 (n, d), and what describes them; `basis` says what likeness means here."""

    ids: np.ndarray
    values: np.ndarray
    basis: str
    measures: Measures | None
    words: FeatureGroup | None

    def rows(self, places: np.ndarray) -> Vectors:
        """Only these items."""
        measures, words = self.measures, self.words
        return replace(
            self,
            ids=self.ids[places],
            values=self.values[places],
            measures=measures and Measures(measures.values[places], measures.names),
            words=words
            and FeatureGroup(words.name, sparse.csr_array(words.matrix[places]), words.names, words.telling),
        )


def vectors_of(view: View, level: Level) -> Vectors:
    """The vectors of all items of which enough is known, tracks or artists, by the first basis that the data has.

    Tracks: audio features, then words, then listeners. Artists: words, then the mean of their tracks' features, then
    listeners. Raises `NotEnoughData` when there is none.
    """
    if getattr(view.library, f"{level}s").is_empty():
        raise NotEnoughData(f"there are no {view.nouns(level)}")
    known = _Known(view, level, _measures(view, level), called(view, level, "words"))
    ways = (known.by_sound, known.by_words) if level == "track" else (known.by_words, known.by_sound)
    for way in (*ways, known.by_listeners):
        found = way()
        if found is not None and len(found.ids) >= FEWEST:
            return found
    raise NotEnoughData(f"nothing tells {view.nouns(level)} apart: no audio features, no words, and too few listeners")


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the items of one level: audio features and words, each with the ids it is of."""

    view: View
    level: Level
    measures: tuple[np.ndarray, Measures] | None
    words: tuple[np.ndarray, FeatureGroup] | None

    def by_sound(self) -> Vectors | None:
        """Standard scores of the audio features."""
        if self.measures is None:
            return None
        ids, table = self.measures
        rows = np.flatnonzero(~np.isnan(table.values).all(axis=1))
        table, ids = Measures(table.values[rows], table.names), ids[rows]
        return Vectors(ids, standard_scores(table.values), "how they sound", table, _words_for(ids, self.words))

    def by_words(self) -> Vectors | None:
        """Words weighted by what they tell, in few dimensions; an item with one word lies where all that have it lie."""
        if self.words is None:
            return None
        ids, group = self.words
        called = np.diff(group.matrix.indptr)
        rows = np.flatnonzero(called >= FEWEST_WORDS)
        if len(rows) < FEWEST:
            rows = np.flatnonzero(called)
        if len(rows) < FEWEST:
            return None
        matrix = sparse.csr_array(group.matrix[rows])
        values = _reduced(unit_rows(scale_columns(matrix, group.telling)), self.view.seed)
        kept = FeatureGroup(group.name, matrix, group.names, group.telling)
        return Vectors(ids[rows], values, "what people call them", _measures_for(ids[rows], self.measures), kept)

    def by_listeners(self) -> Vectors | None:
        """Who plays them, in few dimensions."""
        try:
            heard = self.view.heard.get(self.level)
        except NotEnoughData:
            return None
        if heard is None:
            return None
        columns = sparse.csr_array(heard.amounts.T, dtype=np.float32)
        rows = np.flatnonzero(np.diff(columns.indptr) >= FEWEST_LISTENERS)
        if len(rows) < FEWEST:
            return None
        matrix = sparse.csr_array(columns[rows])
        matrix.data = np.log1p(matrix.data)
        ids = heard.interactions.item_ids[rows]
        basis = f"which {plural(self.view.wording.who)} have them"
        words, measures = _words_for(ids, self.words), _measures_for(ids, self.measures)
        return Vectors(ids, _reduced(unit_rows(matrix), self.view.seed), basis, measures, words)


def _measures(view: View, level: Level) -> tuple[np.ndarray, Measures] | None:
    """Audio features of tracks, or of artists as the mean of their tracks', with the items' ids."""
    try:
        measures = measured(view)
    except NotEnoughData:
        return None
    if level == "track":
        return view.track_ids, measures
    theirs = made_by(view)
    if theirs is None:
        return None
    ids, belongs = theirs
    known = (~np.isnan(measures.values)).astype(np.float64)
    total, count = belongs.T @ np.nan_to_num(measures.values), belongs.T @ known
    means = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return ids, Measures(means, measures.names)


def _reduced(matrix: sparse.csr_array, seed: int) -> np.ndarray:
    """The rows in few dimensions by truncated SVD, scaled to length 1."""
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    most = min(matrix.shape) - 1
    if most < 2:
        return matrix.toarray()
    with (
        threadpool_limits(1),
        np.errstate(divide="ignore", invalid="ignore"),
    ):  # of items that are all alike, the variance is 0
        values = TruncatedSVD(min(DIMENSIONS, most), random_state=seed).fit_transform(sparse.csr_matrix(matrix))
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.divide(values, length, out=np.zeros_like(values), where=length > 0).astype(np.float32)


def _words_for(ids: np.ndarray, words: tuple[np.ndarray, FeatureGroup] | None) -> FeatureGroup | None:
    if words is None:
        return None
    known, group = words
    return FeatureGroup(group.name, rows_of(known, group.matrix, ids), group.names, group.telling)


def rows_of(known: np.ndarray, matrix: sparse.csr_array, ids: np.ndarray) -> sparse.csr_array:
    """The rows of `ids` in a matrix whose rows are those of `known`, sorted; empty for an id that is not among them."""
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    keep = (known[at] == ids).astype(np.float32)
    rows = sparse.csr_array(sparse.diags_array(keep) @ sparse.csr_array(matrix[at]))
    rows.eliminate_zeros()
    return rows


def _measures_for(ids: np.ndarray, measures: tuple[np.ndarray, Measures] | None) -> Measures | None:
    if measures is None:
        return None
    known, table = measures
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    values = np.where((known[at] == ids)[:, np.newaxis], table.values[at], np.nan)
    return Measures(values, table.names) if (~np.isnan(values)).any() else None
