"""What so many listeners need and cost, from the last `segue capacity`: with a form for how many."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from segue.errors import BadRequest
from segue.exploring.report import Figure
from segue.exploring.shapes import Bars, Table, numbers
from segue.web.accounts.staff import for_staff
from segue.web.insights import views
from segue.web.insights.base import Entry, Number, Numbers
from segue.web.insights.capacity import prices
from segue.web.insights.capacity.measure import kept
from segue.web.insights.capacity.needs import BOUNDS, Assumed, Measured, Plan, plan
from segue.web.insights.capacity.telling import ASSUMPTIONS, measurements

ENTRY = Entry("costs", "Costs", 90)
_BASIS = {"measured": "measured", "assumed": "assumed", "both": "measured and assumed"}
_ASKED = ("listeners", "tracks", "listens_per_day", "peak", "questions_per_minute", "years", "exposure_days")


@dataclass(frozen=True)
class Place:
    """Where files of CSV are, and what the page is called."""

    slug: str = "costs"
    title: str = "Costs"


@dataclass(frozen=True)
class Asking:
    """One field of the form."""

    name: str
    label: str
    value: str
    low: str
    high: str
    step: str


@for_staff
@require_safe
def costs(request: HttpRequest) -> HttpResponse:
    """The page."""
    measured = kept(settings.HOME)
    try:
        asked, problem = _asked(request, measured), None
    except BadRequest as error:
        asked, problem = _usual(measured), str(error)
    figures = _figures(measured, asked) if measured is not None else []
    about = {
        "board": Place(), "places": views.places(), "query": request.GET.urlencode() if problem is None else "", "problem": problem,
        "measured": measured, "fields": _fields(asked), "figures": [views.shown(one) for one in figures],
        "lacking": _plan(measured, asked).lacking if measured is not None else (),
    }  # fmt: skip
    return render(request, "insights/costs.html", about, status=400 if problem else 200)


@for_staff
@require_safe
def as_csv(request: HttpRequest, figure: str) -> HttpResponse:
    """The table of one of its figures."""
    measured = kept(settings.HOME)
    try:
        asked = _asked(request, measured)
    except BadRequest as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    found = next((one for one in (_figures(measured, asked) if measured else []) if one.id == figure), None)
    if found is None:
        raise Http404
    answer = HttpResponse(views.csv_of(found.data.table()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="costs-{figure}.csv"'
    return answer


PATHS = [path("costs/", costs, name="costs"), path("costs/<slug:figure>.csv", as_csv)]


def _usual(measured: Measured | None) -> Assumed:
    return Assumed(listeners=max(measured.listeners, 1), tracks=measured.tracks) if measured is not None else Assumed()


def _asked(request: HttpRequest, measured: Measured | None) -> Assumed:
    """What the form says, bounded. Raises `BadRequest`."""
    usual, said = _usual(measured), {}
    for one in fields(Assumed):
        text = request.GET.get(one.name, "").strip()
        if one.name in _ASKED and text:
            try:
                value = float(text[:30])
                said[one.name] = int(value) if one.name in {"listeners", "tracks"} else value
            except (ValueError, OverflowError):
                raise BadRequest(f"{one.name.replace('_', ' ')} is {text[:30]!r}: give a number.") from None
    try:
        return Assumed(**{**{name: getattr(usual, name) for name in ("listeners", "tracks")}, **said}).checked()
    except BadRequest as error:
        text = str(error)
        raise BadRequest(f"{text[0].upper()}{text[1:]}.") from None


def _fields(asked: Assumed) -> list[Asking]:
    found = []
    for name in _ASKED:
        low, high = BOUNDS[name]
        step = "1" if name in {"listeners", "tracks"} else "any"
        label = ASSUMPTIONS[name]
        found.append(
            Asking(name, label[0].upper() + label[1:], f"{getattr(asked, name):.10g}", f"{low:g}", f"{high:.10g}", step)
        )
    return found


def _plan(measured: Measured, asked: Assumed) -> Plan:
    return plan(measured, asked, prices.read())


def _figures(measured: Measured, asked: Assumed) -> list[Figure]:
    found, costs_of = _plan(measured, asked), prices.read()
    currency = costs_of.currency
    large = Numbers((
        Number("In a month", found.month, unit=currency),
        Number("For each listener", found.listener_month, unit=f"{currency} a month"),
        Number("Web processes", found.need("web processes")),
        Number("Workers", found.need("workers")),
        Number("Disk of the database", found.need("disk of the database"), unit="GB"),
        Number("Memory for training", found.need("memory for training"), unit="GB"),
    ))  # fmt: skip
    ranked = sorted(found.items, key=lambda one: -one.month)
    needs = tuple((one.name, _short(one.amount), one.unit, _BASIS[one.basis], one.how) for one in found.needs)
    bill = tuple((one.name, _short(one.amount), one.unit, _short(one.month)) for one in found.items)
    told = tuple(
        (name, _short(value), unit, "measured" if by else "assumed") for name, value, unit, by in measurements(measured)
    )
    return [
        Figure("all", f"{asked.listeners:,} listeners", "", "", large),  # type: ignore[arg-type]  # a shape of the dashboard alone
        Figure("items", "What it costs", f"{ranked[0].name} costs most.", f"{currency} a month",
               Bars(tuple(one.name for one in ranked), numbers(one.month for one in ranked), "item")),
        Figure("bill", "The bill", f"Prices of {costs_of.date}: made up, in the range of what hosts ask for. Yours go to"
               " segue capacity --prices.", "", Table(("item", "amount", "unit", f"{currency} a month"), bill)),
        Figure("needs", "What is needed", "Each rests on what was measured on this machine, on assumptions, or on both.", "",
               Table(("need", "amount", "unit", "rests on", "how"), needs)),
        Figure("measured", "What was measured", f"On {measured.made[:16].replace('T', ' ')} UTC, for {measured.seconds:g} s, with"
               f" {measured.cores} cores, {measured.database}, {measured.tracks:,} tracks and {measured.listens:,} listens.", "",
               Table(("what", "value", "unit", "how it is known"), told)),
    ]  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) < 1000 else float(round(value))
