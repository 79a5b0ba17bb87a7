"""The database as a Library directory: what models learn from, and what `Library.open` opens. Memory does not grow with listens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from segue.errors import Busy
from segue.library.library import FORMAT, MANIFEST, write_atomically
from segue.library.tables import TABLES
from segue.web.accounts.erasure import is_erased
from segue.web.catalog.reading import Keys, batches, one_moment

ROWS_AT_ONCE = 1 << 17
_AT_ONCE = {"tracks": 1 << 14, "releases": 1 << 14, "artists": 1 << 14, "playlists": 1 << 12}
_TRIES = 5
_DRAFT = ".export-"
_DIGEST = "[0-9a-f]" * 12


def export(path: Path, progress: Callable[[str], None] | None = None) -> dict[str, int]:
    """Write the database, as it is at this moment, as a library into a directory. The rows of each table.

    The library that is there is replaced in one rename: interrupted at any point, it stays. One process at a time may write into
    a directory; for the home's, hold `Home.changing`. `progress` is told what is done now.
    """
    path.mkdir(parents=True, exist_ok=True)
    _clear(path)
    draft = path / f"{_DRAFT}{os.getpid()}"
    try:
        names, rows = _write(draft, progress or (lambda _: None))
        for name in names.values():
            (draft / name).replace(path / name)
        _flush(path)
        manifest = {"format": FORMAT, "tables": names, "rows": rows}
        write_atomically(path / MANIFEST, json.dumps(manifest, indent=1).encode())
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for table, name in names.items():
        for file in path.glob(f"{table}.{_DIGEST}.parquet"):
            if file.name != name:
                file.unlink(missing_ok=True)
    return rows


def _write(draft: Path, say: Callable[[str], None]) -> tuple[dict[str, str], dict[str, int]]:
    """Write all tables into a new folder, without anybody who was erased. Their file names and rows."""
    for _ in range(_TRIES):
        draft.mkdir()
        names, rows = {}, {}
        with one_moment():
            keys = Keys()
            for table in TABLES:
                names[table], rows[table] = _write_table(table, draft, keys, say)
        if not is_erased(pl.read_parquet(draft / names["listeners"], columns=["listener_id"])["listener_id"]):
            return names, rows
        # Somebody was erased since the moment that was written down.
        shutil.rmtree(draft)
    raise Busy("listeners are being erased: export when that is done")


def _write_table(table: str, draft: Path, keys: Keys, say: Callable[[str], None]) -> tuple[str, int]:
    """Write a table batch by batch, then the batches as one file under a name made from its bytes. The name, and the rows."""
    say(f"exporting {table}")
    parts: list[Path] = []
    rows = 0
    for batch in batches(table, keys, _AT_ONCE.get(table, ROWS_AT_ONCE)):
        parts.append(draft / f"{table}.{len(parts)}.part")
        batch.write_parquet(parts[-1], compression="lz4")
        rows += batch.height
        if len(parts) % 10 == 0:
            say(f"exporting {table}: {rows:,}")
    whole = draft / f"{table}.parquet"
    pl.scan_parquet(parts).sink_parquet(whole, compression="zstd", compression_level=3, maintain_order=True)
    for part in parts:
        part.unlink()
    with whole.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        os.fsync(file.fileno())
    final = whole.with_name(f"{table}.{digest}.parquet")
    whole.rename(final)
    return final.name, rows


def _clear(path: Path) -> None:
    """Remove what exports left that did not end."""
    for draft in path.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)


def _flush(path: Path) -> None:
    """Bring the renames in a directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
