"""Drawing: the shape of a figure's data as a Plotly figure, in plain values.

Colours are names ("@ink", "@accent", "@group3") that the page replaces by those of the theme in use, light or dark.
"""

from __future__ import annotations

import html
import math
from typing import Any

from segue.exploring.shapes import Bars, Boxes, Grid, Line, Lines, Panels, Points, Shape

GROUP_COLOURS = 12
LONGEST_LABEL = 38
LONGEST_OF_PANEL = 20
LABEL = "label"
"""The name of a note that the page shortens to what the width allows."""
ROW = 38
MAP_HEIGHT = 560
CELLS_WITH_TEXT = 120
VALUES_ON_BARS = 13

Spec = dict[str, Any]


def charts(shape: Shape, unit: str) -> list[Spec]:
    """The charts of a shape: one, as many as there are panels, or none for what is no chart (tables, cards, a cloud).

    Each has `data` and `layout` as Plotly takes them, a `height` in pixels, and a `title` where it is one of several.
    """
    if isinstance(shape, Panels):
        return [
            {**_draw(panel, unit, small=True), "title": name}
            for name, panel in zip(shape.names, shape.panels, strict=True)
        ]
    return [] if not isinstance(shape, Bars | Lines | Grid | Points | Boxes) else [_draw(shape, unit)]


def _draw(shape: Bars | Lines | Grid | Points | Boxes, unit: str, *, small: bool = False) -> Spec:
    if isinstance(shape, Bars):
        return _columns(shape, unit) if shape.ordered else _ranking(shape, unit)
    if isinstance(shape, Lines):
        return _lines(shape, small=small)
    if isinstance(shape, Grid):
        return _grid(shape, unit)
    return _points(shape) if isinstance(shape, Points) else _boxes(shape)


def _plain(text: object) -> str:
    """Text that Plotly, which knows a little HTML, shows as it is."""
    return html.escape(str(text), quote=False)


def _short(text: str, longest: int = LONGEST_LABEL) -> str:
    return _plain(text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    if 0 < abs(value) < 0.01:
        return "&lt;0.01"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _ranking(bars: Bars, unit: str) -> Spec:
    """Thin bars under their names, so that a long name needs no margin; the value stands at the right."""
    places = list(range(len(bars.labels)))
    notes = []
    for place, label, value in zip(places, bars.labels, bars.values, strict=True):
        about = {"y": place, "yshift": 13, "showarrow": False}
        notes.append({**about, "x": 0, "xref": "paper", "xanchor": "left", "text": _plain(label), "name": LABEL})
        notes.append(
            {**about, "x": 1, "xref": "paper", "xanchor": "right", "text": _number(value), "font": {"color": "@soft"}}
        )
    trace = {
        "type": "bar", "orientation": "h", "x": list(bars.values), "y": places, "width": 0.2,
        "marker": {"color": "@accent", "cornerradius": 3}, "text": [_plain(label) for label in bars.labels],
        "textposition": "none", "hovertemplate": f"%{{text}}<br>%{{x:,}} {_plain(unit)}<extra></extra>",
    }  # fmt: skip
    layout = {
        "xaxis": {"visible": False, "rangemode": "tozero"},
        "yaxis": {"visible": False, "range": [len(places) - 0.6, -0.85]},
        "annotations": notes,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 4},
    }
    return {"data": [trace], "layout": layout, "height": ROW * len(places) + 24}


def _columns(bars: Bars, unit: str) -> Spec:
    few = len(bars.labels) <= VALUES_ON_BARS
    trace = {
        "type": "bar", "x": [_plain(label) for label in bars.labels], "y": list(bars.values),
        "marker": {"color": "@accent", "cornerradius": 3},
        "text": [_number(value) for value in bars.values] if few else None, "textposition": "outside", "cliponaxis": False,
        "hovertemplate": f"%{{x}}<br>%{{y:,}} {_plain(unit)}<extra></extra>",
    }  # fmt: skip
    layout = {
        "bargap": 0.25,
        "xaxis": {
            "type": "category",
            "showgrid": False,
            "title": {"text": _plain(bars.of)},
            "tickangle": 0,
            "room": 12 + 7 * max(map(len, bars.labels)),
        },
        "yaxis": {"visible": not few, "rangemode": "tozero"},
        "margin": {"t": 28},
    }
    return {"data": [trace], "layout": layout, "height": 320}


def _lines(lines: Lines, *, small: bool = False) -> Spec:
    data, notes = [], []
    for number, line in enumerate(lines.lines):
        colour = "@accent" if len(lines.lines) == 1 else f"@group{number % GROUP_COLOURS}"
        data += _band(line)
        few = len(line.x) <= 16
        data.append({
            "type": "scatter", "x": list(line.x), "y": list(line.y), "mode": "lines+markers" if few else "lines",
            "line": {"color": colour, "width": 2}, "name": _plain(line.name),
            "hovertemplate": f"%{{x}}: %{{y:,}}<extra>{_plain(line.name) if len(lines.lines) > 1 else ''}</extra>",
        })  # fmt: skip
        if len(lines.lines) > 1:
            notes.append(_label(line, colour, number, log=lines.log))
    if lines.diagonal:
        data.append({
            "type": "scatter", "x": [0, 100], "y": [0, 100], "mode": "lines", "hoverinfo": "skip",
            "line": {"color": "@line", "width": 1.5, "dash": "dot"},
        })  # fmt: skip
    kind = {"type": "log", "dtick": 1} if lines.log else {}
    layout = {
        "xaxis": {"title": {"text": "" if small else _plain(lines.x)}, "showgrid": False, **kind},
        "yaxis": {
            "title": {"text": "" if small else _plain(lines.y)},
            **kind,
            **({} if small else {"rangemode": "tozero"}),
        },
        "annotations": notes,
    }
    return {"data": data, "layout": layout, "height": 170 if small else 380}


def _band(line: Line) -> list[Spec]:
    if not line.lower:
        return []
    edge = {"type": "scatter", "x": list(line.x), "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": list(line.lower)},
        {**edge, "y": list(line.upper), "fill": "tonexty", "fillcolor": "@band"},
    ]


def _label(line: Line, colour: str, number: int, *, log: bool) -> Spec:
    """The name of a line beside it, two thirds along, so that no legend is needed."""
    place = int(len(line.x) * (0.62 - 0.12 * number))
    x, y = line.x[place], line.y[place]
    if log:
        x, y = math.log10(float(x or 1)), math.log10(float(y or 1))
    return {"x": x, "y": y, "text": f"<b>{_plain(line.name)}</b>", "font": {"color": colour}, "showarrow": False,
            "xanchor": "right" if not log else "left", "yshift": 14, "xshift": -4 if not log else 4}  # fmt: skip


def _grid(grid: Grid, unit: str) -> Spec:
    cells = len(grid.rows) * len(grid.columns)
    trace: Spec = {
        "type": "heatmap", "x": [_plain(name) for name in grid.columns], "y": [_short(name) for name in grid.rows],
        "z": [list(row) for row in grid.values], "xgap": 1, "ygap": 1, "showscale": False, "hoverongaps": False,
        "hovertemplate": f"%{{y}}, %{{x}}: %{{z:.3g}} {_plain(unit)}<extra></extra>",
    }  # fmt: skip
    if grid.diverging:
        trace |= {"zmid": 0, "colorscale": [[0, "@cool"], [0.5, "@ground"], [1, "@accent"]]}
    else:
        trace |= {"zmin": 0, "colorscale": [[0, "@ground"], [1, "@accent"]]}
    if cells <= CELLS_WITH_TEXT:
        trace |= {"texttemplate": "%{z:.1f}", "textfont": {"size": 11}}
    many = len(grid.columns) > 12
    layout = {
        "xaxis": {
            "tickangle": 0 if many else -45,
            **({"room": 60} if many else {}),
            "showgrid": False,
            "side": "bottom",
            "type": "category",
        },
        "yaxis": {"autorange": "reversed", "showgrid": False, "automargin": True, "type": "category"},
        "margin": {"l": 8, "t": 8},
    }
    return {"data": [trace], "layout": layout, "height": 34 * len(grid.rows) + 90}


def _points(points: Points) -> Spec:
    """One trace, so that the order of the points is that of the data; each group has its number where most of it is."""
    trace: Spec = {
        "type": "scatter", "x": list(points.x), "y": list(points.y), "mode": "markers",
        "customdata": list(points.labels),
        "marker": {"color": [f"@group{label % GROUP_COLOURS}" for label in points.labels],
                   "size": 9 if points.names else 5, "opacity": 0.75, "line": {"width": 0}},
        "text": [f"{_plain(text)}<br>{_plain(points.groups[label])}"
                 for text, label in zip(points.texts, points.labels, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    notes = []
    if points.names:
        trace |= {"mode": "markers+text", "hovertext": trace["text"], "hovertemplate": "%{hovertext}<extra></extra>",
                  "text": [_short(name) for name in points.names], "textposition": "middle right",
                  "textfont": {"size": 11, "color": "@ink"}, "cliponaxis": False}  # fmt: skip
    else:
        notes = [_badge(points, label) for label in sorted(set(points.labels))]
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    layout = {
        "xaxis": bare | ({"range": _with_room(points.x)} if points.names else {}),
        "yaxis": bare,
        "annotations": notes,
        "hovermode": "closest",
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "zoomable": True,
    }
    return {"data": [trace], "layout": layout, "height": MAP_HEIGHT}


def _with_room(x: tuple[float | None, ...]) -> list[float]:
    """A range that leaves the names of the rightmost points some room."""
    known = [value for value in x if value is not None]
    width = max(known) - min(known) or 1.0
    return [min(known) - 0.03 * width, max(known) + 0.2 * width]


def _badge(points: Points, label: int) -> Spec:
    x = sorted(x for x, own in zip(points.x, points.labels, strict=True) if own == label and x is not None)
    y = sorted(y for y, own in zip(points.y, points.labels, strict=True) if own == label and y is not None)
    return {
        "x": x[len(x) // 2], "y": y[len(y) // 2], "text": f"<b>{label + 1}</b>", "showarrow": False, "borderpad": 3,
        "bgcolor": "@paper", "bordercolor": f"@group{label % GROUP_COLOURS}", "borderwidth": 1.5, "font": {"color": "@ink"},
    }  # fmt: skip


def _boxes(boxes: Boxes) -> Spec:
    quantiles = list(zip(*(box.quantiles for box in boxes.boxes), strict=True))
    trace = {
        "type": "box", "orientation": "h", "y": [_short(box.name, LONGEST_OF_PANEL) for box in boxes.boxes],
        "lowerfence": quantiles[0], "q1": quantiles[1], "median": quantiles[2], "q3": quantiles[3],
        "upperfence": quantiles[4], "line": {"color": "@accent", "width": 1.5}, "fillcolor": "@band", "whiskerwidth": 0,
        "hoverinfo": "x+y",
    }  # fmt: skip
    layout = {
        "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False, "type": "category"},
        "xaxis": {"nticks": 4},
        "margin": {"l": 8, "t": 4},
    }
    return {"data": [trace], "layout": layout, "height": 21 * len(boxes.boxes) + 50}
