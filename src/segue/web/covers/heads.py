"""Pictures that are cut to a circle: of artists, which turn about their middle, and of people, which are figures."""

from __future__ import annotations

import math

from segue.web.covers.pen import MIDDLE, Pen, bar, disc, line, moved, path, ring, tone, turned


def rings(pen: Pen) -> str:
    """Rings about a middle that wanders."""
    count, x, y = pen.count(3, 7), float(MIDDLE), float(MIDDLE)
    dx, dy = (at - MIDDLE for at in pen.towards(pen.chance(4, 16)))
    shapes = ""
    for place in range(count):
        ink = pen.spark if place == count - 1 else (pen.main, pen.ground, pen.other)[place % 3]
        shapes += disc(x, y, 278 * (1 - (place + pen.chance(-0.16, 0.16) * (place > 0)) / (count + 0.1)), ink)
        x, y = x + dx, y + dy
    return shapes


def turned_halves(pen: Pen) -> str:
    """Rings cut through and turned against each other."""
    count, shapes = pen.count(3, 6), ""
    turn = pen.chance(30, 100)
    for place in range(count):
        radius = round(290 * (1 - (place + pen.chance(-0.15, 0.15) * (place > 0)) / (count + 0.35)))
        inks = (pen.main, pen.other) if place % 2 else (pen.other, pen.ground)
        if place == count - 1:
            inks = (pen.spark, pen.main)
        # Two halves, the upper one with a little more than its own: a whole disc below it would show as a hairline about it.
        upper = f"M{MIDDLE - radius} {MIDDLE + 2}v-2a{radius} {radius} 0 0 1 {2 * radius} 0v2z"
        lower = f"M{MIDDLE - radius} {MIDDLE}a{radius} {radius} 0 0 0 {2 * radius} 0z"
        shapes += turned(pen.angle + (turn + pen.chance(-9, 9)) * place, path(lower, inks[1]) + path(upper, inks[0]))
    return shapes


def flower(pen: Pen) -> str:
    """Petals about the middle, in two rounds."""
    count = pen.count(5, 10)
    shapes = ""
    for long, broad, ink, start in ((272, 760, pen.main, 0.0), (168, 470, pen.other, 180 / count)):
        wide = broad * pen.chance(0.8, 1.2) / count
        petal = (
            f"M0 0C{wide:.0f} {-long * 0.35:.0f} {wide * 0.8:.0f} {-long} 0 {-long}S{-wide:.0f} {-long * 0.35:.0f} 0 0"
        )
        leaves = "".join(
            f'<path d="{petal}" transform="rotate({360 * at / count + start:.0f})"/>' for at in range(count)
        )
        shapes += f'<g fill="{ink}">{leaves}</g>'
    return moved(MIDDLE, MIDDLE, shapes + disc(0, 0, pen.chance(44, 70), pen.spark), pen.angle + pen.chance(-15, 15))


def orbits(pen: Pen) -> str:
    """A middle with what goes round it."""
    count, shapes = pen.count(2, 5), ""
    for place in range(count):
        radius = 120 + 160 * (place + 0.8) / count
        at = math.radians(pen.chance(0, 360))
        shapes += ring(MIDDLE, MIDDLE, radius, 14, tone(pen.inks.main, pen.inks.ground, 0.35))
        shapes += disc(
            MIDDLE + radius * math.cos(at),
            MIDDLE + radius * math.sin(at),
            pen.chance(34, 58),
            (pen.other, pen.spark)[place % 2],
        )
    return shapes + disc(MIDDLE, MIDDLE, pen.chance(84, 118), pen.main)


def profile(pen: Pen) -> str:
    """Two faces in one disc, before a halo."""
    radius, y, count, shapes = pen.chance(104, 134), pen.chance(258, 286), pen.count(2, 5), ""
    step = pen.chance(150, 180) / count
    for place in range(count, 0, -1):
        shapes += disc(
            MIDDLE, y, radius + step * place, (pen.ground, tone(pen.inks.ground, pen.inks.main, 0.45))[place % 2]
        )
    r, wide = round(radius), round(pen.chance(200, 250))
    half = f"M{MIDDLE} {y - r:.0f}a{r} {r} 0 0 {int(pen.chance() < 0.5)} 0 {2 * r}z"
    shoulders = path(f"M{MIDDLE - wide} 680a{wide} {wide - 20} 0 0 1 {2 * wide} 0z", pen.main)
    split = turned(pen.tilt + pen.chance(-4, 4), path(half, pen.spark), MIDDLE, y)
    return shapes + shoulders + disc(MIDDLE, y, r, pen.other) + split


def iris(pen: Pen) -> str:
    """Rays within a circle about a pupil."""
    count = pen.count(8, 22)
    turn, start = 360 / count, pen.angle + pen.chance(-15, 15)
    d = "".join(
        f"M{MIDDLE} {MIDDLE}L{MIDDLE + 282 * math.cos(at):.0f} {MIDDLE + 282 * math.sin(at):.0f}"
        for at in (math.radians(start + turn * place) for place in range(count))
    )
    inner = pen.chance(96, 140)
    return (
        disc(MIDDLE, MIDDLE, 286, tone(pen.inks.ground, pen.inks.main, 0.3))
        + line(d, pen.main, 1000 / count, ' stroke-linecap="round"')
        + disc(MIDDLE, MIDDLE, inner, pen.other) + disc(MIDDLE, MIDDLE, inner * pen.chance(0.4, 0.62), pen.spark)
    )  # fmt: skip


def face(pen: Pen) -> str:
    """An artist's picture."""
    return pen.one_of((rings, turned_halves, flower, orbits, profile, iris))(pen)


def figure(pen: Pen) -> str:
    """A person: a disc above an arch, like nobody and of no colour that people have; some listen through headphones."""
    head, y, wide = round(pen.chance(92, 116)), 250 + pen.whole(-10, 14), round(pen.chance(190, 245))
    back = disc(
        MIDDLE + pen.chance(-80, 80),
        280 + pen.chance(-60, 60),
        pen.chance(170, 250),
        tone(pen.inks.ground, pen.inks.main, 0.35),
    )
    top = y + head + pen.whole(-6, 34)
    body = path(f"M{MIDDLE - wide} 680V{top + wide}a{wide} {wide} 0 0 1 {2 * wide} 0V680z", pen.main)
    return back + body + _shirt(pen, top, wide) + disc(MIDDLE, y, head, pen.spark) + _worn(pen, y, head)


def _shirt(pen: Pen, top: int, wide: int) -> str:
    """What is on the arch: stripes, a smaller arch, one half, or nothing."""
    manner, count = pen.one_of(("stripes", "stripes", "arch", "half", "plain")), pen.count(2, 6)
    if manner == "stripes":
        shapes, step = "", (600 - top) / count
        for place in range(count):
            at = top + step * (place + 0.55)
            rise = max(top + wide - at, 0)
            half = math.sqrt(max(wide**2 - rise**2, 0)) if rise else wide
            shapes += bar(MIDDLE - half, at, 2 * half, step * 0.42, pen.other)
        return shapes
    if manner == "arch":
        narrow = round(wide * pen.chance(0.45, 0.65))
        return path(f"M{MIDDLE - narrow} 680V{top + wide}a{narrow} {narrow} 0 0 1 {2 * narrow} 0V680z", pen.other)
    if manner == "half":
        way = pen.one_of((-1, 1))
        return path(f"M{MIDDLE} {top}a{wide} {wide} 0 0 {int(way > 0)} {way * wide} {wide}V680H{MIDDLE}z", pen.other)
    return ""


def _worn(pen: Pen, y: int, head: int) -> str:
    """On the head: headphones, a band of light about it, a half in another colour, or nothing."""
    manner = pen.one_of(("headphones", "headphones", "light", "half", "nothing"))
    if manner == "headphones":
        r = head + 16
        ears = "".join(bar(x - 24, y - 36, 48, 92, pen.other, 24) for x in (MIDDLE - r, MIDDLE + r))
        return line(f"M{MIDDLE - r} {y}a{r} {r} 0 0 1 {2 * r} 0", pen.other, 20) + ears
    if manner == "light":
        return ring(MIDDLE, y, head + 34, 14, pen.other)
    if manner == "half":
        half = f"M{MIDDLE} {y - head}a{head} {head} 0 0 1 0 {2 * head}z"
        return turned(pen.angle, path(half, tone(pen.inks.spark, pen.inks.ground, 0.4)), MIDDLE, y)
    return ""
