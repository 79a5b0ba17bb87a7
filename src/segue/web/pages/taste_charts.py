"""Charts of a taste as lines and areas for small drawings: numbers in, points out. Templates give them their looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from segue.web.listening.habits import Week
from segue.web.listening.surroundings import Place, TasteMap

WIDE, HIGH = 360, 240
"""The size of most drawings, in pixels of a phone."""
SOUNDS = ("energy", "valence", "danceability", "acousticness", "instrumentalness", "speechiness", "liveness")
"""What the radar shows: those that are 0 to 1, what is alike side by side."""


@dataclass(frozen=True)
class Text:
    """Words at a place; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


# -- radar ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Radar:
    """A radar: the rings, the spokes, the listener's shape, and that of all listeners ("" where it is not known)."""

    rings: tuple[str, ...]
    mine: str
    all: str
    labels: tuple[Text, ...]


def radar(
    mine: Mapping[str, float | None], everybody: Mapping[str, float] | None, words: Mapping[str, str]
) -> Radar | None:
    """The radar of some features; None where fewer than three of them are known."""
    names = [name for name in SOUNDS if mine.get(name) is not None]
    if len(names) < 3:
        return None
    x, y, r = WIDE / 2, HIGH / 2 + 4, 86.0
    turns = [math.tau * at / len(names) - math.tau / 4 for at in range(len(names))]

    def shape(shares: Sequence[float]) -> str:
        return _points(
            [(x + r * share * math.cos(t), y + r * share * math.sin(t)) for share, t in zip(shares, turns, strict=True)]
        )

    labels = [
        Text(round(x + (r + 12) * math.cos(t), 1), round(y + (r + 12) * math.sin(t) + 4, 1), words[name], _side(math.cos(t)))
        for name, t in zip(names, turns, strict=True)
    ]  # fmt: skip
    others = shape([_share(everybody.get(name)) for name in names]) if everybody else ""
    rings = tuple(shape([share] * len(names)) for share in (1 / 3, 2 / 3, 1))
    return Radar(rings, shape([_share(mine[name]) for name in names]), others, tuple(labels))


def _side(cosine: float) -> str:
    return "middle" if abs(cosine) < 0.3 else "start" if cosine > 0 else "end"


def _share(value: float | None) -> float:
    return min(max(value or 0.0, 0.02), 1.0)


# -- clock ---------------------------------------------------------------------------------------------------------------


def clock(hours: np.ndarray) -> tuple[tuple[int, str, bool], ...]:
    """Each hour's petal, by plays (24,): the hour, its outline, whether it is the fullest. The area says how much."""
    most = int(hours.max(initial=0))
    if most == 0:
        return ()
    x = y = HIGH / 2
    inner, outer = 34.0, 96.0
    fullest = int(hours.argmax())
    found = []
    for hour, plays in enumerate(hours.tolist()):
        r = math.sqrt(inner**2 + (outer**2 - inner**2) * plays / most)
        found.append((hour, _petal(x, y, inner, max(r, inner + 2), hour), hour == fullest))
    return tuple(found)


def _petal(x: float, y: float, inner: float, outer: float, hour: int) -> str:
    """A slice of a ring, a little narrower than the hour; midnight is above."""
    begin, end = (math.tau * (hour + one) / 24 - math.tau / 4 for one in (0.06, 0.94))

    def at(r: float, t: float) -> str:
        return f"{x + r * math.cos(t):.1f} {y + r * math.sin(t):.1f}"

    return (
        f"M{at(inner, begin)}L{at(outer, begin)}A{outer:.1f} {outer:.1f} 0 0 1 {at(outer, end)}"
        f"L{at(inner, end)}A{inner:.1f} {inner:.1f} 0 0 0 {at(inner, begin)}Z"
    )


# -- ribbon --------------------------------------------------------------------------------------------------------------


def ribbon(plays: Sequence[float]) -> str:
    """A band as wide as plays, from left to right through equally wide columns: an outline."""
    if not plays or max(plays) <= 0:
        return ""
    middle, high, column = 52.0, 44.0, WIDE / len(plays)
    half = [max(one / max(plays) * high, 1.0) for one in plays]
    xs = [0.0, *(column * (at + 0.5) for at in range(len(plays))), float(WIDE)]
    half = [half[0], *half, half[-1]]
    above = [(x, middle - h) for x, h in zip(xs, half, strict=True)]
    below = [(x, middle + h) for x, h in zip(xs, half, strict=True)][::-1]
    return f"M{_xy(above[0])}{_smooth(above)}L{_xy(below[0])}{_smooth(below)}Z"


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """Curves from point to point that are level at each."""
    parts = []
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        parts.append(f"C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)


# -- weeks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A bar from the floor, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    week: Week


@dataclass(frozen=True)
class Weeks:
    """Bars of weeks, and what the line above them stands for, in percent."""

    bars: tuple[Bar, ...]
    top: int


def weeks_drawn(weeks: Sequence[Week], high: float = 88.0) -> Weeks | None:
    """A bar for each week: its share of new artists, of a top that fits."""
    if not weeks:
        return None
    most = max(week.share for week in weeks)
    top = next((one for one in (0.1, 0.25, 0.5) if most <= one), 1.0)
    wide = min(WIDE / len(weeks), 48.0)
    gap = min(wide * 0.25, 4.0)
    drawn = []
    for at, week in enumerate(weeks):
        tall = high * week.share / top
        drawn.append(Bar(round(at * wide, 1), round(12 + high - tall, 1), round(wide - gap, 1), round(tall, 1), week))
    return Weeks(tuple(drawn), round(100 * top))


# -- map -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dot:
    """An artist on the map; with a label where there is room for it."""

    place: Place
    x: float
    y: float
    r: float
    label: Text | None = None


@dataclass(frozen=True)
class Map:
    """The map, drawn: those around, one's own, and where one is."""

    around: tuple[tuple[float, float], ...]
    mine: tuple[Dot, ...]
    x: float
    y: float


MAP_WIDE, MAP_HIGH = 720, 420
_LETTER, _LINE, _LONGEST = 8.2, 18.0, 26


def drawn(found: TasteMap) -> Map:
    """The map in pixels: the most played have the largest dots, and their names as far as they do not touch."""
    most = max(one.plays for one in found.mine)
    dots = [
        Dot(one, *_on_map(one.x, one.y), round(4 + 8 * math.sqrt(one.plays / most), 1))
        for one in sorted(found.mine, key=lambda one: -one.plays)
    ]
    taken = [(dot.x - dot.r, dot.y - dot.r, dot.x + dot.r, dot.y + dot.r) for dot in dots]
    dots = [replace(dot, label=_label(dot, taken)) for dot in dots]
    around = tuple(_on_map(one.x, one.y) for one in found.around)
    return Map(around, tuple(dots), *_on_map(found.x, found.y))


def _on_map(x: float, y: float) -> tuple[float, float]:
    return round(24 + x * (MAP_WIDE - 48), 1), round(24 + (1 - y) * (MAP_HIGH - 48), 1)


def _label(dot: Dot, taken: list[tuple[float, float, float, float]]) -> Text | None:
    """A name beside its dot, where that is free; what it takes is noted."""
    name = dot.place.name
    shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    wide = _LETTER * len(shown)
    for at, anchor in ((dot.x + dot.r + 5, "start"), (dot.x - dot.r - 5, "end")):
        left = at if anchor == "start" else at - wide
        box = (left, dot.y - _LINE / 2, left + wide, dot.y + _LINE / 2)
        free = all(box[2] < a or c < box[0] or box[3] < b or d < box[1] for a, b, c, d in taken)
        if free and box[0] > 0 and box[2] < MAP_WIDE:
            taken.append(box)
            return Text(round(at, 1), round(dot.y + 4.5, 1), shown, anchor)
    return None


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _xy(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
