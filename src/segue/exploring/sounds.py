"""How the catalogue sounds: audio features one by one, over the years, and together."""

from __future__ import annotations

import numpy as np
import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.catalogue import track_years
from segue.exploring.report import Recipe
from segue.exploring.shapes import Grid, Line, Lines, Panels, Shape, numbers
from segue.exploring.view import View
from segue.exploring.wording import plain
from segue.features.clusters import Measures
from segue.library.tables import AUDIO_FEATURES

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 40
MANY = 500
FEWEST_A_YEAR = 20
UNITS = {"loudness": "dB", "tempo": "beats a minute"}


def measured(view: View) -> Measures:
    """The audio features that any track has, in the order of `view.track_ids`; a tempo of 0 counts as not known.

    Raises `NotEnoughData` when no track has any.
    """
    known = [pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in AUDIO_FEATURES]
    tracks = view.tracks.with_columns(known).with_columns(tempo=pl.when(pl.col("tempo") > 0).then("tempo"))
    names = tuple(name for name in AUDIO_FEATURES if tracks[name].null_count() < tracks.height)
    if not names:
        raise NotEnoughData("no track has audio features")
    return Measures(tracks.select(names).to_numpy().astype(np.float64), names)


def distributions(view: View) -> tuple[str, str, Shape]:
    """How the values of each feature are spread."""
    measures = measured(view)
    panels = []
    skew = []
    for name, column in zip(measures.names, measures.values.T, strict=True):
        known = column[~np.isnan(column)]
        outliers = 0.002 if len(known) >= MANY else 0.0
        low, high = (0.0, 1.0) if name not in UNITS else tuple(np.quantile(known, (outliers, 1 - outliers)))
        counts, edges = np.histogram(known, BINS, (low, max(high, low + 1e-6)))
        middles = (edges[1:] + edges[:-1]) / 2
        line = Line(name, numbers(middles, 4), numbers(100 * counts / len(known), 3))
        panels.append(Lines((line,), UNITS.get(name, "from 0 to 1"), "% of tracks"))
        spread = known.std()
        skew.append(float(((known - known.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0)
    odd = int(np.abs(skew).argmax())
    tracks = int((~np.isnan(measures.values)).any(axis=1).sum())
    side = "least" if skew[odd] > 0 else "greatest"
    middle = plain(float(np.nanmedian(measures.values[:, odd])))
    finding = (
        f"{tracks:,} tracks have audio features. The most lopsided is {measures.names[odd]}: most tracks lie near the "
        f"{side} value, and the median is {middle}."
    )
    return finding, "% of tracks", Panels(measures.names, tuple(panels))


def over_years(view: View) -> tuple[str, str, Shape]:
    """The median of each feature by year of release, with the band of the middle half."""
    measures = measured(view)
    years = track_years(view).select(pl.col("year").fill_null(0)).to_series().to_numpy()
    counts = np.bincount(years)
    shown = [year for year in np.flatnonzero(counts >= FEWEST_A_YEAR) if year]
    if len(shown) < 5:
        raise NotEnoughData(f"fewer than five years have {FEWEST_A_YEAR} tracks with a date")
    panels, changes = [], []
    for name, column in zip(measures.names, measures.values.T, strict=True):
        bands = np.array([_quartiles(column[years == year]) for year in shown])
        line = Line(name, tuple(map(int, shown)), *(numbers(bands[:, place], 4) for place in (1, 0, 2)))
        panels.append(Lines((line,), "year", UNITS.get(name, "from 0 to 1")))
        ends = max(1, len(shown) // 4)
        first, last = (part[~np.isnan(part)] for part in (bands[:ends, 1], bands[-ends:, 1]))
        change = last.mean() - first.mean() if len(first) and len(last) else 0.0
        changes.append(float(change / max(np.nanstd(column), 1e-12)))
    most = int(np.abs(changes).argmax())
    finding = (
        f"From {shown[0]} to {shown[-1]}, {measures.names[most]} changed most: its median "
        f"{'rose' if changes[most] > 0 else 'fell'} by {plain(abs(changes[most]))} standard deviations between the first "
        "and the last quarter of the years."
    )
    return finding, "median and middle half", Panels(measures.names, tuple(panels))


def correlations(view: View) -> tuple[str, str, Shape]:
    """Pearson's correlation of each pair of features, over the tracks that have both."""
    measures = measured(view)
    if len(measures.names) < 2:
        raise NotEnoughData("only one audio feature is known")
    n = len(measures.names)
    matrix = np.full((n, n), np.nan)
    for one in range(n):
        for other in range(n):
            matrix[one, other] = _correlation(measures.values[:, one], measures.values[:, other])
    pairs = np.abs(np.nan_to_num(np.triu(matrix, 1)))
    one, other = np.unravel_index(pairs.argmax(), pairs.shape)
    strongest = matrix[one, other]
    finding = (
        f"Most closely bound: {measures.names[one]} and {measures.names[other]} ({strongest:+.2f}), which "
        f"{'rise together' if strongest > 0 else 'pull apart'}."
    )
    rows = tuple(numbers(row, 3) for row in matrix)
    return finding, "correlation", Grid(measures.names, measures.names, rows, "feature", diverging=True)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    one, other = one[both], other[both]
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _quartiles(values: np.ndarray) -> np.ndarray:
    known = values[~np.isnan(values)]
    return np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else np.full(3, np.nan)


RECIPES = (
    Recipe("feature-distributions", "Audio features", distributions),
    Recipe("features-over-years", "Audio features over the years", over_years),
    Recipe("feature-correlations", "What goes together", correlations),
)
