"""`segue train`: library in, snapshot out."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.cli.options import LevelOption, SetOption, parameters_for, parse_level
from segue.engine.snapshot import Manifest
from segue.engine.train import train
from segue.home import Home
from segue.recommenders.registry import create


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
    parameters, chosen_level = parameters_for(model or "hybrid", settings), parse_level(level)
    library = place.library()
    create(model or "hybrid", **parameters)  # what it refuses is said now, and not after the measuring
    with working() as progress:
        manifest = train(
            library, place.snapshots, model=model, parameters=parameters, level=chosen_level, measure=measure,
            progress=Steps(progress),
        )  # fmt: skip
    if answer(vars(manifest), json):
        return
    counts = manifest.counts
    say(
        f"Snapshot {manifest.name} is in use: {manifest.model} on {counts['listeners']:,} listeners, "
        f"{counts['items']:,} {manifest.level}s, {counts['pairs']:,} pairs."
    )
    if "ndcg@20" in manifest.metrics:
        say(f"NDCG@20 {manifest.metrics['ndcg@20']:.4f} on a fifth of each history that it had not seen.")
    say(_ranker(manifest))


def _ranker(manifest: Manifest) -> str:
    """Whether the ranker is in use, and why."""
    verdict = manifest.metrics.get("ranker")
    if verdict is None:
        return "Ranker off: it is learned for the hybrid only."
    state = "on" if verdict["on"] else "off"
    return f"Ranker {state}: {verdict['why'].removeprefix(f'{state}: ')}."
