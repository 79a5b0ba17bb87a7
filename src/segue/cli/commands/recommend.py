"""`segue recommend`: music worth playing, and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from segue import sources
from segue.cli import show
from segue.cli.context import HomeOption, JsonOption, answer, progress_console, say
from segue.cli.options import ModelOption, SnapshotOption, parse_country
from segue.engine.engine import Engine
from segue.engine.histories import (
    Brought,
    Sought,
    history_of_likes,
    history_of_listener,
    match_library,
    understand,
)
from segue.engine.request import Context, Controls, History, Recommendation, Request
from segue.errors import BadFile, BadRequest, UnknownFormat
from segue.home import Home
from segue.library.library import Library
from segue.ranking.reasons import listed

_SHOWN = 10
_LONGEST_PASTE = 64 << 20


def command(
    like: Annotated[
        list[str] | None, typer.Option("--like", help='"Artist" or "Artist - Title"; may be given several times.')
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", help="A listening history or playlist, in any format import reads.")
    ] = None,
    playlist: Annotated[
        str | None,
        typer.Option(
            "--playlist",
            help="A playlist: a file in any format import reads, a link (Spotify, Deezer, Apple Music, YouTube Music,"
            ' ListenBrainz, Last.fm), or - for standard input, such as pasted "Artist - Title" lines.',
        ),
    ] = None,
    listener: Annotated[str | None, typer.Option("--listener", help="A listener of the library, by id.")] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="Where the listener is (SE, US), for when nothing else is known.")
    ] = None,
    age: Annotated[int | None, typer.Option("--age", min=0, max=120, help="The listener's age, for the same.")] = None,
    dial: Annotated[float, typer.Option("--dial", min=0, max=1, help="0 familiar to 1 unknown.")] = 0.5,
    genre: Annotated[
        list[str] | None, typer.Option("--genre", help="Only this genre; may be given several times.")
    ] = None,
    decade: Annotated[list[int] | None, typer.Option("--decade", help="Only this decade, such as 1990.")] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Nothing with explicit words.")] = False,  # noqa: FBT002
    n: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many.")] = 20,
    why: Annotated[bool, typer.Option("--why", help="Say what each owes its place to.")] = False,  # noqa: FBT002
    model: ModelOption = None,
    snapshot: SnapshotOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Recommend music for what you like, a history file, or a listener of the library."""
    place, country = Home.at(home), parse_country(country)
    engine = Engine.open(place.snapshots.directory, snapshot, model)
    library = place.library()
    brought = [_brought(str(history), _file, library, engine)] if history is not None else []
    brought += [_brought(playlist, _playlist, library, engine)] if playlist is not None else []
    played = _history(like or [], brought, listener, library, engine)
    controls = Controls(dial, not clean, tuple(genre or ()), tuple(decade or ()))
    request = Request(
        played, n=n, context=Context(country=country, age=age), controls=controls, reasons=why or json is not None
    )  # fmt: skip
    found = _found(request, engine)
    document: dict[str, Any] = {"snapshot": engine.manifest.name, "recommendations": show.as_documents(found)}
    if brought:
        document |= _as_documents(brought)
    if answer(document, json):
        return
    if not found:
        say(_nothing(request, engine))
    elif found[0].source.startswith("popularity"):
        few = f", and too little of listeners in {country}" if country and country not in found[0].source else ""
        say(f"Nothing is known of this taste yet{few}, so this is what is played most:")
    show.recommendations(found, why=why)


def _found(request: Request, engine: Engine) -> tuple[Recommendation, ...]:
    """What is recommended. Raises `BadRequest` in the words of the command line."""
    try:
        [answered] = engine.recommend([request])
    except BadRequest as error:
        said = str(error)
        for field, option in (("controls.genres", "--genre"), ("controls.decades", "--decade")):
            said = said.replace(field, option)
        raise BadRequest(said) from None
    return answered.recommendations


def _nothing(request: Request, engine: Engine) -> str:
    """Why there is nothing to recommend, and what to do."""
    controls = request.controls
    asked = [
        option
        for option, is_asked in (
            ("--genre", controls.genres), ("--decade", controls.decades), ("--clean", not controls.explicit)
        )
        if is_asked
    ]  # fmt: skip
    if asked and (engine.manifest.counts["pairs"] or len(engine.past(request).items)):
        return f"Nothing that fits {listed(asked)} is left: ask for less."
    return (
        "Nothing to recommend: say what you like (--like), or bring a playlist (--playlist), of what is in the library."
    )


def _history(
    likes: list[str], brought: Sequence[Brought], listener: str | None, library: Library, engine: Engine
) -> History:
    history = History()
    if listener is not None:
        history += history_of_listener(listener, library, engine)
    for each in brought:
        history += each.history
    understood = understand(likes, library, engine) if likes else []
    for one in understood:
        if one.meaning.rsplit(" ", 1)[-1].lower() not in one.asked.lower():
            _note(f"{one.asked!r} is taken for {one.meaning}")
    return history + history_of_likes(understood)


# -- what people bring -------------------------------------------------------------------------------------------


def _brought(name: str, read: Callable[[str], Library], library: Library, engine: Engine) -> Brought:
    """What somebody brought, as items; and on standard error, what became of it."""
    found = match_library(read(name), library, engine)
    total = len(found.matched) + len(found.unmatched)
    noun = "artists" if engine.manifest.level == "artist" else "tracks"
    _note(f"{'standard input' if name == '-' else name}: {len(found.matched)} of {total} {noun} found.")
    for one in found.unmatched[:_SHOWN]:
        _note(f"  Not found: {one.asked!r}{_why(one)}")
    if len(found.unmatched) > _SHOWN:
        _note(f"  and {len(found.unmatched) - _SHOWN} more, which --json lists")
    return found


def _as_documents(brought: Sequence[Brought]) -> dict[str, list[dict[str, Any]]]:
    """For JSON."""
    matched = [
        {"asked": one.asked, "item_id": one.item_id, "name": one.name} for each in brought for one in each.matched
    ]
    unmatched = [
        {"asked": one.asked, "closest": list(one.closest), "unheard": one.unheard}
        for each in brought for one in each.unmatched
    ]  # fmt: skip
    return {"matched": matched, "unmatched": unmatched}


def _why(one: Sought) -> str:
    if one.unheard:
        return " (it is in the library, but the snapshot does not know it)"
    return f" (closest: {'; '.join(one.closest)})" if one.closest else ""


def _playlist(name: str) -> Library:
    if name == "-":
        if sys.stdin is None:
            raise BadFile("standard input: is closed; paste a playlist into it, or name a file")
        pasted = sys.stdin.buffer.read(_LONGEST_PASTE + 1)
        if len(pasted) > _LONGEST_PASTE:
            raise BadFile(f"standard input: is longer than {_LONGEST_PASTE:,} bytes; bring it as a file")
        link = pasted.strip().decode(errors="replace")
        return _pasted(pasted) if "\n" in link or not _is_link(link) else _fetched(link)
    return _fetched(name) if not Path(name).exists() and _is_link(name) else _file(name)


def _file(name: str) -> Library:
    reading = sources.read([Path(name)])
    _note_rejects(reading.rejects, name)
    return reading.library


def _pasted(content: bytes) -> Library:
    """What standard input holds: any format that is known by its content; text that is none is taken for lines."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "playlist"
        path.write_bytes(content)
        try:
            try:
                reading = sources.read([path])
            except UnknownFormat:
                if b"\0" in content or content.lstrip().startswith(b"<"):
                    raise BadFile(
                        f'{path}: is of no known format and no text; paste "Artist - Title" lines, or a link'
                    ) from None
                reading = sources.read([path], "lines")
        except BadFile as error:
            raise BadFile(str(error).replace(str(path), "standard input")) from None
    _note_rejects(reading.rejects, "standard input")
    return reading.library


def _is_link(text: str) -> bool:
    # Here, so that no other command waits for the HTTP client to load.
    from segue.sources.online.links import looks_like_a_link  # noqa: PLC0415

    return looks_like_a_link(text)


def _fetched(text: str) -> Library:
    from segue.sources.online.links import fetch, understood  # noqa: PLC0415
    from segue.sources.online.settings import OnlineSettings  # noqa: PLC0415

    return fetch(understood(text), OnlineSettings.from_env(os.environ))


def _note_rejects(rejects: sources.Rejects, name: str) -> None:
    if len(rejects):
        first = rejects.rows[0]
        where = f", line {first.line}" if first.line is not None else ""
        _note(f"{name}: {len(rejects)} rows could not be read; the first{where}: {first.why}")


def _note(text: str) -> None:
    progress_console.print(text, highlight=False, markup=False, soft_wrap=True)
