"""The file of a backup: a compressed tar whose last member says what is in it, with the SHA-256 of each file.

What is read from one is believed only when all of it is as that member says, and no name leads out of the folder.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from segue.errors import BadFile

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, DUMP = "database.sqlite", "database.dump"
_LEVEL = 3
_BLOCK = 1 << 20
_LONGEST_MANIFEST = 256 << 20
_DAMAGE = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError)
_SINGLE = {SQLITE, DUMP, "analyses.sqlite", "secret_key", "snapshots/current"}
_FOLDERS = re.compile(r"(snapshots/[0-9]{8}T[0-9]{6}(-[0-9]+)?|uploads|library|generated)/.+", re.DOTALL)


@dataclass(frozen=True)
class Table:
    """A table of the database: its rows, and a sum over what stands in them where the database can make one."""

    rows: int
    digest: str | None = None


@dataclass(frozen=True)
class Stored:
    """A file: how long it is, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        segue: the version that made it.
        made: when, in UTC.
        database: sqlite or postgresql.
        tables: every table of the database.
        migrations: those that it has, as app.name, sorted.
        snapshot: the snapshot that was in use; None where there was none, or it was left out.
        key: tells secret keys apart, without telling the key.
        files: every file but this one.
    """

    segue: str
    made: str
    database: str
    tables: dict[str, Table]
    migrations: tuple[str, ...]
    snapshot: str | None
    key: str
    files: dict[str, Stored] = field(default_factory=dict)

    @property
    def has_secret(self) -> bool:
        """Whether the secret key is in it."""
        return "secret_key" in self.files

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(one.rows for one in self.tables.values())

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {"format": FORMAT, **asdict(self)}


class Writer:
    """Writes an archive: files, then what it says of them."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files: dict[str, Stored] = {}

    def add(self, name: str, path: Path) -> None:
        """Put a file in under a name. Raises `FileNotFoundError` where it is gone."""
        with path.open("rb") as file:
            hashed = _Hashed(file)
            about = tarfile.TarInfo(name)
            about.size, about.mode = os.fstat(file.fileno()).st_size, 0o600
            self._tar.addfile(about, cast("IO[bytes]", hashed))
        self.files[name] = Stored(about.size, hashed.sha256.hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Put in, last, what the archive says of itself."""
        text = json.dumps(manifest.document(), indent=1).encode()
        about = tarfile.TarInfo(MANIFEST)
        about.size, about.mode = len(text), 0o600
        self._tar.addfile(about, io.BytesIO(text))


@contextmanager
def writing(to: BinaryIO) -> Iterator[Writer]:
    """An archive that is written into an open file."""
    with (
        gzip.GzipFile(fileobj=to, mode="wb", compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield Writer(tar)


def read(path: Path, into: Path | None = None) -> Manifest:
    """Read an archive to its end and hold every file against its sum; with `into`, also write them into that folder.

    Raises `BadFile` where anything is missing, too much, other than it should be, or would lie outside of the folder.
    """
    found: dict[str, Stored] = {}
    said = b""
    try:
        with tarfile.open(path, "r|gz") as tar:
            for member in tar:
                if member.name == MANIFEST and member.isreg() and member.size <= _LONGEST_MANIFEST and not said:
                    said = cast("IO[bytes]", tar.extractfile(member)).read()
                    continue
                if not member.isreg() or not is_ours(member.name) or member.name in found:
                    raise BadFile(f"{path}: holds {member.name[:200]!r}, which no backup of Segue has")
                found[member.name] = _taken(cast("IO[bytes]", tar.extractfile(member)), member.name, into)
    except _DAMAGE as error:
        raise BadFile(f"{path}: is no backup of Segue, or is damaged: {str(error) or 'it ends too early'}") from error
    if not said:
        raise BadFile(f"{path}: is no backup of Segue, or is damaged: it does not say what is in it")
    manifest = _manifest(path, said)
    wrong = sorted(name for name in manifest.files.keys() | found.keys() if manifest.files.get(name) != found.get(name))
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise BadFile(f"{path}: is damaged: {wrong[0]}{more} is not as it was when the backup was made; use another")
    return manifest


def is_ours(name: str) -> bool:
    """Whether a member may have that name: one of those that backups have, below the folder."""
    if "\0" in name or "\\" in name:
        return False
    parts = name.split("/")
    return (name in _SINGLE or bool(_FOLDERS.fullmatch(name))) and not {"", ".", ".."} & set(parts)


def key_id(key: str) -> str:
    """Tells secret keys apart; the key cannot be had from it."""
    return hmac.digest(key.encode(), b"segue: which key a backup is of", hashlib.sha256).hex()[:16]


def _taken(file: IO[bytes], name: str, into: Path | None) -> Stored:
    """Read a member to its end; write it, where it is wanted."""
    sha256, length, out = hashlib.sha256(), 0, None
    if into is not None:
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        out = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        while block := file.read(_BLOCK):
            sha256.update(block)
            length += len(block)
            if out is not None:
                out.write(block)
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    finally:
        if out is not None:
            out.close()
    return Stored(length, sha256.hexdigest())


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        fields = json.loads(text)
        if fields.pop("format") != FORMAT:
            raise BadFile(f"{path}: is a backup in a form that this Segue does not know: use the one that made it")
        tables = {name: Table(**one) for name, one in fields.pop("tables").items()}
        files = {name: Stored(**one) for name, one in fields.pop("files").items()}
        return Manifest(tables=tables, files=files, migrations=tuple(fields.pop("migrations")), **fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{path}: is no backup of Segue, or is damaged: what it says of itself makes no sense") from error


class _Hashed:
    """A file that is summed up while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self._file.read(size)
        self.sha256.update(block)
        return block
