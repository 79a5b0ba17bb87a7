"""What was found out about files, kept between scans: one SQLite file, one commit for each finished analysis."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from segue.errors import BadFile
from segue.scanning.work import Outcome
from segue.sources.music_files import TaggedFile

_FORMAT = 1
_WINDOW_BYTES = 64 << 10
_BLOCK_BYTES = 1 << 20
_UNCOMPRESSED = frozenset({".wav", ".wave", ".aif", ".aiff", ".aifc", ".au", ".snd", ".w64", ".rf64", ".caf"})
_TABLES = """
CREATE TABLE IF NOT EXISTS analyses (
    content_id TEXT PRIMARY KEY, version TEXT NOT NULL, analysis TEXT, failure TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, signature TEXT NOT NULL, content_id TEXT NOT NULL, tags TEXT NOT NULL, told TEXT
) WITHOUT ROWID;
"""


def content_id(path: Path) -> str:
    """32 hexadecimal digits (BLAKE2b) that are the same for the same bytes, wherever they lie.

    Of compressed audio, the size and the first, middle and last 64 KiB are looked at: 20,000 files that were moved are
    known again in minutes, not in the hours it takes to read them. The price: a copy that was damaged elsewhere in the
    middle passes for the whole one. Uncompressed audio is read throughout, for there silence may fill all three places
    of two different recordings of the same length.
    """
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(f"{size}\n".encode())
        if size <= 3 * _WINDOW_BYTES or path.suffix.lower() in _UNCOMPRESSED:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        else:
            for start in (0, (size - _WINDOW_BYTES) // 2, size - _WINDOW_BYTES):
                digest.update(os.pread(file.fileno(), _WINDOW_BYTES, start))
    return digest.hexdigest()


@dataclass(frozen=True)
class Known:
    """What is known of a path: its content, its tags, and what the library was last told of it (None: nothing yet)."""

    signature: str
    content_id: str
    tags: str
    told: str | None

    def tagged(self, path: Path) -> TaggedFile:
        """The tags."""
        return TaggedFile.from_json(path, self.tags)


class AnalysisStore:
    """The analyses made so far, by content, and the files seen, by path. Killed at any time, it holds what was put in."""

    def __init__(self, database: sqlite3.Connection, version: str) -> None:
        self._database = database
        self._version = version

    @classmethod
    @contextmanager
    def open(cls, path: Path, version: object) -> Iterator[Self]:
        """The store in a file, made when it is missing; analyses of another `version` count as not made.

        Raises `BadFile` when the file is something else, or damaged.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                # A commit survives the end of the process at once, and a power cut from the next checkpoint on.
                database.execute("PRAGMA synchronous = NORMAL")
                [stated] = database.execute("PRAGMA user_version").fetchone()
                if stated not in (0, _FORMAT):
                    raise BadFile(f"{path} is of a newer version of Segue: delete it, and the next scan starts anew")
                database.executescript(_TABLES)
                database.execute(f"PRAGMA user_version = {_FORMAT}")
                yield cls(database, str(version))
        except sqlite3.OperationalError as error:
            raise BadFile(f"{path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise BadFile(f"{path} is damaged ({error}): delete it, and the next scan starts anew") from error

    # -- analyses ------------------------------------------------------------------------------------------------

    def outcome(self, content: str) -> Outcome | None:
        """What came of analysing that content; None when it was not analysed yet."""
        row = self._database.execute(
            "SELECT analysis, failure FROM analyses WHERE content_id = ? AND version = ?", (content, self._version)
        ).fetchone()
        return None if row is None else Outcome(None if row[0] is None else json.loads(row[0]), row[1])

    def keep(self, content: str, outcome: Outcome) -> None:
        """Note what came of an analysis, at once."""
        analysis = None if outcome.heard is None else json.dumps(outcome.heard)
        self._database.execute(
            "INSERT OR REPLACE INTO analyses VALUES (?, ?, ?, ?)", (content, self._version, analysis, outcome.failure)
        )

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM analyses").fetchone()[0])

    # -- files ---------------------------------------------------------------------------------------------------

    def files_below(self, directory: Path) -> dict[str, Known]:
        """What is known of the paths below a folder, by path."""
        rows = self._database.execute(
            "SELECT path, signature, content_id, tags, told FROM files WHERE substr(path, 1, ?) = ?",
            (len(_inside(directory)), _inside(directory)),
        )
        return {path: Known(*rest) for path, *rest in rows}

    def see(self, files: Iterable[tuple[str, Known]]) -> None:
        """Note what was found at some paths, in one commit."""
        with self._changes():
            self._database.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                ((path, one.signature, one.content_id, one.tags, one.told) for path, one in files),
            )

    def settle(self, told: Iterable[tuple[str, str]], gone: Iterable[str]) -> None:
        """Note what the library, now that it is saved, was told of each path, and forget the paths that are gone."""
        with self._changes():
            self._database.executemany(
                "UPDATE files SET told = ? WHERE path = ?", ((text, path) for path, text in told)
            )
            self._database.executemany("DELETE FROM files WHERE path = ?", ((path,) for path in gone))

    @contextmanager
    def _changes(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _inside(directory: Path) -> str:
    return f"{str(directory).rstrip('/')}/"
