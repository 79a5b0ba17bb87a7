"""What a source is: a file in, a Library and a list of rejected rows out."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from segue.library.library import Library, write_atomically


class Reject(NamedTuple):
    """One row that could not be read: `line` counts from 1, and is None where the file has no lines."""

    file: str
    line: int | None
    why: str


@dataclass
class Rejects:
    """Collects the rows that could not be read, while the rest is imported."""

    rows: list[Reject] = field(default_factory=list)

    def add(self, file: Path | str, line: int | None, why: str) -> None:
        """Note one bad row."""
        self.rows.append(Reject(str(file), line, why))

    def __len__(self) -> int:
        return len(self.rows)

    def write(self, path: Path) -> None:
        """Write them as CSV: file, line, why."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(Reject._fields)
        writer.writerows(self.rows)
        write_atomically(path, text.getvalue().encode())


@dataclass(frozen=True)
class Reading:
    """What came of reading: the library, what was rejected, and which format each path was."""

    library: Library
    rejects: Rejects
    formats: dict[str, str]


class Source(Protocol):
    """A format that can be read. A module of this package that has a `SOURCE` offers one."""

    title: str
    """What it is, for people: "Last.fm-2K (HetRec 2011)"."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file (or directory) is of this format, judged by its name and its first 64 KiB (`head`).

        `head` is empty for a directory. Must be cheap, and must not raise for whatever the bytes are.
        """
        ...

    def read(self, path: Path, rejects: Rejects) -> Library:
        """The library in a file or directory; bad rows go to `rejects`.

        Raises `BadFile` with one clear line when the file is not what it says it is.
        """
        ...
