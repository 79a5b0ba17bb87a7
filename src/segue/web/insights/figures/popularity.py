"""What is played in whole weeks, how unevenly, and what rises and falls by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy import stats

from segue.errors import NotEnoughData
from segue.exploring.popularity import CURVE_POINTS, gini
from segue.exploring.shapes import Line, numbers
from segue.web.insights.base import LEAST_SEEN, Period

FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True)
class Weeks:
    """Whole weeks, by their Mondays: from the first to the last."""

    first: date
    last: date

    @property
    def number(self) -> int:
        """How many."""
        return (self.last - self.first).days // 7 + 1

    def of(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of these weeks."""
        return frame.filter(pl.col("week").is_between(self.first, self.last))


def weeks_in(period: Period) -> Weeks:
    """The weeks that lie wholly in a period. Raises `NotEnoughData` where none does."""
    first = period.first + timedelta(days=-period.first.weekday() % 7)
    last = period.last - timedelta(days=(period.last.weekday() + 1) % 7 + 6)
    if last < first:
        raise NotEnoughData(
            "weeks are counted from Monday to Sunday, and no whole one lies in this period: choose a longer one"
        )
    return Weeks(first, last)


def totals(frame: pl.LazyFrame, of: str, weeks: Weeks) -> pl.DataFrame:
    """Of each: listens, reach (listeners of each week, added up) and most (of one week)."""
    sums = (pl.col("listens").sum(), pl.col("listeners").sum().alias("reach"), pl.col("listeners").max().alias("most"))
    found = weeks.of(frame).group_by(of).agg(sums)
    return found.sort("listens", of, descending=[True, False]).collect()


def lorenz(name: str, listens: np.ndarray) -> Line:
    """The share of all listens that goes to each share of what was played, in percent, the least played first."""
    ordered = np.sort(listens)
    at = np.unique(np.linspace(0, len(ordered), CURVE_POINTS).astype(int))
    shares = np.concatenate([[0], np.cumsum(ordered)]) / ordered.sum()
    return Line(name, numbers(100 * at / len(ordered), 4), numbers(100 * shares[at], 4))


def share_of_top(listens: np.ndarray, top: float = 0.01) -> float:
    """The share of all listens that the most played hundredth takes (at least one)."""
    ordered = np.sort(listens)[::-1]
    return float(ordered[: max(1, round(top * len(ordered)))].sum() / ordered.sum())


def unevenness(listens: np.ndarray) -> float:
    """The Gini coefficient."""
    return gini(listens)


def moved(now: pl.DataFrame, before: pl.DataFrame, of: str) -> pl.DataFrame:
    """What reached more or fewer listeners than before, by more than chance: of, reach, before, change (a ratio), p.

    Each listener counts once a week for each track, however often it was played. Of two Poisson counts, given their sum, the one
    is binomial (Przyborowski & Wilenski, Biometrika 1940); of all that were tested, 5% at most are by chance (Benjamini &
    Hochberg, Journal of the Royal Statistical Society B 1995). What never had 20 listener-weeks is not tested.
    """
    both = (
        now.select(of, "reach").join(before.select(of, before="reach"), on=of, how="full", coalesce=True).fill_null(0)
    )
    tested = both.filter(pl.max_horizontal("reach", "before") >= LEAST_SEEN)
    all_now, all_before = int(both["reach"].sum()), int(both["before"].sum())
    if not tested.height or not all_now or not all_before:
        return tested.with_columns(change=pl.lit(1.0), p=pl.lit(1.0)).clear()
    share = all_now / (all_now + all_before)
    a, n = tested["reach"].to_numpy(), (tested["reach"] + tested["before"]).to_numpy()
    p = np.minimum(1, 2 * np.minimum(stats.binom.cdf(a, n, share), stats.binom.sf(a - 1, n, share)))
    ratio = ((pl.col("reach") + 0.5) / all_now) / ((pl.col("before") + 0.5) / all_before)
    told = tested.with_columns(change=ratio, p=pl.Series(p))
    return told.filter(pl.Series(certain(p))).sort("p", of)


def certain(p: np.ndarray, rate: float = FALSE_DISCOVERIES) -> np.ndarray:
    """Which of these probabilities stand, when so many of those that do may be false (Benjamini & Hochberg 1995)."""
    order = np.argsort(p)
    under = p[order] <= rate * np.arange(1, len(p) + 1) / len(p)
    stand = np.zeros(len(p), dtype=np.bool_)
    stand[order[: int(np.max(np.nonzero(under)[0], initial=-1)) + 1]] = True
    return stand


def of_names(frame: pl.DataFrame, of: str, first: int) -> Sequence[int]:
    """The first so many."""
    return [int(one) for one in frame[of].head(first).to_list()]
