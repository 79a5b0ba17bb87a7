"""`segue path`: from one song to another in smooth steps."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli import show
from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.cli.options import SnapshotOption
from segue.engine.engine import Engine
from segue.engine.histories import understand
from segue.engine.request import Controls, Request
from segue.home import Home
from segue.mixes.path import MOST_STEPS, paths


def command(
    first: Annotated[
        str, typer.Argument(metavar="FROM", help='"Artist - Title", or "Artist" for their best known track.')
    ],
    last: Annotated[str, typer.Argument(metavar="TO", help="The same.")],
    steps: Annotated[int, typer.Option("--steps", min=1, max=MOST_STEPS, help="How many tracks stand between.")] = 8,
    clean: Annotated[bool, typer.Option("--clean", help="Nothing with explicit words.")] = False,  # noqa: FBT002
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Show a path from one song to another, each track a little nearer to the end than the one before it."""
    place = Home.at(home)
    engine = Engine.open(place.snapshots.directory, snapshot)
    start, end = (one.item_ids[0] for one in understand([first, last], place.library(), engine))
    [found] = paths([(start, end)], engine, steps, Request(controls=Controls(explicit=not clean)))
    document = {
        "snapshot": engine.manifest.name,
        "tracks": show.as_documents(found.tracks),
        "jumps": list(found.jumps),
        "direct": found.direct,
    }
    if answer(document, json):
        return
    show.recommendations(found.tracks, why=True)
    least, direct = (max(likeness, 0.0) for likeness in (min(found.jumps), found.direct))
    say(f"The largest jump is between tracks {least:.0%} alike; the first and the last are {direct:.0%} alike.")
