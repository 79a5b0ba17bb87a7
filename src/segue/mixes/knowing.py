"""What a listener knows already: the familiar part of mixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Reason, Recommendation, Request
from segue.mixes.base import For
from segue.mixes.saying import in_month, times
from segue.ranking.filters import allowed
from segue.ranking.past import NEVER
from segue.ranking.pipeline import barred_items

HISTORY = "history"
"""The source of what is there because the listener plays it."""


@dataclass(frozen=True, eq=False)
class Known:
    """Items that speak for the listener's taste and may be played: of each song the version they play most.

    Attributes:
        items: int32 (n,), ascending.
        weights: float32 (n,), above 0: plays and likes.
        plays: float32 (n,): 0 for what was only liked or put on a playlist.
        last_ms: int64 (n,): when last, in ms since 1970 UTC; `NEVER` where not known.
        liked: bool (n,).
        now_ms: the time of asking.
    """

    items: np.ndarray
    weights: np.ndarray
    plays: np.ndarray
    last_ms: np.ndarray
    liked: np.ndarray
    now_ms: int

    def __len__(self) -> int:
        return len(self.items)

    def only(self, rows: np.ndarray) -> Known:
        """These (flags or places)."""
        return Known(
            self.items[rows], self.weights[rows], self.plays[rows], self.last_ms[rows], self.liked[rows], self.now_ms
        )

    def of(self, items: np.ndarray) -> Known:
        """Those among these items."""
        return self.only(np.isin(self.items, items))

    def days(self, unknown: float) -> np.ndarray:
        """Days since each was last played, float64, shape (n,)."""
        return np.where(self.last_ms == NEVER, unknown, np.maximum(self.now_ms - self.last_ms, 0) / 86_400_000)


def known(one: For, engine: Engine, *, playable: bool = True) -> Known:
    """What the listener knows, and, where `playable`, what of it the controls and exclusions allow.

    Where exclusions ask that nothing heard in the last days comes back, it does not.
    """
    request = Request(one.history, context=one.context, controls=one.controls, exclusions=one.exclusions)
    ask = engine.ask(request)
    past, work = ask.past, engine.catalogue.facts.work
    good = past.weights > 0
    if playable:
        days = one.exclusions.heard_within_days
        unwanted = barred_items(past, days) if days is not None else past.items[past.weights < 0]
        good &= ~np.isin(work[past.items], work[unwanted]) & allowed(engine.catalogue.facts, past.items, ask.wanted)
    rows = np.flatnonzero(good)
    best = rows[np.lexsort((past.items[rows], -past.weights[rows]))]
    _, first = np.unique(work[past.items[best]], return_index=True)
    rows = np.sort(best[first])
    items = past.items[rows]
    liked = (
        np.isin(items, engine.places(one.history.likes)) if one.history.likes else np.zeros(len(items), dtype=np.bool_)
    )
    return Known(items, past.weights[rows], past.plays[rows], past.last_ms[rows], liked, past.now_ms)


def familiar(told: Known, engine: Engine, texts: Sequence[str] | None = None) -> list[Recommendation]:
    """Known items as tracks of a mix, in order, each with how often it was played, and when last; or with these words."""
    named = engine.described(told.items)
    said = [_how(told, row) for row in range(len(told))] if texts is None else texts
    return [
        Recommendation(item_id, title, artists, float(weight), HISTORY, (HISTORY,), (Reason("played", text),))
        for (item_id, title, artists), weight, text in zip(named, told.weights, said, strict=True)
    ]


def _how(told: Known, row: int) -> str:
    plays, last_ms = float(told.plays[row]), int(told.last_ms[row])
    like = "you like it" if told.liked[row] else ""
    if plays <= 0:
        return like or "it is on a playlist of yours"
    text = f"played it {times(plays)}"
    if last_ms != NEVER:
        text += f", {'' if round(plays) <= 1 else 'last '}in {in_month(last_ms)}"
    return f"{like} and {text}" if like else f"you {text}"
