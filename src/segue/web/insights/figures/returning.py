"""Who comes back: cohorts, silences, and what a silence means."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from segue.exploring.report import Figure, LeftOut
from segue.exploring.shapes import Bars, Grid, Line, Lines
from segue.exploring.wording import counted, percent
from segue.web.insights.base import LEAST_SEEN, Asked, hidden
from segue.web.insights.rollups import Rollups

COHORTS = 12
CAME_BACK_WITHIN = 28
SILENCES = (0, 1, 3, 7, 14, 28, 56, 91, 182)
AT_RISK = 0.5
FEWEST_SILENCES = 100
"""Of fewer silences of a length, a share says nothing."""
_NO_COHORT = f"no {LEAST_SEEN} listeners began in one week that is over"


def last_day(rollups: Rollups, asked: Asked) -> date:
    """The last day that is looked at: the period's, or the last of which there are listens."""
    known = rollups.manifest["last_day"]
    return min(asked.period.last, date.fromisoformat(known)) if known else asked.period.last


# -- cohorts -------------------------------------------------------------------------------------------------------------


def cohorts(rollups: Rollups, until: date) -> pl.DataFrame:
    """Of those who began in a week, how many listened so many weeks later: cohort, after, size, active.

    The latest `2 * COHORTS` weeks in which at least `LEAST_SEEN` began and which are over on `until`; for each, the first
    `COHORTS` weeks, as far as they are over. `after` is 0 in the week in which they began: then all listened.
    """
    end = until + timedelta(days=1)
    end -= timedelta(days=end.weekday())  # the week of this Monday is not over
    began = rollups.listeners.select("listener", cohort=pl.col("first_day").dt.truncate("1w"))
    sizes = began.filter(pl.col("cohort") < end).group_by("cohort").agg(size=pl.len().cast(pl.Int64))
    latest = sizes.filter(pl.col("size") >= LEAST_SEEN).sort("cohort").tail(2 * COHORTS).collect()
    start = latest["cohort"].min() or end
    weeks = (pl.lit(end) - pl.col("cohort")).dt.total_days() // 7
    each = latest.with_columns(after=pl.int_ranges(0, pl.min_horizontal(weeks, pl.lit(COHORTS)))).explode("after")
    active = (
        rollups.days.filter(pl.col("day").is_between(start, end, closed="left"), pl.col("listens") > 0)
        .select("listener", week=pl.col("day").dt.truncate("1w"))
        .unique()
        .join(began.filter(pl.col("cohort").is_in(latest["cohort"].implode())), on="listener")
        .group_by("cohort", after=(pl.col("week") - pl.col("cohort")).dt.total_days() // 7)
        .agg(active=pl.len().cast(pl.Int64))
        .collect()
    )
    whole = each.join(active, on=["cohort", "after"], how="left").with_columns(pl.col("active").fill_null(0))
    return whole.sort("cohort", "after")


def retention_grid(found: pl.DataFrame) -> Figure | LeftOut:
    """A row for each of the last cohorts, a column for each week since."""
    title = "Retention by week of the first listen"
    latest = found["cohort"].unique().sort().tail(COHORTS).to_list()
    if not latest:
        return LeftOut("retention", title, _NO_COHORT)
    rows, values = [], []
    for cohort in latest:
        mine = found.filter(pl.col("cohort") == cohort)
        rows.append(f"{cohort:%Y-%m-%d} ({mine['size'][0]:,})")
        shares = (100 * mine["active"] / mine["size"]).round(1).to_list()
        values.append(tuple(shares + [None] * (COHORTS - len(shares))))
    finding = (
        "Of those who heard their first track in a week (how many stands beside it), the share who listened so many weeks later."
        f" Weeks in which fewer than {LEAST_SEEN} began are not shown."
    )
    return Figure(
        "retention", title, finding, "%", Grid(tuple(rows), tuple(map(str, range(COHORTS))), tuple(values), "began")
    )


def retention_curves(found: pl.DataFrame) -> Figure | LeftOut:
    """The last cohorts together, and those before them."""
    title = "Retention, later and earlier"
    every = found["cohort"].unique().sort().to_list()
    lines = []
    for name, some in (("latest 12", every[-COHORTS:]), ("12 before", every[:-COHORTS])):
        sums = found.filter(pl.col("cohort").is_in(some)).group_by("after").sum().sort("after")
        if sums.height > 1:
            y = tuple((100 * sums["active"] / sums["size"]).round(2))
            lines.append(Line(name, tuple(sums["after"]), y))
    if not lines:
        return LeftOut("retention-curves", title, _NO_COHORT)
    latest = lines[0].y
    place = min(4, len(latest) - 1)
    finding = (
        f"{percent((latest[place] or 0) / 100)} of those of the latest {COHORTS} such weeks were here in week {place}."
    )
    return Figure(
        "retention-curves", title, finding, "% who listen", Lines(tuple(lines), "weeks since the first listen", "%")
    )


# -- silences ------------------------------------------------------------------------------------------------------------


def silent_days(rollups: Rollups, until: date) -> np.ndarray:
    """How many listeners have last listened so many days before `until`, int64, by days from 0."""
    last = (
        rollups.days.filter(pl.col("day") <= until, pl.col("listens") > 0)
        .group_by("listener")
        .agg(pl.col("day").max())
        .select(((pl.lit(until) - pl.col("day")).dt.total_days()).alias("silent"))
        .collect()
    )
    return np.bincount(last["silent"].to_numpy()).astype(np.int64)


def comes_back(ended: np.ndarray, going_on: np.ndarray, within: int = CAME_BACK_WITHIN, fewest: int = 1) -> np.ndarray:
    """The share of silences of so many days that ended within the next ones, by days from 0; as far as `fewest` were so long.

    Args:
        ended: silences by days that ended with a day of listening, int64.
        going_on: those that have not ended yet, of which no more is known than that they last so long.
        within: how many days ahead.
        fewest: of fewer silences nothing is said.

    With S(t) the share of silences that last longer than t days, it is 1 - S(t + within) / S(t). S is the product-limit estimate,
    which counts silences that go on for as long as they were seen (Kaplan & Meier 1958, "Nonparametric estimation from
    incomplete observations"). All silences count alike, whoever was silent: it says what became of silences of that length,
    and nothing of one listener's habits.
    """
    longest = max(len(ended), len(going_on)) + within + 1
    back = np.zeros(longest)
    still = np.zeros(longest)
    back[: len(ended)], still[: len(going_on)] = ended, going_on
    at_risk = np.cumsum((back + still)[::-1])[::-1]
    lasts = np.cumprod(1 - np.divide(back, at_risk, out=np.zeros(longest), where=at_risk > 0))
    days = np.arange(min(longest - within, int((at_risk >= fewest).sum())))
    now = lasts[days]
    return 1 - np.divide(lasts[days + within], now, out=np.ones(len(days)), where=now > 0)


def silences(rollups: Rollups, until: date) -> list[Figure | LeftOut]:
    """When people were here last, and how many of them are likely to come back."""
    going_on = silent_days(rollups, until)
    if not going_on.sum():
        return [LeftOut("last-activity", "Last listened", "nobody has listened yet")]
    ended = rollups.returns.filter(pl.col("day") <= until).group_by("away").agg(pl.col("listeners").sum()).collect()
    counts = np.zeros(int(ended["away"].cast(pl.Int64).max() or 0) + 1, dtype=np.int64)  # type: ignore[arg-type]
    counts[ended["away"].to_numpy()] = ended["listeners"].to_numpy()
    return [_last_activity(going_on, until), _churn(counts, going_on, until)]


def _last_activity(going_on: np.ndarray, until: date) -> Figure:
    edges = [*SILENCES, len(going_on) + SILENCES[-1]]
    labels = [_span(first, after - 1) for first, after in pairwise(SILENCES)] + [f"{SILENCES[-1]}+"]
    values = [int(going_on[first:after].sum()) for first, after in pairwise(edges)]
    lately = int(going_on[: SILENCES[5]].sum())
    finding = (
        f"{percent(lately / going_on.sum())} of {counted(going_on.sum(), 'listener')} who ever listened were here in the"
        f" {SILENCES[5]} days up to {until}. Groups of fewer than {LEAST_SEEN} are not shown."
    )
    some = [place for place, value in enumerate(values) if value]
    gone = {some[place] for place, secret in enumerate(hidden([values[place] for place in some])) if secret}
    shown = tuple(None if place in gone else float(value) for place, value in enumerate(values))
    return Figure(
        "last-activity", "Last listened", finding, "listeners", Bars(tuple(labels), shown, "days ago", ordered=True)
    )


def _churn(ended: np.ndarray, going_on: np.ndarray, until: date) -> Figure | LeftOut:
    """How likely silences of some lengths are to end, and how many listeners are likely not to come back."""
    title = "Who is likely to come back"
    shares = comes_back(ended, going_on, fewest=FEWEST_SILENCES)
    if not len(shares):
        return LeftOut("churn", title, f"fewer than {FEWEST_SILENCES} times was anybody silent for a day")
    lately = going_on[: 2 * CAME_BACK_WITHIN]
    gone = 1 - shares[np.minimum(np.arange(len(lately)), len(shares) - 1)]
    more = np.flatnonzero(shares < AT_RISK)
    tells = f"After {counted(int(more[0]), 'silent day')}, more stay away than come back. " if len(more) else ""
    finding = (
        f"Of {counted(lately.sum(), 'listener')} who were here in the last {2 * CAME_BACK_WITHIN} days, about"
        f" {float((lately * gone).sum()):,.0f} are likely to stay away for the next {CAME_BACK_WITHIN}. {tells}This is what became"
        f" of all silences of that length until {until} (Kaplan–Meier): it knows nothing of one listener's habits."
    )
    y = tuple(round(100 * float(one), 2) for one in shares[: 2 * SILENCES[-2]])
    line = Line("share", tuple(range(len(y))), y)
    unit = f"% who listen again within {CAME_BACK_WITHIN} days"
    return Figure("churn", title, finding, unit, Lines((line,), "days since the last listen", "%"))


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
