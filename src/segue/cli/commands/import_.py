"""`segue import`: outside formats into the library."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from segue import sources
from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.home import Home
from segue.library.alignment import align, with_works
from segue.library.library import Library


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files or directories.")],
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"Do not guess: {', '.join(sources.readers())}.")
    ] = None,
    match: Annotated[bool, typer.Option(help="Recognise tracks that the library already has under other ids.")] = True,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Import catalogues, listening histories and playlists. Importing the same twice changes nothing."""
    place = Home.at(home)
    readings: list[sources.Reading] = []
    matched: list[str] = []
    with place.changing(), working() as progress:
        steps = Steps(progress)
        before = after = place.library() if place.has_library else Library()
        for path in paths:
            steps(f"reading {path}")
            readings.append(sources.read([path], format_name))
            incoming = readings[-1].library
            if match and after.tracks.height + after.artists.height:
                steps(f"matching {path} with what is in the library")
                incoming, report = align(incoming, after)
                matched.append(f"{path}: {report}")
            elif match:
                incoming = with_works(incoming)
            after = after.merge(incoming)
        steps("checking")
        after.validate()
        steps("saving")
        after.save(place.library_path)
    rejected = [row for reading in readings for row in reading.rejects.rows]
    formats: dict[str, str] = {}
    for reading in readings:
        formats |= reading.formats
    rejects = _write_rejects(sources.Rejects(rejected), place)
    gained = {name: rows - before.counts()[name] for name, rows in after.counts().items()}
    document = {
        "formats": formats, "gained": gained, "library": after.counts(), "rejected": len(rejected),
        "rejects_file": rejects and str(rejects), "matched": matched,
    }  # fmt: skip
    if answer(document, json):
        return
    for file, name in formats.items():
        say(f"{file}: {name}")
    for table, rows in gained.items():
        if rows:
            say(f"  {rows:>+12,} {table}")
    if not any(gained.values()):
        say("  nothing new")
    for report_line in matched:
        say(f"  matched {report_line}")
    if rejects is not None:
        first = rejected[0]
        say(f"{len(rejected):,} rows could not be read and are listed in {rejects}; the rest is in.")
        say(f"  first: {first.file}, line {first.line}: {first.why}")


def _write_rejects(rejects: sources.Rejects, place: Home) -> Path | None:
    if not len(rejects):
        return None
    folder = place.path / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S')}.csv"
    rejects.write(path)
    return path
