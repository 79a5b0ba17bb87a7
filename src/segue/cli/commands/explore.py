"""`segue explore`: what is in a data set, with a finding for every figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer_console, library_at, page_option, say, working
from segue.cli.options import parse_level
from segue.library.library import write_atomically


def command(
    data: Annotated[Path | None, typer.Argument(help="A file or directory to explore; the library by default.")] = None,
    html: Annotated[Path | None, page_option("Write the report as one page that needs nothing else.")] = None,
    level: Annotated[
        str | None,
        typer.Option(
            "--level", help="Look at listening to tracks, releases or artists only: track, release or artist."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="For samples, clusters, maps and the word cloud.")] = 0,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Find out what is in a data set: how much, what is missing, what is played, how it sounds, what belongs together."""
    from segue.exploring import explore  # noqa: PLC0415
    from segue.exploring.page import as_html  # noqa: PLC0415
    from segue.exploring.report import as_json  # noqa: PLC0415
    from segue.exploring.text import Findings  # noqa: PLC0415

    chosen = parse_level(level)
    name, library = library_at(data, home)
    with working() as progress:
        report = explore(library, name=name, level=chosen, seed=seed, progress=Steps(progress))
    if html is not None:
        write_atomically(html, as_html(report).encode())
    if str(json) == "-":
        answer_console.file.write(as_json(report))
        return
    if json is not None:
        write_atomically(json, as_json(report).encode())
    if html is None and json is None:
        answer_console.print(Findings(report))
        return
    figures = sum(len(section.figures) for section in report.sections)
    written = " and ".join(str(path) for path in (html, json) if path is not None)
    say(f"{figures} figures of {name} are in {written}")
