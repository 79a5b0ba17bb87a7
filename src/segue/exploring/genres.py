"""Genres and free words as groups of items: which are played most, and how they sound beside each other."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.errors import NotEnoughData
from segue.exploring.called import Kind, called
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Box, Boxes, Grid, Panels, Shape, numbers
from segue.exploring.sounds import QUANTILES, measured
from segue.exploring.view import View
from segue.exploring.wording import named, percent, plain, plural
from segue.features.clusters import genre_vectors
from segue.features.groups import scale_columns
from segue.library.interactions import Level

TOP = 20
COMPARED = 12
FEWEST_TRACKS = 20
KINDS: tuple[Kind, ...] = ("genres", "tags")


def membership(view: View, level: Level) -> tuple[np.ndarray, sparse.csr_array, tuple[str, ...]]:
    """Which item has which genre: item ids, CSR (n_items, n_genres) and the genres; free words where there are none.

    Raises `NotEnoughData` when the items of this level have neither.
    """
    for kind in KINDS:
        found = called(view, level, kind)
        if found is not None:
            return found[0], found[1].matrix, found[1].names
    raise NotEnoughData(f"no {level} has a genre or a tag")


def top_genres(view: View) -> tuple[str, str, Shape]:
    """What is played by genre; an item of several genres counts for each in equal parts."""
    names, plays = _plays_of_genres(view)
    order = np.argsort(-plays, kind="stable")[:TOP]
    unit = plural(view.wording.unit)
    share, together = plays[order[0]] / plays.sum(), plays[order].sum() / plays.sum()
    finding = (
        f"{percent(share)} of {view.wording.all} "
        f"{view.wording.goes} to {named(names[order[0]])}; the first {len(order)} of {len(names):,} "
        f"make up {percent(together)}."
    )
    return finding, unit, Bars(tuple(names[place] for place in order), numbers(plays[order].round(), 7), "genre")


def profiles(view: View) -> tuple[str, str, Shape]:
    """The mean of each audio feature in each genre, in standard deviations from the mean of all tracks."""
    names, belongs = _compared(view)
    measures = measured(view)
    scores = standard_scores(measures.values)
    means = genre_vectors(scores, belongs)
    genre, feature = np.unravel_index(np.abs(means).argmax(), means.shape)
    more = "above" if means[genre, feature] > 0 else "below"
    finding = (
        f"Furthest from the rest: the mean {measures.names[feature]} of {named(names[genre])}, "
        f"{plain(abs(float(means[genre, feature])))} standard deviations {more} that of all tracks."
    )
    grid = Grid(names, measures.names, tuple(numbers(row, 3) for row in means), "genre", diverging=True)
    return finding, "standard deviations", grid


def spreads(view: View) -> tuple[str, str, Shape]:
    """How each audio feature spreads within each genre."""
    names, belongs = _compared(view)
    measures = measured(view)
    by_genre = sparse.csc_array(belongs)
    panels, separation, features = [], [], []
    for feature, values in zip(measures.names, measures.values.T, strict=True):
        quantiles = []
        for genre in range(len(names)):
            members = by_genre.indices[by_genre.indptr[genre] : by_genre.indptr[genre + 1]]
            known = values[members][~np.isnan(values[members])]
            quantiles.append(np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan))
        table = np.array(quantiles)
        if np.isnan(table).all():
            continue
        features.append(feature)
        order = np.argsort(-table[:, 2], kind="stable")
        separation.append(float(np.nanstd(table[:, 2]) / max(np.nanstd(values), 1e-12)))
        panels.append(Boxes(tuple(Box(names[place], numbers(table[place], 4)) for place in order), "genre"))
    order = np.argsort(separation)
    finding = f"Genres differ most in {features[order[-1]]} and least in {features[order[0]]}, by their medians."
    return finding, "each feature's own unit", Panels(tuple(features), tuple(panels))


def standard_scores(values: np.ndarray) -> np.ndarray:
    """Each column as standard scores, float32; a value that is not known is 0, the mean."""
    spread = np.nanstd(values, axis=0)
    scores = (values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1)
    return np.nan_to_num(scores).astype(np.float32)


def _compared(view: View) -> tuple[tuple[str, ...], sparse.csr_array]:
    """The genres with the most measured tracks, and which of the measured tracks are in them."""
    measures = measured(view)
    ids, matrix, names = membership(view, "track")
    places = np.searchsorted(ids, view.track_ids)
    matrix = matrix[places]
    known = ~np.isnan(measures.values).all(axis=1)
    counts = np.bincount(matrix[known].indices, minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:COMPARED]
    order = order[counts[order] >= FEWEST_TRACKS]
    if len(order) < 2:
        raise NotEnoughData(f"fewer than two genres have {FEWEST_TRACKS} tracks with audio features")
    return tuple(names[place] for place in order), sparse.csr_array(matrix[:, order])


def _plays_of_genres(view: View) -> tuple[tuple[str, ...], np.ndarray]:
    for level, heard in view.heard.items():
        try:
            ids, matrix, names = membership(view, level)
        except NotEnoughData:
            continue
        belongs = sparse.csr_array(matrix != 0, dtype=np.float64)
        parts = 1 / np.maximum(np.diff(belongs.indptr), 1)
        shared = scale_columns(sparse.csr_array(belongs.T), parts)
        plays = np.zeros(len(ids))
        at = np.searchsorted(ids, heard.interactions.item_ids)
        known = ids[np.minimum(at, len(ids) - 1)] == heard.interactions.item_ids
        plays[at[known]] = heard.plays[known]
        of_genres = np.asarray(shared @ plays)
        if of_genres.any():
            return names, of_genres
    raise NotEnoughData("nothing that is played has a genre or a tag")


RECIPES = (
    Recipe("top-genres", "Top genres", top_genres),
    Recipe("genre-profiles", "How genres sound", profiles),
    Recipe("genre-spreads", "How widely genres spread", spreads),
)
