"""Files that are brought to be imported: kept in the home under names of our own, and gone when the import is over."""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from segue import sources
from segue.errors import BadFile, SegueError, UnknownFormat
from segue.sources.base import Reading, Reject, Rejects
from segue.sources.files import DAMAGE, GZIP_HEAD, NamedFile, first_line
from segue.web.jobs.models import Job

MAX_UNPACKED_BYTES = 2 << 30
"""What a file may unpack to, as in `sources.archives`; readers of data sets have no limit of their own."""
MAX_RATIO = 300
_RATIO_APPLIES_ABOVE = 1 << 20
_MOST_MEMBERS = 20_000
STEM = "upload"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_LEFT_BEHIND_S = 86_400


def folder() -> Path:
    """Where files are kept until they are imported: each in a folder of its own, so that readers find nothing beside it."""
    place: Path = settings.HOME.path / "uploads"
    return place


def keep(chunks: Iterable[bytes], name: str) -> dict[str, str]:
    """Keep a file; what a job needs to know of it: `file`, where it is in the home, and `name`, what its owner calls it.

    It is on the disk when this returns. Raises `BadFile` for one that is too large or empty.
    """
    called = plain_name(name)
    mine = folder() / uuid.uuid4().hex
    mine.mkdir(parents=True, mode=0o700)
    path = mine / f"{STEM}{_suffix(called)}"
    try:
        with path.open("wb") as out:
            _copy(chunks, out)
            out.flush()
            os.fsync(out.fileno())
        for place in (mine, folder(), folder().parent):
            _settle(place)
    except BaseException:
        shutil.rmtree(mine, ignore_errors=True)
        raise
    return {"file": str(path.relative_to(settings.HOME.path)), "name": called}


def _settle(place: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def plain_name(name: str) -> str:
    """What a file is called, without folders and odd characters: to be shown, never to be used as a path."""
    last = PureWindowsPath(PurePosixPath(name.replace("\0", "")).name).name
    shown = "".join(letter for letter in last if letter.isprintable() and not "\ud800" <= letter <= "\udfff")
    return shown[-200:].strip() or "file"


def read(job: Job) -> Reading:
    """What is in the file of a job, or what a service tells where it names one.

    Raises `SegueError` in the words of its owner: with the file's own name, and no path.
    """
    if "service" in job.input:
        from segue.web.listening.elsewhere import fetched  # noqa: PLC0415

        service = job.input["service"]
        return Reading(fetched(service, job.input["of"]), Rejects([]), {job.input["name"]: service})
    path = settings.HOME.path / job.input["file"]
    try:
        check_size(path)
        reading = sources.read([path], job.input.get("format"))
    except UnknownFormat:
        known = ", ".join(source.title for source in sources.readers().values())
        raise UnknownFormat(f"{job.input['name']}: not a format Segue knows. It reads: {known}.") from None
    except SegueError as error:
        raise type(error)(_shown(str(error), path, job.input["name"])) from None
    rejected = [Reject(_shown(row.file, path, job.input["name"]), row.line, row.why) for row in reading.rejects.rows]
    return Reading(reading.library, Rejects(rejected), {job.input["name"]: next(iter(reading.formats.values()), "")})


def remove(job: Job) -> None:
    """Delete the file of a job. It may be gone already."""
    file = job.input.get("file", "")
    if re.fullmatch(r"uploads/[0-9a-f]{32}/[a-z0-9.]+", file):
        shutil.rmtree((settings.HOME.path / file).parent, ignore_errors=True)


def sweep() -> int:
    """Delete what no job waits for, as of accounts that were deleted meanwhile; how many files."""
    place, gone = folder(), 0
    if not place.is_dir():
        return 0
    waiting = Job.objects.filter(state__in=("queued", "running")).values_list("input", flat=True)
    wanted = {PurePosixPath(work.get("file", "")).parent.name for work in waiting}
    for one in place.iterdir():
        with suppress(FileNotFoundError):
            if one.name not in wanted and time.time() - one.stat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(one, ignore_errors=True)
                gone += 1
    return gone


def check_size(path: Path) -> None:
    """Raises `BadFile` for a file that was made to fill memory when it is unpacked."""
    try:
        if zipfile.is_zipfile(path):
            _check_zip(path)
        elif _begins_with(path, GZIP_HEAD):
            _check_gzip(path)
    except DAMAGE as error:
        raise BadFile(f"{path}: cannot be unpacked: {first_line(error)}") from error


def _check_zip(path: Path) -> None:
    """By the sizes that a zip states: what is read of a member is never more."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS:
        raise BadFile(f"{path}: holds {len(members):,} files; no export has so many")
    _check(path, total)


def _check_gzip(path: Path) -> None:
    """By unpacking it: a gzip does not say how large it is."""
    total = 0
    with NamedFile(path).open() as stream:
        while chunk := stream.read(1 << 20):
            total += len(chunk)
            _check(path, total)


def _check(path: Path, unpacked: int) -> None:
    limit = min(MAX_UNPACKED_BYTES, max(path.stat().st_size * MAX_RATIO, _RATIO_APPLIES_ABOVE))
    if unpacked > limit:
        raise BadFile(f"{path}: unpacks to more than {limit:,} bytes: it was not made by an export")


def _begins_with(path: Path, head: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(head)) == head


def _copy(chunks: Iterable[bytes], out: BinaryIO) -> None:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            raise BadFile(_("The file is larger than %s MB.") % (settings.MAX_UPLOAD_BYTES // 1024 // 1024))
        out.write(chunk)
    if not size:
        raise BadFile(_("The file is empty."))


def _suffix(name: str) -> str:
    """The suffix by which some readers know their files: the last one, and the one before .gz."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes[-2:]]
    if len(suffixes) == 2 and suffixes[1] != ".gz":
        suffixes = suffixes[1:]
    return "".join(suffix for suffix in suffixes if _SUFFIX.fullmatch(suffix))


def _shown(text: str, path: Path, name: str) -> str:
    return text.replace(str(path), name).replace(str(path.parent), name).replace(path.name, name)
