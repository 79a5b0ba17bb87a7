"""`segue mix`: a playlist made for a listener of the library."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from segue.cli import show
from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.cli.options import SnapshotOption
from segue.engine.engine import Engine
from segue.home import Home
from segue.mixes import blend as blends
from segue.mixes.base import Mix
from segue.mixes.listening import fors_of
from segue.mixes.registry import product

NAMES = (
    "discover-weekly", "daily-mix", "release-radar", "hidden-gems", "on-repeat", "rewind", "time-of-day", "trending",
)  # fmt: skip

_FIRST, _LAST = 1900, 2200


def command(
    name: Annotated[str, typer.Argument(help=f"Which: {', '.join(NAMES)}; or blend, with --with.")],
    listener: Annotated[str, typer.Option("--listener", help="A listener of the library, by id.")],
    other: Annotated[str | None, typer.Option("--with", help="The other listener, for a blend.")] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="As on that date (2025-11-03) or time, by UTC (default: after the last listen)."),
    ] = None,
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Make a mix for a listener: Discover Weekly, Daily Mix, Release Radar and others, or a blend for two."""
    place = Home.at(home)
    time = _time(at)
    made_by = None if name == blends.KEY else product(name)
    if (made_by is None) != (other is not None):
        raise typer.BadParameter("a blend is for two, and nothing else is: name the other one", param_hint="--with")
    if other == listener:
        raise typer.BadParameter("a blend is for two, and this is one: name another", param_hint="--with")
    engine = Engine.open(place.snapshots.directory, snapshot)
    after_all = datetime.fromtimestamp(engine.manifest.until_ms / 1000, UTC) + timedelta(milliseconds=1)
    ids = [listener] if other is None else [listener, other]
    wanted = fors_of(ids, place.library(), engine.manifest.level, time or after_all)
    if made_by is None:
        mixes: tuple[Mix, ...] = (blends.blend(wanted[0], wanted[1], engine),)
    else:
        [mixes] = made_by.make(wanted, engine)
    if answer({"snapshot": engine.manifest.name, "mixes": [asdict(mix) for mix in mixes]}, json):
        return
    if not any(mix.tracks for mix in mixes):
        title, whom = ("Blend", f"{listener} and {other}") if made_by is None else (made_by.title, listener)
        say(f"There is no {title} for {whom}: too little is known, or nothing fits.")
    for place_of, mix in enumerate(mix for mix in mixes if mix.tracks):
        if place_of:
            say()
        say(mix.title)
        say(mix.sentence)
        show.recommendations(mix.tracks, why=True)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2025-11-03", param_hint="--at") from None
    if not _FIRST <= time.year <= _LAST:
        raise typer.BadParameter(f"{text!r} is not from {_FIRST} to {_LAST}", param_hint="--at")
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
