"""Compositions for tracks and releases: prints of a few shapes, which the tempo counts and the key turns."""

from __future__ import annotations

import math

from segue.web.covers.colours import hexed
from segue.web.covers.pen import MIDDLE, REACH, SIDE, Pen, bar, disc, line, path, ring, tone, turned


def bands(pen: Pen) -> str:
    """Parallel stripes of several widths; one of them is the spark."""
    count = pen.count(4, 11)
    widths = [pen.one_of((1, 1, 2, 3)) for _ in range(count * 2 - 1)]
    unit, lit = 2 * REACH / sum(widths), 2 * pen.whole(count / 3, 2 * count / 3)
    y, shapes = float(MIDDLE - REACH), ""
    for place, width in enumerate(widths):
        if place % 2 == 0:
            fill = pen.spark if place == lit else pen.main if place % 4 else pen.other
            shapes += bar(MIDDLE - REACH, y, 2 * REACH, width * unit, fill)
        y += width * unit
    return turned(pen.angle + pen.chance(-6, 6), shapes)


def waves(pen: Pen) -> str:
    """Layers of waves, from far to near, with a sun or moon above them."""
    count, high = pen.count(4, 8), 14 + 50 * pen.recipe.energy + pen.chance(0, 14)
    long = round(420 - 220 * pen.recipe.tempo + pen.chance(-40, 40)) // 2
    top = pen.chance(190, 300)
    shapes = disc(pen.chance(170, 470), top - pen.chance(-20, 60), pen.chance(56, 110), pen.spark)
    for place in range(count):
        y = top + (700 - top) * place / count
        repeats = (2 * REACH + 2 * long) // long
        d = (
            f"M{-150 - pen.chance(0, 2 * long):.0f} {y:.0f}q{long / 2:.0f} {-high * 1.3:.0f} {long} 0"
            + f"t{long} 0" * repeats
        )
        shapes += path(f"{d}V900H-400z", pen.step(place / (count - 1)))
    return turned(pen.tilt, shapes)


def arcs(pen: Pen) -> str:
    """Rings about a point at the edge, like a sound that comes from there."""
    count, (x, y) = pen.count(4, 9), pen.towards(pen.chance(250, 400))
    step, shapes = pen.chance(620, 740) / count, ""
    for place in range(count, 0, -1):
        fill = pen.spark if place == 1 else (pen.main, pen.ground)[place % 2] if place % 4 else pen.other
        shapes += disc(x, y, step * (place - 0.35 * (place % 2)), fill)
    return shapes


def sun(pen: Pen) -> str:
    """A large disc that sinks behind bars of the ground, each thicker than the last."""
    count, radius = pen.count(3, 8), pen.chance(160, 250)
    x, y, lowest = MIDDLE + pen.chance(-70, 70), MIDDLE + pen.chance(-60, 50), pen.chance(-0.25, 0.3)
    shapes = disc(x, y, radius, f"url(#{pen.name}g)")
    rest = radius * (1 - lowest)
    for place in range(count):
        below = radius * lowest + rest * place / count
        wide = math.sqrt(radius**2 - below**2 * (below > 0)) + 3
        shapes += bar(x - wide, y + below, 2 * wide, rest / count * (0.18 + 0.55 * place / count), pen.ground)
    at = math.radians(pen.chance(190, 350))
    away = radius * pen.chance(1.0, 1.25)
    shapes += disc(x + away * math.cos(at), y + away * math.sin(at), pen.chance(24, 62), pen.spark)
    return turned(pen.tilt * 2 + pen.one_of((0, 0, 90, 180, 270)), shapes)


def blocks(pen: Pen) -> str:
    """A grid of quarter discs, half discs, discs and squares."""
    count = pen.count(2, 4)
    side, filled = SIDE / count, {"main": "", "other": "", "spark": "", "back": ""}
    lit = pen.whole(0, count * count - 1)
    for place in range(count * count):
        x, y = side * (place % count), side * (place // count)
        ink = "spark" if place == lit else pen.one_of(("main", "main", "other"))
        if pen.chance() < 0.3:
            filled["back"] += f"M{x:.0f} {y:.0f}h{side:.0f}v{side:.0f}h-{side:.0f}z"
        filled[ink] += _cell(pen, x, y, side)
    back = tone(pen.inks.ground, pen.inks.main, 0.3)
    return (
        path(filled["back"], back) + path(filled["main"], pen.main) + path(filled["other"], pen.other)
        + path(filled["spark"], pen.spark)
    )  # fmt: skip


def _cell(pen: Pen, x: float, y: float, side: float) -> str:
    """One shape of the grid, as a part of a path."""
    s, half = round(side), round(side / 2)
    x, y = round(x), round(y)
    shape, way = pen.one_of(("quarter", "quarter", "quarter", "half", "disc", "leaf")), pen.whole(0, 3)
    if shape == "quarter":
        return (
            f"M{x} {y}h{s}a{s} {s} 0 0 1-{s} {s}z", f"M{x + s} {y}v{s}a{s} {s} 0 0 1-{s}-{s}z",
            f"M{x + s} {y + s}h-{s}a{s} {s} 0 0 1 {s}-{s}z", f"M{x} {y + s}v-{s}a{s} {s} 0 0 1 {s} {s}z",
        )[way]  # fmt: skip
    if shape == "half":
        return (
            f"M{x} {y}h{s}a{half} {half} 0 0 1-{s} 0z", f"M{x + s} {y}v{s}a{half} {half} 0 0 1 0-{s}z",
            f"M{x} {y + s}h{s}a{half} {half} 0 0 0-{s} 0z", f"M{x} {y}v{s}a{half} {half} 0 0 0 0-{s}z",
        )[way]  # fmt: skip
    if shape == "leaf":
        return (
            f"M{x} {y}a{s} {s} 0 0 1 {s} {s}a{s} {s} 0 0 1-{s}-{s}z", f"M{x + s} {y}a{s} {s} 0 0 1-{s} {s}a{s} {s} 0 0 1 {s}-{s}z",
        )[way % 2]  # fmt: skip
    return f"M{x + s // 8} {y + half}a{half * 3 // 4} {half * 3 // 4} 0 1 1 0 1z"


def rays(pen: Pen) -> str:
    """Wedges of light from a point, and what they come from."""
    count, (x, y) = pen.count(6, 16), pen.towards(pen.chance(120, 300))
    start, wide = pen.chance(0, 360), math.pi / count * pen.chance(0.7, 1.15)
    odd, even = "", ""
    for place in range(count):
        at = math.radians(start) + 2 * math.pi * place / count
        far = [(round(1100 * math.cos(at + way)), round(1100 * math.sin(at + way))) for way in (0, wide)]
        wedge = f"M{x} {y}l{far[0][0]} {far[0][1]}L{x + far[1][0]} {y + far[1][1]}z"
        odd, even = (odd + wedge, even) if place % 2 else (odd, even + wedge)
    radius = pen.chance(80, 150)
    core = disc(x, y, radius, pen.spark) + (disc(x, y, radius * 0.45, pen.ground) if pen.chance() < 0.5 else "")
    return path(odd, pen.main) + path(even, pen.other if pen.chance() < 0.5 else pen.main) + core


def dots(pen: Pen) -> str:
    """Rows of dots that swell and fade, as in a halftone."""
    count, centre = pen.count(6, 12), pen.chance(0.25, 0.75)
    step, lit, spread = 2 * REACH / count, pen.whole(count * 0.4, count * 0.6), pen.chance(0.22, 0.4)
    shapes = ""
    for place in range(count):
        size = step * (0.14 + 0.84 * math.exp(-(((place + 0.5) / count - centre) ** 2) / (2 * spread**2)))
        y = MIDDLE - REACH + step * (place + 0.5)
        x = MIDDLE - REACH - (step / 2 if place % 2 else 0)
        ink = pen.spark if place == lit else pen.step(abs(place / count - centre))
        shapes += line(
            f"M{x:.0f} {y:.0f}H{MIDDLE + REACH}", ink, size, f' stroke-linecap="round" stroke-dasharray="0 {step:.0f}"'
        )
    return turned(pen.angle, shapes)


def slices(pen: Pen) -> str:
    """A disc cut in slices that have slipped along each other."""
    count, radius = pen.count(2, 7), pen.chance(225, 265)
    slip = radius * pen.chance(0.16, 0.3)
    lit, shapes = pen.whole(0, count - 1), ""
    for place in range(count):
        upper, lower = (radius * (2 * at / count - 1) for at in (place, place + 1))
        left, right = (math.sqrt(max(radius**2 - at**2, 0)) for at in (upper, lower))
        x = MIDDLE + slip * (1 if place % 2 else -1)
        r = round(radius)
        d = (
            f"M{x - left:.0f} {MIDDLE + upper:.0f}H{x + left:.0f}A{r} {r} 0 0 1 {x + right:.0f} {MIDDLE + lower:.0f}"
            f"H{x - right:.0f}A{r} {r} 0 0 1 {x - left:.0f} {MIDDLE + upper:.0f}z"
        )
        shapes += path(d, pen.spark if place == lit else pen.step(place / max(count - 1, 1)))
    return turned(pen.angle + pen.chance(-8, 8), shapes)


def bars(pen: Pen) -> str:
    """Upright bars, as loud as the moment they stand for."""
    count = pen.count(4, 12)
    step, lit = 600 / count, pen.whole(count * 0.25, count * 0.75 - 1)
    rise, phase, shapes = pen.chance(0.8, 2.2), pen.chance(0, 6.3), ""
    for place in range(count):
        loud = 0.5 + 0.5 * math.sin(phase + rise * math.pi * place / count)
        tall = 150 + (140 + 290 * pen.recipe.energy) * min(max(0.7 * loud + pen.chance(0, 0.45), 0), 1)
        ink = pen.spark if place == lit else pen.main if place % 3 else pen.other
        shapes += bar(
            20 + step * (place + 0.12), MIDDLE - tall / 2, step * 0.76, tall, ink, step * 0.34 * round(pen.soft + 0.4)
        )
    return turned((0, 90, pen.angle)[pen.recipe.key % 3], shapes)


def links(pen: Pen) -> str:
    """Discs in a chain that sways, which show through each other."""
    count, lit = pen.count(2, 6), pen.whole(0, 1)
    radius, sway = (150 + 240 / count) * pen.chance(0.8, 1.1), pen.chance(-90, 90)
    (x1, y1), (x2, y2) = pen.towards(330 - radius * 0.6), pen.towards(330 - radius * 0.6, 180)
    first, second = pen.one_of(((pen.main, pen.other), (pen.other, pen.main)))
    dx, dy = ((at - MIDDLE) * sway / 100 for at in pen.towards(100, 90))
    shapes = ""
    for place in range(count):
        share, off = place / (count - 1), 1 if place % 2 else -1
        ink = pen.spark if place == (count - lit) // 2 else (first, second)[place % 2]
        x, y = x1 + (x2 - x1) * share + dx * off, y1 + (y2 - y1) * share + dy * off
        shapes += disc(x, y, radius * pen.chance(0.75, 1.15), ink, ' fill-opacity=".84"')
    return shapes


def petals(pen: Pen) -> str:
    """Petals about a point, and the point."""
    count, (x, y) = pen.count(4, 13), pen.towards(pen.chance(0, 90))
    long, wide = pen.chance(230, 330), pen.chance(0.7, 1.25) * 520 / count
    odd, even = "", ""
    petal = f"M0 0C{wide:.0f} {-long * 0.3:.0f} {wide * 0.7:.0f} {-long * 0.9:.0f} 0 {-long:.0f}S{-wide:.0f} {-long * 0.3:.0f} 0 0"
    for place in range(count):
        turn = f'<path d="{petal}" transform="rotate({place * 360 / count + pen.angle:.0f})"/>'
        odd, even = (odd + turn, even) if place % 2 else (odd, even + turn)
    inner = disc(0, 0, long * pen.chance(0.14, 0.26), pen.spark)
    shapes = f'<g fill="{pen.main}">{odd}</g><g fill="{pen.other}">{even}</g>{inner}'
    return f'<g transform="translate({x} {y})">{shapes}</g>'


def folds(pen: Pen) -> str:
    """Zigzags, one under the other, as of folded paper."""
    count, wide = pen.count(4, 8), 320 / pen.count(2, 5)
    high, lit, shapes = wide * pen.chance(0.5, 1.1), pen.whole(1, 2), ""
    step = 2 * REACH / count
    for place in range(count):
        y = MIDDLE - REACH + step * place
        d = f"M{MIDDLE - REACH:.0f} {y:.0f}" + f"l{wide:.0f} {high:.0f} {wide:.0f} {-high:.0f}" * math.ceil(
            REACH / wide
        )
        ink = pen.spark if place == count // 2 + lit - 1 else pen.step(place / (count - 1))
        shapes += line(d, ink, step * 0.56, ' stroke-linejoin="round"' if pen.soft > 0.5 else "")
    return turned(pen.angle, shapes)


def ribbon(pen: Pen) -> str:
    """One broad line that turns back and forth."""
    rows = pen.count(2, 5)
    bend = round(560 / rows / 2)
    left, right = 110 + pen.whole(0, 70), 530 - pen.whole(0, 70)
    y = MIDDLE - bend * (rows - 1)
    d = f"M-300 {y}H{right}"
    for row in range(rows - 1):
        away = row % 2 == 0
        d += f"a{bend} {bend} 0 0 {int(away)} 0 {2 * bend}H{left if away else right}"
    d = d[: d.rindex("H")] + f"H{940 if rows % 2 else -300}"
    width = bend * pen.chance(1.2, 1.6)
    at = pen.whole(0, rows - 1)
    bead = disc(pen.chance(left, right), y + 2 * bend * at, width * 0.34, pen.spark)
    lines = line(d, pen.main, width) + (line(d, pen.other, width * 0.42) if pen.chance() < 0.6 else "")
    return turned(pen.angle, lines + bead)


def nest(pen: Pen) -> str:
    """Squares within squares, each turned a little further."""
    count, turn = pen.count(4, 9), pen.chance(5, 16) * pen.one_of((-1, 1))
    corner, shapes, size = 0.5 * pen.soft * pen.chance(0.3, 1), "", pen.chance(640, 760)
    x, y = pen.towards(pen.chance(0, 60))
    for place in range(count):
        side = size * (1 - place / (count + 0.2))
        ink = pen.spark if place == count - 1 else (pen.main, pen.ground, pen.other)[place % 3]
        shape = bar(x - side / 2, y - side / 2, side, side, ink, side * corner)
        shapes += turned(pen.angle + turn * place, shape, x, y)
    return shapes


def eclipse(pen: Pen) -> str:
    """One disc before another, with rings about them."""
    (x, y), radius = pen.towards(pen.chance(30, 90)), pen.chance(150, 205)
    rings = pen.count(2, 7)
    shapes = "".join(
        ring(
            x,
            y,
            radius + (place + 1) * (420 - radius) / rings,
            6 + 10 * pen.recipe.energy,
            tone(pen.inks.main, pen.inks.ground, place / rings),
        )
        for place in range(rings)
    )
    dx, dy = pen.towards(radius * pen.chance(0.35, 0.75), pen.one_of((100, 180, 250)))
    return (
        shapes
        + disc(x, y, radius, pen.other)
        + disc(x + dx - MIDDLE, y + dy - MIDDLE, radius * pen.chance(0.5, 0.85), pen.spark)
    )


PRINTS = (
    bands, waves, arcs, sun, blocks, rays, dots, slices, bars, links, petals, folds, ribbon, nest, eclipse,
)  # fmt: skip


def print_of(pen: Pen) -> str:
    """A track's cover."""
    return pen.one_of(PRINTS)(pen)


def framed(pen: Pen) -> str:
    """A release's cover: a print, at times with a mat about it."""
    shapes = pen.one_of(PRINTS)(pen)
    if pen.chance() < 0.62:
        return shapes
    edge = pen.whole(44, 64)
    inner = f"M-40-40H680V680H-40zM{edge} {edge}V{SIDE - edge}H{SIDE - edge}V{edge}z"
    return shapes + path(inner, hexed(pen.inks.ground))
