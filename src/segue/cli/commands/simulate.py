"""`segue simulate`: weeks of recommendations to invented listeners, to see what becomes of them."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from segue.cli.context import (
    HomeOption,
    JsonOption,
    Steps,
    answer,
    answer_console,
    page_option,
    progress_console,
    say,
    working,
)
from segue.errors import BadRequest, SegueError
from segue.home import Home
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
    site: Annotated[
        str | None,
        typer.Option("--site", help="Send the listeners to a site on this machine instead, as http://127.0.0.1:8000."),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=120, help="With --site: how many days.")] = 14,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Simulate listeners with hidden tastes for some weeks: do they discover, skip less, and does their taste narrow?

    With --site they ask a real site over HTTP. It is served from --home with SEGUE_CLOCK_FILE set to the file "clock" in it, which
    moves its days; the home is to hold the demo world of the same seed and scale, and nothing of anybody.
    """
    if site is not None:
        found_there = _at_site(site, Home.at(home), days, scale, seed)
        if not answer(found_there, json):
            for name, sentence in found_there["experiments"].items():
                say(f"{name}: {sentence}")
            say(f"{found_there['requests']:,} requests in {days} days")
        return
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


def _at_site(url: str, home: Home, days: int, scale: float, seed: int) -> dict[str, Any]:
    """Days at a site; after each, what its experiments say. What each day came to, and the findings."""
    from segue.simulation.site import CLOCK, MOST_LISTENERS, Day, Site, go, move, place_of  # noqa: PLC0415
    from segue.simulation.world import YEAR_START_MS, make_world  # noqa: PLC0415

    place = place_of(url)
    clock = home.path / CLOCK
    if not clock.is_file():
        raise SegueError(
            f"there is no {clock}: make it (echo 0 > {clock}) and begin the site with SEGUE_CLOCK_FILE={clock} segue serve"
        )
    if not 0 < 1000 * scale <= MOST_LISTENERS:
        raise BadRequest(f"--scale is about 1,000 listeners times it, and {MOST_LISTENERS:,} are the most")
    world = make_world(seed, scale, -(-days // 7))
    os.environ["SEGUE_CLOCK_FILE"] = str(clock)
    from segue.web.setup import set_up  # noqa: PLC0415

    set_up(home)
    from segue.web.experiments.jobs import look_at_all  # noqa: PLC0415
    from segue.web.experiments.rehearsal import check_clock, tokens  # noqa: PLC0415

    people = world.people.frame["listener_id"].to_list()
    with tokens(people) as keys, closing(Site(place, keys)) as asked:
        starts_ms = YEAR_START_MS + world.starts_ms(0)
        move(clock, starts_ms)
        asked.ask(0, "GET", "/recommendations?n=1&reasons=false")
        check_clock(people[0], starts_ms)

        def evening(day: Day, _now_ms: int) -> None:
            said = look_at_all()["experiments"]
            told = "".join(f" {name}: {sentence}" for name, sentence in said.items())
            progress_console.print(
                f"day {day.number + 1}: {day.visits} visits, {day.tracks} tracks.{told}", highlight=False
            )

        went = go(world, asked, days, lambda now_ms: move(clock, now_ms), evening)
        return {"days": [asdict(day) for day in went], "requests": asked.requests, **look_at_all()}
