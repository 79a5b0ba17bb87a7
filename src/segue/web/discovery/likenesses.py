"""What is like a track, and the way from one track to another."""

from __future__ import annotations

from collections.abc import Sequence

from segue.engine.request import Context, Controls, Exclusions, Recommendation, Request
from segue.mixes.path import SongPath, paths
from segue.web.discovery.serving import engine
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener


def similar(track: str, n: int, *, why: bool) -> tuple[str, Sequence[Recommendation]]:
    """The snapshot, and the `n` tracks most like one; with `why`, each with what it shares. Raises `NotFound`, `BadSnapshot`."""
    current = engine()
    [found] = current.similar([track], n, alike=why)
    return current.manifest.name, found


def path(listener: Listener, first: str, last: str, steps: int) -> tuple[str, SongPath]:
    """The snapshot, and a way between two tracks, through what the listener will hear.

    Raises `NotFound`, `BadRequest`, `NotEnoughData` and `BadSnapshot`.
    """
    current, known = engine(), known_of(listener)
    # The dial is of what is known and unknown: of that a path says nothing.
    asked = Request(
        context=Context(known.now_ms), controls=Controls(explicit=known.controls.explicit),
        exclusions=Exclusions(known.exclusions.never),
    )  # fmt: skip
    [found] = paths([(first, last)], current, steps, asked)
    return current.manifest.name, found
