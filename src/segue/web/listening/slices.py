"""Long lists, some rows at a time, the latest first; rows without a time come last."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

_M = TypeVar("_M", bound=Model)
_CURSOR = re.compile(r"(\d{0,15})\.(\d{1,18})", re.ASCII)


def latest(rows: QuerySet[_M], after: str, n: int) -> tuple[list[_M], str]:
    """The `n` rows after a cursor ("" begins), and the cursor of what follows: "" where nothing does. By `time_ms` and id.

    What comes or goes meanwhile neither repeats a row nor leaves one out. A cursor that is none begins.
    """
    found = rows.order_by(F("time_ms").desc(nulls_last=True), "-pk")
    if (read := _CURSOR.fullmatch(after)) is not None:
        time_ms, pk = read[1], int(read[2])
        none, below = Q(time_ms__isnull=True), Q(pk__lt=pk)
        found = found.filter(
            none | Q(time_ms__lt=int(time_ms)) | (Q(time_ms=int(time_ms)) & below) if time_ms else none & below
        )
    some: list[Any] = list(found[: n + 1])
    if len(some) <= n:
        return some, ""
    last = some[n - 1]
    return some[:n], f"{'' if last.time_ms is None else last.time_ms}.{last.pk}"
