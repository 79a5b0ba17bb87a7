"""`segue database`: what the service lives from, and carrying a library in and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.errors import BadFile
from segue.home import Home
from segue.library.library import MANIFEST
from segue.web.setup import set_up

group = typer.Typer(help="Load a library into the service's database, or export it as one.", no_args_is_help=True)


@group.command("load")
def load(
    directory: Annotated[Path | None, typer.Argument(help="A library's directory (default: the home's).")] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Put a library into the database. Loading the same twice changes nothing; what broke off is completed."""
    place = Home.at(home)
    with _at_work(place, directory, "load") as steps:
        from segue.web.catalog import load, search  # noqa: PLC0415

        written = load.load_path(directory or place.library_path, steps)
        steps("making the search index")
        search.rebuild()
    if answer(written, json):
        return
    left_out = written.pop("left_out")
    for table, rows in written.items():
        if rows:
            say(f"{rows:>12,} {table} new or changed")
    if not any(written.values()):
        say("Nothing new: the database has all of it.")
    if left_out:
        say(f"{left_out:,} rows or references left out: they name what is not there, or lack what they need.")


@group.command("export")
def export(
    directory: Annotated[Path | None, typer.Argument(help="Where to (default: the home's library).")] = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Write the database as a library, which segue train learns from. A library that is there is replaced when it is whole."""
    place = Home.at(home)
    to = directory or place.library_path
    if to.is_file():
        raise BadFile(f"{to}: is a file; name a folder")
    if to.is_dir() and any(to.iterdir()) and not (to / MANIFEST).is_file():
        raise BadFile(f"{to}: holds other things than a library; name a new folder")
    with _at_work(place, directory, "export") as steps:
        from segue.web.catalog import export  # noqa: PLC0415

        rows = export.export(to, steps)
    if answer(rows, json):
        return
    for table, number in rows.items():
        if number:
            say(f"{number:>12,} {table}")
    say(f"The library is in {to}.")


@group.command("migrate")
def migrate(home: HomeOption = None) -> None:
    """Make the tables of the database, or bring them up to date."""
    set_up(Home.at(home))
    from segue.web.catalog import housekeeping  # noqa: PLC0415

    housekeeping.migrate()
    say("The database is up to date.")


@group.command("info")
def info(home: HomeOption = None, json: JsonOption = None) -> None:
    """Say how many rows the database has of what, and how large it is."""
    set_up(Home.at(home))
    from segue.web.catalog import housekeeping  # noqa: PLC0415

    housekeeping.must_be_up_to_date()
    found: dict[str, Any] = {"rows": housekeeping.rows(), "size_bytes": housekeeping.size_bytes()}
    if answer(found, json):
        return
    for table, rows in found["rows"].items():
        say(f"{rows:>12,} {table}")
    say(f"{found['size_bytes'] / 1e6:>12,.1f} MB on the disk")


@contextmanager
def _at_work(place: Home, directory: Path | None, doing: str) -> Iterator[Steps]:
    """The database, up to date; and the home's library, if it is the one that is meant, while nobody else changes it."""
    set_up(place)
    from segue.web.catalog import housekeeping  # noqa: PLC0415

    housekeeping.must_be_up_to_date()
    ours = directory is None or directory.resolve() == place.library_path.resolve()
    with place.changing() if ours else nullcontext(), housekeeping.told_plainly(), working() as progress:
        steps = Steps(progress)
        steps(f"preparing the {doing}")
        yield steps
