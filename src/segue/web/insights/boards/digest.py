"""The weekly letter: how many want it, how letters ended, and the letter of any listener as they would get it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from segue.errors import SegueError
from segue.web.accounts.staff import for_staff
from segue.web.digest.models import Letter, Subscription
from segue.web.digest.preview import preview
from segue.web.digest.writing import Written
from segue.web.insights.base import Entry, Number

ENTRY = Entry("digest_board", "Digest", 80)
WEEKS = 12
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)
"""Of the letter itself, whose styles stand in its lines: it runs nothing, loads nothing and leads nowhere."""


@dataclass(frozen=True)
class WeekOfLetters:
    """The letters of a week: `size` is their mean, in kB; `open` are those under way; `unsure` may not have been sent."""

    week: str
    sent: int
    refused: int
    bounced: int
    unsure: int
    empty: int
    open: int
    size: float | None


@for_staff
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The numbers, and a form that asks for a letter."""
    from segue.web.insights.views import places  # noqa: PLC0415 (it loads this module)

    name, week, letter, problem = _asked(request)
    frame = f"?{urlencode({'listener': name, 'week': week})}"
    about = {"places": places(), "numbers": _numbers(), "weeks": _weeks(), "listener": name, "week": week, "letter": letter,
             "problem": problem, "frame": frame, "hour": settings.DIGEST_HOUR, "per_minute": settings.MAIL_PER_MINUTE}  # fmt: skip
    return render(request, "insights/digest.html", about, status=404 if problem else 200)


@for_staff
@never_cache
@xframe_options_sameorigin
@require_safe
def letter(request: HttpRequest) -> HttpResponse:
    """The letter itself, for the frame in the page."""
    _name, _week, found, problem = _asked(request)
    text = found.with_pictures_inside() if found is not None else problem
    kind = "text/html" if found is not None else "text/plain"
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8", status=200 if found is not None else 404)
    answer["Content-Security-Policy"] = _POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _asked(request: HttpRequest) -> tuple[str, str, Written | None, str]:
    """Whose letter is asked for, of which week, the letter, and why there is none."""
    name, week = request.GET.get("listener", "").strip()[:254], request.GET.get("week", "").strip()[:20]
    if not name:
        return "", week, None, ""
    try:
        found = preview(name, week or None)
    except SegueError as error:
        return name, week, None, str(error)
    return name, week, found, "" if found else "There is nothing to recommend to them yet: no letter would go out."


def _numbers() -> list[Number]:
    states = dict(Subscription.objects.values_list("state").annotate(n=Count("pk")))
    ended = dict(Letter.objects.values_list("state").annotate(n=Count("pk")))
    return [
        Number("Get it", states.get("on", 0)),
        Number("Not confirmed yet", states.get("asked", 0)),
        Number("Ended it", states.get("off", 0)),
        Number("Paused", states.get("paused", 0)),
        Number("Sent", ended.get("sent", 0)),
        Number("Refused", ended.get("refused", 0)),
        Number("Came back", ended.get("bounced", 0)),
    ]


def _weeks() -> list[WeekOfLetters]:
    ended = {name: Count("pk", filter=Q(state=name)) for name in ("sent", "refused", "bounced", "empty")}
    ended["unsure"] = Count("pk", filter=Q(state__in=("unsure", "handed")))
    still = Count("pk", filter=Q(state__in=("claimed", "later")))
    rows: Any = Letter.objects.values("week").annotate(**ended, open=still, mean=Avg("size")).order_by("-week")
    return [
        WeekOfLetters(**row, size=None if mean is None else round(mean / 1000, 1))
        for row in rows[:WEEKS] for mean in [row.pop("mean")]
    ]  # fmt: skip


PATHS = [
    path("digest/", page, name="digest_board"),
    path("digest/letter/", letter, name="digest_letter"),
]
