"""`segue demo`: a small invented world, from listens to recommendations, with no download."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli import show
from segue.cli.context import HomeOption, Steps, answer_console, say, working
from segue.demo import world
from segue.engine.engine import Engine
from segue.engine.histories import history_of_listener
from segue.engine.request import Request
from segue.engine.train import train
from segue.evaluation.leaderboard import DEFAULT_MODELS, ModelSpec, leaderboard
from segue.evaluation.protocols import protocols
from segue.evaluation.report import as_table
from segue.evaluation.tasks import Dataset
from segue.home import Home
from segue.library.library import Library

SHOWN = 10


def command(
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    home: HomeOption = None,
) -> None:
    """Generate the demo world, compare the models on it, train, and recommend music to one of its listeners."""
    place = Home.at(home)
    with working() as progress:
        steps = Steps(progress)
        steps("inventing artists, tracks and listeners")
        library = world(seed)
        with place.changing():
            library.save(place.library_path)
        dataset = Dataset.of("demo", library)
        board = leaderboard(dataset, protocols()["holdout"], list(map(ModelSpec, DEFAULT_MODELS)), progress=steps)
        manifest = train(library, place.snapshots, measure=False, progress=steps)
    counts = library.counts()
    say(
        f"The demo world: {counts['artists']:,} artists, {counts['tracks']:,} tracks, {counts['listeners']:,} listeners, "
        f"{counts['listens']:,} listens and {counts['playlists']:,} playlists, in {place.library_path}"
    )
    say()
    say("How well each model finds a hidden fifth of each listener's tracks:")
    answer_console.print(as_table(board))
    say()
    engine = Engine.open(place.snapshots.directory, manifest.name)
    listener = _typical_listener(library)
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
        "Go on with: segue recommend --like ARTIST --why, segue similar ARTIST, segue info (with SEGUE_HOME or --home set)"
    )


def _typical_listener(library: Library) -> str:
    """One of middling activity, so that there is something to owe recommendations to."""
    active = library.listens["listener_id"].value_counts().sort("count", "listener_id")
    return str(active["listener_id"].cast(str)[active.height // 2]) if active.height else ""
