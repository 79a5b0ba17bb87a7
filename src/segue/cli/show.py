"""Recommendations as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segue.cli.context import say
from segue.engine.engine import Because, Recommendation
from segue.features.likeness import Shared
from segue.ranking.reasons import in_words


def recommendations(found: Sequence[Recommendation], *, why: bool = False, verb: str = "played") -> None:
    """A numbered list; with `why`, each with what it owes to (what you `verb`) and the shares."""
    for place, one in enumerate(found, 1):
        say(f"{place:>3}. {name_of(one)}")
        if why and one.because:
            sentence = in_words([name_of(because) for because in one.because], verb)
            shares = ", ".join(f"{because.share:.0%}" for because in one.because)
            say(f"{sentence} ({shares})", indent=5)
        elif why and one.alike:
            say("; ".join(_in_common(each) for each in one.alike), indent=5)
        elif why and one.source.startswith("popularity"):
            say("because many listeners play it", indent=5)


_GROUPS = {"numeric": "year and length", "sound": "timbre and rhythm", "playlists": "playlists it is in"}


def _in_common(one: Shared) -> str:
    what = f" ({', '.join(one.what)})" if one.what else ""
    return f"{_GROUPS.get(one.group, one.group)} {one.share:.0%}{what}"


def name_of(item: Recommendation | Because) -> str:
    """What people call it: Artist - Title, or the name alone for an artist."""
    artists = ", ".join(item.artists)
    return item.title if not artists or artists == item.title else f"{artists} - {item.title}"


def as_documents(found: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """For JSON."""
    return [asdict(one) for one in found]
