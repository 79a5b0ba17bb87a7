"""Finds the reader for a file: every module of this package that has a `SOURCE` offers one, named like the module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from contextlib import suppress
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
        raise UnknownFormat(f"{path}: nothing in this directory is of a known format; name a format with --format")
    raise UnknownFormat(f"{path}: not a format Segue knows; name one with --format ({', '.join(readers())})")


def read(paths: Iterable[Path | str], format_name: str | None = None) -> Reading:
    """Read files or directories into one library, each by the reader that recognises it (or the one named).

    A directory that is no data set as a whole is read file by file: those that are of a known format. Raises `BadFile` or
    `UnknownFormat` for what cannot be read at all; bad rows are in the reading's rejects.
    """
    if format_name is not None and format_name not in readers():
        raise UnknownFormat(f"no format {format_name!r}: there are {', '.join(readers())}")
    library, rejects, formats = Library(), Rejects(), {}
    for path in map(Path, paths):
        for file, name in _formats(path, format_name):
            library = library.merge(readers()[name].read(file, rejects))
            formats[str(file)] = name
    return Reading(library, rejects, formats)


def _formats(path: Path, format_name: str | None) -> list[tuple[Path, str]]:
    """The files (or the directory) to read at a path, each with its format."""
    if format_name is not None:
        _head(path)
        return [(path, format_name)]
    try:
        return [(path, detect(path))]
    except UnknownFormat:
        if not path.is_dir():
            raise
        found = []
        for file in sorted(file for file in path.iterdir() if file.is_file()):
            with suppress(UnknownFormat, BadFile):
                found.append((file, detect(file)))
        if not found:
            raise
        return found


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
