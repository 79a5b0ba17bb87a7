"""`segue demo`: a small invented world, from listens to recommendations, with no download."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Annotated

import polars as pl
import typer
from rich.table import Table

from segue.cli import show
from segue.cli.context import HomeOption, Steps, answer_console, progress_console, say, working
from segue.demo import world
from segue.engine.engine import Engine
from segue.engine.histories import history_of_listener
from segue.engine.request import Request
from segue.engine.train import train
from segue.errors import BadRequest, BadSetting, BadSnapshot, SegueError
from segue.evaluation.leaderboard import DEFAULT_MODELS, ModelSpec, leaderboard
from segue.evaluation.protocols import protocols
from segue.evaluation.report import as_table
from segue.evaluation.tasks import Dataset
from segue.home import Home
from segue.library.library import Library

SHOWN = 10
QUICK = "ease"
"""What is trained for `--serve`: ready in seconds. The default model is a little better, and takes minutes."""
_ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SEGUE_URL", "SEGUE_SINGLE_USER")
"""What might lead the demo out of its folder, into the data of a real service."""


def command(
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    compare: Annotated[  # noqa: FBT002
        bool, typer.Option("--compare", help="Also compare the models on it; takes about as long again.")
    ] = False,
    serve: Annotated[  # noqa: FBT002
        bool, typer.Option("--serve", help="Open it in the browser, as one of its listeners; trains a quick model.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="With --serve: where to listen.")] = 8000,
    home: HomeOption = None,
) -> None:
    """Generate the demo world, train, and recommend music to one of its listeners: here, or in the browser."""
    place = Home.at(home)
    with working() as progress:
        steps = Steps(progress)
        steps("inventing artists, tracks and listeners")
        library = world(seed)
        _refuse_what_is_kept(place, library)
        with place.changing():
            library.save(place.library_path)
        board = _compared(library, steps) if compare else None
        snapshot = _snapshot(library, place, steps, quick=serve)
    counts = library.counts()
    say(
        f"The demo world: {counts['artists']:,} artists, {counts['tracks']:,} tracks, {counts['listeners']:,} listeners, "
        f"{counts['listens']:,} listens and {counts['playlists']:,} playlists, in {place.library_path}"
    )
    say()
    if board is not None:
        say("How well each model finds a hidden fifth of each listener's tracks:")
        answer_console.print(board)
        say()
    listener = _typical_listener(library)
    if serve:
        _serve(place, listener, port)
        return
    _recommend(library, Engine.open(place.snapshots.directory, snapshot), listener)


def _refuse_what_is_kept(place: Home, library: Library) -> None:
    """The demo writes a library: it must not take the place of somebody's own, or of the one a database was filled from."""
    if not place.has_library:
        return
    kept = place.library()
    if not kept.listeners["listener_id"].cast(pl.String).str.starts_with("demo:").all():
        problem = "a library that is not the demo's"
    elif (place.path / "segue.sqlite").exists() and kept.fingerprint() != library.fingerprint():
        problem = "the database of another demo world"
    else:
        return
    raise BadRequest(f"{place.path} holds {problem}: name another folder with --home or SEGUE_HOME")


def _compared(library: Library, steps: Steps) -> Table:
    specs = list(map(ModelSpec, DEFAULT_MODELS))
    return as_table(leaderboard(Dataset.of("demo", library), protocols()["holdout"], specs, progress=steps))


def _snapshot(library: Library, place: Home, steps: Steps, *, quick: bool) -> str:
    """The name of a snapshot of this library. To be served, one that is there already will do."""
    if not quick:
        return train(library, place.snapshots, measure=False, progress=steps).name
    with suppress(BadSnapshot):
        name = place.snapshots.current()
        if place.snapshots.manifest(name).library == library.fingerprint():
            return name
    return train(library, place.snapshots, model=QUICK, measure=False, ranker=False, progress=steps).name


def _recommend(library: Library, engine: Engine, listener: str) -> None:
    history = history_of_listener(listener, library, engine)
    [answer] = engine.recommend([Request(history, n=SHOWN)])
    say(f"{listener} has played {len(history.item_ids)} tracks, most of all:")
    played = sorted(history.listens, key=lambda listen: (-listen.plays, listen.item_id))[:5]
    for listen, (_, title, artists) in zip(
        played, engine.described(engine.places([listen.item_id for listen in played])), strict=True
    ):  # fmt: skip
        say(f"     {', '.join(artists)} - {title} ({listen.plays:.0f} times)")
    say("and might like:")
    show.recommendations(answer.recommendations, why=True)
    say()
    say(
        "Go on with: segue demo --serve, segue recommend --like ARTIST --why, segue similar ARTIST, segue info"
        " (with SEGUE_HOME or --home set)"
    )


def _typical_listener(library: Library) -> str:
    """One of middling activity, so that there is something to owe recommendations to."""
    active = library.listens["listener_id"].value_counts().sort("count", "listener_id")
    return str(active["listener_id"].cast(str)[active.height // 2]) if active.height else ""


def _serve(place: Home, listener: str, port: int) -> None:
    """Serve the world to whoever is at this machine, as one of its listeners, until Ctrl+C."""
    from segue.web import environment  # noqa: PLC0415
    from segue.web.running import Options  # noqa: PLC0415
    from segue.web.running import serve as run  # noqa: PLC0415

    environment.forget(*_ELSEWHERE)
    os.environ["SEGUE_HOME"] = str(place.path)
    os.environ.setdefault("SEGUE_LOG_LEVEL", "WARNING")
    say("Putting it into the database.")
    if subprocess.run([sys.executable, "-m", "segue.web.prepare", "--as-listener", listener], check=False).returncode:
        raise SegueError("the database could not be prepared; the line above says why")
    taken, port = port, _free_port(port)
    if taken != port:
        say(f"Port {taken} is taken by another program: this is at {port}.")

    def ready(_: str) -> None:
        progress_console.print(
            f"\nOpen http://localhost:{port} in a browser: you are {listener}, with all that they have played.\n"
            f"Everything is in {place.path.absolute()}; delete that folder and nothing is left.\n"
            "Ctrl+C stops it.",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip

    run(Options(place, port=port, workers=1, threads=4, single_user=True), ready)


def _free_port(port: int) -> int:
    """This port, or the next at which nobody listens. Raises `BadSetting` where none of a hundred is free."""
    for one in range(port, min(port + 100, 65_536)):
        with socket.socket() as tried, suppress(OSError):
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", one))
            return one
    raise BadSetting(f"port {port} and those after it are taken: choose another with --port")
