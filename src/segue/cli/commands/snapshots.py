"""`segue snapshots`: what was trained, and going back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.engine.snapshot import Snapshots
from segue.errors import BadSnapshot
from segue.home import Home

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
    found = [_told(snapshots, name) | {"current": name == current} for name in snapshots.names()]
    if answer(found, json):
        return
    if not found:
        say("No snapshot yet: segue train")
    elif current is None:
        say("None of these is in use: train again (segue train)")
    for one in found:
        mark = "*" if one["current"] else " "
        say(f"{mark} {one['name']}  {one['problem']}" if "problem" in one else f"{mark} {_line(one)}")


def _told(snapshots: Snapshots, name: str) -> dict[str, Any]:
    """What a snapshot says of itself; of one that cannot be used, its name and the problem."""
    try:
        return vars(snapshots.manifest(name))
    except BadSnapshot as error:
        return {"name": name, "problem": str(error).removeprefix(f"snapshot {name} ")}


def _line(one: dict[str, Any]) -> str:
    quality = f"  NDCG@20 {one['metrics']['ndcg@20']:.4f}" if "ndcg@20" in one["metrics"] else ""
    counts = f"{one['counts']['listeners']:,} listeners x {one['counts']['items']:,} {one['level']}s"
    return f"{one['name']}  {one['model']:<12}{counts}{quality}"


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
