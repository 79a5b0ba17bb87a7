"""Who listens, in groups that are large enough to hide everybody in them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from segue.exploring.report import Figure, LeftOut, Section
from segue.exploring.shapes import Bars, Table
from segue.exploring.wording import counted, percent, verb
from segue.web.accounts.countries import COUNTRIES
from segue.web.insights.base import LEAST_SEEN, Asked, Board, hidden, section
from segue.web.insights.figures.activity import NOBODY, within
from segue.web.insights.kept import of_rollups
from segue.web.insights.rollups import Rollups

SHOWN = 15
NOT_SAID = "not said"
ACTIVE_DAYS = (1, 2, 4, 8, 15, 29)
_GROUPS = {"country": "Countries", "age": "Age groups", "gender": "Gender", "activity": "Activity"}
_ORDERED = ("age", "activity")


@of_rollups
def make(rollups: Rollups, asked: Asked) -> Sequence[Section]:
    """The same figures for each way to tell listeners apart."""
    people = _people(rollups, asked).collect()
    return [section(by, title, _figures(people, by, title)) for by, title in _GROUPS.items()]


def _people(rollups: Rollups, asked: Asked) -> pl.LazyFrame:
    """Those who listened in the period: listens, skips, known, likes, and the group they are in by each way to tell."""
    sums = pl.col("listens", "skips", "known", "likes").sum()
    heard = rollups.days.filter(within(asked.period)).group_by("listener").agg(sums, days=(pl.col("listens") > 0).sum())
    decade = (asked.period.last.year - pl.col("birth_year").cast(pl.Int32)) // 10 * 10
    return heard.filter(pl.col("days") > 0).join(rollups.listeners.drop("listens"), on="listener").select(
        "listens", "skips", "known", "likes", "gender", country=pl.col("country").replace(dict(COUNTRIES)),
        age=pl.when(pl.col("birth_year").is_not_null()).then(pl.format("{}–{}", decade, decade + 9)),
        activity=_activity(pl.col("days")),
    )  # fmt: skip


def _activity(days: pl.Expr) -> pl.Expr:
    """In which group so many active days are."""
    found = pl.lit(f"{ACTIVE_DAYS[-1]}+")
    for first, after in reversed(list(pairwise(ACTIVE_DAYS))):
        label = str(first) if first + 1 == after else f"{first}–{after - 1}"
        found = pl.when(days < after).then(pl.lit(label)).otherwise(found)
    return found


def _figures(people: pl.DataFrame, by: str, title: str) -> list[Figure | LeftOut]:
    if people.is_empty():
        return [LeftOut(by, title, NOBODY)]
    groups = people.group_by(pl.col(by).fill_null(NOT_SAID)).agg(pl.len().alias("listeners"), pl.exclude(_GROUPS).sum())
    groups = groups.sort("listeners", by, descending=[True, False])
    gone = pl.Series(hidden(groups["listeners"].to_list()))
    seen = groups.filter(~gone)
    if seen.is_empty():
        return [
            LeftOut(by, title, f"numbers of fewer than {LEAST_SEEN} people are not shown, and there is no larger group")
        ]
    if by in _ORDERED:
        first = pl.col(by).str.extract(r"^(\d+)").cast(pl.Int64)
        seen = seen.sort(first, nulls_last=True)
    few = int(gone.sum())
    left_out = (
        f" {counted(few, 'group')} {verb(few, 'is', 'are')} hidden, so that nobody can be told apart." if few else ""
    )
    return [_sizes(seen, by, title, left_out), _listens(seen, by), _table(seen, by)]


def _sizes(seen: pl.DataFrame, by: str, title: str, left_out: str) -> Figure:
    largest = seen.sort("listeners", descending=True).row(0, named=True)
    part = percent(largest["listeners"] / seen["listeners"].sum())
    size = counted(largest["listeners"], "listener")
    finding = f"The largest, {_called(by, largest[by])}, has {size}, {part} of those shown.{left_out}"
    return Figure(f"{by}-listeners", title, finding, "listeners", _bars(seen, by, pl.col("listeners")))


def _listens(seen: pl.DataFrame, by: str) -> Figure:
    each = seen.with_columns(each=pl.col("listens") / pl.col("listeners")).sort("each", descending=True)
    most, least = each.row(0, named=True), each.row(-1, named=True)
    finding = f"Most by {_called(by, most[by])}: {most['each']:,.0f} each."
    if each.height > 1:
        finding = finding[:-1] + f"; fewest by {_called(by, least[by])}: {least['each']:,.0f}."
    return Figure(
        f"{by}-listens",
        "Listens per listener",
        finding,
        "listens",
        _bars(seen, by, (pl.col("listens") / pl.col("listeners")).round(1)),
    )


def _called(by: str, group: str) -> str:
    return (
        {"activity": "1 active day" if group == "1" else f"{group} active days", "age": f"age {group}"}.get(by, group)
        if group != NOT_SAID
        else "those who do not say"
    )


def _bars(seen: pl.DataFrame, by: str, value: pl.Expr) -> Bars:
    shown = seen if by in _ORDERED else seen.head(SHOWN)
    of = "days on which they listened" if by == "activity" else by
    return Bars(tuple(shown[by]), tuple(shown.select(value).to_series()), of, ordered=by in _ORDERED)


def _table(seen: pl.DataFrame, by: str) -> Figure:
    rows = [
        (row[by], row["listeners"], round(row["listens"] / row["listeners"], 1),
         round(100 * row["skips"] / row["known"], 1) if row["known"] else None, round(row["likes"] / row["listeners"], 2))
        for row in seen.iter_rows(named=True)
    ]  # fmt: skip
    header = (by, "listeners", "listens per listener", "skipped %", "likes per listener")
    return Figure(
        f"{by}-all",
        "All of it",
        f"Groups of fewer than {LEAST_SEEN} listeners are not shown.",
        "",
        Table(header, tuple(rows)),
    )


BOARD = Board("audience", "Audience", f"Who listens. Groups of fewer than {LEAST_SEEN} listeners are hidden.", 10, make)
