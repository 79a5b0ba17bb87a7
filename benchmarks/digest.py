"""The weekly letter to 1,000 listeners of the demo world by a real worker, which is killed with -9 in the middle, again and again.

A mail server in a process of its own writes down each letter before it answers. Every second time the worker is killed at any
moment, and every other time between the end of a letter and the answer to it. Each listener must have exactly one.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from benchmarks.measure import parser, report
from segue.demo import world
from segue.engine.train import train
from segue.home import Home
from segue.library import Library

LISTENERS = 1000
KILLS = 3
LATE_S = 0.5
"""How long the mail server takes between having a letter and saying so, while there is a file `slow`."""
PATIENCE_S, QUIET_S = 1800, 120
_LOAD = """
import django; django.setup()
from django.conf import settings
from segue.web.catalog.load import load
load(settings.HOME.library())
from segue.web.accounts.models import User
from segue.web.digest.models import Subscription
from segue.web.listening.models import Listener
for one in Listener.objects.order_by("key"):
    user = User.objects.create(email=one.key.replace(":", "-") + "@example.org", name="Robin")
    Listener.objects.filter(pk=one.pk).update(user=user)
    Subscription.objects.create(listener=one, address=user.email, state="on", asked_ms=0, confirmed_ms=0)
"""
_BEGIN = """
import django; django.setup()
from segue.web.jobs.models import Job
from segue.web.jobs.queue import start
if not Job.objects.filter(kind="digest", state__in=("queued", "running")).exists():
    start("digest", None, {"late": True})
"""
"""What the next hour does by itself, where a job was given up because it was killed too often."""
_STATES = """
import django; django.setup()
from collections import Counter
from segue.web.digest.models import Letter
import json; print(json.dumps(dict(Counter(Letter.objects.values_list("state", flat=True)))))
"""


# -- a mail server -------------------------------------------------------------------------------------------------------


def serve(file: Path, ready: Connection) -> None:
    """Take letters in: a line of JSON each (to, Message-ID, size), on the disk before the answer."""
    asyncio.run(_serve(file, ready))


async def _serve(file: Path, ready: Connection) -> None:
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 (of the tests)

    class Post:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
            letter = message_from_bytes(envelope.content, policy=policy.default)
            one = {
                "to": envelope.rcpt_tos,
                "id": letter["Message-ID"],
                "size": len(envelope.content),
                "at": time.time(),
            }
            with file.open("ab") as out:
                out.write(orjson.dumps(one) + b"\n")
                out.flush()
                os.fsync(out.fileno())
            if file.with_name("slow").exists():
                await asyncio.sleep(LATE_S)
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Post(), loop=loop, hostname="mail.example"), "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def received(file: Path) -> list[dict[str, Any]]:
    """What came in so far."""
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


# -- a service -----------------------------------------------------------------------------------------------------------


def recent() -> Library:
    """The demo world, as if it ended a week ago: whole weeks later, so that its Mondays stay Mondays."""
    made = world(seed=1)
    latest = made.listens["time"].max()
    assert isinstance(latest, datetime)
    later = (datetime.now(UTC) - latest) // timedelta(weeks=1) * timedelta(weeks=1)
    listens = made.listens.with_columns(pl.col("time") + later)
    releases = made.releases.with_columns(pl.col("date") + later)
    tracks = made.tracks.with_columns(pl.col("date") + later)
    return replace(made, listens=listens, releases=releases, tracks=tracks)


class Service:
    """A home with the demo world, trained, and its listeners with confirmed letters."""

    def __init__(self, folder: Path, port: int) -> None:
        self.home, self.log = Home(folder), folder.parent / "worker.log"
        self.environment = {
            **os.environ, "SEGUE_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "segue.web.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}", "SEGUE_MAIL_PER_MINUTE": "0", "SEGUE_MAIL_FROM": "Segue <segue@example.org>",
            "SEGUE_URL": "https://music.example.org", "SEGUE_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        self.worker: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Fill it."""
        library = recent()
        library.save(self.home.library_path)
        train(library, self.home.snapshots, model="ease", measure=False, ranker=False)
        for words in (["migrate", "-v", "0"], ["createcachetable"]):
            subprocess.run([sys.executable, "-m", "django", *words], env=self.environment, check=True)
        self.ask(_LOAD)

    def ask(self, script: str) -> str:
        """What a script says that runs on it."""
        command = [sys.executable, "-c", script]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def work(self) -> None:
        """Begin to work."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "segue.cli.main", "worker", "--threads", "2"]
            self.worker = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """kill -9."""
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()


# -- the run -------------------------------------------------------------------------------------------------------------


def run(folder: Path, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send, kill, begin again; a row of what came of it, and what more there is to say."""
    box, (ours, theirs) = folder / "received", multiprocessing.Pipe()
    mail = multiprocessing.get_context("spawn").Process(target=serve, args=(box, theirs), daemon=True)
    mail.start()
    service = Service(folder / "home", ours.recv())
    service.make()
    service.ask(_BEGIN)
    end = time.monotonic() + PATIENCE_S
    random = np.random.default_rng(arguments.seed)
    kills = []
    try:
        for number in range(arguments.kills):
            service.work()
            _until(box, len(received(box)) + LISTENERS // (arguments.kills + 1))
            if number % 2:
                box.with_name("slow").touch()
                time.sleep(LATE_S)
                _until(box, len(received(box)) + 1)
                box.with_name("slow").unlink()
            else:
                time.sleep(float(random.uniform(0, 0.2)))
            service.kill()
            states = orjson.loads(service.ask(_STATES))
            kills.append({"before the answer": bool(number % 2), "received": len(received(box)), "states": states})
        service.work()
        while len(received(box)) < LISTENERS and time.monotonic() < end:
            service.ask(_BEGIN)
            _until(box, len(received(box)) + LISTENERS // 10)
        time.sleep(5)
    finally:
        service.kill()
        mail.terminate()
    return _told(received(box), kills, orjson.loads(service.ask(_STATES)))


def _until(box: Path, n: int) -> None:
    """Wait for so many letters, until none came for `QUIET_S`: a worker that died is missed after a minute."""
    before, quiet_since = 0, time.monotonic()
    while (now := len(received(box))) < min(n, LISTENERS) and time.monotonic() - quiet_since < QUIET_S:
        if now != before:
            before, quiet_since = now, time.monotonic()
        time.sleep(0.02)


def _told(
    letters: list[dict[str, Any]], kills: list[dict[str, Any]], states: dict[str, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    each = Counter(to for one in letters for to in one["to"])
    at = np.array([one["at"] for one in letters])
    gaps = np.diff(at)
    sending_s = float(gaps[gaps < 5].sum())
    sizes = [one["size"] / 1000 for one in letters]
    row = {
        "listeners": LISTENERS, "letters": len(letters), "exactly one": sum(n == 1 for n in each.values()),
        "none": LISTENERS - len(each), "more than one": sum(n > 1 for n in each.values()),
        "message ids": len({one["id"] for one in letters}), "letters/s": round(len(letters) / sending_s, 1),
        "median kB": round(float(np.median(sizes)), 1), "largest kB": round(max(sizes), 1),
    }  # fmt: skip
    return row, {"kills": kills, "states": states}


def main(arguments: list[str] | None = None) -> None:
    """Run it, and write down what came of it."""
    asked = parser(__doc__)
    asked.add_argument("--kills", type=int, default=KILLS, help="so often the worker is killed")
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="segue-digest-") as folder:
        row, about = run(Path(folder), given)
    report("Weekly letters by a worker that is killed with -9", [row], given.json, **about)


if __name__ == "__main__":
    main()
