"""What of a track can be played, as the player is told."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from segue.web.catalog.models import Track
from segue.web.playing import made
from segue.web.playing.files import file_of, has_file
from segue.web.playing.links import exact_links, searches


def playable_of(track: Track) -> dict[str, Any]:
    """The kind ("file", "made", "link", "none"), and where it is."""
    links = exact_links(track)
    src, kind, content_type, duration_ms = reverse("audio", args=[track.key]), "link", None, track.duration_ms
    if (file := file_of(track)) is not None:
        kind, content_type, duration_ms = "file", file.type, file.duration_ms
    elif has_file(track):
        kind = "none"
    elif made.can_be_made(track) and made.is_equipped():
        kind, content_type, duration_ms = "made", made.TYPE, made.duration_ms(track)
    elif made.is_of_demo(track):
        # Nobody else has ever heard of it.
        kind = "none"
    if kind == "link":
        links += searches(track)
    return {
        "kind": kind, "src": src if content_type else None, "type": content_type, "duration_ms": duration_ms,
        "links": [one._asdict() for one in links], "lyrics": bool(track.lyrics),
    }  # fmt: skip
