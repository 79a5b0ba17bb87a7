"""kill -9 under load: of a process of the server, of the whole server, and of PostgreSQL.

Every listen that was acknowledged must be there once, as it was sent, and none that was not sent. Each run has a server, a home
and a database of its own, on loopback.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.measure import parser, report
from benchmarks.postgresql import Postgresql
from segue.demo import world
from segue.library import Library

DATABASES = ("SQLite", "PostgreSQL")
SENDERS = 3
BATCH = 5
PAUSE_S = 1.0
PATIENCE_S = 600
_ACCOUNT = """
import django; django.setup()
from segue.web.accounts.models import Token, User
print(Token.issue(User.objects.create_user("crash@example.org"), "crash", ["read", "listen"])[1])
"""
_THERE = """
import django; django.setup()
from segue.web.listening.models import Listen
for one in Listen.objects.filter(listener__user__email="crash@example.org").values_list("time_ms", "track__key"): print(*one)
"""


@dataclass
class Told:
    """Listens by their times, which tell them apart: the track of what was sent, and what was acknowledged."""

    sent: dict[int, str] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


class Server:
    """`segue serve` with two processes and a worker, on a home of its own."""

    def __init__(self, home: Path, database_url: str = "") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "SEGUE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "segue.web.settings",
                            "DATABASE_URL": database_url, "SEGUE_RATE_LIMIT": "0", "SEGUE_LOG_LEVEL": "ERROR"}  # fmt: skip
        self.log = home.parent / f"{home.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to serve; it answers when this returns."""
        command = [sys.executable, "-m", "segue.cli.main", "serve", "--port", str(self.port), "--workers", "2"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        _await(self.answers, lambda: self.log.read_text()[-2000:])

    def answers(self) -> bool:
        """Whether it answers; it must not have ended by itself."""
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended: {self.log.read_text()[-2000:]}"
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def family(self) -> list[psutil.Process]:
        """Its processes below the first."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [one for one in self.family() if _is_alive(one) and "spawn_main" in " ".join(one.cmdline())]

    def kill_worker(self) -> None:
        """kill -9 of a process that answers requests; another must take its place."""
        before = self.workers()
        secrets.choice(before).kill()
        _await(
            lambda: len(self.workers()) == len(before) and self.workers() != before, lambda: "no other process began"
        )
        _await(self.answers, lambda: "the server does not answer")

    def kill(self) -> None:
        """kill -9 of the first process only; the others must end by themselves, and leave the port."""
        assert self.process is not None
        family = self.family()
        self.process.kill()
        self.process.wait()
        _await(lambda: not any(map(_is_alive, family)), lambda: f"still there: {list(filter(_is_alive, family))}")
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", self.port))

    def stop(self) -> None:
        """End it as one should."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def says(self, script: str) -> list[str]:
        """The lines of a script that runs beside the server."""
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()


def survives(home: Path, kills: int, postgresql: Postgresql | None = None, more_kills: int = 0) -> dict[str, Any]:
    """Kill so many times under load, a process and the whole server by turns; then PostgreSQL, `more_kills` times.

    How many listens were sent and acknowledged, and how many of those are lost, doubled, other than sent, or were never sent.
    """
    library = world(seed=1, scale=0.02)
    catalogue = Library.of(artists=library.artists, releases=library.releases, tracks=library.tracks)
    catalogue.save(home / "library")
    server = Server(home, postgresql.url if postgresql is not None else "")
    turns: list[Callable[[], None]] = [server.kill_worker, lambda: _killed_and_begun(server)] * ((kills + 1) // 2)
    turns = turns[:kills]
    if postgresql is not None:
        turns += [lambda: _killed_and_begun(postgresql)] * more_kills
    try:
        server.start()
        [key] = server.says(_ACCOUNT)
        told = _under_load(server, key, catalogue.tracks["track_id"].to_list(), turns)
        there = [(int(time_ms), track) for time_ms, track in map(str.split, server.says(_THERE))]
    finally:
        server.stop()
    assert not told.problems, told.problems
    return _compared(told, there)


def _killed_and_begun(one: Server | Postgresql) -> None:
    one.kill()
    one.start()


def _under_load(server: Server, key: str, tracks: Sequence[str], turns: Sequence[Callable[[], None]]) -> Told:
    """Send listens all the while, kill in turn, and send until each of the senders was acknowledged something afterwards."""
    told, stop = Told(), threading.Event()
    senders = [threading.Thread(target=_send, args=(server.url, key, tracks, told, stop, n)) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        for turn in turns:
            time.sleep(PAUSE_S)
            turn()
        before = len(told.acknowledged)
        _await(lambda: len(told.acknowledged) > before + SENDERS * BATCH, lambda: f"nothing is taken: {told.problems}")
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    return told


def _send(url: str, key: str, tracks: Sequence[str], told: Told, stop: threading.Event, number: int) -> None:
    """Send batches until told to stop; each again until it is acknowledged, as a careful client does."""
    clock = 1_700_000_000_000 + number * 10_000_000_000
    with httpx.Client(timeout=10, headers={"Authorization": f"Bearer {key}"}) as client:
        while not stop.is_set():
            batch = {clock + place: tracks[(clock + place) % len(tracks)] for place in range(BATCH)}
            clock += BATCH
            body = [{"track": track, "time_ms": at, "id": secrets.token_hex(8)} for at, track in batch.items()]
            told.sent.update(batch)
            while not stop.is_set():
                try:
                    answer = client.post(f"{url}/api/v1/listens", json=body)
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    told.acknowledged.update(batch)
                    break
                if answer.status_code not in {429, 500, 502, 503}:
                    told.problems.append(f"{answer.status_code}: {answer.text[:200]}")
                    return
                time.sleep(0.02)


def _compared(told: Told, there: Sequence[tuple[int, str]]) -> dict[str, Any]:
    times = Counter(at for at, _ in there)
    return {
        "sent": len(told.sent),
        "acknowledged": len(told.acknowledged),
        "lost": len(told.acknowledged - times.keys()),
        "doubled": sum(times.values()) - len(times),
        "changed": sum(told.sent.get(at, track) != track for at, track in there),
        "never_sent": len(times.keys() - told.sent.keys()),
    }


def _is_alive(one: psutil.Process) -> bool:
    """Not one that has ended and was not buried yet."""
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _await(what: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until, otherwise()
        time.sleep(0.05)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=20, help="how often, a process and the whole server by turns")
    options.add_argument("--more", type=int, default=5, help="how often PostgreSQL is killed too")
    options.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for database in chosen.database or DATABASES:
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, ExitStack() as over:
            postgresql = Postgresql() if database == "PostgreSQL" else None
            if postgresql is not None:
                over.callback(postgresql.stop)
            row = survives(Path(folder) / "home", chosen.kills, postgresql, chosen.more)
        killed = {"of a process": (chosen.kills + 1) // 2, "of the server": chosen.kills // 2,
                  "of PostgreSQL": chosen.more if postgresql is not None else 0}  # fmt: skip
        rows.append({"database": database, **killed, **row, "seconds": round(time.perf_counter() - begun)})
        report("Listens that were acknowledged, after kill -9 under load", rows, chosen.json)


if __name__ == "__main__":
    main()
