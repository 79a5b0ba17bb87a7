"""Which file of a track is played, and what a browser is told that it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from segue.web.catalog.models import AudioFile, Track

# Kinds of files that browsers play, those that most of them play best first.
_TYPES = {
    "mp3": "audio/mpeg", "flac": "audio/flac", "m4a": "audio/mp4", "m4b": "audio/mp4", "mp4": "audio/mp4", "aac": "audio/aac",
    "wav": "audio/wav", "wave": "audio/wav", "opus": "audio/ogg", "ogg": "audio/ogg", "oga": "audio/ogg", "weba": "audio/webm",
    "webm": "audio/webm",
}  # fmt: skip
_PLACES = {suffix: place for place, suffix in enumerate(_TYPES)}
_NOT_PLAYED = frozenset({"alac", "wma", "ape", "aiff", "aif", "wv", "dsf", "dff", "mpc", "speex"})
"""Codecs that browsers do not play, in whatever file they are."""


class Playable(NamedTuple):
    """A file that a browser can play."""

    path: Path
    type: str
    duration_ms: int | None


def has_file(track: Track) -> bool:
    """Whether a scan found any file of the track."""
    return track.files.exists()


def file_of(track: Track) -> Playable | None:
    """The file of a track that browsers play best; None where there is none that they play."""
    found = sorted(filter(_is_played, track.files.all()), key=lambda one: (_PLACES[_suffix(one)], one.pk))
    for one in found:
        path = Path(one.path)
        if path.is_absolute() and os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for names that are too long
            return Playable(path, _TYPES[_suffix(one)], one.duration_ms or track.duration_ms)
    return None


def _is_played(file: AudioFile) -> bool:
    return _suffix(file) in _TYPES and (file.codec or "").lower() not in _NOT_PLAYED


def _suffix(file: AudioFile) -> str:
    return Path(file.path).suffix.lower().removeprefix(".")
