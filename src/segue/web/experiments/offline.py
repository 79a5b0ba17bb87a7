"""What to try next, from places that the lottery filled: other lotteries, judged by what came of the draws that were made.

Swaminathan & Joachims (2015): the draws are weighted by how much likelier the other lottery had made them. Which tracks were in the
hat is not kept, so the probabilities of another lottery are known up to a factor: hence the self-normalised estimate, and no doubly
robust one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.errors import BadSnapshot
from segue.evaluation.experiments import Estimate, snips
from segue.web.discovery.models import Exposure, Outcome
from segue.web.discovery.serving import engine
from segue.web.experiments.measuring import DAY_MS

LATELY_DAYS = 28
MOST_PAGES = 20_000
LEAST = 100
CLIP = 20.0
_AT_ONCE = 500


@dataclass(frozen=True)
class Tried:
    """Another lottery, and the share of its tracks that would be played to the end."""

    name: str
    estimate: Estimate


@dataclass(frozen=True)
class Draws:
    """Draws: how likely each was, whether it was played to the end, how well known the track is (0 to 1), and whose page."""

    propensity: np.ndarray
    through: np.ndarray
    rank: np.ndarray
    listener: np.ndarray


def tried(now_ms: int) -> list[Tried]:
    """The lottery as it was, beside others; none where fewer than a hundred draws are known."""
    draws = _draws(now_ms)
    if len(draws.propensity) < LEAST:
        return []
    n = len(draws.propensity)
    lotteries = {
        "as it was drawn": draws.propensity,
        "every track as likely as any other": np.full(n, draws.propensity.min()),
        "less known tracks alone": draws.propensity * (draws.rank < 0.5),
        "well-known tracks alone": draws.propensity * (draws.rank >= 0.5),
    }
    return [
        Tried(name, snips(draws.through, draws.propensity, new, clip=CLIP, groups=draws.listener))
        for name, new in lotteries.items() if new.any()
    ]  # fmt: skip


def _draws(now_ms: int) -> Draws:
    """The draws of the last weeks, at most of so many pages."""
    drawn: dict[tuple[str, str], tuple[float, int]] = {}
    since = now_ms - LATELY_DAYS * DAY_MS
    # What no lottery filled has no propensity: those pages need not be read.
    pages = Exposure.objects.filter(shown_ms__gte=since, tracks__icontains='"exploration"').order_by("-shown_ms")
    for pk, listener, tracks in pages.values_list("pk", "listener_id", "tracks")[:MOST_PAGES].iterator():
        drawn |= {(str(pk), track[0]): (track[2], listener) for track in tracks if track[2]}
    played = _played({page for page, _ in drawn}) & drawn.keys()
    try:
        facts, places = engine().catalogue.facts, engine().places([key for _, key in drawn])
        rank = np.where(places >= 0, np.asarray(facts.rank)[np.maximum(places, 0)], 0.0)
    except BadSnapshot:
        rank = np.zeros(len(drawn))
    return Draws(
        np.array([one[0] for one in drawn.values()], dtype=float), np.array([one in played for one in drawn], dtype=float),
        rank, np.array([one[1] for one in drawn.values()]),
    )  # fmt: skip


def _played(pages: set[str]) -> set[tuple[str, str]]:
    """Page and track of what was played to the end from these pages: those of all others are not read."""
    ids, found = sorted(pages), set()
    for start in range(0, len(ids), _AT_ONCE):
        told = Outcome.objects.filter(kind="played", exposure_id__in=ids[start : start + _AT_ONCE])
        found |= {(str(page), key) for page, key in told.values_list("exposure_id", "track_key")}
    return found
