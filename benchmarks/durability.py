"""kill -9 under load: of a process of the server, and of the whole server. Every acknowledged listen must be there, once.

Runs on the database of DATABASE_URL (else SQLite in a folder of its own), on loopback, for a bounded number of times.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.measure import parser, report
from segue.demo import world
from segue.library import Library

SENDERS = 3
BATCH = 5
PAUSE_S = 1.0
_ACCOUNT = """
import django; django.setup()
from segue.web.accounts.models import Token, User
print(Token.issue(User.objects.create_user("crash@example.org"), "crash", ["read", "listen"])[1])
"""
_THERE = """
import django; django.setup()
from segue.web.listening.models import Listen
for one in Listen.objects.filter(listener__user__email="crash@example.org").values_list("time_ms", flat=True): print(one)
"""


@dataclass
class Sent:
    """Times of listens, which tell them apart: what was sent, and what was acknowledged."""

    sent: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)


class Server:
    """`segue serve` on a home of its own."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, "SEGUE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "segue.web.settings",
                            "SEGUE_RATE_LIMIT": "10000000"}  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "segue.cli.main",
            "serve",
            "--port",
            str(self.port),
            "--workers",
            "2",
            "--no-worker",
        ]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, "the server ended by itself"
            time.sleep(0.1)
        raise AssertionError("the server did not answer within 90 seconds")

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]

    def kill_worker(self) -> None:
        [victim, *_] = self.workers()
        victim.send_signal(signal.SIGKILL)

    def kill_all(self) -> None:
        assert self.process is not None
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for one in family:
            one.send_signal(signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(family, timeout=10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def says(self, script: str) -> list[str]:
        """The lines a script prints that runs beside the server."""
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()


def survives(home: Path, kills: int) -> dict[str, Any]:
    """Kill so many times, a process and the whole server by turns; what was sent, acknowledged, lost and doubled."""
    library = world(seed=1, scale=0.02)
    catalogue = Library.of(artists=library.artists, releases=library.releases, tracks=library.tracks)
    catalogue.save(home / "library")
    tracks = catalogue.tracks["track_id"].to_list()
    server = Server(home)
    server.start()
    [key] = server.says(_ACCOUNT)
    told, stop = Sent(), threading.Event()
    senders = [threading.Thread(target=_send, args=(server.port, key, tracks, told, stop, n)) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        for turn in range(kills):
            time.sleep(PAUSE_S)
            if turn % 2:
                server.kill_all()
                server.start()
            else:
                server.kill_worker()
        time.sleep(PAUSE_S)
    finally:
        stop.set()
        for sender in senders:
            sender.join()
        server.stop()
    there = [int(one) for one in server.says(_THERE)]
    return {"kills": kills, "sent": len(told.sent), "acknowledged": len(told.acknowledged),
            "lost": len(told.acknowledged - set(there)), "doubled": len(there) - len(set(there)),
            "never_sent": len(set(there) - told.sent)}  # fmt: skip


def _send(port: int, key: str, tracks: list[str], told: Sent, stop: threading.Event, number: int) -> None:
    """Send batches until told to stop; each again until it is acknowledged, as a careful client does."""
    clock = 1_700_000_000_000 + number * 10_000_000_000
    while not stop.is_set():
        times = [clock + place for place in range(BATCH)]
        clock += BATCH
        body = [{"track": tracks[at % len(tracks)], "time_ms": at, "id": secrets.token_hex(8)} for at in times]
        told.sent.update(times)
        while not stop.is_set():
            try:
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/api/v1/listens", json=body, timeout=10,
                    headers={"Authorization": f"Bearer {key}"},
                )  # fmt: skip
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                told.acknowledged.update(times)
                break
            assert answer.status_code in {429, 500, 502, 503}, answer.text
            time.sleep(0.05)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=20, help="how often")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        row = survives(Path(folder), chosen.kills)
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    report("Listens that were acknowledged, after kill -9 under load", [{"database": database, **row}], chosen.json)


if __name__ == "__main__":
    main()
