"""What is read of a request: JSON that can be stored, and nothing that a database would choke on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from segue.web.api.errors import Problem

LONGEST_IN_PATH = 200
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_SUSPECT = re.compile(rb"\\u0000|\d{19}")
_INT64 = 2**63


class Reader(Parser):
    """Reads bodies, queries and forms. Raises `Problem`: 400 for what is no JSON, 415 for another kind, 422 for bad values."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of a request."""
        kind = request.content_type or ""
        if not _JSON.fullmatch(kind):
            raise Problem(415, "content-type", f"Send JSON as application/json, not {kind or 'without a Content-Type'}.",
                          headers={"Accept": "application/json"})  # fmt: skip
        body = request.body
        try:
            read = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            _half_characters(body)
            where = f"line {error.lineno}, column {error.colno}"
            raise Problem(400, "json", f"The body is no JSON: {error.msg} ({where}).") from None
        # Almost no body has either; only one that may have is looked through.
        if _SUSPECT.search(body):
            for value in _values(read):
                _storable(value)
        return read

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The values of a query or form."""
        read: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        for value in read.values():
            for one in value if isinstance(value, list) else [value]:
                _storable(one)
        return read


def check(request: HttpRequest, found: dict[str, Any]) -> None:
    """Raises `Problem` for a request that is too large, or whose path (`found` in it) names nothing that could be there."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > settings.MAX_UPLOAD_BYTES:
        raise too_large(request)
    for value in found.values():
        if isinstance(value, str) and (len(value) > LONGEST_IN_PATH or "\0" in value):
            raise Problem(
                404, "not-found", "There is no such thing: the id in the address is longer than any, or no text."
            )
        if isinstance(value, int) and value >= _INT64:
            raise Problem(404, "not-found", "There is no such thing: the number in the address is greater than any.")


def too_large(request: HttpRequest) -> Problem:
    """The problem of a body that is larger than is taken."""
    uploading = (request.content_type or "").startswith("multipart/")
    most = settings.MAX_UPLOAD_BYTES if uploading else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return Problem(413, "too-large", f"The body is larger than {most // 1024**2} MB: send it in parts.")


def _values(read: Any) -> Iterator[Any]:
    """Every value in a JSON document, names too."""
    left = [read]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield from one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
        else:
            yield one


def _storable(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise Problem(422, "text", "Text cannot hold the NUL character (U+0000).")
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise Problem(422, "number", f"Whole numbers are from {-_INT64} to {_INT64 - 1}; {value} is not.")


def _half_characters(body: bytes) -> None:
    """Raises `Problem` (422) where a body is JSON but for half a character (a surrogate without its other half)."""
    try:
        read = json.loads(body)
        for value in _values(read):
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError:
        raise Problem(422, "text", "Text cannot hold half a character (a surrogate without its other half).") from None
    except (ValueError, RecursionError):
        return
