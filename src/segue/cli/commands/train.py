"""`segue train`: library in, snapshot out."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli.context import Home, HomeOption, JsonOption, Steps, answer, say, working
from segue.cli.options import LevelOption, SetOption, parameters_for, parse_level
from segue.engine.train import train


def command(
    model: Annotated[
        str | None,
        typer.Option("--model", help="Which recommender (default: hybrid; content where nobody has listened)."),
    ] = None,
    level: LevelOption = None,
    settings: SetOption = None,
    measure: Annotated[bool, typer.Option(help="Also measure it on a fifth of each history (trains twice).")] = True,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Train a model on the library and make it the current snapshot."""
    place = Home.at(home)
    library = place.library()
    with working() as progress:
        manifest = train(
            library, place.snapshots, model=model, parameters=parameters_for(model or "hybrid", settings),
            level=parse_level(level), measure=measure, progress=Steps(progress),
        )  # fmt: skip
    if answer(vars(manifest), json):
        return
    counts = manifest.counts
    say(
        f"Snapshot {manifest.name} is in use: {manifest.model} on {counts['listeners']:,} listeners, "
        f"{counts['items']:,} {manifest.level}s, {counts['pairs']:,} pairs."
    )
    if manifest.metrics:
        say(f"NDCG@20 {manifest.metrics['ndcg@20']:.4f} on a fifth of each history that it had not seen.")
