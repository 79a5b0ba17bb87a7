"""What every composition draws with: the music as numbers, chances that follow from the seed, inks, and a few shapes as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from segue.web.covers.colours import Inks, Lab, deep_inks, hexed, inks, mixed
from segue.web.covers.recipes import KINDS, Recipe

One = TypeVar("One")

SIDE, MIDDLE, REACH = 640, 320, 470
"""The picture is SIDE wide and high; what turns about its MIDDLE must reach REACH to every side to fill it."""


class Pen:
    """Draws for one recipe. Two pens of the same recipe draw the same."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._random = Random(recipe.seed * len(KINDS) + KINDS.index(recipe.kind))  # noqa: S311
        chances = (self.chance(), self.chance(), self.chance())
        self.inks: Inks = (deep_inks if recipe.kind == "mix" else inks)(recipe, chances)
        self.soft = recipe.acousticness
        self.name = "c" + recipe.code()

    def chance(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from low to high."""
        return low + (high - low) * self._random.random()

    def whole(self, low: float, high: float) -> int:
        """A whole number from low to high, both possible."""
        return round(self.chance(low - 0.49, high + 0.49))

    def one_of(self, several: Sequence[One]) -> One:
        """One of several."""
        return several[int(self._random.random() * len(several))]

    def count(self, slow: int, fast: int) -> int:
        """How many of something, by the tempo; chance moves it by a tenth of the range."""
        return max(2, round(slow + (fast - slow) * min(max(self.recipe.tempo + self.chance(-0.1, 0.1), 0), 1)))

    @property
    def angle(self) -> float:
        """The angle of the composition (degrees): a twelfth of a turn for each pitch class."""
        return self.recipe.key * 30

    @property
    def tilt(self) -> float:
        """A slight angle (degrees), for what has an up and a down."""
        return (self.recipe.key - 5.5) * 4

    def towards(self, far: float, turn: float = 0.0) -> tuple[int, int]:
        """The point that is `far` from the middle in the direction of the composition, `turn` degrees on."""
        at = math.radians(self.angle + turn)
        return round(MIDDLE + far * math.cos(at)), round(MIDDLE + far * math.sin(at))

    def step(self, share: float) -> str:
        """The colour at `share` (0 to 1) between the two inks."""
        return hexed(mixed(self.inks.main, self.inks.other, share))

    @property
    def ground(self) -> str:
        """The colour below all."""
        return hexed(self.inks.ground)

    @property
    def main(self) -> str:
        """The first ink."""
        return hexed(self.inks.main)

    @property
    def other(self) -> str:
        """The second ink."""
        return hexed(self.inks.other)

    @property
    def spark(self) -> str:
        """The small contrast."""
        return hexed(self.inks.spark)


def tone(one: Lab, other: Lab, share: float) -> str:
    """A colour between two, as "#rrggbb"."""
    return hexed(mixed(one, other, share))


def disc(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    """A filled circle."""
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}"{more}/>'


def ring(x: float, y: float, radius: float, width: float, stroke: str, more: str = "") -> str:
    """A circle as a line."""
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="none" stroke="{stroke}" stroke-width="{width:.0f}"'
        f"{more}/>"
    )


def bar(x: float, y: float, width: float, height: float, fill: str, round_by: float = 0) -> str:
    """A filled rectangle."""
    corner = f' rx="{round_by:.0f}"' if round_by >= 1 else ""
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" fill="{fill}"{corner}/>'


def path(d: str, fill: str, more: str = "") -> str:
    """A filled path."""
    return f'<path d="{d}" fill="{fill}"{more}/>'


def line(d: str, stroke: str, width: float, more: str = "") -> str:
    """A path as a line."""
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:.0f}"{more}/>'


def turned(angle: float, shapes: str, x: float = MIDDLE, y: float = MIDDLE) -> str:
    """Shapes, turned about a point."""
    return f'<g transform="rotate({angle:.0f} {x:.0f} {y:.0f})">{shapes}</g>'


def moved(x: float, y: float, shapes: str, angle: float = 0.0) -> str:
    """Shapes drawn about (0, 0), set at a point and turned there."""
    about = f" rotate({angle:.0f})" if round(angle) else ""
    return f'<g transform="translate({x:.0f} {y:.0f}){about}">{shapes}</g>'
