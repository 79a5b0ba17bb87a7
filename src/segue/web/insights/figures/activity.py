"""How much is listened to, when, and how much of it is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from segue.exploring.report import Figure, LeftOut
from segue.exploring.shapes import Grid, Line, Lines
from segue.exploring.wording import counted, percent
from segue.web.insights.base import Asked, Number, Numbers, Period
from segue.web.insights.rollups import Rollups

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOUR_MS = 3_600_000
NOBODY = "nobody listened in this time"
_SUMMED = ("listens", "skips", "known", "ms_played", "sessions", "new_artists", "artists", "likes", "dislikes")


def within(period: Period, column: str = "day") -> pl.Expr:
    """Whether a day is in a period."""
    return pl.col(column).is_between(period.first, period.last)


def share(part: float, whole: float) -> float | None:
    """A part of a whole; None where there is none."""
    return part / whole if whole else None


@dataclass(frozen=True)
class Span:
    """What all listeners did in a period: sums of `Rollups.days`.

    Attributes:
        by_day: one row for each day of the period, with `active` listeners; 0 where nothing was.
        active: listeners who listened to anything.
        new: listeners who listened for the first time; `joined`: accounts made.
    """

    by_day: pl.DataFrame
    active: int
    new: int
    joined: int

    @classmethod
    def of(cls, rollups: Rollups, period: Period) -> Span:
        """From the rollups."""
        listening = pl.col("listener").filter(pl.col("listens") > 0)
        days = rollups.days.filter(within(period))
        sums, people, first = pl.collect_all([
            days.group_by("day").agg(pl.col(_SUMMED).sum(), active=listening.len().cast(pl.Int64)),
            days.select(listening.n_unique()),
            rollups.listeners.select(within(period, "first_day").sum(), within(period, "signed_up").sum()),
        ])  # fmt: skip
        every = pl.select(day=pl.date_range(period.first, period.last))
        whole = every.join(sums, on="day", how="left", maintain_order="left").fill_null(0)
        return cls(whole, people.item(), *first.row(0))

    def sum(self, name: str) -> int:
        """Of all days."""
        return int(self.by_day[name].sum())


@dataclass(frozen=True)
class Spans:
    """A period, and the one that it is compared with."""

    asked: Asked
    now: Span
    before: Span | None

    @classmethod
    def of(cls, rollups: Rollups, asked: Asked) -> Spans:
        """From the rollups."""
        return cls(
            asked, Span.of(rollups, asked.period), None if asked.before is None else Span.of(rollups, asked.before)
        )


def totals(spans: Spans) -> Figure:
    """The largest numbers."""

    def number(name: str, of: str, unit: str = "", each: float = 1, better: int = 1) -> Number:
        was = None if spans.before is None else spans.before.sum(of) / each
        return Number(name, spans.now.sum(of) / each, was, unit, better=better)

    def people(name: str, of: str) -> Number:
        return Number(
            name, getattr(spans.now, of), None if spans.before is None else getattr(spans.before, of), better=1
        )

    numbers = (
        people("Listeners", "active"), people("New listeners", "new"), people("New accounts", "joined"),
        number("Listens", "listens"), number("Listened", "ms_played", "hours", HOUR_MS), number("Sessions", "sessions"),
        _rate(spans, "Skipped", "skips", "known", better=-1), number("Likes", "likes"),
        number("Dislikes", "dislikes", better=-1), _rate(spans, "Artists heard for the first time", "new_artists", "artists"),
    )  # fmt: skip
    rate = share(spans.now.sum("listens"), spans.now.active)
    finding = f"{counted(spans.now.active, 'listener')} played {rate:,.0f} tracks each." if rate else "Nobody listened."
    return Figure("totals", "In all", finding, "", Numbers(numbers))  # type: ignore[arg-type]  # a shape of the dashboard alone


def _rate(spans: Spans, name: str, part: str, whole: str, better: int = 0) -> Number:
    now = share(spans.now.sum(part), spans.now.sum(whole))
    before = None if spans.before is None else share(spans.before.sum(part), spans.before.sum(whole))
    return Number(name, now, before, percent=True, better=better)


def listens_by_day(spans: Spans) -> Figure | LeftOut:
    """Listens of each day, over those of the period before."""
    title = "Listens a day"
    counts = spans.now.by_day["listens"]
    if not counts.sum():
        return LeftOut("listens-by-day", title, NOBODY)
    best = spans.now.by_day.sort("listens", descending=True).row(0, named=True)
    usual = spans.now.sum("listens") / len(counts)
    finding = f"{usual:,.0f} on a usual day; the most, {best['listens']:,}, on {best['day']:%A, %Y-%m-%d}."
    return _lines("listens-by-day", title, finding, "listens", spans, pl.col("listens"))


def active_by_day(spans: Spans) -> Figure | LeftOut:
    """Listeners of each day."""
    title = "Listeners a day"
    usual = spans.now.by_day["active"].mean()
    if not usual:
        return LeftOut("listeners-by-day", title, NOBODY)
    finding = f"On a usual day {percent(float(str(usual)) / spans.now.active)} of those of the whole time."
    return _lines("listeners-by-day", title, finding, "listeners", spans, pl.col("active"))


def discovery_by_day(spans: Spans) -> Figure | LeftOut:
    """The share of the artists of a day that their listeners had never heard."""
    title = "Discovery"
    rate = share(spans.now.sum("new_artists"), spans.now.sum("artists"))
    if rate is None:
        return LeftOut("discovery", title, NOBODY)
    before = None if spans.before is None else share(spans.before.sum("new_artists"), spans.before.sum("artists"))
    compared = "" if before is None else f", {percent(before)} before"
    finding = f"Of the artists that a listener heard in a day, {percent(rate)} were new to them{compared}. Newcomers find most."
    values = 100 * pl.col("new_artists") / pl.when(pl.col("artists") > 0).then(pl.col("artists"))
    return _lines("discovery", title, finding, "% of artists", spans, values)


def _lines(name: str, title: str, finding: str, unit: str, spans: Spans, values: pl.Expr) -> Figure:
    """A line of the period, and one of the period before it over the same days."""
    days = tuple(str(day) for day in spans.now.by_day["day"])
    lines = [Line("now", days, _rounded(spans.now, values))]
    if spans.before is not None:
        lines.append(Line("before", days, _rounded(spans.before, values)))
    return Figure(name, title, finding, unit, Lines(tuple(lines), "", unit))


def _rounded(span: Span, values: pl.Expr) -> tuple[float | None, ...]:
    return tuple(span.by_day.select(values.cast(pl.Float64).round(2)).to_series())


def hours(rollups: Rollups, period: Period) -> Figure | LeftOut:
    """Listens by weekday and hour, by the listeners' own clocks: on a usual day."""
    title = "When people listen"
    found = (
        rollups.hours.filter(within(period))
        .group_by(pl.col("day").dt.weekday().alias("weekday"), "hour")
        .agg(pl.col("listens").sum())
        .collect()
    )
    if found.is_empty():
        return LeftOut("hours", title, NOBODY)
    each = [0] * 7
    for place in range(period.days):
        each[(period.first + timedelta(days=place)).weekday()] += 1
    counts = {(weekday, hour): listens for weekday, hour, listens in found.iter_rows()}
    grid = tuple(
        tuple(
            round(counts.get((weekday + 1, hour), 0) / each[weekday], 1) if each[weekday] else None
            for hour in range(24)
        )
        for weekday in range(7)
    )
    best = found.sort("listens", "weekday", "hour", descending=[True, False, False]).row(0, named=True)
    finding = f"Most on {WEEKDAYS[best['weekday'] - 1]}s from {best['hour']}:00. Hours are those of the listeners' own clocks."
    return Figure(
        "hours", title, finding, "listens an hour", Grid(WEEKDAYS, tuple(map(str, range(24))), grid, "weekday")
    )
