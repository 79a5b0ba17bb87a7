"""The drawer that says why a track is recommended, and takes an answer."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from segue.web.listening.models import listener_of
from segue.web.shown import Row, rows_of_keys

MOST = 8
_LONGEST = 8_000


@login_required
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """The part of a page; `reasons` is what `Row.told` said, sent back."""
    listener = listener_of(request.user)
    key, reasons = request.GET.get("track", ""), _read(request.GET.get("reasons", ""))
    rows = {
        row.id: row for row in rows_of_keys([key, *(of for _, _, because in reasons for of, _ in because)], listener)
    }
    if key not in rows:
        return render(request, "404.html", status=404)
    shown = [
        {"kind": kind, "text": text, "because": [(rows[of], _percent(share)) for of, share in because if of in rows]}
        for kind, text, because in reasons
    ]
    exposure = request.GET.get("exposure", "")
    return render(request, "pages/why.html", {"track": rows[key], "reasons": shown, "exposure": exposure})


@login_required
@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    """What can be done with a track: a part of a page."""
    rows: list[Row] = rows_of_keys([request.GET.get("track", "")], listener_of(request.user))
    if not rows:
        return render(request, "404.html", status=404)
    return render(request, "pages/menu.html", {"track": rows[0], "exposure": request.GET.get("exposure", "")})


def _read(text: str) -> list[tuple[str, str, list[tuple[str, float]]]]:
    """What `Row.told` wrote; nothing for what it did not."""
    try:
        told: Any = orjson.loads(text[:_LONGEST])
        return [
            (str(kind), str(words), [(str(of), float(share)) for of, share in because][:MOST])
            for kind, words, because in told[:MOST]
        ]
    except (ValueError, TypeError):
        return []


def _percent(share: float) -> int:
    return round(100 * min(max(share, 0.0), 1.0))


PATHS = [path("why/", why, name="why"), path("menu/", menu, name="menu")]
