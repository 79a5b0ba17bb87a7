"""What every command shares: where things are, how to say things, and what an error looks like."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from segue import sources
from segue.errors import BadFile
from segue.home import Home
from segue.library.library import MANIFEST, Library

progress_console = Console(stderr=True)
"""Progress and logs: standard error, so that standard output is the answer and nothing else."""

answer_console = Console(soft_wrap=False)

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Where Segue keeps everything (default: $SEGUE_HOME, else the user data folder)."),
]


def _writable(path: Path | None) -> Path | None:
    """A file to write an answer to: what keeps it from being written is said before the work, not after it."""
    if path is not None and str(path) != "-":
        if path.is_dir():
            raise BadFile(f"{path}: is a folder; name a file")
        if not path.absolute().parent.is_dir():
            raise BadFile(f"{path}: there is no folder {path.parent}; make it first")
    return path


JsonOption = Annotated[
    Path | None,
    typer.Option("--json", callback=_writable, help="Write the answer as one JSON document; - for standard output."),
]


def page_option(text: str) -> Any:
    """The option that names the page to write an answer to."""
    return typer.Option("--html", callback=_writable, help=text)


def library_at(data: Path | None, home: Path | None) -> tuple[str, Library]:
    """What a file or directory is called, and what is in it; without one, the library of the home."""
    if data is None:
        return "library", Home.at(home).library()
    if (data / MANIFEST).is_file():
        return data.resolve().name, Library.open(data)
    return data.resolve().name, sources.read([data]).library


@contextmanager
def working() -> Iterator[Progress]:
    """A progress display on standard error; plain lines where that is no terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    disable = not progress_console.is_terminal
    with Progress(*columns, console=progress_console, transient=True, disable=disable) as progress:
        yield progress


class Steps:
    """Says what is being done: a spinner on a terminal, a line each elsewhere."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None)

    def __call__(self, text: str) -> None:
        """Say what is done now."""
        if self._progress.console.is_terminal:
            self._progress.update(self._task, description=text)
        else:
            self._progress.console.print(text, highlight=False, markup=False)


def answer(document: Any, to: Path | None) -> bool:
    """Write a JSON document where it was asked for; True when that was standard output, which is then complete."""
    if to is None:
        return False
    text = json.dumps(document, indent=1, ensure_ascii=False, default=str)
    if str(to) == "-":
        sys.stdout.write(text + "\n")
        return True
    to.write_text(text + "\n", encoding="utf-8")
    return False


def say(text: str = "", indent: int = 0) -> None:
    """A line of the answer, on standard output; on a terminal a long one is wrapped, indented throughout."""
    margin = " " * indent
    if answer_console.is_terminal or "COLUMNS" in os.environ:
        text = textwrap.fill(text, answer_console.width, initial_indent=margin, subsequent_indent=margin)
    else:
        text = margin + text
    answer_console.print(text, highlight=False, markup=False, soft_wrap=True)
