"""What an analysis says, as the columns of the library's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segue.library.tables import FILES, TRACKS, Column
from segue.sources.music_library import HEARD

_COLUMNS = {column.name: column for column in (*FILES.columns, *TRACKS.columns)}
_OF_FILES = ("duration_ms", "sample_rate", "channels")


def columns_of(heard: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `tracks` and `files` that an analysis fills; a value that the table would refuse is left out."""
    values = {name: _allowed(_COLUMNS[name], heard.get(name)) for name in (*HEARD, *_OF_FILES) if name != "sound"}
    sound = list(heard.get("sound") or ())
    # Silence sounds like nothing: a vector of zeros would be the mean of all music.
    values["sound"] = sound if any(sound) and all(map(math.isfinite, sound)) else None
    return {name: value for name, value in values.items() if value is not None}


def _allowed(column: Column, value: Any) -> Any:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    least = -math.inf if column.minimum is None else column.minimum
    most = math.inf if column.maximum is None else column.maximum
    return value if least <= value <= most else None
