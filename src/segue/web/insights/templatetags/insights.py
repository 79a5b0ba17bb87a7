"""What templates of boards need."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

from segue.exploring import page
from segue.web.insights.base import Linked, Number

register = template.Library()
LARGE = 100


@register.filter
def cell(value: Any, column: str = "") -> str:
    """A cell of a table, as on explored pages, and with a link where it has one."""
    if isinstance(value, Linked):
        return format_html('<a href="{}">{}</a>', value.address, str(value))
    return page.cell(value, column)


@register.filter
def is_number(value: Any) -> bool:
    """Whether it is one."""
    return isinstance(value, int | float)


@register.filter
def numeric(rows: Any) -> list[bool]:
    """Of each column, whether all that is known in it are numbers: they stand at the right, and so does what is not known."""
    columns = ([value for value in column if value is not None] for column in zip(*rows, strict=True))
    return [bool(known) and all(map(is_number, known)) for known in columns]


@register.filter
def at(row: Any, place: int) -> Any:
    """One of some; None where there are not so many."""
    return row[place] if place < len(row) else None


@register.filter
def large(number: Number) -> str:
    """A number as it stands by itself."""
    return _shown(number.value, percent=number.percent)


@register.filter
def earlier(number: Number) -> str:
    """What it was before."""
    return _shown(number.before, percent=number.percent)


@register.filter
def change(number: Number) -> str:
    """By how much it changed: in percent, or in percentage points; empty where nothing can be said."""
    if number.value is None or number.before is None:
        return ""
    if number.percent:
        text = f"{100 * (number.value - number.before):+.1f} points"
    else:
        text = f"{100 * (number.value / number.before - 1):+.0f}%" if number.before else ""
    return text.replace("-", "±").replace("+", "±") if text.lstrip("+-") in {"0%", "0.0 points"} else text


@register.filter
def mood(number: Number) -> str:
    """Whether the change is "good" or "bad"; empty where it is neither."""
    if number.value is None or number.before is None or not number.better or change(number).startswith("±"):
        return ""
    return "good" if (number.value > number.before) == (number.better > 0) else "bad"


@register.simple_tag
def chart_data(charts: list[dict[str, Any]], name: str) -> SafeString:
    """What Plotly draws, as JSON that no browser runs."""
    return json_script(charts, f"chart-{name}")


def _shown(value: float | None, *, percent: bool) -> str:
    if value is None:
        return "–"
    if percent:
        return f"{100 * value:.1f}%"
    return f"{value:,.0f}" if abs(value) >= LARGE or value == int(value) else f"{value:.3g}"
