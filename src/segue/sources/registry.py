"""Finds the reader for a file: every module of this package that has a `SOURCE` offers one, named like the module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import segue.sources
from segue.errors import BadFile, UnknownFormat
from segue.library.library import Library
from segue.sources.base import Reading, Rejects, Source

HEAD_BYTES = 65_536


@cache
def readers() -> dict[str, Source]:
    """The sources there are, by name."""
    found = {}
    for module in sorted(pkgutil.iter_modules(segue.sources.__path__), key=lambda info: info.name):
        source = getattr(importlib.import_module(f"segue.sources.{module.name}"), "SOURCE", None)
        if source is not None:
            found[module.name.replace("_", "-")] = source
    return found


def detect(path: Path) -> str:
    """The name of the format of a file or directory. Raises `BadFile` when it is missing or empty, `UnknownFormat` else."""
    head = _head(path)
    for name, source in readers().items():
        if source.recognises(path, head):
            return name
    if path.is_dir():
        raise UnknownFormat(f"{path}: no known data set in this directory; name its files, or a format with --format")
    raise UnknownFormat(f"{path}: not a format Segue knows; name one with --format ({', '.join(readers())})")


def read(paths: Iterable[Path | str], format_name: str | None = None) -> Reading:
    """Read files or directories into one library, each by the reader that recognises it (or the one named).

    Raises `BadFile` or `UnknownFormat` for a file that cannot be read at all; bad rows are in the reading's rejects.
    """
    library, rejects, formats = Library(), Rejects(), {}
    for path in map(Path, paths):
        if format_name is not None and format_name not in readers():
            raise UnknownFormat(f"no format {format_name!r}: there are {', '.join(readers())}")
        if format_name is not None:
            _head(path)
        name = format_name or detect(path)
        library = library.merge(readers()[name].read(path, rejects))
        formats[str(path)] = name
    return Reading(library, rejects, formats)


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror}") from error
    if not head:
        raise BadFile(f"{path}: is empty")
    return head
