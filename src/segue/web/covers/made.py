"""Pictures of what is made of tracks: mixes (with a calm place for their title), stations and playlists."""

from __future__ import annotations

import math

from segue.web.covers.pen import MIDDLE, SIDE, Pen, bar, disc, line, moved, path, ring, tone, turned
from segue.web.covers.recipes import PATTERNS


def mix(pen: Pen) -> str:
    """A mix: its pattern in the upper part; the lowest quarter is calm, for a title in a light colour."""
    drawn = (_swell, _echoes, _steps, _field, _beams, _mosaic)[pen.recipe.key // 2 % len(PATTERNS)](pen)
    if pen.chance() < 0.5:
        drawn = f'<g transform="matrix(-1 0 0 1 {SIDE} 0)">{drawn}</g>'
    clear, calm = f'<stop offset=".52" stop-color="{pen.ground}" stop-opacity="0"/>', f'stop-color="{pen.ground}"'
    veil = (
        f'<linearGradient id="{pen.name}v" x2="0" y2="1">{clear}<stop offset=".64" {calm} stop-opacity=".7"/>'
        f'<stop offset=".72" {calm}/></linearGradient>'
    )
    return f'{drawn}{veil}<path d="M-20-20H660V660H-20z" fill="url(#{pen.name}v)"/>'


def _swell(pen: Pen) -> str:
    """Lines of waves that cross."""
    count, shapes = pen.count(4, 8), ""
    long, high = 360 - 160 * pen.recipe.tempo, 60 + 60 * pen.recipe.energy
    for place in range(count):
        y, start = 60 + 330 * place / count, -60 - pen.chance(0.2, 1) * long
        d = f"M{start:.0f} {y:.0f}q{long / 2:.0f} {-high:.0f} {long:.0f} 0" + f"t{long:.0f} 0" * (round(900 / long) + 1)
        ink = pen.spark if place == count // 2 else pen.step(place / count)
        shapes += line(d, ink, 300 / count * 0.62)
    return turned(pen.tilt / 2, shapes) + disc(pen.chance(420, 540), pen.chance(90, 170), pen.chance(44, 70), pen.spark)


def _echoes(pen: Pen) -> str:
    """Rings from the upper right."""
    count, x, y = pen.count(4, 9), pen.chance(380, 520), pen.chance(110, 220)
    shapes = ""
    for place in range(count, 0, -1):
        ink = (
            pen.spark
            if place == 1
            else tone(pen.inks.ground, pen.inks.main, 0.15 + 0.85 * (1 - place / count))
            if place % 3
            else pen.other
        )
        shapes += disc(x, y, (520 / count) * (place - 0.4), ink)
    return shapes


def _steps(pen: Pen) -> str:
    """Towers of blocks, one behind the other, that rise to one side."""
    count, shapes = pen.count(4, 9), ""
    step, lit = SIDE / count, pen.whole(count * 0.4, count - 2)
    for place in range(count):
        tall = 150 + 330 * place / count * pen.chance(0.75, 1.15)
        ink = pen.spark if place == lit else pen.step(pen.one_of((0, 0, 0.5, 1)))
        shapes += bar(step * place, 480 - tall, step + 1, 500, ink)
        shapes += path(f"M{step * place:.0f} {480 - tall:.0f}h{step:.0f}v{step:.0f}z", pen.step(pen.chance()))
    return shapes


def _field(pen: Pen) -> str:
    """Dots that shrink from one row to the next, from above or from the side."""
    count, shapes, lit = pen.count(5, 9), "", pen.whole(0, 2)
    step = SIDE / (count + 0.5)
    for place in range(count + 2):
        size = step * max(1 - 0.8 * place / count, 0.12) * pen.chance(0.85, 1.05)
        ink = pen.spark if place == lit else pen.step(pen.chance())
        x = step * (0.5 if place % 2 else 0) - step
        shapes += line(
            f"M{x:.0f} {step * (place + 0.2):.0f}H760",
            ink,
            size,
            f' stroke-linecap="round" stroke-dasharray="0 {step:.0f}"',
        )
    return turned(pen.tilt / 2 + pen.one_of((0, 0, 50, 90)), shapes)


def _beams(pen: Pen) -> str:
    """Light from a point above."""
    count, x, y = pen.count(6, 14), pen.whole(160, 520), pen.whole(60, 170)
    even, odd, start = "", "", pen.chance(0, 3)
    for place in range(count):
        at, wide = start + 2 * math.pi * place / count, math.pi / count * 0.95
        near, far = ((round(900 * math.cos(way)), round(900 * math.sin(way))) for way in (at, at + wide))
        wedge = f"M{x} {y}l{near[0]} {near[1]}L{x + far[0]} {y + far[1]}z"
        even, odd = (even + wedge, odd) if place % 2 else (even, odd + wedge)
    return path(even, pen.main) + path(odd, pen.other) + disc(x, y, pen.chance(64, 110), pen.spark)


def _mosaic(pen: Pen) -> str:
    """Quarter discs in a loose grid."""
    count = pen.count(4, 6)
    side = round(SIDE / count)
    filled = {"main": "", "other": "", "spark": ""}
    lit = pen.whole(1, count - 1)
    for place in range(count * math.ceil(count * 0.62)):
        x, y, way = place % count * side, place // count * side, pen.whole(0, 3)
        ink = "spark" if place == lit else pen.one_of(("main", "other", "main", ""))
        if ink:
            corner = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[way]
            dx, dy = ((side, 0), (0, side), (-side, 0), (0, -side))[way]
            filled[ink] += f"M{corner[0]} {corner[1]}l{dx} {dy}a{side} {side} 0 0 1 {-dx - dy} {dx - dy}z"
    return path(filled["main"], pen.main) + path(filled["other"], pen.other) + path(filled["spark"], pen.spark)


def _beacon(pen: Pen) -> str:
    """Arcs that a point sends out."""
    count, wide = pen.count(3, 6), math.radians(pen.chance(42, 62))
    step, shapes = 480 / count, disc(0, 0, 62, pen.spark)
    for place in range(count):
        radius = 70 + step * (place + 0.7)
        x, y = radius * math.sin(wide), -radius * math.cos(wide)
        r = round(radius)
        shapes += line(
            f"M{-x:.0f} {y:.0f}A{r} {r} 0 0 1 {x:.0f} {y:.0f}",
            pen.step(place / count),
            step * 0.46,
            ' stroke-linecap="round"',
        )
    x, y = pen.towards(pen.chance(190, 240), 90)
    return moved(x, y, shapes, pen.angle)


def _dial(pen: Pen) -> str:
    """The dial of a receiver, with its needle."""
    count = pen.count(16, 40)
    around = 2 * math.pi * 232 / count
    needle = f'<path d="M0 30V-250" stroke="{pen.spark}" stroke-width="22" stroke-linecap="round"/>'
    return (
        disc(MIDDLE, MIDDLE, 268, tone(pen.inks.ground, pen.inks.main, 0.3))
        + ring(MIDDLE, MIDDLE, 232, 44, pen.main, f' stroke-dasharray="{around * 0.36:.1f} {around * 0.64:.1f}"')
        + disc(MIDDLE, MIDDLE, pen.chance(130, 165), pen.other)
        + moved(MIDDLE, MIDDLE, needle, pen.angle + pen.chance(-12, 12)) + disc(MIDDLE, MIDDLE, 40, pen.ground)
    )  # fmt: skip


def _scale(pen: Pen) -> str:
    """The scale of a receiver: fine lines of several lengths, and where it stands."""
    count = pen.count(9, 21)
    step, at = 560 / count, pen.whole(count * 0.25, count * 0.7)
    tall = "".join(
        f"M{40 + step * (n + 0.5):.0f} {MIDDLE - 60 - 90 * (n % 4 == 0)}v{120 + 180 * (n % 4 == 0)}"
        for n in range(count)
    )
    x = 40 + step * (at + 0.5)
    return turned(
        pen.tilt,
        bar(-160, 130, 960, 380, tone(pen.inks.ground, pen.inks.main, 0.35))
        + line(tall, pen.other, step * 0.34, ' stroke-linecap="round"')
        + line(f"M{x:.0f} 60V580", pen.spark, 26, ' stroke-linecap="round"') + disc(x, 130, 44, pen.spark),
    )  # fmt: skip


def station(pen: Pen) -> str:
    """A station's picture."""
    return pen.one_of((_beacon, _dial, _scale))(pen)


def _spines(pen: Pen) -> str:
    """Records in a shelf, seen from their spines."""
    x, shapes, place, count = 44.0, "", 0, pen.count(6, 12)
    lit = pen.whole(1, count - 2)
    widths = [pen.chance(0.6, 1.5) for _ in range(count)]
    for place, width in enumerate(widths):
        wide = 552 * width / sum(widths)
        tall = pen.chance(330, 480)
        ink = pen.spark if place == lit else pen.step(pen.one_of((0, 0.3, 0.7, 1)))
        shapes += bar(x, 560 - tall, wide - 8, tall, ink, 8 * pen.soft)
        x += wide
    return shapes + bar(-20, 560, 680, 120, tone(pen.inks.ground, pen.inks.main, 0.45))


def _stack(pen: Pen) -> str:
    """Lines of a list, each as long as what stands there."""
    count, shapes = pen.count(4, 9), ""
    step = 520 / count
    lit = pen.whole(0, count - 1)
    for place in range(count):
        y = 60 + step * (place + 0.5)
        ink = pen.spark if place == lit else pen.main if place % 2 else pen.other
        shapes += disc(92, y, step * 0.3, ink) + bar(
            92 + step * 0.5, y - step * 0.3, pen.chance(170, 440), step * 0.6, ink, step * 0.3
        )
    return turned(pen.tilt / 2, shapes)


def _sleeves(pen: Pen) -> str:
    """Sleeves in a fan, and a record that looks out."""
    count, side, away = pen.count(3, 6), pen.chance(290, 350), pen.one_of((-50, 130, 40, 220))
    (x, y), (dx, dy) = pen.towards(110, away), pen.towards(50, away + 180)
    record = (
        disc(x, y, 0.52 * side, pen.spark)
        + ring(x, y, 0.36 * side, 5, pen.ground)
        + disc(x, y, 0.12 * side, pen.ground)
    )
    spread, start, shapes = pen.chance(14, 60), pen.chance(-35, 10), ""
    for place in range(count):
        share = place / (count - 1)
        sleeve = bar(dx - side / 2, dy - side / 2, side, side, pen.step(share), 10)
        shapes += turned(start + spread * share, sleeve, dx, dy)
    return record + shapes


def _quartet(pen: Pen) -> str:
    """Four small prints side by side."""
    marks = [
        f'<path d="M0 0H320A320 320 0 0 1 0 320z" fill="{pen.main}"/>',
        disc(160, 160, 112, pen.other) + disc(160, 160, 44, pen.main),
        line("M0 40H320M0 120H320M0 200H320M0 280H320", pen.main, 36 + 16 * pen.recipe.energy),
        f'<path d="M0 320V160a160 160 0 0 1 320 0V320z" fill="{pen.spark}"/>',
        line("M0 300L300 0M-160 300L140 0M160 320L460 20", pen.other, 44),
        f'<path d="M0 0H320L0 320z" fill="{pen.other}"/>',
        disc(0, 320, 300, pen.main) + disc(0, 320, 190, pen.other) + disc(0, 320, 90, pen.ground),
    ]
    shapes = ""
    for place in range(4):
        mark = marks.pop(pen.whole(0, len(marks) - 1))
        back = (pen.ground, tone(pen.inks.ground, pen.inks.main, 0.25))[(place + place // 2) % 2]
        x, y = 320 * (place % 2), 320 * (place // 2)
        inside = f'<g transform="rotate({90 * pen.whole(0, 3)} 160 160)">{mark}</g>'
        shapes += f'<svg x="{x}" y="{y}" width="320" height="320">{bar(0, 0, 320, 320, back)}{inside}</svg>'
    return shapes


def playlist(pen: Pen) -> str:
    """A playlist's picture."""
    return pen.one_of((_spines, _stack, _sleeves, _quartet))(pen)
