"""How much there is of everything, how sparse it is, and when the music was made."""

from __future__ import annotations

import numpy as np
import polars as pl

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Cell, Shape, Table
from segue.exploring.view import View
from segue.exploring.wording import a, counted, joined, percent, plain, plural

MS_PER_MINUTE = 60_000
EARLIEST_YEAR = 1890


def sizes(view: View) -> tuple[str, str, Shape]:
    """Rows of every table that has any."""
    counts = {name: rows for name, rows in view.library.counts().items() if rows}
    if not counts:
        raise NotEnoughData("the library is empty: import something into it first (segue import PATH)")
    meanings = {table.name: table.meaning for table, _ in view.library.frames()}
    rows: tuple[tuple[Cell, ...], ...] = tuple((name, count, meanings[name]) for name, count in counts.items())
    largest = sorted(counts, key=lambda name: -counts[name])[:3]
    empty = [name for name in ("tracks", "listens", "listeners", "playlists") if name not in counts]
    without = f"; there are no {' and no '.join(empty)}" if empty else ""
    found = joined([f"{counts[name]:,} {name}" for name in largest])
    return f"The library has {found}{without}.", "rows", Table(("table", "rows", "meaning"), rows)


def sparsity(view: View) -> tuple[str, str, Shape]:
    """How much of the listeners x items matrix is filled, at each level."""
    rows: list[tuple[Cell, ...]] = []
    who = view.wording.who
    for heard in view.heard.values():
        matrix = heard.interactions.matrix
        filled = matrix.nnz / (matrix.shape[0] * matrix.shape[1])
        of_each = np.diff(matrix.indptr)
        rows += [
            (f"{plural(who)} x {plural(heard.noun)}", f"{matrix.shape[0]:,} x {matrix.shape[1]:,}"),
            (f"pairs of a {who} and {a(heard.noun)}", f"{matrix.nnz:,}"),
            (f"filled share of the {heard.noun} matrix", f"{filled:.2%}"),
            (f"{plural(heard.noun)} of a {who} (quarter, half, three quarters)", _quartiles(of_each)),
        ]
    heard = view.main
    matrix = heard.interactions.matrix
    rows.append((f"all {plural(view.wording.unit)}", f"{heard.plays.sum():,.0f}"))
    one_in = matrix.shape[0] * matrix.shape[1] / max(matrix.nnz, 1)
    finding = (
        f"{counted(matrix.shape[0], who)} and {counted(matrix.shape[1], heard.noun)} meet in one of "
        f"{plain(max(1.0, round(one_in)))} possible pairs; the middle {who} has {plain(float(np.median(np.diff(matrix.indptr))))} "
        f"{plural(heard.noun)}."
    )
    return finding, "", Table(("what", "value"), tuple(rows))


def decades(view: View) -> tuple[str, str, Shape]:
    """How many tracks came out in each decade."""
    years = track_years(view)["year"].drop_nulls().to_numpy()
    if not len(years):
        raise NotEnoughData("no track or release says when it came out")
    starts = years // 10 * 10
    spans = np.arange(starts.min(), starts.max() + 10, 10)
    values = np.array([(starts == start).sum() for start in spans])
    top = int(values.argmax())
    finding = (
        f"{percent(values[top] / len(years))} of the dated tracks came out in the {spans[top]}s; the middle one in "
        f"{int(np.median(years))}, the oldest in {years.min()}."
    )
    return (
        finding,
        "tracks",
        Bars(tuple(f"{start}s" for start in spans), tuple(map(int, values)), "decade", ordered=True),
    )


def lengths(view: View) -> tuple[str, str, Shape]:
    """How long tracks are, in half minutes."""
    known = view.library.tracks["duration_ms"].drop_nulls()
    minutes = known.filter(known > 0).to_numpy() / MS_PER_MINUTE
    if not len(minutes):
        raise NotEnoughData("no track says how long it is")
    end = min(15.0, float(np.ceil(np.quantile(minutes, 0.995) * 2) / 2))
    edges = np.arange(0, end + 0.5, 0.5)
    values, _ = np.histogram(minutes[minutes < edges[-1]], edges)
    labels = [_clock(start) for start in edges[:-1]]
    longer = int((minutes >= edges[-1]).sum())
    if longer:
        labels.append(f"{_clock(edges[-1])}+")
        values = np.append(values, longer)
    low, middle, high = np.quantile(minutes, (0.05, 0.5, 0.95))
    finding = f"The middle track lasts {_clock(middle)}; nine of ten last between {_clock(low)} and {_clock(high)}."
    return finding, "tracks", Bars(tuple(labels), tuple(map(int, values)), "minutes from", ordered=True)


def track_years(view: View) -> pl.DataFrame:
    """`track_id` and `year` (null where not known) of each of `view.tracks`, by its own date or its release's."""
    releases = view.library.releases.select("release_id", released="date").unique("release_id", maintain_order=True)
    tracks = view.tracks.join(releases, on="release_id", how="left", maintain_order="left")
    year = pl.coalesce("date", "released").dt.year()
    credible = year.is_between(EARLIEST_YEAR, view.now.year)
    return tracks.select("track_id", year=pl.when(credible).then(year))


def _quartiles(values: np.ndarray) -> str:
    return ", ".join(plain(float(value)) for value in np.quantile(values, (0.25, 0.5, 0.75)))


def _clock(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 60}:{seconds % 60:02}"


CONTENTS = (Recipe("sizes", "Sizes", sizes), Recipe("sparsity", "Sparsity", sparsity))
RECIPES = (Recipe("decades", "Decades", decades), Recipe("lengths", "How long tracks are", lengths))
