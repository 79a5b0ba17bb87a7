"""Why an item was recommended: the history items that the model owes its score to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommenders.base import Explains, Recommender

NAMED = 3
LEAST_SHARE = 0.05
"""What gives less than this to a recommendation is not named as its reason, unless nothing gives more."""


@dataclass(frozen=True)
class Reason:
    """One history item behind a recommendation.

    `item` is its index, `amount` what it adds to the score, and `share` its part (0 to 1) of all that speaks for the
    recommendation.
    """

    item: int
    amount: float
    share: float


def reasons_for(
    model: Recommender, history: sparse.csr_array, items: Sequence[int] | np.ndarray, at_most: int = NAMED
) -> list[tuple[Reason, ...]]:
    """The top contributors to each item's score for one history, shape (1, n_items), the largest first.

    Only history items that speak for the recommendation are named. Empty where the model cannot explain itself, or the
    score owes nothing to the history (as with popularity).
    """
    if not isinstance(model, Explains) or not history.nnz:
        return [() for _ in items]
    found = []
    for item in items:
        contributions = model.contributions(history, int(item))
        speaking = contributions.amounts > 0
        total = float(contributions.amounts[speaking].sum())
        top = zip(contributions.items[speaking][:at_most], contributions.amounts[speaking][:at_most], strict=True)
        reasons = [Reason(int(name), float(amount), float(amount) / total) for name, amount in top]
        found.append(tuple(reason for reason in reasons if reason.share >= LEAST_SHARE or reason is reasons[0]))
    return found


def in_words(names: Sequence[str], verb: str = "played") -> str:
    """The reason as a sentence: "because you played Portishead and Tricky"; empty for no names."""
    if not names:
        return ""
    *others, last = names
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"because you {verb} {listed}"
