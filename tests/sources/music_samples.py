"""Audio files with tags, made by hand: there is nothing here that writes tags but a few lines for FLAC and ID3."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050


def tone(path: Path, seconds: float = 1.0, hertz: float = 440.0) -> Path:
    """A tone that fades, as the suffix says it is to be encoded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * time) * np.exp(-time), RATE)
    return path


def flac(path: Path, *comments: str | bytes, seconds: float = 1.0, hertz: float = 440.0, picture: bool = False) -> Path:
    """A FLAC with Vorbis comments ("TITLE=Sea"), as many of one name as given."""
    content = tone(path, seconds, hertz).read_bytes()
    # "fLaC", then blocks: the last one's type has the highest bit set. The first one, of 34 bytes, is STREAMINFO.
    start = 4
    while True:
        last, size = content[start] & 0x80, int.from_bytes(content[start + 1 : start + 4], "big")
        start += 4 + size
        if last:
            break
    blocks = bytes([0]) + content[5:42] + _block(4, vorbis_comments(comments))
    if picture:
        blocks += _block(
            6, (3).to_bytes(4, "big") + _sized(b"image/png") + _sized(b"") + bytes(16) + _sized(b"\x89PNG")
        )
    path.write_bytes(b"fLaC" + blocks + bytes([0x81, 0, 0, 4]) + bytes(4) + content[start:])
    return path


def vorbis_comments(comments: Iterable[str | bytes]) -> bytes:
    """A Vorbis comment header: vendor, number, and each with its length."""
    written = [one if isinstance(one, bytes) else one.encode() for one in comments]
    sized = b"".join(len(one).to_bytes(4, "little") + one for one in written)
    return (4).to_bytes(4, "little") + b"test" + len(written).to_bytes(4, "little") + sized


def mp3(path: Path, *frames: bytes, seconds: float = 1.0, hertz: float = 440.0, version: int = 4) -> Path:
    """An MP3 with an ID3v2 tag of these frames before it."""
    content = tone(path, seconds, hertz).read_bytes()
    body = b"".join(frames)
    path.write_bytes(b"ID3" + bytes([version, 0, 0]) + _synchsafe(len(body)) + body + content)
    return path


def frame(name: str, content: bytes) -> bytes:
    """One ID3v2.4 frame."""
    return name.encode() + _synchsafe(len(content)) + bytes(2) + content


def text_frame(name: str, *values: str) -> bytes:
    """A text frame in UTF-8; several values have a zero between."""
    return frame(name, b"\x03" + "\0".join(values).encode())


def user_frame(description: str, value: str) -> bytes:
    """A TXXX frame: a text with a name of one's own."""
    return frame("TXXX", b"\x03" + description.encode() + b"\0" + value.encode())


def _block(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _synchsafe(number: int) -> bytes:
    return bytes([number >> 21 & 127, number >> 14 & 127, number >> 7 & 127, number & 127])
