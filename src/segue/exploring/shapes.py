"""The shapes a figure's data can have: what is drawn, before anybody has drawn it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Cell = str | int | float | None


def numbers(values: Iterable[float], digits: int = 5) -> tuple[float | None, ...]:
    """Plain numbers with so many significant digits; None for what is not a number."""
    return tuple(None if not math.isfinite(value) else float(f"{float(value):.{digits}g}") for value in values)


@dataclass(frozen=True)
class Table:
    """Rows of texts and numbers under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def table(self) -> Table:
        """Itself."""
        return self


@dataclass(frozen=True)
class Bars:
    """A value for each label: ranked, or `ordered` along an axis (decades, age groups)."""

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    of: str
    ordered: bool = False

    def table(self) -> Table:
        """Labels and values."""
        return Table((self.of, "value"), tuple(zip(self.labels, self.values, strict=True)))


@dataclass(frozen=True)
class Line:
    """One line, with a band about it where `lower` and `upper` are given."""

    name: str
    x: tuple[Cell, ...]
    y: tuple[float | None, ...]
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Lines over one axis. `diagonal` draws the line of perfect equality."""

    lines: tuple[Line, ...]
    x: str
    y: str
    log: bool = False
    diagonal: bool = False

    def table(self) -> Table:
        """One row for each point of each line."""
        banded = any(line.lower for line in self.lines)
        header = ("line", self.x, self.y, *(("lower quartile", "upper quartile") if banded else ()))
        rows: list[tuple[Cell, ...]] = []
        for line in self.lines:
            band = (line.lower, line.upper) if line.lower else ()
            rows += [(line.name, *values) for values in zip(line.x, line.y, *band, strict=True)]
        return Table(header, tuple(rows))


@dataclass(frozen=True)
class Grid:
    """A value for each row and column (a heat map); `diverging` when 0 is the middle, and not the least."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    of: str
    diverging: bool = False

    def table(self) -> Table:
        """The grid with its rows named."""
        rows = tuple((name, *values) for name, values in zip(self.rows, self.values, strict=True))
        return Table((self.of, *self.columns), rows)


@dataclass(frozen=True)
class Points:
    """A map: points with a text each, every one in one of the groups; axes have no unit.

    Where there are few points, each has a name to stand beside it.
    """

    x: tuple[float | None, ...]
    y: tuple[float | None, ...]
    texts: tuple[str, ...]
    labels: tuple[int, ...]
    groups: tuple[str, ...]
    names: tuple[str, ...] = ()

    def table(self) -> Table:
        """What and in which group."""
        rows = zip(self.texts, (self.groups[label] for label in self.labels), self.x, self.y, strict=True)
        return Table(("what", "group", "x", "y"), tuple(rows))


@dataclass(frozen=True)
class Box:
    """Where the values of one group lie: the 5th, 25th, 50th, 75th and 95th percentile."""

    name: str
    quantiles: tuple[float | None, ...]


@dataclass(frozen=True)
class Boxes:
    """Groups compared by their quantiles."""

    boxes: tuple[Box, ...]
    of: str

    def table(self) -> Table:
        """One row for each group."""
        header = (self.of, "5%", "25%", "50%", "75%", "95%")
        return Table(header, tuple((box.name, *box.quantiles) for box in self.boxes))


@dataclass(frozen=True)
class Panels:
    """Small charts of one kind beside each other."""

    names: tuple[str, ...]
    panels: tuple[Lines | Boxes, ...]

    def table(self) -> Table:
        """The panels' tables under each other."""
        tables = [panel.table() for panel in self.panels]
        rows = tuple(
            (name, *row) for name, table in zip(self.names, tables, strict=True) for row in table.rows
        )  # fmt: skip
        return Table(("panel", *tables[0].header), rows)


@dataclass(frozen=True)
class Card:
    """Something described: a title, how large it is, and lines with a label each."""

    title: str
    note: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cards:
    """Descriptions beside each other."""

    cards: tuple[Card, ...]

    def table(self) -> Table:
        """One row for each line of each card."""
        rows = [(card.title, label, text) for card in self.cards for label, text in (("size", card.note), *card.lines)]
        return Table(("what", "about", "value"), tuple(rows))


@dataclass(frozen=True)
class Word:
    """A placed word: the middle of its baseline, its size and width, in the units of the cloud."""

    text: str
    weight: float
    x: float
    y: float
    size: int
    width: float


@dataclass(frozen=True)
class Cloud:
    """A word cloud of a width and height."""

    words: tuple[Word, ...]
    width: int
    height: int

    def table(self) -> Table:
        """Words and weights."""
        return Table(("word", "weight"), tuple((word.text, word.weight) for word in self.words))


Shape = Table | Bars | Lines | Grid | Points | Boxes | Panels | Cards | Cloud
