"""How often the API may be asked: by an account, and by an address that names none or guesses at tokens.

Each bucket is one number: the time at which it will be full again (the generic cell rate algorithm, ITU-T I.371). A request
moves it on by a minute divided by the limit; more than a minute ahead is too much. So a whole minute's requests may come at
once, and none is lost at the turn of a minute. The numbers are in Redis, or in a small file that all processes share.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import ipaddress
import math
import mmap
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from segue.web.api.errors import Problem

log = structlog.get_logger()
MINUTE = 60.0
FAILED_PER_MINUTE = 30
"""Wrong tokens that one address may send in a minute."""
_View = TypeVar("_View", bound=Callable[..., Any])


class Standing(NamedTuple):
    """How one stands with a limit.

    Attributes:
        limit: requests in a minute.
        remaining: how many are left now.
        reset_s: seconds until all are there again.
        wait_s: where this one was too many, seconds until the next may come; else 0.
    """

    limit: int
    remaining: int
    reset_s: float
    wait_s: float

    def headers(self) -> dict[str, str]:
        """As it is sent."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(math.ceil(self.reset_s)),
        }


def costly(view: _View) -> _View:
    """An operation that costs much: each account may ask for few of them in a minute. Stands below `@router.post(…)`."""

    @functools.wraps(view)
    def limited(request: HttpRequest, *args: Any, **more: Any) -> Any:
        spend(request, f"costly:{request.auth.user.pk}", settings.RATE_LIMIT_COSTLY)  # type: ignore[attr-defined]
        return view(request, *args, **more)

    # What ninja reads: names in annotations are those of the operation's module, not of this one.
    limited.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    contribute_operation_callback(limited, _says_that_it_is_costly)
    return limited  # type: ignore[return-value]


def _says_that_it_is_costly(operation: Operation) -> None:
    operation.openapi_extra = {**(operation.openapi_extra or {}), "x-costly": True}


def account(request: HttpRequest, user_id: int) -> None:
    """Count a request of an account. Raises `Problem` (429) where it is one too many."""
    spend(request, f"account:{user_id}", settings.RATE_LIMIT)


def anonymous(request: HttpRequest) -> None:
    """Count a request that names no account, by its address. Raises `Problem` (429)."""
    spend(request, f"address:{address_of(request)}", settings.RATE_LIMIT)


def guessed(request: HttpRequest) -> None:
    """Count a wrong token, by its address. Raises `Problem` (429)."""
    spend(request, f"guess:{address_of(request)}", FAILED_PER_MINUTE)


def may_guess(request: HttpRequest) -> None:
    """Raises `Problem` (429) for an address that sent too many wrong tokens: not even a right one is looked up then."""
    spend(request, f"guess:{address_of(request)}", FAILED_PER_MINUTE, cost=0)


def spend(request: HttpRequest, name: str, limit: int, cost: int = 1) -> None:
    """Take a request from a bucket, and note for the answer how it stands. A limit of 0 is none.

    Raises `Problem` (429) where nothing is left.
    """
    if limit <= 0:
        return
    standing = take(name, limit, cost)
    if cost or standing.wait_s:
        request.standing = standing  # type: ignore[attr-defined]
    if standing.wait_s:
        wait = math.ceil(standing.wait_s)
        raise Problem(
            429, "limit", f"More than {limit} in a minute: wait {wait} s.", headers={"Retry-After": str(wait)}
        )


def take(name: str, limit: int, cost: int = 1) -> Standing:
    """Take from the bucket of that name, which holds `limit` and fills in a minute."""
    step = MINUTE / limit
    now = time.time()
    full, wait = _buckets().take(name, now, step, cost)
    ahead = max(full - now, 0.0)
    return Standing(limit, max(int((MINUTE - ahead) / step + 1e-6), 0), ahead, wait)


def address_of(request: HttpRequest) -> str:
    """The address that a request comes from: as the proxies that are trusted say, the network of it for IPv6."""
    found = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        hops = [hop.strip() for hop in forwarded.split(",")]
        found = hops[max(len(hops) - settings.TRUSTED_PROXIES, 0)]
    if ":" not in found:
        return found[:40]
    try:
        return str(ipaddress.ip_network((found.partition("%")[0], 64), strict=False))
    except ValueError:
        return found[:40]


# -- where the numbers are -----------------------------------------------------------------------------------------------


class FileBuckets:
    """Buckets in a file of a fixed size that all processes of a machine map into memory.

    Two tables of 8-byte words: a hash of the name, and when the bucket is full again (s since 1970). A name has eight places
    that it may be at; a bucket that is full has nothing to say, and its place may be another's. Nothing is locked: two processes
    that count at the same moment may lose one count, which does no harm.
    """

    SLOTS = 1 << 15
    WAYS = 8

    def __init__(self, file: Path | None) -> None:
        size = self.SLOTS * 16
        memory = memoryview(_mapped(file, size))
        self.names = memory[: size // 2].cast("Q")
        self.full = memory[size // 2 :].cast("d")

    def take(self, name: str, now: float, step: float, cost: int) -> tuple[float, float]:
        """When the bucket is full again, and how long to wait where this was too much (else 0)."""
        digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") or 1
        at = self._place(digest)
        held = self.full[at] if self.names[at] == digest else now
        # A clock that was set back, or a damaged file, must not shut anybody out for long.
        before = held if now < held <= now + 2 * MINUTE else now
        if (wait := before + step * max(cost, 1) - now - MINUTE) > 1e-6:
            return before, wait
        if cost:
            self.names[at], self.full[at] = digest, before + step * cost
        return before + step * cost, 0.0

    def _place(self, digest: int) -> int:
        """Where the bucket is, or where it may be: at the place of the one that is full the soonest."""
        first = digest % (self.SLOTS // self.WAYS) * self.WAYS
        places = range(first, first + self.WAYS)
        names = self.names
        for at in places:
            if names[at] == digest:
                return at
        return min(places, key=self.full.__getitem__)


class RedisBuckets:
    """Buckets in Redis, shared by all machines. Where Redis does not answer, those of this machine count."""

    SCRIPT = """
        local held = tonumber(redis.call('GET', KEYS[1]) or '0')
        local now, step, cost, minute = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        if held < now or held > now + 2 * minute then held = now end
        local wait = held + step * math.max(cost, 1) - now - minute
        if wait > 0.000001 then return {string.format('%.6f', held), string.format('%.6f', wait)} end
        if cost > 0 then
            held = held + step * cost
            redis.call('SET', KEYS[1], string.format('%.6f', held), 'PX', math.ceil((held - now) * 1000))
        end
        return {string.format('%.6f', held), '0'}
    """

    def __init__(self, url: str, otherwise: FileBuckets) -> None:
        client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self.script = client.register_script(self.SCRIPT)
        self.otherwise = otherwise

    def take(self, name: str, now: float, step: float, cost: int) -> tuple[float, float]:
        """When the bucket is full again, and how long to wait where this was too much (else 0)."""
        try:
            full, wait = self.script(keys=[f"segue:limit:{name}"], args=[f"{now:.6f}", repr(step), cost, MINUTE])
        except redis.RedisError as error:
            log.warning("limits_without_redis", problem=type(error).__name__)
            return self.otherwise.take(name, now, step, cost)
        return float(full), float(wait)


def clear() -> None:
    """Fill every bucket of this machine; for tests."""
    found = _buckets()
    local = found.otherwise if isinstance(found, RedisBuckets) else found
    local.names[:] = memoryview(bytes(len(local.names) * 8)).cast("Q")


_lock = threading.Lock()
_held: dict[int, FileBuckets | RedisBuckets] = {}


def _buckets() -> FileBuckets | RedisBuckets:
    """The buckets of this process, opened when first asked for: what was opened before a fork is not used after it."""
    found = _held.get(os.getpid())
    if found is None:
        with _lock:
            found = _held.get(os.getpid())
            if found is None:
                local = FileBuckets(settings.HOME.path / "limits")
                found = RedisBuckets(settings.REDIS_URL, local) if settings.REDIS_URL else local
                _held[os.getpid()] = found
    return found


def _mapped(file: Path | None, size: int) -> mmap.mmap:
    """A file of that size in memory, shared with the other processes; where it cannot be, memory of this process alone."""
    if file is None:
        return mmap.mmap(-1, size)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size != size:
                os.ftruncate(descriptor, size)
            return mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        log.warning("limits_for_each_process", file=str(file), problem=str(error))
        return mmap.mmap(-1, size)
