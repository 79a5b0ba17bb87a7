"""Snapshots: immutable directories of everything trained, published by one rename."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from segue.errors import BadSnapshot
from segue.library.interactions import Level
from segue.library.library import write_atomically

MANIFEST = "manifest.json"
CURRENT = "current"
FORMAT = 3
DRAFT = ".draft-"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}(-[0-9]+)?")


@dataclass(frozen=True)
class Manifest:
    """What a snapshot says of itself; `until_ms` is when its last listen began (or when it was made), in ms since 1970 UTC."""

    name: str
    created: str
    segue: str
    model: str
    parameters: dict[str, Any]
    level: Level
    library: str
    counts: dict[str, int]
    metrics: dict[str, Any]
    until_ms: int


class Snapshots:
    """The snapshots below one directory, and which of them is current.

    A snapshot is written under a draft name and renamed when it is whole; then `current` is replaced. Killed at any
    point, the directory holds the old state or the new one, and at most a draft that the next `publish` clears away.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def publish(self, write: Callable[[Path], dict[str, Any]]) -> Manifest:
        """Have `write` fill a draft directory and return its manifest's fields; make it the current snapshot."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._clear_drafts()
        name = self._free_name()
        draft = self.directory / f"{DRAFT}{name}-{os.getpid()}"
        draft.mkdir()
        try:
            fields = write(draft)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        manifest = {
            "format": FORMAT,
            "name": name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **fields,
        }
        write_atomically(draft / MANIFEST, json.dumps(manifest, indent=1).encode())
        _flush(draft)
        draft.rename(self.directory / name)
        self.use(name)
        return self.manifest(name)

    def names(self) -> list[str]:
        """All snapshots, the newest first."""
        if not self.directory.is_dir():
            return []
        found = [path.name for path in self.directory.iterdir() if NAME.fullmatch(path.name)]
        return sorted((name for name in found if (self.directory / name / MANIFEST).is_file()), reverse=True)

    def current(self) -> str:
        """The name of the snapshot in use. Raises `BadSnapshot` when there is none."""
        try:
            name = (self.directory / CURRENT).read_text().strip()
        except OSError:
            raise BadSnapshot("there is no snapshot yet: train one first (segue train)") from None
        self.manifest(name)
        return name

    def use(self, name: str) -> None:
        """Make a snapshot the current one: forward or back. Raises `BadSnapshot` when it is missing or damaged."""
        self.manifest(name)
        write_atomically(self.directory / CURRENT, f"{name}\n".encode())

    def path(self, name: str) -> Path:
        """The directory of a snapshot. Raises `BadSnapshot` when there is none of that name."""
        if not NAME.fullmatch(name) or not (self.directory / name).is_dir():
            known = ", ".join(self.names()[:5]) or "none"
            raise BadSnapshot(f"no snapshot {name!r}: there is {known}")
        return self.directory / name

    def manifest(self, name: str) -> Manifest:
        """What a snapshot says of itself. Raises `BadSnapshot` when it is missing, damaged or of another format."""
        path = self.path(name) / MANIFEST
        try:
            fields = json.loads(path.read_text())
            if fields.pop("format") != FORMAT:
                raise BadSnapshot(f"snapshot {name} is of another format: train again (segue train)")
            return Manifest(**fields)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadSnapshot(f"snapshot {name} is damaged ({error}): train again, or use an older one") from error

    def _free_name(self) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        name, again = stamp, 1
        while (self.directory / name).exists():
            again += 1
            name = f"{stamp}-{again}"
        return name

    def _clear_drafts(self) -> None:
        for draft in self.directory.glob(f"{DRAFT}*"):
            owner = draft.name.rsplit("-", 1)[1]
            if not (owner.isdecimal() and _is_alive(int(owner))):
                shutil.rmtree(draft, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(directory: Path) -> None:
    """Make sure every file below is on disk before the rename makes it visible."""
    for path in directory.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
