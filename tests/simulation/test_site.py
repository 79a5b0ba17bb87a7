"""Simulated listeners at a site: where they may go, and what they send."""

import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from segue.errors import BadRequest, SegueError
from segue.simulation import site
from segue.simulation.site import DAY_MS, Place, Site, go, move, place_of
from segue.simulation.world import YEAR_START_MS, make_world


@pytest.mark.parametrize(
    "url",
    ["http://example.org", "http://127.0.0.1.example.org:80", "http://127.0.0.1@example.org", "https://127.0.0.1", "http://10.0.0.1",
     "http://127.1", "http://2130706433", "http://0.0.0.0:8000", "http://[::ffff:1.2.3.4]", "http://localhost:99999",
     "127.0.0.1:8000",     "http://user:key@localhost", "http://localhost/elsewhere", "http://localhost?to=there", ""],
)  # fmt: skip
def test_only_this_machine_is_asked(url, monkeypatch):
    monkeypatch.setattr(site.http.client, "HTTPConnection", lambda *_, **__: pytest.fail("something was connected to"))
    with pytest.raises(BadRequest):
        place_of(url)


def test_addresses_of_this_machine():
    assert place_of("http://localhost:8000/") == Place("127.0.0.1", 8000)
    assert place_of("http://127.0.0.1") == Place("127.0.0.1", 80)
    assert place_of("http://[::1]:1") == Place("::1", 1)


@pytest.fixture(scope="module")
def world():
    return make_world(1, 0.02, 1)


@pytest.fixture
def a_site(world):
    """A site that shows everybody the same tracks, and keeps what it was told."""
    told = []

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            shown = [{"track": key} for key in [*world.track_ids[:8], "unknown"]]
            self._answer({"exposure": "page of " + self.headers["Authorization"], "recommendations": shown})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.append((self.headers["Authorization"], self.path, body))
            self._answer({})

        do_PUT = do_POST  # noqa: N815 - so the server calls it

        def _answer(self, body):
            data = json.dumps(body).encode()
            self.send_response(200 if "wrong" not in self.headers["Authorization"] else 401)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield Place("127.0.0.1", server.server_port), told
    server.shutdown()
    server.server_close()
    thread.join()


def test_days_at_a_site(world, a_site):
    place, told = a_site
    clock, evenings = [], []
    with closing(Site(place, [f"key-{one}" for one in range(len(world.people))])) as asked:
        days = go(world, asked, 3, clock.append, lambda day, now_ms: evenings.append((day.number, now_ms)))
    begins = YEAR_START_MS + world.starts_ms(0)
    assert clock == sorted(clock)
    assert evenings == [(number, begins + (number + 1) * DAY_MS) for number in range(3)]
    listens = [(who, one) for who, path, body in told if path == "/api/v1/listens" for one in body]
    assert sum(day.tracks for day in days) == len(listens) > 0
    assert sum(day.skipped for day in days) == sum(one["skipped"] for _, one in listens)
    for who, one in listens:
        assert one["exposure"] == f"page of {who}"
        assert one["track"] in world.track_ids[:8]
        assert begins <= one["time_ms"] < begins + 3 * DAY_MS
    assert all(path.startswith("/api/v1/feedback/tracks/") for _, path, _ in told if path != "/api/v1/listens")


def test_what_a_site_refuses_ends_it_in_one_line(world, a_site, monkeypatch):
    monkeypatch.setattr(site, "MOST_REQUESTS", 1)
    with closing(Site(a_site[0], ["wrong"])) as asked:
        with pytest.raises(SegueError, match="GET /recommendations: the site answers 401"):
            asked.ask(0, "GET", "/recommendations?n=1")
        with pytest.raises(SegueError, match="which is the most"):
            asked.ask(0, "GET", "/recommendations")
    with closing(Site(Place("127.0.0.1", 1), ["right"])) as asked, pytest.raises(SegueError, match="does not answer"):
        asked.ask(0, "GET", "/")
    with pytest.raises(BadRequest, match="at most"):
        go(world, Site(a_site[0], []), 8, lambda _: None)


def test_a_clock_is_a_file_with_how_far_it_is_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr(site.time, "time_ns", lambda: 5_000_000_000)
    move(tmp_path / "clock", 7_000)
    assert (tmp_path / "clock").read_text() == "2000"
