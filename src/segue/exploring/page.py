"""A report as one page that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from typing import Any

from jinja2 import Environment

from segue.errors import SegueError
from segue.exploring.charts import GROUP_COLOURS, charts
from segue.exploring.report import Report

ROWS_SHOWN = 100
LIGHT = {
    "ink": "#12100e", "soft": "#6b6259", "line": "#cfc6b9", "grid": "#ebe4d9", "paper": "#faf7f2", "ground": "#efe8dd",
    "accent": "#c23b1e", "cool": "#2f6f9f", "band": "rgba(194,59,30,0.18)",
}  # fmt: skip
DARK = {
    "ink": "#f3ede4", "soft": "#a89d90", "line": "#4a433b", "grid": "#2a2520", "paper": "#12100e", "ground": "#2a2520",
    "accent": "#ff7a57", "cool": "#6fb4e6", "band": "rgba(255,122,87,0.22)",
}  # fmt: skip
LIGHT_GROUPS = (
    "#c23b1e", "#1f7a6d", "#a86f00", "#3f5bb5", "#5b7a1f", "#8a3f8f", "#2b7fb0", "#7a5636", "#c2417c", "#56636e",
    "#8c7a12", "#0f8a99",
)  # fmt: skip
DARK_GROUPS = (
    "#ff7a57", "#5cc7b5", "#e0a93b", "#8fa6f5", "#a9c95f", "#d08fd6", "#6fbce8", "#c79b74", "#f488b6", "#a7b4c0",
    "#cdbb4a", "#4fd0df",
)  # fmt: skip


def as_html(report: Report, *, title: str | None = None, eyebrow: str = "Explored with Segue") -> str:
    """The report as a page of less than 10 MB: its scripts are named by their hashes, and nothing else may run.

    `title` is what a browser calls the page (None: that the library was explored), `eyebrow` the line above the heading. Raises
    `SegueError` when Plotly, whose JavaScript draws the charts, is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415
    except ImportError:
        raise SegueError("the page needs Plotly: pip install 'segue[explore]'") from None
    drawn = {
        figure.id: charts(figure.data, figure.unit) for section in report.sections for figure in section.figures
    }  # fmt: skip
    scripts = [get_plotlyjs(), _asset("page.js")]
    palettes = {"light": _palette(LIGHT, LIGHT_GROUPS), "dark": _palette(DARK, DARK_GROUPS)}
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = cell
    return environment.from_string(_asset("page.html")).render(
        report=report,
        title=title or f"{report.name}, explored",
        eyebrow=eyebrow,
        drawn=drawn,
        data=_embedded({"charts": drawn, "palettes": palettes}),
        palettes=palettes,
        scripts=scripts,
        hashes=[_hash(script) for script in scripts],
        style=_asset("page.css"),
        rows_shown=ROWS_SHOWN,
        group_colours=GROUP_COLOURS,
    )


def _asset(name: str) -> str:
    return (resources.files("segue.exploring") / "assets" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """As a content security policy names a script that may run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _embedded(document: Any) -> str:
    """JSON that can stand in a script element: no character in it can end the element, or a line of JavaScript."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _palette(colours: dict[str, str], groups: tuple[str, ...]) -> dict[str, str]:
    return colours | {f"group{number}": colour for number, colour in enumerate(groups)}


def cell(value: object, column: str = "") -> str:
    """A cell of a table: numbers without needless digits (years without commas), a dash for what is not known."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and column != "year" else str(value)
