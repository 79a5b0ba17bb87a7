"""`segue manage`: Django's own commands, for what Segue has no command for (createsuperuser, dbshell, …)."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli.context import HomeOption
from segue.home import Home
from segue.web import setup


def command(
    words: Annotated[list[str] | None, typer.Argument(help="Django's command and its options, after `--`.")] = None,
    home: HomeOption = None,
) -> None:
    """Run one of Django's commands: `segue manage -- createsuperuser`."""
    setup.manage(Home.at(home), words or ["help"])
