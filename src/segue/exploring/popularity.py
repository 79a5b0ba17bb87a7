"""What is played, and how unevenly: the long tail, Lorenz curves, the top of each kind, and how active listeners are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from segue.errors import NotEnoughData
from segue.exploring.report import Recipe
from segue.exploring.shapes import Bars, Line, Lines, Shape, numbers
from segue.exploring.view import View
from segue.exploring.wording import a, counted, joined, named, percent, plain, plural
from segue.library.interactions import Level

TOP = 20
CURVE_POINTS = 200


def gini(amounts: np.ndarray) -> float:
    """Gini coefficient of amounts of 0 or more: 0 all alike, towards 1 a few have all."""
    ordered = np.sort(amounts.astype(np.float64))
    total, n = ordered.sum(), len(ordered)
    return float(2 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n) if total > 0 else 0.0


def half_of_all(amounts: np.ndarray) -> int:
    """How many of the largest amounts make half of their sum."""
    largest = np.cumsum(np.sort(amounts)[::-1])
    return int(np.searchsorted(largest, largest[-1] / 2) + 1)


def long_tail(view: View) -> tuple[str, str, Shape]:
    """Plays by rank, both on logarithmic axes."""
    lines, told = [], []
    for heard in view.heard.values():
        plays = heard.plays[heard.ranked]
        ranks = np.unique(np.geomspace(1, len(plays), CURVE_POINTS).astype(int))
        lines.append(Line(plural(heard.noun), tuple(map(int, ranks)), numbers(plays[ranks - 1])))
        once = float((heard.amounts.astype(bool).sum(axis=0) == 1).mean())
        tenth = plays[: max(1, len(plays) // 10)].sum() / plays.sum()
        told.append(
            f"{percent(once) if once else 'none'} of the {plural(heard.noun)} have a single {view.wording.who}, and the "
            f"most popular tenth takes {percent(tenth)} of {view.wording.all}"
        )
    unit = plural(view.wording.unit)
    return f"{_sentence(told)}.", unit, Lines(tuple(lines), "rank", unit, log=True)


def lorenz(view: View) -> tuple[str, str, Shape]:
    """The share of all plays that goes to each share of the items, the least played first."""
    lines, told = [], []
    for heard in view.heard.values():
        plays = np.sort(heard.plays)
        at = np.unique(np.linspace(0, len(plays), CURVE_POINTS).astype(int))
        shares = np.concatenate([[0], np.cumsum(plays)]) / plays.sum()
        nouns = plural(heard.noun)
        lines.append(Line(nouns, numbers(100 * at / len(plays), 4), numbers(100 * shares[at], 4)))
        few = half_of_all(plays)
        told.append(
            f"half of {view.wording.all} {view.wording.goes} to {percent(few / len(plays))} of the {nouns} "
            f"({few:,} of {len(plays):,}; Gini {gini(plays):.2f})"
        )
    shape = Lines(tuple(lines), "% of items, least played first", f"% of {view.wording.all}", diagonal=True)
    return f"{_sentence(told)}.", "", shape


def top_tracks(view: View) -> tuple[str, str, Shape]:
    """The tracks with the most plays."""
    return _top(view, "track")


def top_artists(view: View) -> tuple[str, str, Shape]:
    """The artists with the most plays."""
    return _top(view, "artist")


def top_releases(view: View) -> tuple[str, str, Shape]:
    """The releases with the most plays."""
    return _top(view, "release")


def activity(view: View) -> tuple[str, str, Shape]:
    """How many listeners have how many items, in classes that double."""
    heard = view.main
    each = np.diff(heard.interactions.matrix.indptr)
    each = each[each > 0]
    exponents = np.floor(np.log2(each)).astype(int)
    classes = np.arange(exponents.min(), exponents.max() + 1)
    labels = tuple("1" if e == 0 else f"{2**e:,}–{2 ** (e + 1) - 1:,}" for e in classes)
    values = tuple(int((exponents == e).sum()) for e in classes)
    amounts = np.sort(np.asarray(heard.amounts.sum(axis=1)).ravel())[::-1]
    tenth = amounts[: max(1, len(amounts) // 10)].sum() / amounts.sum()
    who, nouns = view.wording.who, plural(heard.noun)
    finding = (
        f"The middle {who} has {plain(float(np.median(each)))} {nouns}, the fullest {counted(each.max(), heard.noun)}; "
        f"the most active tenth makes up {percent(tenth)} of {view.wording.all}."
    )
    return finding, plural(who), Bars(labels, values, f"{nouns} of a {who}", ordered=True)


def repeats(view: View) -> tuple[str, str, Shape]:
    """How often a listener plays the same thing: shares of all pairs, and of all plays."""
    if view.signal != "listens":
        raise NotEnoughData(f"{view.signal} do not say how often anything was played")
    heard = view.main
    plays = heard.amounts.data[heard.amounts.data > 0]
    if plays.max(initial=0) <= 1:
        raise NotEnoughData(f"no listener has played {a(heard.noun)} twice, or the source counts once only")
    edges = [edge for edge in (1, 2, 3, 5, 10, 20, 50, 100, 1_000) if edge <= plays.max()]
    places = np.searchsorted(edges, plays, side="right") - 1
    labels = [f"{low:,}" if high - low == 1 else f"{low:,}–{high - 1:,}" for low, high in pairwise(edges)]
    labels.append(f"{edges[-1]:,}+")
    shares = [100 * plays[places == place].sum() / plays.sum() for place in range(len(edges))]
    again = 1 - len(plays) / plays.sum()
    finding = (
        f"{percent(again)} of the plays are of {a(heard.noun)} the listener had played before; the middle pair of "
        f"listener and {heard.noun} has {counted(float(np.median(plays)), 'play')}."
    )
    return (
        finding,
        "% of plays",
        Bars(tuple(labels), numbers(shares, 3), f"plays of one {heard.noun} by one listener", ordered=True),
    )


def _top(view: View, level: Level) -> tuple[str, str, Shape]:
    if level not in view.heard:
        raise NotEnoughData(f"the {view.signal} name no {view.nouns(level)}")
    heard = view.heard[level]
    first = heard.ranked[:TOP]
    names = view.labels(level, heard.interactions.item_ids[first].tolist())
    plays = heard.plays[first]
    unit = plural(view.wording.unit)
    leading = [named(name) for name in names[: int((plays == plays[0]).sum())]]
    if len(leading) == 1:
        finding = f"{leading[0]} comes first with {counted(plays[0], view.wording.unit)}"
    elif len(leading) <= 3:
        finding = f"{joined(leading)} come first with {counted(plays[0], view.wording.unit)} each"
    else:
        finding = (
            f"At least {counted(len(leading), heard.noun)} come first with {counted(plays[0], view.wording.unit)} each"
        )
    share = plays.sum() / heard.plays.sum()
    finding += f"; the first {len(first)} together have {percent(share)} of {view.wording.all}."
    return finding, unit, Bars(tuple(names), numbers(plays, 7), heard.noun)


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


RECIPES = (
    Recipe("lorenz", "How unequal it is", lorenz),
    Recipe("long-tail", "The long tail", long_tail),
    Recipe("top-tracks", "Top tracks", top_tracks, "track"),
    Recipe("top-releases", "Top releases", top_releases, "release"),
    Recipe("top-artists", "Top artists", top_artists, "artist"),
    Recipe("activity", "How active listeners are", activity),
    Recipe("repeats", "Playing it again", repeats),
)
