"""Files as they are sent: whole or in part (RFC 9110, conditional and range requests), block by block."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _

from segue.web.api.errors import Problem

BLOCK = 256 * 1024
AT_ONCE = 1024 * 1024
"""Of a part without an end, so much is sent at a time: browsers ask for the rest when they need it (RFC 9110, 15.3.7)."""
IN_MEMORY = 8 * 1024 * 1024
"""What is longer is streamed. That holds a thread for as long as the client takes, and a process has few."""
_streaming = threading.BoundedSemaphore(1)
_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.ASCII)


class Part(NamedTuple):
    """Bytes of a file, from the first to the last."""

    first: int
    last: int
    open_end: bool = False


class Opened(NamedTuple):
    """A file that is open, and what was so when it was opened."""

    file: BinaryIO
    size: int
    modified_s: int
    tag: str


def opened(path: Path, tag: str = "") -> Opened | None:
    """A regular file, open for reading, or None. `tag` stands for its bytes, where they are known."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    told = os.fstat(descriptor)
    if not stat.S_ISREG(told.st_mode):
        os.close(descriptor)
        return None
    tag = tag or f"{told.st_size:x}-{told.st_mtime_ns:x}"
    return Opened(os.fdopen(descriptor, "rb", buffering=0), told.st_size, int(told.st_mtime), f'"{tag}"')


def sent(request: HttpRequest, found: Opened, content_type: str) -> HttpResponseBase:
    """The answer with a file, or the part of it that is asked for; the file is closed when all is sent."""
    headers = {
        "Accept-Ranges": "bytes", "ETag": found.tag, "Last-Modified": http_date(found.modified_s),
        "Cache-Control": "private, max-age=3600", "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    if _is_known(request, found):
        found.file.close()
        return HttpResponse(status=304, headers=headers)
    headers["Content-Type"] = content_type
    part = _asked(request, found)
    if part is None:
        found.file.close()
        headers["Content-Range"] = f"bytes */{found.size}"
        return HttpResponse(status=416, headers=headers)
    if whole := part == Part(0, found.size - 1):
        length = found.size
    else:
        last = min(part.last, part.first + AT_ONCE - 1) if part.open_end else part.last
        length = last - part.first + 1
        headers["Content-Range"] = f"bytes {part.first}-{last}/{found.size}"
    headers["Content-Length"] = str(length)
    return _answer(request, found.file, part.first, length, 200 if whole else 206, headers)


def _answer(
    request: HttpRequest, file: BinaryIO, first: int, length: int, status: int, headers: dict[str, str]
) -> HttpResponseBase:
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers)
    blocks = Blocks(file, first, length)
    if length > IN_MEMORY:
        return _streamed(blocks, status, headers)
    with file:
        body = b"".join(blocks)
    # A file that became shorter meanwhile: what was announced must be true.
    return HttpResponse(body, status=status, headers=headers | {"Content-Length": str(len(body))})


def _streamed(blocks: Blocks, status: int, headers: dict[str, str]) -> HttpResponseBase:
    """One long file at a time is sent by a process: who reads slowly, or pauses, must not keep all others waiting."""
    if not _streaming.acquire(blocking=False):
        blocks.close()
        raise Problem(503, "busy", _("Other files are being sent: ask for it in parts, or again in a moment."),
                      headers={"Retry-After": "2"})  # fmt: skip
    blocks.at_end = _streaming.release
    return StreamingHttpResponse(blocks, status=status, headers=headers)


class Blocks:
    """So many bytes of a file, in blocks; closing it closes the file."""

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        self.file, self.left = file, length
        self.at_end: Callable[[], None] | None = None
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self.left or self.file.closed:
            self.close()
            raise StopIteration
        block = self.file.read(min(BLOCK, self.left))
        if not block:
            self.close()
            raise StopIteration
        self.left -= len(block)
        return block

    def close(self) -> None:
        """Close the file, and say so; again is no error."""
        self.file.close()
        at_end, self.at_end = self.at_end, None
        if at_end is not None:
            at_end()


# -- what is asked for ---------------------------------------------------------------------------------------------------


def _asked(request: HttpRequest, found: Opened) -> Part | None:
    """The part that is asked for: the whole where none is, or where it is asked for in a way that is not understood.

    None for a part that the file does not have.
    """
    whole = Part(0, found.size - 1)
    asked = request.headers.get("Range")
    if asked is None or request.method not in ("GET", "HEAD") or not _still_holds(request, found):
        return whole
    match = _RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return whole
    first, last = match.groups()
    if not first:
        length = min(int(last), found.size)
        return Part(found.size - length, found.size - 1) if length else None
    if last and int(last) < int(first):
        return whole
    if int(first) >= found.size:
        return None
    return Part(int(first), min(int(last), found.size - 1) if last else found.size - 1, open_end=not last)


def _still_holds(request: HttpRequest, found: Opened) -> bool:
    """Whether what If-Range names is still so; then the part is wanted, else the whole."""
    given = request.headers.get("If-Range")
    if given is None or given == found.tag:
        return True
    return not given.startswith(('"', "W/")) and parse_http_date_safe(given) == found.modified_s


def _is_known(request: HttpRequest, found: Opened) -> bool:
    """Whether the browser has these bytes already."""
    if (tags := request.headers.get("If-None-Match")) is not None:
        return any(tag.strip().removeprefix("W/") in (found.tag, "*") for tag in tags.split(","))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and found.modified_s <= since
