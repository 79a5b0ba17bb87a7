"""`segue scan`: a folder of music files into the library."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from segue.cli.context import HomeOption, JsonOption, answer, answer_console, progress_console, say
from segue.errors import SegueError
from segue.home import Home
from segue.library.library import Library
from segue.scanning.catalogue import Scan, catalogue
from segue.scanning.scan import Examined, Progress, Tell, examine
from segue.scanning.store import AnalysisStore
from segue.scanning.work import hear

_PACKAGES = ("librosa", "pyloudnorm", "soundfile", "tinytag")
_KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SECONDS_BETWEEN_LINES = 15
# Where the answer is no terminal, and nobody says how wide it is, nothing is left out.
_WIDE = 150


class PackagesMissing(SegueError):
    """The packages that read audio are not installed."""


def command(
    directory: Annotated[Path, typer.Argument(help="The folder that holds the music.")],
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=1024, help="Processes that analyse (default: one a core).")
    ] = None,
    analysis: Annotated[bool, typer.Option(help="Listen to the files; without it, only their tags are read.")] = True,  # noqa: FBT002
    n: Annotated[int, typer.Option("-n", "--count", min=0, help="How many tracks to show.")] = 20,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Find the music below a folder, analyse how it sounds, and put it into the library.

    What was analysed once is not analysed again. The folder itself is never written to.
    """
    if any(find_spec(name) is None for name in _PACKAGES):
        raise PackagesMissing("segue scan needs the audio packages: pip install 'segue[audio]'")
    place = Home.at(home)
    examined, before, scan = _scanned(directory, place, workers or _cores(), analysis=analysis)
    rejects = _write_rejects(examined, place)
    tracks = _tracks(scan)
    if answer(_document(examined, scan, before, rejects, tracks), json):
        return
    if n and tracks.height:
        width = _width()
        Console(width=width).print(_table(tracks.head(n), width))
        if tracks.height > n:
            say(f"and {tracks.height - n:,} more: -n shows more, --json all")
        say()
    for line in _summary(examined, scan, analysis=analysis):
        say(line)
    if rejects is not None:
        first = examined.rejects.rows[0]
        say(f"{len(examined.rejects):,} could not be read and are listed in {rejects}; the rest is in.")
        say(f"  first: {first.file}: {first.why}")


def _scanned(directory: Path, place: Home, workers: int, *, analysis: bool) -> tuple[Examined, Library, Scan]:
    """What is in the folder, the library as it was, and what came of both, which is saved."""
    from segue.features.audio import ANALYSIS_VERSION, AUDIO_SUFFIXES  # noqa: PLC0415 (optional, and slow to load)

    with AnalysisStore.open(place.analyses_path, ANALYSIS_VERSION) as store:
        try:
            with _shown() as tell:
                examined = examine(directory, store, AUDIO_SUFFIXES, workers, hear if analysis else None, tell)
        except KeyboardInterrupt:
            text = f"segue: interrupted; {len(store):,} analyses are kept, and the same command goes on from there"
            progress_console.print(text, highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(130) from None
        # The analyses may have taken hours, in which the library was free for others to change.
        with place.changing(), _shown() as tell:
            tell(Progress("putting it into the library", 0, 0))
            before = place.library() if place.has_library else Library()
            scan = catalogue(examined, before)
            scan.library.save(place.library_path)
        store.settle(scan.told.items(), scan.gone_paths)
    return examined, before, scan


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _write_rejects(examined: Examined, place: Home) -> Path | None:
    if not len(examined.rejects):
        return None
    folder = place.path / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S')}.csv"
    examined.rejects.write(path)
    return path


# -- progress ----------------------------------------------------------------------------------------------------


@contextmanager
def _shown() -> Iterator[Tell]:
    """Shows progress on standard error: a bar on a terminal, a line now and then elsewhere."""
    if not progress_console.is_terminal:
        yield _Lines(progress_console)
        return
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=None),
        TextColumn("{task.fields[counted]}"), TextColumn("[cyan]{task.fields[left]}"),
    )  # fmt: skip
    with Bar(*columns, console=progress_console, transient=True, expand=True) as bar:
        task = bar.add_task("starting", total=None, counted="", left="")

        def tell(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.step,
                total=progress.audio_total_s or progress.total or None,
                completed=progress.audio_s if progress.audio_total_s else progress.done,
                counted=f"{progress.done:,}/{progress.total:,} files" if progress.total else "",
                left=_left(progress),
            )

        yield tell


@dataclass
class _Lines:
    """A line for each step, and now and then one on how far it has come."""

    console: Console
    step: str = ""
    said_at: float = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.step == self.step and now - self.said_at < _SECONDS_BETWEEN_LINES:
            return
        self.step, self.said_at = progress.step, now
        counted = f": {progress.done:,} of {progress.total:,} files" if progress.total else ""
        left = _left(progress)
        self.console.print(
            f"{progress.step}{counted}{left and f', {left}'}", highlight=False, markup=False, soft_wrap=True
        )


def _left(progress: Progress) -> str:
    return "" if progress.left_s is None else f"{_span(progress.left_s)} left"


def _span(seconds: float) -> str:
    """How long: 8 s, 2 min 5 s, 3 h 20 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


# -- the answer --------------------------------------------------------------------------------------------------


def _tracks(scan: Scan) -> pl.DataFrame:
    """The tracks in the folder, in order of their paths, with the names of their artists and releases."""
    library = scan.library
    names = dict(library.artists.select("artist_id", "name").iter_rows())
    titles = library.releases.select("release_id", release="title")
    order = pl.DataFrame({"track_id": scan.track_ids}, schema={"track_id": pl.String})
    tracks = order.join(library.tracks, on="track_id", how="left", maintain_order="left")
    artists = [[names[one] for one in ids or ()] for ids in tracks["artist_ids"].to_list()]
    return tracks.with_columns(artists=pl.Series(artists, dtype=pl.List(pl.String))).join(
        titles, on="release_id", how="left", maintain_order="left"
    )


def _share(name: str) -> Any:
    return lambda row: "" if row[name] is None else f"{row[name]:.0%}"


def _key(row: dict[str, Any]) -> str:
    mode = {1: " major", 0: " minor"}.get(row["mode"], "")
    return "" if row["key"] is None else f"{_KEYS[row['key']]}{mode}"


def _length(row: dict[str, Any]) -> str:
    if row["duration_ms"] is None:
        return ""
    minutes, seconds = divmod(round(row["duration_ms"] / 1000), 60)
    return f"{minutes}:{seconds:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


# What is shown of a track besides its names, the most telling first: as much as there is room for.
_COLUMNS: dict[str, Any] = {
    "length": _length,
    "tempo": lambda row: "" if row["tempo"] is None else f"{row['tempo']:.0f}",
    "key": _key,
    "loudness": lambda row: "" if row["loudness"] is None else f"{row['loudness']:.1f} dB",
    "energy": _share("energy"),
    "dance": _share("danceability"),
    "acoustic": _share("acousticness"),
    "instr.": _share("instrumentalness"),
    "valence": _share("valence"),
}
# Of the spaces between two columns the box has one, and the padding the rest.
_BETWEEN = 2
_LEAST_NAMES = 40


def _width() -> int:
    return answer_console.width if answer_console.is_terminal or "COLUMNS" in os.environ else _WIDE


def _table(tracks: pl.DataFrame, width: int) -> Table:
    """The tracks as a table no wider than `width`: names give way first, then columns from the right."""
    rows = tracks.with_columns(artist=pl.col("artists").list.join(", ")).rows(named=True)
    cells = {name: [shown(row) for row in rows] for name, shown in _COLUMNS.items()}
    cells = {name: column for name, column in cells.items() if any(column)}
    needed = {name: max(map(cell_len, (name, *column))) + _BETWEEN for name, column in cells.items()}
    while needed and sum(needed.values()) + _LEAST_NAMES > width:
        needed.popitem()
    room = max(width - sum(needed.values()), 10)
    longest = [max(map(cell_len, [name, *(row[name] for row in rows)])) for name in ("artist", "title")]
    artist = min(longest[0], max(room * 2 // 5, room - longest[1] - 2 * _BETWEEN))
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _BETWEEN - 1, 0, 0), header_style="bold"
    )
    table.add_column("artist", no_wrap=True, overflow="ellipsis", width=artist, style="cyan")
    table.add_column("title", no_wrap=True, overflow="ellipsis", width=min(longest[1], room - artist - 2 * _BETWEEN))
    for name in needed:
        table.add_column(name, justify="left" if name == "key" else "right", no_wrap=True)
    for place, row in enumerate(rows):
        # Text: a title may look like markup ("[live]").
        table.add_row(Text(row["artist"] or "?"), Text(row["title"]), *(cells[name][place] for name in needed))
    return table


def _summary(examined: Examined, scan: Scan, *, analysis: bool) -> list[str]:
    states = [f"{getattr(scan, name):,} {name}" for name in ("new", "changed", "moved", "unchanged", "gone")]
    found = len(examined.files) + examined.failed
    counted = ", ".join(text for text in states if not text.startswith("0 ")) or "none"
    lines = [f"{found:,} files, {_span(_seconds(examined))} of music: {counted}"]
    if analysis:
        pace = f" in {_span(examined.elapsed_s)}, {_speed(examined):,.0f} x real time" if examined.analysed else ""
        lines[0] += (
            f"; {examined.analysed:,} analysed now{pace}; {examined.cached:,} taken from the cache;"
            f" {examined.failed:,} failed"
        )
    joined = () if scan.matched is None else (scan.matched.tracks, scan.matched.artists, scan.matched.releases)
    if any(one.text + one.version + one.fuzzy for one in joined):
        lines.append(f"matched {scan.matched}")
    return lines


def _seconds(examined: Examined) -> float:
    return sum(file.duration_ms or 0 for file in examined.files) / 1000


def _speed(examined: Examined) -> float:
    return examined.audio_s / examined.elapsed_s if examined.elapsed_s else 0.0


def _document(
    examined: Examined, scan: Scan, before: Library, rejects: Path | None, tracks: pl.DataFrame
) -> dict[str, Any]:
    shown = tracks.drop("lyrics", "sound").with_columns(
        key_name=pl.Series([_key(row) or None for row in tracks.iter_rows(named=True)], dtype=pl.String),
    )
    return {
        "directory": str(examined.directory),
        "files": {name: getattr(scan, name) for name in ("new", "changed", "moved", "unchanged", "gone")},
        "analysed": examined.analysed,
        "from_cache": examined.cached,
        "failed": examined.failed,
        "music_s": _seconds(examined),
        "analysed_s": examined.audio_s,
        "elapsed_s": round(examined.elapsed_s, 3),
        "gained": {name: rows - before.counts()[name] for name, rows in scan.library.counts().items()},
        "library": scan.library.counts(),
        "matched": scan.matched and str(scan.matched),
        "rejected": len(examined.rejects),
        "rejects_file": rejects and str(rejects),
        "tracks": _without_nulls(shown.rows(named=True)),
    }


def _without_nulls(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None and value != []} for row in rows]
