"""What mixes say of themselves: names, genres and dates in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from segue.engine.engine import Engine
from segue.engine.request import Recommendation
from segue.ranking.reasons import listed

_TIMES = {1: "once", 2: "twice"}


def and_more(names: Sequence[str], shown: int = 2) -> str:
    """The first names of several: "Portishead, Tricky and more"; empty for none."""
    names = list(dict.fromkeys(names))
    if len(names) <= shown:
        return listed(names) if names else ""
    return f"{', '.join(names[:shown])} and more"


def lead_artists(tracks: Sequence[Recommendation]) -> list[str]:
    """The main artists of tracks: those with most tracks first, of equals those that come first."""
    names = [track.artists[0] if track.artists else track.title for track in tracks]
    return sorted(dict.fromkeys(names), key=lambda name: -names.count(name))


def genres_in(items: np.ndarray, engine: Engine, shown: int = 3) -> list[str]:
    """The genres that items have most of, by share; none where they are not known."""
    facts = engine.catalogue.facts
    if not len(items) or not facts.genre_names:
        return []
    total = np.asarray(facts.genres[items].sum(axis=0)).ravel()
    order = np.argsort(-total, kind="stable")[:shown]
    return [facts.genre_names[code] for code in order if total[code] > 0]


def in_month(time_ms: int) -> str:
    """The month of a time, by UTC: "March 2025"."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%B %Y")


def times(plays: float) -> str:
    """How often: "once", "twice", "12 times"."""
    number = max(1, round(plays))
    return _TIMES.get(number, f"{number:,} times")


def ended(text: str, words: Sequence[str]) -> str:
    """A sentence that may end with what it holds: "New to you: jazz, soul and funk."."""
    return f"{text}: {listed(words)}." if words else f"{text}."
