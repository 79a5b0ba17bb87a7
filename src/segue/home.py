"""The folder that holds everything Segue writes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from segue.engine.snapshot import Snapshots
from segue.errors import Busy
from segue.library.library import MANIFEST, Library


@dataclass(frozen=True)
class Home:
    """The folder that holds everything Segue writes."""

    path: Path

    @classmethod
    def at(cls, chosen: Path | None) -> Home:
        """The folder chosen, else `$SEGUE_HOME`, else the platform's user data folder."""
        return cls(chosen or Path(os.environ.get("SEGUE_HOME") or platformdirs.user_data_dir("segue", appauthor=False)))

    @property
    def library_path(self) -> Path:
        """Where the library is."""
        return self.path / "library"

    @property
    def analyses_path(self) -> Path:
        """Where the analyses of audio files are kept."""
        return self.path / "analyses.sqlite"

    @property
    def has_library(self) -> bool:
        """Whether anything was imported."""
        return (self.library_path / MANIFEST).is_file()

    def library(self) -> Library:
        """The library. Raises `BadFile` when there is none."""
        return Library.open(self.library_path)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Only one process at a time changes the library. Raises `Busy` when another one is at it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"another segue is changing the library in {self.path}: wait until it is done") from None
            yield

    @property
    def snapshots(self) -> Snapshots:
        """The snapshots."""
        return Snapshots(self.path / "snapshots")
