"""`segue enrich`: what services on the internet know of the library's artists and tracks."""

from __future__ import annotations

import importlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from segue.cli.context import HomeOption, JsonOption, answer, progress_console, say
from segue.home import Home
from segue.library.library import Library

_TO_GO_ON = "what was answered so far is kept: run it again to go on from there"


class Where(StrEnum):
    """A service that knows artists."""

    MUSICBRAINZ = "musicbrainz"
    LASTFM = "lastfm"


def command(
    where: Annotated[Where, typer.Option("--from", help="Whom to ask. Last.fm wants a key in $LASTFM_API_KEY.")],
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="How many artists to ask about at most, the most played first.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Ask a service about the library's artists: genres, tags, countries, biographies, and who belongs to whom.

    Answers are kept for 30 days, so that a run that was interrupted goes on where it was.
    """
    # Here, so that no other command waits for the HTTP client to load.
    from segue.sources.online.http import Client, ServiceUnavailable  # noqa: PLC0415
    from segue.sources.online.settings import OnlineSettings  # noqa: PLC0415

    place = Home.at(home)
    settings = OnlineSettings.from_env(os.environ)
    connector = importlib.import_module(f"segue.sources.online.{where}")
    service = connector.service(settings)
    library = place.library()
    with Client(service, contact=settings.contact, cache=place.path / "online" / where) as client, _bar() as bar:
        task = bar.add_task(service.name, total=None)
        try:
            learned = connector.enrich(
                library, client, limit=limit,
                progress=lambda done, total, _: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        except ServiceUnavailable as error:
            raise type(error)(f"{error}; {_TO_GO_ON}") from None
        except KeyboardInterrupt:
            progress_console.print(f"segue: interrupted; {_TO_GO_ON}", highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(130) from None
    with place.changing():
        # Asking takes hours: what was imported meanwhile stays.
        before = place.library()
        after = before.merge(learned).validate()
        after.save(place.library_path)
    _say(service.name, learned, before, after, json)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=progress_console, transient=True, disable=not progress_console.is_terminal)


def _say(service: str, learned: Library, before: Library, after: Library, json: Path | None) -> None:
    gained = after.relations.height - before.relations.height
    counts = {"artists": learned.artists.height, "tracks": learned.tracks.height, "relations": learned.relations.height}
    if answer({"from": service, "learned": counts, "new_relations": gained}, json):
        return
    say(
        f"{service} knows {counts['artists']:,} of the artists and {counts['tracks']:,} of the tracks;"
        f" {gained:,} relations between artists are new."
    )
    say("Train again to use it: segue train")
