"""`segue experiments`: what is tried with listeners, and what it says so far."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from segue.cli.context import HomeOption, JsonOption, answer, say
from segue.errors import NotFound
from segue.home import Home
from segue.web.setup import set_up

group = typer.Typer(help="List experiments, or show what one says.", invoke_without_command=True)


@group.callback()
def _list(context: typer.Context, home: HomeOption = None, json: JsonOption = None) -> None:
    """List the experiments, the latest first."""
    set_up(Home.at(home))
    if context.invoked_subcommand:
        return
    from segue.web.experiments.telling import listed  # noqa: PLC0415

    found = listed()
    if answer(found, json):
        return
    if not found:
        say("No experiment yet: define one at /staff/experiments/")
    for one in found:
        say(
            f"{one['name']}  {one['state']}, {one['share']:.0%} of listeners, {one['counted']:,} counted  {one['sentence']}"
        )


@group.command("show")
def show(name: Annotated[str, typer.Argument(help="An experiment's name.")], json: JsonOption = None) -> None:
    """Show one experiment: its variants, every metric with its interval, the verdict, and what was decided."""
    from segue.web.experiments.models import Experiment  # noqa: PLC0415
    from segue.web.experiments.telling import document, line_of  # noqa: PLC0415

    found = Experiment.objects.filter(name=name).first()
    if found is None:
        raise NotFound(f"there is no experiment {name!r}: segue experiments lists them")
    told: dict[str, Any] = document(found)
    if answer(told, json):
        return
    say(f"{told['name']} ({told['state']}): {told['hypothesis']}")
    for variant in told["variants"]:
        say(f"  {variant['name']}: {variant['recipe']} {variant['parameters'] or ''} {variant['share']:.0%}".rstrip())
    for row in told["finding"].get("rows", []):
        say(f"  {line_of(row)}")
    for verdict in told["finding"].get("verdicts", []):
        say(" ".join([verdict["sentence"], *verdict["why"]]))
