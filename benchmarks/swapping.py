"""Twenty changes of the snapshot in use while requests go on: how many were asked, how many failed, and how long the slowest took.

A real server of two processes on loopback, the demo world, and a snapshot of another model each time, as a retraining publishes it
or somebody goes back. A change is over when both processes answer from the new one.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.durability import Server
from benchmarks.measure import parser, report
from segue.demo import world
from segue.engine.train import train
from segue.home import Home

SWAPS = 20
ASKING = 3
"""So many ask, each again as soon as it is answered."""
SETTLED = 60
"""A change is over when so many answers in a row are of the new snapshot, over connections that are made anew."""
ASKED_OVER_ONE = 10
PATIENCE_S = 120
_ACCOUNT = """
import django; django.setup()
from django.db.models import Count
from segue.web.accounts.models import Token, User
from segue.web.listening.models import Listener
for one in Listener.objects.annotate(n=Count("listens")).filter(n__gt=0).order_by("key")[:50]:
    user = User.objects.create_user(one.key + "@example.org")
    Listener.objects.filter(pk=one.pk).update(user=user)
    print(Token.issue(user, "swapping", ["read"])[1])
"""


@dataclass
class Asked:
    """What came of asking: seconds of each answer, what failed, and how many answers in a row were of the same snapshot."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    by_snapshot: dict[str, int] = field(default_factory=dict)
    row: int = 0
    last: str = ""

    def note(self, seconds: float, snapshot: str) -> None:
        """An answer."""
        self.seconds.append(seconds)
        self.by_snapshot[snapshot] = self.by_snapshot.get(snapshot, 0) + 1
        self.row = self.row + 1 if snapshot == self.last else 1
        self.last = snapshot


def swap(home: Home, names: Sequence[str], swaps: int) -> dict[str, Any]:
    """Change the snapshot so many times under load."""
    server = Server(home.path)
    server.environment["SEGUE_SNAPSHOT_CHECK_S"] = "1"
    server.start()
    asked, lock, over = Asked(), threading.Lock(), threading.Event()
    try:
        tokens = server.says(_ACCOUNT)
        threads = [
            threading.Thread(target=_ask, args=(server, tokens, asked, lock, over, one)) for one in range(ASKING)
        ]
        for thread in threads:
            thread.start()
        _settle(asked, lock, names[-1])
        calm, taken = len(asked.seconds), []
        for number in range(swaps):
            home.snapshots.use(names[number % len(names)])
            taken.append(_settle(asked, lock, names[number % len(names)]))
        over.set()
        for thread in threads:
            thread.join()
    finally:
        over.set()
        server.stop()
    seconds = np.array(asked.seconds[calm:])
    return {
        "swaps": swaps, "requests": len(seconds), "failures": len(asked.failures), "failed": asked.failures[:5],
        "median_ms": round(1e3 * float(np.median(seconds)), 1), "p99_ms": round(1e3 * float(np.quantile(seconds, 0.99)), 1),
        "slowest_ms": round(1e3 * float(seconds.max()), 1), "swap_s": round(float(np.mean(taken)), 1),
        "answers_by_snapshot": asked.by_snapshot,
    }  # fmt: skip


def _ask(
    server: Server, tokens: Sequence[str], asked: Asked, lock: threading.Lock, over: threading.Event, first: int
) -> None:
    number = first
    while not over.is_set():
        with httpx.Client(base_url=server.url, timeout=30) as client:
            for _ in range(ASKED_OVER_ONE):
                number += ASKING
                head = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
                begun = time.perf_counter()
                try:
                    # Another number each time: nothing is answered from what is kept ready.
                    answer = client.get("/api/v1/recommendations", params={"n": 5 + number % 40}, headers=head)
                    answer.raise_for_status()
                    snapshot = answer.json()["snapshot"]
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    with lock:
                        asked.failures.append(repr(error))
                    continue
                with lock:
                    asked.note(time.perf_counter() - begun, snapshot)


def _settle(asked: Asked, lock: threading.Lock, name: str) -> float:
    """Wait until all answers are of a snapshot; how long that took, in s."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_S:
        with lock:
            if asked.last == name and asked.row >= SETTLED:
                return time.perf_counter() - begun
        time.sleep(0.05)
    raise TimeoutError(f"{name} was not taken up in {PATIENCE_S} s; failures: {asked.failures[:3]}")


def main(arguments: list[str] | None = None) -> None:
    """Swap, and say what came of it; nothing may fail."""
    options = parser(__doc__)
    options.add_argument("--swaps", type=int, default=SWAPS)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="segue-swapping-") as place:
        home = Home(Path(place) / "home")
        library = world(seed=1, scale=0.1)
        library.save(home.library_path)
        names = [
            train(library, home.snapshots, model=model, measure=False, ranker=False).name
            for model in ("ease", "item-knn", "rp3beta")
        ]
        found = swap(home, names, chosen.swaps)
    about = {name: found.pop(name) for name in ("failed", "answers_by_snapshot")}
    report("Requests while the snapshot in use changes", [found], chosen.json, **about)
    assert not found["failures"], about["failed"]


if __name__ == "__main__":
    main()
