"""The colours of drawn covers: a few inks of one warm, muted family, mixed in a space where equal steps look equal (OKLab)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from segue.web.covers.recipes import Recipe

Lab = tuple[float, float, float]

_HUES = (
    (0, 24, 0.138), (30, 48, 0.132), (50, 78, 0.118), (85, 112, 0.082), (130, 145, 0.068), (170, 188, 0.062),
    (205, 232, 0.072), (248, 264, 0.082), (268, 302, 0.07), (292, 345, 0.088), (330, 368, 0.112), (360, 384, 0.138),
)  # fmt: skip
"""(hue of a recipe, hue and chroma in OKLCH): greens and blues are held back, so that the warm ones lead."""
_VERMILION, _OCHRE, _ROSE, _SKY = (0.66, 35.0, 0.165), (0.8, 80.0, 0.125), (0.76, 12.0, 0.085), (0.78, 225.0, 0.06)
_CREAM = (0.92, 0.003, 0.035)
_DARKEST, _LIGHTEST = 0.245, 0.905


@dataclass(frozen=True)
class Inks:
    """What one cover is printed with, as OKLab colours: `ground` below all, `main` and `other` for shapes, `spark` for little."""

    ground: Lab
    main: Lab
    other: Lab
    spark: Lab


def hexed(colour: Lab) -> str:
    """The colour as "#rrggbb"; what a screen cannot show is cut off."""
    lightness, a, b = colour
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _curved(min(max(one, 0.0), 1.0))):02x}" for one in linear)


def mixed(one: Lab, other: Lab, share: float) -> Lab:
    """The colour at `share` (0 to 1) of the way from one to the other."""
    first, second, third = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return first, second, third


def inks(recipe: Recipe, chances: tuple[float, float, float]) -> Inks:
    """The inks of a recipe; three numbers from 0 to 1 decide what the music leaves open."""
    ground, main, other = _scheme(recipe, chances)
    faded = 0.42 * (1 - recipe.energy)
    away = 1 if main[0] > ground[0] else -1
    main, other = mixed(main, ground, faded), mixed(other, ground, faded * 0.8)
    if abs(main[0] - ground[0]) < 0.13:
        main = (ground[0] + away * 0.13, main[1], main[2])
    spark = mixed(_spark(recipe.hue, ground[0], chances[2]), ground, 0.3 * (1 - recipe.energy))
    return Inks(ground, main, other, spark)


def deep_inks(recipe: Recipe, chances: tuple[float, float, float]) -> Inks:
    """Inks on a ground that paper-coloured words can be read on (4.5 to 1 and more)."""
    lightness = 0.30 + 0.1 * chances[0] * recipe.valence + 0.03 * recipe.energy
    turn = 26 + 40 * chances[1]
    hue = recipe.hue + 16 * (chances[2] - 0.5)
    ground = _ink(hue, lightness, 0.62)
    bright = 0.62 + 0.1 * recipe.energy
    main, other = _ink(hue, bright, 1.0), _ink(hue + turn, bright + 0.12, 0.85)
    faded = 0.25 * (1 - recipe.energy)
    spark = _spark(recipe.hue, 0.3, chances[2])
    return Inks(ground, mixed(main, ground, faded), mixed(other, ground, faded), spark)


def _scheme(recipe: Recipe, chances: tuple[float, float, float]) -> tuple[Lab, Lab, Lab]:
    """Ground and the two inks on it: by night, in full colour, on tinted paper, or in two colours that face each other."""
    hue, turn = recipe.hue + 16 * (chances[2] - 0.5), 22 + 34 * chances[1]
    which = chances[0] + 0.22 * (recipe.valence - 0.5)
    if which < 0.3:
        return _ink(hue, 0.3, 0.62), _ink(hue, 0.64, 1.0), _ink(hue + turn, 0.83, 0.8)
    if which < 0.52:
        return _ink(hue, 0.58, 1.0), _ink(hue - turn / 2, 0.31, 0.7), _ink(hue + turn, 0.87, 0.6)
    if which < 0.7:
        return _ink(hue + 165, 0.4, 0.8), _ink(hue, 0.7, 1.0), _ink(hue + turn, 0.86, 0.55)
    return _ink(hue + turn / 2, 0.885, 0.36), _ink(hue, 0.57, 1.0), _ink(hue - turn, 0.33, 0.75)


def _spark(hue: int, ground: float, chance: float) -> Lab:
    """The one small contrast: of four, one that is far from the hue and from the lightness of the ground."""
    several = sorted(
        (_VERMILION, _OCHRE, _ROSE, _SKY),
        key=lambda one: -abs(one[0] - ground) - 0.5 * _apart(one[1], _turned(hue)[0]) / 180,
    )
    lightness, at, chroma = several[0 if chance < 0.6 else 1]
    return _lab(lightness, at, chroma)


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _turned(hue: float) -> tuple[float, float]:
    """The OKLCH hue and chroma for a hue of a recipe."""
    hue %= 360
    for (start, first, weak), (end, second, strong) in pairwise(_HUES):
        if hue <= end:
            share = (hue - start) / (end - start)
            return first + (second - first) * share, weak + (strong - weak) * share
    return _HUES[0][1], _HUES[0][2]


def _ink(hue: float, lightness: float, strength: float) -> Lab:
    """The ink of a hue; light ones lean to cream, as if printed thinly on paper."""
    at, chroma = _turned(hue)
    plain = _lab(min(max(lightness, _DARKEST), _LIGHTEST), at, chroma * strength)
    thin = mixed(plain, _CREAM, min(max(1.9 * (lightness - 0.65), 0.0), 0.5))
    return plain[0], thin[1], thin[2]


def _lab(lightness: float, hue: float, chroma: float) -> Lab:
    return lightness, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))


def _curved(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
