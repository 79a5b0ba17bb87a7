"""What two tracks have in common, in a few words people read."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from segue.features.likeness import Shared

MOST = NAMES = 2
"""So many things are said, each of so many words: more is a list."""


def in_common(alike: Sequence[Shared]) -> str:
    """What they share most: "both hazy, noisy and swirling; both with organ"; empty where nothing can be said."""
    said = [(words, one.group in _WEAK) for one in alike if (words := _words(one))]
    telling = [words for words, weak in said if not weak] or [words for words, _weak in said]
    return "; ".join(dict.fromkeys(telling[:MOST]))


_WEAK = {"lyrics", "numeric", "facts"}
"""They say little: only where there is nothing else."""


def _words(one: Shared) -> str:
    what = str(get_text_list([_named(each) for each in one.what[:NAMES]], _("and")))
    told = {
        "tags": what and _("both %s") % what, "genres": what and _("both %s") % what,
        "instruments": what and _("both with %s") % what, "labels": what and _("both on %s") % what,
        "audio": what and _("alike in %s") % what, "sound": _("alike in timbre and rhythm"),
        "artists": _("by the same artist"), "releases": _("from the same release"),
        "playlists": _("in the same playlists"), "lyrics": _("alike in what they sing of"),
        "numeric": _("alike in year and length"), "facts": _("of the same kind and language"),
    }  # fmt: skip
    return told.get(one.group, "")


def _named(told: str) -> str:
    """What people call it; of a number with both values ("tempo 128 / 131"), without them."""
    name = told.rsplit(" ", 3)[0] if " / " in told else told
    return {
        "acousticness": _("acoustic sound"), "instrumentalness": _("how little is sung"), "liveness": _("live feel"),
        "speechiness": _("how much is spoken"), "valence": _("mood"),
    }.get(name, name)  # fmt: skip
