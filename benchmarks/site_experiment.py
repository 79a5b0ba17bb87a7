"""An experiment from end to end: a real server on loopback, listeners of the invented world who ask it over HTTP, and the verdict.

Two experiments run at once, in two layers: popularity against the default, and the default against itself. They are looked at after
every simulated day, as the hourly job does. Then the days of the second are shared out anew, many times, by other hashes: how often
would looking every day have found something that is not there?
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import parser, report
from segue.engine.train import train
from segue.evaluation.experiments import assign, compare, summarise, tuned
from segue.home import Home
from segue.simulation.course import nothing_yet
from segue.simulation.site import CLOCK, DAY_MS, Day, Site, go, move, place_of
from segue.simulation.world import YEAR_START_MS, World, make_world

SCALE, DAYS, SEED = 1.0, 28, 1
WINDOW_DAYS = 7
SPLITS = 400
METRICS = ("listen-through", "skips", "likes", "discovery")


def main(arguments: list[str] | None = None) -> None:
    """Serve, listen, look every day, and report."""
    options = parser(__doc__)
    options.add_argument("--scale", type=float, default=SCALE)
    options.add_argument("--days", type=int, default=DAYS)
    options.add_argument("--seed", type=int, default=SEED)
    chosen = options.parse_args(arguments)
    begun = time.perf_counter()
    world = make_world(chosen.seed, chosen.scale, -(-chosen.days // 7))
    with tempfile.TemporaryDirectory(prefix="segue-experiment-") as folder:
        home = _home(Path(folder), world)
        with _served(home) as port:
            found = _rehearsed(world, home, port, chosen.days)
    rows = found.pop("rows")
    report(
        f"Popularity against the default, and the default against itself, {chosen.days} days at a real site", rows, chosen.json,
        listeners=len(world.people), seed=chosen.seed, window_days=WINDOW_DAYS, **found, seconds=time.perf_counter() - begun,
    )  # fmt: skip


def _home(folder: Path, world: World) -> Home:
    """A home with the world up to the first day, and a snapshot of it; its clock stands on that day."""
    os.environ |= {
        "SEGUE_HOME": str(folder), "SEGUE_CLOCK_FILE": str(folder / "clock"), "SEGUE_RATE_LIMIT": "0",
        "SEGUE_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "segue.web.settings",
    }  # fmt: skip
    home = Home.at(folder)
    library = world.library(0, *nothing_yet(world))
    library.save(home.library_path)
    train(
        library,
        home.snapshots,
        model="ease",
        level="track",
        signal="listens",
        measure=False,
        ranker=False,
        sequence=False,
    )
    move(folder / CLOCK, YEAR_START_MS + world.starts_ms(0))
    return home


@contextmanager
def _served(home: Home) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "segue.cli.main", "serve", "--port", str(port), "--workers", "2", "--no-worker"]
    server = subprocess.Popen(
        [*command, "--home", str(home.path)], env=os.environ | {"SEGUE_URL": f"http://127.0.0.1:{port}"}
    )
    try:
        until = time.monotonic() + 300
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _rehearsed(world: World, home: Home, port: int, days: int) -> dict[str, Any]:
    from segue.web.setup import set_up  # noqa: PLC0415

    set_up(home)
    from segue.web.experiments.jobs import look_at_all  # noqa: PLC0415
    from segue.web.experiments.models import Experiment  # noqa: PLC0415
    from segue.web.experiments.rehearsal import tokens  # noqa: PLC0415

    one = _begun(
        "Popularity or the default", "ranking", ("popularity", "popularity"), ("default", "default"), len(world.people)
    )
    both = _begun(
        "The default or the default", "a/a", ("default", "default"), ("the same", "default"), len(world.people)
    )
    rows: list[dict[str, Any]] = []

    def evening(day: Day, _now_ms: int) -> None:
        look_at_all()
        row: dict[str, Any] = {"day": day.number + 1, "visits": day.visits, "plays": day.tracks}
        for name, experiment in (("", one), ("a/a ", both)):
            found = Experiment.objects.get(pk=experiment.pk).finding.document
            primary: dict[str, Any] = next((each for each in found["rows"] if each["metric"] == "listen-through"), {})
            row |= {
                f"{name}counted": sum(found["counted"].values()), f"{name}difference": primary.get("difference"),
                f"{name}low": primary.get("low"), f"{name}high": primary.get("high"),
                f"{name}verdict": found["verdicts"][0]["decision"],
            }  # fmt: skip
        rows.append(row)
        print(row, flush=True)

    begun = time.perf_counter()
    with (
        tokens(world.people.frame["listener_id"].to_list()) as keys,
        closing(Site(place_of(f"http://127.0.0.1:{port}"), keys)) as site,
    ):
        went = go(world, site, days, lambda now_ms: move(home.path / CLOCK, now_ms), evening)
    seconds = time.perf_counter() - begun
    sure = next((row["day"] for row in rows if row["verdict"] in {"ship", "keep", "stop"}), None)
    return {
        "rows": rows, "visits": sum(day.visits for day in went), "requests": site.requests,
        "requests_per_s": site.requests / seconds, "days_to_verdict": sure,
        "verdict": _told(one.pk), "verdict_of_a_a": _told(both.pk),
        "a_a_ever_claimed": any(row["a/a verdict"] in {"ship", "stop"} for row in rows),
        **_split_anew(both.pk),
    }  # fmt: skip


def _begun(name: str, layer: str, control: tuple[str, str], treatment: tuple[str, str], units: int) -> Any:
    from segue.web.experiments.deciding import NewExperiment, NewVariant, define, start  # noqa: PLC0415

    made = define(
        NewExperiment(
            name=name, hypothesis="Who is shown what suits them plays more of it to the end.", layer=layer,
            variants=(NewVariant(control[0], 0.5, control[1]), NewVariant(treatment[0], 0.5, treatment[1])),
            surfaces=("recommendations",), primary="listen-through", guardrails=("skips", "likes"),
            window_days=WINDOW_DAYS, planned_units=units, minimum_effect=0.02,
        ),
        None,
    )  # fmt: skip
    start(made, None)
    return made


def _told(pk: int) -> str:
    from segue.web.experiments.models import Experiment  # noqa: PLC0415

    found = Experiment.objects.get(pk=pk).finding.document["verdicts"][0]
    return " ".join([found["sentence"], *found["why"]])


def _split_anew(pk: int) -> dict[str, Any]:
    """How often each metric of the A/A, looked at after every day, ever looks different, over many ways to share listeners out."""
    from segue.web.experiments.metrics import METRICS as KNOWN  # noqa: PLC0415
    from segue.web.experiments.models import Seen  # noqa: PLC0415

    seen = list(
        Seen.objects.filter(experiment_id=pk, measured__isnull=False).order_by("time_ms").select_related("listener")
    )
    day_of = np.array([(one.time_ms - seen[0].time_ms) // DAY_MS for one in seen])
    if not seen:
        return {}
    false = {}
    for name in METRICS:
        metric, units = KNOWN[name], [{**(one.measured or {}), "returned": None} for one in seen]
        y, x, before = (
            np.array([of(days) for days in units], dtype=float)
            for of in (metric.y, metric.x or (lambda _: 1.0), metric.before)
        )
        false[name] = sum(_ever(seen, day_of, y, x, before, salt) for salt in range(SPLITS)) / SPLITS
    return {"a_a_splits": SPLITS, **{f"a_a_ever_different_{name}": share for name, share in false.items()}}


def _ever(seen: list[Any], days: np.ndarray, y: np.ndarray, x: np.ndarray, before: np.ndarray, salt: int) -> bool:
    arm = np.array([assign(one.listener.key, f"split {salt}", [0.5, 0.5]) for one in seen])
    rho = tuned(len(seen))
    for day in range(int(days.max()) + 1):
        now = days <= day
        sums = [
            summarise(y[now & (arm == side)], x[now & (arm == side)], before[now & (arm == side)]) for side in (0, 1)
        ]
        effect = compare(*sums, rho=rho)
        if effect.low > 0 or effect.high < 0:
            return True
    return False


if __name__ == "__main__":
    main()
