"""Which audio files are below a folder."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from segue.errors import BadFile
from segue.sources import Rejects
from segue.sources.music_files import TAGS_VERSION, Beside, cover_in, lyrics_beside


@dataclass(frozen=True)
class Found:
    """An audio file as the folder lists it: nothing was opened. `signature` changes when it, or what lies beside it, does."""

    path: Path
    size_bytes: int
    modified_ns: int
    beside: Beside
    signature: str

    @property
    def modified(self) -> datetime:
        """When it was last changed."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, UTC)


@dataclass
class Walk:
    """Goes through a folder in order of names: hidden files and folders are left out, and no folder is entered twice.

    Links to folders are followed after everything else, so that what has a path of its own keeps it. What cannot be
    read is noted in `rejects`, and folders among it in `closed`.
    """

    suffixes: Collection[str]
    rejects: Rejects = field(default_factory=Rejects)
    closed: list[Path] = field(default_factory=list)
    _entered: set[tuple[int, int]] = field(default_factory=set)
    _links: list[Path] = field(default_factory=list)

    def files(self, directory: Path) -> Iterator[Found]:
        """The audio files, in order. Raises `BadFile` when there is no such folder, or it cannot be read."""
        try:
            os.scandir(directory).close()
        except FileNotFoundError:
            raise BadFile(f"{directory}: no such folder") from None
        except NotADirectoryError:
            raise BadFile(f"{directory}: is a file; name the folder that holds it") from None
        except OSError as error:
            raise BadFile(f"{directory}: cannot be read: {error.strerror}") from error
        yield from self._folder(directory)
        while self._links:
            yield from self._folder(self._links.pop(0))

    def _folder(self, folder: Path) -> Iterator[Found]:
        waiting = [folder]
        while waiting:
            current = waiting.pop()
            try:
                entries = self._entries(current)
            except OSError as error:
                self.closed.append(current)
                self.rejects.add(_shown(current), None, f"cannot be read: {error.strerror}")
                continue
            names = {entry.name for entry in entries}
            cover = cover_in(names)
            folders: list[Path] = []
            for entry in entries:
                path = current / entry.name
                with suppress(OSError):  # a link to nothing
                    if entry.is_dir():
                        (self._links if entry.is_symlink() else folders).append(path)
                    elif entry.is_file() and path.suffix.lower() in self.suffixes:
                        found = self._found(path, Beside(lyrics_beside(path, names), cover))
                        if found is not None:
                            yield found
            waiting += reversed(folders)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What a folder lists, in order; nothing when it was entered before."""
        status = folder.stat()
        if (status.st_dev, status.st_ino) in self._entered:
            return []
        with os.scandir(folder) as listing:
            entries = sorted((entry for entry in listing if not entry.name.startswith(".")), key=lambda one: one.name)
        self._entered.add((status.st_dev, status.st_ino))
        return entries

    def _found(self, path: Path, beside: Beside) -> Found | None:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            self.rejects.add(_shown(path), None, "its name is not UTF-8: rename it")
            return None
        status = path.stat()
        if status.st_size == 0:
            self.rejects.add(path, None, "is empty")
            return None
        # Tags that an older reader read are read again.
        signature = f"{TAGS_VERSION} {status.st_size} {status.st_mtime_ns} {beside.cover or ''}"
        if beside.lyrics is not None:
            with suppress(OSError):
                lyrics = path.with_name(beside.lyrics).stat()
                signature += f" {beside.lyrics} {lyrics.st_size} {lyrics.st_mtime_ns}"
        return Found(path, status.st_size, status.st_mtime_ns, beside, signature)


def _shown(path: Path) -> str:
    """A path as text, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
