"""A directory that `Library.save` wrote: one library read into another."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from segue.errors import BadFile, InvalidTable
from segue.library.library import MANIFEST, Library
from segue.library.tables import TABLES
from segue.sources.base import Rejects

_FILE = re.compile(r"([a-z]+)\.([0-9a-f]{12})\.parquet")


@dataclass(frozen=True)
class SegueLibrary:
    """Reads the directory, once every table in it is proven to be as it was written."""

    title: str = "A Segue library: the directory that holds library.json"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its manifest."""
        return not head and (path / MANIFEST).is_file()

    def read(self, path: Path, rejects: Rejects) -> Library:  # noqa: ARG002 - whole, or not at all
        """The library. Raises `BadFile` when it is damaged, or its rows do not fit together."""
        _check(path)
        try:
            return Library.open(path).validate()
        except InvalidTable as error:
            raise BadFile(f"{path}: does not fit together: {error}; save it again from its source") from error


def _check(path: Path) -> None:
    """That the manifest is one, and that each table's file has the digest that its name says."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        files = dict(manifest["tables"])
    except OSError:
        raise BadFile(f"{path}: has no {MANIFEST} that can be read; a library has one") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFile(f"{path / MANIFEST}: is damaged; save the library again from its source") from error
    for table, file in files.items():
        match = _FILE.fullmatch(file) if isinstance(file, str) else None
        if match is None or match[1] != table or table not in TABLES:
            named = f"{str(file)[:60]!r} for table {str(table)[:20]!r}"
            raise BadFile(f"{path / MANIFEST}: names {named}, which is no table of a library")
        try:
            with (path / file).open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()[:12]
        except OSError as error:
            raise BadFile(f"{path / file}: cannot be read: {error.strerror}; copy the library again") from None
        if digest != match[2]:
            raise BadFile(f"{path / file}: was changed or cut off after it was saved; copy the library again")


SOURCE = SegueLibrary()
