"""Boards as pages, and each of their figures as a file of CSV."""

from __future__ import annotations

import csv
import importlib
import io
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

import segue.web.insights.boards
from segue.errors import BadRequest
from segue.exploring.charts import charts
from segue.exploring.report import Figure, Section
from segue.exploring.shapes import Bars, Boxes, Grid, Lines, Panels, Points, Table
from segue.web import clock
from segue.web.accounts.staff import for_staff
from segue.web.insights import rollups
from segue.web.insights.base import Asked, Board, Entry, asked_of

MODULES = [
    importlib.import_module(f"segue.web.insights.boards.{one.name}")
    for one in pkgutil.iter_modules(segue.web.insights.boards.__path__)
]
BOARDS: dict[str, Board] = {module.BOARD.slug: module.BOARD for module in MODULES if hasattr(module, "BOARD")}
_ENTRIES: list[Entry] = [module.ENTRY for module in MODULES if hasattr(module, "ENTRY")]
ROWS_SHOWN = 50
_DRAWN = (Bars, Lines, Grid, Points, Boxes, Panels)
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be worked out by a spreadsheet."""


@dataclass(frozen=True)
class Shown:
    """A figure on a page: `kind` names the template's way with it, `charts` is what Plotly draws."""

    figure: Figure
    kind: str
    charts: list[dict[str, Any]]
    table: Table

    @property
    def more(self) -> int:
        """How many rows of the table are not on the page."""
        return max(0, len(self.table.rows) - ROWS_SHOWN)

    @property
    def rows(self) -> Sequence[tuple[Any, ...]]:
        """Those that are."""
        return self.table.rows[:ROWS_SHOWN]


def shown(figure: Figure) -> Shown:
    """A figure, ready to be drawn."""
    drawn = charts(figure.data, figure.unit) if isinstance(figure.data, _DRAWN) else []
    return Shown(figure, type(figure.data).__name__.lower(), drawn, figure.data.table())


def places() -> list[tuple[str, str]]:
    """The pages of the dashboard, in order: (title, address)."""
    found = [(one.order, one.title, reverse("board", args=[one.slug])) for one in BOARDS.values()]
    found += [(one.order, one.title, reverse(one.url_name)) for one in _ENTRIES]
    return [(title, address) for _, title, address in sorted(found)]


@for_staff
@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The first of them."""
    there = places()
    if not there:
        raise Http404
    return redirect(there[0][1])


@for_staff
@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """A board."""
    one = _there(slug)
    try:
        asked, problem = _asked(request), None
    except BadRequest as error:
        asked, problem = asked_of(None, None, None, _today()), str(error)
    sections = [(part, [shown(figure) for figure in part.figures]) for part in one.make(asked)]
    about = {"board": one, "asked": asked, "sections": sections, "problem": problem, "places": places(),
             "query": request.GET.urlencode()}  # fmt: skip
    return render(request, "insights/board.html", about, status=400 if problem else 200)


@for_staff
@require_safe
def as_csv(request: HttpRequest, slug: str, figure: str) -> HttpResponse:
    """The table of a figure, whole."""
    one = _there(slug)
    try:
        asked = _asked(request)
    except BadRequest as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    found = _figure(one.make(asked), figure)
    if found is None:
        raise Http404
    answer = HttpResponse(csv_of(found.data.table()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{figure}.csv"'
    return answer


def csv_of(table: Table) -> str:
    """A table as CSV. Text that a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.header)
    for row in table.rows:
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell for cell in row])
    return out.getvalue()


def _figure(sections: Sequence[Section], name: str) -> Figure | None:
    return next((one for part in sections for one in part.figures if one.id == name), None)


def _there(slug: str) -> Board:
    if slug not in BOARDS:
        raise Http404
    return BOARDS[slug]


def _today() -> date:
    """The last day that boards look at: today; where the last listen is older, as in the demo, the day of that."""
    today = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).date()
    there = rollups.current()
    last = there and there.manifest["last_day"]
    return min(today, date.fromisoformat(last)) if last else today


def _asked(request: HttpRequest) -> Asked:
    get = request.GET.get
    return asked_of(get("from"), get("to"), get("against"), _today())
