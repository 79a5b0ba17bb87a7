"""`segue serve`: the web service."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli.context import HomeOption, progress_console
from segue.home import Home
from segue.web import environment
from segue.web.running import Options
from segue.web.running import serve as run


def command(
    host: Annotated[str, typer.Option("--host", help="The address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen at.")] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Processes that answer requests; 0: one for each core.")
    ] = 0,
    threads: Annotated[int, typer.Option("--threads", min=1, max=64, help="Requests a process answers at a time.")] = 2,
    single_user: Annotated[  # noqa: FBT002
        bool, typer.Option("--single-user", help="One listener, without signing in; this machine only.")
    ] = False,
    worker: Annotated[  # noqa: FBT002
        bool, typer.Option("--worker/--no-worker", help="Run the background work (imports, …) beside.")
    ] = True,
    home: HomeOption = None,
) -> None:
    """Serve the web app and the API. Brings the database up to date, and loads the library where it is empty."""
    options = Options(
        Home.at(home), host, port, workers or environment.number("SEGUE_WORKERS"), threads,
        single_user or environment.flag("SEGUE_SINGLE_USER"), worker,
    )  # fmt: skip
    run(options, lambda text: progress_console.print(text, highlight=False))
