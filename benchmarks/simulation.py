"""Twelve weeks of simulated listeners under three policies: do they discover, skip less, and does their world narrow?

All policies begin with the same listening and meet the same luck, and the engine is trained anew every week. The change is from the
first quarter of the weeks to the last, with a 95% bootstrap interval over listeners. With --seeds, other worlds as well.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.measure import parser, report
from segue.simulation import Simulation, simulate
from segue.simulation.course import MODEL, SCALE, WEEKS
from segue.simulation.measures import MEASURES
from segue.simulation.policies import COMPARED


def rows_of(found: Simulation) -> list[dict[str, Any]]:
    """One row for each policy and measure: every week, and the interval of what changed from the first weeks to the last."""
    rows = []
    for course in found.courses:
        for measure in MEASURES:
            interval = found.change(course, measure).difference
            known = interval is not None and np.isfinite(interval.mean)
            weekly = [float(value) if np.isfinite(value) else None for value in course.weekly(measure.id)]
            rows.append({
                "seed": found.seed, "policy": course.policy.name, "measure": measure.id,
                **{f"{week}": None if value is None else float(f"{value:.4g}") for week, value in enumerate(weekly, 1)},
                "change 95%": f"{interval.low:+.3f} to {interval.high:+.3f}" if interval and known else "",
            })  # fmt: skip
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Simulate, print, and write."""
    options = parser(__doc__)
    options.add_argument("--weeks", type=int, default=WEEKS)
    options.add_argument("--scale", type=float, default=SCALE)
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--model", default=MODEL)
    options.add_argument("--policies", default=",".join(COMPARED))
    chosen = options.parse_args(arguments)
    rows, verdict = [], []
    begun = time.perf_counter()
    for seed in range(1, chosen.seeds + 1):
        found = simulate(
            weeks=chosen.weeks, scale=chosen.scale, seed=seed, policies=chosen.policies.split(","), model=chosen.model,
            progress=lambda text: print(text, flush=True),
        )  # fmt: skip
        rows += rows_of(found)
        verdict += found.verdict()
    report(
        f"{chosen.weeks} weeks of simulated listeners", rows, chosen.json, scale=chosen.scale, model=chosen.model,
        seconds=time.perf_counter() - begun, verdict=" ".join(verdict),
    )  # fmt: skip


if __name__ == "__main__":
    main()
