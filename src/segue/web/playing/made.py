"""Music for the tracks of the demo's world, which nobody ever recorded: made when first played, and kept in the home."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from segue.demo.music import RATE, VERSION, Sound, length_ms, music_of
from segue.web.api import limits
from segue.web.api.errors import Problem
from segue.web.catalog.models import Track

TYPE = "audio/flac"
"""Every browser plays it, and it is written forty times as fast as MP3."""
MOST_MB = 600
_DEMO = re.compile(r"demo:track:\d{1,9}", re.ASCII)
_LOCKS = 16
_AT_ONCE = 65_536
_USED_AGAIN_S = 3600


class Piece(NamedTuple):
    """A file of made music, and a tag that stands for its bytes."""

    path: Path
    tag: str


def is_of_demo(track: Track) -> bool:
    """Whether a track is one of the demo's world."""
    return _DEMO.fullmatch(track.key) is not None


def can_be_made(track: Track) -> bool:
    """Whether there is music to be made: of the demo's world, without a file, and known how it sounds."""
    return is_of_demo(track) and track.tempo is not None and not track.files.exists()


def is_equipped() -> bool:
    """Whether what writes audio files is installed."""
    return find_spec("soundfile") is not None


def duration_ms(track: Track) -> int:
    """How long the music of a track is, whether it is made yet or not."""
    return length_ms(_sound(track))


def spend(request: HttpRequest) -> None:
    """Count a piece that is to be made. Raises `Problem` (429) where it is one too many in a minute."""
    limits.spend(request, f"music:{request.user.pk}", settings.RATE_LIMIT_COSTLY)


def piece_of(track: Track, before: Callable[[], None] = lambda: None) -> Piece:
    """The music of a track; it is made where it is not there yet, by one of those who ask at once, who calls `before`.

    Raises `Problem` (503) where it cannot be made or kept.
    """
    sound = _sound(track)
    name = blake2b(f"{VERSION} {track.key} {sound}".encode(), digest_size=12).hexdigest()
    folder = settings.HOME.path / "generated"
    path = folder / f"{name}.flac"
    if not path.exists():
        before()
        if not is_equipped():
            raise Problem(503, "not-equipped", _("Music cannot be made here: install segue with its audio extra."))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder, name):
                if not path.exists():
                    _write(path, music_of(sound, _seed(track.key)))
                    _make_room(folder, keep=path)
        except OSError as error:
            raise Problem(503, "not-kept", _("Music could not be made: the disk takes no more.")) from error
    _note_use(path)
    return Piece(path, name)


def _seed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest())


def _sound(track: Track) -> Sound:
    """How a track sounds; what is not known lies in the middle."""

    def or_half(value: float | None) -> float:
        return 0.5 if value is None else min(max(float(value), 0.0), 1.0)

    return Sound(
        genre=str((track.genres or [""])[0]), subgenre=str((track.subgenres or [""])[0]), tempo=float(track.tempo or 100.0),
        key=(track.musical_key or 0) % 12, mode=1 if track.mode is None else int(track.mode == 1),
        energy=or_half(track.energy), valence=or_half(track.valence), acousticness=or_half(track.acousticness),
        instrumentalness=or_half(track.instrumentalness), longest_ms=max(track.duration_ms or 90_000, 10_000),
    )  # fmt: skip


# -- files ---------------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """One at a time makes this piece, in whatever process. The locks are few, and stay: deleting one would make two of it."""
    with (folder / f"lock-{int(name[:2], 16) % _LOCKS:x}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, samples: np.ndarray) -> None:
    import soundfile  # noqa: PLC0415

    draft = path.with_name(f"{path.stem}.{os.getpid()}.draft")
    try:
        with soundfile.SoundFile(draft, "w", RATE, samples.shape[1], format="FLAC", subtype="PCM_16") as out:
            for start in range(0, len(samples), _AT_ONCE):
                out.write(samples[start : start + _AT_ONCE])
        draft.replace(path)
    except soundfile.SoundFileError as error:
        raise OSError(str(error)) from error
    finally:
        draft.unlink(missing_ok=True)


def _make_room(folder: Path, keep: Path) -> None:
    """Delete what was used longest ago, and drafts that were left, until no more is kept than may be."""
    left = MOST_MB * 1_000_000
    now = time.time()
    for _used, size, file in sorted(_kept(folder), reverse=True):
        left -= size
        if (left < 0 and file != keep) or (file.suffix == ".draft" and now - _used > _USED_AGAIN_S):
            file.unlink(missing_ok=True)


def _kept(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for file in folder.iterdir():
        if file.suffix in (".flac", ".draft"):
            try:
                told = file.stat()
            except FileNotFoundError:
                continue
            yield told.st_atime, told.st_size, file


def _note_use(path: Path) -> None:
    """Say that a piece is in use: its time of access; the time it was made stays, which browsers know it by."""
    try:
        told = path.stat()
        if time.time() - told.st_atime > _USED_AGAIN_S:
            os.utime(path, (time.time(), told.st_mtime))
    except OSError:
        return
