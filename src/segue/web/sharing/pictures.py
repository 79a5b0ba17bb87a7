"""Pictures of what is shared, to be posted: a card beside a link, and a story; as SVG, in the inks of the music's cover."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segue.web.covers.colours import Inks, deep_inks, hexed, mixed
from segue.web.covers.drawing import svg
from segue.web.covers.recipes import Recipe, of_music
from segue.web.sharing.contents import Contents
from segue.web.sharing.fonts import FAMILY, writable
from segue.web.sharing.lettering import fitted, lines, safe, shortened, width
from segue.web.sharing.radar import radar

PAPER = "#faf7f2"
_LIGHT, _NIGHT = (0.977, 0.001, 0.006), (0.2, 0.0, 0.01)
_GRAIN = re.compile(r'<rect [^>]*filter="url\(#[^)]*n\)"/>(?=</svg>$)')
"""The grain of covers is left out: it is not seen at this size, takes a second to draw, and makes a picture twice as large."""
_WAVE = "M2 15c3.300 0 3.300-6 6.600-6s3.300 6 6.600 6S18.500 9 22 9"


@dataclass(frozen=True)
class _Sheet:
    """What a picture is drawn on: its size, and its colours."""

    wide: int
    high: int
    inks: Inks

    @property
    def ground(self) -> str:
        return hexed(self.inks.ground)

    @property
    def quiet(self) -> str:
        """Paper, as if seen through the ground: for what is said aside."""
        return hexed(mixed(_LIGHT, self.inks.ground, 0.22))

    @property
    def line(self) -> str:
        return hexed(mixed(self.inks.ground, _LIGHT, 0.22))

    def whole(self, *parts: str) -> str:
        """The drawing."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.wide}" height="{self.high}"'
            f' viewBox="0 0 {self.wide} {self.high}" font-family="{FAMILY}"><rect width="{self.wide}" height="{self.high}"'
            f' fill="{self.ground}"/>{"".join(parts)}</svg>'
        )


def card(contents: Contents) -> str:
    """The picture that stands beside a link: 1200 by 630."""
    sheet, left, room = _sheet(contents, 1200, 630), 700, 446
    foot = _foot(sheet, left, 572, room, 22)
    if contents.kind == "taste":
        figure = _panel(sheet, 640, 640) + _edge_beside(sheet, 622) + _radar(contents, sheet, 316, 322, 172, 22)
        head, y = _head(contents, sheet, left, 92, room, (64, 54, 46), 2)
        return sheet.whole(figure, head, _people(contents, sheet, left, y - 12, room, 4 if y < 240 else 3, 58), foot)
    picture = _mosaic(contents, 640, 640, 2) + _edge_beside(sheet, 622)
    head, y = _head(contents, sheet, left, 104, room, (82, 70, 58, 48), 3)
    names = writable(", ".join(dict.fromkeys(line.by for line in contents.tracks)))
    below = "".join(
        _text(left, y + 36 * place, 27, one, sheet.quiet)
        for place, one in enumerate(lines(names, 27, room, 2 if y < 470 else 1)) if y < 510
    )  # fmt: skip
    return sheet.whole(picture, head, below, foot)


def story(contents: Contents) -> str:
    """The picture for stories: 1080 by 1920. What is said keeps clear of what apps lay over the top and the bottom."""
    sheet, left, room = _sheet(contents, 1080, 1920), 84, 912
    foot = _foot(sheet, left, 1712, room, 34)
    if contents.kind == "taste":
        figure = _panel(sheet, 1080, 840) + _edge_below(sheet, 810) + _radar(contents, sheet, 540, 450, 286, 34)
        head, y = _head(contents, sheet, left, 930, room, (112, 92, 76, 62), 2)
        return sheet.whole(figure, head, _people(contents, sheet, left, y - 8, room, 5 if y < 1150 else 4, 78), foot)
    picture = _mosaic(contents, 1080, 840, 3) + _edge_below(sheet, 810)
    head, at = _head(contents, sheet, left, 930, room, (112, 92, 76, 62), 2)
    rows = ""
    for line in contents.tracks[: min(5, (1660 - at) // 100)]:
        rows += _cover(line.cover, left, at, 80, 8)
        rows += _text(
            left + 106, at + 34, 35, shortened(writable(line.title), 35, room - 106, bold=True), PAPER, bold=True
        )
        rows += _text(left + 106, at + 70, 29, shortened(writable(line.by), 29, room - 106), sheet.quiet)
        at += 100
    return sheet.whole(picture, head, rows, foot)


# -- parts ---------------------------------------------------------------------------------------------------------------


def _sheet(contents: Contents, wide: int, high: int) -> _Sheet:
    return _Sheet(wide, high, deep_inks(_recipe(contents.cover), (0.35, 0.5, 0.5)))


def _recipe(code: str) -> Recipe:
    try:
        return Recipe.parse(code)
    except ValueError:  # what was frozen by an older version
        return of_music("track", code)


def _head(
    contents: Contents, sheet: _Sheet, x: int, y: int, room: int, sizes: Sequence[int], most: int
) -> tuple[str, int]:
    """What it is, its title, and who shares it, from a baseline on; and where what follows may begin."""
    kind = {"mix": _("Mix"), "playlist": _("Playlist"), "taste": _("Taste")}[contents.kind]
    aside = round(sizes[-1] * 0.56)
    told = ngettext("%(n)s track", "%(n)s tracks", contents.total) % {"n": f"{contents.total:,}"}
    if contents.kind == "taste":
        told = _("these three months") if contents.recent else _("of all times")
    above = _text(x, y, aside, f"{kind} · {told}", sheet.quiet)
    size, title = fitted(writable(contents.title) or kind, sizes, room, most)
    y += round(aside * 0.7)
    words = ""
    for one in title:
        y += round(size * 1.02)
        words += _text(x - size // 24, y, size, one, PAPER, bold=True)
    name = writable(contents.name)
    if name and contents.kind != "taste":
        y += round(aside * 2.1)
        by = shortened(_("by %(name)s") % {"name": name}, aside * 1.2, room)
        words += _text(x, y, round(aside * 1.2), by, PAPER)
    return above + words, y + round(aside * 1.9)


def _foot(sheet: _Sheet, x: int, y: int, room: int, size: int) -> str:
    """Made with what, and where."""
    mark = size * 1.5
    wave = (
        f'<svg x="{x}" y="{y - mark * 0.78:.0f}" width="{mark:.0f}" height="{mark:.0f}" viewBox="0 0 24 24"><path d="{_WAVE}"'
        f' fill="none" stroke="{hexed(sheet.inks.spark)}" stroke-width="3" stroke-linecap="round"/></svg>'
    )
    made = _("made with Segue")
    after = round(x + mark + size * 0.5)
    host = shortened(urlsplit(settings.URL).netloc, size, room - mark - size - width(made, size, bold=True))
    return (
        wave + _text(after, y, size, made, PAPER, bold=True) + _text(x + room, y, size, host, sheet.quiet, anchor="end")
    )


def _people(contents: Contents, sheet: _Sheet, x: int, y: int, room: int, most: int, size: int) -> str:
    """The artists of a taste, with their pictures, and its genres below."""
    parts, letters, small = "", round(size * 0.53), round(size * 0.46)
    for name, code in contents.artists[:most]:
        parts += _cover(code, x, y, size, size / 2)
        written = shortened(writable(name), letters, room - size * 1.36, bold=True)
        parts += _text(round(x + size * 1.36), round(y + size * 0.68), letters, written, PAPER, bold=True)
        y += round(size * 1.2)
    genres = shortened(writable(" · ".join(name for name, _share in contents.genres[:4])), small, room)
    return parts + _text(x, y + round(size * 0.5), small, genres, sheet.quiet)


def _radar(contents: Contents, sheet: _Sheet, x: int, y: int, radius: int, size: int) -> str:
    found = radar(contents.features, radius, size)
    if found is None:
        first = contents.artists[0][1] if contents.artists else contents.cover
        return _cover(first, x - radius, y - radius, 2 * radius, radius)
    spark, rings = hexed(sheet.inks.spark), ""
    for ring in found.rings:
        rings += f'<polygon points="{ring}" fill="none" stroke="{sheet.line}" stroke-width="{size / 14:.1f}"/>'
    for axis in found.axes:
        rings += f'<path d="M0 0L{axis.x} {axis.y}" stroke="{sheet.line}" stroke-width="{size / 14:.1f}"/>'
    shape = (
        f'<polygon points="{found.shape}" fill="{hexed(sheet.inks.main)}" fill-opacity=".82" stroke="{hexed(sheet.inks.other)}"'
        f' stroke-width="{size / 6:.1f}" stroke-linejoin="round"/>'
    )
    dots = "".join(f'<circle cx="{dx}" cy="{dy}" r="{size / 3:.1f}" fill="{spark}"/>' for dx, dy in found.dots)
    names = "".join(
        _text(axis.name_x, axis.name_y + (size * 0.3 if axis.anchor != "middle" else size * 0.7 if axis.y > 0 else 0),
              size, axis.name, sheet.quiet, anchor=axis.anchor)
        for axis in found.axes
    )  # fmt: skip
    return f'<g transform="translate({x} {y})">{rings}{shape}{dots}{names}</g>'


def _mosaic(contents: Contents, wide: int, high: int, across: int) -> str:
    """The covers of the first tracks as a square of `across` by `across`; of a mix, or of few tracks, the one cover of it."""
    codes = list(dict.fromkeys(line.cover for line in contents.tracks))
    while across > 1 and len(codes) < across**2:
        across -= 1
    if contents.kind == "mix":
        # Below, a mix's cover has room for its title: only what is above is wanted.
        side = round(1.36 * high)
        drawn = _drawing(contents.cover, (wide - side) // 2, 0, side)
    else:
        side = wide // across
        drawn = "".join(
            _drawing(code, place % across * side, place // across * side - (wide - high) // 2, side)
            for place, code in enumerate(codes[: across**2] if across > 1 else [contents.cover])
        )
    return f'<svg width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" overflow="hidden">{drawn}</svg>'


def _panel(sheet: _Sheet, wide: int, high: int) -> str:
    """A darker ground for a figure."""
    return f'<rect width="{wide}" height="{high}" fill="{hexed(mixed(sheet.inks.ground, _NIGHT, 0.45))}"/>'


def _cover(code: str, x: float, y: float, size: float, round_by: float) -> str:
    """A cover with round corners."""
    name = f"k{round(x)}-{round(y)}"
    return (
        f'<clipPath id="{name}"><rect x="{x}" y="{y}" width="{size}" height="{size}" rx="{round_by}"/></clipPath>'
        f'<g clip-path="url(#{name})">{_drawing(code, x, y, size)}</g>'
    )


def _drawing(code: str, x: float, y: float, size: float) -> str:
    """A drawn cover at a place."""
    inner = _GRAIN.sub("", svg(_recipe(code)).partition(">")[2])
    return f'<svg x="{x}" y="{y}" width="{size}" height="{size}" viewBox="0 0 640 640">{inner}'


def _edge_beside(sheet: _Sheet, x: int) -> str:
    """The ground's edge to what is left of it: a wave, as in the mark."""
    along = " ".join(f"{x + 13 * math.sin(y * math.tau / 420):.1f},{y}" for y in range(-10, sheet.high + 20, 10))
    return f'<polygon points="{along} {sheet.wide},{sheet.high} {sheet.wide},0" fill="{sheet.ground}"/>'


def _edge_below(sheet: _Sheet, y: int) -> str:
    """The ground's edge to what is above it."""
    along = " ".join(f"{x},{y - 22 * math.sin(x * math.tau / 720):.1f}" for x in range(-10, sheet.wide + 20, 10))
    return f'<polygon points="{along} {sheet.wide},{sheet.high} 0,{sheet.high}" fill="{sheet.ground}"/>'


def _text(x: float, y: float, size: float, words: str, fill: str, *, bold: bool = False, anchor: str = "start") -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>{safe(words)}</text>'
