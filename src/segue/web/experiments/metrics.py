"""The metrics of experiments: what is summed up of each listener's days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Days = Mapping[str, Any]
"""What `measuring.Measured` came to."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        id, title, meaning: as it is chosen, shown and explained.
        better: which way is good.
        y: what is counted of a listener; None: not known of them (yet).
        x: what it is divided by; None: it is a mean over listeners.
        before: what the same listener did before, which CUPED uses.
        percent: whether it is a share.
    """

    id: str
    title: str
    meaning: str
    better: Literal["up", "down"]
    y: Callable[[Days], float | None]
    x: Callable[[Days], float] | None
    before: Callable[[Days], float]
    percent: bool = True


def _share(part: str, of: str) -> Callable[[Days], float]:
    return lambda days: days["before"][part] / days["before"][of] if days["before"][of] else 0.0


def _through_before(days: Days) -> float:
    before = days["before"]
    return 1 - before["skipped"] / before["known"] if before["known"] else 0.0


def _returned(days: Days) -> float | None:
    return None if days["returned"] is None else float(days["returned"])


METRICS: dict[str, Metric] = {
    one.id: one
    for one in (
        Metric("listen-through", "Listen-through", "Of the tracks that were started, how many were played to the end.", "up",
               lambda days: days["through"], lambda days: days["started"], _through_before),
        Metric("click-through", "Click-through", "Of the places shown, how many were played.", "up",
               lambda days: days["started"], lambda days: days["shown"], lambda days: days["before"]["listens"]),
        Metric("skips", "Skips", "Of the tracks that were started, how many were skipped.", "down",
               lambda days: days["skipped"], lambda days: days["started"], _share("skipped", "known")),
        Metric("likes", "Likes", "Of the tracks that were started, how many were liked.", "up",
               lambda days: days["liked"], lambda days: days["started"], lambda days: days["before"]["likes"]),
        Metric("discovery", "Discovery", "Artists never heard before, for each listener.", "up",
               lambda days: days["found"], None, lambda days: days["before"]["listens"], percent=False),
        Metric("listens", "Listens", "All that was played, from wherever, for each listener.", "up",
               lambda days: days["listens"], None, lambda days: days["before"]["listens"], percent=False),
        Metric("days", "Days with listening", "On how many days they listened.", "up",
               lambda days: days["days"], None, lambda days: days["before"]["days"], percent=False),
        Metric("returned", "Came back", "Who listened again in the window after the first.", "up",
               _returned, None, lambda days: days["before"]["days"]),
    )
}  # fmt: skip
