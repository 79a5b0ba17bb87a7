"""`segue evaluate`: models beside each other, honestly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import (
    HomeOption,
    JsonOption,
    Steps,
    answer,
    answer_console,
    library_at,
    page_option,
    say,
    working,
)
from segue.cli.options import LevelOption, SetOption, parse_level, parse_settings
from segue.errors import SegueError
from segue.evaluation.leaderboard import DEFAULT_MODELS, ModelSpec, leaderboard
from segue.evaluation.protocols import PlayCountRules, protocols
from segue.evaluation.report import as_html, as_table
from segue.evaluation.tasks import Dataset
from segue.library.interactions import SIGNALS
from segue.recommenders.registry import rating_predictors


def command(
    data: Annotated[
        Path | None, typer.Argument(help="A file or directory to evaluate on; the library by default.")
    ] = None,
    protocol: Annotated[str, typer.Option("--protocol", help=", ".join(protocols()))] = "holdout",
    models: Annotated[str | None, typer.Option("--models", help="Names, separated by commas.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many splits.")] = 1,
    tune: Annotated[
        int, typer.Option("--tune", min=0, help="Hyperparameters tried per model and seed, on an inner split.")
    ] = 0,
    settings: SetOption = None,
    level: LevelOption = None,
    signal: Annotated[str | None, typer.Option("--signal", help=f"Learn from {', '.join(SIGNALS)}.")] = None,
    min_songs: Annotated[int, typer.Option(help="playcount: fewest songs of a listener.")] = 90,
    min_listeners: Annotated[int, typer.Option(help="playcount: fewest listeners of a song.")] = 120,
    max_count: Annotated[int, typer.Option(help="playcount: counts above are left out.")] = 5,
    home: HomeOption = None,
    json: JsonOption = None,
    html: Annotated[Path | None, page_option("Write the leaderboard as a page.")] = None,
) -> None:
    """Compare models on held-out data and print a leaderboard with 95% intervals."""
    rules = PlayCountRules(min_songs=min_songs, min_listeners=min_listeners, max_count=max_count)
    known = protocols(rules)
    if protocol not in known:
        raise typer.BadParameter(f"{protocol!r} is not one of {', '.join(known)}", param_hint="--protocol")
    if signal is not None and signal not in SIGNALS:
        raise typer.BadParameter(f"{signal!r} is not one of {', '.join(SIGNALS)}", param_hint="--signal")
    chosen = known[protocol]
    name, library = library_at(data, home)
    dataset = Dataset.of(name, library, signal or chosen.signal, parse_level(level) or chosen.level)
    parameters = parse_settings(settings)
    names = _names(models, chosen.rates)
    strangers = sorted(set(parameters) - set(names))
    if strangers:
        raise typer.BadParameter(f"{strangers[0]!r} is not among the models asked for", param_hint="--set")
    if signal is not None and chosen.signal is not None and signal != chosen.signal:
        raise typer.BadParameter(f"{chosen.name} is about {chosen.signal}", param_hint="--signal")
    if level is not None and chosen.level is not None and level != chosen.level:
        raise typer.BadParameter(f"{chosen.name} is about {chosen.level}s", param_hint="--level")
    specs = [ModelSpec(model, parameters.get(model, {})) for model in names]
    with working() as progress:
        board = leaderboard(dataset, chosen, specs, seeds=seeds, trials=tune, progress=Steps(progress))
    if html is not None:
        html.write_text(as_html(board), encoding="utf-8")
    if answer(board.as_json(), json):
        return
    sizes = board.sizes
    say(
        f"{name}, {chosen.name} ({chosen.meaning}): {sizes['listeners']:,} listeners, {sizes['items']:,} items, "
        f"{sizes['pairs']:,} pairs; mean of {seeds} split{'s' if seeds > 1 else ''}, 95% bootstrap interval over listeners"
    )
    answer_console.print(as_table(board))
    for skipped in board.skipped:
        say(f"{skipped.name} was left out: {skipped.why}")
    if not board.entries:
        raise SegueError("no model could be evaluated here")


def _names(models: str | None, rates: bool) -> list[str]:  # noqa: FBT001
    if models is not None:
        return [name.strip() for name in models.split(",") if name.strip()]
    return list(rating_predictors()) if rates else list(DEFAULT_MODELS)
