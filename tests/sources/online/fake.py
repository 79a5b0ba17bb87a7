"""A service on this machine that answers as the real ones document, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from segue.sources.online.http import Pace


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str = ""


@dataclass
class Answer:
    """One response; what is no text goes out as JSON."""

    document: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fake:
    """Answers each path with a document, an `Answer`, a list of them (one after the other), or by a function."""

    routes: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        found = self.routes.get(asked.path, Answer({"error": "no such path"}, 404))
        if callable(found):
            found = found(asked)
        if isinstance(found, list) and found and isinstance(found[0], Answer):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Answer) else Answer(found)

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


@contextmanager
def serving(routes: dict[str, Any] | None = None) -> Iterator[Fake]:
    fake = Fake(routes or {})

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = dict(parse_qsl(parts.query))
            answer = fake.answer(Asked(self.command, parts.path, query, dict(self.headers.items()), body))
            text = answer.document if isinstance(answer.document, str) else json.dumps(answer.document)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            # A client that has read enough hangs up.
            with suppress(BrokenPipeError, ConnectionResetError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Time:
    """A clock that only moves when someone sleeps."""

    at: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.at)

    def pace(self, **more: Any) -> Pace:
        clock: Callable[[], float] = lambda: self.at  # noqa: E731
        return Pace(clock=clock, sleep=self.sleep, now=self.now, **more)
