"""Rows of tracks as JSON, for the player."""

from __future__ import annotations

from typing import Any

from segue.web.shown import Row


def as_json(row: Row) -> dict[str, Any]:
    """A row as the player takes it; `reasons` is what `Row.told` says."""
    return {
        "id": row.id, "title": row.title, "by": row.by,
        "artists": [{"id": one.id, "name": one.name} for one in row.artists],
        "cover": row.cover, "ms": row.length_ms, "why": row.why, "reasons": row.told, "said": row.said,
    }  # fmt: skip
