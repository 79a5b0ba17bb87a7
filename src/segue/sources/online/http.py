"""Asks a service on the internet for JSON: slowly enough, of its own hosts only, and never the same twice."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from segue import __version__
from segue.errors import SegueError
from segue.library.library import write_atomically

DAY_S = 86_400.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 500, 502, 503, 504)
_MOST_REDIRECTS = 3
_ENCODINGS = ("", "identity", "gzip")
# A service that asks for more than this is left alone until the next run.
LONGEST_WAIT_S = 120.0
# Whoever answers a byte a second is not waited for to the end.
_LONGEST_ANSWER_S = 120.0
# Shorter than any key that a service gives out; what is shorter may well be a word.
_SHORTEST_SECRET = 6


class ServiceUnavailable(SegueError):
    """A service does not answer, or answers nonsense: says which, and whether to try again."""


class NotAuthorised(SegueError):
    """A service wants a key, or another one, or does not show this to whoever asks."""


class NotAllowed(SegueError):
    """An address that is not one of the service's own."""


Document = dict[str, Any]
"""What a service answers: a JSON object."""


class Origin(NamedTuple):
    """Where a request goes: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of a URL. Raises `NotAllowed` for what is not plain http(s)."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise NotAllowed(f"{_shown(url)}: is not an address") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise NotAllowed(f"{_shown(url)}: is not a plain http or https address")
        return cls(parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80))

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return self.host in _LOOPBACK


Fault = Literal["busy", "absent", "refused", "broken"]
"""What is wrong with an answer: ask again later; there is no such thing; not for you; or it cannot be used."""


def no_fault(document: Any) -> Fault | None:  # noqa: ARG001 (nothing in a document speaks of a fault)
    """For services that say all with the status."""
    return None


@dataclass(frozen=True)
class Service:
    """A service, and how it wants to be asked.

    `fault` reads a fault off a document: some services answer 200 with an error in it. `secret_parameters` and
    `secret_headers` go with each request; no message and no file ever holds their values.
    """

    name: str
    base_url: str
    interval_s: float = 0.0
    fault: Callable[[Any], Fault | None] = no_fault
    secret_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hint: str = ""
    """What to do when the service refuses: "set LASTFM_API_KEY"."""

    @property
    def secrets(self) -> list[str]:
        """All that must not be seen; of "Bearer X", X too."""
        given = [*self.secret_parameters.values(), *self.secret_headers.values()]
        parts = {part for value in given for part in (value, *value.split())}
        return sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)


@dataclass(frozen=True)
class Pace:
    """How long the client waits, and by which clock."""

    timeout_s: float = 30.0
    retries: int = 4
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class _Again(Exception):
    """The service is busy, or did not answer."""

    def __init__(self, why: str, wait_s: float | None = None):
        super().__init__(why)
        self.why, self.wait_s = why, wait_s


class Client:
    """Asks one service. Not for several threads."""

    def __init__(
        self, service: Service, *, contact: str = "", cache: Path | None = None, max_age_s: float = 30 * DAY_S,
        max_bytes: int = 16 << 20, pace: Pace | None = None,
    ):  # fmt: skip
        """`cache` is a folder in which answers are kept for `max_age_s`; None asks anew each time."""
        self.service, self.pace = service, pace or Pace()
        self._origin = Origin.of(service.base_url)
        self._cache, self._max_age_s, self._max_bytes = cache, max_age_s, max_bytes
        self._next = 0.0
        self._http = httpx.Client(
            headers={"User-Agent": user_agent(contact), "Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=self.pace.timeout_s, follow_redirects=False,
            # A proxy of the environment is for the internet, not for this machine.
            trust_env=not self._origin.is_loopback,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Document | None:
        """The JSON object a path (or a whole URL of this service) answers with; None where there is no such thing.

        Raises `ServiceUnavailable`, `NotAuthorised` and `NotAllowed`.
        """
        url = self._url(path, parameters or {})
        known = self._remembered(url)
        if known is not None:
            return known["body"]
        body = self._patiently("GET", url, None)
        self._remember(url, body)
        return body

    def post(self, path: str, form: Mapping[str, str]) -> Document | None:
        """The JSON object a path answers with to a form; never remembered. Raises as `get` does."""
        return self._patiently("POST", self._url(path, {}), form)

    # -- asking --------------------------------------------------------------------------------------------------

    def _url(self, path: str, parameters: Mapping[str, str | int]) -> str:
        base = self.service.base_url.rstrip("/") + "/"
        url = self._resolved(base, path if "://" in path else path.lstrip("/"))
        if parameters:
            url += ("&" if urlsplit(url).query else "?") + urlencode(sorted(parameters.items()))
        return url

    def _resolved(self, base: str, address: str) -> str:
        """An address that a service gave, as a URL. Raises `NotAllowed` where it is not on the service's own host."""
        try:
            url = urljoin(base, address)
        except ValueError:
            raise NotAllowed(f"{self.service.name} points to {_shown(address)}, which is not an address") from None
        if Origin.of(url) != self._origin:
            text = f"{self.service.name} points to {_shown(url)}, which is not its own host: not followed"
            raise NotAllowed(self._redacted(text))
        return url

    def _patiently(self, method: str, url: str, form: Mapping[str, str] | None) -> Document | None:
        for attempt in range(self.pace.retries + 1):
            try:
                return self._once(method, url, form)
            except _Again as again:
                wait_s = again.wait_s if again.wait_s is not None else 2.0**attempt
                if attempt == self.pace.retries or wait_s > LONGEST_WAIT_S:
                    asks = f" and asks for {wait_s:,.0f} s of patience" if wait_s > LONGEST_WAIT_S else ""
                    raise self._error(ServiceUnavailable, f"{again.why}{asks}; try again later", url) from None
                self.pace.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, url: str, form: Mapping[str, str] | None) -> Document | None:
        """One request, with its redirects; None where there is no such thing."""
        for _ in range(_MOST_REDIRECTS + 1):
            self._wait()
            try:
                with self._response(method, url, form) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._judged(response, self._content(response, url), url)
                    address = response.headers.get("Location", "")
            except httpx.TimeoutException:
                raise _Again("does not answer in time") from None
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise _Again(f"cannot be reached ({type(error).__name__})") from None
            url = self._resolved(url, address)
            if form is not None:
                raise self._error(NotAllowed, "sends a form elsewhere: not followed", url)
        raise self._error(ServiceUnavailable, "redirects without end", url)

    def _wait(self) -> None:
        early_s = self._next - self.pace.clock()
        if early_s > 0:
            self.pace.sleep(early_s)
        self._next = self.pace.clock() + self.service.interval_s

    @contextmanager
    def _response(self, method: str, url: str, form: Mapping[str, str] | None) -> Iterator[httpx.Response]:
        request = self._http.build_request(method, url, data=form, headers=dict(self.service.secret_headers))
        request.url = request.url.copy_merge_params(dict(self.service.secret_parameters))
        response = self._http.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _content(self, response: httpx.Response, url: str) -> bytes:
        # One piece of gzip unpacks to a thousand times its size at most; gzip in gzip, to what no memory holds.
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in _ENCODINGS:
            raise self._error(ServiceUnavailable, "answers in an encoding that was not asked for", url)
        until = self.pace.clock() + _LONGEST_ANSWER_S
        content = bytearray()
        # In pieces as they come: pieces of a size would be waited for, however slowly they fill.
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > self._max_bytes:
                raise self._error(ServiceUnavailable, f"answers more than {self._max_bytes:,} bytes", url)
            if self.pace.clock() > until:
                raise _Again("does not come to an end")
        return bytes(content)

    def _judged(self, response: httpx.Response, content: bytes, url: str) -> Document | None:
        status, document = response.status_code, _object(content)
        if document is None and status == 200:
            raise self._error(ServiceUnavailable, "answers something that is not a JSON object", url)
        fault = self.service.fault(document) or _fault_of(status)
        if fault == "busy":
            raise _Again(f"answers {status}" if status != 200 else "is busy", self._asked_wait_s(response))
        if fault == "refused":
            hint = f"; {self.service.hint}" if self.service.hint else ""
            raise self._error(NotAuthorised, f"does not show this to whoever asks (status {status}){hint}", url)
        if fault == "broken":
            raise self._error(ServiceUnavailable, f"cannot answer (status {status})", url)
        return None if fault == "absent" else document

    def _asked_wait_s(self, response: httpx.Response) -> float | None:
        """The seconds of `Retry-After`, which may be a date (RFC 9110, 10.2.3); ListenBrainz has a header of its own."""
        asked = (response.headers.get("Retry-After") or response.headers.get("X-RateLimit-Reset-In") or "").strip()
        if asked.isdigit():
            return float(asked)
        try:
            return max((parsedate_to_datetime(asked) - self.pace.now()).total_seconds(), 0.0)
        except (ValueError, TypeError):
            return None

    def _error(self, kind: type[SegueError], what: str, url: str) -> SegueError:
        return kind(self._redacted(f"{self.service.name} {what} ({_shown(url)})"))

    def _redacted(self, text: str) -> str:
        for secret in self.service.secrets:
            text = text.replace(secret, "…")
        return text

    # -- remembering ---------------------------------------------------------------------------------------------

    def _file(self, url: str) -> Path | None:
        if self._cache is None:
            return None
        key = hashlib.sha256(f"GET {url}".encode()).hexdigest()
        return self._cache / key[:2] / f"{key}.json"

    def _remembered(self, url: str) -> dict[str, Any] | None:
        file = self._file(url)
        if file is None:
            return None
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
            age_s = self.pace.now().timestamp() - float(known["asked"])
            fresh = known["url"] == self._redacted(url) and "body" in known and age_s < self._max_age_s
        except (OSError, ValueError, KeyError, TypeError):
            return None  # never asked, or damaged: ask again
        return known if fresh else None

    def _remember(self, url: str, body: Document | None) -> None:
        file = self._file(url)
        if file is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {"url": url, "asked": self.pace.now().timestamp(), "body": body}
        write_atomically(file, self._redacted(json.dumps(known, ensure_ascii=False)).encode(errors="replace"))


def user_agent(contact: str) -> str:
    """Who asks: `segue/0.1.0 (+contact)`."""
    plain = " ".join(contact.encode("ascii", "ignore").decode().split())
    return f"segue/{__version__} (+{plain})" if plain else f"segue/{__version__}"


def _object(content: bytes) -> Document | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _fault_of(status: int) -> Fault | None:
    if status in _BUSY:
        return "busy"
    if status in (404, 410):
        return "absent"
    if status in (401, 403):
        return "refused"
    return None if status == 200 else "broken"


def _shown(url: str) -> str:
    """A URL for messages: without its query, where keys may be, and of one line."""
    plain = url.partition("?")[0].partition("#")[0]
    return "".join(letter if letter.isprintable() else "?" for letter in plain)[:120]
