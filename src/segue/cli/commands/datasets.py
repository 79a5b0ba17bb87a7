"""`segue datasets`: known public data sets, and getting one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from segue.cli.context import HomeOption, JsonOption, answer, progress_console, say
from segue.errors import NotFound
from segue.home import Home
from segue.sources.datasets import DATASETS, Dataset, fetch


def command(
    name: Annotated[str | None, typer.Argument(help="Which to get; without it, all are listed.")] = None,
    from_path: Annotated[
        Path | None, typer.Option("--from", help="Take it from this file or directory instead of downloading it.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """List known public data sets, or download one (a download that broke off is resumed)."""
    if name is None:
        _list(json)
        return
    if name not in DATASETS:
        raise NotFound(f"no data set {name!r}: there are {', '.join(DATASETS)}")
    dataset = DATASETS[name]
    into = Home.at(home).path / "datasets"
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=progress_console, transient=True) as progress:
        task = progress.add_task(dataset.name, total=None)
        path = fetch(
            dataset, into, from_path=from_path,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    if answer({"name": name, "path": str(path), "terms": dataset.terms, "cite": dataset.cite}, json):
        return
    say(f"{dataset.title}")
    say(f"terms: {dataset.terms}")
    say(f"cite:  {dataset.cite}")
    say(f"Import it with: segue import {path}" if dataset.format else "There is no reader for it yet.")


def _list(json: Path | None) -> None:
    if answer([asdict(dataset) for dataset in DATASETS.values()], json):
        return
    for dataset in DATASETS.values():
        say(f"{dataset.name:<16}{dataset.title}")
        say(f"{'':<16}{_size(dataset)}; {dataset.terms}; {dataset.page}")
    say("Get one with: segue datasets NAME, or with a copy you have: segue datasets NAME --from PATH")


def _size(dataset: Dataset) -> str:
    if dataset.url is None:
        return "from its page only"
    return f"{dataset.size_bytes / 1e6:,.0f} MB" if dataset.size_bytes else "size not stated"
