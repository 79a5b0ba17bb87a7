"""Where rows come from: a file, a gzipped file or a member of a zip, and the files of a data set by their names."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from segue.errors import BadFile

ZIP_HEAD = b"PK\x03\x04"
GZIP_HEAD = b"\x1f\x8b"
HEAD_BYTES = 65_536
# What reading compressed bytes that are cut off or changed raises. NotImplementedError: a compression nobody knows.
DAMAGE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class NamedFile:
    """One file to read: on disk (gzipped or not), or the member of a zip."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path} ({self.member})"

    @property
    def name(self) -> str:
        """The name without folders, in lower case, and without .gz."""
        return _plain_name(self.member or self.path.name)

    @property
    def size(self) -> int:
        """How large the file says it is, in bytes: packed where it is gzipped."""
        if self.member is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).file_size

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked. Raises `BadFile` when it cannot be opened; reading from it may raise any of `DAMAGE`."""
        with ExitStack() as stack:
            try:
                stream = self._open(stack)
            except FileNotFoundError:
                raise BadFile(f"{self}: no such file") from None
            except (*DAMAGE, KeyError) as error:
                raise BadFile(f"{self}: cannot be read: {first_line(error)}") from error
            yield stream

    def _open(self, stack: ExitStack) -> BinaryIO:
        if self.member is not None:
            archive = stack.enter_context(zipfile.ZipFile(self.path))
            return cast("BinaryIO", stack.enter_context(archive.open(self.member)))
        plain = stack.enter_context(self.path.open("rb"))
        if plain.peek(2)[:2] != GZIP_HEAD:
            return plain
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=plain)))

    def head(self) -> bytes:
        """The first 64 KiB, unpacked; as much of them as can be read."""
        with suppress(BadFile), self.open() as stream, suppress(*DAMAGE):
            return stream.read(HEAD_BYTES)
        return b""


def holds_files(path: Path) -> bool:
    """Whether it is a directory or a zip. Raises `BadFile` for a file that cannot be opened."""
    return path.is_dir() or _is_zip(path)


def files_of(path: Path) -> dict[str, NamedFile]:
    """The files of a directory (without its folders) or of a zip, or the file itself, by plain name.

    Raises `BadFile` for a zip that cannot be opened.
    """
    if path.is_dir():
        return {_plain_name(file.name): NamedFile(file) for file in sorted(path.iterdir()) if file.is_file()}
    if not _is_zip(path):
        return {_plain_name(path.name): NamedFile(path)}
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
    except DAMAGE as error:
        raise BadFile(f"{path}: is a damaged zip: {first_line(error)}; download or export it again") from error
    return {_plain_name(member): NamedFile(path, member) for member in sorted(members)}


def files_beside(path: Path) -> dict[str, NamedFile]:
    """Like `files_of`, and for a single file those beside it too: u.item beside u.data."""
    if holds_files(path):
        return files_of(path)
    return {**files_of(path.absolute().parent), **files_of(path)}


def names_of(path: Path, head: bytes) -> frozenset[str]:
    """The plain names in a directory or zip, or of the file itself; none where they cannot be read."""
    if head and not head.startswith(ZIP_HEAD):
        return frozenset({_plain_name(path.name)})
    with suppress(BadFile, OSError):
        return frozenset(files_of(path))
    return frozenset()


def unpacked(head: bytes) -> bytes:
    """The beginning of a file, unpacked where it is gzipped."""
    if not head.startswith(GZIP_HEAD):
        return head
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    return b""


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == ZIP_HEAD
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror}") from error


def _plain_name(name: str) -> str:
    return PurePosixPath(name).name.lower().removesuffix(".gz")
