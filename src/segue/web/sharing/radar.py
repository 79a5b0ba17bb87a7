"""A taste as a figure: how far it reaches in each of some directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segue.web.sharing.contents import feature_name

FEWEST = 3
_RINGS = (1 / 3, 2 / 3, 1.0)
_LEAST = 0.06
"""What is hardly there still shows a point beside the middle."""


@dataclass(frozen=True)
class Axis:
    """One direction: its name, where it ends, where its name stands, and on which side of that ("start", "middle", "end")."""

    name: str
    x: float
    y: float
    name_x: float
    name_y: float
    anchor: str
    percent: int


@dataclass(frozen=True)
class Radar:
    """The figure about (0, 0): the points of its rings and of its shape, as SVG has them, and its axes."""

    rings: tuple[str, ...]
    shape: str
    dots: tuple[tuple[float, float], ...]
    axes: tuple[Axis, ...]


def radar(features: Sequence[tuple[str, float]], radius: float = 100, gap: float = 12) -> Radar | None:
    """The figure of features from 0 to 1; `gap` keeps names off the rim. None for fewer than three."""
    if len(features) < FEWEST:
        return None
    turns = [math.tau * place / len(features) - math.tau / 4 for place in range(len(features))]
    dots = tuple(_at(turn, radius * max(value, _LEAST)) for turn, (_, value) in zip(turns, features, strict=True))
    rings = tuple(_points([_at(turn, radius * share) for turn in turns]) for share in _RINGS)
    axes = tuple(_axis(name, value, turn, radius, gap) for turn, (name, value) in zip(turns, features, strict=True))
    return Radar(rings, _points(dots), dots, axes)


def _axis(name: str, value: float, turn: float, radius: float, gap: float) -> Axis:
    x, y = _at(turn, radius)
    name_x, name_y = _at(turn, radius + gap)
    anchor = "middle" if abs(x) < radius / 10 else "start" if x > 0 else "end"
    return Axis(feature_name(name), x, y, name_x, name_y, anchor, round(100 * value))


def _at(turn: float, radius: float) -> tuple[float, float]:
    return round(radius * math.cos(turn), 1), round(radius * math.sin(turn), 1)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
