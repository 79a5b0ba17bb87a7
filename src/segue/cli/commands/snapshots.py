"""`segue snapshots`: what was trained, and going back."""

from __future__ import annotations

from typing import Annotated

import typer

from segue.cli.context import Home, HomeOption, JsonOption, answer, say
from segue.errors import BadSnapshot

group = typer.Typer(help="List the snapshots, or make another one current.", invoke_without_command=True)


@group.callback()
def _list(context: typer.Context, home: HomeOption = None, json: JsonOption = None) -> None:
    """List the snapshots, the newest first; * marks the one in use."""
    context.obj = Home.at(home)
    if context.invoked_subcommand:
        return
    snapshots = context.obj.snapshots
    try:
        current = snapshots.current()
    except BadSnapshot:
        current = None
    found = [vars(snapshots.manifest(name)) | {"current": name == current} for name in snapshots.names()]
    if answer(found, json):
        return
    if not found:
        say("No snapshot yet: segue train")
    for one in found:
        quality = f"  NDCG@20 {one['metrics']['ndcg@20']:.4f}" if one["metrics"] else ""
        counts = f"{one['counts']['listeners']:,} listeners x {one['counts']['items']:,} {one['level']}s"
        say(f"{'*' if one['current'] else ' '} {one['name']}  {one['model']:<12}{counts}{quality}")


@group.command("use")
def use(context: typer.Context, name: Annotated[str, typer.Argument(help="A snapshot's name, or 'previous'.")]) -> None:
    """Make a snapshot the current one: roll back, or forward."""
    snapshots = context.obj.snapshots
    if name == "previous":
        older = [known for known in snapshots.names() if known < snapshots.current()]
        if not older:
            raise BadSnapshot("there is no older snapshot to go back to")
        name = older[0]
    snapshots.use(name)
    say(f"Snapshot {name} is in use.")
