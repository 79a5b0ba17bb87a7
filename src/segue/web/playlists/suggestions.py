"""What would go well with a playlist."""

from __future__ import annotations

from dataclasses import replace

from segue.engine.request import Answer, Exclusion, History, Request
from segue.web.discovery.serving import engine
from segue.web.listening.known import known_of
from segue.web.listening.models import Listener
from segue.web.playlists.models import Playlist
from segue.web.playlists.services import track_keys

MOST_SEEDS = 200


def suggestions(playlist: Playlist, listener: Listener, n: int) -> Answer:
    """`n` tracks that are like those of a playlist and not on it; none for an empty one. Raises `BadSnapshot`.

    What the listener does not want to hear is left out; what else they play does not count.
    """
    current = engine()
    keys = list(dict.fromkeys(track_keys(playlist)))
    if not keys:
        return Answer(current.manifest.name, ())
    # Evenly from all of it: a long playlist is not what its first tracks are.
    seeds = tuple(keys[:: -(-len(keys) // MOST_SEEDS)])
    known = known_of(listener)
    there = tuple(Exclusion("item", key) for key in keys)
    exclusions = replace(known.exclusions, never=known.exclusions.never + there)
    asked = Request(
        History(), seeds=seeds, n=n, context=known.context, controls=known.controls, exclusions=exclusions
    )  # fmt: skip
    [answer] = current.recommend([asked])
    return answer
