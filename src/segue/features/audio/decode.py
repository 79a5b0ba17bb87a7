"""Decoding audio files block by block: libsndfile where it can, ffmpeg for what it cannot.

Nothing else in Segue decodes audio. A recording of any length takes the memory of one block.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from segue.errors import BadFile, SegueError

SNDFILE_SUFFIXES = frozenset(
    (".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp2", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".snd", ".w64",
     ".wav", ".wave")
)  # fmt: skip
FFMPEG_SUFFIXES = frozenset(
    (".aac", ".ac3", ".ape", ".dsf", ".dts", ".m4a", ".m4b", ".mka", ".mpc", ".tak", ".tta", ".weba", ".wma", ".wv")
)
AUDIO_SUFFIXES = SNDFILE_SUFFIXES | FFMPEG_SUFFIXES

BLOCK_SECONDS = 10.0
MOST_VALUES_PER_BLOCK = 4_000_000
SAMPLES_PER_CALL = 8_192
# Lengths in headers are guesses for some MP3s.
LEAST_OF_ANNOUNCED = 0.75
LOWEST_RATE, HIGHEST_RATE = 4_000, 768_000
MOST_CHANNELS = 64
# Nothing sane is 40 dB above full scale; squares of what float files may hold would overflow.
LARGEST_SAMPLE = 100.0

_AU_HEADER = struct.Struct(">4s5I")
_AU_MAGIC = b".snd"


class NotAudio(BadFile):
    """A file holds no sound that can be analysed: not audio, empty, broken or too short."""


@dataclass
class Recording:
    """An open recording; `broken` says why it ended too early, once `blocks` has been read to its end."""

    path: Path
    sample_rate: int
    channels: int
    broken: str | None = None
    _read: Any = field(repr=False, default=None)

    def blocks(self, block_seconds: float = BLOCK_SECONDS) -> Iterator[np.ndarray]:
        """Finite float32 samples, shape (n_samples, channels), about +-1, at most `block_seconds` at a time."""
        n_samples = max(1, min(round(block_seconds * self.sample_rate), MOST_VALUES_PER_BLOCK // self.channels))
        while True:
            block, self.broken = self._read(n_samples)
            if len(block):
                yield _sane(block)
            if self.broken is not None or len(block) < n_samples:
                return


@contextmanager
def open_recording(path: Path) -> Iterator[Recording]:
    """The recording in a file. Raises `NotAudio` when there is none, or no program that reads it."""
    try:
        if not path.is_file():
            raise NotAudio(f"{path}: there is no such file")
        if path.stat().st_size == 0:
            raise NotAudio(f"{path}: is empty")
        with path.open("rb"):
            pass
    except OSError as error:
        raise NotAudio(f"{path}: cannot be opened: {error.strerror}") from error
    opened = _by_sndfile(path) if path.suffix.lower() not in FFMPEG_SUFFIXES else _by_ffmpeg(path)
    with opened as recording:
        if not LOWEST_RATE <= recording.sample_rate <= HIGHEST_RATE or not 1 <= recording.channels <= MOST_CHANNELS:
            raise NotAudio(
                f"{path}: claims {recording.channels} channels at {recording.sample_rate} Hz; it has to be 1 to"
                f" {MOST_CHANNELS} at {LOWEST_RATE} to {HIGHEST_RATE} Hz"
            )
        yield recording


@contextmanager
def _by_sndfile(path: Path) -> Iterator[Recording]:
    with _sndfile_stream(path) as file:
        decoded = 0

        def read(n_samples: int) -> tuple[np.ndarray, str | None]:
            nonlocal decoded
            block = np.empty((n_samples, file.channels), dtype=np.float32)
            filled, broken = 0, None
            # Where decoding fails the whole call yields nothing: small calls lose little.
            while filled < n_samples:
                try:
                    got = len(file.read(out=block[filled : filled + SAMPLES_PER_CALL]))
                except RuntimeError as error:
                    broken = _reason(error)
                    break
                filled, decoded = filled + got, decoded + got
                if not got:
                    broken = "its header announces more" if decoded < LEAST_OF_ANNOUNCED * file.frames else None
                    break
            return block[:filled], broken

        yield Recording(path, file.samplerate, file.channels, _read=read)


def _sndfile_stream(path: Path) -> Any:
    """A `soundfile.SoundFile` that is read from start to end. Raises `NotAudio`."""
    try:
        import soundfile  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise SegueError(f"reading audio needs the audio extra ({error}): pip install 'segue[audio]'") from error

    class Stream(soundfile.SoundFile):  # type: ignore[misc]
        """soundfile would seek after every call, which garbles MP3s of variable bit rate."""

        def seekable(self) -> bool:
            return False

    try:
        return Stream(path)
    except (soundfile.SoundFileError, TypeError) as error:
        raise NotAudio(f"{path}: is not audio that can be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    said = str(getattr(error, "error_string", "of no known format")).rstrip(".")
    # What libsndfile says of a file that no decoder of its own knows, though it is there.
    return "of no known format" if "File does not exist" in said else said


@contextmanager
def _by_ffmpeg(path: Path) -> Iterator[Recording]:
    """The first sound stream of a file, as ffmpeg decodes it: an AU stream, whose header says rate and channels."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SegueError(f"{path}: reading {path.suffix} files needs ffmpeg: install it")
    command = [program, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", f"file:{path}",
               "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "-protocol_whitelist", "pipe", "pipe:1"]  # fmt: skip
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
        assert process.stdout is not None  # noqa: S101
        try:
            header = _header(process.stdout)
            if header is None:
                process.wait()
                raise NotAudio(f"{path}: is not audio that can be read: {_last_line(complaints)}")
            rate, channels = header

            def read(n_samples: int) -> tuple[np.ndarray, str | None]:
                raw = process.stdout.read(n_samples * channels * 4) if process.stdout else b""
                whole = len(raw) - len(raw) % (channels * 4)
                block = np.frombuffer(raw[:whole], dtype=">f4").astype(np.float32).reshape(-1, channels)
                ended = len(block) < n_samples and process.wait() != 0
                return block, _last_line(complaints) if ended else None

            yield Recording(path, rate, channels, _read=read)
        finally:
            process.kill()
            process.stdout.close()
            process.wait()


def _header(stream: IO[bytes]) -> tuple[int, int] | None:
    """Sample rate and channels of an AU stream, read up to its samples; None when it is none."""
    raw = stream.read(_AU_HEADER.size)
    if len(raw) < _AU_HEADER.size:
        return None
    magic, offset, _size, _encoding, rate, channels = _AU_HEADER.unpack(raw)
    if magic != _AU_MAGIC:
        return None
    stream.read(offset - _AU_HEADER.size)
    return rate, channels


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read()[-2_000:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else "ffmpeg does not say why"


def _sane(block: np.ndarray) -> np.ndarray:
    """NaN becomes silence, and nothing is louder than `LARGEST_SAMPLE`."""
    # A comparison with NaN is false, so this is the one test for NaN, infinity and nonsense.
    if block.min() >= -LARGEST_SAMPLE and block.max() <= LARGEST_SAMPLE:
        return block
    return np.clip(np.nan_to_num(block, nan=0.0), -LARGEST_SAMPLE, LARGEST_SAMPLE)
