"""Runs a function in a fresh process: how long each phase took, and how much memory it needed.

A benchmark module has a `main(arguments)` and, when it reads real data, `NEEDS_DATA = True`; SEGUE_DATA then names the
folder that holds it. What `main` finds out goes through `report`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

MB = 1_000_000
PACKAGES = ("numpy", "scipy", "numba", "implicit", "scikit-surprise")


@dataclass
class Meter:
    """Given to the measured function as its first argument, to say which work counts."""

    seconds: dict[str, float] = field(default_factory=dict)
    base_mb: float = 0.0

    def start(self) -> None:
        """From here on memory counts: call it when imports, inputs and compilation are done."""
        _forget_peak()
        self.base_mb = psutil.Process().memory_info().rss / MB

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Wall time of a block, added to what that phase took before."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


@dataclass(frozen=True)
class Measurement:
    """What a function took: wall seconds per phase, MB in use when it started, and at most above that."""

    seconds: dict[str, float]
    base_mb: float
    peak_mb: float
    value: Any


def measure(function: Callable[..., Any], *arguments: Any) -> Measurement:
    """Run `function(meter, *arguments)`, a function of a module, in a process of its own.

    What it returns is the measurement's `value`. Raises what the function raises, and `BrokenProcessPool` when the
    process dies (of too little memory, for one).
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, function, arguments).result()


def _measured(function: Callable[..., Any], arguments: Sequence[Any]) -> Measurement:
    meter = Meter()
    meter.start()
    value = function(meter, *arguments)
    return Measurement(meter.seconds, meter.base_mb, max(_peak_mb() - meter.base_mb, 0.0), value)


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--json", type=Path, metavar="F", help="write the results to this file")
    return options


def report(title: str, rows: Sequence[dict[str, Any]], json_file: Path | None, **about: Any) -> None:
    """Print `rows` (all with the same columns) as a table, and write them with `about` and the machine as JSON."""
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column, justify="left" if isinstance(rows[0][column], str) else "right")
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for name, value in about.items():
        print(f"{name.replace('_', ' ')}: {_shown(value)}")
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        document = {"title": title, "machine": _machine(), "about": about, "rows": list(rows)}
        json_file.write_text(json.dumps(document, indent=1) + "\n")


def each_set(
    description: str | None,
    title: str,
    names: Sequence[str],
    measured: Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]],
    arguments: list[str] | None = None,
) -> None:
    """Measure one data set after the other, and report after each what there is so far; rows name their `set`.

    `measured` gives the rows of a data set and what is to be said about them. With --data, those of others in the file stay there.
    """
    options = parser(description)
    options.add_argument(
        "--data", choices=names, action="append", help="only this data set; those in the file stay there"
    )
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    for name in chosen.data or names:
        begun = time.perf_counter()
        found, more = measured(name)
        if chosen.data and chosen.json and chosen.json.exists():
            before = json.loads(chosen.json.read_text())
            same = {row["set"] for row in found}
            rows, about = [row for row in before["rows"] if row["set"] not in same], before["about"]
        rows += found
        about |= {f"{name}: {what}": value for what, value in more.items()}
        about[f"{name}: seconds"] = round(time.perf_counter() - begun)
        report(title, rows, chosen.json, **about)


def data_folder(name: str) -> Path:
    """A folder of real data in SEGUE_DATA. Ends the benchmark with one line when it is not there."""
    folder = Path(os.environ.get("SEGUE_DATA", "")) / name
    if "SEGUE_DATA" not in os.environ or not folder.is_dir():
        sys.exit(f"no folder {name}: set SEGUE_DATA to the folder that has it")
    return folder


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)


def _machine() -> dict[str, Any]:
    installed = {package: version(package) for package in PACKAGES}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(psutil.Process().cpu_affinity()),
        "memory_mb": round(psutil.virtual_memory().total / MB),
        "packages": installed,
    }


def _forget_peak() -> None:
    """Linux keeps the highest resident size until told to forget it; elsewhere it counts from the process's start."""
    reset = Path("/proc/self/clear_refs")
    if os.access(reset, os.W_OK):
        reset.write_text("5")


def _peak_mb() -> float:
    """Not `ru_maxrss` on Linux: a child inherits its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MB if sys.platform == "darwin" else peak * 1024 / MB
