"""What two tracks have in common, in a few words people read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from segue.features.likeness import Shared

MOST = NAMES = 2
"""So many things are said, each of so many words: more is a list."""


def in_common(alike: Sequence[Shared]) -> str:
    """What they share most: "both hazy and noisy; both with organ"; empty where nothing can be said."""
    said: list[tuple[str, bool]] = []
    named: set[str] = set()
    for one in alike:
        # A genre is often a tag as well; and what is of two decades at once is of neither.
        what = [word for word in map(_named, one.what) if word not in named and not _DECADE.fullmatch(word)][:NAMES]
        named.update(what)
        if words := _words(one.group, str(get_text_list(what, _("and")))):
            said.append((words, one.group in _WEAK))
    telling = [words for words, weak in said if not weak] or [words for words, _weak in said]
    return "; ".join(telling[:MOST])


_WEAK = {"lyrics", "numeric", "facts"}
"""They say little: only where there is nothing else."""
_DECADE = re.compile(r"(?:\d\d)?\d0s")


def _words(group: str, what: str) -> str:
    told = {
        "tags": what and _("both %s") % what, "genres": what and _("both %s") % what,
        "instruments": what and _("both with %s") % what, "labels": what and _("both on %s") % what,
        "audio": what and _("alike in %s") % what, "sound": _("alike in timbre and rhythm"),
        "artists": _("by the same artist"), "releases": _("from the same release"),
        "playlists": _("in the same playlists"), "lyrics": _("alike in what they sing of"),
        "numeric": _("alike in year and length"), "facts": _("of the same kind and language"),
    }  # fmt: skip
    return told.get(group, "")


def _named(told: str) -> str:
    """What people call it; of a number with both values ("tempo 128 / 131"), without them."""
    name = told.rsplit(" ", 3)[0] if " / " in told else told
    return {
        "acousticness": _("acoustic sound"), "instrumentalness": _("singing"), "liveness": _("live feel"),
        "speechiness": _("speech"), "valence": _("mood"),
    }.get(name, name)  # fmt: skip
