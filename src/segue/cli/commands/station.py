"""`segue station`: what a station would play, if all of it were played through."""

from __future__ import annotations

import json as json_module
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from segue.cli import show
from segue.cli.context import HomeOption, JsonOption, answer, progress_console, say
from segue.cli.options import ModelOption, SnapshotOption
from segue.engine.engine import Engine
from segue.engine.histories import history_of_listener, understand
from segue.engine.request import Controls, History, Recommendation
from segue.home import Home
from segue.library.library import Library
from segue.mixes.base import For
from segue.mixes.station import TRACK_MS, Seed, StationState, next_tracks, played, start
from segue.mixes.words import Words, understand_words


def command(
    like: Annotated[str | None, typer.Option("--like", help='From an "Artist" or "Artist - Title".')] = None,
    genre: Annotated[str | None, typer.Option("--genre", help="From a genre.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="From a tag.")] = None,
    words: Annotated[str | None, typer.Option("--words", help='From words, such as "calm piano for rain".')] = None,
    mood: Annotated[str, typer.Option("--mood", help="How it should sound: calm, happy, energetic, …")] = "",
    listener: Annotated[str | None, typer.Option("--listener", help="For a listener of the library, by id.")] = None,
    dial: Annotated[float, typer.Option("--dial", min=0, max=1, help="0 familiar to 1 unknown.")] = 0.5,
    clean: Annotated[bool, typer.Option("--clean", help="Nothing with explicit words.")] = False,  # noqa: FBT002
    chance: Annotated[int, typer.Option("--seed", min=0, help="Another number, another station.")] = 0,
    n: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many tracks.")] = 20,
    model: ModelOption = None,
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Show what a station plays: an endless queue from a track, an artist, a genre, a tag or words."""
    given = {"--like": like, "--genre": genre, "--tag": tag, "--words": words}
    said = {name: text for name, text in given.items() if text is not None}
    if len(said) != 1:
        raise typer.BadParameter(f"say one of {', '.join(given)}, not {len(said) or 'none'}")
    place = Home.at(home)
    engine = Engine.open(place.snapshots.directory, snapshot, model)
    library = place.library()
    [(option, text)] = said.items()
    seed = _liked(text, library, engine) if option == "--like" else Seed(option.removeprefix("--"), text)  # type: ignore[arg-type]
    meant = understand_words([text for text in (words, mood) if text], engine)
    state = start(seed, engine, mood=mood, chance=chance)
    history = history_of_listener(listener, library, engine) if listener is not None else History()
    found, state = _played_through(state, history, Controls(dial, not clean), engine, n)
    _answer(state, meant, found, engine, json)


def _liked(name: str, library: Library, engine: Engine) -> Seed:
    """The track or artist that is meant by a name."""
    [understood] = understand([name], library, engine)
    item_id = understood.item_ids[0]
    if not understood.meaning.startswith("the artist "):
        return Seed("track", item_id)
    facts = engine.catalogue.facts
    return Seed("artist", facts.artist_ids[facts.artist[engine.places([item_id])[0]]])


def _played_through(
    state: StationState, history: History, controls: Controls, engine: Engine, n: int
) -> tuple[list[Recommendation], StationState]:
    """The first tracks of a station, each asked for when the one before it has ended."""
    found: list[Recommendation] = []
    at = datetime.fromtimestamp(engine.manifest.until_ms / 1000, UTC)
    for _ in range(n):
        [tracks] = next_tracks([state], [For("", history, at, controls=controls)], engine, 1)
        if not tracks:
            break
        found += tracks
        state = played(state, tracks[0].item_id, int(at.timestamp() * 1000), "played")
        at += timedelta(milliseconds=TRACK_MS)
    return found, state


def _answer(
    state: StationState, meant: list[Words], found: list[Recommendation], engine: Engine, to: Path | None
) -> None:
    unknown = [word for one in meant for word in one.unknown]
    document: dict[str, Any] = {
        "snapshot": engine.manifest.name,
        "station": json_module.loads(state.to_json()),
        "unknown": unknown,
        "recommendations": show.as_documents(found),
    }
    if unknown:
        progress_console.print(f"Not understood: {', '.join(unknown)}", highlight=False, markup=False, soft_wrap=True)
    if answer(document, to):
        return
    say(f"Station: {state.name}{_leaning(state)}")
    if not found:
        say("Nothing may be played: too much is excluded.")
    show.recommendations(found, why=True)


def _leaning(state: StationState) -> str:
    """What the station looks for, in words."""
    said = [one for one in (*state.genres, *state.tags) if one.casefold() != state.name.casefold()]
    parts = [*said, *(f"{name} {value:.3g}" for name, value in state.targets)]
    return f" ({', '.join(parts)})" if parts else ""
