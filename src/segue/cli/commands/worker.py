"""`segue worker`: the work that goes on behind the service."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from segue.cli.context import HomeOption, progress_console
from segue.home import Home
from segue.web.running import end_after
from segue.web.setup import set_up


def command(
    threads: Annotated[int, typer.Option("--threads", min=1, max=32, help="Jobs that are done at a time.")] = 2,
    once: Annotated[bool, typer.Option("--once", help="Do what waits, then end.")] = False,  # noqa: FBT002
    beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False,  # noqa: FBT002
    home: HomeOption = None,
) -> None:
    """Do imports and other long work of the service, until told to stop."""
    if beside:  # the server that started it holds the other end of its input
        end_after(lambda: os.read(sys.stdin.fileno(), 1))
    set_up(Home.at(home))
    from segue.web.jobs import queue  # noqa: PLC0415

    if once:
        done = queue.drain()
        progress_console.print(f"{done} job{'' if done == 1 else 's'} done", highlight=False)
    else:
        queue.work(threads)
