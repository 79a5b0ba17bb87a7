"""What came of what was shown, by day, surface, source and snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import polars as pl
from django.db import connection

from segue.web.insights.rollups.listening import day_of

_PAGES_AT_ONCE = 4_000
KEYS = ("day", "surface", "source", "snapshot")
COUNTS = ("pages", "shown", "played", "through", "skipped", "liked", "disliked")
_NO_SOURCE = "unknown"


def shelf_days() -> Iterator[pl.DataFrame]:
    """Sums of some thousand pages at a time: add them up. At least one frame."""
    yield pl.DataFrame(
        schema=dict.fromkeys(KEYS[1:], pl.String) | {"day": pl.Date} | dict.fromkeys(COUNTS, pl.Int64)
    ).select(*KEYS, *COUNTS)
    last = None
    while pages := _pages(last):
        yield _added_up(pages, _outcomes(last, pages[-1][0]))
        last = pages[-1][0]


def _pages(last: Any) -> list[tuple[Any, ...]]:
    """The pages whose ids come next."""
    after = "" if last is None else "WHERE id > %s"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, surface, snapshot, shown_ms, CAST(tracks AS TEXT) FROM discovery_exposure"  # noqa: S608
            f" {after} ORDER BY id LIMIT {_PAGES_AT_ONCE}",
            [] if last is None else [last],
        )
        return list(cursor.fetchall())


def _outcomes(last: Any, until: Any) -> list[tuple[Any, ...]]:
    after = "" if last is None else "AND exposure_id > %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT exposure_id, track_key, kind FROM discovery_outcome WHERE exposure_id <= %s {after}",  # noqa: S608
            [until] if last is None else [until, last],
        )
        return list(cursor.fetchall())


def _added_up(pages: list[tuple[Any, ...]], outcomes: list[tuple[Any, ...]]) -> pl.DataFrame:
    number = {page[0]: place for place, page in enumerate(pages)}
    places = [(place, track[0], track[1]) for place, page in enumerate(pages) for track in orjson.loads(page[4])]
    shown = pl.DataFrame(places, {"page": pl.Int64, "track": pl.String, "source": pl.String}, orient="row")
    about = pl.DataFrame(
        [(place, *page[1:4]) for place, page in enumerate(pages)],
        {"page": pl.Int64, "surface": pl.String, "snapshot": pl.String, "shown_ms": pl.Int64}, orient="row",
    )  # fmt: skip
    told = pl.DataFrame(
        [(number[page], track, kind) for page, track, kind in outcomes if page in number],
        {"page": pl.Int64, "track": pl.String, "kind": pl.String}, orient="row",
    )  # fmt: skip
    came = told.group_by("page", "track").agg(
        **{kind: (pl.col("kind") == kind).any() for kind in ("played", "skipped", "liked", "disliked")}
    )
    each = (
        shown.with_columns(pl.col("source").fill_null(_NO_SOURCE))
        .unique(["page", "track"], keep="first", maintain_order=True)
        .join(came, on=["page", "track"], how="left")
        .join(about, on="page")
        .with_columns(
            pl.col("played", "skipped", "liked", "disliked").fill_null(value=False), day_of(pl.col("shown_ms"))
        )
    )
    begun = pl.col("played") | pl.col("skipped")
    return each.group_by(KEYS).agg(
        pages=pl.col("page").n_unique().cast(pl.Int64), shown=pl.len().cast(pl.Int64), played=begun.sum().cast(pl.Int64),
        through=(begun & ~pl.col("skipped")).sum().cast(pl.Int64), skipped=pl.col("skipped").sum().cast(pl.Int64),
        liked=pl.col("liked").sum().cast(pl.Int64), disliked=pl.col("disliked").sum().cast(pl.Int64),
    )  # fmt: skip
