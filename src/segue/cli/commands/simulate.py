"""`segue simulate`: weeks of recommendations to invented listeners, to see what becomes of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from segue.cli.context import JsonOption, Steps, answer, answer_console, page_option, say, working
from segue.errors import SegueError
from segue.library.library import write_atomically


def command(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=30, help="How many weeks.")] = 12,
    scale: Annotated[float, typer.Option("--scale", help="About 1,000 listeners times this.")] = 0.2,
    policies: Annotated[
        str,
        typer.Option(
            "--policies",
            help="Names, separated by commas: popularity, exploit, default, unexplored, bold, chance, oracle, nothing.",
        ),
    ] = "popularity,exploit,default",
    model: Annotated[
        str, typer.Option("--model", help="Which recommender is trained every week; hybrid takes five times as long.")
    ] = "ease",
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    html: Annotated[
        Path | None, page_option("Write the course of all weeks as one page that needs nothing else.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Simulate listeners with hidden tastes for some weeks: do they discover, skip less, and does their taste narrow?"""
    from segue.simulation import simulate  # noqa: PLC0415
    from segue.simulation.page import first_and_last, report_of  # noqa: PLC0415

    if not 0 < scale <= 3:
        raise typer.BadParameter(f"{scale:g} is not above 0 and at most 3", param_hint="--scale")
    names = [name.strip() for name in policies.split(",") if name.strip()]
    if not names:
        raise typer.BadParameter("name at least one policy", param_hint="--policies")
    if html is not None and find_spec("plotly") is None:
        raise SegueError("the page needs Plotly: pip install 'segue[explore]'")  # now, and not after minutes of work
    with working() as progress:
        found = simulate(weeks=weeks, scale=scale, seed=seed, policies=names, model=model, progress=Steps(progress))
    if html is not None:
        from segue.exploring.page import as_html  # noqa: PLC0415

        report = report_of(found)
        write_atomically(html, as_html(report, title=report.name, eyebrow="Simulated with Segue").encode())
    if answer(found.document(), json):
        return
    counts = found.counts
    span = f"{found.span} weeks" if found.span > 1 else "week"
    say(
        f"{counts['listeners']:,} listeners, {counts['tracks']:,} tracks and {counts['listens']:,} listens to begin with;"
        f" a page of 30 every week, {found.model} trained anew for each. The first {span} of {weeks} and the last:"
    )
    table = first_and_last(found)
    shown = Table(*table.header)
    for row in table.rows:
        shown.add_row(*map(str, row))
    answer_console.print(shown)
    for sentence in found.verdict():
        say(sentence)
    if html is not None:
        say(f"The course of all weeks is in {html}")
