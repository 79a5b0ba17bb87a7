"""What 50 million listens take: as a Library in memory, as Interactions, and on disk."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measure import MB, Meter, measure, parser, report
from segue.library import Interactions, Library
from segue.library.tables import REPEATED_ID, TIME

LISTENERS, TRACKS = 200_000, 500_000
YEAR_MS = 365 * 86_400_000


def build(meter: Meter, n: int) -> dict[str, float]:
    """Sizes in MB of the frames, the matrix and the files."""
    rng = np.random.default_rng(7)
    listener_ids = pl.Series([f"listener:{n:08}" for n in range(LISTENERS)]).cast(REPEATED_ID)
    track_ids = pl.Series([f"spotify:track:{n:022}" for n in range(TRACKS)]).cast(REPEATED_ID)
    meter.start()
    with meter.phase("make the library"):
        listens = pl.DataFrame(
            {
                "listener_id": listener_ids.gather(np.sort(rng.integers(0, LISTENERS, n))),
                "track_id": track_ids.gather((rng.random(n) ** 3 * TRACKS).astype(np.int64)),
                "time": pl.Series(rng.integers(0, YEAR_MS, n)).cast(TIME),
                "ms_played": rng.integers(1_000, 300_000, n).astype(np.int32),
                "skipped": rng.random(n) < 0.2,
            }
        ).with_columns(source=pl.lit("generated").cast(REPEATED_ID))
        library = Library.of(listens=listens)
        del listens
    with meter.phase("interactions"):
        interactions = Interactions.from_library(library)
    with meter.phase("interactions with order"):
        Interactions.from_library(library, ordered=True)
    matrix = interactions.matrix
    folder = Path(tempfile.mkdtemp())
    try:
        with meter.phase("save"):
            library.save(folder)
        disk = sum(path.stat().st_size for path in folder.iterdir())
        with meter.phase("open"):
            Library.open(folder)
    finally:
        shutil.rmtree(folder)
    return {
        "library": library.memory_bytes() / MB,
        "interactions": (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes) / MB,
        "parquet": disk / MB,
        "pairs": float(matrix.nnz),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    options = parser(__doc__)
    options.add_argument("--listens", type=int, default=50_000_000)
    chosen = options.parse_args(arguments)
    measured = measure(build, chosen.listens)
    rows: list[dict[str, Any]] = [
        {"what": what, "MB": measured.value[what]} for what in ("library", "interactions", "parquet")
    ]
    about = {name.replace(" ", "_") + "_s": seconds for name, seconds in measured.seconds.items()}
    report(f"{chosen.listens:,} listens", rows, chosen.json, pairs=int(measured.value["pairs"]),
           peak_mb_above_start=measured.peak_mb, **about)  # fmt: skip


if __name__ == "__main__":
    main()
