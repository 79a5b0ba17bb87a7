"""`segue similar`: what is like this."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli import show
from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.cli.options import ModelOption, SnapshotOption
from segue.engine.engine import Engine
from segue.engine.histories import understand
from segue.home import Home


def command(
    names: Annotated[list[str], typer.Argument(help='"Artist" or "Artist - Title".')],
    n: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many for each.")] = 10,
    why: Annotated[bool, typer.Option("--why", help="Say what each has in common with it.")] = False,  # noqa: FBT002
    model: ModelOption = None,
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Show what is most like an artist or a track."""
    place = Home.at(home)
    engine = Engine.open(place.snapshots.directory, snapshot, model)
    understood = understand(names, place.library(), engine)
    answers = engine.similar([one.item_ids[0] for one in understood], n, alike=why or json is not None)
    document = [
        {"asked": one.asked, "item_id": one.item_ids[0], "similar": show.as_documents(found)}
        for one, found in zip(understood, answers, strict=True)
    ]
    if answer(document, json):
        return
    for one, found in zip(understood, answers, strict=True):
        [(_, title, names_of)] = engine.described(engine.places(one.item_ids[:1]))
        artists = ", ".join(names_of)
        say(f"Like {title}:" if artists in {"", title} else f"Like {artists} - {title}:")
        show.recommendations(found, why=why)
