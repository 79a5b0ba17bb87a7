"""`segue capacity`: what this machine does, what so many listeners need, and what that costs."""

from __future__ import annotations

import json as json_
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from segue.cli.context import HomeOption, JsonOption, Steps, answer, say, working
from segue.errors import SegueError
from segue.home import Home
from segue.web.insights.capacity import prices as costs
from segue.web.insights.capacity.measure import keep, kept
from segue.web.insights.capacity.needs import Assumed, Measured, Plan, measured_of, plan
from segue.web.insights.capacity.telling import ASSUMPTIONS, measurements
from segue.web.setup import set_up

_USUAL = Assumed()


def command(
    listeners: Annotated[int, typer.Option("--listeners", min=1, help="How many have an account.")] = _USUAL.listeners,
    tracks: Annotated[int, typer.Option("--tracks", min=0, help="In the catalogue; 0: as many as there are.")] = 0,
    listens: Annotated[
        float, typer.Option("--listens-per-day", min=0, help="Of a listener, on average over all.")
    ] = _USUAL.listens_per_day,
    peak: Annotated[
        float, typer.Option("--peak", min=0, max=1, help="The share that listens at the busiest moment.")
    ] = _USUAL.peak,
    questions: Annotated[
        float, typer.Option("--questions-per-minute", min=0, help="Pages and next tracks of one who listens.")
    ] = _USUAL.questions_per_minute,
    years: Annotated[float, typer.Option("--years", min=0, help="For how long listens are kept.")] = _USUAL.years,
    exposure_days: Annotated[
        float, typer.Option("--exposure-days", min=0, help="For how long it is kept what was shown.")
    ] = _USUAL.exposure_days,
    prices: Annotated[Path | None, typer.Option("--prices", help="Prices in TOML; without it, plausible ones.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="For how long it measures.")] = 60,
    again: Annotated[  # noqa: FBT002
        bool, typer.Option("--measure/--last", help="Measure now, or take the last measurement.")
    ] = True,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Measure this machine for a minute; say what so many listeners need, and what it costs. Changes nothing of the service."""
    place, unit_costs = Home.at(home), costs.read(prices or costs.OURS)
    asked = Assumed(listeners, tracks, listens, peak, questions, years, exposure_days).checked()
    measured = None if again else kept(place)
    if measured is None:
        with working() as progress:
            Steps(progress)(f"measuring for {seconds:g} s")
            measured = _measured(place, seconds)
    found = plan(measured, asked, unit_costs)
    if answer({"measured": asdict(measured), **asdict(found), "currency": unit_costs.currency, "prices_of": unit_costs.date,
               "month": found.month, "listener_month": found.listener_month}, json):  # fmt: skip
        return
    _say(measured, found, unit_costs)


def _measured(place: Home, seconds: float) -> Measured:
    """In a process with the surroundings of one that serves."""
    set_up(place)
    from segue.web.catalog import housekeeping  # noqa: PLC0415

    housekeeping.must_be_up_to_date()
    few = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    surroundings = {**os.environ, **few, "SEGUE_HOME": str(place.path), "SEGUE_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-m", "segue.web.insights.capacity.measure", str(seconds)],
        env=surroundings, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SegueError("the measurement failed; the lines above say why")
    found = measured_of(json_.loads(done.stdout))
    keep(place, found)
    return found


def _say(measured: Measured, found: Plan, unit_costs: costs.Prices) -> None:
    say(
        f"Measured on {measured.made} for {measured.seconds:g} s: {measured.cores} cores, {measured.memory_mb / 1000:.0f} GB,"
    )
    say(
        f"{measured.database}, {measured.tracks:,} tracks, {measured.listeners:,} listeners, {measured.listens:,} listens"
    )
    say()
    for name, value, unit, was_measured in measurements(measured):
        say(
            f"{value:>12,.{2 if value < 100 else 0}f} {unit:<12} {name}{'' if was_measured else ' (assumed: not measured)'}"
        )
    say()
    say("Assumed:")
    for name, text in ASSUMPTIONS.items():
        say(f"{getattr(found.assumed, name):>12,.10g} {text}")
    say()
    say(f"{found.assumed.listeners:,} listeners need:")
    for one in found.needs:
        amount = f"{one.amount:,.{0 if one.amount >= 100 or one.amount == int(one.amount) else 2}f} {one.unit}".strip()
        basis = {"measured": "measured", "assumed": "assumed", "both": "measured and assumed"}[one.basis]
        say(f"  {one.name:<34}{amount:>22}  {basis}{': ' if one.how else ''}{one.how}")
    say()
    say(f"In a month, at the prices of {unit_costs.date} ({unit_costs.currency}):")
    for item in found.items:
        say(f"{item.month:>12,.0f} {item.name} ({item.amount:,.0f}{' ' if item.unit else ''}{item.unit})")
    say(f"{found.month:>12,.0f} in all, {found.listener_month:.4f} for each listener")
    say()
    for text in found.lacking:
        say(text)
