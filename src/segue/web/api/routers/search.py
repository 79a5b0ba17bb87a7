"""Search."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from segue.web.api.auth import Needs
from segue.web.api.errors import Problem
from segue.web.catalog import search
from segue.web.listening.models import Listener
from segue.web.listening.searches import note_search

router = Router()
PREFIX = "/search"
TAG = "search"

Kind = Literal["artist", "track", "release", "genre", "playlist"]


class SearchHit(Schema):
    """One thing found."""

    kind: Kind
    id: str = Field(examples=["artist:bjork"])
    title: str = Field(examples=["Björk"])
    subtitle: str = Field(description="By whom, or what it is.", examples=["art pop"])
    score: float = Field(description="Orders what one search found.", examples=[1.71])


class SearchHits(Schema):
    """What was found, the best first."""

    items: list[SearchHit]


@router.get("", auth=Needs("read"), response=SearchHits, summary="Search", operation_id="search")
def find(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=20_000, description="What to look for.", examples=["bjork"])],
    kinds: Annotated[list[Kind], Query(max_length=5, description="Repeat it for each kind; none: all.")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    typing: Annotated[  # noqa: FBT002
        bool, Query(description="1 while somebody still types: then it is not kept as a search.")
    ] = False,
) -> Any:
    """Artists, tracks, releases, genres and playlists by name, also mistyped or half typed.

    A whole search (without `typing`) counts in the next recommendations, unless a private session goes on.
    """
    if not q.strip():
        raise Problem(422, "empty", "q is empty: say what to look for.")
    listener: Listener = request.auth.listener  # type: ignore[attr-defined]
    found = search.find(q, kinds, limit, listener)
    if not typing and found:
        _note(listener, q, found)
    return {"items": [hit._asdict() | {"id": hit.key} for hit in found]}


def _note(listener: Listener, words: str, found: list[search.Found]) -> None:
    """Keep a search with the track or artist that answered it best."""
    best = next((hit for hit in found if hit.kind in {"track", "artist"}), None)
    if best is not None:
        note_search(listener, words, **{best.kind: best.key})
