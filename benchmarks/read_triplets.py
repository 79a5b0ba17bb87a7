"""Reading Taste Profile triplets into a Library, beside a bare `polars.read_csv` of the same file.

The bare read is taken twice: with ids as text, and with ids as categoricals, as the Library keeps them. Ours gives the
whole Library: listens, songs and listeners, with every id, count and repeat checked.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measure import MB, Measurement, Meter, measure, parser, report
from segue.sources import Rejects, readers

# As in the real data: 48.4 million triplets of 1,019,318 users and 384,546 songs.
ROWS_PER_USER, SONGS = 47, 384_546
HEXADECIMAL, LETTERS = b"0123456789abcdef", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def codes(rng: np.random.Generator, letters: bytes, n: int, length: int) -> pl.Series:
    """Random ids of one length."""
    drawn = np.frombuffer(letters, dtype=np.uint8)[rng.integers(0, len(letters), (n, length))]
    return pl.Series(drawn.view(f"S{length}").ravel().astype(str))


def write_triplets(path: Path, rows: int, seed: int) -> None:
    """A file sorted by user, without repeats; few songs have most of the plays."""
    rng = np.random.default_rng(seed)
    users = codes(rng, HEXADECIMAL, max(rows // ROWS_PER_USER, 1), 40)
    songs = "SO" + codes(rng, LETTERS, min(SONGS, rows), 16)
    drawn = int(rows * 1.05) + 100
    user = rng.integers(0, len(users), drawn)
    song = (len(songs) * rng.random(drawn) ** 3).astype(np.int64)
    pairs = np.unique(user * len(songs) + song)
    pairs = np.sort(rng.choice(pairs, min(rows, len(pairs)), replace=False))
    pl.DataFrame(
        {
            "user": users.gather(pairs // len(songs)),
            "song": songs.gather(pairs % len(songs)),
            "plays": rng.geometric(0.4, len(pairs)),
        }
    ).write_csv(path, separator="\t", include_header=False)


def bare(meter: Meter, path: Path, ids: str) -> int:
    """One `read_csv` with every column typed."""
    dtype = pl.Categorical() if ids == "categorical" else pl.String()
    with meter.phase("read"):
        frame = pl.read_csv(
            path, separator="\t", has_header=False, quote_char=None,
            schema={"user": dtype, "song": dtype, "plays": pl.Int32},
        )  # fmt: skip
    return frame.height


def ours(meter: Meter, path: Path) -> int:
    """The reader of Taste Profile."""
    reader, rejects = readers()["taste-profile"], Rejects()
    with meter.phase("read"):
        library = reader.read(path, rejects)
    if rejects:
        raise ValueError(f"{len(rejects)} rows were rejected, the first: {rejects.rows[0]}")
    return library.listens.height


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--repeats", type=int, default=3, help="the fastest of so many runs counts")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args(arguments)
    ways: dict[str, tuple[Any, ...]] = {
        "polars.read_csv, ids as text": (bare, "text"),
        "polars.read_csv, ids as categoricals": (bare, "categorical"),
        "Segue, a Library": (ours,),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train_triplets.txt"
        write_triplets(path, chosen.rows, chosen.seed)
        size_mb = path.stat().st_size / MB
        begun = time.perf_counter()
        # The ways take turns, so that whatever else the machine does falls on all alike.
        taken: dict[str, list[Measurement]] = {name: [] for name in ways}
        for _ in range(chosen.repeats):
            for name, (function, *rest) in ways.items():
                taken[name].append(measure(function, path, *rest))
    best = {name: min(runs, key=lambda run: run.seconds["read"]) for name, runs in taken.items()}
    rows = [
        {
            "way": name, "rows": run.value, "seconds": run.seconds["read"], "MB/s": size_mb / run.seconds["read"],
            "peak MB": run.peak_mb,
        }
        for name, run in best.items()
    ]  # fmt: skip
    text, categorical, segue = (run.seconds["read"] for run in best.values())
    report(
        f"Reading {size_mb:,.0f} MB of triplets", rows, chosen.json,
        times_the_read_with_ids_as_text=segue / text,
        times_the_read_with_ids_as_categoricals=segue / categorical,
        seconds_in_all=time.perf_counter() - begun,
    )  # fmt: skip


if __name__ == "__main__":
    main()
