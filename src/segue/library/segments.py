"""Who listeners are, as far as they said: country, gender and age group."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from segue.library.library import Library

DECADE = 10


def segments_of(library: Library, listener_ids: np.ndarray) -> dict[str, np.ndarray]:
    """`country`, `gender` and `age` ("20-29") of these listeners, each object, shape (n,), None where it is not known.

    Only what anybody says is there. Ages are those in the year of the last listen.
    """
    wanted = pl.DataFrame({"listener_id": listener_ids.tolist()}, schema={"listener_id": pl.String})
    known = wanted.join(library.listeners, on="listener_id", how="left", maintain_order="left")
    last = library.listens["time"].max()
    year = last.year if isinstance(last, datetime) else datetime.now().astimezone().year
    start = (pl.lit(year) - pl.col("birth_year").cast(pl.Int32)) // DECADE * DECADE
    found = known.select(
        pl.col("country").str.to_uppercase(), "gender", age=pl.format("{}-{}", start, start + DECADE - 1)
    )
    return {
        column.name: column.to_numpy().astype(object) for column in found if column.null_count() < len(column)
    }  # fmt: skip


def age_group(age: int) -> str:
    """The age group of an age in years: "20-29"."""
    start = age // DECADE * DECADE
    return f"{start}-{start + DECADE - 1}"
