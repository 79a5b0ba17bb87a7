"""`segue recommend`: music worth playing, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue import sources
from segue.cli import show
from segue.cli.context import Home, HomeOption, JsonOption, answer, progress_console, say
from segue.cli.options import SnapshotOption
from segue.engine.engine import Engine, History
from segue.engine.histories import history_of_library, history_of_likes, history_of_listener, understand
from segue.library.library import Library
from segue.library.segments import age_group


def command(
    like: Annotated[
        list[str] | None, typer.Option("--like", help='"Artist" or "Artist - Title"; may be given several times.')
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", help="A listening history or playlist, in any format import reads.")
    ] = None,
    listener: Annotated[str | None, typer.Option("--listener", help="A listener of the library, by id.")] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="Where the listener is, for when nothing else is known.")
    ] = None,
    age: Annotated[int | None, typer.Option("--age", min=0, max=120, help="The listener's age, for the same.")] = None,
    n: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many.")] = 20,
    why: Annotated[bool, typer.Option("--why", help="Say what each owes its place to.")] = False,  # noqa: FBT002
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Recommend music for what you like, a history file, or a listener of the library."""
    place = Home.at(home)
    engine = Engine.open(place.snapshots.directory, snapshot)
    library = place.library()
    played = _history(like or [], history, listener, library, engine)
    segments = [f"country-{country.upper()}"] if country else []
    segments += [f"age-{age_group(age)}"] if age is not None else []
    [found] = engine.recommend([played], n, reasons=why or json is not None, segments=segments)
    if answer({"snapshot": engine.manifest.name, "recommendations": show.as_documents(found)}, json):
        return
    if found and found[0].source.startswith("popularity"):
        say("Nothing is known of this taste yet, so this is what many listeners play:")
    show.recommendations(found, why=why, verb="like" if history is None and listener is None else "played")


def _history(likes: list[str], file: Path | None, listener: str | None, library: Library, engine: Engine) -> History:
    history: dict[str, float] = {}
    if listener is not None:
        history |= history_of_listener(listener, library, engine)
    if file is not None:
        reading = sources.read([file])
        found, missing = history_of_library(reading.library, library, engine)
        _note(f"{file}: {len(found) - missing} of {len(found)} are in the catalogue")
        history |= found
    understood = understand(likes, library, engine) if likes else []
    for one in understood:
        if one.meaning.rsplit(" ", 1)[-1].lower() not in one.asked.lower():
            _note(f"{one.asked!r} is taken for {one.meaning}")
    return history | dict(history_of_likes(understood))


def _note(text: str) -> None:
    progress_console.print(text, highlight=False, markup=False)
