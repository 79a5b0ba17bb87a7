"""Times that cannot be true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl


def believable(listens: pl.DataFrame) -> pl.DataFrame:
    """Listens whose times are not known where they lie more than a day ahead: a clock that ran wrong says nothing."""
    ahead = pl.col("time") > datetime.now(UTC) + timedelta(days=1)
    return listens.with_columns(time=pl.when(~ahead).then("time"))
