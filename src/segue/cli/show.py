"""Recommendations as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segue.cli.context import say
from segue.engine.request import Because, Reason, Recommendation
from segue.features.likeness import Shared


def recommendations(found: Sequence[Recommendation], *, why: bool = False) -> None:
    """A numbered list; with `why`, each with its reasons, or with what it has in common with what was asked about."""
    for place, one in enumerate(found, 1):
        say(f"{place:>3}. {name_of(one)}")
        if why and one.reasons:
            say("; ".join(_with_names(reason) for reason in one.reasons), indent=5)
        elif why and one.alike:
            say("; ".join(_in_common(each) for each in one.alike), indent=5)


def _with_names(reason: Reason) -> str:
    """A reason, with what is behind it: the items and their shares, where they are more than the words say."""
    behind = [f"{name_of(one)} {one.share:.0%}" for one in reason.because]
    return f"{reason.text} ({', '.join(behind)})" if behind else reason.text


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
