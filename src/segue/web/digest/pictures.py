"""Pictures of tracks as letters carry them: drawn ones as PNG, those of people's own files as small JPEGs."""

from __future__ import annotations

import re

from segue.web.catalog.models import Track
from segue.web.covers.art import Picture, scaled, sources_of
from segue.web.covers.recipes import of_track
from segue.web.covers.views import png
from segue.web.shown import Row

WIDE = 96
"""Twice as many pixels as they are wide in the letter."""
_DRAWN = re.compile(r"/cover/([\w=-]+)\.svg")


def picture_of(row: Row) -> Picture | None:
    """The picture of a track; a drawn one where that of its file cannot be read, None where the track is gone."""
    if drawn := _DRAWN.fullmatch(row.cover):
        return Picture("image/png", png(drawn[1], WIDE))
    own = next((found for source in sources_of(row.id) if (found := scaled(source)) is not None), None)
    track = Track.objects.filter(key=row.id).first() if own is None else None
    return own if track is None else Picture("image/png", png(of_track(track).code(), WIDE))
