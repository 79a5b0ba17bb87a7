"""Draws covers: SVG under 3 KB, from a recipe alone, without style sheets, so that any policy of a page lets it be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segue.web.covers.colours import hexed, mixed
from segue.web.covers.heads import face, figure
from segue.web.covers.made import mix, playlist, station
from segue.web.covers.pen import SIDE, Pen
from segue.web.covers.prints import framed, print_of
from segue.web.covers.recipes import Kind, Recipe

_DRAWN: Mapping[Kind, Callable[[Pen], str]] = {
    "track": print_of, "release": framed, "artist": face, "playlist": playlist, "mix": mix, "station": station,
    "person": figure,
}  # fmt: skip
_HAND_MADE = 0.34
"""From this acousticness on, edges waver as if cut by hand."""


def svg(recipe: Recipe, *, clean: bool = False) -> str:
    """The picture, 640 units wide and high. The same for every recipe of the same code.

    A clean one has neither the grain of paper nor wavering edges, which cost ten times as much to draw as all the rest.
    """
    recipe = Recipe.parse(recipe.code())
    pen = Pen(recipe)
    shapes = _DRAWN[recipe.kind](pen)
    whole = f'width="{SIDE}" height="{SIDE}"'
    defined, wavering, grain = _shades(pen), "", ""
    if not clean:
        defined += _grain(pen)
        grain = f'<rect {whole} filter="url(#{pen.name}n)"/>'
    if not clean and pen.soft >= _HAND_MADE:
        defined += _hand(pen)
        wavering = f' filter="url(#{pen.name}h)"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" {whole}><defs>{defined}</defs>'
        f'<rect {whole} fill="url(#{pen.name}b)"/><g{wavering}>{shapes}</g>{grain}</svg>'
    )


def _shades(pen: Pen) -> str:
    """Two gradients: of the ground (b), hardly seen, and between the inks (g)."""
    ground, main = pen.inks.ground, pen.inks.main
    return (
        f'<linearGradient id="{pen.name}b" gradientTransform="rotate({pen.recipe.key * 30 % 90 + pen.recipe.seed % 211 / 10:.1f})">'
        f'<stop stop-color="{pen.ground}"/><stop offset="1" stop-color="{hexed(mixed(ground, main, 0.14))}"/></linearGradient>'
        f'<linearGradient id="{pen.name}g" x2="0" y2="1"><stop stop-color="{pen.other}"/>'
        f'<stop offset="1" stop-color="{pen.main}"/></linearGradient>'
    )


def _hand(pen: Pen) -> str:
    """The filter (h) that makes edges waver."""
    strength, blur = 6 + 20 * (pen.soft - _HAND_MADE), 0.9 + 2 * (pen.soft - _HAND_MADE)
    return (
        f'<filter id="{pen.name}h" filterUnits="userSpaceOnUse" x="-20" y="-20" width="680" height="680">'
        f'<feTurbulence type="fractalNoise" baseFrequency=".014" numOctaves="1" seed="{pen.recipe.seed % 997}"/>'
        f'<feDisplacementMap in="SourceGraphic" scale="{strength:.0f}" xChannelSelector="R" yChannelSelector="G"/>'
        f'<feGaussianBlur stdDeviation="{blur:.1f}"/></filter>'
    )


def _grain(pen: Pen) -> str:
    """The filter (n) that lays the grain of paper over all: dark specks, the more acoustic the more of them."""
    strong = 0.18 + 0.42 * pen.soft
    return (
        f'<filter id="{pen.name}n" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB">'
        '<feTurbulence type="fractalNoise" baseFrequency=".72" numOctaves="2" stitchTiles="stitch"'
        ' x="0" y="0" width="128" height="128"/>'
        f'<feColorMatrix values="0 0 0 0 .1 0 0 0 0 .07 0 0 0 0 .06 {strong:.2f} 0 0 0 {-0.46 * strong:.2f}"/><feTile/></filter>'
    )
