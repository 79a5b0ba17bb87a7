"""Values as exports write them: one line of text, whole numbers, ids of Spotify and MusicBrainz, times."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

_NOT_TEXT = re.compile("[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff]+")
_SPOTIFY = re.compile(
    r"(?:spotify:|https?://open\.spotify\.com/(?:intl-\w+/)?)(\w+)[:/]([0-9A-Za-z]{22})(?![0-9A-Za-z])"
)
_SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_LARGEST = 2**31 - 1


def text(value: object) -> str | None:
    """A value as one line of text: without control characters and outer spaces; None where none is left."""
    return _NOT_TEXT.sub(" ", value).strip() or None if isinstance(value, str) else None


def texts(values: object) -> tuple[str, ...]:
    """The texts in a list."""
    return tuple(filter(None, map(text, values))) if isinstance(values, list) else ()


def whole(value: object) -> int | None:
    """A value as a whole number from 0 to 2^31 - 1; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and 0 <= number <= _LARGEST else None


def spotify_uri(value: object, kind: str = "track") -> str | None:
    """A Spotify URI, a link to open.spotify.com or a bare id as `spotify:kind:id`; None where it is of another kind."""
    plain = text(value) or ""
    if _SPOTIFY_ID.fullmatch(plain):
        return f"spotify:{kind}:{plain}"
    match = _SPOTIFY.match(plain)
    return f"spotify:{kind}:{match[2]}" if match and match[1] == kind else None


def mbid(value: object) -> str | None:
    """The MusicBrainz id in a text or link."""
    match = _MBID.search((text(value) or "").lower())
    return match[0] if match else None


def isrc(value: object) -> str | None:
    """An ISRC without hyphens."""
    plain = (text(value) or "").upper().replace("-", "")
    return plain if _ISRC.fullmatch(plain) else None


def moment(value: object) -> datetime | None:
    """A time in UTC from ISO 8601 text or seconds since 1970; None where it is neither, or not of our days."""
    try:
        if isinstance(value, str):
            written = datetime.fromisoformat(value.strip())
            time = written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            time = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return time if 1970 <= time.year <= 2100 else None


def began(end: datetime, ms_played: int) -> datetime:
    """When a play that ended then began."""
    return end - timedelta(milliseconds=ms_played)
