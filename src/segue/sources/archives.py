"""The members of an export: a zip, the folder it was unpacked to, or one file of it; and their text and JSON."""

from __future__ import annotations

import codecs
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from segue.errors import BadFile
from segue.sources.base import Rejects
from segue.sources.files import DAMAGE, ZIP_HEAD, first_line

# What an export may unpack to. An export of twenty years of listening takes some 200 MB.
MAX_TOTAL_BYTES = 2 << 30
# Text shrinks to a fortieth; what shrinks to less than a three-hundredth was made to fill memory.
MAX_RATIO = 300
_RATIO_APPLIES_ABOVE = 1 << 20
_MAX_MEMBERS = 20_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LOCAL_HEADER = re.compile(rb"PK\x03\x04.{26}([\w ./()-]{1,200})", re.DOTALL)

Wanted = Callable[[str], bool]


class Member(NamedTuple):
    """One file of an export: `name` for messages (archive.zip/inner.json), `inner` its path inside, and its bytes."""

    name: str
    inner: str
    content: bytes


def holds(path: Path, head: bytes, wanted: Wanted) -> bool:
    """Whether a zip or a folder (never a single file) has a member whose path inside is wanted.

    Of a zip that is cut off, those that its first 64 KiB mention.
    """
    if head and not head.startswith(ZIP_HEAD):
        return False
    try:
        return any(map(wanted, _inner_names(path)))
    except DAMAGE:
        return any(wanted(name.decode(errors="replace")) for name in _LOCAL_HEADER.findall(head))


def members(path: Path, wanted: Wanted, rejects: Rejects) -> Iterator[Member]:
    """The members whose path inside is wanted, in order of their paths; nothing is ever unpacked to disk.

    What cannot be read goes to `rejects`. A single file is a member whatever its name. Raises `BadFile` for what cannot
    be opened, or when there is no such member.
    """
    try:
        if not path.is_dir() and not zipfile.is_zipfile(path):
            content = path.read_bytes()
            if content.startswith(ZIP_HEAD):
                raise BadFile(f"{path}: is a damaged or cut-off zip; download or export it again")
            yield Member(str(path), path.name, content)
            return
        names = sorted(filter(wanted, _inner_names(path)))
        if not names:
            raise BadFile(f"{path}: holds none of the files that such an export has")
        yield from _in_folder(path, names, rejects) if path.is_dir() else _in_zip(path, names, rejects)
    except DAMAGE as error:
        raise BadFile(f"{path}: cannot be read: {first_line(error)}") from error


def _inner_names(path: Path) -> list[str]:
    if path.is_dir():
        # Two folders down: an unpacked zip often lies in a folder of its own name.
        files = (file for pattern in ("*", "*/*", "*/*/*") for file in path.glob(pattern))
        return [file.relative_to(path).as_posix() for file, _ in zip(files, range(_MAX_MEMBERS), strict=False)]
    with zipfile.ZipFile(path) as archive:
        return [info.filename for info in archive.infolist()[:_MAX_MEMBERS] if not info.is_dir()]


def _in_folder(path: Path, names: list[str], rejects: Rejects) -> Iterator[Member]:
    for name in names:
        file = path / name
        try:
            yield Member(str(file), name, file.read_bytes())
        except OSError as error:
            rejects.add(file, None, f"cannot be read: {error.strerror}")


def _in_zip(path: Path, names: list[str], rejects: Rejects) -> Iterator[Member]:
    left = MAX_TOTAL_BYTES
    with zipfile.ZipFile(path) as archive:
        for name in names:
            shown = f"{path}/{name}"
            try:
                content = _unzipped(archive, archive.getinfo(name), shown, left)
            except (*DAMAGE, KeyError) as error:
                rejects.add(shown, None, f"cannot be unpacked: {first_line(error)}")
                continue
            left -= len(content)
            yield Member(shown, name, content)


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, left: int) -> bytes:
    """The bytes of a member. The size that a zip states may lie: what counts is what comes out."""
    limit = min(left, max(info.compress_size * MAX_RATIO, _RATIO_APPLIES_ABOVE))
    with archive.open(info) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise BadFile(f"{shown}: unpacks to more than {limit:,} bytes: it was not made by an export")
    return content


# -- text and JSON -----------------------------------------------------------------------------------------------


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8, UTF-16 with its mark, else as Latin-1; a character cut off at the end is left out."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return content.decode("latin-1")


def text_of(member: Member, rejects: Rejects) -> str:
    """The text of a member, with a note to `rejects` where it is not proper Unicode."""
    text = decoded(member.content)
    if not member.content.startswith(tuple(mark for mark, _ in _MARKS)):
        try:
            member.content.decode()
        except UnicodeDecodeError as error:
            line = member.content.count(b"\n", 0, error.start) + 1
            rejects.add(member.name, line, "is not UTF-8: the file was read as Latin-1, some letters may be wrong")
    return text


def lines_of(member: Member, rejects: Rejects) -> Iterator[tuple[int, str]]:
    """The lines of a member that are not blank, numbered from 1."""
    for number, line in enumerate(text_of(member, rejects).replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line.strip():
            yield number, line


def json_of(member: Member, rejects: Rejects) -> Any:
    """What JSON a member holds; None, and a note to `rejects`, where it holds none."""
    try:
        return json.loads(text_of(member, rejects))
    except (ValueError, RecursionError) as error:
        rejects.add(member.name, getattr(error, "lineno", None), f"is not whole JSON: {first_line(error)}")
        return None


def json_rows(member: Member, rejects: Rejects) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON array, or of JSON lines, numbered from 1; of an array that breaks off, those before."""
    text = text_of(member, rejects)
    if not text.lstrip().startswith("["):
        yield from _json_lines(member, text, rejects)
        return
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        rows = _rows_before_the_damage(member, text, rejects)
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, row
        else:
            rejects.add(member.name, number, "is not a JSON object")


def _json_lines(member: Member, text: str, rejects: Rejects) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            rejects.add(member.name, number, f"is not JSON: {first_line(error)}")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            rejects.add(member.name, number, "is not a JSON object")


def _rows_before_the_damage(member: Member, text: str, rejects: Rejects) -> Iterator[Any]:
    decoder, place = json.JSONDecoder(), text.index("[") + 1
    gap = re.compile(r"[\s,]*")
    while True:
        place = gap.match(text, place).end()  # type: ignore[union-attr]
        try:
            row, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, place) + 1
            rejects.add(member.name, line, f"breaks off or is damaged here: {first_line(error)}; the rest is left out")
            return
        yield row


def base_name(inner: str) -> str:
    """The name of a member without its folders."""
    return PurePosixPath(inner).name
