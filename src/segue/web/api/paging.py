"""Pages of long lists, by a cursor that says where the last one ended: what is added meanwhile neither repeats nor skips others."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from ninja import Query, Schema
from pydantic import Field

from segue.web.api.errors import Problem

T = TypeVar("T")
LONGEST = 200
_INT64 = 2**63

Limit = Annotated[int, Query(ge=1, le=LONGEST, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=1000, description="`next` of the page before; without it, the first page.")
]
"""Parameters of an operation that answers with a page: `cursor: Cursor = None, limit: Limit = 50`."""


class Page(Schema, Generic[T]):
    """Some of a long list, and where it goes on."""

    items: list[T]
    next: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one.", examples=["WyItdGltZV9tcyIsMTcwMF0"]
    )


def page_of(
    queryset: QuerySet[Any],
    cursor: str | None = None,
    limit: int = 50,
    order: str = "-time_ms",
    each: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """One page of a queryset, as a `Page`.

    Args:
        queryset: what is paged, in any order.
        cursor: `next` of the page before, or None.
        limit: rows at most, 1 to 200.
        order: the field that orders the rows, with "-" for the greatest first; those with the same value are in the same
            order by primary key, and rows without a value come last.
        each: makes an item of a row; without it, items are the rows.

    Raises `Problem` (422) for a cursor that was not made by this, or by another order.
    """
    if not 1 <= limit <= LONGEST:
        raise Problem(422, "limit", f"limit must be 1 to {LONGEST}, not {limit}.")
    down, name = order.startswith("-"), order.removeprefix("-")
    field = queryset.model._meta.get_field(name)
    after = _read(cursor, order, field, queryset.model._meta.pk) if cursor else None
    rows = _rows(queryset, name, down, field.null, after, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "items": [each(row) for row in rows] if each else rows,
        "next": _written(order, getattr(rows[-1], field.attname), rows[-1].pk) if more else None,
    }


def _rows(queryset: QuerySet[Any], name: str, down: bool, null: bool, after: Any, limit: int) -> list[Any]:  # noqa: FBT001
    """The rows after a place. Those without a value are asked for apart: so both databases use their indexes."""
    ordering = [f"-{name}", "-pk"] if down else [name, "pk"]
    beyond, to = ("lt", "lte") if down else ("gt", "gte")
    rows: list[Any] = []
    if after is None or after[0] is not None:
        some = queryset.filter(**{f"{name}__isnull": False}) if null else queryset
        if after is not None:
            value, pk = after
            some = some.filter(
                Q(**{f"{name}__{to}": value}) & (Q(**{f"{name}__{beyond}": value}) | Q(**{f"pk__{beyond}": pk}))
            )
        rows = list(some.order_by(*ordering)[:limit])
    if null and len(rows) < limit:
        rest = queryset.filter(**{f"{name}__isnull": True})
        if after is not None and after[0] is None:
            rest = rest.filter(**{f"pk__{beyond}": after[1]})
        rows += rest.order_by(ordering[1])[: limit - len(rows)]
    return rows


def _written(order: str, value: Any, pk: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([order, value, pk], default=str)).rstrip(b"=").decode()


def _fields(cursor: str, order: str) -> tuple[Any, Any]:
    try:
        read = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        said, value, pk = read
    except (ValueError, TypeError, binascii.Error):
        raise _bad_cursor() from None
    if said != order:
        raise _bad_cursor()
    return value, pk


def _read(cursor: str, order: str, field: Any, key: Any) -> tuple[Any, Any]:
    """The value and primary key that a cursor says, as the database takes them."""
    value, pk = _fields(cursor, order)
    if pk is None or (value is None and not field.null):
        raise _bad_cursor()
    return None if value is None else _taken(value, field), _taken(pk, key)


def _taken(value: Any, field: models.Field[Any, Any]) -> Any:
    if isinstance(value, (dict, list)) or (isinstance(value, str) and "\0" in value):
        raise _bad_cursor()
    try:
        taken = field.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError):
        raise _bad_cursor() from None
    if isinstance(taken, int) and not -_INT64 <= taken < _INT64:
        raise _bad_cursor()
    if isinstance(taken, datetime) and timezone.is_naive(taken):
        raise _bad_cursor()
    return taken


def _bad_cursor() -> Problem:
    return Problem(
        422, "cursor", "The cursor is not one of this list: send `next` of the page before, unchanged, or none."
    )
