"""Pictures from people's own audio files: what is embedded in them, or lies beside them.

Where a file is comes from the database alone and is told to nobody.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import structlog
from django.urls import reverse

from segue.sources.music_files import cover_in
from segue.web.catalog.models import AudioFile

log = structlog.get_logger()
MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDE = 256
"""Pixels of a picture on a page."""
_FILES = 4
"""Of how many files of one track pictures are looked for."""
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True)
class Source:
    """A file that a picture may be in; `etag` changes with it."""

    path: Path
    etag: str


@dataclass(frozen=True)
class Picture:
    """A picture as it was found: `kind` is its media type, by its own first bytes."""

    kind: str
    data: bytes


def sources_of(key: str) -> list[Source]:
    """Where pictures of a track may be, by its id; the likeliest first. Of these `picture_in` takes what is one."""
    paths = AudioFile.objects.filter(track__key=key, has_cover=True).order_by("pk").values_list("path", flat=True)
    files = [Path(path) for path in paths[:_FILES]]
    beside = [folder / name for folder in dict.fromkeys(path.parent for path in files) if (name := _cover_in(folder))]
    return [source for path in (*files, *beside) if (source := _source(path)) is not None]


def pictured(track_ids: Iterable[int]) -> set[int]:
    """Those of these tracks (by primary key) whose files have a picture."""
    found = AudioFile.objects.filter(track_id__in=list(track_ids), has_cover=True)
    return set(found.values_list("track_id", flat=True))


def pictured_releases(release_ids: Iterable[int]) -> dict[int, str]:
    """By release (primary key), the id of a track of it whose file has a picture."""
    found = AudioFile.objects.filter(track__release_id__in=list(release_ids), has_cover=True)
    return dict(found.order_by("-track_id").values_list("track__release_id", "track__key"))


def art_url(key: str) -> str:
    """The address of a track's picture as pages show it."""
    return f"{reverse('art', args=[key])}?size={WIDE}"


@lru_cache(maxsize=256)
def scaled(source: Source) -> Picture | None:
    """The picture of a file, at most `WIDE` pixels wide and high, as JPEG; None where there is none that can be read."""
    found = picture_in(source)
    return None if found is None else _small(found)


def _small(picture: Picture) -> Picture | None:
    from PIL import Image  # noqa: PLC0415 (only here)

    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(picture.data), formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (WIDE, WIDE))
            image.thumbnail((WIDE, WIDE))
            image.convert("RGB").save(out, "JPEG", quality=82)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        log.info("picture_unreadable", problem=type(error).__name__)
        return None
    return Picture("image/jpeg", out.getvalue())


def picture_in(source: Source) -> Picture | None:
    """The picture in a file or that the file is; None where there is none, or it is too large or of another kind."""
    data = _as_it_is(source.path) or _embedded(source.path)
    kind = None if data is None or len(data) > MOST_BYTES else _kind(data)
    return None if kind is None or data is None else Picture(kind, data)


def _source(path: Path) -> Source | None:
    """The source that a regular file is; nothing else is opened, as reading a pipe would wait for ever."""
    try:
        said = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(said.st_mode):
        return None
    known = f"{path}\0{said.st_size}\0{said.st_mtime_ns}".encode("utf-8", "surrogatepass")
    return Source(path, f'"{blake2b(known, digest_size=12).hexdigest()}"')


def _as_it_is(path: Path) -> bytes | None:
    """The whole file, if it begins as a picture does."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
            return start + file.read(MOST_BYTES + 1 - len(start)) if _kind(start) else None
    except OSError:
        return None


def _embedded(path: Path) -> bytes | None:
    """The picture in an audio file, the front cover before others."""
    from tinytag import TinyTag, TinyTagException  # noqa: PLC0415 (optional)

    try:
        found = TinyTag.get(path, duration=False, image=True).images.any
    except (TinyTagException, OSError):
        return None
    return None if found is None else found.data


def _kind(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _KINDS if data.startswith(start)), None)


def _cover_in(folder: Path) -> str | None:
    try:
        return cover_in(os.listdir(folder))  # noqa: PTH208 (names only)
    except (OSError, ValueError):
        return None
