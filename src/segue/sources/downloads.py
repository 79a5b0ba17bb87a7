"""Gets large files whole: downloads that go on where they broke off, and archives unpacked without surprises."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from segue.errors import BadFile, SegueError
from segue.sources.files import DAMAGE, GZIP_HEAD, ZIP_HEAD, first_line

Progress = Callable[[int, int | None], None]

CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 60
# Text packs to a twentieth; a thousandth is a bomb.
LARGEST_RATIO, LARGEST_UNPACKED, MOST_MEMBERS = 200, 64 << 30, 100_000


class DownloadFailed(SegueError):
    """A file could not be fetched: says how far it came, and that trying again goes on from there."""


def download(url: str, to: Path, progress: Progress | None = None, *, insecure: bool = False) -> None:
    """Fetch a URL into a file; what came before a break stays in `<name>.part`, and the next call goes on from there.

    `progress` is told the bytes so far, and of how many where that is known. Only https is followed, unless `insecure`.
    Raises `DownloadFailed`.
    """
    part, mark = to.with_name(to.name + ".part"), to.with_name(to.name + ".part.mark")
    try:
        with _response(url, part, mark, insecure=insecure) as response:
            total = _receive(response, part, mark, progress)
    except (OSError, http.client.HTTPException, ValueError) as error:
        came = f" after {part.stat().st_size:,} bytes" if part.exists() else ""
        raise DownloadFailed(f"{url}: broke off{came}: {first_line(error)}; try again to go on from there") from error
    came_bytes = part.stat().st_size
    if total is not None and came_bytes != total:
        raise DownloadFailed(f"{url}: broke off after {came_bytes:,} of {total:,} bytes; try again to go on from there")
    part.replace(to)
    mark.unlink(missing_ok=True)


@contextmanager
def _response(url: str, part: Path, mark: Path, *, insecure: bool) -> Iterator[http.client.HTTPResponse]:
    request = urllib.request.Request(url, headers={"User-Agent": "segue"})  # noqa: S310 - checked below
    # Without a mark nobody can say that the file there is still the one that was begun.
    if part.exists() and mark.exists():
        request.add_header("Range", f"bytes={part.stat().st_size}-")
        request.add_header("If-Range", mark.read_text())
    if request.type != "https" and not insecure:
        raise DownloadFailed(f"{url}: is not https; get the file yourself and name it with --from")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310 - checked above
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            part.unlink()
        raise DownloadFailed(f"{url}: the server answers {error.code} {error.reason}; try again later") from error
    with response:
        if not response.geturl().startswith("https:") and not insecure:
            raise DownloadFailed(f"{url}: leads to {response.geturl()}, which is not https")
        yield response


def _receive(response: http.client.HTTPResponse, part: Path, mark: Path, progress: Progress | None) -> int | None:
    """Write what comes; return how long the whole file is, where the server says."""
    ranged = response.status == 206 and response.headers.get("Content-Range", "").startswith(
        f"bytes {part.stat().st_size if part.exists() else 0}-"
    )
    done = part.stat().st_size if ranged else 0
    announced = response.headers.get("Content-Length")
    total = done + int(announced) if announced is not None else None
    validator = response.headers.get("ETag") or response.headers.get("Last-Modified")
    if validator and not validator.startswith("W/"):
        mark.write_text(validator)
    else:
        mark.unlink(missing_ok=True)
    with part.open("ab" if ranged else "wb") as file:
        while chunk := response.read(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    return total


def verify(file: Path, checksum: str | None) -> None:
    """That a file has its checksum, `algorithm:hexadecimal digits`. Raises `BadFile`."""
    if checksum is None:
        return
    algorithm, digits = checksum.split(":")
    with file.open("rb") as content:
        found = hashlib.file_digest(content, algorithm).hexdigest()
    if found != digits:
        raise BadFile(f"{file}: is not the file it should be: its {algorithm} is {found}, not {digits}; delete it")


# -- archives ----------------------------------------------------------------------------------------------------


class _Member(NamedTuple):
    name: str
    open: Callable[[], IO[bytes]]


def unpack(file: Path, into: Path) -> None:
    """Unpack a zip or tar into a new directory, without its outermost folder; copy any other file there.

    Links and devices are left out. Raises `BadFile` for a damaged archive, for names that lead out of the directory
    (nothing is written then), and for one that unpacks to far more than it should.
    """
    with file.open("rb") as content:
        head = content.read(6)
    into.mkdir(parents=True)
    try:
        if head.startswith(ZIP_HEAD):
            with zipfile.ZipFile(file) as archive:
                _write(file, [_Member(info.filename, _opener(archive, info)) for info in _files(archive)], into)
        elif head.startswith((GZIP_HEAD, b"BZh", b"\xfd7zXZ")) and tarfile.is_tarfile(file):
            with tarfile.open(file) as tar:
                _write(file, [_Member(info.name, _tar_opener(tar, info)) for info in tar if info.isfile()], into)
        else:
            shutil.copyfile(file, into / file.name)
    except (*DAMAGE, tarfile.TarError) as error:
        raise BadFile(f"{file}: cannot be unpacked: {first_line(error)}; download it again") from error


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    # The upper 16 bits are the mode that Unix gave the file: 0o12 is a link.
    return [info for info in archive.infolist() if not info.is_dir() and info.external_attr >> 28 != 0o12]


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _tar_opener(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        content = tar.extractfile(info)
        if content is None:
            raise tarfile.ReadError(f"{info.name} cannot be read")
        return content

    return opened


def _write(file: Path, members: list[_Member], into: Path) -> None:
    if len(members) > MOST_MEMBERS:
        raise BadFile(f"{file}: has more than {MOST_MEMBERS:,} files in it")
    paths = [_inner_path(file, member.name) for member in members]
    tops = {path.parts[0] if len(path.parts) > 1 else None for path in paths}
    left = min(LARGEST_UNPACKED, LARGEST_RATIO * file.stat().st_size)
    for member, path in zip(members, paths, strict=True):
        target = into.joinpath(*(path.parts[1:] if len(tops) == 1 and None not in tops else path.parts))
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as content, target.open("wb") as written:
            while chunk := content.read(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise BadFile(f"{file}: unpacks to far more than a data set of its size should; it is left alone")
                written.write(chunk)


def _inner_path(file: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts or ":" in path.parts[0] or "\0" in name:
        raise BadFile(f"{file}: has a file named {name[:60]!r}, which leads out of its directory; do not use it")
    return path
