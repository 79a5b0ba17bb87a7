"""What a board is: figures of a span of days, beside those of the span before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from segue.errors import BadRequest
from segue.exploring.report import Figure, LeftOut, Section
from segue.exploring.shapes import Table

SHOWN_DAYS = 28
MOST_DAYS = 3660
LEAST_SEEN = 20
"""Numbers of fewer people than this are not shown."""


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both with it, in UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """As many days, right before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


@dataclass(frozen=True)
class Asked:
    """What a board is asked: a period, and the one it is compared with (None: with none)."""

    period: Period
    before: Period | None


class Linked(str):
    """Text in a cell of a table that leads to a page; in CSV it is the text."""

    address: str

    @classmethod
    def to(cls, text: str, address: str) -> Linked:
        """The text, leading there."""
        made = cls(text)
        made.address = address
        return made


@dataclass(frozen=True)
class Number:
    """One number. `before` is what it was; `better` 1 when more is better, -1 when less is, 0 when neither."""

    name: str
    value: float | None
    before: float | None = None
    unit: str = ""
    percent: bool = False
    better: int = 0


@dataclass(frozen=True)
class Numbers:
    """Numbers beside each other, large."""

    numbers: tuple[Number, ...]

    def table(self) -> Table:
        """One row for each."""
        rows = tuple((one.name, one.value, one.before, "share" if one.percent else one.unit) for one in self.numbers)
        return Table(("what", "value", "before", "unit"), rows)


@dataclass(frozen=True)
class Board:
    """A page of figures.

    Attributes:
        slug: its address below `/staff/`.
        title, sentence: what it is called, and what it tells.
        order: its place among the boards.
        make: the sections, given what is asked. Raises nothing: what cannot be told is a `LeftOut` that says why.
        dated: whether it looks at a period.
    """

    slug: str
    title: str
    sentence: str
    order: int
    make: Callable[[Asked], Sequence[Section]]
    dated: bool = True


@dataclass(frozen=True)
class Entry:
    """A page of another kind that stands among the boards, by the name of its address."""

    url_name: str
    title: str
    order: int


def section(name: str, title: str, figures: Sequence[Figure | LeftOut]) -> Section:
    """A section of figures and of what could not be told."""
    told = tuple(one for one in figures if isinstance(one, Figure))
    return Section(name, title, told, tuple(one for one in figures if isinstance(one, LeftOut)))


def asked_of(first: str | None, last: str | None, against: str | None, today: date) -> Asked:
    """What an address asks for: days as 2026-11-21; the last 28 days where nothing is said, beside the 28 before.

    Raises `BadRequest` for what is no day, for a span that ends before it begins, and for more than ten years.
    """
    until = _day(last, "to") if last else today
    since = _day(first, "from") if first else until - timedelta(days=SHOWN_DAYS - 1)
    period = Period(since, until)
    if period.days < 1:
        raise BadRequest(f"The period ends on {until}, before it begins on {since}.")
    if period.days > MOST_DAYS:
        raise BadRequest(f"From {since} to {until} is more than ten years: choose a shorter period.")
    return Asked(period, None if against == "nothing" else period.before())


def hidden(sizes: Sequence[int], least: int = LEAST_SEEN) -> list[bool]:
    """Which groups must not be shown, so that nobody learns of one of fewer than `least`, nor by taking those shown from all.

    Those that are smaller; and while those hidden are only one, or together fewer than `least`, the next smallest too.
    """
    order = sorted(range(len(sizes)), key=lambda place: (sizes[place], place))
    many = sum(size < least for size in sizes)
    while 0 < many < len(sizes) and (many == 1 or sum(sizes[place] for place in order[:many]) < least):
        many += 1
    gone = set(order[:many])
    return [place in gone for place in range(len(sizes))]


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name!r} is {text[:30]!r}: a day looks like 2026-11-21.") from None
    if not 1900 <= day.year <= 2100:
        raise BadRequest(f"{name!r} is {text[:30]!r}: a day between 1900 and 2100.")
    return day
