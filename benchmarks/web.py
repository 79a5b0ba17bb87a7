"""The service under load: 2 processes on loopback, asked over 16 connections, beside a bare Django view of the same bytes.

The catalogue is the demo world, and so are the 200 listeners who ask, with their histories. Limits are counted, and none is
reached. Whoever asks shares the cores with the server; how much of a core that takes is reported.
"""

from __future__ import annotations

import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import psutil

from benchmarks.measure import parser, report
from benchmarks.postgresql import Postgresql
from segue.demo import world
from segue.library import Library

CONNECTIONS = 16
WORKERS = 2
LISTENERS = 200
BATCH = 100
SECONDS = 10
WARM_S = 3
LEAST = 4
"""So often each connection asks, however little time there is."""
SETTINGS = {"SEGUE_RATE_LIMIT": "100000000", "SEGUE_LOG_LEVEL": "WARNING"}
_ACCOUNTS = f"""
import django; django.setup()
from django.db.models import Count
from segue.web.accounts.models import Token, User
from segue.web.listening.models import Listener
for one in Listener.objects.annotate(n=Count("listens")).filter(n__gt=0).order_by("key")[:{LISTENERS}]:
    user = User.objects.create_user(one.key + "@example.org")
    Listener.objects.filter(pk=one.pk).update(user=user)
    print(Token.issue(user, "load", ["read", "listen", "write"])[1], one.n)
"""
_THERE = """
import django; django.setup()
from segue.web.listening.models import Listen
print(Listen.objects.filter(source="load").count())
"""


# -- asking ---------------------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A request to be sent: what it is called in the report, and its bytes."""

    kind: str
    request: bytes


@dataclass
class Connection:
    """One connection, which asks again as soon as it has its answer."""

    number: int
    socket: socket.socket
    asked: int = 0
    kind: str = ""
    sent: float = 0.0
    answer: bytes = b""
    length: int | None = None


@dataclass
class Load:
    """What a run of requests came to.

    Attributes:
        seconds: of each answer, by kind.
        wall_s: how long it took.
        asking_cores, serving_cores: how much of the cores the asking took, and the server.
        last: the last answer of each kind.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wall_s: float = 0.0
    asking_cores: float = 0.0
    serving_cores: float = 0.0
    last: dict[str, bytes] = field(default_factory=dict)

    @property
    def cpu_ms(self) -> float:
        """What a request cost the server, of whatever kind."""
        return 1e3 * self.serving_cores * self.wall_s / sum(map(len, self.seconds.values()))


def load(server: Server, asked: Callable[[int], Asked], seconds: float, least: int = LEAST) -> Load:
    """Ask over all connections at once, each as soon as it is answered and so often at least. Every answer must be a 200."""
    found = Load()
    selector = selectors.DefaultSelector()
    connections = []
    for number in range(CONNECTIONS):
        one = Connection(number, socket.create_connection(("127.0.0.1", server.port)))
        one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one.socket, selectors.EVENT_READ, one)
        connections.append(one)
    asking, serving, begun = time.process_time(), server.cpu_s(), time.perf_counter()
    end, left = begun + seconds, CONNECTIONS
    for one in connections:
        _ask(one, asked)
    while left:
        for key, _ in selector.select(30):
            one = key.data
            if not _answered(one, found):
                continue
            if time.perf_counter() < end or one.asked < least:
                _ask(one, asked)
            else:
                left -= 1
    found.wall_s = time.perf_counter() - begun
    found.asking_cores = (time.process_time() - asking) / found.wall_s
    found.serving_cores = (server.cpu_s() - serving) / found.wall_s
    for one in connections:
        one.socket.close()
    selector.close()
    return found


def _ask(one: Connection, asked: Callable[[int], Asked]) -> None:
    one.kind, request = asked(one.number)
    one.asked += 1
    one.answer, one.length, one.sent = b"", None, time.perf_counter()
    one.socket.sendall(request)


def _answered(one: Connection, found: Load) -> bool:
    """Read what there is; whether that is the whole answer."""
    got = one.socket.recv(1 << 18)
    assert got, "the server closed a connection"
    one.answer = one.answer + got if one.answer else got
    if one.length is None:
        head = one.answer.find(b"\r\n\r\n")
        if head < 0:
            return False
        said = one.answer[:head].lower()
        at = said.index(b"content-length:") + 15
        one.length = head + 4 + int(said[at : said.find(b"\r", at) if b"\r" in said[at:] else None])
    if len(one.answer) < one.length:
        return False
    found.seconds[one.kind].append(time.perf_counter() - one.sent)
    assert one.answer.startswith(b"HTTP/1.1 200"), one.answer[:600]
    found.last[one.kind] = one.answer
    return True


def get(path: str, key: str) -> bytes:
    """A GET of the API, as a program sends it."""
    return (
        f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()


def post(path: str, key: str, body: bytes) -> bytes:
    """A POST of the API."""
    return (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


# -- what is asked -------------------------------------------------------------------------------------------------------


class Listens:
    """Listens that nobody sent before, of tracks drawn at random."""

    def __init__(self, tracks: list[str]) -> None:
        self.tracks, self.random, self.sent = tracks, np.random.default_rng(0), 0

    def batch(self, n: int) -> bytes:
        """So many, as a body."""
        self.sent += n
        at = 1_600_000_000_000 + self.sent * 1000
        picked = self.random.integers(0, len(self.tracks), n).tolist()
        return orjson.dumps([
            {"track": self.tracks[track], "time_ms": at + place, "ms_played": 200_000, "skipped": False,
             "id": f"load-{at + place}", "source": "load"}
            for place, track in enumerate(picked)
        ])  # fmt: skip


def repeated(keys: list[str]) -> Callable[[int], Asked]:
    """Questions of listeners of whom nothing changed since they asked before."""
    random = np.random.default_rng(1)
    requests = [get("/recommendations", key) for key in keys]
    order = iter(random.integers(0, len(keys), 10_000_000).tolist())
    return lambda _: Asked("answers", requests[next(order)])


def all_of_them(keys: list[str]) -> Callable[[int], Asked]:
    """Every connection asks for every listener in turn: after that, both processes have all answers."""
    turn = [0] * CONNECTIONS

    def asked(number: int) -> Asked:
        turn[number] += 1
        # Each begins elsewhere, so that not all ask for the same listener at once.
        return Asked(
            "answers", get("/recommendations", keys[(turn[number] + number * len(keys) // CONNECTIONS) % len(keys)])
        )

    return asked


def after_a_listen(keys: list[str], listens: Listens) -> Callable[[int], Asked]:
    """A listen and then a question of the same listener, by turns: no answer is kept."""
    mine = [keys[number::CONNECTIONS] for number in range(CONNECTIONS)]
    turn = [0] * CONNECTIONS

    def asked(number: int) -> Asked:
        at = turn[number]
        turn[number] += 1
        key = mine[number][at // 2 % len(mine[number])]
        if at % 2:
            return Asked("answers", get("/recommendations", key))
        return Asked("listens", post("/listens", key, listens.batch(1)))

    return asked


def sending(keys: list[str], listens: Listens, n: int) -> Callable[[int], Asked]:
    """Batches of listens, of one listener after the other."""
    turn = iter(range(10**9))
    return lambda _: Asked("listens", post("/listens", keys[next(turn) % len(keys)], listens.batch(n)))


# -- the servers ---------------------------------------------------------------------------------------------------------


class Server:
    """A server with two processes, until it is stopped."""

    def __init__(self, command: list[str], environment: dict[str, str], path: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, **environment, "PYTHONPATH": str(Path(__file__).parents[1])}
        self.process = subprocess.Popen([*command, "--port", str(self.port)], env=self.environment)
        deadline = time.monotonic() + 300
        # New connections go to one process or the other: after so many, both are ready.
        while not all(self._answers(path) for _ in range(20)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server does not answer")
            time.sleep(0.2)

    def _answers(self, path: str) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as one:
                one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                return one.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def cpu_s(self) -> float:
        """Seconds of all its processes so far."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)

    def says(self, script: str) -> list[str]:
        """The lines of a script that runs in its surroundings."""
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.splitlines()

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


@contextmanager
def segue(home: Path, database: str) -> Iterator[Server]:
    """`segue serve` on a home."""
    command = [sys.executable, "-m", "segue.cli.main", "serve", "--workers", str(WORKERS), "--no-worker"]
    more = {"SEGUE_HOME": str(home), "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "segue.web.settings"}
    server = Server(command, {**SETTINGS, **more}, "/readyz")
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def bare(answers: Path) -> Iterator[Server]:
    """Django with one view, and nothing else, under the server and with the options that `segue serve` has."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS), "--blocking-threads", "2",
        "--backpressure", "256", "--no-ws", "--log-level", "warning", "--factory", "benchmarks.web:bare_application",
    ]  # fmt: skip
    server = Server(command, {"BARE_ANSWERS": str(answers)}, "/api/v1/recommendations")
    try:
        yield server
    finally:
        server.stop()


def bare_application() -> Any:
    """A Django without middleware or database, with one view that answers with the same bytes each time."""
    from django.conf import settings  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415
    from django.urls import path  # noqa: PLC0415

    answers = {kind: (Path(os.environ["BARE_ANSWERS"]) / kind).read_bytes() for kind in ("GET", "POST")}

    def view(request: HttpRequest) -> HttpResponse:
        assert request.method == "GET" or request.body
        body = answers[request.method or ""]
        return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})

    addresses = (path("api/v1/recommendations", view), path("api/v1/listens", view))
    settings.configure(SECRET_KEY=secrets.token_hex(), ALLOWED_HOSTS=["*"], ROOT_URLCONF=addresses)
    return get_wsgi_application()


# -- measuring -----------------------------------------------------------------------------------------------------------


def prepared(home: Path) -> list[str]:
    """Make the demo world and train on it, where that was not done; the keys of its tracks."""
    environment = {**os.environ, "SEGUE_HOME": str(home)}
    if not (home / "library").is_dir():
        world(seed=1, scale=1).save(home / "library")
    if not (home / "snapshots" / "current").exists():
        subprocess.run([sys.executable, "-m", "segue.cli.main", "train", "--no-measure"], env=environment, check=True)
    return Library.open(home / "library").tracks["track_id"].to_list()


class Case(NamedTuple):
    """What is asked, what of it counts, and how many listens each such request brings."""

    name: str
    counts: str
    asked: Callable[[int], Asked]
    listens: int


def measured(home: Path, url: str, tracks: list[str], seconds: float) -> tuple[list[dict[str, Any]], int]:
    """Each case beside the bare view, and how many listens of a listener there were before (the middle). Ends where one is lost."""
    listens = Listens(tracks)
    rows = []
    with segue(home, url) as server, tempfile.TemporaryDirectory() as folder:
        accounts = [line.split() for line in server.says(_ACCOUNTS)]
        keys = [key for key, _ in accounts]
        first = load(server, after_a_listen(keys, listens), WARM_S)
        acknowledged = len(first.seconds["listens"])
        for method, kind in (("GET", "answers"), ("POST", "listens")):
            (Path(folder) / method).write_bytes(first.last[kind].partition(b"\r\n\r\n")[2])
        cases = (
            Case("questions asked before", "answers", repeated(keys), 0),
            Case("first questions, each after a listen", "answers", after_a_listen(keys, listens), 1),
            Case(f"listens, {BATCH} in a request", "listens", sending(keys, listens, BATCH), BATCH),
            Case("listens, each a request", "listens", sending(keys, listens, 1), 1),
        )
        with bare(Path(folder)) as beside:
            load(beside, repeated(keys), WARM_S)
            load(server, all_of_them(keys), 0, least=len(keys))
            for case in cases:
                peer = load(beside, case.asked, seconds / 2)
                runs = [load(server, case.asked, lasting) for lasting in (WARM_S, seconds)]
                acknowledged += sum(case.listens * len(run.seconds["listens"]) for run in runs)
                rows.append(compared(case, runs[-1], peer))
        there = int(server.says(_THERE)[0])
        if there != acknowledged:
            raise SystemExit(f"{acknowledged} listens were acknowledged, {there} are there")
    return rows, int(np.median([int(n) for _, n in accounts]))


def compared(case: Case, run: Load, peer: Load) -> dict[str, Any]:
    """A row: how many requests were answered and how soon, what they cost, and the same of the bare view."""
    taken = np.array(run.seconds[case.counts]) * 1e3
    p50, p99 = (float(one) for one in np.percentile(taken, [50, 99]))
    rate, of_peer = len(taken) / run.wall_s, len(peer.seconds[case.counts]) / peer.wall_s
    return {
        "case": case.name, "per_s": rate, "listens_per_s": case.listens * len(run.seconds["listens"]) / run.wall_s,
        "p50_ms": p50, "p99_ms": p99, "cores": run.serving_cores, "asking_cores": run.asking_cores,
        "cpu_ms": run.cpu_ms, "bare_per_s": of_peer, "bare_cpu_ms": peer.cpu_ms, "of_bare": rate / of_peer,
        "cpu_of_bare": run.cpu_ms / peer.cpu_ms,
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the home with its snapshot there, and use one that is there"
    )
    options.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append", help="only this one")
    options.add_argument("--seconds", type=float, default=SECONDS, help="how long each case is asked for")
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        made = chosen.keep or Path(folder) / "made"
        tracks = prepared(made)
        for name in chosen.database or ("SQLite", "PostgreSQL"):
            home = Path(folder) / name
            (home / "snapshots").parent.mkdir()
            for part in ("library", "snapshots"):
                (home / part).symlink_to((made / part).resolve())
            with database(name) as url:
                found, about["listens of a listener before, the middle"] = measured(home, url, tracks, chosen.seconds)
            rows += [{"database": name, **row} for row in found]
    about |= {"tracks": len(tracks), "listeners": LISTENERS, "connections": CONNECTIONS, "processes": WORKERS,
              "waiting for the cores (load average)": os.getloadavg()[0]}  # fmt: skip
    report("Requests to the service, in a second", rows, chosen.json, **about)


@contextmanager
def database(name: str) -> Iterator[str]:
    """The address of a database: none for SQLite in the home, or a PostgreSQL that is started for this."""
    if name == "SQLite":
        yield ""
        return
    server = Postgresql()
    try:
        yield server.url
    finally:
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
