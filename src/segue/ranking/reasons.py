"""Why an item was recommended: the history items that the model which put it there owes its score to, exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from segue.ranking.served import Scored
from segue.ranking.walk import name_entries

NAMED = 3
LEAST_SHARE = 0.05
"""What gives less than this to a recommendation is not named as its reason, unless nothing gives more."""


@dataclass(frozen=True)
class Owed:
    """What one recommendation owes to the history.

    Attributes:
        part: the part of the model that speaks most for it, by its place in `Scored.names`.
        items: places in the history of the top contributors to that part's score, the largest first; none where the part
            cannot say, or owes nothing to the history.
        amounts: what each adds to the part's own score.
        shares: their parts (0 to 1) of all that speaks for it.
    """

    part: int
    items: tuple[int, ...]
    amounts: tuple[float, ...]
    shares: tuple[float, ...]


def owed(scored: Scored, places: np.ndarray, at_most: int = NAMED) -> list[Owed]:
    """What the items at these places of `scored` owe to the history, in order.

    The part named is the one that adds most to the item's score; its top contributors are exact, also where other parts agree.
    """
    leading = (
        np.argmax(scored.parts[:, places], axis=0) if len(scored.names) > 1 else np.zeros(len(places), dtype=np.int64)
    )
    found: list[Owed] = [Owed(int(part), (), (), ()) for part in leading]
    for part in sorted(set(leading.tolist())):
        here = np.flatnonzero(leading == part)
        amounts = scored.explain(part, places[here])
        if amounts is None or not amounts.size:
            continue
        top, n_named = np.empty((len(here), at_most), dtype=np.int64), np.empty(len(here), dtype=np.int64)
        most, shares = np.empty((len(here), at_most)), np.empty((len(here), at_most))
        name_entries(amounts, LEAST_SHARE, top, most, shares, n_named)
        rows = zip(here.tolist(), n_named.tolist(), top.tolist(), most.tolist(), shares.tolist(), strict=True)
        for place, n, columns, values, parts in rows:
            found[place] = Owed(part, tuple(columns[:n]), tuple(values[:n]), tuple(parts[:n]))
    return found


def in_words(names: Sequence[str], verbs: Collection[str] = ("played",)) -> str:
    """The reason as a sentence: "because you played Portishead and Tricky"; empty for no names."""
    if not names:
        return ""
    *others, verb = verbs
    return f"because of {listed(names)}" if others else f"because you {verb} {listed(names)}"


def listed(names: Sequence[str]) -> str:
    """Names as people list them: "A, B and C"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
