"""Pages of the app: how long the server takes for home and for search as one types, how heavy home is, and whether it jumps.

Home is that of a listener with 5,000 listens among 100,000 tracks (see `serving.py`), asked over one connection to one process:
again and again, and after a listen each. Search is asked for every beginning of what people would type, among a million tracks with
names made of the demo world's words; beside it stands the plainest thing a database offers, an index of lowered names asked for a
beginning, which finds nothing that is mistyped. Weight and layout shift are those of Chromium on a phone and on a desk.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import polars as pl

from benchmarks.measure import Meter, measure, parser, report
from benchmarks.serving import SIZES, histories, library_of, prepare, split_of
from segue.demo import world
from segue.library import Library

TRACKS = 100_000
NAMES = 1_000_000
LISTENS = 5_000
ASKED = 300
EMAIL, PASSWORD = "listener@example.org", "correct horse battery staple"
_ACCOUNT = f"""
import django; django.setup()
from segue.web.accounts.models import User
from segue.web.listening.models import Listener
user = User.objects.create_user("{EMAIL}", "{PASSWORD}")
user.emailaddress_set.create(email=user.email, verified=True, primary=True)
Listener.objects.filter(key="somebody").update(user=user, welcomed=True)
"""
_LOAD = """
import sys, django; django.setup()
from pathlib import Path
from segue.web.catalog.load import load_path
from segue.web.catalog import search
load_path(Path(sys.argv[1]))
search.rebuild()
"""
_TYPED = """
import sys, time, json, django; django.setup()
from segue.web.catalog import search
taken, found = [], 0
for words in json.load(open(sys.argv[1])):
    begun = time.perf_counter()
    hits = search.find(words, limit=20)
    taken.append((time.perf_counter() - begun) * 1e3)
    found += bool(hits)
print(json.dumps({"ms": taken, "found": found}))
"""
_SHIFT = """() => new Promise(done => {
    let total = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) total += one.value; })
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(total), 2500);
})"""


# -- a service with much in it ---------------------------------------------------------------------------------------------


def run(home: Path, script: str, *arguments: str) -> str:
    """What a script prints that runs in the surroundings of a home."""
    environment = {
        **os.environ, "SEGUE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "segue.web.settings", "SEGUE_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def made(home: Path, library: Library) -> None:
    """The library in the database of a home, and what can be found in it, where that was not done."""
    if (home / "whole").exists():
        return
    library.save(home / "library")
    environment = {**os.environ, "SEGUE_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "segue.cli.main", "database", "migrate"], env=environment, check=True)
    run(home, _LOAD, str(home / "library"))
    (home / "whole").touch()


def for_home() -> Library:
    """The catalogue of `serving.py`, and one listener with their listens."""
    [history] = histories(TRACKS, LISTENS, 1)
    whole = library_of(split_of(*_sizes()).train[:50], TRACKS)
    listens = pl.DataFrame(
        {
            "listener_id": ["somebody"] * LISTENS,
            "track_id": [one.item_id for one in history.listens],
            "time": pl.Series([one.time_ms for one in history.listens]).cast(pl.Datetime("ms", "UTC")),
            "plays": [int(one.plays) for one in history.listens],
        }
    )
    return Library.of(artists=whole.artists, releases=whole.releases, tracks=whole.tracks, listens=listens)


def _sizes() -> tuple[int, int, int]:
    return SIZES[f"{TRACKS:,}"]


def for_search() -> Library:
    """A million tracks of a hundred thousand artists, with names of the demo world's words."""
    demo, random = world(seed=1, scale=1), np.random.default_rng(3)
    words = np.array(sorted({word for title in demo.tracks["title"] for word in re.findall(r"\w{3,}", title)}))
    names = np.array(sorted({word for name in demo.artists["name"] for word in re.findall(r"\w{3,}", name)}))

    def some(of: np.ndarray, n: int, least: int, most: int) -> list[str]:
        picked = of[random.integers(0, len(of), (n, most))]
        sizes = random.integers(least, most + 1, n)
        return [" ".join(row[:size]) for row, size in zip(picked.tolist(), sizes.tolist(), strict=True)]

    n_artists = NAMES // 10
    artist = random.integers(0, n_artists, NAMES)
    return Library.of(
        artists=pl.DataFrame(
            {"artist_id": [f"a{one}" for one in range(n_artists)], "name": some(names, n_artists, 1, 3)}
        ),
        tracks=pl.DataFrame(
            {
                "track_id": [f"t{one}" for one in range(NAMES)],
                "title": some(words, NAMES, 1, 4),
                "artist_ids": [[f"a{one}"] for one in artist.tolist()],
                "popularity": random.random(NAMES) * 100,
            }
        ),
    )


@contextmanager
def serving(home: Path) -> Iterator[int]:
    """The port of a service of one process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "SEGUE_HOME": str(home), "SEGUE_LOG_LEVEL": "WARNING", "SEGUE_RATE_LIMIT": "100000000",
        "SEGUE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    command = [sys.executable, "-m", "segue.cli.main", "serve", "--workers", "1", "--no-worker", "--port", str(port)]
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit("the server ended")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(60)


# -- home ------------------------------------------------------------------------------------------------------------------


class Visitor:
    """Somebody who is signed in, over one connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.get("/accounts/login/")
        form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": self.cookies["csrf"]}
        answer, _ = self.ask("POST", "/accounts/login/", urlencode(form), "application/x-www-form-urlencoded")
        if answer != 302:
            raise SystemExit(f"nobody could sign in: {answer}")

    def ask(self, method: str, path: str, body: str = "", kind: str = "") -> tuple[int, bytes]:
        """The status and body of an answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body:
            headers |= {"Content-Type": kind, "X-CSRFToken": self.cookies["csrf"]}
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, answer.read()

    def get(self, path: str) -> tuple[float, bytes]:
        """How long an answer took, in ms, and what it was."""
        begun = time.perf_counter()
        status, body = self.ask("GET", path)
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        return (time.perf_counter() - begun) * 1e3, body


def home_times(port: int) -> list[dict[str, Any]]:
    """Rows of how long home takes: asked again, and first asked after a listen."""
    visitor = Visitor(port)
    for _ in range(5):
        visitor.get("/")
    again = [visitor.get("/")[0] for _ in range(ASKED)]
    after, now_ms = [], time.time_ns() // 1_000_000 - 3_600_000
    for place in range(ASKED // 3):
        listen = [{"track": f"i{place:07}", "time_ms": now_ms + place, "ms_played": 200_000, "skipped": False}]
        status, told = visitor.ask("POST", "/api/v1/listens", json.dumps(listen), "application/json")
        if status != 200:
            raise SystemExit(f"a listen was not taken: {told[:300]!r}")
        after.append(visitor.get("/")[0])
    return [_row("home, asked again", again), _row("home, after a listen", after)]


def _row(name: str, taken: list[float]) -> dict[str, Any]:
    p50, p95, p99 = (float(one) for one in np.percentile(taken, [50, 95, 99]))
    return {"what": name, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "asked": len(taken)}


def looked_at(port: int) -> dict[str, Any]:
    """The weight of home as Chromium loads it, and how far it jumps."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, width, height in (("phone", 390, 844), ("desk", 1440, 900)):
            context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/accounts/login/")
            page.fill("[name=login]", EMAIL)
            page.fill("[name=password]", PASSWORD)
            page.click("main button.main")
            page.wait_for_load_state("networkidle")
            answers: list[Any] = []
            page = context.new_page()

            def note(answer: Any, answers: list[Any] = answers) -> None:
                answers.append(answer)

            page.on("response", note)
            page.goto(f"http://127.0.0.1:{port}/", wait_until="networkidle")
            found[f"{name}: layout shift"] = float(page.evaluate(_SHIFT))
            of_page = {one.url: one.body() for one in answers if one.ok and not _is_medium(urlsplit(one.url).path)}
            found[f"{name}: requests without covers and audio"] = len(of_page)
            found[f"{name}: kB"] = sum(map(len, of_page.values())) / 1e3
            found[f"{name}: kB, compressed"] = sum(len(gzip.compress(body)) for body in of_page.values()) / 1e3
            context.close()
        browser.close()
    return found


def _is_medium(path: str) -> bool:
    return path.startswith(("/cover/", "/audio/", "/art/"))


# -- search ----------------------------------------------------------------------------------------------------------------


def typed(library: Library, n: int) -> list[str]:
    """What people would type on the way to names of the library: each beginning from two letters on, some with a slip."""
    random, found = np.random.default_rng(5), []
    titles = library.tracks["title"].gather(random.integers(0, library.tracks.height, n)).to_list()
    for title in titles:
        wanted = title[:16].lower()
        if random.random() < 0.3 and len(wanted) > 5:
            at = int(random.integers(2, len(wanted) - 1))
            wanted = wanted[:at] + wanted[at + 1] + wanted[at] + wanted[at + 2 :]
        found += [wanted[:size] for size in range(2, len(wanted) + 1)]
    return found


def search_times(home: Path, library: Library, folder: Path) -> list[dict[str, Any]]:
    """Rows of how long each keystroke takes, and the database alone."""
    words = typed(library, 150)
    asked = folder / "typed.json"
    asked.write_text(json.dumps(words))
    run(home, _TYPED, str(asked))  # what is on the disk is in memory then
    told = json.loads(run(home, _TYPED, str(asked)))
    ours = _row("search, a keystroke", told["ms"]) | {"found": told["found"] / len(words)}
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE TABLE names (name TEXT, popularity REAL)")
    rows = zip(library.tracks["title"].str.to_lowercase(), library.tracks["popularity"], strict=True)
    plain.executemany("INSERT INTO names VALUES (?, ?)", rows)
    plain.execute("CREATE INDEX by_name ON names (name, popularity)")
    taken, found = [], 0
    for one in words:
        begun = time.perf_counter()
        query = "SELECT name FROM names WHERE name >= ? AND name < ? ORDER BY popularity DESC LIMIT 20"
        hits = plain.execute(query, (one, one + "\U0010ffff")).fetchall()
        taken.append((time.perf_counter() - begun) * 1e3)
        found += bool(hits)
    return [ours, _row("SQLite, names that begin so", taken) | {"found": found / len(words)}]


def main(arguments: list[str]) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--keep", type=Path, metavar="DIR", help="keep the homes there, and use those that are there")
    options.add_argument("--only", choices=("home", "search"), help="only this part")
    chosen = options.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = chosen.keep or Path(folder)
        if chosen.only != "search":
            home = root / "home"
            measure(_prepared, str(home))
            with serving(home) as port:
                rows += home_times(port)
                about |= looked_at(port)
        if chosen.only != "home":
            home, library = root / "search", for_search()
            made(home, library)
            rows += search_times(home, library, Path(folder))
    report("Pages of the app, at the server", rows, chosen.json, **about)


def _prepared(meter: Meter, home: str) -> None:
    prepare(meter, home, *_sizes())
    if not (Path(home) / "whole").exists():
        made(Path(home), for_home())
        run(Path(home), _ACCOUNT)


if __name__ == "__main__":
    main(sys.argv[1:])
